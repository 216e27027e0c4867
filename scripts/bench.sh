#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Measures vipd's data plane beside dpdk-testpmd, on the same port in memory and the same frames, alternating, and prints
# medians over the rounds, ratios, and a table for docs/performance.md. Traffic never leaves the process.
#   scripts/bench.sh [--quick] [-j] [--rounds N] [--huge] [CASE ...]
# CASE: fullnat nat dr connections fill drop punt (all). --quick: the rows that have targets, within two minutes. -j: JSON only.
# --huge: reserves huge pages as far as they are missing, measures on them, and gives them back.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"
# shellcheck source=scripts/lib/bench_port.sh
. "$top/scripts/lib/bench_port.sh"
begin=${EPOCHREALTIME/./}
quick='' json='' rounds='' huge='' cases=()
while [ $# -gt 0 ]; do
  case $1 in
  --quick) quick=1 ;;
  -j | --json) json=-j ;;
  --rounds) rounds=$2 && shift ;;
  --huge) huge=1 ;;
  fullnat | nat | dr | connections | fill | drop | punt) cases+=("$1") ;;
  -h | --help) sed -n '3,/^set /{/^#/s/^# \?//p}' "$0" && exit 0 ;;
  *) die "what is $1? cases are fullnat nat dr connections fill drop punt" ;;
  esac
  shift
done
[ ${#cases[@]} -gt 0 ] || cases=(fullnat nat dr connections fill drop punt)
[ -n "$rounds" ] || rounds=3
readonly HUGE_MB=3200 # the largest row's director, and testpmd

say() { [ -n "$json" ] || echo "$*"; }
note() { echo "bench: $*" >&2; }
seconds() { echo $(((${EPOCHREALTIME/./} - begin) / 1000000)); }

command -v dpdk-testpmd >/dev/null || die "no dpdk-testpmd (package dpdk-dev)"
tmp=$(mktemp -d)
reserved=
testpmd_pid=

finish() {
  trap - EXIT
  trap '' INT TERM HUP
  [ -z "$testpmd_pid" ] || stop_pid "$testpmd_pid" || true
  if [ -n "$reserved" ]; then
    echo "$reserved" >/proc/sys/vm/nr_hugepages
    note "huge pages: $reserved again"
  fi
  rm -rf "$tmp"
  plugin_forget
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

"$top/scripts/build.sh" >"$tmp/build" 2>&1 || {
  cat "$tmp/build" >&2
  die "the build failed"
}
plugin_place

memory=(--no-huge --no-shconf -m 256)
if [ -n "$huge" ]; then
  need_root
  size=$(awk '/^Hugepagesize:/ { print $2 / 1024 }' /proc/meminfo)
  free=$(awk '/^HugePages_Free:/ { print $2 }' /proc/meminfo)
  if [ $((free * size)) -lt $HUGE_MB ]; then
    reserved=$(cat /proc/sys/vm/nr_hugepages)
    note "reserving $((HUGE_MB / size - free)) more huge pages of $size MB, until the end"
    echo $((reserved + HUGE_MB / size - free)) >/proc/sys/vm/nr_hugepages
    free=$(awk '/^HugePages_Free:/ { print $2 }' /proc/meminfo)
    [ $((free * size)) -ge $HUGE_MB ] || die "only $free huge pages of $size MB are to be had"
  fi
  memory=(--in-memory --socket-mem 256)
fi

# ---- testpmd ----

# Lines of the port's report: CPU time of the lcore that polls it, and frames handed out. The last one may not be whole.
last() { tail -n 2 "$tmp/report" | head -n 1 | cut -d ' ' -f "$1"; }
report_beyond() { [ "$(last "$1")" -ge "$2" ]; }
report_begun() { [ "$(wc -l <"$tmp/report")" -ge 3 ]; } 2>/dev/null

# mode NAME: "NAME NS", the median of five windows.
mode() {
  local from line window=400000000
  [ -z "$quick" ] || window=150000000
  printf 'set fwd %s\nstart\n' "$1" >&"${testpmd[1]}"
  wait_for 10 report_beyond 2 $(($(last 2) + 1000000)) || die "testpmd $1 does not run"
  line=$(wc -l <"$tmp/report")
  from=$(($(last 1) + 200000000))
  wait_for 60 report_beyond 1 $((from + window * 11 / 2)) || die "testpmd $1 does not run"
  printf 'stop\n' >&"${testpmd[1]}"
  tail -n "+$line" "$tmp/report" | awk -v from="$from" -v step=$window '
    $1 >= from && (n == 0 || $1 - at >= step) {
      if (n++ > 0)
        print ($1 - at) / ($2 - count)
      at = $1
      count = $2
      if (n == 6)
        exit
    }' | sort -n | awk -v name="$1" '{ v[NR] = $1 }
      END { if (NR == 0) exit 1; printf "%s %.3f\n", name, v[int((NR + 1) / 2)] }'
}

cpus() {
  local first last list
  list=$(awk '/^Cpus_allowed_list/ { print $2 }' /proc/self/status)
  first=${list%%[,-]*} last=${list##*[,-]}
  [ "$first" != "$last" ] && echo "0@$first,1@$last" || echo "0@$first,1@$first"
}

baseline() {
  local name
  rm -f "$tmp/report"
  coproc testpmd {
    VIPD_BENCH_PORT="flows=65536 report=$tmp/report" exec dpdk-testpmd --lcores "$(cpus)" --no-pci --no-telemetry \
      "${memory[@]}" --file-prefix "bench$$" -d "$plugin" --vdev net_null0,no-rx=1 -- -i --nb-cores=1 \
      --port-topology=loop --no-flush-rx --total-num-mbufs=2048 >"$tmp/testpmd" 2>&1
  }
  testpmd_pid=$!
  wait_for 20 report_begun || {
    cat "$tmp/testpmd" >&2
    die "testpmd does not start"
  }
  for name in io macswap csum; do mode $name; done >"$tmp/baseline-$1.txt"
  printf 'quit\n' >&"${testpmd[1]}"
  wait "$testpmd_pid" || true
  testpmd_pid=
  say "round $1: testpmd $(tr '\n' ' ' <"$tmp/baseline-$1.txt")"
}

# ---- vipd-bench ----

rows_number=0
wanted() { [[ " ${cases[*]} " == *" $1 "* ]]; }
# rows CASE OPTION...
rows() {
  local what=$1 code=0
  shift
  wanted "$what" || return 0
  rows_number=$((rows_number + 1))
  "$bench" -j ${huge:+--huge} "$@" "$what" >"$tmp/rows-$(printf %03d $rows_number).json" || code=$?
  [ $code -le 1 ] || die "vipd-bench $* $what ended with $code"
  say "  $what $*"
}

quick_rows() {
  rows fullnat -r 5 -t 0.2 -n 1,64K,1M
  rows dr -r 5 -t 0.2 -n 1M
  rows nat -r 5 -t 0.2 -n 64K
  rows fullnat -r 5 -t 0.2 -n 64K -f ipv6
}

# Once: they take long. What is left of the two minutes decides.
quick_long() {
  rows connections -r 5 -t 0.4 -n 1M
  if wanted fullnat && [ "$(seconds)" -lt 75 ]; then
    rows fullnat -r 5 -t 0.2 -n 10M
  elif wanted fullnat; then
    note "no time left for 10 M flows"
  fi
}

full_rows() {
  local family
  for family in ipv4 ipv6; do
    rows fullnat -t 0.5 -n 1,4K,64K,1M -f $family
    rows nat -t 0.5 -n 1,64K,1M -f $family
    rows dr -t 0.5 -n 1,64K,1M -f $family
    rows fullnat -t 0.5 -n 64K,1M -f $family -p udp
    rows fullnat -t 0.5 -n 64K,1M -f $family -s imix
    rows fill -n 1M -f $family
    rows drop -t 0.5 -n 1M -f $family
    rows punt -t 0.5 -n 1M -f $family
  done
  rows fullnat -t 0.5 -n 10M
  rows dr -t 0.5 -n 10M
  rows connections -n 64K,1M
}

for ((round = 1; round <= rounds; round++)); do
  if [ -n "$quick" ] && [ "$round" -gt 1 ] && [ "$(seconds)" -ge 45 ]; then
    note "no time left for round $round"
    break
  fi
  baseline "$round"
  if [ -n "$quick" ]; then quick_rows; else full_rows; fi
done
[ -z "$quick" ] || quick_long
say "took $(seconds) s"
"$top/scripts/lib/bench_merge.py" $json "$tmp"
