/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_MODEL_DIFF_H
#define VD_MODEL_DIFF_H

/*
 * What a reload has to do: the difference of two finished and validated models, and of two dataplane files. Values
 * are compared as they count (inherited ones filled in); places, comments and the order of words do not matter. What is
 * the same on both sides is not listed, so nobody touches it.
 *
 * A virtual server is the same one if protocol and address:port, mark, or group name are; a real server, if its address
 * and port are; an instance, if its name is. Indices are those of the lists in the old and the new model, which must both
 * outlive the diff. Main thread only; O(n log n).
 */

#include <stdbool.h>
#include <stddef.h>

#include "vd_diag.h"
#include "vd_model.h"
#include "vd_model_dataplane.h"

#define VD_MODEL_DIFF_LINES \
	20u /* virtual servers that are told one by one; of the others how many there are */
#define VD_MODEL_DIFF_NONE ((size_t)-1) /* the index of what is not there */

enum vd_model_change {
	VD_MODEL_ADDED,   /* old_index is VD_MODEL_DIFF_NONE */
	VD_MODEL_REMOVED, /* new_index is VD_MODEL_DIFF_NONE */
	VD_MODEL_CHANGED,
};

/* What changed in a service, as bits. */
enum {
	VD_MODEL_DIFF_SCHEDULER = 1 << 0,  /* lb_algo and its flags */
	VD_MODEL_DIFF_FORWARDING = 1 << 1, /* lb_kind, of the service or a server */
	VD_MODEL_DIFF_WEIGHT = 1 << 2,     /* of a server that stays */
	VD_MODEL_DIFF_SERVERS = 1 << 3,    /* added, removed, or in another order */
	VD_MODEL_DIFF_LISTENERS = 1 << 4,  /* the entries of its virtual_server_group */
	VD_MODEL_DIFF_SOURCES = 1 << 5,    /* laddr_group_name, or that group's entries */
	VD_MODEL_DIFF_TIMEOUTS = 1 << 6,   /* establish_timeout, persistence */
	VD_MODEL_DIFF_HEALTH = 1 << 7,     /* checks, quorum, sorry server, commands */
	VD_MODEL_DIFF_OTHER = 1 << 8,
	/* of an instance */
	VD_MODEL_DIFF_ADDRESSES = 1 << 9, /* virtual_ipaddress, virtual_ipaddress_excluded */
	VD_MODEL_DIFF_IDENTITY = 1 << 10, /* interface, VRID, version: its protocol starts anew */
	VD_MODEL_DIFF_VRRP = 1 << 11,     /* anything else of it */
};

/* Changed words of an object. A VD_VEC. */
struct vd_model_diff_fields {
	const struct vd_model_field **v;
	size_t n, cap;
};

struct vd_model_diff_server {
	enum vd_model_change change;
	size_t old_index, new_index;
	unsigned int what; /* of VD_MODEL_CHANGED */
	struct vd_model_diff_fields fields;
};

struct vd_model_diff_service {
	enum vd_model_change change;
	size_t old_index, new_index;
	unsigned int what;
	struct vd_model_diff_fields fields;
	VD_VEC(struct vd_model_diff_server) servers;
};

struct vd_model_diff_instance {
	enum vd_model_change change;
	size_t old_index, new_index;
	unsigned int what;
	struct vd_model_diff_fields fields;
};

struct vd_model_diff {
	VD_VEC(struct vd_model_diff_service) services;
	VD_VEC(struct vd_model_diff_instance) instances;
	struct vd_model_diff_fields globals; /* words of global_defs */
	struct vd_model_diff_fields root;    /* other root words: vrrp_script, static_routes, ... */
	size_t services_same, instances_same;
};

/* Never NULL. */
struct vd_model_diff *vd_model_diff_make(const struct vd_model *a, const struct vd_model *b);
void vd_model_diff_free(struct vd_model_diff *d); /* NULL is fine */
bool vd_model_diff_is_empty(const struct vd_model_diff *d);
/* One line each: "virtual_server tcp 192.0.2.1:80: changed: lb_algo; real servers: 1 added, 0 removed, 2 changed". */
void vd_model_diff_format(const struct vd_model_diff *d, const struct vd_model *a,
		const struct vd_model *b, struct vd_strbuf *out);

/* What changed on an interface of the dataplane file: all of it can be done at run time. */
enum {
	VD_DATAPLANE_DIFF_ADDRESSES = 1 << 0,
	VD_DATAPLANE_DIFF_GATEWAYS = 1 << 1,
	VD_DATAPLANE_DIFF_ROUTES = 1 << 2,
	VD_DATAPLANE_DIFF_NEIGHBORS = 1 << 3,
};

struct vd_dataplane_diff_iface {
	size_t port; /* index, in both files */
	size_t vlan; /* index, or VD_MODEL_DIFF_NONE: the port itself */
	unsigned int what;
};

struct vd_dataplane_diff {
	bool log_level, stall_ms;
	bool restart; /* something changed that only a restart brings; each is a warning in diags */
	VD_VEC(struct vd_dataplane_diff_iface) ifaces;
};

/*
 * Compares two dataplane files. What cannot change at run time (devices, ports, VLANs, lcores, memory, limits) is told as
 * "needs a restart" and stays as it is. Free with vd_dataplane_diff_fini().
 */
void vd_dataplane_diff_init(struct vd_dataplane_diff *d, const struct vd_dataplane *a,
		const struct vd_dataplane *b, struct vd_diag_list *diags);
void vd_dataplane_diff_fini(struct vd_dataplane_diff *d);

#endif
