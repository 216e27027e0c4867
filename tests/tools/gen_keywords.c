/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints docs/keywords.md from the table of words; scripts/keywords.sh calls it. */
#include <stdio.h>

#include "vd_conf.h"

int
main(void)
{
	struct vd_strbuf text = {0};

	vd_conf_keywords(&text);
	if (fputs(text.s, stdout) == EOF)
		return 1;
	vd_strbuf_free(&text);
	return 0;
}
