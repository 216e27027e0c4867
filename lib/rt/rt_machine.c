/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <numa.h>

#include "vd_compiler.h"
#include "vd_rt_place.h"

static long long
read_number(const char *path, long long fallback)
{
	FILE *f = fopen(path, "re");
	long long v = fallback;

	if (f != NULL) {
		if (fscanf(f, "%lld", &v) != 1)
			v = fallback;
		fclose(f);
	}
	return v;
}

static uint16_t
physical_core(int cpu, int socket)
{
	char path[128];
	long long first;

	/* The lowest thread of a core names it: unique in the machine, unlike core_id. */
	(void)socket;
	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
			cpu);
	first = read_number(path, cpu);
	return (uint16_t)first;
}

static int
read_cpus(struct vd_rt_machine *m)
{
	bool numa = numa_available() >= 0;
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return -errno;
	m->n_sockets = 1;
	for (int cpu = 0; cpu < CPU_SETSIZE && m->n_cpus < VD_RT_CPUS_MAX; cpu++) {
		int socket = 0;

		if (!CPU_ISSET(cpu, &set))
			continue;
		if (numa)
			socket = numa_node_of_cpu(cpu);
		if (socket < 0 || socket >= VD_RT_SOCKETS_MAX)
			socket = 0;
		m->n_sockets = VD_MAX(m->n_sockets, (unsigned int)socket + 1);
		m->cpu[m->n_cpus++] = (struct vd_rt_cpu){
				.cpu = (uint16_t)cpu,
				.core = physical_core(cpu, socket),
				.socket = (uint8_t)socket,
		};
	}
	return 0;
}

/* Sums free pages of all sizes below a folder like /sys/devices/system/node/node0/hugepages. */
static uint32_t
huge_free(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	uint64_t kb = 0;

	if (d == NULL)
		return 0;
	while ((e = readdir(d)) != NULL) {
		char path[512];
		unsigned long long size;

		if (sscanf(e->d_name, "hugepages-%llukB", &size) != 1)
			continue;
		snprintf(path, sizeof(path), "%s/%s/free_hugepages", folder, e->d_name);
		kb += size * (uint64_t)read_number(path, 0);
	}
	closedir(d);
	return (uint32_t)(kb >> 10);
}

static void
read_huge(struct vd_rt_machine *m)
{
	for (unsigned int s = 0; s < m->n_sockets; s++) {
		char path[128];

		snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/hugepages", s);
		m->huge_free_mb[s] = huge_free(path);
	}
	if (m->n_sockets == 1 && m->huge_free_mb[0] == 0)
		m->huge_free_mb[0] = huge_free("/sys/kernel/mm/hugepages");
}

static uint64_t
mem_available_mb(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	unsigned long long kb = 0;
	char line[128];

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "MemAvailable: %llu kB", &kb) == 1)
			break;
	fclose(f);
	return kb >> 10;
}

/* The room below this process's cgroup (v2) and each of its parents; UINT64_MAX where none is set. */
static uint64_t
cgroup_room_mb(void)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[512], dir[600], path[700];
	uint64_t room = UINT64_MAX;

	dir[0] = '\0';
	if (f == NULL)
		return room;
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "0::", 3) == 0) {
			line[strcspn(line, "\n")] = '\0';
			snprintf(dir, sizeof(dir), "%s", line + 3);
		}
	fclose(f);
	while (dir[0] != '\0') {
		long long max, now;
		char *slash;

		snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.max", dir);
		max = read_number(path, -1);
		snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.current", dir);
		now = read_number(path, 0);
		if (max >= 0)
			room = VD_MIN(room, (uint64_t)(max > now ? max - now : 0) >> 20);
		slash = strrchr(dir, '/');
		if (slash == NULL)
			break;
		*slash = '\0';
	}
	return room;
}

static void
read_port_sockets(struct vd_rt_machine *m, const struct vd_dataplane *dp)
{
	for (size_t i = 0; i < dp->ports.n; i++) {
		const char *device = dp->ports.v[i].device;
		char path[128], addr[64];
		size_t n = strcspn(device, ",");
		long long node;

		if (!vd_dataplane_device_is_pci(device) || n >= sizeof(addr))
			continue;
		memcpy(addr, device, n);
		addr[n] = '\0';
		snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s%s/numa_node",
				n <= 7 ? "0000:" : "", addr);
		node = read_number(path, -1);
		if (node >= 0 && node < VD_RT_SOCKETS_MAX)
			m->port_sockets |= 1u << node;
	}
}

int
vd_rt_machine_read(struct vd_rt_machine *m, const struct vd_dataplane *dp)
{
	uint64_t free_mb;
	int err;

	memset(m, 0, sizeof(*m));
	err = read_cpus(m);
	if (err != 0)
		return err;
	read_huge(m);
	free_mb = VD_MIN(mem_available_mb(), cgroup_room_mb());
	m->free_mb = (uint32_t)VD_MIN(free_mb, UINT32_MAX);
	read_port_sockets(m, dp);
	return 0;
}
