/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROBE_HTTP_H
#define PROBE_HTTP_H

#include "probe_priv.h"
#include "vd_curl.h"

struct vd_check_page_try;

/* An attempt. */
struct probe_http {
	struct probe_thing *t;
	struct vd_curl_job job;
	CURL *easy;
	struct curl_slist *headers, *connect_to;
	struct vd_check_page_try *page;
	bool head_over;
	bool enough; /* what comes of the page does not count any more */
	bool too_long;
	bool notified; /* TLS's close_notify came */
	int fd;        /* libcurl's; -1: none yet */
	size_t headers_len;
	int local_err; /* why there is no socket */
	struct vd_strbuf local;
	char error[CURL_ERROR_SIZE];
};

struct probe_url *probe_http_url(const struct probe_thing *t);

/* Makes the handle: all of what the definition asks for. False: libcurl is out of memory. */
bool probe_http_easy(struct probe_http *h);
void probe_http_easy_free(struct probe_http *h);

/* libcurl's callbacks. */
curl_socket_t probe_http_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *to);
size_t probe_http_header(char *bytes, size_t size, size_t n, void *ctx);
size_t probe_http_body(char *bytes, size_t size, size_t n, void *ctx);

#endif
