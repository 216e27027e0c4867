/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_MODEL_WORDS_H
#define VD_MODEL_WORDS_H

/*
 * How the word tables are written. A table defines T as the structure it describes and lists its fields:
 *   VD_F(word, type, class, effect, member, sentence, further initialisers)
 *   VD_R(word, class, effect, sentence)	a line kept as words (RAW)
 */

#include "vd_compiler.h"
#include "vd_model.h"

#define VD_F(w, ty, cls, eff, member, text, ...) \
	{ \
		.word = w, .type = VD_MODEL_##ty, .mark = cls, .effect = VD_MODEL_##eff, \
		.offset = offsetof(T, member), .doc = text, __VA_ARGS__ \
	}
#define VD_R(w, cls, eff, text, ...) \
	{ \
		.word = w, .type = VD_MODEL_RAW, .mark = cls, .effect = VD_MODEL_##eff, \
		.doc = text, __VA_ARGS__ \
	}
#define VD_B(title, table) \
	{ \
		.name = title, .size = sizeof(T), .fields = table, .n_fields = VD_ARRAY_LEN(table) \
	}

#define VD_SECS(from, to)  .unit = "s", .min = (int64_t)((from)*1e9), .max = (int64_t)((to)*1e9)
#define VD_MSECS(from, to) .unit = "ms", .min = (int64_t)((from)*1e6), .max = (int64_t)((to)*1e6)
#define VD_S(n)            .def = (int64_t)((n)*1e9)
#define VD_MS(n)           .def = (int64_t)((n)*1e6)
#define VD_N(from, to)     .min = (from), .max = (to)

/* Limits that several words share. */
#define VD_TIME_MAX_S \
	4294967.0 /* what a count of microseconds in 32 bits and three digits more can hold */
#define VD_INT_MAX_N 2147483647

extern const struct vd_model_name vd_model_names_family[];

extern const struct vd_model_block vd_model_global_block;
extern const struct vd_model_block vd_model_command_block;
extern const struct vd_model_block vd_model_user_block;
extern const struct vd_model_block vd_model_weight_block;
extern const struct vd_model_block vd_model_extra_if_block;
extern const struct vd_model_block vd_model_sync_daemon_block;
extern const struct vd_model_block vd_model_vrrp_script_block;
extern const struct vd_model_block vd_model_track_file_block;
extern const struct vd_model_block vd_model_track_process_block;
extern const struct vd_model_block vd_model_bfd_instance_block;
extern const struct vd_model_block vd_model_sync_group_block;
extern const struct vd_model_block vd_model_vrrp_instance_block;
extern const struct vd_model_block vd_model_address_block;
extern const struct vd_model_block vd_model_route_block;
extern const struct vd_model_block vd_model_track_group_block;
extern const struct vd_model_block vd_model_garp_group_block;
extern const struct vd_model_block vd_model_up_down_delay_block;
extern const struct vd_model_block vd_model_virtual_server_group_block;
extern const struct vd_model_block vd_model_virtual_server_block;
extern const struct vd_model_block vd_model_real_server_block;
extern const struct vd_model_block vd_model_local_address_group_block;
extern const struct vd_model_block vd_model_client_group_block;
extern const struct vd_model_block vd_model_ssl_block;

extern const struct vd_model_block vd_model_tcp_check_block;
extern const struct vd_model_block vd_model_http_get_block;
extern const struct vd_model_block vd_model_ssl_get_block;
extern const struct vd_model_block vd_model_smtp_check_block;
extern const struct vd_model_block vd_model_dns_check_block;
extern const struct vd_model_block vd_model_udp_check_block;
extern const struct vd_model_block vd_model_ping_check_block;
extern const struct vd_model_block vd_model_misc_check_block;
extern const struct vd_model_block vd_model_file_check_block;
extern const struct vd_model_block vd_model_bfd_check_block;

#endif
