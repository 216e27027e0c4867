#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Writes docs/keywords.md from the table of words. Needs a build (scripts/build.sh).
set -eu
cd "$(dirname "$0")/.."
ninja -C build tests/tools/gen-keywords > /dev/null
build/tests/tools/gen-keywords > docs/keywords.md
