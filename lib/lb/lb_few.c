/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Most servers of a large service are down: which ones are not is found out once, by looking at all of them, and then
 * remembered until one more becomes usable. If they are many, some hundreds of places or the next servers in line have one;
 * once they do not, it is time to look again.
 */

#include "lb_priv.h"

static void
fill(const struct vd_lb_worker *w, const struct vd_lb_service *svc, struct lb_few *few)
{
	few->n = 0;
	few->epoch = lb_epoch(w, svc);
	for (uint32_t i = 0; i < svc->n_servers; i++) {
		const struct vd_lb_server *srv = &svc->servers[i];

		if (srv->weight == 0 || (lb_server_flags(w, srv) & VD_LB_SERVER_UNUSABLE) != 0)
			continue;
		if (few->n == LB_FEW) {
			few->n = LB_MANY;
			return;
		}
		few->index[few->n++] = (uint16_t)i;
	}
}

static struct lb_few *
of_service(const struct lb_choosing *ch)
{
	return &ch->w->few[ch->svc->id / VD_LB_CHUNK][ch->svc->id % VD_LB_CHUNK];
}

uint32_t
lb_few(const struct lb_choosing *ch, const uint16_t **index)
{
	const struct vd_lb_service *svc = ch->svc;
	struct lb_few *few;

	*index = NULL;
	if (svc->n_servers <= LB_FEW)
		return svc->n_servers;
	few = of_service(ch);
	if (few->epoch != lb_epoch(ch->w, svc))
		fill(ch->w, svc, few);
	if (few->n != LB_MANY)
		*index = few->index;
	return few->n;
}

void
lb_few_walked(const struct lb_choosing *ch, uint32_t servers)
{
	if (ch->svc->n_servers > LB_FEW && servers > ch->svc->n_servers / 16)
		of_service(ch)->epoch = 0;
}
