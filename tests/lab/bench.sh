#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What vipd-bench measures is right: every frame that leaves is the one that should, by every method and family, and the
# check that says so finds what it is to find. Numbers have their shape; how good they are is not asked here.
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/lib/bench_port.sh
. "$top/scripts/lib/bench_port.sh"

tmp=$(mktemp -d)
vipd_pid=
bench_end() {
  trap - EXIT
  trap '' INT TERM HUP
  [ -z "$vipd_pid" ] || stop_pid "$vipd_pid" || true
  plugin_forget
  rm -rf "$tmp"
}
trap bench_end EXIT
trap 'exit 130' INT TERM HUP
[ -x "$bench" ] || die "$bench is not built: run scripts/build.sh"
plugin_place

# Names of what is wrong with a row of the JSON on stdin, a line each.
row_lines() {
  json '"\n".join("%s %s %s %s %d: %s" % (r["case"], r["family"], r["protocol"], r["size"], r["flows"],
    r["error"] if "error" in r else "good" if r["checked"] >= 2 * r["flows"] and not r["bad"] and not r["dropped"]
    else "checked %d, bad %d, dropped %d" % (r["checked"], r["bad"], r["dropped"])) for r in d["rows"])'
}

"$bench" -j --check-only -n 1000 -f both -s both fullnat nat dr >"$tmp/tcp" || true
"$bench" -j --check-only -n 1000 -f both -p udp fullnat nat dr >"$tmp/udp" || true
cat <(row_lines <"$tmp/tcp") <(row_lines <"$tmp/udp") >"$tmp/lines"
is "rows of three methods, two families, TCP with two sizes and UDP" "$(wc -l <"$tmp/lines")" 18
for method in fullnat nat dr; do
  "$bench" -j --check-only -n 1000 --capacity 1M -f both --method $method connections fill >"$tmp/whole" || true
  row_lines <"$tmp/whole" | sed "s/:/ by $method:/" >>"$tmp/lines"
done
is "and of whole connections" "$(wc -l <"$tmp/lines")" 30
while read -r line; do
  is "each frame is as it should be: ${line%%:*}" "${line#*: }" good
done <"$tmp/lines"

# finds WORDS FOUND [CASE]: a port that expects something else than the files say
finds() {
  local code=0
  "$bench" -j --check-only -n 1000 --port "$1" --capacity 1M "${3:-fullnat}" >"$tmp/out" 2>"$tmp/err" || code=$?
  if [ $code = 1 ] && grep -q "$2" "$tmp/err"; then
    ok "the check finds $1${3:+ of $3} ($(cat "$tmp/err"))"
  else
    not_ok "the check finds $1" "exit code $code, expected 1 and '$2': $(cat "$tmp/err" "$tmp/out")"
  fi
}
finds gateway_mac=02:00:00:00:00:fd "MAC addresses"
finds sport=81 "TCP or UDP header"
finds server=192.168.1.2 "IP header"
finds vip=203.0.113.81 "flows came out"
finds gateway_mac=02:00:00:00:00:fd "MAC addresses" connections
finds sport=81 "TCP or UDP header" connections

"$bench" -j -n 64 -r 3 -t 0.1 --warm 0.2 --capacity 1M --baseline 1,2,4 fullnat connections fill drop punt >"$tmp/timed" 2>"$tmp/err" || true
is "every case is timed" "$(json '[r["case"] for r in d["rows"] if "error" not in r]' <"$tmp/timed")" \
  '["fullnat", "connections", "fill", "drop", "punt"]'
is "a row has what scripts go by" \
  "$(json 'sorted({k for r in d["rows"] for k in ("case", "family", "flows", "ns_median", "ns_min", "ns_max", "ratio_csum", "bytes_per_connection", "per_second") if k not in r})' <"$tmp/timed")" "[]"
is "times are in order, and the ratio is theirs to csum" \
  "$(json '[r["case"] for r in d["rows"] if not 0 < r["ns_min"] <= r["ns_median"] <= r["ns_max"] or abs(r["ratio_csum"] - r["ns_median"] / 4) > 0.01 or r["per_second"] <= 0]' <"$tmp/timed")" "[]"
is "the baseline is the one given" "$(json 'd["baseline"]' <"$tmp/timed")" '{"io_ns": 1.0, "macswap_ns": 2.0, "csum_ns": 4.0}'

# A schedule: of each second that the worker had its CPU, or of each second, the frames that are due leave or are missed.
"$bench" -j -n 2000 -r 1 -t 0.3 --loads 30 latency >"$tmp/late" 2>"$tmp/err" || true
steps='d["rows"][0]["latency"]["steps"]'
is "frames by a schedule: idle, all included, quiet, and four disturbances" \
  "$(json "[s['name'] for s in $steps]" <"$tmp/late")" \
  '["nothing arrives", "all included", "quiet", "reload", "health", "list", "sweep"]'
is "as many are due as should be" \
  "$(json "[(s['name'], round(n)) for l in [d['rows'][0]['latency']] for s in l['steps'][1:]
    for n in [l['capacity_per_second'] * l['load'] * (s['seconds'] - (s['lost_ns'] / 1e9 if s['name'] != 'all included' else 0))]
    if abs(s['frames'] + s['missed'] - n) > l['capacity_per_second'] * l['load'] * (s['seconds'] / 10 + 2 * s['lost_max_ns'] / 1e9)]" <"$tmp/late")" "[]"
is "shares of them are in order, and turns have their times" \
  "$(json "[s['name'] for s in $steps[1:] if not 0 < s['late_ns']['p50'] <= s['late_ns']['p99'] <= s['late_ns']['p999'] <= s['late_ns']['max']
    or not 0 < s['turn_ns']['p999'] <= s['turn_ns']['max'] or not 0 < s['loop_ns']['p50'] <= s['loop_ns']['max']]" <"$tmp/late")" "[]"
is "flows that went idle were swept" "$(json "$steps[6]['expired']" <"$tmp/late")" 1875

# The same plugin in vipd itself: it makes the flows known by itself, and vipd has the connections.
"$bench" --keep --check-only -n 1 fullnat >/dev/null 2>"$tmp/kept"
folder=$(sed -n 's/^files in //p' "$tmp/kept")
instance=$LAB-vipd
VIPD_BENCH_PORT="mode=learn flows=1000" "$vipd" -n "$instance" -f "$folder/vipd.conf" -d "$folder/dataplane.json" >"$tmp/log" 2>&1 &
vipd_pid=$!
established() { [ "$("$vipctl" -n "$instance" -j show connection count | json 'd["by_state"]["ESTABLISHED"]')" = 1000 ]; }
becomes "vipd with the plugin has 1,000 established connections" 20 established
stop_pid "$vipd_pid" 20 || true
code=0
wait "$vipd_pid" || code=$?
is "and ends gracefully" $code 0
vipd_pid=
rm -rf "$folder"

holds "testpmd with the plugin" bash -c "\"$top/scripts/bench.sh\" --quick -j --rounds 1 nat >\"$tmp/quick\""
is "its baseline" "$(json '[k for k in ("io_ns", "macswap_ns", "csum_ns") if not d["baseline"][k] > 0]' <"$tmp/quick")" "[]"
if [ -n "$nightly" ]; then
  holds "100,000 connections at a time, closed, leave an empty table" \
    "$bench" -n 100000 --warm 60 --drain connections
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
