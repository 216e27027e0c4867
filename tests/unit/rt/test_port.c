/* SPDX-License-Identifier: BSD-3-Clause */
/* Real devices in a network namespace of this process's own; skipped (77) where none can be made. */
#define ALLOW_EXPERIMENTAL_API /* rte_eth_macaddrs_get() */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_mbuf.h>

#include "../../../lib/rt/rt_port_priv.h"
#include "vd_test.h"

#define MACS 8

static struct rte_mempool *pool;
static int told = -1;

static struct vd_rt_port *
port_open_for(const char *device, unsigned int workers, unsigned int first)
{
	struct vd_dataplane_port port = {.name = (char[]){"p0"}, .mtu = 1500};
	struct vd_rt_port_config c = {.port = &port,
			.instance = "test",
			.n_workers = workers,
			.first_worker = first,
			.pool = pool};
	struct vd_strbuf why = {0};
	struct vd_rt_port *p;
	int err;

	port.device = vd_xstrdup(device);
	p = vd_rt_port_open(&c, &err, &why);
	if (p == NULL)
		printf("\n%s\n", why.s);
	free(port.device);
	vd_strbuf_free(&why);
	return p;
}

static struct vd_rt_port *
port_open(const char *device)
{
	return port_open_for(device, 1, 0);
}

static bool
start(struct vd_rt_port *p)
{
	struct vd_strbuf why = {0};
	int err = vd_rt_port_start(p, &why);

	if (err != 0)
		printf("\n%s\n", why.s);
	vd_strbuf_free(&why);
	return err == 0;
}

static unsigned int
notes_with(const struct vd_rt_port *p, const char *words)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < p->n_notes; i++)
		n += strstr(p->notes[i], words) != NULL;
	return n;
}

static bool
device_has(const struct vd_rt_port *p, const struct vd_mac *mac)
{
	struct rte_ether_addr a[MACS];
	int n = rte_eth_macaddrs_get(p->id, a, MACS);

	for (int i = 0; i < n; i++)
		if (memcmp(a[i].addr_bytes, mac->b, sizeof(mac->b)) == 0)
			return true;
	return false;
}

/* A ring device, started, then taken for one of a driver that is not known to deliver everything. */
static struct vd_rt_port *
ring_as(const char *driver, bool mac_filter)
{
	struct vd_rt_port *p = port_open("net_ring0");

	if (p == NULL || !start(p))
		return NULL;
	free(p->driver);
	p->driver = vd_xstrdup(driver);
	p->mac_filter = mac_filter;
	return p;
}

static const struct vd_mac a = {{0, 0, 0x5e, 0, 1, 7}}, b = {{0, 0, 0x5e, 0, 2, 7}};

/* The device has room for one, which stays until its last user goes. The next one makes it promiscuous. */
static void
test_mac_filters_are_counted(void)
{
	struct vd_rt_port *p = ring_as("net_other", true);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(vd_rt_port_mac_del(p, &a), -ENOENT);
	CU_ASSERT_EQUAL(vd_rt_port_mac_add(p, &a), 0);
	CU_ASSERT_EQUAL(vd_rt_port_mac_add(p, &a), 0);
	CU_ASSERT(device_has(p, &a));
	/* The port's own needs none. */
	CU_ASSERT_EQUAL(vd_rt_port_mac_add(p, &p->mac), 0);
	CU_ASSERT_EQUAL(vd_rt_port_mac_del(p, &p->mac), 0);
	CU_ASSERT_FALSE(p->promiscuous);
	CU_ASSERT_EQUAL(vd_rt_port_mac_add(p, &b), 0);
	CU_ASSERT(p->promiscuous);
	CU_ASSERT_EQUAL(notes_with(p, "takes no further MAC"), 1);
	CU_ASSERT_EQUAL(p->n_macs, 2);
	CU_ASSERT_EQUAL(vd_rt_port_mac_del(p, &a), 0);
	CU_ASSERT_EQUAL(p->n_macs, 2);
	CU_ASSERT_EQUAL(vd_rt_port_mac_del(p, &a), 0);
	CU_ASSERT_EQUAL(vd_rt_port_mac_del(p, &b), 0);
	CU_ASSERT_EQUAL(p->n_macs, 0);
	CU_ASSERT_EQUAL(vd_rt_port_mac_del(p, &a), -ENOENT);
	vd_rt_port_close(p);
}

/* Without filters, or with filters that would hide a peer's adverts: promiscuous, told once. */
static void
test_promiscuous_without_a_usable_filter(void)
{
	static const char *const drivers[] = {"net_other", "net_i40e", "net_ice"};

	for (size_t i = 0; i < VD_ARRAY_LEN(drivers); i++) {
		struct vd_rt_port *p = ring_as(drivers[i], i != 0);

		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		CU_ASSERT_FALSE(p->promiscuous);
		CU_ASSERT_EQUAL(vd_rt_port_mac_add(p, &a), 0);
		CU_ASSERT_EQUAL(vd_rt_port_mac_add(p, &b), 0);
		CU_ASSERT(p->promiscuous);
		CU_ASSERT_EQUAL(notes_with(p, "promiscuous"), 1);
		CU_ASSERT_FALSE(device_has(p, &a));
		CU_ASSERT_EQUAL(vd_rt_port_mac_del(p, &a), 0);
		vd_rt_port_close(p);
	}
}

/* What hands over everything is told nothing. */
static void
test_what_takes_everything(void)
{
	struct vd_rt_port *p = port_open("net_ring0");

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT(start(p));
	CU_ASSERT_EQUAL(vd_rt_port_mac_add(p, &a), 0);
	CU_ASSERT_EQUAL(vd_rt_port_mac_del(p, &a), 0);
	CU_ASSERT_FALSE(device_has(p, &a));
	CU_ASSERT_FALSE(p->promiscuous);
	vd_rt_port_close(p);
}

/* A kernel interface through AF_PACKET has no switch for all multicast: it becomes promiscuous, told once. */
static void
test_groups_arrive(void)
{
	struct vd_rt_port *p;

	CU_ASSERT_FATAL(system("ip link add vdm0 type veth peer name vdm1") == 0);
	p = port_open("net_af_packet0,iface=vdm0");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_FALSE(p->promiscuous);
	CU_ASSERT(start(p));
	CU_ASSERT(p->promiscuous);
	CU_ASSERT_EQUAL(notes_with(p, "does not take all multicast"), 1);
	CU_ASSERT(system("ip -d link show vdm0 | grep -q 'promiscuity 1'") == 0);
	/* That takes virtual MACs too. */
	CU_ASSERT_EQUAL(vd_rt_port_mac_add(p, &a), 0);
	CU_ASSERT_EQUAL(vd_rt_port_mac_del(p, &a), 0);
	CU_ASSERT_EQUAL(notes_with(p, "promiscuous:"), 1);
	vd_rt_port_close(p);
	CU_ASSERT(system("ip link del vdm0") == 0);
}

static void
on_link(void *ctx)
{
	const uint64_t one = 1;

	CU_ASSERT(write(*(int *)ctx, &one, sizeof(one)) == sizeof(one));
}

static bool
wait_told(void)
{
	struct pollfd f = {.fd = told, .events = POLLIN};
	uint64_t n;

	return poll(&f, 1, 10000) == 1 && read(told, &n, sizeof(n)) == sizeof(n);
}

/* The word follows the kernel interface without anyone asking. */
static void
test_link_changes_come_by_themselves(void)
{
	struct vd_rt_port *p = port_open("net_tap0,iface=vdl0");
	uint32_t changes;
	bool up = true;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(notes_with(p, "reported by the kernel at once"), 1);
	CU_ASSERT_FALSE(vd_rt_port_link_word(p, &up));
	CU_ASSERT_FALSE(up);
	told = eventfd(0, EFD_CLOEXEC);
	vd_rt_port_link_watch(p, on_link, &told);
	CU_ASSERT(start(p));
	while (vd_rt_port_link_word(p, &up) && !up)
		CU_ASSERT_FATAL(wait_told()); /* the carrier of a new tap comes a little later */
	CU_ASSERT(up);
	for (int i = 0; i < 3; i++) {
		changes = vd_rt_port_link_changes(p);
		CU_ASSERT(system("ip link set vdl0 down") == 0);
		while (vd_rt_port_link_word(p, &up) && up)
			CU_ASSERT_FATAL(wait_told());
		CU_ASSERT(system("ip link set vdl0 up") == 0);
		while (vd_rt_port_link_word(p, &up) && !up)
			CU_ASSERT_FATAL(wait_told());
		CU_ASSERT_EQUAL(vd_rt_port_link_changes(p), changes + 2);
	}
	vd_rt_port_close(p);
	close(told);
	CU_ASSERT(system("ip link del vdl0") == 0);
}

/* A driver that cannot tell is up, and a look at it changes nothing. */
static void
test_link_that_cannot_be_told_is_up(void)
{
	struct vd_rt_port *p = port_open("net_null0");
	bool up = false;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(notes_with(p, "counts as up"), 1);
	CU_ASSERT(start(p));
	for (int i = 0; i < 3; i++)
		vd_rt_port_link_poll(p);
	CU_ASSERT(vd_rt_port_link_word(p, &up) && up);
	CU_ASSERT_EQUAL(vd_rt_port_link_changes(p), 1);
	vd_rt_port_close(p);
}

/* Each queue is one worker's; each worker has a way to send, its own queue where there is one. */
static void
queues_are(const char *device, unsigned int workers, unsigned int first, unsigned int rx,
		unsigned int tx)
{
	struct vd_rt_port *p = port_open_for(device, workers, first);
	unsigned int polled[VD_RT_PORT_QUEUES] = {0}, senders[VD_RT_PORT_QUEUES] = {0};
	uint16_t queues[VD_RT_PORT_QUEUES];

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(p->n_rxq, rx);
	CU_ASSERT_EQUAL(p->n_tx_workers, tx);
	CU_ASSERT_EQUAL(p->n_workers, workers);
	for (unsigned int w = 0; w < workers; w++) {
		unsigned int n = vd_rt_port_rx_queues(p, w, queues);
		uint16_t own = vd_rt_port_txq(p, w), via;

		CU_ASSERT(n <= rx / workers + 1 && n >= rx / workers);
		for (unsigned int i = 0; i < n; i++)
			polled[queues[i]]++;
		via = (uint16_t)vd_rt_port_tx_via(p, w);
		CU_ASSERT(via < workers && vd_rt_port_txq(p, via) != VD_RT_TXQ_NONE);
		if (own != VD_RT_TXQ_NONE) {
			CU_ASSERT_EQUAL(via, w);
			CU_ASSERT(own != p->control_txq && own < p->n_txq);
			senders[own]++;
		}
	}
	for (unsigned int q = 0; q < rx; q++)
		CU_ASSERT_EQUAL(polled[q], 1);
	for (unsigned int q = 0; q < tx; q++)
		CU_ASSERT_EQUAL(senders[q], 1);
	CU_ASSERT_EQUAL(vd_rt_port_txq(p, p->first_worker), 0);
	CU_ASSERT_EQUAL(notes_with(p, "Tx queues for"), tx < workers);
	vd_rt_port_close(p);
}

static void
test_queues_of_several_workers(void)
{
	queues_are("net_null0", 1, 0, 1, 1);
	queues_are("net_null0", 3, 0, 3, 3);
	queues_are("net_null0", 3, 2, 3, 3);
	queues_are("net_null0", 8, 5, 8, 8);
	queues_are("net_tap0", 3, 1, 4, 3); /* as many of each: one more to poll */
}

/* One of each; one Rx and two Tx queues; fewer than there are workers. */
static void
test_fewer_queues_than_workers(void)
{
	static const uint8_t empty[24] = {
			0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [16] = 0xff, 0xff, [20] = 1};
	char dir[] = "/tmp/vd_rt_XXXXXX", in[64], device[256];
	FILE *f;

	queues_are("net_tap0", 20, 3, 16, 16);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(in, sizeof(in), "%s/in", dir);
	f = fopen(in, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fwrite(empty, sizeof(empty), 1, f), 1);
	fclose(f);
	snprintf(device, sizeof(device), "net_pcap0,rx_pcap=%s,tx_pcap=%s/a", in, dir);
	queues_are(device, 2, 1, 1, 1);
	queues_are(device, 5, 3, 1, 1);
	snprintf(device, sizeof(device), "net_pcap0,rx_pcap=%s,tx_pcap=%s/a,tx_pcap=%s/b", in, dir,
			dir);
	queues_are(device, 5, 4, 1, 2);
	snprintf(device, sizeof(device), "rm -r %s", dir);
	CU_ASSERT_EQUAL(system(device), 0);
}

/* Buffers for a few queues only: as many as were asked for are refused, one of each is not. */
static void
test_one_queue_where_more_are_refused(void)
{
	struct rte_mempool *all = pool;

	pool = rte_pktmbuf_pool_create("few", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, -1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pool);
	queues_are("net_tap0", 3, 1, 1, 1);
	rte_mempool_free(pool);
	pool = all;
}

/* ---- RSS ---- */

/* A folder of profiles in which a device without RSS has some. */
static void
profile_write(const char *dir, const char *key)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/net_null.json", dir);
	f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fprintf(f,
			"{\"name\": \"net_null\", \"description\": \"x\", \"pmd\": [\"net_null\"],"
			"\"rx_ring\": 64, \"tx_ring\": 64, \"rx_offloads\": [], \"tx_offloads\": "
			"[],"
			"\"ctl_tx\": \"own\", \"rx_interrupt\": false, \"rss\": {\"supported\": "
			"true, "
			"\"key\": \"%s\"}, \"mac_filter\": false, \"link_status\": false, "
			"\"devargs\": [], "
			"\"lacks\": []}",
			key);
	fclose(f);
}

static uint16_t
table_of(const struct vd_rt_port *p, const char *driver, bool rss, enum vd_driver_rss_key key,
		uint8_t key_size, uint16_t size)
{
	struct vd_driver_profile profile = {.rss = rss, .rss_key = key};
	struct rte_eth_dev_info info;

	CU_ASSERT_EQUAL(rte_eth_dev_info_get(p->id, &info), 0);
	info.hash_key_size = key_size;
	info.reta_size = size;
	return vd_rt_rss_table(driver, &profile, &info);
}

/* Only a device that a profile knows, with a key as long as is needed, and none that only claims to. */
static void
test_whose_rss_is_believed(void)
{
	static const char *const never[] = {"net_null", "net_tap", "net_ring", "net_pcap",
			"net_af_packet", "net_af_xdp", "net_virtio_user"};
	struct vd_rt_port *p = port_open("net_null0");

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(table_of(p, "net_ixgbe", true, VD_DRIVER_RSS_KEY_SET, 40, 128), 128);
	CU_ASSERT_EQUAL(table_of(p, "net_ice", true, VD_DRIVER_RSS_KEY_SET, 52, 2048), 512);
	CU_ASSERT_EQUAL(table_of(p, "net_bnxt", true, VD_DRIVER_RSS_KEY_SET, 40, 192), 64);
	CU_ASSERT_EQUAL(table_of(p, "net_ixgbe", false, VD_DRIVER_RSS_KEY_SET, 40, 128), 0);
	CU_ASSERT_EQUAL(table_of(p, "net_ena", true, VD_DRIVER_RSS_KEY_KEEP, 40, 128), 0);
	CU_ASSERT_EQUAL(table_of(p, "net_ixgbe", true, VD_DRIVER_RSS_KEY_SET, 16, 128), 0);
	CU_ASSERT_EQUAL(table_of(p, "net_ixgbe", true, VD_DRIVER_RSS_KEY_SET, 0, 128), 0);
	CU_ASSERT_EQUAL(table_of(p, "net_ixgbe", true, VD_DRIVER_RSS_KEY_SET, 40, 0), 0);
	for (size_t i = 0; i < VD_ARRAY_LEN(never); i++)
		CU_ASSERT_EQUAL(table_of(p, never[i], true, VD_DRIVER_RSS_KEY_SET, 40, 128), 0);
	vd_rt_port_close(p);
}

/* Key and table are written, and read back, as agreed; what is refused leaves the port without. */
static void
test_rss_is_programmed(void)
{
	struct rte_eth_rss_reta_entry64 table[8];
	uint8_t key[VD_RT_RSS_KEY_MAX], got[VD_RT_RSS_KEY_MAX] = {0};
	struct rte_eth_rss_conf conf = {.rss_key = got, .rss_key_len = 40};
	char dir[] = "/tmp/vd_rt_XXXXXX", command[64];
	struct rte_eth_dev_info info;
	struct vd_rt_port *p;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	profile_write(dir, "set");
	setenv("VIPD_DRIVERS_CONFIG", dir, 1);
	p = port_open_for("net_null0", 3, 2);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT(start(p));
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(3 * i + 1);
	CU_ASSERT_EQUAL(p->rss_table, 0); /* it is not believed */
	CU_ASSERT_EQUAL(vd_rt_port_rss_set(p, key, 64), -EINVAL);
	CU_ASSERT_EQUAL(rte_eth_dev_info_get(p->id, &info), 0);
	p->rss_table = info.reta_size;
	CU_ASSERT_EQUAL(vd_rt_port_rss_set(p, key, 2), -EINVAL);  /* fewer than workers */
	CU_ASSERT_EQUAL(vd_rt_port_rss_set(p, key, 48), -EINVAL); /* no power of two */
	CU_ASSERT_EQUAL(vd_rt_port_rss_set(p, key, 64), 0);
	CU_ASSERT_EQUAL(p->rss_slots, 64);
	CU_ASSERT_EQUAL(rte_eth_dev_rss_hash_conf_get(p->id, &conf), 0);
	CU_ASSERT_EQUAL(memcmp(got, key, 40), 0);
	memset(table, 0xff, sizeof(table));
	CU_ASSERT_EQUAL(rte_eth_dev_rss_reta_query(p->id, table, info.reta_size), 0);
	for (unsigned int i = 0; i < info.reta_size; i++) {
		uint16_t q = table[i / 64].reta[i % 64];

		CU_ASSERT_EQUAL((q + 2) % 3, i % 64 % 3); /* queue 0 is worker 2's */
	}
	vd_rt_port_close(p);
	unsetenv("VIPD_DRIVERS_CONFIG");
	/* Not configured for it. */
	p = port_open_for("net_null0", 3, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT(start(p));
	p->rss_table = 128;
	CU_ASSERT_NOT_EQUAL(vd_rt_port_rss_set(p, key, 64), 0);
	CU_ASSERT_EQUAL(p->rss_slots, 0);
	CU_ASSERT_EQUAL(notes_with(p, "RSS is not used"), 1);
	vd_rt_port_close(p);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	CU_ASSERT_EQUAL(system(command), 0);
}

static const struct vd_test tests[] = {
		VD_TEST(test_mac_filters_are_counted),
		VD_TEST(test_promiscuous_without_a_usable_filter),
		VD_TEST(test_what_takes_everything),
		VD_TEST(test_groups_arrive),
		VD_TEST(test_link_changes_come_by_themselves),
		VD_TEST(test_link_that_cannot_be_told_is_up),
		VD_TEST(test_queues_of_several_workers),
		VD_TEST(test_fewer_queues_than_workers),
		VD_TEST(test_whose_rss_is_believed),
		VD_TEST(test_rss_is_programmed),
		VD_TEST(test_one_queue_where_more_are_refused),
};

static int
start_eal(void)
{
	char lcores[32];
	char *argv[] = {(char[]){"test"}, lcores, (char[]){"--no-huge"}, (char[]){"-m"},
			(char[]){"128"}, (char[]){"--no-shconf"}, (char[]){"--no-pci"},
			(char[]){"--no-telemetry"}, (char[]){"--file-prefix=vd-test-port"},
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
	pool = rte_pktmbuf_pool_create("test", 16383, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, -1);
	r = pool == NULL ? 1 : vd_test_main("rt/port", tests, sizeof(tests) / sizeof(tests[0]));
	rte_mempool_free(pool);
	rte_eal_cleanup();
	(void)rmdir("/var/run/dpdk/vd-test-port");
	return r;
}
