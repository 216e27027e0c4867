#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What traffic itself says: `observe layer4` takes a server out that refuses or ignores SYNs long before its check would see
# it, and it returns; slow_start gives a server that returns its share little by little; least-connection does not hand it
# everything that is new.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"
. "$(dirname "$0")/health_lib.sh"

health_begin
[ "$DIRECTOR_KIND" = vipd ] || die "keepalived has none of this"
v=$net4.16 w=$net4.102
wrong_start web2 7001=http,body=web2 7002=http,body=web2
tcp() { printf 'TCP_CHECK {\n connect_timeout 1\n connect_port %s\n }' "$1"; }
# service PORT SERVER-PORT OF-WEB2 ALGO LINE...
service() {
  service_head "$1" "$4"
  printf '  warmup 0\n  delay_before_retry 0.3\n'
  printf '  %s\n' "${@:5}"
  real "$net4.101" "$2" "$(tcp "$2")"
  real "$w" "$3" "$(tcp "$3")"
  real "$net4.103" "$2" "$(tcp "$2")"
  echo "}"
}
slow=6
{
  health_globals
  service 80 80 7001 rr "delay_loop 4" "retry 1" "observe layer4 errors 5"
  service 81 80 7002 rr "delay_loop 30" "retry 1" "observe layer4 errors 5"
  service 82 8080 8080 rr "delay_loop 0.3" "retry 0" "slow_start $slow"
  service 83 8080 8080 lc "delay_loop 0.3" "retry 0"
} >"$tmp/A.conf"
health_start
becomes "every check is up" 8 eval '[ "$(health "len(d[\"checks\"]) == 12 and all(c[\"state\"] == \"up\" for c in d[\"checks\"])")" = true ]'

# flows PORT SECONDS [OPTION...]: requests for that time, in the background, into $tmp/flows.
flows() {
  touch "$tmp/go"
  load --seconds "$2" --while "$tmp/go" "${@:3}" "http://$v:$1/" >"$tmp/flows" 2>&1 &
  flowing=$!
}
flows_end() {
  rm -f "$tmp/go"
  wait $flowing || true
}

# ---- a server that refuses: out within moments, its check would take up to 4 s ----
flows 80 60 -c 4
becomes "a check of it is just over" 6 eval '[ "$(health "[c[\"next_run\"] for c in of(\"'$w':7001\")][0] > 3.4")" = true ]'
dead=$EPOCHREALTIME
wrong web2 7001=off >/dev/null
becomes "a server that refuses connections is out" 5 told down_time "$w:7001" "$v:80" "$dead"
out=$(down_time "$w:7001" "$v:80" "$dead")
at_most "  by what the clients met, not by its check" "$(seconds_between "$dead" "$out")" 1.5 s
flows_end
at_most "  at the price of few requests" "$(json 'd["failed"]' <"$tmp/flows")" 15
holds "  show says why" grep -qiE 'observ|layer4|client|traffic|error' <<<"$(servers "rs('$w:7001')['reason']")"
load -n 300 -c 4 "http://$v/" >"$tmp/result" || true
is "  no request fails after that" "$(json 'd["errors"]' <"$tmp/result")" "{}"
well=$EPOCHREALTIME
wrong web2 7001=http,body=web2 >/dev/null
becomes "it is well again and returns by its check" 8 told up_time "$w:7001" "$v:80" "$well"
load -n 300 -c 4 "http://$v/" >"$tmp/result" || true
is "  and gets its share" "$(json '[d["errors"], [p.get("web2", 0) > 60 for p in d["phases"][0].values()]]' <"$tmp/result")" "[{}, [true]]"

# ---- one that ignores SYNs, with a check every 30 s ----
flows 81 60 -c 6 --timeout 3
dead=$EPOCHREALTIME
wrong web2 7002=full >/dev/null
becomes "a server that ignores SYNs is out" 15 told down_time "$w:7002" "$v:81" "$dead"
echo "    after $(seconds_between "$dead" "$(down_time "$w:7002" "$v:81" "$dead")") s"
flows_end
load -n 60 -c 4 --timeout 2 "http://$v:81/" >"$tmp/result" || true
is "  no request fails after that" "$(json 'd["errors"]' <"$tmp/result")" "{}"
# Checks that agree with it: one that was only out of luck is back at once.
wrong web2 7002=http,body=web2 >/dev/null

# ---- slow start ----
# shares PORT FROM: of web2's part in each second since then, by what the client's connections met.
probing() {
  ip netns exec "$LAB-client" "$here/probe.py" run "$tmp/$1.probe" "http://$v:$2/" --every 0.01 &
  captures+=("$1=$!")
  wait_for 10 test -s "$tmp/$1.probe" || die "the probe does not start"
}
shares() {
  /usr/bin/python3 - "$tmp/$1.probe" "$2" <<'END'
import collections, json, sys
since, n = float(sys.argv[2]), collections.defaultdict(collections.Counter)
for line in open(sys.argv[1]):
    if line.endswith("\n"):
        d = json.loads(line)
        if d["ok"] and d["t"] >= since:
            n[int(d["t"] - since)][d["from"]] += 1
print(json.dumps([round(n[s]["web2"] / sum(n[s].values()), 3) if n[s] else 0 for s in range(max(n, default=-1) + 1)]))
END
}
web_stop web2
becomes "a server with slow_start is down" 5 eval '[ "$(servers "rs(\"'$w':8080\")[\"state\"]" 82)/$(servers "rs(\"'$w':8080\")[\"state\"]" 83)" = down/down ]'
probing slow 82
# Long connections of the least-connection service, all on the other two.
touch "$tmp/kept-go"
load --keepalive --seconds 120 --while "$tmp/kept-go" -c 40 "http://$v:83/" >"$tmp/kept" 2>&1 &
kept=$!
becomes "forty connections on the two others" 8 eval '[ "$(servers "sum(r[\"connections_active\"] for r in v[\"real_servers\"]) >= 40" 83)" = true ]'
probing least 83
back=$EPOCHREALTIME
web_start web2
becomes "it returns" 5 told up_time "$w:8080" "$v:82" "$back"
up=$(up_time "$w:8080" "$v:82" "$back")
up_least=$(up_time "$w:8080" "$v:83" "$back")
becomes "slow_start is over" $((slow + 6)) eval '[ "$(shares slow '"${up:-9999999999}"' | json "len(d)")" -ge '$((slow + 3))' ]'
capture_stop slow
capture_stop least
rm "$tmp/kept-go"
wait $kept || true
shares slow "${up:-9999999999}" >"$tmp/shares"
echo "    shares second by second: $(cat "$tmp/shares")"
is "slow_start: little at first" "$(json 'len(d) > 0 and d[0] < 0.17' <"$tmp/shares")" true
is "  growing" "$(json 'len(d) > 6 and d[0] + d[1] < d[2] + d[3] < d[4] + d[5] + 0.1' <"$tmp/shares")" true
is "  its whole share in the end" "$(json 'len(d) > '$((slow + 1))' and abs(sum(d['$((slow + 1))':-1]) / len(d['$((slow + 1))':-1]) - 1 / 3) < 0.05' <"$tmp/shares")" true
shares least "${up_least:-9999999999}" >"$tmp/shares"
echo "    least-connection, second by second: $(cat "$tmp/shares")"
is "least-connection: not all that is new" "$(json 'len(d) > 0 and 0.15 < d[0] < 0.6' <"$tmp/shares")" true
is "  no kept connection broke" "$(json 'd["errors"]' <"$tmp/kept")" "{}"
health_end
