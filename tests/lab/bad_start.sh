#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What cannot start says so: one clear line, the documented exit code, within a second.
. "$(dirname "$0")/lib.sh"

lab_begin
state=/run/vipd-lab/$LAB
lab service "$net4.16" FNAT 80 >"$tmp/good.conf"
cp "$state/dataplane-A.json" "$tmp/good.json"
chmod 755 "$tmp"
# sysctl-free root is root: what it may not read is tried as nobody.
as_nobody=(setpriv --reuid nobody --regid nogroup --clear-groups)

# refuses NAME CODE WORDS COMMAND...: exit code, one line on stderr that has the words (warnings and notes of the
# configuration aside), a second at most.
refuses() {
  local name=$1 code=$2 words=$3 begin took found lines try
  shift 3
  # On a machine that others use, too, the best of three tells how long it takes.
  for try in 1 2 3; do
    begin=${EPOCHREALTIME/./} found=0
    on dirA timeout 20 "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || found=$?
    took=$(((${EPOCHREALTIME/./} - begin) / 1000))
    [ "$took" -gt 1000 ] || break
  done
  lines=$(grep -vcE ': (warning|note): ' "$tmp/err" || true)
  if [ "$found" = "$code" ] && [ "$lines" = 1 ] && grep -qiE "$words" "$tmp/err" && [ "$took" -le 1000 ]; then
    ok "$name: $found in $took ms: $(cat "$tmp/err")"
  else
    not_ok "$name" "exit code $found (expected $code), $lines errors (expected 1, with '$words'), $took ms (at most 1000, try $try):
$(head -n 20 "$tmp/err")"
  fi
}
edit() {
  /usr/bin/python3 - "$tmp/good.json" "$tmp/$1.json" "$2" <<'END'
import json, sys
d = json.load(open(sys.argv[1]))
exec(sys.argv[3])
json.dump(d, open(sys.argv[2], "w"), indent=1)
END
  chmod 644 "$tmp/$1.json"
}

refuses "configuration missing" 4 "none.conf" "$vipd" -n "$LAB-x" -f "$tmp/none.conf" -d "$tmp/good.json"
refuses "dataplane file missing" 4 "none.json" "$vipd" -n "$LAB-x" -f "$tmp/good.conf" -d "$tmp/none.json"
refuses "configuration is a folder" 4 "$tmp" "$vipd" -n "$LAB-x" -f "$tmp" -d "$tmp/good.json"

sed 's/192.168.200.102/192.168.200.1o2/' "$tmp/good.conf" >"$tmp/address.conf"
refuses "malformed address" 5 "address.conf:[0-9]+:[0-9]+: error: .*192.168.200.1o2" \
  "$vipd" -n "$LAB-x" -f "$tmp/address.conf" -d "$tmp/good.json"
printf 'vrrp_instance V {\n interface eth9\n virtual_router_id 5\n priority 100\n virtual_ipaddress {\n 192.168.200.16\n }\n}\n' >"$tmp/interface.conf"
refuses "an interface that no port has" 5 "interface.conf:2:[0-9]+: error: .*eth9" \
  "$vipd" -n "$LAB-x" -f "$tmp/interface.conf" -d "$tmp/good.json"
edit unknown 'd["ports"][0]["addreses"] = d["ports"][0].pop("addresses")'
refuses "unknown key in the dataplane file" 5 'ports\[0\].addreses.*did you mean addresses' \
  "$vipd" -n "$LAB-x" -f "$tmp/good.conf" -d "$tmp/unknown.json"
head -c 100 "$tmp/good.json" >"$tmp/broken.json"
refuses "broken JSON" 5 "broken.json:[0-9]+:[0-9]+: error" "$vipd" -n "$LAB-x" -f "$tmp/good.conf" -d "$tmp/broken.json"

refuses "unknown option" 2 "bogus" "$vipd" --bogus
edit lcores 'd["eal"]["worker_lcores"] = []'
refuses "fewer than three lcores" 2 "lcore" "$vipd" -n "$LAB-x" -f "$tmp/good.conf" -d "$tmp/lcores.json"
refuses "fewer than three lcores on the command line" 2 "lcore" \
  "$vipd" --no-huge -m 256 --no-pci --lcores 0@0,1@0 -- -n "$LAB-x" -f "$tmp/good.conf" -d "$tmp/good.json"
edit eal 'd["eal"]["extra"] = ["--no-such-option"]'
refuses "an option that EAL refuses" 2 "no-such-option|EAL" "$vipd" -n "$LAB-x" -f "$tmp/good.conf" -d "$tmp/eal.json"

edit device 'd["ports"][0]["device"] = "0000:7f:1f.7"; d["ports"][0].pop("driver")'
refuses "a PCI device that does not exist" 1 "0000:7f:1f.7" "$vipd" -n "$LAB-x" -f "$tmp/good.conf" -d "$tmp/device.json"
edit vdev 'd["ports"][0]["device"] = "net_nosuch0"; d["ports"][0].pop("driver")'
refuses "a virtual device that does not exist" 1 "net_nosuch0" "$vipd" -n "$LAB-x" -f "$tmp/good.conf" -d "$tmp/vdev.json"
edit memory 'd["eal"]["memory_mb"] = 1000000'
refuses "more memory than there is" 1 "memory" "$vipd" -n "$LAB-x" -f "$tmp/good.conf" -d "$tmp/memory.json"
if ! grep -q '^HugePages_Total: *[1-9]' /proc/meminfo; then
  edit huge 'd["eal"]["hugepages"] = True'
  refuses "huge pages where there are none" 1 "huge" "$vipd" -n "$LAB-x" -f "$tmp/good.conf" -d "$tmp/huge.json"
fi

chmod 600 "$tmp/good.conf"
nobody_vipd=$vipd
if ! "${as_nobody[@]}" test -x "$vipd"; then
  cp "$vipd" "$tmp/vipd"
  nobody_vipd=$tmp/vipd
fi
refuses "configuration unreadable" 4 "good.conf.*[Pp]ermission" \
  "${as_nobody[@]}" "$nobody_vipd" -n "$LAB-x" -f "$tmp/good.conf" -d "$tmp/good.json"
chmod 644 "$tmp/good.conf" "$tmp/good.json"
refuses "no permission to be a director" 1 "permission|permitted|root" \
  "${as_nobody[@]}" "$nobody_vipd" -n "$LAB-x" -f "$tmp/good.conf" -d "$tmp/good.json"

is "no bad start leaves a socket" "$(ls "/run/vipd/$LAB-x.sock" 2>/dev/null)" ""
rm -rf "/run/dpdk/$LAB-x"
lab director start A --config "$tmp/good.conf"
holds "after all that a good start works" vc show status
finish
