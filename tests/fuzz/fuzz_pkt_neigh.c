/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "vd_pkt_arp.h"
#include "vd_pkt_nd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool what)
{
	if (!what)
		abort();
}

static void
check_arp(const uint8_t *data, size_t size)
{
	struct vd_pkt_arp_msg m, again;
	uint8_t f[VD_PKT_ARP_FRAME];

	if (vd_pkt_arp_parse(data, size, &m) != VD_PKT_OK)
		return;
	require(vd_pkt_is_arp(data, size));
	require(vd_addr_is_v4(&m.sender) && !vd_addr_is_multicast(&m.sender));
	require(!vd_mac_is_multicast(&m.sender_mac));
	/* What it says can be said again. */
	require(vd_pkt_arp_reply(f, &m.sender_mac, &m.sender, &m.target_mac, &m.target) ==
			sizeof(f));
	if (vd_pkt_arp_parse(f, sizeof(f), &again) == VD_PKT_OK)
		require(vd_addr_equal(&m.sender, &again.sender) &&
				vd_mac_equal(&m.sender_mac, &again.sender_mac));
	else
		require(vd_addr_v4(&m.sender) == 0);
}

static void
check_nd(const uint8_t *data, size_t size)
{
	struct vd_pkt_nd_msg m;

	if (vd_pkt_nd_parse(data, size, &m) != VD_PKT_OK)
		return;
	require(m.type == VD_PKT_ICMP6_NS || m.type == VD_PKT_ICMP6_NA);
	require(!vd_addr_is_multicast(&m.target) && !vd_addr_is_unset(&m.target));
	require(!m.has_lla || !vd_mac_is_multicast(&m.lla));
	require(!vd_addr_is_unset(&m.src) || m.type == VD_PKT_ICMP6_NS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	struct vd_pkt_info info;

	memcpy(copy, data, size);
	check_arp(copy, size);
	/* A right checksum, so that mutations reach what lies behind it. */
	if (vd_pkt_parse(copy, size, &info) == VD_PKT_OK && info.family == 6 && !info.fragment &&
			info.proto == VD_PKT_PROTO_ICMP6) {
		struct vd_pkt_icmp *icmp = (void *)(copy + info.l4);

		icmp->csum = vd_pkt_csum_l4(
				&info.src, &info.dst, VD_PKT_PROTO_ICMP6, icmp, info.l4_len);
	}
	check_nd(copy, size);
	free(copy);
	return 0;
}
