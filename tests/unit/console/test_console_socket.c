/* SPDX-License-Identifier: BSD-3-Clause */
/* The control socket, asked by the real vipctl and by clients that break its rules. `serve PATH` serves by hand. */
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vd_cli_proto.h"
#include "vd_console.h"
#include "vd_io_clock.h"
#include "vd_io_unix.h"

#include "fake_ctl.h"
#include "vd_test.h"

static char dir[] = "/tmp/test_console_XXXXXX";
static char path[128], vipctl[512];
static struct vd_io_loop *loop;
static struct vd_console *console;
static struct vd_strbuf out, err;

static void
dump(void *ctx, bool json, struct vd_strbuf *text)
{
	(void)ctx;
	vd_strbuf_puts(text, json ? "{}\n" : "virtual_server {\n}\n");
}

static void
open_console(void)
{
	struct vd_console_config config = {
			.loop = loop, .ctl = &fake, .socket_path = path, .dump_config = dump};
	struct vd_strbuf why = {0};

	console = vd_console_start(&config, &why);
	if (console == NULL) {
		fprintf(stderr, "%s\n", why.s);
		exit(1);
	}
	vd_strbuf_free(&why);
}

/* Reads what there is; false at the end. */
static bool
drain(int fd, struct vd_strbuf *into)
{
	char buf[4096];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0)
		vd_strbuf_add(into, buf, (size_t)n);
	return n > 0 || (n < 0 && errno == EAGAIN);
}

/* Runs vipctl with these words and this input while the loop turns. Its exit code; out and err are what it printed. */
static int
ctl(const char *input, const char *const *words, size_t n)
{
	int in[2], o[2], e[2], status = 0;
	vd_time until = vd_io_now() + 20 * VD_SEC;
	bool more_out = true, more_err = true;
	const char *argv[16] = {"vipctl", "-n", path};
	pid_t pid;

	memcpy(argv + 3, words, n * sizeof(*words));
	vd_strbuf_reset(&out);
	vd_strbuf_reset(&err);
	vd_strbuf_puts(&out, "");
	vd_strbuf_puts(&err, "");
	if (pipe(in) != 0 || pipe2(o, O_NONBLOCK) != 0 || pipe2(e, O_NONBLOCK) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(in[0], 0);
		dup2(o[1], 1);
		dup2(e[1], 2);
		for (int fd = 3; fd < 64; fd++)
			close(fd);
		execv(vipctl, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(in[0]);
	close(o[1]);
	close(e[1]);
	if (input != NULL && write(in[1], input, strlen(input)) < 0)
		perror("write");
	close(in[1]);
	while ((more_out || more_err) && vd_io_now() < until) {
		vd_io_loop_turn(loop, 5 * VD_MSEC);
		more_out = more_out && drain(o[0], &out);
		more_err = more_err && drain(e[0], &err);
	}
	if (more_out || more_err)
		kill(pid, SIGKILL);
	close(o[0]);
	close(e[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define CTL(input, ...) \
	ctl(input, (const char *const[]){__VA_ARGS__}, \
			sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void
test_one_shot(void)
{
	CU_ASSERT_EQUAL(CTL(NULL, "show", "version"), 0);
	CU_ASSERT_STRING_EQUAL(out.s, "vipd 0.1.0\nDPDK 22.11.11\n");
	CU_ASSERT_STRING_EQUAL(err.s, "");
	CU_ASSERT_EQUAL(CTL(NULL, "show version"), 0);
	CU_ASSERT_EQUAL(CTL(NULL, "-j", "show", "connection", "count"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out.s, "\"capacity\": 2000000"));
	CU_ASSERT_EQUAL(CTL(NULL, "show", "connection", "count", "-j"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out.s, "\"capacity\": 2000000"));
	CU_ASSERT_EQUAL(CTL(NULL, "show", "port", "eth7"), 1);
	CU_ASSERT_STRING_EQUAL(out.s, "");
	CU_ASSERT_STRING_EQUAL(err.s, "no port eth7\n");
	CU_ASSERT_EQUAL(CTL(NULL, "show", "port", "eth0", "eth1"), 2);
	CU_ASSERT_STRING_EQUAL(err.s, "`eth1`: expected the end of the line or `json`\n");
	CU_ASSERT_EQUAL(CTL(NULL, "--nonsense"), 2);
	CU_ASSERT_EQUAL(CTL(NULL, "quit"), 0);
	CU_ASSERT_TRUE(fake.quit);
	fake.quit = false;
}

static void
test_pipe(void)
{
	CU_ASSERT_EQUAL(CTL("show version\n# a comment\n\nshow port eth7\nstop\n", "-j"), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(out.s, "\"dpdk_version\""));
	CU_ASSERT_STRING_EQUAL(err.s, "line 4: no port eth7\n");
	CU_ASSERT_TRUE(fake.stopped);
	CU_ASSERT_EQUAL(CTL("nonsense\nstart\n", "-e"), 2);
	CU_ASSERT_TRUE(fake.stopped);
	CU_ASSERT_EQUAL(CTL("start", "-e"), 0);
	CU_ASSERT_FALSE(fake.stopped);
	/* Leaves the console, not the director. */
	CU_ASSERT_EQUAL(CTL("quit\nstop\n", "-e"), 0);
	CU_ASSERT_FALSE(fake.quit);
	CU_ASSERT_FALSE(fake.stopped);
}

static void
test_nobody_answers(void)
{
	const char *words[] = {"-n", "/tmp/no/such.sock", "show", "status"};

	CU_ASSERT_EQUAL(ctl(NULL, words, VD_ARRAY_LEN(words)), 3);
	CU_ASSERT_STRING_EQUAL(
			err.s, "no vipd named /tmp/no/such.sock answers on /tmp/no/such.sock\n");
}

/* Sends bytes in pieces and reads until the peer closes or a frame is in. */
static enum vd_cli_status
raw(const void *bytes, size_t n, size_t step, int replies)
{
	struct vd_cli_decoder d;
	struct vd_cli_reply r = {.status = (enum vd_cli_status)9};
	vd_time until = vd_io_now() + 10 * VD_SEC;
	int fd = vd_io_unix_connect(path);
	size_t at = 0;
	char c;

	vd_cli_decoder_init(&d, VD_CLI_FRAME_REPLY);
	while (replies > 0 && vd_io_now() < until) {
		size_t part = VD_MIN(step, n - at);

		if (part > 0 && send(fd, (const char *)bytes + at, part, MSG_NOSIGNAL) > 0)
			at += part;
		vd_io_loop_turn(loop, VD_MSEC);
		while (replies > 0 && recv(fd, &c, 1, MSG_DONTWAIT) == 1) {
			if (vd_cli_decoder_feed(&d, &c, 1) != 1)
				replies = 0;
			if (!vd_cli_decoder_ready(&d))
				continue;
			CU_ASSERT_EQUAL(vd_cli_decoder_reply(&d, &r), 0);
			replies--;
			vd_cli_decoder_next(&d);
		}
	}
	CU_ASSERT_EQUAL(replies, 0);
	vd_cli_decoder_free(&d);
	close(fd);
	for (int i = 0; i < 3; i++)
		vd_io_loop_turn(loop, 0);
	return r.status;
}

static void
test_frames(void)
{
	struct vd_strbuf q = {0};

	vd_cli_request_encode(&q, 0, "show version");
	vd_cli_request_encode(&q, 0, "show connection");
	vd_cli_request_encode(&q, VD_CLI_REQUEST_JSON, "show nothing");
	CU_ASSERT_EQUAL(raw(q.s, q.len, 1, 3), VD_CLI_STATUS_WRONG);
	CU_ASSERT_EQUAL(raw(q.s, q.len, q.len, 3), VD_CLI_STATUS_WRONG);
	CU_ASSERT_EQUAL(raw("GET / HTTP/1.0\r\n\r\n", 18, 18, 1), VD_CLI_STATUS_FAILED);
	CU_ASSERT_EQUAL(raw("VD\x07\x01\0\0\0\x01x", 9, 9, 1), VD_CLI_STATUS_FAILED);
	vd_strbuf_free(&q);
}

/* A client that leaves while its listing is made; another is served meanwhile. */
static void
test_client_leaves(void)
{
	struct vd_strbuf q = {0};
	int fd = vd_io_unix_connect(path);

	fake.hold = true;
	vd_cli_request_encode(&q, 0, "show connection");
	CU_ASSERT_EQUAL(send(fd, q.s, q.len, 0), (ssize_t)q.len);
	for (int i = 0; i < 5; i++)
		vd_io_loop_turn(loop, VD_MSEC);
	CU_ASSERT_PTR_NOT_NULL(fake.conns_done);
	CU_ASSERT_EQUAL(CTL(NULL, "show", "version"), 0);
	close(fd);
	for (int i = 0; i < 5; i++)
		vd_io_loop_turn(loop, VD_MSEC);
	fake_release();
	fake.hold = false;
	CU_ASSERT_EQUAL(CTL(NULL, "show", "connection"), 0);
	vd_strbuf_free(&q);
}

static void
test_console_stops_with_a_job(void)
{
	struct vd_strbuf q = {0};
	int fd = vd_io_unix_connect(path);

	fake.hold = true;
	vd_cli_request_encode(&q, 0, "show connection");
	CU_ASSERT_EQUAL(send(fd, q.s, q.len, 0), (ssize_t)q.len);
	for (int i = 0; i < 5; i++)
		vd_io_loop_turn(loop, VD_MSEC);
	vd_console_stop(console);
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
	fake_release();
	fake.hold = false;
	close(fd);
	vd_strbuf_free(&q);
	open_console();
}

/* vipctl at a terminal: type, wait for what must appear. */
static bool
type(int pty, const char *keys, const char *wait_for)
{
	vd_time until = vd_io_now() + 10 * VD_SEC;
	struct pollfd p = {.fd = pty, .events = POLLIN};
	const char *at;

	vd_strbuf_reset(&out);
	vd_strbuf_puts(&out, "");
	if (keys[0] != '\0' && write(pty, keys, strlen(keys)) < 0)
		return false;
	while (vd_io_now() < until) {
		vd_io_loop_turn(loop, VD_MSEC);
		if (poll(&p, 1, 1) > 0 && !drain(pty, &out))
			break;
		/* Before the next prompt the terminal is not the editor's: keys would get lost. */
		at = strstr(out.s, wait_for);
		if (at != NULL && (strchr(keys, '\n') == NULL || strstr(at, "vipd> ") != NULL))
			return true;
	}
	printf("\nno `%s` in\n%s\n", wait_for, out.s);
	return false;
}

static void
test_terminal(void)
{
	struct winsize size = {.ws_row = 50, .ws_col = 120};
	int pty, status = -1;
	pid_t pid = forkpty(&pty, NULL, NULL, &size);

	if (pid == 0) {
		setenv("TERM", "xterm", 1);
		setenv("HOME", dir, 1);
		execl(vipctl, "vipctl", "-n", path, (char *)NULL);
		_exit(127);
	}
	CU_ASSERT_TRUE(type(pty, "", "vipd> "));
	CU_ASSERT_TRUE(type(pty, "sh\tver\t\n", "DPDK 22.11.11"));
	CU_ASSERT_PTR_NULL(strstr(out.s, "vipd> vipd>"));
	CU_ASSERT_TRUE(type(pty, "show port ?", "the name of a port"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.s, "eth1"));
	CU_ASSERT_TRUE(type(pty, "eth0\n", "link up at 10000 Mbit/s"));
	CU_ASSERT_TRUE(type(pty, "show nothing\n", "`nothing`: expected"));
	/* The line before the last, from the history. */
	CU_ASSERT_TRUE(type(pty, "\x10\x10\n", "link up at 10000 Mbit/s"));
	CU_ASSERT_TRUE(type(pty, "\x04", ""));
	for (vd_time until = vd_io_now() + 10 * VD_SEC;
			vd_io_now() < until && waitpid(pid, &status, WNOHANG) == 0;)
		vd_io_loop_turn(loop, VD_MSEC);
	CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CU_ASSERT_FALSE(fake.quit);
	close(pty);
}

static void
find_vipctl(void)
{
	char self[256] = "";

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		exit(1);
	snprintf(vipctl, sizeof(vipctl), "%s/../../app/vipctl/vipctl", dirname(self));
}

static int
serve(const char *at)
{
	snprintf(path, sizeof(path), "%s", at);
	open_console();
	vd_io_loop_run(loop);
	vd_console_stop(console);
	vd_io_loop_destroy(loop);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct vd_test tests[] = {
			VD_TEST(test_one_shot),
			VD_TEST(test_pipe),
			VD_TEST(test_nobody_answers),
			VD_TEST(test_frames),
			VD_TEST(test_client_leaves),
			VD_TEST(test_console_stops_with_a_job),
			VD_TEST(test_terminal),
	};
	char history[64];
	int rc;

	loop = vd_io_loop_create();
	fake.loop = loop;
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2]);
	find_vipctl();
	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/v.sock", dir);
	open_console();
	rc = vd_test_main("console_socket", tests, VD_ARRAY_LEN(tests));
	vd_console_stop(console);
	vd_io_loop_destroy(loop);
	vd_strbuf_free(&out);
	vd_strbuf_free(&err);
	snprintf(history, sizeof(history), "%s/.vipctl_history", dir);
	unlink(history);
	rmdir(dir);
	return rc;
}
