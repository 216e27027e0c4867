/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The TCP states as one table: who is heard, in what state, what kind of segment -> next state.
 *
 * States are the real server's (RFC 9293 3.3.2), as IPVS has them, and timeouts too. Where this differs from IPVS it
 * follows the RFC:
 *   - a client's SYN does not move a synchronized state (the server answers with a challenge ACK, RFC 9293
 *     3.10.7.4); if the server has forgotten the connection its SYN-ACK does. IPVS falls back to SYN_RECV for 60 s.
 *   - the server's FIN in CLOSE_WAIT gives LAST_ACK, and the client's ACK then CLOSE: a connection that the
 *     client closed leaves the table after 10 s, not 120. The client holds TIME_WAIT itself.
 *   - a client's RST in SYN_RECV ends the attempt (the server returns to LISTEN).
 * Where only the client is heard, its FIN leads to FIN_WAIT, and there a SYN starts afresh: nothing else would.
 */

#include "conn_priv.h"

enum {
	FR = VD_CONN_STATE_FREE,
	NW = VD_CONN_STATE_NEW,
	SR = VD_CONN_STATE_SYN_RECV,
	ES = VD_CONN_STATE_ESTABLISHED,
	FW = VD_CONN_STATE_FIN_WAIT,
	CW = VD_CONN_STATE_CLOSE_WAIT,
	LA = VD_CONN_STATE_LAST_ACK,
	TW = VD_CONN_STATE_TIME_WAIT,
	CL = VD_CONN_STATE_CLOSE,
	UD = VD_CONN_STATE_UDP,
};

/* clang-format off */
const uint8_t vd_conn_tcp_next[VD_CONN_TCP_SIDE_N][VD_CONN_STATE_N][VD_CONN_TCP_CLASS_N] = {
	[VD_CONN_TCP_CLIENT] = {
		/*         none ACK  FIN  SYN  RST */
		[FR] = { FR, FR, FR, FR, FR },
		[NW] = { NW, ES, CL, SR, CL },
		[SR] = { SR, ES, CW, SR, CL },
		[ES] = { ES, ES, CW, ES, CL },
		[FW] = { FW, FW, TW, FW, CL },
		[CW] = { CW, CW, CW, CW, CL },
		[LA] = { LA, CL, LA, LA, CL },
		[TW] = { TW, TW, TW, SR, CL },
		[CL] = { CL, CL, CL, SR, CL },
		[UD] = { UD, UD, UD, UD, UD },
	},
	[VD_CONN_TCP_SERVER] = {
		/*         none ACK  FIN  SYN  RST */
		[FR] = { FR, FR, FR, FR, FR },
		[NW] = { NW, ES, FW, SR, CL },
		[SR] = { SR, ES, FW, SR, CL },
		[ES] = { ES, ES, FW, ES, CL },
		[FW] = { FW, FW, FW, SR, CL },
		[CW] = { CW, CW, LA, SR, CL },
		[LA] = { LA, LA, LA, SR, CL },
		[TW] = { TW, TW, TW, SR, TW },
		[CL] = { CL, CL, CL, SR, CL },
		[UD] = { UD, UD, UD, UD, UD },
	},
	[VD_CONN_TCP_CLIENT_ONLY] = {
		/*         none ACK  FIN  SYN  RST */
		[FR] = { FR, FR, FR, FR, FR },
		[NW] = { NW, ES, CL, SR, CL },
		[SR] = { SR, ES, FW, SR, CL },
		[ES] = { ES, ES, FW, ES, CL },
		[FW] = { FW, FW, FW, SR, CL },
		[CW] = { CW, CW, CW, SR, CL },
		[LA] = { LA, CL, LA, SR, CL },
		[TW] = { TW, TW, TW, SR, CL },
		[CL] = { CL, CL, CL, SR, CL },
		[UD] = { UD, UD, UD, UD, UD },
	},
};
/* clang-format on */

/* By FIN, SYN, RST, PSH, ACK of the header: RST rules, then SYN, FIN, ACK. */
#define C4(c) c, c, c, c
#define CLASSES \
	VD_CONN_TCP_CLASS_NONE, VD_CONN_TCP_CLASS_FIN, VD_CONN_TCP_CLASS_SYN, VD_CONN_TCP_CLASS_SYN
#define CLASSES_ACK \
	VD_CONN_TCP_CLASS_ACK, VD_CONN_TCP_CLASS_FIN, VD_CONN_TCP_CLASS_SYN, VD_CONN_TCP_CLASS_SYN
#define CLASSES_RST C4(VD_CONN_TCP_CLASS_RST)

const uint8_t vd_conn_tcp_class[32] = {
		CLASSES, CLASSES_RST, CLASSES,
		CLASSES_RST, /* without ACK; PSH makes no difference */
		CLASSES_ACK, CLASSES_RST, CLASSES_ACK, CLASSES_RST, /* with ACK */
};
