/* SPDX-License-Identifier: BSD-3-Clause */
/* What can be carried out as it stands, and is probably not what was meant. Once per service, not once per server. */
#include <stdio.h>

#include "vd_model_validate_priv.h"

#define SLOW (10 * 60 * VD_SEC)

/* Checks of a service that have something in common: the first of them, how many, and the worst. */
struct some {
	const struct vd_model_checker *first;
	size_t n;
	double worst;
};

static void
some_add(struct some *s, const struct vd_model_checker *k, double value)
{
	if (s->n++ == 0)
		s->first = k;
	if (value > s->worst)
		s->worst = value;
}

/* " (and of 3 more checks)"; lives until the next call. */
static const char *
others(const struct some *s)
{
	static char text[64];

	snprintf(text, sizeof(text), s->n == 2 ? " (and one more check)" : " (and %zu more checks)",
			s->n - 1);
	return s->n < 2 ? "" : text;
}

static vd_time
patience(const struct vd_model_checker *k)
{
	return k->type == VD_MODEL_CHECK_MISC ? k->misc_timeout : k->connect_timeout;
}

static const char *
length(double seconds, char *text, size_t size)
{
	if (seconds < 2 * 3600.0)
		snprintf(text, size, "%.0f minutes", seconds / 60);
	else if (seconds < 2 * 86400.0)
		snprintf(text, size, "%.0f hours", seconds / 3600);
	else
		snprintf(text, size, "%.0f days", seconds / 86400);
	return text;
}

static const char *
seconds(vd_time t, char *text, size_t size)
{
	snprintf(text, size, "%.10g s", (double)t / (double)VD_SEC);
	return text;
}

static void
say_slow(struct vd_validate *c, const struct some *s)
{
	const struct vd_model_checker *k = s->first;
	char text[32];

	if (s->n > 0)
		vd_validate_say(c, VD_DIAG_WARNING,
				vd_model_given(&k->obj, &k->retry)
						? vd_model_place_of(&k->obj, &k->retry)
						: k->obj.place,
				"retry, delay_before_retry, the timeout and delay_loop add up",
				"%s%s: a server that falls silent is in use for up to %s more",
				k->obj.block->name, others(s),
				length(s->worst / (double)VD_SEC, text, sizeof(text)));
}

static void
say_long(struct vd_validate *c, const struct some *s)
{
	const struct vd_model_checker *k = s->first;
	char a[32], b[32];

	if (s->n > 0)
		vd_validate_say(c, VD_DIAG_NOTE, k->obj.place, NULL,
				"%s%s: its timeout of %s is longer than its delay_loop of %s: a "
				"server that hangs is asked less often",
				k->obj.block->name, others(s), seconds(patience(k), a, sizeof(a)),
				seconds(k->delay_loop, b, sizeof(b)));
}

static void
check_times(struct vd_validate *c, const struct vd_model_virtual_server *vs)
{
	struct some slow = {0}, hanging = {0};
	const struct vd_model_real_server *rs;
	const struct vd_model_checker *k;

	VD_VEC_FOREACH (rs, &vs->real_servers)
		VD_VEC_FOREACH (k, &rs->checkers) {
			double retry = (double)k->retry, sum;

			if (k->type == VD_MODEL_CHECK_FILE || k->type == VD_MODEL_CHECK_BFD)
				continue;
			sum = (double)k->delay_loop + (retry + 1) * (double)patience(k) +
					retry * (double)k->delay_before_retry;
			if (sum > (double)SLOW)
				some_add(&slow, k, sum);
			if (patience(k) > k->delay_loop)
				some_add(&hanging, k, 0);
		}
	say_slow(c, &slow);
	say_long(c, &hanging);
}

static void
check_unchecked(struct vd_validate *c, const struct vd_model_virtual_server *vs, const char *name)
{
	const struct vd_model_real_server *rs, *first = NULL;
	struct vd_place at = vd_model_place_of(&vs->obj, &vs->sorry_server);
	char text[VD_ADDR_STR];
	size_t n = 0;

	VD_VEC_FOREACH (rs, &vs->real_servers) {
		if (rs->checkers.n > 0)
			continue;
		first = first == NULL ? rs : first;
		n++;
	}
	if (n == 0)
		return;
	if (n == vs->real_servers.n && vd_model_given(&vs->obj, &vs->sorry_server))
		vd_validate_say(c, VD_DIAG_WARNING, at, "add a check to each real_server",
				"no real_server of %s has a check: its sorry_server is used only "
				"when an operator takes the servers out",
				name);
	else if (n < vs->real_servers.n)
		vd_validate_say(c, VD_DIAG_NOTE, first->obj.place, NULL,
				"%zu of the %zu servers of %s have no check and always count as "
				"up, as %s",
				n, vs->real_servers.n, name,
				vd_addr_format(&first->address, text, sizeof(text)));
}

void
vd_validate_lint(struct vd_validate *c, const struct vd_model_virtual_server *vs, const char *name)
{
	check_times(c, vs);
	check_unchecked(c, vs, name);
}
