/* SPDX-License-Identifier: BSD-3-Clause */
/* Word for word as keepalived 2.2.7 and 2.4 write them: people filter their mail by these. */
#include <string.h>

#include "vd_mail_text.h"
#include "vd_model_service.h"
#include "vd_test.h"

static struct vd_mail_text t;

/* Clears for the next one. */
static bool
is(const char *subject, const char *body)
{
	bool same = strcmp(t.subject.s == NULL ? "" : t.subject.s, subject) == 0 &&
			strcmp(t.body.s == NULL ? "" : t.body.s, body) == 0;

	if (!same)
		printf("\n%s\n%s\n", t.subject.s, t.body.s);
	vd_mail_text_free(&t);
	return same;
}

static void
test_instance(void)
{
	vd_mail_text_instance(&t, "VI_1", VD_MAIL_STATE_MASTER);
	CU_ASSERT(is("VRRP Instance VI_1 - Entering MASTER state",
			"=> VRRP Instance is now owning VRRP VIPs <="));
	vd_mail_text_instance(&t, "VI_1", VD_MAIL_STATE_BACKUP);
	CU_ASSERT(is("VRRP Instance VI_1 - Entering BACKUP state",
			"=> VRRP Instance is no longer owning VRRP VIPs <="));
	vd_mail_text_instance(&t, "VI_1", VD_MAIL_STATE_FAULT);
	CU_ASSERT(is("VRRP Instance VI_1 - Entering FAULT state",
			"=> VRRP Instance is no longer owning VRRP VIPs <="));
	vd_mail_text_instance(&t, "VI_1", VD_MAIL_STATE_STOP);
	CU_ASSERT(is("VRRP Instance VI_1 - Stopping", "=> VRRP Instance stopping <="));
	vd_mail_text_instance(&t, "VI_1", VD_MAIL_STATE_DELETED);
	CU_ASSERT(is("VRRP Instance VI_1 - Deleted", "=> VRRP Deleted at reload <="));
}

static void
test_group(void)
{
	CU_ASSERT(vd_mail_text_group(&t, "G1", VD_MAIL_STATE_MASTER));
	CU_ASSERT(is("VRRP Group G1 - Entering MASTER state",
			"=> All VRRP group instances are now in MASTER state <="));
	CU_ASSERT(vd_mail_text_group(&t, "G1", VD_MAIL_STATE_BACKUP));
	CU_ASSERT(is("VRRP Group G1 - Entering BACKUP state",
			"=> All VRRP group instances are now in BACKUP state <="));
	CU_ASSERT(vd_mail_text_group(&t, "G1", VD_MAIL_STATE_FAULT));
	CU_ASSERT(is("VRRP Group G1 - Entering FAULT state",
			"=> All VRRP group instances are now in FAULT state <="));
	CU_ASSERT(vd_mail_text_group(&t, "G1", VD_MAIL_STATE_STOP));
	CU_ASSERT(is("VRRP Group G1 - Stopping",
			"=> All VRRP group instances are now stopping <="));
	CU_ASSERT(!vd_mail_text_group(&t, "G1", VD_MAIL_STATE_DELETED));
	CU_ASSERT(is("", ""));
}

#define RS   "[192.0.2.9]:tcp:80"
#define VS   "[192.0.2.1]:tcp:80"
#define UP   "Realserver [192.0.2.9]:tcp:80 of virtual server [192.0.2.1]:tcp:80 - UP"
#define DOWN "Realserver [192.0.2.9]:tcp:80 of virtual server [192.0.2.1]:tcp:80 - DOWN"

static bool
server_is(bool up, int checker, const char *detail, const char *body)
{
	vd_mail_text_server(&t, RS, VS, up, checker, detail);
	return is(up ? UP : DOWN, body);
}

static void
test_server(void)
{
	CU_ASSERT(server_is(true, VD_MODEL_CHECK_TCP, NULL, "=> TCP CHECK succeed on service <="));
	CU_ASSERT(server_is(false, VD_MODEL_CHECK_TCP, NULL, "=> TCP CHECK failed on service <="));
	CU_ASSERT(server_is(true, VD_MODEL_CHECK_HTTP, NULL, "=> CHECK succeed on service <="));
	CU_ASSERT(server_is(false, VD_MODEL_CHECK_HTTP, NULL,
			"=> CHECK failed on service : HTTP request failed <="));
	CU_ASSERT(server_is(false, VD_MODEL_CHECK_SSL, NULL,
			"=> CHECK failed on service : HTTP request failed <="));
	CU_ASSERT(server_is(false, VD_MODEL_CHECK_SMTP, "Bad HELO response",
			"=> CHECK failed on service : Bad HELO response <="));
	CU_ASSERT(server_is(true, VD_MODEL_CHECK_SMTP, NULL, "=> CHECK succeed on service <="));
	CU_ASSERT(server_is(true, VD_MODEL_CHECK_DNS, NULL, "=> DNS_CHECK: succeed on service <="));
	CU_ASSERT(server_is(false, VD_MODEL_CHECK_DNS, NULL, "=> DNS_CHECK: failed on service <="));
	CU_ASSERT(server_is(true, VD_MODEL_CHECK_UDP, NULL, "=> UDP CHECK succeed on service <="));
	CU_ASSERT(server_is(false, VD_MODEL_CHECK_UDP, NULL, "=> UDP CHECK failed on service <="));
	CU_ASSERT(server_is(
			true, VD_MODEL_CHECK_PING, NULL, "=> ICMP CHECK succeed on service <="));
	CU_ASSERT(server_is(
			false, VD_MODEL_CHECK_PING, NULL, "=> ICMP CHECK failed on service <="));
	CU_ASSERT(server_is(
			true, VD_MODEL_CHECK_MISC, NULL, "=> MISC CHECK succeeded on service <="));
	CU_ASSERT(server_is(false, VD_MODEL_CHECK_MISC, "timed out",
			"=> MISC CHECK timed out on service <="));
	CU_ASSERT(server_is(
			true, VD_MODEL_CHECK_BFD, "B1", "=> BFD CHECK B1 succeeded on service <="));
	CU_ASSERT(server_is(
			false, VD_MODEL_CHECK_BFD, "B1", "=> BFD CHECK B1 failed on service <="));
	vd_mail_text_server_gone(&t, RS, VS, false);
	CU_ASSERT(is(DOWN, "=> Removing <="));
	vd_mail_text_server_gone(&t, RS, VS, true);
	CU_ASSERT(is(DOWN, "=> Shutting down <="));
}

static void
test_quorum(void)
{
	struct vd_mail_quorum q = {
			.up = true, .quorum = 2, .hysteresis = 1, .threshold = 3, .weight = 4};

	vd_mail_text_quorum(&t, VS, &q);
	CU_ASSERT(is("Virtualserver [192.0.2.1]:tcp:80 - UP", "=> Gained quorum 2+1=3 <= 4 <="));
	q.first = true;
	vd_mail_text_quorum(&t, VS, &q);
	CU_ASSERT(is("Virtualserver [192.0.2.1]:tcp:80 - UP",
			"=> Starting with quorum up 2+1=3 <= 4 <="));
	q = (struct vd_mail_quorum){.quorum = 2, .hysteresis = 1, .threshold = 1, .weight = 0};
	vd_mail_text_quorum(&t, "[web]:0", &q);
	CU_ASSERT(is("Virtualserver [web]:0 - DOWN", "=> Lost quorum 2+1=1 <= 0 <="));
	q.first = true;
	vd_mail_text_quorum(&t, "FWM 5", &q);
	CU_ASSERT(is("Virtualserver FWM 5 - DOWN", "=> Starting with quorum down 2+1=1 <= 0 <="));
	vd_mail_text_service_gone(&t, VS);
	CU_ASSERT(is("Virtualserver [192.0.2.1]:tcp:80 - DOWN", "=> Shutting down <="));
}

static const struct vd_test tests[] = {
		VD_TEST(test_instance),
		VD_TEST(test_group),
		VD_TEST(test_server),
		VD_TEST(test_quorum),
};

VD_TEST_MAIN("mail/text", tests)
