/* SPDX-License-Identifier: BSD-3-Clause */
/* From the model to the VRRP engine's configuration. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_priv.h"
#include "vd_io_file.h"
#include "vd_pkt_eth.h"

#define KEY_FILE_MAX 4096
#define KEY_MAX      64 /* keepalived's longest */

bool
ctl_vrrp_is_v6(const struct vd_model_vrrp_instance *m)
{
	if (m->virtual_ipaddress.n > 0)
		return !vd_addr_is_v4(&m->virtual_ipaddress.v[0].address.addr);
	return m->native_ipv6;
}

uint16_t
ctl_vrrp_iface(const struct vd_ctl *c, const struct vd_model *m,
		const struct vd_model_vrrp_instance *v)
{
	uint16_t i = ctl_iface_by_name(c, v->interface);

	if (i == VD_DP_IF_NONE)
		i = ctl_iface_by_name(c, m->global.default_interface);
	if (i == VD_DP_IF_NONE && !vd_addr_is_unset(&v->unicast_src_ip))
		i = ctl_iface_connected(c, &v->unicast_src_ip);
	return i;
}

bool
ctl_vrrp_vmac(const struct vd_model_vrrp_instance *m, struct vd_mac *out)
{
	static const struct vd_mac none;

	if (!vd_model_given(&m->obj, &m->use_vmac))
		return false;
	*out = vd_mac_equal(&m->use_vmac.mac, &none)
			? vd_vrrp_virtual_mac(ctl_vrrp_is_v6(m), (uint8_t)m->virtual_router_id)
			: m->use_vmac.mac;
	return true;
}

/* ---- where adverts come from ---- */

/* The first address of the family that is on one link with the peer, else the first one of the wanted scope. */
static struct vd_addr
source_on(const struct vd_ctl *c, uint16_t ifid, bool v6, bool link_local,
		const struct vd_addr *peer)
{
	const struct vd_dataplane_l3 *l3 = c->iface[ifid].l3;
	struct vd_addr first = {.w = {0, 0}}, ll;

	for (size_t i = 0; i < l3->addresses.n; i++) {
		const struct vd_prefix *p = &l3->addresses.v[i];

		if (vd_addr_is_v4(&p->addr) == v6)
			continue;
		if (peer != NULL && vd_prefix_contains(p, peer))
			return p->addr;
		if (v6 && vd_addr_is_link_local(&p->addr) != link_local)
			continue;
		if (vd_addr_is_unset(&first))
			first = p->addr;
	}
	if (vd_addr_is_unset(&first) && v6 && ctl_iface_link_local(&c->iface[ifid], &ll))
		return ll;
	return first;
}

struct vd_addr
ctl_vrrp_source(const struct vd_ctl *c, uint16_t ifid, const struct vd_model_vrrp_instance *m)
{
	bool v6 = ctl_vrrp_is_v6(m);
	bool unicast = m->unicast_peer.n > 0;
	const struct vd_addr *given = unicast ? &m->unicast_src_ip : &m->mcast_src_ip;
	const struct vd_addr *peer = unicast ? &m->unicast_peer.v[0].address : NULL;

	if (!unicast && vd_addr_is_unset(given))
		given = &m->unicast_src_ip; /* one address of the instance in keepalived */
	if (!vd_addr_is_unset(given) && vd_addr_is_v4(given) != v6)
		return *given;
	return source_on(c, ifid, v6, !unicast, peer);
}

/* ---- identity ---- */

static void
password_set(struct vd_vrrp_identity *id, const struct vd_model_authentication *a)
{
	id->auth = (uint8_t)a->auth_type;
	if (a->auth_pass != NULL)
		memcpy(id->password, a->auth_pass,
				VD_MIN(strlen(a->auth_pass), sizeof(id->password)));
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "hex:...", "file:...", or the bytes themselves. Length, or a negative errno. */
static int
secret_read(const char *text, uint8_t *out, size_t size)
{
	struct vd_strbuf b = {0};
	size_t n = 0;
	int err = 0;

	if (strncmp(text, "hex:", 4) == 0) {
		for (text += 4; *text != '\0' && n < size; text += 2) {
			int hi = hex_digit(text[0]), lo = hi < 0 ? -1 : hex_digit(text[1]);

			if (lo < 0)
				return -EINVAL;
			out[n++] = (uint8_t)(hi << 4 | lo);
		}
		return *text == '\0' ? (int)n : -EINVAL;
	}
	if (strncmp(text, "file:", 5) == 0)
		err = vd_io_file_read(text + 5, KEY_FILE_MAX, &b);
	else
		vd_strbuf_puts(&b, text);
	while (err == 0 && b.len > 0 && (b.s[b.len - 1] == '\n' || b.s[b.len - 1] == '\r'))
		b.len--;
	n = VD_MIN(b.len, size);
	if (err == 0)
		memcpy(out, b.s, n);
	vd_strbuf_free(&b);
	return err != 0 ? err : (int)n;
}

static int
hmac_set(struct vd_vrrp_instance_config *i, const struct vd_model_vrrp_instance *m,
		struct vd_strbuf *why)
{
	const struct vd_model_auth_hmac *a = &m->auth_hmac;
	uint8_t secret[KEY_MAX];

	if (a->key.n == 0)
		return 0;
	if (a->key.n > VD_VRRP_HMAC_KEYS) {
		vd_strbuf_printf(why, "%s: more than %d keys in auth_hmac", m->name,
				VD_VRRP_HMAC_KEYS);
		return -E2BIG;
	}
	i->hmac = vd_xcalloc(1, sizeof(*i->hmac));
	for (size_t k = 0; k < a->key.n; k++) {
		int n = secret_read(a->key.v[k].secret, secret, sizeof(secret));

		if (n < 0) {
			vd_strbuf_printf(why, "%s: key %d of auth_hmac: %s", m->name,
					(int)a->key.v[k].id, strerror(-n));
			return n;
		}
		vd_vrrp_hmac_key_set(&i->hmac->key[i->hmac->n_keys++], (uint8_t)a->key.v[k].id,
				secret, (size_t)n);
	}
	i->hmac->active_key = (uint8_t)a->active_key;
	i->hmac->mode = (uint8_t)a->mode;
	i->hmac->by_time = a->anti_replay == 0;
	i->hmac->window_s = (uint32_t)(a->time_window / VD_SEC);
	return 0;
}

static void
identity_set(struct vd_vrrp_identity *id, const struct vd_model_vrrp_instance *m)
{
	id->version = (uint8_t)m->version;
	id->vrid = (uint8_t)m->virtual_router_id;
	id->v6 = ctl_vrrp_is_v6(m);
	id->unicast = m->unicast_peer.n > 0;
	id->no_pseudo_sent = m->v3_checksum_as_v2;
	id->interval = m->advert_int;
	if (m->version == 2)
		password_set(id, &m->authentication);
}

/* ---- the rest of an instance ---- */

static void
addresses_set(const struct vd_ctl *c, struct vd_vrrp_instance_config *i,
		const struct vd_model_vrrp_instance *m)
{
	unsigned int mtu = c->port[c->iface[i->ifid].port].rt->mtu, fit;

	i->id.hmac = i->hmac; /* it takes room */
	fit = vd_vrrp_addrs_fit(&i->id, mtu);
	for (size_t k = 0; k < m->virtual_ipaddress.n && i->addresses.n < fit; k++)
		vd_vec_push(&i->addresses, m->virtual_ipaddress.v[k].address.addr);
}

static void
peers_set(const struct vd_dp_netconf *netconf, struct vd_vrrp_instance_config *i,
		const struct vd_model_vrrp_instance *m)
{
	const struct vd_model_unicast_peer *p;

	VD_VEC_FOREACH (p, &m->unicast_peer) {
		struct vd_vrrp_peer *to = vd_vec_add(&i->peers);
		uint16_t ifid;

		to->addr = p->address;
		to->min_ttl = (int16_t)p->min_ttl;
		to->max_ttl = (int16_t)p->max_ttl;
		to->ifid = VD_VRRP_IF_NONE;
		if (vd_addr_is_link_local(&p->address) && !vd_addr_is_v4(&p->address)) {
			to->ifid = i->ifid;
			to->next_hop = p->address;
		} else if (vd_dp_netconf_route(netconf, &p->address, 0, &ifid, &to->next_hop)) {
			to->ifid = ifid;
		}
	}
}

static void
track_add(struct vd_vrrp_instance_config *i, uint32_t id, int64_t weight, bool reverse)
{
	struct vd_vrrp_track t = {.id = id, .weight = (int32_t)weight, .reverse = reverse};

	vd_vec_push(&i->tracks, t);
}

static const struct vd_model_sync_group *
group_of(const struct vd_model *m, const char *instance)
{
	const struct vd_model_sync_group *g;

	VD_VEC_FOREACH (g, &m->sync_groups)
		for (size_t k = 0; k < g->group.n; k++)
			if (strcmp(g->group.v[k], instance) == 0)
				return g;
	return NULL;
}

const struct vd_model_sync_group *
ctl_vrrp_group(const struct vd_model *m, const struct vd_model_vrrp_instance *v)
{
	return group_of(m, v->name);
}

/* Its own link unless told not to, workers, and what it and its group name. */
static void
tracks_set(const struct vd_ctl *c, struct vd_vrrp_instance_config *i,
		const struct vd_model_vrrp_instance *m, const struct vd_model_sync_group *g)
{
	bool weigh = g == NULL || g->sync_group_tracking_weight;
	const struct vd_model_track *t;
	uint16_t ifid;

	if (!m->dont_track_primary)
		track_add(i, CTL_TRACK_IF + i->ifid, 0, false);
	for (unsigned int w = 0; w < c->n_active; w++)
		track_add(i, CTL_TRACK_WORKER + w, 0, false);
	VD_VEC_FOREACH (t, &m->track_interface) {
		ifid = ctl_iface_by_name(c, t->name);
		/* In a sync group weights do not count (keepalived), unless it says so. */
		if (ifid != VD_DP_IF_NONE && (weigh || t->weight == 0))
			track_add(i, CTL_TRACK_IF + ifid, t->weight, t->reverse);
	}
	if (g == NULL)
		return;
	VD_VEC_FOREACH (t, &g->track_interface) {
		ifid = ctl_iface_by_name(c, t->name);
		if (ifid != VD_DP_IF_NONE)
			track_add(i, CTL_TRACK_IF + ifid, weigh ? t->weight : 0, t->reverse);
	}
}

static void
rules_set(struct vd_vrrp_instance_config *i, const struct vd_model_vrrp_instance *m)
{
	i->priority = (uint8_t)m->priority;
	i->start_master = m->state == VD_MODEL_STATE_MASTER;
	i->nopreempt = m->nopreempt;
	i->preempt_delay = m->preempt_delay;
	i->down_timer_adverts = (uint32_t)m->down_timer_adverts;
	i->skip_check_adv_addr = m->skip_check_adv_addr;
	i->check_unicast_src = m->check_unicast_src;
	i->fault_no_peer = m->unicast_fault_no_peer;
	i->lower_prio_no_advert = m->lower_prio_no_advert;
	i->higher_prio_send_advert = m->higher_prio_send_advert;
	i->owner_ignore_adverts = m->owner_ignore_adverts;
	i->garp_repeat = (uint32_t)m->garp_master_repeat;
	i->garp_delay = m->garp_master_delay;
	i->garp_refresh = m->garp_master_refresh;
	i->garp_refresh_repeat = (uint32_t)m->garp_master_refresh_repeat;
	i->garp_lower_prio_repeat = (uint32_t)m->garp_lower_prio_repeat;
	i->garp_lower_prio_delay = m->garp_lower_prio_delay;
}

static struct vd_addr
group_addr(const struct vd_model *m, const struct vd_model_vrrp_instance *v, bool v6)
{
	if (!vd_addr_is_unset(&v->mcast_dst_ip) && vd_addr_is_v4(&v->mcast_dst_ip) != v6)
		return v->mcast_dst_ip;
	return v6 ? m->global.vrrp_mcast_group6 : m->global.vrrp_mcast_group4;
}

static int
instance_build(struct vd_ctl *c, const struct vd_model *m, const struct vd_model_vrrp_instance *v,
		const struct vd_dp_netconf *netconf, struct vd_vrrp_config *out,
		struct vd_strbuf *why)
{
	const struct vd_model_sync_group *g = group_of(m, v->name);
	uint16_t ifid = ctl_vrrp_iface(c, m, v);
	struct vd_vrrp_instance_config *i;
	int err;

	i = vd_vrrp_config_instance(out, ctl_slot_take(&c->leases, v->name));
	if (i == NULL) {
		vd_strbuf_printf(why, "more than %u VRRP instances", VD_VRRP_INSTANCES);
		return -ENOSPC;
	}
	if (ifid == VD_DP_IF_NONE) {
		vd_strbuf_printf(why, "vrrp_instance %s: no port is its interface", v->name);
		return -ENODEV;
	}
	i->ifid = ifid;
	identity_set(&i->id, v);
	err = hmac_set(i, v, why);
	if (err != 0)
		return err;
	i->mac = c->iface[ifid].mac;
	if (!v->vmac_xmit_base)
		(void)ctl_vrrp_vmac(v, &i->mac);
	i->src = ctl_vrrp_source(c, ifid, v);
	i->group_addr = group_addr(m, v, i->id.v6);
	i->ttl = (uint8_t)(i->id.unicast ? v->unicast_ttl : 255);
	i->sync_group = g == NULL ? VD_VRRP_GROUP_NONE : ctl_slot_take(&c->groups, g->name);
	rules_set(i, v);
	addresses_set(c, i, v);
	peers_set(netconf, i, v);
	tracks_set(c, i, v, g);
	ctl_things_set(c, m, i, v, g);
	return 0;
}

int
ctl_vrrp_conf_build(struct vd_ctl *c, const struct vd_model *m, const struct vd_dp_netconf *netconf,
		struct vd_vrrp_config *out, struct vd_strbuf *why)
{
	const struct vd_model_up_down_delay *d;
	int err;

	for (size_t i = 0; i < m->instances.n; i++) {
		err = instance_build(c, m, &m->instances.v[i], netconf, out, why);
		if (err != 0)
			return err;
	}
	VD_VEC_FOREACH (d, &m->up_down_delays) {
		uint16_t ifid = ctl_iface_by_name(c, d->interface);

		if (ifid != VD_DP_IF_NONE)
			vd_vrrp_config_track_delay(
					out, CTL_TRACK_IF + ifid, d->down_delay, d->up_delay);
	}
	vd_vrrp_config_startup_delay(out, m->global.vrrp_startup_delay);
	return 0;
}

/* Unicast peers are wanted neighbours: an advert never waits for ARP. */
void
ctl_vrrp_want_peers(const struct vd_model *m, const struct vd_dp_netconf *netconf,
		struct vd_neigh_config *n)
{
	const struct vd_model_unicast_peer *p;
	const struct vd_model_vrrp_instance *v;
	struct vd_addr hop;
	uint16_t ifid;

	VD_VEC_FOREACH (v, &m->instances)
		VD_VEC_FOREACH (p, &v->unicast_peer)
			if (vd_dp_netconf_route(netconf, &p->address, 0, &ifid, &hop))
				vd_neigh_config_want(n, ifid, &hop);
}
