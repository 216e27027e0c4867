/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROBE_PRIV_H
#define PROBE_PRIV_H

#include <pthread.h>
#include <sys/socket.h>

#include "vd_check.h"
#include "vd_check_udp.h"
#include "vd_hash.h"
#include "vd_health_rule.h"
#include "vd_io_child.h"
#include "vd_io_loop.h"
#include "vd_probe.h"
#include "vd_strbuf.h"
#include "vd_vec.h"

#define PROBE_KINDS  4
#define PROBE_BUFFER 65536 /* the largest datagram */

struct probe_thing;
struct vd_check_page;
struct vd_curl;

/* ---- definitions: what a thing is; never changed after it was made ---- */

/* Where a check goes, and from where. */
struct probe_net {
	struct vd_endpoint to;
	struct vd_addr bindto; /* unset: any */
	uint16_t bind_port;    /* 0: any */
	char *bind_if;         /* or NULL */
	char text[VD_ENDPOINT_STR];
};

struct probe_url {
	char *path, *host, *sni; /* host: of the header; sni: NULL for none */
	struct vd_check_page *page;
	bool raw; /* a digest counts the bytes as they come, chunks' lengths included */
};

struct probe_def_http {
	VD_VEC(struct probe_url) urls;
	int protocol; /* of the model */
	bool tls, fast_recovery, tls_compliant;
	char *ca, *certificate, *key, *password;
};

struct probe_def_smtp {
	VD_VEC(struct probe_net) hosts;
	char *helo;
};

struct probe_def_dns {
	char *name;
	uint16_t type;
};

struct probe_def_udp {
	struct vd_check_bytes payload, want;
	bool require_reply;
	size_t min, max;
};

struct probe_def_program {
	char **words;
	bool dynamic;
	struct probe_def_user {
		bool has;
		uid_t uid;
		gid_t gid;
	} user;
};

struct probe_def_file {
	char *path;
	bool init, overwrite;
	int64_t init_value;
	/* FILE_CHECK */
	int64_t weight;
	bool reverse, dynamic;
	int64_t base; /* weight of the server, which a dynamic one adds to */
};

struct probe_def_process {
	char *name, *params; /* params: each with its NUL */
	size_t params_len;
	bool by_command; /* by the command line's first word, not by the process's name */
	bool match_params;
	int param_match; /* of the model */
	uint64_t quorum, quorum_max;
	vd_time fork_delay, terminate_delay;
};

struct probe_type;

struct probe_def {
	const struct probe_type *type;
	enum vd_probe_kind kind;
	uint32_t slot, serial;
	char *name, *vs, *rs;
	char *broken; /* why it can never succeed; NULL: it can */
	struct vd_health_rule rule;
	struct vd_health_script_rule script;
	vd_time timeout;
	bool log_all; /* log_all_failures */
	struct probe_net net;
	union {
		struct probe_def_http http;
		struct probe_def_smtp smtp;
		struct probe_def_dns dns;
		struct probe_def_udp udp;
		struct probe_def_program program;
		struct probe_def_file file;
		struct probe_def_process process;
	};
};

struct vd_probe_config {
	VD_VEC(struct probe_def *) defs[PROBE_KINDS];
};

struct probe_def *probe_def_new(struct vd_probe_config *c, enum vd_probe_kind kind, uint32_t slot,
		uint32_t serial, const struct probe_type *type, const char *name);
void probe_def_free(struct probe_def *d);
void probe_def_user_set(struct probe_def_user *u, const struct vd_probe_user *user);
void probe_def_file_set(struct probe_def *d, const struct vd_model_track_file *file);
char *probe_strdup(const char *s); /* NULL for NULL */

/* ---- things ---- */

enum probe_result {
	PROBE_GOOD,
	PROBE_BAD,
	PROBE_TIMEOUT, /* bad, too */
	PROBE_NOT_RUN, /* for a reason of ours, which says nothing about what is checked */
};

struct probe_type {
	const char *name; /* in views */
	/* An attempt begins; it ends by probe_end(), at once or later. NULL: no attempts, the next two instead. */
	void (*begin)(struct probe_thing *t);
	/* Takes back what an attempt holds. */
	void (*cancel)(struct probe_thing *t);
	/* At the deadline, before cancel: what it waited for. GOOD: that nothing came is fine. */
	enum probe_result (*late)(struct probe_thing *t, const char **what);
	void (*watch)(struct probe_thing *t);
	void (*unwatch)(struct probe_thing *t);
};

/* What views tell: written by the probe thread under the lock. */
struct probe_pub {
	bool up, checked, running, suspended;
	char last_error[256];
	long last_code;
	int64_t value;
	vd_time last_duration, last_run, next_run;
	uint64_t runs, failures, timeouts, changes, skipped;
};

struct probe_thing {
	struct vd_probe *p;
	struct probe_def *def;
	struct probe_pub pub;
	union {
		struct vd_health_check check;
		struct vd_health_script script;
	};
	struct vd_io_timer due, deadline;
	vd_time began;
	size_t step; /* of several urls or hosts */
	size_t row;  /* urls that were good one after another */
	bool running, suspended;
	bool confirm; /* a verdict is asked for whatever comes out */
	bool again;   /* and of an attempt after the one that runs */
	bool offered; /* in the list of verdicts that wait */
	bool refused; /* the hook had no room for it */
	/* an attempt's */
	struct vd_io_fd fd;
	void (*connected)(struct probe_thing *t);
	void *more;
	struct probe_program *program; /* runs, of this attempt or still of one before */
	uint16_t seq;                  /* of a ping, id of a DNS query */
	uint64_t cookie;
	/* what is watched */
	struct probe_file *file;
	uint64_t count, last_count;
};

/* ---- the things of one configuration ---- */

struct probe_set {
	struct probe_thing **v;
	size_t n;
	uint32_t *index; /* open addressing: place in v + 1 */
	uint32_t mask;
};

struct probe_set *probe_set_new(size_t n);
void probe_set_free(struct probe_set *s); /* not the things; NULL is fine */
void probe_set_add(struct probe_set *s, struct probe_thing *t);
struct probe_thing *
probe_set_find(const struct probe_set *s, enum vd_probe_kind kind, uint32_t slot);

/* ---- the thread ---- */

struct probe_ping;

struct probe_files {
	struct probe_file *heads[1024]; /* by path */
	VD_VEC(struct probe_dir *) dirs;
	size_t n;
	int fd; /* of inotify; -1: none */
	struct vd_io_fd watch;
	struct vd_io_timer poll;
};

struct vd_probe {
	struct vd_probe_hooks hooks;
	struct vd_io_loop *loop;
	pthread_t thread;
	struct vd_rng rng;
	struct vd_curl *curl; /* NULL until the first HTTP check */
	bool configured;      /* once at least */
	struct probe_ping *ping[2];
	struct probe_files files;
	struct probe_program *programs;
	VD_VEC(struct probe_thing *) processes;
	struct vd_io_timer scan;
	VD_VEC(struct probe_thing *) offers;
	struct vd_io_task offer_task, request_task;
	struct vd_io_timer offer_timer;
	struct vd_strbuf why;
	uint8_t buffer[PROBE_BUFFER];
	pthread_mutex_t lock; /* of what follows, and of every pub */
	struct probe_set *set;
	struct vd_probe_stats stats;
};

/* ---- attempts ---- */

/* The thing begins its life: its first attempt is planned, or it is watched. */
void probe_thing_begin(struct probe_thing *t);
/* Ends it; nothing of it is left. */
void probe_thing_free(struct probe_thing *t);
void probe_thing_hurry(struct probe_thing *t);
void probe_thing_suspend(struct probe_thing *t, bool on);
/*
 * The attempt of t is over, after its type let go of everything. code: -1 for none; weight: asked for, or -1; why: a
 * sentence unless GOOD, which may be p->why.
 */
void
probe_end(struct probe_thing *t, enum probe_result r, long code, int64_t weight, const char *why);
/* The same with a sentence "WHAT: strerror(err)"; NOT_RUN if err says that we are short of something. */
void probe_end_errno(struct probe_thing *t, const char *what, int err);
/* NOT_RUN whatever err says: nothing was sent. */
void probe_end_local(struct probe_thing *t, const char *what, int err);

/* What is watched: a new state. value: as in verdicts and views. */
void probe_state(struct probe_thing *t, bool up, int64_t value, const char *why);

/* ---- verdicts ---- */

void probe_offer(struct probe_thing *t);
/* Things whose verdict waits no more: they are gone. */
void probe_offer_forget(struct probe_thing *t);
/* On a wake-up: takes the requests, after what main asked for before. */
void probe_requests(void *p);

/* ---- sockets ---- */

socklen_t probe_sockaddr(const struct vd_addr *a, uint16_t port, struct sockaddr_storage *out);
/* Bound as net says, RST at its end if it is TCP. -errno with what it was in *what. */
int probe_socket(const struct probe_net *net, int type, struct vd_strbuf *what);
/* Connected to itself, as loopback allows. */
bool probe_is_self(int fd, const struct probe_net *net);
void probe_close(struct probe_thing *t);

void probe_tcp_open(struct probe_thing *t, const struct probe_net *net,
		void (*connected)(struct probe_thing *t));

/* ---- types ---- */

extern const struct probe_type probe_type_tcp, probe_type_http, probe_type_ssl, probe_type_smtp,
		probe_type_dns, probe_type_udp, probe_type_ping, probe_type_misc,
		probe_type_file_check, probe_type_bfd, probe_type_script, probe_type_file,
		probe_type_process;

void probe_ping_destroy(struct vd_probe *p);
void probe_files_destroy(struct vd_probe *p);
void probe_process_things(struct vd_probe *p);
/* Ends every program: SIGTERM, then SIGKILL; returns when they are gone, or seem not to be able to. */
void probe_programs_end(struct vd_probe *p);
/* The thing is gone: its program ends on its own. */
void probe_program_leave(struct probe_thing *t);

/* ---- folders of files ---- */

struct probe_dir {
	char *path;
	int wd; /* -1: not watched */
	size_t refs;
};

struct probe_dir *probe_dir_take(struct probe_files *f, const char *path, size_t len);
void probe_dir_drop(struct probe_files *f, struct probe_dir *d);
/* Watches it if it is not watched. */
void probe_dir_watch(struct probe_files *f, struct probe_dir *d);

#endif
