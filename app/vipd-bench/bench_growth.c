/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench_growth.h"
#include "vd_compiler.h"

#define PORTS_USUAL 100u  /* services on one VIP, unless told */
#define ROW_USUAL   250u  /* servers that have room before what follows them */
#define BYTES_EACH  1024u /* of a service, a server or a neighbour */

void
bench_growth_params(const struct bench_options *o, struct bench_params *p)
{
	uint32_t services = VD_MAX(o->services, VD_MAX(o->vips, 1u));

	p->vips = o->vips != 0 ? o->vips : (services + PORTS_USUAL - 1) / PORTS_USUAL;
	p->vports = (services + p->vips - 1) / p->vips;
	p->servers = VD_MAX(o->neighbours, o->servers);
	if (p->servers > ROW_USUAL)
		(void)vd_addr_parse(p->v6 ? "2001:db8:0:1::8:1" : "10.128.0.2", &p->server);
	if (p->vips > ROW_USUAL / 2 && !p->v6)
		(void)vd_addr_parse("10.200.0.1", &p->vip);
}

struct vd_addr
bench_growth_server(const struct bench_options *o, const struct bench_params *p, uint32_t service,
		uint32_t server)
{
	return bench_addr_at(&p->server,
			(uint32_t)(((uint64_t)service * o->servers + server) % p->servers));
}

uint32_t
bench_growth_mb(const struct bench_options *o, const struct bench_params *p)
{
	uint64_t services = (uint64_t)p->vips * p->vports;
	uint64_t things = services + services * o->servers + p->servers;

	return things < 10000 ? 0 : (uint32_t)(things * BYTES_EACH >> 20);
}
