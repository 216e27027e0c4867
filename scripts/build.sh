#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Builds vipd into build/ of this tree. What stands after the command goes to meson:
#   scripts/build.sh --werror -Dcpu=native
# A build/ that exists is configured again with these options, and otherwise only brought up to date.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

if [ ! -f build/build.ninja ]; then
  meson setup build "$@"
elif [ $# -gt 0 ]; then
  meson setup --reconfigure build "$@"
fi
exec ninja -C build -j "$(nproc)"
