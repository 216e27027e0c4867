/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_RT_EAL_H
#define VD_RT_EAL_H

/*
 * Starting and ending DPDK's environment. Main thread, once per process.
 *
 * EAL's words come from the dataplane file, or from the command line before "--", word for word; the devices of the ports
 * are attached by vd_rt_port_open() in both cases. What EAL and PMDs print goes to vd_log() at level debug; their first
 * error line is kept for the one line that the user sees.
 */

#include <stdbool.h>
#include <stddef.h>

#include "vd_model_dataplane.h"
#include "vd_rt_place.h"
#include "vd_strbuf.h"

struct vd_rt_eal_config {
	const char *program;  /* argv[0] */
	const char *instance; /* file prefix */
	const struct vd_dataplane *dataplane;
	bool words_given; /* the command line has words for EAL: */
	char *const *words;
	int n_words;
	unsigned int max_workers; /* for placement; see vd_rt_place() */
};

struct vd_rt_args {
	char **v; /* NULL-terminated */
	size_t n, cap;
};

/* EAL's argument vector for a placement. Pure. */
void vd_rt_eal_args(const struct vd_rt_eal_config *c, const struct vd_rt_place *place,
		struct vd_rt_args *out);
void vd_rt_args_free(struct vd_rt_args *args);

/*
 * 0; -EINVAL: options that EAL refuses, or fewer than three lcores (exit code 2); any other -errno: the machine (exit
 * code 1). why gets one line.
 */
int vd_rt_eal_start(const struct vd_rt_eal_config *c, struct vd_strbuf *why);
/* After every port and lcore has stopped. */
void vd_rt_eal_stop(void);

/* What was chosen. */
bool vd_rt_eal_hugepages(void);
unsigned int vd_rt_eal_memory_mb(void);
const char *vd_rt_eal_version(void); /* "DPDK 22.11.11" */

/* Puts a handler that does nothing on every realtime signal that has none, so that net_tap cannot take one. */
void vd_rt_signals_guard(void);

/* The first error line of EAL or a PMD since vd_rt_eal_forget_error(); "" if none. */
const char *vd_rt_eal_error(void);
void vd_rt_eal_forget_error(void);

#endif
