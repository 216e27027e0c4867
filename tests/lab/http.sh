#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# HTTP through FULLNAT, NAT and DR, IPv4 and IPv6: per way and family 10,000 requests on connections of their own, over
# two services side by side, weights 5, 3 and 1, and one weight changed in the middle. No failure, shares within 1 %.
. "$(dirname "$0")/lib.sh"

# Each server's share of one phase of a load's JSON: shares URL PHASE "W1 W2 W3"; prints what is wrong.
shares() {
  /usr/bin/python3 - "$@" <<'END'
import json, sys
result, url, phase, weights = json.load(open(sys.argv[1])), sys.argv[2], int(sys.argv[3]), sys.argv[4].split()
counts, weights = result["phases"][phase][url], [int(w) for w in weights]
total, bad = sum(counts.values()), []
for n, weight in enumerate(weights, 1):
    want = total * weight / sum(weights)
    got = counts.pop(f"web{n}", 0)
    # One per cent of its share; and the rounding of a round of the scheduler, which the phase may have cut.
    if abs(got - want) > max(0.01 * want, max(weights)):
        bad.append(f"web{n}: {got} of {total}, expected {want:.0f}")
if counts or total < 500:
    bad.append(f"other answers: {counts}, {total} in all")
print("; ".join(bad) or "as weighted")
END
}

lab_begin
conf() {
  local kind net port
  for kind in FNAT NAT DR; do
    for net in "$net4." "$net6:"; do
      for port in 80 8080; do
        lab service "$net${vip[$kind]}" "$kind" "$port" TCP wrr 5 3 1
      done
    done
  done
}
conf | director A

who_sees() {
  on client curl -s -m 5 "http://$1/who" | awk '{ print $5 }'
}
is "FULLNAT: the server sees the director" "$(who_sees "$net4.16")" "$net4.11"
is "FULLNAT, IPv6: the server sees the director" "$(who_sees "[$net6:16]")" "$net6:11"
is "NAT: the server sees the client" "$(who_sees "$net4.17")" 10.9.0.100
is "NAT, IPv6: the server sees the client" "$(who_sees "[$net6:17]")" 2001:db8:9::100
is "DR: the server sees the client" "$(who_sees "$net4.18")" "$net4.100"
is "DR, IPv6: the server sees the client" "$(who_sees "[$net6:18]")" "$net6:100"

for kind in FNAT NAT DR; do
  for family in 4 6; do
    if [ $family = 4 ]; then
      vs=$net4.${vip[$kind]} rs=$net4.103
    else
      vs="[$net6:${vip[$kind]}]" rs="[$net6:103]"
    fi
    name="$kind, IPv$family"
    load -n 10000 -c 8 --at 5000 "$vipctl -n $LAB-A set real-server tcp:$vs:80 $rs:80 weight 4" \
      "http://$vs:80/" "http://$vs:8080/" >"$tmp/result" || true
    is "$name: 10,000 requests without a failure" "$(json 'd["errors"]' <"$tmp/result")" "{}"
    is "$name: the weight was changed" "$(json '[c["exit"] for c in d["commands"]]' <"$tmp/result")" "[0]"
    is "$name: 5:3:1 before" "$(shares "$tmp/result" "http://$vs:80/" 0 "5 3 1")" "as weighted"
    is "$name: 5:3:4 after" "$(shares "$tmp/result" "http://$vs:80/" 1 "5 3 4")" "as weighted"
    is "$name: 5:3:1 in the service beside it, before" "$(shares "$tmp/result" "http://$vs:8080/" 0 "5 3 1")" "as weighted"
    is "$name: 5:3:1 in the service beside it, after" "$(shares "$tmp/result" "http://$vs:8080/" 1 "5 3 1")" "as weighted"
    vc set real-server "tcp:$vs:80" "$rs:80" weight default >/dev/null
  done
done
finish
