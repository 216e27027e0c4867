#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Configurations of health checks: what `keepalived -t` passes, complains of and refuses, vipd does, too (some 900 files,
# check_configs.py, which lists what is meant to differ); and what their words come to is what keepalived makes of them,
# whose checker runs here over a kernel that plays IPVS (fake_ipvs.c), and what is written by hand for its samples.
. "$(dirname "$0")/lib.sh"

lab_begin
values=$build/tests/tools/check-values
[ -x "$values" ] || die "$values is not built (meson option tests)"
cc -shared -fPIC -o "$tmp/fake_ipvs.so" "$here/fake_ipvs.c"
cat >"$tmp/box.json" <<'END2'
{ "ports": [ { "name": "eth0", "device": "net_tap0,iface=wire0", "driver": "net_tap",
               "addresses": ["192.168.200.11/24", "2001:db8:200::11/64"],
               "gateways": ["192.168.200.1", "2001:db8:200::1"] },
             { "name": "eth1", "device": "net_tap1,iface=wire1", "driver": "net_tap", "addresses": ["192.168.201.11/24"] } ] }
END2
configs=$here/check_configs.py

# each NAME FILE: of lines that tell a difference, the last one a count: a check for each.
each() {
  local line
  if [ "$(wc -l <"$2")" = 1 ]; then
    ok "$1 ($(cat "$2"))"
  fi
  while read -r line; do
    not_ok "$1: ${line%%: keepalived*}" "$line"
  done < <(head -n -1 "$2")
}
"$configs" compare "$vipd" "$tmp/box.json" "$LAB-client" >"$tmp/compared"
is "every configuration is compared" "$(wc -l <"$tmp/compared")" "$("$configs" list | wc -l)"
"$configs" judge "$tmp/compared" >"$tmp/judged"
each "keepalived -t and vipd -t agree" "$tmp/judged"

"$configs" bundle "$tmp/compared" "$tmp/all.conf" >"$tmp/count"
"$configs" values "$values" "$tmp/fake_ipvs.so" "$LAB-client" "$tmp/all.conf" >"$tmp/valued"
each "$(cat "$tmp/count") configurations come to the same" "$tmp/valued"

samples=/usr/share/doc/keepalived/samples
if [ -d $samples ]; then
  "$configs" samples "$values" $samples "$top/tests/configs/samples.values" >"$tmp/hand"
  each "keepalived's samples mean what is written by hand" "$tmp/hand"
  for sample in "$samples"/keepalived.conf.*; do
    ! grep -q 'virtual_server [0-9a]' "$sample" || cp "$sample" "$tmp/"
  done
  "$configs" values "$values" "$tmp/fake_ipvs.so" "$LAB-client" "$tmp"/keepalived.conf.* >"$tmp/sampled"
  each "keepalived's samples come to the same" "$tmp/sampled"
  for sample in "$samples"/keepalived.conf.*; do
    code=0
    on client keepalived -t -f "$sample" >/dev/null 2>&1 || code=$?
    [ $code = 0 ] || continue
    holds "vipd -t passes ${sample##*/}" "$vipd" -t -f "$sample" -d "$tmp/box.json"
  done
else
  echo "skip keepalived's samples: they are not installed"
fi
finish
