/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_GROWTH_H
#define BENCH_GROWTH_H

/*
 * Configurations that grow: --services virtual servers on --vips addresses, --servers real servers each, whose addresses
 * are --neighbours in all, a neighbour each. Service s has those from number s * servers on, round about.
 */

#include "bench.h"

#define BENCH_GROWTH_PREFIX \
	"10.128.0.1/16" /* of a second address of the port: there is room for many servers */

/* vips, vports, servers: the number of their addresses, and where they begin. */
void bench_growth_params(const struct bench_options *o, struct bench_params *p);
struct vd_addr bench_growth_server(const struct bench_options *o, const struct bench_params *p,
		uint32_t service, uint32_t server);
/* Memory that the director's tables take beyond those of connections. */
uint32_t bench_growth_mb(const struct bench_options *o, const struct bench_params *p);

#endif
