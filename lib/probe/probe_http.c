/* SPDX-License-Identifier: BSD-3-Clause */
/* HTTP_GET and SSL_GET: an attempt is one transfer of libcurl. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "probe_http.h"
#include "vd_alloc.h"
#include "vd_check_page.h"

#define HEADERS_MAX (256u << 10)

struct probe_url *
probe_http_url(const struct probe_thing *t)
{
	return &t->def->http.urls.v[t->step];
}

static void
http_cancel(struct probe_thing *t)
{
	struct probe_http *h = t->more;

	if (h == NULL)
		return;
	if (t->p->curl != NULL)
		vd_curl_cancel(t->p->curl, &h->job);
	probe_http_easy_free(h);
	vd_check_page_abandon(h->page);
	free(h);
	t->more = NULL;
}

/* ---- what libcurl asks for ---- */

curl_socket_t
probe_http_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct probe_http *h = ctx;
	int fd = probe_socket(&h->t->def->net, SOCK_STREAM, &h->local);

	(void)purpose;
	(void)to;
	h->fd = fd;
	if (fd >= 0)
		return fd;
	h->local_err = -fd;
	return CURL_SOCKET_BAD;
}

size_t
probe_http_header(char *bytes, size_t size, size_t n, void *ctx)
{
	struct probe_http *h = ctx;

	/* libcurl takes a connection that is closed within the head for the end of an answer. */
	h->head_over = size * n <= 2 && (bytes[0] == '\r' || bytes[0] == '\n');
	h->headers_len += size * n;
	h->too_long = h->headers_len > HEADERS_MAX;
	return h->too_long ? 0 : size * n;
}

size_t
probe_http_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct probe_http *h = ctx;

	if (!h->enough)
		h->enough = vd_check_page_body(h->page, bytes, size * n);
	/* The end counts, too, where it is to be a proper one. */
	return h->enough && !h->t->def->http.tls_compliant ? 0 : size * n;
}

/* ---- its end ---- */

/* "/path: ", where there are several. */
static void
put_path(struct vd_strbuf *why, const struct probe_thing *t)
{
	if (t->def->http.urls.n > 1)
		vd_strbuf_printf(why, "%.64s: ", probe_http_url(t)->path);
}

static bool
is_tls(CURLcode result)
{
	return result == CURLE_SSL_CONNECT_ERROR || result == CURLE_PEER_FAILED_VERIFICATION ||
			result == CURLE_SSL_CERTPROBLEM || result == CURLE_SSL_CIPHER ||
			result == CURLE_SSL_CACERT_BADFILE || result == CURLE_SSL_ENGINE_INITFAILED;
}

/* What libcurl calls an error, as a sentence. */
static void
put_error(struct vd_strbuf *why, const struct probe_http *h, CURLcode result)
{
	const struct probe_def *d = h->t->def;
	long err = 0;

	(void)curl_easy_getinfo(h->easy, CURLINFO_OS_ERRNO, &err);
	put_path(why, h->t);
	if (h->too_long)
		vd_strbuf_printf(why, "headers of over %u KiB", HEADERS_MAX >> 10);
	else if (result == CURLE_COULDNT_CONNECT)
		vd_strbuf_printf(why, "connect to %s: %s", d->net.text,
				err != 0 ? strerror((int)err) : curl_easy_strerror(result));
	else if (result == CURLE_GOT_NOTHING)
		vd_strbuf_puts(why, "the connection ended before an answer");
	else if (result == CURLE_PARTIAL_FILE)
		vd_strbuf_puts(why, "the connection ended before the page did");
	else if (is_tls(result))
		vd_strbuf_printf(why, "TLS with %s: %s", d->net.text,
				h->error[0] != '\0' ? h->error : curl_easy_strerror(result));
	else
		vd_strbuf_puts(why, h->error[0] != '\0' ? h->error : curl_easy_strerror(result));
}

static void
on_end(void *ctx, CURL *easy, CURLcode result)
{
	struct probe_thing *t = ctx;
	struct probe_http *h = t->more;
	struct vd_strbuf *why = &t->p->why;
	enum vd_check_verdict v = VD_CHECK_BAD;
	long code = 0;

	vd_strbuf_reset(why);
	if (result == CURLE_COULDNT_CONNECT && h->local_err != 0) {
		int err = h->local_err;

		vd_strbuf_puts(why, h->local.s);
		http_cancel(t);
		probe_end_local(t, why->s, err);
		return;
	}
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
	if (result == CURLE_OK && !h->head_over) {
		put_path(why, t);
		vd_strbuf_puts(why, "the connection ended within the head of the answer");
	} else if (result == CURLE_OK && t->def->http.tls_compliant && !h->notified) {
		put_path(why, t);
		vd_strbuf_puts(why, "the connection ended without close_notify");
	} else if (result == CURLE_OK ||
			(result == CURLE_WRITE_ERROR && h->enough && !h->too_long)) {
		put_path(why, t);
		v = vd_check_page_end(h->page, code, why);
		h->page = NULL;
	} else {
		put_error(why, h, result);
	}
	http_cancel(t);
	probe_end(t, v == VD_CHECK_GOOD ? PROBE_GOOD : PROBE_BAD, code > 0 ? code : -1, -1, why->s);
}

/* ---- its begin ---- */

static void
http_begin(struct probe_thing *t)
{
	struct probe_http *h = vd_xcalloc(1, sizeof(*h));

	t->more = h;
	h->t = t;
	h->fd = -1;
	if (t->p->curl == NULL)
		t->p->curl = vd_curl_create(t->p->loop);
	h->page = vd_check_page_begin(probe_http_url(t)->page);
	if (t->p->curl != NULL && probe_http_easy(h) &&
			vd_curl_start(t->p->curl, &h->job, h->easy, on_end, t) == 0)
		return;
	http_cancel(t);
	probe_end_local(t, "libcurl", ENOMEM);
}

static bool
is_connected(const struct probe_http *h)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	return h->fd >= 0 && getpeername(h->fd, (struct sockaddr *)&sa, &len) == 0;
}

static enum probe_result
http_late(struct probe_thing *t, const char **what)
{
	const struct probe_http *h = t->more;
	curl_off_t ready = 0;
	long code = 0;

	(void)curl_easy_getinfo(h->easy, CURLINFO_APPCONNECT_TIME_T, &ready);
	(void)curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &code);
	if (!is_connected(h))
		*what = "connect";
	else if (t->def->http.tls && ready == 0)
		*what = "the TLS handshake";
	else if (code == 0)
		*what = "an answer";
	else
		*what = "the end of the page";
	return PROBE_TIMEOUT;
}

const struct probe_type probe_type_http = {
		.name = "HTTP_GET",
		.begin = http_begin,
		.cancel = http_cancel,
		.late = http_late,
};

const struct probe_type probe_type_ssl = {
		.name = "SSL_GET",
		.begin = http_begin,
		.cancel = http_cancel,
		.late = http_late,
};
