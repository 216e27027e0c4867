#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# UDP: a real DNS server behind the VIP. Each query from a port of its own, three servers in turn, none lost.
. "$(dirname "$0")/lib.sh"

lab_begin
for kind in FNAT NAT DR; do
  for net in "$net4." "$net6:"; do
    lab service "$net${vip[$kind]}" "$kind" 53 UDP rr
  done
done | director A

queries=300
for ((i = 0; i < queries; i++)); do
  echo "whoami.lab TXT"
done >"$tmp/queries"

for kind in FNAT NAT DR; do
  for net in "$net4." "$net6:"; do
    on client dig "@$net${vip[$kind]}" +short +tries=1 +time=2 -f "$tmp/queries" >"$tmp/answers" 2>&1 || true
    # dig takes its ports at random: one that comes back within the timeout goes on with its server.
    is "$kind: $queries queries to $net${vip[$kind]}, a third per server within 2 %" \
      "$(sort "$tmp/answers" | uniq -c | awk '{ ok += ($1 >= 94 && $1 <= 106) ; n += $1 } END { print n, ok, NR }')" \
      "$queries 3 3"
  done
done
# A flow keeps its server: one client port, many queries.
on client dig "@$net4.16" -b "$net4.100#33333" +short +tries=1 +time=2 -f "$tmp/queries" >"$tmp/answers" 2>&1 || true
is "one client port: all answers from one server" "$(sort -u "$tmp/answers" | wc -l) of $(wc -l <"$tmp/answers")" "1 of $queries"
finish
