/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "../../../lib/rt/rt_port_priv.h"
#include "vd_rt_profile.h"
#include "vd_test.h"

static struct vd_driver_profile *
tap_profile(void)
{
	struct vd_driver_profile *p = vd_driver_profile_default("net_tap");
	char **a;

	a = (char **)vd_vec_add(&p->devargs);
	*a = vd_xstrdup("persist");
	return p;
}

static void
test_tap_gets_a_mac_of_its_own(void)
{
	struct vd_driver_profile *p = tap_profile();
	struct vd_dataplane_port port = {
			.name = (char[]){"eth0"},
			.device = (char[]){"net_tap0,iface=wire0"},
	};
	struct vd_mac ours, device = {{2, 0, 0, 0, 0, 9}};
	struct vd_rt_device d;
	char *mac, text[VD_MAC_STR];

	vd_rt_device_make(&d, &port, "vipd", p);
	ours = vd_rt_port_mac(&port, "vipd", d.driver, &device);
	CU_ASSERT_STRING_EQUAL(d.name, "net_tap0");
	CU_ASSERT_STRING_EQUAL(d.netdev, "wire0");
	CU_ASSERT_STRING_EQUAL(d.driver, "net_tap");
	CU_ASSERT(strncmp(d.full, "net_tap0,iface=wire0,persist,mac=02:", 36) == 0);
	mac = vd_rt_device_arg(d.full, "mac");
	CU_ASSERT_STRING_NOT_EQUAL(mac, vd_mac_format(&ours, text, sizeof(text)));
	free(mac);
	vd_rt_device_free(&d);

	/* What the user wrote stands, and vipd's own address may be given. */
	port.device = (char[]){"net_tap0,mac=02:00:00:00:00:77,iface=wire0,persist"};
	port.mac_given = true;
	port.mac = (struct vd_mac){{2, 0, 0, 0, 0, 0x11}};
	vd_rt_device_make(&d, &port, "vipd", p);
	CU_ASSERT_STRING_EQUAL(d.full, port.device);
	ours = vd_rt_port_mac(&port, "vipd", d.driver, &device);
	CU_ASSERT(memcmp(&ours, &port.mac, sizeof(ours)) == 0);
	vd_rt_device_free(&d);
	vd_driver_profile_free(p);
}

static void
test_whose_mac(void)
{
	struct vd_dataplane_port port = {.name = (char[]){"eth0"}};
	struct vd_mac device = {{2, 0, 0, 0, 0, 9}}, none = {{0}}, a, b;

	a = vd_rt_port_mac(&port, "vipd", "net_ice", &device);
	CU_ASSERT(memcmp(&a, &device, sizeof(a)) == 0);
	a = vd_rt_port_mac(&port, "vipd", "net_tap", &device);
	b = vd_rt_port_mac(&port, "vipd", "net_tap", &none);
	CU_ASSERT(memcmp(&a, &b, sizeof(a)) == 0);
	CU_ASSERT((a.b[0] & 3) == 2);
	b = vd_rt_port_mac(&port, "other", "net_tap", &device);
	CU_ASSERT(memcmp(&a, &b, sizeof(a)) != 0);
	a = vd_rt_port_mac(&port, "vipd", "net_memif", &none);
	CU_ASSERT(a.b[0] == 2);
}

static void
test_pci_address(void)
{
	struct vd_driver_profile *p = vd_driver_profile_default("x");
	struct vd_dataplane_port port = {
			.name = (char[]){"eth0"},
			.device = (char[]){"3b:00.0,a=1"},
	};
	struct vd_strbuf why = {0};
	struct vd_rt_device d;

	vd_rt_device_make(&d, &port, "vipd", p);
	CU_ASSERT(d.pci);
	CU_ASSERT_STRING_EQUAL(d.name, "0000:3b:00.0");
	CU_ASSERT_STRING_EQUAL(d.full, "0000:3b:00.0,a=1");
	vd_rt_device_free(&d);
	port.device = (char[]){"ffff:ff:1f.7"};
	vd_rt_device_make(&d, &port, "vipd", p);
	CU_ASSERT(vd_rt_device_check(&d, &why) == -ENODEV);
	CU_ASSERT_STRING_EQUAL(why.s, "no such PCI device");
	vd_rt_device_free(&d);
	vd_strbuf_free(&why);
	vd_driver_profile_free(p);
}

static void
test_profiles_are_found(void)
{
	struct vd_diag_list diags = {0};
	struct vd_driver_profile *p;

	setenv("VIPD_DRIVERS_CONFIG", VD_SOURCE_ROOT "/drivers-config", 1);
	CU_ASSERT(vd_rt_profile_load(NULL, "net_tap", &p, &diags) == 0);
	CU_ASSERT(p->ctl_tx == VD_DRIVER_CTL_TX_PAIR && p->rx_interrupt);
	vd_driver_profile_free(p);
	/* By the PMD's name, which is not the file's. */
	CU_ASSERT(vd_rt_profile_load(NULL, "net_ice", &p, &diags) == 0);
	CU_ASSERT_STRING_EQUAL(p->name, "ice");
	vd_driver_profile_free(p);
	CU_ASSERT(vd_rt_profile_load("none", "net_ice", &p, &diags) == -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(p);
	vd_driver_profile_free(p);
	CU_ASSERT(vd_rt_profile_load("../drivers-config/net_tap", "x", &p, &diags) == -ENOENT);
	vd_driver_profile_free(p);
	CU_ASSERT(diags.n == 0);
	vd_diag_list_free(&diags);
}

static void
test_rx_queues_of_a_worker(void)
{
	struct vd_rt_port p = {.n_rxq = 3, .n_txq = 3, .n_workers = 2, .n_tx_workers = 2};
	uint16_t q[VD_RT_PORT_QUEUES];

	CU_ASSERT(vd_rt_port_rx_queues(&p, 0, q) == 2 && q[0] == 0 && q[1] == 2);
	CU_ASSERT(vd_rt_port_rx_queues(&p, 1, q) == 1 && q[0] == 1);
	CU_ASSERT(vd_rt_port_rx_queues(&p, 2, q) == 0);
	CU_ASSERT(vd_rt_port_txq(&p, 0) == 0 && vd_rt_port_txq(&p, 1) == 1);
	CU_ASSERT(vd_rt_port_tx_via(&p, 0) == 0 && vd_rt_port_tx_via(&p, 1) == 1);
	/* One queue, from the second worker on. */
	p.first_worker = 1;
	p.n_tx_workers = p.n_rxq = 1;
	CU_ASSERT(vd_rt_port_rx_queues(&p, 0, q) == 0);
	CU_ASSERT(vd_rt_port_rx_queues(&p, 1, q) == 1 && q[0] == 0);
	CU_ASSERT(vd_rt_port_txq(&p, 1) == 0 && vd_rt_port_txq(&p, 0) == VD_RT_TXQ_NONE);
	CU_ASSERT(vd_rt_port_tx_via(&p, 0) == 1 && vd_rt_port_tx_via(&p, 1) == 1);
}

static const struct vd_test tests[] = {
		VD_TEST(test_tap_gets_a_mac_of_its_own),
		VD_TEST(test_whose_mac),
		VD_TEST(test_pci_address),
		VD_TEST(test_profiles_are_found),
		VD_TEST(test_rx_queues_of_a_worker),
};

VD_TEST_MAIN("rt/device", tests)
