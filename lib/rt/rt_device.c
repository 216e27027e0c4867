/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "rt_port_priv.h"
#include "rt_priv.h"
#include "vd_hash.h"

bool
vd_rt_may_admin_net(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	if (syscall(SYS_capget, &head, data) != 0)
		return geteuid() == 0;
	return data[CAP_NET_ADMIN / 32].effective >> (CAP_NET_ADMIN % 32) & 1;
}

struct vd_mac
vd_rt_mac_local(const char *first, ...)
{
	uint64_t h = vd_hash_bytes(first, strlen(first), 0x76697064);
	struct vd_mac mac = {{0x02}};
	const char *word;
	va_list ap;

	va_start(ap, first);
	while ((word = va_arg(ap, const char *)) != NULL)
		h = vd_hash_bytes(word, strlen(word), h);
	va_end(ap);
	for (int i = 1; i < 6; i++)
		mac.b[i] = (uint8_t)(h >> (8 * i));
	return mac;
}

/* Points at the value after "key=", or at the end of a bare "key"; NULL if the devargs have no such key. */
static const char *
find_arg(const char *device, const char *key)
{
	size_t n = strlen(key);
	const char *p = strchr(device, ',');

	while (p != NULL) {
		p++;
		if (strncmp(p, key, n) == 0 && (p[n] == '=' || p[n] == ',' || p[n] == '\0'))
			return p[n] == '=' ? p + n + 1 : p + n;
		p = strchr(p, ',');
	}
	return NULL;
}

bool
vd_rt_device_has_arg(const char *device, const char *key)
{
	return find_arg(device, key) != NULL;
}

char *
vd_rt_device_arg(const char *device, const char *key)
{
	const char *v = find_arg(device, key);

	return v == NULL ? NULL : vd_xstrndup(v, strcspn(v, ","));
}

static bool
is_tap(const char *driver)
{
	return strcmp(driver, "net_tap") == 0;
}

/* Nor does hardware or a peer on the host know their addresses: any is as good, if it stays the same. */
bool
vd_rt_driver_takes_all(const char *driver)
{
	static const char *const names[] = {"net_tap", "net_ring", "net_null", "net_pcap"};

	for (size_t i = 0; i < VD_ARRAY_LEN(names); i++)
		if (strcmp(driver, names[i]) == 0)
			return true;
	return false;
}

struct vd_mac
vd_rt_port_mac(const struct vd_dataplane_port *port, const char *instance, const char *driver,
		const struct vd_mac *device_mac)
{
	static const struct vd_mac zero;

	if (port->mac_given)
		return port->mac;
	if (vd_rt_driver_takes_all(driver) || memcmp(device_mac, &zero, sizeof(zero)) == 0)
		return vd_rt_mac_local(instance, port->name, NULL);
	return *device_mac;
}

void
vd_rt_device_make(struct vd_rt_device *d, const struct vd_dataplane_port *port,
		const char *instance, const struct vd_driver_profile *profile)
{
	struct vd_strbuf full = {0};
	size_t n = strcspn(port->device, ",");

	memset(d, 0, sizeof(*d));
	d->pci = vd_dataplane_device_is_pci(port->device);
	vd_dataplane_device_driver(port->device, d->driver, sizeof(d->driver));
	/* "3b:00.0" is short for "0000:3b:00.0". */
	if (d->pci && n <= 7)
		vd_strbuf_puts(&full, "0000:");
	vd_strbuf_add(&full, port->device, n);
	d->name = vd_xstrdup(full.s);
	vd_strbuf_puts(&full, port->device + n);
	for (size_t i = 0; i < profile->devargs.n; i++) {
		const char *a = profile->devargs.v[i];
		char *key = vd_xstrndup(a, strcspn(a, "="));

		if (!vd_rt_device_has_arg(port->device, key))
			vd_strbuf_printf(&full, ",%s", a);
		free(key);
	}
	/* The tap's own address must not be vipd's: a bridge would keep every frame for it to itself. */
	if (is_tap(d->driver) && !vd_rt_device_has_arg(port->device, "mac")) {
		struct vd_mac mac = vd_rt_mac_local(instance, port->name, "kernel", NULL);
		char text[VD_MAC_STR];

		vd_strbuf_printf(&full, ",mac=%s", vd_mac_format(&mac, text, sizeof(text)));
	}
	d->netdev = vd_rt_device_arg(port->device, "iface");
	d->full = vd_strbuf_take(&full);
}

void
vd_rt_device_free(struct vd_rt_device *d)
{
	free(d->name);
	free(d->full);
	free(d->netdev);
	memset(d, 0, sizeof(*d));
}

static int
check_pci(const struct vd_rt_device *d, struct vd_strbuf *why)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.64s", d->name);
	if (access(path, F_OK) == 0)
		return 0;
	vd_strbuf_puts(why, "no such PCI device");
	return -ENODEV;
}

static int
check_tap(const struct vd_rt_device *d, struct vd_strbuf *why)
{
	if (d->netdev != NULL && strlen(d->netdev) >= IFNAMSIZ) {
		vd_strbuf_printf(why, "interface name %s is too long (at most %d bytes)", d->netdev,
				IFNAMSIZ - 1);
		return -EINVAL;
	}
	if (access("/dev/net/tun", F_OK) != 0) {
		vd_strbuf_puts(why, "no /dev/net/tun here (modprobe tun)");
		return -ENODEV;
	}
	if (!vd_rt_may_admin_net() || access("/dev/net/tun", R_OK | W_OK) != 0) {
		vd_strbuf_puts(why,
				"no permission to make a kernel tap (run as root, or with "
				"CAP_NET_ADMIN)");
		return -EACCES;
	}
	return 0;
}

/* Drivers over a kernel interface that must be there. */
static int
check_netdev(const struct vd_rt_device *d, struct vd_strbuf *why)
{
	if (d->netdev == NULL) {
		vd_strbuf_puts(why, "iface= is missing");
		return -EINVAL;
	}
	if (if_nametoindex(d->netdev) != 0)
		return 0;
	vd_strbuf_printf(why, "no kernel interface %s here", d->netdev);
	return -ENODEV;
}

static int
check_pcap(const struct vd_rt_device *d, struct vd_strbuf *why)
{
	char *in = vd_rt_device_arg(d->full, "rx_pcap");
	int err = 0;

	if (in != NULL && access(in, R_OK) != 0) {
		err = -errno;
		vd_strbuf_printf(why, "%s: %s", in, strerror(errno));
	}
	free(in);
	return err;
}

int
vd_rt_device_check(const struct vd_rt_device *d, struct vd_strbuf *why)
{
	if (d->pci)
		return check_pci(d, why);
	if (is_tap(d->driver))
		return check_tap(d, why);
	if (strcmp(d->driver, "net_af_packet") == 0 || strcmp(d->driver, "eth_af_packet") == 0 ||
			strcmp(d->driver, "net_af_xdp") == 0)
		return check_netdev(d, why);
	if (strcmp(d->driver, "net_pcap") == 0)
		return check_pcap(d, why);
	return 0;
}
