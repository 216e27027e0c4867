/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io_priv.h"
#include "vd_alloc.h"
#include "vd_strbuf.h"

static bool
is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
			(st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

char *
io_program_find(const char *name)
{
	const char *dir = getenv("PATH");
	struct vd_strbuf b = {0};

	if (strchr(name, '/') != NULL)
		return vd_xstrdup(name);
	if (dir == NULL)
		dir = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	for (;; dir++) {
		size_t len = strcspn(dir, ":");

		vd_strbuf_reset(&b);
		vd_strbuf_add(&b, len == 0 ? "." : dir, len == 0 ? 1 : len);
		vd_strbuf_printf(&b, "/%s", name);
		if (is_program(b.s))
			return vd_strbuf_take(&b);
		dir += len;
		if (*dir == '\0')
			break;
	}
	vd_strbuf_free(&b);
	return NULL;
}
