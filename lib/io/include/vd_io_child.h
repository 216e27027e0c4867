/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_IO_CHILD_H
#define VD_IO_CHILD_H

/*
 * Child processes: started without copying this process, watched by a loop. The thread that runs the loop calls all of
 * this, for the children that it started; several threads may do so, each with its loop. Nobody may change the environment
 * (setenv() and its like) meanwhile.
 *
 * The process holds gigabytes that polling threads write to; fork() would mark all of it copy-on-write under them. A
 * child is therefore made by vfork(): it borrows the memory until it executes its program, and only the calling thread
 * waits for that. It starts in a process group of its own, with default signals, with no descriptor of ours, and with
 * stdin, stdout and stderr on /dev/null, as children of keepalived have them: a program that it leaves behind must not
 * depend on a pipe to us.
 *
 * struct vd_io_child is the caller's memory and must stay where it is until done was called or vd_io_child_abandon().
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "vd_io_loop.h"
#include "vd_time.h"

struct vd_io_child;

/* status as of waitpid(). Called by the loop, once; may free c or start it again. */
typedef void (*vd_io_child_cb)(struct vd_io_child *c, int status);

struct vd_io_child_config {
	/* Words; ends with NULL. Without a slash the first one is looked for in PATH. A text without #! goes to sh. */
	const char *const *argv;
	const char *const *env; /* "NAME=value", added to our own or in its place; NULL = none */
	bool has_user;          /* run as uid and gid, which is its only group */
	uid_t uid;
	gid_t gid;
	vd_time timeout; /* SIGTERM to the group when it is over, SIGKILL after 2 s more; 0 = none */
	bool ends_with_main; /* gets SIGTERM when the calling thread ends, main or another */
};

struct vd_io_child {
	struct vd_io_loop *loop;
	pid_t pid;       /* and number of the process group; 0: not running */
	bool terminated; /* SIGTERM was sent by us: the group goes when the child does */
	int pidfd;       /* -1: the kernel gave none, a timer looks instead */
	struct vd_io_fd watch;
	struct vd_io_timer timer, poll;
	vd_io_child_cb done;
	void *ctx;
};

/*
 * 0, or why it could not be started: -ENOENT and -EACCES from the program, -EPERM from uid and gid, -EAGAIN, -ENOMEM.
 * Then done is not called.
 */
int vd_io_child_start(struct vd_io_loop *loop, struct vd_io_child *c,
		const struct vd_io_child_config *config, vd_io_child_cb done, void *ctx);
static inline bool
vd_io_child_is_running(const struct vd_io_child *c)
{
	return c->pid != 0;
}
/* SIGTERM to its group now, SIGKILL after `grace` or as soon as the child itself ended; done is called as ever. */
void vd_io_child_terminate(struct vd_io_child *c, vd_time grace);
/* Looks without the loop: calls done and returns true if it ended. For waiting while the loop does not turn. */
bool vd_io_child_check(struct vd_io_child *c);
/* Waits up to `wait` for one of n children, which the loop need not watch for that. Returns after the first sign. */
void vd_io_child_wait(struct vd_io_child *const *c, size_t n, vd_time wait);
/* Lets it run on unwatched; done is not called. For the end of the program: nobody takes its exit status here. */
void vd_io_child_abandon(struct vd_io_child *c);

/*
 * The words of a command line, without a shell: blanks divide, '...' keeps everything, "..." everything but \" and \\,
 * a backslash outside quotes keeps the next byte. Returns malloc'ed words that end with NULL, in one block with their
 * text: free() it. NULL with errno EINVAL: a quote is never closed, or there is no word. n may be NULL.
 */
char **vd_io_words_split(const char *line, size_t *n);

/* "exited with status 3", "killed by signal 9 (Killed)": what waitpid() told, into buf; returns buf. */
const char *vd_io_child_status(int status, char *buf, size_t size);

#endif
