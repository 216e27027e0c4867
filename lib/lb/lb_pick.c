/* SPDX-License-Identifier: BSD-3-Clause */

/* The schedulers: which server a new connection gets, for the three ways of choosing. */

#include "lb_priv.h"

/* More of them where some, but not few servers are usable. */
#define TRIES_MANY 1021u

static uint64_t
load_of(const struct vd_lb_worker *w, const struct vd_lb_server *srv)
{
	const struct vd_lb_server_state *st = vd_lb_worker_server(w, srv->id);

	return st->gen == srv->gen ? (uint64_t)st->active * 256 + st->inactive : 0;
}

static uint32_t
worker_part(uint32_t threshold, uint32_t workers)
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
	limit = worker_part(srv->uthreshold, w->workers);
	low = srv->lthreshold != 0 ? worker_part(srv->lthreshold, w->workers)
				   : (uint32_t)((uint64_t)limit * 3 / 4);
	/* Once over, it stays so until the number has fallen below the lower threshold (IPVS: or three quarters). */
	if ((st->flags & VD_LB_SERVER_OVERLOAD) != 0 ? live >= VD_MAX(low, 1u) : live >= limit)
		return st->flags | VD_LB_SERVER_OVERLOAD;
	return st->flags & ~VD_LB_SERVER_OVERLOAD;
}

/* The answer is in the flags, which later steps want, too. */
static inline bool
usable(struct lb_choosing *ch, const struct vd_lb_server *srv, uint32_t *flags)
{
	*flags = lb_server_flags(ch->w, srv);
	if (!ch->dry) {
		struct vd_lb_server_state *st = vd_lb_worker_server(ch->w, srv->id);

		if (vd_unlikely(st->gen != srv->gen))
			lb_server_reset(st, srv->id, srv->gen);
		if (st->flags != *flags)
			st->flags = *flags;
	}
	if ((*flags & VD_LB_SERVER_UNUSABLE) != 0)
		return false;
	if ((*flags & VD_LB_SERVER_OVERLOAD) != 0) {
		ch->met_overload = true;
		return false;
	}
	return true;
}

const struct vd_lb_server *
lb_pick_sorry(const struct vd_lb_worker *w, const struct vd_lb_service *svc, bool dry)
{
	struct lb_choosing ch = {.w = w, .svc = svc, .dry = dry};
	uint32_t flags;

	return usable(&ch, svc->sorry, &flags) ? svc->sorry : NULL;
}

/* ---- slow start ---- */

static uint16_t *
turn_of(struct lb_choosing *ch, const struct vd_lb_server *srv)
{
	struct vd_lb_server_state *st = vd_lb_worker_server(ch->w, srv->id);
	uint16_t now = st->gen == srv->gen ? st->turn : lb_turn_start(srv->id);
	struct lb_turns *t = ch->turns;

	if (!ch->dry)
		return &st->turn;
	for (unsigned i = 0; i < t->n; i++)
		if (t->server[i] == srv)
			return &t->turn[i];
	t->rest = now;
	if (t->n == LB_TRIES)
		return &t->rest;
	t->server[t->n] = srv;
	t->turn[t->n] = now;
	return &t->turn[t->n++];
}

static bool
pass(struct lb_choosing *ch, const struct vd_lb_server *srv)
{
	if (ch->n_passed++ == 0)
		ch->passed = srv;
	return false;
}

/* In rotation: of 256 turns in a row those are taken in which the sum of its shares goes past 256. */
static VD_NOINLINE bool
share_turn(struct lb_choosing *ch, const struct vd_lb_server *srv, uint32_t flags)
{
	uint16_t *turn = turn_of(ch, srv);
	uint32_t sum = (*turn & 0xffu) + VD_LB_SERVER_SHARE_OF(flags);

	*turn = (uint16_t)(sum & 0xff);
	return sum >= 256 || pass(ch, srv);
}

/* By hash: a client stays with the server whose share it once was in, until the share becomes less. */
static VD_NOINLINE bool
share_of_client(struct lb_choosing *ch, const struct vd_lb_server *srv, uint32_t flags,
		uint64_t hash)
{
	uint64_t own = vd_hash_u64(vd_addr_hash(&srv->addr, hash), srv->port);

	return own >> 56 < VD_LB_SERVER_SHARE_OF(flags) || pass(ch, srv);
}

/* By load: the turn is saved up until it is used. */
static uint16_t
fresh_limit(const struct vd_lb_service *svc)
{
	return (uint16_t)(256 * VD_MIN(svc->n_servers, VD_LB_LC_WINDOW));
}

static bool
fresh_turn(struct lb_choosing *ch, const struct vd_lb_server *srv, uint32_t flags)
{
	uint16_t *turn = turn_of(ch, srv), limit = fresh_limit(ch->svc);

	if (*turn < limit)
		*turn = (uint16_t)(*turn + VD_LB_SERVER_SHARE_OF(flags));
	return *turn >= limit;
}

static void
fresh_used(struct lb_choosing *ch, const struct vd_lb_server *srv)
{
	uint16_t *turn = turn_of(ch, srv);

	*turn = (uint16_t)(*turn - VD_MIN(*turn, fresh_limit(ch->svc)));
}

/* ---- the number line ---- */

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

/* Its length in 256ths as far as it may be used: with a share, less. */
static uint64_t
usable_length(struct lb_choosing *ch, uint32_t i)
{
	uint64_t length = length_of(ch->svc, i);
	uint32_t flags;

	if (length == 0 || !usable(ch, &ch->svc->servers[i], &flags))
		return 0;
	return length * VD_LB_SERVER_SHARE_OF(flags);
}

/* They are many, but of little weight: the next one from there on. */
static const struct vd_lb_server *
next_usable(struct lb_choosing *ch, uint32_t i)
{
	const struct vd_lb_service *svc = ch->svc;
	const struct vd_lb_server *found = NULL;

	for (uint32_t seen = 0; seen < svc->n_servers && found == NULL; seen++) {
		if (usable_length(ch, i) != 0)
			found = &svc->servers[i];
		if (++i == svc->n_servers)
			i = 0;
	}
	lb_few_walked(ch, svc->n_servers);
	return found;
}

/* Nearly all are unusable: the place part / whole of the line that the usable ones make together. */
static const struct vd_lb_server *
among_usable(struct lb_choosing *ch, uint64_t part, uint64_t whole)
{
	const struct vd_lb_service *svc = ch->svc;
	const uint16_t *index;
	uint32_t n = lb_few(ch, &index);
	uint64_t sum = 0, place, length;

	if (n == LB_MANY)
		return next_usable(
				ch, (uint32_t)((unsigned __int128)part * svc->n_servers / whole));
	for (uint32_t k = 0; k < n; k++)
		sum += usable_length(ch, index == NULL ? k : index[k]);
	if (sum == 0)
		return NULL;
	place = (uint64_t)((unsigned __int128)part * sum / whole);
	for (uint32_t k = 0; k < n; k++) {
		uint32_t i = index == NULL ? k : index[k];

		length = usable_length(ch, i);
		if (place < length)
			return &svc->servers[i];
		place -= length;
	}
	return NULL;
}

static bool
mostly_passed(const struct lb_choosing *ch)
{
	return ch->n_passed >= LB_TRIES / 2;
}

/* The first tries found none: is it worth while to go on so? */
static unsigned
tries_in_all(const struct lb_choosing *ch)
{
	const uint16_t *index;

	return !mostly_passed(ch) && lb_few(ch, &index) == LB_MANY ? TRIES_MANY : LB_TRIES;
}

const struct vd_lb_server *
lb_pick_rotation(struct lb_choosing *ch, struct vd_lb_service_state *st)
{
	const struct vd_lb_service *svc = ch->svc;
	unsigned tries = LB_TRIES;
	uint64_t behind = 0; /* the first that was passed */
	uint32_t flags;

	if (vd_unlikely(st->cursor >= svc->total))
		st->cursor %= svc->total;
	for (unsigned i = 0; i < tries; i++) {
		const struct vd_lb_server *srv = at_place(svc, st->cursor);

		st->cursor += svc->step;
		if (st->cursor >= svc->total)
			st->cursor -= svc->total;
		if (vd_likely(usable(ch, srv, &flags)) &&
				(vd_likely((flags & LB_SHARED) == 0) || share_turn(ch, srv, flags)))
			return srv;
		if (vd_unlikely(ch->n_passed == 1 && ch->passed == srv))
			behind = st->cursor;
		if (vd_unlikely(i == LB_TRIES - 1))
			tries = tries_in_all(ch);
	}
	if (!mostly_passed(ch))
		return among_usable(ch, st->cursor, svc->total);
	st->cursor = behind;
	return ch->passed;
}

/* ---- by load ---- */

struct runner {
	const struct vd_lb_server *srv;
	uint64_t load, factor; /* of its weight, in 256ths */
};

/* waiting: the best of those whose turn it is not. by_factor: all weigh the same, without it. */
struct race {
	bool weighted, by_factor;
	bool fresh; /* the best one has a turn to lose */
	struct runner best, waiting;
};

static bool
less_loaded(const struct race *r, uint64_t load, uint64_t factor, const struct runner *than)
{
	if (!r->by_factor)
		return load < than->load;
	return (unsigned __int128)load * than->factor < (unsigned __int128)than->load * factor;
}

/* False: it has a share only, and runs like the others. */
static VD_NOINLINE bool
enter_slow(struct lb_choosing *ch, struct race *r, const struct runner *own, uint32_t flags)
{
	r->by_factor = true;
	if ((flags & VD_LB_SERVER_FRESH) == 0)
		return false;
	if (!fresh_turn(ch, own->srv, flags)) {
		if (r->waiting.srv == NULL || less_loaded(r, own->load, own->factor, &r->waiting))
			r->waiting = *own;
	} else if (r->best.srv == NULL || !less_loaded(r, r->best.load, r->best.factor, own)) {
		r->best = *own;
		r->fresh = true;
	}
	return true;
}

static inline void
enter(struct lb_choosing *ch, struct race *r, const struct vd_lb_server *srv)
{
	uint64_t load, factor;
	uint32_t flags;

	if (srv->weight == 0 || !usable(ch, srv, &flags))
		return;
	load = load_of(ch->w, srv);
	factor = r->weighted ? (uint64_t)srv->weight << 8 : 256;
	if (vd_unlikely((flags & LB_SLOW) != 0)) {
		struct runner own = {srv, load, 0};

		factor = own.factor = (factor >> 8) * VD_LB_SERVER_SHARE_OF(flags);
		if (enter_slow(ch, r, &own, flags))
			return;
	}
	if (r->best.srv != NULL && !less_loaded(r, load, factor, &r->best))
		return;
	r->best.srv = srv;
	r->best.load = load;
	r->best.factor = factor;
	r->fresh = false;
}

/* The window had none: all there are, from server `first` on. False: they are not few. */
static bool
enter_few(struct lb_choosing *ch, struct race *r, uint32_t first)
{
	const uint16_t *index;
	uint32_t n = lb_few(ch, &index), at = 0;

	if (n == LB_MANY)
		return false;
	while (at < n && (index == NULL ? at : index[at]) < first)
		at++;
	for (uint32_t k = 0; k < n; k++, at++) {
		if (at >= n)
			at = 0;
		enter(ch, r, &ch->svc->servers[index == NULL ? at : index[at]]);
	}
	return true;
}

const struct vd_lb_server *
lb_pick_least(struct lb_choosing *ch, struct vd_lb_service_state *st)
{
	const struct vd_lb_service *svc = ch->svc;
	bool weighted = svc->scheduler == VD_SCHEDULER_WLC;
	struct race r = {.weighted = weighted, .by_factor = weighted};
	uint32_t first = (uint32_t)(st->cursor % svc->n_servers), i = first;

	uint32_t seen;

	for (seen = 0; seen < svc->n_servers; seen++) {
		const struct vd_lb_server *srv = &svc->servers[i];

		if (++i == svc->n_servers)
			i = 0;
		if (seen >= VD_LB_LC_WINDOW) {
			if (r.best.srv != NULL || r.waiting.srv != NULL)
				break;
			if (seen == VD_LB_LC_WINDOW && enter_few(ch, &r, first))
				break;
		}
		enter(ch, &r, srv);
	}
	if (vd_unlikely(seen > VD_LB_LC_WINDOW))
		lb_few_walked(ch, seen);
	if (vd_unlikely(r.fresh))
		fresh_used(ch, r.best.srv);
	if (vd_unlikely(r.best.srv == NULL))
		r.best = r.waiting;
	if (vd_unlikely(r.best.srv == NULL))
		return NULL;
	st->cursor = r.best.srv->index + 1u;
	return r.best.srv;
}

/* ---- by hash ---- */

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

const struct vd_lb_server *
lb_pick_hash(struct lb_choosing *ch, const struct vd_lb_client *client, uint64_t *place)
{
	const struct vd_lb_service *svc = ch->svc;
	bool over_only = (svc->flags & VD_LB_F_HASH_FALLBACK) == 0;
	uint64_t hash = client_hash(svc, client), h = hash, skip = 0, at;
	unsigned tries = LB_TRIES;
	uint32_t flags;

	*place = at = fraction(h, svc->table != NULL ? svc->table_size : svc->total);
	if (svc->table != NULL)
		skip = 1 + fraction(vd_mix64(h + 1), svc->table_size - 1);
	for (unsigned i = 0; i < tries; i++) {
		const struct vd_lb_server *srv = svc->table != NULL ? &svc->servers[svc->table[at]]
								    : at_place(svc, at);

		if (vd_likely(usable(ch, srv, &flags)) &&
				(vd_likely((flags & LB_SHARED) == 0) ||
						share_of_client(ch, srv, flags, hash))) {
			if (vd_unlikely(i >= LB_TRIES))
				lb_few_walked(ch, i);
			return srv;
		}
		/* Without the fallback flag an overloaded server refuses its clients, as in IPVS. */
		if (ch->met_overload && over_only)
			return ch->passed;
		if (svc->table != NULL) {
			at = (at + skip) % svc->table_size;
		} else {
			h = vd_mix64(h + 0x9e3779b97f4a7c15ull);
			at = fraction(h, svc->total);
		}
		if (vd_unlikely(i == LB_TRIES - 1))
			tries = tries_in_all(ch);
	}
	return mostly_passed(ch) ? ch->passed
				 : among_usable(ch, vd_mix64(hash + 2) >> 1, UINT64_C(1) << 63);
}
