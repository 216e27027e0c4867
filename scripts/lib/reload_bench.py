#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What bench-reload.sh runs: vipd alone on net_pcap with a large configuration, started, then reloaded with nothing, a few
servers and everything changed. Needs no network and leaves nothing behind.

  reload_bench.py --vipd FILE --vipctl FILE [--services N] [--servers N] [--times N] [--on-link] [--json] [--keep]
"""
import argparse
import json
import os
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ADVERT_MS = 100
LATE_MS = 10            # an interval longer than this past ADVERT_MS counts as late
QUIET = 0.3             # s without work of main's: what a reload left to do is done
KINDS = ("none", "same", "few", "all")  # none: as long without a reload, what the machine itself does
PASSES = ("control", "worker")
THREADS = {"control": "vipd-control", "worker": "vipd-w0"}
CPUS = sorted(os.sched_getaffinity(0))


def address(base, i):
    a, b, c, d = (int(x) for x in base.split("."))
    n = (a << 24 | b << 16 | c << 8 | d) + i
    return ".".join(str(n >> s & 255) for s in (24, 16, 8, 0))


def vip_of(i):
    return address("10.200.0.0", i), 80


def config(services, servers, kind, turn):
    """Each service has its share of the servers; `few` moves a server in ten services, `all` another weight in all."""
    out = [f"""vrrp_instance V {{
    interface eth0
    virtual_router_id 51
    version 3
    priority 254
    advert_int {ADVERT_MS / 1000}
    virtual_ipaddress {{
        10.0.0.100
    }}
    virtual_ipaddress_excluded {{"""]
    out += [f"        {address('10.200.0.0', i)}/32" for i in range(services)]
    out.append("    }\n}")
    each = servers // services
    weight = 1 + turn - (kind != "all")  # as the one before, where they stay
    for s in range(services):
        vip, port = vip_of(s)
        out.append(f"virtual_server {vip} {port} {{\n    lb_algo wrr\n    lb_kind FNAT\n    protocol TCP")
        for r in range(each):
            n = s * each + r
            moved = kind == "few" and r == 0 and s % max(services // 10, 1) == 0
            out.append(f"    real_server {address('10.64.0.0', n)} {81 + turn if moved else 80} {{\n"
                       f"        weight {weight}\n    }}")
        out.append("}")
    return "\n".join(out) + "\n"


def dataplane(folder, on_link, alone):
    """Of two CPUs one is for whom this pass measures, alone; main, which a reload keeps busy, has the other."""
    port = {"name": "eth0", "device": f"net_pcap0,rx_pcap={folder}/in.pcap,tx_pcap={folder}/out.pcap",
            "mac": "02:00:00:00:00:11",
            "addresses": ["10.0.0.11/8" if on_link else "10.0.0.11/24"],
            "gateways": ["10.0.0.1"],
            "neighbors": [{"address": "10.0.0.1", "mac": "02:00:00:00:00:01"}]}
    first, last = CPUS[0], CPUS[-1]
    control, worker = (last, first) if alone == "control" else (first, last)
    return {"eal": {"main_lcore": f"0@{first}", "control_lcore": f"1@{control}", "worker_lcores": [f"2@{worker}"],
                    "memory_mb": 1024, "hugepages": False},
            "log": {"to": "stderr", "level": "info"},
            "connections": {"max_per_worker": 100000}, "ports": [port]}


def favour():
    """Before whatever else the machine does, where that is allowed, and on every CPU."""
    os.sched_setaffinity(0, CPUS)
    try:
        os.nice(-15)
    except OSError:
        pass


class Director:
    def __init__(self, a, folder, alone):
        self.a, self.folder, self.alone, self.name = a, folder, alone, f"reload{os.getpid()}"
        self.conf = os.path.join(folder, "vipd.conf")
        with open(os.path.join(folder, "in.pcap"), "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        with open(os.path.join(folder, "dataplane.json"), "w") as f:
            json.dump(dataplane(folder, a.on_link, alone), f)
        self.process = None

    def write(self, text):
        with open(self.conf, "w") as f:
            f.write(text)

    def start(self):
        begin = time.monotonic()
        with open(os.path.join(self.folder, "log"), "w") as log:
            self.process = subprocess.Popen(
                [self.a.vipd, "-n", self.name, "-f", self.conf, "-d", os.path.join(self.folder, "dataplane.json")],
                stdout=log, stderr=log, env={**os.environ, "VIPD_RUN_DIR": self.folder}, preexec_fn=favour)
        while "is ready" not in self.log():
            if self.process.poll() is not None or time.monotonic() - begin > 120:
                sys.exit("vipd does not start:\n" + self.log()[-2000:])
            time.sleep(0.01)
        wall = time.monotonic() - begin
        self.favour_alone()
        return wall

    def favour_alone(self):
        """The thread that is measured has its CPU whenever it wants it: others' time slices are not its turns."""
        tasks = f"/proc/{self.process.pid}/task"
        for tid in os.listdir(tasks):
            with open(f"{tasks}/{tid}/comm") as f:
                if f.read().strip() == THREADS[self.alone]:
                    try:
                        os.sched_setscheduler(int(tid), os.SCHED_FIFO, os.sched_param(1))
                    except OSError:
                        pass

    def log(self):
        with open(os.path.join(self.folder, "log")) as f:
            return f.read()

    def ctl(self, *words):
        return subprocess.run([self.a.vipctl, "-n", self.name, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=True, env={**os.environ, "VIPD_RUN_DIR": self.folder}).stdout

    def show(self, *words):
        return json.loads(self.ctl("-j", "show", *words))

    def main_cpu(self):
        """Seconds that the main thread had a CPU."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/schedstat") as f:
            return int(f.read().split()[0]) / 1e9

    def quiet(self):
        """Waits until main has no more to do than it has each second anyway; returns its CPU time up to the last work."""
        begin, last = time.monotonic(), self.main_cpu()
        since = begin
        while time.monotonic() - since < QUIET and time.monotonic() - begin < 60:
            time.sleep(0.02)
            now = self.main_cpu()
            if now - last > 0.004:
                since = time.monotonic()
            last = now
        return last

    def lcores(self):
        return {l["role"]: l for l in self.show("lcore")["lcores"]}

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def adverts(path):
    """When each advert left, in seconds; net_pcap stamps what it is given."""
    with open(path, "rb") as f:
        data = f.read()
    if len(data) < 24:
        return []
    unit = 1e9 if struct.unpack("<I", data[:4])[0] == 0xa1b23c4d else 1e6
    at, times = 24, []
    while at + 16 <= len(data):
        s, frac, size, _ = struct.unpack("<IIII", data[at:at + 16])
        frame = data[at + 16:at + 16 + size]
        at += 16 + size
        if frame[12:14] == b"\x08\x00" and len(frame) > 36 and frame[23] == 112 and frame[36] != 0:
            times.append(s + frac / unit)
    return times


def measure(d, kind, turn):
    if kind != "none":
        d.write(config(d.a.services, d.a.servers, kind, turn))
    d.quiet()
    d.ctl("clear", "stats")
    cpu, begin, clock = d.main_cpu(), time.monotonic(), time.time()
    said = ""
    if kind == "none":
        time.sleep(1)
    else:
        said = d.ctl("reload")
    wall = time.monotonic() - begin
    cpu_reload = d.main_cpu() - cpu
    cpu_all = d.quiet() - cpu
    lcores = d.lcores()
    return {"kind": kind, "wall": wall, "main_cpu": cpu_reload, "main_cpu_after": cpu_all - cpu_reload,
            "control_longest": lcores["control"]["loop_max"], "worker_longest": lcores["worker"]["loop_max"],
            "from": clock, "to": time.time(), "summary_bytes": len(said)}


def judge_adverts(rows, times):
    for r in rows:
        gaps = [b - a for a, b in zip(times, times[1:]) if b >= r["from"] and a <= r["to"]]
        r["adverts"] = len(gaps)
        r["advert_longest"] = max(gaps, default=0)
        r["adverts_late"] = sum(g > (ADVERT_MS + LATE_MS) / 1000 for g in gaps)


def empty_start(a, folder):
    d = Director(a, folder, "worker")
    try:
        d.write("")
        d.start()
        return d.quiet()
    finally:
        d.stop()


def run_pass(a, folder, alone):
    d = Director(a, folder, alone)
    rows = []
    try:
        d.write(config(a.services, a.servers, "all", 0))
        wall = d.start()
        cpu = d.main_cpu()
        after = d.quiet() - cpu
        for turn in range(1, a.times + 1):
            rows += [measure(d, kind, turn) for kind in a.kinds]
        log = d.log()
        with open(f"/proc/{d.process.pid}/status") as f:
            rss = next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))
    finally:
        d.stop()
    judge_adverts(rows, adverts(os.path.join(folder, "out.pcap")))
    return {"alone": alone, "wall": wall, "main_cpu": cpu, "main_cpu_after": after, "log_lines": log.count("\n"),
            "rss_mb": rss // 1024, "reloads": rows}


def run(a, folder):
    empty = empty_start(a, folder)
    passes = [run_pass(a, folder, alone) for alone in PASSES]
    for p in passes:
        p["main_cpu"] -= empty
    return {"services": a.services, "servers": a.servers, "on_link": a.on_link, "main_cpu_empty": empty, "passes": passes}


def column(result, kind, key, alone=PASSES, unit=1000.0):
    """Median, least and most."""
    v = sorted(unit * r[key] for p in result["passes"] if p["alone"] in alone for r in p["reloads"] if r["kind"] == kind)
    return statistics.median(v), v[0], v[-1]


def table(result):
    p = result["passes"]
    print(f"{result['services']} services, {result['servers']} real servers{', on link' if result['on_link'] else ''}")
    print(f"  start   main {1000 * min(x['main_cpu'] for x in p):.0f} ms beyond the {1000 * result['main_cpu_empty']:.0f} ms"
          f" that it takes without a service; ready after {1000 * min(x['wall'] for x in p):.0f} ms")
    print("  reload     main's CPU ms    wall ms   control's longest turn us   worker's longest turn us   adverts: longest late")
    print("            (and afterwards)                median (least, most)       median (least, most)      gap ms")
    for kind in KINDS:
        rows = [r for x in p for r in x["reloads"] if r["kind"] == kind]
        if not rows:
            continue
        c = column(result, kind, "control_longest", ("control",), 1e6)
        w = column(result, kind, "worker_longest", ("worker",), 1e6)
        print(f"  {kind:8} {column(result, kind, 'main_cpu')[0]:8.0f} ({column(result, kind, 'main_cpu_after')[0]:.0f})"
              f" {column(result, kind, 'wall')[0]:12.0f}   {c[0]:10.0f} ({c[1]:.0f}, {c[2]:.0f})"
              f" {w[0]:18.0f} ({w[1]:.0f}, {w[2]:.0f})"
              f" {column(result, kind, 'advert_longest')[2]:19.1f} {sum(r['adverts_late'] for r in rows):5}")
    print(f"  log {p[0]['log_lines']} lines, memory {p[0]['rss_mb']} MB")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--vipd", required=True)
    p.add_argument("--vipctl", required=True)
    p.add_argument("--services", type=int, default=10000)
    p.add_argument("--servers", type=int, default=100000, help="of all services together")
    p.add_argument("--times", type=int, default=3)
    p.add_argument("--kinds", type=lambda t: t.split(","), default=list(KINDS))
    p.add_argument("--on-link", action="store_true")
    p.add_argument("--json", "-j", action="store_true")
    p.add_argument("--keep")
    a = p.parse_args()
    os.sched_setaffinity(0, CPUS[:1])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # In memory: what net_pcap writes is not to wait for a disk.
    folder = tempfile.mkdtemp(prefix="vipd-reload.", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    try:
        result = run(a, folder)
        if a.keep:
            shutil.copytree(folder, a.keep, dirs_exist_ok=True)
    finally:
        shutil.rmtree(folder)
    if a.json:
        print(json.dumps(result, indent=1))
    else:
        table(result)


if __name__ == "__main__":
    main()
