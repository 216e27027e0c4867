/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_REPORT_H
#define VD_REPORT_H

/*
 * The files that keepalived writes on signals, for the exporters and scripts that read them: data (SIGUSR1), statistics
 * (SIGUSR2) and JSON (signal 36), as keepalived 2.2.7 prints them. Lines and keys that a reader can rely on are the same,
 * in the same order; what only a kernel has (sockets, macvlans, firewall) is left out. An interface is a port: with
 * use_vmac, too, since there is no macvlan.
 *
 * Pure: text out of values, appended to out. Any thread. They hold passwords, as keepalived's do: the file is the
 * owner's only (mode 0600).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_addr.h"
#include "vd_model.h"
#include "vd_strbuf.h"
#include "vd_vrrp.h"

#define VD_REPORT_TIME_STR 64

struct vd_report_instance {
	const struct vd_model_vrrp_instance *conf;
	const char *interface;
	const char *sync_group; /* NULL = none */
	bool v6;
	struct vd_addr src; /* of its adverts; unset = none */
	struct vd_mac mac;  /* of its adverts */
	struct vd_vrrp_status status;
	/* Microseconds since 1970. */
	uint64_t last_transition;
	uint64_t next_event; /* when its timer runs out; 0 = no timer */
};

/* A vrrp_track_process as it is now. */
struct vd_report_process {
	uint64_t current;
	bool quorum;
};

struct vd_report {
	const struct vd_model *model;
	const struct vd_report_instance *instances;
	size_t n_instances;
	const enum vd_vrrp_state *groups; /* of the model's sync groups, in order; NULL = INIT */
	const struct vd_report_process *processes; /* of its track_processes; NULL = not known */
	/* "Wed Nov 25 23:02:41.309987 2026" of microseconds since 1970; NULL: numbers only. */
	void (*time_text)(void *ctx, uint64_t us, char buf[VD_REPORT_TIME_STR]);
	void *ctx;
};

void vd_report_data(const struct vd_report *r, struct vd_strbuf *out);
void vd_report_stats(const struct vd_report *r, struct vd_strbuf *out);
/*
 * version 1: an array of instances; 2: {"vrrp": that array, "track_process": [...]} (json_version). One line without a
 * newline at its end. After keepalived's keys of stats come those of the errors that it does not count.
 */
void vd_report_json(const struct vd_report *r, int version, struct vd_strbuf *out);

#endif
