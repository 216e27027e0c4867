#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Connections that are opened, used once and then held, one to each server behind a VIP: what becomes of them.

  hold.py FILE URL SERVER...      opens connections until each server (the first word of its answer) has one, then FILE appears:
      {"t": ..., "event": "held"}, then a line when one of them ends, {"t", "server", "event": "reset" | "closed"}. On SIGUSR1
      each one that is left is used once more: {"server", "event": "answered" | an error}, then {"event": "used"}. SIGTERM ends.
"""
import json
import os
import select
import signal
import socket
import sys
import time
import urllib.parse


def ask(sock, host):
    sock.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    data = b""
    while True:
        head, found, body = data.partition(b"\r\n\r\n")
        if found:
            length = next(int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length:"))
            if len(body) >= length:
                return body.split()[0].decode()
        part = sock.recv(65536)
        if not part:
            raise ConnectionError("closed")
        data += part


def main():
    path, url, servers = sys.argv[1], urllib.parse.urlsplit(sys.argv[2]), set(sys.argv[3:])
    held, use = {}, []
    signal.signal(signal.SIGUSR1, lambda *_: use.append(1))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    for _ in range(200):
        if set(held) == servers:
            break
        sock = socket.create_connection((url.hostname, url.port or 80), 5)
        name = ask(sock, url.hostname)
        if name in held or name not in servers:
            sock.close()
        else:
            held[name] = sock
    with open(path + ".new", "w", buffering=1) as out:
        def tell(**line):
            out.write(json.dumps({"t": time.time(), **line}) + "\n")
        tell(event="held", servers=sorted(held))
        os.rename(path + ".new", path)
        while True:
            try:
                ready, _, _ = select.select(list(held.values()), [], [], 0.02)
            except InterruptedError:
                ready = []
            for name in [n for n, s in held.items() if s in ready]:
                try:
                    event = "data" if held[name].recv(4096) else "closed"
                except ConnectionResetError:
                    event = "reset"
                except OSError as error:
                    event = error.__class__.__name__
                tell(server=name, event=event)
                held.pop(name).close()
            if use:
                use.clear()
                for name, sock in held.items():
                    try:
                        ask(sock, url.hostname)
                        tell(server=name, event="answered")
                    except (OSError, StopIteration) as error:
                        tell(server=name, event=error.__class__.__name__)
                tell(event="used")


main()
