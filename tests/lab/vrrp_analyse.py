#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a file of capture.py says about each virtual router (FAMILY/VRID): who was master when, for how long there were two,
how long each change took.

  vrrp_analyse.py FILE [--from T] [--to T] [--slack S] [--any-ttl KEYS]    all of it, as one JSON object
  vrrp_analyse.py FILE --now                              one line per virtual router that has a master: "4/51 ADDRESS ..."

A master's reign runs from its first advert to its last; it ends by priority 0, or when nothing comes for four intervals.
Two reigns overlap when a router sends on after another one began. One interval of that is the protocol's own: a master
learns of a better one by that one's next advert. More than that (and --slack, for a busy machine) is listed as too long.
{"lost": frames the capture missed, "routers": {"4/51": {
  "reigns": [{"src", "eth", "first", "last", "adverts", "end": "zero"|"silence"|"open"}],
  "overlaps": [{"between": [SRC, SRC], "begin", "seconds", "adverts"}], "too_long": [...],
  "changes": [{"from", "to", "zero": true|false, "last" (t of the last advert, priority 0 included), "first" (of the new
               master), "seconds", "garp_first", "garp_all" (s from `first`), "announced" (number of addresses)}],
  "gaps": {SRC: {"n", "p50", "p99", "max"}}, "bad": [adverts with a wrong checksum, TTL or destination]}}}
"""
import argparse
import bisect
import json
import sys
import time


def percentile(values, p):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * p / 100))] if values else None


class Capture:
    def __init__(self, name, begin=0.0, end=float("inf")):
        self.adverts = {}    # "4/51" -> [advert]
        self.garps = {}      # eth -> ([t], [address])
        self.lost = None
        self.last = 0.0
        with open(name) as lines:
            for line in lines:
                if not line.endswith("\n"):
                    break    # still being written
                d = json.loads(line)
                if d["kind"] == "end":
                    self.lost = d["lost"]
                    continue
                if not begin <= d["t"] <= end:
                    continue
                self.last = d["t"]
                if d["kind"] == "advert":
                    self.adverts.setdefault(f"{d['family']}/{d['vrid']}", []).append(d)
                else:
                    times, addresses = self.garps.setdefault(d["eth"], ([], []))
                    times.append(d["t"])
                    addresses.append(d["address"])

    def reigns(self, key):
        """In the order of their beginnings."""
        done, current = [], {}
        for a in self.adverts.get(key, []):
            reign = current.get(a["src"])
            if reign and a["t"] - reign["last"] > 4 * reign["interval"] + 0.05:
                reign["end"] = "silence"
                done.append(current.pop(a["src"]))
                reign = None
            if a["priority"] == 0:
                if reign:
                    reign["zero"] = a["t"]
                    reign["end"] = "zero"
                    done.append(current.pop(a["src"]))
                continue
            if not reign:
                reign = current[a["src"]] = {"src": a["src"], "eth": a["eth"], "first": a["t"], "adverts": 0,
                                             "end": "open", "times": [], "interval": a["interval"]}
            reign["last"] = a["t"]
            reign["interval"] = a["interval"]
            reign["adverts"] += 1
            reign["times"].append(a["t"])
        for reign in current.values():
            if self.last - reign["last"] > 4 * reign["interval"] + 0.05:
                reign["end"] = "silence"
        return sorted(done + list(current.values()), key=lambda r: r["first"])

    def overlaps(self, key, slack):
        found = []
        reigns = self.reigns(key)
        for i, one in enumerate(reigns):
            for other in reigns[i + 1:]:
                begin, end = other["first"], min(one["last"], other["last"])
                if one["src"] == other["src"] or end <= begin:
                    continue
                late = [t for t in one["times"] if begin < t <= end]
                if not late:
                    continue    # silent all the while: a reign so short that the other one's went on after it
                found.append({"between": [one["src"], other["src"]], "begin": begin, "seconds": end - begin, "adverts": len(late),
                              "too_long": end - begin > max(one["interval"], other["interval"]) + slack})
        return found

    def announced(self, eth, begin, end, only=None):
        """Seconds from begin to the first gratuitous ARP or NA of a MAC, to the last address's first, and how many
        addresses."""
        times, addresses = self.garps.get(eth, ([], []))
        first = {}
        for i in range(bisect.bisect_left(times, begin), bisect.bisect_left(times, end)):
            if only is None or addresses[i] in only:
                first.setdefault(addresses[i], times[i] - begin)
        if not first:
            return None, None, 0
        return min(first.values()), max(first.values()), len(first)

    def changes(self, key, only_advertised=False):
        """Of masters: each reign before which the last that was heard came from somebody else."""
        found = []
        reigns = self.reigns(key)
        only = {a for advert in self.adverts[key] for a in advert["addresses"]} if only_advertised else None
        for i, new in enumerate(reigns):
            # A reign's adverts may go on after another one began, where that one preempts.
            heard = [(max(t for t in r["times"] + [r.get("zero", 0)] if t < new["first"]), r) for r in reigns[:i]]
            if not heard:
                continue
            last, old = max(heard, key=lambda h: h[0])
            if old["src"] == new["src"]:
                continue
            end = next((r["first"] for r in reigns[i + 1:] if r["src"] != new["src"]), float("inf"))
            first, every, n = self.announced(new["eth"], new["first"], end, only)
            found.append({"from": old["src"], "to": new["src"], "zero": old.get("zero") == last, "last": last,
                          "first": new["first"], "seconds": new["first"] - last, "garp_first": first, "garp_all": every,
                          "announced": n})
        return found

    def gaps(self, key):
        by_source = {}
        for reign in self.reigns(key):
            by_source.setdefault(reign["src"], []).extend(b - a for a, b in zip(reign["times"], reign["times"][1:]))
        return {src: {"n": len(g), "p50": percentile(g, 50), "p99": percentile(g, 99), "max": max(g)}
                for src, g in by_source.items() if g}

    def bad(self, key, any_ttl):
        return [{k: v for k, v in a.items() if k != "frame"} for a in self.adverts[key]
                if a["checksum"] == "bad" or a["ttl"] != 255 and not any_ttl]

    def now(self, key, at):
        """Who is master at a time: whose last advert is younger than one interval and a bit, and not its farewell."""
        last = {}
        for a in self.adverts[key]:
            if a["t"] <= at:
                last[a["src"]] = a
        return sorted(src for src, a in last.items()
                      if a["priority"] > 0 and at - a["t"] <= 1.1 * a["interval"] + 0.1)

    def report(self, slack, any_ttl):
        routers = {}
        for key in sorted(self.adverts):
            overlaps = self.overlaps(key, slack)
            routers[key] = {
                "reigns": [{k: v for k, v in r.items() if k not in ("times", "zero")} for r in self.reigns(key)],
                "overlaps": overlaps, "too_long": [o for o in overlaps if o["too_long"]],
                "changes": self.changes(key, True), "gaps": self.gaps(key), "bad": self.bad(key, key in any_ttl)}
        return {"lost": self.lost, "routers": routers}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--from", dest="begin", type=float, default=0.0)
    parser.add_argument("--to", dest="end", type=float, default=float("inf"))
    parser.add_argument("--slack", type=float, default=0.1)
    parser.add_argument("--any-ttl", default="", metavar="KEYS")
    parser.add_argument("--now", action="store_true")
    args = parser.parse_args()
    capture = Capture(args.file, args.begin, args.end)
    if args.now:
        # The capture writes at most 50 ms late.
        at = time.time() - 0.05
        for key in sorted(capture.adverts):
            masters = capture.now(key, at)
            if masters:
                print(key, *masters)
        return
    json.dump(capture.report(args.slack, args.any_ttl.split()), sys.stdout)
    print()


if __name__ == "__main__":
    main()
