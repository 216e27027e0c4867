/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "golden.h"

/* Interfaces, addresses, services and hosts. */

struct scene_service {
	const char *vip;
	uint16_t port, server_port; /* server_port 0: as asked */
	uint8_t proto, forwarding, scheduler;
	unsigned int servers;
	uint32_t lease;
};

#define TCP    VD_PROTOCOL_TCP
#define UDP    VD_PROTOCOL_UDP
#define ALWAYS VD_LB_LEASE_ALWAYS
#define FNAT   VD_FORWARDING_FULLNAT
#define NAT    VD_FORWARDING_NAT
#define DR     VD_FORWARDING_DR

static const struct scene_service services[G_SERVICES] = {
		[G_FNAT4_TCP] = {"192.0.2.100", 80, 8080, TCP, FNAT, VD_SCHEDULER_RR, G_SERVERS, 0},
		[G_FNAT4_UDP] = {"192.0.2.100", 53, 5353, UDP, FNAT, VD_SCHEDULER_RR, G_SERVERS, 0},
		[G_NAT4_TCP] = {"192.0.2.101", 80, 8080, TCP, NAT, VD_SCHEDULER_RR, G_SERVERS,
				ALWAYS},
		[G_NAT4_UDP] = {"192.0.2.101", 53, 5353, UDP, NAT, VD_SCHEDULER_RR, G_SERVERS,
				ALWAYS},
		[G_DR4_TCP] = {"192.0.2.102", 80, 0, TCP, DR, VD_SCHEDULER_RR, G_SERVERS, ALWAYS},
		[G_DR4_UDP] = {"192.0.2.102", 53, 0, UDP, DR, VD_SCHEDULER_RR, G_SERVERS, ALWAYS},
		[G_DR4_HASH] = {"192.0.2.103", 80, 0, TCP, DR, VD_SCHEDULER_MH, G_SERVERS, ALWAYS},
		[G_EMPTY4] = {"192.0.2.104", 80, 0, TCP, NAT, VD_SCHEDULER_RR, 0, ALWAYS},
		[G_FNAT6_TCP] = {"2001:db8:1::100", 80, 8080, TCP, FNAT, VD_SCHEDULER_RR, G_SERVERS,
				0},
		[G_FNAT6_UDP] = {"2001:db8:1::100", 53, 5353, UDP, FNAT, VD_SCHEDULER_RR, G_SERVERS,
				0},
		[G_NAT6_TCP] = {"2001:db8:1::101", 80, 8080, TCP, NAT, VD_SCHEDULER_RR, G_SERVERS,
				ALWAYS},
		[G_NAT6_UDP] = {"2001:db8:1::101", 53, 5353, UDP, NAT, VD_SCHEDULER_RR, G_SERVERS,
				ALWAYS},
		[G_DR6_TCP] = {"2001:db8:1::102", 80, 0, TCP, DR, VD_SCHEDULER_RR, G_SERVERS,
				ALWAYS},
		[G_DR6_UDP] = {"2001:db8:1::102", 53, 0, UDP, DR, VD_SCHEDULER_RR, G_SERVERS,
				ALWAYS},
};

/* Beside the services': .110 has none and lease 1, .111 takes nothing for itself. */
static const struct {
	const char *addr;
	uint32_t lease;
	bool no_accept;
} vips[] = {
		{"192.0.2.100", 0, false},
		{"192.0.2.101", VD_DP_LEASE_ALWAYS, false},
		{"192.0.2.102", VD_DP_LEASE_ALWAYS, false},
		{"192.0.2.103", VD_DP_LEASE_ALWAYS, false},
		{"192.0.2.104", VD_DP_LEASE_ALWAYS, false},
		{"192.0.2.110", 1, false},
		{"192.0.2.111", VD_DP_LEASE_ALWAYS, true},
		{"2001:db8:1::100", 0, false},
		{"2001:db8:1::101", VD_DP_LEASE_ALWAYS, false},
		{"2001:db8:1::102", VD_DP_LEASE_ALWAYS, false},
};

static const struct {
	uint16_t ifid;
	const char *prefix;
} own[] = {
		{0, "192.0.2.1/24"},
		{0, "2001:db8:1::1/64"},
		{1, "198.51.100.1/24"},
		{1, "2001:db8:2::1/64"},
		{2, "203.0.113.1/24"},
};

const struct vd_mac g_mac[G_PORTS] = {
		{{0x02, 0, 0, 0, 0, 0xa0}},
		{{0x02, 0, 0, 0, 0, 0xa1}},
};

const struct vd_mac g_vmac[2] = {
		{{0, 0, 0x5e, 0, 1, 51}},
		{{0, 0, 0x5e, 0, 2, 52}},
};

static struct vd_lb_registry *registry;
static struct vd_lb_snapshot *snapshot;
static struct vd_dp_netconf *netconf;
static struct vd_addr moved;

struct vd_addr
g_addr(const char *text)
{
	struct vd_addr a = {.w = {0, 0}};

	if (vd_addr_parse(text, &a) != 0)
		CU_FAIL_FATAL("address");
	return a;
}

struct vd_addr
g_client(bool v6, unsigned int n)
{
	struct vd_addr base = g_addr(v6 ? "2001:db8:1::1000" : "192.0.2.10");

	return vd_addr_add(&base, n);
}

struct vd_addr
g_server(bool v6, unsigned int n)
{
	struct vd_addr base = g_addr(v6 ? "2001:db8:2::11" : "198.51.100.11");

	return vd_addr_add(&base, n);
}

struct vd_endpoint
g_listener(enum g_service s)
{
	struct vd_endpoint e = {g_addr(services[s].vip), services[s].port};

	return e;
}

bool
g_is_v6(enum g_service s)
{
	return strchr(services[s].vip, ':') != NULL;
}

uint8_t
g_proto(enum g_service s)
{
	return services[s].proto;
}

struct vd_mac
g_host_mac(const struct vd_addr *a)
{
	struct vd_mac m = {{0x02, 0x10, a->b[7], a->b[13], a->b[14], a->b[15]}};

	if (vd_addr_equal(a, &moved))
		m.b[1] = 0x20;
	return m;
}

bool
g_is_ours(const struct vd_addr *a)
{
	return vd_dp_netconf_address(netconf, a) != NULL;
}

void
g_host_move(const struct vd_addr *a)
{
	moved = *a;
}

uint32_t
g_service_id(enum g_service s)
{
	return vd_lb_service_at(snapshot, s)->id;
}

static const struct vd_lb_server *
lb_server(enum g_service s, unsigned int n)
{
	const struct vd_lb_service *svc = vd_lb_service_at(snapshot, s);

	return n == G_SERVERS ? svc->sorry : &svc->servers[n];
}

uint32_t
g_server_id(enum g_service s, unsigned int n)
{
	return lb_server(s, n)->id;
}

uint32_t
g_server_gen(enum g_service s, unsigned int n)
{
	return lb_server(s, n)->gen;
}

void
g_server_flags(enum g_service s, unsigned int n, uint32_t flags)
{
	const struct vd_lb_server *server = lb_server(s, n);
	struct vd_dp_event e = {
			.type = VD_DP_EVENT_SERVER,
			.server = {server->id, server->gen, flags},
	};

	g_post(&e);
}

static void
snapshot_build(const struct g_options *o)
{
	struct vd_lb_service_spec spec[G_SERVICES];
	struct vd_lb_listener listener[G_SERVICES];
	struct vd_lb_server_spec server[G_SERVICES][G_SERVERS + 1];
	struct vd_lb_spec all = {.services = spec, .n_services = G_SERVICES, .seed = 1};
	int err = 0;

	memset(spec, 0, sizeof(spec));
	memset(server, 0, sizeof(server));
	for (unsigned int s = 0; s < G_SERVICES; s++) {
		const struct scene_service *v = &services[s];

		listener[s].addr = g_addr(v->vip);
		listener[s].port = v->port;
		listener[s].protocol = v->proto;
		for (unsigned int i = 0; i <= v->servers; i++) {
			server[s][i].addr = g_server(g_is_v6(s), i);
			server[s][i].port = v->server_port;
			server[s][i].forwarding = v->forwarding;
			server[s][i].weight = 1;
		}
		spec[s].listeners = &listener[s];
		spec[s].n_listeners = 1;
		spec[s].servers = server[s];
		spec[s].n_servers = v->servers;
		spec[s].protocol = v->proto;
		spec[s].scheduler = v->scheduler;
		spec[s].forwarding = v->forwarding;
		spec[s].lease = v->lease;
		spec[s].laddr_pool = VD_LB_NONE;
		spec[s].observe = o->observe;
		server[s][v->servers].state = VD_LB_SERVER_DOWN;
		if (o->sorry_fullnat)
			server[s][v->servers].forwarding = VD_FORWARDING_FULLNAT;
		if (o->sorry && v->servers != 0)
			spec[s].sorry = &server[s][v->servers];
	}
	registry = vd_lb_registry_create();
	snapshot = vd_lb_snapshot_build(&all, registry, &vd_alloc_libc, &err, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(snapshot);
}

static void
add_route(struct vd_dp_netconf *n, const char *to, const char *via, uint16_t ifid)
{
	struct vd_prefix p;
	struct vd_addr gw = {.w = {0, 0}};

	CU_ASSERT_EQUAL(vd_prefix_parse(to, &p), 0);
	if (via != NULL)
		gw = g_addr(via);
	CU_ASSERT_EQUAL(vd_dp_netconf_add_route(n, &p, via == NULL ? NULL : &gw, ifid), 0);
}

struct vd_dp_netconf *
g_netconf_build(const struct g_options *o, uint64_t sequence)
{
	struct vd_dp_netconf *n = vd_dp_netconf_new();
	struct vd_laddr_range ports = {o->local_lo, o->local_hi};

	for (uint16_t i = 0; i < 3; i++) {
		struct vd_dp_iface f = {.port = i == 1,
				.vlan = i == 2 ? 100 : 0,
				.mtu = 1500,
				.punt = !o->no_punt};

		f.mac = g_mac[f.port];
		CU_ASSERT_EQUAL(vd_dp_netconf_add_iface(n, &f), i);
	}
	for (size_t i = 0; i < VD_ARRAY_LEN(own); i++) {
		struct vd_dp_address a = {.ifid = own[i].ifid,
				.kind = VD_DP_ADDR_OWN,
				.lease = VD_DP_LEASE_ALWAYS};
		struct vd_prefix p;

		CU_ASSERT_EQUAL(vd_prefix_parse(own[i].prefix, &p), 0);
		a.addr = p.addr;
		CU_ASSERT_EQUAL(vd_dp_netconf_add_address(n, &a), 0);
		CU_ASSERT_EQUAL(vd_dp_netconf_add_route(n, &p, NULL, a.ifid), 0);
		CU_ASSERT_EQUAL(vd_dp_netconf_add_local(n, a.ifid, &a.addr, &ports, 1), 0);
	}
	for (size_t i = 0; i < VD_ARRAY_LEN(vips); i++) {
		struct vd_dp_address a = {.addr = g_addr(vips[i].addr),
				.kind = VD_DP_ADDR_VIP,
				.lease = vips[i].lease,
				.no_accept = vips[i].no_accept};

		CU_ASSERT_EQUAL(vd_dp_netconf_add_address(n, &a), 0);
	}
	for (uint32_t i = 0; i < VD_ARRAY_LEN(g_vmac); i++)
		CU_ASSERT_EQUAL(vd_dp_netconf_add_mac(n, 0, &g_vmac[i], i), 0);
	add_route(n, "10.0.0.0/8", o->other_gateway ? "192.0.2.253" : "192.0.2.254", 0);
	add_route(n, "2001:db8:ffff::/48", "2001:db8:1::254", 0);
	if (o->check_peer != NULL) {
		struct vd_addr peer = g_addr(o->check_peer);

		CU_ASSERT_EQUAL(vd_dp_netconf_check_peer(n, &peer), 0);
	}
	CU_ASSERT_EQUAL(vd_dp_netconf_finish(n, sequence), 0);
	return n;
}

static void
neigh_build(void)
{
	struct vd_neigh_params params = {.slots = 1024, .seed = 7};
	struct vd_neigh_config *c = vd_neigh_config_new();

	g_neigh = vd_neigh_create(&params, &vd_alloc_libc);
	for (uint32_t i = 0; i < 3; i++)
		vd_neigh_config_interface(c, i, &g_mac[i == 1], false);
	for (size_t i = 0; i < VD_ARRAY_LEN(own); i++) {
		struct vd_prefix p;

		CU_ASSERT_EQUAL(vd_prefix_parse(own[i].prefix, &p), 0);
		vd_neigh_config_own(c, own[i].ifid, &p, VD_NEIGH_OWN, VD_NEIGH_NO_LEASE);
	}
	for (size_t i = 0; i < VD_ARRAY_LEN(vips); i++) {
		struct vd_prefix p = {.addr = g_addr(vips[i].addr)};

		p.len = vd_addr_is_v4(&p.addr) ? 32 : 128;
		vd_neigh_config_own(c, 0, &p, VD_NEIGH_VIP,
				vips[i].lease == VD_DP_LEASE_ALWAYS ? VD_NEIGH_NO_LEASE
								    : (uint16_t)vips[i].lease);
	}
	vd_neigh_config_seal(c);
	vd_neigh_config_swap(g_neigh, c, g_now);
}

void
g_start(const struct g_options *options)
{
	struct g_options o = {0};
	struct vd_dp_worker_config c = {.socket = -1, .alloc = &vd_alloc_libc, .seed = 42};

	if (options != NULL)
		o = *options;
	if (o.connections == 0)
		o.connections = 4096;
	if (o.local_lo == 0) {
		o.local_lo = 20000;
		o.local_hi = 29999;
	}
	memset(&moved, 0, sizeof(moved));
	g_silent = o.silent_hosts;
	snapshot_build(&o);
	netconf = g_netconf_build(&o, 1);
	neigh_build();
	c.connections = o.connections;
	c.neigh = vd_neigh_table(g_neigh);
	c.netconf = netconf;
	c.snapshot = snapshot;
	c.snapshot_sequence = 1;
	c.service_limit = vd_lb_registry_limit(registry, VD_LB_KIND_SERVICE);
	c.server_limit = vd_lb_registry_limit(registry, VD_LB_KIND_SERVER);
	c.serve = true;
	c.rst_rate = o.rst_rate;
	c.echo_rate = o.echo_rate;
	c.punt_rate = o.punt_rate;
	c.check_rate = o.check_rate;
	c.ring_size = o.ring_size;
	g_worker_open(&c, &o);
	g_lease(0, VD_TIME_NEVER);
}

void
g_stop(void)
{
	g_worker_close();
	vd_neigh_destroy(g_neigh);
	vd_dp_netconf_free(netconf);
	vd_lb_snapshot_free(snapshot);
	vd_lb_registry_destroy(registry);
}
