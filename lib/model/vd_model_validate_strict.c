/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What vrrp_strict and strict_mode take away, as keepalived 2.2.7 does it: each with a word where the instance itself
 * says otherwise. (What global_defs say otherwise is not inherited: vd_model_finish.)
 */
#include <string.h>

#include "vd_model_validate_priv.h"

static void
reset(struct vd_validate *c, const struct vd_model_vrrp_instance *i, const void *member,
		const char *word, const char *what)
{
	vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&i->obj, member), NULL,
			"%s is reset by vrrp_strict: %s", word, what);
}

static void
check_state(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	struct vd_place at = vd_model_place_of(&i->obj, &i->state);

	if (i->state == VD_MODEL_STATE_MASTER && i->priority != 255) {
		vd_validate_say(c, VD_DIAG_WARNING, at, "say state BACKUP",
				"state MASTER with priority %d: under vrrp_strict only an address "
				"owner (255) starts as MASTER; BACKUP is used",
				(int)i->priority);
		i->state = VD_MODEL_STATE_BACKUP;
	} else if (i->state == VD_MODEL_STATE_BACKUP && i->priority == 255) {
		vd_validate_say(c, VD_DIAG_WARNING, at, "say state MASTER",
				"state BACKUP with priority 255: under vrrp_strict an address "
				"owner "
				"starts as MASTER; that is used");
		i->state = VD_MODEL_STATE_MASTER;
	}
}

static void
check_accept(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	bool own = vd_model_given(&i->obj, &i->strict_mode);
	struct vd_place strict = own
			? vd_model_place_of(&i->obj, &i->strict_mode)
			: vd_model_place_of(&c->m->global.obj, &c->m->global.vrrp_strict);

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
check_adverts(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	if (!i->lower_prio_no_advert) {
		reset(c, i, &i->lower_prio_no_advert, "lower_prio_no_advert",
				"a lower advert is not answered");
		i->lower_prio_no_advert = true;
	}
	if (i->higher_prio_send_advert) {
		reset(c, i, &i->higher_prio_send_advert, "higher_prio_send_advert",
				"it gives way in silence");
		i->higher_prio_send_advert = false;
	}
	if (i->down_timer_adverts != 3) {
		reset(c, i, &i->down_timer_adverts, "down_timer_adverts", "3 is used");
		i->down_timer_adverts = 3;
	}
	if (i->garp_lower_prio_repeat != 0) {
		reset(c, i, &i->garp_lower_prio_repeat, "garp_lower_prio_repeat",
				"no gratuitous ARP after a lower advert");
		i->garp_lower_prio_repeat = 0;
	}
	if (i->garp_lower_prio_delay != 0) {
		reset(c, i, &i->garp_lower_prio_delay, "garp_lower_prio_delay",
				"no gratuitous ARP after a lower advert");
		i->garp_lower_prio_delay = 0;
	}
	if (i->preempt_delay != 0) {
		reset(c, i, &i->preempt_delay, "preempt_delay", "it preempts at once");
		i->preempt_delay = 0;
	}
}

static void
check_mac(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	static const struct vd_mac none;

	if (i->vmac_xmit_base) {
		reset(c, i, &i->vmac_xmit_base, "vmac_xmit_base",
				"adverts leave with the virtual MAC address");
		i->vmac_xmit_base = false;
	}
	if (memcmp(&i->use_vmac.mac, &none, sizeof(none)) != 0) {
		vd_validate_say(c, VD_DIAG_WARNING,
				vd_model_place_of(&i->use_vmac.obj, &i->use_vmac.mac), NULL,
				"a MAC address of one's own is reset by vrrp_strict: the virtual "
				"router's is used");
		i->use_vmac.mac = none;
	}
}

void
vd_validate_strict(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	if (!i->strict_mode)
		return;
	check_state(c, i);
	check_accept(c, i);
	check_adverts(c, i);
	check_mac(c, i);
	if (i->unicast_peer.n > 0)
		vd_validate_say(c, VD_DIAG_NOTE, vd_model_place_of(&i->obj, &i->unicast_peer), NULL,
				"unicast_peer under vrrp_strict: the RFCs have multicast only; "
				"adverts "
				"go by unicast all the same, as keepalived's do");
}
