#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The whole thing in two minutes: installs what is missing, builds, brings a lab up (a client, two directors, three nginx
# servers, all in network namespaces), shows the VIP at work, and who serves it when a director dies, stops, loses its link
# and returns; what health checks and check scripts do. Cleans up; with --keep the lab stays for looking around.
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

# ---- health checks, and a script that moves the VIP: if this vipd has them ----
checked() { scripts/lab -n $lab vipctl "$1" show health 2>/dev/null; }
has_checks() { checked A >/dev/null && scripts/lab -n $lab vipctl A show script >/dev/null 2>&1; }
all_checked() { checked A | grep -q HTTP_GET && ! checked A | grep -qE 'unchecked|down'; }
# server WEB STATE: is it shown so by A?
server() {
  scripts/lab -n $lab vipctl A -j show virtual-server | /usr/bin/python3 -c 'import json, sys
found = [r["state"] for v in json.load(sys.stdin)["virtual_servers"] if v["address"] == sys.argv[1]
         for r in v["real_servers"] if r["address"].endswith(".10" + sys.argv[2][-1])]
sys.exit(found != [sys.argv[3]])' $vip "$1" "$2"
}
# seconds_until COMMAND...: how long it took.
seconds_until() {
  local begin=${EPOCHREALTIME/./}
  wait_for 15 "$@" || die "not within 15 s: $*"
  awk -v us=$((${EPOCHREALTIME/./} - begin)) 'BEGIN { printf "%.1f s\n", us / 1000000 }'
}
# nginx WEB [OPTION...]: as the lab runs it.
nginx() {
  local dir=/run/vipd-lab/$lab/$1
  typed scripts/lab -n $lab exec "$1" nginx -p "$dir" -c "$dir/nginx.conf" "${@:2}"
  scripts/lab -n $lab exec "$1" nginx -p "$dir" -c "$dir/nginx.conf" -e "$dir/error.log" "${@:2}" </dev/null
}
# no_failure WEB...: 2,000 requests, none of which may fail; these servers, all of them and no other, answer.
no_failure() {
  client tests/lab/load.py -n 2000 -c 4 http://$vip/ >"$tmp/load" || true
  sed -n 1p "$tmp/load"
  /usr/bin/python3 - "$tmp/load" "$@" <<'END'
import json, sys
result = json.loads(open(sys.argv[1]).readlines()[-1])
servers = next(iter(result["phases"][0].values()))
print("  " + "  ".join(f"{w} {servers.get(w, 0):5}" for w in ("web1", "web2", "web3")))
print(f"  {result['requests']} requests, {result['failed']} failed {result['errors'] or ''}")
sys.exit(bool(result["failed"]) or sorted(w for w, n in servers.items() if n) != sys.argv[2:])
END
}
# checked_conf LETTER: the director's file so far, with a check script and a check of each server.
checked_conf() {
  cat <<END
global_defs {
    vrrp_startup_delay 2
    enable_script_security
    script_user root
}
vrrp_script check {
    script "/run/vipd-lab/$lab/check-$1"
    interval 1
    weight -20
}
END
  sed -n '/^vrrp_instance/,/^}/p' "/run/vipd-lab/$lab/demo-$1.conf" | sed '$d'
  printf '    track_script {\n        check\n    }\n}\n'
  sed -e '/protocol TCP/a\    delay_loop 1\n    connect_timeout 1\n    retry 2\n    delay_before_retry 0.5' \
    -e 's|^        weight .*|&\n        HTTP_GET {\n            url {\n                path /\n            }\n        }|' \
    "/run/vipd-lab/$lab/demo.conf"
}

if has_checks; then
  title "Health checks: every server is asked for / each second; and a check script, whose failure costs 20 of the priority"
  for d in A B; do
    cat >"/run/vipd-lab/$lab/check-$d" <<END
#!/bin/sh
# A tutorial would ask for haproxy or nginx here.
test ! -e /run/vipd-lab/$lab/broken-$d
END
    chmod 755 "/run/vipd-lab/$lab/check-$d"
    checked_conf $d >"/run/vipd-lab/$lab/demo-$d.new"
    mv "/run/vipd-lab/$lab/demo-$d.new" "/run/vipd-lab/$lab/demo-$d.conf"
  done
  show head -n 60 /run/vipd-lab/$lab/demo-A.conf
  vipctl reload
  on_b reload
  wait_for 15 all_checked || die "not every check is up after 15 s"
  vipctl show health
  vipctl show script

  title "Stop web2's nginx: its check fails, and twice more, and it is out; no request fails after that"
  nginx web2 -s stop
  echo "  out after $(seconds_until server web2 down)"
  no_failure web1 web3 || die "requests failed, or not web1 and web3 answered"
  vipctl show virtual-server

  title "Start it again: its first good answer brings it back"
  nginx web2
  echo "  back after $(seconds_until server web2 up)"
  no_failure web1 web2 web3 || die "requests failed, or not all three answered"

  title "The check script fails on the MASTER: 254 - 20 is less than B's 253, so the VIP moves"
  must_become A MASTER
  moved="until scripts/lab -n $lab vipctl B show vrrp | grep -qw MASTER; do sleep 0.05; done"
  seen_while "touch /run/vipd-lab/$lab/broken-A; $moved"
  must_become B MASTER
  vipctl show script
  vipctl show vrrp

  title "The script is well again, so is A's priority, and the VIP returns"
  seen_while "rm /run/vipd-lab/$lab/broken-A; ${moved/vipctl B/vipctl A}"
  must_become A MASTER
fi

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
