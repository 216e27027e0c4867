/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CTL_PRIV_H
#define CTL_PRIV_H

/*
 * What the files of ctl share. Everything belongs to the main thread, except struct ctl_control, whose loop runs on
 * the control lcore, and words marked with their writer.
 */

#include "vd_addr_map.h"
#include "vd_conn.h"
#include "vd_ctl.h"
#include "vd_director.h"
#include "vd_dp.h"
#include "vd_io.h"
#include "vd_laddr.h"
#include "vd_lb.h"
#include "vd_mail.h"
#include "vd_model.h"
#include "vd_model_dataplane.h"
#include "vd_neigh.h"
#include "vd_notify.h"
#include "vd_pkt_toeplitz.h"
#include "vd_probe.h"
#include "vd_punt.h"
#include "vd_rt.h"
#include "vd_vec.h"

#define CTL_EVENTS       1024         /* recent events kept for `show log` */
#define CTL_POOL_GROUP   VD_DP_IF_MAX /* pools of local address groups are numbered from here */
#define CTL_LOCALS_MAX   4096u        /* addresses of one range of a local address group */
#define CTL_CARRY_WINDOW 64u
#define CTL_SLOT_NONE    UINT32_MAX
#define CTL_TX_BURST     64u
/* What VRRP tracks has numbers: the links of interfaces, workers, then scripts, files, processes and services. */
#define CTL_TRACK_IF     0u
#define CTL_TRACK_WORKER (CTL_TRACK_IF + VD_DP_IF_MAX)
#define CTL_TRACK_THING  (CTL_TRACK_WORKER + VD_DP_WORKER_MAX)
#define CTL_THINGS_MAX   (VD_VRRP_TRACKS - CTL_TRACK_THING)

/* ---- numbers that names keep ---- */

struct ctl_slot {
	char *name;
	uint64_t hash;
	uint32_t next; /* in its chain, or of those that are free: + 1 */
	bool used;
};

struct ctl_slots {
	struct ctl_slot *v;
	size_t n, cap;
	uint32_t *heads; /* + 1 */
	uint32_t n_heads, free;
};

uint32_t ctl_slot_find(const struct ctl_slots *s, const char *name);
uint32_t ctl_slot_take(struct ctl_slots *s, const char *name);
const char *ctl_slot_name(const struct ctl_slots *s, uint32_t i); /* "?" for none */
/* begin, then take all that are in use, then collect. */
void ctl_slots_begin(struct ctl_slots *s);
void ctl_slots_collect(struct ctl_slots *s);
void ctl_slots_free(struct ctl_slots *s);

/* ---- rates ---- */

struct ctl_rate {
	uint64_t last;
	double per_second;
	bool primed;
};

void ctl_rate_sample(struct ctl_rate *r, uint64_t now_value, vd_time elapsed);

/* ---- ports and interfaces ---- */

enum {
	CTL_PORT_RX_PACKETS,
	CTL_PORT_TX_PACKETS,
	CTL_PORT_RX_BYTES,
	CTL_PORT_TX_BYTES,
	CTL_PORT_RATES
};

struct ctl_port {
	struct vd_rt_port *rt;
	struct vd_punt *punt; /* or NULL */
	bool started, link_known, link_up;
	bool link_told; /* control's: what workers and instances were told */
	uint32_t link_changes;
	VD_VEC(struct vd_prefix) shown; /* addresses of the view */
	struct ctl_rate rate[CTL_PORT_RATES];
	uint64_t tx_packets_base, tx_bytes_base, tx_dropped_base, missed_base;
	uint64_t ctl_tx_packets, ctl_tx_bytes, ctl_tx_dropped; /* written by control */
};

struct ctl_iface {
	size_t port; /* index in the dataplane file */
	uint16_t vlan;
	const char *name;
	const struct vd_dataplane_l3 *l3;
	struct vd_mac mac;
};

int ctl_ports_open(struct vd_ctl *c, struct vd_strbuf *why);
void ctl_ports_close(struct vd_ctl *c);
void ctl_ports_reconfigure(struct vd_ctl *c);
void ctl_port_totals(struct vd_ctl *c, size_t i, struct vd_ctl_port *out);
void ctl_port_clear(struct vd_ctl *c);
void ctl_ifaces_build(struct vd_ctl *c);
uint16_t ctl_iface_by_name(const struct vd_ctl *c, const char *name);
uint16_t ctl_iface_connected(const struct vd_ctl *c, const struct vd_addr *addr);
/* True with the address when the interface has an EUI-64 link-local one. */
bool ctl_iface_link_local(const struct ctl_iface *i, struct vd_addr *out);

/* ---- services ---- */

enum {
	CTL_RATE_TOTAL,
	CTL_RATE_PACKETS_IN,
	CTL_RATE_BYTES_IN,
	CTL_RATE_PACKETS_OUT,
	CTL_RATE_BYTES_OUT,
	CTL_RATE_N
};

struct ctl_sum {
	uint64_t active, inactive;
	uint64_t syn_unanswered, syn_reset;
	uint64_t v[CTL_RATE_N];
};

/* A check of one real server, as the probe and the health engine name it. */
struct ctl_check {
	uint32_t slot, serial;
	bool up; /* what it counts as before its first result */
	const struct vd_model_checker *conf;
};

struct ctl_server {
	const struct vd_model_real_server *conf;
	struct vd_endpoint endpoint;
	enum vd_forwarding forwarding;
	bool inhibit;
	int64_t override_weight; /* -1: none */
	int64_t check_weight;    /* what a dynamic check asks for; -1: nothing */
	enum vd_ctl_admin admin;
	struct ctl_rate rate[CTL_RATE_N];
	VD_VEC(struct ctl_check) checks;
};

struct ctl_service {
	const struct vd_model_virtual_server *conf;
	const char *label;
	char *split_group; /* or NULL */
	struct vd_endpoint endpoint;
	uint32_t lease;
	size_t first_listener, first_server; /* in the plan's vectors */
	uint32_t health; /* index of its first server in the health engine's configuration */
	bool has_sorry;
	struct vd_lb_server_spec sorry;
	struct ctl_rate rate[CTL_RATE_N];
	VD_VEC(struct ctl_server) servers;
};

struct ctl_services {
	struct ctl_service *v;
	size_t n, cap;
};

struct ctl_listeners {
	struct vd_lb_listener *v;
	size_t n, cap;
};

struct ctl_plan {
	struct vd_lb_spec spec;
	struct ctl_listeners listeners;
	VD_VEC(struct vd_lb_server_spec) servers;
	VD_VEC(struct vd_lb_service_spec) services;
	VD_VEC(struct vd_lb_vip_spec) vips;
	struct vd_addr_map leases; /* of the addresses that instances hold, + 1 */
	struct ctl_services views; /* same order as services */
	size_t split;
};

void ctl_plan_build(struct vd_ctl *c, const struct vd_model *m, struct ctl_plan *p);
void ctl_plan_free(struct ctl_plan *p);
void ctl_services_free(struct ctl_services *v);
void ctl_services_sample(struct vd_ctl *c, vd_time elapsed);
void ctl_services_carry(struct ctl_services *to, const struct ctl_services *from);
/* The lease of the VRRP instance that holds the address, or ALWAYS. */
uint32_t ctl_lease_of(struct ctl_plan *p, const struct vd_addr *addr);
uint32_t ctl_service_id(const struct vd_ctl *c, size_t service);
uint32_t ctl_server_id(const struct vd_ctl *c, size_t service, size_t server);
/* What a server new to the workers starts with. */
uint32_t ctl_server_flags(const struct ctl_server *v);
uint32_t ctl_admin_flags(enum vd_ctl_admin admin);

struct ctl_override {
	char *label;
	struct vd_endpoint endpoint;
	int64_t weight;
	enum vd_ctl_admin admin;
};

const struct ctl_override *
ctl_override_find(const struct vd_ctl *c, const char *label, const struct vd_endpoint *ep);
void ctl_overrides_free(struct vd_ctl *c);

/* ---- health ---- */

/* What a check's number stands for, by slot. */
struct ctl_check_info {
	const struct vd_model_checker *conf; /* NULL: not in use */
	uint32_t serial;
	int64_t weight; /* what it asked for; -1: nothing */
	bool suspended;
};

/* A tracked script, file or process, by slot. */
struct ctl_thing_info {
	const struct vd_model_object *conf; /* NULL: not in use */
	uint32_t serial;
};

/* What main told the outside of a real server or a service, by its number in lb's registry. */
struct ctl_told {
	uint32_t gen;
	bool known, up;
};

struct ctl_tolds {
	struct ctl_told *v;
	size_t n, cap;
};

struct ctl_health {
	struct vd_probe *probe;
	struct vd_probe_config *waiting; /* until the thread runs */
	struct ctl_slots checks, things;
	VD_VEC(struct ctl_check_info) check;
	VD_VEC(struct ctl_thing_info) thing;
	uint32_t serial;
	bool ssl_changed, user_changed,
			files_changed; /* by the configuration that is being built */
	struct ctl_tolds servers, services;
	struct vd_io_timer weights; /* set: the tables are to be built with what checks asked for */
	struct vd_mail *mail;
};

/* What checks take from elsewhere: whether that changed with a reload. NULL: over. */
void ctl_health_compare(struct vd_ctl *c, const struct vd_model *old, const struct vd_model *now);
/* The checks of a server that a plan has; its weight by a check goes on. */
void ctl_checks_plan(struct vd_ctl *c, const struct vd_model *m, const struct ctl_service *s,
		struct ctl_server *v);
/* The plan is in force: what it named is what numbers stand for. */
void ctl_checks_commit(struct vd_ctl *c, const struct ctl_services *views);
void ctl_checks_collect(struct vd_ctl *c);
void ctl_health_conf_build(struct vd_ctl *c, const struct vd_model *m, struct ctl_services *views,
		const struct vd_lb_snapshot *snapshot, struct vd_health_config *h);
void ctl_probe_publish(struct vd_ctl *c, const struct vd_model *m);

int ctl_health_start(struct vd_ctl *c, struct vd_strbuf *why);
void ctl_health_end(struct vd_ctl *c);
int ctl_probe_start(struct vd_ctl *c, struct vd_strbuf *why);
void ctl_probe_end(struct vd_ctl *c);
/* After a configuration was published. */
void ctl_health_configured(struct vd_ctl *c);
/* omega: what the outside hears at the end. */
void ctl_health_stop(struct vd_ctl *c);
void ctl_health_notices(struct vd_ctl *c);
/* ha_suspend follows leases. */
void ctl_health_follow(struct vd_ctl *c);
void ctl_health_admin(struct vd_ctl *c, size_t service, size_t server);
void ctl_health_weight(struct vd_ctl *c, size_t service, size_t server);
/* The weight in force: the operator's, a check's, or the configuration's. */
int64_t ctl_server_weight(const struct ctl_server *v);
void ctl_server_health(const struct vd_ctl *c, size_t service, size_t server,
		struct vd_health_server_view *out);
void ctl_service_health(const struct vd_ctl *c, size_t service, struct vd_health_service_view *out);
/* State, weights and the sentence of a server's view. */
void ctl_server_state(struct vd_ctl *c, size_t service, size_t server, struct vd_ctl_server *out,
		struct vd_strbuf *why);
/* Why it is up or down; appended. */
void ctl_server_reason(struct vd_ctl *c, size_t service, size_t server, struct vd_strbuf *out);
/* The check of this number, or NULL. */
const struct ctl_check *ctl_check_find(const struct ctl_server *v, uint32_t slot);

/* What an instance or its group tracks beside interfaces. group: of a sync group's own words. */
void ctl_things_set(struct vd_ctl *c, const struct vd_model *m, struct vd_vrrp_instance_config *i,
		const struct vd_model_vrrp_instance *v, const struct vd_model_sync_group *g);
uint32_t ctl_thing_find(const struct vd_ctl *c, const char *kind, const char *name);
void ctl_things_probe(struct vd_ctl *c, const struct vd_model *m, struct vd_probe_config *p);
/* What is tracked from now on begins as it should, before control knows the configuration. */
void ctl_things_begin(struct vd_ctl *c, const struct vd_model *m);
void ctl_thing_fault(const struct vd_ctl *c, uint32_t slot, struct vd_strbuf *out);
uint32_t ctl_service_track(const struct vd_ctl *c, const struct vd_model_virtual_server *vs);

/* ctl_mail.c */
void ctl_mail_instance(struct vd_ctl *c, const char *name, enum vd_notify_what what);
void ctl_mail_group(struct vd_ctl *c, const char *name, enum vd_notify_what what);
/* by: the check that decided, or NULL. */
void ctl_mail_server(struct vd_ctl *c, const struct ctl_service *s, const struct ctl_server *v,
		bool up, const struct ctl_check *by, const char *reason);
void ctl_mail_quorum(struct vd_ctl *c, const struct ctl_service *s,
		const struct vd_health_action *a, bool first);

/* ---- network ---- */

struct ctl_net {
	VD_VEC(struct vd_dp_address) addresses;
	struct vd_addr_map known;
};

struct vd_dp_netconf *ctl_net_build(struct vd_ctl *c, const struct vd_model *m,
		struct ctl_plan *plan, struct ctl_net *net, struct vd_strbuf *why);
void ctl_net_free(struct ctl_net *n);

/* A virtual address that a kernel tap has while its lease is held. */
struct ctl_vip {
	struct vd_addr addr;
	uint32_t lease;
	uint16_t ifid;
	bool on_tap;
};

struct ctl_vips {
	struct ctl_vip *v;
	size_t n, cap;
};

void ctl_vips_set(struct vd_ctl *c, const struct ctl_net *net);
/* Adds and removes as leases come and go. */
void ctl_vips_follow(struct vd_ctl *c);

/* ---- VRRP ---- */

bool ctl_vrrp_is_v6(const struct vd_model_vrrp_instance *m);
/* VD_DP_IF_NONE when no port is its interface. */
uint16_t ctl_vrrp_iface(const struct vd_ctl *c, const struct vd_model *m,
		const struct vd_model_vrrp_instance *v);
/* Where its adverts come from; unset when the interface has no address of the family. */
struct vd_addr
ctl_vrrp_source(const struct vd_ctl *c, uint16_t ifid, const struct vd_model_vrrp_instance *m);
/* True with the virtual MAC of an instance that uses one. */
bool ctl_vrrp_vmac(const struct vd_model_vrrp_instance *m, struct vd_mac *out);
const struct vd_model_sync_group *
ctl_vrrp_group(const struct vd_model *m, const struct vd_model_vrrp_instance *v);
int
ctl_vrrp_conf_build(struct vd_ctl *c, const struct vd_model *m, const struct vd_dp_netconf *netconf,
		struct vd_vrrp_config *out, struct vd_strbuf *why);
void ctl_vrrp_want_peers(const struct vd_model *m, const struct vd_dp_netconf *netconf,
		struct vd_neigh_config *n);
/* Ports' filters for the virtual MACs of a configuration. */
void ctl_vrrp_macs_set(struct vd_ctl *c, const struct vd_model *m);

/* One status in words; texts are appended. */
void ctl_vrrp_reason(const struct vd_ctl *c, const struct vd_vrrp_status *s, struct vd_strbuf *out);
void ctl_track_fault(const struct vd_ctl *c, uint32_t track, struct vd_strbuf *out);

int ctl_vrrp_start(struct vd_ctl *c, struct vd_strbuf *why);
/* Resigns, tells the scripts, and waits for both, a moment at most. */
void ctl_vrrp_stop(struct vd_ctl *c);
void ctl_vrrp_end(struct vd_ctl *c);
/* After a configuration was published. */
void ctl_vrrp_configured(struct vd_ctl *c, bool reload);
void ctl_vrrp_notices(struct vd_ctl *c);
void ctl_vrrp_hold(struct vd_ctl *c, enum vd_vrrp_hold what, bool on);
void ctl_vrrp_sample(struct vd_ctl *c);
void ctl_vrrp_clear(struct vd_ctl *c);

struct ctl_failover;

/* A virtual MAC that a port's filter has. */
struct ctl_vmac {
	size_t port;
	struct vd_mac mac;
	bool used;
};

/* ---- the control lcore ---- */

/* What control's director is given: built on main, freed there when control has taken its successor. */
struct vd_director_config *
ctl_director_conf_build(struct vd_ctl *c, const struct vd_model *m, struct ctl_plan *plan,
		const struct ctl_net *net, const struct vd_dp_netconf *netconf,
		const struct vd_lb_snapshot *snapshot, struct vd_strbuf *why);
void ctl_director_publish(struct vd_ctl *c, struct vd_director_config *d);

enum ctl_cmd_type {
	CTL_CMD_EVENT,    /* event: to every active worker, in order */
	CTL_CMD_DIRECTOR, /* director: from now on */
	CTL_CMD_STEP,     /* step: an event for the director */
};

struct ctl_cmd {
	uint32_t type;
	uint64_t sequence; /* of DIRECTOR; of STEP: 0 = not acknowledged */
	union {
		struct vd_dp_event event;
		struct vd_director_config *director;
		struct vd_director_event step;
	};
};

/* From control to main: what is worth a line of the log. */
enum ctl_notice_type {
	CTL_NOTICE_CONFLICT, /* addr, mac, ifid */
	CTL_NOTICE_FAILED,   /* addr, ifid: a wanted next hop does not answer */
	CTL_NOTICE_RESOLVED, /* addr, mac, ifid: it does again */
};

struct ctl_notice {
	uint32_t type;
	uint32_t ifid;
	struct vd_mac mac;
	uint16_t pad;
	struct vd_addr addr;
};

/* What VRRP did, for the log, the scripts and the kernel taps. */
struct ctl_vrrp_notice {
	struct vd_vrrp_action action;
	vd_time at;
};

struct ctl_worker {
	struct vd_dp_worker *dp;
	const struct vd_rt_lcore *lcore;
	struct vd_rt_idle idle;
	bool launched, idle_ready;
	struct vd_rt_stop *stop;
};

struct ctl_control {
	struct vd_ctl *c; /* for ports and workers, which do not change while it runs */
	const struct vd_rt_lcore *lcore;
	struct vd_rt_idle idle;
	bool launched, idle_ready;
	struct vd_rt_stop *stop;
	struct vd_rt_ring commands, notices;
	struct vd_rt_ring verdicts, requests; /* from and to the probe */
	struct vd_rt_ring health_notices;
	uint32_t health_notices_lost; /* set by control, cleared by main */
	struct vd_director *director;
	struct vd_director_actions actions;
	struct ctl_cmd cmd; /* the one in hand */
	bool has_cmd;
	bool priming;            /* on main, before lcores run */
	unsigned int cmd_worker; /* next worker to post it to */
	struct rte_mempool *pool;
	uint64_t drops[VD_DROP_N];       /* written by control */
	uint64_t drops_base[VD_DROP_N];  /* main's */
	uint64_t director_ack, step_ack; /* written by control */
	struct vd_rt_ring vrrp_notices;
	uint32_t vrrp_notices_lost; /* set by control, cleared by main */
	bool told;                  /* main is to be woken */
	bool leased[VD_DIRECTOR_LEASES];
	bool stalled[VD_DP_WORKER_MAX];
	vd_time stall; /* main sets it, a reload too */
	vd_time stall_at;
	vd_time turned_at, woke_at; /* the last turn; the end of the last long sleep */
	struct ctl_port *tx_port;
	struct rte_mbuf *tx[CTL_TX_BURST];
	uint16_t n_tx;
};

/* ctl_actions.c, on control */
void ctl_drop_count(struct ctl_control *k, enum vd_drop reason, uint64_t n);
void ctl_frames_send(struct ctl_control *k, struct ctl_port *p, struct rte_mbuf **m, uint16_t n);
/* Carries out what the director wants; true if that was anything. */
bool ctl_actions_run(struct ctl_control *k, vd_time now);

/* ctl_health_control.c, on control */
int ctl_health_rings(struct ctl_control *k);
void ctl_health_rings_free(struct ctl_control *k);
void ctl_health_verdicts(struct ctl_control *k, vd_time now, bool *work);
void ctl_health_action(struct ctl_control *k, const struct vd_health_action *a);
/* Flags on their way to the workers; false: a ring is full, or it was enough for a turn, to be tried again. */
bool ctl_health_post(struct ctl_control *k);
/* The probe thread's. */
bool ctl_health_verdict(void *ctx, const struct vd_probe_verdict *v);
bool ctl_health_request(void *ctx, uint32_t *slot, uint32_t *serial);

int ctl_control_create(struct vd_ctl *c, struct vd_strbuf *why);
void ctl_control_prime(struct vd_ctl *c);
void ctl_control_wake(void *ctx);
int ctl_control_launch(struct vd_ctl *c);
void ctl_control_join(struct vd_ctl *c);
void ctl_control_destroy(struct vd_ctl *c);
void ctl_control_notices(struct vd_ctl *c);
const struct vd_neigh_table *ctl_control_neighbors(const struct vd_ctl *c);
bool ctl_lease_held(const struct vd_ctl *c, uint32_t lease);

/* ---- publishing ---- */

struct ctl_retired {
	struct vd_lb_snapshot *snapshot;
	struct vd_dp_netconf *netconf;
	struct vd_director_config *director;
	uint64_t sequence; /* of the successor */
};

void ctl_cmd_push(struct vd_ctl *c, const struct ctl_cmd *cmd);
void ctl_step_push(struct vd_ctl *c, const struct vd_director_event *e);
int ctl_publish_all(struct vd_ctl *c, const struct vd_model *m, struct vd_strbuf *why);
int ctl_republish_services(struct vd_ctl *c, struct vd_strbuf *why);
void ctl_events_apply(struct vd_ctl *c);
void ctl_publish_reclaim(struct vd_ctl *c);
void ctl_publish_end(struct vd_ctl *c);

/* ---- watching, asking, events ---- */

struct ctl_lcore {
	bool stalled;
	uint64_t stalls;
	vd_time stalled_since;
	struct ctl_rate busy;
	struct vd_rt_beat base; /* where loop times begin: start, or clear stats */
};

void ctl_stall_set(struct vd_ctl *c);
void ctl_watch_start(struct vd_ctl *c);
void ctl_watch_stop(struct vd_ctl *c);
void ctl_watch_sample(struct vd_ctl *c, vd_time now);
void ctl_watch_clear(struct vd_ctl *c);

struct ctl_ask;

void ctl_asks_end(struct vd_ctl *c);
void ctl_explain_answer(struct vd_ctl *c, const struct vd_dp_request_explain *r,
		vd_ctl_explain_fn done, void *ctx);
void ctl_events_start(void);
void ctl_events_stop(void);
void ctl_warnings_free(struct vd_ctl *c);

struct vd_ctl {
	struct vd_ctl_config config;
	char *instance;
	struct vd_io_loop *loop;
	struct vd_model *model;
	struct vd_dataplane *dataplane;
	vd_time started_at;
	bool serving;
	uint64_t seed;
	struct vd_pkt_toeplitz toeplitz; /* of the ports with RSS */
	uint16_t rss_slots;              /* the same for all of them; 0: there are none */

	struct ctl_port port[VD_DATAPLANE_PORTS_MAX];
	size_t n_ports;
	struct ctl_port *port_of_id[VD_DP_PORT_MAX];
	struct ctl_iface iface[VD_DP_IF_MAX];
	uint16_t n_ifaces;

	struct ctl_worker worker[VD_DP_WORKER_MAX];
	unsigned int n_workers, n_active; /* there are; that carry traffic */
	struct ctl_lcore lcore[VD_DATAPLANE_LCORES_MAX];
	struct ctl_control control;

	struct vd_lb_registry *registry;
	struct vd_lb_snapshot *snapshot;
	struct vd_dp_netconf *netconf;
	struct vd_director_config *director_conf;
	struct ctl_services services; /* of snapshot, same order */
	struct ctl_slots leases, groups, pools;
	bool slots_stale; /* names that are not used any more may be given back */
	struct ctl_vips vips;
	VD_VEC(struct ctl_vmac) vmacs;
	struct vd_notify *notify;
	struct ctl_health health;
	struct ctl_failover *failovers;
	uint8_t told[VD_VRRP_INSTANCES]; /* states that the scripts were told */
	bool maintenance, stopping;
	struct vd_strbuf text[2]; /* of views, until the next call */
	VD_VEC(struct ctl_override) overrides;
	VD_VEC(struct ctl_retired) retired;
	VD_VEC(struct ctl_cmd) backlog;
	uint64_t sequence;

	struct vd_io_timer watch_timer, ask_timer;
	vd_time watch_interval, watched_at, sampled_at;
	struct ctl_rate cps;
	struct ctl_ask *asks;
	VD_VEC(char *) warnings;
	uint64_t count_by_worker[VD_DP_WORKER_MAX];
	uint64_t count_by_state[VD_CONN_STATE_N];
};

#endif
