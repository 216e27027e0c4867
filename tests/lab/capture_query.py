#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A question to a file of capture.py that may still be written: the value of a Python expression over what came since a time.

  capture_query.py FILE FROM EXPRESSION [--until SECONDS]

In the expression: adverts, garps (neighbour adverts, too), each a list of the file's objects in their order; sent(VRID[,
ADDRESS]), the adverts of a virtual router (IPv4 and 6), from one address; gaps(VRID, ADDRESS), the seconds between its adverts, sorted; quantiles(GAPS):
[number, median, 99th percentile, longest], in ms. Prints the value as JSON, text as it is; exit code 1 if it is false. With
--until it is asked again as lines come, until it is true or the seconds are over.
"""
import argparse
import json
import sys
import time


class Lines:
    def __init__(self, name, begin):
        self.file, self.begin, self.rest = open(name), begin, ""
        self.adverts, self.garps = [], []

    def follow(self):
        """What came since the last look; a line without its end waits."""
        lines = (self.rest + self.file.read()).split("\n")
        self.rest = lines.pop()
        for line in lines:
            # {"t": 1700000000.123456789, ...
            if not line.startswith('{"t": ') or float(line[6:line.index(",")]) < self.begin:
                continue
            d = json.loads(line)
            (self.adverts if d["kind"] == "advert" else self.garps).append(d)

    def sent(self, vrid, address=None):
        return [a for a in self.adverts if a["vrid"] == vrid and address in (None, a["src"])]

    def gaps(self, vrid, address):
        t = [a["t"] for a in self.sent(vrid, address)]
        return sorted(b - a for a, b in zip(t, t[1:]))


def quantiles(gaps):
    return [len(gaps)] + [round(gaps[min(len(gaps) - 1, len(gaps) * p // 100)] * 1000, 2) for p in (50, 99, 100) if gaps]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("begin", metavar="FROM", type=float)
    parser.add_argument("expression")
    parser.add_argument("--until", type=float, default=0.0)
    args = parser.parse_args()
    lines = Lines(args.file, args.begin)
    end = time.monotonic() + args.until
    while True:
        lines.follow()
        found = eval(args.expression, {"adverts": lines.adverts, "garps": lines.garps, "sent": lines.sent,
                                       "gaps": lines.gaps, "quantiles": quantiles})
        if found or time.monotonic() >= end:
            break
        time.sleep(0.02)
    print(found if isinstance(found, str) else json.dumps(found))
    sys.exit(found is False)


if __name__ == "__main__":
    main()
