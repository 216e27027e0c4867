/* SPDX-License-Identifier: BSD-3-Clause */
/* Servers that are not good, at each point of the dialogue. */
#include "mail_rig.h"

/* Two attempts, the second one after 10 ms. */
static const struct vd_mail_limits two = {16, 2, 10 * VD_MSEC};

static void
up(struct smtp_bad bad, const char *more)
{
	struct vd_strbuf conf = {0};

	rig_up(&two);
	smtp_server_behave(&server, bad);
	vd_strbuf_printf(&conf, RIG_SERVER "%s", more);
	rig_configure(conf.s);
	vd_strbuf_free(&conf);
	vd_mail_send(m, "subject", "body");
}

static bool
last_error_has(const char *what)
{
	const char *found = rig_stats().last_error;

	if (found != NULL && strstr(found, what) != NULL)
		return true;
	printf("\n%s\n", found == NULL ? "no error" : found);
	return false;
}

/* Once bad in this way, then good: the message arrives by the second attempt. */
static void
test_put_off(void)
{
	static const struct {
		struct smtp_bad bad;
		const char *error;
	} cases[] = {
			{{AT_GREETING, "421 busy", 1, NULL}, "421"},
			{{AT_GREETING, "554 no service here", 1, NULL}, "554"},
			{{AT_GREETING, "", 1, NULL}, "127.0.0.1 port "},
			{{AT_EHLO, "", 1, NULL}, "127.0.0.1 port "},
			{{AT_MAIL, "451 4.3.0 later", 1, NULL}, "451"},
			{{AT_RCPT, "450 4.2.1 gray", 1, NULL}, "450"},
			{{AT_DATA, "451 later", 1, NULL}, "451"},
			{{AT_TEXT, "452 full", 1, NULL}, "452"},
			{{AT_TEXT, "", 1, NULL}, "127.0.0.1 port "},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		up(cases[i].bad, RIG_TO_A);
		RIG_WAIT(rig_stats().retried == 1);
		CU_ASSERT(last_error_has(cases[i].error));
		RIG_WAIT(rig_stats().queued == 0);
		CU_ASSERT(rig_stats().sent == 1 && rig_stats().dropped == 0);
		CU_ASSERT(smtp_server_count(&server) == 1 && smtp_server_connections(&server) == 2);
		CU_ASSERT(rig_logged("notice: mail: the server takes messages again") == 1);
		rig_down();
	}
}

/* 5xx to the message itself: it is of no use to try again. */
static void
test_refused(void)
{
	static const struct smtp_bad cases[] = {
			{AT_MAIL, "550 not you", -1, NULL},
			{AT_RCPT, "550 unknown", -1, NULL},
			{AT_DATA, "554 no", -1, NULL},
			{AT_TEXT, "554 spam", -1, NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		up(cases[i], RIG_TO_A);
		RIG_WAIT(rig_stats().queued == 0);
		CU_ASSERT(rig_stats().sent == 0 && rig_stats().dropped == 1 &&
				rig_stats().retried == 0);
		CU_ASSERT(smtp_server_connections(&server) == 1);
		rig_down();
	}
}

static void
test_one_recipient_refused(void)
{
	up((struct smtp_bad){AT_RCPT, "550 unknown", -1, "b@test"},
			"notification_email {\na@test\nb@test\nc@test\n}\n");
	RIG_WAIT(rig_stats().queued == 0);
	CU_ASSERT(rig_stats().sent == 1 && rig_stats().dropped == 0 && rig_stats().retried == 0);
	CU_ASSERT_STRING_EQUAL(server.messages[0].rcpt, "a@test c@test");
	rig_down();
}

/* Each silence ends the attempt. */
static void
test_silence(void)
{
	static const enum smtp_at at[] = {AT_GREETING, AT_EHLO, AT_MAIL, AT_RCPT, AT_DATA, AT_TEXT};

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		up((struct smtp_bad){at[i], NULL, 1, NULL}, RIG_TO_A "smtp_connect_timeout 0.1\n");
		RIG_WAIT(rig_stats().retried == 1);
		CU_ASSERT(last_error_has("127.0.0.1 port "));
		RIG_WAIT(rig_stats().queued == 0);
		CU_ASSERT(rig_stats().sent == 1);
		rig_down();
	}
}

static void
test_helo(void)
{
	up((struct smtp_bad){AT_EHLO, "502 what?", -1, NULL}, RIG_TO_A);
	RIG_WAIT(rig_stats().sent == 1);
	CU_ASSERT(smtp_server_heard(&server, "HELO me.test") == 1);
	rig_down();
}

static void
test_nobody_listens(void)
{
	unsigned int port;
	struct vd_strbuf conf = {0};

	rig_up(&two);
	port = server.port;
	smtp_server_stop(&server);
	vd_strbuf_printf(&conf, "smtp_server 127.0.0.1 %u\n" RIG_TO_A, port);
	rig_configure(conf.s);
	vd_mail_send(m, "subject", "body");
	RIG_WAIT(rig_stats().queued == 0);
	CU_ASSERT(rig_stats().dropped == 1 && rig_stats().retried == 1);
	CU_ASSERT(strstr(rig_stats().last_error, "Connection refused") != NULL ||
			strstr(rig_stats().last_error, "connect") != NULL);
	vd_strbuf_free(&conf);
	smtp_server_start(&server, AF_INET);
	rig_down();
}

static void
test_names(void)
{
	rig_up(&two);
	rig_configure("smtp_server localhost PORT\n" RIG_TO_A);
	vd_mail_send(m, "subject", "body");
	RIG_WAIT(rig_stats().sent == 1);
	/* .invalid is nobody's (RFC 6761). */
	rig_configure("smtp_server no-such-host.invalid PORT\nsmtp_connect_timeout 1\n" RIG_TO_A);
	vd_mail_send(m, "subject", "body");
	RIG_WAIT(rig_stats().dropped == 1);
	CU_ASSERT(strncmp(rig_stats().last_error, "no-such-host.invalid port ", 26) == 0);
	rig_configure("smtp_server \"no host\" PORT\n" RIG_TO_A);
	vd_mail_send(m, "subject", "body");
	RIG_WAIT(rig_stats().dropped == 2);
	rig_down();
}

static void
test_ipv6(void)
{
	rig_up(&two);
	smtp_server_stop(&server);
	smtp_server_start(&server, AF_INET6);
	rig_configure("smtp_server ::1 PORT\n" RIG_TO_A);
	vd_mail_send(m, "subject", "body");
	RIG_WAIT(rig_stats().sent == 1);
	CU_ASSERT(smtp_server_count(&server) == 1);
	rig_down();
}

static const struct vd_test tests[] = {
		VD_TEST(test_put_off),
		VD_TEST(test_refused),
		VD_TEST(test_one_recipient_refused),
		VD_TEST(test_silence),
		VD_TEST(test_helo),
		VD_TEST(test_nobody_listens),
		VD_TEST(test_names),
		VD_TEST(test_ipv6),
};

VD_TEST_MAIN("mail/smtp", tests)
