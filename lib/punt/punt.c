/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_tun.h>

#include <rte_mbuf.h>

#include "punt_priv.h"
#include "vd_compiler.h"
#include "vd_io_file.h"
#include "vd_log.h"
#include "vd_punt.h"

static void VD_PRINTF(2, 3) note(struct vd_punt *p, const char *fmt, ...)
{
	struct vd_strbuf b = {0};
	va_list ap;

	va_start(ap, fmt);
	vd_strbuf_vprintf(&b, fmt, ap);
	va_end(ap);
	vd_log(VD_LOG_WARNING, "%s: %s", p->name, b.s);
	vd_strbuf_printf(&p->note, "%s%s", p->note.len > 0 ? "; " : "", b.s);
	vd_strbuf_free(&b);
}

/* ---- the tap ---- */

static int
tap_open(struct vd_punt *p, const char *name, struct vd_strbuf *why)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int err;

	p->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (p->fd < 0) {
		err = -errno;
		vd_strbuf_printf(why, "/dev/net/tun: %s", strerror(errno));
		return err;
	}
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(p->fd, TUNSETIFF, &ifr) != 0) {
		err = -errno;
		if (err == -EPERM)
			vd_strbuf_puts(why,
					"no permission to make a kernel tap (run as root, or "
					"with CAP_NET_ADMIN)");
		else if (err == -EBUSY || err == -EINVAL)
			vd_strbuf_puts(why, "an interface of this name is there already");
		else
			vd_strbuf_printf(why, "cannot be made: %s", strerror(errno));
		return err == -EINVAL ? -EBUSY : err;
	}
	snprintf(p->name, sizeof(p->name), "%s", ifr.ifr_name);
	p->ifindex = (int)if_nametoindex(p->name);
	return p->ifindex == 0 ? -errno : 0;
}

/*
 * The kernel is a guest on these addresses: it takes no router's word for others, probes none for duplicates, and does not
 * refuse packets because their way back looks different (2 is "loose", and the stricter one of "all" loses to it).
 */
static void
set_sysctls(const char *name)
{
	static const char *const settings[][2] = {
			{"ipv6/conf/%s/disable_ipv6", "0"},
			{"ipv6/conf/%s/accept_ra", "0"},
			{"ipv6/conf/%s/autoconf", "0"},
			{"ipv6/conf/%s/accept_dad", "0"},
			{"ipv6/conf/%s/dad_transmits", "0"},
			{"ipv4/conf/%s/rp_filter", "2"},
			{"ipv4/conf/%s/arp_ignore", "1"},
	};
	char key[128], path[192];

	for (size_t i = 0; i < VD_ARRAY_LEN(settings); i++) {
		const char *format = settings[i][0], *at = strstr(format, "%s");

		snprintf(key, sizeof(key), "%.*s%s%s", (int)(at - format), format, name, at + 2);
		snprintf(path, sizeof(path), "/proc/sys/net/%s", key);
		/* Read-only in some containers, and without IPv6 not there: best effort. */
		(void)vd_io_file_poke(path, settings[i][1]);
	}
}

/* ---- what the kernel is told ---- */

static void
config_free(struct vd_punt_config *c)
{
	for (size_t i = 0; i < c->routes.n; i++)
		vd_vec_free(&c->routes.v[i].via);
	vd_vec_free(&c->routes);
	vd_vec_free(&c->addresses);
}

static void
add_route(struct vd_punt_config *c, uint16_t vlan, const struct vd_prefix *to,
		const struct vd_addr *via)
{
	struct vd_punt_route *r;

	/* Several gateways to one destination are one route with several next hops. */
	VD_VEC_FOREACH (r, &c->routes) {
		if (r->vlan == vlan && r->to.len == to->len &&
				vd_addr_equal(&r->to.addr, &to->addr)) {
			vd_vec_push(&r->via, *via);
			return;
		}
	}
	r = vd_vec_add(&c->routes);
	r->vlan = vlan;
	r->to = *to;
	vd_vec_push(&r->via, *via);
}

static void
add_l3(struct vd_punt_config *c, uint16_t vlan, const struct vd_dataplane_l3 *l3,
		const struct vd_mac *mac, uint16_t mtu)
{
	struct vd_prefix any4 = {.addr = vd_addr_from_v4(0)}, any6 = {0};
	bool link_local = false;
	struct vd_punt_address *a;

	for (size_t i = 0; i < l3->addresses.n; i++) {
		a = vd_vec_add(&c->addresses);
		a->vlan = vlan;
		a->prefix = l3->addresses.v[i];
		link_local |= !vd_addr_is_v4(&a->prefix.addr) &&
				vd_addr_is_link_local(&a->prefix.addr);
	}
	if (!link_local && mtu >= 1280) {
		a = vd_vec_add(&c->addresses);
		a->vlan = vlan;
		a->prefix = (struct vd_prefix){vd_addr_link_local(mac), 64};
	}
	for (size_t i = 0; i < l3->gateways.n; i++)
		add_route(c, vlan, vd_addr_is_v4(&l3->gateways.v[i]) ? &any4 : &any6,
				&l3->gateways.v[i]);
	for (size_t i = 0; i < l3->routes.n; i++)
		add_route(c, vlan, &l3->routes.v[i].to, &l3->routes.v[i].via);
}

static void
config_make(struct vd_punt_config *c, const struct vd_dataplane_port *conf,
		const struct vd_mac *mac)
{
	memset(c, 0, sizeof(*c));
	add_l3(c, 0, &conf->l3, mac, conf->mtu);
	for (size_t i = 0; i < conf->vlans.n; i++)
		add_l3(c, conf->vlans.v[i].id, &conf->vlans.v[i].l3, mac, conf->mtu);
}

/* The kernel interface of a VLAN; 0 when there is none. */
static int
ifindex_of(const struct vd_punt *p, uint16_t vlan)
{
	if (vlan == 0)
		return p->ifindex;
	for (size_t i = 0; i < p->vlans.n; i++)
		if (p->vlans.v[i].id == vlan)
			return p->vlans.v[i].ifindex;
	return 0;
}

static bool
has_address(const struct vd_punt_config *c, const struct vd_punt_address *a)
{
	for (size_t i = 0; i < c->addresses.n; i++)
		if (c->addresses.v[i].vlan == a->vlan &&
				c->addresses.v[i].prefix.len == a->prefix.len &&
				vd_addr_equal(&c->addresses.v[i].prefix.addr, &a->prefix.addr))
			return true;
	return false;
}

static bool
has_route(const struct vd_punt_config *c, const struct vd_punt_route *r)
{
	for (size_t i = 0; i < c->routes.n; i++) {
		const struct vd_punt_route *o = &c->routes.v[i];

		if (o->vlan == r->vlan && o->to.len == r->to.len &&
				vd_addr_equal(&o->to.addr, &r->to.addr))
			return o->via.n == r->via.n &&
					memcmp(o->via.v, r->via.v,
							r->via.n * sizeof(r->via.v[0])) == 0;
	}
	return false;
}

static int
apply_address(struct vd_punt *p, const struct vd_punt_address *a, bool add)
{
	int ifindex = ifindex_of(p, a->vlan), err;
	char text[VD_PREFIX_STR];

	if (ifindex == 0)
		return 0;
	err = vd_punt_nl_addr(&p->nl, ifindex, &a->prefix, add);
	if (err != 0)
		note(p, "the kernel does not %s address %s: %s", add ? "take" : "give up",
				vd_prefix_format(&a->prefix, text, sizeof(text)), strerror(-err));
	return err;
}

static int
apply_route(struct vd_punt *p, const struct vd_punt_route *r, bool add)
{
	int ifindex = ifindex_of(p, r->vlan), err;
	char text[VD_PREFIX_STR];

	if (ifindex == 0)
		return 0;
	err = vd_punt_nl_route(&p->nl, ifindex, &r->to, r->via.v, r->via.n, add);
	if (err != 0)
		note(p, "the kernel does not %s the route to %s: %s", add ? "take" : "give up",
				vd_prefix_format(&r->to, text, sizeof(text)), strerror(-err));
	return err;
}

/* Brings the kernel from one configuration to another: routes hang on addresses, so they go first and come last. */
static int
config_apply(struct vd_punt *p, const struct vd_punt_config *from, const struct vd_punt_config *to)
{
	int err = 0, e;

	for (size_t i = 0; i < from->routes.n; i++)
		if (!has_route(to, &from->routes.v[i]))
			(void)apply_route(p, &from->routes.v[i], false);
	for (size_t i = 0; i < from->addresses.n; i++) {
		if (has_address(to, &from->addresses.v[i]))
			continue;
		e = apply_address(p, &from->addresses.v[i], false);
		err = err == 0 ? e : err;
	}
	for (size_t i = 0; i < to->addresses.n; i++) {
		if (has_address(from, &to->addresses.v[i]))
			continue;
		e = apply_address(p, &to->addresses.v[i], true);
		err = err == 0 ? e : err;
	}
	for (size_t i = 0; i < to->routes.n; i++) {
		/* An address that went may have taken routes of its subnet with it: all are said again. */
		e = apply_route(p, &to->routes.v[i], true);
		err = err == 0 ? e : err;
	}
	return err;
}

static void
vlan_add(struct vd_punt *p, uint16_t id)
{
	char name[IFNAMSIZ];
	struct vd_punt_vlan *v;
	int err;

	snprintf(name, sizeof(name), "%.10s.%u", p->name, id % 4096u);
	err = vd_punt_nl_vlan_add(&p->nl, p->ifindex, name, id);
	if (err == 0) {
		v = vd_vec_add(&p->vlans);
		v->id = id;
		v->ifindex = (int)if_nametoindex(name);
		set_sysctls(name);
		err = vd_punt_nl_link_up(&p->nl, v->ifindex);
	}
	if (err != 0)
		note(p, "no kernel interface for VLAN %u, its frames pass tagged: %s", id,
				strerror(-err));
}

static void
vlans_apply(struct vd_punt *p, const struct vd_dataplane_port *conf)
{
	for (size_t i = p->vlans.n; i-- > 0;) {
		bool wanted = false;

		for (size_t k = 0; k < conf->vlans.n; k++)
			wanted |= conf->vlans.v[k].id == p->vlans.v[i].id;
		if (wanted)
			continue;
		(void)vd_punt_nl_link_del(&p->nl, p->vlans.v[i].ifindex);
		p->vlans.v[i] = p->vlans.v[--p->vlans.n];
	}
	for (size_t k = 0; k < conf->vlans.n; k++)
		if (ifindex_of(p, conf->vlans.v[k].id) == 0)
			vlan_add(p, conf->vlans.v[k].id);
}

int
vd_punt_reconfigure(struct vd_punt *p, const struct vd_dataplane_port *conf)
{
	struct vd_punt_config next;
	int err = 0;

	vd_strbuf_reset(&p->note);
	if (conf->mtu != p->mtu) {
		err = vd_punt_nl_link_mtu(&p->nl, p->ifindex, conf->mtu);
		if (err == 0)
			p->mtu = conf->mtu;
		else
			note(p, "the kernel does not take MTU %u: %s", conf->mtu, strerror(-err));
	}
	vlans_apply(p, conf);
	config_make(&next, conf, &p->mac);
	if (err == 0)
		err = config_apply(p, &p->config, &next);
	else
		(void)config_apply(p, &p->config, &next);
	config_free(&p->config);
	p->config = next;
	return err;
}

static int
bring_up(struct vd_punt *p, const struct vd_dataplane_port *conf, struct vd_strbuf *why)
{
	int err;

	err = vd_punt_nl_open(&p->nl);
	if (err == 0) {
		set_sysctls(p->name);
		err = vd_punt_nl_link_prepare(&p->nl, p->ifindex, &p->mac);
	}
	if (err == 0)
		err = vd_punt_nl_link_up(&p->nl, p->ifindex);
	if (err != 0) {
		vd_strbuf_printf(why, "cannot be set up: %s", strerror(-err));
		return err;
	}
	(void)vd_punt_reconfigure(p, conf);
	return 0;
}

struct vd_punt *
vd_punt_open(const struct vd_rt_port *port, const struct vd_dataplane_port *conf, int *err,
		struct vd_strbuf *why)
{
	struct vd_strbuf text = {0};
	struct vd_punt *p;

	if (posix_memalign((void **)&p, VD_CACHE_LINE, sizeof(*p)) != 0) {
		*err = -ENOMEM;
		return NULL;
	}
	memset(p, 0, sizeof(*p));
	p->fd = -1;
	p->mac = port->mac;
	*err = tap_open(p, conf->punt, &text);
	if (*err == 0)
		*err = bring_up(p, conf, &text);
	if (*err != 0) {
		vd_strbuf_printf(why, "port %s: kernel tap %s: %s", conf->name, conf->punt,
				text.s == NULL ? strerror(-*err) : text.s);
		vd_punt_close(p);
		p = NULL;
	}
	vd_strbuf_free(&text);
	return p;
}

void
vd_punt_close(struct vd_punt *p)
{
	if (p == NULL)
		return;
	rte_pktmbuf_free(p->spare);
	vd_punt_nl_close(&p->nl);
	if (p->fd >= 0)
		close(p->fd);
	config_free(&p->config);
	vd_vec_free(&p->vlans);
	vd_strbuf_free(&p->note);
	free(p);
}

const char *
vd_punt_name(const struct vd_punt *p)
{
	return p->name;
}

int
vd_punt_fd(const struct vd_punt *p)
{
	return p->fd;
}

int
vd_punt_ifindex(const struct vd_punt *p)
{
	return p->ifindex;
}

const char *
vd_punt_note(const struct vd_punt *p)
{
	return p->note.len > 0 ? p->note.s : NULL;
}

int
vd_punt_addr_add(struct vd_punt *p, uint16_t vlan, const struct vd_prefix *addr)
{
	int ifindex = ifindex_of(p, vlan);

	return ifindex == 0 ? -ENODEV : vd_punt_nl_addr(&p->nl, ifindex, addr, true);
}

int
vd_punt_addr_del(struct vd_punt *p, uint16_t vlan, const struct vd_prefix *addr)
{
	int ifindex = ifindex_of(p, vlan);

	return ifindex == 0 ? -ENODEV : vd_punt_nl_addr(&p->nl, ifindex, addr, false);
}
