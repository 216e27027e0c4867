/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "conf_dataplane_priv.h"

/* A value that may stand once only, with the path where it stood first. */
struct seen {
	char *text;
	char *path;
};

struct seen_list {
	struct seen *v;
	size_t n, cap;
};

struct check {
	struct vd_json *j;
	const struct vd_dataplane *dp;
	struct seen_list names, devices, punts, addresses, lcores;
	bool few_lcores;
};

static void
seen_free(struct seen_list *list)
{
	struct seen *s;

	VD_VEC_FOREACH (s, list) {
		free(s->text);
		free(s->path);
	}
	vd_vec_free(list);
}

/* An error if text stood at another place already. */
static void
once(struct check *c, struct seen_list *list, const struct vd_json_at *at, const char *text)
{
	struct vd_strbuf path = {0};
	struct seen *s;

	VD_VEC_FOREACH (s, list) {
		if (strcmp(s->text, text) == 0) {
			vd_json_problem(c->j, at, VD_DIAG_ERROR, NULL, "%s is already %s", text,
					s->path);
			return;
		}
	}
	vd_json_path(at, &path);
	s = vd_vec_add(list);
	s->text = vd_xstrdup(text);
	s->path = vd_strbuf_take(&path);
}

static void VD_PRINTF(4, 5) warn(struct check *c, const struct vd_json_at *at, const char *hint,
		const char *fmt, ...)
{
	struct vd_strbuf text = {0};
	va_list ap;

	va_start(ap, fmt);
	vd_strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	vd_json_problem(c->j, at, VD_DIAG_WARNING, hint, "%s", text.s);
	vd_strbuf_free(&text);
}

/* First or last address of an IPv4 subnet: the network itself and its broadcast address (RFC 919, RFC 3021). */
static bool
is_subnet_end(const struct vd_prefix *p)
{
	uint32_t host, mask;

	if (!vd_addr_is_v4(&p->addr) || p->len >= 31)
		return false;
	mask = p->len == 0 ? UINT32_MAX : UINT32_MAX >> p->len;
	host = __builtin_bswap32(vd_addr_v4(&p->addr)) & mask;
	return host == 0 || host == mask;
}

static void
check_address(struct check *c, const struct vd_json_at *at, const struct vd_prefix *p)
{
	char text[VD_PREFIX_STR];

	if (vd_addr_is_unset(&p->addr))
		return;
	once(c, &c->addresses, at, vd_addr_format(&p->addr, text, sizeof(text)));
	if (is_subnet_end(p))
		warn(c, at, NULL, "%s is its subnet's network or broadcast address",
				vd_prefix_format(p, text, sizeof(text)));
}

/* A next hop: IPv6 link-local ones are on every port, the rest on one of its subnets. */
static void
check_next_hop(struct check *c, const struct vd_json_at *at, const struct vd_dataplane_l3 *l3,
		const struct vd_addr *a)
{
	char text[VD_ADDR_STR];

	if (vd_addr_is_unset(a))
		return;
	vd_addr_format(a, text, sizeof(text));
	for (size_t i = 0; i < l3->addresses.n; i++)
		if (vd_addr_equal(&l3->addresses.v[i].addr, a)) {
			vd_json_problem(c->j, at, VD_DIAG_ERROR, NULL,
					"%s is the interface's own address", text);
			return;
		}
	if (!vd_dataplane_l3_connected(l3, a) && (vd_addr_is_v4(a) || !vd_addr_is_link_local(a)))
		warn(c, at, "it will never be found", "%s is on no subnet of the interface", text);
}

static void
check_route(struct check *c, const struct vd_json_at *at, const struct vd_dataplane_l3 *l3,
		const struct vd_dataplane_route *route)
{
	struct vd_json_at via = {.up = at, .key = "via"};

	check_next_hop(c, &via, l3, &route->via);
	if (vd_addr_is_unset(&route->via) || route->to.len == VD_CONF_NO_PREFIX)
		return;
	if (vd_addr_is_v4(&route->via) && !vd_addr_is_v4(&route->to.addr))
		vd_json_problem(c->j, at, VD_DIAG_ERROR, NULL,
				"an IPv6 route has an IPv4 next hop");
	else if (!vd_addr_is_v4(&route->via) && vd_addr_is_v4(&route->to.addr))
		vd_json_problem(c->j, at, VD_DIAG_ERROR, NULL,
				"an IPv4 route has an IPv6 next hop");
}

static void
check_l3(struct check *c, const struct vd_json_at *up, const struct vd_dataplane_l3 *l3)
{
	struct vd_json_at list = {.up = up}, at = {.up = &list};
	struct seen_list gateways = {0}, neighbors = {0};
	struct vd_json_at address = {.up = &at, .key = "address"};
	char text[VD_ADDR_STR];

	list.key = "addresses";
	for (at.index = 0; at.index < l3->addresses.n; at.index++)
		check_address(c, &at, &l3->addresses.v[at.index]);
	list.key = "gateways";
	for (at.index = 0; at.index < l3->gateways.n; at.index++) {
		const struct vd_addr *a = &l3->gateways.v[at.index];

		if (!vd_addr_is_unset(a))
			once(c, &gateways, &at, vd_addr_format(a, text, sizeof(text)));
		check_next_hop(c, &at, l3, a);
	}
	list.key = "routes";
	for (at.index = 0; at.index < l3->routes.n; at.index++)
		check_route(c, &at, l3, &l3->routes.v[at.index]);
	list.key = "neighbors";
	for (at.index = 0; at.index < l3->neighbors.n; at.index++) {
		const struct vd_addr *a = &l3->neighbors.v[at.index].addr;

		if (!vd_addr_is_unset(a))
			once(c, &neighbors, &address, vd_addr_format(a, text, sizeof(text)));
		check_next_hop(c, &address, l3, a);
	}
	seen_free(&gateways);
	seen_free(&neighbors);
}

static void
check_vlans(struct check *c, const struct vd_json_at *up, const struct vd_dataplane_port *port)
{
	struct vd_json_at list = {.up = up, .key = "vlans"}, at = {.up = &list};
	struct vd_json_at name = {.up = &at, .key = "name"}, id = {.up = &at, .key = "id"};
	struct seen_list ids = {0};

	for (at.index = 0; at.index < port->vlans.n; at.index++) {
		const struct vd_dataplane_vlan *vlan = &port->vlans.v[at.index];
		struct vd_strbuf number = {0};

		vd_strbuf_printf(&number, "%u", vlan->id);
		if (vlan->id != 0)
			once(c, &ids, &id, number.s);
		vd_strbuf_free(&number);
		if (vlan->name != NULL)
			once(c, &c->names, &name, vlan->name);
		check_l3(c, &at, &vlan->l3);
	}
	seen_free(&ids);
}

static bool
has_v6(const struct vd_dataplane_l3 *l3)
{
	for (size_t i = 0; i < l3->addresses.n; i++)
		if (!vd_addr_is_v4(&l3->addresses.v[i].addr))
			return true;
	return false;
}

/* The kernel interface that a net_tap or net_af_packet device is; NULL if the device names none. */
static char *
device_netdev(const char *device)
{
	const char *iface = strstr(device, ",iface=");

	if (iface == NULL)
		return NULL;
	iface += strlen(",iface=");
	return vd_xstrndup(iface, strcspn(iface, ","));
}

static void
check_device(struct check *c, const struct vd_json_at *up, const struct vd_dataplane_port *port)
{
	struct vd_json_at at = {.up = up, .key = "device"};
	char *name = vd_xstrndup(port->device, strcspn(port->device, ","));
	char *netdev = device_netdev(port->device);

	once(c, &c->devices, &at, name);
	/* A tap is one end only: what vipd reads as a port it cannot also use for punting. */
	if (netdev != NULL)
		once(c, &c->punts, &at, netdev);
	free(name);
	free(netdev);
}

static void
check_port(struct check *c, const struct vd_json_at *at, const struct vd_dataplane_port *port)
{
	struct vd_json_at name = {.up = at, .key = "name"}, mtu = {.up = at, .key = "mtu"};
	struct vd_json_at punt = {.up = at, .key = "punt"};

	if (port->name != NULL)
		once(c, &c->names, &name, port->name);
	if (port->device != NULL)
		check_device(c, at, port);
	if (port->punt != NULL)
		once(c, &c->punts, &punt, port->punt);
	check_l3(c, at, &port->l3);
	check_vlans(c, at, port);
	if (port->mtu < 1280 && has_v6(&port->l3))
		warn(c, &mtu, "RFC 8200", "IPv6 needs an MTU of at least 1280, not %u", port->mtu);
}

static void
check_lcore(struct check *c, const struct vd_json_at *at, const struct vd_dataplane_lcore *l)
{
	struct vd_strbuf text = {0};

	if (!l->given)
		return;
	vd_strbuf_printf(&text, "lcore %u", l->lcore);
	once(c, &c->lcores, at, text.s);
	vd_strbuf_free(&text);
}

static bool
sets_lcores(const char *option)
{
	static const char *const words[] = {"-l", "-c", "--lcores", "--main-lcore"};

	for (size_t i = 0; i < VD_ARRAY_LEN(words); i++)
		if (strncmp(option, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

static void
check_eal(struct check *c)
{
	const struct vd_dataplane_eal *eal = &c->dp->eal;
	struct vd_json_at up = {.key = "eal"}, at = {.up = &up, .key = "main_lcore"};
	struct vd_json_at element = {.up = &at};
	bool some = eal->main_lcore.given || eal->control_lcore.given || eal->worker_lcores.n > 0;

	check_lcore(c, &at, &eal->main_lcore);
	if (some && !eal->main_lcore.given)
		vd_json_problem(c->j, &up, VD_DIAG_ERROR, "all three lcore keys, or none",
				"missing key \"main_lcore\"");
	at.key = "control_lcore";
	check_lcore(c, &at, &eal->control_lcore);
	if (some && !eal->control_lcore.given)
		vd_json_problem(c->j, &up, VD_DIAG_ERROR, "all three lcore keys, or none",
				"missing key \"control_lcore\"");
	at.key = "worker_lcores";
	for (; element.index < eal->worker_lcores.n; element.index++)
		check_lcore(c, &element, &eal->worker_lcores.v[element.index]);
	if (some && eal->worker_lcores.n == 0)
		vd_json_problem(c->j, &up, VD_DIAG_ERROR, "all three lcore keys, or none",
				"missing key \"worker_lcores\"");
	c->few_lcores = some &&
			(!eal->main_lcore.given || !eal->control_lcore.given ||
					eal->worker_lcores.n == 0);
	at.key = "extra";
	for (element.index = 0; element.index < eal->extra.n; element.index++)
		if (sets_lcores(eal->extra.v[element.index]))
			vd_json_problem(c->j, &element, VD_DIAG_ERROR,
					"use main_lcore, control_lcore and worker_lcores",
					"%s does not belong here", eal->extra.v[element.index]);
}

bool
vd_conf_dataplane_check(struct vd_json *j, const struct vd_dataplane *dp)
{
	struct check c = {.j = j, .dp = dp};
	struct vd_json_at ports = {.key = "ports"}, at = {.up = &ports};

	check_eal(&c);
	for (; at.index < dp->ports.n; at.index++)
		check_port(&c, &at, &dp->ports.v[at.index]);
	if (dp->ports.n > VD_DATAPLANE_PORTS_MAX)
		vd_json_problem(j, &ports, VD_DIAG_ERROR, NULL, "%zu ports are more than %d",
				dp->ports.n, VD_DATAPLANE_PORTS_MAX);
	seen_free(&c.names);
	seen_free(&c.devices);
	seen_free(&c.punts);
	seen_free(&c.addresses);
	seen_free(&c.lcores);
	return !c.few_lcores;
}
