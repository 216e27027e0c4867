#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Measures what a packet costs against flows, virtual servers, real servers, VIPs and neighbours, as docs/growth.md shows it.
#   scripts/bench-growth.sh [-j] [--quick] [--doc] [CURVE ...]
# CURVE: flows services servers vips neighbours (all). -j: JSON on stdout, not a table. --doc: draws docs/img/growth-*.svg anew
# and writes docs/img/growth.json, from which scripts/lib/bench_plot.py draws them. --quick: every second point, for a look.
# About ten minutes for all of it, two with --quick. No network is needed; nothing else is left behind.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"
# shellcheck source=scripts/lib/bench_port.sh
. "$top/scripts/lib/bench_port.sh"
json='' doc='' words=()
while [ $# -gt 0 ]; do
  case $1 in
  -j | --json) json=1 ;;
  --doc) doc=1 ;;
  --quick) words+=(--quick) ;;
  -h | --help) sed -n '3,/^set /{/^#/s/^# \?//p}' "$0" && exit 0 ;;
  -*) die "what is $1?" ;;
  *) words+=("$1") ;;
  esac
  shift
done
[ -x "$bench" ] || die "$bench is not built: run scripts/build.sh"
export PYTHONDONTWRITEBYTECODE=1
tmp=$(mktemp -d)
finish() {
  trap - EXIT
  trap '' INT TERM HUP
  plugin_forget
  rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP
plugin_place
timeout 1800 "$top/scripts/lib/growth_curves.py" --bench "$bench" "${words[@]}" >"$tmp/growth.json"
if [ -n "$doc" ]; then
  mkdir -p "$top/docs/img"
  cp "$tmp/growth.json" "$top/docs/img/growth.json"
  "$top/scripts/lib/bench_plot.py" "$tmp/growth.json" "$top/docs/img"
fi
if [ -n "$json" ]; then
  cat "$tmp/growth.json"
else
  /usr/bin/python3 - "$tmp/growth.json" <<'END'
import json, sys
for c in json.load(open(sys.argv[1]))["curves"]:
    print(f"{c['x']} ({c['stays']}): ns per packet")
    print(f"  {'':24}" + "".join(f"{p['n']:>10}" for p in c["series"][0]["points"]))
    for s in c["series"]:
        ns = {p["n"]: f"{p['ns']:10.1f}" for p in s["points"]}
        print(f"  {s['label']:24}" + "".join(ns.get(p["n"], f"{'-':>10}") for p in c["series"][0]["points"]))
END
fi
