/* SPDX-License-Identifier: BSD-3-Clause */
/* libcurl's SMTP. */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "mail_priv.h"
#include "vd_compiler.h"

struct upload {
	struct vd_strbuf text;
	size_t sent;
	const bool *stop;
};

static size_t
on_read(char *to, size_t size, size_t n, void *ctx)
{
	struct upload *u = ctx;
	size_t len = VD_MIN(size * n, u->text.len - u->sent);

	memcpy(to, u->text.s + u->sent, len);
	u->sent += len;
	return len;
}

/* About once a second: true ends the attempt. */
static int
on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct upload *u = ctx;

	(void)a, (void)b, (void)c, (void)d;
	return vd_load_relaxed(u->stop);
}

/* The name for HELO is the path of the URL. */
static CURLU *
url_make(const struct mail_config *c)
{
	CURLU *url = curl_url();
	struct vd_strbuf b = {0}, path = {0};
	bool v6 = strchr(c->host, ':') != NULL;
	char port[16];

	vd_strbuf_printf(&b, "%s%s%s", v6 ? "[" : "", c->host, v6 ? "]" : "");
	vd_strbuf_printf(&path, "/%s", c->helo);
	snprintf(port, sizeof(port), "%u", c->port);
	if (url != NULL &&
			(curl_url_set(url, CURLUPART_SCHEME, "smtp", 0) != CURLUE_OK ||
					curl_url_set(url, CURLUPART_HOST, b.s, 0) != CURLUE_OK ||
					curl_url_set(url, CURLUPART_PORT, port, 0) != CURLUE_OK ||
					curl_url_set(url, CURLUPART_PATH, path.s,
							CURLU_URLENCODE) != CURLUE_OK)) {
		curl_url_cleanup(url);
		url = NULL;
	}
	vd_strbuf_free(&b);
	vd_strbuf_free(&path);
	return url;
}

static void
options(CURL *e, const struct mail_config *c, CURLU *url, struct upload *u, struct curl_slist *rcpt,
		char *error)
{
	long ms = (long)VD_MAX(c->timeout / VD_MSEC, (vd_time)1);

	curl_easy_setopt(e, CURLOPT_CURLU, url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L); /* no wait for names */
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, ms);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, 2 * ms);
	/* Of the answer to QUIT, too: a connection kept for later would wait two minutes for it. */
	curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(e, CURLOPT_SERVER_RESPONSE_TIMEOUT, (ms + 999) / 1000);
	curl_easy_setopt(e, CURLOPT_MAIL_FROM, c->sender);
	curl_easy_setopt(e, CURLOPT_MAIL_RCPT, rcpt);
	curl_easy_setopt(e, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
	curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(e, CURLOPT_READDATA, u);
	curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(e, CURLOPT_XFERINFODATA, u);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, error);
}

static enum mail_fate
fate_of(CURL *e, CURLcode result, bool begun, const char *error, struct vd_strbuf *why)
{
	long code = 0;

	if (result == CURLE_OK)
		return MAIL_TAKEN;
	curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &code);
	vd_strbuf_puts(why, error[0] != '\0' ? error : curl_easy_strerror(result));
	if (code >= 400)
		vd_strbuf_printf(why, " (the server answered %ld)", code);
	/* Before MAIL FROM it is the server that is not well, not the message. */
	if (code >= 500 && code < 600 && (begun || result == CURLE_SEND_ERROR))
		return MAIL_REFUSED;
	return MAIL_PUT_OFF;
}

static enum mail_fate
attempt(CURL *e, const struct upload *u, const char *error, struct vd_strbuf *why)
{
	CURLcode result = curl_easy_perform(e);

	return fate_of(e, result, u->sent > 0, error, why);
}

enum mail_fate
mail_send(const struct mail_config *c, const struct mail_letter *l, const bool *stop,
		struct vd_strbuf *why)
{
	char error[CURL_ERROR_SIZE] = "";
	struct upload u = {.stop = stop};
	struct curl_slist *rcpt = NULL;
	CURL *e = curl_easy_init();
	CURLU *url = url_make(c);
	enum mail_fate fate = MAIL_PUT_OFF;

	for (size_t i = 0; i < c->rcpt.n; i++)
		rcpt = curl_slist_append(rcpt, c->rcpt.v[i]);
	mail_format(c, l, &u.text);
	if (e == NULL || url == NULL) {
		vd_strbuf_printf(why, "%s is no host name", c->host);
	} else {
		options(e, c, url, &u, rcpt, error);
		fate = attempt(e, &u, error, why);
	}
	curl_easy_cleanup(e);
	curl_url_cleanup(url);
	curl_slist_free_all(rcpt);
	vd_strbuf_free(&u.text);
	return fate;
}
