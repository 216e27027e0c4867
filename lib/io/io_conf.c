/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "vd_alloc.h"
#include "vd_io_conf.h"
#include "vd_io_file.h"
#include "vd_vec.h"

static int
source_read(void *ctx, const char *path, size_t max, struct vd_strbuf *out)
{
	(void)ctx;
	return vd_io_file_read(path, max, out);
}

static int
source_glob(void *ctx, const char *pattern, struct vd_conf_names *out)
{
	struct vd_io_names names = {0};
	int err = vd_io_glob(pattern, &names);

	(void)ctx;
	for (size_t i = 0; i < names.n && err == 0; i++)
		vd_vec_push(out, vd_xstrdup(names.v[i]));
	vd_io_names_free(&names);
	return err;
}

static const char *
source_getenv(void *ctx, const char *name)
{
	(void)ctx;
	return getenv(name);
}

static const char *
source_hostname(void *ctx)
{
	static char name[HOST_NAME_MAX + 1];

	(void)ctx;
	if (gethostname(name, sizeof(name)) != 0)
		return "localhost";
	name[sizeof(name) - 1] = '\0';
	return name;
}

static const char *
source_pwd(void *ctx)
{
	static char dir[PATH_MAX];

	(void)ctx;
	return getcwd(dir, sizeof(dir)) == NULL ? "/" : dir;
}

static uint64_t
source_random(void *ctx)
{
	uint64_t v = 0;

	(void)ctx;
	if (getrandom(&v, sizeof(v), GRND_NONBLOCK) != sizeof(v))
		v = (uint64_t)getpid();
	return v;
}

void
vd_io_conf_source(struct vd_conf_source *out)
{
	*out = (struct vd_conf_source){
			.read = source_read,
			.glob = source_glob,
			.getenv = source_getenv,
			.hostname = source_hostname,
			.pwd = source_pwd,
			.random = source_random,
	};
}
