#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Medians over the rounds of scripts/bench.sh: its folder has baseline-*.txt, lines of "MODE NANOSECONDS", and rows-*.json,
as vipd-bench prints them. Prints JSON with -j, else tables for people and for docs/performance.md.
    bench_merge.py [-j] FOLDER
"""
import glob
import json
import statistics
import sys

args = [a for a in sys.argv[1:] if a != "-j"]
folder = args[0]


def baseline():
    found = {}
    for name in sorted(glob.glob(folder + "/baseline-*.txt")):
        for line in open(name, encoding="utf-8"):
            mode, ns = line.split()
            found.setdefault(mode, []).append(float(ns))
    return found


def rows():
    """By what a row measures: what was found in each round."""
    found = {}
    for name in sorted(glob.glob(folder + "/rows-*.json")):
        for row in json.load(open(name, encoding="utf-8"))["rows"]:
            key = tuple(row[k] for k in ("case", "family", "protocol", "size", "flows"))
            found.setdefault(key, []).append(row)
    return found


def median(values):
    return statistics.median(values) if values else None


def merged(found, csum):
    good = [r for r in found if "error" not in r]
    if not good:
        return found[0]
    row = dict(good[0])
    ns = median([r["ns_median"] for r in good])
    row.update(ns_median=round(ns, 2), ns_min=min(r["ns_min"] for r in good), ns_max=max(r["ns_max"] for r in good),
               ratio_csum=round(ns / csum, 3) if csum else None, cycles_median=median([r["cycles_median"] for r in good]),
               per_second=round(median([r["per_second"] for r in good])), rounds=len(good),
               runs=sum(r["runs"] for r in good), cpu_share=min(r["cpu_share"] for r in good),
               checked=sum(r["checked"] for r in good), bad=sum(r["bad"] for r in good),
               dropped=sum(r["dropped"] for r in good))
    return row


def name_of(row):
    extra = [row["protocol"]] if row["protocol"] != "tcp" else []
    extra += [row["size"]] if row["size"] != "64" else []
    return " ".join([row["case"], row["family"]] + extra)


def text(value, form="%.1f"):
    return "-" if value is None else form % value


def table(base, all_rows):
    print("testpmd, ns per packet: " + ", ".join(
        f"{mode} {median(v):.1f} ({min(v):.1f} to {max(v):.1f})" for mode, v in base.items()))
    print(f"{'':24} {'flows':>9} {'ns':>8} {'min':>8} {'max':>8} {'Mpps':>7} {'x csum':>7} {'conn/s':>9} {'B/conn':>7}")
    for r in all_rows:
        if "error" in r:
            print(f"{name_of(r):24} {r['flows']:9}  failed: {r['error']}")
            continue
        rate = r["per_second"] if r["case"] in ("connections", "fill") else None
        print(f"{name_of(r):24} {r['flows']:9} {r['ns_median']:8.1f} {r['ns_min']:8.1f} {r['ns_max']:8.1f} "
              f"{1000 / r['ns_median']:7.2f} {text(r['ratio_csum'], '%.2f'):>7} {text(rate, '%.0f'):>9} "
              f"{text(r['bytes_per_connection']):>7}")
    shared = min([r["cpu_share"] for r in all_rows if "error" not in r] or [1])
    if shared < 0.97:
        print(f"Others used the worker's CPU: it had {100 * shared:.0f} % of it at the worst. Times are CPU time, but caches were shared.")


def markdown(base, all_rows):
    cell = lambda mode: text(median(base.get(mode, [])))
    print("\n| testpmd io | macswap | csum |\n|---|---|---|")
    print(f"| {cell('io')} | {cell('macswap')} | {cell('csum')} |")
    print("\n| case | flows | ns per packet, median (min to max) | Mpps | multiple of csum | connections per second | bytes per connection |")
    print("|---|---|---|---|---|---|---|")
    for r in all_rows:
        if "error" in r:
            continue
        rate = f"{r['per_second']:,}" if r["case"] in ("connections", "fill") else ""
        print(f"| {name_of(r)} | {r['flows']:,} | {r['ns_median']:.1f} ({r['ns_min']:.1f} to {r['ns_max']:.1f}) | "
              f"{1000 / r['ns_median']:.2f} | {text(r['ratio_csum'], '%.2f')} | {rate} | "
              f"{'' if r['bytes_per_connection'] is None else text(r['bytes_per_connection'])} |")


base = baseline()
csum = median(base.get("csum", []))
out = [merged(found, csum) for found in rows().values()]
if "-j" in sys.argv:
    print(json.dumps({"baseline": {m + "_ns": median([round(v, 2) for v in base.get(m, [])]) for m in ("io", "macswap", "csum")},
                      "rows": out}))
else:
    table(base, out)
    markdown(base, out)
sys.exit(any("error" in r for r in out))
