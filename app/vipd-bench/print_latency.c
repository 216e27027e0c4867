/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdio.h>

#include "bench.h"

const double bench_shares[BENCH_SHARES] = {0.5, 0.99, 0.999, 1};

void
bench_print_latency_head(FILE *to, const struct bench_row *row)
{
	fprintf(to, "\n%.0f %% of %.2f Mpps; times in us\n", 100 * row->load,
			row->latency.capacity / 1e6);
	fprintf(to, "%36s | delay %34s| turn %19s| loop %11s| lost\n", "", "", "", "");
	fprintf(to, "%-16s %10s %8s | %7s %7s %7s %7s %7s | %7s %7s %7s | %7s %7s | %7s %5s\n", "",
			"frames", "missed", "p50", "p99", "p99.9", "usual", "longest", "p99.9",
			"usual", "longest", "p99.9", "longest", "ms", "CPU");
	fflush(to);
}

void
bench_print_latency_step(FILE *to, const struct bench_latency_step *s)
{
	double all = (double)VD_MAX(s->frames + s->missed, 1u);

	fprintf(to, "%-16s %10" PRIu64 " %7.3f%% |", s->name, s->frames,
			100.0 * (double)s->missed / all);
	fprintf(to, " %7.1f %7.1f %7.1f %7.1f %7.1f |", s->late[0] / 1e3, s->late[1] / 1e3,
			s->late[2] / 1e3, s->late_usual / 1e3, s->late[3] / 1e3);
	fprintf(to, " %7.1f %7.1f %7.1f | %7.1f %7.0f | %7.1f %4.0f%%", s->pause_p999 / 1e3,
			s->pause_usual / 1e3, s->pause_max / 1e3, s->loop_p999 / 1e3,
			s->loop_max / 1e3, s->lost / 1e6, 100 * s->cpu_share);
	if (s->counted != NULL)
		fprintf(to, "  %" PRIu64 " %s", s->events, s->counted);
	fputc('\n', to);
	fflush(to);
}

static void
print_step(const struct bench_latency_step *s)
{
	printf("{\"name\":\"%s\",\"frames\":%" PRIu64 ",\"missed\":%" PRIu64
	       ",\"seconds\":%.3f,\"cpu_share\":%.3f,",
			s->name, s->frames, s->missed, s->wall, s->cpu_share);
	printf("\"late_ns\":{\"p50\":%.0f,\"p99\":%.0f,\"p999\":%.0f,\"usual_max\":%.0f,\"max\":%."
	       "0f},",
			s->late[0], s->late[1], s->late[2], s->late_usual, s->late[3]);
	printf("\"turn_ns\":{\"p999\":%.0f,\"usual_max\":%.0f,\"max\":%.0f},", s->pause_p999,
			s->pause_usual, s->pause_max);
	printf("\"loop_ns\":{\"p50\":%.0f,\"p999\":%.0f,\"max\":%.0f},", s->loop_p50, s->loop_p999,
			s->loop_max);
	printf("\"lost_ns\":%.0f,\"lost_max_ns\":%.0f", s->lost, s->lost_max);
	if (s->counted != NULL)
		printf(",\"%s\":%" PRIu64, s->counted, s->events);
	putchar('}');
}

void
bench_print_latency_json(const struct bench_row *row)
{
	printf(",\"latency\":{\"load\":%.2f,\"capacity_per_second\":%.0f,\"steps\":[", row->load,
			row->latency.capacity);
	for (int i = 0; i < row->latency.n; i++) {
		printf("%s\n  ", i == 0 ? "" : ",");
		print_step(&row->latency.step[i]);
	}
	printf("]}");
}
