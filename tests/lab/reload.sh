#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Reload under load: what did not change is not touched (20 connections kept open see nothing of it), what changed is in
# effect, and a bad file changes nothing and says why. By `vipctl reload` and by SIGHUP.
. "$(dirname "$0")/lib.sh"

lab_begin
conf=$tmp/vipd.conf
# services WEIGHTS-OF-8080 [more]: port 80 is always the same.
services() {
  # shellcheck disable=SC2086
  {
    lab service "$net4.16" FNAT 80
    lab service "$net4.16" FNAT 8080 TCP wrr $1
    [ $# -lt 2 ] || lab service "$net6:16" FNAT 80
  } >"$conf.new"
  mv "$conf.new" "$conf"
}
names() { vc show virtual-server -j | json 'sorted("%s:%s" % (v["address"], v["port"]) for v in d["virtual_servers"])'; }
weights() {
  vc show virtual-server -j | json '[r["weight"] for v in d["virtual_servers"] if v["port"] == 8080 for r in v["real_servers"]]'
}
weights_are() { [ "$(weights)" = "$1" ]; }
names_are() { [ "$(names)" = "$1" ]; }

services "5 3 1"
lab director start A --config "$conf"
pid=$(cat "/run/vipd-lab/$LAB/A.pid")

# 20 threads with a connection each, until the file goes.
touch "$tmp/go"
load --keepalive --seconds 600 --while "$tmp/go" -c 20 "http://$net4.16/" >"$tmp/kept" 2>&1 &
kept=$!
load --seconds 600 --while "$tmp/go" -c 2 "http://$net4.16:8080/" >"$tmp/short" 2>&1 &
short=$!

services "1 1 4"
holds "vipctl reload" vc reload
becomes "new weights are shown" 2 weights_are "[1, 1, 4]"
load -n 1200 -c 4 "http://$net4.16:8080/" >"$tmp/result" || true
is "and in effect: 1:1:4 within 2 %" "$(json '[round(d["phases"][0][u].get("web%d" % n, 0) / 200) for u in d["phases"][0] for n in (1, 2, 3)]' <"$tmp/result")" "[1, 1, 4]"

services "2 2 2" more
kill -HUP "$pid"
becomes "SIGHUP adds a service" 2 names_are "$(printf '["%s:80", "%s:8080", "%s:80"]' "$net4.16" "$net4.16" "$net6:16" | json 'sorted(d)')"
becomes "and its weights" 2 weights_are "[2, 2, 2]"
holds "the new service answers" on client curl -sf -m 2 "http://[$net6:16]/"

services "2 2 2"
holds "reload takes the service away" vc reload
becomes "it is gone" 2 names_are "$(printf '["%s:80", "%s:8080"]' "$net4.16" "$net4.16" | json 'sorted(d)')"
is "and answers no more" "$(on client curl -s -m 1 "http://[$net6:16]/" || echo none)" none

# A bad file.
before=$(vc show config json)
services "9 9 9"
sed -i 's/192.168.200.102 8080/192.168.200.1o2 8080/' "$conf"
code=0
vc reload >"$tmp/out" 2>"$tmp/err" || code=$?
is "reload of a bad file is refused with 1" "$code" 1
holds "with the place and the word" grep -E 'vipd.conf:[0-9]+:[0-9]+: error: .*192\.168\.200\.1o2' "$tmp/err"
is "and changes nothing" "$(vc show config json)" "$before"
kill -HUP "$pid"
log_tells() { dir_log A | grep -E 'vipd.conf:[0-9]+:[0-9]+: error: .*192\.168\.200\.1o2'; }
becomes "SIGHUP with it is told in the log" 2 log_tells
is "and changes nothing either" "$(vc show config json)" "$before"
rm "$conf"
code=0
vc reload >/dev/null 2>&1 || code=$?
is "reload of a file that is gone is refused with 1" "$code" 1
weights_are "[2, 2, 2]" || true
services "2 2 2"
holds "a good file after it is taken" vc reload

# The same file a hundred times.
for ((i = 0; i < 100; i++)); do
  vc reload >/dev/null 2>&1 || break
done
is "a hundred reloads in a row" "$i" 100

rm "$tmp/go"
wait $kept || true
wait $short || true
is "20 kept connections of the unchanged service: none broke in $(json 'd["requests"]' <"$tmp/kept") requests" \
  "$(json 'd["errors"]' <"$tmp/kept")" "{}"
is "the changed service lost none of $(json 'd["requests"]' <"$tmp/short") requests" "$(json 'd["errors"]' <"$tmp/short")" "{}"
finish
