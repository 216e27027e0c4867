#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Measures what a large configuration costs at start and at a reload: CPU time of the main thread, the longest turn of the
# control lcore and of a worker, and adverts that left late; with nothing, a tenth of the services, or every real server changed.
#   scripts/bench-reload.sh [-j] [--services N] [--servers N] [--times N] [--kinds KIND,...] [--on-link]
# 10,000 services with 100,000 real servers between them (--servers counts all), 10,000 VIPs, VRRP at 100 ms, unless told;
# --on-link: each server is a neighbour. Runs twice: once control, once the worker has a CPU of its own, and goes first there
# (with permission). About a minute. No network is needed; nothing is left behind.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"
case ${1:-} in
-h | --help) sed -n '3,/^set /{/^#/s/^# \?//p}' "$0" && exit 0 ;;
esac
[ -x "$vipd" ] || die "$vipd is not built: run scripts/build.sh"
export PYTHONDONTWRITEBYTECODE=1
exec timeout 900 "$top/scripts/lib/reload_bench.py" --vipd "$vipd" --vipctl "$vipctl" "$@"
