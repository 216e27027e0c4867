#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Idle is cheap: with `poll: adaptive` all threads of an idle director use under 10 % of one core, by schedstat over 10 s.
. "$(dirname "$0")/lib.sh"

lab_begin
lab service "$net4.16" FNAT 80 | director A
on client curl -s -m 5 "http://$net4.16/" >/dev/null
pid=$(cat "/run/vipd-lab/$LAB/A.pid")

# Nanoseconds on a CPU, of all threads.
on_cpu() { cat /proc/"$1"/task/*/schedstat | awk '{ sum += $1 } END { printf "%d", sum }'; }
threads() { for t in /proc/"$pid"/task/*; do echo "$(cat "$t/comm") $(cut -d ' ' -f 1 "$t/schedstat")"; done; }

seconds=10
threads >"$tmp/before"
cpu=$(on_cpu "$pid") begin=${EPOCHREALTIME/./}
sleep "$seconds"
cpu=$(($(on_cpu "$pid") - cpu)) took=$((${EPOCHREALTIME/./} - begin))
at_most "an idle director's share of one core over $seconds s" "$(awk -v c=$cpu -v t=$took 'BEGIN { printf "%.2f", c / 10 / t }')" 10 %
[ "$failed" -eq 0 ] || threads | paste -d ' ' "$tmp/before" - | awk '{ printf "    %s: %.2f %%\n", $1, ($4 - $2) / 1e8 }'
finish
