/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "vd_cli_proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
use_request(struct vd_cli_decoder *d)
{
	struct vd_cli_request r;
	struct vd_strbuf again = {0};

	if (vd_cli_decoder_request(d, &r) == 0 && strlen(r.line) < VD_CLI_LINE_MAX) {
		vd_cli_request_encode(&again, r.flags, r.line);
		if (again.len != d->want)
			abort();
	}
	vd_strbuf_free(&again);
}

static void
use_reply(struct vd_cli_decoder *d)
{
	struct vd_cli_candidates c;
	struct vd_cli_reply r;

	if (vd_cli_decoder_reply(d, &r) != 0)
		return;
	if (r.out[r.out_len] != '\0' || r.err[r.err_len] != '\0')
		abort();
	if (vd_cli_candidates_decode(r.out, &c) == 0)
		vd_cli_candidates_free(&c);
}

/* The first byte chooses the direction and the size of the pieces in which the rest arrives. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vd_cli_decoder d;
	size_t step, at = 1;
	bool request;

	if (size == 0)
		return 0;
	request = data[0] & 1;
	step = 1 + (size_t)(data[0] >> 1);
	vd_cli_decoder_init(&d, request ? VD_CLI_FRAME_REQUEST : VD_CLI_FRAME_REPLY);
	while (at < size) {
		int64_t n = vd_cli_decoder_feed(&d, data + at, VD_MIN(step, size - at));

		if (n < 0)
			break;
		at += (size_t)n;
		if (!vd_cli_decoder_ready(&d))
			continue;
		if (request)
			use_request(&d);
		else
			use_reply(&d);
		vd_cli_decoder_next(&d);
	}
	vd_cli_decoder_free(&d);
	return 0;
}
