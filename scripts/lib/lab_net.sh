# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The lab's namespaces, links and addresses. Sourced by scripts/lab, which sets `lab` (its name) and `state` (its folder).

# host=last number of its addresses; peers come to both when they are added
declare -A lab_number=([client]=100 [dirA]=11 [dirB]=12 [web1]=101 [web2]=102 [web3]=103)
lab_hosts=(client dirA dirB web1 web2 web3)
readonly lab_webs=(web1 web2 web3)
readonly net4=192.168.200 net6=2001:db8:200:
# The outer network of two-arm directors: client, directors, no servers.
readonly wan4=192.168.201 wan6=2001:db8:201:
# One VIP per way of forwarding, so that one lab serves all of them: FULLNAT, NAT, DR.
readonly vip_fnat=16 vip_nat=17 vip_dr=18
# The client's second address, which the servers reach over their default route at director A only: for NAT.
readonly far4=10.9.0.100 far6=2001:db8:9::100

ns() { echo "$lab-$1"; }
in_ns() { ip netns exec "$lab-$1" "${@:2}"; }

ns_add() {
  ip netns add "$(ns "$1")"
  ip -n "$(ns "$1")" link set lo up
}

# link_add HOST DEVICE BRIDGE: a veth from the host to the bridge `lan` or `wan`, whose port is HOST.BRIDGE.
link_add() {
  local host=$1 dev=$2 bridge=$3
  ip -n "$(ns "$host")" link add "$dev" type veth peer name "$host.$bridge" netns "$(ns lan)"
  ip -n "$(ns lan)" link set "$host.$bridge" master "$bridge" up
  ip -n "$(ns "$host")" link set "$dev" up
}

# No loop is possible here: no spanning tree, no delay, and no snooping that would hold multicast back.
bridge_add() {
  local where=$1 name=$2
  in_ns "$where" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
  ip -n "$(ns "$where")" link add "$name" type bridge stp_state 0 forward_delay 0 mcast_snooping 0
  ip -n "$(ns "$where")" link set "$name" up
}

bridge_port_forwards() {
  in_ns "$1" bridge link show dev "$2" | grep -q 'state forwarding'
}

wait_bridge_port() {
  wait_for 10 bridge_port_forwards "$1" "$2" || die "$2 in $(ns "$1") does not forward after 10 s"
}

# interface_add HOST DEVICE BRIDGE NET4 NET6: one link of a plain machine, with its addresses.
interface_add() {
  local host=$1 n=${lab_number[$1]} ns
  ns=$(ns "$host")
  link_add "$host" "$2" "$3"
  ip -n "$ns" addr add "$4.$n/24" dev "$2"
  ip -n "$ns" addr add "$5:$n/64" dev "$2" nodad
}

# A client or server: a plain machine.
host_add() {
  local host=$1
  ns_add "$host"
  in_ns "$host" sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv6.conf.all.accept_ra=0 net.ipv6.conf.default.accept_ra=0 \
    net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0
  interface_add "$host" eth0 lan "$net4" "$net6"
}

# The client talks to the NAT VIP from an address that is not on the servers' link.
client_far_address() {
  local ns
  ns=$(ns client)
  ip -n "$ns" addr add "$far4/32" dev lo
  ip -n "$ns" addr add "$far6/128" dev lo nodad
  ip -n "$ns" route add "$net4.$vip_nat/32" dev eth0 src "$far4"
  ip -n "$ns" -6 route add "$net6:$vip_nat/128" dev eth0 src "$far6"
}

# A server for every way of forwarding: default route at director A (NAT), DR's VIP on lo without ARP for it.
web_routes() {
  local ns
  ns=$(ns "$1")
  in_ns "$1" sysctl -qw net.ipv4.conf.all.arp_announce=2
  ip -n "$ns" route add default via "$net4.${lab_number[dirA]}"
  ip -n "$ns" -6 route add default via "$net6:${lab_number[dirA]}"
  ip -n "$ns" addr add "$net4.$vip_dr/32" dev lo
  ip -n "$ns" addr add "$net6:$vip_dr/128" dev lo nodad
}

# A director: the tap wire0, which vipd drives, is bridged to the lan inside the director's own namespace (a tap that
# moves between namespaces loses its control side in DPDK 22.11). The lab makes the tap first, so that it and its place
# in the bridge outlive a kill -9 of vipd; `pi multi_queue` are the flags that net_tap asks for.
# arp_ignore: br0 must not answer for the punt tap's addresses. Bridge, tap and veth carry no IPv6 of their own.
director_add() {
  local dir=$1
  ns_add "$dir"
  in_ns "$dir" sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.rp_filter=0 \
    net.ipv4.conf.default.rp_filter=0 net.ipv6.conf.all.autoconf=0 net.ipv6.conf.default.autoconf=0 \
    net.ipv6.conf.all.accept_ra=0 net.ipv6.conf.default.accept_ra=0
  arm_add "$dir" 0 lan
  arm_add "$dir" 1 wan
  in_ns "$dir" sysctl -qw net.ipv6.conf.default.disable_ipv6=0
}

# arm_add DIRECTOR N BRIDGE: the tap wireN in the bridge brN with uplinkN to the lan or wan.
arm_add() {
  local dir=$1 n=$2 ns
  ns=$(ns "$dir")
  bridge_add "$dir" "br$n"
  link_add "$dir" "uplink$n" "$3"
  ip -n "$ns" link set "uplink$n" master "br$n"
  ip -n "$ns" tuntap add dev "wire$n" mode tap multi_queue pi
  ip -n "$ns" link set "wire$n" master "br$n" up
}

net_up() {
  local host
  ns_add lan
  bridge_add lan lan
  bridge_add lan wan
  for host in "${lab_hosts[@]}"; do
    case $host in
    dir*) director_add "$host" ;;
    *) host_add "$host" ;;
    esac
  done
  interface_add client eth1 wan "$wan4" "$wan6"
  client_far_address
  for host in "${lab_webs[@]}"; do
    web_routes "$host"
  done
  for host in "${lab_hosts[@]}"; do
    wait_bridge_port lan "$host.lan"
  done
  wait_bridge_port lan client.wan
  for host in dirA dirB; do
    wait_bridge_port lan "$host.wan"
    wait_bridge_port "$host" uplink0
    wait_bridge_port "$host" uplink1
  done
}

# Whatever still runs in a namespace of this lab was started in it. Then the namespaces go, and the links with them.
net_down() {
  local host name pid
  for host in "${lab_hosts[@]}" lan; do
    name=$(ns "$host")
    [ -e "/run/netns/$name" ] || continue
    for pid in $(ip netns pids "$name" 2>/dev/null); do
      kill -TERM "$pid" 2>/dev/null || true
    done
    for pid in $(ip netns pids "$name" 2>/dev/null); do
      wait_for 3 pid_gone "$pid" || kill -KILL "$pid" 2>/dev/null || true
    done
    ip netns del "$name" || true
  done
}
