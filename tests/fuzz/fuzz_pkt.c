/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "vd_pkt_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool what)
{
	if (!what)
		abort();
}

/* What a good frame's description promises to those who use it. */
static void
check_info(const struct vd_pkt_info *info, size_t size)
{
	require(info->l3 <= size);
	if (info->family == 0)
		return;
	require(info->family == 4 || info->family == 6);
	require((size_t)info->l3 + info->l3_len <= size);
	require(info->l4 >= info->l3 + 20 && info->l4 + info->l4_len == info->l3 + info->l3_len);
	require(info->l4_hlen <= info->l4_len);
	require(vd_addr_is_v4(&info->src) == (info->family == 4));
	require(vd_addr_is_v4(&info->dst) == (info->family == 4));
	require(!vd_addr_is_multicast(&info->src));
	if (!info->fragment && info->proto == VD_PKT_PROTO_TCP)
		require(info->l4_hlen >= VD_PKT_TCP_LEN && info->dst_port != 0);
}

/* The answers that a frame draws are good frames with right checksums. */
static void
check_answers(uint8_t *frame, size_t size, const struct vd_pkt_info *info)
{
	uint8_t out[VD_PKT_RESET_MAX];
	struct vd_pkt_info again;
	struct vd_pkt_reset r;

	if (vd_pkt_reset_answer(frame, info, &r)) {
		/* Port 0 and a source that is no host are answered, and refused by who gets it. */
		size_t n = vd_pkt_reset_build(&r, out);

		memset(&again, 0, sizeof(again));
		if (vd_pkt_parse(out, n, &again) == VD_PKT_OK)
			require(vd_pkt_l4_csum_good(out, &again));
	}
	if (vd_pkt_echo_reply(frame, info) != VD_PKT_OK)
		return;
	if (vd_pkt_parse(frame, size, &again) == VD_PKT_OK)
		require(vd_pkt_l4_csum_good(frame, &again) && !vd_pkt_is_echo_request(&again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *frame = malloc(size + 1);
	struct vd_pkt_info info;

	/* The first byte may mend the checksum that a mutation breaks. */
	memcpy(frame, data, size);
	if (size >= 34 && frame[0] % 2 == 0 && frame[12] == 8 && frame[13] == 0) {
		struct vd_pkt_ip4 *ip = (void *)(frame + 14);

		if (vd_pkt_ip4_ihl(ip) <= size - 14)
			ip->csum = vd_pkt_csum_ip4(ip, vd_pkt_ip4_ihl(ip));
	}
	if (vd_pkt_parse(frame, size, &info) == VD_PKT_OK) {
		check_info(&info, size);
		(void)vd_pkt_l4_csum_good(frame, &info);
		check_answers(frame, size, &info);
	}
	(void)vd_pkt_parse_ip(data, size, &info);
	free(frame);
	return 0;
}
