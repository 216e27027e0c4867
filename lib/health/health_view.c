/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies for readers on other threads, each under a sequence of its own: odd while it is written. */
#include <string.h>

#include "health_priv.h"

_Static_assert(sizeof(struct vd_health_server_view) % sizeof(uint32_t) == 0, "whole words");
_Static_assert(sizeof(struct vd_health_service_view) % sizeof(uint32_t) == 0, "whole words");

static void
words_write(uint32_t *seq, uint32_t *to, const uint32_t *from, size_t n)
{
	vd_store_relaxed(seq, *seq + 1);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	for (size_t k = 0; k < n; k++)
		vd_store_relaxed(&to[k], from[k]);
	vd_store_release(seq, *seq + 1);
}

static void
words_read(const uint32_t *seq, uint32_t *to, const uint32_t *from, size_t n)
{
	uint32_t before, after;

	do {
		before = vd_load_acquire(seq);
		for (size_t k = 0; k < n; k++)
			to[k] = vd_load_relaxed(&from[k]);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		after = vd_load_relaxed(seq);
	} while (before != after || (before & 1) != 0);
}

void
health_server_publish(struct health_server *v)
{
	struct vd_health_server_view view;
	uint32_t words[HEALTH_SERVER_WORDS];

	memset(&view, 0, sizeof(view));
	view.up = v->st.up;
	view.cause = v->st.cause;
	view.ejected = v->st.ejected;
	view.slot = v->st.slot;
	view.share = v->share;
	view.weight = v->weight;
	view.down = v->down;
	view.changes = v->st.changes;
	view.since = v->st.since;
	memcpy(words, &view, sizeof(view));
	words_write(&v->seq, v->words, words, HEALTH_SERVER_WORDS);
}

void
health_service_publish(struct health_service *s)
{
	struct vd_health_service_view view;
	uint32_t words[HEALTH_SERVICE_WORDS];

	memset(&view, 0, sizeof(view));
	view.quorum = s->quorum.up;
	view.sorry = health_service_sorry(s);
	view.weight = s->weight;
	view.since = s->quorum.since;
	memcpy(words, &view, sizeof(view));
	words_write(&s->seq, s->words, words, HEALTH_SERVICE_WORDS);
}

void
vd_health_server_view(const struct vd_health_config *c, uint32_t server,
		struct vd_health_server_view *out)
{
	const struct health_server *v = &c->servers.v[server];
	uint32_t words[HEALTH_SERVER_WORDS];

	words_read(&v->seq, words, v->words, HEALTH_SERVER_WORDS);
	memcpy(out, words, sizeof(*out));
}

void
vd_health_service_view(const struct vd_health_config *c, uint32_t service,
		struct vd_health_service_view *out)
{
	const struct health_service *s = &c->services.v[service];
	uint32_t words[HEALTH_SERVICE_WORDS];

	words_read(&s->seq, words, s->words, HEALTH_SERVICE_WORDS);
	memcpy(out, words, sizeof(*out));
}
