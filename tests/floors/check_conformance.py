#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every test that docs/vrrp-conformance.md names exists, and every requirement there names one or says why not.

--self-test proves that what is missing is found. Ends with "N passed, N failed".
"""

import argparse
import pathlib
import re
import sys
import tempfile

PAGE = "docs/vrrp-conformance.md"
TEST = re.compile(r"`([\w/]+\.c): (\w+)`")
# What stands in place of a test.
REASON = re.compile(r"does not apply: \w|not done\W|as in RFC \d|of the configuration: \w")
LEVELS = {"MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY", "-"}


def problems_of(root):
    """The number of rows, and what is wrong with them."""
    rows, problems, names = 0, [], {}
    for number, line in enumerate(pathlib.Path(root, PAGE).read_text().splitlines(), 1):
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if not line.startswith("|") or cells[0] in ("section", "---"):
            continue
        rows += 1
        place = f"{PAGE}:{number}"
        if len(cells) != 4 or cells[1] not in LEVELS or not cells[2]:
            problems.append(f"{place}: not section, level, requirement and proof")
            continue
        tests = TEST.findall(cells[3])
        if not tests and not REASON.search(cells[3]):
            problems.append(f"{place}: {cells[0]}: neither a test nor a reason why there is none")
        for file, test in tests:
            path = pathlib.Path(root, "tests", file)
            if file not in names:
                text = path.read_text() if path.is_file() else ""
                names[file] = set(re.findall(r"VD_TEST\((\w+)\)", text))
            if test not in names[file]:
                problems.append(f"{place}: no test {test} in tests/{file}")
    if rows == 0:
        problems.append(f"{PAGE}: no requirements")
    return rows, problems


def self_test():
    good = "| 1.1 | MUST | it is | `unit/a.c: one` |\n| 1.2 | - | it may be | does not apply: never |\n"
    planted = [
        ("a test that is not there", "| 1 | MUST | it is | `unit/a.c: two` |\n"),
        ("a file that is not there", "| 1 | MUST | it is | `unit/b.c: one` |\n"),
        ("a requirement without a proof", "| 1 | MUST | it is | |\n"),
        ("a level that is none", "| 1 | MIGHT | it is | `unit/a.c: one` |\n"),
        ("a row that is cut short", "| 1 | MUST | it is |\n"),
    ]
    failed = 0
    with tempfile.TemporaryDirectory() as root:
        for folder in ("docs", "tests/unit"):
            pathlib.Path(root, folder).mkdir(parents=True)
        pathlib.Path(root, "tests/unit/a.c").write_text("\tVD_TEST(one),\n")
        pathlib.Path(root, PAGE).write_text(good)
        clean = problems_of(root) == (2, [])
        failed += not clean
        print(("ok" if clean else "not ok") + " - a clean page has no problem")
        for name, row in planted:
            pathlib.Path(root, PAGE).write_text(good + row)
            found = len(problems_of(root)[1]) == 1
            failed += not found
            print(("ok" if found else "not ok") + " - found: " + name)
    print(f"{len(planted) + 1 - failed} passed, {failed} failed")
    return failed == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    if args.self_test:
        sys.exit(0 if self_test() else 1)
    rows, problems = problems_of(args.root)
    for problem in problems:
        print(problem)
    print(f"{rows - min(rows, len(problems))} passed, {len(problems)} failed")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
