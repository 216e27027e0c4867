/* SPDX-License-Identifier: BSD-3-Clause */
/* docs/keywords.md, from the table and nothing else. */
#include <string.h>

#include "vd_conf.h"
#include "vd_vec.h"

static const char intro[] =
		"# Words of the service configuration\n"
		"\n"
		"Generated from the parser's own table (`tests/tools/gen-keywords`); a test "
		"compares the two.\n"
		"\n"
		"Class: **M** in every ordinary configuration, **S** common in production, **c** "
		"rare, **N** without meaning\n"
		"in a user-space data plane (accepted, with a note). *In effect* says whether this "
		"version carries the word\n"
		"out; a word that is not in effect is parsed, checked and kept. A default in words "
		"is inherited or computed.\n"
		"A value outside its range is ignored or clamped with a warning. The same words "
		"are the keys of the JSON form.\n"
		"\n"
		"## Preprocessor\n"
		"\n"
		"| word | class | in effect | meaning |\n"
		"|---|---|---|---|\n"
		"| `# text`, `! text` | M | yes | Comment to the end of the line, outside quotes. "
		"|\n"
		"| `\"text\"`, `'text'` | M | yes | One word with blanks; `\\n`, `\\t`, `\\\"`, "
		"`\\nnn`, `\\xXX` and so on. |\n"
		"| `include FILE` | M | yes | Reads FILE here; glob and `{a,b}`; relative to the "
		"including file. |\n"
		"| `includer`, `includem`, `includew`, `includeb`, `includea` | S | yes | As "
		"`include`; unreadable, missing (also with wildcard, also per brace), or any of "
		"these is an error. |\n"
		"| `include_check [+\\|-]readable\\|match\\|wildcard_match\\|brace_match ...` | S "
		"| yes | The same for every `include` that follows. |\n"
		"| `@ID line`, `@^ID line` | M | yes | The line counts only if the config id is, "
		"or is not, ID. |\n"
		"| `$NAME=value` | M | yes | Defines a parameter; a trailing `\\` goes on in the "
		"next line. |\n"
		"| `${NAME}`, `$NAME` | M | yes | Its value, read again; without one the text "
		"stays. |\n"
		"| `~SEQ(var, start, step, end)`, `~SEQx(...)` | S | yes | The rest of the line "
		"once per number; x: hexadecimal. |\n"
		"| `~LST(var, value, ...)`, `~LST({a, b}, {1, 2}, ...)` | S | yes | The rest of "
		"the line once per value. |\n"
		"| `${_PWD}`, `${_INSTANCE}` | S | yes | Folder of the file; name of the instance. "
		"|\n"
		"| `${_RANDOM [min [max]]}` | S | yes | A number, 0 to 32767; `random_seed` before "
		"it makes it repeat. |\n"
		"| `${_HASH}`, `${_BANG}` | S | yes | `#` and `!` that begin no comment. |\n"
		"| `${_ENV VAR}` | S | yes | The environment. |\n";

struct blocks {
	const struct vd_model_block **v;
	size_t n, cap;
};

static void
cell(struct vd_strbuf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			vd_strbuf_putc(out, '\\');
		vd_strbuf_putc(out, *text);
	}
}

static void
scaled(const struct vd_model_field *f, int64_t v, struct vd_strbuf *out)
{
	int64_t scale = 1;

	if (f->type == VD_MODEL_TIME)
		scale = f->unit != NULL && strcmp(f->unit, "ms") == 0 ? (int64_t)VD_MSEC
								      : (int64_t)VD_SEC;
	if (v % scale == 0)
		vd_strbuf_printf(out, "%lld", (long long)(v / scale));
	else
		vd_strbuf_printf(out, "%.15g", (double)v / (double)scale);
}

static void
word_cell(const struct vd_model_field *f, struct vd_strbuf *out)
{
	vd_strbuf_puts(out, f->flags & VD_MODEL_BODY ? "| (body)" : "| ");
	if (f->flags & VD_MODEL_POS)
		vd_strbuf_printf(out, "*%s*", f->word);
	else if ((f->flags & VD_MODEL_BODY) == 0)
		vd_strbuf_printf(out, "`%s`", f->word);
	for (const char *a = f->aliases; a != NULL && *a != '\0';) {
		size_t n = strcspn(a, " ");

		vd_strbuf_printf(out, ", `%.*s`", (int)n, a);
		a += n + (a[n] == ' ');
	}
}

static void
default_cell(const struct vd_model_field *f, struct vd_strbuf *out)
{
	vd_strbuf_puts(out, " | ");
	if (f->def_text != NULL) {
		cell(out, f->def_text);
		return;
	}
	if (f->flags & VD_MODEL_REQUIRED) {
		vd_strbuf_puts(out, "required");
		return;
	}
	switch (f->type) {
	case VD_MODEL_BOOL:
	case VD_MODEL_FLAG:
		vd_strbuf_puts(out, f->def != 0 ? "on" : "off");
		break;
	case VD_MODEL_INT:
	case VD_MODEL_TIME:
		scaled(f, f->def, out);
		break;
	default:
		break;
	}
}

static void
range_cell(const struct vd_model_field *f, struct vd_strbuf *out)
{
	vd_strbuf_puts(out, " | ");
	for (const struct vd_model_name *m = f->names; m != NULL && m->word != NULL; m++)
		vd_strbuf_printf(out, "%s%s", m == f->names ? "" : ", ", m->word);
	if (f->min == f->max)
		return;
	scaled(f, f->min, out);
	vd_strbuf_puts(out, " to ");
	scaled(f, f->max, out);
}

static void
block_add(struct blocks *b, const struct vd_model_block *block)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->v[i] == block)
			return;
	vd_vec_push(b, block);
}

static void
block_write(const struct vd_model_block *block, struct blocks *blocks, struct vd_strbuf *out)
{
	vd_strbuf_printf(out, "\n## %s\n\n", block->name);
	vd_strbuf_puts(out,
			"| word | class | type | default | range | unit | in effect | meaning |\n"
			"|---|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < block->n_fields; i++) {
		const struct vd_model_field *f = &block->fields[i];

		word_cell(f, out);
		vd_strbuf_printf(out, " | %c | %s", f->mark, vd_model_type_name(f->type));
		default_cell(f, out);
		range_cell(f, out);
		vd_strbuf_printf(out, " | %s | %s | ", f->unit == NULL ? "" : f->unit,
				vd_model_effect_name(f->effect));
		cell(out, f->doc);
		if (f->block != NULL)
			vd_strbuf_printf(out, " See %s.", f->block->name);
		vd_strbuf_puts(out, " |\n");
		if (f->block != NULL)
			block_add(blocks, f->block);
	}
}

void
vd_conf_keywords(struct vd_strbuf *out)
{
	struct blocks blocks = {0};

	vd_strbuf_puts(out, intro);
	block_add(&blocks, &vd_model_root_block);
	for (size_t i = 0; i < blocks.n; i++)
		block_write(blocks.v[i], &blocks, out);
	vd_strbuf_puts(out,
			"\nA word in *italics* is a position of the line or of the head: it is not "
			"written, only its "
			"value.\nIn JSON it is a key like the others.\n");
	vd_vec_free(&blocks);
}
