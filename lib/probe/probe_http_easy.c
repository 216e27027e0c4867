/* SPDX-License-Identifier: BSD-3-Clause */
/* The handle of libcurl: keepalived's request, and nothing that libcurl would do of its own accord. */
#include <openssl/ssl.h>

#include "probe_http.h"

#define PROTOCOL_1_0 0
#define PROTOCOL_1_1 2

/*
 * The URL's host is the address, so that no name is looked up or sent; with SNI it is the name, and the connection is told
 * where to go.
 */
static void
where(struct probe_http *h)
{
	const struct probe_def *d = h->t->def;
	const char *sni = probe_http_url(h->t)->sni;
	struct vd_strbuf b = {0};

	if (sni == NULL) {
		vd_strbuf_printf(&b, "%s://%s/", d->http.tls ? "https" : "http", d->net.text);
	} else {
		vd_strbuf_printf(&b, "::%s", d->net.text);
		h->connect_to = curl_slist_append(NULL, b.s);
		curl_easy_setopt(h->easy, CURLOPT_CONNECT_TO, h->connect_to);
		vd_strbuf_reset(&b);
		vd_strbuf_printf(&b, "https://%s:%u/", sni, d->net.to.port);
	}
	curl_easy_setopt(h->easy, CURLOPT_URL, b.s);
	vd_strbuf_free(&b);
	curl_easy_setopt(h->easy, CURLOPT_REQUEST_TARGET, probe_http_url(h->t)->path);
	curl_easy_setopt(h->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(h->easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(h->easy, CURLOPT_FOLLOWLOCATION, 0L);
}

static bool
headers(struct probe_http *h)
{
	int protocol = h->t->def->http.protocol;
	struct curl_slist *list = NULL, *last;
	struct vd_strbuf b = {0};

	vd_strbuf_printf(&b, "Host: %s", probe_http_url(h->t)->host);
	last = list = curl_slist_append(NULL, b.s);
	vd_strbuf_free(&b);
	if (last != NULL)
		last = curl_slist_append(list, "Accept:");
	if (last != NULL && protocol != PROTOCOL_1_0)
		last = curl_slist_append(list, "Connection: close");
	h->headers = list;
	curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(h->easy, CURLOPT_USERAGENT, "KeepAliveClient");
	curl_easy_setopt(h->easy, CURLOPT_HTTP_VERSION,
			(long)(protocol == PROTOCOL_1_1 ? CURL_HTTP_VERSION_1_1
							: CURL_HTTP_VERSION_1_0));
	return last != NULL;
}

static void
connection(struct probe_http *h)
{
	long limit = (long)(h->t->def->timeout / VD_MSEC) + 10000;

	curl_easy_setopt(h->easy, CURLOPT_OPENSOCKETFUNCTION, probe_http_socket);
	curl_easy_setopt(h->easy, CURLOPT_OPENSOCKETDATA, h);
	curl_easy_setopt(h->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(h->easy, CURLOPT_FORBID_REUSE, 1L);
	/* Ours is the deadline; libcurl's own must not come before it. */
	curl_easy_setopt(h->easy, CURLOPT_CONNECTTIMEOUT_MS, limit);
	curl_easy_setopt(h->easy, CURLOPT_ERRORBUFFER, h->error);
}

static void
answer(struct probe_http *h)
{
	curl_easy_setopt(h->easy, CURLOPT_HEADERFUNCTION, probe_http_header);
	curl_easy_setopt(h->easy, CURLOPT_HEADERDATA, h);
	curl_easy_setopt(h->easy, CURLOPT_WRITEFUNCTION, probe_http_body);
	curl_easy_setopt(h->easy, CURLOPT_WRITEDATA, h);
	curl_easy_setopt(h->easy, CURLOPT_HTTP_TRANSFER_DECODING,
			probe_http_url(h->t)->raw ? 0L : 1L);
}

static void
on_info(const SSL *ssl, int where, int value)
{
	struct probe_http *h = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	if (where == SSL_CB_READ_ALERT && (value & 0xff) == SSL_AD_CLOSE_NOTIFY)
		h->notified = true;
}

/* An end without close_notify is an end for libcurl. Whether there was one is what tls_compliant asks. */
static CURLcode
on_context(CURL *easy, void *context, void *ctx)
{
	(void)easy;
	SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_app_data((SSL_CTX *)context, ctx);
	SSL_CTX_set_info_callback(context, on_info);
	return CURLE_OK;
}

/* As keepalived, no host name is compared: a check goes to an address. */
static void
tls(struct probe_http *h)
{
	const struct probe_def_http *d = &h->t->def->http;

	curl_easy_setopt(h->easy, CURLOPT_SSL_VERIFYPEER, d->ca != NULL ? 1L : 0L);
	curl_easy_setopt(h->easy, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(h->easy, CURLOPT_CAINFO, d->ca);
	curl_easy_setopt(h->easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(h->easy, CURLOPT_SSLCERT, d->certificate);
	curl_easy_setopt(h->easy, CURLOPT_SSLKEY, d->key);
	curl_easy_setopt(h->easy, CURLOPT_KEYPASSWD, d->password);
	curl_easy_setopt(h->easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
	curl_easy_setopt(h->easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(h->easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
	curl_easy_setopt(h->easy, CURLOPT_SSL_CTX_DATA, h);
	/* To see how a connection ends, it is read until it does. */
	curl_easy_setopt(h->easy, CURLOPT_IGNORE_CONTENT_LENGTH, d->tls_compliant ? 1L : 0L);
}

bool
probe_http_easy(struct probe_http *h)
{
	h->easy = curl_easy_init();
	if (h->easy == NULL)
		return false;
	where(h);
	connection(h);
	answer(h);
	if (h->t->def->http.tls)
		tls(h);
	return headers(h);
}

void
probe_http_easy_free(struct probe_http *h)
{
	curl_easy_cleanup(h->easy);
	curl_slist_free_all(h->headers);
	curl_slist_free_all(h->connect_to);
	vd_strbuf_free(&h->local);
}
