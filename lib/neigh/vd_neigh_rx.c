/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_priv.h"

#include "vd_pkt_arp.h"
#include "vd_pkt_nd.h"

static enum vd_neigh_rx
dropped(int reason, struct vd_neigh_actions *out)
{
	struct vd_neigh_action *act = neigh_act(out, VD_NEIGH_ACT_DROP, 0, NULL);

	if (act != NULL)
		act->reason = (enum vd_drop)reason;
	return VD_NEIGH_RX_DROPPED;
}

/*
 * Another station says that it has addr. True when that is an address which we serve; the first
 * time in a while it is told, and a virtual address is defended.
 */
static bool
is_rival(struct vd_neigh *n, uint32_t ifid, const struct vd_addr *addr, const struct vd_mac *mac,
		vd_time now, struct vd_neigh_actions *out)
{
	struct neigh_own *own = neigh_served_find(n, ifid, addr);
	struct vd_neigh_action *act;

	if (own == NULL)
		return false;
	if (now < own->conflict_after)
		return true;
	own->conflict_after = now + VD_NEIGH_CONFLICT_EVERY;
	n->stats.conflicts++;
	act = neigh_act(out, VD_NEIGH_ACT_CONFLICT, ifid, addr);
	if (act != NULL)
		act->mac = *mac;
	if (own->kind == VD_NEIGH_VIP || own->lease != VD_NEIGH_NO_LEASE)
		neigh_announce(n, own, now, out);
	return true;
}

/* A station that asks us something will be talked to soon (RFC 826, RFC 4861 7.2.3). */
static void
learn_asker(struct vd_neigh *n, uint32_t ifid, const struct vd_addr *addr, const struct vd_mac *mac,
		vd_time now)
{
	uint32_t idx = neigh_create(n, ifid, addr, NEIGH_LIST_SPARE, now);

	if (idx == VD_NEIGH_NONE)
		return;
	neigh_table_write(&n->table, idx, VD_NEIGH_STATE_STALE, mac, now);
	vd_timer_set(n->timers, idx, now + VD_NEIGH_IDLE);
}

static void
answer_arp(struct vd_neigh *n, const struct neigh_own *own, const struct vd_pkt_arp_msg *m,
		struct vd_neigh_actions *out)
{
	struct vd_neigh_action *act = neigh_act(out, VD_NEIGH_ACT_SEND, own->ifid, &m->sender);

	if (act == NULL)
		return;
	act->len = (uint16_t)vd_pkt_arp_reply(act->frame, neigh_own_mac(n->config, own), &own->addr,
			&m->sender_mac, &m->sender);
	n->stats.answered++;
}

static enum vd_neigh_rx
rx_arp(struct vd_neigh *n, uint32_t ifid, const struct vd_pkt_arp_msg *m, vd_time now,
		struct vd_neigh_actions *out)
{
	bool probe = vd_addr_v4(&m->sender) == 0;
	bool reply = m->op == VD_PKT_ARP_REPLY;
	const struct neigh_own *own;
	uint32_t idx = VD_NEIGH_NONE;

	/* Our own frame, come back. */
	if (neigh_mac_ours(n, ifid, &m->sender_mac))
		return dropped(VD_DROP_NO_LISTENER, out);
	if (!probe) {
		if (is_rival(n, ifid, &m->sender, &m->sender_mac, now, out))
			return reply ? VD_NEIGH_RX_REPLY : VD_NEIGH_RX_REQUEST;
		idx = vd_neigh_find(&n->table, ifid, &m->sender);
		if (idx != VD_NEIGH_NONE && reply && neigh_mac_ours(n, ifid, &m->target_mac))
			neigh_confirm(n, idx, &m->sender_mac, now, out);
		else if (idx != VD_NEIGH_NONE)
			neigh_hint(n, idx, &m->sender_mac, now, out);
	}
	if (reply)
		return VD_NEIGH_RX_REPLY;
	own = neigh_served_find(n, ifid, &m->target);
	if (own == NULL)
		return idx == VD_NEIGH_NONE ? dropped(VD_DROP_NO_LISTENER, out)
					    : VD_NEIGH_RX_REQUEST;
	answer_arp(n, own, m, out);
	if (!probe && idx == VD_NEIGH_NONE)
		learn_asker(n, ifid, &m->sender, &m->sender_mac, now);
	return VD_NEIGH_RX_REQUEST;
}

static void
answer_nd(struct vd_neigh *n, const struct neigh_own *own, const struct vd_pkt_nd_msg *m,
		struct vd_neigh_actions *out)
{
	struct vd_neigh_action *act = neigh_act(out, VD_NEIGH_ACT_SEND, own->ifid, &m->src);
	bool dad = vd_addr_is_unset(&m->src);
	struct vd_addr dst = dad ? vd_pkt_all_nodes() : m->src;
	uint8_t flags = VD_PKT_NA_OVERRIDE;

	if (act == NULL)
		return;
	if (!dad)
		flags |= VD_PKT_NA_SOLICITED;
	if (n->config->ifs.v[own->ifid].router)
		flags |= VD_PKT_NA_ROUTER;
	act->len = (uint16_t)vd_pkt_nd_advertise(act->frame, neigh_own_mac(n->config, own),
			&own->addr, &own->addr, flags, &dst, m->has_lla ? &m->lla : &m->eth_src);
	n->stats.answered++;
}

static enum vd_neigh_rx
rx_solicitation(struct vd_neigh *n, uint32_t ifid, const struct vd_pkt_nd_msg *m, vd_time now,
		struct vd_neigh_actions *out)
{
	const struct neigh_own *own = neigh_served_find(n, ifid, &m->target);
	uint32_t idx;

	if (own == NULL || neigh_mac_ours(n, ifid, m->has_lla ? &m->lla : &m->eth_src))
		return dropped(VD_DROP_NO_LISTENER, out);
	answer_nd(n, own, m, out);
	if (!m->has_lla || is_rival(n, ifid, &m->src, &m->lla, now, out))
		return VD_NEIGH_RX_REQUEST;
	idx = vd_neigh_find(&n->table, ifid, &m->src);
	if (idx == VD_NEIGH_NONE)
		learn_asker(n, ifid, &m->src, &m->lla, now);
	else
		neigh_hint(n, idx, &m->lla, now, out);
	return VD_NEIGH_RX_REQUEST;
}

/* RFC 4861 7.2.5 */
static enum vd_neigh_rx
rx_advertisement(struct vd_neigh *n, uint32_t ifid, const struct vd_pkt_nd_msg *m, vd_time now,
		struct vd_neigh_actions *out)
{
	const struct vd_mac *said = m->has_lla ? &m->lla : &m->eth_src;
	bool solicited = (m->flags & VD_PKT_NA_SOLICITED) != 0;
	bool override = (m->flags & VD_PKT_NA_OVERRIDE) != 0;
	enum vd_neigh_state state;
	struct vd_mac mac;
	bool same;
	uint32_t idx;

	if (neigh_mac_ours(n, ifid, said))
		return dropped(VD_DROP_NO_LISTENER, out);
	if (is_rival(n, ifid, &m->target, said, now, out))
		return VD_NEIGH_RX_REPLY;
	idx = vd_neigh_find(&n->table, ifid, &m->target);
	if (idx == VD_NEIGH_NONE)
		return VD_NEIGH_RX_REPLY;
	state = neigh_state(n, idx);
	mac = neigh_table_mac(&n->table, idx);
	if (state < VD_NEIGH_STATE_STALE) {
		if (!m->has_lla)
			return VD_NEIGH_RX_REPLY;
		if (solicited)
			neigh_confirm(n, idx, &m->lla, now, out);
		else
			neigh_hint(n, idx, &m->lla, now, out);
		return VD_NEIGH_RX_REPLY;
	}
	same = !m->has_lla || vd_mac_equal(&m->lla, &mac);
	if (!same && !override) {
		/* Two say different things: keep ours, and find out. */
		if (state == VD_NEIGH_STATE_REACHABLE)
			neigh_doubt(n, idx, now);
		return VD_NEIGH_RX_REPLY;
	}
	if (solicited)
		neigh_confirm(n, idx, same ? &mac : &m->lla, now, out);
	else if (!same)
		neigh_hint(n, idx, &m->lla, now, out);
	return VD_NEIGH_RX_REPLY;
}

enum vd_neigh_rx
vd_neigh_rx(struct vd_neigh *n, uint32_t ifid, const void *frame, size_t len, vd_time now,
		struct vd_neigh_actions *out)
{
	bool known = neigh_if_get(n->config, ifid) != NULL;
	struct vd_pkt_arp_msg arp;
	struct vd_pkt_nd_msg nd;
	int rc;

	if (vd_pkt_is_arp(frame, len)) {
		rc = vd_pkt_arp_parse(frame, len, &arp);
		if (rc != VD_PKT_OK)
			return dropped(rc, out);
		return known ? rx_arp(n, ifid, &arp, now, out) : dropped(VD_DROP_NO_LISTENER, out);
	}
	rc = vd_pkt_nd_parse(frame, len, &nd);
	if (rc != VD_PKT_OK)
		return dropped(rc, out);
	if (!known)
		return dropped(VD_DROP_NO_LISTENER, out);
	if (nd.type == VD_PKT_ICMP6_NS)
		return rx_solicitation(n, ifid, &nd, now, out);
	return rx_advertisement(n, ifid, &nd, now, out);
}
