#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Three web servers behind a VIP: one dies and is out in time, no request fails after that, it returns and is in again. What
# becomes of open connections; quorum and the sorry server; scripts, FIFO and mail tell it all; a dead mail server delays nothing.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"
. "$(dirname "$0")/health_lib.sh"

health_begin
v=$net4.16
loop=1 retry=2 delay=0.5 timeout=1
bound=$(detection $loop $retry $delay $timeout)
mail_start web3
wrong_start web3 9000=http,body=sorry
for r in up down quorum_up quorum_down; do recorder $r; done
chmod 644 "$tmp"/*.pem
check() { printf 'HTTP_GET {\n url {\n path /\n }\n connect_timeout %s\n retry %s\n delay_before_retry %s\n }' $timeout $retry $delay; }
# conf SMTP_SERVER
conf() {
  local n
  health_globals "notification_email {" "  admin@mail.lab" "  ops@mail.lab" "}" "notification_email_from director@lab" \
    "smtp_server $1" "smtp_connect_timeout 5"
  service_head 80
  printf '  delay_loop %s\n  warmup 0\n  quorum 2\n  quorum_up %s\n  quorum_down %s\n  sorry_server %s.103 9000\n' $loop \
    "\"$run/quorum_up now\"" "\"$run/quorum_down now\"" "$net4"
  for n in 1 2 3; do
    real "$net4.10$n" 80 "$(check)" "notify_up \"$run/up web$n\"" "notify_down \"$run/down web$n\""
  done
  echo "}"
  service_head 8080
  printf '  delay_loop %s\n  warmup 0\n' $loop
  for n in 1 2 3; do real "$net4.10$n" 8080 "inhibit_on_failure" "$(check)"; done
  echo "}"
}
conf "$net4.103" >"$tmp/A.conf"
health_start
w1=$net4.101:80 w2=$net4.102:80 w3=$net4.103:80
becomes "all servers are up" 5 server_is up $w1 $w2 $w3
becomes "the quorum is told at the start" 5 fifo_has "VS $(bracketed "$v:80") UP"
becomes "and its script ran" 5 eval '[ "$(recorded quorum_up)" = now ]'
if forwards; then
  becomes "the first checks are over" 5 eval '[ "$(health "all(c[\"state\"] == \"up\" for c in d[\"checks\"])")" = true ]'
  touch "$tmp/go"
  # Requests all the time: what fails, fails between a death and its verdict.
  ip netns exec "$LAB-client" "$here/probe.py" run "$tmp/all.probe" "http://$v/" --every 0.02 &
  captures+=("all=$!")
fi
# failures FROM TO: of the client's requests that began in that time.
failures() {
  "$here/probe.py" gap "$tmp/all.probe" --from "$1" --to "$2" | json '[d["failed"], d["errors"]] if d["answered"] > 5 else "who asked?"'
}
answers() { # answers FROM TO: who answered
  /usr/bin/python3 - "$tmp/all.probe" "$1" "$2" <<'END'
import json, sys
a, b = map(float, sys.argv[2:])
lines = [json.loads(x) for x in open(sys.argv[1]) if x.endswith("\n")]
print(" ".join(sorted({x["from"] for x in lines if x["ok"] and a <= x["t"] <= b})))
END
}
none='[0, {}]'
# A time in which the client asked often enough.
some_requests() { awk -v f="$1" 'BEGIN { printf "%.6f", f + 0.6 }'; }
passed_by() { wait_for 5 awk -v t="$1" 'BEGIN { "date +%s.%N" | getline n; exit !(n > t) }'; }

# ---- one dies, and returns ----
dead=$EPOCHREALTIME
web_stop web1
becomes "a dead server is out" 8 told down_time $w1 $v:80 "$dead"
out=$(down_time $w1 $v:80 "$dead")
at_most "  in time" "$(seconds_between "$dead" "$out")" "$bound" "s; delay_loop + retry * delay_before_retry + timeouts"
becomes "  notify_down ran" 3 eval '[ "$(recorded down)" = web1 ]'
becomes "  mail came" 8 mail_has "^Subject: \[lab\] Realserver \[$net4\.101\]:tcp:80 of virtual server \[$v\]:tcp:80 - DOWN" \
  "^From: director@lab" "^To: .*admin@mail\.lab" "ops@mail\.lab" "^Date: " "=> .* <="
if forwards; then
  end=$(some_requests "$out")
  passed_by "$end"
  is "  no request fails after that" "$(failures "$(awk -v t="$out" 'BEGIN { printf "%.6f", t + 0.05 }')" "$end")" "$none"
  is "  the others answer" "$(answers "$(awk -v t="$out" 'BEGIN { printf "%.6f", t + 0.05 }')" "$end")" "web2 web3"
  is "  show says it" "$(servers "rs('$w1')['state']")" down
  holds "  and why" eval '[[ "$(health "one(\"'$w1'\")[\"last_error\"]")" =~ refused ]]'
fi
back=$EPOCHREALTIME
web_start web1
becomes "it returns and is in" 5 told up_time $w1 $v:80 "$back"
at_most "  in time" "$(seconds_between "$back" "$(up_time $w1 $v:80 "$back")")" "$(awk -v l=$loop -v t=$timeout -v s=$slack 'BEGIN { print l + t + s }')" s
becomes "  notify_up ran" 3 eval '[ "$(recorded up)" = web1 ]'
becomes "  mail came" 8 mail_has "^Subject: \[lab\] Realserver \[$net4\.101\]:tcp:80 of virtual server \[$v\]:tcp:80 - UP"
if forwards; then
  becomes "  it answers again" 5 eval '[[ "$(answers '"$back"' 9999999999)" == *web1* ]]'
  end=$(some_requests "$EPOCHREALTIME")
  passed_by "$end"
  is "  no request failed on its return" "$(failures "$(awk -v t="$back" 'BEGIN { printf "%.6f", t + 0.6 }')" "$end")" "$none"
fi

# ---- a server that is suddenly not there: open connections ----
if forwards; then
  hold_start plain "http://$v/" web1 web2 web3
  hold_start inhibit "http://$v:8080/" web1 web2 web3
fi
gone=$EPOCHREALTIME
on lan ip link set web2.lan down
becomes "a server without a link is out" 8 told down_time $w2 $v:80 "$gone"
at_most "  in time" "$(seconds_between "$gone" "$(down_time $w2 $v:80 "$gone")")" "$bound" s
becomes "  with inhibit_on_failure, too" 8 told down_time "$net4.102:8080" $v:8080 "$gone"
if forwards; then
  # Whoever uses one learns it from RST; nobody knows the numbers that a RST out of the blue would need.
  hold_use plain
  is "  its open connections get RST when they are used, the others answer" \
    "$(hold plain 'sorted((x["server"], x["event"]) for x in d if "server" in x and x["event"] != "closed")')" '[["web1", "answered"], ["web2", "ConnectionResetError"], ["web3", "answered"]]'
  load -n 300 -c 4 "http://$v:8080/" >"$tmp/result" || true
  is "  with inhibit_on_failure no new connection goes there" \
    "$(json '[d["errors"], sum(p.get("web2", 0) for p in d["phases"][0].values())]' <"$tmp/result")" "[{}, 0]"
  is "    and open ones stay" "$(hold inhibit '[x for x in d if "server" in x]')" "[]"
fi
there=$EPOCHREALTIME
on lan ip link set web2.lan up
becomes "its link is back, and so is it" 8 told up_time $w2 $v:80 "$there"
becomes "  with inhibit_on_failure, too" 8 told up_time "$net4.102:8080" $v:8080 "$there"
if forwards; then
  hold_use inhibit
  is "  and its old connection works on" "$(hold inhibit 'sorted((x["server"], x["event"]) for x in d if "server" in x)')" \
    '[["web1", "answered"], ["web2", "answered"], ["web3", "answered"]]'
fi

# ---- quorum and the sorry server ----
lost=$EPOCHREALTIME
web_stop web1
web_stop web2
becomes "two of three are dead: the quorum of 2 is lost" 8 fifo_has "VS $(bracketed "$v:80") DOWN" "$lost"
becomes "  quorum_down ran" 3 eval '[ "$(recorded quorum_down)" = now ]'
out=$(fifo_time "VS $(bracketed "$v:80") DOWN" "$lost")
if forwards; then
  is "  show says it" "$(servers 'v["quorum"]')" false
  end=$(some_requests "$out")
  passed_by "$end"
  is "  the sorry server answers, and it alone" "$(answers "$(awk -v t="$out" 'BEGIN { printf "%.6f", t + 0.05 }')" "$end")" sorry
  is "  no request fails" "$(failures "$(awk -v t="$out" 'BEGIN { printf "%.6f", t + 0.05 }')" "$end")" "$none"
fi
back=$EPOCHREALTIME
web_start web1
becomes "one returns: the quorum is there again" 5 fifo_has "VS $(bracketed "$v:80") UP" "$back"
becomes "  quorum_up ran again" 3 eval '[ "$(recorded quorum_up | xargs)" = "now now" ]'
if forwards; then
  again=$(fifo_time "VS $(bracketed "$v:80") UP" "$back")
  end=$(some_requests "$again")
  passed_by "$end"
  is "  the servers answer, the sorry server does not" "$(answers "$(awk -v t="$again" 'BEGIN { printf "%.6f", t + 0.05 }')" "$end")" "web1 web3"
  is "  no request fails" "$(failures "$(awk -v t="$again" 'BEGIN { printf "%.6f", t + 0.05 }')" "$end")" "$none"
fi
web_start web2
becomes "all are up" 5 told up_time $w2 $v:80 "$back"

# ---- what the FIFO said ----
rs() { echo "RS [$net4.10$1]:tcp:80 [$v]:tcp:80 $2"; }
is "the FIFO's lines, in their order" "$(fifo_lines | grep ":tcp:80 \(UP\|DOWN\)" | grep -v "8080" | awk '/10[12].*DOWN/ { n++; if (n > 2 && /DOWN/) next } { print }')" \
  "VS [$v]:tcp:80 UP
$(rs 1 DOWN)
$(rs 1 UP)
$(rs 2 DOWN)
$(rs 2 UP)
VS [$v]:tcp:80 DOWN
$(rs 1 UP)
VS [$v]:tcp:80 UP
$(rs 2 UP)"
# shellcheck disable=SC2059
is "its bytes" "$(md5sum <"$tmp/fifo.raw")" "$(while read -r line; do printf "%s$FIFO_END" "$line"; done < <(fifo_lines) | md5sum)"

# ---- the mail server dies ----
mail_stop web3
# shellcheck disable=SC2034
before=$(mails)
dead=$EPOCHREALTIME
web_stop web3
becomes "the mail server is dead: a verdict is as fast" 8 told down_time $w3 $v:80 "$dead"
at_most "  in time" "$(seconds_between "$dead" "$(down_time $w3 $v:80 "$dead")")" "$bound" s
web_start web3
becomes "  and back" 5 told up_time $w3 $v:80 "$dead"
if forwards; then
  begin=$EPOCHREALTIME
  holds "  the console answers" vc show status
  at_most "    at once" "$(seconds_between "$begin" "$EPOCHREALTIME")" 1 s
  mail_start web3
  becomes "the mail server returns: the mail that waited comes" 20 eval '[ "$(mails)" -ge $((before + 2)) ]'
  capture_stop all
fi
health_end
