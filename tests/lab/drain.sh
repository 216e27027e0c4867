#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A drained server leaves the rotation without a failed request, and comes back; disable and weight 0 likewise.
. "$(dirname "$0")/lib.sh"

lab_begin
lab service "$net4.16" FNAT 80 | director A
vs=tcp:$net4.16:80 rs=$net4.102:80
url=http://$net4.16/
ctl="$vipctl -n $LAB-A"

# round NAME OFF ON: OFF at request 1000, ON at 3000 of 4000. Phase 1 is without web2.
round() {
  load -n 4000 -c 8 --at 1000 "$ctl $2" --at 3000 "$ctl $3" "$url" >"$tmp/result" || true
  is "$1: no failed request" "$(json 'd["errors"]' <"$tmp/result")" "{}"
  is "$1: the commands are done" "$(json '[c["exit"] for c in d["commands"]]' <"$tmp/result")" "[0, 0]"
  is "$1: in three, in two, in three" \
    "$(json '[[w for w in ("web1", "web2", "web3") if p[u].get(w, 0) > 100] for p in d["phases"] for u in p]' <"$tmp/result")" \
    '[["web1", "web2", "web3"], ["web1", "web3"], ["web1", "web2", "web3"]]'
  # The command answers when the workers have taken it.
  is "$1: not one request to it while it is off" "$(json "d['phases'][1]['$url'].get('web2', 0)" <"$tmp/result")" 0
}
round "drain and enable" "drain real-server $vs $rs" "enable real-server $vs $rs"
round "weight 0 and default" "set real-server $vs $rs weight 0" "set real-server $vs $rs weight default"

# Connections that are open on a drained server go on.
touch "$tmp/go"
load --keepalive --seconds 60 --while "$tmp/go" -c 12 "$url" >"$tmp/kept" &
kept=$!
# Four each, but a connection whose port the server still remembers may come to another one at its second attempt.
some_on_each() {
  vc show virtual-server -j | json '[r["connections_active"] >= 2 for r in d["virtual_servers"][0]["real_servers"]]' | grep -qx '\[true, true, true\]'
}
becomes "twelve open connections, some on each" 5 some_on_each
holds "drain" vc drain real-server "$vs" "$rs"
is "the server is shown as drained" "$(vc show virtual-server -j | json '[r["state"] for r in d["virtual_servers"][0]["real_servers"]]')" '["up", "drain", "up"]'
load -n 300 -c 4 "$url" >/dev/null
holds "enable" vc enable real-server "$vs" "$rs"
rm "$tmp/go"
wait $kept || true
is "none of them broke" "$(json 'd["errors"]' <"$tmp/kept")" "{}"

# disable is not drain: what is open on it is ended at once.
holds "disable" vc disable real-server "$vs" "$rs"
load -n 300 -c 4 "$url" >"$tmp/result" || true
is "disable: two servers answer, none fails" "$(json '[d["errors"], sorted(d["phases"][0][d["phases"][0].__iter__().__next__()])]' <"$tmp/result")" '[{}, ["web1", "web3"]]'
holds "enable again" vc enable real-server "$vs" "$rs"

# A client that comes back on the ports of a connection which is over: its server is disabled meanwhile, another answers.
# The server closes first, or the client's own kernel would keep the port to itself.
from_port() {
  on client python3 - "$net4.16" "$1" <<'END' 2>&1 || true
import socket, sys
s = socket.socket()
s.settimeout(10)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", int(sys.argv[2])))
s.connect((sys.argv[1], 80))
s.sendall(b"GET / HTTP/1.1\r\nHost: vip\r\nConnection: close\r\n\r\n")
data = b""
while part := s.recv(65536):
    data += part
print(data.split(b"\r\n\r\n", 1)[1].split()[0].decode())
END
}
port=40000
until [ "$(from_port $port)" = web2 ] || [ $port -ge 40030 ]; do
  port=$((port + 1))
done
holds "disable once more" vc disable real-server "$vs" "$rs"
is "the same client port is answered by another server" "$(from_port $port | sed 's/^web[13]$/another/')" another
holds "and enable" vc enable real-server "$vs" "$rs"
finish
