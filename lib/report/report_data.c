/* SPDX-License-Identifier: BSD-3-Clause */
/* keepalived.data: global definitions, VRRP topology, sync groups, scripts; report_lvs.c has the services. */
#include "report_priv.h"

static const char *
on_off(bool v)
{
	return v ? "true" : "false";
}

static unsigned long
seconds(vd_time t)
{
	return (unsigned long)(t / VD_SEC);
}

static void
print_global(const struct vd_model_global *g, struct vd_strbuf *out)
{
	char text[VD_ADDR_STR];

	vd_strbuf_puts(out, "------< Global definitions >------\n");
	if (g->router_id != NULL)
		vd_strbuf_printf(out, " Router ID = %s\n", g->router_id);
	if (g->default_interface != NULL)
		vd_strbuf_printf(out, " Default interface = %s\n", g->default_interface);
	vd_strbuf_printf(out, " VRRP notify priority changes = %s\n",
			on_off(g->vrrp_notify_priority_changes));
	vd_strbuf_printf(out, " VRRP IPv4 mcast group = %s\n",
			vd_addr_format(&g->vrrp_mcast_group4, text, sizeof(text)));
	vd_strbuf_printf(out, " VRRP IPv6 mcast group = %s\n",
			vd_addr_format(&g->vrrp_mcast_group6, text, sizeof(text)));
	vd_strbuf_printf(out, " Gratuitous ARP delay = %lu\n", seconds(g->vrrp_garp_master_delay));
	vd_strbuf_printf(out, " Gratuitous ARP repeat = %ld\n", g->vrrp_garp_master_repeat);
	vd_strbuf_printf(out, " Gratuitous ARP refresh timer = %lu\n",
			seconds(g->vrrp_garp_master_refresh));
	vd_strbuf_printf(out, " Gratuitous ARP refresh repeat = %ld\n",
			g->vrrp_garp_master_refresh_repeat);
	vd_strbuf_printf(out, " Gratuitous ARP lower priority delay = %lu\n",
			seconds(g->vrrp_garp_lower_prio_delay));
	vd_strbuf_printf(out, " Gratuitous ARP lower priority repeat = %ld\n",
			g->vrrp_garp_lower_prio_repeat);
	vd_strbuf_printf(out, " Num adverts before down = %ld\n", g->vrrp_down_timer_adverts);
	vd_strbuf_printf(out, " Send advert after receive lower priority advert = %s\n",
			on_off(!g->vrrp_lower_prio_no_advert));
	vd_strbuf_printf(out, " Send advert after receive higher priority advert = %s\n",
			on_off(g->vrrp_higher_prio_send_advert));
	vd_strbuf_printf(out, " Gratuitous ARP interval = %lf\n",
			(double)g->vrrp_garp_interval / 1e9);
	vd_strbuf_printf(
			out, " Gratuitous NA interval = %lf\n", (double)g->vrrp_gna_interval / 1e9);
	vd_strbuf_printf(out, " VRRP default protocol version = %ld\n", g->vrrp_version);
	vd_strbuf_printf(out, " VRRP check unicast_src = %s\n", on_off(g->vrrp_check_unicast_src));
	vd_strbuf_printf(out, " VRRP skip check advert addresses = %s\n",
			on_off(g->vrrp_skip_check_adv_addr));
	vd_strbuf_printf(out, " VRRP strict mode = %s\n", on_off(g->vrrp_strict));
}

static void
print_state(const struct vd_report *r, const struct vd_report_instance *i, struct vd_strbuf *out)
{
	const struct vd_model_vrrp_instance *conf = i->conf;
	const struct vd_vrrp_status *s = &i->status;
	bool fault = s->state == VD_VRRP_STATE_FAULT;

	vd_strbuf_printf(out, " VRRP Instance = %s\n", conf->name);
	vd_strbuf_printf(out, "   VRRP Version = %ld\n", conf->version);
	if (i->sync_group != NULL)
		vd_strbuf_printf(out, "   Sync group = %s\n", i->sync_group);
	if (i->v6)
		vd_strbuf_puts(out, "   Using Native IPv6\n");
	vd_strbuf_printf(out, "   State = %s\n", vd_vrrp_state_name((enum vd_vrrp_state)s->state));
	if (conf->unicast_peer.n > 0)
		vd_strbuf_puts(out, "   Flags:\n     Using unicast\n");
	else
		vd_strbuf_puts(out, "   Flags: none\n");
	vd_strbuf_printf(out, "   Wantstate = %s\n",
			vd_vrrp_state_name((enum vd_vrrp_state)s->wanted));
	vd_strbuf_puts(out, "   Number of config faults = 0\n");
	vd_strbuf_printf(out, "   Number of interface and track script faults = %d\n", fault);
	vd_strbuf_puts(out, "   Number of track scripts init = 0\n   Last transition = ");
	report_time(r, i->last_transition, out);
	vd_strbuf_puts(out, "\n   Read timeout = ");
	if (i->next_event != 0)
		report_time(r, i->next_event, out);
	else
		vd_strbuf_puts(out, "DISABLED");
	vd_strbuf_printf(out, "\n   Master down timer = %lu usecs\n",
			(unsigned long)(s->down_interval / VD_USEC));
}

static void
print_sending(const struct vd_report *r, const struct vd_report_instance *i, struct vd_strbuf *out)
{
	const struct vd_model_vrrp_instance *conf = i->conf;
	const struct vd_model_global *g = &r->model->global;
	bool unicast = conf->unicast_peer.n > 0;
	const struct vd_addr *own = unicast ? &conf->unicast_src_ip : &conf->mcast_src_ip;
	const struct vd_addr *group = !vd_addr_is_unset(&conf->mcast_dst_ip) ? &conf->mcast_dst_ip
			: i->v6                                              ? &g->vrrp_mcast_group6
				: &g->vrrp_mcast_group4;
	char text[VD_ADDR_STR];

	if (vd_model_given(&conf->obj, &conf->use_vmac))
		vd_strbuf_printf(out, "   Use VMAC, MAC %s, xmit_base = %s\n",
				vd_mac_format(&i->mac, text, sizeof(text)),
				on_off(conf->vmac_xmit_base));
	vd_strbuf_printf(out, "   Interface = %s\n", i->interface);
	if (conf->strict_mode)
		vd_strbuf_puts(out, "   Enforcing strict VRRP compliance\n");
	if (!vd_addr_is_unset(&i->src))
		vd_strbuf_printf(out, "   Using src_ip = %s%s\n",
				vd_addr_format(&i->src, text, sizeof(text)),
				vd_addr_is_unset(own) ? "" : " (from configuration)");
	if (!unicast)
		vd_strbuf_printf(out, "   Multicast address %s\n",
				vd_addr_format(group, text, sizeof(text)));
}

static void
print_numbers(const struct vd_report_instance *i, struct vd_strbuf *out)
{
	const struct vd_model_vrrp_instance *conf = i->conf;
	const struct vd_vrrp_status *s = &i->status;
	bool whole = conf->advert_int % VD_SEC == 0;

	vd_strbuf_printf(out, "   Gratuitous ARP delay = %lu\n", seconds(conf->garp_master_delay));
	vd_strbuf_printf(out, "   Gratuitous ARP repeat = %ld\n", conf->garp_master_repeat);
	vd_strbuf_printf(out, "   Gratuitous ARP refresh = %lu\n",
			seconds(conf->garp_master_refresh));
	vd_strbuf_printf(out, "   Gratuitous ARP refresh repeat = %ld\n",
			conf->garp_master_refresh_repeat);
	vd_strbuf_printf(out, "   Gratuitous ARP lower priority delay = %lu\n",
			seconds(conf->garp_lower_prio_delay));
	vd_strbuf_printf(out, "   Gratuitous ARP lower priority repeat = %ld\n",
			conf->garp_lower_prio_repeat);
	vd_strbuf_printf(out, "   Down timer adverts = %ld\n", conf->down_timer_adverts);
	vd_strbuf_printf(out, "   Send advert after receive lower priority advert = %s\n",
			on_off(!conf->lower_prio_no_advert));
	vd_strbuf_printf(out, "   Send advert after receive higher priority advert = %s\n",
			on_off(conf->higher_prio_send_advert));
	vd_strbuf_printf(out, "   Virtual Router ID = %ld\n", conf->virtual_router_id);
	vd_strbuf_printf(out, "   Priority = %u\n", s->priority);
	vd_strbuf_printf(out, "   Effective priority = %u\n", s->effective_priority);
	vd_strbuf_printf(out, "   Total priority = %u\n", s->effective_priority);
	vd_strbuf_printf(out, "   Advert interval = %lu %s\n",
			(unsigned long)(conf->advert_int / (whole ? VD_SEC : VD_MSEC)),
			whole ? "sec" : "milli-sec");
	if (conf->skip_check_adv_addr)
		vd_strbuf_puts(out, "   Skip checking advert IP addresses\n");
	vd_strbuf_printf(out, "   Accept = %s\n", conf->accept ? "enabled" : "disabled");
	vd_strbuf_printf(out, "   Preempt = %s\n", conf->nopreempt ? "disabled" : "enabled");
	if (conf->preempt_delay != 0)
		vd_strbuf_printf(out, "   Preempt delay = %g secs\n",
				(double)conf->preempt_delay / 1e9);
	vd_strbuf_puts(out, "   Promote_secondaries = disabled\n");
}

static void
print_authentication(const struct vd_model_vrrp_instance *conf, struct vd_strbuf *out)
{
	const struct vd_model_authentication *a = &conf->authentication;

	if (conf->version != 2)
		return;
	vd_strbuf_printf(out, "   Authentication type = %s\n",
			a->auth_type == VD_MODEL_AUTH_PASS                 ? "SIMPLE_PASSWORD"
					: a->auth_type == VD_MODEL_AUTH_AH ? "IPSEC_AH"
									   : "none");
	if (a->auth_type != VD_MODEL_AUTH_NONE && a->auth_pass != NULL)
		vd_strbuf_printf(out, "   Password = %.8s\n", a->auth_pass);
}

static void
print_addresses(const struct vd_report_instance *i, struct vd_strbuf *out)
{
	const struct vd_model_vrrp_instance *conf = i->conf;
	const struct vd_model_address *a;

	vd_strbuf_printf(out, "   Virtual IP (%zu):\n", conf->virtual_ipaddress.n);
	VD_VEC_FOREACH (a, &conf->virtual_ipaddress) {
		vd_strbuf_puts(out, "     ");
		report_address(a, i->interface, report_is_master(i), out);
		vd_strbuf_putc(out, '\n');
	}
	if (conf->virtual_ipaddress_excluded.n > 0)
		vd_strbuf_puts(out, "   Virtual IP Excluded :\n");
	VD_VEC_FOREACH (a, &conf->virtual_ipaddress_excluded) {
		vd_strbuf_puts(out, "     ");
		report_address(a, i->interface, report_is_master(i), out);
		vd_strbuf_putc(out, '\n');
	}
}

static void
print_peers(const struct vd_model_vrrp_instance *conf, struct vd_strbuf *out)
{
	const struct vd_model_unicast_peer *p;
	char text[VD_ADDR_STR];

	if (conf->unicast_peer.n == 0)
		return;
	vd_strbuf_printf(out, "   Unicast TTL = %ld\n", conf->unicast_ttl);
	vd_strbuf_printf(
			out, "   Check unicast src : %s\n", conf->check_unicast_src ? "yes" : "no");
	vd_strbuf_puts(out, "   Unicast Peer :\n");
	VD_VEC_FOREACH (p, &conf->unicast_peer)
		vd_strbuf_printf(out, "     %s min_ttl %ld max_ttl %ld\n",
				vd_addr_format(&p->address, text, sizeof(text)),
				p->min_ttl < 0 ? 0 : p->min_ttl, p->max_ttl < 0 ? 255 : p->max_ttl);
}

static void
print_tracks(const char *title, const struct vd_model_track *v, size_t n, struct vd_strbuf *out)
{
	if (n > 0)
		vd_strbuf_printf(out, "   %s :\n", title);
	for (size_t k = 0; k < n; k++)
		vd_strbuf_printf(out, "     %s weight %ld%s\n", v[k].name, v[k].weight,
				v[k].reverse ? " reverse" : "");
}

static void
print_script(const char *state, const struct vd_model_command *c, struct vd_strbuf *out)
{
	if (c->script == NULL)
		return;
	vd_strbuf_printf(out, "   %s state transition script = ", state);
	report_command(c->script, out);
	vd_strbuf_putc(out, '\n');
}

static void
print_instance(const struct vd_report *r, const struct vd_report_instance *i, struct vd_strbuf *out)
{
	const struct vd_model_vrrp_instance *conf = i->conf;

	print_state(r, i, out);
	print_sending(r, i, out);
	print_numbers(i, out);
	print_authentication(conf, out);
	print_addresses(i, out);
	print_peers(conf, out);
	print_tracks("Tracked interfaces", conf->track_interface.v, conf->track_interface.n, out);
	print_tracks("Tracked scripts", conf->track_script.v, conf->track_script.n, out);
	print_tracks("Tracked files", conf->track_file.v, conf->track_file.n, out);
	print_tracks("Tracked processes", conf->track_process.v, conf->track_process.n, out);
	print_tracks("Tracked BFDs", conf->track_bfd.v, conf->track_bfd.n, out);
	vd_strbuf_printf(out, "   Using smtp notification = %s\n", conf->smtp_alert ? "yes" : "no");
	vd_strbuf_printf(out, "   Notify deleted = %s\n",
			conf->notify_deleted.script != NULL ? "Deleted" : "Fault");
	print_script("Backup", &conf->notify_backup, out);
	print_script("Master", &conf->notify_master, out);
	print_script("Fault", &conf->notify_fault, out);
	print_script("Stop", &conf->notify_stop, out);
	print_script("Deleted", &conf->notify_deleted, out);
	print_script("Generic", &conf->notify, out);
	print_script("Master rx lower pri", &conf->notify_master_rx_lower_pri, out);
	vd_strbuf_printf(out, "   Notify priority changes = %s\n",
			on_off(conf->notify_priority_changes));
}

static enum vd_vrrp_state
group_state(const struct vd_report *r, size_t g)
{
	return r->groups != NULL ? r->groups[g] : VD_VRRP_STATE_INIT;
}

static bool
is_member(const struct vd_model_sync_group *g, const char *name)
{
	for (size_t i = 0; i < g->group.n; i++)
		if (strcmp(g->group.v[i], name) == 0)
			return true;
	return false;
}

static void
print_group(const struct vd_report *r, size_t n, struct vd_strbuf *out)
{
	const struct vd_model_sync_group *g = &r->model->sync_groups.v[n];
	unsigned int fault = 0, init = 0;

	for (size_t i = 0; i < r->n_instances; i++) {
		if (!is_member(g, r->instances[i].conf->name))
			continue;
		fault += r->instances[i].status.state == VD_VRRP_STATE_FAULT;
		init += r->instances[i].status.state == VD_VRRP_STATE_INIT;
	}
	vd_strbuf_printf(out, " VRRP Sync Group = %s, %s\n", g->name,
			vd_vrrp_state_name(group_state(r, n)));
	vd_strbuf_printf(out, "   Num member fault %u, num member init %u\n", fault, init);
	vd_strbuf_puts(out, "   VRRP member instances :\n");
	for (size_t i = 0; i < g->group.n; i++)
		vd_strbuf_printf(out, "     %s\n", g->group.v[i]);
	vd_strbuf_printf(out, "   Using smtp notification = %s\n", g->smtp_alert ? "yes" : "no");
}

static void
print_check_script(const struct vd_model_vrrp_script *s, struct vd_strbuf *out)
{
	vd_strbuf_printf(out, " VRRP Script = %s\n   Command = ", s->name);
	report_command(s->script, out);
	vd_strbuf_printf(out, "\n   Interval = %lu sec\n   Timeout = %lu sec\n",
			seconds(s->interval), seconds(s->timeout));
	vd_strbuf_printf(out, "   Weight = %ld\n   Rise = %ld\n   Fall = %ld\n", s->weight.value,
			s->rise, s->fall);
}

void
vd_report_data(const struct vd_report *r, struct vd_strbuf *out)
{
	const struct vd_model_vrrp_script *s;

	print_global(&r->model->global, out);
	if (r->n_instances > 0)
		vd_strbuf_puts(out, "------< VRRP Topology >------\n");
	for (size_t i = 0; i < r->n_instances; i++)
		print_instance(r, &r->instances[i], out);
	if (r->model->sync_groups.n > 0)
		vd_strbuf_puts(out, "------< VRRP Sync groups >------\n");
	for (size_t n = 0; n < r->model->sync_groups.n; n++)
		print_group(r, n, out);
	if (r->model->vrrp_scripts.n > 0)
		vd_strbuf_puts(out, "------< VRRP Scripts >------\n");
	VD_VEC_FOREACH (s, &r->model->vrrp_scripts)
		print_check_script(s, out);
	report_lvs(r->model, out);
}
