/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_drop.h"

static const struct {
	const char *name;
	const char *text;
} reasons[VD_DROP_N] = {
#define X(id, key, sentence) [VD_DROP_##id] = {key, sentence},
		VD_DROP_REASONS(X)
#undef X
};

const char *
vd_drop_name(enum vd_drop reason)
{
	return (unsigned int)reason < VD_DROP_N ? reasons[reason].name : "?";
}

const char *
vd_drop_text(enum vd_drop reason)
{
	return (unsigned int)reason < VD_DROP_N ? reasons[reason].text : "?";
}
