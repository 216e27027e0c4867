/* SPDX-License-Identifier: BSD-3-Clause */
/* VRRP instances: what is impossible, what keepalived resets. */
#include <string.h>

#include "vd_addr_map.h"
#include "vd_model_validate_priv.h"

#define EXCLUDED 0x80000000u /* a number among virtual_ipaddress_excluded */

bool
vd_validate_is_v6(const struct vd_model_vrrp_instance *i)
{
	if (i->virtual_ipaddress.n > 0)
		return !vd_addr_is_v4(&i->virtual_ipaddress.v[0].address.addr);
	return i->native_ipv6;
}

const char *
vd_validate_interface_of(const struct vd_validate *c, const struct vd_model_vrrp_instance *i)
{
	return i->interface != NULL ? i->interface : c->m->global.default_interface;
}

bool
vd_validate_is_own(const struct vd_validate *c, const char *interface, const struct vd_addr *addr)
{
	struct vd_dataplane_iface iface;

	if (c->options->dataplane == NULL || interface == NULL ||
			!vd_dataplane_addr_find(c->options->dataplane, addr, &iface))
		return false;
	return strcmp(interface, iface.vlan != NULL ? iface.vlan->name : iface.port->name) == 0;
}

static bool
same_text(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static void
check_twice(struct vd_validate *c, size_t n)
{
	const struct vd_model_vrrp_instance *i = &c->m->instances.v[n], *first;
	const char *interface = vd_validate_interface_of(c, i);

	for (first = c->m->instances.v; first < i; first++) {
		if (same_text(first->name, i->name)) {
			vd_validate_say(c, VD_DIAG_ERROR, i->obj.place, NULL,
					"vrrp_instance %s is already defined (%s)", i->name,
					vd_validate_where(&first->obj.place));
			return;
		}
		if (i->virtual_router_id != 0 && first->virtual_router_id == i->virtual_router_id &&
				vd_validate_is_v6(first) == vd_validate_is_v6(i) &&
				same_text(vd_validate_interface_of(c, first), interface)) {
			vd_validate_say(c, VD_DIAG_ERROR,
					vd_model_place_of(&i->obj, &i->virtual_router_id), NULL,
					"virtual_router_id %d with IPv%d on %s is that of %s",
					(int)i->virtual_router_id, vd_validate_is_v6(i) ? 6 : 4,
					interface, first->name);
			return;
		}
	}
}

static void
check_interface(struct vd_validate *c, const struct vd_model_vrrp_instance *i)
{
	const char *interface = vd_validate_interface_of(c, i);

	if (interface == NULL) {
		if (i->unicast_peer.n == 0 || vd_addr_is_unset(&i->unicast_src_ip))
			vd_validate_say(c, VD_DIAG_ERROR, i->obj.place,
					"add: interface NAME of a port",
					"vrrp_instance %s has no interface", i->name);
		return;
	}
	vd_validate_interface(c, VD_DIAG_ERROR, vd_model_place_of(&i->obj, &i->interface),
			"interface", interface);
}

/* The entry before n that has the same address; NULL if none. */
static const struct vd_model_address *
address_before(const struct vd_model_address *v, size_t n, const struct vd_model_address *a)
{
	for (size_t k = 0; k < n; k++)
		if (vd_addr_equal(&v[k].address.addr, &a->address.addr))
			return &v[k];
	return NULL;
}

static void
say_same(struct vd_validate *c, const struct vd_model_address *a, const struct vd_place *first)
{
	char text[VD_ADDR_STR];

	vd_validate_say(c, VD_DIAG_WARNING, a->obj.place, NULL,
			"%s is listed twice (%s); once counts",
			vd_addr_format(&a->address.addr, text, sizeof(text)),
			vd_validate_where(first));
}

static void
check_address(struct vd_validate *c, const struct vd_model_address *a, const char *list)
{
	vd_validate_station(c, a->obj.place, list, &a->address.addr);
	vd_validate_interface(c, VD_DIAG_ERROR, vd_model_place_of(&a->obj, &a->dev), "dev", a->dev);
}

/* The place of the one in either list that has this address already. What is removed stands behind it. */
static const struct vd_place *
first_of(const struct vd_model_vrrp_instance *i, uint32_t number)
{
	const struct vd_model_address *v = i->virtual_ipaddress.v;

	if ((number & EXCLUDED) != 0)
		v = i->virtual_ipaddress_excluded.v;
	return &v[(number & ~EXCLUDED) - 1].obj.place;
}

static void
check_addresses(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	struct vd_addr_map known = {.v = NULL};
	struct vd_model_address *a;
	char text[VD_ADDR_STR];
	uint32_t first;

	for (size_t k = 0; k < i->virtual_ipaddress.n; k++) {
		a = &i->virtual_ipaddress.v[k];
		check_address(c, a, "virtual_ipaddress");
		if (vd_addr_is_v4(&a->address.addr) == vd_validate_is_v6(i))
			vd_validate_say(c, VD_DIAG_ERROR, a->obj.place,
					"put it into virtual_ipaddress_excluded",
					"%s is not of the family of the instance's first address",
					vd_addr_format(&a->address.addr, text, sizeof(text)));
		first = vd_addr_map_put(&known, &a->address.addr, (uint32_t)k + 1);
		if (first != 0) {
			say_same(c, a, first_of(i, first));
			VD_VALIDATE_REMOVE(&i->virtual_ipaddress, k);
			k--;
		}
	}
	for (size_t k = 0; k < i->virtual_ipaddress_excluded.n; k++) {
		a = &i->virtual_ipaddress_excluded.v[k];
		check_address(c, a, "virtual_ipaddress_excluded");
		first = vd_addr_map_put(&known, &a->address.addr, EXCLUDED | ((uint32_t)k + 1));
		if (first != 0) {
			say_same(c, a, first_of(i, first));
			VD_VALIDATE_REMOVE(&i->virtual_ipaddress_excluded, k);
			k--;
		}
	}
	vd_addr_map_free(&known);
}

/* RFC 9568 5.2.5 has one at least; keepalived refuses the file, too. */
static void
check_no_address(struct vd_validate *c, const struct vd_model_vrrp_instance *i)
{
	bool needed = i->version == 3 || i->strict_mode;

	if (i->virtual_ipaddress.n > 0 || i->no_virtual_ipaddress)
		return;
	vd_validate_say(c, needed ? VD_DIAG_ERROR : VD_DIAG_WARNING, i->obj.place,
			needed ? "add virtual_ipaddress" : NULL,
			"vrrp_instance %s has no virtual_ipaddress%s", i->name,
			i->version == 3          ? ", and version 3 needs one"
					: needed ? ", and vrrp_strict needs one"
						 : "");
}

/* RFC 9568 5.2.9: the first address is the virtual router's own link-local one. */
static void
check_link_local(struct vd_validate *c, const struct vd_model_vrrp_instance *i)
{
	const struct vd_model_address *a = i->virtual_ipaddress.v;
	char text[VD_ADDR_STR];

	if (!vd_validate_is_v6(i) || i->virtual_ipaddress.n == 0 || i->unicast_peer.n > 0 ||
			vd_addr_is_link_local(&a->address.addr))
		return;
	vd_validate_say(c, VD_DIAG_WARNING, a->obj.place, "put one from fe80::/10 first",
			"the first virtual_ipaddress of an IPv6 instance is to be link-local; %s "
			"is not",
			vd_addr_format(&a->address.addr, text, sizeof(text)));
}

/* Bytes of the largest IP packet on the instance's interface. */
static size_t
mtu_of(const struct vd_validate *c, const struct vd_model_vrrp_instance *i)
{
	const char *interface = vd_validate_interface_of(c, i);
	struct vd_dataplane_iface iface;

	if (c->options->dataplane != NULL && interface != NULL &&
			vd_dataplane_iface_find(c->options->dataplane, interface, &iface))
		return iface.port->mtu;
	return VD_DATAPLANE_MTU_DEFAULT;
}

/*
 * As many as keepalived puts into an advert: it counts the Ethernet header against the MTU. Two nodes must come to the
 * same list.
 */
static size_t
room_for_addresses(const struct vd_validate *c, const struct vd_model_vrrp_instance *i)
{
	bool v6 = vd_validate_is_v6(i);
	size_t headers = 14 + (v6 ? 40 : 20) + 8, size = v6 ? 16 : 4, mtu = mtu_of(c, i);

	if (i->version == 2)
		headers += 8;
	if (i->authentication.auth_type == VD_MODEL_AUTH_AH)
		headers += 24;
	if (i->auth_hmac.key.n > 0)
		headers += 28;
	return mtu < headers + size ? 1 : VD_MIN((mtu - headers) / size, (size_t)255);
}

static void
check_room(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	size_t room = room_for_addresses(c, i), n = i->virtual_ipaddress.n;
	struct vd_place at;

	if (n <= room)
		return;
	at = i->virtual_ipaddress.v[room].obj.place;
	vd_validate_say(c, VD_DIAG_WARNING, at, "put them into virtual_ipaddress_excluded",
			"an advert has room for %zu addresses; from this one on, %zu are held but "
			"not advertised",
			room, n - room);
	for (size_t k = room; k < n; k++)
		vd_vec_push(&i->virtual_ipaddress_excluded, i->virtual_ipaddress.v[k]);
	i->virtual_ipaddress.n = room;
	VD_VALIDATE_MARK(i, virtual_ipaddress_excluded, at);
}

/* keepalived passes one address in two instances: whoever is MASTER answers for it, perhaps two at once. */
static void
check_held_twice(struct vd_validate *c, size_t n, struct vd_addr_map *held)
{
	const struct vd_model_vrrp_instance *i = &c->m->instances.v[n], *other;
	char text[VD_ADDR_STR];

	for (size_t k = 0; k < i->virtual_ipaddress.n + i->virtual_ipaddress_excluded.n; k++) {
		const struct vd_model_address *a = k < i->virtual_ipaddress.n
				? &i->virtual_ipaddress.v[k]
				: &i->virtual_ipaddress_excluded.v[k - i->virtual_ipaddress.n];

		if (vd_addr_map_put(held, &a->address.addr, (uint32_t)n + 1) == 0)
			continue;
		for (other = c->m->instances.v; other < i; other++) {
			if (address_before(other->virtual_ipaddress.v, other->virtual_ipaddress.n,
					    a) == NULL &&
					address_before(other->virtual_ipaddress_excluded.v,
							other->virtual_ipaddress_excluded.n,
							a) == NULL)
				continue;
			vd_validate_say(c, VD_DIAG_WARNING, a->obj.place,
					"two nodes can hold it at once",
					"%s is also an address of vrrp_instance %s",
					vd_addr_format(&a->address.addr, text, sizeof(text)),
					other->name);
		}
	}
}

static void
check_preempt(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	if (i->nopreempt && (i->priority == 255 || i->state == VD_MODEL_STATE_MASTER)) {
		vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&i->obj, &i->nopreempt),
				i->priority == 255 ? NULL : "say state BACKUP on both nodes",
				"nopreempt is ignored with %s",
				i->priority == 255 ? "priority 255" : "state MASTER");
		i->nopreempt = false;
	}
	if (i->preempt_delay > 0 && i->state == VD_MODEL_STATE_MASTER) {
		vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&i->obj, &i->preempt_delay),
				"say state BACKUP", "preempt_delay is ignored with state MASTER");
		i->preempt_delay = 0;
	} else if (i->preempt_delay > 0 && i->nopreempt) {
		vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&i->obj, &i->preempt_delay),
				NULL, "preempt_delay is ignored with nopreempt");
		i->preempt_delay = 0;
	}
}

static void
check_vmac(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	if (!i->vmac_xmit_base || vd_model_given(&i->obj, &i->use_vmac))
		return;
	vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&i->obj, &i->vmac_xmit_base),
			"add use_vmac", "vmac_xmit_base means something with use_vmac only");
	i->vmac_xmit_base = false;
}

static void
check_version(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	struct vd_place at = vd_model_place_of(&i->obj, &i->advert_int);

	if (vd_validate_is_v6(i) && i->version == 2) {
		vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&i->obj, &i->version), NULL,
				"version 2 has no IPv6; 3 is used");
		i->version = 3;
	}
	if (i->version == 2 && i->advert_int % VD_SEC != 0) {
		i->advert_int = VD_MAX((i->advert_int + VD_SEC / 2) / VD_SEC, (vd_time)1) * VD_SEC;
		vd_validate_say(c, VD_DIAG_WARNING, at, "version 3 has hundredths",
				"advert_int: version 2 has whole seconds; %u s is used",
				(unsigned int)(i->advert_int / VD_SEC));
	} else if (i->version == 3 && i->advert_int > 40950 * VD_MSEC) {
		i->advert_int = 40950 * VD_MSEC;
		vd_validate_say(c, VD_DIAG_WARNING, at, NULL,
				"advert_int: version 3 has at most 40.95 s; that is used");
	} else if (i->version == 3 && i->advert_int % (10 * VD_MSEC) != 0) {
		i->advert_int = (i->advert_int + 5 * VD_MSEC) / (10 * VD_MSEC) * (10 * VD_MSEC);
		i->advert_int = VD_MAX(i->advert_int, 10 * VD_MSEC);
		vd_validate_say(c, VD_DIAG_WARNING, at, NULL,
				"advert_int: version 3 has hundredths of a second; %u ms is used",
				(unsigned int)(i->advert_int / VD_MSEC));
	}
}

void
vd_validate_vrrp(struct vd_validate *c)
{
	struct vd_addr_map held = {.v = NULL}; /* by which instance first */
	const struct vd_model_address *a;

	for (size_t n = 0; n < c->m->instances.n; n++) {
		struct vd_model_vrrp_instance *i = &c->m->instances.v[n];

		check_twice(c, n);
		check_interface(c, i);
		check_addresses(c, i);
		check_held_twice(c, n, &held);
		check_version(c, i);
		check_no_address(c, i);
		vd_validate_strict(c, i);
		vd_validate_auth(c, i);
		check_preempt(c, i);
		check_vmac(c, i);
		vd_validate_unicast(c, i);
		check_link_local(c, i);
		check_room(c, i);
	}
	vd_addr_map_free(&held);
	VD_VEC_FOREACH (a, &c->m->static_addresses)
		vd_validate_interface(c, VD_DIAG_WARNING, vd_model_place_of(&a->obj, &a->dev),
				"dev", a->dev);
}
