#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Every C file of app, lib and tests is as clang-format 14 would write it. --self-test plants a file that is not.
# Ends with "N passed, N failed".
set -euo pipefail
top=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)

# check ROOT: prints each badly formatted place; the count goes to the variables.
check() {
  local file out
  passed=0 failed=0
  while IFS= read -r -d '' file; do
    if out=$(clang-format-14 --dry-run -Werror --style=file "$file" 2>&1); then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
      printf '%s\n' "$out" | grep -m 3 -A 2 'error:' || printf '%s\n' "$out"
    fi
  done < <(find "$1/app" "$1/lib" "$1/tests" -name '*.[ch]' -print0 | sort -z)
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
