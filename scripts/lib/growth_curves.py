#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What bench-growth.sh runs: vipd-bench at each point of each curve. JSON on stdout, progress on stderr.

  growth_curves.py --bench FILE [--quick] [CURVE ...]
"""
import argparse
import json
import subprocess
import sys

# name: what grows, what stays, points, and the case with its words; {n} is the point.
CURVES = {
    "flows": ("flows", "1 service, 16 real servers", [1, 100, 1000, 10000, 100000, 1000000, 4000000], [
        ("established, FULLNAT", "fullnat -n {n}"), ("established, DR", "dr -n {n}"), ("opening, FULLNAT", "fill -n {n}")]),
    "services": ("virtual servers", "65,536 flows, 1 real server each, up to 100 services on a VIP", [1, 10, 100, 1000, 10000, 100000], [
        ("established, FULLNAT", "fullnat -n 64K --services {n} --servers 1"),
        ("opening, FULLNAT", "fill -n 64K --services {n} --servers 1")]),
    "servers": ("real servers of one service", "65,536 flows, DR", [1, 10, 100, 1000, 10000], [
        ("established, DR", "dr -n 64K --servers {n}"), ("opening, DR", "fill --method dr -n 64K --servers {n}")]),
    "vips": ("VIPs", "65,536 flows, a service each with 1 real server", [1, 10, 100, 1000, 10000, 50000], [
        ("established, FULLNAT", "fullnat -n 64K --vips {n} --servers 1"),
        ("opening, FULLNAT", "fill -n 64K --vips {n} --servers 1")]),
    "neighbours": ("neighbours", "65,536 flows, 4,096 services with 16 real servers each", [16, 256, 4096, 16384, 60000], [
        ("established, DR", "dr -n 64K --services 4096 --neighbours {n}"),
        ("opening, DR", "fill --method dr -n 64K --services 4096 --neighbours {n}")]),
}


def flows_of(words):
    n = words.split("-n ")[1].split()[0]
    return int(n[:-1]) * 1024 if n.endswith("K") else int(n)


def point(bench, words, times, seconds):
    """The least of several: what else the machine does only adds."""
    fills = words.startswith("fill")
    if fills and flows_of(words) < 10000:
        return None  # too short to be measured
    runs = times if fills else 1
    rows = []
    for _ in range(runs):
        out = subprocess.run([bench, "-j", "--no-check", "-r", str(times), "-t", str(seconds), *words.split()],
                             stdout=subprocess.PIPE, check=False, text=True, timeout=300).stdout
        row = json.loads(out)["rows"][0]
        if "error" in row:
            raise RuntimeError(f"{words}: {row['error']}")
        rows.append(row)
    return {"ns": min(r["ns_min"] for r in rows), "ns_most": max(r["ns_max"] for r in rows)}


def try_point(bench, words, times, seconds):
    """Twice at most: None and a line where it cannot be measured."""
    for _ in range(2):
        try:
            return point(bench, words, times, seconds)
        except (RuntimeError, ValueError, subprocess.TimeoutExpired) as e:
            print(f"growth_curves.py: {e}", file=sys.stderr)
    return None


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bench", required=True)
    p.add_argument("--quick", action="store_true")
    p.add_argument("curves", nargs="*")
    a = p.parse_args()
    result = []
    for name in a.curves or CURVES:
        if name not in CURVES:
            sys.exit(f"growth_curves.py: no curve {name}; there are {' '.join(CURVES)}")
        what, stays, points, series = CURVES[name]
        curve = {"name": name, "x": what, "stays": stays, "series": []}
        for label, words in series:
            line = {"label": label, "points": []}
            for n in points[::2] if a.quick else points:
                found = try_point(a.bench, words.format(n=n), 2 if a.quick else 5, 0.2 if a.quick else 0.5)
                if found is None:
                    continue
                line["points"].append({"n": n, **found})
                print(f"{name}: {label}: {n}: {found['ns']:.1f} ns", file=sys.stderr)
            curve["series"].append(line)
        result.append(curve)
    json.dump({"unit": "ns of a worker's CPU time per packet", "curves": result}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
