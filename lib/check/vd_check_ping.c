/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_check_ping.h"

#include <string.h>

#include "vd_compiler.h"
#include "vd_pkt_csum.h"
#include "vd_pkt_eth.h"
#include "vd_pkt_ip.h"
#include "vd_pkt_l4.h"
#include "vd_reader.h"

#define ANY_CODE        -1
#define ICMP_PARAMETER  12
#define ICMP6_PARAMETER 4
#define HEADER_LEN      VD_PKT_ICMP_LEN
#define COOKIE_LEN      8

/* Which request an answer must belong to. */
struct request {
	uint16_t id, seq;
	uint64_t cookie;
};

struct error {
	int type, code;
	const char *words;
};

/* The first that fits counts. */
static const struct error errors4[] = {
		{VD_PKT_ICMP_UNREACHABLE, 0, "network unreachable"},
		{VD_PKT_ICMP_UNREACHABLE, 1, "host unreachable"},
		{VD_PKT_ICMP_UNREACHABLE, 2, "protocol unreachable"},
		{VD_PKT_ICMP_UNREACHABLE, 3, "port unreachable"},
		{VD_PKT_ICMP_UNREACHABLE, 4, "packet too big"},
		{VD_PKT_ICMP_UNREACHABLE, 9, "network administratively prohibited"},
		{VD_PKT_ICMP_UNREACHABLE, 10, "host administratively prohibited"},
		{VD_PKT_ICMP_UNREACHABLE, 13, "communication administratively prohibited"},
		{VD_PKT_ICMP_UNREACHABLE, ANY_CODE, "destination unreachable"},
		{VD_PKT_ICMP_TIME_EXCEEDED, ANY_CODE, "time exceeded"},
		{ICMP_PARAMETER, ANY_CODE, "parameter problem"},
};

static const struct error errors6[] = {
		{VD_PKT_ICMP6_UNREACHABLE, 0, "no route to destination"},
		{VD_PKT_ICMP6_UNREACHABLE, 1, "communication administratively prohibited"},
		{VD_PKT_ICMP6_UNREACHABLE, 2, "beyond the scope of the source address"},
		{VD_PKT_ICMP6_UNREACHABLE, 3, "address unreachable"},
		{VD_PKT_ICMP6_UNREACHABLE, 4, "port unreachable"},
		{VD_PKT_ICMP6_UNREACHABLE, 5, "source address fails the policy"},
		{VD_PKT_ICMP6_UNREACHABLE, 6, "route rejected"},
		{VD_PKT_ICMP6_UNREACHABLE, ANY_CODE, "destination unreachable"},
		{VD_PKT_ICMP6_TOO_BIG, ANY_CODE, "packet too big"},
		{VD_PKT_ICMP6_TIME_EXCEEDED, ANY_CODE, "time exceeded"},
		{ICMP6_PARAMETER, ANY_CODE, "parameter problem"},
};

static uint64_t
read_u64(struct vd_reader *r)
{
	uint64_t hi = vd_read_u32(r);

	return hi << 32 | vd_read_u32(r);
}

size_t
vd_check_ping_request(void *buf, bool v6, uint16_t id, uint16_t seq, uint64_t cookie)
{
	struct vd_pkt_icmp h = {.type = v6 ? VD_PKT_ICMP6_ECHO : VD_PKT_ICMP_ECHO};
	uint8_t *p = buf;

	h.id_be = vd_pkt_swap16(id);
	h.seq_be = vd_pkt_swap16(seq);
	for (size_t i = 0; i < COOKIE_LEN; i++)
		p[HEADER_LEN + i] = (uint8_t)(cookie >> 8 * (COOKIE_LEN - 1 - i));
	for (size_t i = HEADER_LEN + COOKIE_LEN; i < VD_CHECK_PING_LEN; i++)
		p[i] = (uint8_t)i;
	memcpy(p, &h, HEADER_LEN);
	if (!v6) {
		h.csum = vd_pkt_csum_finish(vd_pkt_csum_add(0, p, VD_CHECK_PING_LEN));
		memcpy(p, &h, HEADER_LEN);
	}
	return VD_CHECK_PING_LEN;
}

/* Is what r is at an echo message of this type with our numbers? An error may quote it without its data. */
static bool
is_ours(struct vd_reader *r, const struct request *q, uint8_t type, bool quoted)
{
	uint8_t its_type = vd_read_u8(r), code = vd_read_u8(r);
	uint16_t id, seq;

	(void)vd_read_u16(r);
	id = vd_read_u16(r);
	seq = vd_read_u16(r);
	if (r->bad || its_type != type || code != 0 || id != q->id || seq != q->seq)
		return false;
	if (quoted && vd_reader_left(r) < COOKIE_LEN)
		return true;
	return read_u64(r) == q->cookie && !r->bad;
}

/* Steps over the IP header that an error quotes, if what follows can be our request. */
static bool
skip_ip4(struct vd_reader *r)
{
	const struct vd_pkt_ip4 *ip = (const void *)vd_read_bytes(r, VD_PKT_IP4_LEN);
	size_t len;

	if (ip == NULL || ip->version_ihl >> 4 != 4 || ip->proto != VD_PKT_PROTO_ICMP)
		return false;
	len = (size_t)(ip->version_ihl & 0xf) * 4;
	return len >= VD_PKT_IP4_LEN && vd_read_bytes(r, len - VD_PKT_IP4_LEN) != NULL;
}

static bool
skip_ip6(struct vd_reader *r)
{
	const struct vd_pkt_ip6 *ip = (const void *)vd_read_bytes(r, VD_PKT_IP6_LEN);

	return ip != NULL && *(const uint8_t *)ip >> 4 == 6 && ip->next == VD_PKT_PROTO_ICMP6;
}

static const struct error *
error_find(bool v6, int type, int code)
{
	const struct error *v = v6 ? errors6 : errors4;
	size_t n = v6 ? VD_ARRAY_LEN(errors6) : VD_ARRAY_LEN(errors4);

	for (size_t i = 0; i < n; i++)
		if (v[i].type == type && (v[i].code == ANY_CODE || v[i].code == code))
			return &v[i];
	return NULL;
}

enum vd_check_verdict
vd_check_ping_reply(const void *bytes, size_t n, bool v6, uint16_t id, uint16_t seq,
		uint64_t cookie, struct vd_strbuf *why)
{
	struct request q = {.id = id, .seq = seq, .cookie = cookie};
	struct vd_reader r = vd_reader_init(bytes, n);
	const uint8_t *p = bytes;
	const struct error *e;

	if (n < HEADER_LEN || (!v6 && !vd_pkt_csum_good(vd_pkt_csum_add(0, p, n))))
		return VD_CHECK_MORE;
	if (is_ours(&r, &q, v6 ? VD_PKT_ICMP6_ECHO_REPLY : VD_PKT_ICMP_ECHO_REPLY, false))
		return VD_CHECK_GOOD;
	e = error_find(v6, p[0], p[1]);
	if (e == NULL)
		return VD_CHECK_MORE;
	r = vd_reader_init(p + HEADER_LEN, n - HEADER_LEN);
	if (!(v6 ? skip_ip6(&r) : skip_ip4(&r)) ||
			!is_ours(&r, &q, v6 ? VD_PKT_ICMP6_ECHO : VD_PKT_ICMP_ECHO, true))
		return VD_CHECK_MORE;
	vd_strbuf_printf(why, "%s (%s type %u, code %u)", e->words, v6 ? "ICMPv6" : "ICMP", p[0],
			p[1]);
	return VD_CHECK_BAD;
}
