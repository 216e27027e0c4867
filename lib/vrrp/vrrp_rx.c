/* SPDX-License-Identifier: BSD-3-Clause */
/* What an advert does, by state (RFC 9568 6.4.2 and 6.4.3, RFC 3768 6.4.2 and 6.4.3). */
#include "vd_pkt.h"
#include "vrrp_priv.h"

static struct vrrp_why
why_of(enum vd_vrrp_reason reason, const struct vd_vrrp_advert *a)
{
	return (struct vrrp_why){
			.reason = reason,
			.addr = a->src,
			.priority = a->priority,
			.track = VD_VRRP_TRACK_NONE,
	};
}

/* A sender says who is master, and in version 3 at what interval. */
static void
follow(struct vrrp_instance *i, const struct vd_vrrp_advert *a)
{
	i->master_addr = a->src;
	i->master_priority = a->priority;
	i->resigned = i->untaken = false;
	i->lower_priority = 0;
	if (i->c->id.version == 3)
		i->master_interval = a->interval;
}

/* ---- BACKUP ---- */

/* True while a master with a lower priority is to be put up with (keepalived's preempt_delay). */
static bool
preempt_waits(struct vrrp_instance *i, const struct vd_vrrp_advert *a, vd_time now)
{
	if (i->c->preempt_delay == 0)
		return false;
	if (a->priority >= i->effective) {
		i->preempt_at = 0;
		return false;
	}
	if (i->preempt_at == 0)
		i->preempt_at = now + i->c->preempt_delay;
	return now < i->preempt_at;
}

static void
handed_taken(struct vrrp_step *s, struct vrrp_instance *i, const struct vd_vrrp_advert *a)
{
	struct vd_vrrp_action *act = vrrp_act(s, i, VD_VRRP_ACT_FAILOVER);

	act->done = true;
	act->addr = a->src;
	act->priority = a->priority;
	i->handed = VRRP_HANDED_TAKEN;
	i->handed_priority = a->priority;
}

static void
backup_resigned(struct vrrp_step *s, struct vrrp_instance *i, const struct vd_vrrp_advert *a)
{
	i->resigned = true;
	i->master_addr = a->src;
	i->master_priority = 0;
	if (!i->timer_out)
		i->down_at = s->now + vrrp_skew(i);
	vrrp_arm(s, i);
}

static void
backup_rx(struct vrrp_step *s, struct vrrp_instance *i, const struct vd_vrrp_advert *a)
{
	bool waits;

	if (a->priority == 0) {
		backup_resigned(s, i, a);
		return;
	}
	/* It is less fit than when it took over: what it was given can be taken back. */
	if (i->handed == VRRP_HANDED_TAKEN && a->priority < i->handed_priority)
		i->handed = VRRP_HANDED_NO;
	waits = preempt_waits(i, a, s->now);
	if (a->priority < i->effective && !waits && i->handed == VRRP_HANDED_NO &&
			s->v->hold == 0 && (!i->c->nopreempt || vrrp_is_owner(i))) {
		/* Not heard: the timer runs on, and at its end this one takes over. */
		i->lower_addr = a->src;
		i->lower_priority = a->priority;
		vrrp_mark(s->v, i);
		return;
	}
	if (i->handed == VRRP_HANDED_WAITING)
		handed_taken(s, i, a);
	follow(i, a);
	i->timer_out = false;
	i->down_at = s->now + vrrp_down_interval(i);
	vrrp_arm(s, i);
	vrrp_group_pull(s, i);
}

/* ---- MASTER ---- */

/* A storm of adverts is not answered with one. */
static bool
reply_due(struct vrrp_instance *i, vd_time now)
{
	if (now < i->reply_after)
		return false;
	i->reply_after = now + VD_MAX(i->c->id.interval / 10, VRRP_REPLY_GAP);
	return true;
}

/* Says where the addresses are, against a rival. */
static void
defend(struct vrrp_step *s, struct vrrp_instance *i)
{
	if (i->state != VD_VRRP_STATE_MASTER || i->c->garp_lower_prio_repeat == 0 ||
			s->now < i->lower_garp_after)
		return;
	i->lower_garp_after = s->now + VRRP_LOWER_GARP;
	vrrp_announce(s, i, i->c->garp_lower_prio_repeat);
	if (i->c->garp_lower_prio_delay > 0 && i->garp_lower_at == VD_TIME_NEVER)
		i->garp_lower_at = s->now + i->c->garp_lower_prio_delay;
	vrrp_arm(s, i);
}

/* Someone claims to be master with less right: said again at once (RFC 9568 6.4.3), and where the addresses are. */
static void
master_lower(struct vrrp_step *s, struct vrrp_instance *i, const struct vd_vrrp_advert *a)
{
	struct vd_vrrp_action *act;

	if (!reply_due(i, s->now))
		return;
	act = vrrp_act(s, i, VD_VRRP_ACT_RX_LOWER);
	act->addr = a->src;
	act->priority = a->priority;
	if (!i->c->lower_prio_no_advert)
		vrrp_advertise(s, i);
	defend(s, i);
	vrrp_group_others(s, i, defend);
}

static void
master_yield(struct vrrp_step *s, struct vrrp_instance *i, const struct vd_vrrp_advert *a)
{
	bool tie = a->priority == i->effective;

	if (i->c->higher_prio_send_advert)
		vrrp_send(s, i, i->effective);
	vrrp_to_backup(s, i, 0, why_of(tie ? VD_VRRP_REASON_TIE : VD_VRRP_REASON_HIGHER, a));
	follow(i, a);
	i->down_at = s->now + vrrp_down_interval(i);
	vrrp_arm(s, i);
}

static void
master_rx(struct vrrp_step *s, struct vrrp_instance *i, const struct vd_vrrp_advert *a)
{
	if (vrrp_is_owner(i) && i->c->owner_ignore_adverts)
		return;
	if (a->priority == 0) {
		if (reply_due(i, s->now))
			vrrp_advertise(s, i);
		return;
	}
	if (a->priority > i->effective ||
			(a->priority == i->effective && vd_addr_cmp(&a->src, &i->c->src) > 0))
		master_yield(s, i, a);
	else
		master_lower(s, i, a);
}

void
vrrp_rx_advert(struct vrrp_step *s, struct vrrp_instance *i, const struct vd_vrrp_advert *a)
{
	switch (i->state) {
	case VD_VRRP_STATE_BACKUP:
		backup_rx(s, i, a);
		break;
	case VD_VRRP_STATE_MASTER:
		master_rx(s, i, a);
		break;
	case VD_VRRP_STATE_FAULT:
		i->master_addr = a->src; /* for who looks; it decides nothing */
		i->master_priority = a->priority;
		break;
	default:
		break;
	}
}

/* ---- reception ---- */

static void
refuse(struct vrrp_step *s, struct vrrp_instance *i, enum vd_vrrp_error error,
		const struct vd_vrrp_peek *p)
{
	struct vd_vrrp_action *a;

	i->stats.errors[error]++;
	vrrp_mark(s->v, i);
	if (s->now < i->refused_after)
		return;
	i->refused_after = s->now + VRRP_REFUSED_GAP;
	a = vrrp_act(s, i, VD_VRRP_ACT_REFUSED);
	a->error = (uint8_t)error;
	a->addr = p->src;
}

/* check_unicast_src, and the range of a peer's TTL. */
static bool
peer_good(const struct vd_vrrp_instance_config *c, const struct vd_vrrp_advert *a)
{
	const struct vd_vrrp_peer *p;

	VD_VEC_FOREACH (p, &c->peers)
		if (vd_addr_equal(&p->addr, &a->src))
			return (p->min_ttl < 0 || a->ttl >= p->min_ttl) &&
					(p->max_ttl < 0 || a->ttl <= p->max_ttl);
	return !c->check_unicast_src;
}

static int
receive(struct vrrp_step *s, uint32_t ifid, const void *frame, size_t len)
{
	struct vd_vrrp *v = s->v;
	struct vrrp_instance *i;
	struct vd_vrrp_advert a;
	struct vd_vrrp_peek p;
	uint16_t slot;
	bool check_list;
	int rc = vd_vrrp_peek(frame, len, &p);

	if (rc != VD_PKT_OK)
		return rc;
	slot = v->config == NULL ? VRRP_SLOT_NONE : vrrp_config_find(v->config, ifid, p.v6, p.vrid);
	if (slot == VRRP_SLOT_NONE)
		return VD_DROP_NO_LISTENER;
	i = &v->inst[slot];
	/* Our own, come back. */
	if (vd_addr_equal(&p.src, &i->c->src))
		return VD_DROP_NO_LISTENER;
	check_list = !i->c->skip_check_adv_addr || i->state == VD_VRRP_STATE_MASTER ||
			!vd_addr_equal(&p.src, &i->master_addr);
	rc = vd_vrrp_check(&i->c->id, &i->auth, frame, &p, check_list,
			(v->wall_at_zero + s->now) / VD_SEC, &a);
	if (rc == VD_VRRP_OK && i->c->id.unicast && !peer_good(i->c, &a))
		rc = VD_VRRP_ERROR_UNICAST;
	/* RFC 9568 7.1, erratum 8301: it would be a master that never advertises, or always. */
	if (rc == VD_VRRP_OK && a.interval == 0)
		rc = VD_VRRP_ERROR_INTERVAL;
	if (rc != VD_VRRP_OK) {
		refuse(s, i, (enum vd_vrrp_error)rc, &p);
		return VD_PKT_OK;
	}
	i->stats.adverts_received++;
	if (a.priority == 0)
		i->stats.priority_zero_received++;
	vrrp_mark(v, i);
	vrrp_rx_advert(s, i, &a);
	return VD_PKT_OK;
}

int
vd_vrrp_rx(struct vd_vrrp *v, uint32_t ifid, const void *frame, size_t len, vd_time now,
		struct vd_vrrp_actions *out)
{
	struct vrrp_step s = {v, out, now};
	int rc;

	vrrp_wake(&s);
	rc = receive(&s, ifid, frame, len);
	vrrp_publish(v);
	return rc;
}
