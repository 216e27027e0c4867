/* SPDX-License-Identifier: BSD-3-Clause */
/* startup_script and shutdown_script: before there is anything to disturb, and after. */
#include <signal.h>

#include "notify_priv.h"
#include "vd_compiler.h"
#include "vd_io_clock.h"
#include "vd_log.h"
#include "vd_model.h"

#define LOOK  (100 * VD_MSEC) /* for a signal that ends us */
#define GRACE (2 * VD_SEC)    /* from SIGTERM to SIGKILL */

struct once {
	const struct notify_once *o;
	struct vd_io_child child;
};

static void
on_end(struct vd_io_child *c, int status)
{
	struct once *run = c->ctx;
	char text[64];

	if (status != 0)
		vd_log(VD_LOG_WARNING, "%s %s", run->o->word,
				vd_io_child_status(status, text, sizeof(text)));
}

/* The loop does not turn, so its signals wait. */
static bool
we_shall_end(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
			(sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

/* False: it still runs. */
static bool
wait_until(struct once *run, vd_time until, bool heed_signals)
{
	struct vd_io_child *c = &run->child;
	vd_time now;

	while (!vd_io_child_check(c)) {
		now = vd_io_now();
		if (now >= until || (heed_signals && we_shall_end()))
			return false;
		vd_io_child_wait(&c, 1, VD_MIN(until - now, LOOK));
	}
	return true;
}

void
notify_once_run(struct vd_notify *n, const struct notify_once *o, bool heed_signals)
{
	struct once run = {.o = o};
	vd_time begin = vd_io_now();
	int err;

	if (o->command.words == NULL)
		return;
	err = notify_command_start(n->loop, &run.child, o->command.words, &o->command.user, false,
			on_end, &run);
	if (err != 0) {
		vd_log(VD_LOG_WARNING, "%s: %s cannot be run: %s", o->word, o->command.words[0],
				strerror(-err));
		return;
	}
	if (wait_until(&run, begin + o->timeout, heed_signals))
		return;
	vd_log(VD_LOG_WARNING, "%s: %s is ended after %llu ms", o->word, o->command.words[0],
			(unsigned long long)((vd_io_now() - begin) / VD_MSEC));
	vd_io_child_terminate(&run.child, GRACE);
	if (wait_until(&run, vd_io_now() + GRACE, false))
		return;
	kill(-run.child.pid, SIGKILL);
	(void)wait_until(&run, VD_TIME_NEVER, false);
}

void
notify_once_set(struct notify_once *o, const struct vd_model_command *line, vd_time timeout,
		const struct vd_io_user *def)
{
	notify_command_set(&o->command, line, def, "global_defs", o->word);
	o->timeout = timeout;
}
