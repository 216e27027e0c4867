#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The master is stopped by SIGSTOP for a second and more: its lease runs out, the peer serves; after SIGCONT it serves
# nothing, not even what waited in its queue, sends no advert, and is BACKUP.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"

lab_begin
node_add A director
node_add B director
node_add M keepalived 66 # a client that goes on asking A; no keepalived runs there
for c in "A 254" "B 253"; do
  read -r n priority <<<"$c"
  {
    globals "$n"
    # nopreempt: that A is backup afterwards can be seen.
    instance 51 "$priority" version=3 adv=0.1 nopreempt vips="$net4.16/24"
    [ "$DIRECTOR_KIND" != vipd ] || lab service "$net4.16" FNAT 80
  } >"$tmp/$n.conf"
done
node_service A
node_service B
capture_start lan
node_start A
becomes "A is master" 5 states_are A V51 MASTER
node_start B
becomes "B is backup" 5 states_are B V51 BACKUP
probe_start client "http://$net4.16/"
becomes "the client is served" 3 served client 0

if [ "${node_kind[A]}" = vipd ]; then
  mac=$(vc show port -j | json 'd["ports"][0]["mac"]')
else
  mac=$(on A cat /sys/class/net/eth0/address)
fi
ip -n "$LAB-M" neigh replace "$net4.16" lladdr "$mac" dev eth0
holds "M is served by A" on M curl -sf -m 2 "http://$net4.16/"

# What A says in the VIP's name, at M.
ip netns exec "$LAB-M" dumpcap -q -i eth0 -f "ether src $mac and (src host $net4.16 or arp)" -w "$tmp/M.pcap" 2>"$tmp/M.err" &
dump=$!
wait_for 10 grep -q '^File:' "$tmp/M.err" || die "dumpcap does not start: $(cat "$tmp/M.err")"

# An ARP request for the VIP to A alone.
arp='import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("eth0", 0x806))
own = s.getsockname()[4]
s.send(bytes.fromhex(sys.argv[1].replace(":", "")) + own + bytes.fromhex("08060001080006040001") + own
       + socket.inet_aton(sys.argv[2]) + bytes(6) + socket.inet_aton(sys.argv[3]))'
stop=$EPOCHREALTIME
node_signal A STOP
# The signal is sent: stopped is what every thread of it has to be, and then what it had sent is with the kernel.
wait_for 5 node_stopped A || die "A does not stop"
stopped=$EPOCHREALTIME
becomes "the peer is master" 3 states_are B V51 MASTER
becomes "the client is served meanwhile" 3 served client "$EPOCHREALTIME"
# Into the queue of A, to the end of the second.
asked=0
until awk -v a="$stop" -v b="$EPOCHREALTIME" 'BEGIN { exit !(b - a > 1.2) }'; do
  on M curl -s -m 0.1 "http://$net4.16/" >/dev/null || true
  on M /usr/bin/python3 -c "$arp" "$mac" "$net4.66" "$net4.16"
  asked=$((asked + 1))
done
cont=$EPOCHREALTIME
node_signal A CONT
if [ "${node_kind[A]}" = vipd ]; then
  becomes "it comes back as BACKUP" 3 states_are A V51 BACKUP
  is "and says why" "$(vc -j show vrrp V51 | json '(lambda r: "lease" in r or r == "overslept" or r)(d["instances"][0]["reason"])')" true
  is "it was master once, and is no longer" "$(node_stats A V51 became_master) $(node_stats A V51 released_master)" "1 1"
  # Its workers are awake: the port's own address answers, on the same queues, after all that waited there.
  holds "A's own address answers" on M ping -q -c 3 -i 0.1 -W 2 "$(node_address A)"
  becomes "the client is still served" 3 served client "$EPOCHREALTIME"
  is "the peer is still master" "$(states_are B V51 MASTER && echo yes)" yes
  # A BACKUP that slept through a master down interval has adverts waiting: it must not take their silence for one.
  for i in 1 2 3; do
    heard=$(node_stats A V51 adverts_received)
    node_signal A STOP
    sent=$(node_stats B V51 adverts_sent)
    wait_for 5 eval '[ "$(node_stats B V51 adverts_sent)" -gt '"$((sent + 8))"' ]' || die "B sends nothing"
    node_signal A CONT
    becomes "a BACKUP that slept hears the master again ($i)" 3 eval '[ "$(node_stats A V51 adverts_received)" -gt '"$heard"' ]'
  done
  is "  and did not become MASTER" "$(node_stats A V51 became_master)" 1
else
  becomes "there is one master in the end" 3 eval '[ "$(masters lan | grep -c "^4/51 [^ ]*$")" = 1 ]'
fi
# dumpcap writes what it has when it ends.
kill $dump
wait $dump || true
probe_stop client
capture_stop lan
wire_is_sound lan
if [ "${node_kind[A]}" = vipd ]; then
  is "A said nothing in the VIP's name from the stop on ($asked times asked)" "$(tshark -n -r "$tmp/M.pcap" -Y "frame.time_epoch > $stopped && (ip.src == $net4.16 || arp.src.proto_ipv4 == $net4.16)" 2>/dev/null | head -n 5)" ""
  is "nor sent an advert from then on" "$(/usr/bin/python3 -c 'import json, sys
print(sum(d["src"] == sys.argv[2] and d["t"] > float(sys.argv[3]) for d in map(json.loads, open(sys.argv[1])) if d["kind"] == "advert"))' \
    "$tmp/lan.capture" "$(node_address A)" "$stopped")" 0
fi
"$here/probe.py" gap "$tmp/client.probe" --from "$(awk -v t="$stop" 'BEGIN { printf "%.6f", t - 0.1 }')" >"$tmp/gap"
at_most "gap at the client" "$(json 'd["gap"]' <"$tmp/gap")" 0.6 s
echo "    $(cat "$tmp/gap"), continued after $(awk -v a="$stop" -v b="$cont" 'BEGIN { print b - a }') s"
finish
