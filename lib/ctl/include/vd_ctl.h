/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CTL_H
#define VD_CTL_H

/*
 * ctl runs the director: it turns the configuration into snapshots, starts the control lcore and the workers, joins
 * them by rings, publishes changes, and gives the console its views.
 *
 * Every function here is called on the main thread only. Views are copies or point to memory that stays valid until
 * control returns to the event loop. Actions return 0 or a negative errno and, on failure, a sentence for the user in
 * `why`. What a worker must be asked for is asynchronous: the callback runs on the main thread, exactly once.
 * Addresses are struct vd_addr, ports host order, times nanoseconds, rates per second.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_addr.h"
#include "vd_diag.h"
#include "vd_drop.h"
#include "vd_log.h"
#include "vd_model_dataplane.h"
#include "vd_model_types.h"
#include "vd_strbuf.h"
#include "vd_time.h"
#include "vd_vrrp.h"

struct vd_ctl;
struct vd_model;
struct vd_dataplane;
struct vd_io_loop;
struct vd_probe;
struct vd_model_vrrp_instance;

/* Loads both files anew (reload): given by the program, which knows the paths. path NULL = the one of the start. */
typedef int (*vd_ctl_load_fn)(void *ctx, const char *path, struct vd_model **model,
		struct vd_dataplane **dataplane, struct vd_diag_list *diags);

struct vd_ctl_config {
	const char *instance;
	struct vd_io_loop *loop;
	struct vd_model *model;         /* ownership passes on success */
	struct vd_dataplane *dataplane; /* ownership passes on success */
	bool eal_given;                 /* EAL was started from the command line's words */
	vd_ctl_load_fn load;
	void (*quit)(void *ctx); /* what `quit` does */
	void *ctx;               /* for load and quit */
};

/* After EAL is up. Opens ports, taps, rings, tables; launches the lcores. NULL with a sentence in why. */
struct vd_ctl *vd_ctl_start(const struct vd_ctl_config *config, struct vd_strbuf *why);
/* Stops serving, joins every lcore, closes ports and taps, frees all. */
void vd_ctl_shutdown(struct vd_ctl *c);

/* ---- commands ---- */

int vd_ctl_reload(struct vd_ctl *c, const char *path, struct vd_diag_list *diags,
		struct vd_strbuf *summary);
void vd_ctl_serve(struct vd_ctl *c, bool on); /* `start` and `stop` */
void vd_ctl_clear_stats(struct vd_ctl *c);
void vd_ctl_quit(struct vd_ctl *c);

enum vd_ctl_admin {
	VD_CTL_ADMIN_ENABLE,  /* undo disable and drain */
	VD_CTL_ADMIN_DISABLE, /* down: no new connection, live TCP connections end with RST */
	VD_CTL_ADMIN_DRAIN,   /* no new connection, live ones go on */
};

/* service and server are indices of the views below. weight -1 = the configuration's. */
int vd_ctl_set_weight(struct vd_ctl *c, size_t service, size_t server, int64_t weight,
		struct vd_strbuf *why);
int vd_ctl_set_admin(struct vd_ctl *c, size_t service, size_t server, enum vd_ctl_admin admin,
		struct vd_strbuf *why);

/* i: index of vd_ctl_vrrp_get(). priority 1 to 255; 0 gives the configuration's back. */
int vd_ctl_vrrp_priority(struct vd_ctl *c, size_t i, uint8_t priority, struct vd_strbuf *why);
/*
 * Hands a MASTER and its sync group over. done is called once, perhaps before this returns: err 0 and a sentence that
 * names the new master, or a negative errno and a sentence that says why not.
 */
typedef void (*vd_ctl_failover_fn)(void *ctx, int err, const char *sentence);
void vd_ctl_vrrp_failover(struct vd_ctl *c, size_t i, vd_ctl_failover_fn done, void *ctx);
void vd_ctl_maintenance(struct vd_ctl *c, bool on);
/* keepalived's data, statistics and JSON files (SIGUSR1, SIGUSR2, signal 36). 0 or -errno; logged. */
enum vd_ctl_report {
	VD_CTL_REPORT_DATA,
	VD_CTL_REPORT_STATS,
	VD_CTL_REPORT_JSON,
};
int vd_ctl_report_write(struct vd_ctl *c, enum vd_ctl_report what);

/* ---- views ---- */

enum vd_ctl_state {
	VD_CTL_STATE_RUNNING,
	VD_CTL_STATE_STOPPED,
	VD_CTL_STATE_MAINTENANCE,
};

struct vd_ctl_status {
	const char *version;
	const char *dpdk_version;
	const char *instance;
	enum vd_ctl_state state;
	vd_time uptime;
	bool huge_pages;
	bool adaptive;
	const char *config_file; /* NULL when unknown */
	size_t n_ports, n_workers, n_workers_active, n_services, n_instances;
	uint64_t connections, capacity;
	double rx_pps, tx_pps, cps;  /* over the last sampling second */
	const char *const *warnings; /* sentences: what is wrong now and what to do */
	size_t n_warnings;
};
void vd_ctl_status(struct vd_ctl *c, struct vd_ctl_status *out);

struct vd_ctl_port {
	const char *name, *device, *driver;
	const char *punt; /* kernel tap, or NULL */
	struct vd_mac mac;
	bool link_up;
	uint32_t link_mbps; /* 0 = unknown */
	uint16_t mtu;
	uint16_t rx_queues, tx_queues;
	const char *control_tx; /* "own", "pair" or "shared" */
	/* "none" with one worker; "rss": the device brings packets to their workers; "software": they hand them over. */
	const char *steering;
	size_t n_workers;
	uint8_t rx_by_worker[VD_DATAPLANE_LCORES_MAX]; /* Rx queues that each worker polls */
	bool tx_by_worker
			[VD_DATAPLANE_LCORES_MAX]; /* has a Tx queue; the others send through those */
	const char *const *notes;                  /* what the driver lacks here, sentences */
	size_t n_notes;
	const struct vd_prefix *addresses;
	size_t n_addresses;
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes, rx_missed, tx_dropped;
	uint64_t punt_rx, punt_tx, punt_dropped;
	double rx_pps, tx_pps, rx_bps, tx_bps;
};
size_t vd_ctl_port_count(struct vd_ctl *c);
void vd_ctl_port_get(struct vd_ctl *c, size_t i, struct vd_ctl_port *out);

struct vd_ctl_lcore {
	unsigned int lcore;
	int cpu;          /* -1 = several */
	const char *role; /* "main", "control", "worker" */
	int worker;       /* index, or -1 */
	bool active;      /* an idle worker polls nothing */
	bool stalled;
	uint64_t loops, busy_loops, packets;
	uint64_t handed_in, handed_out; /* packets of other workers taken; given to them */
	double load;                    /* busy share of the last sampling second, 0 to 1 */
	/* Of its turns since start or clear, sleep left out; 0 where not measured. */
	vd_time loop_p50, loop_p99, loop_p999, loop_max;
	vd_time last_beat; /* age of the last heartbeat */
	uint64_t stalls;
};
size_t vd_ctl_lcore_count(struct vd_ctl *c);
void vd_ctl_lcore_get(struct vd_ctl *c, size_t i, struct vd_ctl_lcore *out);

struct vd_ctl_node {
	const char *name;
	int worker;
	uint64_t calls, packets;
	double ns; /* per packet, of the turns that were measured; 0: none was */
};
/* Calls fn for each graph node of each active worker. */
void vd_ctl_nodes(struct vd_ctl *c, void (*fn)(void *ctx, const struct vd_ctl_node *n), void *ctx);

struct vd_ctl_server {
	struct vd_endpoint endpoint;
	enum vd_forwarding forwarding;
	int64_t weight;           /* of the configuration */
	int64_t effective_weight; /* what schedulers use; 0 when it gets nothing new */
	const char *state;        /* "up", "down", "drain" */
	const char *reason;       /* why, in words; valid until the next view of a server */
	uint64_t changes;         /* up and down by checks, since it is known */
	uint64_t active, inactive, total;
	uint64_t packets_in, bytes_in, packets_out, bytes_out;
	uint64_t syn_unanswered,
			syn_reset; /* connections that it did not take, as the workers saw */
	double cps, pps_in, pps_out, bps_in, bps_out; /* bps: bytes per second */
};

struct vd_ctl_service {
	const char *label;           /* "tcp:192.0.2.1:80", "group NAME", "fwmark 3" */
	struct vd_endpoint endpoint; /* first listener */
	enum vd_protocol protocol;
	enum vd_scheduler scheduler; /* in effect */
	enum vd_scheduler configured_scheduler;
	enum vd_forwarding forwarding;
	bool serving;               /* held (lease) and not stopped */
	const char *serving_reason; /* in words */
	bool quorum;
	uint64_t live_weight;  /* of the servers that count for it */
	bool has_sorry, sorry; /* sorry: it is in use */
	struct vd_endpoint sorry_server;
	uint64_t active, inactive, total;
	uint64_t packets_in, bytes_in, packets_out, bytes_out;
	double cps, pps_in, pps_out, bps_in, bps_out;
	size_t n_servers;
};
size_t vd_ctl_service_count(struct vd_ctl *c);
void vd_ctl_service_get(struct vd_ctl *c, size_t i, struct vd_ctl_service *out);
void vd_ctl_server_get(struct vd_ctl *c, size_t service, size_t server, struct vd_ctl_server *out);

/* protocol 0 = either, if one only matches. Index, -ENOENT, or -EINVAL when both protocols match. */
int vd_ctl_service_find(struct vd_ctl *c, int protocol, const struct vd_endpoint *ep);
int vd_ctl_service_find_group(struct vd_ctl *c, const char *group);
int vd_ctl_service_find_fwmark(struct vd_ctl *c, uint32_t fwmark);
int vd_ctl_server_find(struct vd_ctl *c, size_t service, const struct vd_endpoint *ep);

/* The states of the connection table, for counts and filters ("ESTABLISHED", "UDP", ...). */
size_t vd_ctl_conn_state_count(void);
const char *vd_ctl_conn_state_name(size_t i);

struct vd_ctl_conn_count {
	uint64_t total, capacity;
	const uint64_t *by_worker;
	size_t n_workers;
	const uint64_t *by_state;          /* as many as vd_ctl_conn_state_count() */
	uint64_t opened, expired, refused; /* since start or clear; refused: table full */
};
void vd_ctl_conn_count(struct vd_ctl *c, struct vd_ctl_conn_count *out);
/* For tests, while nothing arrives: 0 if the tables of all workers agree with their indices, or -EINVAL. */
int vd_ctl_conn_check(struct vd_ctl *c);

struct vd_ctl_conn {
	enum vd_protocol protocol;
	enum vd_forwarding forwarding;
	struct vd_endpoint client, virtual, local,
			server; /* local unset when the method has none */
	const char *state;
	vd_time age;     /* since it was opened; 0 if not known */
	vd_time timeout; /* until it expires when nothing more comes */
	int worker;
};

struct vd_ctl_conn_filter {
	int service;                        /* -1 = any */
	int server;                         /* index in the service; -1 = any */
	struct vd_endpoint server_endpoint; /* without a service; port 0 and unset address = any */
	bool has_server_endpoint;
	struct vd_prefix client;
	bool has_client;
	int state;    /* -1 = any */
	int worker;   /* -1 = any */
	size_t limit; /* 0 = all */
};
/* err: 0, -EBUSY (too many listings at once), -ETIMEDOUT (a worker did not answer). matched counts past the limit. */
typedef void (*vd_ctl_conns_fn)(
		void *ctx, int err, const struct vd_ctl_conn *conns, size_t n, bool truncated);
void vd_ctl_conns(struct vd_ctl *c, const struct vd_ctl_conn_filter *filter, vd_ctl_conns_fn done,
		void *ctx);

struct vd_ctl_neighbor {
	struct vd_addr address;
	struct vd_mac mac;
	const char *port; /* port or VLAN interface name */
	const char *state;
	vd_time age; /* in this state */
};
void vd_ctl_neighbors(struct vd_ctl *c, void (*fn)(void *ctx, const struct vd_ctl_neighbor *n),
		void *ctx);

/* VRRP instances, in the order of the configuration. Texts are valid until the next call. */
struct vd_ctl_vrrp {
	const char *name;
	const struct vd_model_vrrp_instance *conf;
	const char *interface;  /* port or VLAN */
	const char *sync_group; /* or NULL */
	bool v6;
	uint32_t vrid, version;
	struct vd_mac mac;  /* source of its adverts */
	struct vd_addr src; /* source of its adverts; unset = none */
	const char *reason; /* a sentence: why this state */
	vd_time since;      /* age of the state */
	double since_wall;  /* seconds since 1970 */
	struct vd_vrrp_status status;
};
size_t vd_ctl_vrrp_count(struct vd_ctl *c);
void vd_ctl_vrrp_get(struct vd_ctl *c, size_t i, struct vd_ctl_vrrp *out);
int vd_ctl_vrrp_find(struct vd_ctl *c, const char *name); /* index, or -ENOENT */

/* Sums over workers and control; out has VD_DROP_N elements. */
void vd_ctl_drops(struct vd_ctl *c, uint64_t *out);

struct vd_ctl_event {
	uint64_t wall_ns; /* since 1970 */
	enum vd_log_level level;
	const char *text;
};
/* The newest n events, oldest first. */
void vd_ctl_events(struct vd_ctl *c, size_t n, void (*fn)(void *ctx, const struct vd_ctl_event *e),
		void *ctx);

/* Checks and tracked things: views of the probe. */
struct vd_probe *vd_ctl_probe(struct vd_ctl *c);

const struct vd_model *vd_ctl_model(struct vd_ctl *c);
const struct vd_dataplane *vd_ctl_dataplane(struct vd_ctl *c);

struct vd_ctl_explain {
	const char *action;  /* "forward", "drop", "punt" */
	const char *service; /* label, or NULL */
	struct vd_endpoint real_server;
	bool has_real_server;
	const char *reason; /* drop reason's key, or why this server */
	const char *const *steps;
	size_t n_steps;
};
typedef void (*vd_ctl_explain_fn)(void *ctx, int err, const struct vd_ctl_explain *e);
void vd_ctl_explain(struct vd_ctl *c, enum vd_protocol protocol, const struct vd_endpoint *src,
		const struct vd_endpoint *dst, vd_ctl_explain_fn done, void *ctx);

#endif
