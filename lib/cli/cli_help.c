/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "vd_alloc.h"
#include "vd_cli_text.h"

#include "cli_priv.h"

/* <KIND> becomes its name; what stands for several words is spelled as interface texts do. */
static const char *
kind_text(const char *id, size_t len)
{
	/* clang-format off */
	static const struct {
		const char *id, *name;
	} kinds[] = {
#define VD_X(id, name, what) { #id, name },
		VD_CLI_KINDS(VD_X)
#undef VD_X
		{"VS", "VS"},
		{"FILTERS", "[FILTER]... [limit N]"},
	};
	/* clang-format on */

	for (size_t i = 0; i < VD_ARRAY_LEN(kinds); i++)
		if (strlen(kinds[i].id) == len && memcmp(kinds[i].id, id, len) == 0)
			return kinds[i].name;
	return "?";
}

void
vd_cli_syntax_text(const struct vd_cli_command *command, struct vd_strbuf *out)
{
	const char *s = command->syntax;

	while (*s != '\0') {
		const char *end = *s == '<' ? strchr(s, '>') : NULL;

		if (end != NULL) {
			vd_strbuf_puts(out, kind_text(s + 1, (size_t)(end - s - 1)));
			s = end + 1;
		} else {
			vd_strbuf_putc(out, *s++);
		}
	}
}

static void
print_command(const struct vd_cli_command *cmd, int width, struct vd_strbuf *out)
{
	struct vd_strbuf syntax = {0};

	vd_cli_syntax_text(cmd, &syntax);
	if (syntax.len > (size_t)width)
		vd_strbuf_printf(out, "  %s\n  %*s  %s\n", syntax.s, width, "", cmd->help);
	else
		vd_strbuf_printf(out, "  %-*s  %s\n", width, syntax.s, cmd->help);
	vd_strbuf_free(&syntax);
}

static void
print_section(const struct vd_cli *cli, enum vd_cli_section s, struct vd_strbuf *out)
{
	bool begun = false;

	for (size_t i = 0; i < cli->n_commands; i++) {
		if (cli->commands[i].section != s)
			continue;
		if (!begun)
			vd_strbuf_printf(out, "%s (%s)\n", cli_section_title(s),
					vd_cli_section_name(s));
		begun = true;
		print_command(&cli->commands[i], 44, out);
	}
}

static void
print_all(const struct vd_cli *cli, struct vd_strbuf *out)
{
	for (unsigned int s = 0; s < VD_CLI_SECTION_N; s++) {
		print_section(cli, (enum vd_cli_section)s, out);
		vd_strbuf_putc(out, '\n');
	}
	vd_strbuf_puts(out,
			"VS      [tcp:|udp:]ADDR:PORT, [V6]:PORT, fwmark N or group NAME\n"
			"RS      ADDR:PORT or [V6]:PORT\n"
			"FILTER  vs VS, rs RS, client ADDR[/LEN], state STATE, worker N\n"
			"Commands that begin with show or explain take a trailing `json`.\n"
			"`help SECTION` or `help COMMAND` tells more, `?` what may follow in a "
			"line.\n");
}

static void
print_full(const struct vd_cli_command *cmd, struct vd_strbuf *out)
{
	vd_cli_syntax_text(cmd, out);
	vd_strbuf_printf(out, "%s\n  %s\n", cmd->flags & VD_CLI_JSON ? " [json]" : "", cmd->help);
	if (cmd->more != NULL) {
		vd_strbuf_puts(out, "  ");
		vd_cli_wrap(cmd->more, 96, "\n  ", out);
		vd_strbuf_putc(out, '\n');
	}
}

/* Marks the commands that these words begin. */
static void
find_commands(const struct vd_cli *cli, const char *const *topic, size_t n, bool *found)
{
	struct cli_frontier *f = vd_xcalloc(1, sizeof(*f));
	size_t i;

	cli_frontier_init(cli, f);
	for (i = 0; i < n; i++) {
		struct cli_word word = {.text = vd_xstrdup(topic[i])};
		int rc = cli_frontier_step(cli, f, &word, i);

		free(word.text);
		if (rc != 0)
			break;
	}
	for (size_t k = 0; i == n && k < f->n; k++)
		found[cli->nodes[f->v[k].node].owner] = true;
	free(f);
}

int
vd_cli_help(const struct vd_cli *cli, const char *const *topic, size_t n, struct vd_strbuf *out,
		struct vd_strbuf *err)
{
	bool *found;
	bool any = false;

	if (n == 0) {
		print_all(cli, out);
		return 0;
	}
	for (unsigned int s = 0; n == 1 && s < VD_CLI_SECTION_N; s++) {
		if (strcmp(vd_cli_section_name((enum vd_cli_section)s), topic[0]) == 0) {
			print_section(cli, (enum vd_cli_section)s, out);
			return 0;
		}
	}
	found = vd_xcalloc(cli->n_commands, sizeof(*found));
	find_commands(cli, topic, n, found);
	for (size_t i = 0; i < cli->n_commands; i++) {
		if (!found[i])
			continue;
		if (any)
			vd_strbuf_putc(out, '\n');
		any = true;
		print_full(&cli->commands[i], out);
	}
	free(found);
	if (any)
		return 0;
	vd_strbuf_putc(err, '`');
	cli_word_print(topic[0], err);
	vd_strbuf_puts(err, "`: expected a command or one of the sections ");
	for (unsigned int s = 0; s < VD_CLI_SECTION_N; s++)
		vd_strbuf_printf(err, "%s`%s`",
				s == 0                                     ? ""
						: s + 1 < VD_CLI_SECTION_N ? ", "
									   : " and ",
				vd_cli_section_name((enum vd_cli_section)s));
	return -ENOENT;
}
