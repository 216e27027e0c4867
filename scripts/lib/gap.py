#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The client's view of a failover: asks ADDRESS PORT over and over, one new connection each, while a command runs.

  gap.py [--settle SECONDS] ADDRESS PORT COMMAND...

An answer is the body of an HTTP reply. A connection that has no answer after 50 ms is given up and another tried. The
command is run by a shell once three answers came; asking goes on until answers have come for the settle time again.
Prints one line of JSON: the longest time between two answers, before which server answered and after, and how many
connections were tried in vain.
"""
import argparse
import json
import socket
import subprocess
import sys
import time

GIVE_UP = 0.05
EVERY = 0.005
LONGEST = 30


def ask(address, port):
    """The body of the reply, or None."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    host = f"[{address}]" if ":" in address else address
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(GIVE_UP)
        try:
            s.connect((address, port))
            s.sendall(f"GET / HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            reply = b""
            while True:
                more = s.recv(4096)
                if not more:
                    break
                reply += more
        except OSError:
            return None
    head, _, body = reply.partition(b"\r\n\r\n")
    return body.decode(errors="replace").strip() if b" 200 " in head.split(b"\r\n")[0] else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--settle", type=float, default=1.5)
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("command", nargs="+")
    a = parser.parse_args()
    began = time.monotonic()
    answers = vain = 0
    last = gap = gap_end = None
    command = None
    while True:
        now = time.monotonic()
        if now - began > LONGEST:
            print(json.dumps({"gap_ms": None, "error": f"no steady answers within {LONGEST} s"}))
            return 1
        if command is None and answers >= 3:
            command = subprocess.Popen(["/bin/sh", "-c", " ".join(a.command)], stdout=subprocess.DEVNULL)
            began = now
        if ask(a.address, a.port) is None:
            vain += command is not None
        else:
            now = time.monotonic()
            answers += 1
            if command is not None and last is not None and (gap is None or now - last > gap):
                gap, gap_end = now - last, now
            last = now
        done = command is not None and command.poll() is not None
        if done and last is not None and last - max(gap_end or began, began) > a.settle and \
                time.monotonic() - last < GIVE_UP:
            print(json.dumps({"gap_ms": round(gap * 1000, 1), "in_vain": vain, "answers": answers}))
            return 0 if command.returncode == 0 else 1
        time.sleep(EVERY)


if __name__ == "__main__":
    sys.exit(main())
