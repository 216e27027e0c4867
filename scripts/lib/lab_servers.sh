# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Real servers: nginx (HTTP on 80 and 8080) and dnsmasq (DNS) in each web namespace. Sourced by scripts/lab.

nginx_conf() {
  local web=$1
  cat <<END
# $web of the lab: answers with its own name. All its files are in $state/$web.
user root;
worker_processes 1;
pid $state/$web/nginx.pid;
error_log $state/$web/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  default_type text/plain;
  keepalive_requests 100000;
  client_body_temp_path $state/$web/tmp;
  proxy_temp_path $state/$web/tmp;
  fastcgi_temp_path $state/$web/tmp;
  uwsgi_temp_path $state/$web/tmp;
  scgi_temp_path $state/$web/tmp;
  server {
    listen 80 backlog=4096;
    listen [::]:80 ipv6only=on backlog=4096;
    listen 8080 backlog=4096;
    listen [::]:8080 ipv6only=on backlog=4096;
    location = / { return 200 "$web\n"; }
    location = /who { return 200 "$web \$server_addr \$server_port from \$remote_addr \$remote_port\n"; }
    location = /slow { limit_rate 20k; alias $state/data/slow; }
    location = /big { sendfile on; alias $state/data/big; }
  }
}
END
}

nginx_start() {
  local web=$1 dir=$state/$1
  mkdir -p "$dir/tmp"
  nginx_conf "$web" >"$dir/nginx.conf"
  in_ns "$web" nginx -p "$dir" -c "$dir/nginx.conf" -e "$dir/error.log" </dev/null >/dev/null
}

# The answer to `dig TXT whoami.lab` is the server's own name.
dnsmasq_start() {
  local web=$1 dir=$state/$1 n=${lab_number[$1]}
  in_ns "$web" dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --user=root --group=root \
    --pid-file="$dir/dnsmasq.pid" --log-facility="$dir/dnsmasq.log" --cache-size=0 \
    --txt-record="whoami.lab,$web" --host-record="whoami.lab,$net4.$n,$net6:$n" </dev/null
}

web_answers() {
  in_ns "$1" curl -sf -m 2 "http://$2/" | grep -qx "$1"
}

servers_up() {
  local web n
  mkdir -p "$state/data"
  head -c 1M /dev/urandom >"$state/data/slow"
  big_file 4
  for web in "${lab_webs[@]}"; do
    nginx_start "$web"
    dnsmasq_start "$web"
  done
  for web in "${lab_webs[@]}"; do
    n=${lab_number[$web]}
    for at in "$net4.$n" "$net4.$n:8080" "[$net6:$n]" "[$net6:$n]:8080"; do
      wait_for 10 web_answers "$web" "$at" || die "nginx of $web does not answer at $at"
    done
  done
}

# big_file MB: what the servers give as /big; its SHA-256 is in data/big.sha256. It is kept on disk, not in /run.
big_file() {
  local dir
  dir=$(readlink "$state/data/big" || true)
  if [ -z "$dir" ]; then
    dir=$(mktemp -d "/var/tmp/vipd-lab-$lab.XXXXXX")/big
    ln -s "$dir" "$state/data/big"
  fi
  head -c "$1M" /dev/urandom >"$dir"
  sha256sum <"$dir" | cut -d ' ' -f 1 >"$state/data/big.sha256"
}

servers_down() {
  local big
  big=$(readlink "$state/data/big" 2>/dev/null || true)
  case $big in
  /var/tmp/vipd-lab-"$lab".*/big) rm -rf "${big%/big}" ;;
  esac
}
