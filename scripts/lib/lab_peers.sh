# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Other routers of the lab: keepalived and FRR's vrrpd, each in a namespace of its own on the lan. Sourced by scripts/lab.
# Nothing of them exists until it is asked for. Everything of peer NAME is in $state/peer-NAME/.

peer_dir() { echo "$state/peer-$1"; }

# Makes the peers that exist hosts of the lab, so that status, exec and down know them.
peers_load() {
  local dir name
  for dir in "$state"/peer-*/; do
    [ -e "$dir/number" ] || continue
    name=${dir%/} name=${name##*/peer-}
    lab_number[$name]=$(cat "$dir/number")
    lab_hosts+=("$name")
  done
}

check_peer() {
  [ -e "$(peer_dir "${1:-}")/number" ] || die "which peer? ${1:-} was not added"
}

# peer_add NAME [NUMBER]: eth0 on the lan with the number's addresses, and a link-local one.
peer_add() {
  local name=${1:-} n=${2:-} host used=' '
  [[ $name =~ ^[a-zA-Z][a-zA-Z0-9]{0,7}$ ]] || die "a peer's name is 1 to 8 letters and digits, a letter first"
  [ -z "${lab_number[$name]:-}" ] && [ "$name" != lan ] || die "there is a $name already"
  for host in "${lab_hosts[@]}"; do
    # A director's numbers are taken only while its vipd runs.
    case $host in
    dir*) ! dir_runs "${host#dir}" || used+="${lab_number[$host]} " ;;
    *) used+="${lab_number[$host]} " ;;
    esac
  done
  if [ -z "$n" ]; then
    n=13
    while [[ $used == *" $n "* ]]; do n=$((n + 1)); done
  fi
  [[ $n =~ ^[1-9][0-9]?[0-9]?$ ]] && [ "$n" -lt 255 ] || die "a peer's number is 1 to 254"
  [[ $used != *" $n "* ]] || die "number $n is taken"
  mkdir -p "$(peer_dir "$name")"
  echo "$n" >"$(peer_dir "$name")/number"
  lab_number[$name]=$n
  host_add "$name"
  wait_bridge_port lan "$name.lan"
}

peer_pid() { cat "$(peer_dir "$1")/$2.pid" 2>/dev/null; }

# peer_runs NAME PROGRAM
peer_runs() {
  local pid
  pid=$(peer_pid "$1" "$2") && [ -n "$pid" ] && ! pid_gone "$pid"
}

# run_logged LOG COMMAND...: in a session of its own, so that a signal to the caller's group does not reach it.
run_logged() {
  local log=$1
  shift
  setsid "$@" >>"$log" 2>&1 </dev/null &
}

# The parent writes the line when its children are started, and ends before that if the configuration is refused.
keepalived_started_or_died() {
  grep -q 'Startup complete' "$(peer_dir "$1")/keepalived.log" || pid_gone "$2"
}

# keepalived_start NAME FILE [--brief] [--checks] [OPTION...]: VRRP only unless --checks (which need IPVS), log in keepalived.log, detailed unless --brief (a line per
# gratuitous ARP costs it more than the ARP), its dumps in tmp/.
keepalived_start() {
  local name=${1:-} file=${2:-} dir pid detail=--log-detail only=--vrrp
  check_peer "$name"
  [ -r "$file" ] || die "keepalived start NAME FILE: cannot read $file"
  shift 2
  if [ "${1:-}" = --brief ]; then
    detail=
    shift
  fi
  if [ "${1:-}" = --checks ]; then
    only=
    shift
  fi
  dir=$(peer_dir "$name")
  ! peer_runs "$name" keepalived || die "keepalived of $name runs already"
  mkdir -p "$dir/tmp"
  rm -f "$dir"/{keepalived,vrrp}.pid
  # An earlier run's log stays, for the test that looks for errors at its end.
  [ ! -e "$dir/keepalived.log" ] || cat "$dir/keepalived.log" >>"$dir/keepalived.old.log"
  : >"$dir/keepalived.log"
  # shellcheck disable=SC2086
  run_logged "$dir/keepalived.log" env TMPDIR="$dir/tmp" ip netns exec "$(ns "$name")" keepalived --dont-fork --log-console \
    --no-syslog $detail --dont-respawn $only --use-file="$file" --pid="$dir/keepalived.pid" --vrrp_pid="$dir/vrrp.pid" \
    --checkers_pid="$dir/checkers.pid" --bfd_pid="$dir/bfd.pid" "$@"
  pid=$!
  if ! wait_for 10 keepalived_started_or_died "$name" "$pid" || pid_gone "$pid"; then
    tail -n 20 "$dir/keepalived.log" >&2
    die "keepalived of $name did not start"
  fi
}

# keepalived_stop NAME: SIGTERM; it resigns and takes its addresses away.
keepalived_stop() {
  local pid
  check_peer "$1"
  pid=$(peer_pid "$1" keepalived) || die "keepalived of $1 was not started"
  stop_pid "$pid" 10 || die "keepalived of $1 did not stop within 10 s and was killed"
}

# keepalived_kill NAME: SIGKILL to both, the child first: a parent that dies first would make it resign.
keepalived_kill() {
  local pid child
  check_peer "$1"
  pid=$(peer_pid "$1" keepalived) || die "keepalived of $1 was not started"
  child=$(peer_pid "$1" vrrp) || die "keepalived of $1 has no VRRP process"
  kill -KILL "$child" "$pid"
  wait_for 5 pid_gone "$pid" || die "keepalived of $1 does not die"
  wait_for 5 pid_gone "$child" || die "keepalived of $1 does not die"
}

# keepalived_signal NAME SIGNAL: to the parent; USR1, USR2 and 36 make it write files into tmp/.
keepalived_signal() {
  local pid
  check_peer "$1"
  pid=$(peer_pid "$1" keepalived) || die "keepalived of $1 was not started"
  kill "-$2" "$pid"
}

# FRR's vrrpd speaks for the virtual addresses that it finds on a macvlan with the virtual MAC.
frr_macvlans() {
  local name=$1 file=$2 ns words vrid kind addr family link len
  ns=$(ns "$name")
  while read -ra words; do
    [ "${words[0]:-}" = vrrp ] && [[ ${words[2]:-} == ip* ]] || continue
    vrid=${words[1]} kind=${words[2]} addr=${words[3]}
    family=4 len=24
    if [ "$kind" = ipv6 ]; then
      family=6 len=64
    fi
    link=vrrp$family-$vrid
    if [ ! -e "$(peer_dir "$name")/$link" ]; then
      ip -n "$ns" link add "$link" link eth0 type macvlan mode bridge
      # FRR takes the macvlan's link-local address for the virtual one's: a random one is no VRRP address.
      ip -n "$ns" link set "$link" addrgenmode random
      ip -n "$ns" link set "$link" address "$(printf '00:00:5e:00:%02x:%02x' $((family == 4 ? 1 : 2)) "$vrid")"
      : >"$(peer_dir "$name")/$link"
    fi
    if [ $family = 4 ]; then
      ip -n "$ns" addr replace "$addr/$len" dev "$link"
    else
      ip -n "$ns" addr replace "$addr/$len" dev "$link" nodad
    fi
    ip -n "$ns" link set "$link" up
  done <"$file"
}

# frr_vty NAME COMMAND: vrrpd's own socket; vtysh would want PAM.
frr_vty() {
  /usr/bin/python3 - "$(peer_dir "$1")/frr/vrrpd.vty" "$2" <<'END'
import socket, sys
sock = socket.socket(socket.AF_UNIX)
sock.settimeout(5)
sock.connect(sys.argv[1])
for command in ("enable", sys.argv[2]):
    sock.sendall(command.encode() + b"\0")
    data = b""
    # An answer ends with three zero bytes and the command's result.
    while len(data) < 4 or data[-4:-1] != b"\0\0\0":
        part = sock.recv(65536)
        if not part:
            sys.exit("vrrpd closed its socket")
        data += part
sys.stdout.write(data[:-4].decode())
END
}

frr_answers() {
  if [ "$2" = zebra ]; then
    test -S "$(peer_dir "$1")/frr/z.api"
  else
    frr_vty "$1" "show vrrp"
  fi
}

# frr_start NAME FILE: zebra, then vrrpd. FILE has `interface eth0` and `vrrp VRID ...` lines.
frr_start() {
  local name=${1:-} file=${2:-} dir program conf
  check_peer "$name"
  [ -r "$file" ] || die "frr start NAME FILE: cannot read $file"
  dir=$(peer_dir "$name")
  ! peer_runs "$name" frr/vrrpd || die "vrrpd of $name runs already"
  # As the user that Debian's package made: root is not in the group of the terminal's socket.
  mkdir -p "$dir/frr"
  rm -f "$dir"/frr/*.vty "$dir"/frr/z.api "$dir"/frr/*.pid
  cp "$file" "$dir/frr/frr.conf"
  chown -R frr:frr "$dir/frr"
  frr_macvlans "$name" "$file"
  for program in zebra vrrpd; do
    # Lines of the one are errors to the other.
    conf=/dev/null
    [ $program = zebra ] || conf=$dir/frr/frr.conf
    run_logged "$dir/$program.out" ip netns exec "$(ns "$name")" "/usr/lib/frr/$program" -u frr -g frr \
      -f "$conf" --vty_socket "$dir/frr" -z "$dir/frr/z.api" -i "$dir/frr/$program.pid" -P 0 \
      --log "file:$dir/frr/$program.log"
    wait_for 10 frr_answers "$name" $program || die "$program of $name did not start: $(tail -n 5 "$dir/$program.out")"
  done
}

# frr_stop NAME: vrrpd first, which resigns.
frr_stop() {
  local program pid
  check_peer "$1"
  for program in vrrpd zebra; do
    pid=$(peer_pid "$1" "frr/$program") || continue
    stop_pid "$pid" 10 || die "$program of $1 did not stop within 10 s and was killed"
  done
}

frr_kill() {
  local pid
  check_peer "$1"
  pid=$(peer_pid "$1" frr/vrrpd) || die "vrrpd of $1 was not started"
  kill -KILL "$pid"
  wait_for 5 pid_gone "$pid" || die "vrrpd of $1 does not die"
}
