/* SPDX-License-Identifier: BSD-3-Clause */
/* VRRP instances: what is impossible, what keepalived resets. */
#include <string.h>

#include "vd_model_validate_priv.h"

static bool
is_v6(const struct vd_model_vrrp_instance *i)
{
	if (i->virtual_ipaddress.n > 0)
		return !vd_addr_is_v4(&i->virtual_ipaddress.v[0].address.addr);
	return i->native_ipv6;
}

static const char *
interface_of(const struct vd_validate *c, const struct vd_model_vrrp_instance *i)
{
	return i->interface != NULL ? i->interface : c->m->global.default_interface;
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
	const char *interface = interface_of(c, i);

	for (first = c->m->instances.v; first < i; first++) {
		if (same_text(first->name, i->name)) {
			vd_validate_say(c, VD_DIAG_ERROR, i->obj.place, NULL,
					"vrrp_instance %s is already defined (%s)", i->name,
					vd_validate_where(&first->obj.place));
			return;
		}
		if (i->virtual_router_id != 0 && first->virtual_router_id == i->virtual_router_id &&
				is_v6(first) == is_v6(i) &&
				same_text(interface_of(c, first), interface)) {
			vd_validate_say(c, VD_DIAG_ERROR,
					vd_model_place_of(&i->obj, &i->virtual_router_id), NULL,
					"virtual_router_id %d with IPv%d on %s is that of %s",
					(int)i->virtual_router_id, is_v6(i) ? 6 : 4, interface,
					first->name);
			return;
		}
	}
}

static void
check_interface(struct vd_validate *c, const struct vd_model_vrrp_instance *i)
{
	const char *interface = interface_of(c, i);

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

/* The entry before n of either list that has the same address; NULL if none. */
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

static void
check_addresses(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	const struct vd_model_address *first;
	struct vd_model_address *a;
	char text[VD_ADDR_STR];

	for (size_t k = 0; k < i->virtual_ipaddress.n; k++) {
		a = &i->virtual_ipaddress.v[k];
		check_address(c, a, "virtual_ipaddress");
		if (vd_addr_is_v4(&a->address.addr) == is_v6(i))
			vd_validate_say(c, VD_DIAG_ERROR, a->obj.place,
					"put it into virtual_ipaddress_excluded",
					"%s is not of the family of the instance's first address",
					vd_addr_format(&a->address.addr, text, sizeof(text)));
		first = address_before(i->virtual_ipaddress.v, k, a);
		if (first != NULL) {
			say_same(c, a, &first->obj.place);
			VD_VALIDATE_REMOVE(&i->virtual_ipaddress, k);
			k--;
		}
	}
	for (size_t k = 0; k < i->virtual_ipaddress_excluded.n; k++) {
		a = &i->virtual_ipaddress_excluded.v[k];
		check_address(c, a, "virtual_ipaddress_excluded");
		first = address_before(i->virtual_ipaddress_excluded.v, k, a);
		if (first == NULL)
			first = address_before(i->virtual_ipaddress.v, i->virtual_ipaddress.n, a);
		if (first != NULL) {
			say_same(c, a, &first->obj.place);
			VD_VALIDATE_REMOVE(&i->virtual_ipaddress_excluded, k);
			k--;
		}
	}
	if (i->virtual_ipaddress.n == 0 && !i->no_virtual_ipaddress)
		vd_validate_say(c, VD_DIAG_WARNING, i->obj.place, NULL,
				"vrrp_instance %s has no virtual_ipaddress", i->name);
}

/* keepalived passes one address in two instances: whoever is MASTER answers for it, perhaps two at once. */
static void
check_held_twice(struct vd_validate *c, size_t n)
{
	const struct vd_model_vrrp_instance *i = &c->m->instances.v[n], *other;
	char text[VD_ADDR_STR];

	for (size_t k = 0; k < i->virtual_ipaddress.n + i->virtual_ipaddress_excluded.n; k++) {
		const struct vd_model_address *a = k < i->virtual_ipaddress.n
				? &i->virtual_ipaddress.v[k]
				: &i->virtual_ipaddress_excluded.v[k - i->virtual_ipaddress.n];

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
check_strict(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	bool own = vd_model_given(&i->obj, &i->strict_mode);
	struct vd_place strict = own
			? vd_model_place_of(&i->obj, &i->strict_mode)
			: vd_model_place_of(&c->m->global.obj, &c->m->global.vrrp_strict);

	if (!i->strict_mode)
		return;
	if (i->state == VD_MODEL_STATE_MASTER && i->priority != 255) {
		vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&i->obj, &i->state),
				"say state BACKUP",
				"state MASTER with priority %d: under vrrp_strict only an address "
				"owner (255) starts as MASTER; BACKUP is used",
				(int)i->priority);
		i->state = VD_MODEL_STATE_BACKUP;
	}
	if (vd_model_given(&i->obj, &i->accept) && i->accept && i->version == 2 &&
			i->priority != 255) {
		vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&i->obj, &i->accept), NULL,
				"accept is not for version 2 under vrrp_strict and is ignored");
		i->accept = false;
	} else if (!i->accept && !vd_model_given(&i->obj, &i->accept)) {
		vd_validate_say(c, VD_DIAG_WARNING, strict,
				"without vrrp_strict, or with version 3 and accept, they do",
				"%s means no_accept: virtual addresses answer no ping and take no "
				"traffic but that of virtual_servers",
				own ? "strict_mode" : "vrrp_strict");
	}
}

static void
check_authentication(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	if (i->authentication.auth_type == VD_MODEL_AUTH_NONE)
		return;
	if (!i->strict_mode && i->version != 3)
		return;
	vd_validate_say(c, VD_DIAG_WARNING, i->authentication.obj.place, NULL,
			"authentication is dropped: %s has none",
			i->strict_mode ? "vrrp_strict" : "VRRP version 3");
	i->authentication.auth_type = VD_MODEL_AUTH_NONE;
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
	}
}

static void
check_version(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	struct vd_place at = vd_model_place_of(&i->obj, &i->advert_int);

	if (is_v6(i) && i->version == 2) {
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

static void
check_unicast(struct vd_validate *c, const struct vd_model_vrrp_instance *i)
{
	const struct vd_model_unicast_peer *p;

	if (i->unicast_peer.n == 0 && !vd_addr_is_unset(&i->unicast_src_ip))
		vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&i->obj, &i->unicast_src_ip),
				"add unicast_peer", "without unicast_peer adverts go by multicast");
	VD_VEC_FOREACH (p, &i->unicast_peer)
		vd_validate_station(c, p->obj.place, "unicast_peer", &p->address);
}

void
vd_validate_vrrp(struct vd_validate *c)
{
	const struct vd_model_address *a;

	for (size_t n = 0; n < c->m->instances.n; n++) {
		struct vd_model_vrrp_instance *i = &c->m->instances.v[n];

		check_twice(c, n);
		check_interface(c, i);
		check_addresses(c, i);
		check_held_twice(c, n);
		check_version(c, i);
		check_strict(c, i);
		check_authentication(c, i);
		check_preempt(c, i);
		check_unicast(c, i);
	}
	VD_VEC_FOREACH (a, &c->m->static_addresses)
		vd_validate_interface(c, VD_DIAG_WARNING, vd_model_place_of(&a->obj, &a->dev),
				"dev", a->dev);
}
