# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the tests of health checks share; sourced after lib.sh and vrrp_lib.sh. Real servers of other kinds than the lab's own
# (HTTPS, an authoritative DNS, SMTP, UDP echo), servers that misbehave (misbehave.py), and questions to a director.
# With DIRECTOR_KIND=keepalived director A is a keepalived whose kernel plays IPVS (fake_ipvs.c): checks, scripts, FIFO and
# mail are real, packets are not forwarded. `forwards` says which; what asks `show` is left out then.

# What a machine that does other things, too, may be late by.
slack=0.7
# The end of a line of lvs_notify_fifo: there is a NUL in the contract; the keepalived that is installed writes none.
# shellcheck disable=SC2034
FIFO_END='\n\0'
[ "$DIRECTOR_KIND" != keepalived ] || FIFO_END='\n'

forwards() { [ "$DIRECTOR_KIND" = vipd ]; }

# health_begin: a lab with director A (not started), a reader of its lvs_notify_fifo.
health_begin() {
  lab_begin
  node_add A director
  # Commands and files of the director: nobody may write there, as script security wants it.
  mkdir -p "/run/vipd-lab/$LAB/run"
  run=/run/vipd-lab/$LAB/run
  fifo_start
  if ! forwards; then
    cc -shared -fPIC -o "$tmp/fake_ipvs.so" "$here/fake_ipvs.c"
  fi
}

# fifo_start: what comes out of $run/lvs.fifo: $tmp/fifo.raw as it is, $tmp/fifo a line per line, with the time before it.
fifo_start() {
  mkfifo "$run/lvs.fifo"
  ip netns exec "$LAB-client" /usr/bin/python3 - "$run/lvs.fifo" "$tmp/fifo" <<'END' >/dev/null &
import os, sys, time
fd = os.open(sys.argv[1], os.O_RDWR)
raw, lines, rest = open(sys.argv[2] + ".raw", "ab", 0), open(sys.argv[2], "ab", 0), b""
while data := os.read(fd, 65536):
    raw.write(data)
    *whole, rest = (rest + data.replace(b"\0", b"")).split(b"\n")
    for line in whole:
        lines.write(b"%.6f %s\n" % (time.time(), line))
END
  captures+=("fifo=$!")
  wait_for 5 test -e "$tmp/fifo" || die "the reader of the FIFO does not start"
}

# health_end: the readers and servers go; the director, too, if it is keepalived.
health_end() {
  local pid
  for pid in "${captures[@]}"; do
    [[ $pid != fifo=* && $pid != wrong-* ]] || kill "${pid#*=}" 2>/dev/null || true
  done
  forwards || lab keepalived stop A >/dev/null 2>&1 || true
  finish
}

# health_globals [LINE...]: the head of a file; the FIFO, and scripts may run.
health_globals() {
  globals lab "lvs_notify_fifo $run/lvs.fifo" "enable_script_security" "script_user root" "$@"
}

# service_head [PORT [ALGO]]: how a virtual_server begins.
service_head() {
  printf 'virtual_server %s.16 %s {\n  lb_algo %s\n  lb_kind %s\n  protocol TCP\n' "$net4" "${1:-80}" "${2:-rr}" \
    "$(forwards && echo FNAT || echo NAT)"
}

# real ADDRESS PORT [LINE...]: a real_server with these lines.
real() {
  printf '  real_server %s %s {\n' "$1" "$2"
  shift 2
  [ $# -eq 0 ] || printf '    %s\n' "$@"
  echo "  }"
}

# health_start [FILE]: director A with that file (default $tmp/A.conf).
health_start() {
  [ $# -eq 0 ] || cp "$1" "$tmp/A.conf"
  if forwards; then
    node_start A
  else
    LD_PRELOAD="$tmp/fake_ipvs.so" lab keepalived start A "$tmp/A.conf" --checks
  fi
}

director_log() {
  if forwards; then
    dir_log A
  else
    cat "$(lab path)/peer-A/keepalived.log"
  fi
}

# ---- servers ----

# certificate NAME...: $tmp/NAME.pem, key and certificate, self-signed.
certificate() {
  local name
  for name in "$@"; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$name" \
      -addext "subjectAltName=DNS:$name" -keyout "$tmp/$name.key" -out "$tmp/$name.crt" 2>/dev/null
    cat "$tmp/$name.key" "$tmp/$name.crt" >"$tmp/$name.pem"
  done
}

pages_conf() {
  local web=$1 dir=$2 name
  cat <<END
user root;
worker_processes 1;
pid $dir/nginx.pid;
error_log $dir/error.log;
events { worker_connections 512; }
http {
  log_format checks '\$msec \$server_port \$remote_addr "\$request" \$status "\$host" "\$http_user_agent" "\$ssl_server_name"';
  access_log $dir/access.log checks;
  default_type text/plain;
  client_body_temp_path $dir/tmp;
  proxy_temp_path $dir/tmp;
  fastcgi_temp_path $dir/tmp;
  uwsgi_temp_path $dir/tmp;
  scgi_temp_path $dir/tmp;
  server {
    listen 8081;
    listen [::]:8081 ipv6only=on;
    location = / { return 200 "$web\n"; }
    location = /health { return 200 "status: ok\nversion: 7\n"; }
    location = /none { return 204; }
    location = /away { return 302 http://elsewhere.lab/; }
    location = /missing { return 404 "nothing here\n"; }
    location = /broken { return 503 "not now\n"; }
    location = /big { sendfile on; alias $dir/big; }
    location = /host { if (\$host != vh.lab) { return 421 "who is \$host?\n"; } return 200 "vh.lab\n"; }
  }
  # 443 has a page for whoever asks; 444 for those only who name it.
  server { listen 443 ssl; listen [::]:443 ssl ipv6only=on; ssl_certificate $tmp/$web.pem; ssl_certificate_key $tmp/$web.pem;
    location = / { return 200 "$web\n"; } }
  server { listen 444 ssl default_server; ssl_reject_handshake on; }
END
  for name in one.lab two.lab; do
    echo "  server { listen 444 ssl; server_name $name; ssl_certificate $tmp/$name.pem; ssl_certificate_key $tmp/$name.pem;"
    echo "    location = / { return 200 \"$name\\n\"; } }"
  done
  echo "}"
}

# pages_start WEB: pages of all kinds on 8081, HTTPS on 443, and on 444 for the names one.lab and two.lab.
pages_start() {
  local web=$1 dir=$tmp/pages-$1
  mkdir -p "$dir/tmp"
  [ -e "$tmp/$web.pem" ] || certificate "$web"
  [ -e "$tmp/one.lab.pem" ] || certificate one.lab two.lab
  # Too much for a digest or a regular expression to be read in one piece.
  [ -e "$dir/big" ] || head -c 300000 /dev/zero | tr '\0' 'x' >"$dir/big"
  pages_conf "$web" "$dir" >"$dir/nginx.conf"
  on "$web" nginx -p "$dir" -c "$dir/nginx.conf" -e "$dir/error.log" </dev/null >/dev/null
  wait_for 10 on "$web" curl -sf -m 2 -o /dev/null http://127.0.0.1:8081/ || die "the pages of $web do not answer"
}

pages_stop() {
  local pid
  pid=$(cat "$tmp/pages-$1/nginx.pid")
  kill -TERM "$pid"
  wait_for 5 pid_gone "$pid" || die "the pages of $1 do not stop"
}

# web_stop WEB, web_start WEB: the lab's own nginx.
web_stop() {
  local pid
  pid=$(cat "$(lab path)/$1/nginx.pid")
  kill -TERM "$pid"
  wait_for 5 pid_gone "$pid" || die "nginx of $1 does not stop"
}
web_start() { on "$1" nginx -p "$(lab path)/$1" -c "$(lab path)/$1/nginx.conf" -e "$(lab path)/$1/error.log" </dev/null >/dev/null; }

# zone_start WEB: an authoritative DNS server for lab. on port 5353.
zone_start() {
  local web=$1 n=${1#web}
  on "$web" dnsmasq --conf-file=/dev/null --port=5353 --no-resolv --no-hosts --user=root --group=root --pid-file="$tmp/zone-$web.pid" \
    --log-facility="$tmp/zone-$web.log" --auth-server=ns.lab,eth0 --auth-zone=lab,"$net4.0/24,$net6:/64" --auth-soa=1,host.lab \
    --host-record="$web.lab,$net4.10$n,$net6:10$n" --mx-host=lab,mail.lab,10 --txt-record="info.lab,hello" \
    --cname="alias.lab,$web.lab" </dev/null
  wait_for 10 zone_answers "$web" || die "the DNS server of $web does not answer"
}
zone_answers() { dig_at "$1" A "$1.lab" | grep -q .; }
dig_at() { on client dig +short +time=1 +tries=1 -p 5353 "@$net4.10${1#web}" "$2" "$3" | grep -v '^;'; }
zone_stop() { stop_pid "$(cat "$tmp/zone-$1.pid")"; }

# mail_start WEB: an SMTP server (exim) on port 25, which takes everything; each message is a file of $tmp/mail/new.
mail_start() {
  local dir=$tmp/exim-$1
  mkdir -p "$dir/spool" "$tmp/mail"
  cat >"$dir/exim.conf" <<END
primary_hostname = mail.lab
spool_directory = $dir/spool
log_file_path = $dir/%s.log
pid_file_path = $dir/exim.pid
local_interfaces = <; 0.0.0.0 ; ::0
daemon_smtp_ports = 25
rfc1413_query_timeout = 0s
deliver_drop_privilege
keep_environment =
host_lookup =
helo_lookup_domains =
dns_retrans = 1s
dns_retry = 1
sender_unqualified_hosts = <; 0.0.0.0/0 ; ::/0
recipient_unqualified_hosts = <; 0.0.0.0/0 ; ::/0
helo_allow_chars = _
tls_advertise_hosts =
acl_smtp_rcpt = all
acl_smtp_data = all
begin acl
all:
  accept
begin routers
all:
  driver = accept
  transport = folder
begin transports
folder:
  driver = appendfile
  directory = $tmp/mail
  maildir_format
  batch_max = 100
  user = Debian-exim
  envelope_to_add
  return_path_add
END
  chmod 711 "$tmp"
  chown -R Debian-exim: "$dir" "$tmp/mail"
  chown root "$dir/exim.conf"
  rm -f "$dir/exim.pid"
  on "$1" exim4 -bdf -C "$dir/exim.conf" >"$dir/out" 2>&1 </dev/null &
  wait_for 10 test -s "$dir/exim.pid" || die "exim does not start: $(cat "$dir/out")"
}
mail_stop() { stop_pid "$(cat "$tmp/exim-$1/exim.pid")"; }
# mails: how many arrived. mail_has PATTERN...: one of them has all these lines.
mails() { find "$tmp/mail/new" -type f 2>/dev/null | wc -l; }
mail_has() {
  local file pattern
  for file in "$tmp"/mail/new/*; do
    [ -e "$file" ] || continue
    for pattern in "$@"; do
      grep -qE -- "$pattern" "$file" || continue 2
    done
    return 0
  done
  grep -hE '^(Subject|=>)' "$tmp"/mail/new/* 2>/dev/null
  return 1
}

# echo_start WEB PORT: UDP.
echo_start() { on "$1" socat -T 5 "UDP-RECVFROM:$2,fork" PIPE </dev/null >/dev/null 2>&1 & }

# wrong_start WEB SPEC...: misbehave.py. wrong WEB SPEC...: other modes; prints the times. events WEB [OPTION...] EXPRESSION
wrong_start() {
  local web=$1
  [ -e "$tmp/$web.pem" ] || certificate "$web"
  on "$web" "$here/misbehave.py" run --log "$tmp/$web.events" --control "$tmp/$web.control" --cert "$tmp/$web.pem" "${@:2}" &
  captures+=("wrong-$web=$!")
  wait_for 10 test -S "$tmp/$web.control" || die "misbehave.py does not start"
}
wrong() { "$here/misbehave.py" set "$tmp/$1.control" "${@:2}"; }
events() { "$here/misbehave.py" ask "$tmp/$1.events" "${@:2}"; }

# ---- questions ----

# health EXPRESSION: of `show health -j`, which is d there ("unknown" if that cannot be told); of(RS[, TYPE]) are its checks, one(RS[, TYPE]) the first.
health() {
  vc -j show health | /usr/bin/python3 -c 'import json, sys
d = json.load(sys.stdin)
def of(rs, type=None):
    return [c for c in d["checks"] if c["real_server"] == rs and type in (None, c["type"])]
def one(rs, type=None):
    return (of(rs, type) or [{}])[0]
r = eval(sys.argv[1])
print(r if isinstance(r, (str, int, float)) and not isinstance(r, bool) else json.dumps(r))' "$1" 2>/dev/null || echo unknown
}

# servers EXPRESSION [PORT]: of `show virtual-server -j`: v is the service on that port (80), rs(ADDRESS:PORT) its server.
servers() {
  vc -j show virtual-server | /usr/bin/python3 -c 'import json, sys
d = json.load(sys.stdin)
v = [s for s in d["virtual_servers"] if s["port"] == int(sys.argv[2])][0]
def rs(name):
    found = [r for r in v["real_servers"] if name in ("%s:%s" % (r["address"], r["port"]), "[%s]:%s" % (r["address"], r["port"]))]
    return found[0] if found else {"state": "not there"}
r = eval(sys.argv[1])
print(r if isinstance(r, (str, int, float)) and not isinstance(r, bool) else json.dumps(r))' "$1" "${2:-80}" 2>/dev/null || echo unknown
}

# bracketed ADDRESS:PORT: as keepalived writes it, [ADDRESS]:tcp:PORT.
bracketed() {
  local address=${1%:*}
  address=${address#[}
  echo "[${address%]}]:tcp:${1##*:}"
}

# server_is up|down ADDRESS:PORT...: each of them. Up is also who was never said to be down.
server_is() {
  local state=$1 one found bad=0
  shift
  for one in "$@"; do
    if forwards; then
      found=$(servers "rs('$one')['state']")
    else
      found=$(awk -v rs="$(bracketed "$one")" '$2 == "RS" && $3 == rs { s = $5 } END { print s == "DOWN" ? "down" : "up" }' "$tmp/fifo")
    fi
    [ "$found" = "$state" ] || {
      echo "$one is $found, not $state"
      bad=1
    }
  done
  return $bad
}

# fifo_lines [FROM]: the lines since that time, without it.
fifo_lines() { awk -v from="${1:-0}" '$1 >= from { sub(/^[^ ]* /, ""); print }' "$tmp/fifo"; }
# fifo_time LINE [FROM]: when it came first since then.
fifo_time() { awk -v from="${2:-0}" -v line="$1" '$1 >= from { t = $1; sub(/^[^ ]* /, ""); if ($0 == line) { print t; exit } }' "$tmp/fifo"; }
# fifo_has LINE [FROM]
fifo_has() { [ -n "$(fifo_time "$@")" ]; }

# seconds_between T T: far too many if one of them never was.
seconds_between() {
  if [ -n "$1" ] && [ -n "$2" ]; then
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", b - a }'
  else
    echo 999999
  fi
}
# detection DELAY_LOOP RETRY DELAY_BEFORE_RETRY TIMEOUT: the longest time from a fault to the verdict.
detection() { awk -v l="$1" -v r="$2" -v d="$3" -v t="$4" -v s="$slack" 'BEGIN { print l + r * d + (r + 1) * t + s }'; }

# hold_start NAME URL SERVER...: hold.py of the client. hold NAME EXPRESSION: of its lines, e.
hold_start() {
  ip netns exec "$LAB-client" "$here/hold.py" "$tmp/$1.hold" "${@:2}" &
  captures+=("wrong-hold-$1=$!")
  wait_for 10 test -e "$tmp/$1.hold" || die "no held connections"
}
hold() {
  json "$2" < <(/usr/bin/python3 -c 'import json, sys; print(json.dumps([json.loads(x) for x in open(sys.argv[1]) if x.endswith("\n")]))' "$tmp/$1.hold")
}
# hold_use NAME: each that is left is used once more.
hold_use() {
  local c
  for c in "${captures[@]}"; do
    [ "${c%%=*}" != "wrong-hold-$1" ] || kill -USR1 "${c#*=}"
  done
  wait_for 15 eval '[ "$(hold '"$1"' "sum(x[\"event\"] == \"used\" for x in d)")" -ge 1 ]'
}

# down_time RS VS [FROM], up_time: when the FIFO told it.
down_time() { fifo_time "RS $(bracketed "$1") $(bracketed "$2") DOWN" "${3:-0}"; }
up_time() { fifo_time "RS $(bracketed "$1") $(bracketed "$2") UP" "${3:-0}"; }
told() { [ -n "$("$@")" ]; }

# recorder NAME: a command that writes the time and its words into $tmp/NAME.
recorder() {
  cat >"$run/$1" <<END
#!/bin/sh
echo "\$(date +%s.%N) \$*" >>$tmp/$1
END
  chmod 755 "$run/$1"
  : >"$tmp/$1"
}
recorded() { cut -d ' ' -f 2- "$tmp/$1"; }
