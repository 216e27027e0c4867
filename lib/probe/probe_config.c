/* SPDX-License-Identifier: BSD-3-Clause */
/* Definitions of scripts, files and processes, and the memory of all of them. */
#include <stdlib.h>
#include <string.h>

#include "probe_priv.h"
#include "vd_alloc.h"
#include "vd_check_page.h"
#include "vd_compiler.h"
#include "vd_model.h"

char *
probe_strdup(const char *s)
{
	return s == NULL ? NULL : vd_xstrdup(s);
}

struct probe_def *
probe_def_new(struct vd_probe_config *c, enum vd_probe_kind kind, uint32_t slot, uint32_t serial,
		const struct probe_type *type, const char *name)
{
	struct probe_def *d = vd_xcalloc(1, sizeof(*d));

	d->kind = kind;
	d->slot = slot;
	d->serial = serial;
	d->type = type;
	d->name = vd_xstrdup(name == NULL ? "" : name);
	vd_vec_push(&c->defs[kind], d);
	return d;
}

/* ---- freeing ---- */

static void
http_free(struct probe_def_http *h)
{
	struct probe_url *u;

	VD_VEC_FOREACH (u, &h->urls) {
		free(u->path);
		free(u->host);
		free(u->sni);
		vd_check_page_free(u->page);
	}
	vd_vec_free(&h->urls);
	free(h->ca);
	free(h->certificate);
	free(h->key);
	free(h->password);
}

static void
smtp_free(struct probe_def_smtp *s)
{
	struct probe_net *n;

	VD_VEC_FOREACH (n, &s->hosts)
		free(n->bind_if);
	vd_vec_free(&s->hosts);
	free(s->helo);
}

static void
type_free(struct probe_def *d)
{
	if (d->type == &probe_type_http || d->type == &probe_type_ssl) {
		http_free(&d->http);
	} else if (d->type == &probe_type_smtp) {
		smtp_free(&d->smtp);
	} else if (d->type == &probe_type_dns) {
		free(d->dns.name);
	} else if (d->type == &probe_type_udp) {
		vd_check_bytes_free(&d->udp.payload);
		vd_check_bytes_free(&d->udp.want);
	} else if (d->type == &probe_type_misc || d->type == &probe_type_script) {
		free(d->program.words);
	} else if (d->type == &probe_type_file || d->type == &probe_type_file_check) {
		free(d->file.path);
	} else if (d->type == &probe_type_process) {
		free(d->process.name);
		free(d->process.params);
	}
}

void
probe_def_free(struct probe_def *d)
{
	type_free(d);
	free(d->name);
	free(d->vs);
	free(d->rs);
	free(d->broken);
	free(d->net.bind_if);
	free(d);
}

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
	for (int kind = 0; kind < PROBE_KINDS; kind++) {
		for (size_t i = 0; i < c->defs[kind].n; i++)
			probe_def_free(c->defs[kind].v[i]);
		vd_vec_free(&c->defs[kind]);
	}
	free(c);
}

/* ---- what is tracked ---- */

void
probe_def_user_set(struct probe_def_user *u, const struct vd_probe_user *user)
{
	if (user != NULL)
		*u = (struct probe_def_user){.has = user->has, .uid = user->uid, .gid = user->gid};
}

void
vd_probe_config_script(struct vd_probe_config *c, uint32_t slot, uint32_t serial,
		const struct vd_model_vrrp_script *script, const struct vd_probe_user *user)
{
	struct probe_def *d = probe_def_new(
			c, VD_PROBE_SCRIPT, slot, serial, &probe_type_script, script->name);

	d->script = (struct vd_health_script_rule){
			.interval = VD_MAX(script->interval, VD_MSEC),
			.rise = (uint32_t)script->rise,
			.fall = (uint32_t)script->fall,
			.init_fail = script->init_fail,
	};
	d->timeout = script->timeout != 0 ? script->timeout : d->script.interval;
	probe_def_user_set(&d->program.user, user);
	d->program.words = script->script == NULL ? NULL : vd_io_words_split(script->script, NULL);
	if (d->program.words == NULL)
		d->broken = vd_xstrdup("the command line has no word, or an open quote");
}

void
probe_def_file_set(struct probe_def *d, const struct vd_model_track_file *file)
{
	struct probe_def_file *f = &d->file;

	f->init = vd_model_given(&file->obj, &file->init_file);
	f->overwrite = file->init_file.overwrite;
	f->init_value = file->init_file.value;
	if (file->file != NULL && file->file[0] != '\0')
		f->path = vd_xstrdup(file->file);
	else
		d->broken = vd_xstrdup("the track_file names no file");
}

void
vd_probe_config_file(struct vd_probe_config *c, uint32_t slot, uint32_t serial,
		const struct vd_model_track_file *file)
{
	probe_def_file_set(
			probe_def_new(c, VD_PROBE_FILE, slot, serial, &probe_type_file, file->name),
			file);
}

static void
process_words(struct probe_def_process *p, const struct vd_model_strings *words)
{
	struct vd_strbuf b = {0};

	p->name = vd_xstrdup(words->v[0]);
	for (size_t i = 1; i < words->n; i++)
		vd_strbuf_add(&b, words->v[i], strlen(words->v[i]) + 1);
	p->params_len = b.len;
	p->params = vd_strbuf_take(&b);
}

void
vd_probe_config_process(struct vd_probe_config *c, uint32_t slot, uint32_t serial,
		const struct vd_model_track_process *process)
{
	struct probe_def *d = probe_def_new(
			c, VD_PROBE_PROCESS, slot, serial, &probe_type_process, process->name);
	struct probe_def_process *p = &d->process;

	p->quorum = (uint64_t)VD_MAX(process->quorum, 0);
	p->quorum_max = (uint64_t)VD_MAX(process->quorum_max, 0);
	p->fork_delay = vd_model_given(&process->obj, &process->fork_delay) ? process->fork_delay
									    : process->delay;
	p->terminate_delay = vd_model_given(&process->obj, &process->terminate_delay)
			? process->terminate_delay
			: process->delay;
	p->param_match = process->param_match;
	p->match_params = process->process.n > 1 ||
			vd_model_given(&process->obj, &process->param_match);
	if (process->process.n == 0) {
		d->broken = vd_xstrdup("it names no process");
		return;
	}
	process_words(p, &process->process);
	p->by_command = process->full_command || p->match_params || p->name[0] == '/';
}
