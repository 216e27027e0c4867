/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vd_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory {
	const char *text;
	size_t len;
};

/* The file, and one that it may include; the part behind "\n%%\n" is the second. */
static int
memory_read(void *ctx, const char *path, size_t max, struct vd_strbuf *out)
{
	const struct memory *m = ctx;
	const char *second = memmem(m->text, m->len, "\n%%\n", 4);
	size_t first = second == NULL ? m->len : (size_t)(second - m->text);

	(void)max;
	if (strcmp(path, "main") == 0)
		vd_strbuf_add(out, m->text, first);
	else if (second != NULL)
		vd_strbuf_add(out, second + 4, m->len - first - 4);
	else
		return -ENOENT;
	return 0;
}

static int
memory_glob(void *ctx, const char *pattern, struct vd_conf_names *out)
{
	(void)ctx;
	(void)pattern;
	vd_vec_push(out, vd_xstrdup("second"));
	return 0;
}

static struct vd_model *
parse(const char *text, size_t len, struct vd_diag_list *diags)
{
	struct memory m = {.text = text, .len = len};
	struct vd_conf_source src = {.ctx = &m, .read = memory_read, .glob = memory_glob};
	struct vd_conf_options opt = {.config_id = "main", .max_bytes = 1 << 18};
	struct vd_model *model = NULL;

	(void)vd_conf_parse_keepalived(&src, "main", &opt, &model, diags);
	return model;
}

/* Whatever parses must dump, and the dump must parse without an error to an equal model. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vd_diag_list diags = {0}, again = {0};
	struct vd_strbuf text = {0}, said = {0};
	struct vd_model *m, *n;

	m = parse((const char *)data, size, &diags);
	if (m == NULL)
		abort();
	vd_diag_list_format(&diags, &said);
	vd_conf_dump_keepalived(m, &text);
	n = parse(text.s == NULL ? "" : text.s, text.len, &again);
	if (n == NULL)
		abort();
	/* What lacks a word lacks it in the dump, too; other errors took their cause out of the model. */
	if (diags.errors == 0 && (again.errors != 0 || !vd_model_equal(m, n))) {
		vd_diag_list_format(&again, &said);
		fprintf(stderr, "%s\n%s", text.s == NULL ? "" : text.s,
				said.s == NULL ? "" : said.s);
		abort();
	}
	vd_model_free(m);
	vd_model_free(n);
	vd_diag_list_free(&diags);
	vd_diag_list_free(&again);
	vd_strbuf_free(&text);
	vd_strbuf_free(&said);
	return 0;
}
