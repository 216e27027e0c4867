/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HTTP_GET and SSL_GET. One page an attempt, the next page with the next; the check is good when all of them were, one after
 * the other. With fast_recovery a server that is down is asked for all of them at once.
 */
#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe_priv.h"
#include "vd_check_page.h"
#include "vd_curl.h"

#define AGENT "KeepAliveClient"

struct page {
	char *url, *path;
	char *host;       /* of the Host header, or NULL: the address */
	char *connect_to; /* where the URL names the server for SNI, or NULL */
	struct vd_check_page *expect;
};

struct http {
	struct probe_way way;
	VD_VEC(struct page) pages;
	size_t at;
	bool ssl, tls_compliant, fast, close, v1_1;
	char *ca, *certificate, *key, *password;
	/* of the attempt */
	CURL *easy;
	struct curl_slist *headers, *connect_to;
	struct vd_curl_job job;
	struct vd_check_page_try *try;
	bool enough, head_over, notified;
	char error[CURL_ERROR_SIZE];
};

static void
http_close(struct probe_thing *t)
{
	struct http *h = t->data;

	if (t->p != NULL)
		vd_curl_cancel(t->p->curl, &h->job);
	if (h->easy != NULL)
		curl_easy_cleanup(h->easy);
	h->easy = NULL;
	curl_slist_free_all(h->headers);
	curl_slist_free_all(h->connect_to);
	h->headers = h->connect_to = NULL;
	vd_check_page_abandon(h->try);
	h->try = NULL;
}

/* How far it came: what was waited for. */
static const char *
waits_for(const struct http *h)
{
	curl_off_t connected = 0, tls = 0, answer = 0;

	curl_easy_getinfo(h->easy, CURLINFO_CONNECT_TIME_T, &connected);
	curl_easy_getinfo(h->easy, CURLINFO_APPCONNECT_TIME_T, &tls);
	curl_easy_getinfo(h->easy, CURLINFO_STARTTRANSFER_TIME_T, &answer);
	if (connected == 0)
		return "connect";
	if (h->ssl && tls == 0)
		return "the TLS handshake";
	return answer == 0 ? "an answer" : "the rest of the answer";
}

static void
http_cancel(struct probe_thing *t)
{
	struct http *h = t->data;

	if (h->easy != NULL)
		t->waiting = waits_for(h);
	http_close(t);
}

static void
http_free(struct probe_thing *t)
{
	struct http *h = t->data;
	struct page *g;

	http_close(t);
	VD_VEC_FOREACH (g, &h->pages) {
		free(g->url);
		free(g->path);
		free(g->host);
		free(g->connect_to);
		vd_check_page_free(g->expect);
	}
	vd_vec_free(&h->pages);
	probe_way_free(&h->way);
	free(h->ca);
	free(h->certificate);
	free(h->key);
	free(h->password);
	free(h);
}

/* ---- libcurl's callbacks ---- */

static curl_socket_t
on_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *addr)
{
	const struct http *h = ctx;
	const char *what;
	int fd;

	(void)purpose;
	(void)addr; /* the one of the URL, which is ours */
	fd = probe_socket(&h->way, SOCK_STREAM, 0, &what);
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static size_t
on_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct http *h = ctx;

	/* How the connection ends counts with tls_compliant: then all of it is read. */
	if (!vd_check_page_body(h->try, bytes, size * n) || h->tls_compliant)
		return size * n;
	h->enough = true;
	return 0; /* ends the transfer */
}

/* libcurl takes a connection that is closed within the head for the end of an answer. */
static size_t
on_head(char *bytes, size_t size, size_t n, void *ctx)
{
	struct http *h = ctx;

	h->head_over = size * n <= 2 && (bytes[0] == '\r' || bytes[0] == '\n');
	return size * n;
}

/* RFC 8446 6.1: an alert of two bytes, of which the second is the description. */
static void
on_tls(int sent, int version, int type, const void *bytes, size_t n, SSL *ssl, void *ctx)
{
	struct http *h = ctx;

	(void)version;
	(void)ssl;
	if (!sent && type == SSL3_RT_ALERT && n == 2 &&
			((const uint8_t *)bytes)[1] == SSL_AD_CLOSE_NOTIFY)
		h->notified = true;
}

/* libcurl takes an end without close_notify for a good one, as is usual; tls_compliant asks for better. */
static CURLcode
on_ssl(CURL *easy, void *ctx, void *arg)
{
	(void)easy;
	SSL_CTX_set_msg_callback(ctx, on_tls);
	SSL_CTX_set_msg_callback_arg(ctx, arg);
	return CURLE_OK;
}

/* ---- the end of a page ---- */

static void http_start(struct probe_thing *t);

static void
page_good(struct probe_thing *t, long code)
{
	struct http *h = t->data;

	if (++h->at < h->pages.n && !t->check.up) {
		if (h->fast)
			http_start(t);
		else
			probe_part(t, code);
		return;
	}
	if (h->at == h->pages.n)
		h->at = 0;
	probe_end(t, true, code, -1, NULL);
}

static void
page_bad(struct probe_thing *t, long code, const char *why)
{
	struct http *h = t->data;
	size_t n = h->pages.n, at = h->at;
	char path[128];

	snprintf(path, sizeof(path), "%s", h->pages.v[at].path);
	if (n > 1)
		probe_bad(t, code, "%s: %s", path, why);
	else
		probe_bad(t, code, "%s", why);
	if (!t->check.up)
		h->at = 0;
}

static void
transfer_bad(struct probe_thing *t, CURLcode result, long code)
{
	struct http *h = t->data;
	struct vd_strbuf why = {0};
	char text[VD_ENDPOINT_STR];
	long err = 0;

	curl_easy_getinfo(h->easy, CURLINFO_OS_ERRNO, &err);
	vd_endpoint_format(&h->way.to, text, sizeof(text));
	if (result == CURLE_COULDNT_CONNECT)
		vd_strbuf_printf(&why, "connect to %s: %s", text,
				err != 0 ? strerror((int)err) : "failed");
	else
		vd_strbuf_printf(&why, "%s",
				h->error[0] != '\0' ? h->error : curl_easy_strerror(result));
	http_close(t);
	page_bad(t, code > 0 ? code : PROBE_NO_CODE, why.s);
	vd_strbuf_free(&why);
}

static void
on_done(void *ctx, CURL *easy, CURLcode result)
{
	struct probe_thing *t = ctx;
	struct http *h = t->data;
	struct vd_strbuf why = {0};
	struct vd_check_page_try *try;
	const char *cut = NULL;
	long code = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
	if (result != CURLE_OK && !(result == CURLE_WRITE_ERROR && h->enough)) {
		transfer_bad(t, result, code);
		return;
	}
	if (!h->head_over)
		cut = "the server closed the connection within the head of its answer";
	else if (h->ssl && h->tls_compliant && !h->notified)
		cut = "the server closed TLS without close_notify";
	if (cut != NULL) {
		http_close(t);
		page_bad(t, code > 0 ? code : PROBE_NO_CODE, cut);
		return;
	}
	try = h->try;
	h->try = NULL;
	http_close(t);
	if (vd_check_page_end(try, code, &why) == VD_CHECK_GOOD)
		page_good(t, code);
	else
		page_bad(t, code, why.s != NULL ? why.s : "another page");
	vd_strbuf_free(&why);
}

/* ---- the beginning ---- */

static void
header_add(struct http *h, const char *name, const char *value)
{
	struct vd_strbuf b = {0};

	vd_strbuf_printf(&b, "%s: %s", name, value);
	h->headers = curl_slist_append(h->headers, b.s);
	vd_strbuf_free(&b);
}

static void
options_ssl(struct http *h)
{
	curl_easy_setopt(h->easy, CURLOPT_SSL_VERIFYPEER, h->ca != NULL ? 1L : 0L);
	curl_easy_setopt(h->easy, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(h->easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	if (h->tls_compliant) {
		curl_easy_setopt(h->easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl);
		curl_easy_setopt(h->easy, CURLOPT_SSL_CTX_DATA, h);
	}
	if (h->ca != NULL)
		curl_easy_setopt(h->easy, CURLOPT_CAINFO, h->ca);
	if (h->certificate != NULL)
		curl_easy_setopt(h->easy, CURLOPT_SSLCERT, h->certificate);
	if (h->key != NULL)
		curl_easy_setopt(h->easy, CURLOPT_SSLKEY, h->key);
	if (h->password != NULL)
		curl_easy_setopt(h->easy, CURLOPT_KEYPASSWD, h->password);
}

static void
options(struct http *h, const struct page *g)
{
	CURL *e = h->easy;

	curl_easy_setopt(e, CURLOPT_URL, g->url);
	curl_easy_setopt(e, CURLOPT_REQUEST_TARGET, g->path);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, h->ssl ? "https" : "http");
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
			(long)(h->v1_1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_1_0));
	curl_easy_setopt(e, CURLOPT_USERAGENT, AGENT);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, h);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, h);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_head);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, h);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, h->error);
	if (g->host != NULL)
		header_add(h, "Host", g->host);
	if (h->close)
		header_add(h, "Connection", "close");
	h->headers = curl_slist_append(h->headers, "Accept:"); /* none, as keepalived */
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, h->headers);
	if (g->connect_to != NULL) {
		h->connect_to = curl_slist_append(NULL, g->connect_to);
		curl_easy_setopt(e, CURLOPT_CONNECT_TO, h->connect_to);
	}
	if (h->tls_compliant)
		curl_easy_setopt(e, CURLOPT_IGNORE_CONTENT_LENGTH, 1L); /* up to the close */
	if (h->ssl)
		options_ssl(h);
}

static void
http_start(struct probe_thing *t)
{
	struct http *h = t->data;
	const struct page *g = &h->pages.v[h->at];

	h->enough = h->head_over = h->notified = false;
	h->error[0] = '\0';
	h->easy = curl_easy_init();
	if (h->easy == NULL) {
		page_bad(t, PROBE_NO_CODE, "not enough memory");
		return;
	}
	h->try = vd_check_page_begin(g->expect);
	options(h, g);
	if (vd_curl_start(t->p->curl, &h->job, h->easy, on_done, t) != 0) {
		http_close(t);
		page_bad(t, PROBE_NO_CODE, "the transfer could not be started");
	}
}

/* ---- made ---- */

static const struct probe_ops http_ops = {
		.type = "HTTP_GET",
		.start = http_start,
		.cancel = http_cancel,
		.free = http_free,
};

static const struct probe_ops ssl_ops = {
		.type = "SSL_GET",
		.start = http_start,
		.cancel = http_cancel,
		.free = http_free,
};

static char *
copy(const char *s)
{
	return s == NULL ? NULL : vd_xstrdup(s);
}

/* The name that SNI tells is the URL's host; the connection goes to the address all the same. */
static void
page_way(struct page *g, const struct http *h, const struct vd_model_checker *k)
{
	const char *sni = k->sni_name != NULL ? k->sni_name : g->host;
	char text[VD_ENDPOINT_STR];
	struct vd_strbuf b = {0};

	vd_endpoint_format(&h->way.to, text, sizeof(text));
	if (!h->ssl || !k->enable_sni || sni == NULL) {
		vd_strbuf_printf(&b, "%s://%s/", h->ssl ? "https" : "http", text);
		g->url = vd_strbuf_take(&b);
		return;
	}
	vd_strbuf_printf(&b, "https://%s:%u/", sni, h->way.to.port);
	g->url = vd_strbuf_take(&b);
	b = (struct vd_strbuf){0};
	vd_strbuf_printf(&b, "::%s", text);
	g->connect_to = vd_strbuf_take(&b);
	if (g->host == NULL)
		g->host = vd_xstrdup(text); /* or libcurl would say the SNI's name */
}

static bool
page_make(struct page *g, const struct http *h, const struct vd_model_url *u,
		const struct vd_model_checker *k, struct vd_strbuf *why)
{
	VD_VEC(struct vd_check_span) spans = {0};
	struct vd_check_page_config c = {
			.digest = u->digest,
			.regex = u->regex,
			.regex_options = (const char *const *)u->regex_options.v,
			.n_regex_options = u->regex_options.n,
			.regex_no_match = u->regex_no_match,
			.regex_min_offset = (size_t)u->regex_min_offset,
			.regex_max_offset = (size_t)u->regex_max_offset,
	};

	for (size_t i = 0; i < u->status_code.n; i++) {
		struct vd_check_span s = {u->status_code.v[i].lo, u->status_code.v[i].hi};

		vd_vec_push(&spans, s);
	}
	c.status = spans.v;
	c.n_status = spans.n;
	g->path = vd_xstrdup(u->path != NULL ? u->path : "/");
	g->host = copy(u->virtualhost);
	page_way(g, h, k);
	g->expect = vd_check_page_new(&c, why);
	vd_vec_free(&spans);
	return g->expect != NULL;
}

bool
probe_http_make(struct probe_thing *t, const struct probe_source *src, struct vd_strbuf *why)
{
	const struct vd_model_checker *k = src->check;
	struct http *h = vd_xcalloc(1, sizeof(*h));
	const struct vd_model_url *u;

	t->data = h;
	h->ssl = k->type == VD_MODEL_CHECK_SSL;
	t->ops = h->ssl ? &ssl_ops : &http_ops;
	t->timeout = k->connect_timeout;
	probe_way_set(&h->way, k, src->target);
	h->fast = k->fast_recovery;
	h->v1_1 = k->http_protocol == 2;
	h->close = k->http_protocol != 0;
	h->tls_compliant = k->tls_compliant;
	if (h->ssl && src->ssl != NULL) {
		h->ca = copy(src->ssl->ca);
		h->certificate = copy(src->ssl->certificate);
		h->key = copy(src->ssl->key);
		h->password = copy(src->ssl->password);
	}
	VD_VEC_FOREACH (u, &k->url)
		if (!page_make(vd_vec_add(&h->pages), h, u, k, why))
			return false;
	if (h->pages.n > 0)
		return true;
	vd_strbuf_puts(why, "it names no url");
	return false;
}
