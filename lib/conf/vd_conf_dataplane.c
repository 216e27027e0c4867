/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conf_dataplane_priv.h"
#include "conf_json_priv.h"

static void
read_lcore(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	const char *text;

	if (vd_json_string(j, at, v, &text) && vd_dataplane_lcore_parse(text, target) != 0)
		vd_json_problem(j, at, VD_DIAG_ERROR, "LCORE or LCORE@CPU, as 2@1",
				"\"%s\" is not an lcore", text);
}

static void
add_lcore(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane_eal *eal = target;

	read_lcore(j, at, v, vd_vec_add(&eal->worker_lcores));
}

static void
read_workers(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	vd_json_array(j, at, v, add_lcore, target);
}

static void
read_main_lcore(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	read_lcore(j, at, v, &((struct vd_dataplane_eal *)target)->main_lcore);
}

static void
read_control_lcore(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	read_lcore(j, at, v, &((struct vd_dataplane_eal *)target)->control_lcore);
}

static void
read_memory(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane_eal *eal = target;

	vd_json_uint(j, at, v, VD_DATAPLANE_MEMORY_MIN, VD_DATAPLANE_MEMORY_MAX, &eal->memory_mb);
}

static void
read_hugepages(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane_eal *eal = target;
	bool yes;

	if (vd_json_bool(j, at, v, &yes))
		eal->hugepages = yes ? VD_DATAPLANE_HUGEPAGES_YES : VD_DATAPLANE_HUGEPAGES_NO;
}

static void
add_extra(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane_eal *eal = target;
	const char *text;

	if (vd_json_string(j, at, v, &text))
		vd_vec_push(&eal->extra, vd_xstrdup(text));
}

static void
read_extra(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	vd_json_array(j, at, v, add_extra, target);
}

static void
read_eal(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	static const struct vd_json_key keys[] = {
			{"main_lcore", read_main_lcore, false},
			{"control_lcore", read_control_lcore, false},
			{"worker_lcores", read_workers, false},
			{"memory_mb", read_memory, false},
			{"hugepages", read_hugepages, false},
			{"extra", read_extra, false},
	};
	static const char *const words[] = {"auto"};
	struct vd_dataplane *dp = target;
	size_t word;

	if (json_is_string(v)) {
		(void)vd_json_word(j, at, v, words, VD_ARRAY_LEN(words), &word);
		return;
	}
	dp->eal.automatic = false;
	vd_json_object(j, at, v, keys, VD_ARRAY_LEN(keys), &dp->eal);
}

static void
read_poll(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	static const char *const words[] = {"adaptive", "busy"};
	struct vd_dataplane *dp = target;
	size_t word;

	if (vd_json_word(j, at, v, words, VD_ARRAY_LEN(words), &word))
		dp->poll = word == 0 ? VD_DATAPLANE_POLL_ADAPTIVE : VD_DATAPLANE_POLL_BUSY;
}

static void
read_log_to(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	static const char *const words[] = {"stderr", "syslog"};
	struct vd_dataplane_log *log = target;
	const char *text;

	if (!vd_json_string(j, at, v, &text))
		return;
	if (text[0] == '/') {
		log->to = VD_DATAPLANE_LOG_FILE;
		log->path = vd_xstrdup(text);
	} else if (strcmp(text, words[0]) != 0 && strcmp(text, words[1]) != 0) {
		vd_json_unknown(j, at, VD_DIAG_ERROR, text, words, VD_ARRAY_LEN(words),
				"\"%s\" is not stderr, syslog or a path from /", text);
	} else {
		log->to = strcmp(text, words[0]) == 0 ? VD_DATAPLANE_LOG_STDERR
						      : VD_DATAPLANE_LOG_SYSLOG;
	}
}

static void
read_log_level(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane_log *log = target;
	const char *words[VD_LOG_DEBUG + 1];
	size_t word;

	for (size_t i = 0; i < VD_ARRAY_LEN(words); i++)
		words[i] = vd_log_level_name((enum vd_log_level)i);
	if (vd_json_word(j, at, v, words, VD_ARRAY_LEN(words), &word))
		log->level = (enum vd_log_level)word;
}

static void
read_log(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	static const struct vd_json_key keys[] = {
			{"to", read_log_to, false},
			{"level", read_log_level, false},
	};
	struct vd_dataplane *dp = target;

	vd_json_object(j, at, v, keys, VD_ARRAY_LEN(keys), &dp->log);
}

static void
read_max_per_worker(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane *dp = target;

	dp->max_per_worker_given = vd_json_uint(j, at, v, VD_DATAPLANE_CONNS_MIN,
			VD_DATAPLANE_CONNS_MAX, &dp->max_per_worker);
}

static void
read_connections(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	static const struct vd_json_key keys[] = {
			{"max_per_worker", read_max_per_worker, false},
	};

	vd_json_object(j, at, v, keys, VD_ARRAY_LEN(keys), target);
}

static void
read_stall(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_dataplane *dp = target;

	vd_json_uint(j, at, v, VD_DATAPLANE_STALL_MS_MIN, VD_DATAPLANE_STALL_MS_MAX, &dp->stall_ms);
}

static void
read_ports(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	vd_json_array(j, at, v, vd_conf_port_add, target);
}

static void
finish_names(struct vd_dataplane *dp)
{
	struct vd_dataplane_port *port;
	struct vd_dataplane_vlan *vlan;

	VD_VEC_FOREACH (port, &dp->ports) {
		VD_VEC_FOREACH (vlan, &port->vlans) {
			struct vd_strbuf name = {0};

			if (vlan->name != NULL || port->name == NULL)
				continue;
			vd_strbuf_printf(&name, "%s.%u", port->name, vlan->id);
			vlan->name = vd_strbuf_take(&name);
		}
	}
}

int
vd_conf_dataplane_parse(const char *file_name, const char *text, size_t len,
		struct vd_dataplane **out, struct vd_diag_list *diags)
{
	static const struct vd_json_key keys[] = {
			{"eal", read_eal, false},
			{"poll", read_poll, false},
			{"log", read_log, false},
			{"ports", read_ports, true},
			{"connections", read_connections, false},
			{"stall_ms", read_stall, false},
	};
	struct vd_json j = {.file = file_name, .diags = diags};
	struct vd_dataplane *dp;
	json_t *root;
	bool lcores;

	*out = NULL;
	root = vd_json_load(&j, text, len);
	if (root == NULL)
		return -EINVAL;
	dp = vd_dataplane_new();
	if (file_name != NULL)
		dp->file = vd_xstrdup(file_name);
	vd_json_object(&j, NULL, root, keys, VD_ARRAY_LEN(keys), dp);
	json_decref(root);
	finish_names(dp);
	lcores = vd_conf_dataplane_check(&j, dp);
	if (j.errors > 0) {
		vd_dataplane_free(dp);
		return lcores ? -EINVAL : -ERANGE;
	}
	*out = dp;
	return 0;
}
