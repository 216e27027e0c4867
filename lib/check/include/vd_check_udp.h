/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CHECK_UDP_H
#define VD_CHECK_UDP_H

/* UDP_CHECK: the payload that is sent and the reply that is asked for, both hexadecimal in the configuration. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_check.h"
#include "vd_strbuf.h"

struct vd_check_bytes {
	uint8_t *bytes, *mask; /* mask: the bits that count ("?" for a nibble that does not); malloc'ed; NULL while empty */
	size_t n;
};

/*
 * From words as keepalived writes them ("0a 1b?3", "ffee"; x and X are "?" too): two digits are a byte, an odd last one of
 * a run is a byte as well. 0, or -EINVAL with a sentence in why and b empty.
 */
int vd_check_bytes_parse(struct vd_check_bytes *b, const char *const *words, size_t n_words,
		struct vd_strbuf *why);
/* Does every bit count? A payload must be so. True while empty. */
bool vd_check_bytes_exact(const struct vd_check_bytes *b);
void vd_check_bytes_free(struct vd_check_bytes *b);

/*
 * want NULL or empty: any bytes. min and max: lengths. As in keepalived, a reply that is shorter than want must match as
 * far as it goes, and one that is longer may go on as it likes.
 */
enum vd_check_verdict vd_check_udp_reply(const void *bytes, size_t n,
		const struct vd_check_bytes *want, size_t min, size_t max, struct vd_strbuf *why);

#endif
