/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vd_io_file.h"
#include "vd_test.h"

static char dir[] = "/tmp/vd-file-XXXXXX";

static const char *
at(const char *name)
{
	static char buf[4][128];
	static unsigned int i;

	i = (i + 1) % 4;
	snprintf(buf[i], sizeof(buf[i]), "%s/%s", dir, name);
	return buf[i];
}

static void
test_write_and_read(void)
{
	struct vd_strbuf b = {0};
	struct stat st;

	CU_ASSERT(vd_io_file_write(at("a"), "hello", 5, 0640) == 0);
	CU_ASSERT(vd_io_file_write(at("a"), "hi", 2, 0640) == 0);
	CU_ASSERT(vd_io_file_read(at("a"), 2, &b) == 0);
	CU_ASSERT_STRING_EQUAL(b.s, "hi");
	vd_strbuf_reset(&b);
	CU_ASSERT(vd_io_file_read(at("a"), 1, &b) == -EFBIG);
	CU_ASSERT(vd_io_file_read(at("none"), 1, &b) == -ENOENT);
	CU_ASSERT(vd_io_file_read(dir, 1, &b) == -EISDIR);
	CU_ASSERT(stat(at("a"), &st) == 0 && (st.st_mode & 0777) == 0640);
	CU_ASSERT(vd_io_file_write(at("none/a"), "x", 1, 0600) == -ENOENT);
	vd_strbuf_free(&b);
}

static void
test_glob(void)
{
	struct vd_io_names n = {0};

	vd_io_file_write(at("x1.conf"), "", 0, 0600);
	vd_io_file_write(at("x2.conf"), "", 0, 0600);
	vd_io_file_write(at("y.conf"), "", 0, 0600);
	CU_ASSERT(vd_io_mkdirs(at("x3.conf/sub"), 0700) == 0);
	CU_ASSERT(vd_io_mkdirs(at("x3.conf/sub"), 0700) == 0);
	CU_ASSERT(vd_io_glob(at("x*.conf"), &n) == 0);
	CU_ASSERT(n.n == 2 && strcmp(n.v[0], at("x1.conf")) == 0);
	vd_io_names_free(&n);
	CU_ASSERT(vd_io_glob(at("{y,x2}.conf"), &n) == 0 && n.n == 2);
	vd_io_names_free(&n);
	CU_ASSERT(vd_io_glob(at("z*"), &n) == 0 && n.n == 0);
	CU_ASSERT(vd_io_glob(at("y.conf"), &n) == 0 && n.n == 1);
	vd_io_names_free(&n);
}

static bool
is_used(const uint64_t *used, unsigned int p)
{
	return used[p >> 6] >> (p & 63) & 1;
}

static void
test_ports_in_use(void)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6};
	socklen_t len = sizeof(a);
	uint64_t used[1024] = {0};
	int t = socket(AF_INET6, SOCK_STREAM, 0), u = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in b = {.sin_family = AF_INET};
	unsigned int n = 0;

	if (t < 0)
		return; /* no IPv6 here */
	CU_ASSERT(bind(u, (const struct sockaddr *)&b, sizeof(b)) == 0);
	CU_ASSERT(listen(t, 1) == 0 && getsockname(t, (struct sockaddr *)&a, &len) == 0);
	CU_ASSERT(vd_io_ports_in_use(used) == 0);
	CU_ASSERT(is_used(used, ntohs(a.sin6_port)));
	for (unsigned int p = 0; p < 65536; p++)
		n += is_used(used, p);
	CU_ASSERT(n > 100 && n < 65000);
	close(t);
	close(u);
}

static const struct vd_test tests[] = {
		VD_TEST(test_write_and_read),
		VD_TEST(test_glob),
		VD_TEST(test_ports_in_use),
};

int
main(void)
{
	char cmd[64];
	int r;

	if (mkdtemp(dir) == NULL)
		return 1;
	r = vd_test_main("io/file", tests, sizeof(tests) / sizeof(tests[0]));
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	return system(cmd) == 0 ? r : 1;
}
