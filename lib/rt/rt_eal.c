/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_version.h>

#include "rt_port_priv.h"
#include "rt_priv.h"
#include "vd_log.h"
#include "vd_rt_alloc.h"
#include "vd_rt_clock.h"
#include "vd_rt_port.h"

static bool hugepages;
static unsigned int memory_mb;
static bool started;
static char run_dir[128];

static void
nothing(int signo)
{
	(void)signo;
}

void
vd_rt_signals_guard(void)
{
	struct sigaction sa = {.sa_handler = nothing, .sa_flags = SA_RESTART}, old;

	/* SIG_IGN would do as well here, but scripts that are started would inherit it. */
	for (int s = SIGRTMIN; s <= SIGRTMAX; s++)
		if (sigaction(s, NULL, &old) == 0 && !(old.sa_flags & SA_SIGINFO) &&
				old.sa_handler == SIG_DFL)
			sigaction(s, &sa, NULL);
}

/*
 * EAL prints its usage, and getopt its complaint, straight to stdout and stderr. While it starts, both go to a file in
 * memory, which is then logged. The user sees one line.
 */
struct capture {
	int mem, out, err;
};

static void
capture_begin(struct capture *c)
{
	fflush(stdout);
	fflush(stderr);
	c->mem = memfd_create("eal", MFD_CLOEXEC);
	c->out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	c->err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (c->mem < 0 || c->out < 0 || c->err < 0)
		return;
	dup2(c->mem, STDOUT_FILENO);
	dup2(c->mem, STDERR_FILENO);
	vd_rt_log_hold(true);
}

/* Ends the capture; gives getopt's complaint ("unrecognized option '--x'"), if that is what was printed. */
static void
capture_end(struct capture *c, char *complaint, size_t size)
{
	char line[512];
	FILE *f;

	complaint[0] = '\0';
	fflush(stdout);
	fflush(stderr);
	if (c->out >= 0 && c->err >= 0) {
		dup2(c->out, STDOUT_FILENO);
		dup2(c->err, STDERR_FILENO);
	}
	if (c->out >= 0)
		close(c->out);
	if (c->err >= 0)
		close(c->err);
	vd_rt_log_hold(false);
	f = c->mem < 0 ? NULL : fdopen(c->mem, "r");
	if (f == NULL)
		return;
	rewind(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		const char *text = strstr(line, ": ");

		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '\0')
			continue;
		if (complaint[0] == '\0' && text != NULL &&
				(strstr(line, "option '") != NULL ||
						strstr(line, "option -- '") != NULL))
			snprintf(complaint, size, "%.*s", (int)size - 1, text + 2);
		vd_log(VD_LOG_DEBUG, "EAL: %s", line);
	}
	fclose(f);
}

static void
log_args(const struct vd_rt_args *args)
{
	struct vd_strbuf b = {0};

	for (size_t i = 1; i < args->n; i++)
		vd_strbuf_printf(&b, " %s", args->v[i]);
	vd_log(VD_LOG_DEBUG, "EAL options:%s", b.s == NULL ? "" : b.s);
	vd_strbuf_free(&b);
}

/* The strings that EAL got must live on: it keeps pointers into them. */
static struct vd_rt_args args;

static int
init_eal(struct vd_strbuf *why)
{
	struct capture c;
	char complaint[256];
	char **argv;
	int err, r;

	/* rte_eal_init() reorders its vector. */
	argv = vd_xcalloc(args.n + 1, sizeof(*argv));
	memcpy(argv, args.v, args.n * sizeof(*argv));
	optind = 1;
	opterr = 1; /* its complaint is the best there is, and the program may have silenced it */
	capture_begin(&c);
	r = rte_eal_init((int)args.n, argv);
	err = rte_errno;
	capture_end(&c, complaint, sizeof(complaint));
	free(argv);
	/* EAL stops at a word that is no option, without a complaint. */
	if (r >= 0 && (size_t)r + 1 < args.n) {
		vd_strbuf_printf(why, "EAL refuses its options: unexpected word \"%s\"",
				args.v[r + 1]);
		rte_eal_cleanup();
		return -EINVAL;
	}
	if (r >= 0)
		return 0;
	vd_strbuf_puts(why, err == EINVAL ? "EAL refuses its options" : "EAL cannot start");
	if (complaint[0] != '\0')
		vd_strbuf_printf(why, ": %s", complaint);
	else if (vd_rt_eal_error()[0] != '\0')
		vd_strbuf_printf(why, ": %s", vd_rt_eal_error());
	else
		vd_strbuf_printf(why, ": %s", strerror(err));
	return err == 0 ? -EIO : -err;
}

static unsigned int
heap_mb(void)
{
	size_t sum = 0;

	for (int s = 0; s < VD_RT_SOCKETS_MAX; s++) {
		size_t free_bytes, total;

		if (vd_rt_alloc_stats(s, &free_bytes, &total) == 0)
			sum += total;
	}
	return (unsigned int)(sum >> 20);
}

/* What is missing for a port can be said before EAL takes its time, unless its words make the device. */
static int
check_devices(const struct vd_rt_eal_config *c, struct vd_strbuf *why)
{
	struct vd_driver_profile *profile = vd_driver_profile_default("");
	int err = 0;

	for (size_t i = 0; i < c->dataplane->ports.n && err == 0; i++) {
		const struct vd_dataplane_port *port = &c->dataplane->ports.v[i];
		struct vd_strbuf text = {0};
		struct vd_rt_device d;

		vd_rt_device_make(&d, port, c->instance, profile);
		err = vd_rt_device_check(&d, &text);
		if (err != 0)
			vd_strbuf_printf(why, "port %s: %s: %s", port->name, port->device,
					text.s == NULL ? strerror(-err) : text.s);
		/* -EINVAL is for EAL's options alone. */
		if (err == -EINVAL)
			err = -ENODEV;
		vd_strbuf_free(&text);
		vd_rt_device_free(&d);
	}
	vd_driver_profile_free(profile);
	return err;
}

static int
start_with(const struct vd_rt_eal_config *c, struct vd_strbuf *why)
{
	struct vd_rt_machine *m = vd_xcalloc(1, sizeof(*m));
	struct vd_rt_place *place = vd_xcalloc(1, sizeof(*place));
	int control = -1, err = 0;

	if (!c->words_given) {
		err = vd_rt_machine_read(m, c->dataplane);
		if (err == 0)
			err = vd_rt_place(m, c->dataplane, c->max_workers, place, why);
		control = place->control.lcore;
		if (err == 0 && c->dataplane->eal.extra.n == 0)
			err = check_devices(c, why);
	}
	if (err == 0) {
		vd_rt_eal_args(c, place, &args);
		log_args(&args);
		err = init_eal(why);
	}
	free(m);
	free(place);
	if (err != 0)
		return err;
	started = true;
	err = vd_rt_lcores_init(control);
	if (err != 0) {
		vd_strbuf_printf(why,
				"vipd needs three lcores, main, control and a worker, but EAL has "
				"%u "
				"(they may share a CPU: --lcores 0@0,1@0,2@1)",
				rte_lcore_count());
		vd_rt_eal_stop();
	}
	return err;
}

int
vd_rt_eal_start(const struct vd_rt_eal_config *c, struct vd_strbuf *why)
{
	int err;

	if (started)
		return -EALREADY;
	vd_rt_clock_init();
	vd_rt_signals_guard();
	err = vd_rt_log_open();
	if (err == 0)
		err = start_with(c, why);
	if (err != 0) {
		if (why->len == 0)
			vd_strbuf_printf(why, "EAL cannot start: %s", strerror(-err));
		return err;
	}
	if (!c->words_given && geteuid() == 0)
		snprintf(run_dir, sizeof(run_dir), "/var/run/dpdk/%s", c->instance);
	vd_rt_clock_sync();
	hugepages = rte_eal_has_hugepages() != 0;
	memory_mb = heap_mb();
	return 0;
}

/* EAL leaves its folder behind; without shared files it is empty. */
static void
remove_run_dir(void)
{
	if (run_dir[0] != '\0')
		(void)rmdir(run_dir);
}

void
vd_rt_eal_stop(void)
{
	if (!started)
		return;
	vd_rt_pools_free();
	vd_rt_lcores_free();
	rte_eal_cleanup();
	remove_run_dir();
	vd_rt_args_free(&args);
	started = false;
}

bool
vd_rt_eal_hugepages(void)
{
	return hugepages;
}

unsigned int
vd_rt_eal_memory_mb(void)
{
	return memory_mb;
}

const char *
vd_rt_eal_version(void)
{
	return rte_version();
}
