/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VD_CLI_COMMANDS_H
#define VD_CLI_COMMANDS_H

/*
 * Every command of the console, declared once. The parser, completion, `?`, `help`, vipctl, docs/commands.md and the
 * manual page are made from this table; lib/console has one handler per id.
 *
 * Syntax: plain words are typed as they stand; <KIND> is a value (VD_CLI_KINDS below); a|b is one of both; [..] may be
 * left out; [..]... may be repeated. Two kinds stand for more than one word: <VS> and <FILTERS>. A command with
 * VD_CLI_JSON takes a trailing `json`.
 */

/* clang-format off */

/* Sections: id, name, title. */
#define VD_CLI_SECTIONS(X) \
	X(STATUS,      "status",      "State of this director") \
	X(PORTS,       "ports",       "Ports, lcores and neighbours") \
	X(SERVICES,    "services",    "Virtual servers and real servers") \
	X(CONNECTIONS, "connections", "Connections") \
	X(CONTROL,     "control",     "Control of vipd and of this console")

/* Values of one word: id, name in a syntax line, what is expected there. */
#define VD_CLI_KINDS(X) \
	X(SERVICE,     "VS",         "a virtual server, [tcp:|udp:]ADDR:PORT") \
	X(FWMARK,      "N",          "a firewall mark from 1 to 4294967295") \
	X(GROUP,       "NAME",       "the name of a virtual server group") \
	X(RS,          "RS",         "a real server, ADDR:PORT") \
	X(INSTANCE,    "NAME",       "the name of a VRRP instance") \
	X(PORT,        "NAME",       "the name of a port") \
	X(FILE,        "FILE",       "the name of a file") \
	X(SOURCE,      "SRC:PORT",   "the client's address and port, ADDR:PORT") \
	X(DESTINATION, "DST:PORT",   "the address and port it connects to, ADDR:PORT") \
	X(CLIENT,      "ADDR[/LEN]", "a client's address or prefix, ADDR or ADDR/LEN") \
	X(STATE,       "STATE",      "a state of a connection") \
	X(WORKER,      "N",          "the number of a worker from 0 to 1023") \
	X(LIMIT,       "N",          "a number of connections from 1 to 4294967295") \
	X(LINES,       "N",          "a number of lines from 1 to 100000") \
	X(WEIGHT,      "N",          "a weight from 0 to 65535") \
	X(PRIORITY,    "N",          "a priority from 1 to 255") \
	X(TOPIC,       "SECTION",    "a section, or the first words of a command")

#define VD_CLI_COMMANDS(X) \
	X(SHOW_STATUS, "show status", STATUS, VD_CLI_JSON, \
	  "one screen: state, ports, instances, services, rates, warnings", \
	  "What to look at first. Warnings name whatever needs attention now: a full table or ring, a stalled " \
	  "lcore, a port without link, a service without servers.") \
	X(SHOW_VERSION, "show version", STATUS, VD_CLI_JSON, \
	  "versions of vipd and of the DPDK it runs on", NULL) \
	X(SHOW_VRRP, "show vrrp [<INSTANCE>]", STATUS, VD_CLI_JSON, \
	  "VRRP instances: state, priorities, VIPs, master, since when and why", \
	  "With a name, that instance in full: its timers, addresses, tracked things and counters.") \
	X(SHOW_VRRP_STATS, "show vrrp stats", STATUS, VD_CLI_JSON, \
	  "VRRP counters: adverts, transitions, errors by name", NULL) \
	X(SHOW_DROP, "show drop", STATUS, VD_CLI_JSON, \
	  "discarded packets, counted by reason", \
	  "Every discarded packet has exactly one reason. The table leaves out reasons that never occurred; the " \
	  "JSON object has them all.") \
	X(SHOW_LOG, "show log [<LINES>]", STATUS, VD_CLI_JSON, \
	  "the last N events, oldest first (20 unless told)", NULL) \
	X(SHOW_CONFIG, "show config", STATUS, VD_CLI_JSON, \
	  "the running configuration in keepalived.conf syntax, or as JSON", \
	  "The services that vipd runs now, as `--dump-config` prints them. What an operator set at run " \
	  "time (weights, drained servers) is not part of it.") \
	X(SHOW_PORT, "show port [<PORT>]", PORTS, VD_CLI_JSON, \
	  "ports: link, addresses, packet and byte counters", NULL) \
	X(SHOW_LCORE, "show lcore", PORTS, VD_CLI_JSON, \
	  "lcores: role, CPU, load, loop times", \
	  "Load is the share of the last second in which the lcore found work. The loop times are of one turn, sleep " \
	  "left out, since start or clear stats: half of the turns took at most p50, 99 of 100 at most p99, 999 of 1,000 " \
	  "at most p99.9 (each up to a quarter too high); a beat is older than a turn only when the lcore stalls.") \
	X(SHOW_GRAPH, "show graph", PORTS, VD_CLI_JSON, \
	  "graph nodes: calls, packets, cost of a packet", \
	  "One turn in 64 is measured: ns/packet is what a packet costs in the node, over those turns since the start or " \
	  "`clear stats`.") \
	X(SHOW_NEIGHBOR, "show neighbor", PORTS, VD_CLI_JSON, \
	  "next hops and their MAC addresses", NULL) \
	X(SHOW_VIRTUAL_SERVER, "show virtual-server [<VS>] [stats|rate]", SERVICES, VD_CLI_JSON, \
	  "services and their real servers, as ipvsadm -Ln", \
	  "Without a word at the end: forwarding, weight, active and inactive connections. stats: connections, " \
	  "packets and bytes since the start or `clear stats`. rate: the same per second. A VS without tcp: or " \
	  "udp: means both.") \
	X(SHOW_HEALTH, "show health", SERVICES, VD_CLI_JSON, \
	  "each check: last result, code, time, error, next run", \
	  "Code is what the last answer had: an HTTP status, an SMTP reply, a DNS RCODE, an exit status. Failed counts " \
	  "failed attempts of all. A check that is up may have a last error: its retries are not used up yet.") \
	X(SHOW_SCRIPT, "show script", SERVICES, VD_CLI_JSON, \
	  "tracked scripts, files and processes: last result, next run", \
	  "What VRRP instances and sync groups track, and who tracks it. Value is what a file says, or how many processes " \
	  "were found.") \
	X(EXPLAIN, "explain tcp|udp <SOURCE> <DESTINATION>", SERVICES, VD_CLI_JSON, \
	  "which service and server a flow would get, and why", \
	  "Answers for a first packet from SRC to DST without sending one and without changing any counter: the " \
	  "steps of the decision, and its end (forward, drop or punt).") \
	X(SET_REAL_SERVER, "set real-server <VS> <RS> weight <WEIGHT>|default", SERVICES, 0, \
	  "change a real server's weight at run time", \
	  "Weight 0 takes no new connections. What is set here wins over checks and survives a reload, until " \
	  "`weight default` or a restart.") \
	X(DRAIN_REAL_SERVER, "drain real-server <VS> <RS>", SERVICES, 0, \
	  "no new connections to a real server; live ones go on", \
	  "Undone by `enable`. Survives a reload, not a restart.") \
	X(ENABLE_REAL_SERVER, "enable real-server <VS> <RS>", SERVICES, 0, \
	  "undo drain or disable of a real server", NULL) \
	X(DISABLE_REAL_SERVER, "disable real-server <VS> <RS>", SERVICES, 0, \
	  "take a real server out: its live connections are reset", \
	  "As when its check fails. Undone by `enable`. Survives a reload, not a restart.") \
	X(SHOW_CONNECTION, "show connection <FILTERS>", CONNECTIONS, VD_CLI_JSON, \
	  "live connections: both directions, state, age, timeout", \
	  "FILTER is any of: vs VS, rs RS, client ADDR[/LEN], state STATE, worker N; several must all match. At " \
	  "most 1000 are shown unless a limit is given.") \
	X(SHOW_CONNECTION_COUNT, "show connection count", CONNECTIONS, VD_CLI_JSON, \
	  "how many connections, by worker and by state", NULL) \
	X(SET_VRRP, "set vrrp <INSTANCE> priority <PRIORITY>|default", CONTROL, 0, \
	  "change the priority of a VRRP instance at run time", \
	  "It is what the next advert says, before weights of tracked things. It survives a reload, until `default` or a " \
	  "restart.") \
	X(FAILOVER_VRRP, "failover vrrp <INSTANCE>", CONTROL, 0, \
	  "hand an instance over to its peer, now", \
	  "Resigns with priority 0, for its whole sync group, and waits until another router is MASTER. That one keeps " \
	  "the VIPs, as with nopreempt, until it is gone, its priority falls, or it hands them back. If nobody takes over, this node is MASTER " \
	  "again and the command fails.") \
	X(MAINTENANCE, "maintenance on|off", CONTROL, 0, \
	  "on: never MASTER, no VIP claimed; off: back to normal", \
	  "Every instance resigns with priority 0. Services on addresses that no instance holds go on.") \
	X(START, "start", CONTROL, 0, \
	  "serve again after stop", NULL) \
	X(STOP, "stop", CONTROL, 0, \
	  "stop serving: packets for VIPs are dropped as `stopped`", \
	  "Traffic of the host itself goes on through the kernel taps. `start` serves again.") \
	X(CLEAR_STATS, "clear stats", CONTROL, 0, \
	  "set the counters that `show` prints to zero", NULL) \
	X(RELOAD, "reload [<FILE>]", CONTROL, 0, \
	  "read the configuration again and apply what changed", \
	  "With FILE, that file from now on. Connections of services that did not change go on. A file with an " \
	  "error changes nothing: every problem is printed with its place.") \
	X(QUIT, "quit", CONTROL, 0, \
	  "stop vipd", \
	  "In vipctl's console, as end of input, it leaves the console only: vipd goes on. `vipctl quit` stops vipd.") \
	X(HELP, "help [<TOPIC>]...", CONTROL, 0, \
	  "the commands, one section of them, or one in full", \
	  "`?` in a line tells what may follow there; TAB completes. Words may be cut short as long as they stay " \
	  "unambiguous.")

/* clang-format on */

#endif
