/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_RT_PROFILE_H
#define VD_RT_PROFILE_H

/*
 * Driver profiles: what is known of a PMD beforehand, as drivers-config/<driver>.json. A driver without a file
 * gets the defaults, which ask the device for everything. Main thread.
 *
 *   { "name": "net_tap", "summary": "...",
 *     "match": ["net_tap"],               names of PMDs (rte_eth_dev_info.driver_name) that it serves
 *     "rx_desc": 512, "tx_desc": 512,     0 = the driver's own
 *     "control_tx": "own|pair|shared",    the first way to try
 *     "equal_queues": true,               as many Rx as Tx queues, always
 *     "max_queues": 1,                    0 = as the device says
 *     "rx_interrupts": true, "rx_checksum": false, "rss": true,
 *     "mac": "device|local",              whose address is vipd's when the dataplane file gives none
 *     "mac_filter": false,                the device has none: nothing to program
 *     "promiscuous": false,
 *     "devargs": "",                      added to the device string when it has none of that key
 *     "rss_key": "6d5a...",               hexadecimal; absent = the driver's
 *     "lacks": ["..."] }                  sentences for `show port` and the documents
 */

#include <stdbool.h>
#include <stdint.h>

#include "vd_diag.h"
#include "vd_rt_port.h"
#include "vd_vec.h"

#define VD_RT_RSS_KEY_MAX 64

struct vd_rt_profile {
	char *name, *summary, *devargs;
	VD_VEC(char *) match;
	VD_VEC(char *) lacks;
	uint16_t rx_desc, tx_desc, max_queues;
	enum vd_rt_ctl_tx control_tx;
	bool equal_queues, rx_interrupts, rx_checksum, rss;
	bool mac_local, mac_filter, promiscuous;
	uint8_t rss_key[VD_RT_RSS_KEY_MAX];
	uint8_t rss_key_len;
};

/* Pure: text to profile. 0, or -EINVAL with the problems in diags; the caller frees either way. */
int vd_rt_profile_parse(const char *file, const char *text, size_t len, struct vd_rt_profile *out,
		struct vd_diag_list *diags);
/*
 * Finds a profile by name in the search path: environment VIPD_DRIVERS_CONFIG, then drivers-config/ beside or above the
 * program (a source tree), then the installed one. 0; -ENOENT: out has the defaults; -EINVAL.
 */
int vd_rt_profile_load(const char *name, struct vd_rt_profile *out, struct vd_diag_list *diags);
void vd_rt_profile_free(struct vd_rt_profile *p);

#endif
