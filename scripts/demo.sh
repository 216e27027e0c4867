#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The whole thing in two minutes: installs what is missing, builds, brings a lab up (a client, two directors, three nginx
# servers, all in network namespaces), shows the VIP at work, and who serves it when a director dies, stops, loses its link
# and returns. Cleans up; with --keep the lab stays for looking around.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

keep=
lab=demo
case ${1:-} in
'') ;;
--keep) keep=1 ;;
-h | --help) echo "usage: scripts/demo.sh [--keep]" && exit 0 ;;
*) echo "usage: scripts/demo.sh [--keep]" >&2 && exit 2 ;;
esac
need_root
cd "$top"
unset VIPD_BUILD
build=$top/build

if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi
number=0
title() {
  number=$((number + 1))
  printf '\n%s%d. %s%s\n' "$bold" "$number" "$1" "$plain"
}
# typed COMMAND...: as the user would type it.
typed() {
  local word
  printf '$'
  for word; do
    case $word in
    *' '*) printf " '%s'" "$word" ;;
    *) printf ' %s' "$word" ;;
    esac
  done
  printf '\n'
}
# show COMMAND...: the command, then what it prints.
show() {
  typed "$@"
  "$@"
}
client() { show scripts/lab -n $lab exec client "$@"; }
vipctl() { show scripts/lab -n $lab vipctl A "$@"; }
on_b() { show scripts/lab -n $lab vipctl B "$@"; }
# state LETTER STATE: is the instance in that state there?
state() { [ "$(scripts/lab -n $lab vipctl "$1" show vrrp 2>/dev/null | grep -cw "$2")" = 1 ]; }
# must_become LETTER STATE
must_become() { wait_for 10 state "$1" "$2" || die "director $1 is not $2 after 10 s"; }
# seen_while COMMAND...: runs it while the client asks the VIP over and over, and prints what the client saw.
seen_while() {
  typed "$@"
  scripts/lab -n $lab exec client scripts/lib/gap.py $vip 80 "$*" >"$tmp/gap" || {
    cat "$tmp/gap"
    die "the client's requests did not come through"
  }
  /usr/bin/python3 - "$tmp/gap" <<'END'
import json, sys
g = json.load(open(sys.argv[1]))
print(f"  the client's view: at most {g['gap_ms']} ms between two answers, {g['in_vain']} of "
      f"{g['answers'] + g['in_vain']} connections tried in vain")
END
}

tmp=$(mktemp -d)
began=
finish() {
  trap - EXIT
  trap '' INT TERM HUP
  rm -rf "$tmp"
  [ -z "$began" ] || scripts/lab -n $lab down
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

vip=192.168.200.16 vip6=2001:db8:200::16

title "Install what is missing, and build"
show scripts/install-deps.sh
printf '$ scripts/build.sh\n'
scripts/build.sh >"$tmp/build" 2>&1 || {
  cat "$tmp/build"
  die "the build failed"
}
tail -n 1 "$tmp/build"

title "A lab: client, directors A and B, three nginx servers, each in a network namespace of its own"
if [ -e "/run/vipd-lab/$lab" ]; then
  show scripts/lab -n $lab down
fi
began=1
show scripts/lab -n $lab up
show scripts/lab -n $lab status

title "The services: one VIP, three servers, FULLNAT (the servers need to know nothing of it)"
{
  scripts/lab service $vip FNAT 80
  scripts/lab service $vip6 FNAT 80
} >"/run/vipd-lab/$lab/demo.conf"
show cat /run/vipd-lab/$lab/demo.conf

title "Start director A: vipd drives the tap wire0 with DPDK; no hardware and no huge pages needed"
show scripts/lab -n $lab director start A --config /run/vipd-lab/$lab/demo.conf

title "A client asks the VIP: web1, web2 and web3 answer in turn"
for _ in 1 2 3 4 5 6; do
  client curl -s -m 5 http://$vip/
done | tee "$tmp/answers"
client curl -s -m 5 "http://[$vip6]/"
for web in web1 web2 web3; do
  [ "$(grep -cx $web "$tmp/answers")" = 2 ] || die "$web did not answer twice in six requests"
done

title "What the director knows"
vipctl show virtual-server
vipctl show connection limit 6

title "Drain web2 while requests keep coming: it leaves the rotation, and no request fails"
ctl="scripts/lab -n $lab vipctl A"
client tests/lab/load.py -n 6000 -c 4 \
  --at 2000 "$ctl drain real-server tcp:$vip:80 192.168.200.102:80" \
  --at 4000 "$ctl enable real-server tcp:$vip:80 192.168.200.102:80" http://$vip/ >"$tmp/load" || true
sed -n 1p "$tmp/load"
/usr/bin/python3 - "$tmp/load" <<'END'
import json, sys
result = json.loads(open(sys.argv[1]).readlines()[-1])
for text, phase in zip(("at first", "web2 drained", "enabled again"), result["phases"]):
    servers = next(iter(phase.values()))
    print(f"  {text + ':':15}" + "  ".join(f"{w} {servers.get(w, 0):5}" for w in ("web1", "web2", "web3")))
print(f"  {result['requests']} requests, {result['failed']} failed, {result['seconds']} s {result['errors'] or ''}")
drained = next(iter(result["phases"][1].values()))
sys.exit(0 if not result["failed"] and not drained.get("web2") and drained.get("web1", 0) > 500 else 1)
END
vipctl show virtual-server

title "High availability: directors A and B share the VIP by VRRP; priority 254 serves, 253 stands by"
show scripts/lab -n $lab director stop A
for d in A B; do
  {
    [ $d = A ] && priority=254 || priority=253
    cat <<END
global_defs {
    vrrp_startup_delay 2
}
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    version 3
    priority $priority
    advert_int 0.1
    virtual_ipaddress {
        $vip
    }
    virtual_ipaddress_excluded {
        $vip6
    }
}
END
    cat /run/vipd-lab/$lab/demo.conf
  } >"/run/vipd-lab/$lab/demo-$d.conf"
done
show head -n 18 /run/vipd-lab/$lab/demo-A.conf
show scripts/lab -n $lab director start A --config /run/vipd-lab/$lab/demo-A.conf
show scripts/lab -n $lab director start B --config /run/vipd-lab/$lab/demo-B.conf
must_become A MASTER
vipctl show vrrp
on_b show vrrp
client curl -s -m 5 http://$vip/

title "The MASTER dies (kill -9): B hears nothing for 0.3 s and takes the VIP"
seen_while scripts/lab -n $lab director kill A
on_b show vrrp

title "The old MASTER returns and takes it back"
seen_while scripts/lab -n $lab director start A --config /run/vipd-lab/$lab/demo-A.conf
must_become A MASTER
vipctl show vrrp

title "A graceful stop resigns: B need not wait"
seen_while scripts/lab -n $lab director stop A
show scripts/lab -n $lab director start A --config /run/vipd-lab/$lab/demo-A.conf
must_become A MASTER

title "A's link goes down: A is FAULT, B takes over; the link returns"
seen_while scripts/lab -n $lab exec dirA ip link set wire0 down
vipctl show vrrp
seen_while scripts/lab -n $lab exec dirA ip link set wire0 up
must_become A MASTER

title "A planned hand-over: the operator asks, and hears when the peer is MASTER"
seen_while scripts/lab -n $lab vipctl A failover vrrp VI_1
vipctl show vrrp
on_b failover vrrp VI_1

if [ -n "$keep" ]; then
  began=
  cat <<END

${bold}The lab stays up.${plain} Look around:
  scripts/lab -n $lab exec client curl http://$vip/
  scripts/lab -n $lab vipctl A                  (an interactive console; "help" explains, TAB completes)
  scripts/lab -n $lab vipctl A explain tcp 192.168.200.100:40000 $vip:80
  scripts/lab -n $lab exec web1 tshark -i eth0
  scripts/lab -n $lab director kill A           (and what B says: scripts/lab -n $lab vipctl B show vrrp)
  scripts/lab -n $lab exec dirA bash            (the director's namespace; its log: /run/vipd-lab/$lab/A.log)
  vi /run/vipd-lab/$lab/demo-A.conf && scripts/lab -n $lab vipctl A reload
and in the end:
  scripts/lab -n $lab down
END
  exit 0
fi

title "Clean up"
show scripts/lab -n $lab director stop A
show scripts/lab -n $lab director stop B
show scripts/lab -n $lab down
began=
echo
echo "Done. scripts/demo.sh --keep leaves the lab up; docs/lab.md says what is in it."
