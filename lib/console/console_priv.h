/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONSOLE_PRIV_H
#define CONSOLE_PRIV_H

/*
 * A line becomes a job. Its handler makes job->object (or text in job->out) now or in a later turn of the loop, and
 * ends it with console_finish(), which renders the object and tells whoever asked.
 */

#include <jansson.h>

#include "vd_cli.h"
#include "vd_cli_proto.h"
#include "vd_cli_text.h"
#include "vd_console.h"
#include "vd_ctl.h"
#include "vd_io_loop.h"

struct console_job;
struct console_server;
struct console_terminal;

typedef void (*console_done)(void *ctx, struct console_job *job);

struct vd_console {
	struct vd_console_config config;
	struct vd_ctl *ctl;
	struct vd_cli *cli;
	struct vd_cli_lookup lookup;
	struct console_job *jobs; /* those that run */
	struct console_server *server;
	struct console_terminal *terminal;
};

struct console_job {
	struct vd_console *console; /* NULL once the console is stopped */
	struct vd_ctl *ctl;
	struct vd_cli_call call;
	bool json;
	enum vd_cli_status status;
	json_t *object;            /* what the handler made; NULL = out is final */
	struct vd_strbuf out, err; /* what the user reads */
	void (*render)(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out);
	console_done done; /* NULL: nobody waits any more */
	void *ctx;
	struct console_job *next, **link;
};

/*
 * Runs a line (vd_cli_request_flags). done is called exactly once, perhaps before this returns, unless the job is
 * abandoned before; the job is valid inside done only.
 */
struct console_job *console_run(struct vd_console *c, const char *line, unsigned int flags,
		console_done done, void *ctx);
/* The asker is gone; the job ends without it. */
void console_abandon(struct console_job *job);

/* For handlers. */
void console_finish(struct console_job *job);
/* Sets status and one line of err, and finishes. */
void console_refuse(struct console_job *job, enum vd_cli_status status, const char *fmt, ...)
		VD_PRINTF(3, 4);

/* Handlers, by enum vd_cli_id. Each finishes its job, now or later. */
void console_show_status(struct console_job *job);
void console_show_version(struct console_job *job);
void console_show_vrrp(struct console_job *job);
void console_show_vrrp_stats(struct console_job *job);
void console_show_drop(struct console_job *job);
void console_show_log(struct console_job *job);
void console_show_config(struct console_job *job);
void console_show_port(struct console_job *job);
void console_show_lcore(struct console_job *job);
void console_show_graph(struct console_job *job);
void console_show_neighbor(struct console_job *job);
void console_show_health(struct console_job *job);
void console_show_script(struct console_job *job);
void console_show_virtual_server(struct console_job *job);
void console_show_connection(struct console_job *job);
void console_show_connection_count(struct console_job *job);
void console_explain(struct console_job *job);
void console_set_real_server(struct console_job *job);
void console_drain_real_server(struct console_job *job);
void console_enable_real_server(struct console_job *job);
void console_disable_real_server(struct console_job *job);
void console_set_vrrp(struct console_job *job);
void console_failover_vrrp(struct console_job *job);
void console_maintenance(struct console_job *job);
void console_start(struct console_job *job);
void console_stop(struct console_job *job);
void console_clear_stats(struct console_job *job);
void console_reload(struct console_job *job);
void console_quit(struct console_job *job);
void console_help(struct console_job *job);

/* Indices of ctl's views. On failure 0 or more is not returned: the job is refused and finished. */
int console_find_service(struct console_job *job, const struct vd_cli_vs *vs);
int console_find_server(struct console_job *job, int service, const struct vd_endpoint *rs);
int console_find_vrrp(struct console_job *job, const char *name);
/* As a user would type it. */
void console_vs_text(const struct vd_cli_vs *vs, struct vd_strbuf *out);
void console_values(void *ctx, enum vd_cli_kind kind, const struct vd_cli_call *before,
		struct vd_cli_candidates *out);

/* Instances by state, as key "instances" of o. */
void console_count_vrrp(struct vd_ctl *ctl, json_t *o);
void console_render_vrrp(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out);
void
console_render_vrrp_page(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out);
void
console_render_vrrp_stats(const struct vd_cli_call *call, const json_t *o, struct vd_strbuf *out);

/* JSON out of C values, and back: a missing key reads as "", 0 or false. */
json_t *console_text(const char *s); /* invalid UTF-8 becomes '?' ; NULL the empty text */
json_t *console_addr(const struct vd_addr *a);
json_t *console_endpoint(const struct vd_endpoint *ep);
json_t *console_seconds(vd_time t);
json_t *console_rate(double v);                              /* one digit after the point */
void console_put(json_t *o, const char *key, json_t *value); /* takes value */
void console_put_u64(json_t *o, const char *key, uint64_t v);
const char *console_str(const json_t *o, const char *key);
double console_num(const json_t *o, const char *key);
uint64_t console_u64(const json_t *o, const char *key);
bool console_true(const json_t *o, const char *key);

int console_server_open(struct vd_console *c, struct vd_strbuf *why);
void console_server_close(struct vd_console *c);
int console_terminal_open(struct vd_console *c, struct vd_strbuf *why);
void console_terminal_close(struct vd_console *c);

#endif
