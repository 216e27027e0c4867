#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Two directors in one lab, each with a VIP of its own, do not disturb each other.
. "$(dirname "$0")/lib.sh"

lab_begin
lab service "$net4.16" FNAT 80 | director A
lab service "$net4.19" FNAT 80 | director B
load -n 3000 -c 8 "http://$net4.16/" "http://$net4.19/" >"$tmp/result" || true
is "3,000 requests over both, no failure" "$(json 'd["errors"]' <"$tmp/result")" "{}"
is "each serves its own" "$(for d in A B; do lab vipctl $d -j show virtual-server | json '[v["address"] for v in d["virtual_servers"]]'; done | tr '\n' ' ')" \
  "[\"$net4.16\"] [\"$net4.19\"] "
is "their MACs differ" "$(for d in A B; do lab vipctl $d -j show port | json 'd["ports"][0]["mac"]'; done | sort -u | wc -l)" 2
holds "A stops" lab director stop A
load -n 300 -c 4 "http://$net4.19/" >"$tmp/result" || true
is "B goes on" "$(json 'd["errors"]' <"$tmp/result")" "{}"
lab director kill B
finish
