#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The punt path: a shell in the director's namespace reaches others, and is reached, at the port's address.
. "$(dirname "$0")/lib.sh"

lab_begin
{
  lab service "$net4.16" FNAT 80
  lab service "$net6:16" FNAT 80
} | director A

punt_has() { on dirA ip -o addr show dev vipd-eth0 | grep -q "$1"; }
becomes "the tap has the port's address" 5 punt_has "inet $net4.11/24"
becomes "and its IPv6 address" 5 punt_has "inet6 $net6:11/64"
is "the tap has vipd's MAC" "$(on dirA cat /sys/class/net/vipd-eth0/address)" "$(vc show port -j | json 'd["ports"][0]["mac"]')"

settled() { ! on dirA ip -6 addr show dev vipd-eth0 tentative | grep -q inet6; }
becomes "duplicate address detection is over" 5 settled
holds "out: ping" on dirA ping -q -c 5 -i 0.05 -W 2 "$net4.100"
holds "out: ping, IPv6" on dirA ping -q -c 5 -i 0.05 -W 2 "$net6:100"
is "out: curl" "$(on dirA curl -s -m 5 "http://$net4.101/")" web1
is "out: curl, IPv6" "$(on dirA curl -s -m 5 "http://[$net6:102]/")" web2
is "out: to the far network over the port's route" "$(on dirA ping -q -c 2 -i 0.05 -W 2 10.9.0.100 | grep -o '[0-9]* received')" "2 received"
holds "in: ping" on client ping -q -c 5 -i 0.05 -W 2 "$net4.11"
holds "in: ping, IPv6" on client ping -q -c 5 -i 0.05 -W 2 "$net6:11"

mkdir "$tmp/www"
head -c 20M /dev/urandom >"$tmp/www/file"
hash=$(sha256sum <"$tmp/www/file")
on dirA /usr/bin/python3 -m http.server 9000 --bind :: --directory "$tmp/www" >/dev/null 2>&1 &
wait_for 5 on dirA bash -c 'exec 3<>/dev/tcp/::1/9000' || die "python's server does not listen"
is "in: 20 MB from a server beside vipd" "$(on client curl -s -m 30 "http://$net4.11:9000/file" | sha256sum)" "$hash"
is "in: 20 MB, IPv6" "$(on client curl -s -m 30 "http://[$net6:11]:9000/file" | sha256sum)" "$hash"
lab big 20 >"$tmp/hash"
is "out: 20 MB" "$(on dirA curl -s -m 30 "http://$net4.101/big" | sha256sum | cut -d ' ' -f 1)" "$(cat "$tmp/hash")"
is "the service beside it goes on" "$(on client curl -s -m 5 "http://$net4.16/" | grep -c web)" 1
is "ARP for the address is answered once, by vipd" "$(on client /usr/bin/python3 - "$net4.11" <<'END' 2>/dev/null
import sys
from scapy.all import ARP, Ether, srp, conf
conf.verb = 0
answers, _ = srp(Ether(dst="ff:ff:ff:ff:ff:ff") / ARP(pdst=sys.argv[1]), iface="eth0", timeout=1, multi=True)
print(sorted({a[1].hwsrc for a in answers}), len(answers))
END
)" "['$(vc show port -j | json 'd["ports"][0]["mac"]')'] 1"
finish
