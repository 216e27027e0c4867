/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "vd_alloc.h"
#include "vd_compiler.h"
#include "vd_diag.h"
#include "vd_drop.h"
#include "vd_hash.h"
#include "vd_log.h"
#include "vd_reader.h"
#include "vd_strbuf.h"
#include "vd_test.h"
#include "vd_vec.h"

static void
diag_keeps_order_and_each_line_once(void)
{
	struct vd_diag_list a = {0}, b = {0};
	struct vd_strbuf out = {0};
	struct vd_place place = {"k.conf", 3, 9}, json = {"c.json", 0, 0}, none = {NULL, 0, 0};

	for (int i = 0; i < 2; i++) {
		vd_diag_add(&a, VD_DIAG_ERROR, place, "1 to 255", "priority %d", 300);
		vd_diag_add(&a, VD_DIAG_WARNING, json, NULL, "services[0].vip: unknown");
		vd_diag_add(&a, VD_DIAG_NOTE, none, NULL, "done");
	}
	CU_ASSERT_EQUAL(a.n, 3);
	CU_ASSERT_EQUAL(a.errors, 1);
	CU_ASSERT_EQUAL(a.warnings, 1);
	vd_diag_list_append(&b, &a);
	vd_diag_list_append(&b, &a);
	vd_diag_list_format(&b, &out);
	CU_ASSERT_STRING_EQUAL(out.s,
			"k.conf:3:9: error: priority 300 (1 to 255)\n"
			"c.json: warning: services[0].vip: unknown\n"
			"note: done\n");
	vd_strbuf_free(&out);
	vd_diag_list_free(&a);
	vd_diag_list_free(&b);
	CU_ASSERT(a.n == 0 && a.errors == 0);
}

static void
diag_of_a_path_names_its_word_once(void)
{
	struct vd_place place = {.file = "c.json", .path = "vs[0].port"};
	struct vd_diag_list l = {0};
	struct vd_strbuf out = {0};

	vd_diag_add(&l, VD_DIAG_ERROR, place, NULL, "port: 0 is too low");
	vd_diag_add(&l, VD_DIAG_ERROR, place, NULL, "portly");
	vd_diag_list_format(&l, &out);
	CU_ASSERT_STRING_EQUAL(out.s,
			"c.json: error: vs[0].port: 0 is too low\n"
			"c.json: error: vs[0].port: portly\n");
	vd_strbuf_free(&out);
	vd_diag_list_free(&l);
}

static void
strbuf_grows(void)
{
	struct vd_strbuf b = {0};
	char *s;

	for (int i = 0; i < 1000; i++)
		vd_strbuf_printf(&b, "%d,", i);
	CU_ASSERT_EQUAL(b.len, 10 * 2 + 90 * 3 + 900 * 4);
	CU_ASSERT_EQUAL(strlen(b.s), b.len);
	vd_strbuf_reset(&b);
	CU_ASSERT_STRING_EQUAL(b.s, "");
	vd_strbuf_add(&b, "abc", 2);
	vd_strbuf_putc(&b, '!');
	s = vd_strbuf_take(&b);
	CU_ASSERT_STRING_EQUAL(s, "ab!");
	free(s);
	s = vd_strbuf_take(&b);
	CU_ASSERT_STRING_EQUAL(s, "");
	free(s);
	vd_strbuf_free(&b);
}

static void
nearest_finds_slips_only(void)
{
	static const char *const words[] = {"priority", "interface", "virtual_router_id", "state"};

	CU_ASSERT_STRING_EQUAL(vd_nearest("priorty", words, 4), "priority");
	CU_ASSERT_STRING_EQUAL(vd_nearest("prioirty", words, 4), "priority");
	CU_ASSERT_STRING_EQUAL(vd_nearest("Interface", words, 4), "interface");
	CU_ASSERT_STRING_EQUAL(vd_nearest("sate", words, 4), "state");
	CU_ASSERT_PTR_NULL(vd_nearest("weight", words, 4));
	CU_ASSERT_PTR_NULL(vd_nearest("", words, 4));
}

/* Each input bit flips about half of the output bits; sequential keys fill buckets evenly. */
static void
hash_bytes_is_even(void)
{
	unsigned char key[37];
	unsigned int counts[256] = {0}, low = UINT32_MAX, high = 0;
	struct vd_rng rng = {5};

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)vd_rng_next(&rng);
	for (size_t n = 1; n <= sizeof(key); n++) {
		uint64_t h = vd_hash_bytes(key, n, 9);

		for (size_t bit = 0; bit < n * 8; bit++) {
			unsigned int moved;

			key[bit / 8] ^= (unsigned char)(1u << bit % 8);
			moved = (unsigned int)__builtin_popcountll(h ^ vd_hash_bytes(key, n, 9));
			key[bit / 8] ^= (unsigned char)(1u << bit % 8);
			CU_ASSERT(moved >= 10 && moved <= 54);
		}
		CU_ASSERT_NOT_EQUAL(h, vd_hash_bytes(key, n, 10));
		CU_ASSERT_NOT_EQUAL(h, vd_hash_bytes(key, n - 1, 9));
	}
	for (uint32_t i = 0; i < 256 * 1000; i++)
		counts[vd_hash_bytes(&i, sizeof(i), 0) & 255]++;
	for (size_t i = 0; i < 256; i++) {
		low = VD_MIN(low, counts[i]);
		high = VD_MAX(high, counts[i]);
	}
	CU_ASSERT(low > 850 && high < 1150);
	memset(key, 0, sizeof(key));
	CU_ASSERT_NOT_EQUAL(vd_hash_bytes(key, 3, 0), vd_hash_bytes(key, 4, 0));
	CU_ASSERT_NOT_EQUAL(vd_hash_bytes(key, 8, 0), vd_hash_bytes(key, 16, 0));
}

static void
rng_stays_below(void)
{
	struct vd_rng rng = {3};
	unsigned int seen = 0;

	for (int i = 0; i < 1000; i++) {
		uint32_t v = vd_rng_below(&rng, 7);

		CU_ASSERT_FATAL(v < 7);
		seen |= 1u << v;
	}
	CU_ASSERT_EQUAL(seen, 0x7f);
	CU_ASSERT_EQUAL(vd_hash_to_range(UINT32_MAX, 10), 9);
}

static void
drop_reasons_have_names(void)
{
	CU_ASSERT_STRING_EQUAL(vd_drop_name(VD_DROP_BAD_L2), "bad_l2");
	CU_ASSERT_STRING_EQUAL(vd_drop_name(VD_DROP_LINK_DOWN), "link_down");
	for (int i = 0; i < VD_DROP_N; i++) {
		CU_ASSERT(strlen(vd_drop_text((enum vd_drop)i)) > 10);
		for (int j = 0; j < i; j++)
			CU_ASSERT_STRING_NOT_EQUAL(vd_drop_name((enum vd_drop)i),
					vd_drop_name((enum vd_drop)j));
	}
	CU_ASSERT_STRING_EQUAL(vd_drop_name(VD_DROP_N), "?");
}

static void
log_to_buffer(void *ctx, enum vd_log_level level, const char *text)
{
	vd_strbuf_printf(ctx, "%s:%s\n", vd_log_level_name(level), text);
}

static void
log_honours_its_level(void)
{
	struct vd_strbuf out = {0};
	enum vd_log_level level;

	vd_log(VD_LOG_ERROR, "no sink yet");
	vd_log_set_sink(log_to_buffer, &out);
	CU_ASSERT_EQUAL(vd_log_level_parse("info", &level), 0);
	vd_log_set_level(level);
	vd_log(VD_LOG_INFO, "a %d", 1);
	vd_log(VD_LOG_DEBUG, "b");
	vd_log(VD_LOG_ERROR, "c");
	CU_ASSERT_STRING_EQUAL(out.s, "info:a 1\nerror:c\n");
	CU_ASSERT_EQUAL(vd_log_level_parse("loud", &level), -EINVAL);
	CU_ASSERT_EQUAL(vd_log_get_level(), VD_LOG_INFO);
	vd_log_set_sink(NULL, NULL);
	vd_strbuf_free(&out);
}

static void
reader_and_writer_are_bounded(void)
{
	uint8_t buf[7];
	struct vd_writer w = vd_writer_init(buf, sizeof(buf));
	struct vd_reader r;

	vd_write_u8(&w, 1);
	vd_write_u16(&w, 0x0203);
	vd_write_u32(&w, 0x04050607);
	CU_ASSERT(!w.bad && vd_writer_len(&w) == 7);
	vd_write_u8(&w, 9);
	CU_ASSERT(w.bad && vd_writer_len(&w) == 7);
	r = vd_reader_init(buf, sizeof(buf));
	CU_ASSERT_EQUAL(vd_read_u8(&r), 1);
	CU_ASSERT_EQUAL(vd_read_u16(&r), 0x0203);
	CU_ASSERT_EQUAL(vd_reader_left(&r), 4);
	CU_ASSERT_EQUAL(vd_read_u32(&r), 0x04050607);
	CU_ASSERT(!r.bad);
	CU_ASSERT_EQUAL(vd_read_u16(&r), 0);
	CU_ASSERT(r.bad);
}

static void
allocator_aligns_and_zeroes(void)
{
	unsigned char *p = vd_zalloc(&vd_alloc_libc, 300, 256);
	VD_VEC(int) v = {0};
	int *q, sum = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL((uintptr_t)p % 256, 0);
	for (int i = 0; i < 300; i++)
		CU_ASSERT_EQUAL(p[i], 0);
	vd_free(&vd_alloc_libc, p);
	vd_free(&vd_alloc_libc, NULL);
	for (int i = 0; i < 100; i++)
		vd_vec_push(&v, i);
	VD_VEC_FOREACH (q, &v)
		sum += *q;
	CU_ASSERT_EQUAL(sum, 4950);
	vd_vec_free(&v);
	CU_ASSERT(vd_pow2_ceil(1) == 1 && vd_pow2_ceil(5) == 8 && vd_pow2_ceil(64) == 64);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(diag_keeps_order_and_each_line_once),
			VD_TEST(diag_of_a_path_names_its_word_once),
			VD_TEST(strbuf_grows),
			VD_TEST(nearest_finds_slips_only),
			VD_TEST(hash_bytes_is_even),
			VD_TEST(rng_stays_below),
			VD_TEST(drop_reasons_have_names),
			VD_TEST(log_honours_its_level),
			VD_TEST(reader_and_writer_are_bounded),
			VD_TEST(allocator_aligns_and_zeroes),
	};

	return vd_test_main("base", tests, sizeof(tests) / sizeof(tests[0]));
}
