/* SPDX-License-Identifier: BSD-3-Clause */
/* The network: frames on their way, what links do to them, and a client that asks for addresses. */
#include <stdlib.h>
#include <string.h>

#include "sim.h"
#include "vd_pkt_arp.h"
#include "vd_pkt_nd.h"

#define NONE UINT32_MAX

struct sim_frame *
sim_frame_new(struct sim *s, uint32_t seg, uint32_t from)
{
	struct sim_frame *f;

	if (s->free_frame == NONE) {
		fprintf(stderr, "sim: more than %u frames on their way\n", SIM_FRAMES);
		abort();
	}
	f = &s->frames[s->free_frame];
	s->free_frame = f->next_free;
	memset(f, 0, offsetof(struct sim_frame, bytes));
	f->refs = 1;
	f->seg = (uint8_t)seg;
	f->from = (uint8_t)from;
	f->sent = s->now;
	return f;
}

void
sim_frame_unref(struct sim *s, uint32_t frame)
{
	struct sim_frame *f = &s->frames[frame];

	if (--f->refs > 0)
		return;
	f->next_free = s->free_frame;
	s->free_frame = frame;
}

/* ---- the heap of deliveries ---- */

static bool
before(const struct sim_delivery *a, const struct sim_delivery *b)
{
	return a->at < b->at || (a->at == b->at && a->seq < b->seq);
}

static void
heap_push(struct sim *s, struct sim_delivery d)
{
	uint32_t i = s->n_heap++;

	if (s->n_heap > s->cap_heap) {
		s->cap_heap = s->cap_heap == 0 ? 256 : 2 * s->cap_heap;
		s->heap = vd_xrealloc(s->heap, s->cap_heap * sizeof(s->heap[0]));
	}
	for (; i > 0 && before(&d, &s->heap[(i - 1) / 2]); i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[i] = d;
}

static struct sim_delivery
heap_pop(struct sim *s)
{
	struct sim_delivery top = s->heap[0], last = s->heap[--s->n_heap];
	uint32_t i = 0;

	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= s->n_heap)
			break;
		if (child + 1 < s->n_heap && before(&s->heap[child + 1], &s->heap[child]))
			child++;
		if (before(&last, &s->heap[child]))
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = last;
	return top;
}

vd_time
sim_net_next(const struct sim *s)
{
	return s->n_heap == 0 ? VD_TIME_NEVER : s->heap[0].at;
}

/* ---- links ---- */

void
sim_mark_bad(struct sim *s, uint32_t a, uint32_t b, uint32_t v)
{
	if (v == SIM_VRIDS) {
		for (v = 0; v < s->n_vrids; v++)
			sim_mark_bad(s, a, b, v);
		return;
	}
	if (b == SIM_NODES) {
		for (b = 0; b < s->n_nodes; b++)
			if (b != a)
				sim_mark_bad(s, a, b, v);
		return;
	}
	s->pair[v][VD_MIN(a, b)][VD_MAX(a, b)].bad = s->now;
}

static void
lost(struct sim *s, const struct sim_frame *f, uint32_t to)
{
	if (f->vrrp && to < SIM_NODES)
		sim_mark_bad(s, f->from, to, f->v);
}

static void
delayed(struct sim *s, const struct sim_frame *f, uint32_t to, vd_time at)
{
	struct sim_pair *p;

	s->chaos_until = VD_MAX(s->chaos_until, at);
	if (!f->vrrp || to >= SIM_NODES)
		return;
	p = &s->pair[f->v][VD_MIN(f->from, to)][VD_MAX(f->from, to)];
	p->late = VD_MAX(p->late, at);
}

static void
send_one(struct sim *s, struct sim_frame *f, uint32_t to, bool again)
{
	struct sim_link *l = &s->link[f->seg][f->from][to];
	vd_time at = s->now + sim_between(&s->net_rng, s->delay / 8, s->delay);

	if (l->cut || (f->from < SIM_NODES && s->node[f->from].port_down[f->seg]) ||
			(to < SIM_NODES && s->node[to].port_down[f->seg]) ||
			vd_rng_below(&s->net_rng, 100) < l->loss) {
		lost(s, f, to);
		return;
	}
	if (l->extra > 0)
		at += sim_between(&s->net_rng, 0, l->extra);
	if (!l->reorder)
		at = VD_MAX(at, l->last);
	l->last = VD_MAX(at, l->last);
	if (at > s->now + s->delay)
		delayed(s, f, to, at);
	f->refs++;
	heap_push(s,
			(struct sim_delivery){.at = at,
					.seq = s->seq++,
					.frame = (uint32_t)(f - s->frames),
					.to = (uint8_t)to});
	if (!again && vd_rng_below(&s->net_rng, 100) < l->dup)
		send_one(s, f, to, true);
}

void
sim_transmit(struct sim *s, struct sim_frame *f)
{
	bool all = (f->bytes[0] & 1) != 0;
	uint32_t frame = (uint32_t)(f - s->frames);

	for (uint32_t to = 0; to <= SIM_CLIENT; to++) {
		struct vd_mac mac = sim_mac(f->seg, to);

		if (to == f->from || (to >= s->n_nodes && to != SIM_CLIENT))
			continue;
		if (all || memcmp(f->bytes, mac.b, sizeof(mac.b)) == 0)
			send_one(s, f, to, false);
	}
	sim_frame_unref(s, frame);
}

/* What the client hears: answers to its questions. */
static void
client_frame(struct sim *s, const struct sim_frame *f)
{
	struct vd_pkt_arp_msg arp;
	struct vd_pkt_nd_msg nd;
	uint32_t v = SIM_VRIDS;

	if ((f->bytes[0] & 1) != 0)
		return;
	if (vd_pkt_is_arp(f->bytes, f->len)) {
		if (vd_pkt_arp_parse(f->bytes, f->len, &arp) == VD_PKT_OK)
			v = sim_vip_owner(s, &arp.sender);
	} else if (vd_pkt_nd_parse(f->bytes, f->len, &nd) == VD_PKT_OK) {
		v = sim_vip_owner(s, &nd.target);
	}
	if (v < SIM_VRIDS)
		s->answers[v]++;
}

bool
sim_deliver(struct sim *s)
{
	struct sim_delivery d;
	struct sim_frame *f;

	if (s->n_heap == 0 || s->heap[0].at > s->now)
		return false;
	d = heap_pop(s);
	f = &s->frames[d.frame];
	if (d.to == SIM_CLIENT) {
		client_frame(s, f);
	} else {
		if (f->vrrp && (s->now > f->sent + s->delay || f->priority == 0))
			sim_mark_bad(s, d.to, SIM_NODES, f->v);
		sim_node_frame(s, d.to, d.frame);
	}
	sim_frame_unref(s, d.frame);
	return true;
}

void
sim_net_heal(struct sim *s)
{
	for (uint32_t seg = 0; seg < SIM_SEGMENTS; seg++)
		for (uint32_t a = 0; a <= SIM_NODES; a++)
			for (uint32_t b = 0; b <= SIM_NODES; b++) {
				struct sim_link *l = &s->link[seg][a][b];

				*l = (struct sim_link){.last = l->last};
			}
}

bool
sim_net_whole(const struct sim *s)
{
	for (uint32_t seg = 0; seg < SIM_SEGMENTS; seg++)
		for (uint32_t a = 0; a < s->n_nodes; a++) {
			if (s->node[a].port_down[seg])
				return false;
			for (uint32_t b = 0; b < s->n_nodes; b++) {
				const struct sim_link *l = &s->link[seg][a][b];

				if (l->cut || l->reorder || l->loss != 0 || l->dup != 0 ||
						l->extra != 0)
					return false;
			}
		}
	return true;
}

void
sim_client_ask(struct sim *s, uint32_t v)
{
	struct vd_mac mac = sim_mac(s->vrid[v].seg, SIM_CLIENT);
	struct vd_addr me = sim_host(s, v, 200), target;

	for (uint32_t k = 0; k < SIM_VIPS; k++) {
		struct sim_frame *f = sim_frame_new(s, s->vrid[v].seg, SIM_CLIENT);

		target = sim_vip(s, v, k);
		if (s->vrid[v].v6)
			f->len = (uint16_t)vd_pkt_nd_solicit(f->bytes, &mac, &me, &target, NULL);
		else
			f->len = (uint16_t)vd_pkt_arp_request(f->bytes, &mac, &me, &target,
					&(struct vd_mac){{255, 255, 255, 255, 255, 255}});
		sim_transmit(s, f);
	}
}
