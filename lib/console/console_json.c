/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_alloc.h"

#include "console_priv.h"

json_t *
console_text(const char *s)
{
	json_t *v;
	char *copy;

	if (s == NULL)
		s = "";
	v = json_string(s);
	if (v != NULL)
		return v;
	copy = vd_xstrdup(s);
	for (char *p = copy; *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	v = json_string(copy);
	free(copy);
	return v;
}

json_t *
console_addr(const struct vd_addr *a)
{
	char buf[VD_ADDR_STR];

	return json_string(vd_addr_format(a, buf, sizeof(buf)));
}

json_t *
console_endpoint(const struct vd_endpoint *ep)
{
	char buf[VD_ENDPOINT_STR];

	return json_string(vd_endpoint_format(ep, buf, sizeof(buf)));
}

json_t *
console_seconds(vd_time t)
{
	return json_real((double)t / 1e9);
}

json_t *
console_rate(double v)
{
	if (!(v > 0 && v < 1e15))
		return json_real(0);
	return json_real((double)(uint64_t)(v * 10 + 0.5) / 10);
}

void
console_put(json_t *o, const char *key, json_t *value)
{
	json_object_set_new(o, key, value);
}

void
console_put_u64(json_t *o, const char *key, uint64_t v)
{
	json_object_set_new(o, key, json_integer((json_int_t)v));
}

const char *
console_str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

double
console_num(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

uint64_t
console_u64(const json_t *o, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(o, key));
}

bool
console_true(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}
