/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench_params.h"
#include "vd_alloc.h"

const char *const bench_method_names[BENCH_METHOD_N] = {"fullnat", "nat", "dr", "drop", "punt"};
static const char *const mode_names[BENCH_MODE_N] = {"run", "learn", "connections", "idle"};
static const char *const family_names[] = {"ipv4", "ipv6"};
static const char *const protocol_names[] = {"tcp", "udp"};
static const char *const spread_names[] = {"own", "any"};
static const char *const size_names[] = {"64", "imix"};

static void
addr(const char *text, struct vd_addr *out)
{
	(void)vd_addr_parse(text, out);
}

void
bench_params_default(struct bench_params *p, bool v6)
{
	memset(p, 0, sizeof(*p));
	p->v6 = v6;
	p->flows = 65536;
	p->burst = 256;
	p->ring = 1024;
	p->patience = 15000; /* LAST_ACK, the shortest state that a connection waits in, lasts 30 s */
	p->seed = 1;
	p->servers = 16;
	p->locals = 64;
	p->vips = p->vports = 1;
	p->vport = p->sport = 80;
	addr(v6 ? "2001:db8:0:2::80" : "203.0.113.80", &p->vip);
	addr(v6 ? "2001:db8:0:1::1:1" : "192.168.1.1", &p->server);
	addr(v6 ? "2001:db8:0:1::2:1" : "192.168.2.1", &p->local);
	(void)vd_prefix_parse(v6 ? "2001:db8:64::/106" : "10.64.0.0/10", &p->clients);
	(void)vd_mac_parse("02:00:00:00:00:11", &p->mac);
	(void)vd_mac_parse("02:00:00:00:00:fe", &p->gateway_mac);
	(void)vd_mac_parse("02:00:00:01:00:00", &p->server_mac);
}

/* ---- reading ---- */

static bool
number(const char *text, uint64_t lo, uint64_t hi, uint64_t *out)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*out = strtoull(text, &end, 0);
	return errno == 0 && *end == '\0' && *out >= lo && *out <= hi;
}

static bool
one_of(const char *text, const char *const *names, unsigned int n, unsigned int *out)
{
	for (unsigned int i = 0; i < n; i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

static bool
take_choice(struct bench_params *p, const char *key, const char *value, bool *good)
{
	unsigned int i = 0;

	if (strcmp(key, "method") == 0) {
		*good = one_of(value, bench_method_names, BENCH_METHOD_N, &i);
		p->method = (enum bench_method)i;
	} else if (strcmp(key, "mode") == 0) {
		*good = one_of(value, mode_names, BENCH_MODE_N, &i);
		p->mode = (enum bench_mode)i;
	} else if (strcmp(key, "family") == 0) {
		*good = one_of(value, family_names, 2, &i); /* was taken before all others */
	} else if (strcmp(key, "protocol") == 0) {
		*good = one_of(value, protocol_names, 2, &i);
		p->udp = i != 0;
	} else if (strcmp(key, "spread") == 0) {
		*good = one_of(value, spread_names, 2, &i);
		p->any = i != 0;
	} else if (strcmp(key, "size") == 0) {
		*good = one_of(value, size_names, 2, &i);
		p->imix = i != 0;
	} else {
		return false;
	}
	return true;
}

static bool
take_number(struct bench_params *p, const char *key, const char *value, bool *good)
{
	const struct {
		const char *key;
		uint64_t hi;
		uint32_t *u32;
		uint16_t *u16;
	} numbers[] = {
			{"flows", BENCH_FLOWS_MAX, &p->flows, NULL},
			{"burst", 1024, &p->burst, NULL},
			{"rate", 1000000000, &p->rate, NULL},
			{"ring", 65536, &p->ring, NULL},
			{"patience", 86400000, &p->patience, NULL},
			{"servers", BENCH_ONE_WAY_MAX, &p->servers, NULL},
			{"vips", BENCH_VIPS_MAX, &p->vips, NULL},
			{"vports", BENCH_VIPS_MAX, &p->vports, NULL},
			{"locals", BENCH_LOCALS_MAX, &p->locals, NULL},
			{"vport", UINT16_MAX, NULL, &p->vport},
			{"sport", UINT16_MAX, NULL, &p->sport},
	};
	uint64_t n = 0;

	if (strcmp(key, "seed") == 0) {
		*good = number(value, 0, UINT64_MAX, &p->seed);
		return true;
	}
	for (size_t i = 0; i < VD_ARRAY_LEN(numbers); i++) {
		if (strcmp(key, numbers[i].key) != 0)
			continue;
		*good = number(value, 1, numbers[i].hi, &n);
		if (numbers[i].u32 != NULL)
			*numbers[i].u32 = (uint32_t)n;
		else
			*numbers[i].u16 = (uint16_t)n;
		return true;
	}
	return false;
}

static bool
take_address(struct bench_params *p, const char *key, const char *value, bool *good)
{
	const struct {
		const char *key;
		struct vd_addr *addr;
		struct vd_mac *mac;
	} addresses[] = {
			{"vip", &p->vip, NULL},
			{"server", &p->server, NULL},
			{"local", &p->local, NULL},
			{"mac", NULL, &p->mac},
			{"gateway_mac", NULL, &p->gateway_mac},
			{"server_mac", NULL, &p->server_mac},
	};

	if (strcmp(key, "clients") == 0) {
		*good = vd_prefix_parse(value, &p->clients) == 0 &&
				vd_addr_is_v4(&p->clients.addr) != p->v6;
		return true;
	}
	for (size_t i = 0; i < VD_ARRAY_LEN(addresses); i++) {
		if (strcmp(key, addresses[i].key) != 0)
			continue;
		if (addresses[i].mac != NULL)
			*good = vd_mac_parse(value, addresses[i].mac) == 0;
		else
			*good = vd_addr_parse(value, addresses[i].addr) == 0 &&
					vd_addr_is_v4(addresses[i].addr) != p->v6;
		return true;
	}
	return false;
}

static int
take(struct bench_params *p, char *word, struct vd_strbuf *why)
{
	char *value = strchr(word, '=');
	bool good = true;

	if (value == NULL) {
		vd_strbuf_printf(why, "%s: expected key=value", word);
		return -EINVAL;
	}
	*value++ = '\0';
	if (strcmp(word, "report") == 0) {
		good = strlen(value) < sizeof(p->report);
		if (good)
			strcpy(p->report, value);
	} else if (!take_choice(p, word, value, &good) && !take_number(p, word, value, &good) &&
			!take_address(p, word, value, &good)) {
		vd_strbuf_printf(why, "%s: unknown word", word);
		return -EINVAL;
	}
	if (good)
		return 0;
	vd_strbuf_printf(why, "%s=%s: not a value that it can have", word, value);
	return -EINVAL;
}

/* A flow's number is spread over 32 bits: those of the address, the rest is the port's. */
static int
check(const struct bench_params *p, struct vd_strbuf *why)
{
	unsigned int bits = (p->v6 ? 128u : 32u) - p->clients.len;

	if (bits < 17 || bits > 24)
		vd_strbuf_puts(why, "clients: the prefix leaves 17 to 24 bits for their addresses");
	else if (p->servers > BENCH_SERVERS_MAX && p->method != BENCH_METHOD_DR)
		vd_strbuf_printf(why, "servers: more than %d with method dr only",
				BENCH_SERVERS_MAX);
	else if (p->vport + p->vports > 65536)
		vd_strbuf_puts(why, "vports: there are not so many ports");
	else
		return 0;
	return -EINVAL;
}

int
bench_params_parse(const char *text, struct bench_params *out, struct vd_strbuf *why)
{
	char *copy = vd_xstrdup(text), *save = NULL;
	int err = 0;

	bench_params_default(out, strstr(text, "family=ipv6") != NULL);
	for (char *w = strtok_r(copy, " \t\n", &save); w != NULL && err == 0;
			w = strtok_r(NULL, " \t\n", &save))
		err = take(out, w, why);
	free(copy);
	return err != 0 ? err : check(out, why);
}

/* ---- writing ---- */

static void
put_addr(struct vd_strbuf *out, const char *key, const struct vd_addr *a)
{
	char text[VD_ADDR_STR];

	vd_strbuf_printf(out, " %s=%s", key, vd_addr_format(a, text, sizeof(text)));
}

static void
put_mac(struct vd_strbuf *out, const char *key, const struct vd_mac *m)
{
	char text[VD_MAC_STR];

	vd_strbuf_printf(out, " %s=%s", key, vd_mac_format(m, text, sizeof(text)));
}

void
bench_params_format(const struct bench_params *p, struct vd_strbuf *out)
{
	char text[VD_PREFIX_STR];

	vd_strbuf_printf(out, "method=%s mode=%s family=%s protocol=%s size=%s",
			bench_method_names[p->method], mode_names[p->mode], family_names[p->v6],
			protocol_names[p->udp], size_names[p->imix]);
	vd_strbuf_printf(out, " flows=%u burst=%u seed=%" PRIu64 " servers=%u locals=%u", p->flows,
			p->burst, p->seed, p->servers, p->locals);
	vd_strbuf_printf(out, " patience=%u ring=%u", p->patience, p->ring);
	vd_strbuf_printf(out, " vips=%u vports=%u", p->vips, p->vports);
	vd_strbuf_printf(out, " vport=%u sport=%u clients=%s", p->vport, p->sport,
			vd_prefix_format(&p->clients, text, sizeof(text)));
	put_addr(out, "vip", &p->vip);
	put_addr(out, "server", &p->server);
	put_addr(out, "local", &p->local);
	put_mac(out, "mac", &p->mac);
	put_mac(out, "gateway_mac", &p->gateway_mac);
	put_mac(out, "server_mac", &p->server_mac);
	if (p->rate != 0)
		vd_strbuf_printf(out, " rate=%u", p->rate);
	if (p->any)
		vd_strbuf_puts(out, " spread=any");
	if (p->report[0] != '\0')
		vd_strbuf_printf(out, " report=%s", p->report);
}
