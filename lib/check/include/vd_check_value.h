/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CHECK_VALUE_H
#define VD_CHECK_VALUE_H

/* What a track_file says, and what a MISC_CHECK's exit status means. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_check.h"
#include "vd_strbuf.h"

#define VD_CHECK_VALUE_MAX 64 /* bytes of a track_file that are read */

/*
 * The number at the file's beginning, as keepalived reads it (0x: hexadecimal, 0: octal, what follows it is nobody's
 * business): an empty file or no number is 0 (false: said in why). One below -2^31 or above 2^31 is ignored: false, said
 * in why, and *value stays as it was.
 */
bool vd_check_value_parse(const char *bytes, size_t n, int64_t *value, struct vd_strbuf *why);

/*
 * status as of waitpid(): exit status 0 is GOOD, another BAD; dynamic: 2 to 255 is GOOD with *weight status - 2.
 * *weight is -1 otherwise. A signal is BAD.
 */
enum vd_check_verdict
vd_check_exit(int status, bool dynamic, int64_t *weight, struct vd_strbuf *why);

#endif
