/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_NOTIFY_H
#define VD_NOTIFY_H

/*
 * Tells the outside what VRRP and the health checks do: the scripts of instances, sync groups, real and virtual
 * servers, and the FIFOs. Main thread only; children and FIFOs are watched by the event loop, and nothing here waits but
 * vd_notify_finish(), and startup_script and shutdown_script.
 *
 * As in keepalived: notify_master and its like run with their own arguments, then `notify` with four more: INSTANCE or
 * GROUP, the name, the state, the priority (0 for a group). A FIFO gets the line INSTANCE "VI_1" MASTER 100. Changes of
 * priority go to FIFOs only, and only with notify_priority_changes. Scripts run as the user that their line names, else
 * script_user, else keepalived_script where that user exists, else as we do. Their output is discarded.
 *
 * notify_up, notify_down, quorum_up and quorum_down run with their own arguments. Their lines in notify_fifo and
 * lvs_notify_fifo are "RS [192.0.2.9]:tcp:80 [192.0.2.1]:tcp:80 UP" and "VS [192.0.2.1]:tcp:80 DOWN", each with its
 * newline and, as in keepalived 2.4, a NUL byte. A service by group is [NAME]:0, one by firewall mark FWM N.
 *
 * Otherwise than in keepalived the scripts of one instance (or server, or service) run one after the other, in the order of events. One that
 * takes longer than 30 s goes on, but the next no longer waits for it. Different instances run side by side.
 *
 * A FIFO that is missing is created (and removed at the end). Writing never blocks: what a slow reader leaves no room
 * for waits in a buffer, then whole lines are dropped and counted. *_fifo_script is started with the FIFO's path as its
 * last argument, ended and started again by a reload, ended with the FIFO; it is not started again when it ends by itself.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_time.h"
#include "vd_vrrp.h"

struct vd_io_loop;
struct vd_model;
struct vd_notify;

/* What happened: the word that scripts and FIFOs get, and the line of the configuration that answers it. */
/* clang-format off */
#define VD_NOTIFY_WHATS(X) \
	X(BACKUP,              "BACKUP",              "notify_backup") \
	X(MASTER,              "MASTER",              "notify_master") \
	X(FAULT,               "FAULT",               "notify_fault") \
	X(STOP,                "STOP",                "notify_stop") \
	X(DELETED,             "DELETED",             "notify_deleted") \
	X(MASTER_RX_LOWER_PRI, "MASTER_RX_LOWER_PRI", "notify_master_rx_lower_pri") \
	X(MASTER_PRIORITY,     "MASTER_PRIORITY",     NULL) \
	X(BACKUP_PRIORITY,     "BACKUP_PRIORITY",     NULL) \
	X(UP,                  "UP",                  "notify_up") \
	X(DOWN,                "DOWN",                "notify_down") \
	X(QUORUM_UP,           "UP",                  "quorum_up") \
	X(QUORUM_DOWN,         "DOWN",                "quorum_down")
/* clang-format on */

enum vd_notify_what {
#define VD_X(id, word, line) VD_NOTIFY_##id,
	VD_NOTIFY_WHATS(VD_X)
#undef VD_X
	VD_NOTIFY_N
};

enum vd_notify_kind {
	VD_NOTIFY_INSTANCE,
	VD_NOTIFY_GROUP,
	VD_NOTIFY_SERVER,  /* a real server */
	VD_NOTIFY_SERVICE, /* a virtual server's quorum */
};

const char *vd_notify_word(enum vd_notify_what what);
/* What an instance's or group's new state is to the outside: INIT is STOP. */
enum vd_notify_what vd_notify_of_state(enum vd_vrrp_state to, bool deleted);

struct vd_notify_limits {
	size_t at_once;    /* 64: children that run at one time, those over time not counted */
	size_t queue;      /* 1024: scripts that wait for one target; the oldest goes */
	size_t queue_all;  /* 16384: the same for all together */
	size_t fifo_bytes; /* 65536: lines that wait for a FIFO */
	vd_time overtime;  /* 30 s */
};

/* limits NULL: those above. */
struct vd_notify *vd_notify_create(struct vd_io_loop *loop, const struct vd_notify_limits *limits);
/*
 * At start and after each reload; copies what it needs. Looks users up, which may take its time. Scripts that wait go
 * on as they were. What is no longer configured keeps its scripts until it was told DELETED, or to the next call. The
 * first call runs startup_script and waits for its end, at most its time, or until SIGTERM or SIGINT comes.
 */
void vd_notify_configure(struct vd_notify *n, const struct vd_model *m);
/* A state that was entered: MASTER, BACKUP, FAULT, STOP, DELETED. */
void
vd_notify_instance(struct vd_notify *n, const char *name, enum vd_notify_what to, uint8_t priority);
void vd_notify_group(struct vd_notify *n, const char *name, enum vd_notify_what to);
/* Without a change of state: MASTER_RX_LOWER_PRI, MASTER_PRIORITY, BACKUP_PRIORITY. */
void vd_notify_instance_event(
		struct vd_notify *n, const char *name, enum vd_notify_what what, uint8_t priority);
/* A line for the FIFOs only: fifo_write_vrrp_states_on_reload, once for each after vd_notify_configure(). */
void vd_notify_fifo_state(struct vd_notify *n, enum vd_notify_kind kind, const char *name,
		enum vd_notify_what state, uint8_t priority);

/*
 * A real server that came up or went down, a quorum that was gained or lost. service is the name that
 * vd_model_virtual_server_name() gives, server what vd_endpoint_format() makes of its address and port (where that is 0,
 * the service's). Those that are not configured are told to nobody.
 */
void vd_notify_server(struct vd_notify *n, const char *service, const char *server, bool up);
void vd_notify_service(struct vd_notify *n, const char *service, bool up);
/* A server that is up at start, or new in a reload: told with rs_init_notifies only. */
void vd_notify_server_first(struct vd_notify *n, const char *service, const char *server);

/*
 * After the STOP events: waits until their scripts ended and the scripts of the FIFOs have read all, at most to
 * deadline. The loop is not turned. Halfway, what still waits is started without waiting for those before. Scripts of
 * servers (omega) are started, but not waited for.
 */
void vd_notify_finish(struct vd_notify *n, vd_time deadline);
/* After everything has ended: runs shutdown_script, and waits for its end, at most its time. */
void vd_notify_shutdown_script(struct vd_notify *n);
/* Scripts that run are left alone; those of FIFOs are ended. NULL is fine. */
void vd_notify_destroy(struct vd_notify *n);

struct vd_notify_stats {
	uint64_t started, failed; /* scripts; failed: could not be started */
	uint64_t bad_status;      /* ended otherwise than with exit status 0 */
	uint64_t late;            /* took longer than overtime */
	uint64_t dropped;         /* scripts that a full queue lost */
	uint64_t fifo_dropped;    /* lines that a full FIFO lost */
	size_t running, overtime, queued;
};
void vd_notify_stats(const struct vd_notify *n, struct vd_notify_stats *out);

#endif
