#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""HTTP requests, counted exactly. Each request is one of: answered (status 200 and the whole body: the first word of the
body is counted as the server's name) or failed (the reason is counted). No retries.

  load.py [-n REQUESTS | --seconds S [--while FILE]] [-c THREADS] [--keepalive] [--timeout S] [--at K COMMAND]... URL [URL ...]

Requests go round the URLs. Without --keepalive each has a connection of its own; with it a thread keeps one connection
per URL, and one that breaks is a failure. --at runs the command when K requests were begun, in the midst of the others,
and starts a new phase: a request counts for the phase in which it began and ended, or for none if a command was running.
Prints one JSON object:
  {"requests": N, "failed": N, "errors": {reason: N}, "seconds": S, "phases": [{URL: {server: N}}], "straddling": N,
   "commands": [{"command": C, "exit": N, "output": T}], "slowest": S, "retransmitted": N (requests over 0.9 s)}
"""
import argparse
import collections
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.parse


class Load:
    def __init__(self, args):
        self.args = args
        self.targets = []
        for url in args.url:
            u = urllib.parse.urlsplit(url)
            host = f"[{u.hostname}]" if ":" in u.hostname else u.hostname
            text = (f"GET {u.path or '/'} HTTP/1.1\r\nHost: {host}\r\n"
                    + ("" if args.keepalive else "Connection: close\r\n") + "\r\n")
            family = socket.AF_INET6 if ":" in u.hostname else socket.AF_INET
            self.targets.append((url, family, (u.hostname, u.port or 80), text.encode()))
        self.commands = sorted(((int(k), c) for k, c in args.at), reverse=True)
        self.ran = []
        self.lock = threading.Lock()
        self.begun = 0
        self.phase = 0          # even: stable; odd: a command runs
        self.end = time.monotonic() + args.seconds if args.seconds else None
        self.phases = [{t[0]: collections.Counter() for t in self.targets} for _ in range(len(self.commands) + 1)]
        self.straddling = 0
        self.errors = collections.Counter()
        self.slowest = 0.0
        self.retransmitted = 0  # over 0.9 s: a SYN was sent twice, or something worse

    def stopped(self):
        return self.args.while_file is not None and not os.path.exists(self.args.while_file)

    def next_index(self):
        """The number of the next request, or None when it is enough; and a command that is due before it."""
        with self.lock:
            if self.end is not None and (time.monotonic() >= self.end or self.stopped()):
                return None, None
            if self.end is None and self.begun >= self.args.n:
                return None, None
            index = self.begun
            self.begun += 1
            due = None
            if self.commands and index >= self.commands[-1][0] and self.phase % 2 == 0:
                due = self.commands.pop()[1]
                self.phase += 1
            return index, due

    def run_command(self, command):
        out = subprocess.run(command, shell=True, capture_output=True, text=True)
        with self.lock:
            self.ran.append({"command": command, "exit": out.returncode, "output": (out.stdout + out.stderr).strip()})
            self.phase += 1

    def request(self, sock, text):
        """One answer's body. Reads until the whole body is there, as Content-Length says."""
        sock.sendall(text)
        data = b""
        while True:
            head, found, body = data.partition(b"\r\n\r\n")
            if found:
                length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n")
                              if line.lower().startswith(b"content-length:"))
                if len(body) >= length:
                    break
            part = sock.recv(65536)
            if not part:
                raise ConnectionError("closed early")
            data += part
        status = head.split(b" ", 2)[1]
        if status != b"200":
            raise ConnectionError("status " + status.decode())
        return body[:length]

    def connect(self, family, address):
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.settimeout(self.args.timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            sock.connect(address)
        except OSError:
            sock.close()
            raise
        return sock

    def one(self, index, kept):
        url, family, address, text = self.targets[index % len(self.targets)]
        sock = kept.pop(url, None)
        where = "request" if sock else "connect"
        try:
            if sock is None:
                sock = self.connect(family, address)
                where = "request"
            body = self.request(sock, text)
            if self.args.keepalive:
                kept[url] = sock
            else:
                # The server closes first, so that its end of the connection is in TIME_WAIT, not ours.
                where = "close"
                while sock.recv(4096):
                    pass
                sock.close()
        except (OSError, ValueError, StopIteration) as error:
            if sock is not None:
                sock.close()
            kept.pop(url, None)
            name = error.__class__.__name__
            return url, None, f"{where}: {name}: {error}" if str(error) else f"{where}: {name}"
        words = body[:64].split()
        return url, words[0].decode("ascii", "replace") if words else "", None

    def thread(self):
        kept = {}
        while True:
            index, due = self.next_index()
            if index is None:
                break
            if due:
                self.run_command(due)
            before, start = self.phase, time.monotonic()
            url, server, error = self.one(index, kept)
            took = time.monotonic() - start
            with self.lock:
                self.slowest = max(self.slowest, took)
                self.retransmitted += took > 0.9
                if error:
                    self.errors[error] += 1
                elif before != self.phase or before % 2:
                    self.straddling += 1
                else:
                    self.phases[before // 2][url][server] += 1
        for sock in kept.values():
            sock.close()

    def run(self):
        start = time.monotonic()
        threads = [threading.Thread(target=self.thread) for _ in range(self.args.c)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        return {"requests": self.begun, "failed": sum(self.errors.values()), "errors": self.errors,
                "seconds": round(time.monotonic() - start, 3), "phases": self.phases, "straddling": self.straddling,
                "commands": self.ran, "slowest": round(self.slowest, 3), "retransmitted": self.retransmitted}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=100)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--while", dest="while_file", metavar="FILE", help="end when the file is gone")
    parser.add_argument("-c", type=int, default=8)
    parser.add_argument("--keepalive", action="store_true")
    parser.add_argument("--timeout", type=float, default=10)
    parser.add_argument("--at", nargs=2, action="append", default=[], metavar=("K", "COMMAND"))
    parser.add_argument("url", nargs="+")
    result = Load(parser.parse_args()).run()
    json.dump(result, sys.stdout)
    print()
    sys.exit(1 if result["failed"] else 0)


if __name__ == "__main__":
    main()
