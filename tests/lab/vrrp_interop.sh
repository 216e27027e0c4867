#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A director and real keepalived routers on the same virtual routers, every case with a VRID of its own, all at once: the
# director as master (A has the higher priority) and as backup; hand-over by priority 0 both ways; return; a partition.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"

lab_begin
node_add A director
node_add K keepalived 13
node_add L keepalived 9

a4=$(node_address A) k4=$(node_address K) l4=$(node_address L)
a6=$net6:11 k6=$net6:13
for n in A K L; do globals $n >"$tmp/$n.conf"; done
declare -A owner=() title=() key=()
all=

# both NAME VRID PRIORITY_A PRIORITY_K [OPTION...]: a case of A and K. The options go to both; a:X to A only, k:X to K only.
both() {
  local vrid=$2 pa=$3 pk=$4 o a=() k=() family=4
  title[V$vrid]=$1
  shift 4
  for o in "$@"; do
    case $o in
    a:*) a+=("${o#a:}") ;;
    k:*) k+=("${o#k:}") ;;
    *) a+=("$o") k+=("$o") ;;
    esac
    [ "$o" != family=6 ] || family=6
  done
  instance "$vrid" "$pa" "${a[@]}" >>"$tmp/A.conf"
  instance "$vrid" "$pk" "${k[@]}" >>"$tmp/K.conf"
  key[V$vrid]=$family/$vrid
  owner[V$vrid]=A
  [ "$pa" -gt "$pk" ] || owner[V$vrid]=K
  all+=" V$vrid"
}

# each_way NAME VRID OPTIONS: A above K, and with the VRID 30 higher K above A.
each_way() {
  both "$1, director above" "$2" 150 100 "${@:3}"
  both "$1, keepalived above" $(($2 + 30)) 100 150 "${@:3}"
}

each_way "v2 PASS" 11 auth=PASS pass=secret12
each_way "v2 without authentication" 12
each_way "v2 AH" 13 auth=AH
each_way "v3 IPv4, 1 s" 14 version=3
each_way "v3 IPv4, 10 ms" 15 version=3 adv=0.01
each_way "v3 IPv6, 1 s" 16 version=3 family=6
each_way "v3 IPv6, 10 ms" 17 version=3 family=6 adv=0.01
each_way "v2 unicast" 18 a:unicast="$a4 $k4" k:unicast="$k4 $a4"
each_way "v3 unicast, 10 ms" 19 version=3 adv=0.01 a:unicast="$a4 $k4" k:unicast="$k4 $a4"
each_way "v3 IPv6 unicast" 20 version=3 family=6 adv=0.1 a:unicast="$a6 $k6" k:unicast="$k6 $a6"
each_way "v2 PASS unicast" 21 auth=PASS a:unicast="$a4 $k4" k:unicast="$k4 $a4"
both "more addresses, director above" 22 150 100 version=3 adv=0.1 vips="$net4.231/24 $net4.230/24" excluded="$net4.232/24 $net6:5e:232/64"
both "more addresses, keepalived above" 52 100 150 version=3 adv=0.1 vips="$net4.234/24 $net4.233/24" excluded="$net4.235/24 $net6:5e:235/64"
each_way "nopreempt" 23 version=3 adv=0.1 nopreempt
each_way "preempt_delay" 24 version=3 adv=0.1 preempt_delay=3
# The same priority: who is heard first is master; after a partition the higher address is (L 9 < A 11 < K 13).
both "tie with a higher address" 25 100 100 version=3 adv=0.1
# Three on one VRID, and the director first, second and last.
three() {
  local vrid=$1
  both "$2" "$vrid" "$3" "$4" version=3 adv=0.1
  instance "$vrid" "$5" version=3 adv=0.1 >>"$tmp/L.conf"
}
three 26 "three routers, director first" 200 150 100
three 27 "three routers, director second" 150 200 100
three 28 "three routers, director last" 100 200 150
instance 29 100 version=3 adv=0.1 >>"$tmp/L.conf"
instance 29 100 version=3 adv=0.1 >>"$tmp/A.conf"
instance 30 90 version=3 adv=0.1 >>"$tmp/L.conf"
instance 30 100 version=3 adv=0.1 more="down_timer_adverts 5" >>"$tmp/A.conf"

of() { # of NODE: the instances that it owns when all are there
  local v
  for v in $all; do [ "${owner[$v]}" != "$1" ] || echo "$v"; done
}
less() { # less "V1 V2" "V2": what remains
  local v
  for v in $1; do [[ " $2 " == *" $v "* ]] || echo "$v"; done
}
# on_wire ADDRESS4 ADDRESS6 "V1 V2": the router with these addresses, and nobody else, is master of each on the wire.
on_wire() {
  local v found bad=0 want
  found=$(masters "$tape")
  for v in $3; do
    want=$1
    [[ ${key[$v]} != 6/* ]] || want=$2
    [ "$v" != V20 ] && [ "$v" != V50 ] || want=${want6[$1]}
    grep -qxF "${key[$v]} $want" <<<"$found" || {
      echo "$v (${title[$v]}): $(grep "^${key[$v]} " <<<"$found" || echo nobody), expected $want"
      bad=1
    }
  done
  return $bad
}
# shellcheck disable=SC2034
declare -A want6=([$a4]=$a6 [$k4]=$k6)

tape=lan
capture_start lan
begin=${EPOCHREALTIME/./}
node_start L
node_start K
# K first of the tie and where nobody preempts: so that A must not take these over.
becomes "keepalived alone is master of a tie, and without preemption" 5 states_are K "V23 V25 V53" MASTER
node_start A
ka6=$(node_address6 K) aa6=$(node_address6 A)
held_a="$(less "$(of A)" V23)" held_k="$(of K) V23"
becomes "director: master where its priority is higher" 10 states_are A "$held_a V30" MASTER
becomes "director: backup elsewhere" 10 states_are A "$held_k V29" BACKUP
becomes "keepalived: backup where the director is master" 10 states_are K "$held_a" BACKUP
becomes "keepalived: master elsewhere" 10 states_are K "$held_k" MASTER
becomes "on the wire: the director's" 3 on_wire "$a4" "$aa6" "$held_a"
becomes "on the wire: keepalived's" 3 on_wire "$k4" "$ka6" "$held_k"
becomes "tie: keepalived with the lower address was there first and stays" 3 one_master lan 4/29 "$l4"
becomes "three routers: the third is backup" 3 states_are L "V26 V27 V28" BACKUP

# Graceful: priority 0, and the other takes over within its skew time.
stop_k=$EPOCHREALTIME
node_stop K
becomes "keepalived resigns: the director takes over" 3 states_are A "$(less "$all" V28)" MASTER
becomes "  the second keepalived where it comes before the director" 3 states_are L V28 MASTER
back_k=$EPOCHREALTIME
node_start K
again=$(less "$(of K)" "V25 V53 V54")
becomes "keepalived returns: takes back what it preempts" 10 states_are K "$again" MASTER
becomes "  and the director yields" 3 states_are A "$again" BACKUP
becomes "  preempt_delay: later" 6 states_are K V54 MASTER
becomes "  a tie and nopreempt do not change hands" 3 states_are A "V25 V53" MASTER

stop_a=$EPOCHREALTIME
node_stop A
becomes "the director resigns: keepalived takes over" 3 states_are K "$all" MASTER
becomes "  the second keepalived where it is the only other" 3 states_are L V30 MASTER
back_a=$EPOCHREALTIME
node_start A
again=$(less "$(of A)" "V23 V24")
becomes "the director returns: takes back what it preempts" 10 states_are A "$again V30" MASTER
becomes "  and keepalived yields" 3 states_are K "$again" BACKUP
becomes "  preempt_delay: later" 6 states_are A V24 MASTER
becomes "  nopreempt and a tie do not change hands" 3 states_are A "V23 V25 V29" BACKUP

capture_stop lan
# keepalived 2.2.7 leaves the hop limit of unicast over IPv6 at the system's 64.
wire_is_sound lan '6/20 6/50'

# A partition makes two masters, as it must; when it is over there is one. Not at once with AH: each has counted its
# sequence on, and takes the other's adverts for old ones until one has caught up. And unicast finds no neighbour.
# shellcheck disable=SC2034
also_normal='\(V(13|43)\) IPSEC-AH : (sequence number [0-9]+ already processed|Syncing seq_num)'
also_normal+='|\(V(18|19|20|21|48|49|50|51)\) Cant send advert to .* \((Resource temporarily unavailable|No route to host)\)'
tape=partition
capture_start partition
wire_cut A
becomes "partition: the director is master of all" 8 states_are A "$all V29 V30" MASTER
becomes "partition: keepalived is, too" 8 states_are K "$all" MASTER
wire_heal A
becomes "whole again: director master where its priority is higher" 8 states_are A "$(of A) V30" MASTER
becomes "whole again: keepalived backup there" 8 states_are K "$(of A)" BACKUP
becomes "whole again: keepalived master elsewhere" 8 states_are K "$(of K)" MASTER
becomes "whole again: director backup there" 8 states_are A "$(of K)" BACKUP
becomes "tie: the higher address keeps it" 3 one_master partition 4/25 "$k4"
becomes "tie: the director's higher address takes it" 3 one_master partition 4/29 "$a4"
capture_stop partition
wire_is_sound partition '6/20 6/50' '4/13 4/43'
echo "    took $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"

# handed "ADDRESSES" FROM TO: of a router's farewells in that time: how many were taken, and which not by priority 0 or not
# within the skew time (of priority 100, and 0.1 s for the machine).
handed() {
  /usr/bin/python3 - "$tmp/lan.json" "$@" <<'END'
import json, sys
routers, sources, begin, end = json.load(open(sys.argv[1]))["routers"], sys.argv[2].split(), float(sys.argv[3]), float(sys.argv[4])
n, bad = 0, []
for key, router in routers.items():
    for c in router["changes"]:
        if begin <= c["first"] <= end and c["from"] in sources:
            n += 1
            interval = next(r["interval"] for r in router["reigns"] if r["src"] == c["to"])
            if not c["zero"] or c["seconds"] > 156 / 256 * interval + 0.1:
                bad.append(f"{key}: {'priority 0' if c['zero'] else 'silence'}, {c['seconds']:.3f} s")
print(n, "handed over,", "; ".join(bad) or "in time")
END
}
count() { wc -w <<<"$*"; }
is "keepalived's farewells are taken within the skew time" "$(handed "$k4 $ka6 $k6" "$stop_k" "$back_k")" \
  "$(count "$held_k") handed over, in time"
is "the director's farewells are taken within the skew time" "$(handed "$a4 $aa6 $a6" "$stop_a" "$back_a")" \
  "$(count "$(of A)" V25 V53 V30) handed over, in time"
no_complaints A K L
finish
