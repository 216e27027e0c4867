/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vd_compiler.h"
#include "vd_rt_place.h"

/* What a chosen memory size is made of, in MB. */
#define BASE_MB           96   /* EAL, rings, snapshots, one pool of buffers */
#define PORT_MB           32   /* further buffers for each port */
#define BYTES_PER_CONN    160  /* record and index */
#define BYTES_PER_PAIR    9216 /* the ring from one worker to another */
#define LEAST_MB          128
#define WORKERS_UNBOUNDED 16

struct placing {
	const struct vd_rt_machine *m;
	const struct vd_dataplane_eal *eal;
	struct vd_rt_place *out;
	struct vd_strbuf *why;
	struct vd_rt_cpu order[VD_RT_CPUS_MAX]; /* CPUs that no given lcore has, best first */
	unsigned int n_order;
	uint8_t lcore_used[65536 / 8];
};

static bool
lcore_take(struct placing *p, uint16_t lcore)
{
	uint8_t bit = (uint8_t)(1u << (lcore & 7));

	if (p->lcore_used[lcore >> 3] & bit)
		return false;
	p->lcore_used[lcore >> 3] |= bit;
	return true;
}

static uint16_t
lcore_free(struct placing *p)
{
	uint16_t i = 0;

	while (!lcore_take(p, i))
		i++;
	return i;
}

static bool
cpu_known(const struct vd_rt_machine *m, uint16_t cpu)
{
	for (unsigned int i = 0; i < m->n_cpus; i++)
		if (m->cpu[i].cpu == cpu)
			return true;
	return false;
}

/* Takes over an lcore that the file gives. 0 or -EINVAL. */
static int
take_given(struct placing *p, const struct vd_dataplane_lcore *l, const char *what,
		struct vd_rt_place_lcore *out)
{
	if (!cpu_known(p->m, l->cpu)) {
		vd_strbuf_printf(p->why, "eal.%s \"%s\": CPU %u is none that this process may use",
				what, l->text == NULL ? "" : l->text, l->cpu);
		return -EINVAL;
	}
	if (!lcore_take(p, l->lcore)) {
		vd_strbuf_printf(p->why, "eal.%s \"%s\": lcore %u has a role already", what,
				l->text == NULL ? "" : l->text, l->lcore);
		return -EINVAL;
	}
	out->lcore = l->lcore;
	out->cpu = l->cpu;
	return 0;
}

static int
take_all_given(struct placing *p)
{
	int err = 0;

	if (p->eal->main_lcore.given)
		err = take_given(p, &p->eal->main_lcore, "main_lcore", &p->out->main);
	if (err == 0 && p->eal->control_lcore.given)
		err = take_given(p, &p->eal->control_lcore, "control_lcore", &p->out->control);
	for (size_t i = 0; err == 0 && i < p->eal->worker_lcores.n; i++) {
		if (i == VD_DATAPLANE_LCORES_MAX)
			return -EINVAL;
		err = take_given(p, &p->eal->worker_lcores.v[i], "worker_lcores",
				&p->out->worker[i]);
		p->out->n_workers++;
	}
	return err;
}

static bool
cpu_given(const struct placing *p, uint16_t cpu)
{
	if ((p->eal->main_lcore.given && p->eal->main_lcore.cpu == cpu) ||
			(p->eal->control_lcore.given && p->eal->control_lcore.cpu == cpu))
		return true;
	for (size_t i = 0; i < p->eal->worker_lcores.n; i++)
		if (p->eal->worker_lcores.v[i].cpu == cpu)
			return true;
	return false;
}

/* Smaller is better: on a port's socket, first thread of its core, low number. */
static uint32_t
rank(const struct placing *p, const struct vd_rt_cpu *c)
{
	uint32_t r = c->cpu;

	if (p->m->port_sockets != 0 && !(p->m->port_sockets >> c->socket & 1))
		r |= 1u << 30;
	for (unsigned int i = 0; i < p->m->n_cpus; i++)
		if (p->m->cpu[i].core == c->core && p->m->cpu[i].cpu < c->cpu)
			r |= 1u << 20;
	return r;
}

static void
order_cpus(struct placing *p)
{
	uint32_t ranks[VD_RT_CPUS_MAX];

	for (unsigned int i = 0; i < p->m->n_cpus; i++) {
		const struct vd_rt_cpu *c = &p->m->cpu[i];
		uint32_t r = rank(p, c);
		unsigned int at = p->n_order;

		if (cpu_given(p, c->cpu))
			continue;
		for (; at > 0 && ranks[at - 1] > r; at--) {
			ranks[at] = ranks[at - 1];
			p->order[at] = p->order[at - 1];
		}
		ranks[at] = r;
		p->order[at] = *c;
		p->n_order++;
	}
	/* The file's lcores have every CPU: what is left shares the first. */
	if (p->n_order == 0)
		p->order[p->n_order++] = p->m->cpu[0];
}

/* Removes and returns a CPU of the order; the last one stays, for whoever comes next to share. */
static struct vd_rt_cpu
take_cpu(struct placing *p, unsigned int i)
{
	struct vd_rt_cpu c = p->order[i];

	if (p->n_order > 1) {
		memmove(&p->order[i], &p->order[i + 1], (p->n_order - i - 1) * sizeof(p->order[0]));
		p->n_order--;
	}
	return c;
}

static void
choose_lcores(struct placing *p, unsigned int max_workers)
{
	bool want_main = !p->eal->main_lcore.given, want_control = !p->eal->control_lcore.given;
	bool want_workers = p->out->n_workers == 0;
	struct vd_rt_cpu first = {0};
	unsigned int n;

	if (want_main) {
		first = take_cpu(p, 0);
		p->out->main = (struct vd_rt_place_lcore){lcore_free(p), first.cpu};
	}
	if (want_control) {
		unsigned int i = 0;

		/* Main's other thread leaves whole cores to the workers. */
		if (want_main)
			for (unsigned int k = 0; k < p->n_order; k++)
				if (p->order[k].core == first.core && p->order[k].cpu != first.cpu)
					i = k;
		if (want_main && want_workers && p->n_order < 2)
			p->out->control.cpu = first.cpu;
		else
			p->out->control.cpu = take_cpu(p, i).cpu;
		p->out->control.lcore = lcore_free(p);
	}
	if (!want_workers)
		return;
	n = VD_MIN(p->n_order, max_workers == 0 ? WORKERS_UNBOUNDED : max_workers);
	for (unsigned int i = 0; i < n; i++)
		p->out->worker[i] = (struct vd_rt_place_lcore){lcore_free(p), take_cpu(p, 0).cpu};
	p->out->n_workers = n;
}

static uint32_t
huge_total(const struct vd_rt_machine *m)
{
	uint32_t sum = 0;

	for (unsigned int s = 0; s < m->n_sockets; s++)
		sum += m->huge_free_mb[s];
	return sum;
}

/* Shares memory out over the sockets where lcores or ports are, as far as their huge pages reach. */
static void
share_memory(struct placing *p)
{
	uint32_t sockets = p->m->port_sockets, left = p->out->memory_mb, n = 0;

	p->out->n_sockets = p->m->n_sockets;
	for (unsigned int i = 0; i < p->m->n_cpus; i++)
		for (unsigned int w = 0; w < p->out->n_workers; w++)
			if (p->m->cpu[i].cpu == p->out->worker[w].cpu)
				sockets |= 1u << p->m->cpu[i].socket;
	for (unsigned int s = 0; s < p->m->n_sockets; s++)
		n += sockets >> s & 1;
	for (unsigned int s = 0; s < p->m->n_sockets && n > 0; s++) {
		if (!(sockets >> s & 1))
			continue;
		p->out->socket_mb[s] = VD_MIN(left / n, p->m->huge_free_mb[s]);
		left -= p->out->socket_mb[s];
		n--;
	}
	for (unsigned int s = 0; s < p->m->n_sockets && left > 0; s++) {
		uint32_t more = VD_MIN(left, p->m->huge_free_mb[s] - p->out->socket_mb[s]);

		p->out->socket_mb[s] += more;
		left -= more;
	}
}

static int
choose_memory(struct placing *p, const struct vd_dataplane *dp)
{
	uint32_t huge = huge_total(p->m), mb = p->eal->memory_mb;
	bool chosen = mb == 0;

	if (chosen) {
		uint64_t need = BASE_MB + PORT_MB * dp->ports.n +
				((uint64_t)p->out->n_workers * dp->max_per_worker *
								BYTES_PER_CONN >>
						20) +
				((uint64_t)p->out->n_workers * p->out->n_workers * BYTES_PER_PAIR >>
						20);
		uint64_t most = VD_MAX(p->m->free_mb / 2, huge);

		mb = (uint32_t)VD_MAX(VD_MIN(need, most), LEAST_MB);
	}
	p->out->memory_mb = mb;
	p->out->hugepages = p->eal->hugepages == VD_DATAPLANE_HUGEPAGES_YES ||
			(p->eal->hugepages == VD_DATAPLANE_HUGEPAGES_AUTO && huge >= mb);
	if (p->out->hugepages && huge < mb) {
		vd_strbuf_printf(p->why,
				"no memory: %u MB of huge pages needed, %u MB free "
				"(vm.nr_hugepages, or "
				"eal.hugepages false)",
				mb, huge);
		return -ENOMEM;
	}
	if (!p->out->hugepages && mb > p->m->free_mb) {
		vd_strbuf_printf(p->why, "no memory: %s of %u MB, but this machine has %u MB free",
				chosen ? "least size" : "eal.memory_mb", mb, p->m->free_mb);
		return -ENOMEM;
	}
	if (p->out->hugepages)
		share_memory(p);
	return 0;
}

int
vd_rt_place(const struct vd_rt_machine *m, const struct vd_dataplane *dp, unsigned int max_workers,
		struct vd_rt_place *out, struct vd_strbuf *why)
{
	struct placing *p = vd_xcalloc(1, sizeof(*p));
	int err;

	memset(out, 0, sizeof(*out));
	p->m = m;
	p->eal = &dp->eal;
	p->out = out;
	p->why = why;
	if (m->n_cpus == 0) {
		vd_strbuf_puts(why, "no CPU that this process may use");
		err = -EINVAL;
	} else {
		err = take_all_given(p);
	}
	if (err == 0) {
		order_cpus(p);
		choose_lcores(p, max_workers);
		err = choose_memory(p, dp);
	}
	free(p);
	return err;
}
