#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Sums up meson-logs/testlog.json: the failed programs' output in full, then "N passed, N failed". A program that ends
with such a line of its own counts with its numbers, any other as one."""
import json
import re
import sys

passed = failed = 0
for line in open(sys.argv[1], encoding="utf-8"):
    test = json.loads(line)
    out = test.get("stdout", "") + test.get("stderr", "")
    counts = re.findall(r"^(\d+) passed, (\d+) failed", out, re.M)
    good = test["result"] in ("OK", "EXPECTEDFAIL")
    if counts:
        passed += int(counts[-1][0])
        failed += int(counts[-1][1]) or (not good)
    else:
        passed += good
        failed += not good
    if not good:
        print(f"-- {test['name']}: {test['result']}, exit code {test.get('returncode')}")
        print(out.rstrip())
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
