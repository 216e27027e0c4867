#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Frames from a pcap file through the real program into a pcap file, without root: what goes in is made here, what
comes out must be tests/golden/pcap.expected, byte for byte (in any order: control answers beside the worker).

usage: pcap.py VIPD [--update]      --update writes the expectation anew, after the checks below passed
       pcap.py VIPD --workers N     with N workers on the one queue: the same frames but for what each worker chooses
"""
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.all import (ARP, ICMP, IP, TCP, UDP, Dot1Q, Ether, ICMPv6EchoRequest, ICMPv6ND_NS, IPv6,
                       ICMPv6NDOptSrcLLAddr, Padding, Raw, fragment, rdpcap, wrpcap)

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECTED = os.path.join(HERE, "pcap.expected")
ME, CLIENT = "02:00:00:00:00:11", "02:00:00:00:01:64"
NET4, NET6 = "192.0.2.", "2001:db8::"

CONF = """global_defs {
    random_seed 42
}
""" + "".join(
    f"""virtual_server {net}{vip} {port} {{
    lb_algo rr
    lb_kind {kind}
    protocol {proto}
    real_server {net}101 {port} {{
        weight 1
    }}
    real_server {net}102 {port} {{
        weight 1
    }}
}}
"""
    for net in (NET4, NET6)
    for vip, kind in ((16, "FNAT"), (17, "NAT"), (18, "DR"))
    for port, proto in ((80, "TCP"), (53, "UDP")))


def workers():
    return int(sys.argv[sys.argv.index("--workers") + 1]) if "--workers" in sys.argv else 1


def dataplane(rx, tx):
    neighbors = [{"address": net + str(n), "mac": "02:00:00:00:01:%02x" % n}
                 for net in (NET4, NET6) for n in (100, 101, 102)]
    vlan = {"id": 100, "name": "eth0.100", "addresses": ["198.51.100.11/24"],
            "neighbors": [{"address": "198.51.100.100", "mac": CLIENT}]}
    return {
        "eal": {"main_lcore": "0@0", "control_lcore": "1@0", "worker_lcores": [f"{2 + w}@0" for w in range(workers())], "memory_mb": 128,
                "hugepages": False},
        "log": {"level": "warning"},
        "ports": [{"name": "eth0", "device": f"net_pcap0,rx_pcap={rx},tx_pcap={tx}", "mac": ME,
                   "addresses": [NET4 + "11/24", NET6 + "11/64"], "neighbors": neighbors, "vlans": [vlan]}],
        "connections": {"max_per_worker": 1024},
    }


def frames():
    """(frame, number of frames that come out for it)"""
    def eth(**more):
        return Ether(src=CLIENT, dst=ME, **more)

    port = 40000
    for net, ip in ((NET4, IP), (NET6, IPv6)):
        hop = {"ttl": 61} if ip is IP else {"hlim": 61}
        src = net + "100"
        for vip in (16, 17, 18):
            dst = net + str(vip)
            port += 1
            yield eth() / ip(src=src, dst=dst, **hop) / TCP(sport=port, dport=80, flags="S", seq=1000,
                                                            options=[("MSS", 1460)]), 1
            yield eth() / ip(src=src, dst=dst, **hop) / TCP(sport=port, dport=80, flags="A", seq=1001, ack=1), 1
            yield eth() / ip(src=src, dst=dst, **hop) / UDP(sport=port, dport=53) / Raw(b"question"), 1
            # No connection: a reset comes back.
            yield eth() / ip(src=src, dst=dst, **hop) / TCP(sport=50000 + vip, dport=80, flags="A", seq=7, ack=9), 1
        low = {"ttl": 1} if ip is IP else {"hlim": 1}
        yield eth() / ip(src=src, dst=net + "16", **low) / TCP(sport=port, dport=80, flags="S"), 0
        yield eth() / ip(src=src, dst=net + "16", **hop) / TCP(sport=port, dport=80, flags="SF"), 0
        yield eth() / ip(src=src, dst=net + "99", **hop) / UDP(sport=1, dport=2), 0
        # TCP whose header does not fit, UDP whose length lies.
        yield eth() / ip(src=src, dst=net + "16", **hop) / TCP(sport=port, dport=80, flags="S", dataofs=15), 0
        yield eth() / ip(src=src, dst=net + "16", **hop) / UDP(sport=9, dport=53, len=200) / Raw(b"x"), 0
    echo = eth() / IP(src=NET4 + "100", dst=NET4 + "16", ttl=61) / ICMP(id=7, seq=1) / Raw(b"ping of sixteen.")
    yield echo, 1
    yield eth() / IPv6(src=NET6 + "100", dst=NET6 + "16", hlim=61) / ICMPv6EchoRequest(id=7, seq=1, data=b"ping"), 1
    yield eth() / Dot1Q(vlan=100) / ARP(hwsrc=CLIENT, psrc="198.51.100.100", pdst="198.51.100.11"), 1
    yield Ether(src=CLIENT, dst="ff:ff:ff:ff:ff:ff") / ARP(hwsrc=CLIENT, psrc=NET4 + "100", pdst=NET4 + "16"), 1
    yield Ether(src=CLIENT, dst="ff:ff:ff:ff:ff:ff") / ARP(hwsrc=CLIENT, psrc=NET4 + "100", pdst=NET4 + "99"), 0
    yield (Ether(src=CLIENT, dst="33:33:ff:00:00:16") / IPv6(src=NET6 + "100", dst="ff02::1:ff00:16", hlim=255) /
           ICMPv6ND_NS(tgt=NET6 + "16") / ICMPv6NDOptSrcLLAddr(lladdr=CLIENT)), 1
    for f in fragment(IP(src=NET4 + "100", dst=NET4 + "16") / UDP(sport=5, dport=53) / Raw(b"y" * 600), 400):
        yield eth() / f, 0
    bad = eth() / IP(src=NET4 + "100", dst=NET4 + "16", chksum=0x1234) / TCP(sport=1, dport=80, flags="S")
    yield bad, 0
    yield Ether(src=CLIENT, dst="02:00:00:00:00:99") / IP(src=NET4 + "100", dst=NET4 + "16") / UDP(), 0
    yield eth() / Dot1Q(vlan=7) / IP(src=NET4 + "100", dst=NET4 + "16") / UDP(), 0
    yield Ether(bytes(echo)[:20]), 0


def announcement(f):
    """What a director says of itself at its start, some time or other."""
    if ARP in f and f[ARP].psrc == f[ARP].pdst:
        return True
    return IPv6 in f and f[IPv6].dst == "ff02::1"


def chosen_left_out(text):
    """What of a frame no worker chooses: neither which server and its MAC, nor FULLNAT's port, nor their checksums."""
    f = Ether(bytes.fromhex(text))
    for layer in (IP, IPv6):
        if layer in f and f[layer].dst in [net + n for net in (NET4, NET6) for n in ("101", "102")]:
            f[layer].dst = NET4 + "0" if layer is IP else NET6
            if f[layer].src in (NET4 + "11", NET6 + "11"):
                f[layer].payload.sport = 0
    if f.dst in ("02:00:00:00:01:65", "02:00:00:00:01:66"):
        f.dst = ME
    for layer in (IP, TCP, UDP):
        if layer in f:
            f[layer].chksum = 0
    return bytes(f).hex()


def checksums_good(f):
    g = f.__class__(bytes(f))
    for layer in (IP, TCP, UDP, ICMP):
        if layer in g:
            del g[layer].chksum
    if IPv6 in g and g[IPv6].nh == 58:
        g = g.__class__(bytes(g))
        layer = g[IPv6].payload
        del layer.cksum
    return bytes(g.__class__(bytes(g))) == bytes(f)


class Console:
    """vipd -i on a pipe."""

    def __init__(self, words, env):
        self.p = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)

    def ask(self, line):
        self.p.stdin.write(line + " json\n")
        self.p.stdin.flush()
        text = ""
        while True:
            got = self.p.stdout.readline()
            if got == "":
                sys.exit("not ok: vipd ended")
            if text == "" and "{" not in got:
                continue
            text += got if text else got[got.index("{"):]
            try:
                return json.loads(text)
            except ValueError:
                continue

    def quit(self):
        self.p.stdin.write("quit\n")
        self.p.stdin.close()
        return self.p.wait(10)


def main():
    vipd = os.path.abspath(sys.argv[1])
    tmp = tempfile.mkdtemp()
    try:
        return run(vipd, tmp)
    finally:
        shutil.rmtree(tmp)


def run(vipd, tmp):
    rx, tx = os.path.join(tmp, "in.pcap"), os.path.join(tmp, "out.pcap")
    all_frames = list(frames())
    wrpcap(rx, [Ether(bytes(f)) for f, _ in all_frames])
    want = sum(n for _, n in all_frames)
    with open(os.path.join(tmp, "vipd.conf"), "w") as f:
        f.write(CONF)
    with open(os.path.join(tmp, "dataplane.json"), "w") as f:
        json.dump(dataplane(rx, tx), f)
    words = [vipd, "-n", "pcap%d" % os.getpid(), "-i", "-f", os.path.join(tmp, "vipd.conf"), "-d",
             os.path.join(tmp, "dataplane.json")]
    os.chmod(tmp, 0o755)
    if os.geteuid() == 0:  # show that it needs no privilege
        os.chown(tmp, 65534, 65534)
        words = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] + words
    console = Console(words, {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": tmp, "HOME": tmp})
    # Frames that are dropped, held or answered are all counted: wait until every one of them is.
    seen = -1
    for _ in range(10000):
        port = console.ask("show port")["ports"][0]
        drops = console.ask("show drop")
        seen = port["rx_packets"]
        if seen >= len(all_frames) and port["tx_packets"] >= want and drops["total"] >= 15:
            break
    drops = console.ask("show drop")["drops"]
    count = console.ask("show connection count")
    connections, by_worker = count["total"], count["by_worker"]
    code = console.quit()
    out = [f for f in rdpcap(tx) if not announcement(f)]
    return compare(out, want, drops, connections, by_worker, code, seen, len(all_frames))


def compare(out, want, drops, connections, by_worker, code, seen, sent):
    failed = passed = 0

    def check(name, good, text=""):
        nonlocal failed, passed
        failed, passed = failed + (not good), passed + bool(good)
        print(("ok - " if good else "not ok - ") + name + ("" if good else ": " + str(text)))

    check("vipd ends with 0", code == 0, code)
    check("every frame was received", seen == sent, f"{seen} of {sent}")
    check("as many came out as should", len(out) == want, f"{len(out)} of {want}")
    check("every checksum is good", all(checksums_good(f) for f in out),
          [f.summary() for f in out if not checksums_good(f)])
    check("twelve connections", connections == 12, connections)
    for reason in ("ttl", "bad_l4_header", "bad_l4_length", "fragment", "bad_checksum", "not_for_us", "unknown_vlan",
                   "bad_l3_length", "no_connection", "no_punt"):
        check("dropped as " + reason, drops.get(reason, 0) > 0, drops)
    lines = sorted(bytes(f).hex() for f in out)
    if "--update" in sys.argv and failed == 0:
        with open(EXPECTED, "w") as f:
            f.write("\n".join(lines) + "\n")
    with open(EXPECTED) as f:
        expected = f.read().split()
    if workers() > 1:
        lines, expected = sorted(map(chosen_left_out, lines)), sorted(map(chosen_left_out, expected))
        check("every worker has connections", min(by_worker) > 0 and len(by_worker) == workers(), by_worker)
    check("byte for byte as expected", lines == expected,
          "\n" + "\n".join("- " + x for x in expected if x not in lines) + "\n" +
          "\n".join("+ " + x for x in lines if x not in expected))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
