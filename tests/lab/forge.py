#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Adverts that no router may believe, each with priority 255, sent by scapy.

  forge.py INTERFACE VERSION VRID VIP PASSWORD TIMES [DESTINATION_MAC DESTINATION]     kinds of forgery on stdin

Version 2 with the password (`-`: none), or version 3; the source address is the interface's. With a destination the
advert goes there instead of to the multicast group. Kinds: see KINDS; `good` would be believed, and proves the rest.
"""
import struct
import sys

from scapy.all import IP, Ether, Raw, conf, get_if_addr, get_if_hwaddr, sendp

KINDS = ("good", "ttl", "checksum", "length_short", "length_count", "length_long", "version", "type", "password",
         "no_password", "auth_type", "interval", "vrid", "addresses", "more_addresses")


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def forge(kind, version, vrid, vip, password, src, dst):
    """The VRRP message; its checksum is right unless that is the forgery."""
    kind_version = 5 - version if kind == "version" else version
    first = kind_version << 4 | (2 if kind == "type" else 1)
    addresses = [bytes(map(int, vip.split(".")))]
    if kind == "addresses":
        addresses = [bytes((10, 99, 99, 99))]
    elif kind == "more_addresses":
        addresses.append(bytes((10, 99, 99, 99)))
    count = len(addresses) + (7 if kind == "length_count" else 0)
    vrid = vrid ^ 0x80 if kind == "vrid" else vrid
    secret = b"" if password == "-" else password.encode()
    auth = 1 if secret else 0
    if kind == "password":
        secret = b"wrong"
    elif kind == "no_password":
        auth, secret = 0, b""
    elif kind == "auth_type":
        auth = 7
    if kind_version == 2:
        middle = struct.pack(">BB", auth, 3 if kind == "interval" else 1)
        tail = secret.ljust(8, b"\0")
    else:
        middle, tail = struct.pack(">H", 100), b""
    body = b"".join(addresses) + tail
    if kind == "length_long":
        body += b"12345678"
    elif kind == "length_short":
        body = body[:-2]
    head = struct.pack(">BBBB", first, vrid, 255, count) + middle
    data = head + b"\0\0" + body
    pseudo = b""
    if kind_version == 3:
        pseudo = bytes(map(int, src.split("."))) + bytes(map(int, dst.split("."))) + struct.pack(">BBH", 0, 112, len(data))
    sum16 = checksum(pseudo + data)
    if kind == "checksum":
        sum16 ^= 0x5555
    return head + struct.pack(">H", sum16) + body


def main():
    interface, version, vrid, vip, password, times = sys.argv[1:7]
    mac, dst = sys.argv[7:9] if len(sys.argv) > 7 else ("01:00:5e:00:00:12", "224.0.0.18")
    conf.verb = 0
    src = get_if_addr(interface)
    for kind in sys.stdin.read().split():
        if kind not in KINDS:
            sys.exit(f"forge: no such kind: {kind}")
        message = forge(kind, int(version), int(vrid), vip, password, src, dst)
        frame = (Ether(src=get_if_hwaddr(interface), dst=mac) / IP(src=src, dst=dst, ttl=254 if kind == "ttl" else 255, tos=0xc0, proto=112)
                 / Raw(message))
        sendp(frame, iface=interface, count=int(times))


if __name__ == "__main__":
    main()
