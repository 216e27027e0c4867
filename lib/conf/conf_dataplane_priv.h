/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_DATAPLANE_PRIV_H
#define CONF_DATAPLANE_PRIV_H

#include "conf_json_priv.h"
#include "vd_conf_dataplane.h"

/* Length of a route's "to" that was malformed. */
#define VD_CONF_NO_PREFIX UINT8_MAX

/* A vd_json_read: one more port of a struct vd_dataplane. */
void
vd_conf_port_add(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target);

/*
 * What is wrong between well-formed values: duplicates, gateways off every subnet. Takes a dataplane with holes (a
 * string NULL, an address unset) where a value was malformed; every element stands at its index in the file.
 */
/* False when fewer than three lcores were given, which is said in the diagnostics too. */
bool vd_conf_dataplane_check(struct vd_json *j, const struct vd_dataplane *dp);

#endif
