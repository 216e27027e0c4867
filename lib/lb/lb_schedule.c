/* SPDX-License-Identifier: BSD-3-Clause */
#include "lb_priv.h"

/* Places of the number line or of a table that are tried before all servers are looked at one by one. */
#define TRIES 64u

static const struct {
	const char *word, *text;
} reasons[VD_LB_REASON_N] = {
#define VD_X(id, word, text) {word, text},
		VD_LB_REASONS(VD_X)
#undef VD_X
};

const char *
vd_lb_reason_word(enum vd_lb_reason r)
{
	return (unsigned)r < VD_LB_REASON_N ? reasons[r].word : "?";
}

const char *
vd_lb_reason_text(enum vd_lb_reason r)
{
	return (unsigned)r < VD_LB_REASON_N ? reasons[r].text : "?";
}

/* One decision: what it works on, and what it met on the way. */
struct choosing {
	const struct vd_lb_worker *w;
	const struct vd_lb_service *svc;
	bool dry;
	bool met_overload;
};

uint64_t
lb_server_load(const struct vd_lb_worker *w, const struct vd_lb_server *srv)
{
	const struct vd_lb_server_state *st = vd_lb_worker_server(w, srv->id);

	return st->gen == srv->gen ? (uint64_t)st->active * 256 + st->inactive : 0;
}

static uint32_t
share_of(uint32_t threshold, uint32_t workers)
{
	return (uint32_t)(((uint64_t)threshold + workers - 1) / workers);
}

uint32_t
lb_server_flags(const struct vd_lb_worker *w, const struct vd_lb_server *srv)
{
	const struct vd_lb_server_state *st = vd_lb_worker_server(w, srv->id);
	uint32_t limit, low, live;

	if (st->gen != srv->gen)
		return srv->state & ~VD_LB_SERVER_OVERLOAD;
	if (vd_likely(srv->uthreshold == 0))
		return st->flags & ~VD_LB_SERVER_OVERLOAD;
	live = st->active + st->inactive;
	limit = share_of(srv->uthreshold, w->workers);
	low = srv->lthreshold != 0 ? share_of(srv->lthreshold, w->workers)
				   : (uint32_t)((uint64_t)limit * 3 / 4);
	/* Once over, it stays so until the number has fallen below the lower threshold (IPVS: or three quarters). */
	if ((st->flags & VD_LB_SERVER_OVERLOAD) != 0 ? live >= VD_MAX(low, 1u) : live >= limit)
		return st->flags | VD_LB_SERVER_OVERLOAD;
	return st->flags & ~VD_LB_SERVER_OVERLOAD;
}

static bool
usable(struct choosing *ch, const struct vd_lb_server *srv)
{
	uint32_t flags = lb_server_flags(ch->w, srv);

	if (!ch->dry) {
		struct vd_lb_server_state *st = vd_lb_worker_server(ch->w, srv->id);

		if (vd_unlikely(st->gen != srv->gen))
			*st = (struct vd_lb_server_state){.gen = srv->gen};
		if (st->flags != flags)
			st->flags = flags;
	}
	if ((flags & VD_LB_SERVER_UNUSABLE) != 0)
		return false;
	if ((flags & VD_LB_SERVER_OVERLOAD) != 0) {
		ch->met_overload = true;
		return false;
	}
	return true;
}

/* Whose piece of the number line this place is. */
static const struct vd_lb_server *
at_place(const struct vd_lb_service *svc, uint64_t place)
{
	uint32_t lo = 0, hi = svc->n_servers - 1;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (place < svc->line[mid])
			hi = mid;
		else
			lo = mid + 1;
	}
	return &svc->servers[lo];
}

static uint64_t
length_of(const struct vd_lb_service *svc, uint32_t i)
{
	return svc->line[i] - (i == 0 ? 0 : svc->line[i - 1]);
}

/* Nearly all are unusable: the place part / whole of the line that the usable ones make together. */
static const struct vd_lb_server *
among_usable(struct choosing *ch, uint64_t part, uint64_t whole)
{
	const struct vd_lb_service *svc = ch->svc;
	uint64_t sum = 0, place;

	for (uint32_t i = 0; i < svc->n_servers; i++)
		if (length_of(svc, i) != 0 && usable(ch, &svc->servers[i]))
			sum += length_of(svc, i);
	if (sum == 0)
		return NULL;
	place = (uint64_t)((unsigned __int128)part * sum / whole);
	for (uint32_t i = 0; i < svc->n_servers; i++) {
		if (length_of(svc, i) == 0 || !usable(ch, &svc->servers[i]))
			continue;
		if (place < length_of(svc, i))
			return &svc->servers[i];
		place -= length_of(svc, i);
	}
	return NULL;
}

static const struct vd_lb_server *
choose_rotation(struct choosing *ch, struct vd_lb_service_state *st)
{
	const struct vd_lb_service *svc = ch->svc;

	if (vd_unlikely(st->cursor >= svc->total))
		st->cursor %= svc->total;
	for (unsigned i = 0; i < TRIES; i++) {
		const struct vd_lb_server *srv = at_place(svc, st->cursor);

		st->cursor += svc->step;
		if (st->cursor >= svc->total)
			st->cursor -= svc->total;
		if (vd_likely(usable(ch, srv)))
			return srv;
	}
	return among_usable(ch, st->cursor, svc->total);
}

static const struct vd_lb_server *
choose_least(struct choosing *ch, struct vd_lb_service_state *st)
{
	const struct vd_lb_service *svc = ch->svc;
	bool weighted = svc->scheduler == VD_SCHEDULER_WLC;
	const struct vd_lb_server *best = NULL;
	uint32_t i = (uint32_t)(st->cursor % svc->n_servers);
	uint64_t least = 0;

	for (uint32_t seen = 0; seen < svc->n_servers; seen++) {
		const struct vd_lb_server *srv = &svc->servers[i];
		uint64_t load;

		if (++i == svc->n_servers)
			i = 0;
		if (seen >= VD_LB_LC_WINDOW && best != NULL)
			break;
		if (srv->weight == 0 || !usable(ch, srv))
			continue;
		load = lb_server_load(ch->w, srv);
		if (best == NULL ||
				(weighted ? (unsigned __int128)load * best->weight <
										(unsigned __int128)least *
												srv->weight
					  : load < least)) {
			best = srv;
			least = load;
		}
	}
	if (best != NULL)
		st->cursor = best->index + 1u;
	return best;
}

static uint64_t
client_hash(const struct vd_lb_service *svc, const struct vd_lb_client *client)
{
	uint16_t port = (svc->flags & VD_LB_F_HASH_PORT) != 0 ? client->port_be : (uint16_t)0;

	return vd_hash_u64(vd_addr_hash(&client->addr, svc->seed), port);
}

/* part / 2^64 of n. */
static uint64_t
fraction(uint64_t part, uint64_t n)
{
	return (uint64_t)(((unsigned __int128)part * n) >> 64);
}

static const struct vd_lb_server *
choose_hash(struct choosing *ch, const struct vd_lb_client *client, uint64_t *place)
{
	const struct vd_lb_service *svc = ch->svc;
	bool over_only = (svc->flags & VD_LB_F_HASH_FALLBACK) == 0;
	uint64_t hash = client_hash(svc, client), h = hash, skip = 0;

	*place = fraction(h, svc->table != NULL ? svc->table_size : svc->total);
	if (svc->table != NULL)
		skip = 1 + fraction(vd_mix64(h + 1), svc->table_size - 1);
	for (uint64_t at = *place, i = 0; i < TRIES; i++) {
		const struct vd_lb_server *srv = svc->table != NULL ? &svc->servers[svc->table[at]]
								    : at_place(svc, at);

		if (vd_likely(usable(ch, srv)))
			return srv;
		/* Without the fallback flag an overloaded server refuses its clients, as in IPVS. */
		if (ch->met_overload && over_only)
			return NULL;
		if (svc->table != NULL) {
			at = (at + skip) % svc->table_size;
		} else {
			h = vd_mix64(h + 0x9e3779b97f4a7c15ull);
			at = fraction(h, svc->total);
		}
	}
	return among_usable(ch, vd_mix64(hash + 2) >> 1, UINT64_C(1) << 63);
}

static bool
is_hash(const struct vd_lb_service *svc)
{
	return svc->scheduler == VD_SCHEDULER_SH || svc->scheduler == VD_SCHEDULER_MH;
}

/* The sorry server's turn? Its being overloaded says nothing of the others. */
static bool
in_use(const struct vd_lb_worker *w, const struct vd_lb_server *sorry, bool dry)
{
	struct choosing ch = {.w = w, .dry = dry};

	return usable(&ch, sorry);
}

static uint64_t
epoch_of(const struct vd_lb_worker *w, const struct vd_lb_service *svc)
{
	return (uint64_t)svc->stamp << 32 | w->epoch;
}

void
lb_choose(const struct vd_lb_worker *w, const struct vd_lb_service *svc,
		struct vd_lb_service_state *st, const struct vd_lb_client *client, bool dry,
		struct lb_choice *out)
{
	struct choosing ch = {.w = w, .svc = svc, .dry = dry};

	*out = (struct lb_choice){.why = VD_LB_REASON_NO_SERVERS};
	if (vd_unlikely(svc->sorry != NULL) && in_use(w, svc->sorry, dry)) {
		out->server = svc->sorry;
		out->why = VD_LB_REASON_SORRY;
		return;
	}
	if (vd_unlikely(svc->total == 0))
		return;
	out->why = VD_LB_REASON_ALL_DOWN;
	/* Known to be hopeless since: a flood of SYNs does not make us look at every server each time. */
	if (vd_unlikely(st->none_epoch == epoch_of(w, svc)))
		return;
	if (is_hash(svc))
		out->server = choose_hash(&ch, client, &out->place);
	else if (svc->scheduler == VD_SCHEDULER_LC || svc->scheduler == VD_SCHEDULER_WLC)
		out->server = choose_least(&ch, st);
	else
		out->server = choose_rotation(&ch, st);
	if (vd_likely(out->server != NULL))
		out->why = VD_LB_REASON_CHOSEN;
	else if (ch.met_overload)
		out->why = VD_LB_REASON_OVERLOADED;
	else
		st->none_epoch = epoch_of(w, svc);
}

struct vd_lb_service_state
lb_service_state(const struct vd_lb_worker *w, const struct vd_lb_service *svc)
{
	const struct vd_lb_service_state *st = vd_lb_worker_service(w, svc->id);
	struct vd_lb_service_state fresh = {.gen = svc->gen};

	if (st->gen == svc->gen)
		return *st;
	if (w->index != 0 && svc->total != 0)
		fresh.cursor = vd_hash_u64((uint64_t)w->index << 32 | svc->id, w->seed) %
				svc->total;
	return fresh;
}

const struct vd_lb_server *
vd_lb_schedule(struct vd_lb_worker *w, const struct vd_lb_service *svc,
		const struct vd_lb_client *client, enum vd_lb_reason *why)
{
	struct vd_lb_service_state *st = vd_lb_worker_service(w, svc->id);
	struct lb_choice choice;

	if (vd_unlikely(st->gen != svc->gen))
		*st = lb_service_state(w, svc);
	lb_choose(w, svc, st, client, false, &choice);
	if (choice.server == NULL)
		st->refused++;
	if (why != NULL)
		*why = choice.why;
	return choice.server;
}

const struct vd_lb_server *
vd_lb_schedule_stateless(const struct vd_lb_worker *w, const struct vd_lb_service *svc,
		const struct vd_lb_client *client, enum vd_lb_reason *why)
{
	struct choosing ch = {.w = w, .svc = svc, .dry = true};
	enum vd_lb_reason reason = VD_LB_REASON_NO_SERVERS;
	const struct vd_lb_server *srv = NULL;
	uint64_t place;

	if (svc->sorry != NULL && in_use(w, svc->sorry, true)) {
		srv = svc->sorry;
		reason = VD_LB_REASON_SORRY;
	} else if (svc->total != 0) {
		srv = choose_hash(&ch, client, &place);
		reason = srv != NULL              ? VD_LB_REASON_CHOSEN
				: ch.met_overload ? VD_LB_REASON_OVERLOADED
						  : VD_LB_REASON_ALL_DOWN;
	}
	if (why != NULL)
		*why = reason;
	return srv;
}
