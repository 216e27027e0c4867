#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A server that goes wrong in every way that a health check has to cope with: one way (mode) per port, which can be changed
while it runs. Every connection, request and datagram is written down with its time.

  misbehave.py run --log FILE --control SOCKET [--cert PEM] PORT=MODE[,KEY=VALUE]... ...   until SIGTERM
  misbehave.py set SOCKET PORT=MODE... ...          from now on; done when it prints the time (s since 1970) of each change
  misbehave.py ask FILE [--port N] [--from T] [--to T] EXPRESSION
      of the log: e (the events), t (times of accept or datagram), gaps (between them)

PORT may be a range, 8001-8050; {port} in a value becomes the number. TCP modes, all of which end by themselves:
  http            a good answer; status=200, body=TEXT, type=text/plain, location=URL, delay=S before the answer
  silent          accepts and never says a word; read=1: reads the request first (it is in the log then)
  slow            answers one byte a second          reset           RST at once
  reset-request   RST after the request              close           FIN at once
  close-headers   FIN in the middle of the headers   close-body      FIN in the middle of the body
  garbage         bytes that are no HTTP             flood           a body of mb=1024 megabytes
  headers         a head of mb=64 megabytes          off             refused: nobody listens
  full            SYNs are not answered: the queue of connections is full
  tls             http inside TLS (--cert)           tls-garbage     bytes that are no TLS
  tls-close       FIN after the ClientHello          tls-silent      reads the ClientHello, no answer
  tls-cut         http inside TLS, then FIN without close_notify
  smtp            a good server                      smtp-multi      its replies have several lines
  smtp-refuse     greets with code=554               smtp-helo       greets, then code=501 to HELO
  smtp-garbage    bytes that are no SMTP             smtp-drop       FIN after HELO
  smtp-mute       greets, then no word               smtp-endless    a greeting of lines=100000
UDP modes: udp-silent, udp-echo, udp-reply (hex=BYTES); udp-off: port unreachable
  dns             an A record for everything         dns-servfail, dns-nxdomain, dns-refused
  dns-id, dns-question  the answer of another query  dns-query       the query itself
  dns-garbage     random bytes                       dns-short       the first 11 bytes of an answer
  dns-silent      no answer
"""
import argparse
import json
import os
import random
import re
import selectors
import signal
import socket
import ssl
import struct
import sys
import threading
import time

LIMIT = 60          # seconds that a connection lives, whatever its mode


class Ended(Exception):
    pass


class Log:
    def __init__(self, path):
        self.out = open(path, "a", buffering=1)
        self.lock = threading.Lock()

    def write(self, event, port, mode, peer, **more):
        line = {"t": round(time.time(), 6), "event": event, "port": port, "mode": mode, "peer": peer, **more}
        with self.lock:
            self.out.write(json.dumps(line) + "\n")


class Connection:
    """One TCP connection, in a thread of its own."""

    def __init__(self, server, sock, peer, port, mode, options):
        self.server, self.sock, self.port, self.mode, self.options = server, sock, port, mode, options
        self.peer = f"{peer[0]}:{peer[1]}".replace("::ffff:", "")
        self.end = time.monotonic() + LIMIT
        self.data, self.sent = b"", 0

    def log(self, event, **more):
        self.server.log.write(event, self.port, self.mode, self.peer, **more)

    def left(self):
        seconds = self.end - time.monotonic()
        if seconds <= 0:
            raise Ended("limit")
        return seconds

    def send(self, data):
        self.sock.settimeout(self.left())
        self.sock.sendall(data)
        self.sent += len(data)

    def read_until(self, mark, most=65536):
        while mark not in self.data:
            self.sock.settimeout(self.left())
            part = self.sock.recv(4096)
            if not part:
                raise Ended("peer")
            self.data += part
            if len(self.data) > most:
                raise Ended("too much")
        head, _, self.data = self.data.partition(mark)
        return head

    def wait_for_peer(self):
        """Until it closes: what it sends is read and forgotten."""
        while True:
            self.sock.settimeout(self.left())
            if not self.sock.recv(65536):
                raise Ended("peer")

    def rest(self, seconds):
        """Sleeps, but wakes up when the peer is gone."""
        self.sock.settimeout(min(seconds, self.left()))
        try:
            if not self.sock.recv(65536):
                raise Ended("peer")
        except TimeoutError:
            pass

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Ended("reset")

    def request(self):
        head = self.read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        fields = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:])}
        self.log("request", line=head[0], host=fields.get("host", ""), agent=fields.get("user-agent", ""))

    def answer(self):
        o = self.options
        body = o.get("body", "ok") + "\n"
        if "location" in o:
            more = f"Location: {o['location']}\r\n"
        else:
            more = ""
        return (f"HTTP/1.1 {o.get('status', '200')} As asked\r\nContent-Type: {o.get('type', 'text/plain')}\r\n"
                f"{more}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}").encode()

    # ---- modes ----

    def do_http(self):
        self.request()
        if "delay" in self.options:
            self.rest(float(self.options["delay"]))
        self.send(self.answer())

    def do_silent(self):
        if "read" in self.options:
            self.request()
        self.wait_for_peer()

    def do_slow(self):
        self.request()
        for byte in self.answer():
            self.send(bytes([byte]))
            self.rest(1)

    def do_reset(self):
        self.reset()

    def do_reset_request(self):
        self.request()
        self.reset()

    def do_close(self):
        # What was not read would make it a RST.
        self.sock.shutdown(socket.SHUT_WR)
        self.wait_for_peer()

    def do_close_headers(self):
        self.request()
        self.send(self.answer()[:30])

    def do_close_body(self):
        self.request()
        self.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nonly the beginning")

    def do_garbage(self):
        self.request()
        self.send(b"\x16\x03\x00\xff not in the least HTTP \r\n\r\n" + os.urandom(200))

    def do_flood(self):
        self.request()
        size = int(self.options.get("mb", 1024)) << 20
        self.send(f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {size}\r\n\r\n".encode())
        block = b"0123456789abcde\n" * 4096
        for _ in range(size // len(block)):
            self.send(block)

    def do_headers(self):
        self.request()
        self.send(b"HTTP/1.1 200 OK\r\n")
        block = b"".join(b"X-%d: %s\r\n" % (n, b"y" * 900) for n in range(64))
        for _ in range((int(self.options.get("mb", 64)) << 20) // len(block)):
            self.send(block)

    def do_tls(self):
        self.sock.settimeout(self.left())
        self.sock = self.server.tls.wrap_socket(self.sock, server_side=True)
        self.request()
        self.send(self.answer())
        self.sock.unwrap()

    def do_tls_cut(self):
        self.sock.settimeout(self.left())
        self.sock = self.server.tls.wrap_socket(self.sock, server_side=True, suppress_ragged_eofs=True)
        self.request()
        body = self.options.get("body", "ok") + "\n"
        self.send(f"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n{body}".encode())

    def do_tls_garbage(self):
        self.send(b"220 this is no TLS\r\n" + os.urandom(200))
        self.wait_for_peer()

    def do_tls_close(self):
        self.sock.settimeout(self.left())
        self.sock.recv(4096)

    def do_tls_silent(self):
        self.wait_for_peer()

    def do_smtp(self, line=b"%d mail.lab is here\r\n"):
        self.send(line.replace(b"%d", b"220"))
        while True:
            word = self.read_until(b"\r\n")[:200].decode("latin-1")
            self.log("request", line=word)
            if word.upper().startswith(("HELO", "EHLO")):
                self.send(line.replace(b"%d", b"250"))
            elif word.upper() == "QUIT":
                self.send(line.replace(b"%d", b"221"))
                return
            else:
                self.send(b"502 no\r\n")

    def do_smtp_multi(self):
        self.do_smtp(b"%d-mail.lab\r\n%d-has much to say\r\n%d and is here\r\n")

    def do_smtp_refuse(self):
        self.send(f"{self.options.get('code', '554')} no service here\r\n".encode())
        self.wait_for_peer()

    def do_smtp_helo(self):
        self.send(b"220 mail.lab\r\n")
        self.read_until(b"\r\n")
        self.send(f"{self.options.get('code', '501')} what a name\r\n".encode())
        self.wait_for_peer()

    def do_smtp_garbage(self):
        self.send(b"\x00\xff\xfe hello \r\n" + os.urandom(2000) + b"\r\n")
        self.wait_for_peer()

    def do_smtp_drop(self):
        self.send(b"220 mail.lab\r\n")
        self.read_until(b"\r\n")

    def do_smtp_mute(self):
        self.send(b"220 mail.lab\r\n")
        self.wait_for_peer()

    def do_smtp_endless(self):
        for n in range(int(self.options.get("lines", 100000))):
            self.send(b"220-line %d of the greeting\r\n" % n)
        self.wait_for_peer()

    def run(self):
        self.log("accept")
        begin, why = time.monotonic(), "done"
        try:
            getattr(self, "do_" + self.mode.replace("-", "_"))()
        except Ended as ended:
            why = str(ended)
        except (OSError, ValueError) as error:
            why = error.__class__.__name__
        # In the log before the peer can know: who saw the end finds it there.
        self.log("end", why=why, seconds=round(time.monotonic() - begin, 6), sent=self.sent)
        self.sock.close()


def dns_answer(query, mode):
    """An answer to the query in the way of the mode; None: none."""
    if mode == "dns-silent" or len(query) < 12:
        return None
    if mode == "dns-garbage":
        return os.urandom(60)
    if mode == "dns-query":
        return query
    number, flags = struct.unpack("!HH", query[:4])
    # The question alone: what else the query has (EDNS) is not answered.
    question = query[12:query.index(b"\0", 12) + 5]
    code = {"dns-servfail": 2, "dns-nxdomain": 3, "dns-refused": 5}.get(mode, 0)
    if mode == "dns-id":
        number ^= 0x5555
    if mode == "dns-question":
        question = b"\x05other\x03lab\x00" + question[-4:]
    record = b"" if code else b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 1])
    answer = struct.pack("!HHHHHH", number, 0x8400 | (flags & 0x0100) | code, 1, 0 if code else 1, 0, 0) + question + record
    return answer[:11] if mode == "dns-short" else answer


TCP_MODES = {m[3:].replace("_", "-") for m in dir(Connection) if m.startswith("do_")} | {"off", "full"}
UDP_MODES = {"udp-silent", "udp-echo", "udp-reply", "udp-off", "dns", "dns-servfail", "dns-nxdomain", "dns-refused", "dns-id",
             "dns-question", "dns-query", "dns-garbage", "dns-short", "dns-silent"}


def parse(spec):
    """PORT=MODE[,KEY=VALUE]...: a list of (protocol, port, mode, options)."""
    found = re.fullmatch(r"(\d+)(?:-(\d+))?=([a-z-]+)((?:,[a-z]+=[^,]*)*)", spec)
    if not found:
        raise ValueError(f"what is {spec}?")
    first, last, mode, rest = found.groups()
    if mode not in TCP_MODES | UDP_MODES:
        raise ValueError(f"no such mode: {mode}")
    return [("tcp" if mode in TCP_MODES else "udp", port, mode,
             dict(o.replace("{port}", str(port)).split("=", 1) for o in rest.split(",")[1:]))
            for port in range(int(first), int(last or first) + 1)]


class Server:
    def __init__(self, args):
        self.log = Log(args.log)
        self.selector = selectors.DefaultSelector()
        self.lock = threading.Lock()
        self.ports = {}         # (protocol, port): (mode, options)
        self.socks = {}         # (protocol, port): [sockets]
        self.tls = None
        if args.cert:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(args.cert)

    def listen(self, key, backlog):
        kind = socket.SOCK_STREAM if key[0] == "tcp" else socket.SOCK_DGRAM
        sock = socket.socket(socket.AF_INET6, kind)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("::", key[1]))
        if key[0] == "tcp":
            sock.listen(backlog)
        sock.setblocking(False)
        return sock

    def close(self, key):
        for sock in self.socks.pop(key, []):
            if sock.fileno() in self.selector.get_map():
                self.selector.unregister(sock)
            sock.close()

    def fill(self, key):
        """A queue of one connection, and that one in it: the kernel drops every further SYN."""
        self.socks[key] = [self.listen(key, 0)]
        try:
            self.socks[key].append(socket.create_connection(("127.0.0.1", key[1]), 0.5))
        except TimeoutError:
            pass        # somebody else was faster

    def set(self, spec):
        for protocol, port, mode, options in parse(spec):
            if mode.startswith("tls") and self.tls is None:
                raise ValueError("no --cert")
            key = (protocol, port)
            with self.lock:
                was = self.ports.get(key, ("off", {}))[0]
                self.ports[key] = (mode, options)
                closed = (None, "off", "udp-off", "full")
                if mode in closed or was in closed:
                    self.close(key)
                if mode == "full":
                    self.fill(key)
                elif mode not in closed and key not in self.socks:
                    self.socks[key] = [self.listen(key, 4096)]
                    self.selector.register(self.socks[key][0], selectors.EVENT_READ, key)
                self.log.write("mode", port, mode, "", status=options.get("status", "200"))

    def accept(self, sock, key):
        while True:
            try:
                conn, peer = sock.accept()
            except OSError:
                return
            mode, options = self.ports[key]
            conn.setblocking(True)
            threading.Thread(target=Connection(self, conn, peer, key[1], mode, options).run, daemon=True).start()

    def datagram(self, sock, key):
        try:
            data, peer = sock.recvfrom(65536)
        except OSError:
            return
        mode, options = self.ports[key]
        self.log.write("datagram", key[1], mode, f"{peer[0]}:{peer[1]}".replace("::ffff:", ""), bytes=data[:256].hex())
        answer = dns_answer(data, mode) if mode.startswith("dns") else \
            {"udp-echo": data, "udp-reply": bytes.fromhex(options.get("hex", "deadbeef"))}.get(mode)
        if answer is not None:
            sock.sendto(answer, peer)

    def control(self, sock):
        """One line per change; answered when it is in effect."""
        conn, _ = sock.accept()

        def serve():
            with conn, conn.makefile("rw") as lines:
                for line in lines:
                    try:
                        self.set(line.strip())
                        lines.write(f"{time.time():.6f}\n")
                    except (ValueError, OSError) as error:
                        lines.write(f"error: {error}\n")
                    lines.flush()
        threading.Thread(target=serve, daemon=True).start()

    def run(self, args):
        for spec in args.spec:
            self.set(spec)
        door = socket.socket(socket.AF_UNIX)
        door.bind(args.control + ".new")
        door.listen(64)
        self.selector.register(door, selectors.EVENT_READ, "control")
        # Whoever waits for the socket to appear may use it at once.
        os.rename(args.control + ".new", args.control)
        while True:
            for key, _ in self.selector.select(0.05):
                with self.lock:
                    gone = key.fileobj.fileno() < 0
                if gone:
                    continue
                if key.data == "control":
                    self.control(door)
                elif key.data[0] == "tcp":
                    self.accept(key.fileobj, key.data)
                else:
                    self.datagram(key.fileobj, key.data)


def run(args):
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    threading.stack_size(256 * 1024)
    random.seed()
    try:
        Server(args).run(args)
    except (ValueError, OSError) as error:
        sys.exit(f"misbehave.py: {error}")


def change(args):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(args.control)
        with sock.makefile("rw") as lines:
            for spec in args.spec:
                lines.write(spec + "\n")
                lines.flush()
                answer = lines.readline().strip()
                if not re.fullmatch(r"[0-9.]+", answer):
                    sys.exit(f"misbehave.py: {spec}: {answer or 'no answer'}")
                print(answer)


def ask(args):
    with open(args.log) as log:
        events = [json.loads(line) for line in log if line.endswith("\n")]
    e = [d for d in events if args.begin <= d["t"] <= args.end and args.port in (None, d["port"])]
    t = [d["t"] for d in e if d["event"] in ("accept", "datagram")]
    gaps = [b - a for a, b in zip(t, t[1:])]
    found = eval(args.expression, {"e": e, "t": t, "gaps": gaps})
    print(found if isinstance(found, str) else json.dumps(found))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    p = commands.add_parser("run")
    p.add_argument("--log", required=True)
    p.add_argument("--control", required=True)
    p.add_argument("--cert", help="certificate and key, PEM, in one file")
    p.add_argument("spec", nargs="+")
    p.set_defaults(do=run)
    p = commands.add_parser("set")
    p.add_argument("control")
    p.add_argument("spec", nargs="+")
    p.set_defaults(do=change)
    p = commands.add_parser("ask")
    p.add_argument("log")
    p.add_argument("--port", type=int)
    p.add_argument("--from", dest="begin", type=float, default=0)
    p.add_argument("--to", dest="end", type=float, default=float("inf"))
    p.add_argument("expression")
    p.set_defaults(do=ask)
    args = parser.parse_args()
    args.do(args)


if __name__ == "__main__":
    main()
