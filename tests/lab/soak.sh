#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Whole connections at full rate for seconds: nothing may be left of them. Nightly: for three minutes, and frames so seldom that
# a director forgets connections between two of theirs: the bench gives these up. The long form is scripts/bench-soak.sh.
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/lib/bench_port.sh
. "$top/scripts/lib/bench_port.sh"

tmp=$(mktemp -d)
trap 'plugin_forget; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
[ -x "$bench" ] || die "$bench is not built: run scripts/build.sh"
plugin_place

# soak NAME OPTION...: each line of the verdict is a check of its own. The table is small, so that a machine of any size will do;
# a rate keeps it from being full.
soak() {
  local name=$1 code=0 verdict what
  shift
  "$bench" "$@" soak >"$tmp/$name" 2>&1 || code=$?
  while read -r verdict what; do
    case $verdict in
    PASS) ok "$name: $what" ;;
    FAIL) not_ok "$name: $what" ;;
    esac
  done <"$tmp/$name"
  is "$name: exit code" $code 0
  [ $code = 0 ] || sed 's/^/    /' "$tmp/$name"
}

minutes=${nightly:+3}
minutes=${minutes:-0.1}
soak fast -n 2000 --rate 400K --minutes "$minutes" --capacity 2M
holds "connections were made" grep -qE '^[1-9][0-9]{4,} connections' "$tmp/fast"
if [ -n "$nightly" ]; then
  soak slow -n 2000 --rate 300 --minutes 0.4 --capacity 100K --no-check
  holds "slow ones were given up" grep -qE '^[0-9]+ connections, [1-9][0-9]* given up' "$tmp/slow"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
