#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Golden packets of the whole program: frames in by net_pcap, frames out by net_pcap, byte for byte.

usage: run.py VIPD VIPCTL [--update]

Runs vipd twice without root: first with clients' packets only, which tells the source ports that FULLNAT chose; then
with the servers' answers behind them, which come home only if random_seed made the same choices again. What leaves in
the second run must be expect.txt, and the drop counters must be those in it. Order counts between two addresses only:
nodes of the graph may overtake each other. ARP requests and announcements depend on time and are left out. --update writes expect.txt anew: read its difference before committing it.
"""

import ipaddress
import json
import os
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
VIPD_MAC, CLIENT_MAC = "020000000011", "020000000064"
SERVER_MAC = {"192.168.200.101": "020000000101", "2001:db8:200::101": "020000000101"}
CLIENT = {4: "192.168.200.100", 6: "2001:db8:200::100"}
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
FIN, SYN, RST, ACK = 1, 2, 4, 16


def csum(data):
    data += b"\0" * (len(data) % 2)
    s = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while s >> 16:
        s = (s & 0xFFFF) + (s >> 16)
    return ~s & 0xFFFF


def addr(text):
    return ipaddress.ip_address(text).packed


def l4(src, dst, proto, header, at, payload):
    pseudo = b"" if proto == ICMP else addr(src) + addr(dst) + struct.pack(
        "!II", len(header) + len(payload), proto)
    c = csum(pseudo + header + payload)
    return header[:at] + struct.pack("!H", c) + header[at + 2:] + payload


def tcp(src, dst, sport, dport, flags, payload=b"", seq=1, ack=0):
    h = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 8192, 0, 0)
    return l4(src, dst, TCP, h, 16, payload)


def udp(src, dst, sport, dport, payload=b""):
    return l4(src, dst, UDP, struct.pack("!HHHH", sport, dport, 8 + len(payload), 0), 6, payload)


def echo(src, dst, proto, payload=b""):
    return l4(src, dst, proto, struct.pack("!BBHHH", 8 if proto == ICMP else 128, 0, 0, 7, 1), 2,
              payload)


def ip(src, dst, proto, payload, ttl=64, frag=0, mac=CLIENT_MAC, vlan=None):
    if ":" in dst:
        kind = 0x86DD
        h = struct.pack("!IHBB", 6 << 28, len(payload), proto, ttl) + addr(src) + addr(dst)
    else:
        kind = 0x0800
        h = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, frag, ttl, proto, 0)
        h += addr(src) + addr(dst)
        h = h[:10] + struct.pack("!H", csum(h)) + h[12:]
    tag = b"" if vlan is None else struct.pack("!HH", 0x8100, vlan)
    frame = bytes.fromhex(VIPD_MAC + mac) + tag + struct.pack("!H", kind) + h + payload
    return frame.ljust(60, b"\0")


def arp(op, sender_mac, sender, target):
    return (bytes.fromhex("ffffffffffff" + sender_mac) +
            struct.pack("!HHHBBH", 0x0806, 1, 0x0800, 6, 4, op) + bytes.fromhex(sender_mac) +
            addr(sender) + bytes(6) + addr(target)).ljust(60, b"\0")


def spoilt(frame, at, value):
    return frame[:at] + bytes([value]) + frame[at + 1:]


# VIP of each method; each has TCP 80 and UDP 53, one server, reached at 8080 and 5353 unless by DR.
VIP = {(m, f): a for m, f, a in (
    ("fullnat", 4, "192.168.200.16"), ("nat", 4, "192.168.200.17"), ("dr", 4, "192.168.200.18"),
    ("fullnat", 6, "2001:db8:200::16"), ("nat", 6, "2001:db8:200::17"),
    ("dr", 6, "2001:db8:200::18"))}


def configuration():
    text = "global_defs {\n    router_id golden\n    random_seed 42\n}\n"
    # Addresses of its own: on the port's, the kernel's ephemeral range would have a say in the ports.
    text += "local_address_group golden {\n    192.168.200.12\n    2001:db8:200::12\n}\n"
    for (method, family), vip in VIP.items():
        kind = {"fullnat": "FNAT", "nat": "NAT", "dr": "DR"}[method]
        local = "    laddr_group_name golden\n"
        server = "192.168.200.101" if family == 4 else "2001:db8:200::101"
        for proto, port, to in (("TCP", 80, 8080), ("UDP", 53, 5353)):
            text += (f"virtual_server {vip} {port} {{\n    lb_algo rr\n    lb_kind {kind}\n"
                     f"    protocol {proto}\n"
                     f"{local if method == 'fullnat' else ''}    real_server {server} "
                     f"{port if method == 'dr' else to} {{\n        weight 1\n    }}\n}}\n")
    return text


def dataplane():
    neighbors = [{"address": a, "mac": ":".join(m[i:i + 2] for i in range(0, 12, 2))}
                 for a, m in list(SERVER_MAC.items()) + [(c, CLIENT_MAC) for c in CLIENT.values()]]
    return {
        "eal": {"main_lcore": "0@0", "control_lcore": "1@0", "worker_lcores": ["2@0"],
                "memory_mb": 256, "hugepages": False},
        "ports": [{"name": "eth0", "device": "net_pcap0,rx_pcap=in.pcap,tx_pcap=out.pcap",
                   "driver": "net_pcap", "mac": "02:00:00:00:00:11",
                   "addresses": ["192.168.200.11/24", "2001:db8:200::11/64"],
                   "neighbors": neighbors}],
        "connections": {"max_per_worker": 4096},
    }


def requests():
    frames = []
    for (_, family), vip in VIP.items():
        c = CLIENT[family]
        for port in range(3):
            frames.append(ip(c, vip, TCP, tcp(c, vip, 40000 + port, 80, SYN)))
        frames.append(ip(c, vip, TCP, tcp(c, vip, 40000, 80, ACK, b"GET / HTTP/1.0\r\n\r\n", 2)))
        frames.append(ip(c, vip, UDP, udp(c, vip, 41000, 53, b"question")))
        frames.append(ip(c, vip, ICMP if family == 4 else ICMP6,
                         echo(c, vip, ICMP if family == 4 else ICMP6, b"x" * 33)))
    return frames


def answers(out):
    """What the servers say to the first packets that they got, by way of the director."""
    frames = []
    for f in out:
        if f[:6].hex() != SERVER_MAC["192.168.200.101"]:
            continue
        v4 = f[12:14] == b"\x08\x00"
        proto, at = (f[23], 34) if v4 else (f[20], 54)
        src, dst = (f[26:30], f[30:34]) if v4 else (f[22:38], f[38:54])
        src, dst = (str(ipaddress.ip_address(a)) for a in (src, dst))
        if dst not in SERVER_MAC:
            continue  # DR: the server answers the client itself
        sport, dport = struct.unpack("!HH", f[at:at + 4])
        if proto == UDP:
            body = udp(dst, src, dport, sport, b"the answer")
        elif f[at + 13] == SYN:
            body = tcp(dst, src, dport, sport, SYN | ACK, b"", 9, 2)
        else:
            body = tcp(dst, src, dport, sport, ACK, bytes(range(256)) * 5, 10, 20)
        frames.append(ip(dst, src, proto, body, mac=SERVER_MAC[dst]))
    return frames


def refused():
    c, vip = CLIENT[4], VIP[("fullnat", 4)]
    syn = tcp(c, vip, 50000, 80, SYN)
    good = ip(c, vip, TCP, syn)
    return [
        ip(c, vip, TCP, tcp(c, vip, 50000, 80, ACK, b"stray", 77, 88)),  # no_connection, and a reset
        ip(c, vip, TCP, syn, ttl=1),  # ttl
        ip(c, vip, UDP, udp(c, vip, 50000, 53, b"part"), frag=0x2000),  # fragment
        ip(c, vip, TCP, syn, vlan=7),  # unknown_vlan
        spoilt(good, 0, 0x06),  # not_for_us
        spoilt(good, 6, 0x03),  # bad_l2
        spoilt(good, 25, good[25] ^ 1),  # bad_checksum
        good[:33],  # bad_l3_length
        ip(c, vip, TCP, spoilt(syn, 12, 0xF0)),  # bad_l4_length
        ip(c, vip, TCP, spoilt(syn, 13, SYN | RST)),  # bad_l4_header
        ip("127.0.0.1", vip, TCP, syn),  # bad_l3_header
        ip("10.0.0.1", VIP[("nat", 4)], TCP, tcp("10.0.0.1", VIP[("nat", 4)], 9, 80, SYN)),
        ip("192.168.200.101", "10.0.0.1", TCP,
           tcp("192.168.200.101", "10.0.0.1", 8080, 9, SYN | ACK)),  # no_route
        ip(c, "192.168.200.11", TCP, tcp(c, "192.168.200.11", 50000, 22, SYN)),  # no_punt
        arp(1, CLIENT_MAC, c, vip),  # answered
    ]


def pcap_write(path, frames):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for x in frames:
            f.write(struct.pack("<IIII", 0, 0, len(x), len(x)) + x)


def pcap_read(path):
    with open(path, "rb") as f:
        data = f.read()
    at, frames = 24, []
    while at < len(data):
        n = struct.unpack("<I", data[at + 8:at + 12])[0]
        frames.append(data[at + 16:at + 16 + n])
        at += 16 + n
    return frames


def timed(frame):
    """ARP requests, solicitations and advertisements of vipd's own accord."""
    if frame[12:14] == b"\x08\x06":
        return frame[20:22] == b"\0\1"
    return frame[12:14] == b"\x86\xdd" and frame[20] == ICMP6 and 133 <= frame[54] <= 137


def run(vipd, vipctl, frames):
    """The frames that left, and the drop counters."""
    with tempfile.TemporaryDirectory(prefix="vipd-golden-") as tmp:
        env = dict(os.environ, VIPD_RUN_DIR=tmp, XDG_RUNTIME_DIR=tmp)
        name = f"golden{os.getpid()}"
        pcap_write(os.path.join(tmp, "in.pcap"), frames)
        with open(os.path.join(tmp, "vipd.conf"), "w", encoding="ascii") as f:
            f.write(configuration())
        with open(os.path.join(tmp, "dataplane.json"), "w", encoding="ascii") as f:
            json.dump(dataplane(), f)

        def ask(*words):
            r = subprocess.run([vipctl, "-n", name, "-j", *words], env=env, capture_output=True,
                               text=True, check=False)
            return json.loads(r.stdout) if r.returncode == 0 else None

        with open(os.path.join(tmp, "log"), "w+", encoding="utf-8") as log:
            daemon = subprocess.Popen([vipd, "-n", name, "-f", "vipd.conf", "-d", "dataplane.json"],
                                      cwd=tmp, env=env, stdout=log, stderr=log)
            try:
                deadline = time.monotonic() + 20
                # Done when every frame was taken and no counter has moved for a while: control answers ARP, and the
                # director announces itself, beside the worker.
                seen, same = None, 0
                while same < 25:
                    ports, drops = ask("show", "port"), ask("show", "drop")
                    now = ports and drops and (ports["ports"][0]["rx_packets"], ports["ports"][0]["tx_packets"],
                                               drops["total"])
                    same = same + 1 if now and now == seen and now[0] >= len(frames) else 0
                    seen = now
                    if daemon.poll() is not None or time.monotonic() > deadline:
                        log.seek(0)
                        sys.exit(f"vipd did not take {len(frames)} frames:\n{log.read()}{ports}")
                    time.sleep(0.02)
                drops = ask("show", "drop")
            finally:
                daemon.terminate()
                code = daemon.wait(10)
        if code != 0:
            sys.exit(f"vipd ended with {code}")
        out = pcap_read(os.path.join(tmp, "out.pcap"))
    return [x for x in out if not timed(x)], {k: v for k, v in drops["drops"].items() if v}


def addresses(frame):
    """What must stay in order: IPv4 or IPv6 source and destination."""
    return frame[26:34] if frame[12:14] == b"\x08\x00" else frame[22:54]


def main():
    vipd, vipctl = (os.path.abspath(p) for p in sys.argv[1:3])
    expect = os.path.join(HERE, "expect.txt")
    ask = requests()
    first, _ = run(vipd, vipctl, ask)
    frames = ask + answers(first) + refused()
    out, drops = run(vipd, vipctl, frames)
    replies = [x for x in out if x[12:14] == b"\x08\x06"]
    out = sorted((x for x in out if x[12:14] != b"\x08\x06"), key=addresses) + replies
    text = "".join(f"drop {k} {v}\n" for k, v in sorted(drops.items()))
    text += "".join(x.hex() + "\n" for x in out)
    if "--update" in sys.argv:
        with open(expect, "w", encoding="ascii") as f:
            f.write(text)
    with open(expect, encoding="ascii") as f:
        want = f.read()
    if text == want:
        print(f"{len(frames)} frames in, {len(out)} out, {sum(drops.values())} dropped")
        return 0
    for got, exp in zip(text.splitlines() + ["(end)"], want.splitlines() + ["(end)"]):
        if got != exp:
            print(f"expected {exp}\ngot      {got}")
            break
    return 1


if __name__ == "__main__":
    sys.exit(main())
