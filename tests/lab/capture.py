#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""VRRP adverts, gratuitous ARP and unsolicited neighbour adverts on an interface, one JSON object per line, with the
kernel's receive timestamps. Run on the lab's bridge it sees what every router sends, unicast adverts too.

  capture.py INTERFACE FILE        until SIGTERM or SIGINT; FILE appears when it captures

Lines, `t` in seconds since 1970 (nanoseconds are kept), `eth` the sender's MAC, `src` the sender's address:
  {"t", "kind": "advert", "eth", "eth_dst", "src", "dst", "version", "vrid", "priority", "interval" (s), "family", "ah",
   "ttl", "tos", "addresses", "checksum": "pseudo"|"plain"|"both"|"bad", "frame": hex}
  {"t", "kind": "garp"|"na", "eth", "address", "op"}
  {"kind": "end", "frames", "lost"}     lost: frames that the kernel had no room for
"""
import ctypes
import json
import os
import signal
import socket
import struct
import sys
import time

SO_TIMESTAMPNS = 35
SO_RCVBUFFORCE = 33
SO_ATTACH_FILTER = 26
SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP = 1
PACKET_STATISTICS = 6
PACKET_MR_PROMISC = 1
PACKET_OUTGOING = 4
ETH_P_ALL = 3


def bpf():
    """ARP; IPv4 with protocol 112 or 51; IPv6 with next header 112, 51, or a neighbour advert. A data flood is left out."""
    # Jumps count from the next line.
    def statement(code, k):
        return struct.pack("HBBI", code, 0, 0, k)

    def jump(k, yes, no):
        return struct.pack("HBBI", 0x15, yes, no, k)
    load_half, load_byte, give = 0x28, 0x30, 0x06
    return [
        statement(load_half, 12),   # 0
        jump(0x0806, 11, 0),        # 1: ARP
        jump(0x0800, 0, 2),         # 2
        statement(load_byte, 23),   # 3: protocol
        jump(112, 8, 7),            # 4
        jump(0x86dd, 0, 8),         # 5
        statement(load_byte, 20),   # 6: next header
        jump(112, 5, 0),            # 7
        jump(51, 4, 0),             # 8
        jump(58, 0, 4),             # 9
        statement(load_byte, 54),   # 10: ICMPv6 type
        jump(136, 1, 2),            # 11
        jump(51, 0, 1),             # 12: IPv4, AH
        statement(give, 0x40000),   # 13
        statement(give, 0),         # 14
    ]


def open_socket(interface):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    program = b"".join(bpf())
    code = ctypes.create_string_buffer(program)
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(program) // 8, ctypes.addressof(code)))
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP,
                    struct.pack("iHH8s", socket.if_nametoindex(interface), PACKET_MR_PROMISC, 0, b""))
    sock.bind((interface, ETH_P_ALL))
    return sock


def ones_sum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def mac(data):
    return ":".join(f"{b:02x}" for b in data)


def checksum_kind(vrrp, version, src, dst):
    """Which sum it is: with the pseudo-header, without it, (by chance) both, or neither."""
    pseudo = src + dst + (struct.pack(">IBBBB", len(vrrp), 0, 0, 0, 112) if len(src) == 16
                          else struct.pack(">BBH", 0, 112, len(vrrp)))
    plain = ones_sum(vrrp) == 0xffff
    with_pseudo = version == 3 and ones_sum(pseudo + vrrp) == 0xffff
    if len(src) == 16:
        plain = False
    return {(True, True): "both", (True, False): "plain", (False, True): "pseudo"}.get((plain, with_pseudo), "bad")


def advert(frame, l3, src, dst, ttl, tos, proto, at, end, family):
    ah = proto == 51
    if ah:
        if len(frame) < at + 24 or frame[at] != 112:
            return None
        at += (frame[at + 1] + 2) * 4
    elif proto != 112:
        return None
    vrrp = frame[at:end]
    if len(vrrp) < 8:
        return None
    version = vrrp[0] >> 4
    size = 4 if family == 4 else 16
    count = vrrp[3]
    if version == 2:
        interval = float(vrrp[5])
    else:
        interval = (struct.unpack(">H", vrrp[4:6])[0] & 0xfff) / 100
    addresses = [socket.inet_ntop(socket.AF_INET if family == 4 else socket.AF_INET6, vrrp[8 + i * size:8 + (i + 1) * size])
                 for i in range(count) if len(vrrp) >= 8 + (i + 1) * size]
    text = socket.AF_INET if family == 4 else socket.AF_INET6
    return {"kind": "advert", "eth": mac(frame[6:12]), "eth_dst": mac(frame[0:6]), "src": socket.inet_ntop(text, src),
            "dst": socket.inet_ntop(text, dst), "version": version, "vrid": vrrp[1], "priority": vrrp[2],
            "interval": interval, "family": family, "ah": ah, "ttl": ttl, "tos": tos, "addresses": addresses,
            "checksum": checksum_kind(vrrp, version, src, dst), "frame": frame[:end].hex()}


def parse(frame):
    kind = frame[12:14]
    if kind == b"\x08\x06" and len(frame) >= 42:
        op, sender, target = struct.unpack(">H", frame[20:22])[0], frame[28:32], frame[38:42]
        if sender == target and any(sender):
            return {"kind": "garp", "eth": mac(frame[6:12]), "address": socket.inet_ntoa(sender), "op": op}
    elif kind == b"\x08\x00" and len(frame) >= 34:
        header = (frame[14] & 15) * 4
        length = struct.unpack(">H", frame[16:18])[0]
        return advert(frame, 14, frame[26:30], frame[30:34], frame[22], frame[15], frame[23], 14 + header,
                      14 + length, 4)
    elif kind == b"\x86\xdd" and len(frame) >= 54:
        end = 54 + struct.unpack(">H", frame[18:20])[0]
        tos = struct.unpack(">H", frame[14:16])[0] >> 4 & 0xff
        if frame[20] != 58:
            return advert(frame, 14, frame[22:38], frame[38:54], frame[21], tos, frame[20], 54, end, 6)
        # Unsolicited: to all nodes, solicited flag clear.
        if len(frame) >= 78 and frame[54] == 136 and not frame[58] & 0x40:
            return {"kind": "na", "eth": mac(frame[6:12]), "address": socket.inet_ntop(socket.AF_INET6, frame[62:78]),
                    "op": frame[58] >> 5}
    return None


def main():
    interface, name = sys.argv[1:]
    sock = open_socket(interface)
    stopped = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.append(time.time()))
    sock.settimeout(0.05)
    flushed = 0
    with open(name + ".new", "w", buffering=1 << 16) as out:
        # Whoever waits for the file sees it when the socket is open.
        os.rename(name + ".new", name)
        while True:
            try:
                frame, control, _, address = sock.recvmsg(2048, 64)
            except socket.timeout:
                out.flush()
                if stopped:
                    break
                continue
            seconds, nanos = struct.unpack("qq", control[0][2][:16])
            # What came before the signal is taken to its end.
            if stopped and seconds + nanos / 1e9 > stopped[0]:
                break
            seen = parse(frame) if address[2] != PACKET_OUTGOING else None
            if seen is not None:
                out.write(f'{{"t": {seconds}.{nanos:09d}, {json.dumps(seen)[1:]}\n')
            # Soon, for those who wait for a line; not per frame, for floods.
            if seconds + nanos / 1e9 > flushed + 0.05:
                flushed = seconds + nanos / 1e9
                out.flush()
        packets, lost = struct.unpack("II", sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        out.write(json.dumps({"kind": "end", "frames": packets, "lost": lost}) + "\n")


if __name__ == "__main__":
    main()
