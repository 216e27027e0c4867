/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PAGE_TEST_H
#define PAGE_TEST_H

#include "check_test.h"
#include "vd_check_page.h"

static struct vd_strbuf why;

/* The verdict on a page of one piece of n bytes. */
static inline enum vd_check_verdict
page_judge(const struct vd_check_page *p, long status, const void *body, size_t n)
{
	struct vd_check_page_try *t = vd_check_page_begin(p);
	char *copy = exact(body, n);

	(void)vd_check_page_body(t, copy, n);
	free(copy);
	return vd_check_page_end(t, status, &why);
}

static inline enum vd_check_verdict
page_try(const struct vd_check_page_config *config, long status, const void *body, size_t n)
{
	struct vd_check_page *p = vd_check_page_new(config, &why);
	enum vd_check_verdict v;

	CU_ASSERT_FATAL(p != NULL || says(&why, ""));
	v = page_judge(p, status, body, n);
	vd_check_page_free(p);
	return v;
}

#endif
