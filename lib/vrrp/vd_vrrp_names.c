/* SPDX-License-Identifier: BSD-3-Clause */
/* Names and sentences of states, reasons and errors: from the tables of the public headers. */
#include "vd_vrrp.h"

static const char *const states[VD_VRRP_STATE_N] = {
		[VD_VRRP_STATE_INIT] = "INIT",
		[VD_VRRP_STATE_BACKUP] = "BACKUP",
		[VD_VRRP_STATE_MASTER] = "MASTER",
		[VD_VRRP_STATE_FAULT] = "FAULT",
};

struct text {
	const char *name, *text;
};

/* clang-format off */
#define VD_X(id, key, text) { key, text },
static const struct text reasons[VD_VRRP_REASON_N] = { VD_VRRP_REASONS(VD_X) };
static const struct text errors[VD_VRRP_ERROR_N] = { VD_VRRP_ERRORS(VD_X) };
#undef VD_X
/* clang-format on */

const char *
vd_vrrp_state_name(enum vd_vrrp_state s)
{
	return (unsigned int)s < VD_VRRP_STATE_N ? states[s] : "?";
}

const char *
vd_vrrp_reason_name(enum vd_vrrp_reason r)
{
	return (unsigned int)r < VD_VRRP_REASON_N ? reasons[r].name : "?";
}

const char *
vd_vrrp_reason_text(enum vd_vrrp_reason r)
{
	return (unsigned int)r < VD_VRRP_REASON_N ? reasons[r].text : "?";
}

const char *
vd_vrrp_error_name(enum vd_vrrp_error e)
{
	return (unsigned int)e < VD_VRRP_ERROR_N ? errors[e].name : "?";
}

const char *
vd_vrrp_error_text(enum vd_vrrp_error e)
{
	return (unsigned int)e < VD_VRRP_ERROR_N ? errors[e].text : "?";
}
