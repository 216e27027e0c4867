/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <strings.h>

#include "vd_compiler.h"
#include "vd_model_types.h"

static const struct {
	const char *word, *name;
	bool built;
} forwardings[VD_FORWARDING_N] = {
#define VD_X(id, word, name, built) {word, name, built},
		VD_FORWARDINGS(VD_X)
#undef VD_X
};

static const struct {
	const char *word;
	bool built;
} schedulers[VD_SCHEDULER_N] = {
#define VD_X(id, word, built) {word, built},
		VD_SCHEDULERS(VD_X)
#undef VD_X
};

static const struct {
	enum vd_protocol protocol;
	const char *name;
} protocols[] = {
		{VD_PROTOCOL_TCP, "tcp"},
		{VD_PROTOCOL_UDP, "udp"},
		{VD_PROTOCOL_SCTP, "sctp"},
};

const char *
vd_forwarding_word(enum vd_forwarding f)
{
	return (unsigned int)f < VD_FORWARDING_N ? forwardings[f].word : "?";
}

const char *
vd_forwarding_name(enum vd_forwarding f)
{
	return (unsigned int)f < VD_FORWARDING_N ? forwardings[f].name : "?";
}

bool
vd_forwarding_built(enum vd_forwarding f)
{
	return (unsigned int)f < VD_FORWARDING_N && forwardings[f].built;
}

const char *
vd_scheduler_word(enum vd_scheduler s)
{
	return (unsigned int)s < VD_SCHEDULER_N ? schedulers[s].word : "?";
}

bool
vd_scheduler_built(enum vd_scheduler s)
{
	return (unsigned int)s < VD_SCHEDULER_N && schedulers[s].built;
}

const char *
vd_protocol_name(enum vd_protocol p)
{
	for (size_t i = 0; i < VD_ARRAY_LEN(protocols); i++)
		if (protocols[i].protocol == p)
			return protocols[i].name;
	return "?";
}

int
vd_forwarding_parse(const char *word, enum vd_forwarding *out)
{
	for (unsigned int i = 0; i < VD_FORWARDING_N; i++) {
		if (strcasecmp(word, forwardings[i].word) == 0) {
			*out = (enum vd_forwarding)i;
			return 0;
		}
	}
	return -EINVAL;
}

int
vd_scheduler_parse(const char *word, enum vd_scheduler *out)
{
	for (unsigned int i = 0; i < VD_SCHEDULER_N; i++) {
		if (strcasecmp(word, schedulers[i].word) == 0) {
			*out = (enum vd_scheduler)i;
			return 0;
		}
	}
	return -EINVAL;
}

int
vd_protocol_parse(const char *word, enum vd_protocol *out)
{
	for (size_t i = 0; i < VD_ARRAY_LEN(protocols); i++) {
		if (strcasecmp(word, protocols[i].name) == 0) {
			*out = protocols[i].protocol;
			return 0;
		}
	}
	return -EINVAL;
}
