#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The servers that the tests of health checks check, as curl, dig, openssl and an SMTP client see them: what they are taken
# for in those tests, they are.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"
. "$(dirname "$0")/health_lib.sh"

lab_begin
at=$net4.101
pages_start web1
zone_start web1
mail_start web1
echo_start web1 7000
get() { on client curl -sS -m 0.8 -o /dev/null -w '%{http_code}\n' "$@" 2>&1 || true; }
is "a page" "$(on client curl -s "http://$at:8081/health")" "status: ok
version: 7"
is "pages of other codes" "$(for p in none away missing broken host; do get "http://$at:8081/$p"; done | xargs)" "204 302 404 503 421"
is "a page for a host" "$(get -H 'Host: vh.lab' "http://$at:8081/host")" 200
is "HTTPS" "$(on client curl -sk "https://$at/")" web1
is "HTTPS by name" "$(for n in one two; do on client curl -sk --resolve "$n.lab:444:$at" "https://$n.lab:444/"; done | xargs)" "one.lab two.lab"
subject() { on client openssl s_client -connect "$at:444" -servername "$1" </dev/null 2>/dev/null | openssl x509 -noout -subject; }
is "each name has its own certificate" "$(for n in one two; do subject $n.lab; done | xargs)" "subject=CN = one.lab subject=CN = two.lab"
holds "HTTPS without a name is refused where names are asked for" grep '^curl: (35)' <<<"$(get -k "https://$at:444/")"
is "DNS: A, AAAA, MX, TXT" "$(for q in "A web1.lab" "AAAA web1.lab" "MX lab" "TXT info.lab"; do
  # shellcheck disable=SC2086
  dig_at web1 $q
done | xargs)" "$at $net6:101 10 mail.lab. hello"
holds "DNS: SOA and NS of the zone" eval 'dig_at web1 SOA lab | grep -q "ns.lab" && dig_at web1 NS lab | grep -q "ns.lab"'
is "UDP echo" "$(printf hello | on client socat -T 1 - "UDP:$at:7000")" hello
send() {
  on client /usr/bin/python3 - "$at" "$1" <<'END'
import smtplib, sys
with smtplib.SMTP(sys.argv[1], 25, timeout=5) as s:
    s.sendmail("keepalived@lab", ["admin", "other@lab"], f"Subject: {sys.argv[2]}\r\n\r\n=> of a test <=\r\n")
END
}
holds "the SMTP server takes mail" send first
becomes "and it is in the folder" 5 mail_has '^Subject: first$' '^=> of a test <=' '^Envelope-to: .*admin'
send second
becomes "the next one, too" 5 mail_has '^Subject: second$'
is "two messages are two files" "$(mails)" 2
mail_stop web1
becomes "a dead SMTP server refuses connections" 3 eval '! on client socat -u - TCP:$at:25,connect-timeout=1 </dev/null'

wrong_start web2 '7001=http,body=b{port}' 7002=silent 7003=slow 7004=reset 7005=reset-request 7006=close 7007=close-headers \
  7008=close-body 7009=garbage 7010=flood,mb=20 7011=headers,mb=4 7012=off 7013=full 7014=tls 7015=tls-garbage 7016=tls-close \
  7017=tls-silent 7018=tls-cut 7019=http,status=503 7020=smtp 7021=smtp-multi 7022=smtp-refuse 7023=smtp-helo 7024=smtp-garbage \
  7025=smtp-drop 7026=smtp-mute 7027=smtp-endless,lines=1000 7030=udp-silent 7031=udp-echo 7032=udp-reply,hex=0102 7033=udp-off \
  7040=dns 7041=dns-servfail 7042=dns-nxdomain 7043=dns-id 7044=dns-question 7045=dns-query 7046=dns-garbage 7047=dns-short \
  7048=dns-silent 7049=dns-refused
at=$net4.102
# web PORT PATTERN: what curl says of it: an error, and the number of the answer.
web() {
  local found scheme=http
  [[ $1 != 701[4-8] ]] || scheme=https
  found=$(get -k "$scheme://$at:$1/" | paste -sd " ")
  if [[ $found =~ $2 ]]; then ok "port $1: $2"; else not_ok "port $1: $2" "$found"; fi
}
web 7001 '^200$'
web 7002 'timed out .* 000$'
web 7003 'timed out .* 000$'
web 7004 'reset by peer 000$'
web 7005 'reset by peer 000$'
web 7006 'Empty reply .* 000$'
web 7008 'bytes remaining to read 200$'
web 7009 'HTTP/0.9 .* 000$'
web 7010 '200$'
web 7011 '[Hh]eader.* 200$'
web 7012 'connect to .* 000$'
web 7013 'timed out .* 000$'
web 7014 '^200$'
web 7015 'SSL.* 000$'
web 7016 '(SSL|reset).* 000$'
web 7017 'timed out .* 000$'
web 7018 '200$'
web 7019 '^503$'
is "half a head" "$(printf 'GET / HTTP/1.0\r\n\r\n' | on client socat -T 1 - "TCP:$at:7007" | wc -c)" 30
smtp() {
  local found
  found=$(printf 'HELO x\r\nQUIT\r\n' | on client timeout 0.5 socat -T 1 - "TCP:$at:$1" 2>/dev/null | tr -d '\r' | cut -c 1-3 | uniq | xargs || true)
  is "SMTP, port $1" "$found" "$2"
}
smtp 7020 "220 250 221"
smtp 7021 "220 250 221"
smtp 7022 554
smtp 7023 "220 501"
smtp 7025 220
smtp 7026 220
smtp 7027 220
udp() { printf 'hi' | on client socat -T 0.5 - "UDP:$at:$1" 2>&1 | od -An -tx1 | xargs || true; }
is "UDP: silent, echo, a reply of its own" "$(udp 7030)/$(udp 7031)/$(udp 7032)" "/68 69/01 02"
holds "UDP: nobody there" grep refused <<<"$(printf hi | on client socat -T 1 - "UDP:$at:7033" 2>&1 || true)"
dns() { on client dig +time=1 +tries=1 -p "$1" "@$at" A x.lab 2>&1 | grep -oE 'status: [A-Z]*' || echo none; }
is "DNS: good and bad answers" "$(for p in 7040 7041 7042 7049; do dns $p; done | xargs)" \
  "status: NOERROR status: SERVFAIL status: NXDOMAIN status: REFUSED"
for p in 7043 7048; do
  is "DNS: port $p gives no answer that counts" "$(dns $p)" none
done
# Two bytes of the number, and whether it is an answer.
raw_dns() {
  on client /usr/bin/python3 - "$at" "$1" <<'END'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(1)
s.sendto(b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01x\x03lab\x00\x00\x01\x00\x01", (sys.argv[1], int(sys.argv[2])))
d = s.recv(2000)
print(len(d), "same number" if d[:2] == b"\x12\x34" else "another number", "answer" if d[2] & 0x80 else "query", "other" if b"other" in d else "x")
END
}
is "DNS: another number" "$(raw_dns 7043)" "39 another number answer x"
is "DNS: another question" "$(raw_dns 7044)" "43 same number answer other"
is "DNS: the query itself" "$(raw_dns 7045)" "23 same number query x"
is "DNS: cut short" "$(raw_dns 7047)" "11 same number answer x"

# Switching, and the log.
begin=$EPOCHREALTIME
wrong web2 7001=off 7012=http,body=now >"$tmp/times"
is "two changes, two times" "$(wc -l <"$tmp/times")" 2
web 7001 'connect to .* 000$'
is "the other one is open" "$(on client curl -s -m 1 "http://$at:7012/")" now
is "an unknown mode is refused" "$(wrong web2 7001=nonsense 2>&1)" "misbehave.py: 7001=nonsense: error: no such mode: nonsense"
is "the log has the request" "$(events web2 --port 7012 --from "$begin" '[d["event"] for d in e if d["event"] != "mode"]')" '["accept", "request", "end"]'
is "and for how long a client waited for a silent one" "$(events web2 --port 7002 '[0.7 < d["seconds"] < 2 for d in e if d["event"] == "end"]')" '[true]'
health_end
