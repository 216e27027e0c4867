/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "conf_dataplane_priv.h"

/* A string without blanks and control characters, of at most max bytes. */
static char *
read_name(struct vd_json *j, const struct vd_json_at *at, const json_t *v, size_t max,
		const char *bad)
{
	const char *text;
	size_t n;

	if (!vd_json_string(j, at, v, &text))
		return NULL;
	n = strlen(text);
	if (n == 0 || n > max) {
		vd_json_problem(j, at, VD_DIAG_ERROR, NULL, "%zu bytes are out of range 1 to %zu",
				n, max);
		return NULL;
	}
	for (const char *s = text; *s != '\0'; s++) {
		if ((unsigned char)*s <= ' ' || *s == 0x7f || strchr(bad, *s) != NULL) {
			vd_json_problem(j, at, VD_DIAG_ERROR, NULL,
					"\"%s\" has a character that a name cannot have", text);
			return NULL;
		}
	}
	return vd_xstrdup(text);
}

static bool
is_loopback(const struct vd_addr *a)
{
	static const struct vd_addr v6 = {.b = {[15] = 1}};

	return vd_addr_equal(a, &v6) || (vd_addr_is_v4(a) && a->b[12] == 127);
}

/* 0.0.0.0, ::, 127.0.0.1, ::1, multicast and broadcast are no station's address. */
static bool
is_station(const struct vd_addr *a)
{
	struct vd_addr broadcast = vd_addr_from_v4(UINT32_MAX);
	struct vd_addr any = vd_addr_from_v4(0);

	return !vd_addr_is_unset(a) && !vd_addr_equal(a, &any) && !vd_addr_equal(a, &broadcast) &&
			!vd_addr_is_multicast(a) && !is_loopback(a);
}

static bool
station(struct vd_json *j, const struct vd_json_at *at, const struct vd_addr *a)
{
	char text[VD_ADDR_STR];

	if (is_station(a))
		return true;
	vd_json_problem(j, at, VD_DIAG_ERROR, NULL, "%s is not the address of one station",
			vd_addr_format(a, text, sizeof(text)));
	return false;
}

static void
read_station(struct vd_json *j, const struct vd_json_at *at, const json_t *v, struct vd_addr *out)
{
	struct vd_addr a;

	if (vd_json_addr(j, at, v, &a) && station(j, at, &a))
		*out = a;
}

static void
add_address(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane_l3 *l3 = target;
	struct vd_prefix *p = vd_vec_add(&l3->addresses), read;

	if (vd_json_prefix(j, at, v, &read) && station(j, at, &read.addr))
		*p = read;
}

static void
read_addresses(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	vd_json_array(j, at, v, add_address, target);
}

static void
add_gateway(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane_l3 *l3 = target;

	read_station(j, at, v, vd_vec_add(&l3->gateways));
}

static void
read_gateways(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	vd_json_array(j, at, v, add_gateway, target);
}

static void
read_to(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane_route *route = target;
	char net[VD_PREFIX_STR];
	struct vd_prefix to;

	if (!vd_json_prefix(j, at, v, &to))
		return;
	route->to = vd_prefix_network(&to);
	if (!vd_addr_equal(&route->to.addr, &to.addr))
		vd_json_problem(j, at, VD_DIAG_WARNING, NULL, "%s has host bits: taken as %s",
				json_string_value(v),
				vd_prefix_format(&route->to, net, sizeof(net)));
}

static void
read_via(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	read_station(j, at, v, &((struct vd_dataplane_route *)target)->via);
}

static void
add_route(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	static const struct vd_json_key keys[] = {
			{"to", read_to, true},
			{"via", read_via, true},
	};
	struct vd_dataplane_l3 *l3 = target;
	struct vd_dataplane_route *route = vd_vec_add(&l3->routes);

	route->to.len = VD_CONF_NO_PREFIX;
	vd_json_object(j, at, v, keys, VD_ARRAY_LEN(keys), route);
}

static void
read_routes(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	vd_json_array(j, at, v, add_route, target);
}

static void
read_neighbor_address(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	read_station(j, at, v, &((struct vd_dataplane_neighbor *)target)->addr);
}

static void
read_neighbor_mac(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	vd_json_mac(j, at, v, &((struct vd_dataplane_neighbor *)target)->mac);
}

static void
add_neighbor(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	static const struct vd_json_key keys[] = {
			{"address", read_neighbor_address, true},
			{"mac", read_neighbor_mac, true},
	};
	struct vd_dataplane_l3 *l3 = target;

	vd_json_object(j, at, v, keys, VD_ARRAY_LEN(keys), vd_vec_add(&l3->neighbors));
}

static void
read_neighbors(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	vd_json_array(j, at, v, add_neighbor, target);
}

static void
read_vlan_id(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane_vlan *vlan = target;
	uint32_t id;

	if (vd_json_uint(j, at, v, 1, 4094, &id))
		vlan->id = (uint16_t)id;
}

static void
read_vlan_name(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane_vlan *vlan = target;

	vlan->name = read_name(j, at, v, VD_DATAPLANE_NAME_MAX, "/");
}

/* The keys of a VLAN that are those of a port too reach its l3 through these. */
#define VLAN_READER(what) \
	static void read_vlan_##what(struct vd_json *j, const struct vd_json_at *at, \
			const json_t *v, void *target) \
	{ \
		read_##what(j, at, v, &((struct vd_dataplane_vlan *)target)->l3); \
	} \
	static void read_port_##what(struct vd_json *j, const struct vd_json_at *at, \
			const json_t *v, void *target) \
	{ \
		read_##what(j, at, v, &((struct vd_dataplane_port *)target)->l3); \
	}

VLAN_READER(addresses)
VLAN_READER(gateways)
VLAN_READER(routes)
VLAN_READER(neighbors)

static void
add_vlan(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	static const struct vd_json_key keys[] = {
			{"id", read_vlan_id, true},
			{"name", read_vlan_name, false},
			{"addresses", read_vlan_addresses, false},
			{"gateways", read_vlan_gateways, false},
			{"routes", read_vlan_routes, false},
			{"neighbors", read_vlan_neighbors, false},
	};
	struct vd_dataplane_port *port = target;

	vd_json_object(j, at, v, keys, VD_ARRAY_LEN(keys), vd_vec_add(&port->vlans));
}

static void
read_vlans(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	vd_json_array(j, at, v, add_vlan, target);
}

static void
read_port_name(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane_port *port = target;

	port->name = read_name(j, at, v, VD_DATAPLANE_NAME_MAX, "/");
}

static void
read_device(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane_port *port = target;

	port->device = read_name(j, at, v, 4095, "");
}

static void
read_driver(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane_port *port = target;

	/* The name becomes a file's name. */
	port->driver = read_name(j, at, v, VD_DATAPLANE_NAME_MAX, "/.");
}

static void
read_mac(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane_port *port = target;

	port->mac_given = vd_json_mac(j, at, v, &port->mac);
}

static void
read_mtu(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane_port *port = target;
	uint32_t mtu;

	if (!vd_json_uint(j, at, v, VD_DATAPLANE_MTU_MIN, VD_DATAPLANE_MTU_MAX, &mtu))
		return;
	port->mtu_given = true;
	port->mtu = (uint16_t)mtu;
}

static void
read_rx_queues(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	static const char *const words[] = {"auto"};
	struct vd_dataplane_port *port = target;
	uint32_t n;
	size_t word;

	if (json_is_string(v))
		(void)vd_json_word(j, at, v, words, VD_ARRAY_LEN(words), &word);
	else if (vd_json_uint(j, at, v, 1, VD_DATAPLANE_QUEUES_MAX, &n))
		port->rx_queues = (uint16_t)n;
}

static void
read_punt(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane_port *port = target;

	if (!json_is_null(v))
		port->punt = read_name(j, at, v, VD_DATAPLANE_PUNT_MAX, "/:%");
}

void
vd_conf_port_add(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	static const struct vd_json_key keys[] = {
			{"name", read_port_name, true},
			{"device", read_device, true},
			{"driver", read_driver, false},
			{"addresses", read_port_addresses, false},
			{"gateways", read_port_gateways, false},
			{"routes", read_port_routes, false},
			{"neighbors", read_port_neighbors, false},
			{"vlans", read_vlans, false},
			{"mac", read_mac, false},
			{"mtu", read_mtu, false},
			{"rx_queues", read_rx_queues, false},
			{"punt", read_punt, false},
	};
	struct vd_dataplane *dp = target;
	struct vd_dataplane_port *port = vd_vec_add(&dp->ports);

	port->mtu = VD_DATAPLANE_MTU_DEFAULT;
	vd_json_object(j, at, v, keys, VD_ARRAY_LEN(keys), port);
}
