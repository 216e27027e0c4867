#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A director with two ports: clients on the outer one, servers on the inner one, FULLNAT and NAT, IPv4 and IPv6.
. "$(dirname "$0")/lib.sh"

lab_begin
wan4=192.168.201 wan6=2001:db8:201:
lab dataplane A two-arm >"$tmp/dataplane.json"
for kind in FNAT NAT; do
  lab service "$wan4.${vip[$kind]}" "$kind" 80
  lab service "$wan6:${vip[$kind]}" "$kind" 80
done | director A --dataplane "$tmp/dataplane.json"
is "two ports are up" "$(vc show port -j | json '[(p["name"], p["link"]) for p in d["ports"]]')" '[["eth0", "up"], ["eth1", "up"]]'

# FULLNAT: a source port that is used again soon may meet a connection that its server still remembers (TIME_WAIT). Linux
# clients then ask once more at once, and that takes one more turn of the round.
for kind in FNAT NAT; do
  digits=3
  [ $kind != FNAT ] || digits=1
  for vs in "$wan4.${vip[$kind]}" "[$wan6:${vip[$kind]}]"; do
    load -n 3000 -c 8 "http://$vs/" >"$tmp/result" || true
    is "$kind: 3,000 requests to $vs, a thousand per server" \
      "$(json '[d["errors"], sorted((k, round(n / 1000, '$digits')) for k, n in d["phases"][0]["http://'"$vs"'/"].items())]' <"$tmp/result")" \
      '[{}, [["web1", 1.0], ["web2", 1.0], ["web3", 1.0]]]'
  done
done
sees() { on client curl -s -m 5 "http://$1/who" | awk '{ print $5 }'; }
is "FULLNAT: the server sees the director's inner address" "$(sees "$wan4.16")" "$net4.11"
is "FULLNAT, IPv6: likewise" "$(sees "[$wan6:16]")" "$net6:11"
is "NAT: the server sees the client" "$(sees "$wan4.17")" "$wan4.100"
is "NAT, IPv6: likewise" "$(sees "[$wan6:17]")" "$wan6:100"
hash=$(lab big 50)
is "50 MB through both ports" "$(on client curl -s -m 60 "http://$wan4.16/big" | sha256sum | cut -d ' ' -f 1)" "$hash"
holds "the outer address is reached over its tap" on client ping -q -c 3 -i 0.05 -W 2 "$wan4.11"
finish
