#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Owning is being MASTER: services, ARP, ND and echo, FULLNAT's floating source, the VIP on the kernel tap for a daemon of
# the host, the virtual MAC, no_accept, a sync group; each on one director only, and on the other after a failover.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"

lab_begin
node_add A vipd
node_add B vipd
plain=$(vip4 51) vmac=$(vip4 52) quiet=$(vip4 53) host=$(vip4 54) plain6=$(vip6 55)
source=$net4.50

# Two groups' worth of services: FULLNAT from an address that floats, and from the port's own.
floating_service() {
  lab service "$plain" FNAT 80 | sed 's/lb_kind FNAT/lb_kind FNAT\n    laddr_group_name floating/'
}
for n in A B; do
  [ $n = A ] && p=200 || p=100
  {
    globals $n "vrrp_startup_delay 1"
    printf 'local_address_group floating {\n  %s\n}\n' "$source"
    instance 51 $p version=3 adv=0.1 excluded="$source"
    instance 52 $p version=3 adv=0.1 more=use_vmac
    instance 53 $p version=3 adv=0.1 more=no_accept
    instance 54 $p version=3 adv=0.1 more="notify $tmp/notify-$n"
    instance 55 $p version=3 adv=0.1 family=6
    printf 'vrrp_sync_group G {\n  group {\n    V51\n    V52\n    V53\n    V54\n    V55\n  }\n  notify %s\n}\n' "$tmp/notify-$n"
    floating_service
    for v in "$vmac" "$quiet" "$plain6"; do lab service "$v" FNAT 80; done
  } >"$tmp/$n.conf"
  printf '#!/bin/sh\necho "$*" >>%s\n' "$tmp/told-$n" >"$tmp/notify-$n"
  chmod +x "$tmp/notify-$n"
done
node_start A
node_start B
all="V51 V52 V53 V54 V55"
becomes "A is MASTER of all" 10 states_are A "$all" MASTER
becomes "B is BACKUP of all" 10 states_are B "$all" BACKUP

# A daemon of the host, on both directors, on every address.
for d in A B; do
  echo "host $d" >"$tmp/index-$d"
  on dir$d socat TCP4-LISTEN:8080,fork,reuseaddr "SYSTEM:cat $tmp/index-$d" &
done
tap_has() { on "dir$1" ip -br addr show dev vipd-eth0 | grep -qwF "$2/32"; }
tap_lacks() { ! tap_has "$@"; }
get() { on client curl -s -m 2 "http://$1/"; }
serves() { [[ "$(get "$1")" == web* ]]; }
echoes() { on client ping -c 1 -W 1 "$1"; }
silent() { ! on client ping -c 1 -W 1 "$1"; }
mac_of() {
  on client ip neigh flush to "$1"
  get "$1" >/dev/null
  on client ip -j neigh show to "$1" | json 'd[0].get("lladdr")'
}
sources() { lab vipctl "$1" -j show connection vs "tcp:$2:80" | json '" ".join(sorted({c["local"].rsplit(":", 1)[0] for c in d["connections"]}))'; }

# owned_by LETTER OTHER: everything is the first one's, and nothing the other's.
owned_by() {
  local own=$1 other=$2
  holds "$own serves the VIP" serves "$plain"
  holds "$own serves the VIP of IPv6" serves "[$plain6]"
  holds "$own answers echo" echoes "$plain"
  holds "$own serves on the virtual MAC" serves "$vmac"
  is "  and answers ARP with it" "$(mac_of "$vmac")" 00:00:5e:00:01:34
  holds "$own serves the VIP that does not accept" serves "$quiet"
  holds "  which answers no echo" silent "$quiet"
  is "a daemon of the host serves the VIP without a service" "$(on client socat -t 1 - "TCP4:$host:8080" </dev/null)" "host $own"
  becomes "the VIP is on $own's tap" 3 tap_has "$own" "$host"
  becomes "  and not on $other's" 3 tap_lacks "$other" "$host"
  holds "  nor the one that does not accept" tap_lacks "$own" "$quiet"
}
owned_by A B
get "$plain" >/dev/null
is "FULLNAT comes from the floating address" "$(sources A "$plain")" "$source"

# B answers for nothing: asked at its own MAC it drops, and says so.
before=$(lab vipctl B -j show drop | json 'd["drops"]["not_master"]')
mac_b=$(lab vipctl B -j show port | json 'd["ports"][0]["mac"]')
on client ip neigh replace "$plain" lladdr "$mac_b" dev eth0 nud permanent
holds "BACKUP does not serve, even when asked" bash -c "! ip netns exec $LAB-client curl -s -m 1 http://$plain/"
becomes "  and counts not_master" 3 test "$(lab vipctl B -j show drop | json 'd["drops"]["not_master"]')" -gt "$before"
on client ip neigh del "$plain" dev eth0

node_stop A
becomes "B is MASTER of all" 5 states_are B "$all" MASTER
owned_by B A
is "FULLNAT comes from the floating address there, too" "$(sources B "$plain")" "$source"

node_start A
becomes "A is MASTER again" 10 states_are A "$all" MASTER
becomes "B is BACKUP again" 5 states_are B "$all" BACKUP
owned_by A B

# The link: FAULT for the group, and the peer serves.
on dirA ip link set wire0 down
becomes "without link A is FAULT" 5 states_are A "$all" FAULT
becomes "B serves meanwhile" 5 states_are B "$all" MASTER
is "A says why" "$(lab vipctl A -j show vrrp V51 | json 'd["instances"][0]["reason"]')" "the link of eth0 is down"
on dirA ip link set wire0 up
becomes "with link A is MASTER" 10 states_are A "$all" MASTER

# Scripts heard all of it, in order.
told() { grep -E "^$2 " "$tmp/told-$1" | awk '{ print $3 }' | tr '\n' ' '; }
is "A's scripts heard of the instance" "$(told A INSTANCE)" "BACKUP MASTER STOP BACKUP MASTER FAULT BACKUP MASTER "
is "  and of the group" "$(told A GROUP)" "BACKUP MASTER STOP BACKUP MASTER FAULT BACKUP MASTER "
is "B's scripts heard of the instance" "$(told B INSTANCE)" "BACKUP MASTER BACKUP MASTER BACKUP "
node_stop A
node_stop B
is "  and the end" "$(told B INSTANCE)" "BACKUP MASTER BACKUP MASTER BACKUP MASTER STOP "
pkill_own() { for d in A B; do for pid in $(ip netns pids "$LAB-dir$d"); do [ "$(ps -o comm= -p "$pid")" != socat ] || kill "$pid"; done; done; }
pkill_own
finish
