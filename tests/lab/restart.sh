#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# kill -9, SIGTERM and new starts: nothing is left behind that a start trips over, and service is back at once.
. "$(dirname "$0")/lib.sh"

lab_begin
{
  lab service "$net4.16" FNAT 80
  lab service "$net6:16" FNAT 80
} >"$tmp/services"

answers() {
  on client curl -sf -m 1 "http://$net4.16/" && on client curl -sf -m 1 "http://[$net6:16]/"
}
start() {
  local begin=${EPOCHREALTIME/./}
  lab director start A --config "$tmp/services" || return 1
  echo "started in $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
}

start
becomes "the VIP answers after the first start" 5 answers
for round in 1 2 3; do
  # In the midst of traffic, which may fail here.
  touch "$tmp/go"
  load --seconds 30 --while "$tmp/go" -c 4 --timeout 1 "http://$net4.16/" >/dev/null 2>&1 &
  loader=$!
  lab director kill A
  holds "round $round: starts again after kill -9" start
  becomes "round $round: the VIP answers" 5 answers
  rm "$tmp/go"
  wait $loader || true
  load -n 300 -c 4 "http://$net4.16/" "http://[$net6:16]/" >"$tmp/result" || true
  is "round $round: 300 requests without a failure" "$(json 'd["errors"]' <"$tmp/result")" "{}"
done
holds "SIGTERM ends it with exit code 0" lab director stop A
is "and leaves no socket" "$(ls "/run/vipd/$LAB-A.sock" 2>/dev/null)" ""
holds "it starts after a graceful stop" start
becomes "the VIP answers" 5 answers

# A second one of the same name must not touch the first.
code=0
on dirA timeout 10 "$vipd" -n "$LAB-A" -f "$tmp/services" -d "/run/vipd-lab/$LAB/dataplane-A.json" >"$tmp/second" 2>&1 || code=$?
is "a second vipd of the same name is refused with 1" "$code" 1
becomes "and the first goes on" 2 answers
holds "and its console too" vc show status
finish
