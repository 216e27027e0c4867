/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <rte_log.h>

#include "rt_priv.h"
#include "vd_compiler.h"
#include "vd_log.h"

static FILE *stream;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char first_error[256];
static bool holding;
static struct vd_strbuf held; /* lines, each with its newline */

/*
 * One message of rte_log(). Noise that follows from how vipd starts EAL is no error: without shared files there are no
 * secondaries to tell, realtime signals are kept from net_tap on purpose, and it does without its queueing discipline.
 */
static bool
is_noise(const char *line)
{
	static const char *const noise[] = {
			"Failed to send start req to secondary",
			"All rt-signals are in use",
			"No shared files mode enabled",
			"qdisc",
			"Disabling rte flow support",
	};

	for (size_t i = 0; i < VD_ARRAY_LEN(noise); i++)
		if (strstr(line, noise[i]) != NULL)
			return true;
	return false;
}

/* "tun_alloc(): text" and "EAL: text" without the place it comes from. */
static const char *
text_of(const char *line)
{
	size_t n = strcspn(line, " ");

	while (n > 1 && line[n] == ' ' && line[n - 1] == ':') {
		line += n;
		line += strspn(line, " ");
		n = strcspn(line, " ");
	}
	return line;
}

static ssize_t
message(void *cookie, const char *buf, size_t n)
{
	char line[sizeof(first_error)];
	size_t len = n < sizeof(line) - 1 ? n : sizeof(line) - 1;

	(void)cookie;
	memcpy(line, buf, len);
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == ' '))
		len--;
	line[len] = '\0';
	if (len == 0)
		return (ssize_t)n;
	pthread_mutex_lock(&lock);
	/* The first complaint is the cause, the others follow from it. */
	if (rte_log_cur_msg_loglevel() <= (int)RTE_LOG_ERR && first_error[0] == '\0' &&
			!is_noise(line))
		snprintf(first_error, sizeof(first_error), "%s", text_of(line));
	if (holding)
		vd_strbuf_printf(&held, "%s\n", line);
	pthread_mutex_unlock(&lock);
	if (!holding)
		vd_log(VD_LOG_DEBUG, "%s", line);
	return (ssize_t)n;
}

void
vd_rt_log_hold(bool on)
{
	char *save = NULL;

	holding = on;
	if (on || held.len == 0)
		return;
	for (char *l = strtok_r(held.s, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save))
		vd_log(VD_LOG_DEBUG, "%s", l);
	vd_strbuf_free(&held);
}

int
vd_rt_log_open(void)
{
	cookie_io_functions_t io = {.write = message};

	if (stream != NULL)
		return 0;
	stream = fopencookie(NULL, "w", io);
	if (stream == NULL)
		return -errno;
	setvbuf(stream, NULL, _IOLBF, 1024);
	return rte_openlog_stream(stream);
}

const char *
vd_rt_eal_error(void)
{
	return first_error;
}

void
vd_rt_eal_forget_error(void)
{
	pthread_mutex_lock(&lock);
	first_error[0] = '\0';
	pthread_mutex_unlock(&lock);
}
