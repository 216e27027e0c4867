/* SPDX-License-Identifier: BSD-3-Clause */
/* The words of the root and of global_defs. */
#include "vd_model_words.h"

/* clang-format off */
const struct vd_model_name vd_model_names_family[] = {{"inet", 4}, {"inet6", 6}, {NULL, 0}};

#define T struct vd_model_command
static const struct vd_model_field command_fields[] = {
	VD_F("script", STRING, 'M', NOW, script, "Command line with its arguments.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED | VD_MODEL_SCRIPT),
	VD_F("user", STRING, 'S', NOW, user, "User it runs as.", .flags = VD_MODEL_POS, .def_text = "script_user"),
	VD_F("group", STRING, 'S', NOW, group, "Group it runs as.", .flags = VD_MODEL_POS, .def_text = "the user's group"),
};
const struct vd_model_block vd_model_command_block = VD_B("command", command_fields);
#undef T

#define T struct vd_model_user
static const struct vd_model_field user_fields[] = {
	VD_F("user", STRING, 'S', NOW, user, "User name.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("group", STRING, 'S', NOW, group, "Group name.", .flags = VD_MODEL_POS, .def_text = "the user's group"),
};
const struct vd_model_block vd_model_user_block = VD_B("user", user_fields);
#undef T

#define T struct vd_model_weight
static const struct vd_model_field weight_fields[] = {
	VD_F("value", INT, 'M', NOW, value, "Added to the priority or weight; 0: failure is a fault.",
		.flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("reverse", FLAG, 'S', NOW, reverse, "Acts the other way round."),
	VD_F("noreverse", UNSET, 'S', NOW, reverse, "Takes reverse back."),
};
const struct vd_model_block vd_model_weight_block = VD_B("weight", weight_fields);
#undef T

#define T struct vd_model_extra_if
static const struct vd_model_field extra_if_fields[] = {
	VD_F("all", FLAG, 'c', NOW, all, "Not only on interfaces with a virtual MAC."),
	VD_F("interval", TIME, 'c', NOW, interval, "Time between repeats.", .flags = VD_MODEL_POS, VD_SECS(0, 86400)),
};
const struct vd_model_block vd_model_extra_if_block = VD_B("garp_extra_if", extra_if_fields);
#undef T

#define T struct vd_model_sync_daemon
static const struct vd_model_field sync_daemon_fields[] = {
	VD_F("interface", STRING, 'S', LATER, interface, "Port that carries connection synchronisation.",
		.flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("inst", STRING, 'S', LATER, inst, "VRRP instance whose state decides who sends."),
	VD_F("id", INT, 'S', LATER, id, "Synchronisation id.", .def = -1, VD_N(0, 255), .def_text = "the instance's virtual_router_id",
		.aliases = "syncid"),
	VD_F("maxlen", INT, 'S', LATER, maxlen, "Longest packet.", VD_N(1, 65507), .unit = "bytes"),
	VD_F("port", INT, 'S', LATER, port, "UDP port.", .def = 8848, VD_N(1, 65535)),
	VD_F("ttl", INT, 'S', LATER, ttl, "TTL of what is sent.", .def = 1, VD_N(1, 255)),
	VD_F("group", ADDR, 'S', LATER, group, "Multicast group.", .def_text = "224.0.0.81"),
	VD_F("instance", STRING, 'S', LATER, inst, "The instance without the word inst.", .flags = VD_MODEL_POS),
};
const struct vd_model_block vd_model_sync_daemon_block = VD_B("lvs_sync_daemon", sync_daemon_fields);
#undef T

#define T struct vd_model_smtp_server
static const struct vd_model_field smtp_server_fields[] = {
	VD_F("host", STRING, 'M', NOW, host, "Address or name.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("port", INT, 'M', NOW, port, "TCP port.", .flags = VD_MODEL_POS, .def = 25, VD_N(1, 65535)),
};
static const struct vd_model_block smtp_server_block = VD_B("smtp_server", smtp_server_fields);
#undef T

#define T struct vd_model_lvs_timeouts
static const struct vd_model_field lvs_timeouts_fields[] = {
	VD_F("tcp", TIME, 'S', NOW, tcp, "Established TCP connections.", VD_SECS(0, 31 * 86400), .def_text = "900"),
	VD_F("tcpfin", TIME, 'S', NOW, tcpfin, "TCP connections after a FIN.", VD_SECS(0, 31 * 86400), .def_text = "120"),
	VD_F("udp", TIME, 'S', NOW, udp, "UDP.", VD_SECS(0, 31 * 86400), .def_text = "300"),
};
static const struct vd_model_block lvs_timeouts_block = VD_B("lvs_timeouts", lvs_timeouts_fields);
#undef T

static const struct vd_model_name dynamic_words[] = {{"allow_if_changes", 1}, {NULL, 0}};

#define T struct vd_model_global
#define COMMAND .block = &vd_model_command_block
static const struct vd_model_field global_fields[] = {
	VD_F("router_id", STRING, 'M', NOW, router_id, "Name of this machine in mails.", .def_text = "host name"),
	VD_F("notification_email", STRINGS, 'M', NOW, notification_email, "Who gets mail."),
	VD_F("notification_email_from", STRING, 'M', NOW, notification_email_from, "Sender of mail.", .def_text = "keepalived@host"),
	VD_F("smtp_server", LINE, 'M', NOW, smtp_server, "Mail server and port.", .block = &smtp_server_block),
	VD_F("smtp_connect_timeout", TIME, 'M', NOW, smtp_connect_timeout, "Mail server's time to answer.", VD_S(30), VD_SECS(1e-6, VD_TIME_MAX_S)),
	VD_F("smtp_helo_name", STRING, 'M', NOW, smtp_helo_name, "Name in HELO.", .def_text = "host name", .flags = VD_MODEL_LENIENT),
	VD_F("smtp_alert", BOOL, 'S', NOW, smtp_alert, "Default of every smtp_alert."),
	VD_F("smtp_alert_vrrp", BOOL, 'S', NOW, smtp_alert_vrrp, "Default of smtp_alert of instances and groups.", .def_text = "smtp_alert"),
	VD_F("smtp_alert_checker", BOOL, 'S', NOW, smtp_alert_checker, "Default of smtp_alert of servers.", .def_text = "smtp_alert"),
	VD_F("no_email_faults", FLAG, 'S', NOW, no_email_faults, "No mail for faults."),
	VD_F("no_checker_emails", FLAG, 'S', NOW, no_checker_emails, "Mail only when a server is added or removed."),
	VD_F("vrrp_skip_check_adv_addr", BOOL, 'M', NOW, vrrp_skip_check_adv_addr, "Do not compare the addresses of an advert from the same master again."),
	VD_F("vrrp_strict", BOOL, 'M', NOW, vrrp_strict, "Strict RFC behaviour: no authentication, no_accept, no preempt_delay."),
	VD_F("vrrp_garp_interval", TIME, 'M', NOW, vrrp_garp_interval, "Gap between gratuitous ARPs on an interface; 0: none.", VD_SECS(1e-6, 4294.967)),
	VD_F("vrrp_gna_interval", TIME, 'M', NOW, vrrp_gna_interval, "Gap between unsolicited neighbour advertisements; 0: none.", VD_SECS(1e-6, 4294.967)),
	VD_F("vrrp_garp_master_delay", TIME, 'M', NOW, vrrp_garp_master_delay, "Time to the second burst of gratuitous ARPs; 0: none.", VD_S(5), VD_SECS(0, VD_TIME_MAX_S)),
	VD_F("vrrp_garp_master_repeat", INT, 'M', NOW, vrrp_garp_master_repeat, "Gratuitous ARPs per burst.", .def = 5, VD_N(1, VD_INT_MAX_N), .flags = VD_MODEL_CLAMP),
	VD_F("vrrp_garp_master_refresh", TIME, 'M', NOW, vrrp_garp_master_refresh, "Time between refreshes while MASTER; 0: none.", VD_SECS(0, VD_TIME_MAX_S)),
	VD_F("vrrp_garp_master_refresh_repeat", INT, 'M', NOW, vrrp_garp_master_refresh_repeat, "Gratuitous ARPs per refresh.", .def = 1, VD_N(1, VD_INT_MAX_N), .flags = VD_MODEL_CLAMP),
	VD_F("vrrp_garp_lower_prio_delay", TIME, 'S', NOW, vrrp_garp_lower_prio_delay, "Time to the second burst after a lower advert.", VD_S(5), VD_SECS(0, VD_TIME_MAX_S), .def_text = "vrrp_garp_master_delay"),
	VD_F("vrrp_garp_lower_prio_repeat", INT, 'S', NOW, vrrp_garp_lower_prio_repeat, "Gratuitous ARPs after a lower advert.", .def = 5, VD_N(0, VD_INT_MAX_N), .def_text = "vrrp_garp_master_repeat"),
	VD_F("vrrp_min_garp", BOOL, 'S', NOW, vrrp_min_garp, "One gratuitous ARP, no second burst, where nothing else is said."),
	VD_F("vrrp_garp_extra_if", LINE, 'c', LATER, vrrp_garp_extra_if, "Repeat gratuitous ARPs on interfaces other than the instance's.", .block = &vd_model_extra_if_block),
	VD_F("vrrp_version", INT, 'M', NOW, vrrp_version, "VRRP version; IPv6 takes 3.", .def = 2, VD_N(2, 3)),
	VD_F("vrrp_mcast_group4", ADDR, 'S', NOW, vrrp_mcast_group4, "IPv4 group.", .def_text = "224.0.0.18"),
	VD_F("vrrp_mcast_group6", ADDR, 'S', NOW, vrrp_mcast_group6, "IPv6 group.", .def_text = "ff02::12"),
	VD_F("vrrp_lower_prio_no_advert", BOOL, 'S', NOW, vrrp_lower_prio_no_advert, "Do not answer a lower advert."),
	VD_F("vrrp_higher_prio_send_advert", BOOL, 'S', NOW, vrrp_higher_prio_send_advert, "Send one advert before giving way."),
	VD_F("vrrp_down_timer_adverts", INT, 'S', NOW, vrrp_down_timer_adverts, "Lost adverts until the master counts as down.", .def = 3, VD_N(1, 100)),
	VD_F("v3_checksum_as_v2", BOOL, 'M', NOW, v3_checksum_as_v2, "Version 3 IPv4 checksum without pseudo-header."),
	VD_F("vrrp_check_unicast_src", FLAG, 'S', NOW, vrrp_check_unicast_src, "Adverts only from unicast peers."),
	VD_F("vrrp_owner_ignore_adverts", BOOL, 'c', NOW, vrrp_owner_ignore_adverts, "An address owner ignores adverts."),
	VD_F("vrrp_startup_delay", TIME, 'S', NOW, vrrp_startup_delay, "Wait after start before VRRP begins.", VD_SECS(1e-3, 4294.0), .aliases = "vrrp_delay_after_boot"),
	VD_F("script_user", LINE, 'M', NOW, script_user, "User that scripts run as.", .block = &vd_model_user_block, .def_text = "keepalived_script if it exists, else root"),
	VD_F("enable_script_security", FLAG, 'M', NOW, enable_script_security, "No script as root that others can change."),
	VD_F("notify_fifo", LINE, 'S', NOW, notify_fifo, "FIFO for every event.", COMMAND),
	VD_F("notify_fifo_script", LINE, 'S', NOW, notify_fifo_script, "Program that reads it.", COMMAND),
	VD_F("vrrp_notify_fifo", LINE, 'S', NOW, vrrp_notify_fifo, "FIFO for VRRP events.", COMMAND),
	VD_F("vrrp_notify_fifo_script", LINE, 'S', NOW, vrrp_notify_fifo_script, "Program that reads it.", COMMAND),
	VD_F("lvs_notify_fifo", LINE, 'S', NOW, lvs_notify_fifo, "FIFO for server events.", COMMAND),
	VD_F("lvs_notify_fifo_script", LINE, 'S', NOW, lvs_notify_fifo_script, "Program that reads it.", COMMAND),
	VD_F("fifo_write_vrrp_states_on_reload", FLAG, 'S', NOW, fifo_write_vrrp_states_on_reload, "Write every state again on reload."),
	VD_F("vrrp_notify_priority_changes", BOOL, 'S', NOW, vrrp_notify_priority_changes, "Events for changed priorities."),
	VD_F("startup_script", LINE, 'S', NOW, startup_script, "Command run before start.", COMMAND),
	VD_F("startup_script_timeout", TIME, 'S', NOW, startup_script_timeout, "Its time.", VD_S(10), VD_SECS(1, 1000)),
	VD_F("shutdown_script", LINE, 'S', NOW, shutdown_script, "Command run after stop.", COMMAND),
	VD_F("shutdown_script_timeout", TIME, 'S', NOW, shutdown_script_timeout, "Its time.", VD_S(10), VD_SECS(1, 1000)),
	VD_F("lvs_sync_daemon", LINE, 'S', LATER, lvs_sync_daemon, "Synchronise connections with the peer (vipd's own protocol).", .block = &vd_model_sync_daemon_block),
	VD_F("lvs_timeouts", LINE, 'S', NOW, lvs_timeouts, "Idle times of connections.", .block = &lvs_timeouts_block),
	VD_F("lvs_flush", FLAG, 'c', NEVER, lvs_flush, "Kernel IPVS is not used."),
	VD_R("lvs_flush_on_stop", 'c', NEVER, "Kernel IPVS is not used."),
	VD_R("enable_snmp_vrrp", 'c', LATER, "SNMP."), VD_R("enable_snmp_checker", 'c', LATER, "SNMP."),
	VD_R("enable_snmp_rfc", 'c', LATER, "SNMP."), VD_R("enable_snmp_rfcv2", 'c', LATER, "SNMP."),
	VD_R("enable_snmp_rfcv3", 'c', LATER, "SNMP."), VD_R("enable_snmp_keepalived", 'c', LATER, "SNMP, an old word."),
	VD_R("enable_traps", 'c', LATER, "SNMP traps."), VD_R("snmp_socket", 'c', LATER, "SNMP master's socket."),
	VD_R("snmp_vs_stats_update_interval", 'c', LATER, "Age of SNMP figures (5 s)."),
	VD_R("snmp_rs_stats_update_interval", 'c', LATER, "Age of SNMP figures (5 s)."),
	VD_R("enable_dbus", 'c', LATER, "DBus."), VD_R("dbus_service_name", 'c', LATER, "DBus name."),
	VD_R("dbus_no_interface_name", 'c', LATER, "DBus."),
	VD_F("default_interface", STRING, 'S', NOW, default_interface, "Port of addresses that name none."),
	VD_F("dynamic_interfaces", BOOL, 'S', LATER, dynamic_interfaces, "Interfaces may be missing at start.", .names = dynamic_words),
	VD_F("log_unknown_vrids", BOOL, 'S', LATER, log_unknown_vrids, "Log adverts of foreign VRIDs."),
	VD_F("rs_init_notifies", FLAG, 'S', NOW, rs_init_notifies, "notify_up at start, too."),
	VD_F("checker_log_all_failures", BOOL, 'S', HEALTH, checker_log_all_failures, "Log every failed check."),
	VD_R("umask", 'c', LATER, "Mode of files that are made."),
	VD_R("max_auto_priority", 'c', NEVER, "vipd's loops poll and need no scheduling priority."),
	VD_R("reload_check_config", 'S', NOW, "Check before reload; vipd always does."),
	VD_F("reload_time_file", STRING, 'c', LATER, reload_time_file, "File with the time of the next reload."),
	VD_F("reload_repeat", FLAG, 'c', LATER, reload_repeat, "Keep that file."),
	VD_F("reload_file", STRING, 'c', LATER, reload_file, "File that exists while the configuration is read.", .flags = VD_MODEL_BARE),
	VD_F("data_use_instance", BOOL, 'c', NOW, data_use_instance, "Instance name in the names of data files."),
	VD_F("state_dump_file", STRING, 'c', NOW, state_dump_file, "File that SIGUSR1 writes."),
	VD_F("stats_dump_file", STRING, 'c', NOW, stats_dump_file, "File that SIGUSR2 writes."),
	VD_F("json_dump_file", STRING, 'c', NOW, json_dump_file, "File that signal 36 writes."),
	VD_F("json_version", INT, 'c', NOW, json_version, "Shape of that file.", .def = 1, VD_N(1, 2)),
	VD_F("random_seed", INT, 'S', NOW, random_seed, "Makes ${_RANDOM}, source ports and hashes repeat.", VD_N(0, 4294967295)),
	VD_R("process_names", 'c', NEVER, "vipd is one process."), VD_R("process_name", 'c', NEVER, "vipd is one process."),
	VD_R("vrrp_process_name", 'c', NEVER, "vipd is one process."),
	VD_R("checker_process_name", 'c', NEVER, "vipd is one process.", .aliases = "lvs_process_name"),
	VD_R("bfd_process_name", 'c', NEVER, "vipd is one process."),
	VD_R("vrrp_priority", 'N', NEVER, "The dataplane file places the lcores."),
	VD_R("checker_priority", 'N', NEVER, "The dataplane file places the lcores."),
	VD_R("bfd_priority", 'N', NEVER, "The dataplane file places the lcores."),
	VD_R("vrrp_cpu_affinity", 'N', NEVER, "The dataplane file places the lcores."),
	VD_R("checker_cpu_affinity", 'N', NEVER, "The dataplane file places the lcores."),
	VD_R("bfd_cpu_affinity", 'N', NEVER, "The dataplane file places the lcores."),
	VD_R("vrrp_no_swap", 'N', NEVER, "The data plane's memory is locked."),
	VD_R("checker_no_swap", 'N', NEVER, "The data plane's memory is locked."),
	VD_R("bfd_no_swap", 'N', NEVER, "The data plane's memory is locked."),
	VD_R("vrrp_rlimit_rttime", 'N', NEVER, "Lcores poll.", .aliases = "vrrp_rlimit_rtime"),
	VD_R("checker_rlimit_rttime", 'N', NEVER, "Lcores poll.", .aliases = "checker_rlimit_rtime"),
	VD_R("bfd_rlimit_rttime", 'N', NEVER, "Lcores poll.", .aliases = "bfd_rlimit_rtime"),
	VD_R("min_auto_priority_delay", 'N', NEVER, "Lcores poll."),
	VD_R("vrrp_rt_priority", 'c', LATER, "Real-time priority of the control lcore."),
	VD_R("checker_rt_priority", 'c', LATER, "Real-time priority of the checks."),
	VD_R("bfd_rt_priority", 'c', LATER, "Real-time priority of BFD."),
	VD_R("nftables", 'N', NEVER, "no_accept is done in vipd's own pipeline."),
	VD_R("nftables_priority", 'N', NEVER, "See nftables."), VD_R("nftables_counters", 'N', NEVER, "See nftables."),
	VD_R("nftables_ifindex", 'N', NEVER, "See nftables."),
	VD_R("nftables_ipvs", 'N', NEVER, "Marks are done in vipd's own pipeline."),
	VD_R("nftables_ipvs_priority", 'N', NEVER, "See nftables_ipvs."),
	VD_R("nftables_ipvs_start_fwmark", 'N', NEVER, "See nftables_ipvs."),
	VD_R("vrrp_iptables", 'N', NEVER, "no_accept is done in vipd's own pipeline."),
	VD_R("vrrp_ipsets", 'N', NEVER, "no_accept is done in vipd's own pipeline."),
	VD_R("disable_local_igmp", 'N', NEVER, "The kernel sees no VMAC interface."),
	VD_R("vrrp_netlink_cmd_rcv_bufs", 'N', NEVER, "No netlink."),
	VD_R("vrrp_netlink_cmd_rcv_bufs_force", 'N', NEVER, "No netlink."),
	VD_R("vrrp_netlink_monitor_rcv_bufs", 'N', NEVER, "No netlink."),
	VD_R("vrrp_netlink_monitor_rcv_bufs_force", 'N', NEVER, "No netlink."),
	VD_R("lvs_netlink_cmd_rcv_bufs", 'N', NEVER, "No netlink."),
	VD_R("lvs_netlink_cmd_rcv_bufs_force", 'N', NEVER, "No netlink."),
	VD_R("lvs_netlink_monitor_rcv_bufs", 'N', NEVER, "No netlink."),
	VD_R("lvs_netlink_monitor_rcv_bufs_force", 'N', NEVER, "No netlink."),
	VD_R("process_monitor_rcv_bufs", 'N', NEVER, "No process events socket."),
	VD_R("process_monitor_rcv_bufs_force", 'N', NEVER, "No process events socket."),
	VD_R("vrrp_rx_bufs_policy", 'N', NEVER, "No VRRP socket."),
	VD_R("vrrp_rx_bufs_multiplier", 'N', NEVER, "No VRRP socket."),
	VD_R("tmp_config_directory", 'N', NEVER, "One process reads the file once."),
	VD_R("config_save_dir", 'N', NEVER, "A keepalived debugging aid."),
	VD_R("iproute_usr_dir", 'N', NEVER, "Tables are numbers here."), VD_R("iproute_etc_dir", 'N', NEVER, "Tables are numbers here."),
	VD_R("vmac_prefix", 'N', NEVER, "A virtual MAC needs no interface of its own."),
	VD_R("vmac_addr_prefix", 'N', NEVER, "A virtual MAC needs no interface of its own."),
};
const struct vd_model_block vd_model_global_block = VD_B("global_defs", global_fields);
#undef T

#define T struct vd_model
#define ROOT(w, ty, cls, eff, member, b, text) VD_F(w, ty, cls, eff, member, text, .block = &b)
static const struct vd_model_field root_fields[] = {
	ROOT("global_defs", BLOCK, 'M', NOW, global, vd_model_global_block, "Settings of the whole program."),
	ROOT("static_ipaddress", LINES, 'S', LATER, static_addresses, vd_model_address_block, "Addresses that do not move."),
	ROOT("static_routes", LINES, 'S', LATER, static_routes, vd_model_route_block, "Routes that do not move."),
	VD_F("static_rules", RAWS, 'c', NEVER, obj, "There is no policy routing."),
	ROOT("track_group", BLOCKS, 'c', LATER, track_groups, vd_model_track_group_block, "Instances that depend on static addresses and routes."),
	ROOT("garp_group", BLOCKS, 'S', NOW, garp_groups, vd_model_garp_group_block, "Pace of gratuitous ARPs on interfaces."),
	ROOT("interface_up_down_delays", LINES, 'S', NOW, up_down_delays, vd_model_up_down_delay_block, "How long a link must be down or up."),
	VD_F("linkbeat_interfaces", RAWS, 'N', NEVER, obj, "The driver's link status replaces it."),
	ROOT("vrrp_script", BLOCKS, 'M', TRACK, vrrp_scripts, vd_model_vrrp_script_block, "A script that is run again and again."),
	{.word = "track_file", .type = VD_MODEL_BLOCKS, .mark = 'S', .effect = VD_MODEL_TRACK, .offset = offsetof(T, track_files),
		.block = &vd_model_track_file_block, .aliases = "vrrp_track_file", .doc = "A file that holds a number."},
	ROOT("vrrp_track_process", BLOCKS, 'S', TRACK, track_processes, vd_model_track_process_block, "Processes that must run."),
	ROOT("bfd_instance", BLOCKS, 'c', LATER, bfd_instances, vd_model_bfd_instance_block, "Bidirectional forwarding detection (RFC 5880)."),
	ROOT("vrrp_sync_group", BLOCKS, 'M', NOW, sync_groups, vd_model_sync_group_block, "Instances that change state together."),
	ROOT("vrrp_instance", BLOCKS, 'M', NOW, instances, vd_model_vrrp_instance_block, "A virtual router (RFC 3768, RFC 5798)."),
	ROOT("virtual_server_group", BLOCKS, 'M', NOW, virtual_server_groups, vd_model_virtual_server_group_block, "Listeners that share their servers."),
	ROOT("local_address_group", BLOCKS, 'M', NOW, local_address_groups, vd_model_local_address_group_block, "FULLNAT source addresses."),
	ROOT("deny_address_group", BLOCKS, 'S', LATER, deny_address_groups, vd_model_client_group_block, "Clients that are refused."),
	ROOT("allow_address_group", BLOCKS, 'S', LATER, allow_address_groups, vd_model_client_group_block, "Clients that are let in."),
	VD_F("tunnel_group", RAWS, 'N', NEVER, obj, "DPVS's tunnel interfaces; vipd takes lb_kind TUN."),
	ROOT("virtual_server", BLOCKS, 'M', NOW, virtual_servers, vd_model_virtual_server_block, "A load-balanced service."),
	ROOT("SSL", BLOCK, 'c', HEALTH, ssl, vd_model_ssl_block, "Certificates of SSL_GET."),
	VD_F("net_namespace", STRING, 'c', LATER, net_namespace, "Network namespace of the control plane."),
	VD_R("net_namespace_ipvs", 'N', NEVER, "Kernel IPVS is not used."),
	VD_R("namespace_with_ipsets", 'N', NEVER, "No ipsets."),
	VD_R("instance", 'c', NEVER, "The option --instance names vipd."),
	VD_R("use_pid_dir", 'c', NEVER, "vipd writes no PID file."),
	VD_R("child_wait_time", 'c', NEVER, "vipd is one process."),
	VD_R("linkbeat_use_polling", 'N', NEVER, "The driver's link status replaces it."),
};
const struct vd_model_block vd_model_root_block = VD_B("configuration", root_fields);
#undef T
/* clang-format on */
