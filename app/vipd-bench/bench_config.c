/* SPDX-License-Identifier: BSD-3-Clause */
/* The files that a row's director reads: nothing in them is the bench's own, and every neighbour is in them. */
#include <stdio.h>
#include <unistd.h>

#include "bench.h"
#include "bench_growth.h"

/* Connections that ended wait for 10 s in the table: room for a million and a half of them a second. */
#define CLOSING        15000000u
#define CAPACITY       1000000u /* the default of the dataplane file */
#define VPORT          80
#define BASE_MB        192
#define CONN_BYTES     160
#define SHORT_PATIENCE 7000 /* ms; the timeouts below are 10 s at least */

static const char *const kinds[BENCH_METHOD_N] = {"FNAT", "NAT", "DR", "FNAT", "FNAT"};

/* What ended is to leave the table soon. */
static bool
short_timeouts(const struct bench_options *o, const struct bench_row *row)
{
	return o->drain || row->what == BENCH_CASE_SOAK;
}

static enum bench_method
method_of(const struct bench_options *o, const struct bench_row *row)
{
	switch (row->what) {
	case BENCH_CASE_FULLNAT:
		return BENCH_METHOD_FULLNAT;
	case BENCH_CASE_NAT:
		return BENCH_METHOD_NAT;
	case BENCH_CASE_DR:
		return BENCH_METHOD_DR;
	case BENCH_CASE_DROP:
		return BENCH_METHOD_DROP;
	case BENCH_CASE_PUNT:
		return BENCH_METHOD_PUNT;
	default:
		return o->method;
	}
}

void
bench_row_params(const struct bench_options *o, const struct bench_row *row, struct bench_params *p)
{
	bench_params_default(p, row->v6);
	p->method = method_of(o, row);
	p->mode = BENCH_MODE_IDLE;
	p->udp = row->udp;
	p->imix = row->imix;
	p->any = o->any;
	p->flows = row->flows;
	p->seed = o->seed;
	bench_growth_params(o, p);
	p->locals = o->locals;
	p->burst = o->burst;
	if (short_timeouts(o, row))
		p->patience = SHORT_PATIENCE;
	/* A port that no service has. */
	if (p->method == BENCH_METHOD_DROP || p->method == BENCH_METHOD_PUNT)
		p->vport++;
}

uint32_t
bench_row_capacity(const struct bench_options *o, const struct bench_row *row)
{
	uint64_t most = (uint64_t)sysconf(_SC_AVPHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 2 /
			CONN_BYTES;

	if (o->capacity != 0)
		return o->capacity;
	if (row->what != BENCH_CASE_CONNECTIONS && row->what != BENCH_CASE_SOAK)
		return VD_MAX(row->flows, CAPACITY);
	/* A smaller machine has room for fewer, and says so if they do not do. */
	return (uint32_t)VD_MAX(VD_MIN(row->flows + CLOSING, most), 2 * row->flows);
}

static void
put_neighbor(struct vd_strbuf *out, const char *addr, const struct vd_mac *mac)
{
	char m[VD_MAC_STR];

	vd_strbuf_printf(out, "%s\n      {\"address\": \"%s\", \"mac\": \"%s\"}",
			out->s[out->len - 1] == '[' ? "" : ",", addr,
			vd_mac_format(mac, m, sizeof(m)));
}

/* Several workers where there is not a CPU for each: they share them, beginning with those that main has not. */
static void
put_lcores(uint32_t workers, struct vd_strbuf *out)
{
	uint32_t cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);

	if (workers == 1 || workers < cpus)
		return;
	vd_strbuf_puts(out,
			"\"main_lcore\": \"0@0\", \"control_lcore\": \"1@0\", "
			"\"worker_lcores\": [");
	for (uint32_t w = 0; w < workers; w++)
		vd_strbuf_printf(out, "%s\"%u@%u\"", w == 0 ? "" : ", ", w + 2, (w + 1) % cpus);
	vd_strbuf_puts(out, "], ");
}

void
bench_dataplane_text(const struct bench_options *o, const struct bench_row *row,
		const struct bench_params *p, const char *port, struct vd_strbuf *out)
{
	const char *gateway = p->v6 ? "2001:db8:0:1::1" : "192.168.0.1";
	uint32_t mb = BASE_MB +
			(uint32_t)((uint64_t)row->capacity * o->workers * CONN_BYTES >> 20) +
			bench_growth_mb(o, p);
	char a[VD_ADDR_STR], m[VD_MAC_STR];

	vd_strbuf_puts(out, "{\n  \"eal\": {");
	put_lcores(o->workers, out);
	vd_strbuf_printf(out,
			"\"memory_mb\": %u, \"hugepages\": %s, \"extra\": [\"-d\", "
			"\"%s\"]},\n"
			"  \"log\": {\"level\": \"error\"},\n  \"poll\": \"busy\",\n  "
			"\"stall_ms\": 10000,\n"
			"  \"connections\": {\"max_per_worker\": %u},\n",
			mb, o->huge ? "true" : "false", port, row->capacity);
	vd_strbuf_printf(out,
			"  \"ports\": [{\n    \"name\": \"eth0\", \"device\": "
			"\"net_null0,no-rx=1\",\n"
			"    \"mac\": \"%s\",\n"
			"    \"addresses\": [\"%s\"],\n    \"gateways\": [\"%s\"],\n"
			"    \"neighbors\": [",
			vd_mac_format(&p->mac, m, sizeof(m)),
			p->v6 ? "2001:db8:0:1::11/64" : "192.168.0.11/16\", \"" BENCH_GROWTH_PREFIX,
			gateway);
	put_neighbor(out, gateway, &p->gateway_mac);
	for (uint32_t i = 0; i < p->servers; i++) {
		struct vd_addr addr = bench_addr_at(&p->server, i);
		struct vd_mac mac = bench_mac_at(&p->server_mac, i);

		put_neighbor(out, vd_addr_format(&addr, a, sizeof(a)), &mac);
	}
	vd_strbuf_puts(out, "\n    ]\n  }]\n}\n");
}

/* A node that waits for its turn to be MASTER, for minutes. */
static void
put_backup(const struct bench_params *p, const char *vip, struct vd_strbuf *out)
{
	vd_strbuf_printf(out,
			"vrrp_instance bench {\n    interface eth0\n    state BACKUP\n"
			"    virtual_router_id 51\n    version 3\n    priority 1\n    advert_int "
			"40\n"
			"    virtual_ipaddress {\n%s        %s\n    }\n}\n",
			p->v6 ? "        fe80::51\n" : "", vip);
}

/* Every second server goes by a file. Its connections go on when it is down. */
#define FLAP \
	"        inhibit_on_failure\n        FILE_CHECK {\n            track_file down\n" \
	"            weight 0\n        }\n"

static void
put_flap(const struct bench_row *row, const char *folder, struct vd_strbuf *out)
{
	if (row->timeout != 0)
		vd_strbuf_printf(out, "global_defs {\n    lvs_timeouts tcp %u\n}\n", row->timeout);
	vd_strbuf_printf(out,
			"track_file down {\n    file %s/" BENCH_FLAP_FILE
			"\n    weight 0\n    init_file 0\n}\n",
			folder);
}

/* Number s of all; the port has one less where no service is to be found. */
static void
put_service(const struct bench_options *o, const struct bench_row *row,
		const struct bench_params *p, uint32_t s, struct vd_strbuf *out)
{
	struct vd_addr vip = bench_addr_at(&p->vip, s / p->vports);
	bool flaps = row->what == BENCH_CASE_LATENCY;
	char a[VD_ADDR_STR];

	vd_strbuf_printf(out,
			"virtual_server %s %u {\n    lb_algo rr\n    lb_kind %s\n    protocol "
			"%s\n",
			vd_addr_format(&vip, a, sizeof(a)), VPORT + s % p->vports, kinds[p->method],
			p->udp ? "UDP" : "TCP");
	if (kinds[p->method][0] == 'F')
		vd_strbuf_puts(out, "    laddr_group_name bench\n");
	for (uint32_t i = 0; i < o->servers; i++) {
		struct vd_addr server = bench_growth_server(o, p, s, i);

		vd_strbuf_printf(out, "    real_server %s 80 {\n        weight %u\n%s    }\n",
				vd_addr_format(&server, a, sizeof(a)), VD_MAX(row->weight, 1u),
				flaps && i % 2 != 0 ? FLAP : "");
	}
	vd_strbuf_puts(out, "}\n");
}

void
bench_services_text(const struct bench_options *o, const struct bench_row *row,
		const struct bench_params *p, const char *folder, struct vd_strbuf *out)
{
	struct vd_addr last = bench_addr_at(&p->local, p->locals - 1);
	char vip[VD_ADDR_STR], a[VD_ADDR_STR], b[VD_ADDR_STR];
	bool flaps = row->what == BENCH_CASE_LATENCY;

	(void)vd_addr_format(&p->vip, vip, sizeof(vip));
	if (flaps)
		put_flap(row, folder, out);
	else if (short_timeouts(o, row))
		vd_strbuf_puts(out, "global_defs {\n    lvs_timeouts tcp 10 tcpfin 10 udp 10\n}\n");
	if (row->what == BENCH_CASE_DROP)
		put_backup(p, vip, out);
	vd_strbuf_printf(out, "local_address_group bench {\n    %s-%s eth0\n}\n",
			vd_addr_format(&p->local, a, sizeof(a)),
			vd_addr_format(&last, b, sizeof(b)));
	for (uint32_t s = 0; s < p->vips * p->vports; s++)
		put_service(o, row, p, s, out);
}
