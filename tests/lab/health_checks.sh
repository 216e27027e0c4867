#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Every kind of check, against servers that are well and servers that go wrong in every way: its verdict, what it says of the
# failure, that none lasts longer than its deadline, and what it asks. Then all that can change does, and all is seen.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"
. "$(dirname "$0")/health_lib.sh"

health_begin
timeout=1 loop=1
pages_start web1
zone_start web1
mail_start web3
echo_start web1 7000
good=$net4.101 bad=$net4.102
cat >"$run/hang" <<'END'
#!/bin/sh
exec sleep 1000000
END
cat >"$run/stubborn" <<'END'
#!/bin/sh
trap '' TERM
sleep 1000001 & sleep 1000001 & wait; wait; wait
END
cat >"$run/talk" <<'END'
#!/bin/sh
yes "so much to say" | head -c 20000000
END
cat >"$run/signal" <<'END'
#!/bin/sh
kill -KILL $$
END
printf '#!/bin/sh\nexit $1\n' >"$run/exit"
chmod 755 "$run"/*[a-z]
chmod 644 "$tmp"/*.pem

# row NAME STATE ERROR ADDRESS CHECK LINE...: a server of its own with that check. STATE "any" where good sense differs. The
# server's port is a number of the row; what the check connects to is among its lines.
declare -a names states errors servers_of
number=20000
service_head >"$tmp/services"
printf '  alpha\n  delay_loop %s\n  connect_timeout %s\n  retry 0\n  delay_before_retry 0.5\n  warmup 0\n' $loop $timeout >>"$tmp/services"
row() {
  local name=$1 state=$2 error=$3 address=$4 check=$5
  shift 5
  # A word or a value that only we have.
  if [[ $name == ours:* ]]; then
    name=${name#ours: }
    forwards || return 0
  fi
  number=$((number + 1))
  names+=("$name") states+=("$state") errors+=("$error")
  case $address in
  *:*) servers_of+=("[$address]:$number") ;;
  *) servers_of+=("$address:$number") ;;
  esac
  real "$address" $number "$check {" "$@" "}" >>"$tmp/services"
}
# get PATH LINE...: a url block's lines and the check's.
page() { printf 'url {\n path %s\n%s}\n' "$1" "$(printf '%s\n' "${@:2}")
"; }

refused='refused' late='time|deadline|no answer' torn='reset|closed|EOF|end' tls='TLS|SSL|handshake|certificate|alert|closed|reset|EOF'
row "TCP" up '' $good TCP_CHECK "connect_port 8081"
row "TCP, nobody listens" down "$refused" $good TCP_CHECK "connect_port 9"
row "TCP, IPv6" up '' $good TCP_CHECK "connect_ip $net6:101" "connect_port 8081"
row "ours: TCP to a server with IPv6" up '' $net6:101 TCP_CHECK "connect_port 8081"
row "TCP, no such host" down "$late|unreachable|no route" $net4.250 TCP_CHECK "connect_port 80"
row "TCP, another host" up '' $net4.250 TCP_CHECK "connect_ip $good" "connect_port 8081"
row "HTTP" up '' $good HTTP_GET "$(page /)" "connect_port 8081"
row "HTTP, IPv6" up '' $good HTTP_GET "$(page /)" "connect_ip $net6:101" "connect_port 8081"
row "HTTP 204" up '' $good HTTP_GET "$(page /none)" "connect_port 8081"
row "HTTP 302 is no success" down 302 $good HTTP_GET "$(page /away)" "connect_port 8081"
row "HTTP 302 if so asked" up '' $good HTTP_GET "$(page /away 'status_code 302')" "connect_port 8081"
row "HTTP 404" down 404 $good HTTP_GET "$(page /missing)" "connect_port 8081"
row "HTTP 404 in a range" up '' $good HTTP_GET "$(page /missing 'status_code 200 400-499')" "connect_port 8081"
row "HTTP 503" down 503 $good HTTP_GET "$(page /broken)" "connect_port 8081"
md5() { md5sum | cut -d ' ' -f 1; }
row "HTTP, digest" up '' $good HTTP_GET "$(page / "digest $(echo web1 | md5)")" "connect_port 8081"
row "HTTP, digest of a long page" up '' $good HTTP_GET "$(page /big "digest $(md5 <"$tmp/pages-web1/big")")" "connect_port 8081"
row "HTTP, wrong digest" down 'digest|MD5' $good HTTP_GET "$(page / "digest $(echo web2 | md5)")" "connect_port 8081"
row "HTTP, digest of a page of 404" down 404 $good HTTP_GET "$(page /missing "digest $(echo "nothing here" | md5)")" "connect_port 8081"
row "HTTP, regex" up '' $good HTTP_GET "$(page /health 'regex "status: (ok|fine)"')" "connect_port 8081"
row "HTTP, regex without a match" down 'regex|match|expression' $good HTTP_GET "$(page /health 'regex "status: bad"')" "connect_port 8081"
row "HTTP, no match wanted" up '' $good HTTP_GET "$(page /health 'regex "status: bad"' regex_no_match)" "connect_port 8081"
row "HTTP, regex, another case" up '' $good HTTP_GET "$(page /health 'regex "STATUS: OK"' 'regex_options caseless')" "connect_port 8081"
row "HTTP, virtual host" up '' $good HTTP_GET "$(page /host 'virtualhost vh.lab')" "connect_port 8081"
row "HTTP, virtual host, 1.1" up '' $good HTTP_GET "$(page /host)" "virtualhost vh.lab" "http_protocol 1.1" "connect_port 8081"
row "HTTP, wrong host" down 421 $good HTTP_GET "$(page /host)" "connect_port 8081"
row "HTTP, two pages" up '' $good HTTP_GET "$(page /)" "$(page /health)" "connect_port 8081" "fast_recovery"
row "HTTP, two pages, one bad" down 404 $good HTTP_GET "$(page /)" "$(page /missing)" "connect_port 8081" "fast_recovery"
row "TLS" up '' $good SSL_GET "$(page /)" "connect_port 443"
row "TLS, IPv6" up '' $good SSL_GET "$(page /)" "connect_ip $net6:101" "connect_port 443"
row "TLS, a name is asked for" down "$tls" $good SSL_GET "$(page /)" "connect_port 444"
row "TLS, SNI from virtualhost" up '' $good SSL_GET "$(page / "virtualhost one.lab" "digest $(echo one.lab | md5)")" "connect_port 444" enable_sni
row "ours: TLS, another SNI" up '' $good SSL_GET "$(page / "virtualhost two.lab")" "connect_port 444" enable_sni "sni_name two.lab"
row "TLS to a server without" down "$tls|wrong version|unknown protocol" $good SSL_GET "$(page /)" "connect_port 8081"
row "SMTP" up '' $net4.103 SMTP_CHECK "connect_port 25"
row "SMTP with a name, IPv6" up '' $net4.103 SMTP_CHECK "connect_ip $net6:103" "connect_port 25" "helo_name checker.lab"
row "SMTP, nobody listens" down "$refused" $net4.103 SMTP_CHECK "connect_port 26"
row "ours: DNS" up '' $good DNS_CHECK "connect_port 5353" "name lab" "retry 0"
for pair in "A web1.lab" "AAAA web1.lab" "MX lab" "TXT info.lab" "NS lab" "CNAME alias.lab"; do
  row "ours: DNS, $pair" up '' $good DNS_CHECK "connect_port 5353" "type ${pair% *}" "name ${pair#* }" "retry 0"
done
row "ours: DNS, no such name" down NXDOMAIN $good DNS_CHECK "connect_port 5353" "type A" "name nobody.lab" "retry 0"
row "UDP, echo" up '' $good UDP_CHECK "connect_port 7000" "payload 0102" "require_reply 0102" "min_reply_length 1" "max_reply_length 9"
row "PING" up '' $good PING_CHECK
row "PING, IPv6" up '' $good PING_CHECK "connect_ip $net6:101"
row "PING, nobody" down "$late|unreachable" $net4.250 PING_CHECK
row "script" up '' $good MISC_CHECK "misc_path /bin/true"
row "script, with words" up '' $good MISC_CHECK "misc_path \"$run/exit 0\""
row "script that fails" down '1' $good MISC_CHECK "misc_path /bin/false"
row "script that exits with 5" down '5' $good MISC_CHECK "misc_path \"$run/exit 5\""
row "script, dynamic, weight 5" up '' $good MISC_CHECK "misc_path \"$run/exit 7\"" misc_dynamic
row "script, dynamic, fails" down '1' $good MISC_CHECK "misc_path \"$run/exit 1\"" misc_dynamic
row "script that hangs" down "$late" $good MISC_CHECK "misc_path $run/hang" "misc_timeout 1"
row "script that minds no SIGTERM" down "$late" $good MISC_CHECK "misc_path $run/stubborn" "misc_timeout 1"
row "script that is killed" down 'signal|kill' $good MISC_CHECK "misc_path $run/signal"
row "script that talks much" up '' $good MISC_CHECK "misc_path $run/talk" "misc_timeout 3"

# Ports of the server that goes wrong, and what becomes of them in the second part: the opposite.
specs=() later=() changes=()
# wrongly NAME STATE ERROR MODE NEXT CHECK LINE...: a port with that mode; NEXT is the later one, "" if it stays.
wrongly() {
  local name=$1 state=$2 error=$3 mode=$4 next=$5 check=$6 port=$((number + 1 - 10000))
  [[ $name != ours:* ]] || forwards || return 0
  specs+=("$port=$mode")
  if [ -n "$next" ]; then
    later+=("$port=$next")
    changes+=(${#names[@]})
  fi
  shift 6
  row "$name" "$state" "$error" "$bad" "$check" "connect_port $port" "$@"
}
get=$(page /)
# keepalived is still busy with what does not end.
better=
! forwards || better=http
wrongly "TCP, the queue is full" down "$late" full http TCP_CHECK
wrongly "TCP, refused" down "$refused" off http TCP_CHECK
wrongly "TCP, reset at once is a connection" up '' reset off TCP_CHECK
wrongly "HTTP, good" up '' http silent HTTP_GET "$get"
wrongly "HTTP, never answers" down "$late" silent http HTTP_GET "$get"
wrongly "HTTP, one byte a second" down "$late" slow "$better" HTTP_GET "$get"
wrongly "HTTP, reset at once" down "$torn" reset http HTTP_GET "$get"
wrongly "HTTP, reset after the request" down "$torn" reset-request http HTTP_GET "$get"
wrongly "HTTP, closes at once" down "$torn|empty|nothing|no data" close http HTTP_GET "$get"
wrongly "HTTP, closes in the middle of the head" down . close-headers http HTTP_GET "$get"
wrongly "HTTP, closes in the middle of the body" any . close-body http HTTP_GET "$get"
wrongly "HTTP, garbage" down . garbage http HTTP_GET "$get"
wrongly "HTTP, a gigabyte" any . flood "$better" HTTP_GET "$get"
wrongly "HTTP, a gigabyte with a digest" down . flood http,status=500 HTTP_GET "$(page / "digest $(echo ok | md5)")"
wrongly "HTTP, endless head" down . headers "$better" HTTP_GET "$get"
wrongly "HTTP, wrong status" down 503 http,status=503 http HTTP_GET "$get"
wrongly "HTTP, wrong status again" down 999 http,status=999 http,status=204 HTTP_GET "$get"
wrongly "HTTP, wrong digest" down 'digest|MD5' http,body=other http,body=same HTTP_GET "$(page / "digest $(echo same | md5)")"
wrongly "HTTP, wrong digest later" up '' http,body=same http,body=other HTTP_GET "$(page / "digest $(echo same | md5)")"
wrongly "HTTP, the queue is full" down "$late" full http HTTP_GET "$get"
wrongly "TLS, self-signed" up '' tls tls-close SSL_GET "$get"
wrongly "TLS, garbage" down "$tls|." tls-garbage tls SSL_GET "$get"
wrongly "TLS, closes after the ClientHello" down "$tls|." tls-close tls SSL_GET "$get"
wrongly "TLS, never answers" down "$late" tls-silent tls SSL_GET "$get"
wrongly "TLS, no close_notify" up '' tls-cut tls-silent SSL_GET "$get"
wrongly "ours: TLS, no close_notify where it is asked for" down . tls-cut tls SSL_GET "$get" tls_compliant
wrongly "SMTP, good" up '' smtp smtp-refuse SMTP_CHECK
wrongly "ours: SMTP, replies of several lines" up '' smtp-multi off SMTP_CHECK
wrongly "SMTP, 554" down 554 smtp-refuse smtp SMTP_CHECK
wrongly "SMTP, 421" down 421 smtp-refuse,code=421 smtp SMTP_CHECK
wrongly "SMTP, never greets" down "$late" silent smtp SMTP_CHECK
wrongly "SMTP, 501 to HELO" down 501 smtp-helo smtp SMTP_CHECK
wrongly "SMTP, garbage" down . smtp-garbage smtp SMTP_CHECK
wrongly "SMTP, drops after HELO" down "$torn|." smtp-drop smtp SMTP_CHECK
wrongly "SMTP, no word after HELO" down "$late" smtp-mute smtp SMTP_CHECK
wrongly "SMTP, an endless greeting" down . smtp-endless smtp SMTP_CHECK
wrongly "UDP, no answer needed" up '' udp-silent udp-off UDP_CHECK
wrongly "UDP, no answer" down "$late" udp-silent udp-echo UDP_CHECK "payload 0a0b" "require_reply 0a0b"
wrongly "UDP, unreachable" down "$refused|unreachable" udp-off udp-silent UDP_CHECK
wrongly "UDP, another answer" down . udp-reply,hex=0102 udp-reply,hex=0a0b UDP_CHECK "payload 0a0b" "require_reply 0a0b"
wrongly "ours: UDP, too long an answer" down . udp-reply,hex=0a0b0c0d0e udp-reply,hex=0a0b UDP_CHECK "require_reply" "max_reply_length 3"
wrongly "DNS, good" up '' dns dns-servfail DNS_CHECK "type A" "name ." "retry 0"
wrongly "DNS, SERVFAIL" down SERVFAIL dns-servfail dns DNS_CHECK "retry 0"
wrongly "DNS, NXDOMAIN" down NXDOMAIN dns-nxdomain dns DNS_CHECK "retry 0"
wrongly "DNS, REFUSED" down REFUSED dns-refused dns DNS_CHECK "retry 0"
wrongly "DNS, another number" down "$late" dns-id dns DNS_CHECK "retry 0"
wrongly "ours: DNS, another question" down "$late" dns-question dns DNS_CHECK "retry 0"
wrongly "DNS, the query itself" down "$late|." dns-query dns DNS_CHECK "retry 0"
wrongly "DNS, garbage" down "$late|." dns-garbage dns DNS_CHECK "retry 0"
wrongly "ours: DNS, cut short" down "$late|." dns-short dns DNS_CHECK "retry 0"
wrongly "DNS, no answer" down "$late" dns-silent dns DNS_CHECK "retry 0"
# Linux says "port unreachable" so many times a second only: then the check waits.
wrongly "DNS, unreachable" down "$refused|unreachable|$late" udp-off dns DNS_CHECK "retry 0"
# What a check asks.
wrongly "HTTP, from an address and a port" up '' http '' HTTP_GET "$get" "bindto $net4.11" "bind_port 23456" "virtualhost vh.lab"
asked=$number
echo "}" >>"$tmp/services"
{
  health_globals
  cat "$tmp/services"
} >"$tmp/A.conf"
wrong_start web2 "${specs[@]}"

begin=$EPOCHREALTIME
health_start
settled=$(detection $loop 0 0 $timeout)

# outcome STATE INDEX...: of rows: those that are not so. With alpha a server of keepalived is down until it is said to be up.
outcome() {
  /usr/bin/python3 - "$tmp" "$DIRECTOR_KIND" "$timeout" "$loop" "$@" <<'END'
import json, re, sys
tmp, kind, timeout, loop = sys.argv[1:3] + [float(x) for x in sys.argv[3:5]]
rows = [line.rstrip("\n").split("\t") for line in open(tmp + "/rows")]
if kind == "vipd":
    checks = {c["real_server"]: c for c in json.load(open(tmp + "/health"))["checks"]}
else:
    checks = {}
    for line in open(tmp + "/fifo"):
        word = line.split()
        if word[1] == "RS":
            m = re.match(r"\[(.*)\]:tcp:(\d+)", word[2])
            checks[f"[{m[1]}]:{m[2]}" if ":" in m[1] else f"{m[1]}:{m[2]}"] = {"state": word[4].lower()}
bad = 0
for index in map(int, sys.argv[5:]):
    name, state, error, rs = rows[index]
    c = checks.get(rs, {"state": "down"} if kind != "vipd" else {"state": "not there"})
    wrong = []
    if state != "any" and c["state"] != state:
        wrong.append(f"is {c['state']}, not {state}")
    if kind == "vipd" and c["state"] in ("up", "down"):
        if c["state"] == "down" and error and not re.search(error, c["last_error"], re.I):
            wrong.append(f"says {c['last_error']!r}, not /{error}/")
        limit = 3 if "talks much" in name else timeout
        if not 0 <= c["last_duration"] <= limit + 0.3:
            wrong.append(f"lasted {c['last_duration']} s")
    elif kind == "vipd" and state == "any":
        wrong.append(f"is {c['state']}")
    if wrong:
        print(f"{index}\t{rs}: {', '.join(wrong)}")
        bad += 1
print("all looked at")
sys.exit(bad > 0)
END
}
rows_write() {
  local i
  for i in "${!names[@]}"; do
    printf '%s\t%s\t%s\t%s\n' "${names[$i]}" "${states[$i]}" "${errors[$i]}" "${servers_of[$i]}"
  done >"$tmp/rows"
}
look() { ! forwards || vc -j show health >"$tmp/health" 2>&1; }
all_as_expected() { look && outcome "$@"; }
rows_write
wait_for $((${settled%.*} + 8)) all_as_expected "${!names[@]}" || true
took=$(seconds_between "$begin" "$EPOCHREALTIME")
# One look more, a check for each row.
each_row() {
  local part=$1 i out
  shift
  out=$(outcome "$@" 2>&1 || true)
  if [ "$(tail -n 1 <<<"$out")" != "all looked at" ]; then
    not_ok "${part}the checks are shown" "$out"
    return
  fi
  for i in "$@"; do
    if grep -q "^$i	" <<<"$out"; then
      not_ok "$part${names[$i]}: ${states[$i]}" "$(sed -n "s/^$i	//p" <<<"$out")"
    else
      ok "$part${names[$i]}: ${states[$i]}"
    fi
  done
}
look || true
each_row '' "${!names[@]}"
echo "    ${#names[@]} checks settled in $took s"

port=$((asked - 10000))
asks() { events web2 --port $port "sorted({(d['line'], d['host'], d['agent']) for d in e if d['event'] == 'request'})"; }
is "what HTTP_GET asks" "$(asks)" '[["GET / HTTP/1.0", "vh.lab", "KeepAliveClient"]]'
is "from where" "$(events web2 --port $port 'sorted({d["peer"] for d in e if d["event"] == "accept"})')" "[\"$net4.11:23456\"]"
port=$(($(grep -n '^SMTP, good' "$tmp/rows" | cut -d: -f1) + 10000))
is "what SMTP_CHECK says" "$(events web2 --port $port "sorted({d['line'] for d in e if d['event'] == 'request'})")" '["HELO smtpchecker.keepalived.org", "QUIT"]'
if forwards; then
  # keepalived's time begins anew with every byte.
  held=$(events web2 'max([d["seconds"] for d in e if d["event"] == "end"] or [99])')
  at_most "no connection of a check lasts longer than its deadline" "$held" "$(awk -v t=$timeout -v s=$slack 'BEGIN { printf "%.6f", t + s }')" s
  is "each check runs again within delay_loop" "$(health "[(c['real_server'], c['next_run']) for c in d['checks'] if not -0.2 <= c['next_run'] <= $loop + 0.2]")" "[]"
fi
no_scripts() { ! pgrep -f 'sleep 100000[01]' >/dev/null || [ "$(pgrep -fc 'sleep 100000[01]')" -le 6 ]; }
becomes "scripts that are over are gone" 5 no_scripts

# The opposite of everything.
for i in "${changes[@]}"; do
  case ${states[$i]} in
  up) states[i]=down ;;
  *) states[i]=up ;;
  esac
  # Only that there is a reason: why was asked for above.
  errors[i]=.
done
i=$(grep -n "^HTTP, a gigabyte with a digest" "$tmp/rows" | cut -d: -f1)
states[i - 1]=down
rows_write
wrong web2 "${later[@]}" >/dev/null
begin=$EPOCHREALTIME
wait_for $((${settled%.*} + 5)) all_as_expected "${changes[@]}" || true
look || true
each_row 'later: ' "${changes[@]}"
echo "    ${#changes[@]} checks changed their verdict in $(seconds_between "$begin" "$EPOCHREALTIME") s"

# The real ones die and return.
real_ones() { # the rows that are up at web1's pages, DNS, and web3's SMTP
  local i
  for i in "${!names[@]}"; do
    case ${names[$i]} in
    "HTTP" | "HTTP, IPv6" | "TLS" | "TLS, IPv6" | "SMTP" | "DNS" | "DNS, MX lab") echo "$i" ;;
    esac
  done
}
mapfile -t rows < <(real_ones)
for pass in down up; do
  if [ $pass = down ]; then
    pages_stop web1
    zone_stop web1
    mail_stop web3
  else
    pages_start web1
    zone_start web1
    mail_start web3
  fi
  for i in "${rows[@]}"; do states[i]=$pass errors[i]="$refused|unreachable|."; done
  rows_write
  wait_for $((${settled%.*} + 5)) all_as_expected "${rows[@]}" || true
  look || true
  each_row "servers $pass: " "${rows[@]}"
done
health_end
