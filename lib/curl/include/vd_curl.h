/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CURL_H
#define VD_CURL_H

/*
 * libcurl's transfers on an event loop: HTTP checks and mail. One per loop; the loop's thread calls everything.
 * vd_curl_global() once, before any thread starts. Easy handles are the caller's, with CURLOPT_PRIVATE taken by this
 * module; CURLOPT_NOSIGNAL is set here.
 */

#include <curl/curl.h>

struct vd_io_loop;
struct vd_curl;

/* Called by the loop when the transfer is over, after it was taken out; may free the handle or start it again. */
typedef void (*vd_curl_cb)(void *ctx, CURL *easy, CURLcode result);

struct vd_curl_job {
	vd_curl_cb done;
	void *ctx;
	CURL *easy; /* NULL: not running */
};

/* 0, or -ENOSYS when the library cannot be started. */
int vd_curl_global(void);

/* NULL when memory is out. */
struct vd_curl *vd_curl_create(struct vd_io_loop *loop);
/* Jobs that run are taken out; done is not called. */
void vd_curl_destroy(struct vd_curl *c);

/* job is the caller's memory, and must stay until done was called or vd_curl_cancel(). 0 or -EIO. */
int
vd_curl_start(struct vd_curl *c, struct vd_curl_job *job, CURL *easy, vd_curl_cb done, void *ctx);
/* Takes it out; done is not called. Harmless when it does not run. */
void vd_curl_cancel(struct vd_curl *c, struct vd_curl_job *job);

#endif
