/* SPDX-License-Identifier: BSD-3-Clause */
/* The two files: read, parsed, checked against each other. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vd_check_model.h"
#include "vd_conf.h"
#include "vd_conf_dataplane.h"
#include "vd_conf_model.h"
#include "vd_io.h"
#include "vd_io_conf.h"
#include "vd_model_validate.h"
#include "vipd.h"

static bool
is_json(const char *path)
{
	size_t n = strlen(path);

	return n > 5 && strcmp(path + n - 5, ".json") == 0;
}

/* One error line for a file that cannot be read. */
static int
unreadable(const char *path, int err, const char *hint, struct vd_diag_list *diags)
{
	const struct vd_place place = {.file = path};

	vd_diag_add(diags, VD_DIAG_ERROR, place, hint, "cannot be read: %s", strerror(-err));
	return VIPD_EXIT_FILE;
}

static int
dataplane_load(const struct vipd_options *o, struct vd_dataplane **out, struct vd_diag_list *diags)
{
	struct vd_strbuf text = {0};
	int err = vd_io_file_read(o->dataplane, VD_IO_FILE_MAX, &text);
	int code = 0;

	if (err == -ENOENT && o->eal_given && !o->dataplane_given)
		*out = vd_dataplane_new(); /* EAL's words make the devices */
	else if (err != 0)
		code = unreadable(o->dataplane, err, "-d names the dataplane file", diags);
	else
		err = vd_conf_dataplane_parse(
				o->dataplane, text.s == NULL ? "" : text.s, text.len, out, diags);
	vd_strbuf_free(&text);
	if (code == 0 && err != 0 && *out == NULL) /* too few lcores is what a wrong -l would be */
		code = err == -ERANGE ? VIPD_EXIT_USAGE : VIPD_EXIT_CONFIG;
	return code;
}

static int
model_load_json(const char *path, struct vd_model **out, struct vd_diag_list *diags)
{
	struct vd_strbuf text = {0};
	int err = vd_io_file_read(path, VD_IO_FILE_MAX, &text);
	int code = 0;

	if (err != 0)
		code = unreadable(path, err, "-f names the services' file", diags);
	else if (vd_conf_model_from_json(
				 path, text.s == NULL ? "" : text.s, text.len, out, diags) != 0)
		code = VIPD_EXIT_CONFIG;
	vd_strbuf_free(&text);
	return code;
}

static int
model_load(const struct vipd_options *o, const char *path, struct vd_model **out,
		struct vd_diag_list *diags)
{
	const struct vd_conf_options opt = {.config_id = o->config_id, .instance = o->instance};
	struct vd_conf_source src;
	int err;

	if (is_json(path))
		return model_load_json(path, out, diags);
	vd_io_conf_source(&src);
	err = vd_conf_parse_keepalived(&src, path, &opt, out, diags);
	if (err == 0)
		return 0;
	return *out == NULL ? VIPD_EXIT_FILE : VIPD_EXIT_CONFIG;
}

int
vipd_files_load(const struct vipd_options *o, const char *config, struct vipd_files *out,
		struct vd_diag_list *diags)
{
	struct vd_model_validate_options v = {0};
	int dp_code, m_code;

	memset(out, 0, sizeof(*out));
	dp_code = dataplane_load(o, &out->dataplane, diags);
	m_code = model_load(o, config == NULL ? o->config : config, &out->model, diags);
	v.dataplane = out->dataplane;
	if (out->model != NULL && vd_model_validate(out->model, &v, diags) != 0 && m_code == 0)
		m_code = VIPD_EXIT_CONFIG;
	if (out->model != NULL && vd_check_model(out->model, diags) != 0 && m_code == 0)
		m_code = VIPD_EXIT_CONFIG;
	if (out->model != NULL && !vipd_scripts_check(out->model, diags))
		m_code = VIPD_EXIT_SCRIPT;
	if (dp_code == VIPD_EXIT_FILE || m_code == VIPD_EXIT_FILE)
		return VIPD_EXIT_FILE;
	if (dp_code == 0 && m_code == 0 && diags->errors != 0)
		return VIPD_EXIT_CONFIG;
	return dp_code != 0 && m_code != VIPD_EXIT_SCRIPT ? dp_code : m_code;
}

void
vipd_files_free(struct vipd_files *f)
{
	vd_model_free(f->model);
	vd_dataplane_free(f->dataplane);
	memset(f, 0, sizeof(*f));
}

void
vipd_diags_print(const struct vd_diag_list *diags, bool notes)
{
	struct vd_strbuf b = {0};

	for (size_t i = 0; i < diags->n; i++) {
		if (diags->v[i].severity == VD_DIAG_NOTE && !notes)
			continue;
		vd_diag_format(&diags->v[i], &b);
		vd_strbuf_putc(&b, '\n');
	}
	if (b.len != 0)
		fputs(b.s, stderr);
	vd_strbuf_free(&b);
}
