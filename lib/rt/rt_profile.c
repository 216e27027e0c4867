/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vd_compiler.h"
#include "vd_rt_profile.h"
#include "vd_strbuf.h"

#define PROFILE_MAX ((size_t)1 << 20)

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

const char *
vd_rt_profile_dir(void)
{
	static const char *const places[] = {
			"drivers-config",
			"../drivers-config",
			"../../drivers-config",
			"../../../drivers-config",
			"../share/vipd/drivers-config",
	};
	static char dir[PATH_MAX];
	const char *env = getenv("VIPD_DRIVERS_CONFIG");
	char exe[PATH_MAX - 64], path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (env != NULL && env[0] != '\0')
		return env;
	exe[n < 0 ? 0 : n] = '\0';
	slash = strrchr(exe, '/');
	if (slash != NULL) {
		*slash = '\0';
		for (size_t i = 0; i < VD_ARRAY_LEN(places); i++) {
			snprintf(path, sizeof(path), "%s/%s", exe, places[i]);
			if (is_folder(path) && realpath(path, dir) != NULL)
				return dir;
		}
	}
	snprintf(dir, sizeof(dir), "%s", "/usr/share/vipd/drivers-config");
	return is_folder(dir) ? dir : NULL;
}

static int
read_all(const char *path, struct vd_strbuf *out)
{
	FILE *f = fopen(path, "re");
	char chunk[4096];
	size_t n;
	int err = 0;

	if (f == NULL)
		return -errno;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0 && out->len < PROFILE_MAX)
		vd_strbuf_add(out, chunk, n);
	if (ferror(f))
		err = -EIO;
	fclose(f);
	return err;
}

static int
load_file(const char *name, struct vd_driver_profile **out, struct vd_diag_list *diags)
{
	const char *dir = vd_rt_profile_dir();
	struct vd_strbuf path = {0}, text = {0};
	int err = -ENOENT;

	if (dir != NULL && strchr(name, '/') == NULL) {
		vd_strbuf_printf(&path, "%s/%s.json", dir, name);
		err = read_all(path.s, &text);
	}
	if (err == 0)
		err = vd_conf_driver_parse(
				path.s, name, text.s == NULL ? "" : text.s, text.len, out, diags);
	vd_strbuf_free(&path);
	vd_strbuf_free(&text);
	return err;
}

/* Looks through the folder for the profile that serves a PMD. */
static int
search(const char *pmd, struct vd_driver_profile **out, struct vd_diag_list *diags)
{
	const char *dir = vd_rt_profile_dir();
	DIR *d = dir == NULL ? NULL : opendir(dir);
	struct dirent *e;
	int err = -ENOENT;

	if (d == NULL)
		return -ENOENT;
	while (err == -ENOENT && (e = readdir(d)) != NULL) {
		size_t n = strlen(e->d_name);
		char name[256];

		if (n < 6 || strcmp(e->d_name + n - 5, ".json") != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(n - 5), e->d_name);
		if (load_file(name, out, diags) != 0)
			continue;
		if (vd_driver_profile_matches(*out, pmd)) {
			err = 0;
		} else {
			vd_driver_profile_free(*out);
			*out = NULL;
		}
	}
	closedir(d);
	return err;
}

int
vd_rt_profile_load(const char *name, const char *pmd, struct vd_driver_profile **out,
		struct vd_diag_list *diags)
{
	int err;

	*out = NULL;
	if (name != NULL) {
		err = load_file(name, out, diags);
	} else {
		/* The usual case first: the file has the PMD's name. */
		err = load_file(pmd, out, diags);
		if (err == -ENOENT)
			err = search(pmd, out, diags);
	}
	if (err == -ENOENT)
		*out = vd_driver_profile_default(name != NULL ? name : pmd);
	return err;
}
