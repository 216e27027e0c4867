/* SPDX-License-Identifier: BSD-3-Clause */
/* The words of the checkers. All of them describe one struct vd_model_checker; the block says which kind it is. */
#include "vd_model_words.h"

/* clang-format off */
static const struct vd_model_name http_protocols[] = {{"1.0", 0}, {"1.0C", 1}, {"1.1", 2}, {NULL, 0}};
static const struct vd_model_name dns_types[] = {
	{"A", 1}, {"NS", 2}, {"CNAME", 5}, {"SOA", 6}, {"MX", 15}, {"TXT", 16}, {"AAAA", 28}, {NULL, 0}};

#define T struct vd_model_url
static const struct vd_model_field url_fields[] = {
	VD_F("path", STRING, 'M', HEALTH, path, "Path.", .flags = VD_MODEL_REQUIRED),
	VD_F("status_code", SPANS, 'M', HEALTH, status_code, "Good answers.", VD_N(100, 599), .def_text = "200-299"),
	VD_F("digest", STRING, 'M', HEALTH, digest, "MD5 of the page."),
	VD_F("virtualhost", STRING, 'M', HEALTH, virtualhost, "Host.", .def_text = "the checker's"),
	VD_F("regex", STRING, 'c', HEALTH, regex, "The page must match.", .flags = VD_MODEL_LENIENT),
	VD_F("regex_no_match", FLAG, 'c', HEALTH, regex_no_match, "It must not."),
	VD_F("regex_options", STRINGS, 'c', HEALTH, regex_options, "PCRE options.", .flags = VD_MODEL_WORDS),
	VD_R("regex_stack", 'c', NEVER, "The expression engine chooses its stack."),
	VD_F("regex_min_offset", INT, 'c', HEALTH, regex_min_offset, "Where the search begins.", VD_N(0, VD_INT_MAX_N), .unit = "bytes", .flags = VD_MODEL_LENIENT),
	VD_F("regex_max_offset", INT, 'c', HEALTH, regex_max_offset, "Where it may begin last.", VD_N(0, VD_INT_MAX_N), .unit = "bytes", .flags = VD_MODEL_LENIENT),
};
static const struct vd_model_block url_block = VD_B("url", url_fields);
#undef T

#define T struct vd_model_smtp_host
static const struct vd_model_field smtp_host_fields[] = {
	VD_F("connect_ip", ADDR, 'S', HEALTH, connect_ip, "Address.", .def_text = "the real server's"),
	VD_F("connect_port", INT, 'S', HEALTH, connect_port, "Port.", VD_N(1, 65535), .def_text = "the real server's"),
	VD_F("bindto", ADDR, 'S', HEALTH, bindto, "Own address."),
	VD_F("bind_port", INT, 'S', HEALTH, bind_port, "Own port.", VD_N(1, 65535)),
	VD_F("bind_if", STRING, 'S', HEALTH, bind_if, "Own interface."),
	VD_R("connect_timeout", 'S', HEALTH, "The checker's connect_timeout counts."),
	VD_R("fwmark", 'N', NEVER, "No marks on checks."),
};
static const struct vd_model_block smtp_host_block = VD_B("host", smtp_host_fields);
#undef T

#define T struct vd_model_checker
#define CONNECT \
	VD_F("connect_ip", ADDR, 'M', HEALTH, connect_ip, "Address.", .def_text = "the real server's"), \
	VD_F("connect_port", INT, 'M', HEALTH, connect_port, "Port.", VD_N(1, 65535), .def_text = "the real server's"), \
	VD_F("bindto", ADDR, 'M', HEALTH, bindto, "Own address.", .aliases = "bind_to"), \
	VD_F("bind_port", INT, 'M', HEALTH, bind_port, "Own port.", VD_N(1, 65535)), \
	VD_F("bind_if", STRING, 'M', HEALTH, bind_if, "Own interface."), \
	VD_F("fwmark", INT, 'N', NEVER, fwmark, "No marks on checks.", VD_N(0, 4294967295)), \
	VD_F("connect_timeout", TIME, 'M', HEALTH, connect_timeout, "Time to connect.", VD_S(5), VD_SECS(1e-6, 4294.967), .def_text = "the real server's")
#define COMMON(dflt_retry, text_retry, dflt_delay, text_delay) \
	VD_F("alpha", BOOL, 'M', HEALTH, alpha, "Down until the first check.", .def_text = "the real server's"), \
	VD_F("retry", INT, 'M', HEALTH, retry, "Attempts after a failure until the server is down.", .def = dflt_retry, VD_N(0, VD_INT_MAX_N), .def_text = text_retry, .aliases = "nb_get_retry nb_sock_retry"), \
	VD_F("delay_before_retry", TIME, 'M', HEALTH, delay_before_retry, "Time between them.", VD_S(dflt_delay), VD_SECS(0, VD_TIME_MAX_S), .def_text = text_delay), \
	VD_F("warmup", TIME, 'M', HEALTH, warmup, "First check after a random part of this.", VD_SECS(0, VD_TIME_MAX_S), .def_text = "the real server's"), \
	VD_F("delay_loop", TIME, 'M', HEALTH, delay_loop, "Time between checks.", VD_S(60), VD_SECS(1e-6, VD_TIME_MAX_S), .def_text = "the real server's"), \
	VD_F("log_all_failures", BOOL, 'M', HEALTH, log_all_failures, "Log every failed check.", .def_text = "the real server's")
#define COMMON_1 COMMON(1, "the real server's, 1", 1, "the real server's, 1")
#define HTTP \
	VD_F("url", BLOCKS, 'M', HEALTH, url, "A page; several are checked one per delay_loop.", .block = &url_block), \
	VD_F("http_protocol", ENUM, 'M', HEALTH, http_protocol, "HTTP version; 1.0C closes.", .names = http_protocols, .def_text = "1.0"), \
	VD_F("virtualhost", STRING, 'M', HEALTH, virtualhost, "Host.", .def_text = "the real server's"), \
	VD_F("fast_recovery", BOOL, 'S', HEALTH, fast_recovery, "All pages at once after a failure.")

static const struct vd_model_field tcp_check_fields[] = {CONNECT, COMMON_1};
const struct vd_model_block vd_model_tcp_check_block = VD_B("TCP_CHECK", tcp_check_fields);

static const struct vd_model_field http_get_fields[] = {
	HTTP,
	VD_F("enable_sni", BOOL, 'N', NEVER, enable_sni, "Without TLS no name is sent."),
	VD_F("sni_name", STRING, 'N', NEVER, sni_name, "Without TLS no name is sent."),
	VD_F("tls_compliant", BOOL, 'N', NEVER, tls_compliant, "There is no TLS to end."),
	CONNECT, COMMON(1, "the real server's, 1", 3, "the real server's, 3")};
const struct vd_model_block vd_model_http_get_block = VD_B("HTTP_GET", http_get_fields);

static const struct vd_model_field ssl_get_fields[] = {
	HTTP,
	VD_F("enable_sni", BOOL, 'M', HEALTH, enable_sni, "Send the server's name."),
	VD_F("sni_name", STRING, 'S', HEALTH, sni_name, "Another name.", .def_text = "virtualhost"),
	VD_F("tls_compliant", BOOL, 'S', HEALTH, tls_compliant, "A close without close_notify is a failure."),
	CONNECT, COMMON(1, "the real server's, 1", 3, "the real server's, 3")};
const struct vd_model_block vd_model_ssl_get_block = VD_B("SSL_GET", ssl_get_fields);

static const struct vd_model_field smtp_check_fields[] = {
	VD_F("helo_name", STRING, 'S', HEALTH, helo_name, "Name in HELO.", .def_text = "smtpchecker.keepalived.org"),
	VD_F("host", BLOCKS, 'S', HEALTH, host, "A host; all must answer.", .block = &smtp_host_block),
	CONNECT, COMMON_1};
const struct vd_model_block vd_model_smtp_check_block = VD_B("SMTP_CHECK", smtp_check_fields);

static const struct vd_model_field dns_check_fields[] = {
	VD_F("type", ENUM, 'S', HEALTH, dns_type, "Record type.", .def = 6, .names = dns_types, .def_text = "SOA"),
	VD_F("name", STRING, 'S', HEALTH, name, "Domain name.", .def_text = "."),
	CONNECT, COMMON(3, "3", 60, "delay_loop")};
const struct vd_model_block vd_model_dns_check_block = VD_B("DNS_CHECK", dns_check_fields);

static const struct vd_model_field udp_check_fields[] = {
	VD_F("payload", STRINGS, 'S', HEALTH, payload, "Hexadecimal bytes to send.", .flags = VD_MODEL_WORDS, .def_text = "random"),
	VD_F("require_reply", STRINGS, 'S', HEALTH, require_reply, "An answer must come [that matches these hexadecimal bytes].", .flags = VD_MODEL_WORDS | VD_MODEL_BARE),
	VD_F("min_reply_length", INT, 'S', HEALTH, min_reply_length, "Shortest answer.", VD_N(0, 65535), .unit = "bytes"),
	VD_F("max_reply_length", INT, 'S', HEALTH, max_reply_length, "Longest answer.", .def = 255, VD_N(0, 65535), .unit = "bytes"),
	CONNECT, COMMON_1};
const struct vd_model_block vd_model_udp_check_block = VD_B("UDP_CHECK", udp_check_fields);

static const struct vd_model_field ping_check_fields[] = {CONNECT, COMMON_1};
const struct vd_model_block vd_model_ping_check_block = VD_B("PING_CHECK", ping_check_fields);

static const struct vd_model_field misc_check_fields[] = {
	VD_F("misc_path", STRING, 'M', HEALTH, misc_path, "Command line.", .flags = VD_MODEL_REQUIRED | VD_MODEL_SCRIPT),
	VD_F("misc_timeout", TIME, 'M', HEALTH, misc_timeout, "Its time; 0 is delay_loop.", VD_SECS(0, VD_TIME_MAX_S), .def_text = "delay_loop"),
	VD_F("misc_dynamic", FLAG, 'M', HEALTH, misc_dynamic, "Exit code 2 to 255 is the weight plus 2."),
	VD_F("user", LINE, 'M', HEALTH, user, "User and group it runs as.", .block = &vd_model_user_block, .def_text = "script_user"),
	COMMON(0, "0", 1, "the real server's, 1")};
const struct vd_model_block vd_model_misc_check_block = VD_B("MISC_CHECK", misc_check_fields);

static const struct vd_model_field file_check_fields[] = {
	VD_F("track_file", STRING, 'c', HEALTH, track_file, "track_file.", .flags = VD_MODEL_REQUIRED),
	VD_F("weight", LINE, 'c', HEALTH, weight, "Its number is multiplied by it.", .block = &vd_model_weight_block, .def_text = "1"),
	VD_F("dynamic", FLAG, 'c', HEALTH, dynamic, "The number is added to the weight.")};
const struct vd_model_block vd_model_file_check_block = VD_B("FILE_CHECK", file_check_fields);

static const struct vd_model_field bfd_check_fields[] = {
	VD_F("name", STRING, 'c', LATER, name, "bfd_instance.", .flags = VD_MODEL_REQUIRED)};
const struct vd_model_block vd_model_bfd_check_block = VD_B("BFD_CHECK", bfd_check_fields);
#undef T

#define T struct vd_model_ssl
static const struct vd_model_field ssl_fields[] = {
	VD_F("password", STRING, 'c', HEALTH, password, "Of the key.", .flags = VD_MODEL_SECRET),
	VD_F("ca", STRING, 'c', HEALTH, ca, "File of the authority."),
	VD_F("certificate", STRING, 'c', HEALTH, certificate, "File of the certificate."),
	VD_F("key", STRING, 'c', HEALTH, key, "File of the key."),
};
const struct vd_model_block vd_model_ssl_block = VD_B("SSL", ssl_fields);
#undef T
/* clang-format on */
