/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>

#include "vd_alloc.h"
#include "vd_cli_proto.h"
#include "vd_compiler.h"
#include "vd_reader.h"

static void
put_header(struct vd_strbuf *out, enum vd_cli_frame_type type, size_t len)
{
	uint8_t h[VD_CLI_PROTO_HEADER];
	struct vd_writer w = vd_writer_init(h, sizeof(h));

	vd_write_bytes(&w, "VD", 2);
	vd_write_u8(&w, VD_CLI_PROTO_VERSION);
	vd_write_u8(&w, (uint8_t)type);
	vd_write_u32(&w, (uint32_t)len);
	vd_strbuf_add(out, (const char *)h, sizeof(h));
}

void
vd_cli_request_encode(struct vd_strbuf *out, uint8_t flags, const char *line)
{
	size_t len = strnlen(line, VD_CLI_LINE_MAX);

	put_header(out, VD_CLI_FRAME_REQUEST, 1 + len);
	vd_strbuf_putc(out, (char)flags);
	vd_strbuf_add(out, line, len);
}

void
vd_cli_reply_encode(struct vd_strbuf *out, enum vd_cli_status status, const char *body,
		size_t body_len, const char *err, size_t err_len)
{
	uint8_t h[5];
	struct vd_writer w = vd_writer_init(h, sizeof(h));
	size_t room = VD_CLI_PROTO_REPLY_MAX - sizeof(h);

	err_len = VD_MIN(err_len, room);
	body_len = VD_MIN(body_len, room - err_len);
	put_header(out, VD_CLI_FRAME_REPLY, sizeof(h) + body_len + err_len);
	vd_write_u8(&w, (uint8_t)status);
	vd_write_u32(&w, (uint32_t)body_len);
	vd_strbuf_add(out, (const char *)h, sizeof(h));
	if (body_len > 0)
		vd_strbuf_add(out, body, body_len);
	if (err_len > 0)
		vd_strbuf_add(out, err, err_len);
}

void
vd_cli_decoder_init(struct vd_cli_decoder *d, enum vd_cli_frame_type type)
{
	memset(d, 0, sizeof(*d));
	d->type = type;
}

static int
read_header(struct vd_cli_decoder *d)
{
	struct vd_reader r = vd_reader_init(d->buf.s, VD_CLI_PROTO_HEADER);
	size_t min = d->type == VD_CLI_FRAME_REQUEST ? 1 : 5;
	size_t max = d->type == VD_CLI_FRAME_REQUEST ? VD_CLI_PROTO_REQUEST_MAX
						     : VD_CLI_PROTO_REPLY_MAX;
	uint16_t magic = vd_read_u16(&r);
	uint8_t version = vd_read_u8(&r);
	uint8_t type = vd_read_u8(&r);
	size_t len = vd_read_u32(&r);

	if (magic != ('V' << 8 | 'D'))
		return -EPROTO;
	if (version != VD_CLI_PROTO_VERSION)
		return -EPROTONOSUPPORT;
	if (type != (uint8_t)d->type || len < min)
		return -EPROTO;
	if (len > max)
		return -EMSGSIZE;
	d->want = VD_CLI_PROTO_HEADER + len;
	return 0;
}

int64_t
vd_cli_decoder_feed(struct vd_cli_decoder *d, const void *bytes, size_t n)
{
	const char *p = bytes;
	size_t taken = 0, part;

	if (d->error != 0)
		return d->error;
	if (d->want == 0) {
		taken = VD_MIN(n, VD_CLI_PROTO_HEADER - d->buf.len);
		vd_strbuf_add(&d->buf, p, taken);
		if (d->buf.len < VD_CLI_PROTO_HEADER)
			return (int64_t)taken;
		d->error = read_header(d);
		if (d->error != 0)
			return d->error;
	}
	part = VD_MIN(n - taken, d->want - d->buf.len);
	vd_strbuf_add(&d->buf, p + taken, part);
	return (int64_t)(taken + part);
}

bool
vd_cli_decoder_ready(const struct vd_cli_decoder *d)
{
	return d->error == 0 && d->want != 0 && d->buf.len == d->want;
}

int
vd_cli_decoder_request(struct vd_cli_decoder *d, struct vd_cli_request *out)
{
	if (!vd_cli_decoder_ready(d))
		return -EPROTO;
	out->flags = (uint8_t)d->buf.s[VD_CLI_PROTO_HEADER];
	out->line = d->buf.s + VD_CLI_PROTO_HEADER + 1;
	return strlen(out->line) == d->want - VD_CLI_PROTO_HEADER - 1 ? 0 : -EPROTO;
}

int
vd_cli_decoder_reply(struct vd_cli_decoder *d, struct vd_cli_reply *out)
{
	struct vd_reader r;
	uint8_t status;
	size_t len;

	if (!vd_cli_decoder_ready(d))
		return -EPROTO;
	r = vd_reader_init(d->buf.s + VD_CLI_PROTO_HEADER, d->want - VD_CLI_PROTO_HEADER);
	status = vd_read_u8(&r);
	len = vd_read_u32(&r);
	if (status > VD_CLI_STATUS_WRONG || len > vd_reader_left(&r))
		return -EPROTO;
	out->status = (enum vd_cli_status)status;
	/* The bytes move over the length, so that out has room for a NUL of its own. */
	memmove(d->buf.s + VD_CLI_PROTO_HEADER, r.p, len);
	d->buf.s[VD_CLI_PROTO_HEADER + len] = '\0';
	out->out = d->buf.s + VD_CLI_PROTO_HEADER;
	out->out_len = len;
	out->err = (const char *)r.p + len;
	out->err_len = vd_reader_left(&r) - len;
	return 0;
}

void
vd_cli_decoder_next(struct vd_cli_decoder *d)
{
	/* A huge reply is not kept for the small one after it. */
	if (d->buf.cap > (1u << 20))
		vd_strbuf_free(&d->buf);
	else
		vd_strbuf_reset(&d->buf);
	d->want = 0;
}

void
vd_cli_decoder_free(struct vd_cli_decoder *d)
{
	vd_strbuf_free(&d->buf);
	d->want = 0;
}

/* "START\n", then a line each: type digit, text, TAB, help. */
void
vd_cli_candidates_encode(const struct vd_cli_candidates *c, struct vd_strbuf *out)
{
	vd_strbuf_printf(out, "%zu\n", c->start);
	for (size_t i = 0; i < c->list.n; i++) {
		const struct vd_cli_candidate *k = &c->list.v[i];

		if (strpbrk(k->text, "\t\n") != NULL || strpbrk(k->help, "\t\n") != NULL)
			continue;
		vd_strbuf_printf(out, "%u%s\t%s\n", (unsigned int)k->type, k->text, k->help);
	}
}

int
vd_cli_candidates_decode(const char *s, struct vd_cli_candidates *out)
{
	const char *end;
	size_t start = 0;

	memset(out, 0, sizeof(*out));
	for (; *s >= '0' && *s <= '9' && start < VD_CLI_LINE_MAX; s++)
		start = start * 10 + (size_t)(*s - '0');
	if (*s++ != '\n' || start >= VD_CLI_LINE_MAX)
		return -EPROTO;
	out->start = start;
	for (; *s != '\0'; s = end + 1) {
		const char *tab = strchr(s, '\t');
		struct vd_cli_candidate *k;

		end = strchr(s, '\n');
		if (end == NULL || tab == NULL || tab > end || *s < '0' || *s > '2') {
			vd_cli_candidates_free(out);
			return -EPROTO;
		}
		k = vd_vec_add(&out->list);
		k->type = (enum vd_cli_candidate_type)(*s - '0');
		k->text = vd_xstrndup(s + 1, (size_t)(tab - s - 1));
		k->help = vd_xstrndup(tab + 1, (size_t)(end - tab - 1));
	}
	return 0;
}
