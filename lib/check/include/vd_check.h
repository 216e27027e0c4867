/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CHECK_H
#define VD_CHECK_H

/*
 * What health checks ask and how they read the answers. Pure: bytes in, verdict out; sockets and clocks are the probe's.
 * Bytes come from strangers: every reader is bounded, and takes them in pieces of any size. Reasons are sentences
 * without a capital and without an end, for a log line.
 */

enum vd_check_verdict {
	VD_CHECK_MORE, /* not decided yet */
	VD_CHECK_GOOD,
	VD_CHECK_BAD,
};

#endif
