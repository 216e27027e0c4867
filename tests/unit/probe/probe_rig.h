/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROBE_RIG_H
#define PROBE_RIG_H

/*
 * What the tests of probe share: a probe with a configuration from a text, its verdicts, requests, and waiting for
 * conditions. In the text $D is a folder of the program's own and $P the port of the test's server. Things have slots in
 * the order of the text, kind by kind, and serial rig_serial[slot].
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vd_compiler.h"
#include "vd_conf.h"
#include "vd_curl.h"
#include "vd_io_clock.h"
#include "vd_probe.h"
#include "vd_strbuf.h"
#include "vd_test.h"

#define PATIENCE     (30 * VD_SEC)
#define RIG_VERDICTS 4096
#define RIG_SLOTS    4096

static char rig_dir[] = "/tmp/vd-probe-XXXXXX";
static struct vd_probe *probe;
static uint16_t rig_port;
static uint32_t rig_serial[RIG_SLOTS];
static struct vd_probe_user rig_user;

/* What the probe thread and the test share. */
static struct {
	pthread_mutex_t lock;
	struct vd_probe_verdict v[RIG_VERDICTS];
	size_t n;
	bool full; /* no room for verdicts */
	size_t refused;
	struct vd_probe_verdict asked[64]; /* requests */
	size_t n_asked;
} rig = {.lock = PTHREAD_MUTEX_INITIALIZER};

static inline bool
rig_verdict(void *ctx, const struct vd_probe_verdict *v)
{
	bool took;

	(void)ctx;
	pthread_mutex_lock(&rig.lock);
	took = !rig.full && rig.n < RIG_VERDICTS;
	if (took)
		rig.v[rig.n++] = *v;
	else
		rig.refused++;
	pthread_mutex_unlock(&rig.lock);
	return took;
}

static inline bool
rig_request(void *ctx, uint32_t *slot, uint32_t *serial)
{
	bool any;

	(void)ctx;
	pthread_mutex_lock(&rig.lock);
	any = rig.n_asked > 0;
	if (any) {
		rig.n_asked--;
		*slot = rig.asked[rig.n_asked].slot;
		*serial = rig.asked[rig.n_asked].serial;
	}
	pthread_mutex_unlock(&rig.lock);
	return any;
}

static inline size_t
rig_count(void)
{
	size_t n;

	pthread_mutex_lock(&rig.lock);
	n = rig.n;
	pthread_mutex_unlock(&rig.lock);
	return n;
}

/* Verdicts for one thing. */
static inline size_t
rig_count_of(enum vd_probe_kind kind, uint32_t slot)
{
	size_t n = 0;

	pthread_mutex_lock(&rig.lock);
	for (size_t i = 0; i < rig.n; i++)
		n += rig.v[i].kind == kind && rig.v[i].slot == slot;
	pthread_mutex_unlock(&rig.lock);
	return n;
}

static inline struct vd_probe_verdict
rig_last(void)
{
	struct vd_probe_verdict v = {0};

	pthread_mutex_lock(&rig.lock);
	if (rig.n > 0)
		v = rig.v[rig.n - 1];
	pthread_mutex_unlock(&rig.lock);
	return v;
}

static inline void
rig_pause(void)
{
	struct timespec ts = {.tv_nsec = 1000000};

	nanosleep(&ts, NULL);
}

/* Waits until the condition holds; false: it never did. */
#define RIG_WAIT(cond) \
	({ \
		vd_time until_ = vd_io_now() + PATIENCE; \
		while (!(cond) && vd_io_now() < until_) \
			rig_pause(); \
		(cond); \
	})

static inline struct vd_probe_view
rig_view_of(enum vd_probe_kind kind, uint32_t slot)
{
	struct vd_probe_view v = {0};

	if (!vd_probe_view_slot(probe, kind, slot, rig_serial[slot], &v))
		v.state = "none";
	return v;
}

static inline struct vd_probe_view
rig_view(uint32_t slot)
{
	return rig_view_of(VD_PROBE_CHECK, slot);
}

static inline void
rig_ask(uint32_t slot, uint32_t serial)
{
	pthread_mutex_lock(&rig.lock);
	rig.asked[rig.n_asked++] = (struct vd_probe_verdict){.slot = slot, .serial = serial};
	pthread_mutex_unlock(&rig.lock);
	vd_probe_wake(probe);
}

/* Runs the check now and waits for its confirmation: is it up? */
static inline bool
rig_run(uint32_t slot)
{
	size_t before = rig_count_of(VD_PROBE_CHECK, slot);
	bool up = false;

	rig_ask(slot, rig_serial[slot]);
	CU_ASSERT_FATAL(RIG_WAIT(rig_count_of(VD_PROBE_CHECK, slot) > before));
	pthread_mutex_lock(&rig.lock);
	for (size_t i = 0; i < rig.n; i++)
		if (rig.v[i].kind == VD_PROBE_CHECK && rig.v[i].slot == slot)
			up = rig.v[i].up;
	pthread_mutex_unlock(&rig.lock);
	return up;
}

/* The same, with the error that it is to have afterwards. */
#define RIG_FAILS(slot, text) \
	do { \
		CU_ASSERT(!rig_run(slot)); \
		CU_ASSERT_STRING_EQUAL(rig_view(slot).last_error, text); \
	} while (0)

#define RIG_GOOD(slot) \
	do { \
		CU_ASSERT(rig_run(slot)); \
		CU_ASSERT_STRING_EQUAL(rig_view(slot).last_error, ""); \
	} while (0)

static inline const char *
rig_path(const char *name)
{
	static char path[4][160];
	static unsigned int turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", rig_dir, name);
	return p;
}

static inline char *
rig_text(const char *text)
{
	struct vd_strbuf b = {0};

	for (const char *p = text; *p != '\0'; p++) {
		if (p[0] == '$' && p[1] == 'D')
			vd_strbuf_puts(&b, rig_dir);
		else if (p[0] == '$' && p[1] == 'P')
			vd_strbuf_printf(&b, "%u", rig_port);
		else
			vd_strbuf_putc(&b, *p);
		p += p[0] == '$' && (p[1] == 'D' || p[1] == 'P');
	}
	return vd_strbuf_take(&b);
}

static inline void
rig_put(const char *name, const char *text, mode_t mode)
{
	char *full = rig_text(text);
	FILE *f = fopen(rig_path(name), "w");

	CU_ASSERT_FATAL(f != NULL);
	fputs(full, f);
	fclose(f);
	free(full);
	chmod(rig_path(name), mode);
}

static inline const char *
rig_get(const char *name)
{
	static char text[4096];
	FILE *f = fopen(rig_path(name), "r");
	size_t n = f == NULL ? 0 : fread(text, 1, sizeof(text) - 1, f);

	if (f != NULL)
		fclose(f);
	text[n] = '\0';
	return text;
}

/* ---- configuration ---- */

static const char *rig_conf_text;

static inline int
rig_read(void *ctx, const char *path, size_t max, struct vd_strbuf *out)
{
	char *full = rig_text(rig_conf_text);

	(void)ctx;
	(void)path;
	(void)max;
	vd_strbuf_puts(out, full);
	free(full);
	return 0;
}

static inline const struct vd_model_track_file *
rig_track_file(const struct vd_model *m, const char *name)
{
	const struct vd_model_track_file *f;

	VD_VEC_FOREACH (f, &m->track_files)
		if (name != NULL && strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

static inline void
rig_checks(struct vd_probe_config *c, const struct vd_model *m, int *err)
{
	const struct vd_model_virtual_server *vs;
	const struct vd_model_real_server *rs;
	const struct vd_model_checker *k;
	uint32_t slot = 0;

	VD_VEC_FOREACH (vs, &m->virtual_servers) {
		VD_VEC_FOREACH (rs, &vs->real_servers) {
			struct vd_endpoint to = {.addr = rs->address, .port = (uint16_t)rs->port};
			char name[VD_ENDPOINT_STR];

			vd_endpoint_format(&to, name, sizeof(name));
			VD_VEC_FOREACH (k, &rs->checkers) {
				int e = vd_probe_config_check(c, slot, rig_serial[slot], k, &to,
						vd_model_given(&m->obj, &m->ssl) ? &m->ssl : NULL,
						rig_track_file(m, k->track_file), &rig_user, "vs",
						name);

				if (err != NULL)
					err[slot] = e;
				vd_probe_config_weight(c, rs->weight);
				slot++;
			}
		}
	}
}

/* err: of each check, or NULL. */
static inline struct vd_probe_config *
rig_config(const char *text, int *err)
{
	struct vd_conf_source src = {.read = rig_read};
	struct vd_probe_config *c = vd_probe_config_new();
	const struct vd_model_vrrp_script *s;
	const struct vd_model_track_process *p;
	const struct vd_model_track_file *f;
	struct vd_diag_list diags = {0};
	struct vd_model *m = NULL;
	uint32_t slot = 0;

	rig_conf_text = text;
	CU_ASSERT_FATAL(vd_conf_parse_keepalived(&src, "f", NULL, &m, &diags) == 0);
	rig_checks(c, m, err);
	VD_VEC_FOREACH (s, &m->vrrp_scripts) {
		vd_probe_config_script(c, slot, rig_serial[slot], s, &rig_user);
		slot++;
	}
	slot = 0;
	VD_VEC_FOREACH (f, &m->track_files) {
		vd_probe_config_file(c, slot, rig_serial[slot], f);
		slot++;
	}
	slot = 0;
	VD_VEC_FOREACH (p, &m->track_processes) {
		vd_probe_config_process(c, slot, rig_serial[slot], p);
		slot++;
	}
	vd_model_free(m);
	vd_diag_list_free(&diags);
	return c;
}

static inline void
rig_configure(const char *text)
{
	vd_probe_configure(probe, rig_config(text, NULL));
}

/* Checks of one real server, 127.0.0.1 with the test's port, among other words of the virtual server's. */
static inline void
rig_check(const char *words, const char *checks)
{
	struct vd_strbuf b = {0};

	vd_strbuf_printf(&b,
			"virtual_server 192.0.2.1 80 {\nprotocol TCP\n%s\n"
			"real_server 127.0.0.1 $P {\nweight 10\n%s\n}\n}\n",
			words, checks);
	rig_configure(b.s);
	vd_strbuf_free(&b);
}

/* Rare attempts that are not tried again: the test asks for each. */
#define RIG_QUIET "delay_loop 3600\nretry 0\nalpha\n"

static inline void
rig_start(void)
{
	const struct vd_probe_hooks hooks = {.verdict = rig_verdict, .request = rig_request};

	for (size_t i = 0; i < RIG_SLOTS; i++)
		rig_serial[i] = 1;
	rig.n = rig.n_asked = rig.refused = 0;
	rig.full = false;
	probe = vd_probe_create(&hooks, 1);
	CU_ASSERT_FATAL(probe != NULL);
}

static inline void
rig_stop(void)
{
	vd_probe_destroy(probe);
	probe = NULL;
}

static inline int
rig_main(const char *suite, const struct vd_test *tests, size_t n)
{
	char rm[64];
	int failed;

	if (mkdtemp(rig_dir) == NULL || chmod(rig_dir, 0777) != 0 || vd_curl_global() != 0)
		return 1;
	failed = vd_test_main(suite, tests, n);
	snprintf(rm, sizeof(rm), "rm -rf %s", rig_dir);
	return system(rm) != 0 || failed;
}

#define RIG_MAIN(suite, tests) \
	int main(void) \
	{ \
		return rig_main(suite, tests, sizeof(tests) / sizeof((tests)[0])); \
	}

#endif
