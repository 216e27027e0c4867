/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_MODEL_SERVICE_H
#define VD_MODEL_SERVICE_H

/*
 * The load-balancing half of the service configuration: virtual servers, their groups, real servers, checkers, and the
 * address groups of FULLNAT. Member names are the words of keepalived.conf. After vd_model_finish() what a real server
 * inherits from its virtual server, and a checker from its real server, is filled in.
 */

#include "vd_model_schema.h"
#include "vd_model_types.h"
#include "vd_model_vrrp.h"

/* lb_kind NAT | DR | FNAT | TUN [type ipip|gre|gue port N] [nocsum|csum|remcsum] */
struct vd_model_lb_kind {
	struct vd_model_object obj;
	int method; /* enum vd_forwarding */
	int type;   /* enum vd_model_tunnel */
	int64_t port;
	int csum; /* 0 nocsum, 1 csum, 2 remcsum */
};

enum vd_model_tunnel {
	VD_MODEL_TUNNEL_IPIP,
	VD_MODEL_TUNNEL_GUE,
	VD_MODEL_TUNNEL_GRE,
};

enum vd_model_checker_type {
	VD_MODEL_CHECK_TCP,
	VD_MODEL_CHECK_HTTP,
	VD_MODEL_CHECK_SSL,
	VD_MODEL_CHECK_SMTP,
	VD_MODEL_CHECK_DNS,
	VD_MODEL_CHECK_UDP,
	VD_MODEL_CHECK_PING,
	VD_MODEL_CHECK_MISC,
	VD_MODEL_CHECK_FILE,
	VD_MODEL_CHECK_BFD,
};

struct vd_model_url {
	struct vd_model_object obj;
	char *path, *digest, *virtualhost;
	struct vd_model_spans status_code; /* empty: 200-299 */
	char *regex;
	bool regex_no_match;
	struct vd_model_strings regex_options;
	int64_t regex_min_offset, regex_max_offset;
};

struct vd_model_smtp_host {
	struct vd_model_object obj;
	struct vd_addr connect_ip, bindto;
	int64_t connect_port, bind_port;
	char *bind_if;
};

/* One checker. Which members mean something depends on type, which vd_model_finish() sets from the block's word. */
struct vd_model_checker {
	struct vd_model_object obj;
	int type; /* enum vd_model_checker_type */
	/* all but MISC, FILE and BFD */
	struct vd_addr connect_ip, bindto; /* unset: the real server's address; any */
	int64_t connect_port, bind_port, fwmark;
	char *bind_if;
	/* all but FILE and BFD */
	bool alpha, log_all_failures;
	vd_time connect_timeout, delay_before_retry, warmup, delay_loop;
	int64_t retry;
	/* HTTP_GET, SSL_GET */
	VD_VEC(struct vd_model_url) url;
	int http_protocol; /* 0 1.0, 1 1.0C, 2 1.1 */
	char *virtualhost;
	bool fast_recovery, enable_sni, tls_compliant;
	char *sni_name;
	/* SMTP_CHECK */
	char *helo_name;
	VD_VEC(struct vd_model_smtp_host) host;
	/* DNS_CHECK, BFD_CHECK */
	int dns_type; /* the number of the record type */
	char *name;
	/* UDP_CHECK: hexadecimal texts */
	struct vd_model_strings payload, require_reply;
	int64_t min_reply_length, max_reply_length;
	/* MISC_CHECK */
	char *misc_path;
	vd_time misc_timeout;
	bool misc_dynamic;
	struct vd_model_user user;
	/* FILE_CHECK */
	char *track_file;
	struct vd_model_weight weight;
	bool dynamic;
};

struct vd_model_real_server {
	struct vd_model_object obj;
	struct vd_addr address;
	int64_t port; /* 0: the port of the virtual server */
	int64_t weight;
	struct vd_model_lb_kind lb_kind;
	int64_t uthreshold, lthreshold;
	struct vd_model_command notify_up, notify_down;
	bool inhibit_on_failure, alpha, smtp_alert, log_all_failures;
	vd_time connect_timeout, delay_before_retry, warmup, delay_loop;
	int64_t retry;
	char *virtualhost, *snmp_name;
	VD_VEC(struct vd_model_checker) checkers;
};

struct vd_model_sorry_server {
	struct vd_model_object obj;
	struct vd_addr address;
	int64_t port;
};

struct vd_model_observe {
	struct vd_model_object obj;
	int layer; /* 4 */
	int64_t errors;
};

struct vd_model_virtual_server {
	struct vd_model_object obj;
	/* the head: exactly one of address, fwmark, group; or an SNAT match (match) */
	struct vd_addr address;
	int64_t port; /* 0: every port */
	int64_t fwmark;
	char *group;
	char *match;
	int lb_algo; /* enum vd_scheduler */
	struct vd_model_lb_kind lb_kind;
	int protocol;                /* enum vd_protocol; UDP where absent, as keepalived does */
	vd_time persistence_timeout; /* 0 = not persistent */
	char *persistence_granularity, *persistence_engine;
	vd_time delay_loop, connect_timeout, delay_before_retry, warmup;
	int64_t retry;
	bool alpha, omega;
	int64_t quorum, hysteresis, weight;
	struct vd_model_command quorum_up, quorum_down;
	struct vd_model_sorry_server sorry_server;
	bool sorry_server_inhibit;
	struct vd_model_lb_kind sorry_server_lvs_method;
	bool inhibit_on_failure, ops, sh_port, sh_fallback, mh_port, mh_fallback, flag_1, flag_2,
			flag_3, hashed;
	char *virtualhost, *snmp_name;
	bool smtp_alert, ha_suspend, log_all_failures;
	int ip_family; /* 0 not given, 4, 6 */
	/* words of DPVS */
	char *laddr_group_name, *daddr_group_name, *waddr_group_name;
	vd_time establish_timeout; /* 0: the global timeout of the protocol */
	bool syn_proxy, expire_quiescent_conn, quic;
	int proxy_protocol; /* 0 none, 1, 2 */
	int hash_target;    /* 0 sip, 1 qid */
	char *vip_bind_dev;
	/* ours */
	vd_time slow_start;
	struct vd_model_observe observe;
	VD_VEC(struct vd_model_real_server) real_servers;
};

/* A line of a virtual_server_group: addresses with a port, or a firewall mark. */
struct vd_model_group_entry {
	struct vd_model_object obj;
	struct vd_model_range address;
	int64_t port;
	int64_t fwmark;
	int family; /* of the mark: 0 not given, 4, 6 */
};

struct vd_model_virtual_server_group {
	struct vd_model_object obj;
	char *name;
	VD_VEC(struct vd_model_group_entry) entries;
};

struct vd_model_local_address {
	struct vd_model_object obj;
	struct vd_model_range address;
	char *interface; /* NULL: any */
};

struct vd_model_local_address_group {
	struct vd_model_object obj;
	char *name;
	VD_VEC(struct vd_model_local_address) entries;
};

/* deny_address_group, allow_address_group. */
struct vd_model_client_range {
	struct vd_model_object obj;
	struct vd_model_range address;
	char *ipset; /* or "ipset:NAME" */
};

struct vd_model_client_group {
	struct vd_model_object obj;
	char *name;
	VD_VEC(struct vd_model_client_range) entries;
};

struct vd_model_ssl {
	struct vd_model_object obj;
	char *password, *ca, *certificate, *key;
};

/*
 * What a virtual server listens on, groups expanded: an address range with a port (0 = every port), or a firewall mark
 * (fwmark != 0, addresses unset).
 */
struct vd_model_listener {
	struct vd_addr lo, hi;
	uint16_t port;
	uint32_t fwmark;
	struct vd_place place;
};

struct vd_model_listeners {
	struct vd_model_listener *v;
	size_t n, cap;
};

struct vd_model;

/* Appends the listeners of vs to out; -ENOENT when it names a group that the model does not have. */
int vd_model_listeners_of(const struct vd_model *m, const struct vd_model_virtual_server *vs,
		struct vd_model_listeners *out);
/* The scheduler that serves vs: its own, or wrr in the place of one that is not built. */
enum vd_scheduler vd_model_scheduler_of(const struct vd_model_virtual_server *vs);
/* How rs is reached: its own method, or that of its virtual server. */
enum vd_forwarding vd_model_forwarding_of(
		const struct vd_model_virtual_server *vs, const struct vd_model_real_server *rs);

#endif
