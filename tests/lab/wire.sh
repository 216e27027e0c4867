#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What vipd puts on the wire, seen by tshark at the client and at a server: no bad checksum, the TTL one less than it was
# sent with, its own MAC as source and the receiver's as destination.
. "$(dirname "$0")/lib.sh"

lab_begin
for kind in FNAT NAT DR; do
  for net in "$net4." "$net6:"; do
    lab service "$net${vip[$kind]}" "$kind" 80
    lab service "$net${vip[$kind]}" "$kind" 53 UDP
  done
done | director A
mac=$(vc show port -j | json 'd["ports"][0]["mac"]')

pids=()
for host in client web1; do
  ip netns exec "$LAB-$host" dumpcap -q -i eth0 -w "$tmp/$host.pcap" 2>"$tmp/$host.err" &
  pids+=($!)
  wait_for 10 grep -q '^File:' "$tmp/$host.err" || die "dumpcap does not start: $(cat "$tmp/$host.err")"
done
echo "whoami.lab TXT" >"$tmp/query"
for kind in FNAT NAT DR; do
  load -n 60 -c 2 "http://$net4.${vip[$kind]}/" "http://[$net6:${vip[$kind]}]/" >/dev/null
  load -n 6 -c 2 "http://$net4.${vip[$kind]}/big" >/dev/null
  for net in "$net4." "$net6:"; do
    for ((i = 0; i < 6; i++)); do
      on client dig "@$net${vip[$kind]}" +short +tries=1 +time=2 TXT whoami.lab >/dev/null
    done
  done
done
on client ping -q -c 3 -i 0.05 "$net4.16" >/dev/null || true
on client ping -q -c 3 -i 0.05 "$net6:16" >/dev/null || true
# A last datagram that both captures see; when it is in the files, all before it is.
on client bash -c "echo end-of-capture >/dev/udp/$net4.101/9"
for host in client web1; do
  wait_for 10 grep -qa end-of-capture "$tmp/$host.pcap" || die "the capture of $host is not complete"
done
for pid in "${pids[@]}"; do
  kill "$pid"
  wait "$pid" || true
done

# A TCP checksum of 0xffff is as right as 0x0000, which tshark asks for (RFC 1624): the client's kernel writes it so (CSUM_MANGLED_0),
# once in 65,536 frames, and DR changes nothing of it.
for host in client web1; do
  tshark -n -r "$tmp/$host.pcap" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
    -Y "eth.src == $mac && !(tcp.checksum == 0xffff)" -T fields -E separator=';' -E occurrence=f -e eth.dst -e frame.protocols -e ip.ttl -e ipv6.hlim \
    -e ip.checksum.status -e tcp.checksum.status -e udp.checksum.status -e icmp.checksum.status \
    -e icmpv6.checksum.status -e tcp.flags.reset -e frame.number 2>"$tmp/err" >"$tmp/$host.txt" || cat "$tmp/err"
  own=$(on $host cat /sys/class/net/eth0/address)
  is "$host: frames of vipd were seen in every way" "$(awk -F ';' '
    /:tcp/ && $3 { t4++ } /:tcp/ && $4 { t6++ } /:udp/ && $3 { u4++ } /:udp/ && $4 { u6++ }
    END { print (t4 > 20) (t6 > 20) (u4 > 2) (u6 > 2) }' "$tmp/$host.txt")" 1111
  is "$host: no bad checksum among $(wc -l <"$tmp/$host.txt") frames of vipd" "$(awk -F ';' '
    $5 == "0" || $6 == "0" || $7 == "0" || $8 == "0" || $9 == "0"' "$tmp/$host.txt" | head -n 5)" ""
  is "$host: TTL and hop limit are one less than sent" "$(awk -F ';' '
    /:(tcp|udp)/ && !/icmp/ && $10 != "1" && $10 != "True" && (($3 && $3 != 63) || ($4 && $4 != 63))' "$tmp/$host.txt" | head -n 5)" ""
  is "$host: every unicast frame of vipd has its receiver's MAC" "$(awk -F ';' -v own="$own" '
    $1 != own && $1 !~ /^(ff:ff:ff:ff:ff:ff|33:33|01:)/' "$tmp/$host.txt" | head -n 5)" ""
  is "$host: tshark finds no frame malformed" \
    "$(tshark -n -r "$tmp/$host.pcap" -Y "eth.src == $mac && _ws.malformed" 2>/dev/null | head -n 5)" ""
done
# What comes from a VIP or from the director's address comes from vipd's MAC alone (DR's answers come from the servers).
is "client: nobody else speaks for the VIPs" "$(tshark -n -r "$tmp/client.pcap" \
  -Y "eth.src != $mac && (ip.src in {$net4.16, $net4.17, $net4.11} || arp.src.proto_ipv4 in {$net4.16, $net4.17, $net4.18, $net4.11})" \
  2>/dev/null | head -n 5)" ""
finish
