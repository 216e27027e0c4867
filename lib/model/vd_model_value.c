/* SPDX-License-Identifier: BSD-3-Clause */
/* Text to member and back, and comparison: the types from BOOL to MAC. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "vd_compiler.h"
#include "vd_model_schema.h"

static int
bool_parse(const char *text, bool *out)
{
	static const char *const on[] = {"on", "true", "yes"};
	static const char *const off[] = {"off", "false", "no"};

	for (size_t i = 0; i < VD_ARRAY_LEN(on); i++) {
		if (strcasecmp(text, on[i]) == 0 || strcasecmp(text, off[i]) == 0) {
			*out = strcasecmp(text, on[i]) == 0;
			return 0;
		}
	}
	return -EINVAL;
}

static int
int_parse(const char *text, int64_t *out)
{
	char *end;
	long long v;

	if (*text == '\0' || strspn(text, "+-") > 1 || strspn(text, "+-0123456789") != strlen(text))
		return -EINVAL;
	errno = 0;
	v = strtoll(text, &end, 10);
	if (*end != '\0' || end == text)
		return -EINVAL;
	/* Beyond 64 bits: an end of the range, which every field's own range excludes. */
	*out = v;
	return 0;
}

/* Decimal text in units of scale nanoseconds; what is finer than a nanosecond is dropped. -ERANGE: too large. */
static int
time_parse(const char *text, int64_t scale, int64_t *out)
{
	bool negative = *text == '-';
	int64_t v = 0, part = scale;
	size_t digits = 0;
	bool over = false;

	text += *text == '-' || *text == '+';
	for (; *text >= '0' && *text <= '9'; text++, digits++) {
		if (v > (INT64_MAX - 9 * scale) / 10)
			over = true;
		else
			v = v * 10 + (*text - '0') * scale;
	}
	if (*text == '.') {
		for (text++; *text >= '0' && *text <= '9'; text++, digits++) {
			part /= 10;
			v += (*text - '0') * part;
		}
	}
	if (digits == 0 || *text != '\0')
		return -EINVAL;
	if (over)
		v = INT64_MAX;
	*out = negative ? -v : v;
	return 0;
}

static int64_t
scale_of(const struct vd_model_field *f)
{
	return f->unit != NULL && strcmp(f->unit, "ms") == 0 ? (int64_t)VD_MSEC : (int64_t)VD_SEC;
}

static void
time_format(int64_t ns, int64_t scale, struct vd_strbuf *out)
{
	char frac[16];
	size_t n = scale == (int64_t)VD_SEC ? 9 : 6;

	vd_strbuf_printf(out, "%" PRId64, ns / scale);
	if (ns % scale == 0)
		return;
	snprintf(frac, sizeof(frac), "%0*" PRId64, (int)n, ns % scale);
	for (n = strlen(frac); n > 0 && frac[n - 1] == '0'; n--)
		frac[n - 1] = '\0';
	vd_strbuf_printf(out, ".%s", frac);
}

static void
number_format(const struct vd_model_field *f, int64_t v, struct vd_strbuf *out)
{
	if (f->type == VD_MODEL_TIME)
		time_format(v, scale_of(f), out);
	else
		vd_strbuf_printf(out, "%" PRId64, v);
}

static const char *
label_of(const struct vd_model_object *obj, const struct vd_model_field *f)
{
	return f->flags & VD_MODEL_POS ? obj->block->name : f->word;
}

static void
say_range(const struct vd_model_object *obj, const struct vd_model_field *f, const char *text,
		int64_t used, struct vd_place place, struct vd_diag_list *diags)
{
	struct vd_strbuf lo = {0}, hi = {0}, now = {0};

	number_format(f, f->min, &lo);
	number_format(f, f->max, &hi);
	number_format(f, used, &now);
	if (used == f->def && f->def_text != NULL)
		vd_diag_add(diags, VD_DIAG_WARNING, place, NULL,
				"%s: %s is outside %s to %s and is ignored", label_of(obj, f), text,
				lo.s, hi.s);
	else
		vd_diag_add(diags, VD_DIAG_WARNING, place, NULL,
				"%s: %s is outside %s to %s; %s is used", label_of(obj, f), text,
				lo.s, hi.s, now.s);
	vd_strbuf_free(&lo);
	vd_strbuf_free(&hi);
	vd_strbuf_free(&now);
}

static int
say_malformed(const struct vd_model_object *obj, const struct vd_model_field *f, const char *text,
		const char *what, const char *hint, struct vd_place place,
		struct vd_diag_list *diags)
{
	if (f->flags & VD_MODEL_LENIENT) {
		vd_diag_add(diags, VD_DIAG_WARNING, place, hint,
				"%s: \"%s\" is not %s and is ignored", label_of(obj, f), text,
				what);
		return -ERANGE;
	}
	vd_diag_add(diags, VD_DIAG_ERROR, place, hint, "%s: \"%s\" is not %s", label_of(obj, f),
			text, what);
	return -EINVAL;
}

/* 0 says "off" for a time whose range begins above it; -ERANGE: ignored, the member stays. */
static int
number_check(const struct vd_model_object *obj, const struct vd_model_field *f, const char *text,
		int64_t *v, struct vd_place place, struct vd_diag_list *diags)
{
	if (f->min == f->max || (*v >= f->min && *v <= f->max))
		return 0;
	if (f->type == VD_MODEL_TIME && *v == 0 && f->def == 0 && f->min > 0 &&
			(f->flags & VD_MODEL_CLAMP) == 0) {
		vd_diag_add(diags, VD_DIAG_NOTE, place, NULL, "%s 0 means none", f->word);
		return 0;
	}
	if (f->flags & VD_MODEL_POS) {
		/* A port that does not exist is no port, not every port. */
		say_malformed(obj, f, text, "in its range", NULL, place, diags);
		return -EINVAL;
	}
	if (f->flags & VD_MODEL_CLAMP) {
		*v = *v < f->min ? f->min : f->max;
		say_range(obj, f, text, *v, place, diags);
		return 0;
	}
	say_range(obj, f, text, f->def, place, diags);
	return -ERANGE;
}

static int
number_set(struct vd_model_object *obj, const struct vd_model_field *f, const char *text,
		struct vd_place place, struct vd_diag_list *diags)
{
	void *p = vd_model_member(obj, f);
	int64_t v;
	int rc;

	if (f->type == VD_MODEL_TIME)
		rc = time_parse(text, scale_of(f), &v);
	else
		rc = int_parse(text, &v);
	if (rc != 0)
		return say_malformed(obj, f, text, f->type == VD_MODEL_TIME ? "a time" : "a number",
				NULL, place, diags);
	rc = number_check(obj, f, text, &v, place, diags);
	if (rc != 0)
		return rc;
	if (f->type == VD_MODEL_TIME && v < 0) {
		say_malformed(obj, f, text, "a time", NULL, place, diags);
		return -EINVAL;
	}
	if (f->type == VD_MODEL_TIME)
		*(vd_time *)p = (vd_time)v;
	else
		*(int64_t *)p = v;
	return 0;
}

static int
enum_set(struct vd_model_object *obj, const struct vd_model_field *f, const char *text,
		struct vd_place place, struct vd_diag_list *diags)
{
	struct vd_strbuf known = {0}, hint = {0};
	const char *words[64], *near;
	size_t n = 0;

	for (const struct vd_model_name *m = f->names; m->word != NULL; m++) {
		if (strcasecmp(m->word, text) == 0) {
			*(int *)vd_model_member(obj, f) = m->value;
			return 0;
		}
	}
	for (const struct vd_model_name *m = f->names; m->word != NULL; m++) {
		if (n < VD_ARRAY_LEN(words))
			words[n++] = m->word;
		vd_strbuf_printf(&known, "%s%s", known.len > 0 ? ", " : "one of ", m->word);
	}
	near = vd_nearest(text, words, n);
	if (near != NULL)
		vd_strbuf_printf(&hint, "did you mean %s?", near);
	say_malformed(obj, f, text, known.s, hint.s, place, diags);
	vd_strbuf_free(&known);
	vd_strbuf_free(&hint);
	return -EINVAL;
}

static int
bool_set(struct vd_model_object *obj, const struct vd_model_field *f, const char *text,
		struct vd_place place, struct vd_diag_list *diags)
{
	bool *p = vd_model_member(obj, f);
	bool on = true;

	for (const struct vd_model_name *m = f->names; text != NULL && m != NULL && m->word != NULL;
			m++) {
		if (strcmp(m->word, text) == 0) {
			*p = m->value != 0;
			return 0;
		}
	}
	if (text != NULL && bool_parse(text, &on) != 0) {
		on = true;
		vd_diag_add(diags, VD_DIAG_WARNING, place, "on, off, true, false, yes or no",
				"%s: \"%s\" is not a boolean; taken as on", f->word, text);
	}
	/* JSON says "preempt": false where the file says nopreempt. */
	*p = f->type == VD_MODEL_UNSET ? !on : on;
	return 0;
}

static int
prefix_parse(const char *text, struct vd_prefix *out)
{
	if (strcmp(text, "default") == 0)
		text = "0.0.0.0/0";
	return vd_prefix_parse(text, out);
}

/* "10.0.0.9/24" where one station is meant. */
static int
station_set(const struct vd_model_object *obj, const struct vd_model_field *f, const char *text,
		struct vd_place place, struct vd_diag_list *diags)
{
	struct vd_prefix prefix;

	if (vd_addr_parse(text, vd_model_member(obj, f)) == 0)
		return 0;
	if (vd_prefix_parse(text, &prefix) != 0)
		return say_malformed(obj, f, text, "an address", NULL, place, diags);
	vd_diag_add(diags, VD_DIAG_WARNING, place, NULL, "%s: the %s of %s is ignored",
			label_of(obj, f), strchr(text, '/'), text);
	*(struct vd_addr *)vd_model_member(obj, f) = prefix.addr;
	return 0;
}

static int
address_set(struct vd_model_object *obj, const struct vd_model_field *f, const char *text,
		struct vd_place place, struct vd_diag_list *diags)
{
	void *p = vd_model_member(obj, f);
	struct vd_model_range *r = p;

	switch (f->type) {
	case VD_MODEL_ADDR:
		return station_set(obj, f, text, place, diags);
	case VD_MODEL_PREFIX:
		if (prefix_parse(text, p) == 0)
			return 0;
		return say_malformed(obj, f, text, "an address with an optional /length", NULL,
				place, diags);
	case VD_MODEL_RANGE:
		if (vd_addr_range_parse(text, &r->lo, &r->hi) == 0)
			return 0;
		return say_malformed(obj, f, text, "an address or a range of addresses", NULL,
				place, diags);
	default:
		if (vd_mac_parse(text, p) == 0)
			return 0;
		return say_malformed(obj, f, text, "a MAC address", NULL, place, diags);
	}
}

static int
bare_set(struct vd_model_object *obj, const struct vd_model_field *f, struct vd_place place,
		struct vd_diag_list *diags)
{
	void *p = vd_model_member(obj, f);

	if ((f->flags & VD_MODEL_BARE) == 0 && (f->flags & VD_MODEL_LENIENT) != 0) {
		vd_diag_add(diags, VD_DIAG_WARNING, place, NULL, "%s has no value and is ignored",
				f->word);
		return -ERANGE;
	}
	if ((f->flags & VD_MODEL_BARE) == 0) {
		vd_diag_add(diags, VD_DIAG_ERROR, place, NULL, "%s needs a value", f->word);
		return -EINVAL;
	}
	switch (f->type) {
	case VD_MODEL_INT:
		*(int64_t *)p = f->bare;
		break;
	case VD_MODEL_TIME:
		*(vd_time *)p = (vd_time)f->bare;
		break;
	case VD_MODEL_ENUM:
		*(int *)p = (int)f->bare;
		break;
	case VD_MODEL_STRING:
		free(*(char **)p);
		*(char **)p = vd_xstrdup("");
		break;
	default:
		return -EINVAL;
	}
	return 0;
}

int
vd_model_set_text(struct vd_model_object *obj, const struct vd_model_field *f, const char *text,
		struct vd_place place, struct vd_diag_list *diags)
{
	char **s;
	int rc = 0;

	if (f->type == VD_MODEL_BOOL || f->type == VD_MODEL_FLAG || f->type == VD_MODEL_UNSET) {
		rc = bool_set(obj, f, text, place, diags);
	} else if (text == NULL) {
		rc = bare_set(obj, f, place, diags);
	} else {
		switch (f->type) {
		case VD_MODEL_INT:
		case VD_MODEL_TIME:
			rc = number_set(obj, f, text, place, diags);
			break;
		case VD_MODEL_ENUM:
			rc = enum_set(obj, f, text, place, diags);
			break;
		case VD_MODEL_STRING:
			s = vd_model_member(obj, f);
			free(*s);
			*s = vd_xstrdup(text);
			break;
		case VD_MODEL_ADDR:
		case VD_MODEL_PREFIX:
		case VD_MODEL_RANGE:
		case VD_MODEL_MAC:
			rc = address_set(obj, f, text, place, diags);
			break;
		default:
			return -EINVAL;
		}
	}
	if (rc == 0)
		vd_model_mark_given(obj, f, place);
	return rc == -ERANGE ? 0 : rc;
}

static int
span_parse(const char *text, struct vd_model_span *out)
{
	const char *dash = strchr(text, '-');
	char lo[24];

	if (dash == NULL) {
		if (int_parse(text, &out->lo) != 0)
			return -EINVAL;
		out->hi = out->lo;
		return 0;
	}
	if ((size_t)(dash - text) >= sizeof(lo))
		return -EINVAL;
	memcpy(lo, text, (size_t)(dash - text));
	lo[dash - text] = '\0';
	if (int_parse(lo, &out->lo) != 0 || int_parse(dash + 1, &out->hi) != 0)
		return -EINVAL;
	return out->lo <= out->hi ? 0 : -EINVAL;
}

int
vd_model_add_text(struct vd_model_object *obj, const struct vd_model_field *f, const char *text,
		struct vd_place place, struct vd_diag_list *diags)
{
	struct vd_model_strings *strings = vd_model_member(obj, f);
	struct vd_model_spans *spans = vd_model_member(obj, f);
	struct vd_model_span span;

	if (f->type == VD_MODEL_STRINGS) {
		vd_vec_push(strings, vd_xstrdup(text));
	} else {
		if (span_parse(text, &span) != 0)
			return say_malformed(obj, f, text, "a number or a range of numbers", NULL,
					place, diags);
		if (f->min != f->max && (span.lo < f->min || span.hi > f->max)) {
			say_range(obj, f, text, f->def, place, diags);
			return 0;
		}
		vd_vec_push(spans, span);
	}
	if (!vd_model_field_given(obj, f))
		vd_model_mark_given(obj, f, place);
	return 0;
}

void
vd_model_get_text(const struct vd_model_object *obj, const struct vd_model_field *f,
		struct vd_strbuf *out)
{
	void *p = vd_model_member(obj, f);
	const struct vd_model_range *r = p;
	char buf[VD_PREFIX_STR];

	switch (f->type) {
	case VD_MODEL_BOOL:
	case VD_MODEL_FLAG:
		vd_strbuf_puts(out, *(bool *)p ? "true" : "false");
		break;
	case VD_MODEL_UNSET:
		vd_strbuf_puts(out, *(bool *)p ? "false" : "true");
		break;
	case VD_MODEL_INT:
		number_format(f, *(int64_t *)p, out);
		break;
	case VD_MODEL_TIME:
		number_format(f, (int64_t) * (vd_time *)p, out);
		break;
	case VD_MODEL_ENUM:
		for (const struct vd_model_name *m = f->names; m->word != NULL; m++) {
			if (m->value == *(int *)p) {
				vd_strbuf_puts(out, m->word);
				break;
			}
		}
		break;
	case VD_MODEL_STRING:
		if (*(char **)p != NULL)
			vd_strbuf_puts(out, *(char **)p);
		break;
	case VD_MODEL_ADDR:
		if (!vd_addr_is_unset(p) || vd_model_field_given(obj, f))
			vd_strbuf_puts(out, vd_addr_format(p, buf, sizeof(buf)));
		break;
	case VD_MODEL_PREFIX:
		vd_strbuf_puts(out, vd_prefix_format(p, buf, sizeof(buf)));
		break;
	case VD_MODEL_RANGE:
		vd_strbuf_puts(out, vd_addr_format(&r->lo, buf, sizeof(buf)));
		if (!vd_addr_equal(&r->lo, &r->hi))
			vd_strbuf_printf(out, "-%s", vd_addr_format(&r->hi, buf, sizeof(buf)));
		break;
	case VD_MODEL_MAC:
		vd_strbuf_puts(out, vd_mac_format(p, buf, sizeof(buf)));
		break;
	default:
		break;
	}
}
