/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "vd_vec.h"

enum {
	OPT_HUGE = 256,
	OPT_CHECK_ONLY,
	OPT_NO_CHECK,
	OPT_WORKERS,
	OPT_SERVERS,
	OPT_LOCALS,
	OPT_CAPACITY,
	OPT_BURST,
	OPT_SEED,
	OPT_WARM,
	OPT_DRAIN,
	OPT_KEEP,
	OPT_NODES,
	OPT_METHOD,
	OPT_BASELINE,
	OPT_PORT,
	OPT_MINUTES,
	OPT_RATE,
	OPT_LOADS,
	OPT_SPREAD,
	OPT_SERVICES,
	OPT_VIPS,
	OPT_NEIGHBOURS,
};

static const struct option long_options[] = {
		{"family", required_argument, NULL, 'f'},
		{"protocol", required_argument, NULL, 'p'},
		{"size", required_argument, NULL, 's'},
		{"flows", required_argument, NULL, 'n'},
		{"runs", required_argument, NULL, 'r'},
		{"seconds", required_argument, NULL, 't'},
		{"json", no_argument, NULL, 'j'},
		{"huge", no_argument, NULL, OPT_HUGE},
		{"check-only", no_argument, NULL, OPT_CHECK_ONLY},
		{"no-check", no_argument, NULL, OPT_NO_CHECK},
		{"workers", required_argument, NULL, OPT_WORKERS},
		{"servers", required_argument, NULL, OPT_SERVERS},
		{"services", required_argument, NULL, OPT_SERVICES},
		{"vips", required_argument, NULL, OPT_VIPS},
		{"neighbours", required_argument, NULL, OPT_NEIGHBOURS},
		{"locals", required_argument, NULL, OPT_LOCALS},
		{"capacity", required_argument, NULL, OPT_CAPACITY},
		{"burst", required_argument, NULL, OPT_BURST},
		{"seed", required_argument, NULL, OPT_SEED},
		{"warm", required_argument, NULL, OPT_WARM},
		{"drain", no_argument, NULL, OPT_DRAIN},
		{"keep", no_argument, NULL, OPT_KEEP},
		{"nodes", no_argument, NULL, OPT_NODES},
		{"method", required_argument, NULL, OPT_METHOD},
		{"baseline", required_argument, NULL, OPT_BASELINE},
		{"port", required_argument, NULL, OPT_PORT},
		{"minutes", required_argument, NULL, OPT_MINUTES},
		{"rate", required_argument, NULL, OPT_RATE},
		{"loads", required_argument, NULL, OPT_LOADS},
		{"spread", required_argument, NULL, OPT_SPREAD},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
};

static void
help(FILE *to)
{
	fputs("vipd-bench [options] [CASE ...]\n"
	      "Drives vipd's data plane over a port in memory and prints what a packet costs one "
	      "core.\n"
	      "CASE: fullnat nat dr        established connections; flows in random order\n"
	      "      connections           whole TCP connections of 6 packets, FLOWS live at a "
	      "time\n"
	      "      fill                  opening FLOWS connections\n"
	      "      drop punt             packets that are not balanced\n"
	      "      soak                  whole connections for minutes; nothing may be left "
	      "of them\n"
	      "      latency               established flows by a schedule: how late they leave, "
	      "and why\n"
	      "      (default: fullnat nat dr)\n"
	      "  -f, --family ipv4|ipv6|both    (ipv4)\n"
	      "  -p, --protocol tcp|udp|both    (tcp)\n"
	      "  -s, --size 64|imix|both        (64)\n"
	      "  -n, --flows N[,N...]           K = 1024, M = 1000000 (1,4K,64K,1M)\n"
	      "  -r, --runs N   -t, --seconds S (5 runs of 1 s)\n"
	      "      --warm S                   before the first run of connections (12)\n"
	      "      --services N --vips N      flows are spread over so many virtual servers (1)\n"
	      "      --servers N                of each service (16)\n"
	      "      --neighbours N             addresses of real servers in all (as --servers)\n"
	      "      --workers N --locals N --capacity N --burst N --seed N\n"
	      "      --spread own|any           with several workers: frames come by the queue of\n"
	      "                                 their connection's worker (own), or by any\n"
	      "      --method fullnat|nat|dr    of connections, fill, soak and latency\n"
	      "      --minutes M                of soak (10)\n"
	      "      --rate N                   of soak: packets a second (as many as are "
	      "taken)\n"
	      "      --loads P[,P...]           of latency: percent of what the worker can take "
	      "(50,90)\n"
	      "      --huge                     on huge pages, which must be there\n"
	      "      --check-only               what leaves is checked, nothing is timed\n"
	      "      --no-check                 established flows are not checked once more\n"
	      "      --drain                    connections: closes all, waits for an empty "
	      "table\n"
	      "      --baseline IO,MACSWAP,CSUM testpmd's ns per packet on the same port\n"
	      "      --port WORDS               for the port only, against what is in the files: "
	      "makes errors\n"
	      "      --keep                     keeps the files it wrote, and says where\n"
	      "      --nodes                    what a packet costs in each node of the graph\n"
	      "  -j, --json   -V, --version   -h, --help\n"
	      "Times are CPU time of the worker. A * marks memory by the table's own size.\n"
	      "exit codes: 0 all rows measured; 1 one failed, or a frame left wrong; 2 wrong "
	      "command line\n",
			to);
}

static int
usage(const char *text, const char *word)
{
	fprintf(stderr, "vipd-bench: %s%s (vipd-bench --help)\n", text, word);
	return 2;
}

/* ---- values ---- */

static bool
number(const char *text, uint64_t lo, uint64_t hi, uint64_t *out)
{
	char *end;

	*out = strtoull(text, &end, 0);
	if (end == text || *text == '-')
		return false;
	if (*end == 'K' || *end == 'k') {
		*out *= 1024;
		end++;
	} else if (*end == 'M' || *end == 'm') {
		*out *= 1000000;
		end++;
	}
	return *end == '\0' && *out >= lo && *out <= hi;
}

static bool
number32(const char *text, uint32_t lo, uint32_t hi, uint32_t *out)
{
	uint64_t v;

	if (!number(text, lo, hi, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool
seconds(const char *text, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end != text && *end == '\0' && *out > 0 && *out < 86400;
}

/* Two bits: the first value, the second, or both. */
static bool
pair(const char *text, const char *first, const char *second, unsigned int *out)
{
	*out = strcmp(text, first) == 0             ? 1
			: strcmp(text, second) == 0 ? 2
			: strcmp(text, "both") == 0 ? 3
						    : 0;
	return *out != 0;
}

static int
find(const char *text, const char *const *names, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(text, names[i]) == 0)
			return i;
	return -1;
}

struct matrix {
	unsigned int families, protocols, sizes;
	VD_VEC(uint32_t) flows;
	VD_VEC(int) cases;
};

static bool
take_flows(struct matrix *m, const char *text)
{
	char *copy = strdup(text), *save = NULL;
	bool good = true;
	uint32_t n = 0;

	m->flows.n = 0;
	for (char *w = strtok_r(copy, ",", &save); w != NULL && good;
			w = strtok_r(NULL, ",", &save)) {
		good = number32(w, 1, BENCH_FLOWS_MAX, &n);
		vd_vec_push(&m->flows, n);
	}
	free(copy);
	return good && m->flows.n > 0;
}

static bool
take_baseline(struct bench_options *o, const char *text)
{
	return sscanf(text, "%lf,%lf,%lf", &o->io_ns, &o->macswap_ns, &o->csum_ns) == 3 &&
			o->csum_ns > 0;
}

static bool
take_method(struct bench_options *o, const char *text)
{
	int i = find(text, bench_method_names, BENCH_METHOD_DR + 1);

	o->method = (enum bench_method)i;
	return i >= 0;
}

static bool
loads(const char *text, struct bench_options *o)
{
	for (o->n_loads = 0; o->n_loads < BENCH_LOADS_MAX; text++) {
		char *end;
		double v = strtod(text, &end);

		if (end == text || !(v > 0 && v <= 1000))
			return false;
		o->load[o->n_loads++] = v / 100;
		text = end;
		if (*text != ',')
			return *text == '\0';
	}
	return false;
}

static bool
take_value(struct bench_options *o, struct matrix *m, int opt, const char *arg)
{
	switch (opt) {
	case 'f':
		return pair(arg, "ipv4", "ipv6", &m->families);
	case 'p':
		return pair(arg, "tcp", "udp", &m->protocols);
	case 's':
		return pair(arg, "64", "imix", &m->sizes);
	case 'n':
		return take_flows(m, arg);
	case 'r':
		return number32(arg, 1, BENCH_RUNS_MAX, &o->runs);
	case 't':
		return seconds(arg, &o->seconds);
	case OPT_WARM:
		return seconds(arg, &o->warm);
	case OPT_MINUTES:
		return seconds(arg, &o->minutes);
	case OPT_LOADS:
		return loads(arg, o);
	case OPT_RATE:
		return number32(arg, 1, 1000000000, &o->rate);
	case OPT_WORKERS:
		return number32(arg, 1, BENCH_QUEUES_MAX, &o->workers);
	case OPT_SERVERS:
		return number32(arg, 1, BENCH_ONE_WAY_MAX, &o->servers);
	case OPT_SERVICES:
		return number32(arg, 1, 1000000, &o->services);
	case OPT_VIPS:
		return number32(arg, 1, BENCH_VIPS_MAX, &o->vips);
	case OPT_NEIGHBOURS:
		return number32(arg, 1, BENCH_ONE_WAY_MAX, &o->neighbours);
	case OPT_LOCALS:
		return number32(arg, 1, BENCH_LOCALS_MAX, &o->locals);
	case OPT_CAPACITY:
		return number32(arg, 1, 1u << 30, &o->capacity);
	case OPT_BURST:
		return number32(arg, BENCH_CHUNK, 1024, &o->burst);
	case OPT_SEED:
		return number(arg, 0, UINT64_MAX, &o->seed);
	case OPT_METHOD:
		return take_method(o, arg);
	case OPT_SPREAD:
		o->any = strcmp(arg, "any") == 0;
		return o->any || strcmp(arg, "own") == 0;
	case OPT_PORT:
		o->port_words = arg;
		return true;
	case OPT_BASELINE:
		return take_baseline(o, arg);
	default:
		return false;
	}
}

/* True if the option has no value. */
static bool
take_flag(struct bench_options *o, int opt)
{
	switch (opt) {
	case 'j':
		o->json = true;
		return true;
	case OPT_HUGE:
		o->huge = true;
		return true;
	case OPT_CHECK_ONLY:
		o->timed = false;
		return true;
	case OPT_NO_CHECK:
		o->check = false;
		return true;
	case OPT_DRAIN:
		o->drain = true;
		return true;
	case OPT_NODES:
		o->nodes = true;
		return true;
	case OPT_KEEP:
		o->keep = true;
		return true;
	default:
		return false;
	}
}

/* ---- rows ---- */

/* Combinations that there are none of: connections are TCP's, and both of them are of the smallest size. */
static bool
sensible(int what, bool udp, bool imix)
{
	if (what == BENCH_CASE_CONNECTIONS || what == BENCH_CASE_SOAK)
		return !udp && !imix;
	return what != BENCH_CASE_FILL || !imix;
}

/* A row of latency for each load. */
static void
expand_loads(const struct bench_options *o, struct bench_row **rows, size_t *n, size_t *cap,
		const struct bench_row *row)
{
	unsigned int loads = row->what == BENCH_CASE_LATENCY ? o->n_loads : 1;

	for (unsigned int i = 0; i < loads; i++) {
		if (*n == *cap)
			vd_vec_grow((void **)rows, cap, sizeof(**rows));
		(*rows)[*n] = *row;
		(*rows)[(*n)++].load = row->what == BENCH_CASE_LATENCY ? o->load[i] : 0;
	}
}

static void
expand(const struct matrix *m, const struct bench_options *o, struct bench_row **rows, size_t *n)
{
	size_t cap = 0;

	for (size_t c = 0; c < m->cases.n; c++)
		for (unsigned int k = 0; k < 8; k++) {
			bool v6 = (k & 4) != 0, udp = (k & 2) != 0, imix = (k & 1) != 0;

			if (!(m->families & (v6 ? 2 : 1)) || !(m->protocols & (udp ? 2 : 1)) ||
					!(m->sizes & (imix ? 2 : 1)) ||
					!sensible(m->cases.v[c], udp, imix))
				continue;
			for (size_t f = 0; f < m->flows.n; f++)
				expand_loads(o, rows, n, &cap,
						&(struct bench_row){
								.what = (enum bench_case)m->cases
											.v[c],
								.v6 = v6,
								.udp = udp,
								.imix = imix,
								.flows = m->flows.v[f]});
		}
}

static int
take_cases(struct matrix *m, int argc, char **argv)
{
	static const int usual[] = {BENCH_CASE_FULLNAT, BENCH_CASE_NAT, BENCH_CASE_DR};

	for (int i = optind; i < argc; i++) {
		int c = find(argv[i], bench_case_names, BENCH_CASE_N);

		if (c < 0)
			return usage("no such case: ", argv[i]);
		vd_vec_push(&m->cases, c);
	}
	for (size_t i = 0; optind >= argc && i < VD_ARRAY_LEN(usual); i++)
		vd_vec_push(&m->cases, usual[i]);
	return -1;
}

static int
parse(int argc, char **argv, struct bench_options *o, struct matrix *m)
{
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":f:p:s:n:r:t:jVh", long_options, NULL)) != -1) {
		switch (opt) {
		case 'V':
			puts("vipd-bench " VD_VERSION);
			return 0;
		case 'h':
			help(stdout);
			return 0;
		case ':':
			return usage("an argument is missing after ", argv[optind - 1]);
		case '?':
			return usage("unknown option ", argv[optind - 1]);
		default:
			if (!take_flag(o, opt) && !take_value(o, m, opt, optarg))
				return usage("a value that it cannot have: ", optarg);
		}
	}
	return take_cases(m, argc, argv);
}

int
bench_options_parse(
		int argc, char **argv, struct bench_options *o, struct bench_row **rows, size_t *n)
{
	struct matrix m = {.families = 1, .protocols = 1, .sizes = 1};
	int code;

	*o = (struct bench_options){
			.program = argv[0],
			.runs = 5,
			.seconds = 1,
			.warm = 12,
			.minutes = 10,
			.load = {0.5, 0.9},
			.n_loads = 2,
			.workers = 1,
			.servers = 16,
			.locals = 64,
			.burst = 256,
			.seed = 1,
			.check = true,
			.timed = true,
	};
	(void)take_flows(&m, "1,4K,64K,1M");
	code = parse(argc, argv, o, &m);
	if (code < 0)
		expand(&m, o, rows, n);
	vd_vec_free(&m.flows);
	vd_vec_free(&m.cases);
	return code;
}
