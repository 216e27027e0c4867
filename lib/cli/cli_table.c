/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli_priv.h"

/* clang-format off */
const struct vd_cli_command vd_cli_table[] = {
#define VD_X(ID, SYNTAX, SECTION, FLAGS, HELP, MORE) \
	[VD_CLI_##ID] = { \
		.id = VD_CLI_##ID, .syntax = SYNTAX, .section = VD_CLI_SECTION_##SECTION, \
		.flags = FLAGS, .help = HELP, .more = MORE, \
	},
	VD_CLI_COMMANDS(VD_X)
#undef VD_X
};

static const char *const section_names[] = {
#define VD_X(id, name, title) name,
	VD_CLI_SECTIONS(VD_X)
#undef VD_X
};

static const char *const section_titles[] = {
#define VD_X(id, name, title) title,
	VD_CLI_SECTIONS(VD_X)
#undef VD_X
};

static const struct {
	const char *name, *what;
} kinds[] = {
#define VD_X(id, name, what) { name, what },
	VD_CLI_KINDS(VD_X)
#undef VD_X
};
/* clang-format on */

const char *
vd_cli_section_name(enum vd_cli_section s)
{
	return (unsigned int)s < VD_CLI_SECTION_N ? section_names[s] : "?";
}

const char *
vd_cli_kind_name(enum vd_cli_kind k)
{
	return (unsigned int)k < VD_CLI_KIND_N ? kinds[k].name : "?";
}

const char *
vd_cli_kind_what(enum vd_cli_kind k)
{
	return (unsigned int)k < VD_CLI_KIND_N ? kinds[k].what : "?";
}

const char *
cli_section_title(enum vd_cli_section s)
{
	return (unsigned int)s < VD_CLI_SECTION_N ? section_titles[s] : "?";
}
