# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the lab's tests share. A test sources this, calls `lab_begin`, checks with ok/is/..., and ends with `finish`.
# Each has a lab of its own name, removed by a trap. VIPD_NIGHTLY=1 asks for the long form.

set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../scripts/lib/common.sh"

here=$top/tests/lab
test_name=$(basename "$0" .sh)
LAB=${VIPD_LAB_PREFIX:-t$$}-${test_name//_/-}
LAB=${LAB:0:24}
# shellcheck disable=SC2034
nightly=${VIPD_NIGHTLY:-}
passed=0 failed=0
tmp=
# The lab's addresses (scripts/lib/lab_net.sh): one VIP per way of forwarding.
# shellcheck disable=SC2034
net4=192.168.200 net6=2001:db8:200:
# shellcheck disable=SC2034
declare -rA vip=([FNAT]=16 [NAT]=17 [DR]=18)

lab() { "$top/scripts/lab" -n "$LAB" "$@"; }
on() { ip netns exec "$LAB-$1" "${@:2}"; }
vc() { "$vipctl" -n "$LAB-A" "$@"; }
load() { on client "$here/load.py" "$@"; }
dir_log() { cat "/run/vipd-lab/$LAB/${1:-A}.log"; }

ok() {
  passed=$((passed + 1))
  echo "ok $((passed + failed)) - $1"
}

# not_ok NAME [TEXT]: the text, if any, says what was found.
not_ok() {
  failed=$((failed + 1))
  echo "not ok $((passed + failed)) - $1"
  [ -z "${2:-}" ] || printf '%s\n' "$2" | sed 's/^/    /'
}

# is NAME FOUND EXPECTED
is() {
  if [ "$2" = "$3" ]; then
    ok "$1"
  else
    not_ok "$1" "found: $2
expected: $3"
  fi
}

# holds NAME COMMAND...: passes if the command succeeds; its output is shown if not.
holds() {
  local name=$1 out
  shift
  if out=$("$@" 2>&1); then
    ok "$name"
  else
    not_ok "$name" "$out"
  fi
}

# becomes NAME SECONDS COMMAND...: passes as soon as the command succeeds.
becomes() {
  local name=$1 seconds=$2
  shift 2
  if wait_for "$seconds" "$@"; then
    ok "$name"
  else
    not_ok "$name" "not within $seconds s: $*
$("$@" 2>&1 || true)"
  fi
}

# at_most NAME FOUND LIMIT [UNIT]: integers or decimals.
at_most() {
  if awk -v a="$2" -v b="$3" 'BEGIN { exit !(a <= b) }'; then
    ok "$1 ($2 ${4:-})"
  else
    not_ok "$1" "found: $2 ${4:-}, at most: $3"
  fi
}

# json EXPRESSION: of the JSON on stdin, which is `d` there.
json() {
  /usr/bin/python3 -c 'import json,sys
d = json.load(sys.stdin)
r = eval(sys.argv[1])
print(r if isinstance(r, (str, int, float)) and not isinstance(r, bool) else json.dumps(r))' "$1"
}

lab_end() {
  trap - EXIT
  trap '' INT TERM HUP
  if [ "$failed" -gt 0 ] && [ -e "/run/vipd-lab/$LAB/A.log" ]; then
    echo "    the end of vipd's log:"
    tail -n 25 "/run/vipd-lab/$LAB/A.log" | sed 's/^/    /'
  fi
  lab down
  [ -z "$tmp" ] || rm -rf "$tmp"
}

# Brings the lab up, without a director; `tmp` is a folder for the test.
lab_begin() {
  need_root
  [ -x "$vipd" ] || die "$vipd is not built: run scripts/build.sh"
  tmp=$(mktemp -d)
  trap 'lab_end' EXIT
  trap 'exit 130' INT TERM HUP
  lab up
}

# director [LETTER] [FILE]: starts one with the services on stdin or of the file.
director() {
  local letter=${1:-A}
  cat >"$tmp/$letter.conf"
  lab director start "$letter" --config "$tmp/$letter.conf" "${@:2}"
}

# The end of a test: a director that still runs must end gracefully, one that crashed fails the test.
finish() {
  local d state=/run/vipd-lab/$LAB
  for d in A B; do
    if [ -e "$state/$d.pid" ] && [ ! -e "$state/$d.exit" ]; then
      holds "director $d stops with exit code 0" lab director stop $d
    elif [ -e "$state/$d.exit" ] && ! grep -qxE '0|137' "$state/$d.exit"; then
      not_ok "director $d ended with $(cat "$state/$d.exit")"
    fi
    if [ -e "$state/$d.log" ] && grep -qE 'Sanitizer|runtime error:|rte_panic|Assertion' "$state/$d.log"; then
      not_ok "director $d's log has no fault" "$(grep -E -A 30 'Sanitizer|runtime error:|rte_panic|Assertion' "$state/$d.log" | head -n 60)"
    fi
  done
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}
