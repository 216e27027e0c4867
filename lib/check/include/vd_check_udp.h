/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CHECK_UDP_H
#define VD_CHECK_UDP_H

/* UDP_CHECK: the payload that is sent and the reply that is asked for, both hexadecimal in the configuration. */

#include <stddef.h>
#include <stdint.h>

#include "vd_check.h"
#include "vd_strbuf.h"

struct vd_check_bytes {
	uint8_t *bytes, *mask; /* mask: the bits that count ("?" for a nibble that does not); malloc'ed; NULL while empty */
	size_t n;
};

/* From words as keepalived writes them ("0a 1b?3", "ffee"). 0, or -EINVAL with a sentence in why. */
int vd_check_bytes_parse(struct vd_check_bytes *b, const char *const *words, size_t n_words,
		struct vd_strbuf *why);
void vd_check_bytes_free(struct vd_check_bytes *b);

/* want NULL or empty: any bytes. min and max: lengths. */
enum vd_check_verdict vd_check_udp_reply(const void *bytes, size_t n,
		const struct vd_check_bytes *want, size_t min, size_t max, struct vd_strbuf *why);

#endif
