/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <strings.h>

#include "vd_model_types.h"

#include "cli_priv.h"

static const struct {
	uint32_t min, max;
} ranges[VD_CLI_KIND_N] = {
		[VD_CLI_KIND_FWMARK] = {1, UINT32_MAX},
		[VD_CLI_KIND_WORKER] = {0, 1023},
		[VD_CLI_KIND_LIMIT] = {1, UINT32_MAX},
		[VD_CLI_KIND_LINES] = {1, 100000},
		[VD_CLI_KIND_WEIGHT] = {0, 65535},
		[VD_CLI_KIND_PRIORITY] = {1, 255},
};

static bool
parse_number(const char *word, uint32_t min, uint32_t max, uint32_t *out)
{
	uint64_t v = 0;

	if (*word == '\0' || strlen(word) > 10)
		return false;
	for (; *word != '\0'; word++) {
		if (*word < '0' || *word > '9')
			return false;
		v = v * 10 + (uint64_t)(*word - '0');
	}
	if (v < min || v > max)
		return false;
	*out = (uint32_t)v;
	return true;
}

/* [tcp:|udp:]ADDR:PORT */
static bool
parse_service(const char *word, struct vd_cli_vs *vs)
{
	vs->protocol = 0;
	if (strncasecmp(word, "tcp:", 4) == 0)
		vs->protocol = VD_PROTOCOL_TCP;
	else if (strncasecmp(word, "udp:", 4) == 0)
		vs->protocol = VD_PROTOCOL_UDP;
	if (vs->protocol != 0)
		word += 4;
	if (vd_endpoint_parse(word, &vs->endpoint) != 0)
		return false;
	vs->form = VD_CLI_VS_ENDPOINT;
	return true;
}

/* Names come back in tables and messages: no blanks, nothing unprintable. */
static bool
is_name(const char *word)
{
	if (*word == '\0')
		return false;
	for (; *word != '\0'; word++)
		if ((unsigned char)*word <= 0x20 || *word == 0x7f)
			return false;
	return true;
}

static bool
is_state(const char *word)
{
	if (*word == '\0')
		return false;
	for (; *word != '\0'; word++)
		if (!isalnum((unsigned char)*word) && *word != '_' && *word != '-')
			return false;
	return true;
}

bool
cli_kind_accepts(enum vd_cli_kind kind, const char *word)
{
	struct vd_endpoint ep;
	struct vd_prefix prefix;
	struct vd_cli_vs vs;
	uint32_t n;

	switch (kind) {
	case VD_CLI_KIND_SERVICE:
		return parse_service(word, &vs);
	case VD_CLI_KIND_RS:
	case VD_CLI_KIND_SOURCE:
	case VD_CLI_KIND_DESTINATION:
		return vd_endpoint_parse(word, &ep) == 0;
	case VD_CLI_KIND_CLIENT:
		return vd_prefix_parse(word, &prefix) == 0;
	case VD_CLI_KIND_STATE:
		return is_state(word);
	case VD_CLI_KIND_FWMARK:
	case VD_CLI_KIND_WORKER:
	case VD_CLI_KIND_LIMIT:
	case VD_CLI_KIND_LINES:
	case VD_CLI_KIND_WEIGHT:
	case VD_CLI_KIND_PRIORITY:
		return parse_number(word, ranges[kind].min, ranges[kind].max, &n);
	case VD_CLI_KIND_GROUP:
	case VD_CLI_KIND_INSTANCE:
	case VD_CLI_KIND_PORT:
	case VD_CLI_KIND_TOPIC:
		return is_name(word);
	case VD_CLI_KIND_FILE:
		return *word != '\0';
	case VD_CLI_KIND_N:
		break;
	}
	return false;
}

static bool
bind_vs(enum vd_cli_kind kind, const char *word, struct vd_cli_vs *vs)
{
	if (vs->form != VD_CLI_VS_NONE)
		return false;
	if (kind == VD_CLI_KIND_SERVICE)
		return parse_service(word, vs);
	if (kind == VD_CLI_KIND_GROUP) {
		vs->form = VD_CLI_VS_GROUP;
		vs->group = word;
		return true;
	}
	vs->form = VD_CLI_VS_FWMARK;
	return parse_number(word, ranges[kind].min, ranges[kind].max, &vs->fwmark);
}

static bool
bind_filter(enum vd_cli_kind kind, const char *word, struct vd_cli_filter *f)
{
	bool again;

	switch (kind) {
	case VD_CLI_KIND_RS:
		again = f->has_rs;
		f->has_rs = true;
		(void)vd_endpoint_parse(word, &f->rs);
		return !again;
	case VD_CLI_KIND_CLIENT:
		again = f->has_client;
		f->has_client = true;
		(void)vd_prefix_parse(word, &f->client);
		return !again;
	case VD_CLI_KIND_STATE:
		again = f->state != NULL;
		f->state = word;
		return !again;
	case VD_CLI_KIND_WORKER:
		again = f->has_worker;
		f->has_worker = true;
		(void)parse_number(word, ranges[kind].min, ranges[kind].max, &f->worker);
		return !again;
	case VD_CLI_KIND_LIMIT:
		again = f->limit != 0;
		(void)parse_number(word, ranges[kind].min, ranges[kind].max, &f->limit);
		return !again;
	default:
		return bind_vs(kind, word, &f->vs);
	}
}

bool
cli_kind_bind(enum vd_cli_kind kind, const char *word, bool filter, struct vd_cli_call *call)
{
	if (filter)
		return bind_filter(kind, word, &call->filter);
	switch (kind) {
	case VD_CLI_KIND_SERVICE:
	case VD_CLI_KIND_FWMARK:
	case VD_CLI_KIND_GROUP:
		return bind_vs(kind, word, &call->vs);
	case VD_CLI_KIND_RS:
		call->has_rs = true;
		return vd_endpoint_parse(word, &call->rs) == 0;
	case VD_CLI_KIND_SOURCE:
		return vd_endpoint_parse(word, &call->source) == 0;
	case VD_CLI_KIND_DESTINATION:
		return vd_endpoint_parse(word, &call->destination) == 0;
	case VD_CLI_KIND_WORKER:
	case VD_CLI_KIND_LIMIT:
	case VD_CLI_KIND_LINES:
	case VD_CLI_KIND_WEIGHT:
	case VD_CLI_KIND_PRIORITY:
		call->has_number = true;
		return parse_number(word, ranges[kind].min, ranges[kind].max, &call->number);
	case VD_CLI_KIND_TOPIC:
		call->topic[call->n_topics++] = word;
		return true;
	case VD_CLI_KIND_INSTANCE:
	case VD_CLI_KIND_PORT:
	case VD_CLI_KIND_FILE:
		call->name = word;
		return true;
	case VD_CLI_KIND_CLIENT:
	case VD_CLI_KIND_STATE:
	case VD_CLI_KIND_N:
		break;
	}
	return false;
}
