/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_RT_PROFILE_H
#define VD_RT_PROFILE_H

/*
 * Finds driver profiles (drivers-config/<name>.json, see vd_conf_driver.h) on disk: in the folder that the environment's
 * VIPD_DRIVERS_CONFIG names; else in drivers-config/ beside the program or up to three folders above it (a source
 * tree); else in share/vipd/drivers-config beside the program's bin, and in /usr/share/vipd/drivers-config. Main
 * thread.
 */

#include "vd_conf_driver.h"
#include "vd_diag.h"

/*
 * The profile called name, or with name NULL the one whose list has the PMD pmd. 0; -ENOENT: no such profile, *out has the
 * defaults; -EINVAL: the file is wrong, see diags, *out is NULL. The caller frees *out.
 */
int vd_rt_profile_load(const char *name, const char *pmd, struct vd_driver_profile **out,
		struct vd_diag_list *diags);

/* The folder that is used, or NULL when there is none. */
const char *vd_rt_profile_dir(void);

#endif
