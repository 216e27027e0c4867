/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <histedit.h>

#include "vd_alloc.h"
#include "vd_edit.h"

#define HISTORY_LINES 500
#define CONTROL_D     '\004'

struct vd_edit {
	struct vd_edit_config config;
	EditLine *el;
	History *history;
	char *line;
	bool started;
};

static char *
prompt(EditLine *el)
{
	struct vd_edit *e;
	char *text;

	el_get(el, EL_CLIENTDATA, &e);
	memcpy(&text, &e->config.prompt, sizeof(text));
	return text;
}

/* What stands left of the cursor. */
static char *
left_of_cursor(EditLine *el)
{
	const LineInfo *li = el_line(el);

	return vd_xstrndup(li->buffer, (size_t)(li->cursor - li->buffer));
}

static void
print_candidates(struct vd_edit *e, const struct vd_cli_candidates *c)
{
	struct vd_strbuf text = {0};

	vd_cli_candidates_print(c, &text);
	fprintf(e->config.out, "\n%s", text.s != NULL ? text.s : "");
	fflush(e->config.out);
	vd_strbuf_free(&text);
}

/* TAB: what all candidates share is inserted; if that is nothing, they are listed. */
static unsigned char
on_tab(EditLine *el, int ch)
{
	struct vd_cli_candidates c = {0};
	struct vd_strbuf add = {0};
	unsigned char rc = CC_REFRESH;
	struct vd_edit *e;
	char *line;

	(void)ch;
	el_get(el, EL_CLIENTDATA, &e);
	line = left_of_cursor(el);
	e->config.complete(e->config.ctx, line, &c);
	vd_cli_candidates_extend(&c, line, &add);
	if (add.len > 0) {
		if (el_insertstr(el, add.s) != 0)
			rc = CC_ERROR;
	} else if (c.list.n == 0) {
		rc = CC_ERROR;
	} else {
		print_candidates(e, &c);
		rc = CC_REDISPLAY;
	}
	vd_strbuf_free(&add);
	vd_cli_candidates_free(&c);
	free(line);
	return rc;
}

/* `?` lists what may follow, except inside quotes, where it is a character like any other. */
static unsigned char
on_question(EditLine *el, int ch)
{
	struct vd_cli_candidates c = {0};
	struct vd_strbuf line = {0};
	struct vd_edit *e;
	char *left;
	bool asks;

	(void)ch;
	el_get(el, EL_CLIENTDATA, &e);
	left = left_of_cursor(el);
	vd_strbuf_printf(&line, "%s?", left);
	asks = vd_cli_is_question(line.s);
	vd_strbuf_free(&line);
	if (!asks) {
		free(left);
		return el_insertstr(el, "?") == 0 ? CC_REFRESH : CC_ERROR;
	}
	e->config.complete(e->config.ctx, left, &c);
	print_candidates(e, &c);
	vd_cli_candidates_free(&c);
	free(left);
	return CC_REDISPLAY;
}

static void
load_history(struct vd_edit *e)
{
	HistEvent ev;

	e->history = history_init();
	if (e->history == NULL)
		return;
	history(e->history, &ev, H_SETSIZE, HISTORY_LINES);
	history(e->history, &ev, H_SETUNIQUE, 1);
	if (e->config.history != NULL)
		history(e->history, &ev, H_LOAD, e->config.history);
	el_set(e->el, EL_HIST, history, e->history);
}

struct vd_edit *
vd_edit_open(const struct vd_edit_config *config)
{
	struct vd_edit *e = vd_xcalloc(1, sizeof(*e));

	e->config = *config;
	e->el = el_init(config->program, config->in, config->out, stderr);
	if (e->el == NULL) {
		free(e);
		errno = ENOTTY;
		return NULL;
	}
	el_set(e->el, EL_CLIENTDATA, e);
	el_set(e->el, EL_PROMPT, prompt);
	el_set(e->el, EL_EDITOR, "emacs");
	el_set(e->el, EL_SIGNAL, config->signals ? 1 : 0);
	el_set(e->el, EL_ADDFN, "vd-complete", "complete the word", on_tab);
	el_set(e->el, EL_ADDFN, "vd-question", "tell what may follow", on_question);
	el_set(e->el, EL_BIND, "^I", "vd-complete", NULL);
	el_set(e->el, EL_BIND, "?", "vd-question", NULL);
	el_set(e->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	load_history(e);
	el_source(e->el, NULL);
	return e;
}

void
vd_edit_close(struct vd_edit *e)
{
	HistEvent ev;

	if (e == NULL)
		return;
	vd_edit_stop(e);
	if (e->history != NULL) {
		if (e->config.history != NULL &&
				history(e->history, &ev, H_SAVE, e->config.history) >= 0)
			(void)chmod(e->config.history, 0600);
		history_end(e->history);
	}
	el_end(e->el);
	free(e->line);
	free(e);
}

void
vd_edit_start(struct vd_edit *e)
{
	/* Draws the prompt, too: drawing it once more would put it twice on the line. */
	if (!e->started)
		el_set(e->el, EL_UNBUFFERED, 1);
	e->started = true;
}

void
vd_edit_stop(struct vd_edit *e)
{
	if (e->started)
		el_set(e->el, EL_UNBUFFERED, 0);
	e->started = false;
}

enum vd_edit_event
vd_edit_read(struct vd_edit *e, const char **line)
{
	const char *text;
	HistEvent ev;
	int n = 0, waiting = 0;

	/* libedit does not tell an empty line from the end of the input. */
	if (ioctl(fileno(e->config.in), FIONREAD, &waiting) != 0 || waiting == 0)
		return VD_EDIT_END;
	text = el_gets(e->el, &n);
	if (text == NULL || n <= 0)
		return VD_EDIT_MORE;
	if (n == 1 && text[0] == CONTROL_D)
		return VD_EDIT_END;
	if (text[n - 1] != '\n' && text[n - 1] != '\r')
		return VD_EDIT_MORE;
	free(e->line);
	e->line = vd_xstrndup(text, (size_t)n - 1);
	vd_edit_stop(e);
	if (e->history != NULL && e->line[strspn(e->line, " \t")] != '\0')
		history(e->history, &ev, H_ENTER, e->line);
	*line = e->line;
	return VD_EDIT_LINE;
}

enum vd_edit_event
vd_edit_wait(struct vd_edit *e, const char **line)
{
	struct pollfd p = {.fd = fileno(e->config.in), .events = POLLIN};
	enum vd_edit_event event = VD_EDIT_MORE;

	vd_edit_start(e);
	while (event == VD_EDIT_MORE) {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return VD_EDIT_END;
		if (p.revents != 0)
			event = vd_edit_read(e, line);
	}
	return event;
}
