#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""How long a failover takes: vipd pairs and keepalived pairs in one run, by the same harness, from one capture on the
lan's bridge with the kernel's timestamps.

  failover_times.py [--lab NAME] [--runs N] [--pairs vipd+vipd,keepalived+keepalived] [--vips 1,1000] [--faults cut,kill,stop]
                    [--interval S] [--log-detail] [--json FILE] [--folder FOLDER]

--lab: a lab that is up (scripts/lab -n NAME up), with the director's numbers 11 and 12 free. Version 3, priorities 254 and
253. Faults: cut, the first router's bridge port passes nothing on; kill, SIGKILL; stop, SIGTERM. After each the router
comes back and takes over again. N is 3, or 20 with VIPD_NIGHTLY. Prints a table, and with --json the object
  {"interval", "runs", "pairs": {PAIR: {VIPS: {FAULT: {FIGURE: {"median", "max", "n"}}, "advert_gap": {"p50", "p99", "max"}, "failures": [TEXT]}}},
   "ratios": {VIPS: {FAULT: {FIGURE: vipd's median / keepalived's}}}, "steal": share of the machine's time, "lost": frames}
Figures, in seconds: takeover (last advert of the old master, its farewell included, to the first of the new one), event
(fault to that advert), garp_first and garp_all (that advert to the first gratuitous ARP, and until every VIP was announced
once), back (the return: how long both sent adverts). Exit code 1 if a failover of a vipd failed.
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import vrrp_analyse  # noqa: E402

VRID = 77
FAULTS = ("cut", "kill", "stop")
FIGURES = ("takeover", "event", "garp_first", "garp_all", "back")


class Failure(Exception):
    pass


def wait_for(seconds, what, condition):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def alive(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(") ", 1)[1][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Node:
    """One router: a director for vipd, else a peer of the same number."""

    def __init__(self, lab, letter, kind, pair):
        self.lab, self.kind, self.letter = lab, kind, letter
        # A peer's name is its pair's own: one lab serves several pairs.
        self.name = letter if kind == "vipd" else f"{letter}{pair}"
        self.address = "192.168.200." + {"A": "11", "B": "12"}[letter]
        self.runs = False

    def prepare(self):
        if self.kind != "vipd" and not os.path.isdir(f"{self.lab.path}/peer-{self.name}"):
            self.lab.lab("peer", "add", self.name, self.address.rsplit(".", 1)[1])

    def port(self):
        return f"dir{self.letter}.lan" if self.kind == "vipd" else f"{self.name}.lan"

    def link(self, up):
        """Whether it is part of the lan: peers of other pairs have the same addresses."""
        subprocess.run(["ip", "-n", f"{self.lab.name}-lan", "link", "set", self.port(), "up" if up else "down"], check=True)

    def command(self, word, *more):
        if self.kind == "vipd":
            return self.lab.lab("director", word, self.letter, *more)
        return self.lab.lab(self.kind, word, self.name, *more)

    def start(self):
        file = f"{self.lab.folder}/{self.name}.conf"
        if self.kind == "vipd":
            self.command("start", "--config", file)
        else:
            self.command("start", file, *([] if self.lab.detail else ["--brief"]))
        self.runs = True

    def pids(self):
        if self.kind == "vipd":
            files = [f"{self.letter}.pid"]
        else:
            files = [f"peer-{self.name}/vrrp.pid", f"peer-{self.name}/keepalived.pid"]
        return [int(open(f"{self.lab.path}/{f}").read()) for f in files]

    def end(self, fault):
        """Gives the time just before."""
        pids = self.dying = self.pids()
        self.runs = False
        begin = time.time()
        if fault == "stop":
            # keepalived's parent has the child resign.
            os.kill(pids[-1], signal.SIGTERM)
        else:
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
        return begin

    def ended(self, fault):
        """Waits for the end, and leaves nothing for the next start to trip over."""
        wait_for(10, f"{self.name} ends", lambda: not any(map(alive, self.dying)))
        if self.kind == "vipd":
            file = f"{self.lab.path}/{self.letter}.exit"
            wait_for(5, f"{self.name}'s exit code", lambda: os.path.exists(file))
            if fault == "stop" and open(file).read().strip() != "0":
                raise Failure(f"vipd {self.name} ended with {open(file).read().strip()}")
        elif fault == "kill":
            # A killed keepalived leaves its addresses behind.
            self.lab.on(self.name, "ip", "addr", "flush", "dev", "eth0", "to", "10.77.0.0/16")

    def cut(self, cut):
        """Not the link: the router must not learn of it."""
        begin = time.time()
        self.lab.on("lan", "bridge", "link", "set", "dev", self.port(), "state", "disabled" if cut else "forwarding")
        return begin


class Lab:
    def __init__(self, name, folder, detail):
        self.name, self.folder, self.detail = name, folder, detail
        self.path = f"/run/vipd-lab/{name}"
        self.captures = 0

    def run(self, *command):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise Failure(f"{' '.join(command)}: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def lab(self, *words):
        return self.run(f"{TOP}/scripts/lab", "-n", self.name, *words)

    def on(self, host, *words):
        return self.run("ip", "netns", "exec", f"{self.name}-{host}", *words)


class Tape:
    """A running capture, read as it grows."""

    def __init__(self, lab):
        lab.captures += 1
        self.file = f"{lab.folder}/{lab.captures}.capture"
        if os.path.exists(self.file):
            os.unlink(self.file)
        self.process = subprocess.Popen(["ip", "netns", "exec", f"{lab.name}-lan", f"{HERE}/capture.py", "lan", self.file])
        wait_for(10, "the capture starts", lambda: os.path.exists(self.file))
        self.stream = open(self.file)
        self.rest = ""
        self.master = None      # whose advert came last, and how many in a row
        self.row = 0
        self.last = 0.0

    def poll(self):
        for line in (self.rest + self.stream.read()).splitlines(keepends=True):
            if not line.endswith("\n"):
                self.rest = line
                return
            if '"kind": "advert"' in line:
                d = json.loads(line)
                if d["priority"] == 0:
                    self.master, self.row = None, 0
                elif d["src"] == self.master:
                    self.row += 1
                else:
                    self.master, self.row = d["src"], 1
                self.last = d["t"]
        self.rest = ""

    def stable(self, address, after):
        """This router alone has sent ten adverts, the last of them after a time."""
        self.poll()
        return self.master == address and self.row >= 10 and self.last > after

    def end(self):
        self.stream.close()
        self.process.terminate()
        if self.process.wait(10):
            raise Failure("the capture failed")
        return vrrp_analyse.Capture(self.file)


def configuration(priority, interval, vips, more):
    addresses = [f"10.77.{1 + n // 250}.{1 + n % 250}/16" for n in range(vips)]
    # As many as one advert of 1500 bytes holds with ease; the rest are not advertised but announced the same.
    advertised, excluded = addresses[:100], addresses[100:]
    text = (f"global_defs {{\n  router_id failover\n{more}}}\nvrrp_instance V{VRID} {{\n  state BACKUP\n  interface eth0\n"
            f"  virtual_router_id {VRID}\n  priority {priority}\n  version 3\n  advert_int {interval}\n"
            "  virtual_ipaddress {\n    " + "\n    ".join(advertised) + "\n  }\n")
    if excluded:
        text += "  virtual_ipaddress_excluded {\n    " + "\n    ".join(excluded) + "\n  }\n"
    return text + "}\n"


def announcements_rest(tape):
    """True when no gratuitous ARP came since the last look, so that the next round's are its own."""
    size = sum(1 for _ in open(tape.file) if '"garp"' in _)
    before, tape.garps = getattr(tape, "garps", -1), size
    return size == before


def one_run(lab, tape, a, b, fault):
    """One fault of A, B takes over, A returns. Gives (time of the fault, time at which B was stable)."""
    before = time.time()
    wait_for(20, f"{a.name} is master alone", lambda: tape.stable(a.address, before))
    begin = a.cut(True) if fault == "cut" else a.end(fault)
    wait_for(10, f"{b.name} takes over after {fault}", lambda: tape.stable(b.address, begin))
    # What B announces belongs to this failover: A returns when it is done.
    wait_for(20, "the announcements end", lambda: announcements_rest(tape) or time.sleep(0.15))
    stable = time.time()
    if fault == "cut":
        a.cut(False)
    else:
        a.ended(fault)
        a.start()
    wait_for(20, f"{a.name} comes back", lambda: tape.stable(a.address, stable))
    return begin, stable


def restart(a, b):
    """After a failed run: both from the beginning."""
    a.cut(False)
    for node in (a, b):
        if any(map(alive, node.pids())):
            node.command("stop")
    for node in (b, a):
        node.start()


def measure(lab, pair, number, vips, args):
    kinds = pair.split("+")
    a, b = Node(lab, "A", kinds[0], number), Node(lab, "B", kinds[1], number)
    runs, failures = [], []
    # keepalived's usual five rounds for a thousand addresses, repeated at every advert of the lower router, keep two of
    # them from ever agreeing at 10 ms. The same for both pairs.
    more = "".join(f"  vrrp_garp_{w}\n" for w in ("master_repeat 1", "master_delay 0", "lower_prio_repeat 0",
                                                  "lower_prio_delay 0")) if vips > 100 else ""
    for node, priority in ((a, 254), (b, 253)):
        node.prepare()
        node.link(True)
        with open(f"{lab.folder}/{node.name}.conf", "w") as out:
            out.write(configuration(priority, args.interval, vips, more))
    wait_for(10, "the bridge ports forward", lambda: all(
        "state forwarding" in lab.on("lan", "bridge", "link", "show", "dev", n.port()) for n in (a, b)))
    tape = Tape(lab)
    try:
        for node in (b, a):
            node.start()
        for fault in args.faults:
            for _ in range(args.runs):
                try:
                    runs.append((fault, *one_run(lab, tape, a, b, fault)))
                except Failure as failure:
                    failures.append(f"{fault}: {failure}")
                    if len(failures) > 2:
                        raise Failure(f"{pair}, {vips} VIPs: {failures}") from None
                    restart(a, b)
        for node in (a, b):
            node.command("stop")
            # Peers of another pair have the same addresses.
            if node.kind != "vipd":
                node.link(False)
    finally:
        capture = tape.end()
    return figures(capture, runs, failures, a, b, vips, pair)


def figures(capture, runs, failures, a, b, vips, pair):
    key = f"4/{VRID}"
    changes = capture.changes(key)
    overlaps = capture.overlaps(key, 0)
    found = {}
    for run, (fault, begin, stable) in enumerate(runs):
        mine = [c for c in changes if c["from"] == a.address and c["to"] == b.address and begin <= c["first"] <= stable]
        # More than one is a flap.
        if len(mine) != 1:
            failures.append(f"{fault}: {len(mine)} changes where one was expected")
            continue
        c = mine[0]
        if c["zero"] != (fault == "stop"):
            failures.append(f"{fault}: priority 0 was {'' if c['zero'] else 'not '}sent")
            continue
        first, last, n = capture.announced(reign_mac(capture, key, c), c["first"], stable)
        if n != vips:
            failures.append(f"{fault}: {n} of {vips} addresses were announced")
            continue
        values = found.setdefault(fault, {f: [] for f in FIGURES})
        values["takeover"].append(c["seconds"])
        values["event"].append(c["first"] - begin)
        values["garp_first"].append(first)
        values["garp_all"].append(last)
        following = runs[run + 1][1] if run + 1 < len(runs) else float("inf")
        values["back"].append(max([o["seconds"] for o in overlaps
                                   if a.address in o["between"] and stable <= o["begin"] < following], default=0.0))
    result = {fault: {f: {"median": statistics.median(v), "max": max(v), "n": len(v)} for f, v in values.items() if v}
              for fault, values in found.items()}
    result["advert_gap"] = capture.gaps(key).get(a.address)
    result["lost"] = capture.lost
    result["failures"] = failures
    return result


def reign_mac(capture, key, change):
    return next(r["eth"] for r in capture.reigns(key) if r["src"] == change["to"] and r["first"] == change["first"])


def cpu_times():
    values = [int(v) for v in open("/proc/stat").readline().split()[1:]]
    return sum(values[:8]), values[7]


def ratios(pairs):
    """vipd's medians over keepalived's, of this same run."""
    ours, theirs = pairs.get("vipd+vipd"), pairs.get("keepalived+keepalived")
    if not ours or not theirs:
        return {}
    return {vips: {fault: {f: ours[vips][fault][f]["median"] / v["median"] for f, v in values.items()
                           if f in ours[vips].get(fault, {}) and v["median"]}
                   for fault, values in by_fault.items() if fault in FAULTS}
            for vips, by_fault in theirs.items() if vips in ours}


def table(result):
    def ms(v):
        return f"{v * 1000:9.3f}"
    print(f"v3, {result['interval']} s, priorities 254 and 253, {result['runs']} runs each; median / max in ms")
    for pair, by_vips in result["pairs"].items():
        for vips, by_fault in by_vips.items():
            for fault, values in by_fault.items():
                if fault not in FAULTS:
                    continue
                for f, v in values.items():
                    ratio = result["ratios"].get(vips, {}).get(fault, {}).get(f) if pair == "vipd+vipd" else None
                    print(f"  {pair:22} {vips:>5} VIPs  {fault:5} {f:11} {ms(v['median'])} /{ms(v['max'])}  (n {v['n']})"
                          + (f"  {ratio:.2f} x keepalived" if ratio is not None else ""))
            for failure in by_fault["failures"]:
                print(f"  {pair:22} {vips:>5} VIPs  failed: {failure}")
            gap = by_fault["advert_gap"]
            print(f"  {pair:22} {vips:>5} VIPs  advert gap p50 {ms(gap['p50'])}  p99 {ms(gap['p99'])}  max {ms(gap['max'])}  (n {gap['n']})")
    print(f"  steal {100 * result['steal']:.2f} %, frames the captures lost: {result['lost']}")


def main():
    nightly = os.environ.get("VIPD_NIGHTLY")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lab", default="lab")
    parser.add_argument("--runs", type=int, default=20 if nightly else 3)
    parser.add_argument("--pairs", default="vipd+vipd,keepalived+keepalived")
    parser.add_argument("--vips", default="1,1000")
    parser.add_argument("--faults", default="cut,kill,stop")
    parser.add_argument("--interval", type=float, default=0.01)
    parser.add_argument("--log-detail", action="store_true", help="keepalived with -D: a line per announcement")
    parser.add_argument("--json")
    parser.add_argument("--folder", default=".", help="for configurations and captures")
    args = parser.parse_args()
    args.faults = args.faults.split(",")
    lab = Lab(args.lab, os.path.abspath(args.folder), args.log_detail)
    result = {"interval": args.interval, "runs": args.runs, "pairs": {}}
    total, steal = cpu_times()
    try:
        for number, pair in enumerate(args.pairs.split(",")):
            for vips in args.vips.split(","):
                result["pairs"].setdefault(pair, {})[vips] = measure(lab, pair, number, int(vips), args)
    except Failure as failure:
        sys.exit(f"failover_times: {failure}")
    total, steal = cpu_times()[0] - total, cpu_times()[1] - steal
    result["steal"] = steal / max(total, 1)
    result["lost"] = sum(v["lost"] for p in result["pairs"].values() for v in p.values())
    result["ratios"] = ratios(result["pairs"])
    table(result)
    if args.json:
        with open(args.json, "w") as out:
            json.dump(result, out)
    # keepalived's own failures are figures, too.
    if any(v["failures"] for pair, p in result["pairs"].items() if "vipd" in pair for v in p.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
