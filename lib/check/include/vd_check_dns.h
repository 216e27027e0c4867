/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CHECK_DNS_H
#define VD_CHECK_DNS_H

/* DNS_CHECK (RFC 1035 4.1): one question over UDP, and what an answer must be. */

#include <stddef.h>
#include <stdint.h>

#include "vd_check.h"
#include "vd_strbuf.h"

#define VD_CHECK_DNS_MAX 512 /* bytes of a query */

/* Length of the query, or -EINVAL: no domain name (a label over 63 bytes, over 255 in all, an empty label). */
int vd_check_dns_query(void *buf, size_t size, uint16_t id, uint16_t type, const char *name);
/*
 * MORE: not an answer to this question (another id or question, or a query): wait on. GOOD: response, RCODE 0, as
 * keepalived asks. BAD: with a sentence in why, the RCODE in words among them.
 */
enum vd_check_verdict vd_check_dns_reply(const void *bytes, size_t n, uint16_t id, uint16_t type,
		const char *name, struct vd_strbuf *why);

#endif
