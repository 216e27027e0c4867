#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The operator's word and the checks': enable, disable, drain and weights win over checks, whichever came first; dynamic
# weights; what show health, show script and explain say, for people and as JSON; a reload in the midst of failures forgets
# nothing.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"
. "$(dirname "$0")/health_lib.sh"

health_begin
v=$net4.16
vs=tcp:$v:80 w1=$net4.101:80 w2=$net4.102:80 w3=$net4.103:80
echo 0 >"$tmp/code"
cat >"$run/weigh" <<END
#!/bin/sh
echo read >>$tmp/read
exit \$(cat $tmp/code)
END
chmod 755 "$run/weigh"
# conf [LOOP [MORE]]: MORE is a further server of port 80.
conf() {
  local n
  health_globals
  printf 'vrrp_script looks {\n  script "%s"\n  interval 1\n  weight -5\n}\n' "/bin/true word"
  printf 'vrrp_script fails {\n  script /bin/false\n  interval 1\n  weight -5\n}\n'
  instance 51 100 version=3 adv=0.1 vips="$net4.60/24" more="track_script {
    looks
    fails
  }"
  service_head 80
  printf '  delay_loop %s\n  connect_timeout 1\n  retry 1\n  delay_before_retry 0.3\n  warmup 0\n  sorry_server %s.103 8080\n' "${1:-0.5}" "$net4"
  for n in 1 2; do real "$net4.10$n" 80 "weight 3" "HTTP_GET {" "  url {" "    path /" "  }" "}"; done
  [ -z "${2:-}" ] || real "$net4.103" 80 "TCP_CHECK {" "}"
  echo "}"
  service_head 8080 wrr
  printf '  delay_loop 0.5\n  retry 0\n  warmup 0\n'
  real "$net4.103" 8080 "weight 4" "MISC_CHECK {" "  misc_path $run/weigh" "  misc_timeout 2" "  misc_dynamic" "}"
  real "$net4.102" 8080 "weight 4" "TCP_CHECK {" "  connect_timeout 1" "}"
  echo "}"
}
conf >"$tmp/A.conf"
health_start
every_up() { [ "$(health 'len(d["checks"]) > 0 and all(c["state"] == "up" for c in d["checks"])')" = true ]; }
becomes "every check is up" 8 every_up

# state RS: "state, weight in effect"
state() { servers "'%s, %d' % (rs('$1')['state'], rs('$1')['effective_weight'])" "${2:-80}"; }
state_is() { [ "$(state "$1" "${3:-80}")" = "$2" ] || { state "$1" "${3:-80}"; return 1; }; }
reason() { servers "rs('$1')['reason']" "${2:-80}"; }
check_is() { [ "$(health "one('$1')['state']")" = "$2" ] || { health "of('$1')"; return 1; }; }
asked() { # who answers 60 requests, and what fails
  load -n 60 -c 2 "http://$v/" >"$tmp/asked" || true
  json '"%s %s" % (" ".join(sorted(d["phases"][0]["http://'$v'/"])), d["errors"] or "")' <"$tmp/asked"
}

# ---- the operator first, then the check, and the other way round ----
holds "drain a server that is up" vc drain real-server "$vs" $w1
is "  it is drained" "$(state $w1)" "drain, 0"
web_stop web1
becomes "  its check fails" 5 check_is $w1 down
becomes "  show has both" 3 eval '[[ "$(state '$w1')" =~ ^(drain|down),\ 0$ ]]'
web_start web1
becomes "  its check is well again" 5 check_is $w1 up
is "  it stays drained" "$(state $w1)" "drain, 0"
holds "  show says who did it" grep -q operator <<<"$(reason $w1)"
is "  it gets nothing" "$(asked)" "web2 "
holds "  enable" vc enable real-server "$vs" $w1
is "  it is up" "$(state $w1)" "up, 3"
is "  and gets its share" "$(asked)" "web1 web2 "

web_stop web1
becomes "a server's check fails" 5 state_is $w1 "down, 0"
holds "  the reason is the check's" grep -qE 'HTTP_GET|refused|check' <<<"$(reason $w1)"
holds "  disable it" vc disable real-server "$vs" $w1
web_start web1
becomes "  its check is well again" 5 check_is $w1 up
is "  it stays out" "$(state $w1)" "down, 0"
holds "  show says who did it" grep -q operator <<<"$(reason $w1)"
is "  it gets nothing" "$(asked)" "web2 "
holds "  enable" vc enable real-server "$vs" $w1
is "  it is up" "$(state $w1)" "up, 3"

web_stop web1
becomes "a server is down" 5 state_is $w1 "down, 0"
holds "  enable is no verdict" vc enable real-server "$vs" $w1
is "  it stays down" "$(state $w1)" "down, 0"
holds "  set its weight" vc set real-server "$vs" $w1 weight 7
is "  it stays down" "$(state $w1)" "down, 0"
web_start web1
becomes "  it returns with the operator's weight" 5 state_is $w1 "up, 7"
holds "  weight default" vc set real-server "$vs" $w1 weight default
is "  as configured" "$(state $w1)" "up, 3"

# ---- dynamic weights ----
d=$net4.103:8080
is "a dynamic check that exits with 0 leaves the weight" "$(state $d 8080)" "up, 4"
echo 12 >"$tmp/code"
becomes "  with 12: weight 10" 5 state_is $d "up, 10" 8080
holds "  the operator sets 2" vc set real-server "tcp:$v:8080" $d weight 2
echo 22 >"$tmp/code"
read_twice() { [ "$(grep -c . "$tmp/read")" -ge 2 ]; }
: >"$tmp/read"
becomes "  the check runs on" 5 read_twice
is "  the operator's stays" "$(state $d 8080)" "up, 2"
holds "  weight default" vc set real-server "tcp:$v:8080" $d weight default
becomes "  the check's" 5 state_is $d "up, 20" 8080
# Main gathers new weights for a moment before it hands them out.
shares() {
  load -n 480 -c 4 "http://$v:8080/" | json '[d["errors"], [round(p.get(w, 0) / 20) for p in d["phases"][0].values() for w in ("web3", "web2")]]'
}
becomes "  and in effect: 20 to 4" 10 eval '[ "$(shares)" = "[{}, [20, 4]]" ]'
echo 1 >"$tmp/code"
becomes "  with 1: down" 5 state_is $d "down, 0" 8080
echo 2 >"$tmp/code"
becomes "  with 2: weight 0, and up" 5 eval '[ "$(servers "rs(\"'$d'\")[\"effective_weight\"]" 8080)" = 0 ] && [ "$(health "one(\"'$d'\")[\"state\"]")" = up ]'
echo 0 >"$tmp/code"
becomes "  with 0 again: up" 5 eval '[ "$(health "one(\"'$d'\")[\"state\"]")" = up ]'

# ---- what is shown ----
is "show health -j: each check has its keys" \
  "$(health '[k for c in d["checks"] for k in ("virtual_server", "real_server", "type", "state", "last_error", "last_duration", "next_run") if k not in c]')" "[]"
is "  and their types" "$(health 'sorted({"%s %s" % (k, type(c[k]).__name__) for c in d["checks"] for k in ("virtual_server", "real_server", "type", "state", "last_error")})')" \
  '["last_error str", "real_server str", "state str", "type str", "virtual_server str"]'
is "  what they check" "$(health 'sorted((c["real_server"], c["type"]) for c in d["checks"])')" \
  "$(printf '[["%s", "HTTP_GET"], ["%s", "HTTP_GET"], ["%s", "TCP_CHECK"], ["%s", "MISC_CHECK"]]' $w1 $w2 "$net4.102:8080" $d | json 'sorted(d)')"
is "  of which service" "$(health 'sorted({c["virtual_server"].split(":", 1)[-1] if c["virtual_server"].startswith("tcp:") else c["virtual_server"] for c in d["checks"]})')" "[\"$v:80\", \"$v:8080\"]"
vc show health >"$tmp/table" || true
for word in HTTP_GET TCP_CHECK MISC_CHECK $w1 $d up; do
  holds "show health has $word" grep -qwF -- "$word" "$tmp/table"
done
vc show script >"$tmp/table" || true
for word in looks fails; do
  holds "show script has $word" grep -qw $word "$tmp/table"
done
holds "show script -j is JSON and has them" json 'sorted(str(d).count(w) > 0 for w in ("looks", "fails")) == [True, True] or 1 / 0' < <(vc -j show script)
holds "show vrrp: the failing script lowers the priority" eval '[ "$(lab vipctl A -j show vrrp | json "d[\"instances\"][0][\"effective_priority\"]")" = 95 ]'
explains() { vc -j explain tcp "$net4.100:40000" "$v:80" | json "$1"; }
is "explain: a server that is up" "$(explains '[d["action"], d["real_server"] in ("'$w1'", "'$w2'")]')" '["forward", true]'
web_stop web1
web_stop web2
becomes "explain: the sorry server, when all are down" 8 eval '[ "$(explains "d[\"real_server\"]")" = "'$net4.103:8080'" ]'
is "  requests get it" "$(asked)" "web3 "
holds "  and the steps tell why" eval 'vc -j explain tcp "$net4.100:40000" "'$v':80" | grep -qiE "sorry|quorum"'
web_start web2
becomes "explain: the one that is up again" 5 eval '[ "$(explains "d[\"real_server\"]")" = '$w2' ]'

# ---- a reload in the midst of it ----
becomes "one is down, one is up" 5 eval '[ "$(state '$w1')/$(state '$w2')" = "down, 0/up, 3" ]'
holds "drain the one that is up" vc drain real-server "$vs" $w2
before=$(health '[(c["real_server"], c["type"], c["state"]) for c in d["checks"]]')
since=$EPOCHREALTIME
for _ in 1 2 3 4 5; do vc reload >/dev/null 2>&1 || not_ok "reload"; done
is "five reloads of the same file: the same states" "$(health '[(c["real_server"], c["type"], c["state"]) for c in d["checks"]]')" "$before"
is "  which could be told" "$(grep -c TCP_CHECK <<<"$before")" 1
is "  down and drained as before" "$(state $w1)/$(state $w2)" "down, 0/drain, 0"
holds "  enable" vc enable real-server "$vs" $w2
conf 0.7 >"$tmp/A.conf"
holds "a reload with other times" vc reload
is "  who is down stays down" "$(state $w1)" "down, 0"
is "  and gets nothing" "$(asked)" "web2 "
conf 0.7 more >"$tmp/A.conf"
holds "a reload with a server more" vc reload
is "  it is there, and up" "$(state $w3)" "up, 1"
is "  who is down stays down" "$(state $w1)" "down, 0"
is "  no line of the FIFO came of all that" "$(fifo_lines "$since" | grep "RS \[$net4.10[12]\]:tcp:80 ")" ""
web_start web1
becomes "and returns when its server does" 5 state_is $w1 "up, 3"
conf >"$tmp/A.conf"
web_stop web3
becomes "the new one goes down" 5 state_is $w3 "down, 0"
holds "a reload takes the one that is down away" vc reload
is "  and its check" "$(health "of('$w3')")" "[]"
is "  the rest is served" "$(asked)" "web1 web2 "
health_end
