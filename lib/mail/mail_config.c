/* SPDX-License-Identifier: BSD-3-Clause */
/* Who writes to whom, by way of which server. */
#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "mail_priv.h"
#include "vd_log.h"
#include "vd_model.h"

#define PORT_SMTP 25

void
mail_strings_clear(struct mail_strings *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	vd_vec_free(s);
}

void
mail_strings_copy(struct mail_strings *to, const struct mail_strings *from)
{
	for (size_t i = 0; i < from->n; i++)
		vd_vec_push(to, vd_xstrdup(from->v[i]));
}

void
mail_host_name(char *buf, size_t size)
{
	if (gethostname(buf, size) != 0)
		buf[0] = '\0';
	buf[size - 1] = '\0';
	for (char *p = buf; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && *p != '.' && *p != '-')
			*p = '-';
	if (buf[0] == '\0')
		strcpy(buf, "localhost");
}

/* What a header may hold: nothing that ends a line, nothing that is not ASCII. */
static char *
header_text(const char *text)
{
	char *copy = vd_xstrdup(text);

	for (char *p = copy; *p != '\0'; p++) {
		if (iscntrl((unsigned char)*p))
			*p = ' ';
		else if ((unsigned char)*p > 0x7e)
			*p = '?';
	}
	return copy;
}

/* The address alone, of "Name <a@b>" or "a@b": what an SMTP command may hold between its <>. */
static char *
address_of(const char *text)
{
	const char *begin = strchr(text, '<'), *end = begin == NULL ? NULL : strchr(begin, '>');
	struct vd_strbuf b = {0};

	if (end == NULL) {
		begin = text;
		end = text + strlen(text);
	}
	for (; begin < end; begin++)
		if (isgraph((unsigned char)*begin) && *begin != '<' && *begin != '>')
			vd_strbuf_putc(&b, *begin);
	return vd_strbuf_take(&b);
}

void
mail_config_clear(struct mail_config *c)
{
	free(c->host);
	free(c->helo);
	free(c->router_id);
	free(c->from);
	free(c->sender);
	mail_strings_clear(&c->to);
	mail_strings_clear(&c->rcpt);
	*c = (struct mail_config){0};
}

static void
recipients_set(struct mail_config *c, const struct vd_model_strings *to)
{
	for (size_t i = 0; i < to->n; i++) {
		char *address = address_of(to->v[i]);

		if (address[0] == '\0') {
			vd_log(VD_LOG_WARNING, "notification_email: %s is no address", to->v[i]);
			free(address);
			continue;
		}
		vd_vec_push(&c->rcpt, address);
		vd_vec_push(&c->to, header_text(to->v[i]));
	}
}

void
mail_config_set(struct mail_config *c, const struct vd_model *m)
{
	const struct vd_model_global *g = &m->global;
	struct vd_strbuf from = {0};
	char name[256];

	mail_config_clear(c);
	mail_host_name(name, sizeof(name));
	if (g->smtp_server.host != NULL)
		c->host = vd_xstrdup(g->smtp_server.host);
	c->port = g->smtp_server.port > 0 ? (unsigned int)g->smtp_server.port : PORT_SMTP;
	c->timeout = g->smtp_connect_timeout;
	c->helo = header_text(g->smtp_helo_name != NULL ? g->smtp_helo_name : name);
	c->router_id = vd_xstrdup(g->router_id != NULL ? g->router_id : name);
	vd_strbuf_printf(&from, "keepalived@%s", name);
	c->from = header_text(
			g->notification_email_from != NULL ? g->notification_email_from : from.s);
	c->sender = address_of(c->from);
	vd_strbuf_free(&from);
	recipients_set(c, &g->notification_email);
}

static char *
copy(const char *s)
{
	return s == NULL ? NULL : vd_xstrdup(s);
}

void
mail_config_copy(struct mail_config *to, const struct mail_config *from)
{
	*to = (struct mail_config){.port = from->port, .timeout = from->timeout};
	to->host = copy(from->host);
	to->helo = copy(from->helo);
	to->router_id = copy(from->router_id);
	to->from = copy(from->from);
	to->sender = copy(from->sender);
	mail_strings_copy(&to->to, &from->to);
	mail_strings_copy(&to->rcpt, &from->rcpt);
}
