# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The lab's directors: their two files, start, stop, kill. Sourced by scripts/lab. A director's letter is A or B; its
# instance is LAB-A, so its socket is /run/vipd/LAB-A.sock; everything else of it is $state/A.*

dir_instance() { echo "$lab-$1"; }
dir_pid() { cat "$state/$1.pid" 2>/dev/null; }
dir_vipctl() { "$vipctl" -n "$(dir_instance "$1")" "${@:2}"; }

dir_runs() {
  local pid
  pid=$(dir_pid "$1") && [ -n "$pid" ] && ! pid_gone "$pid"
}

check_letter() {
  case ${1:-} in
  A | B) ;;
  *) die "which director? A or B" ;;
  esac
}

# port_json N LETTER PREFIX4 PREFIX6 [MORE]: port ethN on the tap wireN.
port_json() {
  local n=${lab_number[dir$2]}
  printf '{ "name": "eth%d", "device": "net_tap%d,iface=wire%d", "driver": "net_tap",\n' "$1" "$1" "$1"
  printf '               "addresses": ["%s/24", "%s/64"],\n' "$3.$n" "$4:$n"
  printf '%s               "punt": "vipd-eth%d" }' "${5:-}" "$1"
}

# dataplane_json LETTER [busy] [two-arm]: three lcores on at most two CPUs, no huge pages; the port eth0 on the lan, and
# eth1 on the wan if asked for.
dataplane_json() {
  local letter=$1 poll=adaptive cpu=1 second='' routes
  shift
  [ "$(nproc)" -gt 1 ] || cpu=0
  while [ $# -gt 0 ]; do
    case $1 in
    busy | adaptive) poll=$1 ;;
    two-arm) second=", $(port_json 1 "$letter" "$wan4" "$wan6")" ;;
    *) die "dataplane: what is $1?" ;;
    esac
    shift
  done
  routes='               "routes": [ { "to": "10.9.0.0/24", "via": "'$net4'.100" },
                           { "to": "2001:db8:9::/64", "via": "'$net6':100" } ],
'
  cat <<END
{
  "eal": { "main_lcore": "0@0", "control_lcore": "1@0", "worker_lcores": ["2@$cpu"],
           "memory_mb": 512, "hugepages": false, "extra": [] },
  "poll": "$poll",
  "log": { "to": "stderr", "level": "info" },
  "ports": [ $(port_json 0 "$letter" "$net4" "$net6" "$routes")$second ],
  "connections": { "max_per_worker": 200000 }
}
END
}

# service_conf VIP KIND PORT [PROTO [ALGO [W1 W2 W3]]]: one virtual_server on the three servers. VIP without brackets.
service_conf() {
  local vip=$1 kind=$2 port=$3 proto=${4:-TCP} algo=${5:-rr} net=$net4. web i=6 weight
  case $vip in
  *:*) net=$net6: ;;
  esac
  printf 'virtual_server %s %s {\n    lb_algo %s\n    lb_kind %s\n    protocol %s\n' "$vip" "$port" "$algo" "$kind" "$proto"
  for web in "${lab_webs[@]}"; do
    weight=${!i:-1}
    i=$((i + 1))
    printf '    real_server %s%s %s {\n        weight %s\n    }\n' "$net" "${lab_number[$web]}" "$port" "$weight"
  done
  printf '}\n'
}

# The services that a director starts with: HTTP on the FULLNAT, NAT and DR VIP and DNS on the first, both families.
default_conf() {
  local pair
  echo "# The lab's services; see docs/lab.md."
  for pair in "$vip_fnat FNAT" "$vip_nat NAT" "$vip_dr DR"; do
    # shellcheck disable=SC2086
    set -- $pair
    service_conf "$net4.$1" "$2" 80
    service_conf "$net6:$1" "$2" 80
  done
  service_conf "$net4.$vip_fnat" FNAT 53 UDP
  service_conf "$net6:$vip_fnat" FNAT 53 UDP
}

directors_files() {
  local d
  for d in A B; do
    dataplane_json "$d" >"$state/dataplane-$d.json"
    default_conf >"$state/vipd-$d.conf"
  done
}

dir_answers_or_died() {
  [ -e "$state/$1.exit" ] || dir_vipctl "$1" show status
}

# Every tap that vipd opened has a carrier then, and its bridge port forwards.
wires_forward() {
  ! in_ns "dir$1" bridge link show | grep -E ' wire[01]: <(.*,)?LOWER_UP' | grep -vq 'state forwarding' &&
    in_ns "dir$1" bridge link show | grep -Eq ' wire[01]: .*state forwarding'
}

dir_exit_text() {
  echo "vipd exited with $(cat "$state/$1.exit"); the end of $state/$1.log:" >&2
  tail -n 20 "$state/$1.log" >&2
}

# director_start LETTER [--config FILE] [--dataplane FILE] [-- more options of vipd]
director_start() {
  local d=$1 conf=$state/vipd-$1.conf plane=$state/dataplane-$1.json
  check_letter "$d"
  shift
  while [ $# -gt 0 ]; do
    case $1 in
    --config) conf=$2 && shift 2 ;;
    --dataplane) plane=$2 && shift 2 ;;
    --) shift && break ;;
    *) die "director start: what is $1?" ;;
    esac
  done
  [ -x "$vipd" ] || die "$vipd is not built: run scripts/build.sh"
  ! dir_runs "$d" || die "director $d of lab $lab runs already"
  rm -f "$state/$d.exit" "$state/$d.pid"
  # A small shell stays with vipd, to write its exit code down.
  # shellcheck disable=SC2016
  setsid bash -c 'log=$1; state=$2; shift 2
    "$@" >>"$log" 2>&1 </dev/null & echo $! >"$state.pid"; wait $!; code=$?
    echo $code >"$state.exit.new"; mv "$state.exit.new" "$state.exit"' \
    - "$state/$d.log" "$state/$d" ip netns exec "$(ns "dir$d")" "$vipd" -n "$(dir_instance "$d")" \
    -f "$conf" -d "$plane" "$@" >/dev/null 2>&1 </dev/null &
  wait_for 30 dir_answers_or_died "$d" || die "vipd of director $d does not answer; see $state/$d.log"
  if [ -e "$state/$d.exit" ]; then
    dir_exit_text "$d"
    return 1
  fi
  wait_for 10 wires_forward "$d" || die "a tap of director $d does not forward"
}

# director_stop LETTER: SIGTERM; fails if vipd takes longer than 10 s or ends with anything but 0.
director_stop() {
  local pid
  check_letter "$1"
  pid=$(dir_pid "$1") || die "director $1 of lab $lab was not started"
  stop_pid "$pid" 10 || die "vipd of director $1 did not stop within 10 s and was killed"
  wait_for 5 test -e "$state/$1.exit" || die "no exit code of director $1"
  [ "$(cat "$state/$1.exit")" = 0 ] || {
    dir_exit_text "$1"
    return 1
  }
}

# director_kill LETTER: SIGKILL, as a crash would.
director_kill() {
  local pid
  check_letter "$1"
  pid=$(dir_pid "$1") || die "director $1 of lab $lab was not started"
  kill -KILL "$pid"
  wait_for 5 test -e "$state/$1.exit" || die "vipd of director $1 does not die"
}

directors_down() {
  local d pid
  for d in A B; do
    pid=$(dir_pid "$d") || continue
    dir_runs "$d" && stop_pid "$pid" 10
    wait_for 2 test -e "$state/$d.exit" || true
    # What a killed EAL leaves behind.
    rm -rf "/run/vipd/$(dir_instance "$d").sock" "/run/vipd/$(dir_instance "$d").sock.lock" \
      "/run/dpdk/$(dir_instance "$d")"
  done
}
