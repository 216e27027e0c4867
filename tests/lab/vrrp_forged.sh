#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Forged adverts (scapy), each with priority 255: the director counts each under its name and changes nothing, neither as
# master nor as backup.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vrrp_lib.sh"

lab_begin
node_add A director
node_add K keepalived 13
node_add M keepalived 66 # only the attacker's address: no keepalived runs there
for n in A K; do globals $n >"$tmp/$n.conf"; done
# The director is master of these, and backup of those.
for c in "51 150 100" "52 100 150"; do
  read -r vrid pa pk <<<"$c"
  instance "$vrid" "$pa" auth=PASS pass=secret >>"$tmp/A.conf"
  instance "$vrid" "$pk" auth=PASS pass=secret >>"$tmp/K.conf"
done
for c in "53 150 100" "54 100 150"; do
  read -r vrid pa pk <<<"$c"
  instance "$vrid" "$pa" version=3 >>"$tmp/A.conf"
  instance "$vrid" "$pk" version=3 >>"$tmp/K.conf"
done
node_start K
node_start A
becomes "the director is master of two" 10 states_are A "V51 V53" MASTER
becomes "and backup of two" 10 states_are A "V52 V54" BACKUP
becomes "as is keepalived" 10 states_are K "V51 V53" BACKUP

# Forgery and the counter that it must move; keepalived 2.2.7 refuses those with a * without counting.
readonly times=5
v2='ttl ip_ttl_err, checksum *chk_err, length_short packet_len_err, length_count packet_len_err, length_long packet_len_err'
v2+=', version *vers_err, type *invalid_type_rcvd, password auth_failure, no_password authtype_mismatch'
v2+=', auth_type invalid_authtype, interval *advert_interval_err, vrid -, addresses addr_list_err, more_addresses addr_list_err'
v3='ttl ip_ttl_err, checksum *chk_err, length_short packet_len_err, length_count packet_len_err, length_long packet_len_err'
v3+=', version *vers_err, type *invalid_type_rcvd, vrid -, addresses addr_list_err, more_addresses addr_list_err'

transitions() { # transitions NODE: what any change of state would change
  case ${node_kind[$1]} in
  vipd) lab vipctl "$1" -j show vrrp | json '[(i["name"], i["state"], i["stats"]["became_master"], i["stats"]["released_master"], i["master_address"]) for i in d["instances"]]' ;;
  keepalived) grep Entering "$(lab path)/peer-$1/keepalived.log" ;;
  esac
}
errors_are() { # errors_are INSTANCE EXPECTED
  local found
  found=$(node_errors A "$1")
  [ "$found" = "$2" ] || {
    echo "found: $found, expected: $2"
    return 1
  }
}
# attack VRID VERSION PASSWORD "KIND COUNTER, ...": each kind some times, and what that must come to.
attack() {
  local vrid=$1 version=$2 password=$3 kind counter before
  declare -A sum=()
  before=$(transitions A)
  while read -r kind counter; do
    if [[ $counter == \** ]] && [ "${node_kind[A]}" != vipd ]; then
      continue
    fi
    echo "$kind"
    counter=${counter#\*}
    [ "$counter" = - ] || sum[$counter]=$((${sum[$counter]:-0} + times))
  done < <(tr ',' '\n' <<<"$4") >"$tmp/kinds"
  on M "$here/forge.py" eth0 "$version" "$vrid" "$(vip4 "$vrid")" "$password" $times <"$tmp/kinds" 2>"$tmp/scapy" ||
    die "forge.py: $(cat "$tmp/scapy")"
  becomes "V$vrid: each of $(wc -l <"$tmp/kinds") forgeries is counted $times times under its name" 3 errors_are "V$vrid" \
    "$(for counter in "${!sum[@]}"; do echo "$counter=${sum[$counter]}"; done | LC_ALL=C sort | xargs)"
  is "V$vrid: nothing changed state" "$(transitions A)" "$before"
}
attack 51 2 secret "$v2"
attack 52 2 secret "$v2"
attack 53 3 - "$v3"
attack 54 3 - "$v3"
becomes "the director is master of two still" 1 states_are A "V51 V53" MASTER
becomes "and backup of two" 1 states_are A "V52 V54" BACKUP
# The same packet without a fault is believed: what was refused above was refused for its fault.
before=$(transitions A)
echo good | on M "$here/forge.py" eth0 3 53 "$(vip4 53)" - 3 2>"$tmp/scapy"
changed() { [ "$(transitions A)" != "$before" ]; }
becomes "a good one is believed: backup for a while" 2 changed
becomes "and master again when no more come" 8 states_are A V53 MASTER
if [ "${node_kind[A]}" = vipd ]; then
  mac=$(vc show port -j | json 'd["ports"][0]["mac"]')
  echo good | on M "$here/forge.py" eth0 3 54 "$(vip4 54)" - $times "$mac" "$(node_address A)" 2>"$tmp/scapy"
  becomes "unicast to a multicast instance is counted" 2 \
    eval '[[ " $(node_errors A V54) " == *" unicast_err='$times' "* ]]'
fi
finish
