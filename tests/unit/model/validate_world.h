/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VALIDATE_WORLD_H
#define VALIDATE_WORLD_H

/* A small box, a model written as JSON, and all that validation says of it. */

#include <errno.h>
#include <string.h>

#include "vd_conf_dataplane.h"
#include "vd_conf_model.h"
#include "vd_model_validate.h"
#include "vd_test.h"

static const char box[] =
		"{'ports':[{'name':'eth0','device':'net_null0','addresses':['10.0.0.2/24'],"
		"'gateways':['10.0.0.1'],'vlans':[{'id':7,'addresses':['10.7.0.2/24']}]},"
		"{'name':'eth1','device':'net_null1'},"
		"{'name':'two','device':'net_null2','addresses':['10.8.0.2/24','10.8.0.4/24']}]}";

/* JSON with ' for ", which the caller frees. */
static inline char *
json(const char *text)
{
	char *s = vd_xstrdup(text);

	for (char *p = s; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return s;
}

/* What validation alone says of the model, as one text. *out is the model. */
static inline char *
validate(const char *text, bool with_box, struct vd_model **out)
{
	struct vd_model_validate_options options = {0};
	struct vd_diag_list said = {0}, diags = {0};
	struct vd_dataplane *dp = NULL;
	struct vd_strbuf lines = {0};
	char *s = json(text), *b = json(box);
	int ret;

	CU_ASSERT_EQUAL(vd_conf_dataplane_parse("d", b, strlen(b), &dp, &said), 0);
	ret = vd_conf_model_from_json("m", s, strlen(s), out, &said);
	if (ret != 0) {
		vd_diag_list_format(&said, &lines);
		printf("\n%s", lines.s);
		vd_strbuf_reset(&lines);
	}
	CU_ASSERT_EQUAL_FATAL(ret, 0);
	options.dataplane = with_box ? dp : NULL;
	ret = vd_model_validate(*out, &options, &diags);
	CU_ASSERT_EQUAL(ret, diags.errors > 0 ? -EINVAL : 0);
	vd_diag_list_format(&diags, &lines);
	vd_diag_list_free(&said);
	vd_diag_list_free(&diags);
	vd_dataplane_free(dp);
	free(s);
	free(b);
	return vd_strbuf_take(&lines);
}

static inline void
expect(const char *text, const char *lines)
{
	struct vd_model *m;
	char *got = validate(text, true, &m);

	CU_ASSERT_STRING_EQUAL(got, lines);
	if (strcmp(got, lines) != 0)
		printf("\nfrom %s\ngot  %swant %s", text, got, lines);
	vd_model_free(m);
	free(got);
}

#define INSTANCE(name, vrid, more) \
	"{'name':'" name "','interface':'eth0','virtual_router_id':" vrid "," more "}"
#define VIP(a) "'virtual_ipaddress':[{'address':'" a "'}]"

#endif
