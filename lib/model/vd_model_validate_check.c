/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks whose words contradict each other, or name what there is not. What they ask and expect is lib/check's. */
#include <string.h>

#include "vd_compiler.h"
#include "vd_model_validate_priv.h"

/* Where a check, or a host of an SMTP_CHECK, connects. */
struct way {
	struct vd_model_object *obj;
	struct vd_addr *connect_ip, *bindto;
	int64_t port; /* 0: none anywhere */
	const char *bind_if;
};

static bool
has_connection(const struct vd_model_checker *k)
{
	return k->type < VD_MODEL_CHECK_MISC;
}

static void
check_way(struct vd_validate *c, const struct way *w, const struct vd_model_real_server *rs)
{
	bool given = vd_model_given(w->obj, w->connect_ip);
	const struct vd_addr *to = given ? w->connect_ip : &rs->address;
	char text[VD_ADDR_STR], from[VD_ADDR_STR];

	vd_addr_format(to, text, sizeof(text));
	if (vd_model_given(w->obj, w->bindto) && vd_addr_is_v4(w->bindto) != vd_addr_is_v4(to)) {
		vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(w->obj, w->bindto), NULL,
				"bindto %s is not of the family of %s and is ignored",
				vd_addr_format(w->bindto, from, sizeof(from)), text);
		vd_model_forget(w->obj, w->bindto);
	}
	if (!vd_addr_is_v4(to) && vd_addr_is_link_local(to) && w->bind_if == NULL)
		vd_validate_say(c, VD_DIAG_WARNING,
				given ? vd_model_place_of(w->obj, w->connect_ip) : w->obj->place,
				"add bind_if", "%s: the link-local %s is on no interface",
				w->obj->block->name, text);
	if (w->port == 0)
		vd_validate_say(c, VD_DIAG_WARNING, w->obj->place, "add connect_port",
				"%s: neither the server nor its service has a port",
				w->obj->block->name);
}

#define MOVE(h, k, member) \
	do { \
		if (vd_model_given(&(k)->obj, &(k)->member)) \
			VD_VALIDATE_MARK(h, member, vd_model_place_of(&(k)->obj, &(k)->member)); \
		(h)->member = (k)->member; \
		memset(&(k)->member, 0, sizeof((k)->member)); /* a text is the host's now */ \
		vd_model_forget(&(k)->obj, &(k)->member); \
	} while (0)

/* Words of its own next to hosts are one more host, as keepalived has it; the hosts inherit nothing from them. */
static void
own_host(struct vd_validate *c, struct vd_model_checker *k)
{
	const void *const words[] = {
			&k->connect_ip, &k->connect_port, &k->bindto, &k->bind_port, &k->bind_if};
	struct vd_model_smtp_host *h;
	const void *first = NULL;

	for (size_t i = VD_ARRAY_LEN(words); i-- > 0;)
		if (vd_model_given(&k->obj, words[i]))
			first = words[i];
	if (k->host.n == 0 || first == NULL)
		return;
	vd_validate_say(c, VD_DIAG_NOTE, vd_model_place_of(&k->obj, first),
			"put it into a host block", "SMTP_CHECK: its own %s is one more host",
			vd_model_field_of(&k->obj, first)->word);
	h = (struct vd_model_smtp_host *)vd_model_add_object(
			&k->obj, vd_model_field_of(&k->obj, &k->host), k->obj.place);
	MOVE(h, k, connect_ip);
	MOVE(h, k, connect_port);
	MOVE(h, k, bindto);
	MOVE(h, k, bind_port);
	MOVE(h, k, bind_if);
}

static void
check_ways(struct vd_validate *c, struct vd_model_checker *k, const struct vd_model_real_server *rs,
		int64_t port)
{
	struct vd_model_smtp_host *h;
	const struct way own = {
			.obj = &k->obj,
			.connect_ip = &k->connect_ip,
			.bindto = &k->bindto,
			.port = k->type == VD_MODEL_CHECK_PING ? 1
					: k->connect_port != 0 ? k->connect_port
							       : port,
			.bind_if = k->bind_if,
	};

	if (k->host.n == 0)
		check_way(c, &own, rs);
	VD_VEC_FOREACH (h, &k->host) {
		const struct way w = {
				.obj = &h->obj,
				.connect_ip = &h->connect_ip,
				.bindto = &h->bindto,
				.port = h->connect_port != 0 ? h->connect_port : port,
				.bind_if = h->bind_if,
		};

		check_way(c, &w, rs);
	}
}

/* What says how to use an expression says nothing without one. */
static void
check_regex_words(struct vd_validate *c, struct vd_model_url *u)
{
	const struct {
		void *member;
		const char *word;
	} words[] = {
			{&u->regex_no_match, "regex_no_match"},
			{&u->regex_options, "regex_options"},
			{&u->regex_min_offset, "regex_min_offset"},
			{&u->regex_max_offset, "regex_max_offset"},
	};

	for (size_t i = 0; i < VD_ARRAY_LEN(words) && u->regex == NULL; i++)
		if (vd_model_given(&u->obj, words[i].member))
			vd_validate_say(c, VD_DIAG_WARNING,
					vd_model_place_of(&u->obj, words[i].member), NULL,
					"%s means something with a regex only", words[i].word);
}

static void
check_url(struct vd_validate *c, struct vd_model_url *u)
{
	struct vd_place at = vd_model_place_of(&u->obj, &u->regex_max_offset);

	check_regex_words(c, u);
	if (!vd_model_given(&u->obj, &u->regex_max_offset) ||
			u->regex_min_offset <= u->regex_max_offset)
		return;
	vd_validate_say(c, VD_DIAG_WARNING, at, NULL,
			"regex_max_offset %lld is below regex_min_offset %lld; neither counts",
			(long long)u->regex_max_offset, (long long)u->regex_min_offset);
	vd_model_forget(&u->obj, &u->regex_min_offset);
	vd_model_forget(&u->obj, &u->regex_max_offset);
}

static void
check_lengths(struct vd_validate *c, const struct vd_model_checker *k)
{
	struct vd_place at = vd_model_place_of(&k->obj, &k->min_reply_length);

	if (k->min_reply_length > k->max_reply_length)
		vd_validate_say(c, VD_DIAG_WARNING, at,
				vd_model_given(&k->obj, &k->max_reply_length)
						? NULL
						: "add max_reply_length",
				"min_reply_length %lld is above max_reply_length %lld: no reply "
				"will do",
				(long long)k->min_reply_length, (long long)k->max_reply_length);
}

static void
check_track_file(struct vd_validate *c, const struct vd_model_checker *k)
{
	struct vd_validate_names names = {0};
	const struct vd_model_track_file *f;

	if (k->track_file == NULL)
		return;
	VD_VEC_FOREACH (f, &c->m->track_files) {
		if (f->name == NULL)
			continue;
		if (strcmp(f->name, k->track_file) == 0) {
			vd_vec_free(&names);
			return;
		}
		vd_vec_push(&names, f->name);
	}
	vd_validate_unknown(c, VD_DIAG_ERROR, vd_model_place_of(&k->obj, &k->track_file),
			k->track_file, &names, "FILE_CHECK: track_file %s is not defined",
			k->track_file);
}

static void
check_bfd(struct vd_validate *c, const struct vd_model_checker *k)
{
	struct vd_validate_names names = {0};
	const struct vd_model_bfd_instance *b;

	if (k->name == NULL)
		return;
	VD_VEC_FOREACH (b, &c->m->bfd_instances) {
		if (b->name == NULL)
			continue;
		if (strcmp(b->name, k->name) == 0) {
			vd_vec_free(&names);
			return;
		}
		vd_vec_push(&names, b->name);
	}
	vd_validate_unknown(c, VD_DIAG_ERROR, vd_model_place_of(&k->obj, &k->name), k->name, &names,
			"BFD_CHECK: bfd_instance %s is not defined", k->name);
}

static void
check_one(struct vd_validate *c, struct vd_model_checker *k, const struct vd_model_real_server *rs,
		int64_t port)
{
	struct vd_model_url *u;

	own_host(c, k);
	if (has_connection(k))
		check_ways(c, k, rs, port);
	VD_VEC_FOREACH (u, &k->url)
		check_url(c, u);
	if (k->type == VD_MODEL_CHECK_UDP)
		check_lengths(c, k);
	else if (k->type == VD_MODEL_CHECK_FILE)
		check_track_file(c, k);
	else if (k->type == VD_MODEL_CHECK_BFD)
		check_bfd(c, k);
}

void
vd_validate_checks(struct vd_validate *c, const struct vd_model_virtual_server *vs)
{
	const struct vd_model_real_server *rs;
	struct vd_model_checker *k;
	/* The services of a group have their ports there. */
	int64_t port = vs->group != NULL ? -1 : vs->port;

	VD_VEC_FOREACH (rs, &vs->real_servers)
		VD_VEC_FOREACH (k, &rs->checkers)
			check_one(c, k, rs, rs->port != 0 ? rs->port : port);
}
