/* SPDX-License-Identifier: BSD-3-Clause */
/* VRRP as the console and the report files see it. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "ctl_priv.h"

/* What is wrong with a tracked thing. */
void
ctl_track_fault(const struct vd_ctl *c, uint32_t track, struct vd_strbuf *out)
{
	if (track < CTL_TRACK_WORKER)
		vd_strbuf_printf(out, "the link of %s is down",
				track < c->n_ifaces ? c->iface[track].name : "an interface");
	else if (track < CTL_TRACK_THING)
		vd_strbuf_printf(out, "worker %u is stalled", track - CTL_TRACK_WORKER);
	else
		ctl_thing_fault(c, track - CTL_TRACK_THING, out);
}

/* The sentence of the reason, with what it names put in. */
void
ctl_vrrp_reason(const struct vd_ctl *c, const struct vd_vrrp_status *s, struct vd_strbuf *out)
{
	const char *t = vd_vrrp_reason_text((enum vd_vrrp_reason)s->reason);
	char addr[VD_ADDR_STR];

	for (; *t != '\0'; t++) {
		if (*t != '%') {
			vd_strbuf_putc(out, *t);
			continue;
		}
		switch (*++t) {
		case 'a':
			vd_strbuf_puts(out, vd_addr_format(&s->reason_addr, addr, sizeof(addr)));
			break;
		case 'p':
			vd_strbuf_printf(out, "%u", s->reason_priority);
			break;
		case 't':
			ctl_track_fault(c, s->reason_track, out);
			break;
		case 'd':
			vd_strbuf_printf(out, "%llu ms",
					(unsigned long long)(s->reason_time / VD_MSEC));
			break;
		default:
			vd_strbuf_putc(out, '%');
			t--;
			break;
		}
	}
}

size_t
vd_ctl_vrrp_count(struct vd_ctl *c)
{
	return c->model->instances.n;
}

int
vd_ctl_vrrp_find(struct vd_ctl *c, const char *name)
{
	for (size_t i = 0; i < c->model->instances.n; i++)
		if (strcmp(c->model->instances.v[i].name, name) == 0)
			return (int)i;
	return -ENOENT;
}

void
vd_ctl_vrrp_get(struct vd_ctl *c, size_t i, struct vd_ctl_vrrp *out)
{
	const struct vd_model_vrrp_instance *m = &c->model->instances.v[i];
	const struct vd_model_sync_group *g = ctl_vrrp_group(c->model, m);
	uint16_t ifid = ctl_vrrp_iface(c, c->model, m);
	vd_time now = vd_io_now();
	struct timespec ts;

	memset(out, 0, sizeof(*out));
	out->name = m->name;
	out->conf = m;
	out->interface = ifid == VD_DP_IF_NONE ? "?" : c->iface[ifid].name;
	out->sync_group = g == NULL ? NULL : g->name;
	out->v6 = ctl_vrrp_is_v6(m);
	out->vrid = (uint32_t)m->virtual_router_id;
	out->version = (uint32_t)m->version;
	if (ifid != VD_DP_IF_NONE) {
		out->mac = c->iface[ifid].mac;
		out->src = ctl_vrrp_source(c, ifid, m);
	}
	if (!m->vmac_xmit_base)
		(void)ctl_vrrp_vmac(m, &out->mac);
	(void)vd_vrrp_status_read(vd_director_vrrp(c->control.director),
			ctl_slot_find(&c->leases, m->name), &out->status);
	vd_strbuf_reset(&c->text[0]);
	ctl_vrrp_reason(c, &out->status, &c->text[0]);
	out->reason = c->text[0].s;
	out->since = now > out->status.since ? now - out->status.since : 0;
	clock_gettime(CLOCK_REALTIME, &ts);
	out->since_wall = (double)ts.tv_sec + (double)ts.tv_nsec / 1e9 -
			(double)out->since / (double)VD_SEC;
}
