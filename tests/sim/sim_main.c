/* SPDX-License-Identifier: BSD-3-Clause */
/* One schedule after the other, each a function of its seed alone; and the command line. */
#include <getopt.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

vd_time
sim_between(struct vd_rng *rng, vd_time from, vd_time to)
{
	return from >= to ? from : from + vd_rng_next(rng) % (to - from + 1);
}

bool
sim_chance(struct sim *s, unsigned int percent)
{
	return vd_rng_below(&s->rng, 100) < percent;
}

static void
say(const struct sim *s, FILE *to, const char *format, va_list ap)
{
	fprintf(to, "%6lu.%06lu ms  ", s->now / VD_MSEC, s->now % VD_MSEC);
	vfprintf(to, format, ap);
	fputc('\n', to);
}

void
sim_trace(const struct sim *s, const char *format, ...)
{
	va_list ap;

	if (!s->trace)
		return;
	va_start(ap, format);
	say(s, stdout, format, ap);
	va_end(ap);
}

/* The first failure counts; the schedule ends with it. */
void
sim_fail(struct sim *s, const char *format, ...)
{
	va_list ap;

	if (s->failed)
		return;
	s->failed = true;
	va_start(ap, format);
	vsnprintf(s->message, sizeof(s->message), format, ap);
	va_end(ap);
	sim_trace(s, "FAILED: %s", s->message);
}

static void
begin(struct sim *s, uint64_t seed, uint32_t ops, uint32_t trace)
{
	struct sim_frame *frames = s->frames;
	struct sim_delivery *heap = s->heap;
	uint32_t cap = s->cap_heap, free_frame = s->free_frame;

	memset(s, 0, sizeof(*s));
	s->frames = frames;
	s->heap = heap;
	s->cap_heap = cap;
	s->seed = seed;
	s->rng.state = seed * 0x9e3779b97f4a7c15ull + 1;
	s->net_rng.state = vd_rng_next(&s->rng);
	s->trace = trace;
	s->now = VD_SEC;
	s->ops_left = ops;
	s->quiet_at = VD_TIME_NEVER;
	s->free_frame = free_frame;
	for (uint32_t v = 0; v < SIM_VRIDS; v++)
		for (uint32_t a = 0; a < SIM_NODES; a++)
			for (uint32_t b = 0; b < SIM_NODES; b++)
				s->pair[v][a][b].overlap = VD_TIME_NEVER;
	sim_setup(s);
	s->ops_to_quiet = 10 + vd_rng_below(&s->rng, 20);
	s->op_at = s->now + s->base;
}

static void
describe(const struct sim *s)
{
	sim_trace(s, "seed %lu: %u nodes, base %lu us, delay %lu us, lag %lu us%s", s->seed,
			s->n_nodes, s->base / VD_USEC, s->delay / VD_USEC, s->lag / VD_USEC,
			s->calm ? ", calm" : "");
	for (uint32_t v = 0; v < s->n_vrids; v++) {
		const struct sim_vrid *r = &s->vrid[v];

		sim_trace(s, "vrid %u: version %u, IPv%u, %s, link %u, group %d%s", v, r->version,
				r->v6 ? 6 : 4, r->unicast ? "unicast" : "multicast", r->seg,
				(int)s->node[0].want[v].group, r->mixed ? ", mixed intervals" : "");
		for (uint32_t n = 0; n < s->n_nodes; n++) {
			const struct sim_want *w = &s->node[n].want[v];

			sim_trace(s, "  node %u: .%u priority %u, %u * %lu us%s%s, delay %lu us", n,
					s->node[n].host, w->priority, w->down,
					w->interval / VD_USEC, w->nopreempt ? ", nopreempt" : "",
					w->start_master ? ", state MASTER" : "",
					w->preempt_delay / VD_USEC);
		}
	}
}

/* The next thing that happens; false at the end. */
static bool
turn(struct sim *s)
{
	vd_time at = VD_MIN(s->op_at, sim_net_next(s));

	for (uint32_t n = 0; n < s->n_nodes; n++) {
		const struct sim_node *o = &s->node[n];

		if (o->life == SIM_UP)
			at = VD_MIN(at, o->wake);
		else if (o->life == SIM_PAUSED)
			at = VD_MIN(at, o->resume_at);
	}
	if (at < s->now)
		sim_fail(s, "time runs backwards");
	s->now = at;
	if (sim_deliver(s))
		return true;
	for (uint32_t n = 0; n < s->n_nodes; n++) {
		struct sim_node *o = &s->node[n];

		if (o->life == SIM_UP && o->wake <= at) {
			sim_node_tick(s, n);
			return true;
		}
		if (o->life == SIM_PAUSED && o->resume_at <= at) {
			sim_node_resume(s, n);
			return true;
		}
	}
	if (s->quiet_at != VD_TIME_NEVER) {
		sim_op_settled(s);
		return true;
	}
	if (s->ops_left == 0)
		return false;
	sim_op(s);
	return true;
}

bool
sim_run(struct sim *s, uint64_t seed, uint32_t ops, uint32_t trace)
{
	begin(s, seed, ops, trace);
	describe(s);
	for (uint32_t n = 0; n < s->n_nodes && !s->failed; n++)
		sim_node_start(s, n);
	while (!s->failed && turn(s))
		;
	for (uint32_t n = 0; n < s->n_nodes; n++)
		sim_node_kill(s, n);
	while (s->n_heap > 0)
		sim_frame_unref(s, s->heap[--s->n_heap].frame);
	return !s->failed;
}

struct options {
	uint64_t first, schedules, batch;
	uint32_t ops;
	uint32_t trace;
	bool quick;
};

static void
usage(void)
{
	puts("usage: sim [--schedules N] [--first SEED] [--batch N] [--ops N] [--quick]\n"
	     "       sim --seed SEED [--trace | --adverts]\n"
	     "  N schedules from a seed on, a batch counted as one test, each of so many "
	     "operations;\n"
	     "  --quick ends with the first failure. --seed runs one; --trace tells what happens, "
	     "--adverts of adverts, too.");
}

static bool
read_options(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {{"schedules", 1, NULL, 'n'}, {"first", 1, NULL, 'f'},
			{"batch", 1, NULL, 'b'}, {"ops", 1, NULL, 'o'}, {"quick", 0, NULL, 'q'},
			{"seed", 1, NULL, 's'}, {"trace", 0, NULL, 't'}, {"adverts", 0, NULL, 'a'},
			{NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		uint64_t n = optarg == NULL ? 0 : strtoull(optarg, NULL, 10);

		if (c == 'n')
			o->schedules = n;
		else if (c == 'f')
			o->first = n;
		else if (c == 'b')
			o->batch = n;
		else if (c == 'o')
			o->ops = (uint32_t)n;
		else if (c == 'q')
			o->quick = true;
		else if (c == 's')
			o->first = n, o->schedules = 1;
		else if (c == 't' || c == 'a') {
			o->trace |= c == 't' ? 1 : 3;
		} else
			return false;
	}
	return o->batch > 0 && optind == argc;
}

int
main(int argc, char **argv)
{
	struct options o = {.first = 1, .schedules = 1000, .batch = 1000, .ops = 200};
	struct sim *s = vd_xcalloc(1, sizeof(*s));
	uint64_t passed = 0, failed = 0, steps = 0, masters = 0, quiets = 0, bad = 0;

	if (!read_options(argc, argv, &o)) {
		usage();
		return 2;
	}
	/* Directors come and go: their memory is kept, not given back and faulted in anew. */
	mallopt(M_MMAP_THRESHOLD, 64 << 20);
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
	s->frames = vd_xcalloc(SIM_FRAMES, sizeof(s->frames[0]));
	for (uint32_t k = 0; k < SIM_FRAMES; k++)
		s->frames[k].next_free = k + 1 == SIM_FRAMES ? UINT32_MAX : k + 1;
	for (uint64_t k = 0; k < o.schedules; k++) {
		if (!sim_run(s, o.first + k, o.ops, o.trace)) {
			bad++;
			printf("seed %lu: %s\n  replay: %s --seed %lu --ops %u --trace\n", s->seed,
					s->message, argv[0], s->seed, o.ops);
		}
		steps += s->steps;
		masters += s->masters;
		quiets += s->quiets;
		if ((k + 1) % o.batch == 0 || k + 1 == o.schedules || (bad > 0 && o.quick)) {
			passed += bad == 0;
			failed += bad > 0;
			if (bad > 0 && o.quick)
				break;
			bad = 0;
		}
	}
	printf("%lu steps, %lu times MASTER, %lu quiet networks\n", steps, masters, quiets);
	printf("%lu passed, %lu failed\n", passed, failed);
	free(s->frames);
	free(s->heap);
	free(s);
	return failed == 0 ? 0 : 1;
}
