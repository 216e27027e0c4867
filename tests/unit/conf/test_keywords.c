/* SPDX-License-Identifier: BSD-3-Clause */
/* Every word of the table: a file with all of them, made from the table, is parsed, dumped and parsed again. */
#include <stdio.h>

#include "conf_memory.h"

static void block_text(const struct vd_model_block *b, unsigned int depth, struct vd_strbuf *out);

/* A number that the range allows. */
static void
number_text(const struct vd_model_field *f, struct vd_strbuf *out)
{
	int64_t scale = 1, v = f->min == f->max ? 3 : f->min;

	if (f->type == VD_MODEL_TIME)
		scale = f->unit != NULL && strcmp(f->unit, "ms") == 0 ? (int64_t)VD_MSEC
								      : (int64_t)VD_SEC;
	if (f->type == VD_MODEL_TIME && v < scale)
		v = scale;
	vd_strbuf_printf(out, " %lld", (long long)(v / scale));
}

static void
value_text(const struct vd_model_field *f, struct vd_strbuf *out)
{
	switch (f->type) {
	case VD_MODEL_INT:
	case VD_MODEL_TIME:
		number_text(f, out);
		break;
	case VD_MODEL_ENUM:
		vd_strbuf_printf(out, " %s", f->names[0].word);
		break;
	case VD_MODEL_STRING:
		vd_strbuf_puts(out, strcmp(f->word, "ipset") == 0 ? " ipset:a" : " \"a b\"");
		break;
	case VD_MODEL_ADDR:
		vd_strbuf_puts(out, " 192.0.2.1");
		break;
	case VD_MODEL_PREFIX:
		vd_strbuf_puts(out, " 192.0.2.0/24");
		break;
	case VD_MODEL_RANGE:
		vd_strbuf_puts(out, " 192.0.2.1-9");
		break;
	case VD_MODEL_MAC:
		vd_strbuf_puts(out, " 02:00:00:00:00:01");
		break;
	case VD_MODEL_STRINGS:
		vd_strbuf_puts(out, " aa bb");
		break;
	default:
		break;
	}
}

/* Another word of the same member stands before it. */
static bool
is_second(const struct vd_model_block *b, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (b->fields[k].offset == b->fields[i].offset &&
				b->fields[k].type != VD_MODEL_RAW &&
				b->fields[k].type != VD_MODEL_RAWS &&
				b->fields[k].type != VD_MODEL_BLOCKS &&
				b->fields[i].type != VD_MODEL_RAW &&
				b->fields[i].type != VD_MODEL_RAWS &&
				b->fields[i].type != VD_MODEL_BLOCKS)
			return true;
	return false;
}

/* Positions, then options, then the position that takes the rest. */
static void
line_text(const struct vd_model_block *b, bool head, struct vd_strbuf *out)
{
	for (int pass = 0; pass < 3; pass++) {
		for (size_t i = 0; i < b->n_fields; i++) {
			const struct vd_model_field *f = &b->fields[i];
			bool pos = (f->flags & VD_MODEL_POS) != 0,
			     rest = f->type == VD_MODEL_STRINGS;

			if (is_second(b, i) || (head && !pos) || pass != (rest ? 2 : !pos))
				continue;
			if (!pos)
				vd_strbuf_printf(out, " %s", f->word);
			value_text(f, out);
		}
	}
}

static void
field_text(const struct vd_model_block *b, size_t i, unsigned int depth, struct vd_strbuf *out)
{
	const struct vd_model_field *f = &b->fields[i];

	if (f->flags & (VD_MODEL_POS | VD_MODEL_HEAD) || is_second(b, i))
		return;
	if (f->flags & VD_MODEL_BODY) {
		line_text(f->block, false, out);
		vd_strbuf_putc(out, '\n');
		return;
	}
	vd_strbuf_puts(out, f->word);
	switch (f->type) {
	case VD_MODEL_STRINGS:
		vd_strbuf_puts(out, f->flags & VD_MODEL_WORDS ? " aa bb" : " {\naa\nbb\n}");
		break;
	case VD_MODEL_SPANS:
		vd_strbuf_puts(out, " 200-299 404");
		break;
	case VD_MODEL_RAW:
		vd_strbuf_puts(out, " a b");
		break;
	case VD_MODEL_RAWS:
		vd_strbuf_puts(out, " {\na b\nc\n}");
		break;
	case VD_MODEL_LINE:
	case VD_MODEL_REPEAT:
		line_text(f->block, false, out);
		break;
	case VD_MODEL_LINES:
		vd_strbuf_puts(out, " {\n");
		line_text(f->block, false, out);
		vd_strbuf_puts(out, "\n}");
		break;
	case VD_MODEL_BLOCK:
	case VD_MODEL_BLOCKS:
		line_text(f->block, true, out);
		vd_strbuf_puts(out, " {\n");
		block_text(f->block, depth + 1, out);
		vd_strbuf_putc(out, '}');
		break;
	default:
		value_text(f, out);
		break;
	}
	vd_strbuf_putc(out, '\n');
}

static void
block_text(const struct vd_model_block *b, unsigned int depth, struct vd_strbuf *out)
{
	for (size_t i = 0; i < b->n_fields; i++)
		field_text(b, i, depth, out);
}

/* Every field of the object that the text sets was set. */
static void
all_given(const struct vd_model_object *obj)
{
	for (size_t i = 0; i < obj->block->n_fields; i++) {
		const struct vd_model_field *f = &obj->block->fields[i];
		const struct vd_model_object *o;
		size_t k = 0;

		if (is_second(obj->block, i) || f->flags & VD_MODEL_HEAD)
			continue;
		if (!vd_model_field_given(obj, f)) {
			printf("\n%s: %s was not set\n", obj->block->name, f->word);
			CU_FAIL("not set");
		}
		while ((o = vd_model_next(obj, f, &k)) != NULL)
			all_given(o);
	}
}

/* The lines of said that are no word about effects. */
static size_t
other_lines(char *said)
{
	size_t n = 0;

	for (char *line = strtok(said, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		if (strstr(line, "not in effect yet") != NULL ||
				strstr(line, "without meaning here") != NULL ||
				strstr(line, "means something with") != NULL)
			continue;
		printf("\nsaid: %s\n", line);
		n++;
	}
	return n;
}

static void
test_every_word(void)
{
	struct vd_strbuf text = {0};
	struct vd_model *m;
	char *said;
	int rc;

	block_text(&vd_model_root_block, 0, &text);
	m = text_parse(text.s, &said, &rc);
	CU_ASSERT_EQUAL(rc, 0);
	CU_ASSERT_EQUAL(other_lines(said), 0);
	all_given(&m->obj);
	CU_ASSERT(round_trips(m));
	vd_model_free(m);
	vd_strbuf_free(&text);
	free(said);
}

/* An empty file has the defaults of the table. */
static void
defaults_hold(const struct vd_model_object *obj)
{
	for (size_t i = 0; i < obj->block->n_fields; i++)
		CU_ASSERT(vd_model_is_default(obj, &obj->block->fields[i]));
}

static void
test_defaults(void)
{
	struct vd_model *m = vd_model_new();

	defaults_hold(&m->obj);
	defaults_hold(&m->global.obj);
	CU_ASSERT_EQUAL(m->global.vrrp_garp_master_delay, 5 * VD_SEC);
	CU_ASSERT_EQUAL(m->global.smtp_connect_timeout, 30 * VD_SEC);
	CU_ASSERT_EQUAL(m->global.smtp_server.port, 25);
	CU_ASSERT_EQUAL(m->global.vrrp_version, 2);
	vd_model_free(m);
}

/* Each table is sound: words are unique, members lie inside, ranges hold the default, every word has its sentence. */
static void
table_sound(const struct vd_model_block *b, unsigned int depth)
{
	for (size_t i = 0; i < b->n_fields; i++) {
		const struct vd_model_field *f = &b->fields[i];

		CU_ASSERT(f->offset < b->size);
		CU_ASSERT(f->doc != NULL && f->doc[0] != '\0');
		CU_ASSERT(strchr("MScN", f->mark) != NULL);
		CU_ASSERT(f->min <= f->max);
		CU_ASSERT((f->type == VD_MODEL_ENUM) <= (f->names != NULL));
		for (size_t k = 0; k < i; k++)
			CU_ASSERT_STRING_NOT_EQUAL(f->word, b->fields[k].word);
		if (f->min != f->max && f->def != 0 && f->def != -1)
			CU_ASSERT(f->def >= f->min && f->def <= f->max);
		if (f->block != NULL && depth < 8)
			table_sound(f->block, depth + 1);
	}
}

static void
test_table(void)
{
	table_sound(&vd_model_root_block, 0);
}

static void
test_document(void)
{
	FILE *f = fopen(VD_SOURCE_ROOT "/docs/keywords.md", "r");
	struct vd_strbuf file = {0}, table = {0};
	char buf[4096];
	size_t n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		vd_strbuf_add(&file, buf, n);
	fclose(f);
	vd_conf_keywords(&table);
	/* When it fails: scripts/keywords.sh writes the file again. */
	CU_ASSERT_STRING_EQUAL(file.s, table.s);
	vd_strbuf_free(&file);
	vd_strbuf_free(&table);
}

static const struct vd_test tests[] = {
		VD_TEST(test_every_word),
		VD_TEST(test_defaults),
		VD_TEST(test_table),
		VD_TEST(test_document),
};

VD_TEST_MAIN("conf_keywords", tests)
