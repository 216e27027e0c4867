# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the scripts share. Sourced; `top` is the source tree, `build` the build tree (VIPD_BUILD overrides it).

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${VIPD_BUILD:-$top/build}
# shellcheck disable=SC2034 # used by those who source this
vipd=$build/app/vipd/vipd
vipctl=$build/app/vipctl/vipctl

# One look at a condition per POLL seconds: waiting is always for a condition, never for a time.
readonly POLL=0.05

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

need_root() {
  [ "$(id -u)" -eq 0 ] || die "network namespaces need root: run it with sudo"
}

# wait_for SECONDS COMMAND...: 0 as soon as the command succeeds, 1 when the time is over.
wait_for() {
  local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
    sleep "$POLL"
  done
}

# A process that is over but not yet collected by its parent is gone too.
pid_gone() {
  local line
  read -r line <"/proc/$1/stat" || return 0
  [[ ${line##*) } == [ZX]* ]]
} 2>/dev/null

# stop_pid PID [SECONDS]: TERM, and KILL after the seconds (default 5). 0 if TERM was enough or nothing was there.
stop_pid() {
  kill -TERM "$1" 2>/dev/null || return 0
  wait_for "${2:-5}" pid_gone "$1" && return 0
  kill -KILL "$1" 2>/dev/null
  wait_for 5 pid_gone "$1"
  return 1
}
