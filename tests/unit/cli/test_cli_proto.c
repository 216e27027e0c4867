/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "vd_cli_proto.h"
#include "vd_test.h"

/* Feeds in pieces of `step` bytes; every piece must be taken whole while the frame is not complete. */
static void
feed_in_steps(struct vd_cli_decoder *d, const struct vd_strbuf *bytes, size_t step)
{
	size_t at = 0;

	while (at < bytes->len && !vd_cli_decoder_ready(d)) {
		size_t n = VD_MIN(step, bytes->len - at);
		int64_t taken = vd_cli_decoder_feed(d, bytes->s + at, n);

		CU_ASSERT_TRUE(taken > 0);
		if (taken <= 0)
			return;
		at += (size_t)taken;
	}
	CU_ASSERT_EQUAL(at, bytes->len);
	CU_ASSERT_TRUE(vd_cli_decoder_ready(d));
}

static void
test_request_splits(void)
{
	struct vd_strbuf bytes = {0};
	struct vd_cli_decoder d;
	struct vd_cli_request r;

	vd_cli_request_encode(&bytes, VD_CLI_REQUEST_JSON, "show status");
	vd_cli_decoder_init(&d, VD_CLI_FRAME_REQUEST);
	for (size_t step = 1; step <= bytes.len; step++) {
		feed_in_steps(&d, &bytes, step);
		CU_ASSERT_EQUAL(vd_cli_decoder_request(&d, &r), 0);
		CU_ASSERT_EQUAL(r.flags, VD_CLI_REQUEST_JSON);
		CU_ASSERT_STRING_EQUAL(r.line, "show status");
		vd_cli_decoder_next(&d);
	}
	vd_cli_decoder_free(&d);
	vd_strbuf_free(&bytes);
}

static void
test_reply_splits(void)
{
	static const struct {
		const char *out, *err;
	} bodies[] = {{"table\nrow\n", "reason"}, {"", ""}, {"only out", ""}, {"", "only err"}};
	struct vd_cli_decoder d;
	struct vd_cli_reply r;

	vd_cli_decoder_init(&d, VD_CLI_FRAME_REPLY);
	for (size_t i = 0; i < VD_ARRAY_LEN(bodies); i++) {
		struct vd_strbuf bytes = {0};

		vd_cli_reply_encode(&bytes, VD_CLI_STATUS_FAILED, bodies[i].out,
				strlen(bodies[i].out), bodies[i].err, strlen(bodies[i].err));
		for (size_t step = 1; step <= bytes.len; step++) {
			feed_in_steps(&d, &bytes, step);
			CU_ASSERT_EQUAL(vd_cli_decoder_reply(&d, &r), 0);
			CU_ASSERT_EQUAL(r.status, VD_CLI_STATUS_FAILED);
			CU_ASSERT_STRING_EQUAL(r.out, bodies[i].out);
			CU_ASSERT_STRING_EQUAL(r.err, bodies[i].err);
			CU_ASSERT_EQUAL(r.out_len, strlen(bodies[i].out));
			CU_ASSERT_EQUAL(r.err_len, strlen(bodies[i].err));
			vd_cli_decoder_next(&d);
		}
		vd_strbuf_free(&bytes);
	}
	vd_cli_decoder_free(&d);
}

static void
test_two_frames_at_once(void)
{
	struct vd_strbuf bytes = {0};
	struct vd_cli_decoder d;
	struct vd_cli_request r;
	int64_t first, second;

	vd_cli_request_encode(&bytes, 0, "start");
	vd_cli_request_encode(&bytes, VD_CLI_REQUEST_COMPLETE, "");
	vd_cli_decoder_init(&d, VD_CLI_FRAME_REQUEST);
	first = vd_cli_decoder_feed(&d, bytes.s, bytes.len);
	CU_ASSERT_EQUAL(first, VD_CLI_PROTO_HEADER + 1 + 5);
	CU_ASSERT_EQUAL(vd_cli_decoder_request(&d, &r), 0);
	CU_ASSERT_STRING_EQUAL(r.line, "start");
	/* A frame that is in takes nothing more. */
	CU_ASSERT_EQUAL(vd_cli_decoder_feed(&d, bytes.s + first, bytes.len - (size_t)first), 0);
	vd_cli_decoder_next(&d);
	second = vd_cli_decoder_feed(&d, bytes.s + first, bytes.len - (size_t)first);
	CU_ASSERT_EQUAL((size_t)(first + second), bytes.len);
	CU_ASSERT_EQUAL(vd_cli_decoder_request(&d, &r), 0);
	CU_ASSERT_STRING_EQUAL(r.line, "");
	CU_ASSERT_EQUAL(r.flags, VD_CLI_REQUEST_COMPLETE);
	vd_cli_decoder_free(&d);
	vd_strbuf_free(&bytes);
}

static int64_t
feed_new(enum vd_cli_frame_type type, const void *bytes, size_t n)
{
	struct vd_cli_decoder d;
	struct vd_cli_request q;
	struct vd_cli_reply r;
	int64_t rc;

	vd_cli_decoder_init(&d, type);
	rc = vd_cli_decoder_feed(&d, bytes, n);
	if (rc >= 0 && vd_cli_decoder_ready(&d))
		rc = type == VD_CLI_FRAME_REQUEST ? vd_cli_decoder_request(&d, &q)
						  : vd_cli_decoder_reply(&d, &r);
	if (rc < 0)
		CU_ASSERT_TRUE(vd_cli_decoder_feed(&d, "x", 1) <= 0);
	vd_cli_decoder_free(&d);
	return rc;
}

static void
test_bad_bytes(void)
{
	/* clang-format off */
	CU_ASSERT_EQUAL(feed_new(VD_CLI_FRAME_REQUEST, "GET / HTTP/1.1\r\n", 16), -EPROTO);
	CU_ASSERT_EQUAL(feed_new(VD_CLI_FRAME_REQUEST, "VD\x02\x01\0\0\0\x01", 8), -EPROTONOSUPPORT);
	CU_ASSERT_EQUAL(feed_new(VD_CLI_FRAME_REQUEST, "VD\x01\x02\0\0\0\x06", 8), -EPROTO);
	CU_ASSERT_EQUAL(feed_new(VD_CLI_FRAME_REQUEST, "VD\x01\x01\0\0\0\0", 8), -EPROTO);
	CU_ASSERT_EQUAL(feed_new(VD_CLI_FRAME_REQUEST, "VD\x01\x01\xff\xff\xff\xff", 8), -EMSGSIZE);
	/* a NUL in the line; a length of out beyond the frame; a status that is none */
	CU_ASSERT_EQUAL(feed_new(VD_CLI_FRAME_REQUEST, "VD\x01\x01\0\0\0\x04\0a\0b", 12), -EPROTO);
	CU_ASSERT_EQUAL(feed_new(VD_CLI_FRAME_REPLY, "VD\x01\x02\0\0\0\x06\0\0\0\0\x02X", 14), -EPROTO);
	CU_ASSERT_EQUAL(feed_new(VD_CLI_FRAME_REPLY, "VD\x01\x02\0\0\0\x05\x09\0\0\0\0", 13), -EPROTO);
	/* clang-format on */
}

static void
test_candidates(void)
{
	struct vd_cli *cli = vd_cli_new(NULL, 0);
	struct vd_cli_candidates c, again;
	struct vd_strbuf bytes = {0};

	vd_cli_complete(cli, "show port ", NULL, &c);
	vd_cli_candidates_encode(&c, &bytes);
	CU_ASSERT_EQUAL(vd_cli_candidates_decode(bytes.s, &again), 0);
	CU_ASSERT_EQUAL(again.start, 10);
	CU_ASSERT_EQUAL(again.list.n, c.list.n);
	for (size_t i = 0; i < c.list.n && i < again.list.n; i++) {
		CU_ASSERT_EQUAL(c.list.v[i].type, again.list.v[i].type);
		CU_ASSERT_STRING_EQUAL(c.list.v[i].text, again.list.v[i].text);
		CU_ASSERT_STRING_EQUAL(c.list.v[i].help, again.list.v[i].help);
	}
	vd_cli_candidates_free(&again);
	CU_ASSERT_EQUAL(vd_cli_candidates_decode("", &again), -EPROTO);
	CU_ASSERT_EQUAL(vd_cli_candidates_decode("5", &again), -EPROTO);
	CU_ASSERT_EQUAL(vd_cli_candidates_decode("99999\n", &again), -EPROTO);
	CU_ASSERT_EQUAL(vd_cli_candidates_decode("5\n0word\n", &again), -EPROTO);
	CU_ASSERT_EQUAL(vd_cli_candidates_decode("5\n0a\tb\n0word\n", &again), -EPROTO);
	vd_cli_candidates_free(&c);
	vd_strbuf_free(&bytes);
	vd_cli_free(cli);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(test_request_splits),
			VD_TEST(test_reply_splits),
			VD_TEST(test_two_frames_at_once),
			VD_TEST(test_bad_bytes),
			VD_TEST(test_candidates),
	};

	return vd_test_main("cli_proto", tests, VD_ARRAY_LEN(tests));
}
