/* SPDX-License-Identifier: BSD-3-Clause */
#include "vd_conf_driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf_json_priv.h"

static const char *const ctl_tx_names[] = {
		[VD_DRIVER_CTL_TX_OWN] = "own",
		[VD_DRIVER_CTL_TX_PAIR] = "pair",
		[VD_DRIVER_CTL_TX_SHARED] = "shared",
};

/* rte_ethdev.h of DPDK 22.11. */
static const char *const rx_offloads[] = {
		"VLAN_STRIP",
		"IPV4_CKSUM",
		"UDP_CKSUM",
		"TCP_CKSUM",
		"TCP_LRO",
		"QINQ_STRIP",
		"OUTER_IPV4_CKSUM",
		"MACSEC_STRIP",
		"VLAN_FILTER",
		"VLAN_EXTEND",
		"SCATTER",
		"TIMESTAMP",
		"SECURITY",
		"KEEP_CRC",
		"SCTP_CKSUM",
		"OUTER_UDP_CKSUM",
		"RSS_HASH",
		"BUFFER_SPLIT",
};

static const char *const tx_offloads[] = {
		"VLAN_INSERT",
		"IPV4_CKSUM",
		"UDP_CKSUM",
		"TCP_CKSUM",
		"SCTP_CKSUM",
		"TCP_TSO",
		"UDP_TSO",
		"OUTER_IPV4_CKSUM",
		"QINQ_INSERT",
		"VXLAN_TNL_TSO",
		"GRE_TNL_TSO",
		"IPIP_TNL_TSO",
		"GENEVE_TNL_TSO",
		"MACSEC_INSERT",
		"MT_LOCKFREE",
		"MULTI_SEGS",
		"MBUF_FAST_FREE",
		"SECURITY",
		"UDP_TNL_TSO",
		"IP_TNL_TSO",
		"OUTER_UDP_CKSUM",
		"SEND_ON_TIMESTAMP",
};

static char *
copy_string(struct vd_json *j, const struct vd_json_at *at, const json_t *v)
{
	const char *text;

	return vd_json_string(j, at, v, &text) ? vd_xstrdup(text) : NULL;
}

static void
add_string(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_driver_strings *list = target;
	char *text = copy_string(j, at, v);

	if (text != NULL)
		vd_vec_push(list, text);
}

static void
add_rx_offload(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	size_t word;

	if (vd_json_word(j, at, v, rx_offloads, VD_ARRAY_LEN(rx_offloads), &word))
		add_string(j, at, v, target);
}

static void
add_tx_offload(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	size_t word;

	if (vd_json_word(j, at, v, tx_offloads, VD_ARRAY_LEN(tx_offloads), &word))
		add_string(j, at, v, target);
}

#define READER(fn, code) \
	static void fn(struct vd_json *j, const struct vd_json_at *at, const json_t *v, \
			void *target) \
	{ \
		struct vd_driver_profile *p = target; \
		code; \
	}

READER(read_pmd, vd_json_array(j, at, v, add_string, &p->pmd))
READER(read_rx_offloads, vd_json_array(j, at, v, add_rx_offload, &p->rx_offloads))
READER(read_tx_offloads, vd_json_array(j, at, v, add_tx_offload, &p->tx_offloads))
READER(read_devargs, vd_json_array(j, at, v, add_string, &p->devargs))
READER(read_lacks, vd_json_array(j, at, v, add_string, &p->lacks))
READER(read_rx_interrupt, vd_json_bool(j, at, v, &p->rx_interrupt))
READER(read_mac_filter, vd_json_bool(j, at, v, &p->mac_filter))
READER(read_link_status, vd_json_bool(j, at, v, &p->link_status))
READER(read_rss_supported, vd_json_bool(j, at, v, &p->rss))

static void
read_name(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_driver_profile *p = target;
	const char *text;

	if (vd_json_string(j, at, v, &text) && strcmp(text, p->name) != 0)
		vd_json_problem(j, at, VD_DIAG_ERROR, NULL,
				"\"%s\" is not the name of the file, \"%s\"", text, p->name);
}

static void
read_description(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_driver_profile *p = target;

	p->description = copy_string(j, at, v);
}

static void
read_u16(struct vd_json *j, const struct vd_json_at *at, const json_t *v, uint32_t min,
		uint32_t max, uint16_t *out)
{
	uint32_t n;

	if (vd_json_uint(j, at, v, min, max, &n))
		*out = (uint16_t)n;
}

READER(read_rx_ring, read_u16(j, at, v, 32, 32768, &p->rx_ring))
READER(read_tx_ring, read_u16(j, at, v, 32, 32768, &p->tx_ring))
READER(read_max_queues, read_u16(j, at, v, 1, 1024, &p->max_queues))

static void
read_ctl_tx(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	struct vd_driver_profile *p = target;
	size_t word;

	if (vd_json_word(j, at, v, ctl_tx_names, VD_ARRAY_LEN(ctl_tx_names), &word))
		p->ctl_tx = (enum vd_driver_ctl_tx)word;
}

static void
read_rss_key(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	static const char *const words[] = {"set", "keep"};
	struct vd_driver_profile *p = target;
	size_t word;

	if (vd_json_word(j, at, v, words, VD_ARRAY_LEN(words), &word))
		p->rss_key = word == 0 ? VD_DRIVER_RSS_KEY_SET : VD_DRIVER_RSS_KEY_KEEP;
}

static void
read_rss(struct vd_json *j, const struct vd_json_at *at, const json_t *v, void *target)
{
	static const struct vd_json_key keys[] = {
			{"supported", read_rss_supported, true},
			{"key", read_rss_key, false},
	};

	vd_json_object(j, at, v, keys, VD_ARRAY_LEN(keys), target);
}

int
vd_conf_driver_parse(const char *file_name, const char *profile_name, const char *text, size_t len,
		struct vd_driver_profile **out, struct vd_diag_list *diags)
{
	static const struct vd_json_key keys[] = {
			{"name", read_name, true},
			{"description", read_description, true},
			{"pmd", read_pmd, true},
			{"rx_ring", read_rx_ring, false},
			{"tx_ring", read_tx_ring, false},
			{"max_queues", read_max_queues, false},
			{"rx_offloads", read_rx_offloads, false},
			{"tx_offloads", read_tx_offloads, false},
			{"ctl_tx", read_ctl_tx, true},
			{"rx_interrupt", read_rx_interrupt, true},
			{"rss", read_rss, true},
			{"mac_filter", read_mac_filter, true},
			{"link_status", read_link_status, true},
			{"devargs", read_devargs, false},
			{"lacks", read_lacks, true},
	};
	struct vd_json j = {.file = file_name, .diags = diags};
	struct vd_driver_profile *p;
	json_t *root;

	*out = NULL;
	root = vd_json_load(&j, text, len);
	if (root == NULL)
		return -EINVAL;
	p = vd_driver_profile_default(profile_name);
	vd_json_object(&j, NULL, root, keys, VD_ARRAY_LEN(keys), p);
	json_decref(root);
	if (j.errors > 0) {
		vd_driver_profile_free(p);
		return -EINVAL;
	}
	*out = p;
	return 0;
}

struct vd_driver_profile *
vd_driver_profile_default(const char *name)
{
	struct vd_driver_profile *p = vd_xcalloc(1, sizeof(*p));

	p->name = vd_xstrdup(name);
	p->rx_ring = 1024;
	p->tx_ring = 1024;
	p->ctl_tx = VD_DRIVER_CTL_TX_OWN;
	p->rss_key = VD_DRIVER_RSS_KEY_KEEP;
	return p;
}

static void
strings_free(struct vd_driver_strings *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i]);
	vd_vec_free(list);
}

void
vd_driver_profile_free(struct vd_driver_profile *p)
{
	if (p == NULL)
		return;
	strings_free(&p->pmd);
	strings_free(&p->rx_offloads);
	strings_free(&p->tx_offloads);
	strings_free(&p->devargs);
	strings_free(&p->lacks);
	free(p->description);
	free(p->name);
	free(p);
}

bool
vd_driver_profile_matches(const struct vd_driver_profile *p, const char *driver_name)
{
	for (size_t i = 0; i < p->pmd.n; i++)
		if (strcmp(p->pmd.v[i], driver_name) == 0)
			return true;
	return false;
}

const char *
vd_driver_ctl_tx_name(enum vd_driver_ctl_tx c)
{
	return c <= VD_DRIVER_CTL_TX_SHARED ? ctl_tx_names[c] : "?";
}
