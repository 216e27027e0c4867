#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Fifty servers that go wrong and well again at random, under load: no client meets one that was wrong for longer than it takes
# to see it, every verdict is told once by the FIFO, the log and show alike, and in the end all are up.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"
. "$(dirname "$0")/health_lib.sh"

health_begin
seconds=${nightly:+60} seed=${VIPD_SEED:-$RANDOM}
seconds=${seconds:-15}
loop=0.5 retry=1 delay=0.2 timeout=0.4 first=8001 last=8050
v=$net4.16
wrong_start web2 "$first-$last=http,body=s{port}"
{
  health_globals
  service_head 80
  printf '  delay_loop %s\n  warmup 0.5\n  connect_timeout %s\n  retry %s\n  delay_before_retry %s\n' $loop $timeout $retry $delay
  for ((p = first; p <= last; p++)); do
    real "$net4.102" $p "HTTP_GET {" "  url {" "    path /" "  }" "}"
  done
  echo "}"
} >"$tmp/A.conf"
health_start
all() { # every check had a result
  if forwards; then
    [ "$(health 'len(d["checks"]) == 50 and all(c["state"] == "up" for c in d["checks"])')" = true ]
  else
    [ "$(events web2 'len({d["port"] for d in e if d["event"] == "request"})')" = 50 ]
  fi
}
becomes "fifty servers are checked" 15 all
touch "$tmp/go"
if forwards; then
  load --seconds 600 --while "$tmp/go" --timeout 3 -c 3 "http://$v/" >"$tmp/load" &
  loading=$!
fi
begin=$EPOCHREALTIME
holds "$seconds s of flapping, seed $seed" "$here/flap.py" run "$tmp/web2.control" "$seconds" "$seed" $first $last
well=$EPOCHREALTIME
everyone_up() { [ "$(json 'sum(n % 2 for n in d["by_port"].values())' < <("$here/flap.py" judge "$tmp/web2.events" "$tmp/fifo" 1 1))" = 0 ]; }
becomes "all are up in the end" 5 everyone_up
echo "    after $(seconds_between "$well" "$EPOCHREALTIME") s"
rm "$tmp/go"
detect=$(detection $loop $retry $delay $timeout)
return=$(awk -v l=$loop -v t=$timeout -v s=$slack 'BEGIN { print l + t + s }')
# With keepalived a server that times out has its next turn so much later.
forwards || return=$(awk -v r="$return" -v t=$timeout -v l=$loop 'BEGIN { print r + 2 * t + l }')
"$here/flap.py" judge "$tmp/web2.events" "$tmp/fifo" "$detect" "$return" >"$tmp/judged"
sed 's/, "by_port.*//; s/^/    /' "$tmp/judged"
is "no fault longer than $detect s was missed, no return longer than $return s" "$(json 'd["missed"]' <"$tmp/judged")" "[]"
is "verdicts alternate" "$(json 'd["odd"]' <"$tmp/judged")" "[]"
is "there were many" "$(json 'd["verdicts"] > 40' <"$tmp/judged")" true
verdicts=$(json 'd["verdicts"]' <"$tmp/judged")
is "the log tells as many as the FIFO" "$(director_log | grep -cE '(Removing|Adding) (\(inhibited\) )?service \[')" "$verdicts"
if forwards; then
  wait $loading || true
  sed 's/, "phases.*//; s/^/    /' "$tmp/load"
  is "no client met a server that was wrong for longer" "$(json 'd["late"]' <"$tmp/judged")" "[]"
  is "clients asked often" "$(json 'd["requests"] > 50' <"$tmp/judged")" true
  is "show counts as many" "$(health 'sum(c["changes"] for c in d["checks"])')" "$verdicts"
  is "  of each" "$(health '{c["real_server"].split(":")[-1]: c["changes"] for c in d["checks"] if c["changes"]}' | json 'sorted(d.items())')" \
    "$(json 'sorted(d["by_port"].items())' <"$tmp/judged")"
fi
echo "    from $begin"
health_end
