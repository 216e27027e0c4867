#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Reload of a director that is MASTER: what did not change goes on as if nothing had happened, on the wire and at the client;
# what changed is in effect at once, and only where its word asks for it does an instance begin anew.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"

lab_begin
node_add A vipd
node_add B vipd
served_vip=$(vip4 51) added=$net4.230
a=$(node_address A)

# What a node's file says: set, reload. V51 has the service, V52 (IPv6: V53) the fast adverts; V54 to V57 are changed, V59
# is version 2.
declare -A priority=([A]=200 [B]=100) priority54=([A]=200 [B]=100) with56=([A]='' [B]='')
fast=0.01 slow2=1 vips54=$(vip4 54)/24 services54='' vrid57=57 servers=''
write() {
  local n p
  for n in "$@"; do
    p=${priority[$n]}
    {
      globals "$n"
      instance 51 "$p" version=3 adv=0.1
      # Given up after 0.3 s only, like the others: control shares its CPU with all that runs here, so that after 30 ms
      # this would be about the machine. What a peer would have seen, the gaps between the adverts say.
      instance 52 "$p" version=3 adv=$fast more="down_timer_adverts 30"
      instance 53 "$p" version=3 adv=0.01 family=6 more="down_timer_adverts 30"
      instance 54 "${priority54[$n]}" version=3 adv=0.1 vips="$vips54"
      [ -z "${with56[$n]}" ] || instance 56 "$p" version=3 adv=0.1 more="notify $tmp/notify-$n"
      instance 57 "$p" version=3 adv=0.1 more="notify $tmp/notify-$n" | sed "s/virtual_router_id 57/virtual_router_id $vrid57/"
      instance 59 "$p" version=2 adv=$slow2
      lab service "$served_vip" FNAT 80
      for v in $services54; do lab service "$v" FNAT 80; done
      [ -z "$servers" ] || cat "$servers"
    } >"$tmp/$n.conf.new"
    mv "$tmp/$n.conf.new" "$tmp/$n.conf"
  done
}
reload() { lab vipctl "$1" reload >"$tmp/reload.$1" 2>&1 || not_ok "reload of $1" "$(cat "$tmp/reload.$1")"; }
# Both at once, for what peers must agree on.
reload_both() {
  reload A &
  reload B
  wait $!
}
for n in A B; do
  printf '#!/bin/sh\necho "$*" >>%s\n' "$tmp/told-$n" >"$tmp/notify-$n"
  chmod +x "$tmp/notify-$n"
done
told_is() { [ "$(awk -v n="\"$2\"" '$2 == n || $2 == "'"$2"'" { print $3 }' "$tmp/told-$1" | tr '\n' ' ')" = "$3" ]; }
tap_has() { on "dir$1" ip -br addr show dev vipd-eth0 | grep -qwF "$2/32"; }
tap_lacks() { ! tap_has "$@"; }
serves() { [[ "$(on client curl -s -m 2 "http://$1/")" == web* ]]; }

hash=$(lab big 30)
write A B
node_start A
node_start B
capture_start lan
all="V51 V52 V53 V54 V57 V59"
becomes "A is MASTER of all" 10 states_are A "$all" MASTER
becomes "B is BACKUP of all" 10 states_are B "$all" BACKUP
# One connection through it all, and a new one every 10 ms. No more: this is about reloads, not about a busy CPU.
probe_start client "http://$served_vip/"
on client curl -s -m 120 --limit-rate 1M "http://$served_vip/big" | sha256sum | cut -d ' ' -f 1 >"$tmp/hash" &
download=$!
becomes "on the wire, too" 5 one_master lan 4/52 "$a"

# same NAME FILE...: since `remember` nothing changed on either director, of the instances if any are named.
remember() { for n in A B; do now_of $n "$tmp/before-$n"; done; }
same() {
  local name=$1 n
  shift
  for n in A B; do
    now_of $n "$tmp/after-$n"
    holds "$name: nothing changed on $n" unchanged "$tmp/before-$n" "$tmp/after-$n" "$@"
  done
}
# gaps_of FROM [VRID]: of A's 10 ms adverts since then: number, median, 99th percentile and longest, in ms.
gaps_of() { wire lan "$1" "quantiles(gaps(${2:-52}, '$a'))"; }
# counted CHECK FROM VRID NUMBER
counted() { wire_becomes "$1" 8 lan "$2" "len(sent($3, '$a')) >= $4"; }
moment() { echo "$EPOCHREALTIME"; }

# (a) The same file, again and again, while connections run. What an advert is late by is compared with as many commands that
# only ask, for these take the CPU that control is on as well. A reload may cost one interval: three are a takeover.
remember
commands() {
  local i
  for ((i = 0; i < 20; i++)); do
    lab vipctl A "$@" >/dev/null 2>&1
    lab vipctl B "$@" >/dev/null 2>&1
  done
}
t0=$(moment)
commands show config
counted "adverts go on while commands run" "$(moment)" 52 10
quiet=$(gaps_of "$t0")
t0=$(moment)
commands reload
counted "adverts go on while reloads run" "$(moment)" 52 10
loud=$(gaps_of "$t0")
echo "    10 ms adverts, [n, p50, p99, max] ms: with 20 \`show config\` of each director $quiet, with 20 reloads of each $loud"
at_most "a reload makes no gap longer" "$(json 'd[2]' <<<"$loud")" "$(json 'd[2] + 10' <<<"$quiet")" "ms, 99th percentile"
is "they were reloads" "$(grep -c "reload: no service and no instance changed" "$(lab path)/A.log")" 20
same "the same file"

# (b) The priority.
t0=$(moment)
remember
priority54[A]=150
write A
reload A
t1=$(moment)
wire_becomes "a lower priority is in the next adverts" 3 lan "$t1" "[x['priority'] for x in sent(54)][:3] == [150] * 3"
is "  none said anything else in between" "$(wire lan "$t0" "sorted({x['priority'] for x in sent(54)} | {200})")" "[150, 200]"
same "priority changed" V51 V52 V53 V54 V57 V59
is "  and show vrrp says it" "$(show_vrrp A V54 | json '[d["instances"][0][k] for k in ("priority", "effective_priority", "configured_priority")]')" "[150, 150, 150]"
priority54[B]=220
write B
reload B
becomes "raised on the backup: it preempts" 3 states_are B V54 MASTER
becomes "  and A gives way" 3 states_are A V54 BACKUP
is "  nobody else moved" "$(states_are A "V51 V52 V53 V57 V59" MASTER)" ""
priority54[B]=100
write B
reload B
becomes "lowered again: A preempts" 3 states_are A V54 MASTER
becomes "  and B gives way" 3 states_are B V54 BACKUP

# (c) Addresses. The list is in the adverts, and refused where it differs: both nodes within three intervals.
remember
vips54="$(vip4 54)/24 $added/24" services54=$added
write A B
t0=$(moment)
reload_both
wire_becomes "a VIP added is in the adverts" 3 lan "$t0" "[x['addresses'] for x in sent(54)][-3:] == [['$(vip4 54)', '$added']] * 3"
wire_becomes "  announced" 3 lan "$t0" "any(g['address'] == '$added' for g in garps)"
is "  by A alone" "$(wire lan "$t0" "sorted({g['eth'] for g in garps if g['address'] == '$added'}) == ['$(lab vipctl A -j show port | json 'd["ports"][0]["mac"]')']")" true
becomes "  on A's tap" 3 tap_has A "$added"
holds "  not on B's" tap_lacks B "$added"
becomes "  and served" 3 serves "$added"
holds "  the first one still has its tap" tap_has A "$(vip4 54)"
same "a VIP added"
is "  and show vrrp says it" "$(show_vrrp B V54 | json 'd["instances"][0]["virtual_addresses"]')" "[\"$(vip4 54)\", \"$added\"]"
vips54=$(vip4 54)/24 services54=''
write A B
reload_both
becomes "a VIP removed is gone from the tap" 3 tap_lacks A "$added"
on client ip neigh flush to "$added"
holds "  no longer answered" bash -c "! ip netns exec $LAB-client ping -c 1 -W 0.3 $added"
is "  not even by ARP" "$(on client ip -j neigh show to "$added" | json '[n.get("lladdr") for n in d]')" "[null]"
same "a VIP removed"

# (d) The interval: in version 3 a BACKUP takes the master's, in version 2 both must agree.
remember
fast=0.02 slow2=2
write A B
t0=$(moment)
reload_both
wire_becomes "an interval of 20 ms is in the adverts" 3 lan "$t0" "[x['interval'] for x in sent(52)][-20:] == [0.02] * 20"
is "  and between them" "$(wire lan "$t0" "round(gaps(52, '$a')[10] * 100)")" 2
is "  and B adopted it" "$(show_vrrp B V52 | json 'd["instances"][0]["master_advert_interval"]')" 0.02
wire_becomes "version 2: two seconds are in the adverts" 8 lan "$t0" "[x['interval'] for x in sent(59)][-2:] == [2, 2]"
same "another interval"
is "  said to be that and nothing else" "$(grep -o 'reload: .*V59.*' "$(lab path)/A.log" | tr -s '\n ' ' ')" "reload: vrrp_instance V52: changed: advert_int vrrp_instance V59: changed: advert_int "
is "  no advert was refused by then" "$(node_errors B V52)$(node_errors B V59)" ""

# (e) An instance more, an instance less.
remember
with56=([A]=1 [B]=1)
write A B
t0=$(moment)
reload_both
becomes "an instance added becomes MASTER on A" 5 states_are A V56 MASTER
holds "  and B is BACKUP" states_are B V56 BACKUP
becomes "  by way of BACKUP" 2 told_is A V56 "BACKUP MASTER "
# Not before a whole master down interval: 0.3 s and the skew of priority 200.
is "  which took a master down interval" "$(wire lan "$t0" "sent(56)[0]['t'] - $t0 > 0.3")" true
same "an instance added" V51 V52 V53 V54 V57 V59
with56[A]=''
write A
t0=$(moment)
reload A
wire_becomes "one removed says so: priority 0" 3 lan "$t0" "[x['priority'] for x in sent(56, '$a')][-1:] == [0]"
becomes "  the peer takes over" 3 states_are B V56 MASTER
becomes "  its script hears DELETED" 2 told_is A V56 "BACKUP MASTER DELETED "
becomes "  its address left the tap" 3 tap_lacks A "$(vip4 56)"
becomes "  and came to the other one" 3 tap_has B "$(vip4 56)"
is "  show vrrp no longer knows it" "$(lab vipctl A show vrrp V56 2>&1 || echo "exit $?")" "no VRRP instance V56 (did you mean V51?)
exit 1"
with56[B]=''
write B
reload B
becomes "  removed there, too" 3 told_is B V56 "BACKUP MASTER DELETED "
is "  by priority 0" "$(wire lan "$t0" "sent(56)[-1]['priority']")" 0
same "an instance removed" V51 V52 V53 V54 V57 V59

# (f) Another VRID: the old one's peers are told, the new one begins as after a start.
vrid57=58
write A
t0=$(moment)
reload A
wire_becomes "another VRID: priority 0 for the old one" 3 lan "$t0" "[x['priority'] for x in sent(57, '$a')][-1:] == [0]"
becomes "  whose peer takes over" 3 states_are B V57 MASTER
becomes "  A becomes MASTER of the new one" 3 one_master lan 4/58 "$a"
is "  after a master down interval" "$(wire lan "$t0" "sent(58)[0]['t'] - $t0 > 0.3")" true
becomes "  by way of BACKUP" 2 told_is A V57 "BACKUP MASTER BACKUP MASTER "
write B
reload B
becomes "  there, too: B is BACKUP of it" 3 states_are B V57 BACKUP
is "  having resigned the old one" "$(wire lan "$t0" "sent(57)[-1]['priority']")" 0
same "another VRID" V51 V52 V53 V54 V59

# (g) A file that is wrong.
fast=0.01
write A B
reload_both
wire_becomes "10 ms again" 3 lan "$t0" "[x['interval'] for x in sent(52)][-5:] == [0.01] * 5"
remember
before=$(lab vipctl A show config json)
cp "$tmp/A.conf" "$tmp/good"
sed -i -e 's/virtual_router_id 54/virtual_router_id 51/' -e "s/$served_vip 80/$net4.1o2 80/" "$tmp/A.conf"
place() { echo "A.conf:$(grep -n "$1" "$tmp/A.conf" | tail -n 1 | cut -d : -f 1):[0-9]+: error: .*"; }
code=0
lab vipctl A reload >"$tmp/out" 2>"$tmp/err" || code=$?
is "a file with errors is refused with 1" "$code" 1
holds "  each with its line: an address" grep -E "$(place 1o2)1o2" "$tmp/err"
holds "  and a VRID that stands twice" grep -E "A.conf:[0-9]+:[0-9]+: error: .*(51|V54)" "$tmp/err"
is "  the configuration is what it was" "$(lab vipctl A show config json)" "$before"
counted "  adverts go on" "$(moment)" 51 3
same "a file with errors"
cp "$tmp/good" "$tmp/A.conf"

# (h) A thousand servers more, half of them of IPv6 and not there at all, while 10 ms adverts run.
servers=$tmp/servers
/usr/bin/python3 - "$served_vip" "$(vip6 53)" "$net4" "$net6" >"$servers" <<'PYTHON'
import sys
vip4, vip6, net4, net6 = sys.argv[1:]
for s in range(20):
    six = s % 2
    print(f"virtual_server {vip6 if six else vip4} {9000 + s} {{\n  lb_algo wrr\n  lb_kind FNAT\n  protocol TCP")
    for r in range(50):
        address = f"{net6}:{s:x}:{r + 1:x}" if six else f"{net4}.{101 + r % 3}"
        print(f"  real_server {address} {80 if six else 10000 + r} {{\n    weight {1 + r % 5}\n  }}")
    print("}")
PYTHON
remember
write A B
t1=$(moment)
reload A
t2=$(moment)
reload B
t3=$(moment)
loud=$(gaps_of "$t1")
counted "adverts go on" "$t3" 52 100
count() { lab vipctl "$1" -j show virtual-server | json 'sum(len(v["real_servers"]) for v in d["virtual_servers"])'; }
is "a thousand servers more on both" "$(count A) $(count B)" "1003 1003"
same "a thousand servers"
echo "    reload of A took $(awk -v a="$t1" -v b="$t2" 'BEGIN { printf "%.0f", (b - a) * 1000 }') ms, of B $(awk -v a="$t2" -v b="$t3" 'BEGIN { printf "%.0f", (b - a) * 1000 }') ms"
echo "    10 ms adverts of A, [n, p50, p99, max] ms: IPv4 $loud while A and B reload; $(gaps_of "$t1"), IPv6 $(wire lan "$t1" "quantiles(gaps(53, '$(node_address6 A)'))") with the second after"
t1=$(moment)
servers=
write A B
reload_both
counted "adverts go on" "$(moment)" 52 50
is "and gone again" "$(count A) $(count B)" "3 3"
same "a thousand servers less"
echo "    10 ms adverts of A, [n, p50, p99, max] ms: $(gaps_of "$t1") while they go"

probe_stop client
"$here/probe.py" gap "$tmp/client.probe" >"$tmp/gap"
is "none of $(json 'd["answered"]' <"$tmp/gap") connections failed" "$(json 'd["errors"]' <"$tmp/gap")" "{}"
wait $download
is "a download through it all arrives whole" "$(cat "$tmp/hash")" "$hash"
capture_stop lan
wire_is_sound lan
no_complaints B
is "A logged no error but of the file" "$(grep -E '\berror\b' "$(lab path)/A.log" | grep -vE 'A.conf:[0-9]+|nothing was changed' | head)" ""
finish
