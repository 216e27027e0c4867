#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Installs the Debian 12 packages that building and testing vipd takes, those that are missing only; says nothing
# when none is. The services that come with some of them (nginx, keepalived, frr, exim) are neither started nor enabled:
# the lab runs its own copies. Services that were there before are left alone.
#   scripts/install-deps.sh [--list]
set -euo pipefail

build=(gcc meson ninja-build pkg-config libdpdk-dev libjansson-dev libnuma-dev libpcap-dev libedit-dev
  libmnl-dev libsystemd-dev libcunit1-dev libssl-dev libcurl4-openssl-dev libpcre2-dev)
checks=(clang-14 libclang-rt-14-dev clang-format-14 dpdk dpdk-dev python3 python3-scapy)
lab=(iproute2 procps nginx dnsmasq-base curl wrk iperf3 tshark bind9-dnsutils iputils-ping ethtool socat
  keepalived frr openssl exim4-daemon-light)

if [ "${1:-}" = --list ]; then
  printf '%s\n' "${build[@]}" "${checks[@]}" "${lab[@]}"
  exit 0
fi

now_there() { dpkg-query -W -f '${Package}\n' | sort; }
installed() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; }

missing=()
for package in "${build[@]}" "${checks[@]}" "${lab[@]}"; do
  installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
  echo "install-deps: run as root, or install yourself: apt-get install ${missing[*]}" >&2
  exit 1
fi
echo "install-deps: installing ${missing[*]}"

# dpkg asks policy-rc.d before it starts a service: 101 means "do not". An own one of the machine is put back.
policy=/usr/sbin/policy-rc.d
saved=$policy.vipd-saved
guarded=
log=$(mktemp)
before=$(mktemp)
now_there >"$before"
put_back() {
  if [ -e "$saved" ] || [ -L "$saved" ]; then
    mv -f "$saved" "$policy"
  elif [ -n "$guarded" ]; then
    rm -f "$policy"
  fi
  rm -f "$log" "$before"
}
trap put_back EXIT
trap 'exit 130' INT TERM HUP
if [ -e "$policy" ] || [ -L "$policy" ]; then
  mv -f "$policy" "$saved"
fi
guarded=1
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

export DEBIAN_FRONTEND=noninteractive
apt() {
  apt-get -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 || {
    cat "$log" >&2
    echo "install-deps: apt-get $1 failed" >&2
    exit 1
  }
}
apt update
apt install -y --no-install-recommends "${missing[@]}"

# Not at the next boot either. Only of packages that came just now, whichever of them brought the service.
now_there | comm -13 "$before" - | while read -r package; do
  dpkg -L "$package" 2>/dev/null | sed -n 's,^\(/usr\)\?/lib/systemd/system/\([a-z0-9-]*\.\(service\|timer\)\)$,\2,p' |
    while read -r unit; do
      systemctl disable "$unit" >/dev/null 2>&1 || rm -f /etc/systemd/system/*.wants/"$unit"
    done
  dpkg -L "$package" 2>/dev/null | sed -n 's,^/etc/init\.d/\([a-z0-9-]*\)$,\1,p' |
    while read -r script; do
      update-rc.d "$script" disable >/dev/null 2>&1 || true
    done
done
