#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A director and FRR's vrrpd (version 3, virtual MAC on a macvlan) on the same virtual routers: either as master, IPv4 and
# IPv6, 1 s and 100 ms; hand-over by priority 0 both ways; return.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"

lab_begin
node_add A director
node_add F frr 13
globals A >"$tmp/A.conf"
echo "interface eth0" >"$tmp/F.conf"
# pair VRID PRIORITY_A PRIORITY_F FAMILY SECONDS MS
pair() {
  local at=("$(vip4 "$1")")
  [ "$4" = 4 ] || at=("fe80::5e:$1" "$(vip6 "$1")")
  instance "$1" "$2" version=3 family="$4" adv="$5" >>"$tmp/A.conf"
  frr_instance "$1" "$3" "$6" "${at[@]}" >>"$tmp/F.conf"
}
pair 61 150 100 4 1 1000
pair 62 150 100 4 0.1 100
pair 63 150 100 6 0.1 100
pair 71 100 150 4 1 1000
pair 72 100 150 4 0.1 100
pair 73 100 150 6 0.1 100
ours="V61 V62 V63" theirs="V71 V72 V73"

capture_start lan
node_start F
node_start A
becomes "the director is master where its priority is higher" 10 states_are A "$ours" MASTER
becomes "  and vrrpd backup" 5 states_are F "$ours" BACKUP
becomes "vrrpd is master where its priority is higher" 10 states_are F "$theirs" MASTER
becomes "  and the director backup" 5 states_are A "$theirs" BACKUP
becomes "on the wire: the director's" 3 one_master lan 4/61 "$(node_address A)"
becomes "on the wire: vrrpd's" 3 one_master lan 4/71 "$(node_address F)"

stop_a=$EPOCHREALTIME
node_stop A
becomes "the director resigns: vrrpd takes over" 3 states_are F "$ours $theirs" MASTER
back_a=$EPOCHREALTIME
node_start A
becomes "the director returns and takes its own back" 10 states_are A "$ours" MASTER
becomes "  and vrrpd yields" 3 states_are F "$ours" BACKUP
becomes "  and keeps its own" 3 states_are A "$theirs" BACKUP
stop_f=$EPOCHREALTIME
node_stop F
becomes "vrrpd ends: the director takes over" 6 states_are A "$ours $theirs" MASTER
back_f=$EPOCHREALTIME
node_start F
becomes "vrrpd returns and takes its own back" 10 states_are F "$theirs" MASTER
becomes "  and the director yields" 3 states_are A "$theirs" BACKUP
becomes "  and keeps its own" 3 states_are A "$ours" MASTER
capture_stop lan

wire_is_sound lan
# farewells VRIDS FROM TO: the virtual routers, but those whose number begins so, on which somebody resigned in that time. From
# the adverts themselves: a reign that another one interrupted for a moment only is no change to the analysis.
farewells() {
  /usr/bin/python3 - "$tmp/lan.capture" "$@" <<'END'
import json, sys
name, without, begin, end = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
adverts = [d for d in map(json.loads, open(name)) if d["kind"] == "advert" and begin <= d["t"] <= end]
for key in sorted({f"{d['family']}/{d['vrid']}" for d in adverts if d["priority"] == 0}):
    if without not in key:
        print(key, "priority 0")
END
}
is "the director's farewell is priority 0" "$(farewells /7 "$stop_a" "$back_a")" "4/61 priority 0
4/62 priority 0
6/63 priority 0"
is "and vrrpd's" "$(farewells /6 "$stop_f" "$back_f")" "4/71 priority 0
4/72 priority 0
6/73 priority 0"
no_complaints A F
finish
