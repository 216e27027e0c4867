/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CONF_DRIVER_H
#define VD_CONF_DRIVER_H

/*
 * A driver profile, drivers-config/NAME.json: what vipd should ask of a poll-mode driver, and what that driver cannot
 * do. `driver` of a port names it; without one, it is found by the driver's own name (vd_driver_profile_matches).
 * What a device says of itself when it is probed wins over the profile: an offload is asked for only if offered, a
 * queue arrangement that the device refuses falls back own -> pair -> shared.
 *
 * Opens no files: the caller hands over the text. Main thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_diag.h"
#include "vd_vec.h"

/* A VD_VEC(char *). */
struct vd_driver_strings {
	char **v;
	size_t n, cap;
};

/* Where the control lcore sends from, with W workers. */
enum vd_driver_ctl_tx {
	VD_DRIVER_CTL_TX_OWN,  /* W Rx queues and W + 1 Tx queues; the last Tx queue is control's */
	VD_DRIVER_CTL_TX_PAIR, /* W + 1 of both; workers poll every Rx queue */
	VD_DRIVER_CTL_TX_SHARED, /* W of both; control takes turns with worker 0 on its Tx queue */
};

enum vd_driver_rss_key {
	VD_DRIVER_RSS_KEY_SET, /* vipd programs key and indirection table and knows where a flow comes back */
	VD_DRIVER_RSS_KEY_KEEP, /* the device hashes with what it has: hand-over between workers */
};

struct vd_driver_profile {
	char *name; /* of the profile: never NULL */
	char *description;
	/* Names of the driver as rte_eth_dev_info.driver_name and vdev strings have them. */
	struct vd_driver_strings pmd;
	uint16_t rx_ring; /* descriptors; the device rounds and limits them */
	uint16_t tx_ring;
	uint16_t max_queues; /* 0 = as many as the device offers */
	/* Offloads to ask for if the device offers them, as rte_eth_dev_rx_offload_name() and its Tx twin spell them. */
	struct vd_driver_strings rx_offloads;
	struct vd_driver_strings tx_offloads;
	enum vd_driver_ctl_tx ctl_tx;
	bool rx_interrupt; /* Rx queues can wake a sleeping lcore */
	bool rss;          /* spreads by Toeplitz over an indirection table */
	enum vd_driver_rss_key rss_key;
	bool mac_filter;  /* takes further unicast MAC addresses (a virtual MAC) */
	bool link_status; /* its link status can be believed */
	/* "key=value" or "key", added to the device where it has no such key. */
	struct vd_driver_strings devargs;
	struct vd_driver_strings lacks; /* what the operator should know: one sentence each */
};

/*
 * Returns 0 and a profile that the caller frees with vd_driver_profile_free(); -EINVAL and NULL with an error in diags.
 * profile_name is what the text's "name" must be: the file's name without .json.
 */
int vd_conf_driver_parse(const char *file_name, const char *profile_name, const char *text,
		size_t len, struct vd_driver_profile **out, struct vd_diag_list *diags);
/* The profile of an unknown driver: nothing special is asked, nothing is trusted. Never NULL. */
struct vd_driver_profile *vd_driver_profile_default(const char *name);
void vd_driver_profile_free(struct vd_driver_profile *p);

/* True if driver_name (of rte_eth_dev_info, or vd_dataplane_device_driver()) is one of the profile's. */
bool vd_driver_profile_matches(const struct vd_driver_profile *p, const char *driver_name);

const char *vd_driver_ctl_tx_name(enum vd_driver_ctl_tx c); /* "own" */

#endif
