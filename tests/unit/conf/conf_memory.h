/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_MEMORY_H
#define CONF_MEMORY_H

/* A configuration source in memory, and a parse of it. Files are pairs of path and text, ended by NULL. */

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "vd_conf.h"
#include "vd_test.h"

struct memory {
	const char *const *files;
	const char *config_id;
	size_t max_bytes;
};

static int
memory_read(void *ctx, const char *path, size_t max, struct vd_strbuf *out)
{
	const struct memory *m = ctx;

	for (const char *const *f = m->files; *f != NULL; f += 2) {
		if (strcmp(*f, path) == 0) {
			vd_strbuf_puts(out, f[1]);
			return out->len > max ? -EFBIG : 0;
		}
	}
	return -ENOENT;
}

static int
memory_glob(void *ctx, const char *pattern, struct vd_conf_names *out)
{
	const struct memory *m = ctx;

	for (const char *const *f = m->files; *f != NULL; f += 2)
		if (fnmatch(pattern, *f, FNM_PATHNAME) == 0)
			vd_vec_push(out, vd_xstrdup(*f));
	return 0;
}

static const char *
memory_getenv(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "HOME") == 0 ? "/home/me" : NULL;
}

static const char *
memory_hostname(void *ctx)
{
	(void)ctx;
	return "main.example.org";
}

static const char *
memory_pwd(void *ctx)
{
	(void)ctx;
	return "/cwd";
}

static uint64_t
memory_random(void *ctx)
{
	(void)ctx;
	return 42;
}

/* The first file of m. *said is what was reported, line by line, for the caller to free. */
static inline struct vd_model *
memory_parse(struct memory *m, char **said, int *rc)
{
	struct vd_conf_source src = {.ctx = m,
			.read = memory_read,
			.glob = memory_glob,
			.getenv = memory_getenv,
			.hostname = memory_hostname,
			.pwd = memory_pwd,
			.random = memory_random};
	struct vd_conf_options opt = {.config_id = m->config_id, .max_bytes = m->max_bytes};
	struct vd_diag_list diags = {0};
	struct vd_strbuf text = {0};
	struct vd_model *model;

	*rc = vd_conf_parse_keepalived(&src, m->files[0], &opt, &model, &diags);
	vd_diag_list_format(&diags, &text);
	*said = vd_strbuf_take(&text);
	vd_diag_list_free(&diags);
	return model;
}

static inline struct vd_model *
text_parse(const char *text, char **said, int *rc)
{
	const char *files[] = {"f", text, NULL};
	struct memory m = {.files = files, .max_bytes = 4 << 20};

	return memory_parse(&m, said, rc);
}

/* The dump of a model parses to an equal one, without an error. */
static inline bool
round_trips(const struct vd_model *m)
{
	struct vd_strbuf text = {0};
	struct vd_model *again;
	char *said;
	bool same;
	int rc;

	vd_conf_dump_keepalived(m, &text);
	again = text_parse(text.s == NULL ? "" : text.s, &said, &rc);
	same = rc == 0 && again != NULL && vd_model_equal(m, again);
	if (!same)
		printf("\n%s%s", text.s == NULL ? "" : text.s, said);
	vd_model_free(again);
	vd_strbuf_free(&text);
	free(said);
	return same;
}

#endif
