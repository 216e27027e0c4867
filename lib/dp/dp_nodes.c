/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk over the graph. rte_graph_walk() reads the time stamp counter twice a node, which doubles the graph's cost
 * at small bursts. This walk keeps the other totals as it does, and one turn in SAMPLE_TURNS is taken with the clock:
 * what a packet costs in each node is known at any time, and costs nothing that can be measured.
 */
#include <rte_cycles.h>

#include "dp_priv.h"

#define SAMPLE_TURNS 64

static inline uint16_t
process(struct rte_graph *graph, struct rte_node *node)
{
	uint16_t n;

	rte_prefetch0(node->objs);
	n = node->process(graph, node, node->objs, node->idx);
	node->total_objs += n;
	node->total_calls++;
	node->idx = 0;
	return n;
}

static inline void
walk(struct rte_graph *graph)
{
	const rte_graph_off_t *cir_start = graph->cir_start;
	const rte_node_t mask = graph->cir_mask;
	uint32_t head = graph->head;

	while (head != graph->tail) {
		process(graph, RTE_PTR_ADD(graph, cir_start[(int32_t)head++]));
		head = (int32_t)head > 0 ? head & mask : head;
	}
	graph->tail = 0;
}

/* A call without packets says nothing about what they cost. */
static VD_NOINLINE void
walk_timed(struct rte_graph *graph)
{
	const rte_graph_off_t *cir_start = graph->cir_start;
	const rte_node_t mask = graph->cir_mask;
	uint32_t head = graph->head;
	uint64_t then = rte_rdtsc(), now;

	while (head != graph->tail) {
		struct rte_node *node = RTE_PTR_ADD(graph, cir_start[(int32_t)head++]);
		struct dp_sample *sample = dp_sample(node);
		uint16_t n = process(graph, node);

		now = rte_rdtsc();
		if (n > 0) {
			vd_store_relaxed(&sample->packets, sample->packets + n);
			vd_store_relaxed(&sample->cycles, sample->cycles + (now - then));
		}
		then = now;
		head = (int32_t)head > 0 ? head & mask : head;
	}
	graph->tail = 0;
}

void
dp_walk(struct vd_dp_worker *w)
{
	if (vd_unlikely(w->counters.turns % SAMPLE_TURNS == 0))
		walk_timed(w->graph);
	else
		walk(w->graph);
}

void
vd_dp_worker_nodes(const struct vd_dp_worker *w,
		void (*fn)(void *ctx, const struct vd_dp_node_view *n), void *ctx)
{
	struct rte_node *node;
	rte_graph_off_t off;
	rte_node_t i;

	rte_graph_foreach_node(i, off, w->graph, node)
	{
		const struct dp_sample *sample = dp_sample(node);
		struct vd_dp_node_view v = {
				.name = node->name,
				.calls = vd_load_relaxed(&node->total_calls),
				.packets = vd_load_relaxed(&node->total_objs),
				.sampled_packets = vd_load_relaxed(&sample->packets),
				.sampled_cycles = vd_load_relaxed(&sample->cycles),
		};

		fn(ctx, &v);
	}
}
