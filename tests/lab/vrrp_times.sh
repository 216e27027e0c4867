#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Failover times, vipd and keepalived measured by the same harness in the same run (failover_times.py): 3 runs of each
# fault, 20 with VIPD_NIGHTLY. The nightly form has the bars: a median passes that is within one, or, on a machine too busy
# for that, within 10 % of what keepalived needs there. Three runs on a shared machine prove no milliseconds: the usual form
# asks for what the protocol promises, a takeover within two leases, and within less than one after a farewell.
. "$(dirname "$0")/lib.sh"

lab_begin
pairs=keepalived+keepalived ours=keepalived+keepalived
if [ "${DIRECTOR_KIND:-vipd}" = vipd ]; then
  pairs=vipd+vipd,$pairs ours=vipd+vipd
fi
code=0
"$here/failover_times.py" --lab "$LAB" --folder "$tmp" --pairs "$pairs" --json "$tmp/times.json" >"$tmp/table" 2>&1 || code=$?
sed 's/^/    /' "$tmp/table"
is "every failover happened" "$code" 0
[ -e "$tmp/times.json" ] || finish
# bar NAME VIPS FAULT FIGURE SECONDS
bar() {
  local found limit
  found=$(json 'round(d["pairs"]["'$ours'"]["'"$2"'"]["'"$3"'"]["'"$4"'"]["median"] * 1000, 3)' <"$tmp/times.json")
  limit=$(json 'round(max('"$5"', 1.1 * d["pairs"]["keepalived+keepalived"]["'"$2"'"]["'"$3"'"]["'"$4"'"]["median"]) * 1000, 3)' <"$tmp/times.json")
  at_most "$1" "$found" "$limit" "ms, median, at most $limit"
}
is "the captures lost nothing" "$(json 'd["lost"]' <"$tmp/times.json")" 0
silent=0.062 farewell=0.025
[ -z "${VIPD_NIGHTLY:-}" ] || silent=0.031 farewell=0.002
for vips in 1 1000; do
  bar "$vips VIPs, bridge port cut: last advert to the new master's" $vips cut takeover $silent
  bar "$vips VIPs, kill -9: last advert to the new master's" $vips kill takeover $silent
  bar "$vips VIPs, SIGTERM: farewell to the new master's advert" $vips stop takeover $farewell
done
finish
