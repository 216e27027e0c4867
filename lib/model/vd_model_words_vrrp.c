/* SPDX-License-Identifier: BSD-3-Clause */
/* The words of vrrp_instance, vrrp_sync_group and of addresses and routes. */
#include "vd_model_words.h"

/* clang-format off */
#define COMMAND .block = &vd_model_command_block

#define T struct vd_model_track
#define TRACK_FIELDS(from, to, dflt) \
	VD_F("name", STRING, 'M', NOW, name, "Name of what is tracked.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED), \
	VD_F("weight", INT, 'M', NOW, weight, "Added to the priority; 0: failure is a fault.", VD_N(from, to), .def_text = dflt), \
	VD_F("reverse", FLAG, 'S', NOW, reverse, "Acts the other way round."), \
	VD_F("noreverse", UNSET, 'S', NOW, reverse, "Takes the tracked thing's reverse back.", .aliases = "no_reverse")
static const struct vd_model_field track_interface_fields[] = {TRACK_FIELDS(-253, 253, "0")};
static const struct vd_model_field track_script_fields[] = {TRACK_FIELDS(-253, 253, "the script's weight")};
static const struct vd_model_field track_file_fields[] = {TRACK_FIELDS(-2147483647, 2147483647, "the track_file's weight")};
static const struct vd_model_field track_process_fields[] = {TRACK_FIELDS(-254, 254, "the process's weight")};
static const struct vd_model_field track_bfd_fields[] = {TRACK_FIELDS(-253, 253, "the BFD instance's weight")};
static const struct vd_model_block track_interface_block = VD_B("track_interface entry", track_interface_fields);
static const struct vd_model_block track_script_block = VD_B("track_script entry", track_script_fields);
static const struct vd_model_block track_file_entry_block = VD_B("track_file entry", track_file_fields);
static const struct vd_model_block track_process_block = VD_B("track_process entry", track_process_fields);
static const struct vd_model_block track_bfd_block = VD_B("track_bfd entry", track_bfd_fields);
#undef T

#define T struct vd_model_track_virtual_server
static const struct vd_model_field track_virtual_server_fields[] = {
	VD_F("virtual_server", STRING, 'S', HEALTH, virtual_server, "[tcp:|udp:]ADDRESS:PORT of a virtual_server.", .flags = VD_MODEL_POS),
	VD_F("fwmark", INT, 'S', HEALTH, fwmark, "Or its mark.", VD_N(1, 4294967295)),
	VD_F("group", STRING, 'S', HEALTH, group, "Or its group."),
	VD_F("weight", INT, 'S', HEALTH, weight, "Above 0: added with quorum; below: taken away without; 0: no quorum is a fault.", VD_N(-253, 253)),
};
static const struct vd_model_block track_virtual_server_block = VD_B("track_virtual_server entry", track_virtual_server_fields);
#undef T

#define T struct vd_model_vrrp_script
static const struct vd_model_field vrrp_script_fields[] = {
	VD_F("name", STRING, 'M', TRACK, name, "Name that track_script uses.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("script", STRING, 'M', TRACK, script, "Command line; no shell.", .flags = VD_MODEL_REQUIRED | VD_MODEL_SCRIPT),
	VD_F("interval", TIME, 'M', TRACK, interval, "Time between runs.", VD_S(1), VD_SECS(1e-3, VD_TIME_MAX_S), .flags = VD_MODEL_CLAMP),
	VD_F("timeout", TIME, 'M', TRACK, timeout, "A run that takes longer has failed.", VD_SECS(1e-3, VD_TIME_MAX_S), .flags = VD_MODEL_CLAMP, .def_text = "interval"),
	VD_F("weight", LINE, 'M', TRACK, weight, "Added to the priority (-253 to 253); 0: failure is a fault.", .block = &vd_model_weight_block),
	VD_F("rise", INT, 'M', TRACK, rise, "Successes in a row until good.", .def = 1, VD_N(1, VD_INT_MAX_N), .flags = VD_MODEL_CLAMP),
	VD_F("fall", INT, 'M', TRACK, fall, "Failures in a row until bad.", .def = 1, VD_N(1, VD_INT_MAX_N), .flags = VD_MODEL_CLAMP),
	VD_F("user", LINE, 'M', TRACK, user, "User and group it runs as.", .block = &vd_model_user_block, .def_text = "script_user"),
	VD_F("init_fail", FLAG, 'M', TRACK, init_fail, "Counts as failed until the first run ends."),
};
const struct vd_model_block vd_model_vrrp_script_block = VD_B("vrrp_script", vrrp_script_fields);
#undef T

#define T struct vd_model_init_file
static const struct vd_model_field init_file_fields[] = {
	VD_F("value", INT, 'S', TRACK, value, "What is written.", .flags = VD_MODEL_POS),
	VD_F("overwrite", FLAG, 'S', TRACK, overwrite, "Even if the file exists."),
};
static const struct vd_model_block init_file_block = VD_B("init_file", init_file_fields);
#undef T

#define T struct vd_model_track_file
static const struct vd_model_field track_file_block_fields[] = {
	VD_F("name", STRING, 'S', TRACK, name, "Name that track_file entries use.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("file", STRING, 'S', TRACK, file, "Path.", .flags = VD_MODEL_REQUIRED),
	VD_F("weight", LINE, 'S', TRACK, weight, "The file's number is multiplied by it (1); 0: any number but 0 is a fault.", .block = &vd_model_weight_block, .def_text = "1"),
	VD_F("init_file", LINE, 'S', TRACK, init_file, "Write the file at start.", .block = &init_file_block),
};
const struct vd_model_block vd_model_track_file_block = VD_B("track_file", track_file_block_fields);
#undef T

static const struct vd_model_name param_matches[] = {
	{"initial", VD_MODEL_PARAM_MATCH_INITIAL}, {"partial", VD_MODEL_PARAM_MATCH_PARTIAL}, {"exact", VD_MODEL_PARAM_MATCH_EXACT}, {NULL, 0}};

#define T struct vd_model_track_process
static const struct vd_model_field track_process_block_fields[] = {
	VD_F("name", STRING, 'S', TRACK, name, "Name that track_process uses.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("process", STRINGS, 'S', TRACK, process, "Process name and arguments.", .flags = VD_MODEL_WORDS | VD_MODEL_REQUIRED),
	VD_F("param_match", ENUM, 'S', TRACK, param_match, "How the arguments are compared.", .names = param_matches, .def_text = "exact", .flags = VD_MODEL_LENIENT),
	VD_F("weight", LINE, 'S', TRACK, weight, "Added to the priority (-254 to 254); 0: a fault.", .block = &vd_model_weight_block),
	VD_F("quorum", INT, 'S', TRACK, quorum, "Fewest processes.", .def = 1, VD_N(1, 65535)),
	VD_F("quorum_max", INT, 'S', TRACK, quorum_max, "Most processes.", .def = 2147483647, VD_N(0, VD_INT_MAX_N), .def_text = "no limit"),
	VD_F("fork_delay", TIME, 'S', TRACK, fork_delay, "How long they must run.", VD_SECS(1e-6, 3600)),
	VD_F("terminate_delay", TIME, 'S', TRACK, terminate_delay, "How long they must be gone.", VD_SECS(1e-6, 3600)),
	VD_F("delay", TIME, 'S', TRACK, delay, "Both delays.", VD_SECS(1e-6, 3600)),
	VD_F("full_command", FLAG, 'S', TRACK, full_command, "Compare the whole command line."),
};
const struct vd_model_block vd_model_track_process_block = VD_B("vrrp_track_process", track_process_block_fields);
#undef T

#define T struct vd_model_bfd_instance
static const struct vd_model_field bfd_instance_fields[] = {
	VD_F("name", STRING, 'c', LATER, name, "Name that track_bfd uses.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("neighbor_ip", ADDR, 'c', LATER, neighbor_ip, "Peer.", .flags = VD_MODEL_REQUIRED, .aliases = "neighbour_ip"),
	VD_F("source_ip", ADDR, 'c', LATER, source_ip, "Own address."),
	VD_F("min_rx", TIME, 'c', LATER, min_rx, "Shortest receive interval.", VD_MS(10), VD_MSECS(1, 4294967)),
	VD_F("min_tx", TIME, 'c', LATER, min_tx, "Shortest send interval.", VD_MS(10), VD_MSECS(1, 4294967)),
	VD_F("idle_tx", TIME, 'c', LATER, idle_tx, "Send interval while down.", VD_MS(1000), VD_MSECS(1000, 4294967)),
	VD_F("multiplier", INT, 'c', LATER, multiplier, "Lost packets until down.", .def = 5, VD_N(1, 255)),
	VD_F("passive", FLAG, 'c', LATER, passive, "Wait for the peer."),
	VD_F("ttl", INT, 'c', LATER, ttl, "IPv4 TTL.", .def = 255, VD_N(1, 255)),
	VD_F("hoplimit", INT, 'c', LATER, hoplimit, "IPv6 hop limit.", .def = 64, VD_N(1, 255)),
	VD_F("max_hops", INT, 'c', LATER, max_hops, "Hops a packet may have made.", VD_N(0, 255)),
	VD_F("multihop", FLAG, 'c', LATER, multihop, "RFC 5883, port 4784."),
	VD_F("weight", LINE, 'c', LATER, weight, "Default weight (-253 to 253).", .block = &vd_model_weight_block),
	VD_F("vrrp", FLAG, 'c', LATER, vrrp, "Only VRRP is told."),
	VD_F("checker", FLAG, 'c', LATER, checker, "Only the checks are told."),
};
const struct vd_model_block vd_model_bfd_instance_block = VD_B("bfd_instance", bfd_instance_fields);
#undef T

#define TRACKS \
	VD_F("track_interface", LINES, 'M', NOW, track_interface, "Ports whose link counts.", .block = &track_interface_block), \
	VD_F("track_script", LINES, 'M', TRACK, track_script, "Scripts that count.", .block = &track_script_block), \
	VD_F("track_file", LINES, 'S', TRACK, track_file, "Files that count.", .block = &track_file_entry_block), \
	VD_F("track_process", LINES, 'S', TRACK, track_process, "Processes that count.", .block = &track_process_block), \
	VD_F("track_bfd", LINES, 'S', LATER, track_bfd, "BFD sessions that count.", .block = &track_bfd_block)
#define NOTIFIES \
	VD_F("notify_master", LINE, 'M', NOW, notify_master, "Command on becoming MASTER.", COMMAND), \
	VD_F("notify_backup", LINE, 'M', NOW, notify_backup, "Command on becoming BACKUP.", COMMAND), \
	VD_F("notify_fault", LINE, 'M', NOW, notify_fault, "Command on a fault.", COMMAND), \
	VD_F("notify_stop", LINE, 'M', NOW, notify_stop, "Command on stop.", COMMAND), \
	VD_F("notify_deleted", LINE, 'M', NOW, notify_deleted, "Command when a reload takes it away.", COMMAND), \
	VD_F("notify", LINE, 'M', NOW, notify, "Command on every change; kind, name, state and priority are appended.", COMMAND)

#define T struct vd_model_sync_group
static const struct vd_model_field sync_group_fields[] = {
	VD_F("name", STRING, 'M', NOW, name, "Name.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("group", STRINGS, 'M', NOW, group, "Names of the instances."),
	TRACKS,
	NOTIFIES,
	VD_F("smtp_alert", BOOL, 'M', NOW, smtp_alert, "Mail on changes.", .def_text = "smtp_alert_vrrp"),
	VD_F("notify_priority_changes", BOOL, 'S', NOW, notify_priority_changes, "Events for changed priorities.", .def_text = "vrrp_notify_priority_changes"),
	VD_F("sync_group_tracking_weight", FLAG, 'c', NOW, sync_group_tracking_weight, "Members may have weights of their own."),
	VD_F("global_tracking", FLAG, 'c', LATER, global_tracking, "An old word: tracks of one member count for all."),
};
const struct vd_model_block vd_model_sync_group_block = VD_B("vrrp_sync_group", sync_group_fields);
#undef T

#define T struct vd_model_address
static const struct vd_model_field address_fields[] = {
	VD_F("address", PREFIX, 'M', NOW, address, "Address, /32 or /128 where no length is given.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("dev", STRING, 'M', NOW, dev, "Port.", .def_text = "the instance's interface"),
	VD_F("brd", STRING, 'M', NEVER, brd, "Broadcast address.", .aliases = "broadcast"),
	VD_F("scope", STRING, 'M', NEVER, scope, "Kernel scope."),
	VD_F("label", STRING, 'M', NEVER, label, "Kernel label."),
	VD_F("peer", PREFIX, 'S', NEVER, peer, "Kernel point-to-point peer."),
	VD_F("home", FLAG, 'S', NEVER, home, "Kernel flag."),
	VD_F("-nodad", FLAG, 'S', NEVER, nodad, "Kernel flag.", .aliases = "nodad"),
	VD_F("mngtmpaddr", FLAG, 'S', NEVER, mngtmpaddr, "Kernel flag."),
	VD_F("noprefixroute", FLAG, 'S', NEVER, noprefixroute, "Kernel flag."),
	VD_F("autojoin", FLAG, 'S', NEVER, autojoin, "Kernel flag."),
	VD_F("use_vmac", STRING, 'M', LATER, use_vmac, "With the virtual MAC address.", .flags = VD_MODEL_BARE),
	VD_F("no_track", FLAG, 'M', NEVER, no_track, "Nobody but vipd takes its addresses away."),
	VD_F("track_group", STRING, 'c', LATER, track_group, "track_group of a static address."),
	VD_F("preferred_lft", STRING, 'M', NEVER, preferred_lft, "Kernel lifetime."),
};
const struct vd_model_block vd_model_address_block = VD_B("virtual_ipaddress entry", address_fields);
#undef T

static const struct vd_model_name route_kinds[] = {
	{"unicast", VD_MODEL_ROUTE_UNICAST}, {"blackhole", VD_MODEL_ROUTE_BLACKHOLE}, {"unreachable", VD_MODEL_ROUTE_UNREACHABLE},
	{"prohibit", VD_MODEL_ROUTE_PROHIBIT}, {"throw", VD_MODEL_ROUTE_OTHER}, {"local", VD_MODEL_ROUTE_OTHER},
	{"broadcast", VD_MODEL_ROUTE_OTHER}, {"anycast", VD_MODEL_ROUTE_OTHER}, {"multicast", VD_MODEL_ROUTE_OTHER},
	{"nat", VD_MODEL_ROUTE_OTHER}, {"xresolve", VD_MODEL_ROUTE_OTHER}, {NULL, 0}};

#define T struct vd_model_route
static const struct vd_model_field route_fields[] = {
	VD_F("kind", ENUM, 'S', LATER, kind, "What is done with it.", .flags = VD_MODEL_POS, .names = route_kinds, .def_text = "unicast"),
	VD_F("to", PREFIX, 'S', LATER, to, "Destination; \"default\" is all.", .flags = VD_MODEL_REQUIRED),
	VD_F("via", ADDR, 'S', LATER, via, "Next hop.", .aliases = "gw gateway"),
	VD_F("or", ADDR, 'S', LATER, or_via, "A second next hop."),
	VD_F("src", ADDR, 'S', LATER, src, "Source address of local packets."),
	VD_F("dev", STRING, 'S', LATER, dev, "Port.", .aliases = "oif"),
	VD_F("table", STRING, 'S', NEVER, table, "Kernel routing table."),
	VD_F("scope", STRING, 'S', NEVER, scope, "Kernel scope."),
	VD_F("protocol", STRING, 'S', NEVER, protocol, "Kernel route protocol.", .aliases = "proto"),
	VD_F("metric", INT, 'S', LATER, metric, "The lower wins.", VD_N(0, 4294967295), .aliases = "priority preference"),
	VD_F("mtu", INT, 'S', LATER, mtu, "MTU.", VD_N(0, 65535), .unit = "bytes"),
	VD_F("onlink", FLAG, 'S', LATER, onlink, "The next hop is on the link."),
	VD_F("inet6", FLAG, 'S', LATER, inet6, "An IPv6 route where nothing else says so."),
	VD_F("no_track", FLAG, 'S', LATER, no_track, "Its port does not count."),
	VD_F("track_group", STRING, 'c', LATER, track_group, "track_group of a static route."),
	VD_F("destination", PREFIX, 'S', LATER, to, "Destination without the word to.", .flags = VD_MODEL_POS),
	VD_F("more", STRINGS, 'N', NEVER, more, "Further words of ip-route(8).", .flags = VD_MODEL_POS | VD_MODEL_WORDS),
};
const struct vd_model_block vd_model_route_block = VD_B("route", route_fields);
#undef T

#define T struct vd_model_unicast_peer
static const struct vd_model_field unicast_peer_fields[] = {
	VD_F("address", ADDR, 'M', NOW, address, "Peer.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("min_ttl", INT, 'M', NOW, min_ttl, "Lowest TTL of its adverts.", .def = -1, VD_N(0, 255), .def_text = "not checked"),
	VD_F("max_ttl", INT, 'M', NOW, max_ttl, "Highest TTL of its adverts.", .def = -1, VD_N(0, 255), .def_text = "not checked"),
};
static const struct vd_model_block unicast_peer_block = VD_B("unicast_peer entry", unicast_peer_fields);
#undef T

static const struct vd_model_name auth_types[] = {
	{"PASS", VD_MODEL_AUTH_PASS}, {"AH", VD_MODEL_AUTH_AH}, {"none", VD_MODEL_AUTH_NONE}, {NULL, 0}};

#define T struct vd_model_authentication
static const struct vd_model_field authentication_fields[] = {
	VD_F("auth_type", ENUM, 'M', NOW, auth_type, "PASS, or the old AH.", .names = auth_types, .def_text = "none"),
	VD_F("auth_pass", STRING, 'M', NOW, auth_pass, "Password; its first 8 bytes count.", .flags = VD_MODEL_SECRET),
};
static const struct vd_model_block authentication_block = VD_B("authentication", authentication_fields);
#undef T

#define T struct vd_model_hmac_key
static const struct vd_model_field hmac_key_fields[] = {
	VD_F("id", INT, 'c', NOW, id, "Key's number.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED, VD_N(0, 255)),
	VD_F("secret", STRING, 'c', NOW, secret, "hex:..., file:... or 32 to 64 bytes of text.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED | VD_MODEL_SECRET),
};
static const struct vd_model_block hmac_key_block = VD_B("key", hmac_key_fields);
#undef T

static const struct vd_model_name anti_replays[] = {{"time", 0}, {"monotonic", 1}, {NULL, 0}};
static const struct vd_model_name hmac_modes[] = {{"enforce", 0}, {"permissive", 1}, {"receive-only", 2}, {NULL, 0}};

#define T struct vd_model_auth_hmac
static const struct vd_model_field auth_hmac_fields[] = {
	VD_F("key", REPEAT, 'c', NOW, key, "A key.", .block = &hmac_key_block),
	VD_F("active_key", INT, 'c', NOW, active_key, "Number of the key that signs.", .def = -1, VD_N(0, 255), .def_text = "the first"),
	VD_F("anti_replay", ENUM, 'c', NOW, anti_replay, "What an old advert is told by.", .names = anti_replays, .def_text = "time"),
	VD_F("time_window", TIME, 'c', NOW, time_window, "How old an advert may be.", VD_SECS(1, 300), .def_text = "the larger of 3 x advert_int and 5"),
	VD_F("mode", ENUM, 'c', NOW, mode, "What an unsigned advert gets.", .names = hmac_modes, .def_text = "enforce"),
};
static const struct vd_model_block auth_hmac_block = VD_B("auth_hmac", auth_hmac_fields);
#undef T

#define T struct vd_model_use_vmac
static const struct vd_model_field use_vmac_fields[] = {
	VD_F("mac", MAC, 'S', NOW, mac, "Another MAC address.", .flags = VD_MODEL_POS, .def_text = "00:00:5e:00:01:VRID or 00:00:5e:00:02:VRID"),
	VD_F("name", STRING, 'S', NEVER, name, "keepalived's macvlan; vipd needs none.", .flags = VD_MODEL_POS),
	VD_F("netlink_notify_msg", FLAG, 'S', NEVER, netlink_notify_msg, "Of the macvlan."),
	VD_F("group", INT, 'S', NEVER, group, "Of the macvlan.", VD_N(0, 4294967295)),
};
static const struct vd_model_block use_vmac_block = VD_B("use_vmac", use_vmac_fields);
#undef T

static const struct vd_model_name states[] = {{"BACKUP", VD_MODEL_STATE_BACKUP}, {"MASTER", VD_MODEL_STATE_MASTER}, {NULL, 0}};

static const struct vd_model_name checksum_words[] = {{"never", 0}, {NULL, 0}};

#define T struct vd_model_vrrp_instance
static const struct vd_model_field vrrp_instance_fields[] = {
	VD_F("name", STRING, 'M', NOW, name, "Name.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("state", ENUM, 'M', NOW, state, "State at start: MASTER with priority 255 begins at once; in a sync group it waits less.", .names = states, .def_text = "BACKUP; MASTER if priority is 255"),
	VD_F("interface", STRING, 'M', NOW, interface, "Port of the dataplane file.", .aliases = "dpdk_interface"),
	VD_F("virtual_router_id", INT, 'M', NOW, virtual_router_id, "VRID.", VD_N(1, 255), .flags = VD_MODEL_REQUIRED, .def_text = "none; required"),
	VD_F("priority", INT, 'M', NOW, priority, "The highest becomes MASTER; 255: address owner.", .def = 100, VD_N(1, 255), .def_text = "100; 255 with state MASTER"),
	VD_F("advert_int", TIME, 'M', NOW, advert_int, "Time between adverts; whole seconds in version 2.", VD_S(1), VD_SECS(0.01, 255)),
	VD_F("virtual_ipaddress", LINES, 'M', NOW, virtual_ipaddress, "Addresses that the MASTER holds and advertises.", .block = &vd_model_address_block),
	VD_F("virtual_ipaddress_excluded", LINES, 'M', NOW, virtual_ipaddress_excluded, "Addresses that it holds but does not advertise.", .block = &vd_model_address_block),
	VD_F("no_virtual_ipaddress", FLAG, 'c', NOW, no_virtual_ipaddress, "An instance without addresses is meant."),
	VD_F("authentication", BLOCK, 'M', NOW, authentication, "Version 2 only.", .block = &authentication_block),
	VD_F("auth_hmac", BLOCK, 'c', NOW, auth_hmac, "Signed adverts.", .block = &auth_hmac_block),
	VD_F("nopreempt", FLAG, 'M', NOW, nopreempt, "Leave a lower MASTER alone."),
	VD_F("preempt", UNSET, 'M', NOW, nopreempt, "Take over from a lower MASTER (the default)."),
	VD_F("preempt_delay", TIME, 'M', NOW, preempt_delay, "Wait before doing so after start.", VD_SECS(0, 1000)),
	VD_F("dont_track_primary", FLAG, 'M', NOW, dont_track_primary, "The instance's own link does not count."),
	TRACKS,
	VD_F("track_virtual_server", LINES, 'S', HEALTH, track_virtual_server, "Services whose quorum counts (vipd's own word).", .block = &track_virtual_server_block),
	VD_F("mcast_src_ip", ADDR, 'M', NOW, mcast_src_ip, "Source of adverts.", .def_text = "the port's address"),
	VD_F("unicast_src_ip", ADDR, 'M', NOW, unicast_src_ip, "Source of unicast adverts.", .def_text = "the port's address"),
	VD_F("mcast_dst_ip", ADDR, 'c', NOW, mcast_dst_ip, "Another group.", .def_text = "vrrp_mcast_group4 or vrrp_mcast_group6"),
	VD_F("unicast_peer", LINES, 'M', NOW, unicast_peer, "Adverts go to these addresses.", .block = &unicast_peer_block),
	VD_F("unicast_ttl", INT, 'S', NOW, unicast_ttl, "TTL of unicast adverts.", .def = 255, VD_N(0, 255)),
	VD_F("check_unicast_src", FLAG, 'S', NOW, check_unicast_src, "Adverts only from unicast peers.", .def_text = "vrrp_check_unicast_src"),
	VD_F("unicast_fault_no_peer", FLAG, 'S', NOW, unicast_fault_no_peer, "No peer is a fault."),
	VD_F("track_src_ip", FLAG, 'S', NOW, track_src_ip, "A missing source address is a fault."),
	VD_F("version", INT, 'M', NOW, version, "VRRP version; IPv6 takes 3.", .def = 2, VD_N(2, 3), .def_text = "vrrp_version"),
	VD_F("native_ipv6", FLAG, 'M', NOW, native_ipv6, "IPv6 where no address says so."),
	VD_F("use_vmac", LINE, 'S', NOW, use_vmac, "Answer with the virtual MAC address.", .block = &use_vmac_block),
	VD_F("vmac_xmit_base", FLAG, 'S', NOW, vmac_xmit_base, "Adverts leave with the port's own MAC address."),
	VD_F("use_vmac_addr", FLAG, 'S', LATER, use_vmac_addr, "The virtual MAC on the ports of all addresses."),
	VD_F("garp_master_delay", TIME, 'M', NOW, garp_master_delay, "Time to the second burst of gratuitous ARPs; 0: none.", VD_S(5), VD_SECS(0, VD_TIME_MAX_S), .def_text = "vrrp_garp_master_delay"),
	VD_F("garp_master_repeat", INT, 'M', NOW, garp_master_repeat, "Gratuitous ARPs per burst.", .def = 5, VD_N(1, VD_INT_MAX_N), .flags = VD_MODEL_CLAMP, .def_text = "vrrp_garp_master_repeat"),
	VD_F("garp_master_refresh", TIME, 'M', NOW, garp_master_refresh, "Time between refreshes; 0: none.", VD_SECS(0, VD_TIME_MAX_S), .def_text = "vrrp_garp_master_refresh"),
	VD_F("garp_master_refresh_repeat", INT, 'M', NOW, garp_master_refresh_repeat, "Gratuitous ARPs per refresh.", .def = 1, VD_N(1, VD_INT_MAX_N), .flags = VD_MODEL_CLAMP, .def_text = "vrrp_garp_master_refresh_repeat"),
	VD_F("garp_lower_prio_delay", TIME, 'S', NOW, garp_lower_prio_delay, "Time to the second burst after a lower advert.", VD_S(5), VD_SECS(0, VD_TIME_MAX_S), .def_text = "garp_master_delay, vrrp_garp_lower_prio_delay"),
	VD_F("garp_lower_prio_repeat", INT, 'S', NOW, garp_lower_prio_repeat, "Gratuitous ARPs after a lower advert.", .def = 5, VD_N(0, VD_INT_MAX_N), .def_text = "garp_master_repeat, vrrp_garp_lower_prio_repeat"),
	VD_F("garp_extra_if", LINE, 'c', LATER, garp_extra_if, "See vrrp_garp_extra_if.", .block = &vd_model_extra_if_block, .def_text = "vrrp_garp_extra_if", .aliases = "vmac_garp_intvl"),
	VD_F("down_timer_adverts", INT, 'S', NOW, down_timer_adverts, "Lost adverts until the master counts as down.", .def = 3, VD_N(1, 100), .def_text = "vrrp_down_timer_adverts"),
	VD_F("lower_prio_no_advert", BOOL, 'S', NOW, lower_prio_no_advert, "Do not answer a lower advert.", .def_text = "vrrp_lower_prio_no_advert"),
	VD_F("higher_prio_send_advert", BOOL, 'S', NOW, higher_prio_send_advert, "Send one advert before giving way.", .def_text = "vrrp_higher_prio_send_advert"),
	VD_F("v3_checksum_as_v2", BOOL, 'M', NOW, v3_checksum_as_v2, "Version 3 IPv4 checksum without pseudo-header.", .def_text = "v3_checksum_as_v2 of global_defs"),
	VD_F("skip_check_adv_addr", BOOL, 'M', NOW, skip_check_adv_addr, "See vrrp_skip_check_adv_addr.", .def_text = "vrrp_skip_check_adv_addr"),
	VD_F("strict_mode", BOOL, 'M', NOW, strict_mode, "See vrrp_strict.", .def_text = "vrrp_strict"),
	VD_F("accept", FLAG, 'M', NOW, accept, "Packets to the address reach this host.", .def = 1, .def_text = "on; off when strict and priority is not 255"),
	VD_F("no_accept", UNSET, 'M', NOW, accept, "They do not; ARP, ND and services are served."),
	VD_F("old_unicast_checksum", BOOL, 'c', LATER, old_unicast_checksum, "Checksum as keepalived before 1.3.6.", .names = checksum_words),
	VD_F("owner_ignore_adverts", BOOL, 'c', NOW, owner_ignore_adverts, "An address owner ignores adverts.", .def_text = "vrrp_owner_ignore_adverts"),
	VD_F("timer_expired_backup", BOOL, 'c', NOW, timer_expired_backup, "Late timers make it BACKUP; vipd's always do."),
	VD_F("virtual_routes", LINES, 'S', LATER, virtual_routes, "Routes that the MASTER has.", .block = &vd_model_route_block),
	{.word = "virtual_rules", .type = VD_MODEL_RAWS, .mark = 'N', .effect = VD_MODEL_NEVER, .doc = "There is no policy routing."},
	NOTIFIES,
	VD_F("notify_master_rx_lower_pri", LINE, 'M', NOW, notify_master_rx_lower_pri, "Command when a MASTER hears a lower advert.", COMMAND),
	VD_F("notify_priority_changes", BOOL, 'S', NOW, notify_priority_changes, "Events for changed priorities.", .def_text = "vrrp_notify_priority_changes"),
	VD_F("smtp_alert", BOOL, 'M', NOW, smtp_alert, "Mail on changes.", .def_text = "smtp_alert_vrrp"),
	VD_F("lvs_sync_daemon_interface", LINE, 'S', LATER, lvs_sync_daemon_interface, "An old form of lvs_sync_daemon.", .block = &vd_model_sync_daemon_block, .aliases = "lvs_sync_daemon_inteface"),
	VD_R("use_ipvlan", 'N', NEVER, "vipd needs no interface of its own."),
	VD_R("vrf", 'N', NEVER, "No kernel VRF."),
	VD_R("promote_secondaries", 'N', NEVER, "VIPs are not kernel secondaries."),
	VD_R("linkbeat_use_polling", 'N', NEVER, "The driver's link status replaces it."),
	VD_R("kernel_rx_buf_size", 'N', NEVER, "No VRRP socket."),
	VD_R("debug", 'N', NEVER, "See `show log`."),
};
const struct vd_model_block vd_model_vrrp_instance_block = VD_B("vrrp_instance", vrrp_instance_fields);
#undef T

#define T struct vd_model_garp_group
static const struct vd_model_field garp_group_fields[] = {
	VD_F("garp_interval", TIME, 'S', NOW, garp_interval, "Gap between gratuitous ARPs.", VD_SECS(1e-6, 4294.967), .def_text = "vrrp_garp_interval"),
	VD_F("gna_interval", TIME, 'S', NOW, gna_interval, "Gap between neighbour advertisements.", VD_SECS(1e-6, 4294.967), .def_text = "vrrp_gna_interval"),
	VD_F("interface", STRING, 'S', NOW, interface, "One port."),
	VD_F("interfaces", STRINGS, 'S', NOW, interfaces, "Or several that share the gap."),
};
const struct vd_model_block vd_model_garp_group_block = VD_B("garp_group", garp_group_fields);
#undef T

#define T struct vd_model_up_down_delay
static const struct vd_model_field up_down_delay_fields[] = {
	VD_F("interface", STRING, 'S', NOW, interface, "Port.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("down_delay", TIME, 'S', NOW, down_delay, "Time until a lost link counts.", .flags = VD_MODEL_POS, VD_SECS(0, 255)),
	VD_F("up_delay", TIME, 'S', NOW, up_delay, "Time until a link counts.", .flags = VD_MODEL_POS, VD_SECS(0, 255), .def_text = "down_delay"),
};
const struct vd_model_block vd_model_up_down_delay_block = VD_B("interface_up_down_delays entry", up_down_delay_fields);
#undef T

#define T struct vd_model_track_group
static const struct vd_model_field track_group_fields[] = {
	VD_F("name", STRING, 'c', LATER, name, "Name.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("group", STRINGS, 'c', LATER, group, "Names of the instances."),
};
const struct vd_model_block vd_model_track_group_block = VD_B("track_group", track_group_fields);
#undef T
/* clang-format on */
