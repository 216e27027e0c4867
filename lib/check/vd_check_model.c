/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_check_model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check_priv.h"
#include "vd_check_dns.h"
#include "vd_check_udp.h"

/* Says why a member is not carried out, and takes it out. */
static void
ignore(struct vd_model_object *obj, void *member, const char *instead, const char *hint,
		struct vd_strbuf *why, struct vd_diag_list *diags)
{
	vd_diag_add(diags, VD_DIAG_WARNING, vd_model_place_of(obj, member), hint, "%s: %s; %s",
			vd_model_field_of(obj, member)->word, why->s, instead);
	vd_strbuf_free(why);
	vd_model_forget(obj, member);
}

/* ---- pages ---- */

static void
check_digest(struct vd_model_url *u, struct vd_diag_list *diags)
{
	const struct vd_check_page_config config = {.digest = u->digest};
	struct vd_strbuf why = {0};
	struct vd_check_page *p;

	if (u->digest == NULL)
		return;
	p = vd_check_page_new(&config, &why);
	if (p == NULL)
		ignore(&u->obj, &u->digest, "it is ignored", "genhash prints it", &why, diags);
	vd_check_page_free(p);
	vd_strbuf_free(&why);
}

static void
check_options(struct vd_model_url *u, struct vd_diag_list *diags)
{
	struct vd_model_strings *o = &u->regex_options;
	struct vd_strbuf why = {0};
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++) {
		if (check_regex_option(o->v[i], &why)) {
			o->v[n++] = o->v[i];
			continue;
		}
		vd_diag_add(diags, VD_DIAG_WARNING, vd_model_place_of(&u->obj, o), NULL,
				"regex_options: %s; it is ignored", why.s);
		vd_strbuf_reset(&why);
		free(o->v[i]);
	}
	o->n = n;
	if (n == 0)
		vd_model_forget(&u->obj, o);
	vd_strbuf_free(&why);
}

static void
check_regex(struct vd_model_url *u, struct vd_diag_list *diags)
{
	const struct vd_check_page_config config = {
			.regex = u->regex,
			.regex_options = (const char *const *)u->regex_options.v,
			.n_regex_options = u->regex_options.n,
	};
	struct vd_strbuf why = {0};
	struct vd_check_page *p;

	if (u->regex == NULL)
		return;
	p = vd_check_page_new(&config, &why);
	if (p == NULL)
		vd_diag_add(diags, VD_DIAG_ERROR, vd_model_place_of(&u->obj, &u->regex), NULL, "%s",
				why.s);
	vd_check_page_free(p);
	vd_strbuf_free(&why);
}

/* ---- datagrams ---- */

static void
check_payload(struct vd_model_checker *k, struct vd_diag_list *diags)
{
	const char *const *words = (const char *const *)k->payload.v;
	struct vd_check_bytes bytes = {0};
	struct vd_strbuf why = {0};

	if (!vd_model_given(&k->obj, &k->payload))
		return;
	if (k->payload.n == 0)
		vd_strbuf_puts(&why, "there is no hexadecimal digit");
	else if (vd_check_bytes_parse(&bytes, words, k->payload.n, &why) == 0 &&
			!vd_check_bytes_exact(&bytes))
		vd_strbuf_puts(&why, "only a reply can have digits that are left open");
	if (why.len != 0)
		ignore(&k->obj, &k->payload, "random bytes are sent",
				"two digits a byte, without 0x", &why, diags);
	vd_check_bytes_free(&bytes);
}

static void
check_reply(struct vd_model_checker *k, struct vd_diag_list *diags)
{
	const char *const *words = (const char *const *)k->require_reply.v;
	struct vd_model_strings *s = &k->require_reply;
	struct vd_place at = vd_model_place_of(&k->obj, s);
	struct vd_check_bytes bytes = {0};
	struct vd_strbuf why = {0};

	if (s->n == 0)
		return;
	if (vd_check_bytes_parse(&bytes, words, s->n, &why) != 0) {
		ignore(&k->obj, s, "any reply will do", "two digits a byte, x for any digit", &why,
				diags);
		/* That there must be one was said all the same. */
		vd_model_mark_given(&k->obj, vd_model_field_of(&k->obj, s), at);
		return;
	}
	vd_check_bytes_free(&bytes);
	for (size_t i = 0; i < s->n; i++)
		if (strchr(s->v[i], '?') != NULL)
			vd_diag_add(diags, VD_DIAG_NOTE, at, "x does for both",
					"require_reply: keepalived knows no ? for any digit");
}

/* ---- questions ---- */

static void
check_name(struct vd_model_checker *k, struct vd_diag_list *diags)
{
	uint8_t query[VD_CHECK_DNS_MAX];
	struct vd_strbuf why = {0};

	if (k->name == NULL || vd_check_dns_query(query, sizeof(query), 0, 1, k->name) >= 0)
		return;
	check_quote(&why, k->name, strlen(k->name));
	vd_strbuf_puts(&why, " is no domain name");
	ignore(&k->obj, &k->name, "the root is asked for", NULL, &why, diags);
}

static void
check_one(struct vd_model_checker *k, struct vd_diag_list *diags)
{
	struct vd_model_url *u;

	switch (k->type) {
	case VD_MODEL_CHECK_HTTP:
	case VD_MODEL_CHECK_SSL:
		VD_VEC_FOREACH (u, &k->url) {
			check_digest(u, diags);
			check_options(u, diags);
			check_regex(u, diags);
		}
		break;
	case VD_MODEL_CHECK_UDP:
		check_payload(k, diags);
		check_reply(k, diags);
		break;
	case VD_MODEL_CHECK_DNS:
		check_name(k, diags);
		break;
	default:
		break;
	}
}

int
vd_check_model(struct vd_model *m, struct vd_diag_list *diags)
{
	size_t before = diags->errors;
	struct vd_model_virtual_server *vs;
	struct vd_model_real_server *rs;
	struct vd_model_checker *k;

	VD_VEC_FOREACH (vs, &m->virtual_servers)
		VD_VEC_FOREACH (rs, &vs->real_servers)
			VD_VEC_FOREACH (k, &rs->checkers)
				check_one(k, diags);
	return diags->errors > before ? -EINVAL : 0;
}
