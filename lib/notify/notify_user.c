/* SPDX-License-Identifier: BSD-3-Clause */
#include <grp.h>
#include <pwd.h>

#include "notify_priv.h"
#include "vd_log.h"
#include "vd_model.h"

#define DEFAULT_USER "keepalived_script"

bool
notify_user_find(struct notify_user *u, const char *user, const char *group, struct vd_strbuf *why)
{
	const struct passwd *pw = getpwnam(user);
	const struct group *gr;

	*u = (struct notify_user){0};
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

void
notify_user_default(struct notify_user *u, const struct vd_model_user *script_user)
{
	struct vd_strbuf why = {0};

	if (script_user->user != NULL) {
		if (!notify_user_find(u, script_user->user, script_user->group, &why))
			vd_log(VD_LOG_WARNING,
					"script_user: %s: scripts without a user are not run",
					why.s);
	} else if (!notify_user_find(u, DEFAULT_USER, NULL, &why)) {
		*u = (struct notify_user){.known = true};
	}
	vd_strbuf_free(&why);
}
