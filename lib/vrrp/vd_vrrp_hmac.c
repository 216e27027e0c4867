/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HMAC (RFC 2104) over MD5 and SHA-256. libcrypto's newer interface allocates a context for each digest, which the
 * control loop may not do; the functions below work on contexts of the caller's, and are deprecated for that.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

#include "vrrp_packet_priv.h"

#define HMAC_BLOCK 64 /* of both digests */
#define HMAC_IPAD  0x36
#define HMAC_OPAD  0x5c

_Static_assert(sizeof(SHA256_CTX) <= sizeof(((struct vd_vrrp_hmac_key *)0)->inner),
		"the opaque bytes of a key hold a context");
_Static_assert(MD5_CBLOCK == HMAC_BLOCK && SHA256_CBLOCK == HMAC_BLOCK, "one block size");
_Static_assert(MD5_DIGEST_LENGTH == VRRP_MD5_LEN && SHA256_DIGEST_LENGTH == VRRP_SHA256_LEN,
		"digest lengths");

static void
pad_xor(uint8_t pad[HMAC_BLOCK], uint8_t with)
{
	for (int i = 0; i < HMAC_BLOCK; i++)
		pad[i] ^= with;
}

/* A context that has seen the padded key; pad is turned into the key xor `with`, from the key. */
static void
md5_start(MD5_CTX *ctx, uint8_t pad[HMAC_BLOCK], uint8_t with)
{
	pad_xor(pad, with);
	MD5_Init(ctx);
	MD5_Update(ctx, pad, HMAC_BLOCK);
}

static void
sha256_start(SHA256_CTX *ctx, uint8_t pad[HMAC_BLOCK], uint8_t with)
{
	pad_xor(pad, with);
	SHA256_Init(ctx);
	SHA256_Update(ctx, pad, HMAC_BLOCK);
}

void
vd_vrrp_hmac_md5(const void *key, size_t len, const struct vrrp_piece *pieces, size_t n,
		uint8_t out[VRRP_MD5_LEN])
{
	uint8_t pad[HMAC_BLOCK] = {0};
	MD5_CTX inner, outer;

	if (len > HMAC_BLOCK) {
		MD5_Init(&inner);
		MD5_Update(&inner, key, len);
		MD5_Final(pad, &inner);
	} else {
		memcpy(pad, key, len);
	}
	md5_start(&inner, pad, HMAC_IPAD);
	md5_start(&outer, pad, HMAC_IPAD ^ HMAC_OPAD);
	for (size_t i = 0; i < n; i++)
		MD5_Update(&inner, pieces[i].data, pieces[i].len);
	MD5_Final(out, &inner);
	MD5_Update(&outer, out, VRRP_MD5_LEN);
	MD5_Final(out, &outer);
	OPENSSL_cleanse(pad, sizeof(pad));
}

void
vd_vrrp_hmac_key_set(struct vd_vrrp_hmac_key *k, uint8_t id, const void *secret, size_t len)
{
	uint8_t pad[HMAC_BLOCK] = {0};
	SHA256_CTX ctx;

	memset(k, 0, sizeof(*k));
	k->id = id;
	if (len > HMAC_BLOCK) {
		SHA256_Init(&ctx);
		SHA256_Update(&ctx, secret, len);
		SHA256_Final(pad, &ctx);
	} else {
		memcpy(pad, secret, len);
	}
	sha256_start(&ctx, pad, HMAC_IPAD);
	memcpy(k->inner, &ctx, sizeof(ctx));
	sha256_start(&ctx, pad, HMAC_IPAD ^ HMAC_OPAD);
	memcpy(k->outer, &ctx, sizeof(ctx));
	OPENSSL_cleanse(pad, sizeof(pad));
	OPENSSL_cleanse(&ctx, sizeof(ctx));
}

void
vd_vrrp_hmac_sha256(const struct vd_vrrp_hmac_key *k, const struct vrrp_piece *pieces, size_t n,
		uint8_t out[VRRP_SHA256_LEN])
{
	SHA256_CTX ctx;

	memcpy(&ctx, k->inner, sizeof(ctx));
	for (size_t i = 0; i < n; i++)
		SHA256_Update(&ctx, pieces[i].data, pieces[i].len);
	SHA256_Final(out, &ctx);
	memcpy(&ctx, k->outer, sizeof(ctx));
	SHA256_Update(&ctx, out, VRRP_SHA256_LEN);
	SHA256_Final(out, &ctx);
}

bool
vd_vrrp_secret_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
