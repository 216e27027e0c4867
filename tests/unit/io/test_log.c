/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vd_io_log.h"
#include "vd_test.h"

static char dir[] = "/tmp/vd-log-XXXXXX";

static const char *
path(const char *name)
{
	static char text[4][128];
	static unsigned int turn;
	char *p = text[turn++ % 4];

	snprintf(p, sizeof(text[0]), "%s/%s", dir, name);
	return p;
}

/* What the file holds, each line without its time. */
static const char *
lines(const char *name)
{
	static char out[1 << 20];
	char line[4096];
	FILE *f = fopen(path(name), "r");
	size_t len = 0;

	out[0] = '\0';
	if (f == NULL)
		return out;
	while (fgets(line, sizeof(line), f) != NULL) {
		const char *text = strchr(line, ' ');

		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s",
				text == NULL || line[0] != '2' ? line : text + 1);
	}
	fclose(f);
	return out;
}

static void
start(const char *name)
{
	CU_ASSERT_FATAL(vd_io_log_open(VD_IO_LOG_FILE, path(name), "x") == 0);
	vd_log_set_level(VD_LOG_INFO);
}

static void
test_appends(void)
{
	struct stat st;

	start("a");
	vd_log(VD_LOG_INFO, "one");
	vd_log(VD_LOG_WARNING, "two\nand\tthree\033[1m");
	vd_log(VD_LOG_DEBUG, "not asked for");
	vd_io_log_close();
	start("a");
	vd_log(VD_LOG_ERROR, "four");
	vd_io_log_close();
	vd_log(VD_LOG_ERROR, "to nobody");
	CU_ASSERT_STRING_EQUAL(lines("a"), "info: one\nwarning: two and\tthree [1m\nerror: four\n");
	CU_ASSERT(stat(path("a"), &st) == 0 && (st.st_mode & 07) == 0);
}

static void
test_cannot_be_opened(void)
{
	start("kept");
	CU_ASSERT(vd_io_log_open(VD_IO_LOG_FILE, path("none/x"), "x") == -ENOENT);
	CU_ASSERT(vd_io_log_open(VD_IO_LOG_FILE, dir, "x") == -EISDIR);
	/* What was open stays so. */
	vd_log(VD_LOG_INFO, "here");
	CU_ASSERT_STRING_EQUAL(lines("kept"), "info: here\n");
	vd_io_log_close();
}

/* logrotate: renamed, then a reload. */
static void
test_rotated(void)
{
	start("r");
	vd_log(VD_LOG_INFO, "old");
	CU_ASSERT(rename(path("r"), path("r.1")) == 0);
	vd_log(VD_LOG_INFO, "still old");
	CU_ASSERT(vd_io_log_reopen() == 0);
	vd_log(VD_LOG_INFO, "new");
	CU_ASSERT_STRING_EQUAL(lines("r.1"), "info: old\ninfo: still old\n");
	CU_ASSERT_STRING_EQUAL(lines("r"), "info: new\n");
	/* copytruncate: what comes stands at the begin, with no hole before it. */
	CU_ASSERT(truncate(path("r"), 0) == 0);
	vd_log(VD_LOG_INFO, "newer");
	CU_ASSERT_STRING_EQUAL(lines("r"), "info: newer\n");
	vd_io_log_close();
	CU_ASSERT(vd_io_log_reopen() == 0);
}

static void
test_reopen_fails(void)
{
	CU_ASSERT(mkdir(path("sub"), 0755) == 0);
	start("sub/l");
	CU_ASSERT(rename(path("sub"), path("gone")) == 0);
	CU_ASSERT(vd_io_log_reopen() == -ENOENT);
	vd_log(VD_LOG_INFO, "goes on");
	CU_ASSERT_STRING_EQUAL(lines("gone/l"), "info: goes on\n");
	vd_io_log_close();
}

static void
link_to(const char *target)
{
	unlink(path("link"));
	CU_ASSERT(symlink(target, path("link")) == 0);
}

static void
test_full_disk(void)
{
	uint64_t before = vd_io_log_lost();

	link_to("/dev/full");
	start("link");
	for (int i = 0; i < 1000; i++)
		vd_log(VD_LOG_INFO, "line %d", i);
	CU_ASSERT(vd_io_log_lost() == before + 1000);
	link_to(path("room"));
	CU_ASSERT(vd_io_log_reopen() == 0);
	vd_log(VD_LOG_INFO, "after");
	vd_log(VD_LOG_INFO, "and after");
	CU_ASSERT_STRING_EQUAL(lines("room"),
			"warning: log: 1000 lines were lost: No space left on device\n"
			"info: after\ninfo: and after\n");
	CU_ASSERT(vd_io_log_lost() == before + 1000);
	vd_io_log_close();
}

static void
limit(rlim_t bytes)
{
	struct rlimit l;

	getrlimit(RLIMIT_FSIZE, &l);
	l.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &l);
}

/* The last line that has room is cut; what comes when there is room again begins a line of its own. */
static void
test_torn_line(void)
{
	signal(SIGXFSZ, SIG_IGN);
	start("t");
	vd_log(VD_LOG_INFO, "first");
	limit(100);
	for (int i = 0; i < 5; i++)
		vd_log(VD_LOG_INFO, "0123456789 0123456789 0123456789 0123456789");
	limit(RLIM_INFINITY);
	vd_log(VD_LOG_INFO, "last");
	{
		const char *all = lines("t"), *torn = strchr(all, '\n') + 1,
			   *rest = strchr(torn, '\n') + 1;

		CU_ASSERT(strncmp(all, "info: first\n", 12) == 0);
		CU_ASSERT(strncmp(torn, "info: 0123456789", 16) == 0 && rest - torn < 45);
		CU_ASSERT_STRING_EQUAL(rest,
				"warning: log: 5 lines were lost: File too large\ninfo: last\n");
	}
	vd_io_log_close();
}

/* Nobody reads a FIFO: it fills, and nothing waits. */
static void
test_fifo(void)
{
	static char bytes[1 << 20];
	uint64_t before = vd_io_log_lost();
	ssize_t n;
	int fd;

	CU_ASSERT(mkfifo(path("f"), 0600) == 0);
	CU_ASSERT(vd_io_log_open(VD_IO_LOG_FILE, path("f"), "x") == -ENXIO);
	fd = open(path("f"), O_RDONLY | O_NONBLOCK);
	start("f");
	for (int i = 0; i < 5000; i++)
		vd_log(VD_LOG_INFO, "line %d", i);
	CU_ASSERT(vd_io_log_lost() > before);
	while ((n = read(fd, bytes, sizeof(bytes) - 1)) > 0)
		;
	vd_log(VD_LOG_INFO, "after");
	n = read(fd, bytes, sizeof(bytes) - 1);
	bytes[n < 0 ? 0 : n] = '\0';
	CU_ASSERT(strstr(bytes, " lines were lost: Resource temporarily unavailable\n") != NULL);
	CU_ASSERT(strstr(bytes, "info: after\n") != NULL);
	/* A reader that goes away is no end either. */
	signal(SIGPIPE, SIG_IGN);
	close(fd);
	vd_log(VD_LOG_INFO, "to nobody");
	vd_io_log_close();
}

static void *
writer(void *ctx)
{
	for (int i = 0; i < 2000; i++)
		vd_log(VD_LOG_INFO, "%s %d", (const char *)ctx, i);
	return NULL;
}

/* Whole lines, none twice, none missing, while the file is rotated away. */
static void
test_threads(void)
{
	static char names[4][2] = {"a", "b", "c", "d"};
	int next[4] = {0}, total = 0;
	pthread_t threads[4];
	char name[16], line[256], who[8];

	start("m");
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, writer, names[i]);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "m.%d", i);
		CU_ASSERT(rename(path("m"), path(name)) == 0);
		CU_ASSERT(vd_io_log_reopen() == 0);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT(rename(path("m"), path("m.20")) == 0);
	vd_io_log_close();
	for (int i = 0; i <= 20; i++) {
		FILE *f;

		snprintf(name, sizeof(name), "m.%d", i);
		f = fopen(path(name), "r");
		while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
			int k;

			CU_ASSERT_FATAL(sscanf(line, "%*s info: %1[abcd] %d", who, &k) == 2);
			CU_ASSERT(k == next[who[0] - 'a']++);
			total++;
		}
		if (f != NULL)
			fclose(f);
	}
	CU_ASSERT(total == 4 * 2000);
}

static void
tap(void *ctx, enum vd_log_level level, const char *text)
{
	(void)level;
	*(const char **)ctx = text[0] == 'x' ? "seen" : "other";
}

/* show log has what the file has not. */
static void
test_tap(void)
{
	const char *seen = NULL;

	link_to("/dev/full");
	start("link");
	vd_io_log_tap(tap, &seen);
	vd_log(VD_LOG_INFO, "x");
	CU_ASSERT(seen != NULL && strcmp(seen, "seen") == 0);
	vd_io_log_tap(NULL, NULL);
	vd_io_log_close();
}

static const struct vd_test tests[] = {
		VD_TEST(test_appends),
		VD_TEST(test_cannot_be_opened),
		VD_TEST(test_rotated),
		VD_TEST(test_reopen_fails),
		VD_TEST(test_full_disk),
		VD_TEST(test_torn_line),
		VD_TEST(test_fifo),
		VD_TEST(test_threads),
		VD_TEST(test_tap),
};

int
main(void)
{
	char rm[64];
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	failed = vd_test_main("io/log", tests, sizeof(tests) / sizeof(tests[0]));
	snprintf(rm, sizeof(rm), "rm -rf %s", dir);
	return system(rm) != 0 || failed;
}
