/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROBE_PRIV_H
#define PROBE_PRIV_H

/*
 * A thing is whatever the probe looks at again and again: a check, a script, a file, a process. probe_run.c has the rules
 * that all share (when an attempt begins, what its end means, who is told); the ops of its kind do the attempt.
 *
 * Everything of a thing belongs to the probe's thread once it is configured, except `shown`, and the lists of things, which
 * main reads under the probe's lock.
 */

#include <pthread.h>
#include <sys/socket.h>

#include "vd_compiler.h"
#include "vd_health_rule.h"
#include "vd_io_child.h"
#include "vd_io_clock.h"
#include "vd_io_loop.h"
#include "vd_model.h"
#include "vd_probe.h"
#include "vd_strbuf.h"
#include "vd_vec.h"

#define PROBE_KINDS    4
#define PROBE_NO_CODE  (-1L)
#define PROBE_NO_VALUE INT64_MIN

struct probe_run;
struct probe_thing;
struct vd_curl;

struct probe_ops {
	const char *type; /* as in the configuration */
	/* Once, when the thing is new; NULL: nothing to prepare. */
	void (*begin)(struct probe_thing *t);
	/* Begins an attempt, which ends with probe_end(), perhaps at once. NULL: events bring it, not the clock. */
	void (*start)(struct probe_thing *t);
	/* Ends it without a result. */
	void (*cancel)(struct probe_thing *t);
	/* At the deadline, before cancel: true when that is a good end. NULL: it never is. */
	bool (*is_good_when_late)(struct probe_thing *t);
	/* The last attempt has left something that still runs: no new one may begin. NULL: never. */
	bool (*is_busy)(const struct probe_thing *t);
	void (*free)(struct probe_thing *t);
};

/* Where a check goes, and from where. */
struct probe_way {
	struct vd_endpoint to;
	struct vd_addr bindto; /* unset: any */
	uint16_t bind_port;
	char *bind_if; /* or NULL */
};

struct probe_thing {
	struct vd_probe *p; /* NULL until it is the thread's */
	const struct probe_ops *ops;
	enum vd_probe_kind kind;
	uint32_t slot, serial;
	void *data; /* of its kind */

	union {
		struct {
			struct vd_health_rule rule;
			struct vd_health_check check;
		};
		struct {
			struct vd_health_script_rule script_rule;
			struct vd_health_script script;
		};
	};
	vd_time timeout; /* of one attempt */
	char *broken;    /* a sentence: it can never succeed as written; or NULL */
	bool log_all;
	bool up;       /* FILE and PROCESS: as it was told last */
	int64_t value; /* what is told beside it */

	bool running, suspended;
	bool hurry;      /* asked to run, by an attempt that begins from now on */
	bool confirm;    /* the next success is to be told */
	bool first_told; /* some verdict was */
	bool unsent;     /* its verdict waits for room */
	vd_time started;
	const char *waiting; /* for what, in words */
	struct vd_io_timer due, deadline;
	struct vd_probe_view shown; /* under the lock */
};

struct probe_things {
	struct probe_thing **v;
	size_t n, cap;
};

struct vd_probe_config {
	struct probe_things things;
};

struct vd_probe {
	struct vd_probe_hooks hooks;
	struct vd_io_loop *loop;
	struct vd_curl *curl;
	pthread_t thread;
	bool runs;
	uint64_t random; /* state */

	pthread_mutex_t lock; /* of what follows, and of every thing's shown */
	struct probe_things things;
	VD_VEC(struct probe_thing *) slots[PROBE_KINDS]; /* by slot */
	struct vd_probe_stats stats;

	struct probe_things unsent;
	struct probe_run *orphans; /* programs whose thing is gone, until they end */
	struct vd_io_timer unsent_timer;
	int inotify; /* -1: none */
	struct vd_io_fd inotify_fd;
	struct vd_io_timer files_timer, processes_timer;
};

/* ---- probe_run.c: on the thread ---- */

void probe_thing_begin(struct probe_thing *t);
void probe_thing_free(struct probe_thing *t); /* on any thread once it is nobody's */
void probe_thing_stop(struct probe_thing *t);
void probe_thing_suspend(struct probe_thing *t, bool on);
void probe_thing_hurry(struct probe_thing *t);
/* An attempt came to its end; why: a sentence where it was bad. value: a weight that is asked for, or -1. */
void probe_end(struct probe_thing *t, bool good, long code, int64_t value, const char *why);
/* A part of it was good, not all yet: a check that is down stays so. */
void probe_part(struct probe_thing *t, long code);
/* Formats why. */
void probe_bad(struct probe_thing *t, long code, const char *fmt, ...) VD_PRINTF(3, 4);
/* What events tell of a FILE or PROCESS. */
void probe_tell(struct probe_thing *t, bool up, int64_t value, const char *why);
uint64_t probe_random(struct vd_probe *p);

/* ---- probe_socket.c ---- */

socklen_t
probe_sockaddr(const struct vd_endpoint *ep, const char *interface, struct sockaddr_storage *out);
/* A non-blocking socket that is bound as asked; -1 with errno, and in *what the step that failed. */
int probe_socket(const struct probe_way *way, int type, int protocol, const char **what);
/* connect(): 0, or errno; EINPROGRESS counts as 0. */
int probe_connect(int fd, const struct probe_way *way);
void probe_way_set(struct probe_way *way, const struct vd_model_checker *k,
		const struct vd_endpoint *target);
void probe_way_free(struct probe_way *way);

/* ---- kinds: each makes a thing's data; false with a sentence: it can never succeed as written ---- */

struct probe_source {
	const struct vd_model_checker *check;
	const struct vd_endpoint *target;
	int64_t weight;
	const struct vd_model_ssl *ssl;
	const struct vd_model_track_file *of;
	const struct vd_probe_user *user;
};

bool probe_tcp_make(struct probe_thing *t, const struct probe_source *s, struct vd_strbuf *why);
bool probe_smtp_make(struct probe_thing *t, const struct probe_source *s, struct vd_strbuf *why);
bool probe_http_make(struct probe_thing *t, const struct probe_source *s, struct vd_strbuf *why);
bool probe_dns_make(struct probe_thing *t, const struct probe_source *s, struct vd_strbuf *why);
bool probe_udp_make(struct probe_thing *t, const struct probe_source *s, struct vd_strbuf *why);
bool probe_ping_make(struct probe_thing *t, const struct probe_source *s, struct vd_strbuf *why);
bool probe_misc_make(struct probe_thing *t, const struct probe_source *s, struct vd_strbuf *why);
bool
probe_file_check_make(struct probe_thing *t, const struct probe_source *s, struct vd_strbuf *why);
bool probe_script_make(struct probe_thing *t, const struct vd_model_vrrp_script *s,
		const struct vd_probe_user *user, struct vd_strbuf *why);
void probe_file_make(struct probe_thing *t, const struct vd_model_track_file *f);
void probe_process_make(struct probe_thing *t, const struct vd_model_track_process *p);

/* At the end, when the loop does not turn any more. */
void probe_orphans_end(struct vd_probe *p);
/* After the things changed: watches of files, the scan of processes. */
void probe_files_watch(struct vd_probe *p);
void probe_files_end(struct vd_probe *p);
void probe_processes_watch(struct vd_probe *p);

#endif
