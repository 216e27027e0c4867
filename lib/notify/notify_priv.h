/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NOTIFY_PRIV_H
#define NOTIFY_PRIV_H

#include <sys/types.h>

#include "vd_io_child.h"
#include "vd_io_loop.h"
#include "vd_io_user.h"
#include "vd_notify.h"
#include "vd_strbuf.h"
#include "vd_vec.h"

struct vd_model;
struct vd_model_command;

/* ---- commands ---- */

struct notify_command {
	char **words; /* NULL: none, or none that can be run */
	size_t n_words;
	struct vd_io_user user;
};

/* Takes a line of the configuration over; owner and word are for the log. */
void notify_command_set(struct notify_command *c, const struct vd_model_command *line,
		const struct vd_io_user *def, const char *owner, const char *word);
void notify_command_clear(struct notify_command *c);
/* The words and n more, in one block that the caller frees. */
char **notify_command_words(const struct notify_command *c, const char *const *more, size_t n_more);
/* 0 or -errno. */
int notify_command_start(struct vd_io_loop *loop, struct vd_io_child *child, char **words,
		const struct vd_io_user *user, bool ends_with_main, vd_io_child_cb done, void *ctx);

/* ---- scripts, in the order of events for each target ---- */

struct notify_job {
	struct notify_job *next;
	struct vd_notify *n;
	struct notify_target *target; /* NULL: over time, the next does not wait for it */
	char *owner;                  /* "instance VI_1" */
	const char *word;             /* "notify_master" */
	enum vd_notify_what what;
	char **words;
	struct vd_io_user user;
	struct vd_io_child child;
	struct vd_io_timer late;
};

struct notify_target {
	enum vd_notify_kind kind;
	char *name, *of; /* of: the virtual server of a real server */
	char *owner;     /* for the log: "instance VI_1" */
	char *fifo_name; /* of servers: what their lines in FIFOs call them */
	bool priority_changes;
	bool gone;    /* not in the configuration any more */
	bool expired; /* and nothing more will be told of it */
	bool ready;   /* in the list of those whose next script may start */
	bool full;    /* the queue lost something: said so already */
	struct notify_target *next_ready, *next_slot;
	uint64_t hash;
	size_t index; /* among the targets */
	struct notify_job *head, **tail, *running;
	size_t queued;
	struct notify_command always;
	enum vd_notify_what first; /* what the first command is for; those of its kind follow */
	size_t n_commands;
	struct notify_command command[];
};

static inline bool
notify_is_lvs(const struct notify_target *t)
{
	return t->kind == VD_NOTIFY_SERVER || t->kind == VD_NOTIFY_SERVICE;
}

/* of: NULL except for real servers. */
struct notify_target *notify_target_find(const struct vd_notify *n, enum vd_notify_kind kind,
		const char *name, const char *of);
/* The same for one that may still be told something. */
struct notify_target *notify_target_listener(const struct vd_notify *n, enum vd_notify_kind kind,
		const char *name, const char *of);
/* Found or made; it is in the configuration. */
struct notify_target *
notify_target_take(struct vd_notify *n, enum vd_notify_kind kind, const char *name, const char *of);
/* NULL: its kind has none for that. */
struct notify_command *notify_target_command(struct notify_target *t, enum vd_notify_what what);
/* Frees it if nothing of it is left to do and it is gone for good. */
void notify_target_settle(struct vd_notify *n, struct notify_target *t);
void notify_targets_destroy(struct vd_notify *n);

void notify_queue_add(struct vd_notify *n, struct notify_target *t, const struct notify_command *c,
		const char *word, enum vd_notify_what what, const char *const *more, size_t n_more);
/* Starts up to max of what may start. */
void notify_queue_start(struct vd_notify *n, size_t max);
/* From now on nothing waits for anything. */
void notify_queue_release(struct vd_notify *n);
void notify_queue_check(struct vd_notify *n);
/* Forgets what waits for this target. */
void notify_queue_drop(struct vd_notify *n, struct notify_target *t);
void notify_queue_destroy(struct vd_notify *n);

/* ---- FIFOs ---- */

struct notify_fifo {
	struct vd_notify *n;
	const char *word;
	char *path; /* NULL: not configured, or it could not be opened */
	int fd;
	bool created;
	dev_t dev;
	ino_t ino;
	struct vd_io_fd watch; /* while lines wait */
	struct vd_strbuf wait;
	uint64_t lost; /* lines, since the buffer became full */
	struct notify_command reader;
	struct vd_io_child child;
	bool restart; /* the reader, once the one before ended */
	bool ending;  /* we are: its end is no news */
};

void notify_fifo_configure(struct notify_fifo *f, const struct vd_model_command *fifo,
		const struct vd_model_command *script, const struct vd_io_user *def);
void notify_fifo_write(struct notify_fifo *f, const char *line, size_t len);
void notify_fifo_flush(struct notify_fifo *f);
/* Nothing is left that a reader of ours would read. */
bool notify_fifo_is_read(const struct notify_fifo *f);
void notify_fifo_destroy(struct notify_fifo *f);

/* ---- servers ---- */

void
notify_lvs_configure(struct vd_notify *n, const struct vd_model *m, const struct vd_io_user *def);

/* ---- at start and at the end ---- */

struct notify_once {
	const char *word;
	struct notify_command command;
	vd_time timeout;
};

void notify_once_set(struct notify_once *o, const struct vd_model_command *line, vd_time timeout,
		const struct vd_io_user *def);
/* Runs it and waits for its end; heed_signals: not after a signal that ends the program. */
void notify_once_run(struct vd_notify *n, const struct notify_once *o, bool heed_signals);

/* ---- all ---- */

/* The word of the configuration; NULL if there is none. */
const char *notify_line(enum vd_notify_what what);

enum {
	NOTIFY_FIFO_ALL,
	NOTIFY_FIFO_VRRP,
	NOTIFY_FIFO_LVS,
	NOTIFY_FIFOS
};

struct vd_notify {
	struct vd_io_loop *loop;
	struct vd_notify_limits limits;
	struct notify_fifo fifo[NOTIFY_FIFOS];
	VD_VEC(struct notify_target *) targets;
	struct notify_target **slots; /* by hash */
	size_t n_slots;               /* a power of two, or 0 */
	VD_VEC(struct notify_job *) started;
	struct notify_target *ready_head, **ready_tail;
	struct vd_io_task task;
	size_t stops;       /* STOP scripts that wait or run */
	size_t lvs_waiting; /* scripts of servers that wait */
	bool released;
	bool started_once; /* startup_script was run */
	bool rs_init_notifies;
	bool knows_lvs; /* some real or virtual server was a target, once */
	struct notify_once startup, shutdown;
	struct vd_notify_stats stats;
};

#endif
