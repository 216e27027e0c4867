#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Runs the whole test ladder: installs what is missing, builds, and runs the parts named, or all of them:
#   plan     floor plan and formatting, and the proof that both checks find what they look for
#   unit     unit tests
#   asan     the engines' unit tests (floors 0 to 3) under AddressSanitizer and UndefinedBehaviorSanitizer
#   sim      10,000 random schedules of directors in virtual time, and faults planted in the engine for it to find
#   fuzz     every fuzz target for some seconds
#   golden   golden packets
#   lab      everything in tests/lab; lab/NAME for one of them
#   lab-asan some of tests/lab with vipd under both sanitizers, and the unit tests of what uses the operating system
#   threads  unit tests of what has threads under ThreadSanitizer (both with --nightly, or if named)
# scripts/test.sh [--nightly] [--no-install] [--strict] [PART ...]
# Unit tests and lab tests run beside whatever else the machine does. One that fails is run once more, by itself: its
# first failure is shown, the second run counts, and the last line says how many needed one. --strict: none does.
# --nightly: the long forms (100,000 schedules, fuzz 60 s per target, 1 GB downloads, a million connections). Ends with
# one line, "N passed, N failed", and exit code 0 if nothing failed. Leaves nothing behind but the build trees build/,
# build-asan/, build-fuzz/, build-lab-asan/ and build-tsan/, which git ignores.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"
cd "$top"

install=1 strict='' parts=()
unset VIPD_NIGHTLY VIPD_BUILD
build=$top/build
while [ $# -gt 0 ]; do
  case $1 in
  --nightly) export VIPD_NIGHTLY=1 ;;
  --no-install) install= ;;
  --strict) strict=1 ;;
  -h | --help) sed -n '3,/^set /{/^#/s/^# \?//p}' "$0" && exit 0 ;;
  plan | unit | asan | sim | fuzz | golden | lab | lab-asan | threads) parts+=("$1") ;;
  lab/*)
    [ -x "tests/$1.sh" ] || die "no test tests/$1.sh"
    parts+=("$1")
    ;;
  *) die "what is $1? parts are plan unit asan sim fuzz golden lab lab/NAME lab-asan threads" ;;
  esac
  shift
done
if [ ${#parts[@]} -eq 0 ]; then
  parts=(plan unit asan sim fuzz golden lab)
  [ -z "${VIPD_NIGHTLY:-}" ] || parts+=(lab-asan threads)
fi

tmp=$(mktemp -d)
export VIPD_LAB_PREFIX=t$$ PYTHONDONTWRITEBYTECODE=1
passed=0 failed=0 skipped=0 again=0
running=()

clean_up() {
  local pid
  trap '' INT TERM HUP
  # Each step is a process group of its own, with its own traps.
  for pid in "${running[@]}"; do
    kill -TERM -- "-$pid" 2>/dev/null || true
  done
  for pid in "${running[@]}"; do
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$tmp"
}
trap clean_up EXIT
trap 'echo; echo "test.sh: interrupted" >&2; exit 130' INT TERM HUP

# step LOG COMMAND...: runs it as a group of its own, its output in the log.
step() {
  local log=$1 code=0
  shift
  setsid "$@" >"$log" 2>&1 </dev/null &
  running=($!)
  wait $! || code=$?
  running=()
  return $code
}

seconds_since() { echo $(((${EPOCHREALTIME/./} - $1) / 1000000)); }

# count NAME LOG CODE BEGIN: adds the log's last "N passed, N failed" up, and says so in one line.
count() {
  local name=$1 log=$2 code=$3 begin=$4 line p=0 f=0 s
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1 || true)
  if [ -n "$line" ]; then
    p=${line%% *} f=${line#*, } f=${f%% *}
  fi
  if [ "$code" -ne 0 ] && [ "$f" -eq 0 ]; then
    f=1
    echo "-- $name ended with $code; the end of its output:"
    tail -n 30 "$log"
  fi
  s=$(grep -c '^skip ' "$log" || true)
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  printf '%-18s %6d passed, %d failed  (%d s)\n' "$name" "$p" "$f" "$(seconds_since "$begin")"
  [ "$s" -eq 0 ] || grep '^skip ' "$log"
}

first_try() {
  again=$((again + 1))
  echo "-- $1 failed at the first try, and was run once more"
}

# A step that must be for the others to make sense.
must() {
  local name=$1 begin=${EPOCHREALTIME/./} code=0
  shift
  step "$tmp/must" "$@" || code=$?
  if [ $code -ne 0 ]; then
    cat "$tmp/must"
    echo "-- $name failed"
    echo "$passed passed, $((failed + 1)) failed"
    exit 1
  fi
  printf '%-18s %s\n' "$name" "done ($(seconds_since "$begin") s)"
}

# setup FOLDER OPTION...: a build tree, made or brought up to date.
setup() {
  local folder=$1
  shift
  # shellcheck disable=SC2016
  must "$folder" bash -c 'f=$1; shift; [ -f "$f/build.ninja" ] || meson setup "$f" "$@"; ninja -C "$f" -j "$(nproc)"' - "$folder" "$@"
}

# meson_suite PART FOLDER SUITE: its programs, and those that fail once more, one at a time.
meson_suite() {
  local begin=${EPOCHREALTIME/./} code=0 logs=() name names=()
  rm -f "$2/meson-logs/testlog.json"
  step "$tmp/meson" meson test -C "$2" --no-rebuild --num-processes "$(nproc)" --suite "$3" || true
  if [ -e "$2/meson-logs/testlog.json" ]; then
    cp "$2/meson-logs/testlog.json" "$tmp/first.json"
    logs=("$tmp/first.json")
    [ -n "$strict" ] || mapfile -t names < <(scripts/lib/meson_results.py --failed "$tmp/first.json")
    if [ ${#names[@]} -gt 0 ]; then
      step "$tmp/meson" meson test -C "$2" --no-rebuild --num-processes 1 "${names[@]}" || true
      cp "$2/meson-logs/testlog.json" "$tmp/second.json"
      logs+=("$tmp/second.json")
      for name in "${names[@]}"; do
        first_try "$1: $name"
      done
    fi
    scripts/lib/meson_results.py "${logs[@]}" >"$tmp/$1" || code=$?
    head -n -1 "$tmp/$1"
  else
    code=1
    cp "$tmp/meson" "$tmp/$1"
  fi
  count "$1" "$tmp/$1" $code "$begin"
}

# plan_step NAME COMMAND...
plan_step() {
  local name=$1 begin=${EPOCHREALTIME/./} code=0
  shift
  step "$tmp/plan" "$@" || code=$?
  grep -vE '^ok |^[0-9]+ passed' "$tmp/plan" || true
  count "$name" "$tmp/plan" $code "$begin"
}

part_plan() {
  plan_step plan/self-test tests/floors/check_floors.py --self-test
  plan_step plan/floors tests/floors/check_floors.py --build build
  plan_step conformance tests/floors/check_conformance.py
  plan_step format/self-test tests/floors/check_format.sh --self-test
  plan_step format/files tests/floors/check_format.sh
}

part_unit() { meson_suite unit build unit; }

part_asan() {
  setup build-asan -Dengines_only=true -Db_sanitize=address,undefined --werror
  meson_suite asan build-asan unit
}

# A batch of 1,000 schedules is one test, and so is a planted fault.
part_sim() {
  local begin=${EPOCHREALTIME/./} schedules=10000 code=0
  [ -z "${VIPD_NIGHTLY:-}" ] || schedules=100000
  step "$tmp/sim" build/tests/sim/sim --schedules "$schedules" || code=$?
  grep -vE '^[0-9]+ (passed|steps)' "$tmp/sim" | head -n 40 || true
  count sim "$tmp/sim" $code "$begin"
  begin=${EPOCHREALTIME/./} code=0
  step "$tmp/plant" tests/sim/plant.py --build build || code=$?
  grep -vE '^ok |^[0-9]+ passed' "$tmp/plant" || true
  count sim/planted "$tmp/plant" $code "$begin"
}

part_golden() {
  if ! meson introspect build --tests | grep -q ':golden"'; then
    skipped=$((skipped + 1))
    echo "golden: skipped, there are none yet"
    return
  fi
  meson_suite golden build golden
}

# One target: a corpus of its own to write to, the seeds of tests/fuzz/corpus to read.
fuzz_one() {
  local target=$1 seconds=$2 name folder code=0
  name=${target##*/fuzz_}
  folder=$tmp/fuzz-$name
  mkdir -p "$folder/corpus"
  local seeds=("$folder/corpus")
  [ ! -d "tests/fuzz/corpus/$name" ] || seeds+=("tests/fuzz/corpus/$name")
  "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=3000 -artifact_prefix="$folder/" "${seeds[@]}" \
    >"$folder/log" 2>&1 </dev/null || code=$?
  echo $code >"$folder/code"
}

part_fuzz() {
  local begin seconds=4 target targets=() name p=0 f=0 i
  [ -z "${VIPD_NIGHTLY:-}" ] || seconds=60
  CC=clang-14 setup build-fuzz -Dfuzz=true -Dtests=false -Dengines_only=true -Db_sanitize=address,undefined
  begin=${EPOCHREALTIME/./}
  for target in build-fuzz/tests/fuzz/fuzz_*; do
    [ ! -x "$target" ] || [ -d "$target" ] || targets+=("$target")
  done
  for ((i = 0; i < ${#targets[@]}; i += $(nproc))); do
    running=()
    for target in "${targets[@]:i:$(nproc)}"; do
      setsid "$BASH" -c "$(declare -f fuzz_one); tmp=\$1; fuzz_one \"\$2\" \"\$3\"" - "$tmp" "$target" "$seconds" </dev/null &
      running+=($!)
    done
    wait "${running[@]}" || true
    running=()
  done
  for target in "${targets[@]}"; do
    name=${target##*/fuzz_}
    if [ "$(cat "$tmp/fuzz-$name/code" 2>/dev/null)" = 0 ]; then
      p=$((p + 1))
    else
      f=$((f + 1))
      echo "-- fuzz $name:"
      tail -n 40 "$tmp/fuzz-$name/log"
      for i in "$tmp/fuzz-$name"/{crash,leak,timeout,oom}-*; do
        [ ! -e "$i" ] || echo "   input (base64): $(base64 -w 0 "$i" | head -c 4000)"
      done
    fi
  done
  echo "$p passed, $f failed" >"$tmp/fuzz"
  count fuzz "$tmp/fuzz" $((f > 0)) "$begin"
}

# lab_run NAME PART: what failed in it is shown.
lab_run() {
  local name=$1 part=$2 limit=${VIPD_NIGHTLY:+3600} code=0
  limit=${limit:-600}
  step "$tmp/lab" timeout -k 60 "$limit" "tests/lab/$name.sh" || code=$?
  [ $code -ne 124 ] || echo "-- $part/$name took longer than $limit s and was ended"
  grep -vE '^ok |^skip |^[0-9]+ passed' "$tmp/lab" | grep -A 40 '^not ok' || true
  return $code
}

# lab_one NAME [PART]
lab_one() {
  local name=$1 part=${2:-lab} begin=${EPOCHREALTIME/./} code=0
  lab_run "$name" "$part" >"$tmp/shown" || code=$?
  if [ $code -ne 0 ] && [ -z "$strict" ]; then
    sed 's/^not ok/first try: &/' "$tmp/shown"
    grep -q '^not ok' "$tmp/shown" || tail -n 20 "$tmp/lab" | sed 's/^/first try: /'
    first_try "$part/$name"
    code=0
    lab_run "$name" "$part" >"$tmp/shown" || code=$?
  fi
  cat "$tmp/shown"
  count "$part/$name" "$tmp/lab" $code "$begin"
}

part_lab() {
  local test begin=${EPOCHREALTIME/./} left
  need_root
  for test in tests/lab/*.sh; do
    test=$(basename "$test" .sh)
    # What tests share is no test.
    [[ $test == lib || $test == *_lib ]] || lab_one "$test"
  done
  left=$(ls -d /run/netns/"$VIPD_LAB_PREFIX"-* /run/vipd-lab/"$VIPD_LAB_PREFIX"-* /run/vipd/"$VIPD_LAB_PREFIX"-* \
    /run/dpdk/"$VIPD_LAB_PREFIX"-* /var/tmp/vipd-lab-"$VIPD_LAB_PREFIX"-* 2>/dev/null || true)
  if [ -z "$left" ]; then
    echo "1 passed, 0 failed" >"$tmp/left"
  else
    printf -- '-- left behind by the lab tests:\n%s\n' "$left"
    echo "0 passed, 1 failed" >"$tmp/left"
  fi
  count lab/leftovers "$tmp/left" 0 "$begin"
}

# unit_some NAME FOLDER PATTERN...: programs of the unit tests, one after the other.
unit_some() {
  local name=$1 folder=$2 pattern program begin=${EPOCHREALTIME/./} code=0 p=0 f=0 line
  for pattern in "${@:3}"; do
    for program in "$folder"/tests/unit/test_$pattern; do
      [ -f "$program" ] && [ -x "$program" ] || continue
      code=0
      step "$tmp/one" timeout 300 "$program" || code=$?
      line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$tmp/one" | tail -n 1 || true)
      [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]] && p=$((p + BASH_REMATCH[1])) f=$((f + BASH_REMATCH[2]))
      if [ -z "$line" ] || { [ $code -ne 0 ] && [[ $line == *" 0 failed" ]]; }; then
        f=$((f + 1))
      fi
      [ $code -eq 0 ] || { echo "-- ${program##*/}:" && tail -n 40 "$tmp/one"; }
    done
  done
  echo "$p passed, $f failed" >"$tmp/some"
  count "$name" "$tmp/some" $((f > 0)) "$begin"
}

part_threads() {
  # It does not know the fences of neigh, which are no part of this.
  setup build-tsan -Db_sanitize=thread -Dc_args=-Wno-tsan --werror
  unit_some threads build-tsan 'probe_*' 'mail_*' 'health_*' io_loop
}

# Each director's graceful end is part of these tests: a leak or an undefined operation makes it end with another code.
part_lab-asan() {
  local test
  need_root
  setup build-lab-asan -Db_sanitize=address,undefined -Dc_args=-fno-sanitize-recover=all --werror
  unit_some lab-asan/unit build-lab-asan 'probe_*' 'mail_*' 'notify_*' 'io_*'
  export VIPD_BUILD=$top/build-lab-asan
  for test in console dns drain health_checks health_tutorial pair punt reload two_arm workers; do
    lab_one $test lab-asan
  done
  unset VIPD_BUILD
}

begin=${EPOCHREALTIME/./}
[ -z "$install" ] || scripts/install-deps.sh
must build scripts/build.sh --werror
for part in "${parts[@]}"; do
  case $part in
  lab/*) need_root && lab_one "${part#lab/}" ;;
  *) "part_$part" ;;
  esac
done
echo "took $(seconds_since "$begin") s"
line="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || line="$line, $skipped skipped"
[ "$again" -eq 0 ] || line="$line ($again at the second try)"
echo "$line"
[ "$failed" -eq 0 ]
