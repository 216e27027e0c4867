/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CLI_PROTO_H
#define VD_CLI_PROTO_H

/*
 * What vipctl and vipd say to each other over the control socket: frames, one request, then its one reply, in order,
 * any number of them on a connection. All numbers are big-endian.
 *
 *   frame    "VD", version u8, type u8, length of what follows u32
 *   request  flags u8, the line (no NUL, below VD_CLI_LINE_MAX bytes)
 *   reply    status u8, length of out u32, out, err (the rest)
 *
 * A frame of another version is answered by a reply of one's own version with status VD_CLI_STATUS_FAILED and the
 * connection is closed. The decoder takes bytes as they come and never holds more than one frame of bounded length.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_cli.h"
#include "vd_strbuf.h"

#define VD_CLI_PROTO_VERSION     1
#define VD_CLI_PROTO_HEADER      8
#define VD_CLI_PROTO_REQUEST_MAX (1 + VD_CLI_LINE_MAX)
#define VD_CLI_PROTO_REPLY_MAX   (512u << 20)

enum vd_cli_frame_type {
	VD_CLI_FRAME_REQUEST = 1,
	VD_CLI_FRAME_REPLY = 2,
};

enum vd_cli_request_flags {
	VD_CLI_REQUEST_JSON = 1,     /* as a trailing `json`, where the command has it */
	VD_CLI_REQUEST_COMPLETE = 2, /* do not run: reply with the candidates of the last word */
};

/* Also vipctl's exit code. */
enum vd_cli_status {
	VD_CLI_STATUS_DONE = 0,
	VD_CLI_STATUS_FAILED = 1, /* refused or failed: err has the reason */
	VD_CLI_STATUS_WRONG = 2,  /* no such command, or wrong words: err names the word */
};

struct vd_cli_request {
	uint8_t flags;
	const char *line; /* in the decoder's memory, NUL-terminated */
};

struct vd_cli_reply {
	enum vd_cli_status status;
	const char *out, *err; /* in the decoder's memory, both NUL-terminated */
	size_t out_len, err_len;
};

struct vd_cli_decoder {
	enum vd_cli_frame_type type;
	struct vd_strbuf buf; /* the bytes of the frame so far */
	size_t want;          /* of the whole frame; 0 until the header is in */
	int error;
};

void vd_cli_request_encode(struct vd_strbuf *out, uint8_t flags, const char *line);
/* Cuts out at VD_CLI_PROTO_REPLY_MAX. */
void vd_cli_reply_encode(struct vd_strbuf *out, enum vd_cli_status status, const char *body,
		size_t body_len, const char *err, size_t err_len);

/* Expects frames of one type. */
void vd_cli_decoder_init(struct vd_cli_decoder *d, enum vd_cli_frame_type type);
/*
 * Takes bytes up to the end of the current frame: the number taken. -EPROTO for bytes that are no frame of this
 * protocol, -EPROTONOSUPPORT for another version, -EMSGSIZE for a frame above its bound; the decoder then stays bad.
 */
int64_t vd_cli_decoder_feed(struct vd_cli_decoder *d, const void *bytes, size_t n);
/* True once a whole frame is in. */
bool vd_cli_decoder_ready(const struct vd_cli_decoder *d);
/* The frame that is ready: 0, or -EPROTO. Valid until _next() or _free(). */
int vd_cli_decoder_request(struct vd_cli_decoder *d, struct vd_cli_request *out);
int vd_cli_decoder_reply(struct vd_cli_decoder *d, struct vd_cli_reply *out);
/* Done with this frame. */
void vd_cli_decoder_next(struct vd_cli_decoder *d);
void vd_cli_decoder_free(struct vd_cli_decoder *d);

/* Candidates as the out of a reply to VD_CLI_REQUEST_COMPLETE, and back (0 or -EPROTO). */
void vd_cli_candidates_encode(const struct vd_cli_candidates *c, struct vd_strbuf *out);
int vd_cli_candidates_decode(const char *text, struct vd_cli_candidates *out);

#endif
