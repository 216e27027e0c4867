#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Every C file of app, lib and tests is as clang-format 14 would write it. --self-test plants a file that is not.
# Ends with "N passed, N failed".
set -euo pipefail
top=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)

# check ROOT: prints each badly formatted file and its first place; the counts go to the variables.
check() {
  local files out bad
  mapfile -d '' -t files < <(find "$1/app" "$1/lib" "$1/tests" -name '*.[ch]' -print0 | sort -z)
  out=$(printf '%s\0' "${files[@]}" | xargs -0 -P "$(nproc)" -n 20 clang-format-14 --dry-run -Werror --style=file 2>&1) || true
  bad=$(printf '%s\n' "$out" | grep -E '^[^ ].*: error: ' | sort -t : -u -k 1,1 || true)
  [ -z "$bad" ] || printf '%s\n' "$bad"
  failed=$(printf '%s' "$bad" | grep -c . || true)
  passed=$((${#files[@]} - failed))
}

if [ "${1:-}" = --self-test ]; then
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
  mkdir -p "$root/app" "$root/lib" "$root/tests"
  cp "$top/.clang-format" "$root/"
  printf 'int\nf(void)\n{\n\treturn 0;\n}\n' >"$root/lib/good.c"
  printf 'int f(void) { return 0; }\n' >"$root/lib/bad.c"
  check "$root" >/dev/null
  if [ "$passed $failed" = "1 1" ]; then
    echo "ok - found: a badly formatted file"
    echo "1 passed, 0 failed"
  else
    echo "not ok - a badly formatted file is found ($passed passed, $failed failed)"
    echo "0 passed, 1 failed"
    exit 1
  fi
  exit 0
fi

check "$top"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
