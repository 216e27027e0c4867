/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_H
#define BENCH_H

/*
 * What the files of vipd-bench share. The parent makes rows; each is measured by a child of its own, which starts the
 * director as vipd does, on the port, and writes what it found into the row, in memory that both have.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench_params.h"
#include "bench_port.h"
#include "vd_strbuf.h"

#define BENCH_RUNS_MAX 101

enum bench_case {
	BENCH_CASE_FULLNAT,
	BENCH_CASE_NAT,
	BENCH_CASE_DR,
	BENCH_CASE_CONNECTIONS, /* whole TCP connections, a number of them live */
	BENCH_CASE_FILL,        /* connections that are opened, until the table has so many */
	BENCH_CASE_DROP,        /* to a VIP of a backup node */
	BENCH_CASE_PUNT,        /* to a port of a VIP that is the kernel's */
	BENCH_CASE_SOAK,        /* whole connections for minutes, and what is left of them */
	BENCH_CASE_LATENCY,     /* established flows by a schedule, and how late they leave */
	BENCH_CASE_N,
};

#define BENCH_LOADS_MAX 8

struct bench_options {
	const char *program;
	const char *port_words; /* more of them for the port, or NULL */
	uint32_t runs;
	double seconds, warm;         /* of a run; before the first run of `connections` */
	double minutes;               /* of soak */
	double load[BENCH_LOADS_MAX]; /* of latency */
	unsigned int n_loads;
	uint32_t rate; /* of soak: frames a second, 0 = as many as are taken */
	uint32_t workers, servers, locals, burst, capacity;
	uint32_t services, vips, neighbours; /* 0 = as few as do */
	uint64_t seed;
	bool any; /* spread */
	bool huge, json, check, timed, drain, keep, nodes;
	enum bench_method method;          /* of connections and fill */
	double io_ns, macswap_ns, csum_ns; /* 0 = not known */
};

/* What soak found. */
struct bench_soak_result {
	double first_rate, last_rate; /* connections per second in the first and last quarter */
	double first_ns, last_ns;     /* per packet */
	uint64_t connections, rss_grown, rss_bound, left, mbufs_out;
	uint64_t active, inactive; /* that servers still count */
	uint64_t dropped, given_up;
	uint32_t leaks; /* lines that failed */
};

#define BENCH_LATENCY_STEPS 7
#define BENCH_SHARES        4
#define BENCH_FLAP_FILE     "down" /* in the row's folder: not 0 = every second server is down */

/* Times in ns. What others took of the worker's CPU is in none but lost, the loop's, and those of a step that is to include it. */
struct bench_latency_step {
	const char *name, *counted;
	uint64_t frames, missed, events;
	double wall, cpu_share;
	double late[BENCH_SHARES]; /* bench_shares of the frames are no later */
	double pause_p999, pause_max;
	double late_usual, pause_usual;       /* medians over the runs of each one's longest */
	double loop_p50, loop_p999, loop_max; /* by vipd's own histogram */
	double lost, lost_max;
};

struct bench_latency_result {
	double capacity; /* frames a second */
	int n;
	struct bench_latency_step step[BENCH_LATENCY_STEPS];
};

#define BENCH_NODES_MAX 24

/* What a packet cost in a node of the graph, of the turns that were measured; packets a call. */
struct bench_node {
	char name[16];
	double ns, burst;
	uint64_t packets;
};

struct bench_row {
	enum bench_case what;
	bool v6, udp, imix;
	uint32_t flows;
	/* Found. */
	bool done;
	char error[512];
	uint32_t capacity, runs, services, vips, neighbours;
	double ns[BENCH_RUNS_MAX]; /* CPU time per packet, ascending */
	double per_second;         /* packets, or connections */
	double tsc_ghz, cpu_share; /* of the time that passed, the workers had a CPU */
	double bytes;              /* per connection; 0: has none */
	bool bytes_measured;       /* from the memory of the process, not from the table's plan */
	uint64_t checked, bad, dropped, given_up;
	double handed; /* share of the packets that another worker received */
	struct bench_node node[BENCH_NODES_MAX];
	unsigned int n_nodes;
	bool huge;
	char version[32];
	double tsc_hz;
	double load;              /* of latency: part of the capacity */
	uint32_t weight, timeout; /* of the file; 0 = 1, the usual ones */
	struct bench_soak_result soak;
	struct bench_latency_result latency;
};

extern const char *const bench_case_names[BENCH_CASE_N];

/* -1: go on; otherwise the exit code. rows is the caller's to free. */
int bench_options_parse(
		int argc, char **argv, struct bench_options *o, struct bench_row **rows, size_t *n);

/* What the port is to hand out for a row. */
void bench_row_params(
		const struct bench_options *o, const struct bench_row *row, struct bench_params *p);
/* Both files, as a user would write them; the row's capacity is set. port: path of the plugin. */
void bench_dataplane_text(const struct bench_options *o, const struct bench_row *row,
		const struct bench_params *p, const char *port, struct vd_strbuf *out);
void bench_services_text(const struct bench_options *o, const struct bench_row *row,
		const struct bench_params *p, const char *folder, struct vd_strbuf *out);
/* Places of the connection table. */
uint32_t bench_row_capacity(const struct bench_options *o, const struct bench_row *row);

/* In the child: fills in the row. folder is there for files. */
void bench_row_measure(const struct bench_options *o, struct bench_row *row, const char *folder);

double bench_median(const struct bench_row *row);
void bench_print_head(void);
void bench_print_row(const struct bench_options *o, const struct bench_row *row);
void bench_print_json(const struct bench_options *o, const struct bench_row *rows, size_t n);

/* ---- latency ---- */

extern const double bench_shares[BENCH_SHARES];
void bench_print_latency_head(FILE *to, const struct bench_row *row);
void bench_print_latency_step(FILE *to, const struct bench_latency_step *s);
void bench_print_latency_json(const struct bench_row *row);

#endif
