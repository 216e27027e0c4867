/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include <rte_ethdev.h>

#include "rt_port_priv.h"
#include "vd_log.h"

/*
 * Devices that are told how to spread packets. Not believed, whatever they claim or a profile says (DPDK 22.11):
 *   net_null          keeps key and table and answers with them; every queue produces frames of its own
 *   net_tap           its RSS is a BPF program behind rte_flow; the kernel chooses queues by what was sent on them
 *   net_ring          a queue is a ring: what is put there is there
 *   net_pcap          a queue is a file or a socket of its own
 *   net_af_packet     a fanout of sockets, by a hash of the kernel's
 *   net_af_xdp        the netdev's own RSS, which ethtool sets
 *   net_virtio_user   its back end's business
 */
static const char *const not_believed[] = {"net_null", "net_tap", "net_ring", "net_pcap",
		"net_af_packet", "net_af_xdp", "net_virtio_user"};

#define SLOTS_MOST 512u
#define TABLE_MOST 2048u
#define TUPLES \
	(RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP | \
			RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP)

uint16_t
vd_rt_rss_table(const char *driver, const struct vd_driver_profile *profile,
		const struct rte_eth_dev_info *info)
{
	for (size_t i = 0; i < VD_ARRAY_LEN(not_believed); i++)
		if (strcmp(driver, not_believed[i]) == 0)
			return 0;
	/* A key shorter than a tuple of IPv6 takes is not the hash we compute; ports have to be in it. */
	if (!profile->rss || profile->rss_key != VD_DRIVER_RSS_KEY_SET ||
			info->hash_key_size < 40 || info->hash_key_size > VD_RT_RSS_KEY_MAX ||
			(info->flow_type_rss_offloads & TUPLES) == 0)
		return 0;
	/* As much of it as is a power of two. */
	return (uint16_t)VD_MIN(info->reta_size & (0u - info->reta_size), SLOTS_MOST);
}

static int
key_set(struct vd_rt_port *p, const uint8_t *key)
{
	struct rte_eth_dev_info info;
	uint8_t copy[VD_RT_RSS_KEY_MAX];
	struct rte_eth_rss_conf conf = {.rss_key = copy, .rss_key_len = p->rss_key_size};
	int err = rte_eth_dev_info_get(p->id, &info);

	if (err != 0)
		return err;
	memcpy(copy, key, sizeof(copy));
	conf.rss_hf = info.flow_type_rss_offloads & TUPLES;
	err = rte_eth_dev_rss_hash_update(p->id, &conf);
	if (err != 0)
		return err;
	memset(copy, 0, sizeof(copy));
	err = rte_eth_dev_rss_hash_conf_get(p->id, &conf);
	if (err == 0 && memcmp(copy, key, p->rss_key_size) != 0)
		err = -EIO;
	return err;
}

/* The queue of a slot's worker. */
static uint16_t
queue_of(const struct vd_rt_port *p, uint16_t slot)
{
	return vd_rt_port_queue_of(p, slot % p->n_workers);
}

static int
table_set(struct vd_rt_port *p, uint16_t slots)
{
	struct rte_eth_rss_reta_entry64 table[TABLE_MOST / RTE_ETH_RETA_GROUP_SIZE];
	struct rte_eth_dev_info info;
	int err = rte_eth_dev_info_get(p->id, &info);

	if (err != 0 || info.reta_size > TABLE_MOST)
		return err != 0 ? err : -ERANGE;
	memset(table, 0, sizeof(table));
	for (uint16_t i = 0; i < info.reta_size; i++) {
		table[i / RTE_ETH_RETA_GROUP_SIZE].mask |= (uint64_t)1
				<< (i % RTE_ETH_RETA_GROUP_SIZE);
		table[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE] =
				queue_of(p, i % slots);
	}
	err = rte_eth_dev_rss_reta_update(p->id, table, info.reta_size);
	if (err != 0)
		return err;
	for (size_t g = 0; g < VD_ARRAY_LEN(table); g++)
		memset(table[g].reta, 0xff, sizeof(table[g].reta));
	err = rte_eth_dev_rss_reta_query(p->id, table, info.reta_size);
	for (uint16_t i = 0; err == 0 && i < info.reta_size; i++)
		if (table[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE] !=
				queue_of(p, i % slots))
			err = -EIO;
	return err;
}

int
vd_rt_port_rss_set(struct vd_rt_port *p, const uint8_t key[VD_RT_RSS_KEY_MAX], uint16_t slots)
{
	int err;

	p->rss_slots = 0;
	if (slots < p->n_workers || slots > p->rss_table || (slots & (slots - 1)) != 0)
		return -EINVAL;
	err = key_set(p, key);
	if (err == 0)
		err = table_set(p, slots);
	if (err != 0) {
		vd_rt_port_note(p, "RSS is not used: the device does not take key and table (%s)",
				strerror(-err));
		vd_log(VD_LOG_INFO, "port %s: the device takes no RSS key and table: %s", p->name,
				strerror(-err));
		return err;
	}
	p->rss_slots = slots;
	return 0;
}
