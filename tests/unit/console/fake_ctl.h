/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FAKE_CTL_H
#define FAKE_CTL_H

/*
 * A director with nothing behind it: what the console asks of ctl, answered from constants, so that the console can be
 * tested without lcores. These definitions are linked in place of lib/ctl.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vd_compiler.h"
#include "vd_ctl.h"
#include "vd_io_loop.h"
#include "vd_model.h"
#include "vd_probe.h"

struct vd_ctl {
	struct vd_io_loop *loop;
	bool empty; /* no ports, services, ... */
	bool hold;  /* keep the callbacks of slow commands until fake_release() */
	bool quit, stopped, cleared;
	int64_t weight; /* of the first server; -1 = the configuration's */
	enum vd_ctl_admin admin;
	int reload_rc;
	char reload_path[64];
	struct vd_ctl_conn_filter filter;
	vd_ctl_conns_fn conns_done;
	void *conns_ctx;
	int conns_err;
	uint8_t vrrp_priority; /* of the operator; 0 = none */
	bool maintenance;
	vd_ctl_failover_fn failover_done;
	void *failover_ctx;
	int failover_err;
	bool truncated;
};

static struct vd_ctl fake = {.weight = -1};

static inline struct vd_endpoint
fake_endpoint(const char *text)
{
	struct vd_endpoint ep;

	memset(&ep, 0, sizeof(ep));
	(void)vd_endpoint_parse(text, &ep);
	return ep;
}

void
vd_ctl_status(struct vd_ctl *c, struct vd_ctl_status *out)
{
	static const char *const warnings[] = {"port eth1 has no link",
			"service tcp:192.0.2.9:80 has no "
			"usable real server"};

	*out = (struct vd_ctl_status){
			.version = "0.1.0",
			.dpdk_version = "DPDK 22.11.11",
			.instance = "vipd",
			.state = c->maintenance      ? VD_CTL_STATE_MAINTENANCE
					: c->stopped ? VD_CTL_STATE_STOPPED
						     : VD_CTL_STATE_RUNNING,
			.uptime = 11520 * VD_SEC,
			.adaptive = true,
			.config_file = "/etc/vipd/vipd.conf",
			.n_ports = 2,
			.n_workers = 2,
			.n_workers_active = 1,
			.n_services = 3,
			.n_instances = 1,
			.connections = 1234,
			.capacity = 1000000,
			.rx_pps = 12345.6,
			.tx_pps = 11000,
			.cps = 33.3,
			.warnings = warnings,
			.n_warnings = c->empty ? 0 : VD_ARRAY_LEN(warnings),
	};
}

size_t
vd_ctl_port_count(struct vd_ctl *c)
{
	return c->empty ? 0 : 2;
}

void
vd_ctl_port_get(struct vd_ctl *c, size_t i, struct vd_ctl_port *out)
{
	static struct vd_prefix addresses[2];
	static const char *const notes[] = {"net_tap has no RSS: one worker serves it"};

	(void)c;
	(void)vd_prefix_parse("192.168.200.11/24", &addresses[0]);
	(void)vd_prefix_parse("2001:db8::11/64", &addresses[1]);
	*out = (struct vd_ctl_port){
			.name = i == 0 ? "eth0" : "eth1",
			.device = i == 0 ? "net_tap0,iface=wire0" : "net_tap1,iface=wire1",
			.driver = "net_tap",
			.punt = i == 0 ? "vipd-eth0" : NULL,
			.mac = {{2, 0, 0, 0, 0, 0x11}},
			.link_up = i == 0,
			.link_mbps = i == 0 ? 10000 : 0,
			.mtu = 1500,
			.rx_queues = 2,
			.tx_queues = 2,
			.control_tx = "pair",
			.notes = notes,
			.n_notes = 1,
			.addresses = addresses,
			.n_addresses = i == 0 ? 2 : 0,
			.rx_packets = 1000 * (i + 1),
			.tx_packets = 900,
			.rx_bytes = 64000,
			.tx_bytes = 57600,
			.rx_missed = 3,
			.tx_dropped = 1,
			.punt_rx = 4,
			.punt_tx = 5,
			.rx_pps = 12.34,
			.rx_bps = 1000,
	};
}

size_t
vd_ctl_lcore_count(struct vd_ctl *c)
{
	return c->empty ? 0 : 3;
}

void
vd_ctl_lcore_get(struct vd_ctl *c, size_t i, struct vd_ctl_lcore *out)
{
	static const char *const roles[] = {"main", "control", "worker"};

	(void)c;
	*out = (struct vd_ctl_lcore){
			.lcore = (unsigned int)i,
			.cpu = i == 0 ? -1 : 1,
			.role = roles[i],
			.worker = i == 2 ? 0 : -1,
			.active = true,
			.loops = 1000,
			.busy_loops = 100,
			.packets = 5000,
			.load = 0.125,
			.loop_p50 = 3 * VD_USEC,
			.loop_p99 = 20 * VD_USEC,
			.loop_max = i == 2 ? 1500 * VD_USEC : 0,
			.last_beat = VD_MSEC,
	};
}

void
vd_ctl_nodes(struct vd_ctl *c, void (*fn)(void *ctx, const struct vd_ctl_node *n), void *ctx)
{
	static const struct vd_ctl_node nodes[] = {{"vd_rx", 0, 100, 3200, 12.34},
			{"vd_l4", 0, 80, 2000, 0}, {"vd_idle", 0, 0, 0, 0}};

	for (size_t i = 0; !c->empty && i < VD_ARRAY_LEN(nodes); i++)
		fn(ctx, &nodes[i]);
}

/* 0: TCP 192.0.2.1:80, 1: UDP of the same address and port, 2: a group, not served. */
size_t
vd_ctl_service_count(struct vd_ctl *c)
{
	return c->empty ? 0 : 3;
}

void
vd_ctl_service_get(struct vd_ctl *c, size_t i, struct vd_ctl_service *out)
{
	static const char *const labels[] = {"tcp:192.0.2.1:80", "udp:192.0.2.1:80", "group web"};

	(void)c;
	*out = (struct vd_ctl_service){
			.label = labels[i],
			.endpoint = fake_endpoint(i == 2 ? "[2001:db8::80]:443" : "192.0.2.1:80"),
			.protocol = i == 1 ? VD_PROTOCOL_UDP : VD_PROTOCOL_TCP,
			.scheduler = VD_SCHEDULER_WRR,
			.configured_scheduler = i == 2 ? VD_SCHEDULER_SED : VD_SCHEDULER_WRR,
			.forwarding = VD_FORWARDING_FULLNAT,
			.serving = i != 2,
			.serving_reason = i == 2 ? "VI_1 is BACKUP here" : "no instance holds it",
			.quorum = true,
			.active = 3,
			.inactive = 9,
			.total = 123456,
			.packets_in = 1000,
			.bytes_in = 60000,
			.packets_out = 900,
			.bytes_out = 12345678,
			.cps = 5.55,
			.n_servers = i == 0 ? 3 : 1,
	};
}

void
vd_ctl_server_get(struct vd_ctl *c, size_t service, size_t server, struct vd_ctl_server *out)
{
	static const char *const addresses[] = {
			"192.168.200.101:80", "192.168.200.102:80", "[2001:db8::103]:8080"};
	static const char *const states[] = {"up", "drain", "down"};
	int64_t weight = server == 1 ? 0 : 5 - 2 * (int64_t)server;

	(void)service;
	*out = (struct vd_ctl_server){
			.endpoint = fake_endpoint(addresses[server]),
			.forwarding = VD_FORWARDING_FULLNAT,
			.weight = 5 - 2 * (int64_t)server,
			.effective_weight = server == 0 && c->weight >= 0 ? c->weight : weight,
			.state = states[server],
			.reason = server == 0         ? "in rotation"
					: server == 1 ? "set by the operator"
						      : "disabled",
			.active = 1,
			.inactive = 2,
			.total = 41152,
	};
}

int
vd_ctl_service_find(struct vd_ctl *c, int protocol, const struct vd_endpoint *ep)
{
	struct vd_endpoint own = fake_endpoint("192.0.2.1:80");

	if (c->empty || !vd_addr_equal(&own.addr, &ep->addr) || own.port != ep->port)
		return -ENOENT;
	return protocol == 0 ? -EINVAL : protocol == VD_PROTOCOL_TCP ? 0 : 1;
}

int
vd_ctl_service_find_group(struct vd_ctl *c, const char *group)
{
	return !c->empty && strcmp(group, "web") == 0 ? 2 : -ENOENT;
}

int
vd_ctl_service_find_fwmark(struct vd_ctl *c, uint32_t fwmark)
{
	(void)c;
	(void)fwmark;
	return -ENOENT;
}

int
vd_ctl_server_find(struct vd_ctl *c, size_t service, const struct vd_endpoint *ep)
{
	struct vd_ctl_service s;
	struct vd_ctl_server r;

	vd_ctl_service_get(c, service, &s);
	for (size_t i = 0; i < s.n_servers; i++) {
		vd_ctl_server_get(c, service, i, &r);
		if (vd_addr_equal(&r.endpoint.addr, &ep->addr) && r.endpoint.port == ep->port)
			return (int)i;
	}
	return -ENOENT;
}

int
vd_ctl_set_weight(struct vd_ctl *c, size_t service, size_t server, int64_t weight,
		struct vd_strbuf *why)
{
	(void)service;
	if (server == 2) {
		vd_strbuf_puts(why, "the real server is disabled");
		return -EBUSY;
	}
	c->weight = weight;
	return 0;
}

int
vd_ctl_set_admin(struct vd_ctl *c, size_t service, size_t server, enum vd_ctl_admin admin,
		struct vd_strbuf *why)
{
	(void)service;
	(void)server;
	(void)why;
	c->admin = admin;
	return 0;
}

int
vd_ctl_reload(struct vd_ctl *c, const char *path, struct vd_diag_list *diags,
		struct vd_strbuf *summary)
{
	struct vd_place place = {"/etc/vipd/vipd.conf", 3, 1};

	snprintf(c->reload_path, sizeof(c->reload_path), "%s", path != NULL ? path : "(none)");
	if (c->reload_rc != 0)
		vd_diag_add(diags, VD_DIAG_ERROR, place, NULL, "malformed address");
	else
		vd_strbuf_puts(summary, "1 service added");
	return c->reload_rc;
}

void
vd_ctl_serve(struct vd_ctl *c, bool on)
{
	c->stopped = !on;
}

void
vd_ctl_clear_stats(struct vd_ctl *c)
{
	c->cleared = true;
}

void
vd_ctl_quit(struct vd_ctl *c)
{
	c->quit = true;
	if (c->loop != NULL)
		vd_io_loop_stop(c->loop, 0);
}

size_t
vd_ctl_conn_state_count(void)
{
	return 3;
}

const char *
vd_ctl_conn_state_name(size_t i)
{
	static const char *const names[] = {"SYN_RECV", "ESTABLISHED", "UDP"};

	return names[i];
}

void
vd_ctl_conn_count(struct vd_ctl *c, struct vd_ctl_conn_count *out)
{
	static const uint64_t by_worker[] = {10, 2}, by_state[] = {2, 10, 0};

	(void)c;
	*out = (struct vd_ctl_conn_count){12, 2000000, by_worker, 2, by_state, 100, 88, 1};
}

static inline void
fake_release(void)
{
	struct vd_ctl_conn conns[2] = {
			{.protocol = VD_PROTOCOL_TCP,
					.forwarding = VD_FORWARDING_FULLNAT,
					.client = fake_endpoint("10.9.9.9:40000"),
					.virtual = fake_endpoint("192.0.2.1:80"),
					.local = fake_endpoint("192.168.200.11:1025"),
					.server = fake_endpoint("192.168.200.101:80"),
					.state = "ESTABLISHED",
					.age = 90 * VD_SEC,
					.timeout = 899 * VD_SEC},
			{.protocol = VD_PROTOCOL_UDP,
					.forwarding = VD_FORWARDING_DR,
					.client = fake_endpoint("[2001:db8::9]:5353"),
					.virtual = fake_endpoint("[2001:db8::80]:53"),
					.server = fake_endpoint("[2001:db8::103]:53"),
					.state = "UDP",
					.timeout = 300 * VD_SEC,
					.worker = 1},
	};
	vd_ctl_conns_fn done = fake.conns_done;

	fake.conns_done = NULL;
	if (done != NULL)
		done(fake.conns_ctx, fake.conns_err, conns, fake.empty ? 0 : 2, fake.truncated);
}

void
vd_ctl_conns(struct vd_ctl *c, const struct vd_ctl_conn_filter *filter, vd_ctl_conns_fn done,
		void *ctx)
{
	c->filter = *filter;
	c->conns_done = done;
	c->conns_ctx = ctx;
	if (!c->hold)
		fake_release();
}

struct vd_probe *
vd_ctl_probe(struct vd_ctl *c)
{
	return (struct vd_probe *)c;
}

const struct vd_model *
vd_ctl_model(struct vd_ctl *c)
{
	static const struct vd_model none;

	(void)c;
	return &none;
}

/* A check that is up, one that is down, and a script. */
bool
vd_probe_view_next(struct vd_probe *p, size_t *cursor, struct vd_probe_view *out)
{
	struct vd_probe_view v[] = {
			{.kind = VD_PROBE_CHECK,
					.type = "TCP_CHECK",
					.state = "up",
					.up = true,
					.last_code = -1,
					.value = -1,
					.last_duration = 2 * VD_MSEC,
					.last_run = 1,
					.next_run = VD_TIME_NEVER,
					.runs = 9},
			{.kind = VD_PROBE_CHECK,
					.type = "HTTP_GET",
					.state = "down",
					.last_code = 503,
					.value = -1,
					.last_run = 1,
					.runs = 4,
					.failures = 3,
					.next_run = VD_TIME_NEVER},
			{.kind = VD_PROBE_SCRIPT,
					.type = "vrrp_script",
					.state = "bad",
					.last_code = 1,
					.value = -1,
					.last_run = 1,
					.runs = 2,
					.failures = 2,
					.next_run = VD_TIME_NEVER},
	};

	if (*cursor >= VD_ARRAY_LEN(v) || ((struct vd_ctl *)p)->empty)
		return false;
	*out = v[(*cursor)++];
	snprintf(out->virtual_server, sizeof(out->virtual_server), "tcp:192.0.2.1:80");
	snprintf(out->real_server, sizeof(out->real_server), "192.168.200.101:80");
	snprintf(out->name, sizeof(out->name), "%s", out->kind == VD_PROBE_SCRIPT ? "chk" : "");
	snprintf(out->last_error, sizeof(out->last_error), "%s",
			out->up ? "" : "status 503, and 200-299 is asked for");
	return true;
}

void
vd_probe_stats(struct vd_probe *p, struct vd_probe_stats *out)
{
	(void)p;
	*out = (struct vd_probe_stats){.runs = 15, .things = 3, .late_max = VD_MSEC};
}

void
vd_ctl_neighbors(
		struct vd_ctl *c, void (*fn)(void *ctx, const struct vd_ctl_neighbor *n), void *ctx)
{
	struct vd_ctl_neighbor n[2] = {
			{fake_endpoint("192.168.200.101:1").addr, {{2, 0, 0, 0, 1, 1}}, "eth0",
					"reachable", 5 * VD_SEC},
			{fake_endpoint("192.168.200.254:1").addr, {{0}}, "eth0", "incomplete",
					VD_SEC},
	};

	for (size_t i = 0; !c->empty && i < 2; i++)
		fn(ctx, &n[i]);
}

/* 0: VI_1, IPv4, BACKUP; 1: VI_6, IPv6, MASTER with a sync group; 2: VI_F, FAULT. */
size_t
vd_ctl_vrrp_count(struct vd_ctl *c)
{
	return c->empty ? 0 : 3;
}

static inline struct vd_model_vrrp_instance *
fake_vrrp_conf(size_t i)
{
	static struct vd_model_vrrp_instance conf[3];
	static struct vd_model_address vips[3][2], excluded[1];
	static struct vd_model_track tracks[2] = {
			{.name = "eth1"}, {.name = "chk_web", .weight = -20}};
	static struct vd_model_unicast_peer peers[1];
	static const char *const texts[] = {"192.168.200.16", "2001:db8::16", "10.7.7.7"};

	(void)vd_prefix_parse(texts[i], &vips[i][0].address);
	(void)vd_prefix_parse("192.168.200.17/24", &vips[0][1].address);
	(void)vd_prefix_parse("192.168.201.1/24", &excluded[0].address);
	(void)vd_addr_parse("192.168.200.12", &peers[0].address);
	conf[i].priority = 100;
	conf[i].advert_int = VD_SEC;
	conf[i].accept = i != 1;
	conf[i].nopreempt = i == 1;
	conf[i].virtual_ipaddress.v = vips[i];
	conf[i].virtual_ipaddress.n = i == 0 ? 2 : 1;
	if (i == 0) {
		conf[i].preempt_delay = 30 * VD_SEC;
		conf[i].virtual_ipaddress_excluded.v = excluded;
		conf[i].virtual_ipaddress_excluded.n = 1;
		conf[i].track_interface.v = &tracks[0];
		conf[i].track_interface.n = 1;
		conf[i].track_script.v = &tracks[1];
		conf[i].track_script.n = 1;
		conf[i].unicast_peer.v = peers;
		conf[i].unicast_peer.n = 1;
	}
	return &conf[i];
}

static inline struct vd_vrrp_status
fake_vrrp_status(size_t i)
{
	static const uint8_t states[] = {
			VD_VRRP_STATE_BACKUP, VD_VRRP_STATE_MASTER, VD_VRRP_STATE_FAULT};
	struct vd_vrrp_status s = {
			.present = true,
			.state = states[i],
			.wanted = i == 2 ? VD_VRRP_STATE_MASTER : states[i],
			.reason = i == 0         ? VD_VRRP_REASON_HIGHER
					: i == 1 ? VD_VRRP_REASON_TIMEOUT
						 : VD_VRRP_REASON_TRACK,
			.priority = 100,
			.effective_priority = i == 0 ? 80 : 100,
			.master_priority = i == 0 ? 150 : 100,
			.since = 1000 * VD_SEC,
			.master_interval = VD_SEC,
			.down_interval = 3609 * VD_MSEC,
			/* 65 s of age: the clock shows 1065 s. */
			.preempt_at = i == 0 ? 1077 * VD_SEC : 0,
			.stats = {.adverts_received = 7,
					.adverts_sent = 8,
					.became_master = 3,
					.released_master = 2,
					.priority_zero_received = 4,
					.priority_zero_sent = 5},
	};

	if (i == 0) {
		s.master_addr = fake_endpoint("192.168.200.12:1").addr;
		s.stats.errors[VD_VRRP_ERROR_TTL] = 11;
		s.stats.errors[VD_VRRP_ERROR_AUTH_FAILURE] = 2;
	}
	return s;
}

void
vd_ctl_vrrp_get(struct vd_ctl *c, size_t i, struct vd_ctl_vrrp *out)
{
	static const char *const names[] = {"VI_1", "VI_6", "VI_F"};
	static const char *const reasons[] = {
			"advert from 192.168.200.12 with the higher priority 150",
			"no advert within the master down interval", "eth1 is down"};

	*out = (struct vd_ctl_vrrp){
			.name = names[i],
			.conf = fake_vrrp_conf(i),
			.interface = i == 2 ? "eth1" : "eth0",
			.sync_group = i == 1 ? "SG" : NULL,
			.v6 = i == 1,
			.vrid = 51 + (uint32_t)i,
			.version = i == 1 ? 3 : 2,
			.mac = {{2, 0, 0, 0, 0, 0x11}},
			.reason = reasons[i],
			.since = 65 * VD_SEC,
			.since_wall = 1700000000.25,
			.status = fake_vrrp_status(i),
	};
	if (i == 0) {
		out->src = fake_endpoint("192.168.200.11:1").addr;
		out->status.priority_override = c->vrrp_priority;
		if (c->vrrp_priority != 0)
			out->status.priority = c->vrrp_priority;
	}
}

int
vd_ctl_vrrp_find(struct vd_ctl *c, const char *name)
{
	struct vd_ctl_vrrp v;

	for (size_t i = 0; i < vd_ctl_vrrp_count(c); i++) {
		vd_ctl_vrrp_get(c, i, &v);
		if (strcmp(v.name, name) == 0)
			return (int)i;
	}
	return -ENOENT;
}

int
vd_ctl_vrrp_priority(struct vd_ctl *c, size_t i, uint8_t priority, struct vd_strbuf *why)
{
	if (i == 2) {
		vd_strbuf_puts(why, "control does not answer");
		return -ETIMEDOUT;
	}
	c->vrrp_priority = priority;
	return 0;
}

static inline void
fake_hand_over(void)
{
	vd_ctl_failover_fn done = fake.failover_done;

	fake.failover_done = NULL;
	if (done != NULL)
		done(fake.failover_ctx, fake.failover_err,
				fake.failover_err != 0 ? "VI_6: nobody took over within 4 s"
						       : "VI_6: 192.168.200.12 is MASTER now");
}

void
vd_ctl_vrrp_failover(struct vd_ctl *c, size_t i, vd_ctl_failover_fn done, void *ctx)
{
	if (i != 1) {
		done(ctx, -EALREADY, "VI_1 is not MASTER here");
		return;
	}
	c->failover_done = done;
	c->failover_ctx = ctx;
	if (!c->hold)
		fake_hand_over();
}

void
vd_ctl_maintenance(struct vd_ctl *c, bool on)
{
	c->maintenance = on;
}

void
vd_ctl_drops(struct vd_ctl *c, uint64_t *out)
{
	if (c->empty)
		return;
	out[VD_DROP_TTL] = 7;
	out[VD_DROP_NO_SERVER] = 1200;
}

void
vd_ctl_events(struct vd_ctl *c, size_t n, void (*fn)(void *ctx, const struct vd_ctl_event *e),
		void *ctx)
{
	struct vd_ctl_event e = {1700000000123000000ull, VD_LOG_WARNING, "port eth1 has no link"};

	for (size_t i = 0; !c->empty && i < VD_MIN(n, (size_t)2); i++)
		fn(ctx, &e);
}

void
vd_ctl_explain(struct vd_ctl *c, enum vd_protocol protocol, const struct vd_endpoint *src,
		const struct vd_endpoint *dst, vd_ctl_explain_fn done, void *ctx)
{
	static const char *const steps[] = {
			"192.0.2.1 is a VIP, served", "service tcp:192.0.2.1:80, wrr"};
	struct vd_ctl_explain e = {"forward", "tcp:192.0.2.1:80",
			fake_endpoint("192.168.200.101:80"), true, "next in the weighted turn",
			steps, 2};

	(void)c;
	(void)protocol;
	(void)src;
	if (dst->port != 80)
		e = (struct vd_ctl_explain){.action = "drop",
				.reason = "not_master",
				.steps = steps,
				.n_steps = 1};
	done(ctx, 0, &e);
}

#endif
