# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the VRRP tests share; sourced after lib.sh. A node is a router of the lab: A and B are directors, all others are
# peers. Its kind is vipd, keepalived or frr. With DIRECTOR_KIND=keepalived A and B are keepalived at the directors'
# addresses, so that a test can be tried without vipd: what fails then is the test's fault.
#
# An instance is named V<VRID> in every file, one VRID per case, so that many cases share one lab and one process per node.

: "${DIRECTOR_KIND:=vipd}"
# shellcheck disable=SC2034
declare -A node_kind=() node_number=([A]=11 [B]=12)
captures=()

# node_add NAME KIND [NUMBER]: KIND director is what DIRECTOR_KIND says.
node_add() {
  local name=$1 kind=$2 n=${3:-${node_number[$1]:-}}
  [ "$kind" != director ] || kind=$DIRECTOR_KIND
  node_kind[$name]=$kind
  if [ "$kind" != vipd ]; then
    # shellcheck disable=SC2086
    lab peer add "$name" $n
    n=$(cat "$(lab path)/peer-$name/number")
  fi
  node_number[$name]=$n
}

node_host() {
  case ${node_kind[$1]} in
  vipd) echo "dir$1" ;;
  *) echo "$1" ;;
  esac
}

node_address() { echo "$net4.${node_number[$1]}"; }
# The link-local address that a router over IPv6 sends from.
node_address6() {
  if [ "${node_kind[$1]}" = vipd ]; then
    lab vipctl "$1" -j show port | json '[a.split("/")[0] for p in d["ports"] for a in p["addresses"] if a.startswith("fe80")][0]'
  else
    on "$1" ip -j -6 addr show dev eth0 scope link | json '[a["local"] for i in d for a in i.get("addr_info", []) if a.get("local", "").startswith("fe80") and ":5e:" not in a["local"]][0]'
  fi
}

# node_start NAME: with $tmp/NAME.conf.
node_start() {
  local name=$1
  case ${node_kind[$name]} in
  vipd) lab director start "$name" --config "$tmp/$name.conf" ;;
  keepalived | frr) lab "${node_kind[$name]}" start "$name" "$tmp/$name.conf" ;;
  esac
}

# node_stop NAME: SIGTERM. node_kill NAME: SIGKILL.
node_stop() { node_end stop "$1"; }
node_kill() { node_end kill "$1"; }
node_end() {
  case ${node_kind[$2]} in
  vipd) lab director "$1" "$2" ;;
  *) lab "${node_kind[$2]}" "$1" "$2" ;;
  esac
}

# node_pid NAME: of the process that speaks VRRP.
node_pid() {
  case ${node_kind[$1]} in
  vipd) cat "$(lab path)/$1.pid" ;;
  keepalived) cat "$(lab path)/peer-$1/vrrp.pid" ;;
  frr) cat "$(lab path)/peer-$1/frr/vrrpd.pid" ;;
  esac
}

# node_signal NAME SIGNAL
node_signal() { kill "-$2" "$(node_pid "$1")"; }

# node_stopped NAME: none of its threads runs.
node_stopped() { ! grep -hs '^State:' /proc/"$(node_pid "$1")"/task/*/status | grep -qv 'T (stopped)'; }

# node_states NAME: "V51 MASTER" per instance.
node_states() {
  case ${node_kind[$1]} in
  vipd) lab vipctl "$1" -j show vrrp | /usr/bin/python3 -c 'import json, sys
for i in json.load(sys.stdin)["instances"]:
    print(i["name"], i["state"])' ;;
  keepalived) sed -nE 's/.*: \(([^)]*)\) Entering ([A-Z]*) STATE.*/\1 \2/p' "$(lab path)/peer-$1/keepalived.log" |
    awk '{ s[$1] = $2 } END { for (i in s) print i, s[i] }' ;;
  frr) lab frr vty "$1" "show vrrp json" | /usr/bin/python3 -c 'import json, sys
for i in json.load(sys.stdin):
    s = i["v4"]["status"] if i["v4"]["status"] != "Initialize" else i["v6"]["status"]
    print("V%d" % i["vrid"], s.upper())' ;;
  esac
}

# states_are NAME "V51 V52" STATE: every one of them; prints those that are not.
states_are() {
  local found v bad=0
  found=$(node_states "$1")
  for v in $2; do
    if ! grep -qx "$v $3" <<<"$found"; then
      echo "$1: $v is not $3: $(grep "^$v " <<<"$found" || echo unknown)"
      bad=1
    fi
  done
  return $bad
}

# node_errors NAME INSTANCE: its error counters, as keepalived names them in its JSON, those above 0 in one line.
node_errors() {
  local file
  case ${node_kind[$1]} in
  vipd) lab vipctl "$1" -j show vrrp "$2" | json '" ".join(sorted("%s=%d" % e for e in d["instances"][0]["stats"]["errors"].items() if e[1]))' ;;
  keepalived)
    file=$(lab path)/peer-$1/tmp/keepalived.json
    rm -f "$file"
    lab keepalived signal "$1" 36
    wait_for 5 test -s "$file" || die "keepalived of $1 writes no JSON"
    wait_for 5 json '1' <"$file" || true
    json '" ".join(sorted("%s=%d" % e for i in d if i["data"]["iname"] == "'"$2"'" for e in i["stats"].items() if "err" in e[0] or "auth" in e[0] if e[1]))' <"$file"
    ;;
  esac
}

# node_stats NAME INSTANCE KEY: one of its other counters, by its name in `show vrrp -j`; of a vipd only.
node_stats() { lab vipctl "$1" -j show vrrp "$2" | json 'd["instances"][0]["stats"]["'"$3"'"]'; }

# wire_cut NAME, wire_heal NAME: its port of the bridge passes nothing on, either way; the node's own link stays up.
wire_cut() { on lan bridge link set dev "$(node_host "$1").lan" state disabled; }
wire_heal() { on lan bridge link set dev "$(node_host "$1").lan" state forwarding; }

# vip4 VRID, vip6 VRID: the default address of an instance.
vip4() { echo "$net4.$((128 + $1))"; }
vip6() { echo "$net6:5e:$1"; }

# instance VRID PRIORITY [KEY=VALUE | FLAG]...: one vrrp_instance, for keepalived and vipd alike.
#   version=2|3  family=4|6  adv=S  state=BACKUP|MASTER  auth=PASS|AH  pass=WORD  unicast="SRC PEER..."  nopreempt
#   preempt_delay=S  vips="A A"  excluded="A A"  more="LINE"
instance() {
  local vrid=$1 priority=$2 a
  shift 2
  local version=2 family=4 adv=1 state=BACKUP auth='' pass=secret unicast='' nopreempt='' preempt_delay='' vips='' excluded='' more=''
  for a in "$@"; do
    case $a in
    nopreempt) nopreempt=1 ;;
    *=*) local "${a%%=*}=${a#*=}" ;;
    *) die "instance: what is $a?" ;;
    esac
  done
  if [ -z "$vips" ]; then
    vips=$(vip4 "$vrid")/24
    [ "$family" = 4 ] || vips="fe80::5e:$vrid/64 $(vip6 "$vrid")/64"
  fi
  printf 'vrrp_instance V%d {\n  state %s\n  interface eth0\n  virtual_router_id %d\n' "$vrid" "$state" "$vrid"
  printf '  priority %d\n  advert_int %s\n  version %s\n' "$priority" "$adv" "$version"
  [ -z "$nopreempt" ] || echo "  nopreempt"
  [ -z "$preempt_delay" ] || echo "  preempt_delay $preempt_delay"
  [ -z "$more" ] || echo "  $more"
  [ -z "$auth" ] || printf '  authentication {\n    auth_type %s\n    auth_pass %s\n  }\n' "$auth" "$pass"
  if [ -n "$unicast" ]; then
    # shellcheck disable=SC2086
    set -- $unicast
    printf '  unicast_src_ip %s\n  unicast_peer {\n' "$1"
    printf '    %s\n' "${@:2}"
    echo "  }"
  fi
  # shellcheck disable=SC2086
  printf '  virtual_ipaddress {\n'"$(printf '    %s\\n' $vips)"'  }\n'
  # shellcheck disable=SC2086
  [ -z "$excluded" ] || printf '  virtual_ipaddress_excluded {\n'"$(printf '    %s\\n' $excluded)"'  }\n'
  echo "}"
}

# globals NAME [LINE...]: the head of a file.
globals() {
  printf 'global_defs {\n  router_id %s\n' "$1"
  [ $# -lt 2 ] || printf '  %s\n' "${@:2}"
  echo "}"
}

# frr_instance VRID PRIORITY INTERVAL_MS ADDRESS...: lines for a vrrpd; the first of a file follows `interface eth0`.
frr_instance() {
  local vrid=$1 a
  printf ' vrrp %d version 3\n vrrp %d priority %d\n vrrp %d advertisement-interval %d\n' "$1" "$1" "$2" "$1" "$3"
  for a in "${@:4}"; do
    case $a in
    *:*) echo " vrrp $vrid ipv6 $a" ;;
    *) echo " vrrp $vrid ip $a" ;;
    esac
  done
}

# capture_start NAME: of the lan's bridge, into $tmp/NAME.capture.
capture_start() {
  ip netns exec "$LAB-lan" "$here/capture.py" lan "$tmp/$1.capture" &
  captures+=("$1=$!")
  wait_for 10 test -e "$tmp/$1.capture" || die "the capture does not start"
}

capture_stop() {
  local c
  for c in "${captures[@]}"; do
    if [ "${c%%=*}" = "$1" ]; then
      kill "${c#*=}"
      wait "${c#*=}" || die "the capture failed"
    fi
  done
}

# masters NAME: who is master of what on the wire right now, "4/51 192.168.200.13".
masters() { "$here/vrrp_analyse.py" "$tmp/$1.capture" --now; }

# one_master NAME KEY ADDRESS: this one and nobody else; prints what is, if it is not.
one_master() {
  local found
  found=$(masters "$1" | grep "^$2 " || true)
  [ "$found" = "$2 $3" ] || {
    echo "$2: master on the wire is '${found#* }', expected $3"
    return 1
  }
}

# What a keepalived writes in its detailed log when all is well. Everything else is taken for an error.
keepalived_normal='(Starting|Stopping|Stopped|Running on|Command line:|  +.--|Opening file|Configuration file|Startup complete)'
keepalived_normal+='|NOTICE: setting config option max_auto_priority'
keepalived_normal+='|Starting VRRP child process|Registering (Kernel netlink|gratuitous (ARP|NDISC))|Assigned address'
keepalived_normal+='|VRRP sockpool:|CPU usage|Printing VRRP|Sending (gratuitous ARP|unsolicited Neighbour Advert) on'
keepalived_normal+='|\(V[0-9]+\) (Entering (BACKUP|MASTER) STATE|Receive advertisement timeout|(setting|removing) (E-)?VIPs\.'
keepalived_normal+='|Sending/queueing (gratuitous ARPs|Unsolicited Neighbour Adverts)|sent 0 priority|Backup received priority 0 advertisement'
keepalived_normal+='|Received advert from [0-9a-f.:]+ with lower priority [0-9]+, ours [0-9]+, forcing new election'
keepalived_normal+='|Master received advert from [0-9a-f.:]+ with (higher|same) priority [0-9]+'
keepalived_normal+='|start preempt delay|received lower priority|preempt delay|received an advertisement with (higher|same)'
keepalived_normal+=')'

# Before zebra has told of the macvlan, and at each line of the configuration, vrrpd says that it will not start; and before
# the macvlan has its address, that it has none to bind to.
frr_normal='vrrp_zebra_init|vrrpd 8[.0-9]* starting|Terminating on signal'
frr_normal+='|\] (Interface: |Refusing to start Virtual Router: |Failed to find address to bind on|Master_Down_Timer expired'
frr_normal+='|.(Startup|Shutdown). event|(Initialize|Backup|Master) -> |Received advertisement from .*; switching to Backup)'

also_normal= # what is normal in one test only

# node_complaints NAME: the lines of its log that are none of the normal ones.
node_complaints() {
  local dir
  dir=$(lab path)/peer-$1
  case ${node_kind[$1]} in
  keepalived) cat "$dir"/keepalived{.old,}.log 2>/dev/null | sed -E 's/^[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9:]+ [0-9]{4}: //' |
    grep -vE "^($keepalived_normal${also_normal:+|$also_normal})" || true ;;
  frr) grep -vE "$frr_normal" "$dir/frr/vrrpd.log" || true ;;
  esac
}

# no_complaints NAME...: checks that no peer logged an error. Of directors that are vipd, too: no line of level error.
no_complaints() {
  local name
  for name in "$@"; do
    if [ "${node_kind[$name]}" = vipd ]; then
      is "$name logged no error" "$(grep -E '\berror\b' "$(lab path)/$name.log" | head -n 10)" ""
    else
      is "$name (${node_kind[$name]}) logged nothing but elections" "$(node_complaints "$name" | head -n 10)" ""
    fi
  done
}

# wire_is_sound NAME [KEYS [KEYS]]: of a capture that has ended: nothing lost, no bad advert, never two masters for longer
# than the protocol's own. The first virtual routers' TTL is not looked at, the second ones' overlaps are not.
# Its analysis is in $tmp/NAME.json.
wire_is_sound() {
  "$here/vrrp_analyse.py" "$tmp/$1.capture" --any-ttl "${2:-}" >"$tmp/$1.json"
  is "the capture lost nothing" "$(json 'd["lost"]' <"$tmp/$1.json")" 0
  is "every advert has a good checksum and TTL 255" "$(json '{k: r["bad"][:3] for k, r in d["routers"].items() if r["bad"]}' <"$tmp/$1.json")" "{}"
  is "never two masters for longer than the protocol's own" \
    "$(json '{k: r["too_long"] for k, r in d["routers"].items() if r["too_long"] and k not in "'"${3:-}"'".split()}' <"$tmp/$1.json")" "{}"
}

# probe_start NAME URL: the client's connections to it, every 10 ms, into $tmp/NAME.probe.
probe_start() {
  ip netns exec "$LAB-client" "$here/probe.py" run "$tmp/$1.probe" "$2" &
  captures+=("$1=$!")
  wait_for 10 test -s "$tmp/$1.probe" || die "the probe does not start"
}

probe_stop() { capture_stop "$1"; }

# served NAME SINCE: the client was answered by a connection that began after that time.
served() {
  /usr/bin/python3 - "$tmp/$1.probe" "$2" <<'END'
import json, sys
last = {}
for line in open(sys.argv[1]):
    if line.endswith("\n"):
        d = json.loads(line)
        if d["t"] > float(sys.argv[2]):
            last = d
            if d["ok"]:
                sys.exit(0)
sys.exit(f"not served, last: {last}")
END
}

# Where a director is keepalived there are no services: a server of its own answers at the VIP.
node_service() {
  if [ "${node_kind[$1]}" != vipd ]; then
    ip netns exec "$LAB-$1" "$here/probe.py" serve "$1" 80 &
    wait_for 10 on client curl -sf -m 1 "http://$(node_address "$1")/" || die "the server of $1 does not answer"
  fi
}

# wire NAME FROM EXPRESSION: what a capture says since a time; see capture_query.py.
wire() { "$here/capture_query.py" "$tmp/$1.capture" "$2" "$3"; }

# wire_becomes CHECK SECONDS NAME FROM EXPRESSION: as `becomes`, of a capture, by one process that reads on.
wire_becomes() {
  local out
  if out=$("$here/capture_query.py" "$tmp/$3.capture" "$4" "$5" --until "$2"); then
    ok "$1"
  else
    not_ok "$1" "not within $2 s since $4: $5, but $out"
  fi
}

# show_vrrp NAME [WORD...]: show vrrp -j of a vipd.
show_vrrp() { lab vipctl "$1" -j show vrrp "${@:2}"; }

# now_of NAME FILE: what a director says of its instances, for `unchanged`.
now_of() { show_vrrp "$1" >"$2"; }

# unchanged BEFORE AFTER [INSTANCE...]: of two answers of show vrrp: nobody's state, reason or since differs (clocks are read
# twice: by 20 ms at most), and no counter went back. Prints what does. Without instances: all of the first answer.
unchanged() {
  /usr/bin/python3 - "$@" <<'PYTHON'
import json, sys
before, after = ({i["name"]: i for i in json.load(open(f))["instances"]} for f in sys.argv[1:3])
bad = []
for n in sys.argv[3:] or before:
    b, a = before[n], after.get(n)
    if a is None:
        bad.append(f"{n} is gone")
        continue
    bad += [f"{n}: {k} was {b[k]}, is {a[k]}" for k in ("state", "reason") if a[k] != b[k]]
    if abs(a["since"] - b["since"]) > 0.02:
        bad.append(f"{n}: since was {b['since']}, is {a['since']}")
    b, a = b["stats"], a["stats"]
    bad += [f"{n}: {k} was {b[k]}, is {a[k]}" for k in ("became_master", "released_master", "priority_zero_sent") if a[k] != b[k]]
    bad += [f"{n}: {k} was {b[k]}, is {a[k]}" for k in ("adverts_sent", "adverts_received") if a[k] < b[k]]
print("\n".join(bad))
sys.exit(bool(bad))
PYTHON
}
