#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# 24-hour habits in miniature: 100,000 short connections (with VIPD_NIGHTLY a million) leave the connection table empty
# after their timeouts, and memory where it was.
. "$(dirname "$0")/lib.sh"

lab_begin
{
  echo "global_defs { lvs_timeouts tcp 10 tcpfin 3 udp 3 }"
  lab service "$net4.16" FNAT 80
  lab service "$net6:16" FNAT 80
  lab service "$net4.16" FNAT 53 UDP
} | director A
pid=$(cat "/run/vipd-lab/$LAB/A.pid")
count=${nightly:+1000000}
count=${count:-100000}
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"; }
live() { vc show connection count -j | json 'd["total"]'; }
empty() { [ "$(live)" = 0 ]; }

load -n "$count" -c 32 "http://$net4.16/" "http://[$net6:16]/" >"$tmp/result" || true
is "$count connections without a failure ($(json '"%s s, %s of them took over 0.9 s" % (d["seconds"], d["retransmitted"])' <"$tmp/result"))" "$(json 'd["errors"]' <"$tmp/result")" "{}"
peak=$(live)
if [ "$peak" -gt 0 ]; then
  ok "the table holds the last ones ($peak)"
else
  not_ok "the table holds the last ones" "no connection at all is shown"
fi
# What a connection touches for the first time is in memory now, and nothing may be added from here on.
before=$(rss)
becomes "the table is empty after the timeouts" 150 empty
load -n $((count / 5)) -c 32 "http://$net4.16/" "http://[$net6:16]/" >"$tmp/result" || true
is "$((count / 5)) more without a failure" "$(json 'd["errors"]' <"$tmp/result")" "{}"
at_most "memory grew by" "$(($(rss) - before))" 1024 kB
is "no packet was dropped for want of room" "$(vc show drop -j |
  json '{k: v for k, v in d["drops"].items() if v and k in ("table_full", "port_exhausted", "no_mbuf", "ring_full", "tx_full", "no_server")}')" "{}"
finish
