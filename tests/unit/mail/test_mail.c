/* SPDX-License-Identifier: BSD-3-Clause */
/* The queue. */
#include "mail_rig.h"

static const struct vd_mail_limits quick = {16, 3, 10 * VD_MSEC};

/* The number at the end of the subject of message i. */
static int
number(size_t i)
{
	const char *p = strstr(server.messages[i].text, "Subject: [lb1] event ");

	return p == NULL ? -1 : atoi(p + 21);
}

static void
send_numbered(int from, int to)
{
	char subject[32];

	for (int i = from; i < to; i++) {
		snprintf(subject, sizeof(subject), "event %d", i);
		vd_mail_send(m, subject, "body");
	}
}

static void
test_nobody_to_write_to(void)
{
	rig_up(NULL);
	CU_ASSERT(!vd_mail_is_configured(m));
	vd_mail_send(m, "s", "b");
	rig_configure(RIG_SERVER);
	CU_ASSERT(!vd_mail_is_configured(m));
	vd_mail_send(m, "s", "b");
	rig_configure("router_id x\n" RIG_TO_A);
	CU_ASSERT(!vd_mail_is_configured(m));
	vd_mail_send(m, "s", "b");
	CU_ASSERT(rig_stats().queued == 0 && rig_stats().dropped == 0 &&
			rig_stats().last_error == NULL);
	rig_configure(RIG_SERVER RIG_TO_A);
	CU_ASSERT(vd_mail_is_configured(m));
	rig_down();
}

static void
test_order(void)
{
	rig_up(NULL);
	rig_configure(RIG_SERVER RIG_TO_A);
	send_numbered(0, 50);
	RIG_WAIT(rig_stats().queued == 0);
	CU_ASSERT_FATAL(rig_stats().sent == 50 && server.n == 50);
	for (size_t i = 0; i < 50; i++)
		CU_ASSERT(number(i) == (int)i);
	/* No two have one name. */
	for (size_t i = 1; i < 50; i++) {
		const char *a = strstr(server.messages[i].text, "Message-ID: ");
		const char *b = strstr(server.messages[i - 1].text, "Message-ID: ");

		CU_ASSERT(strncmp(a, b, strcspn(a, "\n")) != 0);
	}
	rig_down();
}

/* One that is put off keeps those behind it back. */
static void
test_order_with_retries(void)
{
	rig_up(&quick);
	rig_configure(RIG_SERVER RIG_TO_A);
	smtp_server_behave(&server, (struct smtp_bad){AT_TEXT, "451 later", 2, NULL});
	send_numbered(0, 5);
	RIG_WAIT(rig_stats().queued == 0);
	CU_ASSERT_FATAL(server.n == 5 && rig_stats().retried == 2);
	for (size_t i = 0; i < 5; i++)
		CU_ASSERT(number(i) == (int)i);
	rig_down();
}

/* A server that never answers: its message ends by the timeout, the next has its turn. */
static void
test_silence_does_not_stop_the_queue(void)
{
	const struct vd_mail_limits once = {16, 1, 10 * VD_MSEC};

	rig_up(&once);
	rig_configure(RIG_SERVER RIG_TO_A "smtp_connect_timeout 0.1");
	smtp_server_behave(&server, (struct smtp_bad){AT_GREETING, NULL, 2, NULL});
	send_numbered(0, 4);
	RIG_WAIT(rig_stats().queued == 0);
	CU_ASSERT(rig_stats().dropped == 2 && rig_stats().sent == 2);
	CU_ASSERT_FATAL(server.n == 2);
	CU_ASSERT(number(0) == 2 && number(1) == 3);
	CU_ASSERT(rig_logged("given up after 1 attempts") == 2);
	rig_down();
}

/* The delays double: 50, 100, 200 ms. */
static void
test_delays(void)
{
	const struct vd_mail_limits slow = {16, 8, 50 * VD_MSEC};
	vd_time at[5];

	rig_up(&slow);
	rig_configure(RIG_SERVER RIG_TO_A);
	smtp_server_behave(&server, (struct smtp_bad){AT_MAIL, "451 later", 3, NULL});
	vd_mail_send(m, "s", "b");
	for (unsigned int i = 0; i < 4; i++) {
		RIG_WAIT(smtp_server_connections(&server) == i + 1);
		at[i] = vd_io_now();
	}
	/* At least; other programs may delay us. */
	CU_ASSERT(at[1] - at[0] >= 40 * VD_MSEC);
	CU_ASSERT(at[2] - at[1] >= 90 * VD_MSEC);
	CU_ASSERT(at[3] - at[2] >= 180 * VD_MSEC);
	RIG_WAIT(rig_stats().sent == 1);
	rig_down();
}

static void
test_full(void)
{
	const struct vd_mail_limits few = {4, 8, 10 * VD_MSEC};

	rig_up(&few);
	rig_configure(RIG_SERVER RIG_TO_A);
	smtp_server_behave(&server, (struct smtp_bad){AT_DATA, NULL, 1, NULL});
	send_numbered(0, 1);
	/* It is under way, and stays. */
	RIG_WAIT(smtp_server_heard(&server, "DATA") == 1);
	send_numbered(1, 10);
	CU_ASSERT(rig_stats().queued == 4 && rig_stats().dropped == 6);
	CU_ASSERT(rig_logged("warning: mail: 4 messages wait: the oldest are dropped") == 1);
	/* The newest are those that stay. */
	vd_mail_destroy(m);
	m = vd_mail_create(&few);
	rig_configure(RIG_SERVER RIG_TO_A "smtp_connect_timeout 0.2\n");
	smtp_server_behave(&server, (struct smtp_bad){AT_GREETING, NULL, 1, NULL});
	send_numbered(20, 21);
	RIG_WAIT(smtp_server_connections(&server) == 2);
	send_numbered(21, 30);
	CU_ASSERT(rig_stats().queued == 4 && rig_stats().dropped == 6);
	RIG_WAIT(rig_stats().queued == 0);
	CU_ASSERT_FATAL(smtp_server_count(&server) == 4);
	CU_ASSERT(number(0) == 20);
	for (size_t i = 1; i < 4; i++)
		CU_ASSERT(number(i) == 26 + (int)i);
	CU_ASSERT(rig_logged("4 messages wait") == 2);
	rig_down();
}

/* What waits goes to the new server and to its recipients, and does not wait for its time. */
static void
test_reconfigure(void)
{
	const struct vd_mail_limits patient = {16, 8, 1000 * VD_SEC};
	struct smtp_server other;
	struct vd_strbuf conf = {0};

	rig_up(&patient);
	smtp_server_start(&other, AF_INET);
	rig_configure(RIG_SERVER RIG_TO_A);
	smtp_server_behave(&server, (struct smtp_bad){AT_MAIL, "451 later", -1, NULL});
	send_numbered(0, 3);
	RIG_WAIT(rig_stats().retried == 1);
	vd_strbuf_printf(&conf,
			"router_id lb2\nsmtp_server 127.0.0.1 %u\nnotification_email {\nb@test\n}",
			other.port);
	rig_configure(conf.s);
	RIG_WAIT(rig_stats().queued == 0);
	CU_ASSERT(rig_stats().sent == 3 && smtp_server_count(&server) == 0);
	CU_ASSERT_FATAL(smtp_server_count(&other) == 3);
	CU_ASSERT_STRING_EQUAL(other.messages[0].rcpt, "b@test");
	CU_ASSERT(strstr(other.messages[0].text, "Subject: [lb2] event 0\n") != NULL);
	vd_strbuf_free(&conf);
	rig_down();
	smtp_server_stop(&other);
}

/* The one that is under way may have been taken: it is not sent twice. */
static void
test_reconfigure_while_sending(void)
{
	rig_up(&quick);
	rig_configure(RIG_SERVER RIG_TO_A "smtp_connect_timeout 0.3");
	smtp_server_behave(&server, (struct smtp_bad){AT_TEXT, NULL, 1, NULL});
	send_numbered(0, 2);
	RIG_WAIT(smtp_server_heard(&server, "DATA") == 1);
	rig_configure(RIG_SERVER "notification_email {\nb@test\n}");
	CU_ASSERT(smtp_server_connections(&server) == 1);
	RIG_WAIT(rig_stats().queued == 0);
	CU_ASSERT_FATAL(smtp_server_count(&server) == 2);
	CU_ASSERT_STRING_EQUAL(server.messages[0].rcpt, "b@test");
	CU_ASSERT(number(0) == 0 && number(1) == 1);
	rig_down();
}

static void
test_unconfigure(void)
{
	rig_up(&quick);
	rig_configure(RIG_SERVER RIG_TO_A "smtp_connect_timeout 0.2");
	smtp_server_behave(&server, (struct smtp_bad){AT_TEXT, NULL, 1, NULL});
	send_numbered(0, 3);
	RIG_WAIT(smtp_server_heard(&server, "DATA") == 1);
	rig_configure("router_id x");
	CU_ASSERT(rig_stats().queued == 1 && rig_stats().dropped == 2);
	RIG_WAIT(rig_stats().queued == 0);
	CU_ASSERT(rig_stats().dropped == 3 && rig_stats().sent == 0);
	rig_down();
}

static void
test_finish(void)
{
	vd_time begin;

	rig_up(&quick);
	rig_configure(RIG_SERVER RIG_TO_A);
	send_numbered(0, 5);
	vd_mail_finish(m, vd_io_now() + PATIENCE);
	CU_ASSERT(smtp_server_count(&server) == 5 && rig_stats().queued == 0);
	smtp_server_behave(&server, (struct smtp_bad){AT_EHLO, NULL, -1, NULL});
	send_numbered(5, 7);
	begin = vd_io_now();
	vd_mail_finish(m, begin + 200 * VD_MSEC);
	CU_ASSERT(vd_io_now() - begin >= 199 * VD_MSEC && vd_io_now() - begin < 5 * VD_SEC);
	CU_ASSERT(rig_stats().queued == 2);
	rig_down();
}

/* At each point of the dialogue, and leaving no descriptor behind. */
static void
test_destroy_while_sending(void)
{
	static const enum smtp_at at[] = {AT_GREETING, AT_EHLO, AT_MAIL, AT_RCPT, AT_DATA, AT_TEXT};
	size_t fds = 0;

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		rig_up(&quick);
		rig_configure(RIG_SERVER RIG_TO_A);
		smtp_server_behave(&server, (struct smtp_bad){at[i], NULL, -1, NULL});
		send_numbered(0, 3);
		RIG_WAIT(smtp_server_connections(&server) == 1);
		rig_down();
		if (i > 0)
			CU_ASSERT(rig_fds() == fds);
		fds = rig_fds();
	}
	/* Before it is connected. */
	rig_up(&quick);
	rig_configure(RIG_SERVER RIG_TO_A);
	send_numbered(0, 3);
	rig_down();
	/* While a name is looked up: nobody waits for the answer. */
	rig_up(&quick);
	rig_configure("smtp_server no-such-host.invalid\n" RIG_TO_A);
	send_numbered(0, 3);
	rig_down();
	vd_mail_destroy(NULL);
}

static void
test_no_descriptor_stays(void)
{
	size_t before = 0;

	rig_up(&quick);
	rig_configure(RIG_SERVER RIG_TO_A);
	for (int i = 0; i < 30; i++) {
		send_numbered(i, i + 1);
		RIG_WAIT(rig_stats().queued == 0);
		RIG_WAIT(smtp_server_heard(&server, "QUIT") == (unsigned int)i + 1);
		if (i == 2)
			before = rig_fds();
	}
	/* The server's last one may be open still. */
	CU_ASSERT(rig_fds() <= before + 1);
	rig_down();
}

static const struct vd_test tests[] = {
		VD_TEST(test_nobody_to_write_to),
		VD_TEST(test_order),
		VD_TEST(test_order_with_retries),
		VD_TEST(test_silence_does_not_stop_the_queue),
		VD_TEST(test_delays),
		VD_TEST(test_full),
		VD_TEST(test_reconfigure),
		VD_TEST(test_reconfigure_while_sending),
		VD_TEST(test_unconfigure),
		VD_TEST(test_finish),
		VD_TEST(test_destroy_while_sending),
		VD_TEST(test_no_descriptor_stays),
};

VD_TEST_MAIN("mail/mail", tests)
