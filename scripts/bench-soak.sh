#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Whole connections at full rate for minutes, by vipd-bench: samples every few seconds, and at the end, when the timeouts of its
# configuration file have passed, a line PASS or FAIL for each thing that may leak. Exit code 1 when one did.
#   scripts/bench-soak.sh [--minutes M] [--live N] [--huge] [-- OPTION of vipd-bench ...]
# M: 10. --live: connections at a time, 64K. The machine has to have 3 GB for the table of those that ended.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"
# shellcheck source=scripts/lib/bench_port.sh
. "$top/scripts/lib/bench_port.sh"
minutes=10 live=64K more=()
while [ $# -gt 0 ]; do
  case $1 in
  --minutes) minutes=$2 && shift ;;
  --live) live=$2 && shift ;;
  --huge) more+=(--huge) ;;
  --) shift && more+=("$@") && break ;;
  -h | --help) sed -n '3,/^set /{/^#/s/^# \?//p}' "$0" && exit 0 ;;
  *) die "what is $1? (--help)" ;;
  esac
  shift
done
[ -x "$bench" ] || die "$bench is not built: run scripts/build.sh"
trap plugin_forget EXIT
trap 'exit 130' INT TERM HUP
plugin_place
"$bench" -n "$live" --minutes "$minutes" "${more[@]}" soak
