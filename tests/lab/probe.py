#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The client's view of a failover: a new HTTP connection every few milliseconds, each with a time limit of its own, so that
one that meets nobody holds no other back.

  probe.py run FILE URL [--every S] [--timeout S]   until SIGTERM; FILE appears when it runs: one line per connection
      {"t": begin (s since 1970), "ok": true|false, "s": seconds, "from": first word of the answer | "error": text}
  probe.py gap FILE --from T --to T               the longest time without service between two connections that began and
      were answered, the answers before and after it, and how many failed: one JSON object
  probe.py serve NAME [PORT]                        a server that answers NAME: for routers that only hold a VIP
"""
import argparse
import errno
import http.server
import json
import os
import selectors
import signal
import socket
import socketserver
import time
import urllib.parse


class Probe:
    def __init__(self, address, host, timeout, out):
        self.begin = time.time()
        self.limit = time.monotonic() + timeout
        self.out, self.data, self.sent = out, b"", False
        self.request = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        self.sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
        self.sock.setblocking(False)
        error = self.sock.connect_ex(address)
        self.done = error not in (0, errno.EINPROGRESS) and self.end(os.strerror(error))

    def end(self, error=None):
        self.sock.close()
        line = {"t": self.begin, "ok": error is None, "s": round(time.time() - self.begin, 6)}
        if error is None:
            line["from"] = self.data.split(b"\r\n\r\n", 1)[1].split()[0].decode("ascii", "replace")
        else:
            line["error"] = error
        self.out.write(json.dumps(line) + "\n")
        return True

    def ready(self):
        """True when it is over."""
        try:
            if not self.sent:
                error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if error:
                    return self.end(os.strerror(error))
                self.sock.sendall(self.request)
                self.sent = True
                return False
            part = self.sock.recv(65536)
        except BlockingIOError:
            return False
        except OSError as error:
            return self.end(error.strerror)
        self.data += part
        if part:
            return False
        body = self.data.split(b"\r\n\r\n", 1)
        good = self.data.startswith(b"HTTP/1.") and b" 200 " in self.data[:16] and len(body) == 2 and body[1].split()
        return self.end(None if good else "no good answer")


def run(args):
    url = urllib.parse.urlsplit(args.url)
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    waiting = selectors.DefaultSelector()
    following = time.monotonic()
    with open(args.file, "w", buffering=1) as out:
        while not stopped or waiting.get_map():
            now = time.monotonic()
            if now >= following and not stopped:
                # A time missed is not made up for.
                following = max(following + args.every, now)
                probe = Probe((url.hostname, url.port or 80), host, args.timeout, out)
                if not probe.done:
                    waiting.register(probe.sock, selectors.EVENT_WRITE, probe)
            for key, _ in waiting.select(max(0, min(following - time.monotonic(), 0.01))):
                # A closed socket is unknown to the selector: out with it first.
                waiting.unregister(key.fileobj)
                if not key.data.ready():
                    waiting.register(key.fileobj, selectors.EVENT_READ, key.data)
            now = time.monotonic()
            for key in [k for k in waiting.get_map().values() if k.data.limit < now]:
                waiting.unregister(key.fileobj)
                key.data.end("timeout")


def gap(args):
    lines = sorted((json.loads(line) for line in open(args.file) if line.endswith("\n")), key=lambda d: d["t"])
    lines = [d for d in lines if args.begin <= d["t"] <= args.end]
    good = [d for d in lines if d["ok"]]
    longest = max(zip(good, good[1:]), key=lambda p: p[1]["t"] - p[0]["t"], default=None)
    failed = [d["error"] for d in lines if not d["ok"]]
    print(json.dumps({
        "gap": round(longest[1]["t"] - longest[0]["t"], 4) if longest else None, "answered": len(good), "failed": len(failed),
        "errors": {e: failed.count(e) for e in sorted(set(failed))}, "last": good[-1] if good else None,
        "before": longest and longest[0]["from"], "after": longest and longest[1]["from"]}))


def serve(args):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = (args.name + "\n").encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
        daemon_threads = True
        request_queue_size = 1024
        address_family = socket.AF_INET6

    Server(("::", args.port), Handler).serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    p = commands.add_parser("run")
    p.add_argument("file")
    p.add_argument("url")
    p.add_argument("--every", type=float, default=0.01)
    p.add_argument("--timeout", type=float, default=0.5)
    p.set_defaults(do=run)
    p = commands.add_parser("gap")
    p.add_argument("file")
    p.add_argument("--from", dest="begin", type=float, default=0)
    p.add_argument("--to", dest="end", type=float, default=float("inf"))
    p.set_defaults(do=gap)
    p = commands.add_parser("serve")
    p.add_argument("name")
    p.add_argument("port", type=int, nargs="?", default=80)
    p.set_defaults(do=serve)
    args = parser.parse_args()
    args.do(args)


if __name__ == "__main__":
    main()
