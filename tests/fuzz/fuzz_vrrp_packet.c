/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "vd_compiler.h"
#include "vd_drop.h"
#include "vd_pkt_ip.h"
#include "vd_vrrp_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEND_IP   0x01
#define MEND_VRRP 0x02
#define L3        14

static struct vd_vrrp_hmac hmac;

static void
require(bool what)
{
	if (!what)
		abort();
}

static void
hmac_start(void)
{
	if (hmac.n_keys != 0)
		return;
	vd_vrrp_hmac_key_set(&hmac.key[0], 1, "0123456789abcdef0123456789abcdef", 32);
	hmac.n_keys = 1;
	hmac.active_key = 1;
}

/* Checksums that a mutation breaks, made right again, so that what lies behind them is reached. */
static void
mend(uint8_t *frame, size_t size, uint8_t what)
{
	struct vd_pkt_ip4 *ip = (void *)(frame + L3);
	struct vd_vrrp_peek peek;
	uint64_t sum;
	uint16_t csum;
	uint8_t *vrrp;

	if ((what & MEND_IP) != 0 && size >= L3 + VD_PKT_IP4_LEN &&
			vd_pkt_ip4_ihl(ip) >= VD_PKT_IP4_LEN && vd_pkt_ip4_ihl(ip) <= size - L3 &&
			frame[12] == 8)
		ip->csum = vd_pkt_csum_ip4(ip, vd_pkt_ip4_ihl(ip));
	if ((what & MEND_VRRP) == 0 || vd_vrrp_peek(frame, size, &peek) != VD_VRRP_OK ||
			peek.vrrp_len < 8)
		return;
	vrrp = frame + peek.vrrp;
	memset(vrrp + 6, 0, 2);
	sum = peek.v6 ? vd_pkt_csum_pseudo(&peek.src, &peek.dst, 112, peek.vrrp_len) : 0;
	csum = vd_pkt_csum_finish(vd_pkt_csum_add(sum, vrrp, peek.vrrp_len));
	memcpy(vrrp + 6, &csum, 2);
}

static struct vd_vrrp_identity
identity(unsigned int n, const struct vd_addr *addresses, uint16_t n_addresses)
{
	struct vd_vrrp_identity id = {
			.version = (n & 1) != 0 ? 3 : 2,
			.vrid = 51,
			.unicast = (n & 2) != 0,
			.v6 = (n & 5) == 5,
			.auth = (n & 1) != 0 ? 0 : (n >> 2) % 3,
			.password = "hushhush",
			.hmac = (n & 16) != 0 ? &hmac : NULL,
			.no_pseudo_sent = (n & 32) != 0,
			.interval = VD_SEC,
			.addresses = addresses,
			.n_addresses = n_addresses,
	};

	return id;
}

/* Every identity judges the frame; what one accepts says what the frame says. */
static void
judge(const uint8_t *frame, size_t size)
{
	struct vd_addr addresses[2] = {vd_addr_from_v4(0x640002c0), vd_addr_from_v4(0x650002c0)};
	struct vd_vrrp_advert out;
	struct vd_vrrp_peek peek;
	int rc = vd_vrrp_peek(frame, size, &peek);

	if (rc != VD_VRRP_OK) {
		require(rc >= 0 && rc < VD_DROP_N);
		return;
	}
	require(peek.vrrp >= L3 + VD_PKT_IP4_LEN && peek.vrrp_len >= 2);
	require((size_t)peek.vrrp + peek.vrrp_len <= size);
	require(!peek.ah || (peek.ah_off > peek.l3 && peek.ah_off + 24 == peek.vrrp));
	for (unsigned int n = 0; n < 64; n++) {
		struct vd_vrrp_identity id = identity(n & 31, addresses, 2);
		struct vd_vrrp_auth_state state = {0};

		hmac.mode = n >= 32 ? VD_VRRP_HMAC_PERMISSIVE : VD_VRRP_HMAC_ENFORCE;
		for (int list = 1; list >= 0; list--) {
			rc = vd_vrrp_check(&id, &state, frame, &peek, list == 1, 0, &out);
			require(rc == VD_VRRP_OK || (rc >= 0 && rc < VD_VRRP_ERROR_N));
			if (rc != VD_VRRP_OK)
				continue;
			require(peek.version == id.version);
			require(vd_addr_equal(&out.src, &peek.src));
			require(out.priority == frame[peek.vrrp + 2]);
			require(id.unicast || out.ttl == 255);
			require(id.version == 3 || out.interval == id.interval);
			require(list == 0 || frame[peek.vrrp + 3] == 2);
		}
	}
}

/* What we build, the other end accepts, and where there is a sequence only once. */
static void
round_trip(const uint8_t *data, size_t size)
{
	static struct vd_addr addresses[VD_VRRP_ADDRS_MAX];
	struct vd_vrrp_auth_state sender = {0}, receiver = {0};
	struct vd_vrrp_identity id = identity(data[0], addresses, data[1]);
	struct vd_vrrp_send s = {.priority = data[2], .ttl = id.unicast ? data[3] : 255};
	uint8_t frame[VD_VRRP_FRAME_MAX], *copy;
	struct vd_vrrp_advert out;
	struct vd_vrrp_peek peek;
	size_t len;

	hmac.mode = data[4] % 3;
	s.wall_ns = (uint64_t)data[5] << 55 | (uint64_t)data[6] << 30;
	id.interval = id.version == 2 ? VD_MAX(data[7], 1) * VD_SEC
				      : VD_MAX(data[7], 1) * 160 * VD_MSEC;
	for (size_t i = 0; i < id.n_addresses; i++) {
		uint32_t v4 = (uint32_t)i << 8 | data[i % size];
		uint8_t v6[16] = {0x20, (uint8_t)i, data[i % size]};

		addresses[i] = id.v6 ? vd_addr_from_v6(v6) : vd_addr_from_v4(v4);
	}
	s.src = vd_addr_from_v4(0x0b0002c0);
	s.dst = vd_addr_from_v4(id.unicast ? 0x0c0002c0 : 0x120000e0);
	if (id.v6) {
		s.src = vd_addr_from_v6("\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01");
		s.dst = vd_addr_from_v6(id.unicast ? "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x02"
						   : "\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x12");
	}
	len = vd_vrrp_build(&id, &sender, &s, frame);
	require(len <= sizeof(frame));
	copy = malloc(len);
	require(copy != NULL);
	memcpy(copy, frame, len);
	require(vd_vrrp_peek(copy, len, &peek) == VD_VRRP_OK);
	require(peek.vrrp + peek.vrrp_len == len && peek.v6 == id.v6);
	require(vd_vrrp_check(&id, &receiver, copy, &peek, true, 0, &out) == VD_VRRP_OK);
	require(out.priority == s.priority && out.ttl == s.ttl && out.interval == id.interval);
	if (peek.ah || (id.hmac != NULL && hmac.mode != VD_VRRP_HMAC_RECEIVE_ONLY))
		require(vd_vrrp_check(&id, &receiver, copy, &peek, true, 0, &out) >= 0);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *frame;

	hmac_start();
	if (size == 0)
		return 0;
	/* The first byte says what to mend; the frame has an allocation of exactly its size. */
	frame = malloc(size);
	require(frame != NULL);
	memcpy(frame, data + 1, size - 1);
	mend(frame, size - 1, data[0]);
	if (size > 1) {
		uint8_t *exact = malloc(size - 1);

		require(exact != NULL);
		memcpy(exact, frame, size - 1);
		judge(exact, size - 1);
		free(exact);
	}
	free(frame);
	if (size >= 8)
		round_trip(data, size);
	return 0;
}
