/* SPDX-License-Identifier: BSD-3-Clause */
/* The director's program: options, files, then the parts in one ordered table, undone in reverse. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vd_conf.h"
#include "vd_conf_model.h"
#include "vd_console.h"
#include "vd_ctl.h"
#include "vd_io.h"
#include "vd_rt.h"
#include "vipd.h"

struct vipd {
	struct vipd_options opt;
	struct vipd_files files; /* ctl's, once it has started */
	struct vd_io_loop *loop;
	struct vd_ctl *ctl;
	struct vd_console *console;
	char socket[100];
	int lock; /* on the instance's name */
	struct vd_strbuf why;
};

static void
dump(const struct vd_model *m, bool json, struct vd_strbuf *out)
{
	if (json)
		vd_conf_model_to_json(m, out);
	else
		vd_conf_dump_keepalived(m, out);
}

static void
console_dump(void *ctx, bool json, struct vd_strbuf *out)
{
	struct vipd *v = ctx;

	dump(vd_ctl_model(v->ctl), json, out);
}

static void
quit(void *ctx)
{
	struct vipd *v = ctx;

	vd_io_loop_stop(v->loop, VIPD_EXIT_OK);
}

static void
cmdline_failed(void *ctx, int code)
{
	struct vipd *v = ctx;

	vd_io_loop_stop(v->loop, code);
}

/* It may have been rotated away. */
static void
log_again(void)
{
	int err = vd_io_log_reopen();

	if (err != 0)
		vd_log(VD_LOG_WARNING, "cannot open the log file again: %s", strerror(-err));
}

static int
reload_files(void *ctx, const char *path, struct vd_model **model, struct vd_dataplane **dataplane,
		struct vd_diag_list *diags)
{
	struct vipd *v = ctx;
	struct vipd_files f;
	int code;

	log_again();
	code = vipd_files_load(&v->opt, path, &f, diags);
	if (code != 0) {
		vipd_files_free(&f);
		return code == VIPD_EXIT_FILE ? -ENOENT : -EINVAL;
	}
	*model = f.model;
	*dataplane = f.dataplane;
	return 0;
}

static void
on_hangup(struct vipd *v)
{
	struct vd_strbuf summary = {0}, line = {0};
	struct vd_diag_list diags = {0};

	(void)vd_ctl_reload(v->ctl, NULL, &diags, &summary);
	for (size_t i = 0; i < diags.n; i++) {
		if (diags.v[i].severity == VD_DIAG_NOTE)
			continue;
		vd_strbuf_reset(&line);
		vd_diag_format(&diags.v[i], &line);
		vd_log(diags.v[i].severity == VD_DIAG_ERROR ? VD_LOG_ERROR : VD_LOG_WARNING, "%s",
				line.s);
	}
	vd_diag_list_free(&diags);
	vd_strbuf_free(&summary);
	vd_strbuf_free(&line);
}

static void
on_signal(void *ctx, int signo)
{
	struct vipd *v = ctx;

	switch (signo) {
	case SIGHUP:
		on_hangup(v);
		break;
	case SIGTERM:
	case SIGINT:
		vd_log(VD_LOG_NOTICE, "signal %d: stopping", signo);
		vd_io_loop_stop(v->loop, VIPD_EXIT_OK);
		break;
	case SIGUSR1:
		(void)vd_ctl_report_write(v->ctl, VD_CTL_REPORT_DATA);
		break;
	case SIGUSR2:
		(void)vd_ctl_report_write(v->ctl, VD_CTL_REPORT_STATS);
		break;
	case VD_IO_SIGNAL_JSON:
		(void)vd_ctl_report_write(v->ctl, VD_CTL_REPORT_JSON);
		break;
	default:
		break;
	}
}

/* ---- parts ---- */

static int
part_loop(struct vipd *v)
{
	v->loop = vd_io_loop_create();
	if (v->loop != NULL && vd_io_signals_watch(v->loop, on_signal, v) == 0)
		return 0;
	vd_strbuf_printf(&v->why, "cannot make the event loop: %s", strerror(errno));
	return VIPD_EXIT_FATAL;
}

static void
part_loop_undo(struct vipd *v)
{
	if (v->loop == NULL)
		return;
	vd_io_signals_unwatch();
	vd_io_loop_destroy(v->loop);
}

static int
part_log(struct vipd *v)
{
	static const enum vd_io_log_to to[] = {
			[VD_DATAPLANE_LOG_STDERR] = VD_IO_LOG_STDERR,
			[VD_DATAPLANE_LOG_SYSLOG] = VD_IO_LOG_SYSLOG,
			[VD_DATAPLANE_LOG_FILE] = VD_IO_LOG_FILE,
	};
	const struct vd_dataplane_log *l = &v->files.dataplane->log;
	int err;

	vd_log_set_level(l->level);
	err = vd_io_log_open(to[l->to], l->path, v->opt.instance);
	if (err == 0)
		return 0;
	vd_strbuf_printf(&v->why, "cannot open the log %s: %s", l->path == NULL ? "" : l->path,
			strerror(-err));
	return VIPD_EXIT_FATAL;
}

static void
part_log_undo(struct vipd *v)
{
	(void)v;
	vd_io_log_close();
}

/* A second process under one name would take the first one's devices before it saw the socket. */
static int
part_alone(struct vipd *v)
{
	(void)snprintf(v->socket, sizeof(v->socket), "%s/%s.sock", vd_io_run_dir(),
			v->opt.instance);
	v->lock = vd_io_unix_lock(v->socket); /* a killed process leaves no lock */
	if (v->lock >= 0)
		return 0;
	switch (v->lock) {
	case -EADDRINUSE:
		vd_strbuf_printf(&v->why,
				"an instance named %s runs already (%s); -n gives another name",
				v->opt.instance, v->socket);
		return VIPD_EXIT_FATAL;
	case -EACCES:
	case -EPERM:
		/* Devices that need no privilege (pcap files, rings) are driven by anyone; run() says so. */
		v->socket[0] = '\0';
		return 0;
	default:
		vd_strbuf_printf(&v->why, "cannot make %s: %s", v->socket, strerror(-v->lock));
		return VIPD_EXIT_FATAL;
	}
}

static void
part_alone_undo(struct vipd *v)
{
	if (v->lock >= 0)
		vd_io_unix_unlock(v->socket, v->lock);
}

static int
part_eal(struct vipd *v)
{
	const struct vd_rt_eal_config c = {
			.program = v->opt.program,
			.instance = v->opt.instance,
			.dataplane = v->files.dataplane,
			.words_given = v->opt.eal_given,
			.words = v->opt.eal,
			.n_words = v->opt.n_eal,
			.max_workers = 1,
	};
	int err = vd_rt_eal_start(&c, &v->why);

	if (err == 0)
		return 0;
	return err == -EINVAL ? VIPD_EXIT_USAGE : VIPD_EXIT_FATAL;
}

static void
part_eal_undo(struct vipd *v)
{
	(void)v;
	vd_rt_eal_stop();
}

static int
part_ctl(struct vipd *v)
{
	const struct vd_ctl_config c = {
			.instance = v->opt.instance,
			.loop = v->loop,
			.model = v->files.model,
			.dataplane = v->files.dataplane,
			.eal_given = v->opt.eal_given,
			.load = reload_files,
			.quit = quit,
			.ctx = v,
	};

	v->ctl = vd_ctl_start(&c, &v->why);
	if (v->ctl == NULL)
		return VIPD_EXIT_FATAL;
	memset(&v->files, 0, sizeof(v->files));
	return 0;
}

static void
part_ctl_undo(struct vipd *v)
{
	vd_ctl_shutdown(v->ctl);
	v->ctl = NULL;
}

static int
part_console(struct vipd *v)
{
	const struct vd_console_config c = {
			.loop = v->loop,
			.ctl = v->ctl,
			.socket_path = v->socket[0] == '\0' ? NULL : v->socket,
			.interactive = v->opt.interactive,
			.cmdline_file = v->opt.cmdline_file,
			.dump_config = console_dump,
			.cmdline_failed = cmdline_failed,
			.ctx = v,
	};

	v->console = vd_console_start(&c, &v->why);
	if (v->console != NULL)
		return 0;
	return v->opt.cmdline_file != NULL && (errno == ENOENT || errno == EACCES)
			? VIPD_EXIT_FILE
			: VIPD_EXIT_FATAL;
}

static void
part_console_undo(struct vipd *v)
{
	vd_console_stop(v->console);
}

static const struct part {
	int (*start)(struct vipd *v); /* 0 or the exit code, with a sentence in why */
	void (*undo)(struct vipd *v); /* of a part that has started */
} parts[] = {
		{part_loop, part_loop_undo},
		{part_log, part_log_undo},
		{part_alone, part_alone_undo},
		{part_eal, part_eal_undo},
		{part_ctl, part_ctl_undo},
		{part_console, part_console_undo},
};

static int
run(struct vipd *v)
{
	size_t n;
	int code = 0;

	for (n = 0; n < VD_ARRAY_LEN(parts); n++) {
		code = parts[n].start(v);
		if (code != 0)
			break;
	}
	if (code == 0) {
		vd_log(VD_LOG_NOTICE, "vipd " VD_VERSION " is ready (instance %s, %s)",
				v->opt.instance, vd_rt_eal_version());
		if (v->socket[0] == '\0')
			vd_log(VD_LOG_WARNING,
					"no permission to write in %s: vipctl cannot reach this "
					"instance",
					vd_io_run_dir());
		vd_io_notify_ready();
		code = vd_io_loop_run(v->loop);
		if (code < 0)
			code = VIPD_EXIT_FATAL;
		vd_io_notify_stopping();
	} else {
		fprintf(stderr, "vipd: error: %s\n", v->why.s == NULL ? "out of memory" : v->why.s);
	}
	while (n-- > 0)
		if (parts[n].undo != NULL)
			parts[n].undo(v);
	return code;
}

/* -t and --dump-config: nothing is started. */
static int
check(struct vipd *v, int code, const struct vd_diag_list *diags)
{
	struct vd_strbuf b = {0};

	if (code == 0 && v->opt.strict && diags->warnings != 0)
		code = VIPD_EXIT_CONFIG;
	if (code == 0 && v->opt.dump != VIPD_DUMP_NONE) {
		dump(v->files.model, v->opt.dump == VIPD_DUMP_JSON, &b);
		fputs(b.s == NULL ? "" : b.s, stdout);
		vd_strbuf_free(&b);
	} else if (v->opt.test) {
		fprintf(stderr, "%s: %zu errors, %zu warnings\n",
				code == 0 ? "configuration good" : "configuration refused",
				diags->errors, diags->warnings);
	}
	return code;
}

int
main(int argc, char **argv)
{
	struct vd_diag_list diags = {0};
	struct vipd v = {0};
	int code = vipd_options_parse(argc, argv, &v.opt);
	bool only_check;

	if (code >= 0)
		return code;
	only_check = v.opt.test || v.opt.dump != VIPD_DUMP_NONE;
	if (!only_check) {
		vd_io_signals_block();
		vd_rt_signals_guard();
		vd_rt_clock_init();
	}
	code = vipd_files_load(&v.opt, NULL, &v.files, &diags);
	vipd_diags_print(&diags, v.opt.test);
	if (only_check)
		code = check(&v, code, &diags);
	else if (code == 0)
		code = run(&v);
	vd_diag_list_free(&diags);
	vipd_files_free(&v.files);
	vd_strbuf_free(&v.why);
	return code;
}
