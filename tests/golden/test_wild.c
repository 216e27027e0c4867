/* SPDX-License-Identifier: BSD-3-Clause */
#include "golden.h"

/*
 * Frames that no one should send. Whatever comes in, each frame is accounted for: it left, it is on a ring up, it
 * waits for a next hop, or it was dropped for a reason; and no buffer is lost.
 */

#define SYN VD_PKT_TCP_SYN
#define ACK VD_PKT_TCP_ACK

static const enum g_service all[] = {G_FNAT4_TCP, G_FNAT4_UDP, G_NAT4_TCP, G_DR4_TCP, G_FNAT6_TCP,
		G_FNAT6_UDP, G_NAT6_TCP, G_DR6_UDP};

static uint64_t sent, seen;

static void
begin(void)
{
	struct g_options o = {
			.punt_rate = 100000000, .echo_rate = 100000000, .rst_rate = 100000000};

	sent = 0;
	seen = 0;
	g_start(&o);
}

/* Every frame that leaves must be one that a strict receiver takes. */
static void
collect(void)
{
	struct vd_pkt_info info;
	struct g_frame f;

	g_run();
	for (uint8_t p = 0; p < G_PORTS; p++)
		while (g_get(p, &f)) {
			seen++;
			if (vd_pkt_parse(f.data, f.len, &info) == VD_PKT_OK)
				continue;
			CU_FAIL("a frame left that no one should take");
			for (uint16_t i = 0; i < f.len; i++)
				fprintf(stderr, "%02x%s", f.data[i], i + 1 == f.len ? "\n" : "");
		}
	for (int up = 0; up < VD_DP_UP_N; up++)
		while (g_up((enum vd_dp_up)up, NULL) >= 0)
			seen++;
}

static void
put(const uint8_t *frame, uint16_t len)
{
	g_put((uint8_t)(sent % 2), frame, len);
	if (++sent % 64 == 0)
		collect();
}

static void
end(void)
{
	const struct vd_dp_counters *c = vd_dp_worker_counters(g_worker);
	uint64_t received;

	g_advance(10 * VD_SEC);
	collect();
	/* Answers of the scene's hosts came in too, and ARP and ND go to the engine, which has taken them. */
	received = c->port[0].rx_packets + c->port[1].rx_packets;
	CU_ASSERT_EQUAL(received, seen + g_drops_total() - c->rst_sent + c->up[VD_DP_UP_NEIGH]);
	CU_ASSERT(received >= sent);
	g_stop();
}

/* Every length that a good frame can be cut to. */
static void
truncated(void)
{
	uint8_t frame[G_FRAME_MAX];

	begin();
	for (size_t s = 0; s < VD_ARRAY_LEN(all); s++)
		for (uint16_t vlan = 0; vlan <= 100; vlan += 100) {
			struct g_packet p = g_to_service(all[s], 0, 40000, SYN);
			uint16_t len;

			p.payload = 40;
			p.vlan = vlan;
			p.ip_options = g_is_v6(all[s]) ? 1 : 8;
			len = g_build(&p, frame);
			g_put(0, frame, len);
			sent++;
			for (uint16_t cut = 0; cut < len; cut++)
				put(frame, cut);
		}
	end();
}

/* Each byte of the headers set to values that break lengths and types. */
static void
lying(void)
{
	static const uint8_t values[] = {0x00, 0x01, 0x05, 0x0f, 0x10, 0x3c, 0x40, 0x45, 0x4f, 0x60,
			0x7f, 0x80, 0x81, 0xf0, 0xff};
	uint8_t frame[G_FRAME_MAX];

	begin();
	for (size_t s = 0; s < VD_ARRAY_LEN(all); s++) {
		struct g_packet p = g_to_service(all[s], 0, 40000, SYN);
		uint16_t len, headers;

		p.payload = 40;
		len = g_build(&p, frame);
		headers = (uint16_t)(len - 40);
		for (uint16_t at = 0; at < headers; at++) {
			uint8_t good = frame[at];

			for (size_t v = 0; v < VD_ARRAY_LEN(values); v++) {
				frame[at] = values[v];
				put(frame, len);
				if (!g_is_v6(all[s]) && at >= 14 && at < 34) {
					/* With a checksum that agrees. */
					uint16_t was, csum = vd_pkt_csum_ip4(frame + 14, 20);

					memcpy(&was, frame + 24, 2);
					memcpy(frame + 24, &csum, 2);
					put(frame, len);
					memcpy(frame + 24, &was, 2);
				}
				frame[at] = good;
			}
		}
	}
	end();
}

static void
mutate(struct vd_rng *rng, uint8_t *frame, uint16_t *len)
{
	uint32_t n = vd_rng_below(rng, 4);

	for (uint32_t i = 0; i < n; i++)
		frame[vd_rng_below(rng, VD_MIN(*len, 80u))] = (uint8_t)vd_rng_next(rng);
	if (vd_rng_below(rng, 4) == 0)
		*len = (uint16_t)vd_rng_below(rng, *len + 1u);
	if (vd_rng_below(rng, 8) == 0 && *len >= 34 && frame[12] == 0x08 && frame[14] == 0x45) {
		uint16_t csum = vd_pkt_csum_ip4(frame + 14, 20);

		memcpy(frame + 24, &csum, 2);
	}
	if (*len == 0)
		*len = 1;
}

/* A hundred thousand frames of every kind, each bent a little. */
static void
random_frames(void)
{
	struct vd_rng rng = {20260101};
	uint8_t frame[G_FRAME_MAX];

	begin();
	for (uint32_t i = 0; i < 100000; i++) {
		enum g_service s = all[vd_rng_below(&rng, VD_ARRAY_LEN(all))];
		struct g_packet p = g_to_service(s, vd_rng_below(&rng, 50),
				(uint16_t)vd_rng_below(&rng, 2000), (uint8_t)vd_rng_next(&rng));
		uint16_t len;

		if (vd_rng_below(&rng, 3) == 0)
			p.flags = vd_rng_below(&rng, 2) == 0 ? SYN : ACK;
		p.payload = (uint16_t)vd_rng_below(&rng, 100);
		p.vlan = vd_rng_below(&rng, 8) == 0 ? 100 : 0;
		p.ip_options = (uint8_t)(vd_rng_below(&rng, 8) == 0 ? 4 : 0);
		p.fragment = vd_rng_below(&rng, 16) == 0 ? (uint16_t)vd_rng_next(&rng) & 0x3fff : 0;
		if (vd_rng_below(&rng, 16) == 0)
			p.proto = (uint8_t)vd_rng_next(&rng);
		if (vd_rng_below(&rng, 8) == 0)
			p.dst = g_addr(g_is_v6(s) ? "2001:db8:1::1" : "192.0.2.1");
		p.ttl = (uint8_t)vd_rng_next(&rng);
		p.port = (uint8_t)(sent % 2);
		len = g_build(&p, frame);
		mutate(&rng, frame, &len);
		put(frame, len);
	}
	end();
}

/* Noise behind our MAC. */
static void
noise(void)
{
	static const uint16_t types[] = {0x0800, 0x86dd, 0x0806, 0x8100, 0x88a8, 0x1234};
	struct vd_rng rng = {7};
	uint8_t frame[256];

	begin();
	for (uint32_t i = 0; i < 50000; i++) {
		uint16_t len = (uint16_t)(14 + vd_rng_below(&rng, 200));
		uint16_t type = types[vd_rng_below(&rng, VD_ARRAY_LEN(types))];

		for (uint16_t k = 0; k < len; k++)
			frame[k] = (uint8_t)vd_rng_next(&rng);
		memcpy(frame, g_mac[sent % 2].b, 6);
		frame[6] &= 0xfe;
		frame[12] = (uint8_t)(type >> 8);
		frame[13] = (uint8_t)type;
		if (vd_rng_below(&rng, 2) == 0)
			frame[14] = type == 0x86dd ? 0x60 : 0x45;
		put(frame, len);
	}
	end();
}

static const struct vd_test tests[] = {
		VD_TEST(truncated),
		VD_TEST(lying),
		VD_TEST(random_frames),
		VD_TEST(noise),
};

G_MAIN("golden/wild", tests)
