/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>

#include "vd_compiler.h"
#include "vd_curl.h"
#include "vd_io_clock.h"
#include "vd_io_loop.h"
#include "vd_vec.h"

/* A descriptor of libcurl's, watched. */
struct watch {
	struct vd_curl *c;
	struct vd_io_fd fd;
	struct watch *next, **link;
};

struct vd_curl {
	struct vd_io_loop *loop;
	CURLM *multi;
	struct vd_io_timer timer;
	struct vd_io_task task; /* looks for transfers that ended, outside libcurl's callbacks */
	struct watch *watches;
	VD_VEC(struct vd_curl_job *) jobs;
};

int
vd_curl_global(void)
{
	return curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK ? 0 : -ENOSYS;
}

static void
job_forget(struct vd_curl *c, struct vd_curl_job *job)
{
	curl_multi_remove_handle(c->multi, job->easy);
	job->easy = NULL;
	for (size_t i = 0; i < c->jobs.n; i++) {
		if (c->jobs.v[i] != job)
			continue;
		c->jobs.v[i] = c->jobs.v[--c->jobs.n];
		return;
	}
}

static void
on_task(struct vd_io_task *task)
{
	struct vd_curl *c = task->ctx;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(c->multi, &left)) != NULL) {
		CURLcode result = m->data.result;
		CURL *easy = m->easy_handle;
		struct vd_curl_job *job = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&job);
		job_forget(c, job);
		job->done(job->ctx, easy, result);
	}
}

static void
act(struct vd_curl *c, curl_socket_t fd, int events)
{
	int running;

	curl_multi_socket_action(c->multi, fd, events, &running);
	vd_io_loop_defer(c->loop, &c->task, on_task, c);
}

static void
on_fd(struct vd_io_fd *h, unsigned int events)
{
	struct watch *w = h->ctx;
	struct vd_curl *c = w->c;

	act(c, h->fd,
			(events & VD_IO_READ ? CURL_CSELECT_IN : 0) |
					(events & VD_IO_WRITE ? CURL_CSELECT_OUT : 0) |
					(events & VD_IO_ERROR ? CURL_CSELECT_ERR : 0));
}

static void
on_timer(struct vd_io_timer *t)
{
	act(t->ctx, CURL_SOCKET_TIMEOUT, 0);
}

static int
curl_timer(CURLM *multi, long ms, void *ctx)
{
	struct vd_curl *c = ctx;

	(void)multi;
	if (ms < 0)
		vd_io_timer_cancel(c->loop, &c->timer);
	else
		vd_io_timer_set(c->loop, &c->timer, vd_io_now() + (vd_time)ms * VD_MSEC, on_timer,
				c);
	return 0;
}

static void
watch_free(struct watch *w)
{
	vd_io_fd_del(&w->fd);
	*w->link = w->next;
	if (w->next != NULL)
		w->next->link = w->link;
	free(w);
}

static int
curl_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
	unsigned int events = (what & CURL_POLL_IN ? VD_IO_READ : 0u) |
			(what & CURL_POLL_OUT ? VD_IO_WRITE : 0u);
	struct vd_curl *c = ctx;
	struct watch *w = socket_ctx;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w != NULL)
			watch_free(w);
		curl_multi_assign(c->multi, fd, NULL);
		return 0;
	}
	if (w != NULL)
		return vd_io_fd_set(&w->fd, events) == 0 ? 0 : -1;
	w = vd_xcalloc(1, sizeof(*w));
	w->c = c;
	if (vd_io_fd_add(c->loop, &w->fd, fd, events, on_fd, w) != 0) {
		free(w);
		return -1;
	}
	w->next = c->watches;
	w->link = &c->watches;
	if (w->next != NULL)
		w->next->link = &w->next;
	c->watches = w;
	curl_multi_assign(c->multi, fd, w);
	return 0;
}

struct vd_curl *
vd_curl_create(struct vd_io_loop *loop)
{
	struct vd_curl *c = vd_xcalloc(1, sizeof(*c));

	c->loop = loop;
	c->multi = curl_multi_init();
	if (c->multi == NULL) {
		free(c);
		return NULL;
	}
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, curl_socket);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, curl_timer);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	return c;
}

void
vd_curl_destroy(struct vd_curl *c)
{
	if (c == NULL)
		return;
	while (c->jobs.n > 0)
		job_forget(c, c->jobs.v[0]);
	curl_multi_cleanup(c->multi);
	while (c->watches != NULL)
		watch_free(c->watches);
	vd_io_timer_cancel(c->loop, &c->timer);
	vd_io_task_cancel(c->loop, &c->task);
	vd_vec_free(&c->jobs);
	free(c);
}

int
vd_curl_start(struct vd_curl *c, struct vd_curl_job *job, CURL *easy, vd_curl_cb done, void *ctx)
{
	*job = (struct vd_curl_job){.done = done, .ctx = ctx, .easy = easy};
	curl_easy_setopt(easy, CURLOPT_PRIVATE, job);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	if (curl_multi_add_handle(c->multi, easy) != CURLM_OK) {
		job->easy = NULL;
		return -EIO;
	}
	vd_vec_push(&c->jobs, job);
	return 0;
}

void
vd_curl_cancel(struct vd_curl *c, struct vd_curl_job *job)
{
	if (job->easy != NULL)
		job_forget(c, job);
}
