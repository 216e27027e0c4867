/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_MODEL_VALIDATE_PRIV_H
#define VD_MODEL_VALIDATE_PRIV_H

#include "vd_model_validate.h"

struct vd_validate {
	struct vd_model *m;
	const struct vd_model_validate_options *options;
	struct vd_diag_list *diags;
	size_t errors; /* of this run: the list keeps equal lines once */
};

struct vd_validate_names {
	const char **v;
	size_t n, cap;
};

void vd_validate_say(struct vd_validate *c, enum vd_diag_severity severity, struct vd_place place,
		const char *hint, const char *fmt, ...) VD_PRINTF(5, 6);
/* The same, with the hint "did you mean NAME?" where one of the names is near to word. Frees names. */
void vd_validate_unknown(struct vd_validate *c, enum vd_diag_severity severity,
		struct vd_place place, const char *word, struct vd_validate_names *names,
		const char *fmt, ...) VD_PRINTF(6, 7);
/* "line 12" or "virtual_server[3]" of another object; lives until the next call. */
const char *vd_validate_where(const struct vd_place *place);

/* Says that no port has the name of an interface; true without a dataplane. */
bool vd_validate_interface(struct vd_validate *c, enum vd_diag_severity severity,
		struct vd_place place, const char *what, const char *name);
/* 0.0.0.0, ::, multicast, broadcast and loopback addresses are no station's: an error. Unset is "::". */
bool vd_validate_station(struct vd_validate *c, struct vd_place place, const char *what,
		const struct vd_addr *a);

/* IPv6: told by the first address, else by native_ipv6. */
bool vd_validate_is_v6(const struct vd_model_vrrp_instance *i);
/* The instance's own, or default_interface; NULL = none. */
const char *
vd_validate_interface_of(const struct vd_validate *c, const struct vd_model_vrrp_instance *i);
/* Is addr one of ours on the interface of that name? False without a dataplane. */
bool
vd_validate_is_own(const struct vd_validate *c, const char *interface, const struct vd_addr *addr);

void vd_validate_vrrp(struct vd_validate *c);
/* Parts of it, for each instance. */
void vd_validate_strict(struct vd_validate *c, struct vd_model_vrrp_instance *i);
void vd_validate_auth(struct vd_validate *c, struct vd_model_vrrp_instance *i);
void vd_validate_unicast(struct vd_validate *c, struct vd_model_vrrp_instance *i);
void vd_validate_weights(struct vd_validate *c);
void vd_validate_tracks(struct vd_validate *c);
void vd_validate_groups(struct vd_validate *c);
void vd_validate_services(struct vd_validate *c);
/* The checks of its servers; what one would rather know of them. */
void vd_validate_checks(struct vd_validate *c, const struct vd_model_virtual_server *vs);
void
vd_validate_lint(struct vd_validate *c, const struct vd_model_virtual_server *vs, const char *name);
void vd_validate_listeners(struct vd_validate *c);
void vd_validate_reach(
		struct vd_validate *c, const struct vd_model_virtual_server *vs, const char *name);

/* Marks a member that the validator set as given, so that a dump has it. */
#define VD_VALIDATE_MARK(o, member, place) \
	vd_model_mark_given(&(o)->obj, vd_model_field_of(&(o)->obj, &(o)->member), place)

/* Takes element i out of a list of structures of the model, freeing what it owns. */
#define VD_VALIDATE_REMOVE(list, i) \
	do { \
		vd_model_object_fini(&(list)->v[i].obj); \
		memmove(&(list)->v[i], &(list)->v[(i) + 1], \
				((list)->n - (i)-1) * sizeof(*(list)->v)); \
		(list)->n--; \
	} while (0)

#endif
