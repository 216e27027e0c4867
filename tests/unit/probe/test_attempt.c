/* SPDX-License-Identifier: BSD-3-Clause */
/* When attempts run, what is told of them, and what happens to those that run when something changes. */
#include <sys/resource.h>

#include "probe_server.h"

#define TCP "TCP_CHECK {\nconnect_timeout 20\n}\n"

static void
hold(struct server *s, int fd)
{
	server_listen(s, fd);
}

/* An SMTP server that never greets: the attempt runs until its deadline. */
#define SILENT(timeout) "SMTP_CHECK {\nconnect_timeout " timeout "\n}\n"

static void
test_retry_then_down_then_up(void)
{
	struct server s;
	uint16_t port;

	rig_start();
	server_none();
	port = rig_port;
	rig_check("delay_loop 0.05\nwarmup 0\nretry 2\ndelay_before_retry 0.01\n", TCP);
	CU_ASSERT_STRING_EQUAL(
			RIG_WAIT(rig_view(0).type != NULL) ? rig_view(0).state : "", "unchecked");
	CU_ASSERT(RIG_WAIT(rig_count() == 1));
	/* Nothing was told before the third failure: it was not certain. */
	CU_ASSERT(rig_last().kind == VD_PROBE_CHECK && !rig_last().up && rig_last().value == -1);
	CU_ASSERT(rig_view(0).failures >= 3 && rig_view(0).changes == 1);
	CU_ASSERT(RIG_WAIT(rig_view(0).runs >= 5));
	CU_ASSERT(rig_count() == 1);
	server_start_at(&s, port, hold);
	CU_ASSERT(RIG_WAIT(rig_count() == 2) && rig_last().up);
	CU_ASSERT(rig_view(0).changes == 2);
	CU_ASSERT_STRING_EQUAL(rig_view(0).last_error, "");
	rig_stop();
	server_stop(&s);
}

static void
test_first_result_is_told(void)
{
	struct server s;

	rig_start();
	server_start(&s, hold, NULL);
	rig_check("delay_loop 0.02\nwarmup 0\n", TCP);
	CU_ASSERT(RIG_WAIT(rig_view(0).runs >= 5));
	CU_ASSERT(rig_count() == 1 && rig_last().up && rig_last().slot == 0 &&
			rig_last().serial == 1);
	CU_ASSERT(rig_view(0).changes == 0);
	CU_ASSERT_STRING_EQUAL(rig_view(0).state, "up");
	rig_stop();
	server_stop(&s);
}

/* No attempt before a second has gone by, and the next is planned. */
static void
test_bootstrap(void)
{
	struct vd_probe_view v;
	vd_time begin = vd_io_now();

	rig_start();
	server_none();
	rig_check("delay_loop 3600\nwarmup 0\nretry 0\n", TCP);
	CU_ASSERT(RIG_WAIT(rig_view(0).runs == 1));
	v = rig_view(0);
	CU_ASSERT(v.last_run >= begin + VD_SEC);
	CU_ASSERT(v.next_run > v.last_run + 3598 * VD_SEC &&
			v.next_run < v.last_run + 3601 * VD_SEC);
	rig_stop();
}

/* While it counts as up a failure is no answer: the confirmation comes when it is certain. */
static void
test_confirmation_waits_for_retries(void)
{
	rig_start();
	server_none();
	rig_check("delay_loop 3600\nretry 3\ndelay_before_retry 0.01\n", TCP);
	CU_ASSERT(!rig_run(0));
	CU_ASSERT(rig_view(0).failures == 4 && rig_count() == 1);
	/* Down, nothing changes: confirmed all the same. */
	CU_ASSERT(!rig_run(0));
	CU_ASSERT(rig_view(0).failures == 5 && rig_count() == 2);
	rig_stop();
}

static void
test_unknown_requests(void)
{
	rig_start();
	server_none();
	rig_check(RIG_QUIET, TCP);
	rig_ask(7, 1);
	rig_ask(0, 2);
	CU_ASSERT(!rig_run(0));
	CU_ASSERT(rig_view(0).runs == 1 && rig_count() == 1);
	rig_stop();
}

/* A request while an attempt runs wants one that begins afterwards. */
static void
test_request_while_it_runs(void)
{
	struct server s;

	rig_start();
	server_start(&s, hold, NULL);
	rig_check(RIG_QUIET, SILENT("0.3"));
	rig_ask(0, 1);
	CU_ASSERT(RIG_WAIT(rig_view(0).running));
	CU_ASSERT(!rig_run(0));
	/* The first attempt's result is told because it is the first; the second's because it was asked for. */
	CU_ASSERT(RIG_WAIT(rig_view(0).runs == 2 && rig_count() == 2));
	CU_ASSERT(!rig_view(0).running);
	rig_stop();
	server_stop(&s);
}

static void
test_no_room_for_verdicts(void)
{
	struct vd_probe_stats stats;

	rig_start();
	server_none();
	pthread_mutex_lock(&rig.lock);
	rig.full = true;
	pthread_mutex_unlock(&rig.lock);
	rig_check(RIG_QUIET, TCP TCP TCP);
	for (uint32_t i = 0; i < 3; i++)
		rig_ask(i, 1);
	CU_ASSERT(RIG_WAIT(({
		pthread_mutex_lock(&rig.lock);
		size_t n = rig.refused;
		pthread_mutex_unlock(&rig.lock);
		n >= 5;
	})));
	CU_ASSERT(RIG_WAIT(rig_view(2).runs == 1));
	vd_probe_stats(probe, &stats);
	CU_ASSERT(stats.waited >= 1 && stats.waited <= 3 && stats.runs == 3 && stats.things == 3);
	pthread_mutex_lock(&rig.lock);
	rig.full = false;
	pthread_mutex_unlock(&rig.lock);
	CU_ASSERT(RIG_WAIT(rig_count() == 3));
	for (uint32_t i = 0; i < 3; i++)
		CU_ASSERT(rig_count_of(VD_PROBE_CHECK, i) == 1);
	rig_stop();
}

/* What changed twice while there was no room is told once, as it is now. */
static void
test_the_newest_is_told(void)
{
	rig_start();
	rig_put("f", "1\n", 0644);
	rig_configure("track_file f {\nfile $D/f\n}\n");
	CU_ASSERT(RIG_WAIT(rig_count() == 1) && rig_last().value == 1);
	pthread_mutex_lock(&rig.lock);
	rig.full = true;
	pthread_mutex_unlock(&rig.lock);
	rig_put("f", "2\n", 0644);
	CU_ASSERT(RIG_WAIT(rig_view_of(VD_PROBE_FILE, 0).value == 2));
	rig_put("f", "3\n", 0644);
	CU_ASSERT(RIG_WAIT(rig_view_of(VD_PROBE_FILE, 0).value == 3));
	pthread_mutex_lock(&rig.lock);
	rig.full = false;
	pthread_mutex_unlock(&rig.lock);
	CU_ASSERT(RIG_WAIT(rig_count() == 2) && rig_last().value == 3);
	rig_stop();
}

static void
test_suspend(void)
{
	uint64_t runs;

	rig_start();
	server_none();
	rig_check("delay_loop 0.02\nwarmup 0\nretry 0\n", TCP);
	vd_probe_suspend(probe, 0, 9, true);
	CU_ASSERT(RIG_WAIT(rig_view(0).runs >= 2));
	vd_probe_suspend(probe, 0, 1, true);
	vd_probe_suspend(probe, 0, 1, true);
	CU_ASSERT(RIG_WAIT(strcmp(rig_view(0).state, "suspended") == 0));
	CU_ASSERT(rig_view(0).next_run == VD_TIME_NEVER && !rig_view(0).up);
	runs = rig_view(0).runs;
	/* A request waits, too. */
	rig_ask(0, 1);
	for (int i = 0; i < 100; i++)
		rig_pause();
	CU_ASSERT(rig_view(0).runs == runs && rig_count() == 1);
	vd_probe_suspend(probe, 0, 1, false);
	CU_ASSERT(RIG_WAIT(rig_count() == 2 && rig_view(0).runs > runs));
	CU_ASSERT_STRING_EQUAL(rig_view(0).state, "down");
	rig_stop();
}

/* The attempt that runs is dropped; its deadline does not come any more. */
static void
test_suspend_while_it_runs(void)
{
	struct server s;

	rig_start();
	server_start(&s, hold, NULL);
	rig_check(RIG_QUIET, SILENT("20"));
	rig_ask(0, 1);
	CU_ASSERT(RIG_WAIT(rig_view(0).running));
	vd_probe_suspend(probe, 0, 1, true);
	CU_ASSERT(RIG_WAIT(server_connections(&s) == 1));
	CU_ASSERT(RIG_WAIT(!rig_view(0).running));
	CU_ASSERT(rig_view(0).runs == 0 && rig_count() == 0);
	rig_stop();
	server_stop(&s);
}

static void
test_reconfigure(void)
{
	rig_start();
	server_none();
	rig_check(RIG_QUIET, TCP TCP);
	CU_ASSERT(!rig_run(0) && !rig_run(1));
	/* 0 goes on, 1 is another one, 2 is new. */
	rig_serial[1] = 2;
	rig_check(RIG_QUIET, TCP TCP TCP);
	CU_ASSERT(RIG_WAIT(strcmp(rig_view(2).state, "unchecked") == 0));
	CU_ASSERT(rig_view(0).runs == 1 && rig_view(1).runs == 0);
	CU_ASSERT_STRING_EQUAL(rig_view(1).state, "unchecked");
	rig_serial[1] = 1;
	CU_ASSERT_STRING_EQUAL(rig_view(1).state, "none");
	rig_serial[1] = 2;
	CU_ASSERT(!rig_run(2) && !rig_run(1));
	rig_configure("");
	CU_ASSERT(RIG_WAIT(strcmp(rig_view(0).state, "none") == 0));
	rig_stop();
}

/* Those that run: one stays and ends as ever, one goes. */
static void
test_reconfigure_while_they_run(void)
{
	struct server s[2];
	char words[160];

	rig_start();
	server_start(&s[1], hold, NULL);
	snprintf(words, sizeof(words),
			SILENT("0.5") "SMTP_CHECK {\nconnect_timeout 20\nconnect_port %u\n}\n",
			rig_port);
	server_start(&s[0], hold, NULL);
	rig_check(RIG_QUIET, words);
	rig_ask(0, 1);
	rig_ask(1, 1);
	CU_ASSERT(RIG_WAIT(rig_view(0).running && rig_view(1).running));
	rig_check(RIG_QUIET, SILENT("0.5"));
	CU_ASSERT(RIG_WAIT(server_connections(&s[1]) == 1));
	CU_ASSERT(RIG_WAIT(rig_view(0).timeouts == 1));
	CU_ASSERT_STRING_EQUAL(rig_view(1).state, "none");
	CU_ASSERT(rig_count_of(VD_PROBE_CHECK, 1) == 0);
	rig_stop();
	server_stop(&s[0]);
	server_stop(&s[1]);
}

static void
test_destroy_while_they_run(void)
{
	struct server s;

	rig_start();
	server_start(&s, hold, NULL);
	rig_check(RIG_QUIET,
			SILENT("20") TCP "HTTP_GET {\nconnect_timeout 20\nurl {\npath /\n}\n}\n"
					 "UDP_CHECK {\nrequire_reply\nconnect_timeout 20\n"
					 "connect_ip 127.0.0.1\n}\nMISC_CHECK {\n"
					 "misc_path \"sleep 100\"\n}\n");
	for (uint32_t i = 0; i < 5; i++)
		rig_ask(i, 1);
	CU_ASSERT(RIG_WAIT(rig_view(0).running && rig_view(2).running && rig_view(4).running));
	rig_stop();
	server_stop(&s);
	/* Without anything, and as soon as can be. */
	rig_start();
	rig_stop();
	rig_start();
	rig_check(RIG_QUIET, TCP);
	rig_stop();
	vd_probe_destroy(NULL);
}

static void
test_view_order(void)
{
	static const char *const types[] = {"TCP_CHECK", "TCP_CHECK", "vrrp_script", "track_file",
			"vrrp_track_process"};
	struct vd_probe_view v;
	size_t cursor = 0;

	rig_start();
	server_none();
	rig_configure("vrrp_track_process p {\nprocess nosuch\n}\ntrack_file f {\nfile $D/f\n}\n"
		      "vrrp_script s {\nscript /bin/true\n}\nvirtual_server 192.0.2.1 80 {\n"
		      "protocol TCP\n" RIG_QUIET "real_server 127.0.0.1 $P {\n" TCP TCP "}\n}\n");
	CU_ASSERT(RIG_WAIT(rig_view(1).type != NULL));
	for (size_t i = 0; i < 5; i++) {
		CU_ASSERT_FATAL(vd_probe_view_next(probe, &cursor, &v));
		CU_ASSERT_STRING_EQUAL(v.type, types[i]);
		CU_ASSERT(v.slot == (i == 1));
	}
	CU_ASSERT_STRING_EQUAL(v.name, "p");
	CU_ASSERT(!vd_probe_view_next(probe, &cursor, &v));
	rig_stop();
}

/* Without descriptors nothing runs, nothing is told, and it goes on when there are some again. */
static void
test_no_descriptors(void)
{
	struct rlimit l, low;
	struct server s;
	int fd;

	rig_start();
	server_start(&s, hold, NULL);
	rig_check("delay_loop 0.5\nwarmup 0\nretry 0\ndelay_before_retry 0.1\n", TCP);
	CU_ASSERT(RIG_WAIT(rig_view(0).type != NULL));
	fd = dup(0);
	close(fd);
	getrlimit(RLIMIT_NOFILE, &l);
	low = l;
	low.rlim_cur = (rlim_t)fd;
	CU_ASSERT(setrlimit(RLIMIT_NOFILE, &low) == 0);
	CU_ASSERT(RIG_WAIT(rig_view(0).last_error[0] != '\0'));
	CU_ASSERT(setrlimit(RLIMIT_NOFILE, &l) == 0);
	CU_ASSERT(RIG_WAIT(rig_count() == 1) && rig_last().up);
	rig_stop();
	server_stop(&s);
}

/* A crowd that is due at once. */
static void
test_many(void)
{
	enum {
		N = 400
	};
	struct vd_strbuf b = {0};
	struct vd_probe_stats stats;

	rig_start();
	server_none();
	for (int i = 0; i < N; i++)
		vd_strbuf_puts(&b, TCP);
	rig_check("delay_loop 3600\nwarmup 0\nretry 0\n", b.s);
	vd_strbuf_free(&b);
	CU_ASSERT(RIG_WAIT(rig_count() == N));
	for (uint32_t i = 0; i < N; i++)
		CU_ASSERT(rig_count_of(VD_PROBE_CHECK, i) == 1);
	vd_probe_stats(probe, &stats);
	CU_ASSERT(stats.things == N && stats.runs == N && stats.late_max > 0);
	vd_probe_stats(probe, &stats);
	CU_ASSERT(stats.late_max == 0);
	rig_stop();
}

static const struct vd_test tests[] = {
		VD_TEST(test_retry_then_down_then_up),
		VD_TEST(test_first_result_is_told),
		VD_TEST(test_bootstrap),
		VD_TEST(test_confirmation_waits_for_retries),
		VD_TEST(test_unknown_requests),
		VD_TEST(test_request_while_it_runs),
		VD_TEST(test_no_room_for_verdicts),
		VD_TEST(test_the_newest_is_told),
		VD_TEST(test_suspend),
		VD_TEST(test_suspend_while_it_runs),
		VD_TEST(test_reconfigure),
		VD_TEST(test_reconfigure_while_they_run),
		VD_TEST(test_destroy_while_they_run),
		VD_TEST(test_view_order),
		VD_TEST(test_no_descriptors),
		VD_TEST(test_many),
};

RIG_MAIN("probe/attempt", tests)
