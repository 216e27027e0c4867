/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_MODEL_H
#define VD_MODEL_H

/*
 * The service configuration: what keepalived.conf and its JSON form hold. Plain structures owned by one struct
 * vd_model; conf fills them through the table of vd_model_schema.h, everyone else reads the members. A model is not
 * changed once it is finished. Main thread only.
 *
 * The way of a file: vd_conf_parse_*() makes a model and calls vd_model_finish(), which resolves what is inherited;
 * vd_model_validate() (vd_model_validate.h) finds what cannot be carried out; vd_model_diff() compares two.
 *
 * Times are vd_time nanoseconds. Integers are int64_t, enumerations int. Lists are VD_VEC: walk them with
 * VD_VEC_FOREACH. A string that is not set is NULL; an address that is not set is all zero.
 */

#include "vd_model_schema.h"
#include "vd_model_service.h"
#include "vd_model_types.h"
#include "vd_model_vrrp.h"

struct vd_model_smtp_server {
	struct vd_model_object obj;
	char *host;
	int64_t port;
};

struct vd_model_lvs_timeouts {
	struct vd_model_object obj;
	vd_time tcp, tcpfin, udp; /* 0: not given */
};

struct vd_model_global {
	struct vd_model_object obj;
	char *router_id;
	struct vd_model_strings notification_email;
	char *notification_email_from;
	struct vd_model_smtp_server smtp_server;
	vd_time smtp_connect_timeout;
	char *smtp_helo_name;
	bool smtp_alert, smtp_alert_vrrp, smtp_alert_checker, no_email_faults, no_checker_emails;
	bool vrrp_skip_check_adv_addr, vrrp_strict;
	vd_time vrrp_garp_interval, vrrp_gna_interval;
	vd_time vrrp_garp_master_delay, vrrp_garp_master_refresh, vrrp_garp_lower_prio_delay;
	int64_t vrrp_garp_master_repeat, vrrp_garp_master_refresh_repeat,
			vrrp_garp_lower_prio_repeat;
	bool vrrp_min_garp;
	struct vd_model_extra_if vrrp_garp_extra_if;
	int64_t vrrp_version;
	struct vd_addr vrrp_mcast_group4, vrrp_mcast_group6;
	bool vrrp_lower_prio_no_advert, vrrp_higher_prio_send_advert, v3_checksum_as_v2,
			vrrp_check_unicast_src;
	bool vrrp_owner_ignore_adverts;
	int64_t vrrp_down_timer_adverts;
	vd_time vrrp_startup_delay;
	struct vd_model_user script_user;
	bool enable_script_security;
	struct vd_model_command notify_fifo, vrrp_notify_fifo, lvs_notify_fifo;
	struct vd_model_command notify_fifo_script, vrrp_notify_fifo_script, lvs_notify_fifo_script;
	bool fifo_write_vrrp_states_on_reload, vrrp_notify_priority_changes;
	struct vd_model_command startup_script, shutdown_script;
	vd_time startup_script_timeout, shutdown_script_timeout;
	struct vd_model_sync_daemon lvs_sync_daemon;
	struct vd_model_lvs_timeouts lvs_timeouts;
	bool lvs_flush;
	char *default_interface;
	bool dynamic_interfaces, log_unknown_vrids, rs_init_notifies, checker_log_all_failures;
	bool reload_repeat, data_use_instance;
	char *reload_time_file, *reload_file;
	char *state_dump_file, *stats_dump_file, *json_dump_file;
	int64_t json_version;
	int64_t random_seed; /* 0: none given */
};

struct vd_model {
	struct vd_model_object obj; /* of vd_model_root_block */
	struct vd_model_global global;
	VD_VEC(struct vd_model_vrrp_script) vrrp_scripts;
	VD_VEC(struct vd_model_track_file) track_files;
	VD_VEC(struct vd_model_track_process) track_processes;
	VD_VEC(struct vd_model_bfd_instance) bfd_instances;
	VD_VEC(struct vd_model_sync_group) sync_groups;
	VD_VEC(struct vd_model_vrrp_instance) instances;
	VD_VEC(struct vd_model_address) static_addresses;
	VD_VEC(struct vd_model_route) static_routes;
	VD_VEC(struct vd_model_track_group) track_groups;
	VD_VEC(struct vd_model_garp_group) garp_groups;
	VD_VEC(struct vd_model_up_down_delay) up_down_delays;
	VD_VEC(struct vd_model_virtual_server_group) virtual_server_groups;
	VD_VEC(struct vd_model_virtual_server) virtual_servers;
	VD_VEC(struct vd_model_local_address_group) local_address_groups;
	VD_VEC(struct vd_model_client_group) deny_address_groups;
	VD_VEC(struct vd_model_client_group) allow_address_groups;
	struct vd_model_ssl ssl;
	char *net_namespace;
	struct vd_model_strings files; /* names that the places point to */
	struct vd_model_strings kept;
};

/* An empty model with its defaults. */
struct vd_model *vd_model_new(void);
void vd_model_free(struct vd_model *m); /* NULL is fine */

/* A copy of the name that lives as long as the model; the same pointer for the same name. */
const char *vd_model_file(struct vd_model *m, const char *name);
/* A copy that lives as long as the model: the path of a place inside JSON. */
const char *vd_model_keep(struct vd_model *m, const char *text);

/*
 * Resolves what is inherited (instance from global_defs, real server from virtual server, checker from real server,
 * tracked weights from what is tracked) and says what of the model this version does not carry out: one line per cause.
 * Call once, after parsing. Members keep "given" as it was.
 */
void vd_model_finish(struct vd_model *m, struct vd_diag_list *diags);

/* Same content, places aside. */
bool vd_model_equal(const struct vd_model *a, const struct vd_model *b);

/* By name; NULL if there is none. */
const struct vd_model_vrrp_instance *
vd_model_instance_find(const struct vd_model *m, const char *name);
const struct vd_model_vrrp_script *vd_model_script_find(const struct vd_model *m, const char *name);
const struct vd_model_virtual_server_group *
vd_model_group_find(const struct vd_model *m, const char *name);
const struct vd_model_local_address_group *
vd_model_laddr_group_find(const struct vd_model *m, const char *name);

/* "tcp 192.0.2.1:80", "fwmark 5", "group NAME": what messages and commands call a virtual server. */
void vd_model_virtual_server_name(const struct vd_model_virtual_server *vs, struct vd_strbuf *out);
/* What keepalived's FIFOs and mails call them: [192.0.2.1]:tcp:80, [GROUP]:0, FWM 5; a real server as the first. */
void vd_model_virtual_server_trio(const struct vd_model_virtual_server *vs, struct vd_strbuf *out);
void vd_model_real_server_trio(const struct vd_model_virtual_server *vs,
		const struct vd_model_real_server *rs, struct vd_strbuf *out);

#endif
