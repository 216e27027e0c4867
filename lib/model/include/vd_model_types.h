/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_MODEL_TYPES_H
#define VD_MODEL_TYPES_H

/*
 * The enumerations that configuration, engines and data plane share. One table each: the enum, the word of
 * keepalived.conf and of JSON, and whether this version carries it out.
 */

#include <stdbool.h>
#include <stdint.h>

enum vd_protocol {
	VD_PROTOCOL_TCP = 6,
	VD_PROTOCOL_UDP = 17,
	VD_PROTOCOL_SCTP = 132,
};

/* Forwarding methods: id, word of lb_kind, name in JSON output, carried out. */
/* clang-format off */
#define VD_FORWARDINGS(X) \
	X(NAT,     "NAT",  "nat",     true) \
	X(DR,      "DR",   "dr",      true) \
	X(TUNNEL,  "TUN",  "tunnel",  false) \
	X(FULLNAT, "FNAT", "fullnat", true)

/* Schedulers: id, word of lb_algo, carried out. One that is not falls back to wrr with a warning. */
#define VD_SCHEDULERS(X) \
	X(RR,    "rr",    true) \
	X(WRR,   "wrr",   true) \
	X(LC,    "lc",    true) \
	X(WLC,   "wlc",   true) \
	X(SH,    "sh",    true) \
	X(MH,    "mh",    true) \
	X(DH,    "dh",    false) \
	X(FO,    "fo",    false) \
	X(OVF,   "ovf",   false) \
	X(LBLC,  "lblc",  false) \
	X(LBLCR, "lblcr", false) \
	X(SED,   "sed",   false) \
	X(NQ,    "nq",    false) \
	X(TWOS,  "twos",  false)
/* clang-format on */

enum vd_forwarding {
#define VD_X(id, word, name, built) VD_FORWARDING_##id,
	VD_FORWARDINGS(VD_X)
#undef VD_X
	VD_FORWARDING_N
};

enum vd_scheduler {
#define VD_X(id, word, built) VD_SCHEDULER_##id,
	VD_SCHEDULERS(VD_X)
#undef VD_X
	VD_SCHEDULER_N
};

/* The word of the enum ("FNAT", "wrr"); "?" outside it. */
const char *vd_forwarding_word(enum vd_forwarding f);
const char *vd_forwarding_name(enum vd_forwarding f); /* "fullnat" */
bool vd_forwarding_built(enum vd_forwarding f);
const char *vd_scheduler_word(enum vd_scheduler s);
bool vd_scheduler_built(enum vd_scheduler s);
const char *vd_protocol_name(enum vd_protocol p); /* "tcp" */

/* Case-insensitive word to enum: 0 or -EINVAL. */
int vd_forwarding_parse(const char *word, enum vd_forwarding *out);
int vd_scheduler_parse(const char *word, enum vd_scheduler *out);
int vd_protocol_parse(const char *word, enum vd_protocol *out);

#endif
