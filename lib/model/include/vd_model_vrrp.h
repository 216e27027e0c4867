/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_MODEL_VRRP_H
#define VD_MODEL_VRRP_H

/*
 * The VRRP half of the service configuration: scripts, tracked things, sync groups, instances. Member names are the
 * words of keepalived.conf; see vd_model_schema.h for the table and for how to ask whether a member was given.
 * After vd_model_finish() inherited members hold the value that counts.
 */

#include "vd_model_schema.h"

/* notify_master "command" [user [group]] */
struct vd_model_command {
	struct vd_model_object obj;
	char *script; /* command line with its arguments; NULL = none */
	char *user, *group;
};

struct vd_model_weight {
	struct vd_model_object obj;
	int64_t value;
	bool reverse;
};

struct vd_model_user {
	struct vd_model_object obj;
	char *user, *group;
};

struct vd_model_vrrp_script {
	struct vd_model_object obj;
	char *name;
	char *script;
	vd_time interval, timeout;
	struct vd_model_weight weight;
	int64_t rise, fall;
	struct vd_model_user user;
	bool init_fail;
};

struct vd_model_init_file {
	struct vd_model_object obj;
	int64_t value;
	bool overwrite;
};

struct vd_model_track_file {
	struct vd_model_object obj;
	char *name;
	char *file;
	struct vd_model_weight weight;
	struct vd_model_init_file init_file;
};

struct vd_model_track_process {
	struct vd_model_object obj;
	char *name;
	struct vd_model_strings process; /* name, then arguments */
	int param_match;                 /* enum vd_model_param_match */
	struct vd_model_weight weight;
	int64_t quorum, quorum_max;
	vd_time fork_delay, terminate_delay, delay;
	bool full_command;
};

enum vd_model_param_match {
	VD_MODEL_PARAM_MATCH_EXACT,
	VD_MODEL_PARAM_MATCH_INITIAL,
	VD_MODEL_PARAM_MATCH_PARTIAL,
};

struct vd_model_bfd_instance {
	struct vd_model_object obj;
	char *name;
	struct vd_addr neighbor_ip, source_ip;
	vd_time min_rx, min_tx, idle_tx;
	int64_t multiplier, ttl, hoplimit, max_hops;
	bool passive, multihop, vrrp, checker;
	struct vd_model_weight weight;
};

/* An entry of a track_* block: the name of a script, file, process, BFD instance or interface. */
struct vd_model_track {
	struct vd_model_object obj;
	char *name;
	int64_t weight; /* inherited from what is tracked where not given */
	bool reverse;
};

/* track_virtual_server { [tcp:|udp:]ADDR:PORT | fwmark N | group NAME  [weight W] } */
struct vd_model_track_virtual_server {
	struct vd_model_object obj;
	char *virtual_server;
	int64_t fwmark;
	char *group;
	int64_t weight;
};

struct vd_model_sync_group {
	struct vd_model_object obj;
	char *name;
	struct vd_model_strings group; /* names of instances */
	VD_VEC(struct vd_model_track) track_interface;
	VD_VEC(struct vd_model_track) track_script;
	VD_VEC(struct vd_model_track) track_file;
	VD_VEC(struct vd_model_track) track_process;
	VD_VEC(struct vd_model_track) track_bfd;
	struct vd_model_command notify_master, notify_backup, notify_fault, notify_stop,
			notify_deleted, notify;
	bool smtp_alert, notify_priority_changes, sync_group_tracking_weight, global_tracking;
};

/* An entry of virtual_ipaddress, virtual_ipaddress_excluded and static_ipaddress. */
struct vd_model_address {
	struct vd_model_object obj;
	struct vd_prefix address; /* without /len: 32 or 128 */
	char *dev;                /* NULL: the instance's interface */
	char *brd, *scope, *label, *track_group, *preferred_lft;
	struct vd_prefix peer;
	bool no_track, home, nodad, mngtmpaddr, noprefixroute, autojoin;
	char *use_vmac; /* NULL: no; "": without a name */
};

/* An entry of virtual_routes and static_routes. */
struct vd_model_route {
	struct vd_model_object obj;
	int kind;            /* enum vd_model_route_kind */
	struct vd_prefix to; /* "default" is 0.0.0.0/0 */
	struct vd_addr via, or_via, src;
	char *dev, *table, *scope, *protocol, *track_group;
	int64_t metric, mtu;
	bool no_track, onlink, inet6;
	struct vd_model_strings more; /* what follows of the words that have no meaning here */
};

enum vd_model_route_kind {
	VD_MODEL_ROUTE_UNICAST,
	VD_MODEL_ROUTE_BLACKHOLE,
	VD_MODEL_ROUTE_UNREACHABLE,
	VD_MODEL_ROUTE_PROHIBIT,
	VD_MODEL_ROUTE_OTHER,
};

struct vd_model_unicast_peer {
	struct vd_model_object obj;
	struct vd_addr address;
	int64_t min_ttl, max_ttl; /* -1 = not checked */
};

enum vd_model_auth_type {
	VD_MODEL_AUTH_NONE,
	VD_MODEL_AUTH_PASS,
	VD_MODEL_AUTH_AH,
};

struct vd_model_authentication {
	struct vd_model_object obj;
	int auth_type;   /* enum vd_model_auth_type */
	char *auth_pass; /* as written; only the first 8 bytes count for PASS and AH */
};

struct vd_model_hmac_key {
	struct vd_model_object obj;
	int64_t id;
	char *secret; /* hex:..., file:... or the bytes */
};

struct vd_model_auth_hmac {
	struct vd_model_object obj;
	VD_VEC(struct vd_model_hmac_key) key;
	int64_t active_key;
	int anti_replay; /* 0 time, 1 monotonic */
	vd_time time_window;
	int mode; /* 0 enforce, 1 permissive, 2 receive-only */
};

struct vd_model_use_vmac {
	struct vd_model_object obj;
	char *name;
	struct vd_mac mac;
	bool netlink_notify_msg;
	int64_t group;
};

struct vd_model_extra_if {
	struct vd_model_object obj;
	bool all;
	vd_time interval;
};

struct vd_model_sync_daemon {
	struct vd_model_object obj;
	char *interface, *inst;
	int64_t id, maxlen, port, ttl;
	struct vd_addr group;
};

enum vd_model_state {
	VD_MODEL_STATE_BACKUP,
	VD_MODEL_STATE_MASTER,
};

struct vd_model_vrrp_instance {
	struct vd_model_object obj;
	char *name;
	int state; /* enum vd_model_state: what the file asks for at start */
	char *interface;
	int64_t virtual_router_id, priority;
	vd_time advert_int;
	int64_t version; /* 2 or 3 */
	VD_VEC(struct vd_model_address) virtual_ipaddress;
	VD_VEC(struct vd_model_address) virtual_ipaddress_excluded;
	VD_VEC(struct vd_model_route) virtual_routes;
	bool no_virtual_ipaddress;
	struct vd_model_authentication authentication;
	struct vd_model_auth_hmac auth_hmac;
	bool nopreempt;
	vd_time preempt_delay;
	bool dont_track_primary;
	VD_VEC(struct vd_model_track) track_interface;
	VD_VEC(struct vd_model_track) track_script;
	VD_VEC(struct vd_model_track) track_file;
	VD_VEC(struct vd_model_track) track_process;
	VD_VEC(struct vd_model_track) track_bfd;
	VD_VEC(struct vd_model_track_virtual_server) track_virtual_server;
	struct vd_addr mcast_src_ip, unicast_src_ip, mcast_dst_ip;
	VD_VEC(struct vd_model_unicast_peer) unicast_peer;
	int64_t unicast_ttl;
	bool check_unicast_src, unicast_fault_no_peer, track_src_ip, native_ipv6;
	struct vd_model_use_vmac use_vmac;
	bool vmac_xmit_base, use_vmac_addr;
	vd_time garp_master_delay, garp_master_refresh, garp_lower_prio_delay;
	int64_t garp_master_repeat, garp_master_refresh_repeat, garp_lower_prio_repeat;
	struct vd_model_extra_if garp_extra_if;
	int64_t down_timer_adverts;
	bool lower_prio_no_advert, higher_prio_send_advert, v3_checksum_as_v2, skip_check_adv_addr;
	bool strict_mode, accept;
	bool old_unicast_checksum, owner_ignore_adverts, timer_expired_backup;
	struct vd_model_command notify_master, notify_backup, notify_fault, notify_stop,
			notify_deleted, notify, notify_master_rx_lower_pri;
	bool notify_priority_changes, smtp_alert;
	struct vd_model_sync_daemon lvs_sync_daemon_interface;
};

struct vd_model_garp_group {
	struct vd_model_object obj;
	vd_time garp_interval, gna_interval;
	char *interface;
	struct vd_model_strings interfaces;
};

struct vd_model_up_down_delay {
	struct vd_model_object obj;
	char *interface;
	vd_time down_delay, up_delay;
};

struct vd_model_track_group {
	struct vd_model_object obj;
	char *name;
	struct vd_model_strings group;
};

#endif
