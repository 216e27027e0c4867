#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Writes docs/commands.md and docs/vipctl.1 from the table of commands. Needs a build (scripts/build.sh).
set -eu
cd "$(dirname "$0")/.."
ninja -C build app/vipctl/commands-doc > /dev/null
build/app/vipctl/commands-doc markdown > docs/commands.md
build/app/vipctl/commands-doc man > docs/vipctl.1
