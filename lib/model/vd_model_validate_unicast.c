/* SPDX-License-Identifier: BSD-3-Clause */
/* unicast_peer and the source of adverts: what would make it one-sided. */
#include <string.h>

#include "vd_model_validate_priv.h"

static const char *
family(bool v6)
{
	return v6 ? "IPv6" : "IPv4";
}

static void
check_source(struct vd_validate *c, const struct vd_model_vrrp_instance *i, const char *word,
		const struct vd_addr *a)
{
	bool v6 = vd_validate_is_v6(i);
	char text[VD_ADDR_STR];

	if (vd_addr_is_unset(a) || vd_addr_is_v4(a) != v6)
		return;
	vd_validate_say(c, VD_DIAG_ERROR, vd_model_place_of(&i->obj, a), NULL,
			"%s %s: the instance is %s", word, vd_addr_format(a, text, sizeof(text)),
			family(v6));
}

/* keepalived has one source, by two names. */
static void
share_source(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	bool unicast = i->unicast_peer.n > 0;
	struct vd_addr *used = unicast ? &i->unicast_src_ip : &i->mcast_src_ip;
	const struct vd_addr *other = unicast ? &i->mcast_src_ip : &i->unicast_src_ip;
	struct vd_place at = vd_model_place_of(&i->obj, other);

	if (vd_addr_is_unset(other))
		return;
	if (!vd_addr_is_unset(used)) {
		vd_validate_say(c, VD_DIAG_WARNING, at, NULL, "%s is ignored: %s is the source",
				unicast ? "mcast_src_ip" : "unicast_src_ip",
				unicast ? "unicast_src_ip" : "mcast_src_ip");
		return;
	}
	*used = *other;
	vd_model_mark_given(&i->obj, vd_model_field_of(&i->obj, used), at);
	if (unicast)
		vd_validate_say(c, VD_DIAG_NOTE, at, "say unicast_src_ip",
				"mcast_src_ip with unicast_peer: it is the source of unicast "
				"adverts");
}

static void
check_without_peers(struct vd_validate *c, const struct vd_model_vrrp_instance *i)
{
	if (i->unicast_fault_no_peer)
		vd_validate_say(c, VD_DIAG_WARNING,
				vd_model_place_of(&i->obj, &i->unicast_fault_no_peer),
				"add unicast_peer",
				"vrrp_instance %s has no unicast_peer and stays in FAULT: "
				"unicast_fault_no_peer",
				i->name);
	else if (!vd_addr_is_unset(&i->unicast_src_ip))
		vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&i->obj, &i->unicast_src_ip),
				"add unicast_peer", "without unicast_peer adverts go by multicast");
}

static bool
is_self(const struct vd_validate *c, const struct vd_model_vrrp_instance *i,
		const struct vd_addr *a)
{
	if (!vd_addr_is_unset(&i->unicast_src_ip) && vd_addr_equal(&i->unicast_src_ip, a))
		return true;
	return vd_validate_is_own(c, vd_validate_interface_of(c, i), a);
}

static void
check_peer(struct vd_validate *c, const struct vd_model_vrrp_instance *i, size_t n)
{
	const struct vd_model_unicast_peer *p = &i->unicast_peer.v[n];
	bool v6 = vd_validate_is_v6(i);
	char text[VD_ADDR_STR];

	if (!vd_validate_station(c, p->obj.place, "unicast_peer", &p->address))
		return;
	if (vd_addr_is_v4(&p->address) == v6)
		vd_validate_say(c, VD_DIAG_ERROR, p->obj.place, NULL,
				"unicast_peer %s: the instance is %s",
				vd_addr_format(&p->address, text, sizeof(text)), family(v6));
	if (p->min_ttl >= 0 && p->max_ttl >= 0 && p->min_ttl > p->max_ttl)
		vd_validate_say(c, VD_DIAG_WARNING, p->obj.place, NULL,
				"min_ttl %d above max_ttl %d: every advert of this peer is refused",
				(int)p->min_ttl, (int)p->max_ttl);
}

/* One file for all nodes has them all; this one needs to send nothing to itself. */
static void
drop_self_and_twins(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	char text[VD_ADDR_STR];

	for (size_t n = 0; n < i->unicast_peer.n; n++) {
		const struct vd_model_unicast_peer *p = &i->unicast_peer.v[n];
		bool self = is_self(c, i, &p->address), twin = false;

		for (size_t k = 0; k < n && !twin; k++)
			twin = vd_addr_equal(&i->unicast_peer.v[k].address, &p->address);
		if (!self && !twin)
			continue;
		vd_addr_format(&p->address, text, sizeof(text));
		if (self && i->unicast_peer.n == 1) {
			vd_validate_say(c, VD_DIAG_WARNING, p->obj.place, "name the other node's",
					"unicast_peer %s is this node's own address: no other node "
					"hears its adverts",
					text);
			return;
		}
		vd_validate_say(c, VD_DIAG_WARNING, p->obj.place, NULL,
				self ? "unicast_peer %s is this node's own address and is left out"
				     : "unicast_peer %s is listed twice; once counts",
				text);
		VD_VALIDATE_REMOVE(&i->unicast_peer, n);
		n--;
	}
}

/* The peer's list must have the address that this node sends from. */
static void
check_which_source(struct vd_validate *c, const struct vd_model_vrrp_instance *i)
{
	const char *interface = vd_validate_interface_of(c, i);
	bool v6 = vd_validate_is_v6(i);
	struct vd_dataplane_iface iface;
	const struct vd_prefix *p, *first = NULL;
	char text[VD_ADDR_STR];
	size_t n = 0;

	if (!vd_addr_is_unset(&i->unicast_src_ip) || c->options->dataplane == NULL ||
			interface == NULL ||
			!vd_dataplane_iface_find(c->options->dataplane, interface, &iface))
		return;
	VD_VEC_FOREACH (p, &iface.l3->addresses) {
		if (vd_addr_is_v4(&p->addr) == v6)
			continue;
		if (n++ == 0)
			first = p;
	}
	if (n < 2)
		return;
	vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&i->obj, &i->unicast_peer),
			"add unicast_src_ip",
			"%s has %zu %s addresses: adverts leave from %s, which the peer's "
			"unicast_peer must name",
			interface, n, family(v6), vd_addr_format(&first->addr, text, sizeof(text)));
}

void
vd_validate_unicast(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	check_source(c, i, "unicast_src_ip", &i->unicast_src_ip);
	check_source(c, i, "mcast_src_ip", &i->mcast_src_ip);
	if (i->unicast_peer.n == 0)
		check_without_peers(c, i);
	share_source(c, i);
	if (i->unicast_peer.n == 0)
		return;
	for (size_t n = 0; n < i->unicast_peer.n; n++)
		check_peer(c, i, n);
	drop_self_and_twins(c, i);
	check_which_source(c, i);
}
