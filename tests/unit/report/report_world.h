/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REPORT_WORLD_H
#define REPORT_WORLD_H

/*
 * The configuration that a real keepalived ran, read by vipd's own parser, with the state that keepalived had when it
 * wrote the files in fixtures/. VI_F had a macvlan there, which vipd has not.
 */

#include <string.h>
#include <time.h>

#include "vd_compiler.h"
#include "vd_model_validate.h"
#include "vd_report.h"
#include "vd_test.h"

#include "../conf/conf_memory.h"

#define FIXTURES VD_SOURCE_ROOT "/tests/unit/report/fixtures/"

struct world {
	struct vd_model *model;
	struct vd_report_instance instances[4];
	enum vd_vrrp_state groups[1];
	struct vd_report report;
};

static inline char *
fixture(const char *name)
{
	char path[512];
	size_t n;
	char *text = calloc(1, 65536);
	FILE *f;

	snprintf(path, sizeof(path), FIXTURES "%s", name);
	f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	n = fread(text, 1, 65535, f);
	fclose(f);
	text[n] = '\0';
	return text;
}

/* The machine that made the fixtures was on UTC. */
static inline void
world_time(void *ctx, uint64_t us, char buf[VD_REPORT_TIME_STR])
{
	time_t s = (time_t)(us / 1000000);
	char day[32], year[8];
	struct tm tm;

	(void)ctx;
	gmtime_r(&s, &tm);
	strftime(day, sizeof(day), "%a %b %e %H:%M:%S", &tm);
	strftime(year, sizeof(year), "%Y", &tm);
	snprintf(buf, VD_REPORT_TIME_STR, "%s.%06lu %s", day, us % 1000000, year);
}

static inline void
world_instance(struct world *w, size_t n, uint64_t transition, uint64_t next, vd_time down)
{
	struct vd_report_instance *i = &w->instances[n];

	i->conf = &w->model->instances.v[n];
	i->interface = i->conf->interface;
	i->v6 = n == 1;
	i->sync_group = n < 2 ? "SG1" : NULL;
	(void)vd_addr_parse(n == 1               ? "fe80::4020:8cff:fe9c:4c0f"
					: n == 3 ? "10.7.7.1"
						 : "192.168.200.11",
			&i->src);
	i->status.state = n == 3 ? VD_VRRP_STATE_FAULT : VD_VRRP_STATE_MASTER;
	i->status.wanted = i->status.state;
	i->status.priority = (uint8_t)i->conf->priority;
	i->status.effective_priority = i->status.priority;
	i->status.master_interval = i->conf->advert_int;
	i->status.down_interval = down;
	i->status.stats.became_master = n != 3;
	i->last_transition = transition;
	i->next_event = next;
}

/* sent: adverts of each instance when the file was written. */
static inline void
world_init(struct world *w, const uint64_t sent[4])
{
	struct vd_diag_list diags = {0};
	char *text = fixture("keepalived.conf"), *said;
	int rc;

	memset(w, 0, sizeof(*w));
	w->model = text_parse(text, &said, &rc);
	CU_ASSERT_EQUAL_FATAL(rc, 0);
	CU_ASSERT_EQUAL(vd_model_validate(w->model, NULL, &diags), 0);
	vd_diag_list_free(&diags);
	free(said);
	free(text);
	world_instance(w, 0, 1795647761309987, 1795647766317937, 3414062 * VD_USEC);
	world_instance(w, 1, 1795647761317592, 1795647766312868, 1707031 * VD_USEC);
	world_instance(w, 2, 1795647761426694, 1795647766427112, 3531250 * VD_USEC);
	world_instance(w, 3, 1795647757871898, 0, 3609375 * VD_USEC);
	for (size_t n = 0; n < 4; n++)
		w->instances[n].status.stats.adverts_sent = sent[n];
	w->groups[0] = VD_VRRP_STATE_MASTER;
	w->report = (struct vd_report){.model = w->model,
			.instances = w->instances,
			.n_instances = 4,
			.groups = w->groups,
			.time_text = world_time};
}

static inline void
world_free(struct world *w)
{
	vd_model_free(w->model);
}

#endif
