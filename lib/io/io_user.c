/* SPDX-License-Identifier: BSD-3-Clause */
#include <grp.h>
#include <pwd.h>
#include <stddef.h>

#include "vd_io_user.h"

bool
vd_io_user_find(struct vd_io_user *u, const char *user, const char *group, struct vd_strbuf *why)
{
	const struct passwd *pw = getpwnam(user);
	const struct group *gr;

	*u = (struct vd_io_user){0};
	if (pw == NULL) {
		vd_strbuf_printf(why, "there is no user %s", user);
		return false;
	}
	u->uid = pw->pw_uid;
	u->gid = pw->pw_gid;
	if (group != NULL) {
		gr = getgrnam(group);
		if (gr == NULL) {
			vd_strbuf_printf(why, "there is no group %s", group);
			return false;
		}
		u->gid = gr->gr_gid;
	}
	u->has = u->known = true;
	return true;
}

bool
vd_io_user_script(struct vd_io_user *u, const char *user, const char *group, struct vd_strbuf *why)
{
	struct vd_strbuf none = {0};

	if (user != NULL)
		return vd_io_user_find(u, user, group, why);
	if (!vd_io_user_find(u, VD_IO_SCRIPT_USER, NULL, &none))
		*u = (struct vd_io_user){.known = true};
	vd_strbuf_free(&none);
	return true;
}

bool
vd_io_user_of_line(struct vd_io_user *u, const char *user, const char *group,
		const struct vd_io_user *def, struct vd_strbuf *why)
{
	if (user != NULL)
		return vd_io_user_find(u, user, group, why);
	*u = *def;
	return u->known;
}
