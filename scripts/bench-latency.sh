#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# How late packets leave vipd, by vipd-bench: established flows by a schedule, at parts of what the worker can take, while nothing
# happens and during reloads, health changes, listings of connections and a sweep of the table. docs/latency.md explains it.
#   scripts/bench-latency.sh [-j] [--loads P[,P...]] [--flows N[,N...]] [--seconds S] [--huge] [-- OPTION of vipd-bench ...]
# P: percent, 50,90. N: 64K,1M. S: of each of a line's five runs, 1. -j: JSON on standard output, the tables on standard error.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"
# shellcheck source=scripts/lib/bench_port.sh
. "$top/scripts/lib/bench_port.sh"
loads=50,90 flows=64K,1M seconds=1 more=()
while [ $# -gt 0 ]; do
  case $1 in
  -j | --json) more+=(-j) ;;
  --loads) loads=$2 && shift ;;
  --flows) flows=$2 && shift ;;
  --seconds) seconds=$2 && shift ;;
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
"$bench" -n "$flows" --loads "$loads" -r 5 -t "$seconds" "${more[@]}" latency
