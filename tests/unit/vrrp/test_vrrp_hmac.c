/* SPDX-License-Identifier: BSD-3-Clause */
#include "../../../lib/vrrp/vrrp_packet_priv.h"
#include "vrrp_packet_test.h"

struct vector {
	const char *key, *data; /* hexadecimal, or text behind a ':' */
	const char *digest;
};

static size_t
bytes(const char *text, uint8_t *out)
{
	size_t n;

	if (text[0] != ':')
		return from_hex(text, out);
	n = strlen(text + 1);
	memcpy(out, text + 1, n);
	return n;
}

#define X10(s) s s s s s s s s s s

/* clang-format off */
/* RFC 2202 section 2, cases 1 to 7. */
static const struct vector md5[] = {
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", ":Hi There", "9294727a3638bb1c13f48ef8158bfc9d" },
	{ ":Jefe", ":what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", X10("dddddddddd"), "56be34521d144c88dbb8c733f0e8b3f6" },
	{ "0102030405060708090a0b0c0d0e0f10111213141516171819", X10("cdcdcdcdcd"),
	  "697eaf0aca3a3aea3a75164746ffaa79" },
	{ "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c", ":Test With Truncation",
	  "56461ef2342edc00f9bab995690efd4c" },
	{ X10("aaaaaaaaaaaaaaaa"), ":Test Using Larger Than Block-Size Key - Hash Key First",
	  "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd" },
	{ X10("aaaaaaaaaaaaaaaa"),
	  ":Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data",
	  "6f630fad67cda0ee1fb1f562db3aa53e" },
};

/* RFC 4231 section 4, cases 1 to 7; the fifth is cut to 128 bits there. */
static const struct vector sha256[] = {
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", ":Hi There",
	  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ ":Jefe", ":what do ya want for nothing?",
	  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", X10("dddddddddd"),
	  "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
	{ "0102030405060708090a0b0c0d0e0f10111213141516171819", X10("cdcdcdcdcd"),
	  "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
	{ "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c", ":Test With Truncation",
	  "a3b6167473100ee06e0c796c2955552b" },
	{ X10("aaaaaaaaaaaaaaaaaaaaaaaaaa") "aa", ":Test Using Larger Than Block-Size Key - Hash Key First",
	  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	{ X10("aaaaaaaaaaaaaaaaaaaaaaaaaa") "aa",
	  ":This is a test using a larger than block-size key and a larger than block-size data. "
	  "The key needs to be hashed before being used by the HMAC algorithm.",
	  "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
};
/* clang-format on */

static void
rfc2202_hmac_md5(void)
{
	uint8_t key[256], data[256], want[64], out[VRRP_MD5_LEN];

	for (size_t i = 0; i < VD_ARRAY_LEN(md5); i++) {
		size_t key_len = bytes(md5[i].key, key), n = bytes(md5[i].data, data);
		/* The message in two pieces, as an IP packet comes. */
		struct vrrp_piece pieces[] = {{data, n / 3}, {data + n / 3, n - n / 3}};

		CU_ASSERT_EQUAL(from_hex(md5[i].digest, want), sizeof(out));
		vd_vrrp_hmac_md5(key, key_len, pieces, 2, out);
		CU_ASSERT_EQUAL(memcmp(out, want, sizeof(out)), 0);
	}
}

static void
rfc4231_hmac_sha256(void)
{
	uint8_t key[256], data[256], want[64], out[VRRP_SHA256_LEN];
	struct vd_vrrp_hmac_key k;

	for (size_t i = 0; i < VD_ARRAY_LEN(sha256); i++) {
		size_t key_len = bytes(sha256[i].key, key), n = bytes(sha256[i].data, data);
		size_t want_len = from_hex(sha256[i].digest, want);
		struct vrrp_piece pieces[] = {{data, n / 3}, {data + n / 3, n - n / 3}};

		CU_ASSERT(want_len == 16 || want_len == 32);
		vd_vrrp_hmac_key_set(&k, (uint8_t)i, key, key_len);
		CU_ASSERT_EQUAL(k.id, i);
		/* Twice: a prepared key is not used up. */
		for (int again = 0; again < 2; again++) {
			memset(out, 0, sizeof(out));
			vd_vrrp_hmac_sha256(&k, pieces, 2, out);
			CU_ASSERT_EQUAL(memcmp(out, want, want_len), 0);
		}
	}
}

static void
secrets_differ_in_any_byte(void)
{
	uint8_t a[8] = {1, 2, 3, 4, 5, 6, 7, 8}, b[8];

	memcpy(b, a, sizeof(b));
	CU_ASSERT(vd_vrrp_secret_equal(a, b, 8));
	for (int i = 0; i < 8; i++) {
		b[i] ^= 0x80;
		CU_ASSERT(!vd_vrrp_secret_equal(a, b, 8));
		b[i] ^= 0x80;
	}
}

static const struct vd_test tests[] = {
		VD_TEST(rfc2202_hmac_md5),
		VD_TEST(rfc4231_hmac_sha256),
		VD_TEST(secrets_differ_in_any_byte),
};

VD_TEST_MAIN("vrrp_hmac", tests)
