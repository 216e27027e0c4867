/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_MODEL_DATAPLANE_H
#define VD_MODEL_DATAPLANE_H

/*
 * This box: what the dataplane file says of lcores, memory, log and ports. conf reads and writes the file
 * (vd_conf_dataplane.h); rt, punt and neigh carry it out; validate compares services with it.
 *
 * A dataplane is built once by the main thread, read-only after that, and freed as a whole with vd_dataplane_free(),
 * which owns every string and vector in it. Addresses are as in vd_addr.h. An absent string is NULL; what the
 * program works out later from the machine has a "given" flag or the value 0 = not given, as each member says.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vd_addr.h"
#include "vd_log.h"
#include "vd_vec.h"

#define VD_DATAPLANE_NAME_MAX         31 /* bytes of a port's or VLAN's name */
#define VD_DATAPLANE_PUNT_MAX         15 /* bytes of a kernel interface's name */
#define VD_DATAPLANE_PORTS_MAX        32 /* RTE_MAX_ETHPORTS of Debian's DPDK */
#define VD_DATAPLANE_LCORES_MAX       128
#define VD_DATAPLANE_QUEUES_MAX       64
#define VD_DATAPLANE_MTU_MIN          576 /* IPv6 on the port asks for 1280 */
#define VD_DATAPLANE_MTU_MAX          9702
#define VD_DATAPLANE_MEMORY_MIN       64 /* MB */
#define VD_DATAPLANE_MEMORY_MAX       1048576
#define VD_DATAPLANE_CONNS_MIN        1024
#define VD_DATAPLANE_CONNS_MAX        200000000
#define VD_DATAPLANE_STALL_MS_MIN     10
#define VD_DATAPLANE_STALL_MS_MAX     10000

#define VD_DATAPLANE_MTU_DEFAULT      1500
#define VD_DATAPLANE_CONNS_DEFAULT    1000000
#define VD_DATAPLANE_STALL_MS_DEFAULT 200

enum vd_dataplane_poll {
	VD_DATAPLANE_POLL_ADAPTIVE,
	VD_DATAPLANE_POLL_BUSY,
};

enum vd_dataplane_log_to {
	VD_DATAPLANE_LOG_STDERR,
	VD_DATAPLANE_LOG_SYSLOG,
	VD_DATAPLANE_LOG_FILE,
};

enum vd_dataplane_hugepages {
	VD_DATAPLANE_HUGEPAGES_AUTO, /* not given: used when the machine has them */
	VD_DATAPLANE_HUGEPAGES_NO,
	VD_DATAPLANE_HUGEPAGES_YES,
};

/* One lcore in the words of EAL's --lcores: "2@1" is lcore 2 on CPU 1, "2" is lcore 2 on CPU 2. */
struct vd_dataplane_lcore {
	bool given;
	char *text; /* as written, NULL if not given */
	uint16_t lcore;
	uint16_t cpu;
};

struct vd_dataplane_eal {
	bool automatic; /* "auto", or no eal at all: everything below is not given */
	struct vd_dataplane_lcore main_lcore;
	struct vd_dataplane_lcore control_lcore;
	VD_VEC(struct vd_dataplane_lcore) worker_lcores; /* empty = not given */
	uint32_t memory_mb;                              /* 0 = not given */
	enum vd_dataplane_hugepages hugepages;
	VD_VEC(char *) extra; /* further EAL options, word for word */
};

struct vd_dataplane_log {
	enum vd_dataplane_log_to to;
	char *path; /* of VD_DATAPLANE_LOG_FILE */
	enum vd_log_level level;
};

struct vd_dataplane_route {
	struct vd_prefix to; /* host bits are clear */
	struct vd_addr via;
};

struct vd_dataplane_neighbor {
	struct vd_addr addr;
	struct vd_mac mac;
};

/* What a port and a VLAN on it have in common. */
struct vd_dataplane_l3 {
	VD_VEC(struct vd_prefix) addresses; /* host bits kept */
	VD_VEC(struct vd_addr) gateways;    /* several of a family share the load */
	VD_VEC(struct vd_dataplane_route) routes;
	VD_VEC(struct vd_dataplane_neighbor) neighbors;
};

struct vd_dataplane_vlan {
	uint16_t id; /* 1 to 4094 */
	char *name;  /* never NULL; "PORT.ID" when not given */
	struct vd_dataplane_l3 l3;
};

struct vd_dataplane_port {
	char *name;   /* what "interface NAME" of the services means; never NULL */
	char *device; /* vdev string or PCI address with its devargs; never NULL */
	char *driver; /* name of a profile in drivers-config/; NULL = told from the device */
	struct vd_dataplane_l3 l3;
	VD_VEC(struct vd_dataplane_vlan) vlans;
	bool mac_given; /* not given: the device's, or on net_tap one made from instance and port name */
	struct vd_mac mac;
	bool mtu_given;
	uint16_t mtu;       /* VD_DATAPLANE_MTU_DEFAULT when not given */
	uint16_t rx_queues; /* 0 = "auto" */
	char *punt;         /* kernel tap of the traffic that is not vipd's; NULL = no tap */
};

struct vd_dataplane {
	char *file; /* the file's name in diagnostics; NULL = none */
	struct vd_dataplane_eal eal;
	enum vd_dataplane_poll poll;
	struct vd_dataplane_log log;
	VD_VEC(struct vd_dataplane_port) ports;
	bool max_per_worker_given;
	uint32_t max_per_worker; /* VD_DATAPLANE_CONNS_DEFAULT when not given */
	uint32_t stall_ms;
};

/* An interface that services can name: a port, or a VLAN on it (vlan NULL = the port itself). */
struct vd_dataplane_iface {
	const struct vd_dataplane_port *port;
	const struct vd_dataplane_vlan *vlan;
	const struct vd_dataplane_l3 *l3;
};

/* A dataplane with every default and no ports. Never NULL; free with vd_dataplane_free(), which takes NULL. */
struct vd_dataplane *vd_dataplane_new(void);
void vd_dataplane_free(struct vd_dataplane *dp);

const char *vd_dataplane_poll_name(enum vd_dataplane_poll poll); /* "adaptive" */

/* Finds the port or VLAN of that name; false if there is none. */
bool vd_dataplane_iface_find(
		const struct vd_dataplane *dp, const char *name, struct vd_dataplane_iface *out);
/* Finds the interface one of whose own addresses is addr; false if none. */
bool vd_dataplane_addr_find(const struct vd_dataplane *dp, const struct vd_addr *addr,
		struct vd_dataplane_iface *out);
/* True if a subnet of the interface contains addr. */
bool vd_dataplane_l3_connected(const struct vd_dataplane_l3 *l3, const struct vd_addr *addr);

/* "0@0", "3" or "3@2" to lcore and CPU: 0, or -EINVAL. Sets given and a copy of text. */
int vd_dataplane_lcore_parse(const char *text, struct vd_dataplane_lcore *out);
void vd_dataplane_lcore_free(struct vd_dataplane_lcore *l);

/* True for "0000:3b:00.0" and "3b:00.0", with or without ",devargs". */
bool vd_dataplane_device_is_pci(const char *device);
/*
 * The driver part of a vdev string: "net_tap0,iface=wire0" gives "net_tap", "net_virtio_user0,..." "net_virtio_user".
 * Empty for a PCI address, whose driver is known when it is probed. Returns buf.
 */
const char *vd_dataplane_device_driver(const char *device, char *buf, size_t size);

#endif
