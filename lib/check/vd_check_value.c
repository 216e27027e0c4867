/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_check_value.h"

#include <stdlib.h>
#include <string.h>

#include "check_priv.h"
#include "vd_compiler.h"

#define VALUE_LO INT32_MIN
#define VALUE_HI ((int64_t)INT32_MAX + 1)

bool
vd_check_value_parse(const char *bytes, size_t n, int64_t *value, struct vd_strbuf *why)
{
	char text[VD_CHECK_VALUE_MAX + 1] = "";
	long long v;
	char *end;

	n = VD_MIN(n, (size_t)VD_CHECK_VALUE_MAX);
	if (n == 0) {
		*value = 0;
		vd_strbuf_puts(why, "the file is empty");
		return false;
	}
	memcpy(text, bytes, n);
	v = strtoll(text, &end, 0);
	if (end == text) {
		*value = 0;
		vd_strbuf_puts(why, "no number: ");
		check_quote(why, text, strcspn(text, "\n"));
		return false;
	}
	if (v < VALUE_LO || v > VALUE_HI) {
		vd_strbuf_puts(why, "the number is out of range: ");
		check_quote(why, text, (size_t)(end - text));
		return false;
	}
	*value = v;
	return true;
}

enum vd_check_verdict
vd_check_exit(int status, bool dynamic, int64_t *weight, struct vd_strbuf *why)
{
	*weight = -1;
	if (WIFSIGNALED(status)) {
		const char *name = sigabbrev_np(WTERMSIG(status));

		vd_strbuf_printf(why, "ended by signal %d", WTERMSIG(status));
		if (name != NULL)
			vd_strbuf_printf(why, " (SIG%s)", name);
		return VD_CHECK_BAD;
	}
	if (!WIFEXITED(status)) {
		vd_strbuf_puts(why, "did not end");
		return VD_CHECK_BAD;
	}
	if (WEXITSTATUS(status) == 0)
		return VD_CHECK_GOOD;
	if (dynamic && WEXITSTATUS(status) >= 2) {
		*weight = WEXITSTATUS(status) - 2;
		return VD_CHECK_GOOD;
	}
	vd_strbuf_printf(why, "exited with status %d", WEXITSTATUS(status));
	return VD_CHECK_BAD;
}
