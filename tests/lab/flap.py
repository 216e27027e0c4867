#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Servers of one misbehave.py that go wrong and well again at random, each on its own, and what came of it.

  flap.py run CONTROL SECONDS SEED FIRST LAST      ports FIRST to LAST; all are well in the end
  flap.py judge EVENTS FIFO DETECT RETURN          of misbehave.py's log and the FIFO's lines with their times: one JSON object
      late: requests of clients to a server that was wrong for longer than DETECT seconds (the checks' own do not count);
      missed: times when a server was wrong for longer than DETECT and not down, or well for longer than RETURN and not up;
      odd: servers whose verdicts did not alternate; faults, verdicts, requests: how many; by_port: verdicts of each
"""
import collections
import json
import random
import re
import socket
import sys
import time

BAD = ["http,status=503", "silent,read=1", "reset-request", "close-headers", "garbage"]


def run(control, seconds, seed, first, last):
    random.seed(int(seed))
    end = time.monotonic() + float(seconds)
    ports = range(int(first), int(last) + 1)
    good = {p: True for p in ports}
    due = {p: time.monotonic() + random.uniform(0, 4) for p in ports}
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(control)
        with sock.makefile("rw") as lines:
            def change(port, mode):
                lines.write(f"{port}={mode}\n")
                lines.flush()
                answer = lines.readline()
                if not re.match("[0-9]", answer):
                    sys.exit(f"flap.py: {answer}")
            faults = 0
            while time.monotonic() < end:
                port = min(due, key=due.get)
                time.sleep(max(0, min(due[port], end) - time.monotonic()))
                if time.monotonic() >= end:
                    break
                good[port] = not good[port]
                faults += not good[port]
                change(port, "http,body=s{port}" if good[port] else random.choice(BAD))
                due[port] = time.monotonic() + (random.uniform(1, 8) if good[port] else random.uniform(0.2, 6))
            for port in ports:
                if not good[port]:
                    change(port, "http,body=s{port}")
    print(faults)


def judge(events, fifo, detect, back):
    detect, back = float(detect), float(back)
    modes = collections.defaultdict(list)       # port: [(t, well)]
    requests, late = 0, []
    for line in open(events):
        if not line.endswith("\n"):
            continue
        d = json.loads(line)
        if d["event"] == "mode":
            well = d["mode"] == "http" and d.get("status", "200") == "200"
            if not modes[d["port"]] or modes[d["port"]][-1][1] != well:
                modes[d["port"]].append((d["t"], well))
        elif d["event"] == "request" and "KeepAlive" not in d["agent"]:
            requests += 1
            since, well = modes[d["port"]][-1]
            if not well and d["t"] - since > detect:
                late.append([d["port"], round(d["t"] - since, 3)])
    verdicts = collections.defaultdict(list)
    for line in open(fifo):
        m = re.match(r"([0-9.]+) RS \[.*?\]:tcp:(\d+) \S+ (UP|DOWN)$", line)
        if m:
            verdicts[int(m[2])].append((float(m[1]), m[3] == "UP"))
    last = max(t for m in modes.values() for t, _ in m)

    def state(port, when):
        up = True
        for t, to in verdicts[port]:
            if t > when:
                break
            up = to
        return up
    missed = []
    for port, changes in modes.items():
        for (t, well), (until, _) in zip(changes, changes[1:] + [(last + 3600, None)]):
            limit = back if well else detect
            # The first one is how it all began.
            if until - t > limit and (t, well) != changes[0] and state(port, t + limit) != well:
                missed.append([port, round(t, 3), "well" if well else "wrong"])
    odd = [p for p, v in verdicts.items() if [up for _, up in v] != [bool(n % 2) for n in range(len(v))]]
    json.dump({"late": late[:20], "missed": missed[:20], "odd": odd, "requests": requests,
               "faults": sum(not w for m in modes.values() for _, w in m), "verdicts": sum(map(len, verdicts.values())),
               "by_port": {p: len(v) for p, v in sorted(verdicts.items())}}, sys.stdout)
    print()


{"run": run, "judge": judge}[sys.argv[1]](*sys.argv[2:])
