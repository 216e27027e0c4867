#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Scripts that cannot be run, or that others than root could change: what -t says and with which code, that such a file
# neither starts nor reloads with enable_script_security, and that it does without.
. "$(dirname "$0")/lib.sh"

lab_begin
state=/run/vipd-lab/$LAB
mkdir "$tmp/s" "$tmp/s/open"
chmod 755 "$tmp" "$tmp/s"
printf '#!/bin/sh\nexit 0\n' >"$tmp/s/good"
cp "$tmp/s/good" "$tmp/s/wide"
cp "$tmp/s/good" "$tmp/s/plain"
cp "$tmp/s/good" "$tmp/s/open/good"
chmod 755 "$tmp/s/good" "$tmp/s/open/good"
chmod 777 "$tmp/s/wide" "$tmp/s/open"
chmod 644 "$tmp/s/plain"

# conf GLOBAL SCRIPT [USER]: a configuration whose line 6 has the script.
conf() {
  cat <<END
global_defs {
  ${1%%;*}
  ${1#*;}
}
virtual_server $net4.16 80 {
  quorum_up "$2" ${3:-}
  lb_kind FNAT
  protocol TCP
  real_server $net4.101 80 {
  }
}
END
}

# says NAME CODE LINES GLOBAL SCRIPT [USER]: exit code of -t, and what it says of scripts, $tmp/s written as S.
says() {
  local name=$1 code=$2 lines=$3 found=0 text
  conf "${@:4}" >"$tmp/f.conf"
  "$vipd" -t -f "$tmp/f.conf" -d "$state/dataplane-A.json" >"$tmp/out" 2>"$tmp/err" || found=$?
  text=$(sed -nE "s|^$tmp/||; s|$tmp/s/|S/|g; /not in effect yet/d; /: (error|warning): /p" "$tmp/err")
  if [ "$found" = "$code" ] && [ "$text" = "$lines" ]; then
    ok "$name"
  else
    not_ok "$name" "exit code $found (expected $code); said:
$text
expected:
$lines"
  fi
}
refuse="(enable_script_security would refuse it)"
safe="enable_script_security;script_user root" off="vrrp_version 2;script_user root"

says "a good script" 0 "" "$safe" "$tmp/s/good arg"
says "a program of PATH" 0 "" "$safe" "true"
says "a file that others may write" 6 \
  "f.conf:6:13: error: quorum_up: S/wide runs as root, and S/wide is writable by others (mode 0777)" "$safe" "$tmp/s/wide"
says "a folder that others may write" 6 \
  "f.conf:6:13: error: quorum_up: S/open/good runs as root, and S/open is writable by others (mode 0777)" "$safe" "$tmp/s/open/good x"
says "as nobody that is no matter" 0 "" "$safe" "$tmp/s/open/good" nobody
says "without enable_script_security a warning" 0 \
  "f.conf:6:13: warning: quorum_up: S/wide runs as root, and S/wide is writable by others (mode 0777) $refuse" \
  "$off" "$tmp/s/wide"
says "as keepalived, that it is off" 0 \
  "f.conf:6:13: warning: scripts run as root without enable_script_security (enable_script_security refuses those that others can change)" \
  "$off" "$tmp/s/good"
says "a script that is not there" 0 "f.conf:6:13: warning: quorum_up: S/none does not exist" "$safe" "$tmp/s/none"
says "a script that is not executable" 0 \
  "f.conf:6:13: warning: quorum_up: S/plain may not be executed by root (mode 0644)" "$safe" "$tmp/s/plain"
says "a user that is not there" 0 "f.conf:6:13: warning: quorum_up: there is no user vd-nobody (the script is not run)" \
  "$safe" "$tmp/s/good" vd-nobody
says "a script_user that is not there" 0 \
  "f.conf:3:3: warning: script_user: there is no user vd-nobody: scripts without a user are not run" \
  "vrrp_version 2;script_user vd-nobody" "$tmp/s/good"

# At start.
conf "$safe" "$tmp/s/wide" >"$tmp/bad.conf"
code=0
on dirA timeout 20 "$vipd" -n "$LAB-x" -f "$tmp/bad.conf" -d "$state/dataplane-A.json" >"$tmp/out" 2>"$tmp/err" </dev/null || code=$?
is "an insecure script: no start" "$code" 6

# On reload. The first configuration has scripts of its own begin, the last one of its end.
printf '#!/bin/sh\necho "$*" >>%s/said\n' "$tmp" >"$tmp/s/say"
chmod 755 "$tmp/s/say"
conf "$safe
  startup_script \"$tmp/s/say begin\"" "$tmp/s/good" >"$tmp/good.conf"
lab director start A --config "$tmp/good.conf"
is "startup_script has run" "$(cat "$tmp/said")" begin
before=$(vc show config)
code=0
vc reload "$tmp/bad.conf" >"$tmp/out" 2>"$tmp/err" || code=$?
is "nor is it reloaded" "$code" 1
holds "with the reason" grep -q "s/wide is writable by others" "$tmp/err"
is "and what ran runs on" "$(vc show config)" "$before"
conf "$off
  shutdown_script \"$tmp/s/say end\"" "$tmp/s/wide" >"$tmp/warn.conf"
holds "without enable_script_security it is" vc reload "$tmp/warn.conf"
is "and begins nothing again" "$(cat "$tmp/said")" begin
holds "it stops" lab director stop A
is "shutdown_script has run" "$(cat "$tmp/said")" "begin
end"
finish
