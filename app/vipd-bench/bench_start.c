/* SPDX-License-Identifier: BSD-3-Clause */
/* A director for a row, from files to its first turn, as vipd starts it. */
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_run.h"
#include "vd_conf.h"
#include "vd_conf_dataplane.h"
#include "vd_ctl.h"
#include "vd_io.h"
#include "vd_io_conf.h"
#include "vd_log.h"
#include "vd_model.h"
#include "vd_model_dataplane.h"
#include "vd_model_validate.h"
#include "vd_rt.h"

#define PLUGIN        "libvipd_bench_port.so"
#define WAIT_ATTACHED (10 * VD_SEC)

int
bench_run_fail(struct bench_run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->row->error, sizeof(r->row->error), fmt, ap);
	va_end(ap);
	return -1;
}

/* ---- files ---- */

static int
write_file(struct bench_run *r, const char *name, const struct vd_strbuf *text, char *path,
		size_t size)
{
	int err;

	(void)snprintf(path, size, "%s/%s", r->folder, name);
	err = vd_io_file_write(path, text->s, text->len, 0644);
	return err == 0 ? 0 : bench_run_fail(r, "%s: %s", path, strerror(-err));
}

static int
problems(struct bench_run *r, const struct vd_diag_list *diags)
{
	struct vd_strbuf b = {0};

	vd_diag_list_format(diags, &b);
	(void)bench_run_fail(r, "%s", b.s == NULL ? "the files are refused" : b.s);
	vd_strbuf_free(&b);
	return -1;
}

static int
load_dataplane(struct bench_run *r, struct vd_diag_list *diags)
{
	struct vd_strbuf text = {0};
	char path[300];
	int err;

	bench_dataplane_text(r->o, r->row, &r->params, r->plugin, &text);
	err = write_file(r, "dataplane.json", &text, path, sizeof(path));
	if (err == 0 && vd_conf_dataplane_parse(path, text.s, text.len, &r->dataplane, diags) != 0)
		err = problems(r, diags);
	vd_strbuf_free(&text);
	return err;
}

static int
load_services(struct bench_run *r, struct vd_diag_list *diags)
{
	const struct vd_conf_options opt = {.config_id = "bench", .instance = r->instance};
	const struct vd_model_validate_options v = {.dataplane = r->dataplane};
	struct vd_strbuf text = {0};
	struct vd_conf_source src;
	char path[300];
	int err;

	bench_services_text(r->o, r->row, &r->params, r->folder, &text);
	err = write_file(r, "vipd.conf", &text, path, sizeof(path));
	vd_io_conf_source(&src);
	if (err == 0 &&
			(vd_conf_parse_keepalived(&src, path, &opt, &r->model, diags) != 0 ||
					vd_model_validate(r->model, &v, diags) != 0))
		err = problems(r, diags);
	vd_strbuf_free(&text);
	return err;
}

/* ---- start and end ---- */

/* Beside the program, or where it is installed. EAL takes it from a folder only that not everyone may write to. */
static int
find_plugin(struct bench_run *r)
{
	static const char *const places[] = {"", "../lib/vipd/", "../lib/x86_64-linux-gnu/vipd/",
			"../lib/aarch64-linux-gnu/vipd/"};
	const char *given = getenv("VIPD_BENCH_PLUGIN");
	struct vd_strbuf path = {0};
	char dir[256], *found = NULL;

	if (given != NULL)
		found = realpath(given, NULL);
	else if (vd_io_exe_dir(dir, sizeof(dir)) == 0)
		for (size_t i = 0; i < VD_ARRAY_LEN(places) && found == NULL; i++) {
			vd_strbuf_reset(&path);
			vd_strbuf_printf(&path, "%s/%s" PLUGIN, dir, places[i]);
			found = realpath(path.s, NULL);
		}
	vd_strbuf_free(&path);
	if (found == NULL)
		return bench_run_fail(r,
				"no " PLUGIN
				" beside the program (VIPD_BENCH_PLUGIN names another place)");
	(void)snprintf(r->plugin, sizeof(r->plugin), "%s", found);
	free(found);
	return 0;
}

static int
start_eal(struct bench_run *r, struct vd_strbuf *why)
{
	const struct vd_rt_eal_config c = {
			.program = r->o->program,
			.instance = r->instance,
			.dataplane = r->dataplane,
			.max_workers = r->o->workers,
	};

	return vd_rt_eal_start(&c, why) == 0 ? 0 : bench_run_fail(r, "%s", why->s);
}

static int
reload_files(void *ctx, const char *path, struct vd_model **model, struct vd_dataplane **dataplane,
		struct vd_diag_list *diags)
{
	struct bench_run *r = ctx;
	int err = load_dataplane(r, diags);

	(void)path;
	if (err == 0)
		err = load_services(r, diags);
	*model = r->model;
	*dataplane = r->dataplane;
	r->model = NULL;
	r->dataplane = NULL;
	return err == 0 ? 0 : -EINVAL;
}

int
bench_run_reload(struct bench_run *r)
{
	struct vd_diag_list diags = {0};
	struct vd_strbuf summary = {0};
	int err = vd_ctl_reload(r->ctl, NULL, &diags, &summary);

	if (err != 0)
		err = bench_run_fail(r, "reload: %s", summary.s == NULL ? "refused" : summary.s);
	vd_diag_list_free(&diags);
	vd_strbuf_free(&summary);
	return err;
}

static int
start_ctl(struct bench_run *r, struct vd_strbuf *why)
{
	const struct vd_ctl_config c = {
			.instance = r->instance,
			.loop = r->loop,
			.model = r->model,
			.dataplane = r->dataplane,
			.load = reload_files,
			.ctx = r,
	};

	r->ctl = vd_ctl_start(&c, why);
	if (r->ctl == NULL)
		return bench_run_fail(r, "%s", why->s);
	r->model = NULL;
	r->dataplane = NULL;
	return 0;
}

static bool
attached(struct bench_run *r)
{
	return vd_load_acquire(&r->port->attached) != 0;
}

int
bench_run_wait(struct bench_run *r, bool (*condition)(struct bench_run *r), vd_time most,
		const char *what)
{
	vd_time end = vd_io_now() + most;

	while (!condition(r)) {
		if (vd_io_now() > end)
			return bench_run_fail(r, "%s: not within %" PRIu64 " s", what,
					(uint64_t)(most / VD_SEC));
		(void)vd_io_loop_turn(r->loop, VD_MSEC);
	}
	return 0;
}

static int
find_port(struct bench_run *r)
{
	void *so = dlopen(r->plugin, RTLD_NOW | RTLD_NOLOAD);

	r->port = so == NULL ? NULL : dlsym(so, BENCH_PORT_SYMBOL);
	if (r->port == NULL)
		return bench_run_fail(r, "%s was not loaded", r->plugin);
	if (bench_run_wait(r, attached, WAIT_ATTACHED, "the port's callbacks") != 0)
		return -1;
	return r->port->attached == 1 ? 0 : bench_run_fail(r, "the port: %s", r->port->error);
}

int
bench_run_start(struct bench_run *r)
{
	struct vd_diag_list diags = {0};
	struct vd_strbuf text = {0}, why = {0};
	int err = find_plugin(r);

	if (err == 0)
		err = load_dataplane(r, &diags);
	if (err == 0)
		err = load_services(r, &diags);
	bench_params_format(&r->params, &text);
	if (r->o->port_words != NULL)
		vd_strbuf_printf(&text, " %s", r->o->port_words);
	setenv(BENCH_ENV, text.s, 1);
	if (err == 0)
		err = start_eal(r, &why);
	if (err == 0) {
		r->loop = vd_io_loop_create();
		err = r->loop != NULL ? start_ctl(r, &why) : bench_run_fail(r, "no event loop");
	}
	if (err == 0)
		err = find_port(r);
	vd_diag_list_free(&diags);
	vd_strbuf_free(&text);
	vd_strbuf_free(&why);
	return err;
}

void
bench_run_end(struct bench_run *r)
{
	vd_ctl_shutdown(r->ctl);
	if (r->loop != NULL)
		vd_io_loop_destroy(r->loop);
	vd_rt_eal_stop();
	vd_model_free(r->model);
	vd_dataplane_free(r->dataplane);
}
