#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# VRRP in the hands of an operator: what show vrrp says, priorities, hand-overs, maintenance, stop and start, completion,
# keepalived's files on signals, the notify FIFO, and a worker that stalls.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"

lab_begin
node_add A vipd
node_add B vipd
a=$(node_address A) b=$(node_address B) held=$(vip4 61)
for n in A B; do
  [ $n = A ] && p=200 || p=100
  mkfifo "$tmp/fifo-$n"
  mkdir "$tmp/files-$n"
  {
    globals $n "vrrp_notify_fifo $tmp/fifo-$n"
    instance 61 "$p" version=3 adv=0.1 excluded="$net4.231"
    instance 62 "$p" version=3 adv=0.1 family=6
    instance 63 "$p" version=3 adv=0.1
    # Of version 2, and alone: B has none.
    [ $n = B ] || instance 64 100 version=2 auth=PASS
    printf 'vrrp_sync_group G {\n  group {\n    V62\n    V63\n  }\n}\n'
    lab service "$held" FNAT 80
  } >"$tmp/$n.conf"
  # Each worker on a CPU of its own: one of them is to be starved.
  lab dataplane $n >"$tmp/plane-$n.json"
done
if [ "$(nproc)" -gt 1 ]; then
  sed -i 's/"2@1"/"2@0"/' "$tmp/plane-B.json"
fi
# Opened by whoever comes first; the reader ends when vipd does.
start() {
  cat "$tmp/fifo-$1" >>"$tmp/told-$1" &
  TMPDIR=$tmp/files-$1 lab director start "$1" --config "$tmp/$1.conf" --dataplane "$tmp/plane-$1.json"
}
all="V61 V62 V63"
# owner LETTER OTHER: becomes MASTER of all.
owner() {
  becomes "  $1 is MASTER of all" 5 states_are "$1" "$all" MASTER
  becomes "  $2 is BACKUP of all" 3 states_are "$2" "$all" BACKUP
}
# exits NAME CODE COMMAND...: the output stays in out and err.
exits() {
  local name=$1 code=$2 found=0
  shift 2
  "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || found=$?
  if [ "$found" = "$code" ]; then
    ok "$name"
  else
    not_ok "$name" "exit code $found, expected $code: $(head -n 5 "$tmp/out" "$tmp/err")"
  fi
}
vcb() { "$vipctl" -n "$LAB-B" "$@"; }
vip_at() { one_master lan 4/61 "$1"; }
v() { show_vrrp "$1" "$2" | json "d['instances'][0]['$3']"; }

capture_start lan
start A
start B
owner A B
becomes "V64 is MASTER" 6 states_are A V64 MASTER

# ---- show ----
lab vipctl A -j show vrrp >"$tmp/vrrp.json"
lab vipctl A show vrrp json >"$tmp/vrrp2.json"
lab vipctl B -j show vrrp >"$tmp/vrrpB.json"
cat >"$tmp/shape.py" <<'END2'
import ipaddress, json, sys
text, number, count, texts = str, (int, float), int, list
SHAPE = {"name": text, "state": text, "reason": text, "since": number, "vrid": count, "version": count, "family": text,
         "interface": text, "priority": count, "effective_priority": count, "advert_interval": number,
         "virtual_addresses": texts, "excluded_addresses": texts, "master_address": text, "master_priority": count,
         "stats": {"adverts_sent": count, "adverts_received": count, "became_master": count, "released_master": count,
                   "priority_zero_sent": count, "priority_zero_received": count,
                   "errors": {k: count for k in ("packet_len_err", "advert_interval_err", "ip_ttl_err", "invalid_type_rcvd",
                                                 "addr_list_err", "invalid_authtype", "authtype_mismatch", "auth_failure")}}}
bad = []
def look(where, found, shape):
    if isinstance(shape, dict):
        for k, s in shape.items():
            if k in found:
                look(f"{where}.{k}", found[k], s)
            else:
                bad.append(f"{where}.{k} is missing")
    elif not isinstance(found, shape) or isinstance(found, bool):
        bad.append(f"{where} is {found!r}")
    elif shape is texts:
        for x in found:
            ipaddress.ip_address(x)
d = json.load(open(sys.argv[1]))
if list(d) != ["instances"]:
    bad.append(f"keys {list(d)}")
for i in d["instances"]:
    look(i.get("name"), i, SHAPE)
    ipaddress.ip_address(i["master_address"])
    if i["state"] not in ("INIT", "BACKUP", "MASTER", "FAULT") or i["family"] not in ("ipv4", "ipv6"):
        bad.append(f"{i['name']}: {i['state']}, {i['family']}")
print("\n".join(bad))
sys.exit(bool(bad) or not d["instances"])
END2
for f in vrrp vrrp2 vrrpB; do holds "show vrrp -j has its keys and types ($f)" /usr/bin/python3 "$tmp/shape.py" "$tmp/$f.json"; done
is "the values of V61" "$(json '[[i[k] for k in ("state", "reason", "vrid", "version", "family", "interface", "priority", "effective_priority", "advert_interval", "virtual_addresses", "excluded_addresses", "master_address", "master_priority")] for i in d["instances"] if i["name"] == "V61"][0]' <"$tmp/vrrp.json")" \
  "[\"MASTER\", \"no advert within the master down interval\", 61, 3, \"ipv4\", \"eth0\", 200, 200, 0.1, [\"$held\"], [\"$net4.231\"], \"$a\", 200]"
is "as the peer sees it" "$(json '[[i[k] for k in ("state", "reason", "priority", "master_address", "master_priority")] for i in d["instances"] if i["name"] == "V61"][0]' <"$tmp/vrrpB.json")" \
  "[\"BACKUP\", \"started\", 100, \"$a\", 200]"
is "since is a time of day" "$(json "all(0 <= $EPOCHREALTIME - i['since'] < 60 for i in d['instances'])" <"$tmp/vrrp.json")" true
lab vipctl A show vrrp >"$tmp/out"
row='^V61 +MASTER +[0-9.]+ ?m?s +200 +eth0 +61 +this node +no advert within'
holds "show vrrp: a line for each" grep -E "$row" "$tmp/out"
is "  and no more" "$(grep -c '^V6' "$tmp/out")" 4
lab vipctl A show vrrp V61 >"$tmp/out"
for line in '^V61: MASTER for .*, since 20' "virtual addresses +$held$" "not advertised +$net4.231$" 'router +VRID 61, version 3, IPv4, interface eth0' "sent from +$a, MAC" 'became MASTER 1 times'; do
  holds "show vrrp V61: $line" grep -E "$line" "$tmp/out"
done
is "show vrrp V61 -j is that one" "$(show_vrrp A V61 | json '[i["name"] for i in d["instances"]]')" '["V61"]'
exits "of one that is not there: 1" 1 lab vipctl A show vrrp V6
holds "  with the nearest" grep -F "no VRRP instance V6 (did you mean V61?)" "$tmp/err"
is "show vrrp stats -j" "$(lab vipctl A -j show vrrp stats | json '[sorted(d), [(i["name"], sorted(i["stats"])) for i in d["instances"]][0], [i["stats"]["became_master"] for i in d["instances"]]]')" \
  '[["instances"], ["V61", ["adverts_received", "adverts_sent", "became_master", "errors", "priority_zero_received", "priority_zero_sent", "released_master"]], [1, 1, 1, 1]]'
lab vipctl A show vrrp stats >"$tmp/out"
holds "show vrrp stats" grep -E '^V61 +MASTER +[1-9][0-9]* +0 +1 +0 +0 +0 +0$' "$tmp/out"
/usr/bin/python3 - "$vipctl" "$LAB-A" >"$tmp/out" <<'END2' || true
# The console on a terminal: TAB completes.
import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.environ["HOME"] = "/nonexistent"
    os.environ["TERM"] = "dumb"
    os.execv(sys.argv[1], [sys.argv[1], "-n", sys.argv[2]])
seen = ""
def until(*words):
    global seen
    end = time.monotonic() + 5
    while time.monotonic() < end and not all(w in seen for w in words):
        if select.select([fd], [], [], 0.1)[0]:
            try:
                seen += os.read(fd, 65536).decode()
            except OSError:
                break
    found = all(w in seen for w in words)
    seen = ""
    return found
print("prompt", until("vipd> "))
os.write(fd, b"failo\tvr\tV6\t\t")
print("instances", until("V61", "V62", "V63", "V64"))
os.write(fd, b"\x15show vrrp st\t\r")
print("words", until("Became MASTER"))
os.write(fd, b"quit\r")
os.waitpid(pid, 0)
END2
is "TAB completes commands, instances, words" "$(tr '\n' ' ' <"$tmp/out")" "prompt True instances True words True "
lab vipctl A 'failover vrrp ?' >"$tmp/out"
is "? lists the instances" "$(grep -oE 'V6[0-9]' "$tmp/out" | sort -u | tr '\n' ' ')" "V61 V62 V63 V64 "

# ---- keepalived's files ----
files=$tmp/files-A
for s in USR1 USR2 36; do node_signal A $s; done
becomes "signals write keepalived's files" 3 test -s "$files/keepalived_$LAB-A.data" -a -s "$files/keepalived_$LAB-A.stats" -a -s "$files/keepalived_$LAB-A.json"
is "  and nothing else" "$(ls "$files")" "$(printf 'keepalived_%s\n' "$LAB-A.data" "$LAB-A.json" "$LAB-A.stats")"
lab vipctl A -j show vrrp >"$tmp/after.json"
/usr/bin/python3 - "$files/keepalived_$LAB-A" "$tmp/vrrp.json" "$tmp/after.json" >"$tmp/bad" <<'END2' || true
import json, re, sys
name, *answers = sys.argv[1:]
before, after = ({i["name"]: i for i in json.load(open(f))["instances"]} for f in answers)
states = ["INIT", "BACKUP", "MASTER", "FAULT"]
def between(what, k, found):
    if not before[k[0]]["stats"][k[1]] <= found <= after[k[0]]["stats"][k[1]]:
        print(f"{what}: {k}: {found}")
def same(what, found, expected):
    if found != expected:
        print(f"{what}: {found!r}, expected {expected!r}")
d = {i["data"]["iname"]: i for i in json.load(open(name + ".json"))}
same("json: instances", sorted(d), sorted(before))
for n, i in d.items():
    data, stats, own = i["data"], i["stats"], after[n]
    same("json: state", states[data["state"]], own["state"])
    for k, o in (("vrid", "vrid"), ("version", "version"), ("effective_priority", "effective_priority"), ("base_priority", "priority"), ("master_priority", "master_priority"), ("ifp_ifname", "interface"), ("adver_int", "advert_interval")):
        same(f"json: {n}: {k}", data[k], own[o])
    same(f"json: {n}: vips", [v.split("/")[0].split()[0] for v in data["vips"]], own["virtual_addresses"])
    if abs(data["last_transition"] - own["since"]) > 0.02:
        print("json: last_transition", data["last_transition"], own["since"])
    for k, o in (("advert_rcvd", "adverts_received"), ("advert_sent", "adverts_sent"), ("become_master", "became_master"), ("release_master", "released_master"), ("pri_zero_rcvd", "priority_zero_received"), ("pri_zero_sent", "priority_zero_sent")):
        between("json", (n, o), stats[k])
    same(f"json: {n}: errors", {k: stats[k] for k in own["stats"]["errors"]}, own["stats"]["errors"])
blocks = re.split(r"^VRRP Instance: ", open(name + ".stats").read(), flags=re.M)
same("stats: begins", blocks[0], "")
same("stats: instances", sorted(b.split("\n")[0] for b in blocks[1:]), sorted(before))
for b in blocks[1:]:
    n = b.split("\n")[0]
    for o, pattern in (("adverts_received", r"Advertisements:\n    Received: (\d+)"), ("adverts_sent", r"\n    Sent: (\d+)\n  Became"), ("became_master", r"Became master: (\d+)"), ("released_master", r"Released master: (\d+)"), ("priority_zero_received", r"Priority Zero:\n    Received: (\d+)"), ("priority_zero_sent", r"Sent: (\d+)\n$")):
        found = re.search(pattern, b)
        between("stats", (n, o), int(found.group(1)) if found else -1)
blocks = re.split(r"^ VRRP Instance = ", open(name + ".data").read().split("------< VRRP Sync groups")[0], flags=re.M)
same("data: instances", sorted(b.split("\n")[0] for b in blocks[1:]), sorted(before))
for b in blocks[1:]:
    own = after[b.split("\n")[0]]
    for line in (f"   State = {own['state']}", f"   Virtual Router ID = {own['vrid']}", f"   Priority = {own['priority']}",
                 f"   Effective priority = {own['effective_priority']}", f"   VRRP Version = {own['version']}", f"   Interface = {own['interface']}"):
        if line not in b.split("\n"):
            print("data:", own["name"], "lacks", line)
    for address in own["virtual_addresses"] + own["excluded_addresses"]:
        if f"     {address}" not in b:
            print("data:", own["name"], "lacks", address)
print("end")
END2
is "  which say what show vrrp says" "$(cat "$tmp/bad")" end
holds "  the group, too" grep -qx ' VRRP Sync Group = G, MASTER' "$files/keepalived_$LAB-A.data"
is "  readable by root only: a password is in them" "$(stat -c %a "$files"/* | sort -u) $(grep -c 'Password = secret' "$files/keepalived_$LAB-A.data")" "600 1"

# ---- priorities ----
exits "set priority on the backup" 0 vcb set vrrp V61 priority 250
is "  says what it did" "$(cat "$tmp/out")" "V61: priority 250, set by the operator (configured 100)"
becomes "  it preempts" 3 states_are B V61 MASTER
becomes "  alone on the wire" 3 vip_at "$b"
is "  nobody else moved" "$(states_are A "V62 V63" MASTER)" ""
exits "  a reload" 0 vcb reload
is "  leaves it" "$(v B V61 state) $(v B V61 priority) $(v B V61 effective_priority)" "MASTER 250 250"
exits "priority default" 0 vcb set vrrp V61 priority default
is "  says so" "$(cat "$tmp/out")" "V61: priority 100, as configured"
becomes "  and A preempts" 3 states_are A V61 MASTER
owner A B
exits "priority 0 is a wrong word" 2 vcb set vrrp V61 priority 0
exits "priority 256, too" 2 vcb set vrrp V61 priority 256
exits "an instance that is not there: 1" 1 vcb set vrrp V99 priority 10

# ---- failover ----
# What a FIFO is told of it, byte for byte, from here on.
for n in A B; do stat -c %s "$tmp/told-$n" >"$tmp/size-$n"; done
told_since() { tail -c +$(($(cat "$tmp/size-$1") + 1)) "$tmp/told-$1" | cmp - "$2"; }
exits "failover" 0 vc failover vrrp V61
is "  says who took it" "$(cat "$tmp/out")" "V61: $b is MASTER now, with priority 100"
is "  A is BACKUP, and why" "$(v A V61 state): $(v A V61 reason)" "BACKUP: handed over by the operator"
becomes "  B serves" 3 vip_at "$b"
heard=$(node_stats A V61 adverts_received)
heard_more() { [ "$(node_stats A V61 adverts_received)" -ge $((heard + 15)) ]; }
becomes "  and goes on" 5 heard_more
is "  though A's priority is higher" "$(v A V61 state) $(v A V61 effective_priority)" "BACKUP 200"
holds "  the VIP answers" on client curl -sf -m 2 "http://$held/"
exits "failover of a BACKUP: 1" 1 vc failover vrrp V61
is "  says why" "$(cat "$tmp/err")" "V61 is BACKUP here: only MASTER can hand over"
exits "  and back" 0 vcb failover vrrp V61
is "  to A" "$(cat "$tmp/out")" "V61: $a is MASTER now, with priority 200"
owner A B
printf 'INSTANCE "V61" BACKUP 200\nINSTANCE "V61" MASTER 200\n' >"$tmp/expected"
becomes "  A's FIFO was told, byte for byte" 3 told_since A "$tmp/expected"
printf 'INSTANCE "V61" MASTER 100\nINSTANCE "V61" BACKUP 100\n' >"$tmp/expected"
becomes "  B's, too" 3 told_since B "$tmp/expected"
exits "failover of a member" 0 vc failover vrrp V62
becomes "  takes its group along" 3 states_are B "V62 V63" MASTER
exits "  and back" 0 vcb failover vrrp V63
owner A B

# ---- maintenance ----
exits "maintenance on" 0 vc maintenance on
is "  says so" "$(cat "$tmp/out")" "maintenance is on: no VRRP instance is or becomes MASTER"
owner B A
is "  show status" "$(vc -j show status | json 'd["state"]')" maintenance
is "  the reason" "$(v A V61 reason)" "maintenance is on"
holds "  the VIP answers" on client curl -sf -m 2 "http://$held/"
exits "  a reload" 0 vc reload
before=$(node_stats A V61 became_master)
node_stop B
nobody() { ! masters lan | grep "^4/61 "; }
becomes "  the peer is gone: nobody is MASTER" 3 nobody
exits "  failover: 1" 1 vc failover vrrp V61
start B
becomes "  the peer is back as MASTER" 5 states_are B "$all" MASTER
is "  A was never MASTER meanwhile" "$(node_stats A V61 became_master) $(states_are A "$all" BACKUP)" "$before "
exits "maintenance off" 0 vc maintenance off
owner A B
is "  show status" "$(vc -j show status | json 'd["state"]')" running

# ---- stop, start ----
zero=$(node_stats A V61 priority_zero_sent)
exits "stop" 0 vc stop
owner B A
is "  by priority 0" "$(node_stats A V61 priority_zero_sent)" $((zero + 1))
is "  show status" "$(vc -j show status | json 'd["state"]'): $(v A V61 reason)" "stopped: stopped by the operator"
mac=$(vc -j show port | json 'd["ports"][0]["mac"]')
on client ip neigh replace "$held" lladdr "$mac" dev eth0 nud permanent
before=$(vc -j show drop | json 'd["drops"]["stopped"]')
holds "  what still comes for the VIP" bash -c "! ip netns exec $LAB-client curl -s -m 0.5 http://$held/"
dropped_more() { [ "$(vc -j show drop | json 'd["drops"]["stopped"]')" -gt "$before" ]; }
becomes "  is dropped as stopped" 3 dropped_more
on client ip neigh del "$held" dev eth0
holds "  the node's own address answers" on client ping -c 1 -W 1 "$a"
exits "start" 0 vc start
owner A B
becomes "  it serves" 3 on client curl -sf -m 2 "http://$held/"

# ---- a worker that stalls ----
# A loop with a real-time priority on the worker's CPU, for 0.7 s: by its own clock, and by a limit of the kernel's.
starve() {
  /usr/bin/python3 -c '
import os, resource, time
end = time.monotonic() + 0.7
resource.setrlimit(resource.RLIMIT_RTTIME, (1000000, 1000000))
os.sched_setaffinity(0, {1})
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
while time.monotonic() < end:
    pass'
}
stalls() { vc -j show lcore | json '[l["stalls"] for l in d["lcores"] if l["role"] == "worker 0"][0]'; }
if [ "$(nproc)" -gt 1 ]; then
  t0=$EPOCHREALTIME
  starve &
  hog=$!
  becomes "a worker without its CPU: A is in FAULT" 3 states_are A "$all" FAULT
  is "  and says why" "$(v A V61 reason)" "worker 0 is stalled"
  becomes "  B serves" 3 states_are B "$all" MASTER
  wait $hog || true
  becomes "it runs again" 5 states_are A "$all" MASTER
  owner A B
  at_most "  B was MASTER soon" "$(wire lan "$t0" "round(sent(61, '$b')[0]['t'] - $t0, 3)")" 0.7 s
  # The time is stall_ms of the dataplane file; a reload changes it.
  sed -i '0,/"poll"/s//"stall_ms": 5000, "poll"/' "$tmp/plane-A.json"
  exits "stall_ms 5000" 0 vc reload
  now_of A "$tmp/before-A"
  t0=$EPOCHREALTIME
  starve
  wire_becomes "  adverts went on without the worker" 3 lan "$t0" "len(sent(61, '$a')) >= 6"
  now_of A "$tmp/after-A"
  # shellcheck disable=SC2086
  holds "  the same without its CPU is no fault" unchanged "$tmp/before-A" "$tmp/after-A" $all
fi

# ---- nobody to hand over to ----
node_stop B
zero=$(node_stats A V61 priority_zero_sent)
exits "failover with no peer alive: 1" 1 vc failover vrrp V61
is "  says so" "$(cat "$tmp/err")" "V61: no router took over; this node is MASTER again"
is "  A is MASTER again, and why" "$(v A V61 state): $(v A V61 reason)" "MASTER: handed over by the operator, but nobody took over"
is "  it had resigned" "$(node_stats A V61 priority_zero_sent)" $((zero + 1))
node_stop A

# ---- what the FIFO was told, byte for byte ----
of_v61() { sed -n 's/^INSTANCE "V61" \(.*\)$/\1/p' "$tmp/told-$1" | tr '\n' ','; }
stall='' stall_b=''
if [ "$(nproc)" -gt 1 ]; then
  stall="FAULT 200,BACKUP 200,MASTER 200," stall_b="MASTER 100,BACKUP 100,"
fi
becomes "the reader of the FIFO has all" 3 grep -q 'STOP' "$tmp/told-A"
hand="BACKUP 200,MASTER 200,"
is "the FIFO of A, V61" "$(of_v61 A)" "$hand$hand$hand$hand$hand${stall}${hand}STOP 200,"
hand="MASTER 100,BACKUP 100,"
is "the FIFO of B, V61" "$(of_v61 B)" "BACKUP 100,MASTER 250,BACKUP 100,${hand}MASTER 100,STOP 100,BACKUP 100,$hand$hand${stall_b}STOP 100,"
is "no line is of another form" "$(grep -vxE 'INSTANCE "V6[1-4]" (MASTER|BACKUP|FAULT|STOP) [0-9]+|GROUP "G" (MASTER|BACKUP|FAULT|STOP) 0' "$tmp/told-A" "$tmp/told-B" || true)" ""
is "the start of A, byte for byte" "$(head -n 5 "$tmp/told-A" | od -An -c)" "$(printf 'INSTANCE "V6%d" BACKUP 200\n' 1 2 3 4 | sed 's/"V64" BACKUP 200/"V64" BACKUP 100/' | sed '$a GROUP "G" BACKUP 0' | od -An -c)"
capture_stop lan
wire_is_sound lan "" ""
no_complaints B
finish
