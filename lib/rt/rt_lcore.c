/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/resource.h>

#include <rte_launch.h>
#include <rte_lcore.h>

#include "rt_priv.h"
#include "vd_alloc.h"
#include "vd_rt_lcore.h"

static struct vd_rt_lcore *lcores;
static struct vd_rt_beat *beats;
static unsigned int n_lcores;

const char *
vd_rt_role_name(enum vd_rt_role role)
{
	switch (role) {
	case VD_RT_ROLE_MAIN:
		return "main";
	case VD_RT_ROLE_CONTROL:
		return "control";
	case VD_RT_ROLE_WORKER:
		return "worker";
	}
	return "?";
}

static void
add(unsigned int id, enum vd_rt_role role)
{
	struct vd_rt_lcore *l = &lcores[n_lcores];
	rte_cpuset_t set = rte_lcore_cpuset(id);

	l->id = id;
	l->role = role;
	l->worker = role == VD_RT_ROLE_WORKER ? (int)n_lcores - 2 : -1;
	l->cpu = -1;
	if (CPU_COUNT(&set) == 1)
		for (int c = 0; c < CPU_SETSIZE; c++)
			if (CPU_ISSET(c, &set))
				l->cpu = c;
	l->socket = (int)rte_lcore_to_socket_id(id);
	l->beat = &beats[n_lcores];
	n_lcores++;
}

static void
find_sharing(void)
{
	for (unsigned int i = 0; i < n_lcores; i++) {
		rte_cpuset_t a = rte_lcore_cpuset(lcores[i].id);

		for (unsigned int k = 0; k < n_lcores; k++) {
			rte_cpuset_t b = rte_lcore_cpuset(lcores[k].id), both;

			CPU_AND(&both, &a, &b);
			if (k != i && CPU_COUNT(&both) > 0)
				lcores[i].shares_cpu = true;
		}
	}
}

int
vd_rt_lcores_init(int control)
{
	unsigned int n = rte_lcore_count(), id;

	if (n < 3)
		return -EINVAL;
	lcores = vd_xcalloc(n, sizeof(*lcores));
	if (posix_memalign((void **)&beats, VD_CACHE_LINE, n * sizeof(*beats)) != 0)
		abort();
	memset(beats, 0, n * sizeof(*beats));
	add(rte_get_main_lcore(), VD_RT_ROLE_MAIN);
	if (control < 0)
		control = (int)rte_get_next_lcore((unsigned int)-1, 1, 0);
	add((unsigned int)control, VD_RT_ROLE_CONTROL);
	RTE_LCORE_FOREACH_WORKER(id)
	{
		if ((int)id != control)
			add(id, VD_RT_ROLE_WORKER);
	}
	find_sharing();
	return 0;
}

void
vd_rt_lcores_free(void)
{
	free(lcores);
	free(beats);
	lcores = NULL;
	beats = NULL;
	n_lcores = 0;
}

unsigned int
vd_rt_lcore_count(void)
{
	return n_lcores;
}

const struct vd_rt_lcore *
vd_rt_lcore_get(unsigned int i)
{
	return i < n_lcores ? &lcores[i] : NULL;
}

const struct vd_rt_lcore *
vd_rt_lcore_control(void)
{
	return vd_rt_lcore_get(1);
}

unsigned int
vd_rt_worker_count(void)
{
	return n_lcores < 2 ? 0 : n_lcores - 2;
}

const struct vd_rt_lcore *
vd_rt_lcore_worker(unsigned int worker)
{
	return vd_rt_lcore_get(worker + 2);
}

const struct vd_rt_lcore *
vd_rt_lcore_self(void)
{
	unsigned int id = rte_lcore_id();

	for (unsigned int i = 0; i < n_lcores; i++)
		if (lcores[i].id == id)
			return &lcores[i];
	return NULL;
}

struct job {
	const struct vd_rt_lcore *lcore;
	int (*fn)(void *arg);
	void *arg;
};

static int
run(void *p)
{
	struct job job = *(struct job *)p;
	char name[16];

	free(p);
	if (job.lcore->role == VD_RT_ROLE_WORKER)
		snprintf(name, sizeof(name), "vipd-w%d", job.lcore->worker);
	else
		snprintf(name, sizeof(name), "vipd-%s", vd_rt_role_name(job.lcore->role));
	pthread_setname_np(pthread_self(), name);
	return job.fn(job.arg);
}

int
vd_rt_lcore_launch(const struct vd_rt_lcore *lcore, int (*fn)(void *arg), void *arg)
{
	struct job *job = vd_xcalloc(1, sizeof(*job));
	int err;

	*job = (struct job){lcore, fn, arg};
	err = rte_eal_remote_launch(run, job, lcore->id);
	if (err != 0)
		free(job);
	return err;
}

int
vd_rt_lcore_join(const struct vd_rt_lcore *lcore)
{
	return rte_eal_wait_lcore(lcore->id);
}

void
vd_rt_beat_copy(struct vd_rt_beat *to, const struct vd_rt_beat *from)
{
	to->last = vd_load_relaxed(&from->last);
	to->loops = vd_load_relaxed(&from->loops);
	to->busy_ns = vd_load_relaxed(&from->busy_ns);
	to->idle_ns = vd_load_relaxed(&from->idle_ns);
	/* The histogram first: a turn that it has is no longer than the longest. */
	vd_loglin_copy(to->turns, from->turns, VD_RT_BEAT_BUCKETS);
	to->max = vd_load_relaxed(&from->max);
}

vd_time
vd_rt_beat_quantile(const struct vd_rt_beat *later, const struct vd_rt_beat *earlier, double share)
{
	const uint64_t *before = earlier == NULL ? NULL : earlier->turns;
	unsigned int i = vd_loglin_quantile(later->turns, before, VD_RT_BEAT_BUCKETS, share);

	if (i == VD_RT_BEAT_BUCKETS)
		return 0;
	if (share >= 1 && (earlier == NULL || later->max > earlier->max))
		return later->max;
	return VD_MIN(vd_rt_beat_limit(i), later->max);
}

void
vd_rt_lcore_favour(void)
{
	/* Of Linux, nice is a thread's own. */
	(void)setpriority(PRIO_PROCESS, (id_t)rte_sys_gettid(), -20);
}
