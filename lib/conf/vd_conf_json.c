/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "conf_json_priv.h"
#include "vd_addr.h"
#include "vd_vec.h"

static const char *
type_name(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	case JSON_NULL:
		break;
	}
	return "null";
}

json_t *
vd_json_load(struct vd_json *j, const char *text, size_t len)
{
	struct vd_place place = {.file = j->file};
	json_error_t e;
	json_t *root;

	/* jansson asserts nothing of a NULL text of length 0. */
	root = json_loadb(len > 0 ? text : "", len, JSON_REJECT_DUPLICATES, &e);
	if (root != NULL)
		return root;
	place.line = e.line > 0 ? (uint32_t)e.line : 1;
	place.column = e.column > 0 ? (uint32_t)e.column : 1;
	j->errors++;
	vd_diag_add(j->diags, VD_DIAG_ERROR, place, NULL, "%s", e.text);
	return NULL;
}

static int
dump_bytes(const char *bytes, size_t n, void *ctx)
{
	vd_strbuf_add(ctx, bytes, n);
	return 0;
}

void
vd_json_dump(const json_t *v, struct vd_strbuf *out)
{
	(void)json_dump_callback(v, dump_bytes, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
	vd_strbuf_putc(out, '\n');
}

void
vd_json_path(const struct vd_json_at *at, struct vd_strbuf *out)
{
	if (at == NULL)
		return;
	vd_json_path(at->up, out);
	if (at->key != NULL)
		vd_strbuf_printf(out, "%s%s", out->len > 0 ? "." : "", at->key);
	else
		vd_strbuf_printf(out, "[%zu]", at->index);
}

static void
problem(struct vd_json *j, const struct vd_json_at *at, enum vd_diag_severity severity,
		const char *hint, const char *fmt, va_list ap)
{
	struct vd_strbuf text = {0};

	j->errors += severity == VD_DIAG_ERROR;
	vd_json_path(at, &text);
	if (text.len > 0)
		vd_strbuf_puts(&text, ": ");
	vd_strbuf_vprintf(&text, fmt, ap);
	vd_diag_add(j->diags, severity, (struct vd_place){.file = j->file}, hint, "%s", text.s);
	vd_strbuf_free(&text);
}

void
vd_json_problem(struct vd_json *j, const struct vd_json_at *at, enum vd_diag_severity severity,
		const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	problem(j, at, severity, hint, fmt, ap);
	va_end(ap);
}

void
vd_json_unknown(struct vd_json *j, const struct vd_json_at *at, enum vd_diag_severity severity,
		const char *word, const char *const *known, size_t n, const char *fmt, ...)
{
	const char *near = vd_nearest(word, known, n);
	struct vd_strbuf hint = {0};
	va_list ap;

	if (near != NULL)
		vd_strbuf_printf(&hint, "did you mean %s?", near);
	va_start(ap, fmt);
	problem(j, at, severity, hint.s, fmt, ap);
	va_end(ap);
	vd_strbuf_free(&hint);
}

bool
vd_json_wrong_type(struct vd_json *j, const struct vd_json_at *at, const json_t *v,
		const char *expected)
{
	vd_json_problem(j, at, VD_DIAG_ERROR, NULL, "expected %s, found %s", expected,
			type_name(v));
	return false;
}

bool
vd_json_string(struct vd_json *j, const struct vd_json_at *at, const json_t *v, const char **out)
{
	if (!json_is_string(v))
		return vd_json_wrong_type(j, at, v, "a string");
	*out = json_string_value(v);
	return true;
}

bool
vd_json_bool(struct vd_json *j, const struct vd_json_at *at, const json_t *v, bool *out)
{
	if (!json_is_boolean(v))
		return vd_json_wrong_type(j, at, v, "true or false");
	*out = json_is_true(v);
	return true;
}

bool
vd_json_uint(struct vd_json *j, const struct vd_json_at *at, const json_t *v, uint32_t min,
		uint32_t max, uint32_t *out)
{
	json_int_t n;

	if (!json_is_integer(v))
		return vd_json_wrong_type(j, at, v, "a whole number");
	n = json_integer_value(v);
	if (n < (json_int_t)min || n > (json_int_t)max) {
		vd_json_problem(j, at, VD_DIAG_ERROR, NULL, "%lld is out of range %u to %u",
				(long long)n, min, max);
		return false;
	}
	*out = (uint32_t)n;
	return true;
}

bool
vd_json_word(struct vd_json *j, const struct vd_json_at *at, const json_t *v,
		const char *const *words, size_t n, size_t *out)
{
	struct vd_strbuf all = {0};
	const char *word;

	if (!vd_json_string(j, at, v, &word))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(word, words[i]) == 0) {
			*out = i;
			return true;
		}
	}
	for (size_t i = 0; i < n; i++)
		vd_strbuf_printf(&all, "%s%s", i == 0 ? "" : i == n - 1 ? " or " : ", ", words[i]);
	vd_json_unknown(j, at, VD_DIAG_ERROR, word, words, n, "\"%s\" is not %s", word, all.s);
	vd_strbuf_free(&all);
	return false;
}

void
vd_json_array(struct vd_json *j, const struct vd_json_at *at, const json_t *v, vd_json_read read,
		void *target)
{
	struct vd_json_at here = {.up = at};

	if (!json_is_array(v)) {
		vd_json_wrong_type(j, at, v, "an array");
		return;
	}
	for (; here.index < json_array_size(v); here.index++)
		read(j, &here, json_array_get(v, here.index), target);
}

static void
unknown_key(struct vd_json *j, const struct vd_json_at *at, const char *key,
		const struct vd_json_key *keys, size_t n)
{
	VD_VEC(const char *) names = {0};

	for (size_t i = 0; i < n; i++)
		vd_vec_push(&names, keys[i].key);
	vd_json_unknown(j, at, VD_DIAG_ERROR, key, names.v, names.n, "unknown key");
	vd_vec_free(&names);
}

void
vd_json_object(struct vd_json *j, const struct vd_json_at *at, const json_t *v,
		const struct vd_json_key *keys, size_t n, void *target)
{
	const char *key;
	json_t *member;

	if (!json_is_object(v)) {
		vd_json_wrong_type(j, at, v, "an object");
		return;
	}
	/* jansson iterates objects through a non-const pointer but does not change them. */
	json_object_foreach ((json_t *)(uintptr_t)v, key, member) {
		struct vd_json_at here = {.up = at, .key = key};
		size_t i;

		for (i = 0; i < n && strcmp(keys[i].key, key) != 0; i++)
			;
		if (i < n)
			keys[i].read(j, &here, member, target);
		else
			unknown_key(j, &here, key, keys, n);
	}
	for (size_t i = 0; i < n; i++)
		if (keys[i].required && json_object_get(v, keys[i].key) == NULL)
			vd_json_problem(j, at, VD_DIAG_ERROR, NULL, "missing key \"%s\"",
					keys[i].key);
}

bool
vd_json_addr(struct vd_json *j, const struct vd_json_at *at, const json_t *v, struct vd_addr *out)
{
	const char *text;

	if (!vd_json_string(j, at, v, &text))
		return false;
	if (vd_addr_parse(text, out) == 0)
		return true;
	vd_json_problem(j, at, VD_DIAG_ERROR,
			strchr(text, '/') != NULL ? "no prefix length here" : NULL,
			"\"%s\" is not an IPv4 or IPv6 address", text);
	return false;
}

bool
vd_json_prefix(struct vd_json *j, const struct vd_json_at *at, const json_t *v,
		struct vd_prefix *out)
{
	const char *text;

	if (!vd_json_string(j, at, v, &text))
		return false;
	if (vd_prefix_parse(text, out) == 0)
		return true;
	vd_json_problem(j, at, VD_DIAG_ERROR, "as 192.0.2.1/24 or 2001:db8::1/64",
			"\"%s\" is not an address with a prefix length", text);
	return false;
}

bool
vd_json_mac(struct vd_json *j, const struct vd_json_at *at, const json_t *v, struct vd_mac *out)
{
	static const struct vd_mac none;
	struct vd_mac mac;
	const char *text;

	if (!vd_json_string(j, at, v, &text))
		return false;
	if (vd_mac_parse(text, &mac) != 0) {
		vd_json_problem(j, at, VD_DIAG_ERROR, "as 02:00:00:00:00:01",
				"\"%s\" is not a MAC address", text);
		return false;
	}
	if ((mac.b[0] & 1) != 0 || memcmp(&mac, &none, sizeof(mac)) == 0) {
		vd_json_problem(j, at, VD_DIAG_ERROR, NULL, "%s is not the address of one station",
				text);
		return false;
	}
	*out = mac;
	return true;
}
