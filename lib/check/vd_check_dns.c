/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_check_dns.h"

#include <errno.h>
#include <string.h>

#include "vd_compiler.h"
#include "vd_reader.h"

#define HEADER_LEN 12
#define LABEL_MAX  63
#define NAME_MAX   255 /* with the lengths of its labels and the root's */
#define CLASS_IN   1
#define FLAG_QR    0x8000
#define FLAG_RD    0x0100
#define RCODE(f)   ((f)&0xf)

static const struct {
	const char *name, *words;
} rcodes[] = {
		[1] = {"FORMERR", "it does not understand the question"},
		[2] = {"SERVFAIL", "it failed"},
		[3] = {"NXDOMAIN", "there is no such name"},
		[4] = {"NOTIMP", "it does not know this kind of question"},
		[5] = {"REFUSED", "it refuses to answer"},
		[6] = {"YXDOMAIN", "the name exists and should not"},
		[7] = {"YXRRSET", "the records exist and should not"},
		[8] = {"NXRRSET", "the records should exist and do not"},
		[9] = {"NOTAUTH", "it is not the authority"},
		[10] = {"NOTZONE", "the name is not in the zone"},
};

/* The name as labels; false: it is none. */
static bool
write_name(struct vd_writer *w, const char *name)
{
	size_t before = vd_writer_len(w);

	if (strcmp(name, ".") == 0)
		name = "";
	else if (name[0] == '\0')
		return false;
	while (name[0] != '\0') {
		size_t n = strcspn(name, ".");

		if (n == 0 || n > LABEL_MAX)
			return false;
		vd_write_u8(w, (uint8_t)n);
		vd_write_bytes(w, name, n);
		name += n;
		if (name[0] == '.')
			name++;
	}
	vd_write_u8(w, 0);
	return !w->bad && vd_writer_len(w) - before <= NAME_MAX;
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/* The question of a reply is byte for byte the query's, but for the case of letters (RFC 1035 2.3.3). */
static bool
same_question(const uint8_t *reply, const uint8_t *query, size_t n)
{
	for (size_t i = 0; i < n - 4; i++)
		if (lower(reply[i]) != lower(query[i]))
			return false;
	return memcmp(reply + n - 4, query + n - 4, 4) == 0;
}

int
vd_check_dns_query(void *buf, size_t size, uint16_t id, uint16_t type, const char *name)
{
	struct vd_writer w = vd_writer_init(buf, size);

	vd_write_u16(&w, id);
	vd_write_u16(&w, FLAG_RD);
	vd_write_u16(&w, 1);
	vd_write_u16(&w, 0);
	vd_write_u16(&w, 0);
	vd_write_u16(&w, 0);
	if (!write_name(&w, name))
		return -EINVAL;
	vd_write_u16(&w, type);
	vd_write_u16(&w, CLASS_IN);
	return w.bad ? -EINVAL : (int)vd_writer_len(&w);
}

enum vd_check_verdict
vd_check_dns_reply(const void *bytes, size_t n, uint16_t id, uint16_t type, const char *name,
		struct vd_strbuf *why)
{
	struct vd_reader r = vd_reader_init(bytes, n);
	uint8_t query[VD_CHECK_DNS_MAX];
	int len = vd_check_dns_query(query, sizeof(query), id, type, name);
	uint16_t its_id = vd_read_u16(&r), flags = vd_read_u16(&r), questions = vd_read_u16(&r);
	unsigned int rcode = RCODE(flags);

	(void)vd_read_bytes(&r, HEADER_LEN - 6);
	if (r.bad || len < 0 || its_id != id || (flags & FLAG_QR) == 0)
		return VD_CHECK_MORE;
	/* A server that could not read the question, or would not, may leave it out. */
	if (questions > 0) {
		size_t want = (size_t)len - HEADER_LEN;
		const uint8_t *its = vd_read_bytes(&r, want);

		if (questions > 1 || its == NULL || !same_question(its, query + HEADER_LEN, want))
			return VD_CHECK_MORE;
	}
	if (rcode == 0)
		return VD_CHECK_GOOD;
	if (rcode < VD_ARRAY_LEN(rcodes))
		vd_strbuf_printf(why, "the server answers %s: %s", rcodes[rcode].name,
				rcodes[rcode].words);
	else
		vd_strbuf_printf(why, "the server answers with the error code %u", rcode);
	return VD_CHECK_BAD;
}
