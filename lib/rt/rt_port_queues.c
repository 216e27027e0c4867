/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include "rt_port_priv.h"
#include "vd_log.h"
#include "vd_rt_eal.h"

#define RING_DEFAULT 1024

struct layout {
	enum vd_rt_ctl_tx control_tx;
	uint16_t n_rxq, n_txq, control_txq, tx_workers;
};

/* The layout of a way, or false when the device has fewer queues than it takes. */
static bool
layout_make(struct layout *l, enum vd_rt_ctl_tx way, uint16_t workers, uint16_t rxq,
		uint16_t max_rxq, uint16_t max_txq)
{
	*l = (struct layout){way, rxq, workers, VD_RT_TXQ_NONE, workers};
	switch (way) {
	case VD_RT_CTL_TX_OWN:
		l->n_txq = (uint16_t)(workers + 1);
		l->control_txq = workers;
		break;
	case VD_RT_CTL_TX_PAIR:
		l->n_rxq = l->n_txq = (uint16_t)(VD_MAX(rxq, workers) + 1);
		l->control_txq = (uint16_t)(l->n_txq - 1);
		break;
	case VD_RT_CTL_TX_SHARED:
		/* Drivers that want as many of each get them; those that have not as many of each do not want that. */
		l->n_rxq = VD_MIN(VD_MAX(rxq, workers), max_rxq);
		l->n_txq = VD_MIN(VD_MAX(rxq, workers), max_txq);
		break;
	}
	return l->n_rxq <= max_rxq && l->n_txq <= max_txq;
}

static uint64_t
offloads(const struct vd_driver_strings *names, uint64_t capa, const char *(*name_of)(uint64_t))
{
	uint64_t on = 0;

	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t o = (uint64_t)1 << bit;

		if (!(capa & o))
			continue;
		for (size_t i = 0; i < names->n; i++)
			if (strcmp(names->v[i], name_of(o)) == 0)
				on |= o;
	}
	return on;
}

static void
conf_make(struct rte_eth_conf *conf, const struct vd_rt_port *p, const struct layout *l,
		const struct vd_driver_profile *profile, const struct rte_eth_dev_info *info,
		bool interrupts, bool lsc)
{
	memset(conf, 0, sizeof(*conf));
	conf->rxmode.mtu = p->mtu;
	conf->rxmode.offloads = offloads(
			&profile->rx_offloads, info->rx_offload_capa, rte_eth_dev_rx_offload_name);
	conf->txmode.offloads = offloads(
			&profile->tx_offloads, info->tx_offload_capa, rte_eth_dev_tx_offload_name);
	conf->intr_conf.rxq = interrupts;
	conf->intr_conf.lsc = lsc;
	if (l->n_rxq > 1 && profile->rss) {
		conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf->rx_adv_conf.rss_conf.rss_hf = info->flow_type_rss_offloads &
				(RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
	} else {
		conf->rxmode.offloads &= ~RTE_ETH_RX_OFFLOAD_RSS_HASH;
	}
}

static int
setup(struct vd_rt_port *p, const struct vd_rt_port_config *c, const struct layout *l,
		const struct vd_driver_profile *profile, const struct rte_eth_dev_info *info,
		bool interrupts, bool lsc)
{
	struct rte_eth_rxconf rx = info->default_rxconf;
	struct rte_eth_txconf tx = info->default_txconf;
	struct rte_eth_conf conf;
	int err;

	conf_make(&conf, p, l, profile, info, interrupts, lsc);
	err = rte_eth_dev_configure(p->id, l->n_rxq, l->n_txq, &conf);
	if (err != 0)
		return err;
	p->rx_desc = profile->rx_ring != 0 ? profile->rx_ring : RING_DEFAULT;
	p->tx_desc = profile->tx_ring != 0 ? profile->tx_ring : RING_DEFAULT;
	(void)rte_eth_dev_adjust_nb_rx_tx_desc(p->id, &p->rx_desc, &p->tx_desc);
	rx.offloads = conf.rxmode.offloads;
	tx.offloads = conf.txmode.offloads;
	for (uint16_t q = 0; err == 0 && q < l->n_rxq; q++)
		err = rte_eth_rx_queue_setup(
				p->id, q, p->rx_desc, (unsigned int)p->socket, &rx, c->pool);
	for (uint16_t q = 0; err == 0 && q < l->n_txq; q++)
		err = rte_eth_tx_queue_setup(p->id, q, p->tx_desc, (unsigned int)p->socket, &tx);
	if (err != 0)
		return err;
	p->control_tx = l->control_tx;
	p->n_rxq = l->n_rxq;
	p->n_txq = l->n_txq;
	p->control_txq = l->control_txq;
	p->n_tx_workers = l->tx_workers;
	p->rx_interrupts = interrupts;
	p->link_events = lsc;
	p->rx_checksum = (conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_CHECKSUM) ==
			RTE_ETH_RX_OFFLOAD_CHECKSUM;
	p->rx_rss_hash = (conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_RSS_HASH) != 0;
	return 0;
}

/* With Rx and link interrupts first, then without one or both. */
static int
setup_either(struct vd_rt_port *p, const struct vd_rt_port_config *c, const struct layout *l,
		const struct vd_driver_profile *profile, const struct rte_eth_dev_info *info)
{
	bool rx = c->interrupts && profile->rx_interrupt;
	bool lsc = p->link_believed && vd_rt_driver_reports_link(p->driver, info);
	int err = -ENOTSUP;

	for (int without = 0; without < 4 && err != 0; without++) {
		bool no_lsc = (without & 1) != 0, no_rx = (without & 2) != 0;

		if ((lsc || !no_lsc) && (rx || !no_rx))
			err = setup(p, c, l, profile, info, rx && !no_rx, lsc && !no_lsc);
	}
	return err;
}

static uint16_t
limit(uint16_t device, uint16_t profile)
{
	uint16_t n = device == 0 ? 1 : device;

	return profile != 0 ? VD_MIN(n, profile) : n;
}

int
vd_rt_port_queues_setup(struct vd_rt_port *p, const struct vd_rt_port_config *c,
		const struct vd_driver_profile *profile, const struct rte_eth_dev_info *info)
{
	uint16_t max_rxq = limit(info->max_rx_queues, profile->max_queues);
	uint16_t max_txq = limit(info->max_tx_queues, profile->max_queues);
	uint16_t workers = (uint16_t)VD_MIN(c->n_workers, max_txq), rxq;
	struct layout l;
	int err = -EINVAL;

	p->n_workers = (uint16_t)c->n_workers;
	p->first_worker = (uint16_t)(c->first_worker % c->n_workers);
	rxq = c->port->rx_queues != 0 ? c->port->rx_queues : p->n_workers;
	if (rxq > max_rxq) {
		vd_rt_port_note(p, "%u Rx queues are all that the device has", max_rxq);
		rxq = max_rxq;
	}
	for (int way = (int)profile->ctl_tx; way <= VD_RT_CTL_TX_SHARED; way++) {
		if (!layout_make(&l, (enum vd_rt_ctl_tx)way, workers, rxq, max_rxq, max_txq))
			continue;
		err = setup_either(p, c, &l, profile, info);
		if (err == 0)
			break;
		vd_log(VD_LOG_DEBUG, "port %s: control_tx %s refused: %s", p->name,
				vd_rt_ctl_tx_name((enum vd_rt_ctl_tx)way), strerror(-err));
	}
	if (err != 0 && VD_MAX(rxq, workers) > 1 &&
			layout_make(&l, VD_RT_CTL_TX_SHARED, 1, 1, max_rxq, max_txq))
		err = setup_either(p, c, &l, profile, info);
	if (err == 0 && p->n_tx_workers < p->n_workers)
		vd_rt_port_note(p, "%u Tx queues for %u workers: the others send through those",
				p->n_tx_workers, p->n_workers);
	return err;
}

unsigned int
vd_rt_port_rx_queues(const struct vd_rt_port *p, unsigned int worker, uint16_t *queues)
{
	unsigned int n = 0;

	for (uint16_t q = 0; q < p->n_rxq; q++)
		if ((unsigned int)(p->first_worker + q) % p->n_workers == worker)
			queues[n++] = q;
	return n;
}
