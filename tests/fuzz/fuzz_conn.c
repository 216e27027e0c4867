/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The input is a list of operations on a small connection table: two bytes each, what and on which flow. A plain array
 * says what the table must answer; its index and lists are checked at the end.
 */

#include <errno.h>
#include <stdlib.h>

#include "../unit/conn/conn_flow.h"

#define FLOWS    64u
#define CAPACITY 24u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct model {
	struct vd_conn_table *t;
	uint32_t now;
	uint32_t live;
	bool in[FLOWS];
	uint32_t ref[FLOWS], seen[FLOWS];
	uint8_t state[FLOWS];
	struct vd_conn_key keys[2 * FLOWS]; /* by flow and direction */
	uint64_t hashes[2 * FLOWS];
	uint32_t gone; /* server */
	unsigned ended;
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static struct vd_conn_new
flow(uint32_t i)
{
	return flow_new(i, (enum flow_kind)(i % FLOW_KINDS));
}

static void
insert(struct model *m, uint32_t i)
{
	struct vd_conn_new n = flow(i);
	uint32_t ref = VD_CONN_NONE;
	int err = flow_insert(m->t, &n, m->now, &ref);

	if (m->live == CAPACITY) {
		must(err == -ENOSPC);
	} else if (m->in[i]) {
		must(err == -EEXIST && ref == m->ref[i]);
	} else {
		must(err == 0 && (ref & 1) == 0);
		m->in[i] = true;
		m->ref[i] = ref;
		m->seen[i] = m->now;
		m->state[i] = vd_conn_at(m->t, ref)->state;
		m->live++;
	}
}

static void
drop(struct model *m, uint32_t i)
{
	m->in[i] = false;
	m->live--;
}

static void
look_up_all(const struct model *m)
{
	uint32_t refs[2 * FLOWS], found;

	found = vd_conn_lookup_burst(m->t, m->keys, m->hashes, 2 * FLOWS, refs);
	for (uint32_t j = 0; j < 2 * FLOWS; j++) {
		bool in = m->in[j / 2] && ((j & 1) == 0 || j / 2 % FLOW_KINDS != FLOW_DR4);

		must(refs[j] == (in ? (m->ref[j / 2] | (j & 1)) : VD_CONN_NONE));
		must(vd_conn_lookup(m->t, &m->keys[j], m->hashes[j]) == refs[j]);
		found -= in;
	}
	must(found == 0);
}

static void
make_keys(struct model *m)
{
	for (uint32_t j = 0; j < 2 * FLOWS; j++) {
		struct vd_conn_new n = flow(j / 2);

		m->keys[j] = flow_key(&n, (enum vd_conn_dir)(j & 1));
		m->hashes[j] = vd_conn_hash(m->t, &m->keys[j]);
	}
}

static void
step(struct model *m, uint32_t i, uint8_t flags)
{
	struct vd_conn *c;
	int change;

	if (!m->in[i] || m->state[i] == VD_CONN_STATE_UDP)
		return;
	c = vd_conn_at(m->t, m->ref[i]);
	must(c->state == m->state[i]);
	change = vd_conn_tcp_step(m->t, c, (flags & 0x80) != 0 ? VD_CONN_OUT : VD_CONN_IN, flags);
	must(change ==
			(c->state == VD_CONN_STATE_ESTABLISHED) -
					(m->state[i] == VD_CONN_STATE_ESTABLISHED));
	must(c->state != VD_CONN_STATE_FREE && c->state != VD_CONN_STATE_UDP);
	m->state[i] = c->state;
	vd_conn_touch(c, m->now);
	m->seen[i] = m->now;
}

static void
on_expire(void *ctx, struct vd_conn *c)
{
	struct model *m = ctx;

	must(c->state != VD_CONN_STATE_FREE);
	m->ended++;
}

static bool
is_gone(void *ctx, const struct vd_conn *c)
{
	return c->server == ((const struct model *)ctx)->gone;
}

/* A whole round. */
static void
sweep(struct model *m, uint32_t gone)
{
	const struct vd_conn_sweep ops = {
			.expire = on_expire, .gone = gone < 7 ? is_gone : NULL, .ctx = m};
	unsigned want = 0, ended;

	m->gone = gone;
	m->ended = 0;
	ended = vd_conn_sweep(m->t, m->now, UINT32_MAX, &ops);
	for (uint32_t i = 0; i < FLOWS; i++) {
		if (!m->in[i])
			continue;
		if (m->now - m->seen[i] >= m->t->timeout[m->state[i]] ||
				(gone < 7 && flow(i).server == gone)) {
			drop(m, i);
			want++;
		}
	}
	must(ended == want && m->ended == want && m->live == m->t->live);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct model m = {.now = UINT32_MAX - 100000};

	m.t = vd_conn_table_create(CAPACITY, size == 0 ? 0 : data[0], &vd_alloc_libc);
	must(m.t != NULL);
	make_keys(&m);
	for (size_t at = 1; at + 1 < size; at += 2) {
		uint8_t what = data[at], arg = data[at + 1];
		uint32_t i = arg % FLOWS;

		switch (what % 8) {
		case 0:
		case 1:
			insert(&m, i);
			break;
		case 2:
			if (m.in[i]) {
				vd_conn_remove(m.t, m.ref[i] | (arg >> 7));
				drop(&m, i);
			}
			break;
		case 3:
			look_up_all(&m);
			break;
		case 4:
		case 5:
			step(&m, i, what >> 3 | (arg & 0x80));
			break;
		case 6:
			m.now += (uint32_t)arg << (what >> 4);
			break;
		default:
			sweep(&m, arg);
		}
	}
	look_up_all(&m);
	must(vd_conn_table_check(m.t) == 0);
	vd_conn_table_destroy(m.t);
	return 0;
}
