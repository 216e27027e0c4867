/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CHECK_PING_H
#define VD_CHECK_PING_H

/* PING_CHECK: ICMP echo (RFC 792) and ICMPv6 echo (RFC 4443 4.1, 4.2). The kernel fills in ICMPv6's checksum. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_check.h"
#include "vd_strbuf.h"

#define VD_CHECK_PING_LEN 40 /* bytes of a request, header included */

/* cookie tells one attempt's answers from another's; it travels in the data. Returns the length. */
size_t vd_check_ping_request(void *buf, bool v6, uint16_t id, uint16_t seq, uint64_t cookie);
/*
 * An ICMP message, without the IP header, from the host that was asked. MORE: not for this attempt. BAD: unreachable and
 * its like, about this attempt's request, in words.
 */
enum vd_check_verdict vd_check_ping_reply(const void *bytes, size_t n, bool v6, uint16_t id,
		uint16_t seq, uint64_t cookie, struct vd_strbuf *why);

#endif
