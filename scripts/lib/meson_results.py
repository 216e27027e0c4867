#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Sums up runs of meson test, usage: meson_results.py [--failed] TESTLOG.JSON [TESTLOG.JSON of the failed ones once more].

Prints a line "not ok - PROGRAM: FUNCTION" per failure and the failed programs' output in full, then "N passed, N
failed". A program that ends with such a line of its own counts with its numbers, any other as one; of one that is in
both files the second result counts, and the first is shown. --failed: the failed programs' names and nothing else."""
import json
import re
import sys


def good(test):
    return test["result"] in ("OK", "EXPECTEDFAIL")


def name(test):
    """As meson test takes it."""
    return test["name"].split(" / ")[-1]


def output(test):
    return test.get("stdout", "") + test.get("stderr", "")


def counts(test):
    line = re.findall(r"^(\d+) passed, (\d+) failed", output(test), re.M)
    if not line:
        return (1, 0) if good(test) else (0, 1)
    passed, failed = (int(x) for x in line[-1])
    return passed, failed or int(not good(test))


def show(test, mark):
    print(f"-- {test['name']}: {test['result']}, exit code {test.get('returncode')}")
    print(output(test).rstrip())
    for function in re.findall(r"^Suite .*, Test (.*) had failures:", output(test), re.M) or ["ends"]:
        print(f"{mark}not ok - {name(test)}: {function}")


def main():
    only_names = sys.argv[1] == "--failed"
    runs = [[json.loads(x) for x in open(f, encoding="utf-8")] for f in sys.argv[1 + only_names:]]
    results = {}
    for i, run in enumerate(runs):
        for test in run:
            if not good(test) and not only_names:
                show(test, "" if i == len(runs) - 1 else "first try: ")
            results[name(test)] = test
    if only_names:
        print("".join(f"{n}\n" for n, t in results.items() if not good(t)), end="")
        return 0
    passed, failed = (sum(x) for x in zip((0, 0), *(counts(t) for t in results.values())))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
