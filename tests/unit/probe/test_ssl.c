/* SPDX-License-Identifier: BSD-3-Clause */
/* SSL_GET against a TLS server of the test's, with a certificate that it makes for itself. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "probe_server.h"

#define OK        "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define UNTIL_END "HTTP/1.0 200 OK\r\n\r\nhello"
#define MD5       "5d41402abc4b2a76b9719d911017c592" /* of hello */
#define SSL_CHECK(more, url) \
	"SSL_GET {\nconnect_timeout 5\n" more "\nurl {\npath /\n" url "\n}\n}\n"

static struct server s;
static SSL_CTX *tls;
static bool notify; /* ends with close_notify, as it should */
static char sni[128];
static bool client_certificate;

/* ---- the server ---- */

static void
certificate_write(X509 *cert, EVP_PKEY *key)
{
	FILE *f = fopen(rig_path("cert.pem"), "w");

	CU_ASSERT_FATAL(f != NULL && PEM_write_X509(f, cert) == 1);
	fclose(f);
	f = fopen(rig_path("key.pem"), "w");
	CU_ASSERT_FATAL(f != NULL && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1);
	fclose(f);
	f = fopen(rig_path("locked.pem"), "w");
	CU_ASSERT_FATAL(f != NULL &&
			PEM_write_PrivateKey(f, key, EVP_aes_128_cbc(),
					(const unsigned char *)"secret", 6, NULL, NULL) == 1);
	fclose(f);
}

static void
tls_make(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_NAME *name;

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	name = X509_get_subject_name(cert);
	X509_NAME_add_entry_by_txt(
			name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(cert, name);
	CU_ASSERT_FATAL(X509_sign(cert, key, EVP_sha256()) > 0);
	certificate_write(cert, key);
	tls = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(tls, cert);
	SSL_CTX_use_PrivateKey(tls, key);
	X509_free(cert);
	EVP_PKEY_free(key);
}

/* One page over TLS; what the client asked for is in heard. */
static void
page(struct server *srv, int fd)
{
	SSL *ssl = SSL_new(tls);
	const char *name;
	int n;

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1) {
		name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
		snprintf(sni, sizeof(sni), "%s", name == NULL ? "none" : name);
		client_certificate = SSL_get0_peer_certificate(ssl) != NULL;
		n = SSL_read(ssl, srv->heard, sizeof(srv->heard) - 1);
		srv->heard[n > 0 ? n : 0] = '\0';
		SSL_write(ssl, srv->text, (int)strlen(srv->text));
		if (notify)
			SSL_shutdown(ssl);
		else
			shutdown(fd, SHUT_WR);
		SSL_set_quiet_shutdown(ssl, 1);
	}
	SSL_free(ssl);
	ERR_clear_error();
	/* Not to reset what the client has not read yet. */
	while (server_wait(srv, fd, -1) && recv(fd, srv->heard + 2048, 1024, 0) > 0)
		;
}

static void
plain(struct server *srv, int fd)
{
	server_say(fd, srv->text);
	server_listen(srv, fd);
}

static void
mute(struct server *srv, int fd)
{
	server_listen(srv, fd);
}

static void
close_it(struct server *srv, int fd)
{
	/* Once the client spoke. */
	server_wait(srv, fd, -1);
	(void)!recv(fd, srv->heard, sizeof(srv->heard), 0);
}

static void
with(void (*serve)(struct server *, int), const char *text, const char *root, const char *checks)
{
	struct vd_strbuf b = {0};

	rig_start();
	server_start(&s, serve, text);
	vd_strbuf_printf(&b,
			"%s\nvirtual_server 192.0.2.1 80 {\nprotocol TCP\n" RIG_QUIET
			"virtualhost vs.example:8443\nreal_server 127.0.0.1 $P {\n%s\n}\n}\n",
			root, checks);
	rig_configure(b.s);
	vd_strbuf_free(&b);
}

static void
done(void)
{
	rig_stop();
	server_stop(&s);
}

/* ---- tests ---- */

static void
test_good(void)
{
	notify = true;
	with(page, OK, "", SSL_CHECK("", "digest " MD5) SSL_CHECK("", ""));
	RIG_GOOD(0);
	CU_ASSERT(rig_view(0).last_code == 200);
	CU_ASSERT_STRING_EQUAL(rig_view(0).type, "SSL_GET");
	RIG_GOOD(1);
	CU_ASSERT(RIG_WAIT(server_connections(&s) == 2));
	done();
	CU_ASSERT_STRING_EQUAL(sni, "none");
	CU_ASSERT(!client_certificate);
	CU_ASSERT_STRING_EQUAL(s.heard,
			"GET / HTTP/1.0\r\nHost: vs.example:8443\r\n"
			"User-Agent: KeepAliveClient\r\n\r\n");
}

static void
sends(const char *check, const char *want)
{
	with(page, OK, "", check);
	RIG_GOOD(0);
	CU_ASSERT(RIG_WAIT(server_connections(&s) == 1));
	done();
	CU_ASSERT_STRING_EQUAL(sni, want);
}

static void
test_sni(void)
{
	notify = true;
	sends(SSL_CHECK("enable_sni", ""), "vs.example");
	sends(SSL_CHECK("enable_sni\nsni_name other.example", ""), "other.example");
	sends(SSL_CHECK("enable_sni", "virtualhost page.example"), "page.example");
	sends(SSL_CHECK("sni_name other.example", ""), "none");
	sends(SSL_CHECK("enable_sni", "virtualhost \"[2001:db8::1]:443\""), "none");
	sends(SSL_CHECK("enable_sni", "virtualhost 192.0.2.7"), "none");
}

/* An end without close_notify is fine unless tls_compliant asks for it. */
static void
test_compliant(void)
{
	notify = false;
	with(page, UNTIL_END, "", SSL_CHECK("", "digest " MD5) SSL_CHECK("tls_compliant", ""));
	RIG_GOOD(0);
	RIG_FAILS(1, "the connection ended without close_notify");
	done();
	/* Even where the page's length is known. */
	with(page, OK, "", SSL_CHECK("tls_compliant", "digest " MD5));
	RIG_FAILS(0, "the connection ended without close_notify");
	done();
	notify = true;
	with(page, OK, "",
			SSL_CHECK("tls_compliant", "digest " MD5) SSL_CHECK("tls_compliant", ""));
	RIG_GOOD(0);
	RIG_GOOD(1);
	done();
	with(page, UNTIL_END, "", SSL_CHECK("tls_compliant", "regex hello"));
	RIG_GOOD(0);
	done();
}

/* A page that is cut off by such an end is no page. */
static void
test_cut_off(void)
{
	notify = false;
	with(page, "HTTP/1.0 200 OK\r\nContent-Length: 50\r\n\r\nhello", "",
			SSL_CHECK("", "digest " MD5));
	RIG_FAILS(0, "the connection ended before the page did");
	done();
}

static void
test_verified_by_ca(void)
{
	notify = true;
	with(page, OK, "SSL {\nca $D/cert.pem\n}", SSL_CHECK("", ""));
	RIG_GOOD(0);
	done();
	/* Another authority: not verified. */
	rename(rig_path("cert.pem"), rig_path("old.pem"));
	SSL_CTX_free(tls);
	tls_make();
	with(page, OK, "SSL {\nca $D/old.pem\n}", SSL_CHECK("", ""));
	CU_ASSERT(!rig_run(0));
	CU_ASSERT(strncmp(rig_view(0).last_error, "TLS with 127.0.0.1:", 19) == 0);
	CU_ASSERT(strstr(rig_view(0).last_error, "certificate") != NULL);
	done();
	with(page, OK, "SSL {\nca $D/nosuch.pem\n}", SSL_CHECK("", ""));
	CU_ASSERT(!rig_run(0));
	CU_ASSERT(strstr(rig_view(0).last_error, "nosuch.pem") != NULL);
	done();
}

static void
test_client_certificate(void)
{
	notify = true;
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	SSL_CTX_load_verify_file(tls, rig_path("cert.pem"));
	with(page, OK, "SSL {\ncertificate $D/cert.pem\nkey $D/locked.pem\npassword secret\n}",
			SSL_CHECK("", ""));
	RIG_GOOD(0);
	CU_ASSERT(RIG_WAIT(server_connections(&s) == 1));
	done();
	CU_ASSERT(client_certificate);
	with(page, OK, "SSL {\ncertificate $D/cert.pem\nkey $D/locked.pem\npassword wrong\n}",
			SSL_CHECK("", ""));
	CU_ASSERT(!rig_run(0));
	CU_ASSERT(strncmp(rig_view(0).last_error, "TLS with 127.0.0.1:", 19) == 0);
	done();
	SSL_CTX_set_verify(tls, SSL_VERIFY_NONE, NULL);
}

static void
test_bad(void)
{
	with(plain, "HTTP/1.0 200 OK\r\n\r\n", "", SSL_CHECK("", ""));
	CU_ASSERT(!rig_run(0));
	CU_ASSERT(strstr(rig_view(0).last_error, "wrong version number") != NULL);
	done();
	with(close_it, NULL, "", SSL_CHECK("", ""));
	CU_ASSERT(!rig_run(0));
	CU_ASSERT(strncmp(rig_view(0).last_error, "TLS with 127.0.0.1:", 19) == 0);
	done();
	with(mute, NULL, "", "SSL_GET {\nconnect_timeout 0.3\nurl {\npath /\n}\n}\n");
	RIG_FAILS(0, "timed out after 0.3 s waiting for the TLS handshake");
	done();
}

static void
test_makes_a_certificate(void)
{
	tls_make();
	CU_ASSERT_FATAL(tls != NULL);
}

static const struct vd_test tests[] = {
		VD_TEST(test_makes_a_certificate),
		VD_TEST(test_good),
		VD_TEST(test_sni),
		VD_TEST(test_compliant),
		VD_TEST(test_cut_off),
		VD_TEST(test_verified_by_ca),
		VD_TEST(test_client_certificate),
		VD_TEST(test_bad),
};

RIG_MAIN("probe/ssl", tests)
