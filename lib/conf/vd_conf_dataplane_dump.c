/* SPDX-License-Identifier: BSD-3-Clause */
#include "conf_dataplane_priv.h"

static json_t *
addr_json(const struct vd_addr *a)
{
	char text[VD_ADDR_STR];

	return json_string(vd_addr_format(a, text, sizeof(text)));
}

static json_t *
prefix_json(const struct vd_prefix *p)
{
	char text[VD_PREFIX_STR];

	return json_string(vd_prefix_format(p, text, sizeof(text)));
}

static json_t *
mac_json(const struct vd_mac *m)
{
	char text[VD_MAC_STR];

	return json_string(vd_mac_format(m, text, sizeof(text)));
}

/* Lists are left out when they are empty. */
static void
set_list(json_t *object, const char *key, json_t *list)
{
	if (json_array_size(list) > 0)
		json_object_set_new(object, key, list);
	else
		json_decref(list);
}

static void
set_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL)
		json_object_set_new(object, key, json_string(text));
}

static json_t *
eal_json(const struct vd_dataplane_eal *eal)
{
	json_t *o, *list;

	if (eal->automatic)
		return json_string("auto");
	o = json_object();
	set_text(o, "main_lcore", eal->main_lcore.text);
	set_text(o, "control_lcore", eal->control_lcore.text);
	list = json_array();
	for (size_t i = 0; i < eal->worker_lcores.n; i++)
		json_array_append_new(list, json_string(eal->worker_lcores.v[i].text));
	set_list(o, "worker_lcores", list);
	if (eal->memory_mb != 0)
		json_object_set_new(o, "memory_mb", json_integer(eal->memory_mb));
	if (eal->hugepages != VD_DATAPLANE_HUGEPAGES_AUTO)
		json_object_set_new(o, "hugepages",
				json_boolean(eal->hugepages == VD_DATAPLANE_HUGEPAGES_YES));
	list = json_array();
	for (size_t i = 0; i < eal->extra.n; i++)
		json_array_append_new(list, json_string(eal->extra.v[i]));
	set_list(o, "extra", list);
	return o;
}

static json_t *
log_json(const struct vd_dataplane_log *log)
{
	json_t *o = json_object();

	if (log->to == VD_DATAPLANE_LOG_FILE)
		set_text(o, "to", log->path);
	else
		set_text(o, "to", log->to == VD_DATAPLANE_LOG_SYSLOG ? "syslog" : "stderr");
	set_text(o, "level", vd_log_level_name(log->level));
	return o;
}

static void
set_l3(json_t *o, const struct vd_dataplane_l3 *l3)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l3->addresses.n; i++)
		json_array_append_new(list, prefix_json(&l3->addresses.v[i]));
	json_object_set_new(o, "addresses", list);
	list = json_array();
	for (size_t i = 0; i < l3->gateways.n; i++)
		json_array_append_new(list, addr_json(&l3->gateways.v[i]));
	set_list(o, "gateways", list);
	list = json_array();
	for (size_t i = 0; i < l3->routes.n; i++) {
		json_t *route = json_object();

		json_object_set_new(route, "to", prefix_json(&l3->routes.v[i].to));
		json_object_set_new(route, "via", addr_json(&l3->routes.v[i].via));
		json_array_append_new(list, route);
	}
	set_list(o, "routes", list);
	list = json_array();
	for (size_t i = 0; i < l3->neighbors.n; i++) {
		json_t *neighbor = json_object();

		json_object_set_new(neighbor, "address", addr_json(&l3->neighbors.v[i].addr));
		json_object_set_new(neighbor, "mac", mac_json(&l3->neighbors.v[i].mac));
		json_array_append_new(list, neighbor);
	}
	set_list(o, "neighbors", list);
}

static json_t *
port_json(const struct vd_dataplane_port *port)
{
	json_t *o = json_object(), *list = json_array();

	set_text(o, "name", port->name);
	set_text(o, "device", port->device);
	set_text(o, "driver", port->driver);
	set_l3(o, &port->l3);
	for (size_t i = 0; i < port->vlans.n; i++) {
		json_t *vlan = json_object();

		json_object_set_new(vlan, "id", json_integer(port->vlans.v[i].id));
		set_text(vlan, "name", port->vlans.v[i].name);
		set_l3(vlan, &port->vlans.v[i].l3);
		json_array_append_new(list, vlan);
	}
	set_list(o, "vlans", list);
	if (port->mac_given)
		json_object_set_new(o, "mac", mac_json(&port->mac));
	if (port->mtu_given)
		json_object_set_new(o, "mtu", json_integer(port->mtu));
	json_object_set_new(o, "rx_queues",
			port->rx_queues == 0 ? json_string("auto") : json_integer(port->rx_queues));
	set_text(o, "punt", port->punt);
	return o;
}

void
vd_conf_dataplane_dump(const struct vd_dataplane *dp, struct vd_strbuf *out)
{
	json_t *root = json_object(), *list = json_array();

	json_object_set_new(root, "eal", eal_json(&dp->eal));
	set_text(root, "poll", vd_dataplane_poll_name(dp->poll));
	json_object_set_new(root, "log", log_json(&dp->log));
	for (size_t i = 0; i < dp->ports.n; i++)
		json_array_append_new(list, port_json(&dp->ports.v[i]));
	json_object_set_new(root, "ports", list);
	if (dp->max_per_worker_given)
		json_object_set_new(root, "connections",
				json_pack("{s:i}", "max_per_worker", dp->max_per_worker));
	json_object_set_new(root, "stall_ms", json_integer(dp->stall_ms));
	vd_json_dump(root, out);
	json_decref(root);
}
