/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "vd_alloc.h"
#include "vd_rt_eal.h"
#include "vd_test.h"

static char *
joined(const struct vd_rt_eal_config *c, const struct vd_rt_place *p)
{
	struct vd_rt_args a = {0};
	struct vd_strbuf b = {0};

	vd_rt_eal_args(c, p, &a);
	CU_ASSERT(a.v[a.n] == NULL);
	for (size_t i = 0; i < a.n; i++)
		vd_strbuf_printf(&b, "%s%s", i == 0 ? "" : " ", a.v[i]);
	vd_rt_args_free(&a);
	return vd_strbuf_take(&b);
}

static void
check(const struct vd_rt_eal_config *c, const struct vd_rt_place *p, const char *expected)
{
	char *s = joined(c, p);

	CU_ASSERT_STRING_EQUAL(s, expected);
	free(s);
}

static void
test_words_of_the_file(void)
{
	struct vd_dataplane *dp = vd_dataplane_new();
	struct vd_rt_eal_config c = {.program = "vipd", .instance = "a", .dataplane = dp};
	struct vd_rt_place p = {
			.main = {0, 0},
			.control = {1, 0},
			.worker = {{2, 1}, {3, 2}},
			.n_workers = 2,
			.memory_mb = 256,
			.socket_mb = {256, 0},
			.n_sockets = 2,
	};

	check(&c, &p,
			"vipd --lcores=0@0,1@0,2@1,3@2 --main-lcore=0 --no-huge --no-shconf -m 256 "
			"--file-prefix=a --no-telemetry --no-pci");
	p.hugepages = true;
	vd_vec_add(&dp->ports)->device = vd_xstrdup("0000:3b:00.0,representor=0");
	vd_vec_push(&dp->eal.extra, vd_xstrdup("--iova-mode=va"));
	check(&c, &p,
			"vipd --lcores=0@0,1@0,2@1,3@2 --main-lcore=0 --in-memory "
			"--socket-mem=256,0 "
			"--file-prefix=a --no-telemetry --allow=0000:3b:00.0,representor=0 "
			"--iova-mode=va");
	vd_dataplane_free(dp);
}

static void
test_words_of_the_user_go_through(void)
{
	char *words[] = {(char[]){"-l"}, (char[]){"0-2"}, (char[]){"--in-memory"}};
	struct vd_dataplane *dp = vd_dataplane_new();
	struct vd_rt_eal_config c = {
			.program = "vipd",
			.instance = "a",
			.dataplane = dp,
			.words_given = true,
			.words = words,
			.n_words = 3,
	};
	struct vd_rt_place p = {0};

	check(&c, &p, "vipd -l 0-2 --in-memory");
	/* "vipd --" gives EAL nothing. */
	c.n_words = 0;
	check(&c, &p, "vipd");
	vd_dataplane_free(dp);
}

static const struct vd_test tests[] = {
		VD_TEST(test_words_of_the_file),
		VD_TEST(test_words_of_the_user_go_through),
};

VD_TEST_MAIN("rt/args", tests)
