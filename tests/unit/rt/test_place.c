/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "vd_rt_place.h"
#include "vd_test.h"

static struct vd_rt_machine m;
static struct vd_rt_place out;
static struct vd_strbuf why;

/* n CPUs, threads per core as Linux numbers them: all first threads, then all second ones. */
static void
machine(unsigned int n, unsigned int threads, unsigned int sockets)
{
	memset(&m, 0, sizeof(m));
	m.n_cpus = n;
	m.n_sockets = sockets;
	m.free_mb = 16000;
	for (unsigned int i = 0; i < n; i++) {
		unsigned int core = i % (n / threads);

		m.cpu[i] = (struct vd_rt_cpu){
				.cpu = (uint16_t)i,
				.core = (uint16_t)core,
				.socket = (uint8_t)(core * sockets / (n / threads)),
		};
	}
}

static int
place(struct vd_dataplane *dp, unsigned int max_workers)
{
	int err;

	vd_strbuf_reset(&why);
	err = vd_rt_place(&m, dp, max_workers, &out, &why);
	vd_dataplane_free(dp);
	return err;
}

static struct vd_dataplane *
with_lcores(const char *main_lcore, const char *control, const char *worker)
{
	struct vd_dataplane *dp = vd_dataplane_new();

	if (main_lcore != NULL)
		vd_dataplane_lcore_parse(main_lcore, &dp->eal.main_lcore);
	if (control != NULL)
		vd_dataplane_lcore_parse(control, &dp->eal.control_lcore);
	if (worker != NULL)
		vd_dataplane_lcore_parse(worker, vd_vec_add(&dp->eal.worker_lcores));
	return dp;
}

static void
test_one_cpu_is_shared(void)
{
	machine(1, 1, 1);
	CU_ASSERT(place(vd_dataplane_new(), 0) == 0);
	CU_ASSERT(out.n_workers == 1);
	CU_ASSERT(out.main.cpu == 0 && out.control.cpu == 0 && out.worker[0].cpu == 0);
	CU_ASSERT(out.main.lcore == 0 && out.control.lcore == 1 && out.worker[0].lcore == 2);
}

static void
test_two_cpus_leave_one_to_the_worker(void)
{
	machine(2, 1, 1);
	CU_ASSERT(place(vd_dataplane_new(), 0) == 0);
	CU_ASSERT(out.n_workers == 1);
	CU_ASSERT(out.main.cpu == 0 && out.control.cpu == 0 && out.worker[0].cpu == 1);
}

static void
test_four_cpus(void)
{
	machine(4, 1, 1);
	CU_ASSERT(place(vd_dataplane_new(), 0) == 0);
	CU_ASSERT(out.main.cpu == 0 && out.control.cpu == 1 && out.n_workers == 2);
	CU_ASSERT(out.worker[0].cpu == 2 && out.worker[1].cpu == 3);
	CU_ASSERT(place(vd_dataplane_new(), 1) == 0 && out.n_workers == 1);
}

static void
test_threads_of_main_leave_whole_cores_to_workers(void)
{
	/* CPUs 0-3 are first threads, 4-7 second ones of the same cores. */
	machine(8, 2, 1);
	CU_ASSERT(place(vd_dataplane_new(), 3) == 0);
	CU_ASSERT(out.main.cpu == 0 && out.control.cpu == 4);
	CU_ASSERT(out.worker[0].cpu == 1 && out.worker[1].cpu == 2 && out.worker[2].cpu == 3);
}

static void
test_socket_of_the_port_comes_first(void)
{
	machine(8, 1, 2);
	m.port_sockets = 1u << 1;
	CU_ASSERT(place(vd_dataplane_new(), 2) == 0);
	CU_ASSERT(out.main.cpu == 4 && out.control.cpu == 5);
	CU_ASSERT(out.worker[0].cpu == 6 && out.worker[1].cpu == 7);
}

static void
test_given_lcores_stand(void)
{
	machine(4, 1, 1);
	CU_ASSERT(place(with_lcores("5@3", "1@3", "2@0"), 0) == 0);
	CU_ASSERT(out.main.lcore == 5 && out.main.cpu == 3 && out.control.cpu == 3);
	CU_ASSERT(out.n_workers == 1 && out.worker[0].cpu == 0);
	/* The rest is chosen around what is given. */
	CU_ASSERT(place(with_lcores("1@0", NULL, NULL), 0) == 0);
	CU_ASSERT(out.control.lcore == 0 && out.control.cpu == 1);
	CU_ASSERT(out.n_workers == 2 && out.worker[0].lcore == 2 && out.worker[0].cpu == 2);
	CU_ASSERT(place(with_lcores("0@0", "1@0", "2@9"), 0) == -EINVAL);
	CU_ASSERT_STRING_EQUAL(why.s,
			"eal.worker_lcores \"2@9\": CPU 9 is none that this process "
			"may use");
	CU_ASSERT(place(with_lcores("1@0", "1@1", "2@1"), 0) == -EINVAL);
	/* All CPUs given away: the rest shares. */
	machine(2, 1, 1);
	CU_ASSERT(place(with_lcores("0@0", NULL, "2@1"), 0) == 0);
	CU_ASSERT(out.control.cpu == 0);
}

static void
test_memory(void)
{
	struct vd_dataplane *dp;

	machine(2, 1, 1);
	CU_ASSERT(place(vd_dataplane_new(), 0) == 0);
	CU_ASSERT(!out.hugepages && out.memory_mb >= 128 && out.memory_mb < 512);
	m.huge_free_mb[0] = 1024;
	CU_ASSERT(place(vd_dataplane_new(), 0) == 0 && out.hugepages);
	CU_ASSERT(out.socket_mb[0] == out.memory_mb);
	dp = vd_dataplane_new();
	dp->eal.hugepages = VD_DATAPLANE_HUGEPAGES_NO;
	CU_ASSERT(place(dp, 0) == 0 && !out.hugepages);
	dp = vd_dataplane_new();
	dp->eal.hugepages = VD_DATAPLANE_HUGEPAGES_YES;
	dp->eal.memory_mb = 2048;
	CU_ASSERT(place(dp, 0) == -ENOMEM);
	dp = vd_dataplane_new();
	dp->eal.memory_mb = 2048; /* more than the huge pages there are, less than is free */
	CU_ASSERT(place(dp, 0) == 0 && !out.hugepages && out.memory_mb == 2048);
	dp = vd_dataplane_new();
	dp->eal.memory_mb = 99999;
	CU_ASSERT(place(dp, 0) == -ENOMEM);
	CU_ASSERT(strstr(why.s, "no memory") == why.s);
	m.free_mb = 100;
	m.huge_free_mb[0] = 0;
	CU_ASSERT(place(vd_dataplane_new(), 0) == -ENOMEM);
}

static void
test_memory_follows_the_sockets(void)
{
	struct vd_dataplane *dp = vd_dataplane_new();

	machine(8, 1, 2);
	m.huge_free_mb[0] = 300;
	m.huge_free_mb[1] = 1000;
	m.port_sockets = 3;
	dp->eal.memory_mb = 1000;
	CU_ASSERT(place(dp, 0) == 0 && out.hugepages);
	CU_ASSERT(out.socket_mb[0] == 300 && out.socket_mb[1] == 700);
}

static const struct vd_test tests[] = {
		VD_TEST(test_one_cpu_is_shared),
		VD_TEST(test_two_cpus_leave_one_to_the_worker),
		VD_TEST(test_four_cpus),
		VD_TEST(test_threads_of_main_leave_whole_cores_to_workers),
		VD_TEST(test_socket_of_the_port_comes_first),
		VD_TEST(test_given_lcores_stand),
		VD_TEST(test_memory),
		VD_TEST(test_memory_follows_the_sockets),
};

VD_TEST_MAIN("rt/place", tests)
