#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The director's adverts: tshark decodes every one with a good checksum, and they are keepalived's own for the same
# configuration, byte for byte from the IP header on, apart from what says who sent them: source address, IP id, flow
# label, the checksums that follow from these, AH's sequence and sum.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"

lab_begin
node_add A director
node_add K keepalived 13

# file NODE: the same for both, but for the address that unicast is sent from. The client is a peer that says nothing.
file() {
  local me
  me=$(node_address "$1")
  globals "$1"
  instance 81 150
  instance 82 150 auth=PASS pass=secret
  instance 83 150 auth=AH pass=longlong
  instance 84 150 version=3
  instance 85 150 version=3 adv=0.1
  instance 86 200 version=3 family=6 adv=0.1
  instance 87 150 unicast="$me $net4.100"
  instance 88 255 version=3 adv=0.25 state=MASTER vips="$net4.240/24 $net4.239/24 $net4.238/24"
  instance 90 1 auth=PASS pass=toolongpassword vips="$net4.242/24 $net4.241/24"
  instance 91 150 version=3 unicast="$me $net4.100" adv=0.5
}
all="V81 V82 V83 V84 V85 V86 V87 V88 V90 V91"
for n in A K; do
  file $n >"$tmp/$n.conf"
done
if [ "${node_kind[A]}" = vipd ]; then
  # keepalived 2.2.7 does not know the word: a checksum without the pseudo-header, for tshark only.
  instance 92 150 version=3 adv=0.1 more=v3_checksum_as_v2 >>"$tmp/A.conf"
fi
# One after the other, each alone, to its farewell.
for n in A K; do
  capture_start $n
  node_start $n
  # Priority 1 waits longest: 3 + 255/256 s.
  becomes "$n is master of all" 10 states_are $n "$all" MASTER
  node_stop $n
  capture_stop $n
done

# pcap CAPTURE VRIDS: the adverts of these virtual routers as a pcap file.
pcap() {
  /usr/bin/python3 - "$@" <<'END'
import json, struct, sys
out = sys.stdout.buffer
out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
for line in open(sys.argv[1]):
    d = json.loads(line)
    if d["kind"] == "advert" and str(d["vrid"]) in sys.argv[2:]:
        frame = bytes.fromhex(d["frame"])
        out.write(struct.pack("<IIII", int(d["t"]), int(d["t"] % 1 * 1e6), len(frame), len(frame)) + frame)
END
}
# decoded NAME PREFERENCE VRIDS: what tshark says of them; nothing bad, and each was seen.
decoded() {
  local as_v2=$2 fields
  pcap "$tmp/A.capture" "${@:3}" >"$tmp/A.pcap"
  fields=$(tshark -n -r "$tmp/A.pcap" -o ip.check_checksum:TRUE -o "vrrp.v3_checksum_as_in_v2:$as_v2" -T fields -E separator=';' \
    -e vrrp.virt_rtr_id -e vrrp.checksum.status -e ip.checksum.status -e _ws.malformed -e _ws.expert.severity 2>/dev/null)
  is "$1: tshark decodes all, with good checksums" "$(awk -F ';' '$2 != 1 || $3 == 0 || $4 != "" || $5 >= 0x600000' <<<"$fields" | head -n 5)" ""
  is "$1: of every virtual router" "$(cut -d ';' -f 1 <<<"$fields" | sort -un | xargs)" "${*:3}"
}
decoded "as sent by default" FALSE 81 82 83 84 85 86 87 88 90 91
[ "${node_kind[A]}" != vipd ] || decoded "v3_checksum_as_v2" TRUE 92

# compared: each kind of advert that one of the two sent and the other did not.
compared() {
  /usr/bin/python3 - "$tmp/A.capture" "$tmp/K.capture" <<'END'
import json, sys
def anonymous(d):
    f = bytearray.fromhex(d["frame"])
    if d["family"] == 4:
        vrrp = 14 + (f[14] & 15) * 4
        holes = [(18, 20), (24, 26), (26, 30)]
        if d["ah"]:
            # SPI, sequence, sum
            holes += [(vrrp + 4, vrrp + 24)]
            vrrp += 24
    else:
        vrrp = 54
        holes = [(22, 38)]
        # The kernel picks a flow label for keepalived's socket.
        f[15] &= 0xf0
        holes += [(16, 18)]
    for begin, end in holes + [(vrrp + 6, vrrp + 8)]:
        f[begin:end] = bytes(end - begin)
    return f[0:6].hex() + " " + f[12:].hex()
seen = []
for name in sys.argv[1:]:
    kinds = {}
    for line in open(name):
        d = json.loads(line)
        if d["kind"] == "advert" and d["vrid"] != 92:
            kinds.setdefault(d["vrid"], set()).add(anonymous(d))
    seen.append(kinds)
for vrid in sorted(seen[0].keys() | seen[1].keys()):
    ours, theirs = (s.get(vrid, set()) for s in seen)
    for f in sorted(ours - theirs):
        print(vrid, "director:  ", f)
    for f in sorted(theirs - ours):
        print(vrid, "keepalived:", f)
print(sum(map(len, seen[1].values())), "kinds of advert of", len(seen[1]), "virtual routers")
END
}
# Of each one with its priority and one with priority 0.
is "they are keepalived's own" "$(compared)" "20 kinds of advert of 10 virtual routers"
# The first one's id is 1, and each has its own.
is "the IP id counts from 1 in each" "$(/usr/bin/python3 - "$tmp/A.capture" <<'END'
import json, sys
ids = {}
for line in open(sys.argv[1]):
    d = json.loads(line)
    if d["kind"] == "advert" and d["family"] == 4:
        ids.setdefault(d["vrid"], []).append(int(d["frame"][36:40], 16))
print({v: i for v, i in ids.items() if i != list(range(1, len(i) + 1))} or "yes")
END
)" yes
# shellcheck disable=SC2034
also_normal='.*Truncating auth_pass to 8 characters'
no_complaints K
finish
