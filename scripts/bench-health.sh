#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Measures health checks in the lab, as docs/health.md quotes it: how many TCP checks a second go through the kernel tap, the
# port and back before they begin late or fail, and how long adverts at 10 ms wait beside that.
#   scripts/bench-health.sh [--seconds N] [RATE ...]
# RATE: TCP checks a second (500 1000 2000 3000 4000 unless told). Each is a row on stdout: what was reached, how late the
# latest began, failures, CPU of the whole process. No verdict.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"
seconds=10 rates=()
while [ $# -gt 0 ]; do
  case $1 in
  --seconds) seconds=$2 && shift ;;
  -h | --help) sed -n '3,/^set /{/^#/s/^# \?//p}' "$0" && exit 0 ;;
  *[!0-9]* | '') die "what is $1? a rate is a number of checks a second" ;;
  *) rates+=("$1") ;;
  esac
  shift
done
[ ${#rates[@]} -gt 0 ] || rates=(500 1000 2000 3000 4000)
need_root
cd "$top"

LAB=bench$$
tmp=$(mktemp -d)
up=
finish() {
  trap - EXIT
  trap '' INT TERM HUP
  [ -z "$up" ] || scripts/lab -n $LAB down
  rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP
lab() { scripts/lab -n $LAB "$@"; }

# config N: N real servers on three hosts, each checked once a second; 16 of them, or all, are one service.
config() {
  /usr/bin/python3 - "$1" <<'END'
import sys
n = int(sys.argv[1])
print("""vrrp_instance V {
  state BACKUP
  interface eth0
  virtual_router_id 71
  priority 254
  version 3
  advert_int 0.01
  virtual_ipaddress { 192.168.200.16/32 }
}""")
for first in range(0, n, 16):
    print(f"virtual_server 192.168.200.16 {1000 + first // 16} {{\n  protocol TCP\n  lb_kind FNAT\n  delay_loop 1\n  connect_timeout 1\n  retry 1")
    for i in range(first, min(first + 16, n)):
        host, number = i % 3 + 1, i // 3
        print(f"  real_server 10.99.{host * 16 + number // 250}.{number % 250 + 1} 80 {{ TCP_CHECK {{ }} }}")
    print("}")
END
}

# rows of JSON: runs, failures, late_max, states
sample() {
  lab vipctl A show health -j | /usr/bin/python3 -c '
import json, sys, time
d = json.load(sys.stdin)
c = d["checks"]
print(time.monotonic(), d["probe"]["runs"], sum(k["failures"] for k in c), d["probe"]["late_max"] * 1000, sum(k["state"] != "up" for k in c))'
}
cpu() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

printf '%8s %12s %12s %10s %8s %8s\n' asked 'checks/s' 'late max ms' failures 'not up' 'CPU %'
for rate in "${rates[@]}"; do
  up=1
  lab up
  for host in 1 2 3; do
    # Every address of these is the host's own.
    ip -n $LAB-web$host route add local 10.99.$((host * 16)).0/20 dev lo
  done
  lab dataplane A | /usr/bin/python3 -c '
import json, sys
d = json.load(sys.stdin)
d["ports"][0].setdefault("routes", []).extend({"to": f"10.99.{h * 16}.0/20", "via": f"192.168.200.{100 + h}"} for h in (1, 2, 3))
json.dump(d, sys.stdout)' >"$tmp/dataplane.json"
  config "$rate" >"$tmp/vipd.conf"
  lab director start A --config "$tmp/vipd.conf" --dataplane "$tmp/dataplane.json" >/dev/null
  pid=$(cat /run/vipd-lab/$LAB/A.pid)
  all_run() { lab vipctl A show health -j | /usr/bin/python3 -c 'import json, sys; sys.exit(any(k["runs"] < 2 for k in json.load(sys.stdin)["checks"]))'; }
  wait_for 30 all_run || echo "not every check ran twice within 30 s" >&2
  read -r t0 r0 f0 _ _ < <(sample)
  c0=$(cpu "$pid")
  sleep "$seconds"
  read -r t1 r1 f1 late down < <(sample)
  c1=$(cpu "$pid")
  awk -v r="$rate" -v t="$t0 $t1" -v n="$r0 $r1" -v f="$((f1 - f0))" -v l="$late" -v d="$down" -v c="$((c1 - c0))" '
    BEGIN { split(t, T, " "); split(n, N, " "); s = T[2] - T[1]
            printf "%8d %12.0f %12.1f %10d %8d %8.0f\n", r, (N[2] - N[1]) / s, l, f, d, c / s }'
  lab director stop A >/dev/null
  lab down
  up=
done
