/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For LD_PRELOAD: a kernel without IPVS that says yes to everything. With it keepalived's health checks run where there is
 * no ip_vs module: what they do, log, write to the FIFO and mail can be compared; packets are forwarded by nobody.
 * cc -shared -fPIC -o fake_ipvs.so fake_ipvs.c
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* IP_VS_BASE_CTL and the options above it, of linux/ip_vs.h. */
#define FIRST   (64 + 1024 + 64)
#define LAST    (FIRST + 16)
#define INFO    (FIRST + 1)
#define VERSION 0x010201

static int
is_ipvs(int level, int name)
{
	return level == IPPROTO_IP && name >= FIRST && name < LAST;
}

int
getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	static int (*real)(int, int, int, void *, socklen_t *);
	unsigned int version = VERSION;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "getsockopt");
	if (!is_ipvs(level, name))
		return real(fd, level, name, value, len);
	memset(value, 0, *len);
	if (name == INFO && *len >= sizeof(version))
		memcpy(value, &version, sizeof(version));
	return 0;
}

int
setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	static int (*real)(int, int, int, const void *, socklen_t);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "setsockopt");
	return is_ipvs(level, name) ? 0 : real(fd, level, name, value, len);
}
