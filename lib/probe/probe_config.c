/* SPDX-License-Identifier: BSD-3-Clause */
/* From the model to things, on main. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe_priv.h"

struct vd_probe_config *
vd_probe_config_new(void)
{
	return vd_xcalloc(1, sizeof(struct vd_probe_config));
}

void
vd_probe_config_free(struct vd_probe_config *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->things.n; i++)
		probe_thing_free(c->things.v[i]);
	vd_vec_free(&c->things);
	free(c);
}

static struct probe_thing *
add(struct vd_probe_config *c, enum vd_probe_kind kind, uint32_t slot, uint32_t serial)
{
	struct probe_thing *t = vd_xcalloc(1, sizeof(*t));

	t->kind = kind;
	t->slot = slot;
	t->serial = serial;
	t->value = -1;
	t->shown.kind = kind;
	t->shown.slot = slot;
	t->shown.serial = serial;
	t->shown.state = "unchecked";
	t->shown.last_code = PROBE_NO_CODE;
	t->shown.value = -1;
	t->shown.next_run = VD_TIME_NEVER;
	vd_vec_push(&c->things, t);
	return t;
}

static void
name_set(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from != NULL ? from : "");
}

/* Its data is made: what is left, and what is wrong with it. */
static int
finish(struct probe_thing *t, bool good, struct vd_strbuf *why)
{
	t->shown.type = t->ops->type;
	if (!good)
		t->broken = vd_strbuf_take(why);
	vd_strbuf_free(why);
	return good ? 0 : -EINVAL;
}

typedef bool (*maker)(struct probe_thing *t, const struct probe_source *s, struct vd_strbuf *why);

static const maker makers[] = {
		[VD_MODEL_CHECK_TCP] = probe_tcp_make,
		[VD_MODEL_CHECK_HTTP] = probe_http_make,
		[VD_MODEL_CHECK_SSL] = probe_http_make,
		[VD_MODEL_CHECK_SMTP] = probe_smtp_make,
		[VD_MODEL_CHECK_DNS] = probe_dns_make,
		[VD_MODEL_CHECK_UDP] = probe_udp_make,
		[VD_MODEL_CHECK_PING] = probe_ping_make,
		[VD_MODEL_CHECK_MISC] = probe_misc_make,
		[VD_MODEL_CHECK_FILE] = probe_file_check_make,
};

int
vd_probe_config_check(struct vd_probe_config *c, uint32_t slot, uint32_t serial, bool up,
		const struct vd_model_checker *check, const struct vd_endpoint *target,
		int64_t weight, const struct vd_model_ssl *ssl,
		const struct vd_model_track_file *of, const struct vd_probe_user *user,
		const char *vs, const char *rs)
{
	const struct probe_source src = {check, target, weight, ssl, of, user};
	struct vd_strbuf why = {0};
	struct probe_thing *t;

	if ((size_t)check->type >= VD_ARRAY_LEN(makers) || makers[check->type] == NULL)
		return -EINVAL;
	t = add(c, VD_PROBE_CHECK, slot, serial);
	name_set(t->shown.virtual_server, sizeof(t->shown.virtual_server), vs);
	name_set(t->shown.real_server, sizeof(t->shown.real_server), rs);
	t->rule = (struct vd_health_rule){
			.retry = (uint32_t)VD_MIN(check->retry, (int64_t)UINT32_MAX),
			.delay_loop = check->delay_loop,
			.delay_before_retry = check->delay_before_retry,
			.warmup = check->warmup,
			.alpha = !up,
	};
	t->check.up = up;
	t->log_all = check->log_all_failures;
	return finish(t, makers[check->type](t, &src, &why), &why);
}

void
vd_probe_config_script(struct vd_probe_config *c, uint32_t slot, uint32_t serial,
		const struct vd_model_vrrp_script *script, const struct vd_probe_user *user)
{
	struct probe_thing *t = add(c, VD_PROBE_SCRIPT, slot, serial);
	struct vd_strbuf why = {0};

	name_set(t->shown.name, sizeof(t->shown.name), script->name);
	t->script_rule = (struct vd_health_script_rule){
			.interval = script->interval,
			.rise = (uint32_t)VD_MIN(script->rise, (int64_t)UINT32_MAX),
			.fall = (uint32_t)VD_MIN(script->fall, (int64_t)UINT32_MAX),
			.init_fail = script->init_fail,
	};
	(void)finish(t, probe_script_make(t, script, user, &why), &why);
}

void
vd_probe_config_file(struct vd_probe_config *c, uint32_t slot, uint32_t serial,
		const struct vd_model_track_file *file)
{
	struct probe_thing *t = add(c, VD_PROBE_FILE, slot, serial);
	struct vd_strbuf why = {0};

	name_set(t->shown.name, sizeof(t->shown.name), file->name);
	probe_file_make(t, file);
	(void)finish(t, true, &why);
}

void
vd_probe_config_process(struct vd_probe_config *c, uint32_t slot, uint32_t serial,
		const struct vd_model_track_process *process)
{
	struct probe_thing *t = add(c, VD_PROBE_PROCESS, slot, serial);
	struct vd_strbuf why = {0};

	name_set(t->shown.name, sizeof(t->shown.name), process->name);
	probe_process_make(t, process);
	(void)finish(t, true, &why);
}
