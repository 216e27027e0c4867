/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf_keepalived_priv.h"
#include "vd_vec.h"

static void
config_id_set(struct conf_reader *r)
{
	const char *id = r->opt->config_id;
	size_t len;

	if (id == NULL && r->src->hostname != NULL) {
		id = r->src->hostname(r->src->ctx);
		len = id == NULL ? 0 : strcspn(id, ".");
	} else {
		len = id == NULL ? 0 : strlen(id);
	}
	if (len >= sizeof(r->config_id))
		len = sizeof(r->config_id) - 1;
	if (len > 0)
		memcpy(r->config_id, id, len);
	r->config_id[len] = '\0';
}

static void
reader_free(struct conf_reader *r)
{
	struct conf_def *d;

	VD_VEC_FOREACH (d, &r->defs) {
		free(d->name);
		free(d->value);
	}
	vd_vec_free(&r->defs);
	conf_tokens_free(&r->tokens);
}

int
vd_conf_parse_keepalived(const struct vd_conf_source *src, const char *path,
		const struct vd_conf_options *opt, struct vd_model **out,
		struct vd_diag_list *diags)
{
	static const struct vd_conf_options none;
	struct conf_reader *r = vd_xcalloc(1, sizeof(*r));
	size_t errors = diags->errors;
	int rc;

	*out = NULL;
	r->src = src;
	r->opt = opt == NULL ? &none : opt;
	r->model = vd_model_new();
	r->diags = diags;
	r->left = r->opt->max_bytes == 0 ? CONF_MAX_BYTES : r->opt->max_bytes;
	config_id_set(r);
	conf_parser_start(&r->parser, r->model, diags);
	rc = conf_file_read(r, path);
	if (rc != 0) {
		struct vd_place at = {.file = path};

		vd_diag_add(diags, VD_DIAG_ERROR, at, NULL, "%s", strerror(-rc));
		vd_model_free(r->model);
	} else {
		if (!r->stop)
			conf_parser_end(&r->parser);
		vd_model_finish(r->model, diags);
		*out = r->model;
		rc = diags->errors > errors ? -EINVAL : 0;
	}
	reader_free(r);
	free(r);
	return rc;
}
