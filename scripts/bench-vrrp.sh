#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Measures VRRP in the lab, as docs/vrrp.md quotes it: how long failovers take, vipd beside keepalived by one harness, and how
# punctual adverts at 10 ms are while other things happen. Needs two CPUs: the control lcore has CPU 0 alone, all else CPU 1.
#   scripts/bench-vrrp.sh [--runs N] [--seconds N] [PART ...]
# PART: failover (1 and 1,000 VIPs), adverts, announce (at the port's Tx, over net_pcap). A table on stdout, no verdict.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"
runs=20 seconds=10 parts=()
while [ $# -gt 0 ]; do
  case $1 in
  --runs) runs=$2 && shift ;;
  --seconds) seconds=$2 && shift ;;
  failover | adverts | announce) parts+=("$1") ;;
  -h | --help) sed -n '3,/^set /{/^#/s/^# \?//p}' "$0" && exit 0 ;;
  *) die "what is $1? parts are failover adverts announce" ;;
  esac
  shift
done
[ ${#parts[@]} -gt 0 ] || parts=(failover adverts announce)
need_root
cd "$top"

LAB=bench$$
tmp=$(mktemp -d)
mkdir "$tmp/folder"
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
on() { ip netns exec "$LAB-$1" taskset -c 1 "${@:2}"; }
vip=192.168.200.16

lab_up() {
  lab up
  up=1
}
lab_down() {
  lab down
  up=
}

part_failover() {
  lab_up
  tests/lab/failover_times.py --lab $LAB --runs "$runs" --folder "$tmp/folder" --json "$tmp/failover.json"
  lab_down
}

# config VIPS SERVERS: one instance at 10 ms with so many VIPs, a service, and so many real servers that get nothing.
config() {
  /usr/bin/python3 - "$1" "$2" <<'END'
import sys
vips, servers = map(int, sys.argv[1:])
print("""vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 254
    advert_int 0.01
    virtual_ipaddress {
        192.168.200.16
    }
    virtual_ipaddress_excluded {""")
for i in range(vips - 1):
    print(f"        10.51.{i // 250}.{i % 250 + 1}")
print("    }\n}")
for s in range(1 + servers // 50):
    print(f"virtual_server 192.168.200.16 {80 + s} {{\n    lb_kind FNAT\n    protocol TCP")
    for r in range(3 if s == 0 else 50):
        print(f"    real_server 192.168.200.{101 + r if s == 0 else 104 + r} 80 {{ weight {1 if s == 0 else 0} }}")
    print("}")
END
}

steal() { awk '/^cpu / { print $9, $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 }' /proc/stat; }

# punctual NAME COMMAND...: captures for the time that the command takes, or so many seconds, and prints the gaps.
punctual() {
  local name=$1 capture from
  shift
  rm -f "$tmp/capture"
  ip netns exec "$LAB-lan" taskset -c 1 tests/lab/capture.py lan "$tmp/capture" &
  capture=$!
  wait_for 10 test -e "$tmp/capture" || die "the capture does not start"
  from=$(steal)
  "$@" >"$tmp/load" 2>&1 || true
  kill $capture
  wait $capture || die "the capture failed"
  /usr/bin/python3 - "$name" "$tmp/capture" "$from" "$(steal)" <<'END'
import json, sys
name, file, before, after = sys.argv[1:]
t = [d["t"] for d in map(json.loads, open(file)) if d["kind"] == "advert"]
gaps = sorted(b - a for a, b in zip(t, t[1:]))
(s0, c0), (s1, c1) = (map(float, x.split()) for x in (before, after))
at = lambda p: 1000 * gaps[min(len(gaps) - 1, int(len(gaps) * p))]
print(f"  {name:44} {at(.5):7.3f} {at(.99):7.3f} {at(.999):7.3f} {1000 * gaps[-1]:7.3f}  {len(gaps):6}   {100 * (s1 - s0) / max(c1 - c0, 1):.2f} %")
END
}

# A clock to wait by, not a load: reads from a pipe that nobody writes to.
wait_seconds() { timeout "$seconds" tail -f /dev/null || true; }
flood() {
  local pid pids=() i
  for i in 1 2 3; do
    on client timeout "$seconds" ping -f -q $vip &
    pids+=($!)
  done
  on client timeout "$seconds" wrk -t 1 -c 50 -d "$seconds" http://$vip/ &
  pids+=($!)
  for pid in "${pids[@]}"; do wait "$pid" || true; done
  lab vipctl A -j show port
}
reloads() {
  local end=$((SECONDS + seconds)) n=0
  while [ $SECONDS -lt $end ]; do
    config 1 $((n % 2 * 1000)) >"$tmp/A.conf"
    taskset -c 1 build/app/vipctl/vipctl -n "$LAB-A" reload
    n=$((n + 1))
  done
}
# From the start on: becomes MASTER, puts all VIPs on the tap, announces each five times, and again every second.
with_vips() {
  config 1000 0 | sed 's/advert_int 0.01/&\n    garp_master_refresh 1/' >"$tmp/A.conf"
  start
  wait_seconds
}
start() {
  scripts/lab -n $LAB director start A --config "$tmp/A.conf" --dataplane "$tmp/A.json"
  wait_for 10 sh -c "scripts/lab -n $LAB vipctl A show vrrp | grep -qw MASTER" || die "the director is not MASTER"
}

part_adverts() {
  lab_up
  lab dataplane A | /usr/bin/python3 -c 'import json, sys
d = json.load(sys.stdin)
d["eal"].update(main_lcore="0@1", control_lcore="1@0", worker_lcores=["2@1"])
d["poll"] = "busy"
d["log"] = {"to": "stderr", "level": "debug"}
json.dump(d, sys.stdout)' >"$tmp/A.json"
  # Whatever else the lab runs belongs on the other CPU.
  for host in web1 web2 web3; do
    for pid in $(ip netns pids "$LAB-$host"); do taskset -a -p -c 1 "$pid" >/dev/null; done
  done
  printf 'gaps between adverts at 10 ms; ms:              %7s %7s %7s %7s  %6s   steal\n' p50 p99 p99.9 max n
  config 1 0 >"$tmp/A.conf"
  start
  punctual "nothing else" wait_seconds
  punctual "data-plane flood (3 ping -f, wrk, one CPU)" flood
  punctual "reloads, 0 and 1,000 real servers in turn" reloads
  lab director stop A
  punctual "1,000 VIPs, from the start on, all logged" with_vips
  lab_down
}

# One director alone on net_pcap: the PMD stamps what it is given. Becomes MASTER once; three rounds are enough.
part_announce() {
  local n
  printf 'at the port'"'"'s Tx (net_pcap): first advert to first and last announcement of the first round; ms\n'
  for n in 1 1000; do
    for ((i = 0; i < 5; i++)); do
      announce_once "$n"
    done | /usr/bin/python3 -c 'import statistics, sys
first, last = zip(*(map(float, line.split()) for line in sys.stdin))
print(f"  {sys.argv[1]:>5} VIPs: first {statistics.median(first):.3f}, last {statistics.median(last):.3f} (medians of {len(first)})")' "$n"
  done
}
announce_once() {
  local pid
  config "$1" 0 | sed 's/192.168.200.16/10.50.0.1/' >"$tmp/P.conf"
  /usr/bin/python3 - "$tmp" <<'END'
import json, struct, sys
tmp = sys.argv[1]
open(tmp + "/in.pcap", "wb").write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
json.dump({"eal": {"main_lcore": "0@1", "control_lcore": "1@0", "worker_lcores": ["2@1"], "memory_mb": 256, "hugepages": False},
           "ports": [{"name": "eth0", "device": f"net_pcap0,rx_pcap={tmp}/in.pcap,tx_pcap={tmp}/out.pcap",
                      "addresses": ["10.50.0.11/24"], "mac": "02:00:00:00:00:11"}]}, open(tmp + "/P.json", "w"))
END
  rm -f "$tmp/out.pcap"
  build/app/vipd/vipd -n "$LAB-P" -f "$tmp/P.conf" -d "$tmp/P.json" 2>"$tmp/P.log" &
  pid=$!
  wait_for 10 sh -c "build/app/vipctl/vipctl -n $LAB-P -j show vrrp 2>/dev/null | grep -q MASTER" || die "$(cat "$tmp/P.log")"
  wait_for 10 test "$(stat -c %s "$tmp/out.pcap" 2>/dev/null || echo 0)" -gt 0 || true
  kill $pid
  wait $pid || true
  /usr/bin/python3 - "$tmp/out.pcap" "$1" <<'END'
import struct, sys
data, n = open(sys.argv[1], "rb").read(), int(sys.argv[2])
magic = struct.unpack("<I", data[:4])[0]
unit = 1e9 if magic == 0xa1b23c4d else 1e6
at, first, seen, start = 24, None, {}, None
while at < len(data):
    s, f, size, _ = struct.unpack("<IIII", data[at:at + 16])
    frame, t = data[at + 16:at + 16 + size], s + f / unit
    at += 16 + size
    if frame[12:14] == b"\x08\x00" and frame[23] == 112 and start is None and frame[36]:
        start = t
    elif frame[12:14] == b"\x08\x06" and start is not None and frame[28:32] == frame[38:42]:
        seen.setdefault(frame[28:32], t)
times = sorted(v for k, v in seen.items() if k != bytes([10, 50, 0, 11]))
assert len(times) == n, (len(times), n)
print(f"{1000 * (times[0] - start):.3f} {1000 * (times[-1] - start):.3f}")
END
}

for part in "${parts[@]}"; do
  "part_$part"
done
