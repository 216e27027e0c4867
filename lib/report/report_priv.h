/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REPORT_PRIV_H
#define REPORT_PRIV_H

#include "vd_report.h"

/* "192.0.2.1/24 dev eth0 scope global set": without a length where it is the whole address. set: held now. */
void report_address(const struct vd_model_address *a, const char *interface, bool set,
		struct vd_strbuf *out);
/* "'/bin/x' 'argument'" of a command line. */
void report_command(const char *line, struct vd_strbuf *out);
/* "1795647761.309987 (Wed Nov 25 23:02:41.309987 2026)" */
void report_time(const struct vd_report *r, uint64_t us, struct vd_strbuf *out);
bool report_is_master(const struct vd_report_instance *i);

/* The second half of the data file. */
void report_lvs(const struct vd_model *m, struct vd_strbuf *out);

#endif
