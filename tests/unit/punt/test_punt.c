/* SPDX-License-Identifier: BSD-3-Clause */
/* A kernel tap in a network namespace of this process's own; skipped (77) where none can be made. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_mbuf.h>

#include "vd_punt.h"
#include "vd_test.h"

static struct rte_mempool *pool;
static struct vd_rt_port port = {
		.mac = {{0x02, 0, 0, 0, 0, 0x11}},
		.mtu = 1500,
};

/* What a command prints; static. */
static const char *
output(const char *command)
{
	static char text[4096];
	FILE *f = popen(command, "r");
	size_t n = f == NULL ? 0 : fread(text, 1, sizeof(text) - 1, f);

	text[n] = '\0';
	if (f != NULL)
		pclose(f);
	return text;
}

static bool
shows(const char *command, const char *part)
{
	const char *text = output(command);
	bool found = strstr(text, part) != NULL;

	if (!found)
		printf("\n%s\n  lacks \"%s\" in:\n%s", command, part, text);
	return found;
}

static struct vd_dataplane_port *
port_new(struct vd_dataplane *dp)
{
	struct vd_dataplane_port *p = vd_vec_add(&dp->ports);

	p->name = vd_xstrdup("eth0");
	p->device = vd_xstrdup("net_null0");
	p->punt = vd_xstrdup("vdt0");
	p->mtu = 1500;
	return p;
}

static void
add_address(struct vd_dataplane_l3 *l3, const char *text)
{
	CU_ASSERT(vd_prefix_parse(text, vd_vec_add(&l3->addresses)) == 0);
}

static void
add_gateway(struct vd_dataplane_l3 *l3, const char *text)
{
	CU_ASSERT(vd_addr_parse(text, vd_vec_add(&l3->gateways)) == 0);
}

static void
add_route(struct vd_dataplane_l3 *l3, const char *to, const char *via)
{
	struct vd_dataplane_route *r = vd_vec_add(&l3->routes);

	CU_ASSERT(vd_prefix_parse(to, &r->to) == 0 && vd_addr_parse(via, &r->via) == 0);
}

static struct vd_punt *
open_punt(const struct vd_dataplane_port *conf)
{
	struct vd_strbuf why = {0};
	struct vd_punt *p;
	int err;

	p = vd_punt_open(&port, conf, &err, &why);
	if (p == NULL)
		printf("%s\n", why.s);
	vd_strbuf_free(&why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return p;
}

static void
test_tap_has_what_the_port_has(void)
{
	struct vd_dataplane *dp = vd_dataplane_new();
	struct vd_dataplane_port *conf = port_new(dp);
	struct vd_punt *p;

	add_address(&conf->l3, "192.0.2.11/24");
	add_address(&conf->l3, "2001:db8::11/64");
	add_gateway(&conf->l3, "192.0.2.1");
	add_gateway(&conf->l3, "192.0.2.2");
	add_gateway(&conf->l3, "2001:db8::1");
	add_gateway(&conf->l3, "2001:db8::2");
	add_route(&conf->l3, "198.51.100.0/24", "192.0.2.9");
	p = open_punt(conf);
	CU_ASSERT_STRING_EQUAL(vd_punt_name(p), "vdt0");
	CU_ASSERT_PTR_NULL(vd_punt_note(p));
	CU_ASSERT(shows("ip link show vdt0", "02:00:00:00:00:11"));
	CU_ASSERT(shows("ip link show vdt0", "mtu 1500"));
	CU_ASSERT(shows("ip addr show vdt0", "192.0.2.11/24"));
	CU_ASSERT(shows("ip addr show vdt0", "2001:db8::11/64"));
	CU_ASSERT(shows("ip addr show vdt0", "fe80::ff:fe00:11/64"));
	/* No address of the kernel's own making, and none that waits for duplicates. */
	CU_ASSERT_PTR_NULL(strstr(output("ip addr show vdt0"), "tentative"));
	CU_ASSERT(shows("ip -o addr show vdt0 | wc -l", "3\n"));
	CU_ASSERT(shows("ip route show default", "metric 4096"));
	CU_ASSERT(shows("ip route show default", "nexthop via 192.0.2.1 "));
	CU_ASSERT(shows("ip route show default", "nexthop via 192.0.2.2 "));
	CU_ASSERT(shows("ip -6 route show default", "via 2001:db8::1 "));
	CU_ASSERT(shows("ip -6 route show default", "via 2001:db8::2 "));
	CU_ASSERT(shows("ip route show 198.51.100.0/24", "via 192.0.2.9 "));
	vd_punt_close(p);
	/* Gone with the process's file descriptor. */
	CU_ASSERT(shows("ip link show vdt0 2>&1", "does not exist"));
	vd_dataplane_free(dp);
}

static void
test_reconfigure_changes_the_difference(void)
{
	struct vd_dataplane *dp = vd_dataplane_new(), *dp2 = vd_dataplane_new();
	struct vd_dataplane_port *conf = port_new(dp), *next = port_new(dp2);
	struct vd_prefix vip;
	struct vd_punt *p;

	add_address(&conf->l3, "192.0.2.11/24");
	add_gateway(&conf->l3, "192.0.2.1");
	add_gateway(&conf->l3, "192.0.2.2");
	p = open_punt(conf);
	add_address(&next->l3, "192.0.2.12/24");
	add_address(&next->l3, "fe80::5/64");
	add_gateway(&next->l3, "192.0.2.3");
	next->mtu = 1400;
	CU_ASSERT(vd_punt_reconfigure(p, next) == 0);
	CU_ASSERT_PTR_NULL(strstr(output("ip addr show vdt0"), "192.0.2.11/"));
	CU_ASSERT(shows("ip addr show vdt0", "192.0.2.12/24"));
	CU_ASSERT(shows("ip addr show vdt0", "fe80::5/64"));
	CU_ASSERT_PTR_NULL(strstr(output("ip addr show vdt0"), "fe80::ff:fe00:11"));
	CU_ASSERT(shows("ip route show default", "via 192.0.2.3 "));
	CU_ASSERT_PTR_NULL(strstr(output("ip route show default"), "192.0.2.1 "));
	CU_ASSERT(shows("ip route show default | wc -l", "1\n"));
	CU_ASSERT(shows("ip link show vdt0", "mtu 1400"));

	CU_ASSERT(vd_prefix_parse("203.0.113.7/32", &vip) == 0);
	CU_ASSERT(vd_punt_addr_add(p, 0, &vip) == 0);
	CU_ASSERT(vd_punt_addr_add(p, 0, &vip) == 0);
	CU_ASSERT(shows("ip addr show vdt0", "203.0.113.7/32"));
	/* A VIP is not the configuration's: a reload leaves it. */
	CU_ASSERT(vd_punt_reconfigure(p, conf) == 0);
	CU_ASSERT(shows("ip addr show vdt0", "203.0.113.7/32"));
	CU_ASSERT(vd_punt_addr_del(p, 0, &vip) == 0);
	CU_ASSERT(vd_punt_addr_del(p, 0, &vip) == 0);
	CU_ASSERT_PTR_NULL(strstr(output("ip addr show vdt0"), "203.0.113.7"));
	CU_ASSERT(vd_punt_addr_add(p, 9, &vip) == -ENODEV);
	vd_punt_close(p);
	vd_dataplane_free(dp);
	vd_dataplane_free(dp2);
}

static void
test_a_name_that_is_taken(void)
{
	struct vd_dataplane *dp = vd_dataplane_new();
	struct vd_dataplane_port *conf = port_new(dp);
	struct vd_strbuf why = {0};
	int err = 0;

	free(conf->punt);
	conf->punt = vd_xstrdup("lo");
	CU_ASSERT_PTR_NULL(vd_punt_open(&port, conf, &err, &why));
	CU_ASSERT(err == -EBUSY);
	CU_ASSERT_STRING_EQUAL(why.s,
			"port eth0: kernel tap lo: an interface of this name is "
			"there already");
	vd_strbuf_free(&why);
	vd_dataplane_free(dp);
}

/* Takes frames from the kernel until one of that EtherType comes; NULL after two seconds. */
static struct rte_mbuf *
receive(struct vd_punt *p, uint16_t type)
{
	for (int i = 0; i < 200; i++) {
		struct pollfd pfd = {.fd = vd_punt_fd(p), .events = POLLIN};
		struct rte_mbuf *m;

		if (vd_punt_rx_burst(p, pool, &m, 1) == 0) {
			(void)poll(&pfd, 1, 10);
			continue;
		}
		if (rte_pktmbuf_mtod(m, uint8_t *)[12] == type >> 8 &&
				rte_pktmbuf_mtod(m, uint8_t *)[13] == (type & 0xff))
			return m;
		rte_pktmbuf_free(m);
	}
	return NULL;
}

static void
test_frames_go_both_ways(void)
{
	struct vd_dataplane *dp = vd_dataplane_new();
	struct vd_dataplane_port *conf = port_new(dp);
	unsigned int before = rte_mempool_avail_count(pool);
	static const uint8_t reply[42] = {0x02, 0, 0, 0, 0, 0x11, 0x02, 0, 0, 0, 0, 0x77, 8, 6, 0,
			1, 8, 0, 6, 4, 0, 2, 0x02, 0, 0, 0, 0, 0x77, 192, 0, 2, 9, 0x02, 0, 0, 0, 0,
			0x11, 192, 0, 2, 11};
	struct rte_mbuf *m[2], *got;
	struct vd_punt_stats s;
	struct vd_punt *p;

	add_address(&conf->l3, "192.0.2.11/24");
	p = open_punt(conf);
	/* The kernel asks who 192.0.2.9 is, and believes the copied reply. */
	CU_ASSERT(system("bash -c 'printf x > /dev/udp/192.0.2.9/9'") == 0);
	got = receive(p, 0x0806);
	CU_ASSERT_PTR_NOT_NULL_FATAL(got);
	CU_ASSERT(got->pkt_len == 42 && rte_pktmbuf_mtod(got, uint8_t *)[41] == 9);
	rte_pktmbuf_free(got);
	CU_ASSERT(vd_punt_tx_bytes(p, reply, sizeof(reply)));
	CU_ASSERT(shows("ip neigh show dev vdt0", "192.0.2.9 lladdr 02:00:00:00:00:77"));
	got = receive(p, 0x0800);
	CU_ASSERT_PTR_NOT_NULL_FATAL(got);
	rte_pktmbuf_free(got);

	/* A frame in two pieces, and a runt that the kernel refuses: both are the tap's from then on. */
	for (int i = 0; i < 2; i++)
		m[i] = rte_pktmbuf_alloc(pool);
	got = rte_pktmbuf_alloc(pool);
	memcpy(rte_pktmbuf_append(m[0], 20), reply, 20);
	memcpy(rte_pktmbuf_append(got, 22), reply + 20, 22);
	rte_pktmbuf_chain(m[0], got);
	memcpy(rte_pktmbuf_append(m[1], 5), reply, 5);
	CU_ASSERT(vd_punt_tx_burst(p, m, 2) == 1);
	vd_punt_stats_get(p, &s);
	CU_ASSERT(s.to_kernel == 2 && s.to_kernel_bytes == 84 && s.to_kernel_dropped == 1);
	CU_ASSERT(s.from_kernel >= 2);
	vd_punt_close(p);
	CU_ASSERT(rte_mempool_avail_count(pool) == before);
	vd_dataplane_free(dp);
}

static const struct vd_test tests[] = {
		VD_TEST(test_tap_has_what_the_port_has),
		VD_TEST(test_reconfigure_changes_the_difference),
		VD_TEST(test_a_name_that_is_taken),
		VD_TEST(test_frames_go_both_ways),
};

static int
start_eal(void)
{
	char lcores[32];
	char *argv[] = {(char[]){"test"}, lcores, (char[]){"--no-huge"}, (char[]){"-m"},
			(char[]){"32"}, (char[]){"--no-shconf"}, (char[]){"--no-pci"},
			(char[]){"--no-telemetry"}, (char[]){"--file-prefix=vd-test-punt"},
			(char[]){"--log-level=3"}, NULL};

	snprintf(lcores, sizeof(lcores), "--lcores=0@%d", sched_getcpu());
	return rte_eal_init(10, argv);
}

int
main(void)
{
	int r;

	if (unshare(CLONE_NEWNET) != 0 || access("/dev/net/tun", R_OK | W_OK) != 0 ||
			system("command -v ip >/dev/null && ip link set lo up") != 0) {
		printf("no namespace, tun or ip: skipped\n");
		return 77;
	}
	if (start_eal() < 0)
		return 77;
	pool = rte_pktmbuf_pool_create("test", 255, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, -1);
	r = pool == NULL ? 1 : vd_test_main("punt", tests, sizeof(tests) / sizeof(tests[0]));
	rte_mempool_free(pool);
	rte_eal_cleanup();
	(void)rmdir("/var/run/dpdk/vd-test-punt");
	return r;
}
