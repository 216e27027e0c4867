/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Main's side of VRRP: what control tells goes to the log, the scripts, the kernel taps and whoever waits for a hand-over;
 * the operator's commands go to control.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl_priv.h"
#include "vd_pkt_eth.h"

#define ACK_LONGEST  (50 * VD_MSEC)  /* an operator's command */
#define STOP_LONGEST (500 * VD_MSEC) /* resigning at the end */
#define LOOK         (100 * VD_USEC)
#define SCRIPTS_STOP (1 * VD_SEC) /* keepalived gives STOP scripts a second */
#define MAIL_STOP    (1 * VD_SEC)
/* A hand-over: twice what a peer waits for a lost resignation, and a second. */
#define HANDOVER_DOWNS 2
#define HANDOVER_MORE  (1 * VD_SEC)

struct ctl_failover {
	struct ctl_failover *next;
	uint32_t slot;
	vd_ctl_failover_fn done;
	void *ctx;
};

/* ---- commands ---- */

/* 0 = not waited for. */
static uint64_t
step_push(struct vd_ctl *c, const struct vd_director_event *e, bool acknowledged)
{
	struct ctl_cmd cmd = {.type = CTL_CMD_STEP, .step = *e};

	if (acknowledged)
		cmd.sequence = ++c->sequence;
	ctl_cmd_push(c, &cmd);
	return cmd.sequence;
}

void
ctl_step_push(struct vd_ctl *c, const struct vd_director_event *e)
{
	(void)step_push(c, e, false);
}

static bool
step_wait(const struct vd_ctl *c, uint64_t sequence, vd_time longest)
{
	const struct timespec look = {.tv_nsec = LOOK};
	vd_time until = vd_io_now() + longest;

	while (vd_load_acquire(&c->control.step_ack) < sequence) {
		if (vd_io_now() >= until)
			return false;
		(void)nanosleep(&look, NULL);
	}
	return true;
}

static void
step_apply(struct vd_ctl *c, const struct vd_director_event *e)
{
	(void)step_wait(c, step_push(c, e, true), ACK_LONGEST);
	ctl_vrrp_notices(c);
}

void
ctl_vrrp_hold(struct vd_ctl *c, enum vd_vrrp_hold what, bool on)
{
	struct vd_director_event e = {
			.kind = VD_DIRECTOR_EVENT_HOLD,
			.idx = what,
			.on = on,
	};

	step_apply(c, &e);
}

void
vd_ctl_maintenance(struct vd_ctl *c, bool on)
{
	if (c->maintenance != on)
		vd_log(VD_LOG_NOTICE, "maintenance is %s", on ? "on" : "off");
	c->maintenance = on;
	ctl_vrrp_hold(c, VD_VRRP_HOLD_MAINTENANCE, on);
}

void
ctl_vrrp_clear(struct vd_ctl *c)
{
	struct vd_director_event e = {.kind = VD_DIRECTOR_EVENT_CLEAR};

	step_apply(c, &e);
}

static uint32_t
slot_of(const struct vd_ctl *c, size_t i)
{
	return ctl_slot_find(&c->leases, c->model->instances.v[i].name);
}

int
vd_ctl_vrrp_priority(struct vd_ctl *c, size_t i, uint8_t priority, struct vd_strbuf *why)
{
	struct vd_director_event e = {
			.kind = VD_DIRECTOR_EVENT_PRIORITY,
			.idx = slot_of(c, i),
			.value = priority,
	};

	(void)why;
	if (priority == 0)
		vd_log(VD_LOG_NOTICE, "(%s) the configuration's priority again, by the operator",
				c->model->instances.v[i].name);
	else
		vd_log(VD_LOG_NOTICE, "(%s) priority %u by the operator",
				c->model->instances.v[i].name, priority);
	step_apply(c, &e);
	return 0;
}

static void
failover_end(struct vd_ctl *c, uint32_t slot, int err, const char *sentence)
{
	struct ctl_failover **link = &c->failovers, *f;

	while ((f = *link) != NULL) {
		if (f->slot != slot) {
			link = &f->next;
			continue;
		}
		*link = f->next;
		f->done(f->ctx, err, sentence);
		free(f);
	}
}

void
vd_ctl_vrrp_failover(struct vd_ctl *c, size_t i, vd_ctl_failover_fn done, void *ctx)
{
	const char *name = c->model->instances.v[i].name;
	struct vd_director_event e = {.kind = VD_DIRECTOR_EVENT_FAILOVER, .idx = slot_of(c, i)};
	struct vd_strbuf b = {0};
	struct vd_vrrp_status s;
	struct ctl_failover *f;

	if (!vd_vrrp_status_read(vd_director_vrrp(c->control.director), e.idx, &s) ||
			s.state != VD_VRRP_STATE_MASTER) {
		vd_strbuf_printf(&b, "%s is %s here: only MASTER can hand over", name,
				vd_vrrp_state_name((enum vd_vrrp_state)s.state));
		done(ctx, -EALREADY, b.s);
		vd_strbuf_free(&b);
		return;
	}
	f = vd_xcalloc(1, sizeof(*f));
	f->slot = e.idx;
	f->done = done;
	f->ctx = ctx;
	f->next = c->failovers;
	c->failovers = f;
	e.time = HANDOVER_DOWNS * s.down_interval + HANDOVER_MORE;
	vd_log(VD_LOG_NOTICE, "(%s) handed over by the operator", name);
	(void)step_push(c, &e, false);
}

/* ---- what control tells ---- */

static void
told_failover(struct vd_ctl *c, const struct vd_vrrp_action *a)
{
	const char *name = ctl_slot_name(&c->leases, a->slot);
	char addr[VD_ADDR_STR];
	struct vd_strbuf b = {0};

	if (a->done)
		vd_strbuf_printf(&b, "%s: %s is MASTER now, with priority %u", name,
				vd_addr_format(&a->addr, addr, sizeof(addr)), a->priority);
	else if (a->error != 0)
		vd_strbuf_printf(&b, "%s is not MASTER here any more: nothing to hand over", name);
	else
		vd_strbuf_printf(&b, "%s: no router took over; this node is MASTER again", name);
	vd_log(a->done ? VD_LOG_NOTICE : VD_LOG_WARNING, "%s", b.s);
	failover_end(c, a->slot, a->done ? 0 : -ETIMEDOUT, b.s);
	vd_strbuf_free(&b);
}

static void
state_log(const struct vd_ctl *c, const struct vd_vrrp_action *a, const char *name)
{
	struct vd_vrrp_status s = {
			.reason = a->reason,
			.reason_addr = a->addr,
			.reason_priority = a->reason_priority,
			.reason_track = a->track,
			.reason_time = a->until,
	};
	struct vd_strbuf why = {0};

	ctl_vrrp_reason(c, &s, &why);
	if (a->to == VD_VRRP_STATE_INIT)
		vd_log(VD_LOG_NOTICE, "(%s) %s: %s", name,
				a->from == VD_VRRP_STATE_MASTER ? "sent 0 priority" : "ended",
				why.s);
	else if (a->from == VD_VRRP_STATE_INIT && a->to == VD_VRRP_STATE_BACKUP)
		vd_log(VD_LOG_NOTICE, "(%s) Entering BACKUP STATE (init)", name);
	else
		vd_log(a->to == VD_VRRP_STATE_FAULT || a->reason == VD_VRRP_REASON_OVERSLEPT
						? VD_LOG_WARNING
						: VD_LOG_NOTICE,
				"(%s) Entering %s STATE: %s", name,
				vd_vrrp_state_name((enum vd_vrrp_state)a->to), why.s);
	vd_strbuf_free(&why);
}

/* A change that is only the way to another one is not told: an instance that begins anew. */
static bool
is_told(uint8_t to, bool deleted, bool stopping)
{
	return to != VD_VRRP_STATE_INIT || deleted || stopping;
}

static void
told_state(struct vd_ctl *c, const struct vd_vrrp_action *a)
{
	const char *name = ctl_slot_name(&c->leases, a->slot);
	enum vd_notify_what what = vd_notify_of_state((enum vd_vrrp_state)a->to, a->deleted);

	state_log(c, a, name);
	c->told[a->slot] = a->to;
	if (is_told(a->to, a->deleted, a->reason == VD_VRRP_REASON_SHUTDOWN)) {
		vd_notify_instance(c->notify, name, what, a->priority);
		ctl_mail_instance(c, name, what);
	}
	if (a->to == VD_VRRP_STATE_INIT)
		failover_end(c, a->slot, -ECANCELED, "the instance has ended");
}

static void
told_group(struct vd_ctl *c, const struct vd_vrrp_action *a)
{
	const char *name = ctl_slot_name(&c->groups, a->slot);
	enum vd_notify_what what = vd_notify_of_state((enum vd_vrrp_state)a->to, a->deleted);

	vd_log(VD_LOG_NOTICE, "VRRP_Group(%s) Syncing instances to %s state", name,
			vd_vrrp_state_name((enum vd_vrrp_state)a->to));
	if (is_told(a->to, a->deleted, c->stopping)) {
		vd_notify_group(c->notify, name, what);
		ctl_mail_group(c, name, what);
	}
}

static void
told_priority(struct vd_ctl *c, const struct vd_vrrp_action *a)
{
	const char *name = ctl_slot_name(&c->leases, a->slot);

	vd_log(VD_LOG_NOTICE, "(%s) Changing effective priority to %u", name, a->priority);
	vd_notify_instance_event(c->notify, name,
			a->to == VD_VRRP_STATE_MASTER ? VD_NOTIFY_MASTER_PRIORITY
						      : VD_NOTIFY_BACKUP_PRIORITY,
			a->priority);
}

static void
told_other(struct vd_ctl *c, const struct vd_vrrp_action *a)
{
	const char *name = ctl_slot_name(&c->leases, a->slot);
	char addr[VD_ADDR_STR];

	vd_addr_format(&a->addr, addr, sizeof(addr));
	if (a->kind == VD_VRRP_ACT_RX_LOWER) {
		struct vd_vrrp_status s;

		(void)vd_vrrp_status_read(vd_director_vrrp(c->control.director), a->slot, &s);
		vd_log(VD_LOG_NOTICE,
				"(%s) Received advert from %s with lower priority %u, ours %u, "
				"forcing new election",
				name, addr, a->priority, s.effective_priority);
		vd_notify_instance_event(c->notify, name, VD_NOTIFY_MASTER_RX_LOWER_PRI,
				s.effective_priority);
	} else {
		vd_log(VD_LOG_WARNING, "(%s) ignored an advert from %s: %s", name, addr,
				vd_vrrp_error_text((enum vd_vrrp_error)a->error));
	}
}

static void
told(struct vd_ctl *c, const struct vd_vrrp_action *a)
{
	switch (a->kind) {
	case VD_VRRP_ACT_STATE:
		told_state(c, a);
		break;
	case VD_VRRP_ACT_GROUP:
		told_group(c, a);
		break;
	case VD_VRRP_ACT_PRIORITY:
		told_priority(c, a);
		break;
	case VD_VRRP_ACT_FAILOVER:
		told_failover(c, a);
		break;
	default:
		told_other(c, a);
		break;
	}
}

/* The ring was full: what an instance is now is told, what it was in between is lost. */
static void
told_again(struct vd_ctl *c)
{
	struct vd_vrrp_status s;

	vd_log(VD_LOG_WARNING,
			"more VRRP events than main could take: scripts hear the last "
			"state only");
	for (uint32_t i = 0; i < c->leases.n; i++) {
		struct vd_vrrp_action a = {.kind = VD_VRRP_ACT_STATE, .slot = i};

		if (!vd_vrrp_status_read(vd_director_vrrp(c->control.director), i, &s) ||
				s.state == c->told[i])
			continue;
		a.from = c->told[i];
		a.to = s.state;
		a.priority = s.effective_priority;
		a.reason = s.reason;
		a.reason_priority = s.reason_priority;
		a.track = s.reason_track;
		a.until = s.reason_time;
		a.addr = s.reason_addr;
		told_state(c, &a);
	}
}

void
ctl_vrrp_notices(struct vd_ctl *c)
{
	struct ctl_vrrp_notice n;
	bool any = false, lost;

	if (c->control.vrrp_notices.ring == NULL)
		return;
	lost = __atomic_exchange_n(&c->control.vrrp_notices_lost, 0, __ATOMIC_ACQUIRE) != 0;
	while (vd_rt_ring_get(&c->control.vrrp_notices, &n, sizeof(n))) {
		told(c, &n.action);
		any = true;
	}
	if (lost)
		told_again(c);
	if (any || lost) {
		ctl_vips_follow(c);
		ctl_health_follow(c);
	}
}

static void
on_wake(void *ctx)
{
	ctl_vrrp_notices(ctx);
	ctl_health_notices(ctx);
}

/* ---- start and end ---- */

int
ctl_vrrp_start(struct vd_ctl *c, struct vd_strbuf *why)
{
	c->notify = vd_notify_create(c->loop, NULL);
	if (c->notify == NULL) {
		vd_strbuf_printf(why, "cannot prepare notifications: %s", strerror(errno));
		return -errno;
	}
	vd_io_loop_on_wake(c->loop, on_wake, c);
	return 0;
}

/* Where control sends through worker 0, that one has to come round before it is stopped. */
static void
worker_flush(const struct vd_ctl *c)
{
	const struct timespec look = {.tv_nsec = LOOK};
	vd_time until = vd_io_now() + ACK_LONGEST, from = vd_io_now();

	for (size_t i = 0; i < c->n_ports; i++)
		while (c->port[i].rt->control_txq == VD_RT_TXQ_NONE && vd_io_now() < until &&
				vd_dp_worker_heartbeat(c->worker[0].dp) < from + 2 * VD_MSEC)
			(void)nanosleep(&look, NULL);
}

void
ctl_vrrp_stop(struct vd_ctl *c)
{
	struct vd_director_event e = {
			.kind = VD_DIRECTOR_EVENT_HOLD,
			.idx = VD_VRRP_HOLD_SHUTDOWN,
			.on = true,
	};

	if (!c->control.launched)
		return;
	c->stopping = true;
	if (!step_wait(c, step_push(c, &e, true), STOP_LONGEST))
		vd_log(VD_LOG_ERROR, "control did not resign in time");
	ctl_vrrp_notices(c);
	worker_flush(c);
	ctl_health_stop(c);
	vd_notify_finish(c->notify, vd_io_now() + SCRIPTS_STOP);
	vd_mail_finish(c->health.mail, vd_io_now() + MAIL_STOP);
}

void
ctl_vrrp_end(struct vd_ctl *c)
{
	while (c->failovers != NULL)
		failover_end(c, c->failovers->slot, -ECANCELED, "vipd stops");
	vd_io_loop_on_wake(c->loop, NULL, NULL);
	vd_notify_shutdown_script(c->notify);
	vd_notify_destroy(c->notify);
	vd_vec_free(&c->vmacs);
	vd_strbuf_free(&c->text[0]);
	vd_strbuf_free(&c->text[1]);
	ctl_slots_free(&c->groups);
}

/* fifo_write_vrrp_states_on_reload */
static void
states_again(struct vd_ctl *c)
{
	const struct vd_vrrp *v = vd_director_vrrp(c->control.director);
	struct vd_vrrp_status s;

	for (size_t i = 0; i < c->model->instances.n; i++)
		if (vd_vrrp_status_read(v, slot_of(c, i), &s))
			vd_notify_fifo_state(c->notify, VD_NOTIFY_INSTANCE,
					c->model->instances.v[i].name,
					vd_notify_of_state((enum vd_vrrp_state)s.state, false),
					s.effective_priority);
	for (size_t i = 0; i < c->model->sync_groups.n; i++) {
		const char *name = c->model->sync_groups.v[i].name;
		uint32_t slot = ctl_slot_find(&c->groups, name);

		if (slot != CTL_SLOT_NONE)
			vd_notify_fifo_state(c->notify, VD_NOTIFY_GROUP, name,
					vd_notify_of_state(vd_vrrp_group_state(v, slot), false), 0);
	}
}

void
ctl_vrrp_configured(struct vd_ctl *c, bool reload)
{
	vd_notify_configure(c->notify, c->model);
	ctl_vrrp_sample(c);
	if (reload && c->model->global.fifo_write_vrrp_states_on_reload)
		states_again(c);
}

/* auth_hmac stamps adverts with the time of day. */
void
ctl_vrrp_sample(struct vd_ctl *c)
{
	struct vd_director_event e = {.kind = VD_DIRECTOR_EVENT_WALL};
	struct timespec ts;
	bool used = false;

	for (size_t i = 0; i < c->model->instances.n; i++)
		used |= c->model->instances.v[i].auth_hmac.key.n > 0;
	if (!used)
		return;
	clock_gettime(CLOCK_REALTIME, &ts);
	e.time = (vd_time)ts.tv_sec * VD_SEC + (vd_time)ts.tv_nsec - vd_rt_clock_now();
	(void)step_push(c, &e, false);
}

/* ---- ports' filters ---- */

void
ctl_vrrp_macs_set(struct vd_ctl *c, const struct vd_model *m)
{
	struct ctl_vmac *x;
	size_t kept = 0;

	VD_VEC_FOREACH (x, &c->vmacs)
		x->used = false;
	for (size_t i = 0; i < m->instances.n; i++) {
		struct ctl_vmac want = {.used = true};
		bool known = false;

		if (!ctl_vrrp_vmac(&m->instances.v[i], &want.mac))
			continue;
		want.port = c->iface[ctl_vrrp_iface(c, m, &m->instances.v[i])].port;
		VD_VEC_FOREACH (x, &c->vmacs) {
			if (x->port != want.port || !vd_mac_equal(&x->mac, &want.mac))
				continue;
			x->used = known = true;
		}
		if (!known && vd_rt_port_mac_add(c->port[want.port].rt, &want.mac) == 0)
			vd_vec_push(&c->vmacs, want);
	}
	VD_VEC_FOREACH (x, &c->vmacs) {
		if (x->used)
			c->vmacs.v[kept++] = *x;
		else
			(void)vd_rt_port_mac_del(c->port[x->port].rt, &x->mac);
	}
	c->vmacs.n = kept;
}
