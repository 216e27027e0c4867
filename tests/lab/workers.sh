#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Three workers on two CPUs, on taps: every request over FULLNAT, NAT and DR succeeds, whichever worker receives its
# packets; connections are shared out; explain, drain, listings by worker and reload know of all of them.
. "$(dirname "$0")/lib.sh"

lab_begin
cpu=1
[ "$(nproc)" -gt 1 ] || cpu=0
lab dataplane A | sed "s/\"worker_lcores\": \[[^]]*\]/\"worker_lcores\": [\"2@$cpu\", \"3@$cpu\", \"4@0\"]/; s/200000/50000/" >"$tmp/dataplane.json"
conf() {
  local kind
  for kind in FNAT NAT DR; do
    lab service "$net4.${vip[$kind]}" "$kind" 80
  done
  lab service "$net6:${vip[FNAT]}" FNAT 80
  lab service "$net6:${vip[NAT]}" NAT 80
  [ $# -eq 0 ] || lab service "$net4.16" FNAT 8080
}
conf | director A --dataplane "$tmp/dataplane.json"
is "three workers carry traffic" "$(vc show status -j | json '[d["workers"]["total"], d["workers"]["active"]]')" "[3, 3]"
is "nothing to warn of" "$(vc show status -j | json 'd["warnings"]')" "[]"
is "the port has a Tx queue for each, and its Rx queues are shared out" \
  "$(vc show port eth0 -j | json '[d["ports"][0][k] for k in ("steering", "rx_queues_by_worker", "tx_queues_by_worker")]')" \
  '["software", [2, 1, 1], [1, 1, 1]]'
holds "the console shows it" grep -q "Rx queues 2 1 1; Tx queues 1 1 1; steering software" <(vc show port eth0)

for vs in "$net4.16" "$net4.17" "$net4.18" "[$net6:16]" "[$net6:17]"; do
  load -n 2400 -c 8 "http://$vs/" >"$tmp/result" || true
  is "2,400 requests to $vs without a failure" "$(json 'd["errors"]' <"$tmp/result")" "{}"
done
is "nothing was dropped that a connection sent" \
  "$(vc show drop -j | json '[k for k, v in d["drops"].items() if v and k in ("no_connection", "handover_full", "ring_full", "tx_full", "port_exhausted")]')" "[]"
shared() { vc show connection count -j | json '[len(d["by_worker"]), min(d["by_worker"]) * 6 > d["total"], sum(d["by_worker"]) == d["total"]]'; }
is "connections are shared out" "$(shared)" "[3, true, true]"
handed() { vc show lcore -j | json '[sum(l[k] for l in d["lcores"]) for k in ("handed_in", "handed_out")]'; }
holds "packets were handed over, and all of them arrived" test "$(handed | json 'd[0] > 0 and d[0] == d[1]')" = true

# Kept open: listed where they are, explained by whoever owns them.
touch "$tmp/go"
load --keepalive --seconds 120 --while "$tmp/go" -c 24 "http://$net4.16/" >"$tmp/kept" &
kept=$!
open() { [ "$(vc show connection vs "$net4.16:80" state ESTABLISHED -j | json 'len(d["connections"])')" -ge 24 ]; }
becomes "24 connections are open" 10 open
vc show connection vs "$net4.16:80" state ESTABLISHED -j >"$tmp/all"
is "on several workers" "$(json 'len(set(c["worker"] for c in d["connections"])) > 1' <"$tmp/all")" true
is "the listings by worker add up" \
  "$(for w in 0 1 2; do vc show connection vs "$net4.16:80" state ESTABLISHED worker $w -j; done | /usr/bin/python3 -c '
import json, sys
text, n, d = sys.stdin.read(), 0, json.JSONDecoder()
while text.strip():
    o, end = d.raw_decode(text.lstrip())
    n, text = n + len(o["connections"]), text.lstrip()[end:]
print(n)')" "$(json 'len(d["connections"])' <"$tmp/all")"
bad=0
while read -r client server worker; do
  vc explain tcp "$client" "$net4.16:80" -j >"$tmp/explain" || true
  [ "$(json '[d["reason"], d["real_server"], [s for s in d["steps"] if "owns the flow" in s]]' <"$tmp/explain")" = \
    "[\"existing connection\", \"$server\", [\"worker $worker owns the flow\"]]" ] || bad=$((bad + 1))
done < <(json '"\n".join("%s %s %d" % (c["client"], c["server"], c["worker"]) for c in d["connections"][:9])' <"$tmp/all")
is "explain finds each of them at its worker" "$bad" 0

# An operator's word is with all workers when it is done.
holds "drain" vc drain real-server "tcp:$net4.16:80" "$net4.102:80"
load -n 600 -c 4 "http://$net4.16/" >"$tmp/result" || true
is "not one new connection to a drained server, no failure" \
  "$(json '[d["errors"], d["phases"][0]["http://'"$net4"'.16/"].get("web2", 0)]' <"$tmp/result")" "[{}, 0]"
holds "enable" vc enable real-server "tcp:$net4.16:80" "$net4.102:80"

conf more >"$tmp/A.conf"
holds "reload" vc reload
load -n 600 -c 4 "http://$net4.16:8080/" >"$tmp/result" || true
is "a service that came by reload is served by all" "$(json 'd["errors"]' <"$tmp/result")" "{}"
rm "$tmp/go"
wait $kept || true
is "connections that stayed open saw nothing of all that" "$(json '[d["errors"], d["requests"] > 100]' <"$tmp/kept")" "[{}, true]"
holds "clear stats" vc clear stats
becomes "on every worker" 2 test "$(vc show drop -j | json 'd["total"] < 5')" = true
finish
