#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Many configurations of health checks, each with one word or value of interest: what keepalived says of it and what vipd says.

  check_configs.py list                           their names
  check_configs.py show NAME                      one of them
  check_configs.py compare VIPD DATAPLANE NETNS   `keepalived -t` (in that namespace, which has an eth0) and `vipd -t` of each
      JSON, one object per configuration: the words are "clean", "complains", "refuses", or how keepalived crashed
  check_configs.py values TOOL SHIM NETNS FILE... what keepalived makes of each file (it must be one that it runs on), and what
      vipd does (build/tests/tools/check-values): the lines that differ
  check_configs.py samples TOOL FOLDER EXPECTED   keepalived's samples against what is written in tests/configs/samples.values
  check_configs.py judge COMPARED                 of what compare printed: the differences that are not meant
  check_configs.py bundle COMPARED OUT            all that neither refuses, as services of one file
"""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

TIMES = ["3", "0.5", "0.000001", "0", "-1", "abc", "", "1e3", "100000", "3s", "1.2.3", "4294", "4295", "+3", ".5", "5."]
COUNTS = ["3", "0", "-1", "x", "", "2147483647", "3.5", "0x10", "010", "1 2", "99999999999999999999"]
PORTS = ["80", "1", "0", "65535", "65536", "-1", "http", ""]
ADDRESSES = ["10.0.0.9", "10.0.0.999", "2001:db8::9", "host.example", "", "10.0.0.9/24", "10.0.0.9 8080", "0.0.0.0"]
BOOLS = ["", "on", "off", "true", "false", "yes", "no", "maybe", "1"]
SCRIPT = "/bin/true"

# The words of most checks.
CONNECT = {"connect_ip": ADDRESSES, "connect_port": PORTS, "bindto": ADDRESSES, "bind_port": PORTS,
           "bind_if": ["eth0", "eth9", ""], "fwmark": ["3", "0", "-1", "x", "4294967295", "4294967296"],
           "connect_timeout": TIMES}
COMMON = {"alpha": BOOLS, "retry": COUNTS, "nb_get_retry": ["3", "x"], "nb_sock_retry": ["3"], "delay_before_retry": TIMES,
          "warmup": TIMES, "delay_loop": TIMES, "log_all_failures": BOOLS, "bogus": ["3"]}
# The words of a url.
URL = {"path": ["/", "/a?b=c", "", "nothing", '"/a b"'],
       "digest": ["640205b7b0fc66c1ea91c463fac6334d", "640205B7B0FC66C1EA91C463FAC6334D", "640205b7", "x" * 32, "6" * 40, ""],
       "status_code": ["200", "99", "100", "599", "600", "999", "1000", "200-299", "299-200", "abc", "200 404 500-503", "",
                       "200-", "-200", "200 x", "200,404"],
       "virtualhost": ["a.lab", "", "[2001:db8::1]"],
       "regex": ["a.*b", "a(b", "", '"a b"', "[", "*"],
       "regex_no_match": ["", "x"], "regex_options": ["caseless", "caseless multiline", "nonsense", ""],
       "regex_stack": ["100 200", "100", "x y"], "regex_min_offset": ["3", "-1", "x"], "regex_max_offset": ["3", "0", "-1"],
       "bogus": [""]}
PLAIN_URL = "url {\n path /\n}"
HTTP = {"http_protocol": ["1.0", "1.0C", "1.0c", "1.1", "2.0", ""], "virtualhost": ["a.lab", ""], "fast_recovery": BOOLS}
CHECKS = {
    "TCP_CHECK": ("", {**CONNECT, **COMMON}),
    "HTTP_GET": (PLAIN_URL, {**HTTP, "enable_sni": [""], **CONNECT, **COMMON}),
    "SSL_GET": (PLAIN_URL, {**HTTP, "enable_sni": BOOLS, "sni_name": ["a.lab", ""], "tls_compliant": BOOLS,
                            "connect_port": ["443"], "retry": ["3"]}),
    "SMTP_CHECK": ("", {"helo_name": ["a.lab", "", '"a b"'], "host": [
        "{\n}", "{\n connect_ip 10.0.0.9\n}", "{\n connect_ip 10.0.0.9\n connect_port 26\n bindto 10.0.0.8\n}",
        "{\n connect_ip 10.0.0.999\n}", "{\n connect_port 0\n}", "{\n bogus\n}", "{\n connect_ip 2001:db8::1\n}",
        "{\n connect_timeout 3\n}", "{\n bind_if eth9\n}"], "connect_port": ["25"], "retry": ["3", "x"],
        "connect_timeout": ["3", "x"]}),
    "DNS_CHECK": ("", {"type": ["A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "a", "ANY", "PTR", "1", ""],
                       "name": [".", "a.b", "a.b.", "a..b", "", "x" * 63 + ".lab", "x" * 64 + ".lab", ".".join(["x" * 50] * 6)],
                       "connect_port": ["53"], "retry": ["3", "0"], "delay_before_retry": ["3"]}),
    "UDP_CHECK": ("", {"payload": ["0a0b", "0A 0B", "0a0", "xyz", "", "0x0a"],
                       "require_reply": ["", "0a0b", "0aXX", "0a??", "zz", "0a 0b"],
                       "min_reply_length": ["0", "3", "65535", "65536", "-1", "x"],
                       "max_reply_length": ["0", "3", "65535", "65536", "-1", "x"], "retry": ["3"]}),
    "PING_CHECK": ("", {"connect_ip": ["10.0.0.9"], "connect_port": ["80"], "retry": ["3", "x"], "connect_timeout": ["3"]}),
    "MISC_CHECK": (f"misc_path {SCRIPT}", {"misc_timeout": TIMES, "misc_dynamic": ["", "x"],
                                           "user": ["root", "nobody", "nobody nogroup", "nosuchuser", "root nosuchgroup", ""],
                                           "retry": ["3", "0", "x"], "connect_timeout": ["3"], "delay_loop": ["3"]}),
    "FILE_CHECK": ("track_file tf", {"weight": ["3", "-3", "0", "x", "3 reverse", "300", ""], "dynamic": [""], "bogus": [""]}),
}
# Whole bodies of a check.
BODIES = {
    "HTTP_GET": {"empty": "", "two urls": PLAIN_URL + "\n" + PLAIN_URL, "url without path": "url {\n}",
                 "url without a body": "url", "digest only": "url {\n digest 640205b7b0fc66c1ea91c463fac6334d\n}"},
    "SSL_GET": {"empty": ""},
    "MISC_CHECK": {"empty": "", "arguments": f'misc_path "{SCRIPT} a b"', "no such program": "misc_path /no/such/program",
                   "a folder": "misc_path /usr", "no program": "misc_path /etc/passwd", "from PATH": "misc_path true",
                   "no value": "misc_path", "two words": f"misc_path {SCRIPT} a", "list": f"misc_path {{\n {SCRIPT}\n a\n}}"},
    "FILE_CHECK": {"empty": "", "unknown file": "track_file nosuch"},
    "BFD_CHECK": {"empty": "", "unknown": "name nosuch"},
    "FOO_CHECK": {"empty": ""},
}
SERVER = {"weight": ["3", "0", "-1", "x", "65535", "65536", "2147483647", "2147483648", ""], "inhibit_on_failure": BOOLS,
          "notify_up": [SCRIPT, f'"{SCRIPT} a"', "/no/such/program", "", f"{SCRIPT} nobody", f"{SCRIPT} nosuchuser"],
          "notify_down": [SCRIPT], "alpha": BOOLS, "delay_loop": ["3", "x"], "connect_timeout": ["3", "x"],
          "retry": ["3", "x"], "delay_before_retry": ["3", "x"], "warmup": ["3", "0", "x"], "smtp_alert": BOOLS,
          "virtualhost": ["a.lab"], "log_all_failures": ["", "x"], "bogus": [""]}
SERVICE = {"quorum": ["1", "2", "0", "-1", "x", "5", ""], "hysteresis": ["0", "1", "-1", "x", ""],
           "quorum_up": [SCRIPT, f'"{SCRIPT} a"', "/no/such/program", ""], "quorum_down": [SCRIPT], "omega": ["", "on", "x"],
           "alpha": BOOLS, "delay_loop": TIMES, "connect_timeout": TIMES, "retry": COUNTS, "delay_before_retry": TIMES,
           "warmup": TIMES, "inhibit_on_failure": BOOLS, "virtualhost": ["a.lab", ""], "smtp_alert": BOOLS,
           "ha_suspend": ["", "on"], "log_all_failures": BOOLS,
           "sorry_server": ["10.0.0.7 80", "10.0.0.7", "10.0.0.999 80", "2001:db8::7 80", "10.0.0.7 0", "10.0.0.7 65536", ""],
           "sorry_server_inhibit": ["", "x"], "sorry_server_lvs_method": ["NAT", "DR", "FOO", ""], "bogus": [""]}
GLOBALS = {"smtp_server": ["192.0.2.1", "192.0.2.1 2525", "192.0.2.1 0", "192.0.2.1 x", "localhost", "no.such.host.example", ""],
           "smtp_connect_timeout": ["3", "0.5", "0", "x", ""], "smtp_helo_name": ["a.lab", ""],
           "notification_email": ["{\n a@b.lab\n}", "{\n}", "a@b.lab"], "notification_email_from": ["a@b.lab", ""],
           "smtp_alert": BOOLS, "smtp_alert_checker": BOOLS, "no_checker_emails": [""], "no_email_faults": [""],
           "checker_log_all_failures": BOOLS, "rs_init_notifies": ["", "x"],
           "lvs_notify_fifo": ["/tmp/no-such-fifo", "", "/tmp/no-such-fifo root"],
           "lvs_notify_fifo_script": [SCRIPT, "/no/such/program"],
           "enable_script_security": [""], "script_user": ["root", "nobody", "nosuchuser", "nobody nogroup", ""],
           "lvs_flush": [""], "lvs_flush_on_stop": ["", "VS", "x"]}
TRACKED = {"vrrp_script s": ("script /bin/true", {
               "interval": TIMES, "timeout": TIMES, "weight": ["3", "-20", "0", "253", "254", "-254", "x", "", "3 reverse"],
               "rise": COUNTS, "fall": COUNTS, "init_fail": ["", "x"], "user": ["nobody", "nosuchuser", ""],
               "script": ["/no/such/program", "", '"/bin/true a"'], "bogus": [""]}),
           "track_file t": ("file /tmp/no-such-track-file", {
               "weight": ["3", "-20", "0", "254", "x", "", "2147483647", "2147483648", "3 reverse"],
               "init_file": ["", "3", "x", "3 overwrite"], "bogus": [""]}),
           "vrrp_track_process p": ("process nginx", {
               "weight": ["3", "-20", "0", "254", "255", "x"], "quorum": ["1", "0", "65535", "65536", "x"],
               "quorum_max": ["1", "0", "x"], "delay": ["3", "0", "3601", "x"], "fork_delay": ["0.5"], "terminate_delay": ["0.5"],
               "full_command": [""], "param_match": ["initial", "partial", "x", ""], "bogus": [""]})}


def indent(text, n=2):
    return "".join(" " * n + line + "\n" for line in text.splitlines())


def service(check=None, body="", server="", more="", head="10.0.0.1 80", real="10.0.0.5 80"):
    block = f"{check} {{\n{indent(body)}}}\n" if check else ""
    files = "track_file tf {\n  file /tmp/no-such-track-file\n}\n" if check == "FILE_CHECK" else ""
    loop = "" if more.startswith("delay_loop") else "  delay_loop 6\n"
    weight = "" if server.startswith("weight") else "    weight 1\n"
    return (f"{files}virtual_server {head} {{\n{loop}  lb_algo rr\n  lb_kind NAT\n  protocol TCP\n{indent(more)}"
            f"  real_server {real} {{\n{weight}{indent(server, 4)}{indent(block, 4)}  }}\n}}\n")


def line(word, value):
    return f"{word} {value}".rstrip()


def all_configs():
    """(name, text) of each."""
    out = {}

    def add(name, text):
        assert name not in out, name
        out[name] = text

    safe = "global_defs {\n  enable_script_security\n  script_user root\n}\n"
    for check, (base, words) in CHECKS.items():
        add(f"{check}: plain", safe + service(check, base))
        for word, values in words.items():
            for value in values:
                add(f"{check}: {word} {value}".replace("\n", " "), safe + service(check, base + "\n" + line(word, value)))
    for word, values in URL.items():
        for value in values:
            path = "" if word == "path" else "path /\n"
            add(f"url: {word} {value}", service("HTTP_GET", f"url {{\n {path}{line(word, value)}\n}}"))
    add("url: regex a and digest", service("HTTP_GET", "url {\n path /\n regex a\n digest 640205b7b0fc66c1ea91c463fac6334d\n}"))
    add("url: regex_max_offset below min", service("HTTP_GET", "url {\n path /\n regex a\n regex_min_offset 9\n regex_max_offset 3\n}"))
    for check, bodies in BODIES.items():
        for name, body in bodies.items():
            add(f"{check}: {name}", safe + service(check, body))
    for word, values in SERVER.items():
        for value in values:
            add(f"real_server: {word} {value}", safe + service("TCP_CHECK", server=line(word, value)))
    for word, values in SERVICE.items():
        for value in values:
            add(f"virtual_server: {word} {value}", safe + service("TCP_CHECK", more=line(word, value)))
    for word, values in GLOBALS.items():
        base = "" if word in ("enable_script_security", "script_user") else "  enable_script_security\n  script_user root\n"
        more = "  lvs_notify_fifo /tmp/no-such-fifo\n" if word == "lvs_notify_fifo_script" else ""
        for value in values:
            add(f"global_defs: {word} {value}".replace("\n", " "),
                f"global_defs {{\n{base}{more}{indent(line(word, value))}}}\n" + service("MISC_CHECK", f"misc_path {SCRIPT}"))
    for head, (base, words) in TRACKED.items():
        entry = {"vrrp_script s": "track_script", "track_file t": "track_file", "vrrp_track_process p": "track_process"}[head]
        tail = (f"vrrp_instance V {{\n  state BACKUP\n  interface eth0\n  virtual_router_id 5\n  priority 100\n  virtual_ipaddress {{\n"
                f"    192.168.200.16/24\n  }}\n  {entry} {{\n    {head.split()[1]}\n  }}\n}}\n")
        add(f"{head.split()[0]}: plain", f"{safe}{head} {{\n{indent(base)}}}\n{tail}")
        for word, values in words.items():
            for value in values:
                body = line(word, value) if word == "script" else base + "\n" + line(word, value)
                add(f"{head.split()[0]}: {word} {value}", f"{safe}{head} {{\n{indent(body)}}}\n{tail}")
    # What a check inherits, and from where.
    given = "retry 7\ndelay_before_retry 8\nconnect_timeout 9\nwarmup 2\nalpha\ndelay_loop 5\nvirtualhost vs.lab\ninhibit_on_failure"
    nearer = given.replace("7", "3").replace("8", "4").replace("9", "6").replace("5", "12").replace("vs.lab", "rs.lab")
    for check, (base, words) in CHECKS.items():
        own = "\n".join(w for w in nearer.splitlines() if w.split()[0] in {**COMMON, **CONNECT})
        own = own.replace("connect_timeout 6\n", "") if check == "MISC_CHECK" else own
        loop = safe + service(check, base, more="delay_loop 20")
        add(f"{check}: delay_loop of the service", loop)
        if check == "FILE_CHECK":
            continue
        add(f"{check}: from the service", safe + service(check, base, more="delay_loop 5\n" + given.replace("delay_loop 5\n", "")))
        add(f"{check}: from the server", safe + service(check, base, server=nearer, more="delay_loop 5\n" + given.replace("delay_loop 5\n", "")))
        add(f"{check}: its own", safe + service(check, base + "\n" + own, server=given))
    add("no check", service())
    add("two checks of one kind", service(server="TCP_CHECK {\n}\nTCP_CHECK {\n}"))
    add("checks of all kinds", service(server=f"TCP_CHECK {{\n}}\nHTTP_GET {{\n{PLAIN_URL}\n}}\nPING_CHECK {{\n}}\nDNS_CHECK {{\n}}"))
    add("IPv6", service("TCP_CHECK", head="2001:db8::1 80", real="2001:db8::5 80"))
    add("IPv6, bindto IPv4", service("TCP_CHECK", "bindto 10.0.0.1", head="2001:db8::1 80", real="2001:db8::5 80"))
    add("an unclosed check", service("TCP_CHECK").rsplit("}", 1)[0])
    add("words after a value", safe + service("TCP_CHECK", "connect_port 80 81"))
    add("a word twice", safe + service("TCP_CHECK", "connect_port 80\nconnect_port 81"))
    add("real_server: localhost", service("TCP_CHECK", real="127.0.0.1 80"))
    add("SSL block", "SSL {\n  certificate /no/such\n  key /no/such\n}\n" + service("SSL_GET", PLAIN_URL))
    return out


def run(command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


# What every file of ours has until a later version carries the words out.
NOT_YET = re.compile(r": warning: .*not in effect yet|: note: |^configuration (good|refused)")


def compare_one(args, folder, number, name, text):
    file = os.path.join(folder, f"{number}.conf")
    with open(file, "w") as out:
        out.write(text)
    k = run(["ip", "netns", "exec", args.netns, "keepalived", "-t", "-f", file])
    v = run([args.vipd, "-t", "-f", file, "-d", args.dataplane])
    said = [line.replace(file + ":", "") for line in v.stderr.splitlines() if not NOT_YET.search(line)]
    kept = [line.replace(file + ": ", "") for line in k.stderr.splitlines()]
    words = {0: "clean", 4: "refuses", 5: "complains", 6: "insecure"}
    ours = words.get(v.returncode, str(v.returncode))
    if v.returncode == 0 and said:
        ours = "complains"
    elif v.returncode == 5:
        ours = "refuses"
    return name, words.get(k.returncode, str(k.returncode)), ours, kept, said


def compare(args):
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(compare_one, args, folder, n, name, text) for n, (name, text) in enumerate(all_configs().items())]
        for job in jobs:
            name, kept, ours, k, v = job.result()
            print(json.dumps({"name": name, "keepalived": kept, "vipd": ours, "keepalived_said": k, "vipd_said": v}))


# ---- what the words come to ----

DNS_TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28}


def dump(args, file):
    """keepalived's own dump of what it read, as lines without the time."""
    env = {**os.environ, "LD_PRELOAD": os.path.abspath(args.shim)}
    with tempfile.TemporaryDirectory() as folder:
        k = subprocess.Popen(["ip", "netns", "exec", args.netns, "keepalived", "--check", "--dont-fork", "--log-console", "--no-syslog",
                              "--dump-conf", "--dont-respawn", "-f", file, "-p", folder + "/p", "-c", folder + "/c"], env=env,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
        lines = []
        for text in k.stdout:
            text = re.sub(r"^.*? \d{4}: ", "", text.rstrip("\n"))
            lines.append(text)
            if text.startswith("Activating BFD") or len(lines) > 1000000:
                break
        k.terminate()
        k.stdout.read()
        k.wait(20)
    return lines


def pairs(text):
    name, _, value = text.strip().partition(" = ")
    return name, value


def flag(value):
    return "1" if value in ("yes", "ON", "YES", "set") else "0"


def kept_values(lines):
    """{(service, server, n-th check): {word: value}} and {(service, server, None): ...}, {(service, None, None): ...}"""
    out, vs, rs, check, part, seen, vhosts, url = {}, None, None, None, "", {}, {}, None
    for text in lines:
        if text.startswith("------< "):
            part = text
        word, value = pairs(text)
        if part.startswith("------< LVS"):
            if word == "VS VIP":
                address, port = value.split(", VPORT = ")
                vs, rs = f"[{address}]:{port}", None
                out[vs, None, None] = {"sorry": "none"}
            elif word == "RIP":
                address, rest = value.split(", RPORT = ")
                rs = f"[{address}]:{rest.split(',')[0]}"
                out[vs, rs, None] = {}
            elif word == "VirtualHost":
                vhosts[vs, rs] = value.strip("'")
            elif vs is None:
                continue
            elif word == "quorum":
                out[vs, None, None].update(quorum=value.split(",")[0], hysteresis=value.split(" = ")[1])
            elif word.startswith("omega is"):
                out[vs, None, None]["omega"] = flag(word.split()[-1])
            elif word == "Using smtp notification":
                out[vs, rs, None]["smtp_alert"] = flag(value)
            elif word == "sorry server":
                out[vs, None, None]["sorry"] = value.split("]")[0].strip("[")
            elif rs is not None and word == "initial weight":
                out[vs, rs, None]["weight"] = value
            elif rs is not None and word.startswith("Alpha is"):
                out[vs, rs, None]["alpha"] = flag(word.split()[-1])
            elif rs is not None and word.startswith("Inhibit on failure is"):
                out[vs, rs, None]["inhibit"] = flag(word.split()[-1])
        elif part.startswith("------< Health"):
            head = re.match(r" (\[.*\]):\w+:(\d+) -> (\[.*\]):\w+:(\d+)$", text)
            if head:
                at = (f"{head[1]}:{head[2]}", f"{head[3]}:{head[4]}")
                n = seen[at] = seen.get(at, -1) + 1
                check = out[(*at, n)] = {"urls": []}
                inherited = vhosts.get(at) or vhosts.get((at[0], None))
                continue
            if check is None:
                continue
            simple = {"Alpha": "alpha", "Log all failures": "log_all", "Retries": "retry"}
            micro = {"Delay loop": "delay_loop", "Warmup": "warmup", "Delay before retry": "delay_before_retry"}
            if word in simple:
                check[simple[word]] = flag(value) if word != "Retries" else value
            elif word in micro:
                check[micro[word]] = value.split()[0]
            elif word == "Default delay before retry":
                check.setdefault("delay_before_retry", value.split()[0])
            elif word == "Dest":
                check["dest"] = value
            elif word == "Bind to":
                check["bind"] = value
            elif word == "Bind i/f":
                check["bind_if"] = value
            elif word == "Timeout":
                check["timeout"] = str(round(float(value) * 1000000))
            elif word == "timeout":
                check["timeout"] = str(int(value) * 1000000) if value != "0" else check["delay_loop"]
            elif word == "Keepalive method":
                check["kind"] = value.split(",")[0]
                if "http protocol" in value:
                    check["http"] = value.split()[-1]
                if check["kind"] == "SMTP_CHECK":
                    check.pop("timeout", None)          # 2.2.7 prints 0 whatever it is
            elif word.startswith("Fast recovery"):
                check["fast"] = flag(word.split()[-1])
            elif word.startswith("Enable SNI"):
                check["sni"] = flag(word.split()[-1])
            elif word == "Virtualhost":
                inherited = value
            elif word == "Checked url":
                url = {"path": value, "vhost": inherited}
                check["urls"].append(url)
            elif word == "digest":
                url["digest"] = value
            elif word == "Virtual host":
                url.update(vhost=value, own=True)
            elif re.fullmatch(r"\s+\d+(-\d+)?", text):
                url.setdefault("status", []).append(text.strip())
            elif word == "Regex":
                url["regex"] = value.strip('"')
            elif word == "helo":
                check["helo"] = value
            elif word == "Type":
                check["type"] = str(DNS_TYPES.get(value, value))
            elif word == "Payload len":
                check["payload"] = str(int(value != "0"))
            elif word == "Require reply":
                check["reply"] = flag(value)
            elif word == "Min reply length":
                check["min"] = value
            elif word == "Max reply length":
                check["max"] = value
            elif word == "dynamic":
                check["dynamic"] = flag(value)
    for found in out.values():
        found["url"] = [f"{u['path']}" + (f",digest={u['digest']}" if "digest" in u else "")
                        + (",status=" + "+".join(u["status"]) if "status" in u else "")
                        + (f",virtualhost={u['vhost']}" if u["vhost"] else "")
                        + (f",regex={u['regex']}" if "regex" in u else "") for u in found.pop("urls", [])]
        if "url" in found and not found["url"]:
            del found["url"]
    # 2.2.7 has the first host of an SMTP_CHECK twice, the first time without its bindto.
    single, count = {}, {}
    for (vs, rs, n), found in out.items():
        if n is not None:
            last = count.get((vs, rs), -1)
            before = single.get((vs, rs, last), {})
            twice = found.get("kind") == before.get("kind") == "SMTP_CHECK" and found["dest"] == before["dest"]
            n = count[vs, rs] = last if twice else last + 1
        single[vs, rs, n] = found
    return single


def our_values(args, file):
    out, vs, rs = {}, None, None
    for text in run([args.tool, file]).stdout.splitlines():
        words = re.sub(r",no_match=\d", "", text).split("\t")
        fields = {}
        for word in words:
            name, found, value = word.partition("=")
            if found and name == "url":
                fields.setdefault("url", []).append(value)
            elif found:
                fields[name] = value
        if words[0] == "service":
            address = words[1].split(" ")[-1]
            vs, rs = (address if address.startswith("[") else "[" + address.replace(":", "]:")), None
            out[vs, None, None] = fields
        elif words[0] == "server":
            rs, n = words[1], -1
            out[vs, rs, None] = fields
        else:
            n += 1
            fields["kind"] = words[1]
            out[vs, rs, n] = fields
    return out


# Where the two differ and are meant to: a pattern of the name, both words, and why.
MEANT = [
    (r".*", r"-\d+", r".*", "keepalived 2.2.7 crashes on it, or ends itself"),
    (r".*", r"complains|2|refuses", r"refuses", "what cannot be read is an error"),
    (r".*", r"insecure", r".*", "keepalived runs on it; only its test mode calls it a violation"),
    (r"(virtual_server|real_server): log_all_failures.*|SSL_GET: (sni_name|tls_compliant).*|FILE_CHECK: dynamic.*", "complains", "clean",
     "a word of later versions"),
    (r".*: nb_(get|sock)_retry.*", "complains", "clean", "a word of earlier versions"),
    (r"DNS_CHECK: name a\.b\.?", "complains", "clean", "2.2.7 finds an empty label in every name"),
    (r"(MISC_CHECK: misc_timeout|vrrp_script: (interval|timeout)|global_defs: smtp_connect_timeout) ([0-9]*\.[0-9]*|4295|100000)",
     "complains", "clean", "later versions take it"),
    (r"track_file: weight 21474836.*", "complains", "clean", "later versions take it"),
    (r"virtual_server: retry 0", "complains", "clean", "later versions take it"),
    (r"UDP_CHECK: require_reply 0a\?\?", "complains", "clean", "? is any digit here, as x is in both"),
    (r"vrrp_track_process: delay 0", "complains", "clean", "none is what keepalived makes of it, too"),
    (r"url: regex [a(\[*]+b?", "clean", "refuses", "what PCRE2 refuses keepalived frees, and uses"),
    (r"global_defs: smtp_server no\.such.*", "complains", "clean", "a name is looked up when there is something to send"),
    (r"real_server: localhost", "clean", "refuses", "the data plane has no way to the host itself"),
]
# Warnings that keepalived lacks: a pattern of the name, one of what vipd says, and why it says so.
MORE = [
    (r".*: (connect_ip|bindto) 10\.0\.0\.9 8080|.*: (retry|rise|fall) 1 2|.*: (misc_dynamic|init_fail) x|url: regex_no_match x|virtual_server: omega x"
     r"|words after a value", r"at the end of the line is ignored", "keepalived ignores the words, too, and says nothing"),
    (r"MISC_CHECK: two words", r"the words after .* are ignored", "keepalived ignores them, too, and says nothing"),
    (r"a word twice", r"is already given at line", "the last counts for both"),
    (r"virtual_server: (alpha|inhibit_on_failure) (maybe|1)", r"is not a boolean; taken as on", "keepalived takes anything as on"),
    (r"MISC_CHECK: no such program|.*: (notify_up|quorum_up|lvs_notify_fifo_script) /no/such/program", r"does not exist",
     "keepalived says it when it runs"),
    (r"MISC_CHECK: a folder", r"is not a file", "keepalived says it when it runs"),
    (r"MISC_CHECK: no program", r"may not be executed", "keepalived says it when it runs"),
    (r"real_server: notify_up /bin/true nosuchuser", r"there is no user nosuchuser", "keepalived says it when it runs"),
    (r"(TCP_CHECK|HTTP_GET): (connect_ip|bindto) 10\.0\.0\.9/24", r"the /24 of .* is ignored",
     "keepalived ignores it, too, and says nothing"),
    (r".*: (retry 2147483647|(connect_timeout|delay_loop|delay_before_retry|misc_timeout) (100000|429[45]))",
     r"a server that falls silent is in use for up to", "a check as good as none"),
    (r"DNS_CHECK: name x{50}.*", r"is no domain name", "keepalived sends a question that is malformed"),
    (r"url: regex_(no_match|options|min_offset|max_offset) .*", r"means something with a regex only", "keepalived says it when it runs"),
    (r"url: regex_options nonsense", r"there is no regex option", "keepalived ignores it, too, and says nothing"),
    (r"url: regex_(min|max)_offset -1", r"is outside", "keepalived takes it for a number beyond every page"),
    (r"url: regex_min_offset x", r"is not a number and is ignored", "keepalived says it when it runs"),
    (r"url: regex_max_offset below min", r"neither counts", "keepalived says it when it runs"),
    (r"url: regex |global_defs: smtp_helo_name |vrrp_track_process: param_match ", r"has no value and is ignored",
     "keepalived ignores it, too, and says nothing"),
]
MEANT_VALUES = [
    (r".*log_all_failures.*", r"log_all: keepalived 0, vipd 1", "2.2.7 has it in checks only"),
    (r".*: nb_(get|sock)_retry.*", r"retry: .*", "a word of earlier versions"),
    (r"virtual_server: (alpha|inhibit_on_failure) (off|false|no)", r"(alpha|inhibit): keepalived 1, vipd 0",
     "keepalived takes the word for on, whatever follows"),
    (r".* (maybe|1)", r"(alpha|inhibit|fast|sni|log_all|smtp_alert): keepalived 0, vipd 1", "taken as on, with a warning"),
    (r"real_server: weight 0", r"hysteresis: keepalived 4294967295.*|quorum: keepalived 0.*",
     "an underflow of keepalived's"),
    (r"MISC_CHECK: misc_timeout ([0-9]*\.[0-9]*|4295|100000)", r"timeout: .*", "later versions take it"),
    (r"virtual_server: retry 0", r"retry: keepalived 1, vipd 0", "later versions take it"),
    (r"MISC_CHECK: (no such program|a folder|no program|user nosuchuser|user root nosuchgroup)"
     r"|keepalived\.conf\.misc_check(_arg)? .*", r"only vipd has it",
     "keepalived forgets the check, and the server is up for ever; here it fails"),
]


def judge(args):
    """The rows that differ and are not meant to, and the lines of MORE that no row needs."""
    bad, used = 0, set()
    for text in open(args.compared):
        row = json.loads(text)
        name, k, v = row["name"], row["keepalived"], row["vipd"]
        more = [[i for i, (n, m, _) in enumerate(MORE) if re.fullmatch(n, name) and re.search(m, said)] for said in row["vipd_said"]]
        if k == "clean" and v == "complains" and all(more):
            used.update(sum(more, []))
        elif k != v and not any(re.fullmatch(n, name) and re.fullmatch(a, k) and re.fullmatch(b, v) for n, a, b, _ in MEANT):
            print(f"{name}: keepalived {k} ({' / '.join(row['keepalived_said']) or '-'}), vipd {v} ({' / '.join(row['vipd_said']) or '-'})")
            bad += 1
    for i in sorted(set(range(len(MORE))) - used):
        print(f"nothing needs: {MORE[i][0]}, {MORE[i][1]}")
        bad += 1
    print(f"{bad} differ")


def without_twins(kept, ours):
    """An SMTP_CHECK with hosts: 2.2.7 checks the server itself, too, as soon as there is a connect_timeout. Its documents and its
    sample say that it must be among the hosts for that; so it is here."""
    for v, r, n in [key for key, found in ours.items() if key[2] == 0 and found.get("host") == "1"]:
        count = [sum(key[:2] == (v, r) and key[2] is not None for key in side) for side in (kept, ours)]
        if count[0] == count[1] + 1 and kept[v, r, 0]["dest"].startswith(f"[{r}]"):
            del kept[v, r, 0]
            for i in range(1, count[0]):
                kept[v, r, i - 1] = kept.pop((v, r, i))
    return kept


def values(args):
    differ = 0
    for file in args.file:
        kept = kept_values(dump(args, file))
        # keepalived numbers a server's checks by kind and age; ours have the server's address only.
        kept = {(v, r and r[1:].split("]")[0], n): f for (v, r, n), f in kept.items()}
        ours = our_values(args, file)
        kept = without_twins(kept, ours)
        base = os.path.basename(file)
        names = json.load(open(file + ".names")) if os.path.exists(file + ".names") else {}
        for key in sorted(set(kept) | set(ours), key=str):
            k, o = kept.get(key), ours.get(key)
            # sni of a check without TLS, and the delay before no retry, are nothing.
            if k and k.get("kind") == "HTTP_GET":
                del k["sni"]
            if k and k.get("retry") == "0":
                k.pop("delay_before_retry", None)
            label = names.get(key[0]) or f"{base} {key[0]} {key[1] or ''} {'' if key[2] is None else key[2]}".strip()
            if k is None or o is None:
                bad = [f"only {'keepalived' if o is None else 'vipd'} has it"]
            else:
                bad = [f"{w}: keepalived {k[w]}, vipd {o.get(w)}" for w in sorted(k) if k[w] != o.get(w)]
            bad = [b for b in bad if not any(re.fullmatch(n, label) and re.fullmatch(d, b) for n, d, _ in MEANT_VALUES)]
            if bad:
                print(f"{base}: {label}: {'; '.join(bad)}")
                differ += 1
    print(f"{differ} differ")


def samples(args):
    """Of a file of expectations: "FILE SERVICE SERVER CHECK KEY=VALUE...", each of which must be so; times in seconds."""
    differ, checks = 0, 0
    for text in open(args.expected):
        words = text.split()
        if not words or words[0].startswith("#"):
            continue
        file, vs, rs, kind, *want = words
        ours = our_values(args, os.path.join(args.folder, "keepalived.conf." + file))
        servers = [f for (v, r, n), f in ours.items() if v.strip("[]").replace("]:", ":") == vs and r == rs and n is not None]
        found = [f for f in servers if f["kind"] == kind]
        # A server's second check of a kind is told by its destination.
        dest = [w.partition("=")[2] for w in want if w.startswith("dest=")]
        found = [f for f in found if not dest or f["dest"] == dest[0]]
        checks += 1
        if len(found) != 1:
            print(f"{text.strip()}: found {len(found)} of {[f['kind'] for f in servers]}")
            differ += 1
            continue
        service = next(f for (v, r, n), f in ours.items() if v.strip("[]").replace("]:", ":") == vs and r is None)
        server = next(f for (v, r, n), f in ours.items() if v.strip("[]").replace("]:", ":") == vs and r == rs and n is None)
        have = {**service, **server, **found[0]}
        have["path"] = have.get("path", "").replace(" ", "+")
        for word in ("delay_loop", "warmup", "delay_before_retry", "timeout"):
            have[word] = f"{int(have[word]) / 1e6:g}"
        have["url"] = ";".join(have.get("url", []))
        bad = [f"{w} is {have.get(w)}" for w, _, v in (x.partition("=") for x in want) if have.get(w) != v]
        if bad:
            print(f"{text.strip()}: {', '.join(bad)}")
            differ += 1
    print(f"{checks} checks, {differ} differ")


def bundle(args):
    """Every configuration of one service that neither refuses: a file of all those services, each at an address of its own."""
    configs, names, out = all_configs(), {}, []
    for text in open(args.compared):
        row = json.loads(text)
        config = configs[row["name"]]
        if {row["keepalived"], row["vipd"]} <= {"clean", "complains"} and config.count("virtual_server 10.0.0.1 80") == 1 \
                and "global_defs: " not in row["name"] and not re.search("url: regex|SSL block", row["name"]) and "FILE_CHECK" not in config and "unclosed" not in row["name"]:
            n = len(names) + 1
            address = f"10.{n >> 8}.{n & 255}.1"
            names[f"[{address}]:80"] = row["name"]
            out.append(re.sub(r"(?s)^.*?virtual_server 10\.0\.0\.1 ", f"virtual_server {address} ", config))
    with open(args.out, "w") as file:
        file.write("global_defs {\n  enable_script_security\n  script_user root\n}\n" + "".join(out))
    with open(args.out + ".names", "w") as file:
        json.dump(names, file)
    print(len(names))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("list").set_defaults(do=lambda _: print("\n".join(all_configs())))
    p = commands.add_parser("show")
    p.add_argument("name")
    p.set_defaults(do=lambda a: sys.stdout.write(all_configs()[a.name]))
    p = commands.add_parser("compare")
    p.add_argument("vipd")
    p.add_argument("dataplane")
    p.add_argument("netns")
    p.set_defaults(do=compare)
    p = commands.add_parser("values")
    p.add_argument("tool")
    p.add_argument("shim")
    p.add_argument("netns")
    p.add_argument("file", nargs="+")
    p.set_defaults(do=values)
    p = commands.add_parser("samples")
    p.add_argument("tool")
    p.add_argument("folder")
    p.add_argument("expected")
    p.set_defaults(do=samples)
    p = commands.add_parser("judge")
    p.add_argument("compared")
    p.set_defaults(do=judge)
    p = commands.add_parser("bundle")
    p.add_argument("compared")
    p.add_argument("out")
    p.set_defaults(do=bundle)
    args = parser.parse_args()
    args.do(args)


if __name__ == "__main__":
    main()
