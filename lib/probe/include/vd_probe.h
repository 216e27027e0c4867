/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_PROBE_H
#define VD_PROBE_H

/*
 * The probe thread: runs the health checks of real servers, the tracked scripts, files and processes, on the kernel's
 * sockets and with child processes, on an event loop of its own. Nothing of it runs on control or on a worker; what it
 * finds out leaves by the hooks, which must not block.
 *
 * Threads: main creates, configures, reads views and destroys. The hooks are called by the probe thread.
 * vd_probe_wake() may be called by any thread.
 *
 * Every attempt has a hard end: connect_timeout after its start whatever the server does (misc_timeout for MISC_CHECK,
 * and SIGKILL to the process group 2 s later); the result of what comes later is not believed. A check's sockets use its
 * connect_ip, connect_port, bindto, bind_port and bind_if; TCP connections end with RST, so that no port rests in TIME_WAIT.
 *
 * A thing's slot and serial are the caller's: the same ones in two configurations mean the same thing with the same
 * content, which then keeps its state and its times.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vd_addr.h"
#include "vd_time.h"

struct vd_model_checker;
struct vd_model_ssl;
struct vd_model_track_file;
struct vd_model_track_process;
struct vd_model_vrrp_script;
struct vd_probe;
struct vd_probe_config;

enum vd_probe_kind {
	VD_PROBE_CHECK,
	VD_PROBE_SCRIPT,  /* vrrp_script */
	VD_PROBE_FILE,    /* track_file */
	VD_PROBE_PROCESS, /* vrrp_track_process */
};

/* What changed, or what was asked for by a request. */
struct vd_probe_verdict {
	uint32_t kind; /* enum vd_probe_kind */
	uint32_t slot, serial;
	bool up;       /* CHECK, SCRIPT, PROCESS */
	int64_t value; /* FILE: the number; CHECK: the weight that a dynamic check asks for, or -1 */
};

struct vd_probe_hooks {
	/* False: no room now; the verdict is offered again a little later, or a newer one in its place. */
	bool (*verdict)(void *ctx, const struct vd_probe_verdict *v);
	/* After vd_probe_wake(): a check that is to run now and to be confirmed by a verdict; false: no more. */
	bool (*request)(void *ctx, uint32_t *slot, uint32_t *serial);
	void *ctx;
};

/* As whom a program runs. */
struct vd_probe_user {
	bool has; /* false: as we do */
	uid_t uid;
	gid_t gid;
};

/* ---- configuration: main's; copies what it needs of the model ---- */

struct vd_probe_config *vd_probe_config_new(void);
void vd_probe_config_free(struct vd_probe_config *c);
/*
 * target: the real server (or what the check's own words leave of it); vs and rs: what views call them. ssl: the root
 * block, or NULL. `of`: the track_file of a FILE_CHECK, else NULL. 0, or -EINVAL with the check left out: it can never
 * succeed as written, and counts as down with the reason as its last error.
 */
int vd_probe_config_check(struct vd_probe_config *c, uint32_t slot, uint32_t serial,
		const struct vd_model_checker *check, const struct vd_endpoint *target,
		const struct vd_model_ssl *ssl, const struct vd_model_track_file *of,
		const struct vd_probe_user *user, const char *vs, const char *rs);
/* What the check that was added last counts as before its first result, instead of what alpha says. */
void vd_probe_config_up(struct vd_probe_config *c, bool up);
/* The configured weight of the server of the check that was added last: what a dynamic FILE_CHECK adds to. */
void vd_probe_config_weight(struct vd_probe_config *c, int64_t weight);
void vd_probe_config_script(struct vd_probe_config *c, uint32_t slot, uint32_t serial,
		const struct vd_model_vrrp_script *script, const struct vd_probe_user *user);
void vd_probe_config_file(struct vd_probe_config *c, uint32_t slot, uint32_t serial,
		const struct vd_model_track_file *file);
void vd_probe_config_process(struct vd_probe_config *c, uint32_t slot, uint32_t serial,
		const struct vd_model_track_process *process);

/* ---- the thread ---- */

/* NULL with errno set. Starts the thread, with all signals blocked. seed: of warmups and payloads. */
struct vd_probe *vd_probe_create(const struct vd_probe_hooks *hooks, uint64_t seed);
/* Ends what runs (children get SIGTERM, then SIGKILL) and joins the thread. NULL is fine. */
void vd_probe_destroy(struct vd_probe *p);
/* From now on; takes c over. What is the same goes on, what is new begins, what is gone ends. */
void vd_probe_configure(struct vd_probe *p, struct vd_probe_config *c);
/* ha_suspend: the check rests (its state stays) or goes on. */
void vd_probe_suspend(struct vd_probe *p, uint32_t slot, uint32_t serial, bool on);
/* Requests wait. Any thread; takes no lock and never blocks. */
void vd_probe_wake(struct vd_probe *p);

/* ---- views: main; copies ---- */

struct vd_probe_view {
	enum vd_probe_kind kind;
	uint32_t slot, serial;
	const char *type; /* "TCP_CHECK", "vrrp_script", ... */
	char name[128];   /* of a script, file, process; else empty */
	char virtual_server[128], real_server[VD_ENDPOINT_STR];
	const char *state; /* "up", "down", "unchecked", "suspended"; scripts: "good", "bad", "unchecked" */
	bool up, running;
	char last_error[256];  /* a sentence; empty: none since the last success */
	long last_code;        /* HTTP status, SMTP reply, DNS RCODE, exit status; -1: none */
	int64_t value;         /* of a file; processes found; weight asked for; else -1 */
	vd_time last_duration; /* of the last attempt that ended; 0: none yet */
	vd_time last_run;      /* its begin; 0: none yet */
	vd_time next_run;      /* VD_TIME_NEVER: suspended, or event-driven */
	uint64_t runs, failures, timeouts, changes, skipped;
};

/* Kind by kind, in the order of the configuration; false past the last one. *cursor starts at 0. */
bool vd_probe_view_next(struct vd_probe *p, size_t *cursor, struct vd_probe_view *out);
bool vd_probe_view_slot(struct vd_probe *p, enum vd_probe_kind kind, uint32_t slot, uint32_t serial,
		struct vd_probe_view *out);

struct vd_probe_stats {
	uint64_t runs;   /* attempts that ended */
	uint64_t waited; /* verdicts that found no room at first */
	vd_time late_max; /* how long after it was due an attempt began, at most, since the last look */
	size_t things;
};
void vd_probe_stats(struct vd_probe *p, struct vd_probe_stats *out);

#endif
