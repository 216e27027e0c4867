#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The story of every tutorial: two directors share a VIP with a FULLNAT service; the master dies, is stopped, loses its
# link; the backup takes over; the master returns. Each gap as a client sees it that connects every 10 ms.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"

lab_begin
node_add A director
node_add B director
for c in "A 254" "B 253"; do
  read -r n priority <<<"$c"
  {
    globals "$n"
    instance 51 "$priority" version=3 adv=0.1 vips="$net4.16/24"
    [ "$DIRECTOR_KIND" != vipd ] || lab service "$net4.16" FNAT 80
  } >"$tmp/$n.conf"
done
# The protocol's own, a connection every 10 ms, and for a busy machine.
slack=0.25
silent=$(awk -v s=$slack 'BEGIN { print 3 * 0.1 + 3 / 256 * 0.1 + 0.01 + s }')
short=$(awk -v s=$slack 'BEGIN { print 3 / 256 * 0.1 + 0.01 + s }')

node_service A
node_service B
capture_start lan
node_start A
node_start B
becomes "A is master" 5 states_are A V51 MASTER
becomes "B is backup" 5 states_are B V51 BACKUP
probe_start client "http://$net4.16/"

# link NODE up|down: its port of the lan, as a cable would be pulled.
link() {
  if [ "${node_kind[$1]}" = vipd ]; then
    on "dir$1" ip link set wire0 "$2"
  else
    on "$1" ip link set eth0 "$2"
  fi
}

# event NAME LIMIT NEW_MASTER COMMAND...: the gap that the client sees, until the new master serves.
event() {
  local name=$1 limit=$2 new=$3 begin end
  shift 3
  begin=$EPOCHREALTIME
  "$@" || not_ok "$name: $*"
  becomes "$name: $new is master" 10 states_are "$new" V51 MASTER
  becomes "$name: and alone on the wire" 3 one_master lan 4/51 "$(node_address "$new")"
  end=$EPOCHREALTIME
  becomes "$name: the client is served" 3 served client "$end"
  "$here/probe.py" gap "$tmp/client.probe" --from "$(awk -v t="$begin" 'BEGIN { printf "%.6f", t - 0.1 }')" >"$tmp/gap"
  at_most "$name: gap at the client" "$(json 'd["gap"]' <"$tmp/gap")" "$limit" s
  echo "    $(cat "$tmp/gap")"
}

event "kill -9" "$silent" B node_kill A
event "return after kill -9" "$short" A node_start A
becomes "  B is backup again" 3 states_are B V51 BACKUP
event "graceful stop" "$short" B node_stop A
event "return after a stop" "$short" A node_start A
becomes "  B is backup again" 3 states_are B V51 BACKUP
event "link down" "$silent" B link A down
becomes "  A is in FAULT" 3 states_are A V51 FAULT
event "link up" "$short" A link A up
becomes "  B is backup again" 3 states_are B V51 BACKUP
probe_stop client
capture_stop lan
wire_is_sound lan
is "six changes, one of them by priority 0" "$(json '[len(d["routers"]["4/51"]["changes"]), sum(c["zero"] for c in d["routers"]["4/51"]["changes"])]' <"$tmp/lan.json")" "[6, 1]"
# shellcheck disable=SC2034
also_normal='Netlink reports eth0 (down|up)|\(V51\) Entering FAULT STATE|Deassigned address fe80'
no_complaints A B
finish
