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
	char *name, *owner;
	struct notify_command command[VD_NOTIFY_N], always;
	bool priority_changes;
	bool gone;    /* not in the configuration any more */
	bool expired; /* and nothing more will be told of it */
	bool ready;   /* in the list of those whose next script may start */
	bool full;    /* the queue lost something: said so already */
	struct notify_target *next_ready;
	struct notify_job *head, **tail, *running;
	size_t queued;
};

void notify_queue_add(struct vd_notify *n, struct notify_target *t, const struct notify_command *c,
		const char *word, enum vd_notify_what what, const char *const *more, size_t n_more);
/* Starts up to max of what may start. */
void notify_queue_start(struct vd_notify *n, size_t max);
/* From now on nothing waits for anything. */
void notify_queue_release(struct vd_notify *n);
void notify_queue_check(struct vd_notify *n);
void notify_queue_destroy(struct vd_notify *n);
/* Frees it if nothing of it is left to do and it is gone for good. */
void notify_target_settle(struct vd_notify *n, struct notify_target *t);
void notify_target_free(struct vd_notify *n, struct notify_target *t);

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

/* ---- all ---- */

enum {
	NOTIFY_FIFOS = 2
};

struct vd_notify {
	struct vd_io_loop *loop;
	struct vd_notify_limits limits;
	struct notify_fifo fifo[NOTIFY_FIFOS];
	VD_VEC(struct notify_target *) targets;
	VD_VEC(struct notify_job *) started;
	struct notify_target *ready_head, **ready_tail;
	struct vd_io_task task;
	size_t stops; /* STOP scripts that wait or run */
	bool released;
	struct vd_notify_stats stats;
};

#endif
