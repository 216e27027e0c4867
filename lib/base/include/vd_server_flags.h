/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_SERVER_FLAGS_H
#define VD_SERVER_FLAGS_H

/* What workers are told about a real server, all of it anew each time: health decides, lb obeys. */

#define VD_LB_SERVER_DOWN     0x01u /* health: no new connections */
#define VD_LB_SERVER_DRAIN    0x02u /* operator: no new connections, live ones go on */
#define VD_LB_SERVER_DISABLED 0x04u /* operator: no new connections */
#define VD_LB_SERVER_GONE     0x08u /* live connections end (real_server_gone), no new ones */
/*
 * lc, wlc: it came back a moment ago and has fewer connections than the others: it takes turns with them, as in rr, instead
 * of getting all that is new.
 */
#define VD_LB_SERVER_FRESH 0x10u
/* Slow start: n of 256 of its weight, n from 1 to 256. */
#define VD_LB_SERVER_SHARE(n)        ((256u - (n)) << 16)
#define VD_LB_SERVER_SHARE_OF(flags) (256u - ((flags) >> 16 & 0xffu))

#endif
