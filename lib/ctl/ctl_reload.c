/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reload: both files are read and checked anew; an error changes nothing. What differs is published, what does not is not
 * touched: services keep their numbers, so connections go on. A dataplane file that asks for what only a restart can bring
 * stays aside, with a warning for each such word; the services are taken all the same.
 */
#include <errno.h>
#include <string.h>

#include "ctl_priv.h"
#include "vd_model_diff.h"

static void
files_free(struct vd_model *m, struct vd_dataplane *d)
{
	vd_model_free(m);
	vd_dataplane_free(d);
}

/* Interfaces, addresses and routes of this file from now on. */
static void
dataplane_adopt(struct vd_ctl *c, struct vd_dataplane *d)
{
	c->dataplane = d;
	ctl_ifaces_build(c);
	ctl_ports_reconfigure(c);
	ctl_stall_set(c);
	vd_log_set_level(d->log.level);
}

static bool
needs_restart(const struct vd_dataplane *old, const struct vd_dataplane *now,
		struct vd_diag_list *diags)
{
	struct vd_dataplane_diff d;
	bool restart;

	vd_dataplane_diff_init(&d, old, now, diags);
	restart = d.restart;
	vd_dataplane_diff_fini(&d);
	return restart;
}

static void
summarize(const struct vd_model *old, const struct vd_model *now, struct vd_strbuf *out)
{
	struct vd_model_diff *d = vd_model_diff_make(old, now);

	if (vd_model_diff_is_empty(d))
		vd_strbuf_puts(out, "no service and no instance changed");
	else
		vd_model_diff_format(d, old, now, out);
	vd_model_diff_free(d);
	while (out->len > 0 && out->s[out->len - 1] == '\n')
		out->s[--out->len] = '\0';
}

static int
refuse(struct vd_ctl *c, struct vd_model *m, struct vd_dataplane *d, int err, const char *reason,
		struct vd_strbuf *summary)
{
	(void)c;
	vd_strbuf_reset(summary);
	vd_strbuf_printf(summary, "nothing was changed: %s", reason);
	vd_log(VD_LOG_ERROR, "reload: %s; nothing was changed", reason);
	files_free(m, d);
	return err;
}

static int
reload(struct vd_ctl *c, const char *path, struct vd_diag_list *diags, struct vd_strbuf *summary)
{
	struct vd_dataplane *new_dp = NULL, *old_dp = c->dataplane;
	struct vd_model *new_m = NULL, *old_m = c->model;
	struct vd_strbuf why = {0};
	int err;

	err = c->config.load(c->config.ctx, path, &new_m, &new_dp, diags);
	if (err != 0)
		return refuse(c, new_m, new_dp, err, "the new configuration has errors", summary);
	summarize(old_m, new_m, summary);
	if (needs_restart(old_dp, new_dp, diags)) {
		vd_log(VD_LOG_WARNING,
				"reload: the dataplane file needs a restart; it was not taken");
		vd_dataplane_free(new_dp);
		new_dp = old_dp;
	}
	dataplane_adopt(c, new_dp);
	c->model = new_m;
	ctl_health_compare(c, old_m, new_m);
	err = ctl_publish_all(c, new_m, &why);
	ctl_health_compare(c, NULL, NULL);
	if (err != 0) {
		dataplane_adopt(c, old_dp);
		c->model = old_m;
		err = refuse(c, new_m, new_dp == old_dp ? NULL : new_dp, err, why.s, summary);
	} else {
		ctl_vrrp_configured(c, true);
		ctl_health_configured(c);
		vd_log(VD_LOG_NOTICE, "reload: %s", summary->s);
		files_free(old_m, new_dp == old_dp ? NULL : old_dp);
	}
	vd_strbuf_free(&why);
	return err;
}

int
vd_ctl_reload(struct vd_ctl *c, const char *path, struct vd_diag_list *diags,
		struct vd_strbuf *summary)
{
	int err;

	vd_io_notify_reloading();
	err = reload(c, path, diags, summary);
	vd_io_notify_ready();
	return err;
}
