/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_alloc.h"
#include "vd_cli_text.h"

#include "cli_priv.h"

static void
markdown_section(const struct vd_cli *cli, unsigned int s, struct vd_strbuf *out)
{
	vd_strbuf_printf(out, "\n## %s\n\n", cli_section_title((enum vd_cli_section)s));
	for (size_t i = 0; i < cli->n_commands; i++) {
		const struct vd_cli_command *cmd = &cli->commands[i];

		if (cmd->section != (enum vd_cli_section)s)
			continue;
		vd_strbuf_puts(out, "### `");
		vd_cli_syntax_text(cmd, out);
		vd_strbuf_printf(out, "%s`\n\n%c%s.\n", cmd->flags & VD_CLI_JSON ? " [json]" : "",
				cmd->help[0] >= 'a' && cmd->help[0] <= 'z' ? cmd->help[0] - 32
									   : cmd->help[0],
				cmd->help + 1);
		if (cmd->more != NULL) {
			vd_cli_wrap(cmd->more, 100, "\n", out);
			vd_strbuf_putc(out, '\n');
		}
		vd_strbuf_putc(out, '\n');
	}
	out->s[--out->len] = '\0';
}

void
vd_cli_doc_markdown(const struct vd_cli *cli, struct vd_strbuf *out)
{
	vd_strbuf_puts(out,
			"<!-- Made from lib/cli/include/vd_cli_commands.h by scripts/commands.sh; "
			"do not edit. -->\n"
			"# Commands\n\n"
			"The same commands work at the console of `vipd -i`, in `vipctl`'s "
			"console, as `vipctl COMMAND ...`\n"
			"and in a `--cmdline-file`. Words may be cut short as long as only one "
			"fits in their place\n"
			"(`sh vi st` is `show virtual-server stats`); a word in quotes is never a "
			"keyword; a line that starts\n"
			"with `#` is a comment. TAB completes, `?` lists what may follow, `help` "
			"explains.\n\n"
			"A wrong line runs nothing: the reply names the wrong word and what was "
			"expected in its place, and\n"
			"`vipctl` exits with 2. A command that is refused or fails says why, and "
			"`vipctl` exits with 1.\n\n"
			"| in a syntax line | what is typed |\n|---|---|\n"
			"| `VS` | `[tcp:\\|udp:]ADDR:PORT`, `[V6]:PORT`, `fwmark N` or `group "
			"NAME` |\n"
			"| `RS` | `ADDR:PORT` or `[V6]:PORT` |\n"
			"| `FILTER` | `vs VS`, `rs RS`, `client ADDR[/LEN]`, `state STATE` or "
			"`worker N`; all that are given must hold |\n"
			"| `[..]` | may be left out |\n| `a\\|b` | one of both |\n| `...` | may be "
			"repeated |\n"
			"| `[json]` | prints one JSON object instead of text, as `vipctl -j` does "
			"|\n");
	for (unsigned int s = 0; s < VD_CLI_SECTION_N; s++)
		markdown_section(cli, s, out);
}

/* Text of a manual page: backslashes, minus signs and leading dots are special there. */
static void
man_text(const char *s, struct vd_strbuf *out)
{
	if (*s == '.' || *s == '\'')
		vd_strbuf_puts(out, "\\&");
	for (; *s != '\0'; s++) {
		if (*s == '\\')
			vd_strbuf_puts(out, "\\e");
		else if (*s == '-')
			vd_strbuf_puts(out, "\\-");
		else if (*s != '`')
			vd_strbuf_putc(out, *s);
	}
}

static void
man_command(const struct vd_cli_command *cmd, struct vd_strbuf *out)
{
	struct vd_strbuf syntax = {0};

	vd_cli_syntax_text(cmd, &syntax);
	vd_strbuf_puts(out, ".TP\n.B ");
	man_text(syntax.s, out);
	vd_strbuf_puts(out, cmd->flags & VD_CLI_JSON ? " [json]\n" : "\n");
	man_text(cmd->help, out);
	vd_strbuf_puts(out, ".\n");
	if (cmd->more != NULL) {
		man_text(cmd->more, out);
		vd_strbuf_putc(out, '\n');
	}
	vd_strbuf_free(&syntax);
}

void
vd_cli_doc_man(const struct vd_cli *cli, struct vd_strbuf *out)
{
	vd_strbuf_puts(out,
			".\\\" SPDX-License-Identifier: BSD-3-Clause\n"
			".\\\" Made from lib/cli/include/vd_cli_commands.h by scripts/commands.sh; "
			"do not edit.\n"
			".TH VIPCTL 1 \"\" \"vipd\" \"User Commands\"\n"
			".SH NAME\nvipctl \\- console and one\\-shot commands of vipd\n"
			".SH SYNOPSIS\n.B vipctl\n[\\-n NAME] [\\-j] [\\-e] [COMMAND ...]\n"
			".SH DESCRIPTION\n"
			"With a command, runs it in the running vipd and prints its output. With "
			"none, an interactive console\n"
			"with completion; from a pipe each line is run. Reasons and errors go to "
			"standard error.\n"
			".SH OPTIONS\n"
			".TP\n.BR \\-n \", \" \\-\\-instance \" NAME\"\nThe instance to talk to, "
			"by name (socket "
			"/run/vipd/NAME.sock; default vipd), or the path of its socket.\n"
			".TP\n.BR \\-j \", \" \\-\\-json\nPrint one JSON object instead of text.\n"
			".TP\n.BR \\-e \", \" \\-\\-exit\\-on\\-error\nFrom a pipe, stop at the "
			"first line that fails.\n"
			".TP\n.BR \\-V \", \" \\-\\-version\nPrint the version.\n"
			".TP\n.BR \\-h \", \" \\-\\-help\nPrint a short help.\n"
			".SH EXIT STATUS\n"
			".TP\n0\nDone.\n.TP\n1\nRefused or failed; the reason is on standard "
			"error.\n"
			".TP\n2\nNo such command, or wrong words.\n.TP\n3\nNo vipd answers.\n"
			".SH COMMANDS\n"
			"VS is [tcp:|udp:]ADDR:PORT, [V6]:PORT, fwmark N or group NAME; RS is "
			"ADDR:PORT or [V6]:PORT; FILTER is "
			"vs VS, rs RS, client ADDR[/LEN], state STATE or worker N.\n");
	for (unsigned int s = 0; s < VD_CLI_SECTION_N; s++) {
		vd_strbuf_printf(out, ".SS %s\n", cli_section_title((enum vd_cli_section)s));
		for (size_t i = 0; i < cli->n_commands; i++)
			if (cli->commands[i].section == (enum vd_cli_section)s)
				man_command(&cli->commands[i], out);
	}
}
