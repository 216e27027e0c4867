#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Bulk: a download (1 GB with VIPD_NIGHTLY, else 200 MB) arrives with the right hash in each way and family, and iperf3
# runs through in both directions, TCP and UDP.
. "$(dirname "$0")/lib.sh"

lab_begin
one_server() {
  printf 'virtual_server %s 5201 {\n lb_algo rr\n lb_kind FNAT\n protocol %s\n real_server %s 5201 {\n weight 1\n }\n}\n' "$1" "$2" "$3"
}
{
  for kind in FNAT NAT DR; do
    for net in "$net4." "$net6:"; do
      lab service "$net${vip[$kind]}" "$kind" 80
    done
  done
  for protocol in TCP UDP; do
    one_server "$net4.16" $protocol "$net4.101"
    one_server "$net6:16" $protocol "$net6:101"
  done
} | director A

mb=${nightly:+1024}
mb=${mb:-200}
hash=$(lab big "$mb")
for kind in FNAT NAT DR; do
  for vs in "$net4.${vip[$kind]}" "[$net6:${vip[$kind]}]"; do
    begin=${EPOCHREALTIME/./}
    found=$(on client curl -s -m 240 "http://$vs/big" | sha256sum | cut -d ' ' -f 1)
    is "$kind: $mb MB from $vs arrive whole ($(((${EPOCHREALTIME/./} - begin) / 1000)) ms)" "$found" "$hash"
  done
done

on web1 iperf3 -s -D --pidfile "$tmp/iperf3.pid" >/dev/null
wait_for 5 on web1 ss -Hltn 'sport = :5201' || die "iperf3 does not listen"
seconds=${nightly:+10}
seconds=${seconds:-2}
run_iperf() {
  local name=$1
  shift
  if ! on client iperf3 -J -t "$seconds" "$@" >"$tmp/iperf" 2>&1; then
    not_ok "$name" "$(tail -n 5 "$tmp/iperf")"
    return
  fi
  rate=$(json 'round(d["end"].get("sum_received", d["end"].get("sum"))["bits_per_second"] / 1e6)' <"$tmp/iperf")
  if [ "$rate" -ge 10 ]; then
    ok "$name ($rate Mbit/s)"
  else
    not_ok "$name" "$rate Mbit/s only"
  fi
}
for vs in "$net4.16" "$net6:16"; do
  run_iperf "iperf3 to $vs, client sends" -c "$vs"
  run_iperf "iperf3 to $vs, server sends" -c "$vs" -R
  run_iperf "iperf3 to $vs, UDP" -c "$vs" -u -b 20M
  at_most "  of which lost" "$(json 'round(d["end"]["sum"]["lost_percent"], 3)' <"$tmp/iperf")" 1 %
done
finish
