/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_DROP_H
#define VD_DROP_H

/*
 * Why a packet was discarded. One table: the enum, the JSON key, the metric label and the sentence that the
 * documents and `show drop` print all come from it. There is no reason "other".
 */

#include <stddef.h>

/* clang-format off */
#define VD_DROP_REASONS(X) \
	X(BAD_L2,            "bad_l2",            "Ethernet or VLAN header short, or a source address that is multicast") \
	X(NOT_FOR_US,        "not_for_us",        "unicast frame to another station's MAC address") \
	X(UNKNOWN_VLAN,      "unknown_vlan",      "VLAN tag that no interface of the port has, or a second tag") \
	X(BAD_L3_LENGTH,     "bad_l3_length",     "IP header or total length that does not fit the frame") \
	X(BAD_L3_HEADER,     "bad_l3_header",     "IP version, source or destination address that may not be received") \
	X(BAD_L4_LENGTH,     "bad_l4_length",     "TCP, UDP or ICMP header or length that does not fit the packet") \
	X(BAD_L4_HEADER,     "bad_l4_header",     "TCP flags or port numbers that no valid segment has") \
	X(BAD_CHECKSUM,      "bad_checksum",      "IPv4 header, or ARP, ND or ICMP checksum wrong") \
	X(TTL,               "ttl",               "TTL or hop limit would reach zero") \
	X(FRAGMENT,          "fragment",          "IP fragment for a VIP; fragments are not forwarded") \
	X(NO_ROUTE,          "no_route",          "no route to the next hop") \
	X(NEIGHBOUR_TIMEOUT, "neighbour_timeout", "next hop did not answer ARP or neighbour discovery") \
	X(NEIGHBOUR_FULL,    "neighbour_full",    "too many packets already wait for this next hop, or the table is full") \
	X(BAD_NEIGHBOUR,     "bad_neighbour",     "ARP or neighbour discovery message that breaks its RFC") \
	X(NOT_MASTER,        "not_master",        "VIP of an instance that is not MASTER here, or whose lease ran out") \
	X(NO_SERVER,         "no_server",         "service has no usable real server") \
	X(NO_CONNECTION,     "no_connection",     "TCP segment of no known connection that is no SYN") \
	X(REAL_SERVER_GONE,  "real_server_gone",  "connection's real server went down or was removed") \
	X(PORT_EXHAUSTED,    "port_exhausted",    "no free FULLNAT source port towards the real server") \
	X(TABLE_FULL,        "table_full",        "connection table full and the method cannot do without") \
	X(RING_FULL,         "ring_full",         "ring between lcores full") \
	X(PUNT_FULL,         "punt_full",         "kernel tap did not take the packet") \
	X(NO_PUNT,           "no_punt",           "packet for the host, but the port has no kernel tap") \
	X(NO_MBUF,           "no_mbuf",           "packet buffer pool empty") \
	X(TX_FULL,           "tx_full",           "transmit queue full") \
	X(TOO_BIG,           "too_big",           "packet larger than the outgoing MTU") \
	X(RATE_LIMITED,      "rate_limited",      "over the rate of its kind (RST, ICMP, punt)") \
	X(DENIED,            "denied",            "client refused by the service's access lists") \
	X(STOPPED,           "stopped",           "service stopped by the operator") \
	X(NO_LISTENER,       "no_listener",       "ARP, ND or echo for an address that is not ours, or VRRP for none of our instances") \
	X(LINK_DOWN,         "link_down",         "outgoing port has no link") \
	X(HANDOVER_FULL,     "handover_full",     "ring to the worker that owns the connection, or that sends on the port, is full")
/* clang-format on */

enum vd_drop {
#define VD_DROP_ENUM(id, key, text) VD_DROP_##id,
	VD_DROP_REASONS(VD_DROP_ENUM)
#undef VD_DROP_ENUM
	VD_DROP_N
};

/* The key ("bad_l2") and the sentence of a reason; "?" outside the enum. */
const char *vd_drop_name(enum vd_drop reason);
const char *vd_drop_text(enum vd_drop reason);

#endif
