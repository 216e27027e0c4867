/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdio.h>

#include "bench.h"

const char *const bench_case_names[BENCH_CASE_N] = {
		"fullnat", "nat", "dr", "connections", "fill", "drop", "punt", "soak", "latency"};

double
bench_median(const struct bench_row *row)
{
	uint32_t n = row->runs;

	if (n == 0)
		return 0;
	return n % 2 != 0 ? row->ns[n / 2] : (row->ns[n / 2 - 1] + row->ns[n / 2]) / 2;
}

void
bench_print_head(void)
{
	printf("%-11s %-6s %-5s %9s  %8s %8s %8s %8s %8s %7s %9s %7s\n", "case", "family", "proto",
			"flows", "ns min", "median", "max", "cycles", "Mpps", "x csum", "conn/s",
			"B/conn");
}

static bool
counts_connections(const struct bench_row *row)
{
	return row->what == BENCH_CASE_CONNECTIONS || row->what == BENCH_CASE_FILL;
}

void
bench_print_row(const struct bench_options *o, const struct bench_row *row)
{
	double ns = bench_median(row);

	printf("%-11s %-6s %-5s %9u  ", bench_case_names[row->what], row->v6 ? "ipv6" : "ipv4",
			row->imix                  ? "imix"
					: row->udp ? "udp"
						   : "tcp",
			row->flows);
	if (!row->done) {
		printf("failed: %s\n", row->error);
		fflush(stdout);
		return;
	}
	if (row->what == BENCH_CASE_SOAK)
		printf("%" PRIu64 " connections, nothing left", row->soak.connections);
	else if (row->what == BENCH_CASE_LATENCY)
		printf("%.0f %% of %.2f Mpps: above", 100 * row->load, row->latency.capacity / 1e6);
	else if (row->runs == 0)
		printf("checked %" PRIu64 " frames, all good", row->checked);
	else
		printf("%8.2f %8.2f %8.2f %8.1f %8.2f", row->ns[0], ns, row->ns[row->runs - 1],
				ns * row->tsc_ghz, 1000 / ns);
	if (row->runs != 0 && o->csum_ns != 0)
		printf(" %7.2f", ns / o->csum_ns);
	else if (row->runs != 0)
		printf(" %7s", "-");
	if (row->runs != 0 && counts_connections(row))
		printf(" %9.0f", row->per_second);
	else if (row->runs != 0)
		printf(" %9s", "-");
	if (row->runs != 0 && row->bytes != 0)
		printf(" %6.1f%s", row->bytes, row->bytes_measured ? "" : "*");
	if (row->runs != 0 && row->cpu_share < 0.97)
		printf("  (had %.0f %% of its CPU)", 100 * row->cpu_share);
	if (row->given_up != 0)
		printf("  (%" PRIu64 " given up: too many for this CPU)", row->given_up);
	if (o->workers > 1)
		printf("  (%.0f %% handed over)", 100 * row->handed);
	printf("\n");
	for (unsigned int i = 0; o->nodes && i < row->n_nodes; i++)
		printf("    %-12s %7.1f ns a packet, %5.1f packets a call, %" PRIu64 " packets\n",
				row->node[i].name, row->node[i].ns, row->node[i].burst,
				row->node[i].packets);
	fflush(stdout);
}

static void
print_number(const char *name, double v)
{
	if (v == 0)
		printf("\"%s\":null", name);
	else
		printf("\"%s\":%.2f", name, v);
}

static void
print_soak(const struct bench_soak_result *s)
{
	printf(",\"soak\":{\"connections\":%" PRIu64
	       ",\"first_per_second\":%.0f,\"last_per_second\":%.0f,\"first_ns\":%.2f,"
	       "\"last_ns\":%.2f,\"left\":%" PRIu64 ",\"active\":%" PRIu64 ",\"inactive\":%" PRIu64
	       ",\"mbufs\":%" PRIu64 ",\"rss_grown\":%" PRIu64 ",\"rss_bound\":%" PRIu64
	       ",\"dropped\":%" PRIu64 ",\"given_up\":%" PRIu64 "}",
			s->connections, s->first_rate, s->last_rate, s->first_ns, s->last_ns,
			s->left, s->active, s->inactive, s->mbufs_out, s->rss_grown, s->rss_bound,
			s->dropped, s->given_up);
}

static void
print_row_json(const struct bench_options *o, const struct bench_row *row)
{
	double ns = bench_median(row);

	printf("{\"case\":\"%s\",\"family\":\"%s\",\"protocol\":\"%s\",\"size\":\"%s\",\"flows\":%"
	       "u,",
			bench_case_names[row->what], row->v6 ? "ipv6" : "ipv4",
			row->udp ? "udp" : "tcp", row->imix ? "imix" : "64", row->flows);
	if (!row->done) {
		printf("\"error\":\"");
		for (const char *c = row->error; *c != '\0'; c++)
			putchar(*c == '"' || *c == '\\' ? '\'' : *c < ' ' ? ' ' : *c);
		printf("\"}");
		return;
	}
	print_number("ns_median", ns);
	putchar(',');
	print_number("ns_min", row->runs == 0 ? 0 : row->ns[0]);
	putchar(',');
	print_number("ns_max", row->runs == 0 ? 0 : row->ns[row->runs - 1]);
	putchar(',');
	print_number("ratio_csum", o->csum_ns == 0 ? 0 : ns / o->csum_ns);
	putchar(',');
	print_number("cycles_median", ns * row->tsc_ghz);
	putchar(',');
	print_number("bytes_per_connection", row->bytes);
	printf(",\"bytes_from\":\"%s\",\"per_second\":%.0f,\"runs\":%u,\"cpu_share\":%.3f,",
			row->bytes_measured ? "process" : "table", row->per_second, row->runs,
			row->cpu_share);
	printf("\"spread\":\"%s\",\"handed_over\":%.3f,", o->any ? "any" : "own", row->handed);
	printf("\"services\":%u,\"vips\":%u,\"servers\":%u,\"neighbours\":%u,", row->services,
			row->vips, o->servers, row->neighbours);
	printf("\"capacity\":%u,\"workers\":%u,\"hugepages\":%s,\"checked\":%" PRIu64
	       ",\"bad\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"given_up\":%" PRIu64,
			row->capacity, o->workers, row->huge ? "true" : "false", row->checked,
			row->bad, row->dropped, row->given_up);
	printf(",\"nodes\":[");
	for (unsigned int i = 0; o->nodes && i < row->n_nodes; i++)
		printf("%s{\"name\":\"%s\",\"ns\":%.2f,\"packets_per_call\":%.1f}",
				i == 0 ? "" : ",", row->node[i].name, row->node[i].ns,
				row->node[i].burst);
	putchar(']');
	if (row->what == BENCH_CASE_SOAK)
		print_soak(&row->soak);
	if (row->what == BENCH_CASE_LATENCY)
		bench_print_latency_json(row);
	putchar('}');
}

void
bench_print_json(const struct bench_options *o, const struct bench_row *rows, size_t n)
{
	printf("{\"baseline\":{");
	print_number("io_ns", o->io_ns);
	putchar(',');
	print_number("macswap_ns", o->macswap_ns);
	putchar(',');
	print_number("csum_ns", o->csum_ns);
	printf("},\"rows\":[");
	for (size_t i = 0; i < n; i++) {
		printf("%s\n ", i == 0 ? "" : ",");
		print_row_json(o, &rows[i]);
	}
	printf("\n]}\n");
}
