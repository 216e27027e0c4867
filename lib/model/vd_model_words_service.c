/* SPDX-License-Identifier: BSD-3-Clause */
/* The words of virtual_server, real_server and the address groups. */
#include "vd_model_words.h"

/* clang-format off */
#define COMMAND .block = &vd_model_command_block

static const struct vd_model_name forwardings[] = {
#define VD_X(id, word, name, built) {word, VD_FORWARDING_##id},
	VD_FORWARDINGS(VD_X)
#undef VD_X
	{"FULLNAT", VD_FORWARDING_FULLNAT}, {NULL, 0}};
static const struct vd_model_name schedulers[] = {
#define VD_X(id, word, built) {word, VD_SCHEDULER_##id},
	VD_SCHEDULERS(VD_X)
#undef VD_X
	{"conhash", VD_SCHEDULER_MH}, {NULL, 0}};
static const struct vd_model_name protocols[] = {
	{"TCP", VD_PROTOCOL_TCP}, {"UDP", VD_PROTOCOL_UDP}, {"SCTP", VD_PROTOCOL_SCTP}, {NULL, 0}};
static const struct vd_model_name tunnels[] = {
	{"ipip", VD_MODEL_TUNNEL_IPIP}, {"gue", VD_MODEL_TUNNEL_GUE}, {"gre", VD_MODEL_TUNNEL_GRE}, {NULL, 0}};
static const struct vd_model_name checksums[] = {{"nocsum", 0}, {"csum", 1}, {"remcsum", 2}, {NULL, 0}};
static const struct vd_model_name proxy_protocols[] = {{"v1", 1}, {"v2", 2}, {NULL, 0}};
static const struct vd_model_name hash_targets[] = {{"sip", 0}, {"qid", 1}, {NULL, 0}};
static const struct vd_model_name observe_layers[] = {{"layer4", 4}, {NULL, 0}};

#define T struct vd_model_lb_kind
static const struct vd_model_field lb_kind_fields[] = {
	VD_F("method", ENUM, 'M', NOW, method, "NAT, DR, TUN, or FNAT (FULLNAT).", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED, .names = forwardings, .def_text = "NAT"),
	VD_F("type", ENUM, 'S', LATER, type, "Tunnel.", .names = tunnels, .def_text = "ipip"),
	VD_F("port", INT, 'S', LATER, port, "UDP port of gue.", VD_N(1, 65535)),
	VD_F("csum", ENUM, 'S', LATER, csum, "Tunnel checksum.", .flags = VD_MODEL_POS, .names = checksums, .def_text = "nocsum"),
};
static const struct vd_model_block lb_kind_block = VD_B("lb_kind", lb_kind_fields);
#undef T

#define T struct vd_model_sorry_server
static const struct vd_model_field sorry_server_fields[] = {
	VD_F("address", ADDR, 'M', HEALTH, address, "Address.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("port", INT, 'M', HEALTH, port, "Port.", .flags = VD_MODEL_POS, VD_N(0, 65535), .def_text = "the virtual server's"),
};
static const struct vd_model_block sorry_server_block = VD_B("sorry_server", sorry_server_fields);
#undef T

#define T struct vd_model_observe
static const struct vd_model_field observe_fields[] = {
	VD_F("layer", ENUM, 'S', HEALTH, layer, "What is watched.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED, .names = observe_layers),
	VD_F("errors", INT, 'S', HEALTH, errors, "Failed connections until a server counts as down.", .def = 10, VD_N(1, 1000000)),
};
static const struct vd_model_block observe_block = VD_B("observe", observe_fields);
#undef T

/* What a virtual server gives its real servers, and these their checkers. */
#define CHECK_TIMES(dflt_timeout, dflt_loop) \
	VD_F("delay_loop", TIME, 'M', HEALTH, delay_loop, "Time between checks.", VD_S(60), VD_SECS(1e-6, VD_TIME_MAX_S), .def_text = dflt_loop), \
	VD_F("connect_timeout", TIME, 'M', HEALTH, connect_timeout, "A check's time to connect.", VD_S(5), VD_SECS(1e-6, 4294.967), .def_text = dflt_timeout), \
	VD_F("retry", INT, 'M', HEALTH, retry, "Attempts after a failure until the server is down.", .def = 1, VD_N(0, VD_INT_MAX_N), .def_text = "1; DNS_CHECK 3, MISC_CHECK 0", .aliases = "nb_get_retry nb_sock_retry"), \
	VD_F("delay_before_retry", TIME, 'M', HEALTH, delay_before_retry, "Time between them.", VD_S(1), VD_SECS(0, VD_TIME_MAX_S), .def_text = "1; HTTP_GET, SSL_GET 3; DNS_CHECK delay_loop"), \
	VD_F("warmup", TIME, 'S', HEALTH, warmup, "First check after a random part of this.", VD_SECS(0, VD_TIME_MAX_S), .def_text = "delay_loop")

#define T struct vd_model_real_server
#define CHECKER(w, cls, b, text) VD_F(w, BLOCKS, cls, HEALTH, checkers, text, .block = &b)
static const struct vd_model_field real_server_fields[] = {
	VD_F("address", ADDR, 'M', NOW, address, "Address.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("port", INT, 'M', NOW, port, "Port.", .flags = VD_MODEL_POS, VD_N(0, 65535), .def_text = "the virtual server's"),
	VD_F("weight", INT, 'M', NOW, weight, "Share of the connections; 0: no new ones.", .def = 1, VD_N(0, VD_INT_MAX_N)),
	VD_F("lb_kind", LINE, 'M', NOW, lb_kind, "Forwarding method.", .block = &lb_kind_block, .aliases = "lvs_method", .def_text = "the virtual server's"),
	VD_F("uthreshold", INT, 'M', NOW, uthreshold, "Most connections.", VD_N(0, VD_INT_MAX_N)),
	VD_F("lthreshold", INT, 'M', NOW, lthreshold, "Fewest connections that end an overload.", VD_N(0, VD_INT_MAX_N)),
	VD_F("notify_up", LINE, 'M', HEALTH, notify_up, "Command when it comes up.", COMMAND),
	VD_F("notify_down", LINE, 'M', HEALTH, notify_down, "Command when it goes down.", COMMAND),
	VD_F("inhibit_on_failure", BOOL, 'M', HEALTH, inhibit_on_failure, "Down means weight 0; connections go on.", .def_text = "the virtual server's"),
	VD_F("alpha", BOOL, 'M', HEALTH, alpha, "Down until the first check.", .def_text = "the virtual server's"),
	CHECK_TIMES("the virtual server's", "the virtual server's"),
	VD_F("virtualhost", STRING, 'M', HEALTH, virtualhost, "Host of HTTP checks.", .def_text = "the virtual server's"),
	VD_F("smtp_alert", BOOL, 'M', HEALTH, smtp_alert, "Mail on changes.", .def = 1, .def_text = "on, or smtp_alert_checker"),
	VD_F("log_all_failures", BOOL, 'S', HEALTH, log_all_failures, "Log every failed check.", .def_text = "checker_log_all_failures"),
	VD_F("snmp_name", STRING, 'c', LATER, snmp_name, "Name in SNMP."),
	CHECKER("TCP_CHECK", 'M', vd_model_tcp_check_block, "Connect."),
	CHECKER("HTTP_GET", 'M', vd_model_http_get_block, "Get pages."),
	CHECKER("SSL_GET", 'M', vd_model_ssl_get_block, "Get pages by TLS."),
	CHECKER("SMTP_CHECK", 'S', vd_model_smtp_check_block, "Talk SMTP."),
	CHECKER("DNS_CHECK", 'S', vd_model_dns_check_block, "Ask a DNS server."),
	CHECKER("UDP_CHECK", 'S', vd_model_udp_check_block, "Send a datagram."),
	CHECKER("PING_CHECK", 'S', vd_model_ping_check_block, "ICMP echo."),
	CHECKER("MISC_CHECK", 'M', vd_model_misc_check_block, "Run a command."),
	CHECKER("FILE_CHECK", 'c', vd_model_file_check_block, "Read a track_file."),
	VD_F("BFD_CHECK", BLOCKS, 'c', LATER, checkers, "A BFD session.", .block = &vd_model_bfd_check_block),
};
const struct vd_model_block vd_model_real_server_block = VD_B("real_server", real_server_fields);
#undef T

#define T struct vd_model_virtual_server
static const struct vd_model_field virtual_server_fields[] = {
	VD_F("address", ADDR, 'M', NOW, address, "Address; or group NAME, or fwmark N.", .flags = VD_MODEL_POS),
	VD_F("port", INT, 'M', NOW, port, "Port; without one every port (persistent services only).", .flags = VD_MODEL_POS, VD_N(0, 65535)),
	VD_F("fwmark", INT, 'M', LATER, fwmark, "Or a firewall mark.", .flags = VD_MODEL_HEAD, VD_N(1, 4294967295)),
	VD_F("group", STRING, 'M', NOW, group, "Or a virtual_server_group.", .flags = VD_MODEL_HEAD),
	VD_F("match", STRING, 'c', LATER, match, "Or DPVS's match of an SNAT service.", .flags = VD_MODEL_HEAD | VD_MODEL_BARE),
	VD_F("lb_algo", ENUM, 'M', NOW, lb_algo, "Scheduler.", .def = VD_SCHEDULER_WLC, .names = schedulers, .def_text = "wlc", .aliases = "lvs_sched"),
	VD_F("lb_kind", LINE, 'M', NOW, lb_kind, "Forwarding method.", .block = &lb_kind_block, .def_text = "NAT", .aliases = "lvs_method"),
	VD_F("protocol", ENUM, 'M', NOW, protocol, "Protocol.", .def = VD_PROTOCOL_UDP, .names = protocols, .def_text = "UDP"),
	VD_F("persistence_timeout", TIME, 'M', LATER, persistence_timeout, "A client keeps its server this long; 0: off.", .flags = VD_MODEL_BARE, .bare = 360 * (int64_t)VD_SEC, VD_SECS(1, 31 * 86400), .def_text = "off; 360 without a value"),
	VD_F("persistence_granularity", STRING, 'S', LATER, persistence_granularity, "Netmask of what counts as one client."),
	VD_F("persistence_engine", STRING, 'N', NEVER, persistence_engine, "Kernel module (sip)."),
	CHECK_TIMES("5", "60"),
	VD_F("alpha", BOOL, 'M', HEALTH, alpha, "Servers are down until their first check."),
	VD_F("omega", FLAG, 'M', HEALTH, omega, "Down commands run on stop, too."),
	VD_F("quorum", INT, 'M', HEALTH, quorum, "Weight of live servers that the service needs.", .def = 1, VD_N(1, 4294967295), .flags = VD_MODEL_CLAMP),
	VD_F("hysteresis", INT, 'M', HEALTH, hysteresis, "Gained at quorum + this, lost below quorum - this.", VD_N(0, 4294967295)),
	VD_F("weight", INT, 'S', NOW, weight, "Weight of servers that give none.", .def = 1, VD_N(0, VD_INT_MAX_N)),
	VD_F("quorum_up", LINE, 'M', NOW, quorum_up, "Command when it is gained.", COMMAND),
	VD_F("quorum_down", LINE, 'M', NOW, quorum_down, "Command when it is lost.", COMMAND),
	VD_F("sorry_server", LINE, 'M', HEALTH, sorry_server, "Takes the place of all servers without quorum.", .block = &sorry_server_block),
	VD_F("sorry_server_inhibit", FLAG, 'S', HEALTH, sorry_server_inhibit, "inhibit_on_failure of the sorry server."),
	VD_F("sorry_server_lvs_method", LINE, 'S', HEALTH, sorry_server_lvs_method, "Its forwarding method.", .block = &lb_kind_block, .def_text = "the virtual server's"),
	VD_F("inhibit_on_failure", BOOL, 'M', HEALTH, inhibit_on_failure, "Down means weight 0; connections go on."),
	VD_F("ops", FLAG, 'S', LATER, ops, "Each UDP packet is scheduled."),
	VD_F("sh-port", FLAG, 'S', NOW, sh_port, "sh hashes the port, too."),
	VD_F("sh-fallback", FLAG, 'S', NOW, sh_fallback, "sh takes another server when its own is down."),
	VD_F("mh-port", FLAG, 'S', NOW, mh_port, "mh hashes the port, too."),
	VD_F("mh-fallback", FLAG, 'S', NOW, mh_fallback, "mh takes another server when its own is down."),
	VD_F("flag-1", FLAG, 'S', LATER, flag_1, "Scheduler flag 1 (sh-fallback, mh-fallback)."),
	VD_F("flag-2", FLAG, 'S', LATER, flag_2, "Scheduler flag 2 (sh-port, mh-port)."),
	VD_F("flag-3", FLAG, 'S', LATER, flag_3, "Scheduler flag 3."),
	VD_F("hashed", FLAG, 'S', NEVER, hashed, "IPVS's own mark of a hashed service."),
	VD_F("virtualhost", STRING, 'M', HEALTH, virtualhost, "Host of HTTP checks."),
	VD_F("smtp_alert", BOOL, 'S', HEALTH, smtp_alert, "Mail on quorum changes.", .def_text = "smtp_alert_checker"),
	VD_F("snmp_name", STRING, 'c', LATER, snmp_name, "Name in SNMP."),
	VD_F("ha_suspend", FLAG, 'S', HEALTH, ha_suspend, "Checks only while the address is held here."),
	VD_F("log_all_failures", BOOL, 'S', HEALTH, log_all_failures, "Log every failed check.", .def_text = "checker_log_all_failures"),
	VD_F("ip_family", ENUM, 'c', LATER, ip_family, "Family of a fwmark service.", .names = vd_model_names_family, .def_text = "inet"),
	VD_F("laddr_group_name", STRING, 'M', NOW, laddr_group_name, "local_address_group of FULLNAT.", .def_text = "the port's own addresses"),
	VD_F("daddr_group_name", STRING, 'S', LATER, daddr_group_name, "deny_address_group."),
	VD_F("waddr_group_name", STRING, 'S', LATER, waddr_group_name, "allow_address_group."),
	VD_F("establish_timeout", TIME, 'S', NOW, establish_timeout, "Idle time of established connections.", VD_SECS(1, 3600), .def_text = "lvs_timeouts"),
	VD_F("syn_proxy", BOOL, 'S', LATER, syn_proxy, "Answer SYNs here."),
	VD_F("proxy_protocol", ENUM, 'S', LATER, proxy_protocol, "PROXY header to the server.", .names = proxy_protocols, .def_text = "none"),
	VD_F("expire_quiescent_conn", FLAG, 'S', HEALTH, expire_quiescent_conn, "Weight 0 ends connections, too."),
	VD_F("quic", FLAG, 'c', LATER, quic, "Schedule by QUIC connection id."),
	VD_F("hash_target", ENUM, 'c', LATER, hash_target, "What conhash hashes.", .names = hash_targets, .def_text = "sip"),
	VD_F("vip_bind_dev", STRING, 'c', LATER, vip_bind_dev, "Port of the address."),
	VD_R("bps", 'c', LATER, "Bandwidth limit."), VD_R("limit_proportion", 'c', LATER, "Bandwidth limit."),
	VD_R("src-range", 'c', LATER, "Of an SNAT match."), VD_R("dst-range", 'c', LATER, "Of an SNAT match."),
	VD_R("iif", 'c', LATER, "Of an SNAT match."), VD_R("oif", 'c', LATER, "Of an SNAT match."),
	VD_F("slow_start", TIME, 'S', HEALTH, slow_start, "A server that came up gets its share little by little (vipd's own word).", VD_SECS(0, 86400)),
	VD_F("observe", LINE, 'S', HEALTH, observe, "Real traffic counts as a check (vipd's own word).", .block = &observe_block),
	VD_F("real_server", BLOCKS, 'M', NOW, real_servers, "A server.", .block = &vd_model_real_server_block),
};
const struct vd_model_block vd_model_virtual_server_block = VD_B("virtual_server", virtual_server_fields);
#undef T

#define T struct vd_model_group_entry
static const struct vd_model_field group_entry_fields[] = {
	VD_F("address", RANGE, 'M', NOW, address, "Address, A-B, A-n or A/len.", .flags = VD_MODEL_POS),
	VD_F("port", INT, 'M', NOW, port, "Port.", .flags = VD_MODEL_POS, VD_N(0, 65535)),
	VD_F("fwmark", INT, 'M', LATER, fwmark, "Or a firewall mark.", VD_N(1, 4294967295)),
	VD_F("family", ENUM, 'c', LATER, family, "Of the mark.", .flags = VD_MODEL_POS, .names = vd_model_names_family, .def_text = "inet"),
};
static const struct vd_model_block group_entry_block = VD_B("virtual_server_group entry", group_entry_fields);
#undef T

#define T struct vd_model_virtual_server_group
static const struct vd_model_field group_fields[] = {
	VD_F("name", STRING, 'M', NOW, name, "Name.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("entries", LINES, 'M', NOW, entries, "Lines of the body: ADDRESS|RANGE [PORT], or fwmark N.", .flags = VD_MODEL_BODY, .block = &group_entry_block),
};
const struct vd_model_block vd_model_virtual_server_group_block = VD_B("virtual_server_group", group_fields);
#undef T

#define T struct vd_model_local_address
static const struct vd_model_field local_address_fields[] = {
	VD_F("address", RANGE, 'M', NOW, address, "Address, A-B, A-n or A/len.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("interface", STRING, 'M', NOW, interface, "Port.", .flags = VD_MODEL_POS, .def_text = "the port whose network it is in"),
};
static const struct vd_model_block local_address_block = VD_B("local_address_group entry", local_address_fields);
#undef T

#define T struct vd_model_local_address_group
static const struct vd_model_field local_address_group_fields[] = {
	VD_F("name", STRING, 'M', NOW, name, "Name.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("entries", LINES, 'M', NOW, entries, "Lines of the body: ADDRESS|RANGE [INTERFACE].", .flags = VD_MODEL_BODY, .block = &local_address_block),
};
const struct vd_model_block vd_model_local_address_group_block = VD_B("local_address_group", local_address_group_fields);
#undef T

#define T struct vd_model_client_range
static const struct vd_model_field client_range_fields[] = {
	VD_F("address", RANGE, 'S', LATER, address, "Address, A-B, A-n or A/len.", .flags = VD_MODEL_POS),
	VD_F("ipset", STRING, 'c', NEVER, ipset, "ipset:NAME; there are no ipsets.", .flags = VD_MODEL_POS),
};
static const struct vd_model_block client_range_block = VD_B("address group entry", client_range_fields);
#undef T

#define T struct vd_model_client_group
static const struct vd_model_field client_group_fields[] = {
	VD_F("name", STRING, 'S', LATER, name, "Name.", .flags = VD_MODEL_POS | VD_MODEL_REQUIRED),
	VD_F("entries", LINES, 'S', LATER, entries, "Lines of the body: ADDRESS|RANGE or ipset:NAME.", .flags = VD_MODEL_BODY, .block = &client_range_block),
};
const struct vd_model_block vd_model_client_group_block = VD_B("address group", client_group_fields);
#undef T
/* clang-format on */
