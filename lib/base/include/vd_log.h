/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_LOG_H
#define VD_LOG_H

/*
 * The log facade. Floors below io only call vd_log(); the program installs a sink. Until it does, lines are dropped.
 * Never call it on the data path or the control lcore's: those send events over rings to main, which logs.
 */

#include "vd_compiler.h"

enum vd_log_level {
	VD_LOG_ERROR,
	VD_LOG_WARNING,
	VD_LOG_NOTICE,
	VD_LOG_INFO,
	VD_LOG_DEBUG,
};

typedef void (*vd_log_sink)(void *ctx, enum vd_log_level level, const char *text);

/* Not thread-safe: installed once, before threads start. */
void vd_log_set_sink(vd_log_sink sink, void *ctx);
void vd_log_set_level(enum vd_log_level level);
enum vd_log_level vd_log_get_level(void);
const char *vd_log_level_name(enum vd_log_level level);
/* 0, or -EINVAL for no such name: error, warning, notice, info, debug. */
int vd_log_level_parse(const char *name, enum vd_log_level *out);
void vd_log(enum vd_log_level level, const char *fmt, ...) VD_PRINTF(2, 3);

#endif
