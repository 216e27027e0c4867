/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_RT_PLACE_H
#define VD_RT_PLACE_H

/*
 * Which CPUs and how much memory vipd takes: what the dataplane file says, and for what it leaves open, a choice from
 * the machine. vd_rt_place() is a pure function of its arguments; vd_rt_machine_read() looks at the machine.
 *
 * The choice: CPUs that this process may use, those on the ports' NUMA sockets first, one per physical core before
 * second threads. With one CPU all lcores share it; with two, main and control share one and the
 * worker has the other; with more, each has its own. Memory is what the tables and buffers need, at most half of what
 * is free; huge pages when enough of them are free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_model_dataplane.h"
#include "vd_strbuf.h"

#define VD_RT_CPUS_MAX    512
#define VD_RT_SOCKETS_MAX 8

struct vd_rt_cpu {
	uint16_t cpu;
	uint16_t core; /* physical core, unique in the machine */
	uint8_t socket;
};

struct vd_rt_machine {
	struct vd_rt_cpu cpu[VD_RT_CPUS_MAX]; /* those that this process may use */
	unsigned int n_cpus;
	unsigned int n_sockets;
	uint32_t huge_free_mb[VD_RT_SOCKETS_MAX]; /* in free huge pages */
	uint32_t free_mb;      /* memory that can be had, cgroup limit included */
	uint32_t port_sockets; /* bit s: a port sits on socket s; 0 = unknown */
};

struct vd_rt_place_lcore {
	uint16_t lcore, cpu;
};

struct vd_rt_place {
	struct vd_rt_place_lcore main, control;
	struct vd_rt_place_lcore worker[VD_DATAPLANE_LCORES_MAX];
	unsigned int n_workers;
	bool hugepages;
	uint32_t memory_mb;
	uint32_t socket_mb[VD_RT_SOCKETS_MAX]; /* share of each socket; sum = memory_mb */
	unsigned int n_sockets;
};

/* dp tells which devices to look up. 0 or -errno. */
int vd_rt_machine_read(struct vd_rt_machine *m, const struct vd_dataplane *dp);

/*
 * max_workers bounds the number of workers that are chosen, not the number that the file gives. 0; -EINVAL: the file
 * contradicts itself (two roles on one lcore) or names a CPU that is not there; -ENOMEM. why gets one sentence.
 */
int vd_rt_place(const struct vd_rt_machine *m, const struct vd_dataplane *dp,
		unsigned int max_workers, struct vd_rt_place *out, struct vd_strbuf *why);

#endif
