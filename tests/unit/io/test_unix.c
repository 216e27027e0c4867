/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vd_io_clock.h"
#include "vd_io_unix.h"
#include "vd_test.h"

static char dir[] = "/tmp/vd-unix-XXXXXX";
static char path[64];
static struct vd_io_loop *loop;

struct seen {
	int opened, closed;
	char reason[32];
	char line[64];
};

static size_t
echo(struct vd_io_conn *c, void *ctx, const char *bytes, size_t n)
{
	struct seen *s = ctx;
	const char *nl = memchr(bytes, '\n', n);

	if (nl == NULL)
		return 0;
	snprintf(s->line, sizeof(s->line), "%.*s", (int)(nl - bytes), bytes);
	if (strcmp(s->line, "flood") == 0) {
		static char block[4096];

		while (vd_io_conn_write(c, block, sizeof(block)) == 0)
			;
	} else if (strcmp(s->line, "bye") == 0) {
		vd_io_conn_write(c, "bye\n", 4);
		vd_io_conn_finish(c);
	} else {
		vd_io_conn_write(c, bytes, (size_t)(nl - bytes) + 1);
	}
	return (size_t)(nl - bytes) + 1;
}

static void
opened(struct vd_io_conn *c, void *ctx)
{
	(void)c;
	((struct seen *)ctx)->opened++;
}

static void
closed(struct vd_io_conn *c, void *ctx, const char *reason)
{
	struct seen *s = ctx;

	(void)c;
	s->closed++;
	snprintf(s->reason, sizeof(s->reason), "%s", reason);
}

static const struct vd_io_conn_ops ops = {
		.on_open = opened,
		.on_data = echo,
		.on_close = closed,
		.max_in = 1000,
		.max_out = 100000,
};

static void
turn_until(const int *what, int value)
{
	vd_time end = vd_io_now() + 2 * VD_SEC;

	while (*what != value && vd_io_now() < end)
		vd_io_loop_turn(loop, 10 * VD_MSEC);
	CU_ASSERT(*what == value);
}

static size_t
ask(int fd, const char *text, char *buf, size_t size)
{
	vd_time end = vd_io_now() + 2 * VD_SEC;
	ssize_t n = -1;

	CU_ASSERT(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	while (n < 0 && vd_io_now() < end) {
		vd_io_loop_turn(loop, 10 * VD_MSEC);
		n = recv(fd, buf, size - 1, MSG_DONTWAIT);
	}
	buf[n < 0 ? 0 : n] = '\0';
	return n < 0 ? 0 : (size_t)n;
}

static void
test_lines_go_and_come(void)
{
	struct seen seen = {0};
	struct vd_io_server *s;
	struct stat st;
	char buf[64];
	int fd, l;

	l = vd_io_unix_listen(path, 0600, (gid_t)-1);
	CU_ASSERT_FATAL(l >= 0);
	CU_ASSERT(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	/* Someone answers: no second server. */
	CU_ASSERT(vd_io_unix_listen(path, 0600, (gid_t)-1) == -EADDRINUSE);
	s = vd_io_server_open(loop, l, 2, &ops, &seen);
	fd = vd_io_unix_connect(path);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT(write(fd, "hel", 3) == 3);
	turn_until(&seen.opened, 2); /* the probe of the second listen came and went, too */
	ask(fd, "lo\n", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "hello\n");
	ask(fd, "bye\n", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "bye\n");
	turn_until(&seen.closed, 2);
	CU_ASSERT(recv(fd, buf, sizeof(buf), 0) == 0);
	close(fd);
	CU_ASSERT(vd_io_server_clients(s) == 0);
	vd_io_server_close(s, path);
	CU_ASSERT(vd_io_unix_connect(path) == -ENOENT);
}

static void
test_slow_reader_and_long_line(void)
{
	struct seen seen = {0};
	struct vd_io_server *s;
	char big[2000];
	int fd;

	s = vd_io_server_open(loop, vd_io_unix_listen(path, 0600, (gid_t)-1), 1, &ops, &seen);
	fd = vd_io_unix_connect(path);
	CU_ASSERT(write(fd, "flood\n", 6) == 6);
	turn_until(&seen.closed, 1);
	CU_ASSERT_STRING_EQUAL(seen.reason, "slow reader");
	close(fd);
	fd = vd_io_unix_connect(path);
	memset(big, 'x', sizeof(big));
	CU_ASSERT(write(fd, big, sizeof(big)) == (ssize_t)sizeof(big));
	turn_until(&seen.closed, 2);
	CU_ASSERT_STRING_EQUAL(seen.reason, "line too long");
	close(fd);
	/* A server that ends closes its clients. */
	fd = vd_io_unix_connect(path);
	turn_until(&seen.opened, 3);
	vd_io_server_close(s, path);
	CU_ASSERT(seen.closed == 3);
	close(fd);
}

static void
test_stale_socket_and_lock(void)
{
	char name[256];
	int l, lock;

	l = vd_io_unix_listen(path, 0660, (gid_t)-1);
	close(l); /* as kill -9 leaves it */
	CU_ASSERT(access(path, F_OK) == 0);
	l = vd_io_unix_listen(path, 0660, (gid_t)-1);
	CU_ASSERT(l >= 0);
	close(l);
	unlink(path);

	lock = vd_io_unix_lock(path);
	CU_ASSERT(lock >= 0);
	CU_ASSERT(vd_io_unix_lock(path) == -EADDRINUSE);
	close(lock);
	lock = vd_io_unix_lock(path);
	CU_ASSERT(lock >= 0);
	snprintf(name, sizeof(name), "%s.lock", path);
	CU_ASSERT_EQUAL(access(name, F_OK), 0);
	vd_io_unix_unlock(path, lock);
	CU_ASSERT_EQUAL(access(name, F_OK), -1);
	lock = vd_io_unix_lock(path);
	CU_ASSERT(lock >= 0);
	vd_io_unix_unlock(path, lock);
}

static void
test_other_file_is_kept(void)
{
	FILE *f = fopen(path, "w");

	fputs("mine", f);
	fclose(f);
	CU_ASSERT(vd_io_unix_listen(path, 0600, (gid_t)-1) == -EADDRINUSE);
	CU_ASSERT(access(path, F_OK) == 0);
	unlink(path);
}

static const struct vd_test tests[] = {
		VD_TEST(test_lines_go_and_come),
		VD_TEST(test_slow_reader_and_long_line),
		VD_TEST(test_stale_socket_and_lock),
		VD_TEST(test_other_file_is_kept),
};

int
main(void)
{
	int r;

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/x.sock", dir);
	loop = vd_io_loop_create();
	r = vd_test_main("io/unix", tests, sizeof(tests) / sizeof(tests[0]));
	vd_io_loop_destroy(loop);
	unlink(path);
	snprintf(path, sizeof(path), "%s/x.sock.lock", dir);
	unlink(path);
	rmdir(dir);
	return r;
}
