# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Where EAL may take the port's plugin from: not from below a folder that everyone may write to. Sourced after common.sh.

# shellcheck disable=SC2034
bench=$build/app/vipd-bench/vipd-bench
plugin=$build/app/vipd-bench/libvipd_bench_port.so
plugin_copy=

everyone_writes() {
  local d
  d=$(readlink -f "$1")
  while [ "$d" != / ]; do
    d=$(dirname "$d")
    [ $((0$(stat -c %a "$d") & 2)) -eq 0 ] || return 0
  done
  return 1
}

# Sets `plugin`, and what vipd-bench goes by; a copy is made if need be.
plugin_place() {
  if everyone_writes "$plugin"; then
    plugin_copy=$(mktemp -d -p "${XDG_RUNTIME_DIR:-/run}" vipd-bench.XXXXXX)
    cp "$plugin" "$plugin_copy/"
    plugin=$plugin_copy/${plugin##*/}
  fi
  export VIPD_BENCH_PLUGIN=$plugin
}

plugin_forget() { [ -z "$plugin_copy" ] || rm -rf "$plugin_copy"; }
