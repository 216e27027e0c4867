#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# vipctl and the console as scripts use them: exit codes, a pipe, -j, and `vipd -i` on a pipe.
. "$(dirname "$0")/lib.sh"

lab_begin
{
  lab service "$net4.16" FNAT 80
  lab service "$net4.16" FNAT 53 UDP
} | director A
ctl=("$vipctl" -n "$LAB-A")

# exits NAME CODE COMMAND...: the output stays in out and err.
exits() {
  local name=$1 code=$2 found=0
  shift 2
  timeout 10 "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || found=$?
  if [ "$found" = "$code" ]; then
    ok "$name"
  else
    not_ok "$name" "exit code $found, expected $code: $(head -n 5 "$tmp/out" "$tmp/err")"
  fi
}
exits "done is 0" 0 "${ctl[@]}" show status
is "and stderr is empty" "$(cat "$tmp/err")" ""
exits "no such server is 1" 1 "${ctl[@]}" drain real-server "tcp:$net4.16:80" "$net4.109:80"
holds "with the reason on stderr" grep -q "$net4.109" "$tmp/err"
exits "no such command is 2" 2 "${ctl[@]}" shwo status
holds "naming the word" grep -q shwo "$tmp/err"
exits "a wrong word is 2" 2 "${ctl[@]}" show connection limit many
holds "naming it and what was expected" grep -q many "$tmp/err"
exits "nobody answers is 3" 3 "$vipctl" -n "$LAB-none" show status
exits "a wrong option is 2" 2 "$vipctl" --bogus
is "vipctl has no DPDK" "$(ldd "$vipctl" | grep -c librte)" 0

for command in "show status" "show version" "show port" "show lcore" "show graph" "show virtual-server" \
  "show virtual-server stats" "show virtual-server rate" "show connection" "show connection count" "show neighbor" \
  "show drop" "show log" "show config" "explain tcp $net4.100:40000 $net4.16:80"; do
  # shellcheck disable=SC2086
  exits "$command" 0 "${ctl[@]}" $command
  # shellcheck disable=SC2086
  exits "$command -j" 0 "${ctl[@]}" -j $command
  holds "  is one JSON object" /usr/bin/python3 -c 'import json,sys; assert isinstance(json.load(open(sys.argv[1])), dict)' "$tmp/out"
done
exits "help" 0 "${ctl[@]}" help
exits "a trailing json is -j" 0 "${ctl[@]}" show drop json
is "the same keys" "$(json 'sorted(d)' <"$tmp/out")" '["drops", "total"]'

on client curl -s -m 5 "http://$net4.16/" >/dev/null
exits "show connection with filters" 0 "${ctl[@]}" -j show connection vs "tcp:$net4.16:80" client "$net4.100/32" limit 5
is "finds the connection" "$(json '[[c["protocol"], c["virtual"]] for c in d["connections"]]' <"$tmp/out")" "[[\"tcp\", \"$net4.16:80\"]]"
exits "explain" 0 "${ctl[@]}" -j explain tcp "$net4.100:40000" "$net4.16:80"
is "says forward" "$(json 'd["action"]' <"$tmp/out")" forward

# A pipe: every line is run; -e stops at the first that fails.
printf 'show version\nshow nonsense\nshow status\n' | "${ctl[@]}" >"$tmp/out" 2>"$tmp/err" || true
holds "a pipe runs the lines after a failed one" grep -q Workers "$tmp/out"
code=0
printf 'show version\nshow nonsense\nset real-server tcp:%s:80 %s:80 weight 7\n' "$net4.16" "$net4.101" | "${ctl[@]}" -e >"$tmp/out" 2>"$tmp/err" || code=$?
is "-e stops with the failed line's code" "$code" 2
is "and runs nothing after it" "$(vc show virtual-server -j | json '[r["effective_weight"] for v in d["virtual_servers"] if v["protocol"] == "tcp" for r in v["real_servers"]]')" "[1, 1, 1]"

# Many readers at once, one of which does not read.
for ((i = 0; i < 20; i++)); do
  "${ctl[@]}" show config >"$tmp/many.$i" &
  readers[i]=$!
done
bad=0
for pid in "${readers[@]}"; do
  wait "$pid" || bad=$((bad + 1))
done
is "twenty at once are all answered" "$bad, $(sort -u "$tmp"/many.* | wc -l)" "0, $(sort -u "$tmp/many.0" | wc -l)"
/usr/bin/python3 - "/run/vipd/$LAB-A.sock" <<'END' || true
import os, socket, sys
for data in (b"", b"\x00" * 5000, b"x" * 100000, b"show status\n" * 2000, os.urandom(20000)):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(1)
    try:
        s.connect(sys.argv[1])
        s.sendall(data)
    except OSError:
        pass
    s.close()
END
exits "it still answers after rubbish on its socket" 0 "${ctl[@]}" show status
lab director stop A

# vipd -i: console on stdin and stdout; end of input stops it.
state=/run/vipd-lab/$LAB
code=0
printf 'show version\nshow virtual-server\n' | on dirA timeout 20 "$vipd" -i -n "$LAB-A" -f "$tmp/A.conf" -d "$state/dataplane-A.json" \
  >"$tmp/out" 2>"$tmp/err" || code=$?
is "vipd -i on a pipe ends with 0" "$code" 0
holds "and has run the commands" grep -q "$net4.16" "$tmp/out"
printf 'show version\nshow nonsense\n' >"$tmp/commands"
code=0
on dirA timeout 20 "$vipd" --cmdline-file "$tmp/commands" -n "$LAB-A" -f "$tmp/A.conf" -d "$state/dataplane-A.json" \
  >"$tmp/out" 2>"$tmp/err" </dev/null || code=$?
is "a command file that fails stops vipd with an error" "$((code != 0 && code != 124))" 1
holds "naming the word" grep -q nonsense "$tmp/err"
finish
