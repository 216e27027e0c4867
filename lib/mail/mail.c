/* SPDX-License-Identifier: BSD-3-Clause */
/* The queue, and the thread that sends it: whose turn it is, and when again. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "mail_priv.h"
#include "vd_compiler.h"
#include "vd_io_clock.h"
#include "vd_log.h"

#define RETRY_DOUBLED 6u /* times */

struct message {
	struct mail_letter letter;
	uint32_t attempts;
	vd_time due;
};

struct vd_mail {
	struct vd_mail_limits limits;
	pthread_t thread;
	bool runs, stop; /* stop: relaxed, too */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under the lock: */
	struct mail_config config;
	VD_VEC(struct message *) queue; /* oldest first */
	struct message *sending;
	struct vd_mail_stats stats;
	struct vd_strbuf error;
	bool full; /* the queue lost something: said so already */
	bool lost; /* the last attempt failed: likewise */
	/* Main's: */
	struct vd_strbuf shown;
};

/* ---- messages; under the lock ---- */

static void
message_free(struct message *g)
{
	free(g->letter.subject);
	free(g->letter.body);
	free(g->letter.id);
	free(g);
}

static void
take_out(struct vd_mail *m, size_t i)
{
	m->queue.n--;
	memmove(&m->queue.v[i], &m->queue.v[i + 1], (m->queue.n - i) * sizeof(m->queue.v[0]));
}

static void
message_end(struct vd_mail *m, struct message *g)
{
	for (size_t i = 0; i < m->queue.n; i++)
		if (m->queue.v[i] == g) {
			take_out(m, i);
			break;
		}
	message_free(g);
}

static char *
id_make(void)
{
	struct vd_strbuf id = {0};
	uint64_t random = 0;
	char host[256];

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		random = vd_io_now() ^ (uint64_t)getpid() << 32;
	mail_host_name(host, sizeof(host));
	vd_strbuf_printf(&id, "%llx.%llx@%s", (unsigned long long)time(NULL),
			(unsigned long long)random, host);
	return vd_strbuf_take(&id);
}

/* Makes room for one more: the oldest that is not under way goes. */
static bool
room_make(struct vd_mail *m)
{
	if (m->queue.n < m->limits.queue) {
		m->full = false;
		return true;
	}
	m->stats.dropped++;
	if (!m->full)
		vd_log(VD_LOG_WARNING, "mail: %zu messages wait: the oldest are dropped",
				m->queue.n);
	m->full = true;
	for (size_t i = 0; i < m->queue.n; i++) {
		struct message *g = m->queue.v[i];

		if (g == m->sending)
			continue;
		take_out(m, i);
		message_free(g);
		return true;
	}
	return false;
}

/* Nobody is to be written to any more. The one under way is ended by its thread. */
static void
queue_drop(struct vd_mail *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->queue.n; i++) {
		struct message *g = m->queue.v[i];

		if (g == m->sending) {
			m->queue.v[kept++] = g;
			continue;
		}
		m->stats.dropped++;
		message_free(g);
	}
	m->queue.n = kept;
}

static bool
is_configured(const struct vd_mail *m)
{
	return m->config.host != NULL && m->config.rcpt.n > 0;
}

/* ---- the thread ---- */

/* Order is kept: the first one's turn comes before any other's. */
static struct message *
first_due(struct vd_mail *m, vd_time now)
{
	if (m->queue.n == 0 || !is_configured(m) || m->queue.v[0]->due > now)
		return NULL;
	return m->queue.v[0];
}

static void
wait_for_work(struct vd_mail *m)
{
	struct timespec until;
	vd_time due;

	if (m->queue.n == 0 || !is_configured(m)) {
		pthread_cond_wait(&m->changed, &m->lock);
		return;
	}
	due = m->queue.v[0]->due;
	until.tv_sec = (time_t)(due / VD_SEC);
	until.tv_nsec = (long)(due % VD_SEC);
	pthread_cond_timedwait(&m->changed, &m->lock, &until);
}

static void
failed(struct vd_mail *m, struct message *g, enum mail_fate fate, const char *why)
{
	uint32_t times = 1u << VD_MIN(g->attempts - 1, RETRY_DOUBLED);

	vd_strbuf_reset(&m->error);
	vd_strbuf_printf(&m->error, "%s port %u: %s", m->config.host != NULL ? m->config.host : "?",
			m->config.port, why);
	if (fate == MAIL_REFUSED || g->attempts >= m->limits.attempts || !is_configured(m)) {
		vd_log(VD_LOG_WARNING, "mail: %s: given up after %u attempts: %s",
				g->letter.subject, g->attempts, m->error.s);
		m->stats.dropped++;
		message_end(m, g);
	} else {
		/* A server that is away for an hour is one line, and one when it is back. */
		vd_log(m->lost ? VD_LOG_DEBUG : VD_LOG_WARNING, "mail: %s; it is tried again",
				m->error.s);
		m->stats.retried++;
		g->due = vd_io_now() + m->limits.retry * times;
	}
	m->lost = true;
}

static void
ended(struct vd_mail *m, struct message *g, enum mail_fate fate, const struct vd_strbuf *why)
{
	if (fate != MAIL_TAKEN) {
		failed(m, g, fate, why->s != NULL ? why->s : "failed");
		return;
	}
	if (m->lost)
		vd_log(VD_LOG_NOTICE, "mail: the server takes messages again");
	m->lost = false;
	m->stats.sent++;
	message_end(m, g);
}

static void *
run(void *arg)
{
	struct vd_mail *m = arg;

	prctl(PR_SET_NAME, "vipd-mail");
	pthread_mutex_lock(&m->lock);
	while (!m->stop) {
		struct message *g = first_due(m, vd_io_now());
		struct vd_strbuf why = {0};
		struct mail_config config;
		enum mail_fate fate;

		if (g == NULL) {
			wait_for_work(m);
			continue;
		}
		mail_config_copy(&config, &m->config);
		m->sending = g;
		g->attempts++;
		pthread_mutex_unlock(&m->lock);
		fate = mail_send(&config, &g->letter, &m->stop, &why);
		pthread_mutex_lock(&m->lock);
		m->sending = NULL;
		if (!m->stop || fate == MAIL_TAKEN)
			ended(m, g, fate, &why);
		mail_config_clear(&config);
		vd_strbuf_free(&why);
		pthread_cond_broadcast(&m->changed);
	}
	pthread_mutex_unlock(&m->lock);
	return NULL;
}

/* With the first message: who writes no mail has no thread for it. */
static void
thread_start(struct vd_mail *m)
{
	sigset_t all, before;
	int err;

	if (m->runs)
		return;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&m->thread, NULL, run, m);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	m->runs = err == 0;
	if (err != 0)
		vd_log(VD_LOG_ERROR, "mail: no thread to send it: %s", strerror(err));
}

/* ---- main's side ---- */

struct vd_mail *
vd_mail_create(const struct vd_mail_limits *limits)
{
	static const struct vd_mail_limits usual = {256, 8, VD_SEC};
	struct vd_mail *m = vd_xcalloc(1, sizeof(*m));
	pthread_condattr_t attr;

	m->limits = limits != NULL ? *limits : usual;
	pthread_mutex_init(&m->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&m->changed, &attr);
	pthread_condattr_destroy(&attr);
	return m;
}

void
vd_mail_configure(struct vd_mail *m, const struct vd_model *model)
{
	pthread_mutex_lock(&m->lock);
	mail_config_set(&m->config, model);
	if (!is_configured(m))
		queue_drop(m);
	/* Perhaps another server: what waits need not wait for this one. */
	for (size_t i = 0; i < m->queue.n; i++)
		if (m->queue.v[i] != m->sending)
			m->queue.v[i]->due = 0;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
}

bool
vd_mail_is_configured(struct vd_mail *m)
{
	bool is;

	pthread_mutex_lock(&m->lock);
	is = is_configured(m);
	pthread_mutex_unlock(&m->lock);
	return is;
}

void
vd_mail_send(struct vd_mail *m, const char *subject, const char *body)
{
	struct message *g;

	pthread_mutex_lock(&m->lock);
	if (is_configured(m) && room_make(m)) {
		g = vd_xcalloc(1, sizeof(*g));
		g->letter.subject = vd_xstrdup(subject);
		g->letter.body = vd_xstrdup(body);
		g->letter.date = time(NULL);
		g->letter.id = id_make();
		vd_vec_push(&m->queue, g);
		thread_start(m);
		pthread_cond_broadcast(&m->changed);
	}
	pthread_mutex_unlock(&m->lock);
}

void
vd_mail_finish(struct vd_mail *m, vd_time deadline)
{
	struct timespec until = {
			.tv_sec = (time_t)(deadline / VD_SEC),
			.tv_nsec = (long)(deadline % VD_SEC),
	};

	pthread_mutex_lock(&m->lock);
	while (m->runs && m->queue.n > 0 && is_configured(m))
		if (pthread_cond_timedwait(&m->changed, &m->lock, &until) == ETIMEDOUT)
			break;
	pthread_mutex_unlock(&m->lock);
}

void
vd_mail_destroy(struct vd_mail *m)
{
	if (m == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	vd_store_relaxed(&m->stop, true);
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
	if (m->runs)
		pthread_join(m->thread, NULL);
	for (size_t i = 0; i < m->queue.n; i++)
		message_free(m->queue.v[i]);
	vd_vec_free(&m->queue);
	mail_config_clear(&m->config);
	vd_strbuf_free(&m->error);
	vd_strbuf_free(&m->shown);
	pthread_cond_destroy(&m->changed);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

void
vd_mail_stats(struct vd_mail *m, struct vd_mail_stats *out)
{
	pthread_mutex_lock(&m->lock);
	*out = m->stats;
	out->queued = m->queue.n;
	vd_strbuf_reset(&m->shown);
	if (m->error.len > 0)
		vd_strbuf_puts(&m->shown, m->error.s);
	pthread_mutex_unlock(&m->lock);
	out->last_error = m->shown.len > 0 ? m->shown.s : NULL;
}
