#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Words that say when checks count: alpha, ha_suspend, omega, expire_quiescent_conn, rs_init_notifies; mail of VRRP.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"
. "$(dirname "$0")/health_lib.sh"

health_begin
v=$net4.16
w1=$net4.101:80 w2=$net4.102:80 e1=$net4.101:8080 e2=$net4.102:8080
for r in up down quorum_up quorum_down; do recorder $r; done
mail_start web3
check() { printf '    TCP_CHECK {\n      connect_timeout 1\n    }\n'; }
conf() {
  local n
  health_globals "rs_init_notifies" "notification_email {" "  admin@mail.lab" "}" "smtp_server $net4.103" "smtp_alert_vrrp on" \
    "smtp_alert_checker off"
  instance 52 100 version=3 adv=0.1 vips="$v/24"
  service_head 80
  printf '  delay_loop 0.5\n  retry 0\n  warmup 0\n  alpha\n  omega\n  ha_suspend\n  quorum 2\n  quorum_up "%s now"\n  quorum_down "%s now"\n' \
    "$run/quorum_up" "$run/quorum_down"
  for n in 1 2; do real "$net4.10$n" 80 "$(check)" "notify_up \"$run/up web$n\"" "notify_down \"$run/down web$n\""; done
  echo "}"
  service_head 8080
  printf '  delay_loop 0.5\n  retry 0\n  warmup 0\n  inhibit_on_failure\n  expire_quiescent_conn\n'
  for n in 1 2; do real "$net4.10$n" 8080 "$(check)" "notify_up \"$run/up quick$n\""; done
  echo "}"
}
conf >"$tmp/A.conf"
health_start
state() { health "[c['state'] for c in d['checks'] if c['real_server'] == '$1'][0]"; }
state_is() { [ "$(state "$1")" = "$2" ]; }
mail_count() { grep -hE "^Subject: \[lab\] $1" "$tmp"/mail/new/* 2>/dev/null | wc -l; }

# Not MASTER yet: the checks of a service with ha_suspend rest, and with alpha its servers are down until one has run.
is "BACKUP: ha_suspend rests" "$(state $w1)" suspended
is "  alpha: down" "$(servers "rs('$w1')['state']")" down
becomes "  others are checked" 5 state_is $e1 up
becomes "rs_init_notifies: who is up at the start is told" 5 eval '[ "$(sort "$tmp/up" | cut -d " " -f 2- | grep -c quick)" = 2 ]'
becomes "A is MASTER" 6 states_are A V52 MASTER
becomes "  its checks run" 5 state_is $w1 up
becomes "  both servers are told up" 5 eval 'fifo_has "RS $(bracketed $w1) $(bracketed '$v':80) UP" && fifo_has "RS $(bracketed $w2) $(bracketed '$v':80) UP"'
becomes "  the quorum of 2 is gained" 5 fifo_has "VS $(bracketed "$v:80") UP"
becomes "  and its script ran" 5 eval '[ "$(recorded quorum_up)" = now ]'
becomes "mail: MASTER" 8 eval '[ "$(mail_count "VRRP Instance V52 - Entering MASTER state")" = 1 ]'

holds "maintenance" vc maintenance on
becomes "  they rest again" 5 state_is $w1 suspended
becomes "  mail: BACKUP" 8 eval '[ "$(mail_count "VRRP Instance V52 - Entering BACKUP state")" -ge 1 ]'
since=$EPOCHREALTIME
web_stop web1
becomes "  a server of a service that is checked is out" 5 told down_time $e1 $v:8080 "$since"
is "  one that rests stays as it was" "$(servers "rs('$w1')['state']")" up
holds "maintenance is over" vc maintenance off
becomes "  MASTER again" 6 states_are A V52 MASTER
becomes "  and the dead one is found" 5 told down_time $w1 $v:80 "$since"
becomes "  the quorum is lost" 5 fifo_has "VS $(bracketed "$v:80") DOWN" "$since"
is "no mail of servers with smtp_alert_checker off" "$(mail_count Realserver)" 0
web_start web1
becomes "it is back" 5 state_is $w1 up

# inhibit_on_failure lets connections go on, expire_quiescent_conn ends them.
becomes "the other one, too" 5 state_is $e1 up
hold_start quiet "http://$v:8080/" web1 web2
since=$EPOCHREALTIME
on lan ip link set web2.lan down
becomes "inhibited" 8 told down_time $e2 $v:8080 "$since"
hold_use quiet
is "  expire_quiescent_conn: its connections end" \
  "$(hold quiet 'sorted((x["server"], x["event"]) for x in d if "server" in x and x["event"] != "closed")')" \
  '[["web1", "answered"], ["web2", "ConnectionResetError"]]'
on lan ip link set web2.lan up
becomes "  back" 8 state_is $w2 up

# omega: at the end who was up goes down.
: >"$tmp/down"
since=$EPOCHREALTIME
holds "stop" lab director stop A
becomes "omega: notify_down ran for both" 5 eval '[ "$(recorded down | sort | tr "\n" " ")" = "web1 web2 " ]'
holds "  and quorum_down" grep -q now "$tmp/quorum_down"
health_end
