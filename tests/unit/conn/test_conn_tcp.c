/* SPDX-License-Identifier: BSD-3-Clause */
#include "conn_flow.h"
#include "vd_test.h"

#define A  VD_CONN_TCP_ACK
#define S  VD_CONN_TCP_SYN
#define F  VD_CONN_TCP_FIN
#define R  VD_CONN_TCP_RST
#define SA (S | A)
#define FA (F | A)

static const char *const short_names[VD_CONN_STATE_N] = {
		"FR", "NW", "SR", "ES", "FW", "CW", "LA", "TW", "CL", "UD"};

/* Every row, written the other way round than the table is: state after, for NEW to CLOSE. */
static const struct {
	enum vd_conn_tcp_side side;
	enum vd_conn_tcp_class class;
	const char *next;
} rows[] = {
		/*                                                      NW SR ES FW CW LA TW CL */
		{VD_CONN_TCP_CLIENT, VD_CONN_TCP_CLASS_ACK, "ES ES ES FW CW CL TW CL"},
		{VD_CONN_TCP_CLIENT, VD_CONN_TCP_CLASS_FIN, "CL CW CW TW CW LA TW CL"},
		{VD_CONN_TCP_CLIENT, VD_CONN_TCP_CLASS_SYN, "SR SR ES FW CW LA SR SR"},
		{VD_CONN_TCP_CLIENT, VD_CONN_TCP_CLASS_RST, "CL CL CL CL CL CL CL CL"},
		{VD_CONN_TCP_SERVER, VD_CONN_TCP_CLASS_ACK, "ES ES ES FW CW LA TW CL"},
		{VD_CONN_TCP_SERVER, VD_CONN_TCP_CLASS_FIN, "FW FW FW FW LA LA TW CL"},
		{VD_CONN_TCP_SERVER, VD_CONN_TCP_CLASS_SYN, "SR SR ES SR SR SR SR SR"},
		{VD_CONN_TCP_SERVER, VD_CONN_TCP_CLASS_RST, "CL CL CL CL CL CL TW CL"},
		{VD_CONN_TCP_CLIENT_ONLY, VD_CONN_TCP_CLASS_ACK, "ES ES ES FW CW CL TW CL"},
		{VD_CONN_TCP_CLIENT_ONLY, VD_CONN_TCP_CLASS_FIN, "CL FW FW FW CW LA TW CL"},
		{VD_CONN_TCP_CLIENT_ONLY, VD_CONN_TCP_CLASS_SYN, "SR SR ES SR SR SR SR SR"},
		{VD_CONN_TCP_CLIENT_ONLY, VD_CONN_TCP_CLASS_RST, "CL CL CL CL CL CL CL CL"},
};

static void
every_row(void)
{
	CU_ASSERT_EQUAL(VD_ARRAY_LEN(rows), VD_CONN_TCP_SIDE_N * (VD_CONN_TCP_CLASS_N - 1));
	for (unsigned r = 0; r < VD_ARRAY_LEN(rows); r++) {
		for (unsigned s = VD_CONN_STATE_NEW; s <= VD_CONN_STATE_CLOSE; s++) {
			unsigned next = vd_conn_tcp_next[rows[r].side][s][rows[r].class];
			const char *want = rows[r].next + 3 * (s - VD_CONN_STATE_NEW);

			CU_ASSERT_EQUAL(strncmp(want, short_names[next], 2), 0);
		}
	}
	for (unsigned side = 0; side < VD_CONN_TCP_SIDE_N; side++) {
		for (unsigned c = 0; c < VD_CONN_TCP_CLASS_N; c++) {
			CU_ASSERT_EQUAL(vd_conn_tcp_next[side][VD_CONN_STATE_FREE][c],
					VD_CONN_STATE_FREE);
			CU_ASSERT_EQUAL(vd_conn_tcp_next[side][VD_CONN_STATE_UDP][c],
					VD_CONN_STATE_UDP);
		}
		for (unsigned s = 0; s < VD_CONN_STATE_N; s++)
			CU_ASSERT_EQUAL(vd_conn_tcp_next[side][s][VD_CONN_TCP_CLASS_NONE], s);
	}
}

static void
flag_classes(void)
{
	for (unsigned f = 0; f < 32; f++) {
		unsigned want = (f & R) != 0   ? VD_CONN_TCP_CLASS_RST
				: (f & S) != 0 ? VD_CONN_TCP_CLASS_SYN
				: (f & F) != 0 ? VD_CONN_TCP_CLASS_FIN
				: (f & A) != 0 ? VD_CONN_TCP_CLASS_ACK
					       : VD_CONN_TCP_CLASS_NONE;

		CU_ASSERT_EQUAL(vd_conn_tcp_class[f], want);
	}
}

struct segment {
	bool server;
	uint8_t flags;
	enum vd_conn_state state;
};

static void
play(enum flow_kind kind, const struct segment *segments, unsigned n)
{
	struct vd_conn_table *t = vd_conn_table_create(4, 1, &vd_alloc_libc);
	struct vd_conn_new new = flow_new(1, kind);
	struct vd_conn *c;
	int active = 0;
	uint32_t ref;

	CU_ASSERT_EQUAL_FATAL(flow_insert(t, &new, 0, &ref), 0);
	c = vd_conn_at(t, ref);
	CU_ASSERT_EQUAL(c->state, VD_CONN_STATE_NEW);
	for (unsigned i = 0; i < n; i++) {
		active += vd_conn_tcp_step(t, c, segments[i].server ? VD_CONN_OUT : VD_CONN_IN,
				segments[i].flags);
		CU_ASSERT_EQUAL(c->state, segments[i].state);
		CU_ASSERT_EQUAL(active, c->state == VD_CONN_STATE_ESTABLISHED);
		CU_ASSERT_EQUAL(vd_conn_is_active(c), active == 1);
		CU_ASSERT_EQUAL(t->stats.by_state[c->state], 1);
	}
	CU_ASSERT_EQUAL(vd_conn_table_check(t), 0);
	vd_conn_table_destroy(t);
}

#define PLAY(kind, ...) \
	do { \
		static const struct segment s[] = {__VA_ARGS__}; \
		play(kind, s, VD_ARRAY_LEN(s)); \
	} while (0)

#define OPEN \
	{false, S, VD_CONN_STATE_SYN_RECV}, {true, SA, VD_CONN_STATE_SYN_RECV}, \
	{ \
		false, A, VD_CONN_STATE_ESTABLISHED \
	}

static void
stories(void)
{
	/* The client closes; the table is rid of it soon. */
	PLAY(FLOW_FULLNAT4, OPEN, {false, A | 8, VD_CONN_STATE_ESTABLISHED},
			{true, A, VD_CONN_STATE_ESTABLISHED}, {false, FA, VD_CONN_STATE_CLOSE_WAIT},
			{true, A, VD_CONN_STATE_CLOSE_WAIT}, {true, FA, VD_CONN_STATE_LAST_ACK},
			{false, A, VD_CONN_STATE_CLOSE});
	/* The server closes (wrk, HTTP/1.0). */
	PLAY(FLOW_FULLNAT4, OPEN, {true, FA, VD_CONN_STATE_FIN_WAIT},
			{false, A, VD_CONN_STATE_FIN_WAIT}, {false, FA, VD_CONN_STATE_TIME_WAIT},
			{true, A, VD_CONN_STATE_TIME_WAIT}, {false, S, VD_CONN_STATE_SYN_RECV});
	/* Refused, and given up. */
	PLAY(FLOW_FULLNAT4, {false, S, VD_CONN_STATE_SYN_RECV}, {true, R | A, VD_CONN_STATE_CLOSE},
			{false, S, VD_CONN_STATE_SYN_RECV}, {false, R, VD_CONN_STATE_CLOSE});
	/* A stray SYN does not unseat a connection; a server that forgot it does. */
	PLAY(FLOW_NAT4, OPEN, {false, S, VD_CONN_STATE_ESTABLISHED},
			{true, A, VD_CONN_STATE_ESTABLISHED}, {false, FA, VD_CONN_STATE_CLOSE_WAIT},
			{false, S, VD_CONN_STATE_CLOSE_WAIT}, {true, SA, VD_CONN_STATE_SYN_RECV});
	/* Picked up in the middle; then only the client is heard. */
	PLAY(FLOW_FULLNAT4, {false, A, VD_CONN_STATE_ESTABLISHED}, {true, R, VD_CONN_STATE_CLOSE});
	PLAY(FLOW_DR4, {false, S, VD_CONN_STATE_SYN_RECV}, {false, A, VD_CONN_STATE_ESTABLISHED},
			{false, FA, VD_CONN_STATE_FIN_WAIT}, {false, A, VD_CONN_STATE_FIN_WAIT},
			{false, S, VD_CONN_STATE_SYN_RECV});
}

static void
reuse(void)
{
	struct vd_conn c = {.state = VD_CONN_STATE_TIME_WAIT};

	CU_ASSERT_TRUE(vd_conn_reusable(&c, S));
	CU_ASSERT_TRUE(vd_conn_reusable(&c, S | 0xc0));
	CU_ASSERT_FALSE(vd_conn_reusable(&c, SA));
	CU_ASSERT_FALSE(vd_conn_reusable(&c, A));
	CU_ASSERT_FALSE(vd_conn_reusable(&c, S | R));
	c.state = VD_CONN_STATE_CLOSE;
	CU_ASSERT_TRUE(vd_conn_reusable(&c, S));
	c.state = VD_CONN_STATE_FIN_WAIT;
	CU_ASSERT_FALSE(vd_conn_reusable(&c, S));
	c.flags = VD_CONN_F_ONEWAY;
	CU_ASSERT_TRUE(vd_conn_reusable(&c, S));
	c.state = VD_CONN_STATE_ESTABLISHED;
	CU_ASSERT_FALSE(vd_conn_reusable(&c, S));
}

/* A connection of a kind, after these segments, at tick 1000. */
struct opening {
	struct vd_conn_table *t;
	struct vd_conn *c;
};

static struct opening
opening_begin(enum flow_kind kind)
{
	struct opening o = {vd_conn_table_create(4, 1, &vd_alloc_libc), NULL};
	struct vd_conn_new new = flow_new(1, kind);
	uint32_t ref;

	CU_ASSERT_EQUAL_FATAL(flow_insert(o.t, &new, 1000, &ref), 0);
	o.c = vd_conn_at(o.t, ref);
	return o;
}

static enum vd_conn_syn
opening_step(struct opening *o, enum vd_conn_dir dir, uint8_t flags, uint32_t tick)
{
	enum vd_conn_syn told = vd_conn_syn_look(o->c, dir, flags, tick);

	vd_conn_tcp_step(o->t, o->c, dir, flags);
	vd_conn_touch(o->c, tick);
	return told;
}

#define NOTHING VD_CONN_SYN_NOTHING
#define LATER   VD_CONN_SYN_AGAIN

/* Each SYN again, not the first one; not once the server has said something. */
static void
syn_unanswered(void)
{
	struct opening o = opening_begin(FLOW_FULLNAT4);
	uint32_t now = 1000;

	CU_ASSERT_EQUAL(opening_step(&o, VD_CONN_IN, S, now), NOTHING);
	for (unsigned i = 0; i < 4; i++) {
		now += LATER << i;
		CU_ASSERT_EQUAL(opening_step(&o, VD_CONN_IN, S | 0xc0, now),
				VD_CONN_SYN_UNANSWERED);
	}
	/* Copies in a burst prove nothing. */
	CU_ASSERT_EQUAL(opening_step(&o, VD_CONN_IN, S, now), NOTHING);
	CU_ASSERT_EQUAL(opening_step(&o, VD_CONN_IN, S, now + LATER - 1), NOTHING);
	now += 2 * LATER;
	CU_ASSERT_EQUAL(opening_step(&o, VD_CONN_IN, A, now), NOTHING);
	CU_ASSERT_EQUAL(o.c->state, VD_CONN_STATE_ESTABLISHED);
	vd_conn_table_destroy(o.t);

	o = opening_begin(FLOW_NAT4);
	opening_step(&o, VD_CONN_IN, S, 1000);
	CU_ASSERT_EQUAL(opening_step(&o, VD_CONN_OUT, SA, 1001), VD_CONN_SYN_ANSWERED);
	CU_ASSERT_EQUAL(o.c->state, VD_CONN_STATE_SYN_RECV);
	CU_ASSERT_EQUAL(opening_step(&o, VD_CONN_IN, S, 1001 + LATER), NOTHING);
	CU_ASSERT_EQUAL(opening_step(&o, VD_CONN_OUT, SA, 1001 + LATER), NOTHING);
	vd_conn_table_destroy(o.t);
}

/* RST as the first word of the server; later, and from the client, it is nobody's fault. */
static void
syn_reset(void)
{
	struct opening o = opening_begin(FLOW_FULLNAT6);

	opening_step(&o, VD_CONN_IN, S, 1000);
	CU_ASSERT_EQUAL(opening_step(&o, VD_CONN_OUT, R | A, 1001), VD_CONN_SYN_RESET);
	CU_ASSERT_EQUAL(o.c->state, VD_CONN_STATE_CLOSE);
	CU_ASSERT_EQUAL(opening_step(&o, VD_CONN_OUT, R | A, 1002), NOTHING);
	vd_conn_table_destroy(o.t);

	o = opening_begin(FLOW_FULLNAT4);
	opening_step(&o, VD_CONN_IN, S, 1000);
	opening_step(&o, VD_CONN_OUT, SA, 1001);
	CU_ASSERT_EQUAL(opening_step(&o, VD_CONN_OUT, R, 1001), NOTHING);
	vd_conn_table_destroy(o.t);

	o = opening_begin(FLOW_FULLNAT4);
	opening_step(&o, VD_CONN_IN, S, 1000);
	CU_ASSERT_EQUAL(opening_step(&o, VD_CONN_IN, R, 1001 + LATER), NOTHING);
	vd_conn_table_destroy(o.t);

	/* A challenge: the server speaks, though it does not open. */
	o = opening_begin(FLOW_FULLNAT4);
	opening_step(&o, VD_CONN_IN, S, 1000);
	CU_ASSERT_EQUAL(vd_conn_syn_look(o.c, VD_CONN_OUT, A, 1001), NOTHING);
	CU_ASSERT_EQUAL(vd_conn_syn_look(o.c, VD_CONN_OUT, R, 1001), NOTHING);
	vd_conn_table_destroy(o.t);
}

/* Where replies do not pass here nobody knows whether there was one. A new connection on the ports begins anew. */
static void
syn_oneway(void)
{
	struct opening o = opening_begin(FLOW_DR4);
	struct vd_conn_new new = flow_new(2, FLOW_FULLNAT4);
	uint32_t ref;

	opening_step(&o, VD_CONN_IN, S, 1000);
	CU_ASSERT_EQUAL(opening_step(&o, VD_CONN_IN, S, 1000 + LATER), NOTHING);
	CU_ASSERT_EQUAL_FATAL(flow_insert(o.t, &new, 1000, &ref), 0);
	o.c = vd_conn_at(o.t, ref);
	opening_step(&o, VD_CONN_IN, S, 1000);
	opening_step(&o, VD_CONN_OUT, SA, 1000);
	vd_conn_remove(o.t, ref);
	CU_ASSERT_EQUAL_FATAL(flow_insert(o.t, &new, 2000, &ref), 0);
	o.c = vd_conn_at(o.t, ref);
	opening_step(&o, VD_CONN_IN, S, 2000);
	CU_ASSERT_EQUAL(opening_step(&o, VD_CONN_IN, S, 2000 + LATER), VD_CONN_SYN_UNANSWERED);
	vd_conn_table_destroy(o.t);
}

static const struct vd_test tests[] = {
		VD_TEST(every_row),
		VD_TEST(flag_classes),
		VD_TEST(stories),
		VD_TEST(reuse),
		VD_TEST(syn_unanswered),
		VD_TEST(syn_reset),
		VD_TEST(syn_oneway),
};

VD_TEST_MAIN("conn_tcp", tests)
