/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vd_rt_eal.h"

static void VD_PRINTF(2, 3) arg(struct vd_rt_args *a, const char *fmt, ...)
{
	struct vd_strbuf b = {0};
	va_list ap;

	va_start(ap, fmt);
	vd_strbuf_vprintf(&b, fmt, ap);
	va_end(ap);
	/* Always room for the NULL at the end. */
	while (a->n + 2 > a->cap)
		vd_vec_grow((void **)&a->v, &a->cap, sizeof(*a->v));
	a->v[a->n++] = vd_strbuf_take(&b);
	a->v[a->n] = NULL;
}

static void
lcores(const struct vd_rt_place *place, struct vd_rt_args *out)
{
	struct vd_strbuf b = {0};

	vd_strbuf_printf(&b, "%u@%u,%u@%u", place->main.lcore, place->main.cpu,
			place->control.lcore, place->control.cpu);
	for (unsigned int i = 0; i < place->n_workers; i++)
		vd_strbuf_printf(&b, ",%u@%u", place->worker[i].lcore, place->worker[i].cpu);
	arg(out, "--lcores=%s", b.s);
	arg(out, "--main-lcore=%u", place->main.lcore);
	vd_strbuf_free(&b);
}

/*
 * In both cases nothing is left in the file system, and there is no room for secondary processes: --in-memory takes
 * huge pages without files, --no-shconf does without the shared configuration (--no-huge and --in-memory exclude each
 * other in 22.11).
 */
static void
memory(const struct vd_rt_place *place, struct vd_rt_args *out)
{
	struct vd_strbuf b = {0};

	if (!place->hugepages) {
		arg(out, "--no-huge");
		arg(out, "--no-shconf");
		arg(out, "-m");
		arg(out, "%u", place->memory_mb);
		return;
	}
	arg(out, "--in-memory");
	for (unsigned int s = 0; s < place->n_sockets; s++)
		vd_strbuf_printf(&b, "%s%u", s == 0 ? "" : ",", place->socket_mb[s]);
	arg(out, "--socket-mem=%s", b.s);
	vd_strbuf_free(&b);
}

void
vd_rt_eal_args(const struct vd_rt_eal_config *c, const struct vd_rt_place *place,
		struct vd_rt_args *out)
{
	const struct vd_dataplane *dp = c->dataplane;
	bool pci = false;

	arg(out, "%s", c->program);
	if (c->words_given) {
		for (int i = 0; i < c->n_words; i++)
			arg(out, "%s", c->words[i]);
		return;
	}
	lcores(place, out);
	memory(place, out);
	arg(out, "--file-prefix=%s", c->instance);
	arg(out, "--no-telemetry");
	for (size_t i = 0; i < dp->ports.n; i++) {
		if (!vd_dataplane_device_is_pci(dp->ports.v[i].device))
			continue;
		arg(out, "--allow=%s", dp->ports.v[i].device);
		pci = true;
	}
	if (!pci)
		arg(out, "--no-pci");
	for (size_t i = 0; i < dp->eal.extra.n; i++)
		arg(out, "%s", dp->eal.extra.v[i]);
}

void
vd_rt_args_free(struct vd_rt_args *args)
{
	for (size_t i = 0; i < args->n; i++)
		free(args->v[i]);
	free(args->v);
	*args = (struct vd_rt_args){0};
}
