#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# enable_script_security: a program that another user could change is refused with exit code 6, and the very component is
# named, for each kind of program; what keepalived takes for safe is. script_user and user: as whom programs run.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"
. "$(dirname "$0")/health_lib.sh"

lab_begin
run=/run/vipd-lab/$LAB/run
mkdir -p "$run"/{safe,open,sticky,nobodys/in,group}
for d in safe open sticky nobodys/in group; do
  printf '#!/bin/sh\nexit 0\n' >"$run/$d/s"
  chmod 755 "$run/$d/s"
done
for f in groupw rootgroupw worldw nobodys; do cp -p "$run/safe/s" "$run/safe/$f"; done
chmod 777 "$run/open" "$run/safe/worldw"
chmod 1777 "$run/sticky"
chmod 775 "$run/group" "$run/safe/groupw" "$run/safe/rootgroupw"
chgrp nogroup "$run/group" "$run/safe/groupw"
chown nobody "$run/nobodys" "$run/safe/nobodys"
ln -s s "$run/safe/link"
ln -s ../open/s "$run/safe/badlink"

# conf KIND PROGRAM: a file in which a program of that kind is run.
conf() {
  printf 'global_defs {\n  %s\n  script_user root\n}\n' "${security-enable_script_security}"
  case $1 in
  misc) service_head && real "$net4.101" 80 "MISC_CHECK {" "  misc_path \"$2 a b\"" "}" && echo "}" ;;
  up) service_head && real "$net4.101" 80 "notify_up \"$2 a b\"" "TCP_CHECK {" "}" && echo "}" ;;
  quorum) service_head && printf '  quorum_down "%s a b"\n' "$2" && real "$net4.101" 80 && echo "}" ;;
  script) printf 'vrrp_script x {\n  script "%s a b"\n}\n' "$2" && instance 51 100 more="track_script {
    x
  }" ;;
  master) instance 51 100 more="notify_master \"$2 a b\"" ;;
  esac
}
lab dataplane A >"$tmp/box.json"
# says KIND PROGRAM CODE [COMPONENT]: of vipd -t.
says() {
  local code=0 name="$1: ${2#"$run"/}: $3${4:+, because of ${4#"$run"/}}"
  conf "$1" "$2" >"$tmp/t.conf"
  "$vipd" -t -f "$tmp/t.conf" -d "$tmp/box.json" >"$tmp/out" 2>"$tmp/err" || code=$?
  if [ $code != "$3" ]; then
    not_ok "$name" "exit code $code
$(cat "$tmp/err")"
  elif [ -n "${4:-}" ] && ! grep -E ': (error|warning): ' "$tmp/err" | grep -qE -- "(^|[ '\":])${4}([ '\",:;.]|\$)"; then
    not_ok "$name" "$(cat "$tmp/err")"
  else
    ok "$name"
  fi
}
for kind in misc script; do
  for safe in safe/s safe/link safe/rootgroupw sticky/s; do says $kind "$run/$safe" 0; done
  says $kind "$run/open/s" 6 "$run/open"
  says $kind "$run/group/s" 6 "$run/group"
  says $kind "$run/nobodys/in/s" 6 "$run/nobodys"
  for file in groupw worldw nobodys; do says $kind "$run/safe/$file" 6 "$run/safe/$file"; done
  says $kind "$run/safe/badlink" 6 "$run/open"
done
for kind in up quorum master; do
  says $kind "$run/safe/s" 0
  says $kind "$run/open/s" 6 "$run/open"
done
security=
for kind in misc script; do says $kind "$run/open/s" 0; done
unset security
# keepalived has the same opinion of them; it tells it of vrrp_scripts only.
for file in safe/s safe/link safe/rootgroupw sticky/s open/s group/s nobodys/in/s safe/groupw safe/worldw safe/nobodys safe/badlink; do
  conf script "$run/$file" >"$tmp/k.conf"
  code=0
  on client keepalived -t -f "$tmp/k.conf" >/dev/null 2>"$tmp/err" || code=$?
  case $file in
  safe/[slr]* | sticky/*) is "keepalived: $file is safe" $code 0 ;;
  *) is "keepalived: $file is not" "$code $(grep -c insecure "$tmp/err")" "5 1" ;;
  esac
done
# A director does not start on it.
conf misc "$run/open/s" >"$tmp/A.conf"
lab director start A --config "$tmp/A.conf" >/dev/null 2>&1 || true
is "vipd does not start on an insecure script" "$(cat "$(lab path)/A.exit" 2>/dev/null)" 6
if [ ! -e "$(lab path)/A.exit" ]; then lab director stop A; fi

# ---- as whom ----
mkdir -m 1777 "$run/who"
# Who runs, and who else it is: supplementary groups are gone, too.
cat >"$run/safe/who" <<END
#!/bin/sh
echo "\$(id -un):\$(id -gn):\$(id -Gn)" >>$run/who/\$1
END
chmod 755 "$run/safe/who"
{
  printf 'global_defs {\n  enable_script_security\n  script_user nobody nogroup\n}\n'
  for pair in "plain" "games user_games"; do
    printf 'vrrp_script s_%s {\n  script "%s script_%s"\n  interval 1\n%s}\n' "${pair% *}" "$run/safe/who" "${pair% *}" \
      "$([ "$pair" = plain ] || echo "  user games games
")"
  done
  instance 51 100 version=3 adv=0.1 vips="$net4.60/24" more="track_script {
    s_plain
    s_games
  }
  notify_master \"$run/safe/who master\" daemon daemon"
  service_head
  printf '  delay_loop 1\n  warmup 0\n  quorum_up "%s quorum"\n  alpha\n' "$run/safe/who"
  real "$net4.101" 80 "notify_up \"$run/safe/who up\"" "MISC_CHECK {" "  misc_path \"$run/safe/who misc\"" "}" \
    "MISC_CHECK {" "  misc_path \"$run/safe/who misc_games\"" "  user games games" "}"
  echo "}"
} >"$tmp/A.conf"
lab director start A --config "$tmp/A.conf"
ran_as() { # ran_as NAME USER GROUP
  becomes "$1 runs as $2:$3 and nobody else" 8 eval '[ "$(sort -u "'"$run/who/$1"'" 2>&1)" = "'"$2:$3:$3"'" ]'
}
ran_as script_plain nobody nogroup
ran_as script_games games games
ran_as master daemon daemon
ran_as misc nobody nogroup
ran_as misc_games games games
ran_as up nobody nogroup
ran_as quorum nobody nogroup
health_end
