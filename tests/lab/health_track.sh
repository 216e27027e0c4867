#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Two directors and what is tracked: the tutorial's check script with weight -20 moves the VIP and back; rise and fall; a
# script that hangs is ended with all that it started; track_file, vrrp_track_process, and a service without a quorum
# (track_virtual_server). The other director may be keepalived (PEER_KIND), and so may both (DIRECTOR_KIND).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"
. "$(dirname "$0")/health_lib.sh"

priority_is() { [ "$(show_vrrp "$1" "$2" | json 'd["instances"][0]["effective_priority"]')" = "$3" ]; }

# all_else: what is tracked besides the tutorial's script; of a part.
all_else() {
  # ---- a script that hangs ----
  echo $((1000000 + $$)) >"$run/slow-A"
  becomes "a script that hangs is ended: a failure" 6 one_master "$tape" 4/52 "$other"
  : >"$run/slow-A"
  # SIGTERM after the timeout, SIGKILL two seconds later; its children go with it.
  # keepalived 2.2.7 leaves the children of such a script, and misses the return of a process in a namespace.
  [ "${node_kind[A]}" != vipd ] || becomes "  and with it what it started" 6 eval '! pgrep -fx "sleep '$((1000000 + $$))'" >/dev/null'
  becomes "  A takes it back" 6 one_master "$tape" 4/52 "$address"

  # ---- track_file ----
  echo -20 >"$run/number-A"
  becomes "track_file: -20: the peer" 4 one_master "$tape" 4/53 "$other"
  echo 5 >"$run/number-A"
  becomes "  5: A" 4 one_master "$tape" 4/53 "$address"
  [ "${node_kind[A]}" != vipd ] || becomes "  its priority is 105" 3 priority_is A V53 105
  # A new file in the place of the old one, as editors and scripts write it.
  echo -30 >"$run/number-A.new"
  mv "$run/number-A.new" "$run/number-A"
  becomes "  another file with -30: the peer" 4 one_master "$tape" 4/53 "$other"
  echo 0 >"$run/number-A"
  becomes "  0: A" 4 one_master "$tape" 4/53 "$address"

  # ---- vrrp_track_process ----
  kill $daemon
  wait $daemon 2>/dev/null || true
  becomes "the tracked process is gone: the peer" 4 one_master "$tape" 4/54 "$other"
  "$run/vd-d-$$" 600 >/dev/null 2>&1 &
  daemon=$!
  [ "${node_kind[A]}" != vipd ] || becomes "  there again: A" 4 one_master "$tape" 4/54 "$address"
  kill $daemon

  # ---- track_virtual_server ----
  if [ "${node_kind[A]}" = vipd ] && [ $peer = B ]; then
    becomes "a service with its quorum: A" 4 one_master "$tape" 4/56 "$address"
    wrong web2 7001=off >/dev/null
    becomes "  without: the peer" 5 one_master "$tape" 4/56 "$other"
    becomes "    its priority is 80" 3 priority_is A V56 80
    becomes "    which serves" 3 eval '[ "$(on client curl -s -m 1 http://'$net4.17/')" = two ]'
    wrong web2 7001=http,body=one >/dev/null
    becomes "  with it again: A" 5 one_master "$tape" 4/56 "$address"
    becomes "    which serves" 3 eval '[ "$(on client curl -s -m 1 http://'$net4.17/')" = one ]'
  fi
}

# part PEER-KIND: the whole with that kind of peer.
part() {
  local kind=$1 n p
  echo "    the peer is $kind"
  node_kind=() && unset 'node_number[K]'
  node_add A director
  if [ "$kind" = keepalived ]; then
    peer=K
    node_add K keepalived 13
  else
    peer=B
    node_add B director
  fi
  for n in A $peer; do
    p=100
    [ $n = A ] || p=90
    {
      globals $n "enable_script_security" "script_user root"
      # As in every tutorial; how the file is looked at is the lab's.
      printf 'vrrp_script chk_web {\n  script "%s %s"\n  interval 1\n  timeout 1\n  weight -20\n  rise 2\n  fall 2\n}\n' "$run/check" $n
      printf 'vrrp_script slow {\n  script "%s %s"\n  interval 1\n  timeout 1\n  weight -20\n  fall 1\n  rise 1\n}\n' "$run/slow" $n
      printf 'track_file number {\n  file %s\n  weight 1\n}\n' "$run/number-$n"
      printf 'vrrp_track_process daemon {\n  process vd-d-%s\n  quorum 1\n  weight -20\n}\n' $$
      instance 51 $p version=3 adv=0.1 vips="$net4.16/24" more="track_script {
    chk_web
  }"
      instance 52 $p version=3 adv=0.1 more="track_script {
    slow
  }"
      instance 53 $p version=3 adv=0.1 more="track_file {
    number
  }"
      # One host is all namespaces' process table: only A tracks.
      [ $n != A ] || instance 54 $p version=3 adv=0.1 more="track_process {
    daemon
  }"
      [ $n = A ] || instance 54 $p version=3 adv=0.1
      # A fault rather than a weight.
      instance 55 $p version=3 adv=0.1 more="track_script {
    chk_web weight 0
  }"
      if [ "${node_kind[$n]}" = vipd ]; then
        instance 56 $p version=3 adv=0.1 vips="$net4.17/24" more="track_virtual_server {
    tcp:$net4.17:80 weight -20
  }"
        printf 'virtual_server %s.17 80 {\n  lb_algo rr\n  lb_kind FNAT\n  protocol TCP\n  delay_loop 0.5\n  retry 0\n  warmup 0\n  connect_timeout 1\n' "$net4"
        # Each has a port of its own: what A cannot reach the other one can.
        real "$net4.102" "$([ $n = A ] && echo 7001 || echo 7002)" "TCP_CHECK {" "}"
        echo "}"
        [ $n != A ] || lab service "$net4.16" FNAT 80
        [ $n = A ] || lab service "$net4.16" FNAT 80
      fi
    } >"$tmp/$n.conf"
    echo good >"$run/state-$n"
    echo 0 >"$run/number-$n"
    : >"$run/slow-$n"
  done
  "$run/vd-d-$$" 600 >/dev/null 2>&1 &
  daemon=$!
  capture_start "$kind"
  tape=$kind
  node_start A
  node_start $peer
  becomes "A is master of all" 10 states_are A "V51 V52 V53 V54 V55" MASTER
  becomes "  the peer backup" 5 states_are $peer "V51 V52 V53 V54 V55" BACKUP
  address=$(node_address A) other=$(node_address $peer)
  ! served_here || probe_start "client-$kind" "http://$net4.16/"

  # ---- the tutorial ----
  runs=$(ran)
  begin=$EPOCHREALTIME
  echo bad >"$run/state-A"
  becomes "the check script fails: the peer takes the VIP" 6 one_master "$tape" 4/51 "$other"
  # interval, twice (fall 2), and the takeover.
  at_most "  in time" "$(seconds_between "$begin" "$EPOCHREALTIME")" "$(awk -v s=$slack 'BEGIN { print 2 + 0.3 + s }')" s
  holds "  after two runs, not one" [ "$(ran)" -ge $((runs + 2)) ]
  becomes "  A is backup" 3 states_are A V51 BACKUP
  becomes "  weight 0: a fault" 3 states_are A V55 FAULT
  if [ "${node_kind[A]}" = vipd ]; then
    becomes "  its priority is 80" 3 priority_is A V51 80
    holds "  show script says it, too" grep -qiE "chk_web .*bad" <<<"$(lab vipctl A show script 2>&1)"
  fi
  if served_here; then
    becomes "  the client is served" 3 served "client-$kind" "$EPOCHREALTIME"
    end=$EPOCHREALTIME
    "$here/probe.py" gap "$tmp/client-$kind.probe" --from "$begin" --to "$end" >"$tmp/gap"
    at_most "  gap at the client" "$(json 'd["gap"]' <"$tmp/gap")" 0.6 s
  fi
  begin=$EPOCHREALTIME
  echo good >"$run/state-A"
  becomes "the script is well: A takes it back" 6 one_master "$tape" 4/51 "$address"
  at_most "  in time" "$(seconds_between "$begin" "$EPOCHREALTIME")" "$(awk -v s=$slack 'BEGIN { print 2 + 0.3 + s }')" s
  becomes "  no fault any more" 5 states_are A V55 MASTER
  # rise 2 and fall 2: one bad run, one good run, and so on, is nothing.
  became=$(masters_of 51)
  for _ in 1 2; do
    flip bad
    flip good
  done
  is "a script that fails every other time moves nothing" "$(masters_of 51)" "$became"

  # What is tracked is A's own: with another peer after vipd the script will do.
  if [ "$kind" = director ] || [ "$DIRECTOR_KIND" != vipd ]; then
    all_else
  else
    kill $daemon
  fi
  ! served_here || probe_stop "client-$kind"
  node_stop $peer
  node_stop A
  capture_stop "$kind"
  wire_is_sound "$kind"
}
served_here() { [ "${node_kind[A]}" = vipd ] && [ $peer = B ]; }
# masters_of VRID: how often it changed hands so far.
masters_of() {
  "$here/vrrp_analyse.py" "$tmp/$tape.capture" >"$tmp/now"
  json 'len(d["routers"]["4/'"$1"'"]["changes"])' <"$tmp/now"
}
# ran: how often A's script did.
ran() { grep -c . "$tmp/check-A" || true; }
# flip STATE: for one run of A's script.
flip() {
  local n
  n=$(ran)
  echo "$1" >"$run/state-A"
  wait_for 5 eval '[ "$(ran)" -gt '"$n"' ]' || not_ok "the script runs every second"
}

lab_begin
mkdir -p "/run/vipd-lab/$LAB/run"
run=/run/vipd-lab/$LAB/run
cat >"$run/check" <<END
#!/bin/sh
echo run >>$tmp/check-\$1
grep -q good $run/state-\$1
END
cat >"$run/slow" <<END
#!/bin/sh
read n <$run/slow-\$1 || exit 0
trap '' TERM
sleep \$n & sleep \$n & wait; wait; wait
END
chmod 755 "$run/check" "$run/slow"
cp "$(command -v sleep)" "$run/vd-d-$$"
: >"$tmp/check-A"
wrong_start web2 7001=http,body=one 7002=http,body=two
if [ "$DIRECTOR_KIND" = vipd ]; then
  part director
fi
part keepalived
health_end
