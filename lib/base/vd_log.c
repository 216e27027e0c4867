/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_log.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_LEN 1024

static vd_log_sink current_sink;
static void *current_ctx;
static enum vd_log_level current_level = VD_LOG_NOTICE;

static const char *const level_names[] = {
		[VD_LOG_ERROR] = "error",
		[VD_LOG_WARNING] = "warning",
		[VD_LOG_NOTICE] = "notice",
		[VD_LOG_INFO] = "info",
		[VD_LOG_DEBUG] = "debug",
};

void
vd_log_set_sink(vd_log_sink sink, void *ctx)
{
	current_sink = sink;
	current_ctx = ctx;
}

void
vd_log_set_level(enum vd_log_level level)
{
	vd_store_relaxed(&current_level, level);
}

enum vd_log_level
vd_log_get_level(void)
{
	return vd_load_relaxed(&current_level);
}

const char *
vd_log_level_name(enum vd_log_level level)
{
	return (size_t)level < VD_ARRAY_LEN(level_names) ? level_names[level] : "?";
}

int
vd_log_level_parse(const char *name, enum vd_log_level *out)
{
	for (size_t i = 0; i < VD_ARRAY_LEN(level_names); i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*out = (enum vd_log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

void
vd_log(enum vd_log_level level, const char *fmt, ...)
{
	char text[LINE_MAX_LEN];
	va_list ap;

	if (current_sink == NULL || level > vd_log_get_level())
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	current_sink(current_ctx, level, text);
}
