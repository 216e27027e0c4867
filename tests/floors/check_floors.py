#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Proves the floor plan of docs/architecture.md on the source tree.

The plan is read from lib/meson.build (`floors`, `engine_floors`). Checked are: every #include "..." against the plan,
the declared dependencies against it, the system headers and (with --build) the system calls that floors 0 to 3 may not
use, DPDK below floor 4 and outside the modules that have it, conditional compilation outside rt and base, an SPDX line at
the top, every public header compiled alone, and the length of files. Ends with "N passed, N failed".
--self-test plants one violation of each kind in a copy of a small tree and expects it to be found.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

SPDX = "SPDX-License-Identifier: BSD-3-Clause"
MAX_LINES = 800
CONDITIONALS_ALLOWED = {"rt", "base"}
# Floor 4 and up: io, edit and console are the operating system's side, without DPDK; so is app/vipctl.
NO_DPDK = {"io", "edit", "console", "app/vipctl"}
# All that floors 0 to 3 may take from outside: the language, JSON values, digests, and regular expressions.
PURE_HEADERS = {
    "assert.h", "ctype.h", "errno.h", "float.h", "inttypes.h", "limits.h", "math.h", "stdalign.h", "stdarg.h",
    "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h", "strings.h",
    "endian.h", "byteswap.h", "jansson.h", "openssl/md5.h", "openssl/sha.h", "openssl/crypto.h", "openssl/evp.h", "pcre2.h", "immintrin.h", "x86intrin.h", "nmmintrin.h", "arm_neon.h", "arm_acle.h",
}
# Symbols that an object file of floors 0 to 3 may not ask for.
IMPURE_SYMBOLS = re.compile(
    r"^(_?_?open(at)?(64)?|creat|read|write|pread|pwrite|close|f(d|re)?open(64)?|fread|fwrite|fgets|getline|opendir|"
    r"readdir|stat(64)?|lstat|fstat|access|unlink|rename|glob|socket|bind|connect|listen|accept4?|send(to|msg)?|"
    r"recv(from|msg)?|ioctl|fcntl|poll|select|epoll_\w+|eventfd|pipe2?|fork|vfork|exec\w+|system|popen|kill|signal|"
    r"sigaction|mmap|munmap|sleep|usleep|nanosleep|clock_\w+|gettimeofday|time|localtime(_r)?|gmtime(_r)?|pthread_\w+|"
    r"thrd_\w+|getenv|secure_getenv|gethostname|getaddrinfo|getpid|if_nametoindex|random|rand|srand|getrandom|syscall|"
    r"syslog|printf|puts|putchar|perror|exit|json_load_file|json_load_callback|json_dump_file|json_dumpf?d|"
    r"rte_\w+)$")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.M)
CONDITIONAL = re.compile(r"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)\b[ \t]*(.*)$", re.M)


def strip_comments(text):
    """Comments become blanks, so that line numbers stay and `/* #include "x" */` is none."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        text = (self.root / "lib/meson.build").read_text()
        body = re.search(r"^floors = \[\n(.*?)^\]", text, re.M | re.S).group(1)
        self.floors = [re.findall(r"'(\w+)'", line) for line in re.findall(r"\[([^\]]*)\]", body)]
        self.engine_floors = int(re.search(r"^engine_floors = (\d+)", text, re.M).group(1))
        self.floor_of = {m: n for n, modules in enumerate(self.floors) for m in modules}
        self.modules = [m for modules in self.floors for m in modules if (self.root / "lib" / m).is_dir()]
        self.public = {h.name: m for m in self.modules for h in (self.root / "lib" / m / "include").glob("*.h")}
        self.problems = []
        self.checks = 0

    def add(self, path, line, text):
        self.problems.append(f"{path.relative_to(self.root)}:{line}: {text}")

    def sources(self, *folders):
        for folder in folders:
            for path in sorted((self.root / folder).rglob("*")):
                if path.suffix in (".c", ".h") and path.is_file():
                    yield path

    def line_of(self, text, position):
        return text.count("\n", 0, position) + 1

    def check_modules_listed(self):
        for folder in sorted((self.root / "lib").iterdir()):
            if folder.is_dir() and (folder / "meson.build").exists():
                self.checks += 1
                if folder.name not in self.floor_of:
                    self.add(folder / "meson.build", 1, f"module {folder.name} stands on no floor of lib/meson.build")

    def check_includes(self, path, module, floor):
        raw = path.read_text()
        text = strip_comments(raw)
        for match in INCLUDE.finditer(text):
            self.checks += 1
            kind, name = match.groups()
            where = (path, self.line_of(text, match.start()))
            dpdk = name.startswith(("rte_", "cmdline")) or name.startswith("dpdk/")
            if dpdk and (floor < self.engine_floors or module in NO_DPDK):
                self.add(*where, f"{module} may not use DPDK ({name})")
                continue
            if kind == "<":
                if floor < self.engine_floors and name not in PURE_HEADERS:
                    self.add(*where, f"<{name}>: floors below {self.engine_floors} are without system calls, threads, "
                             "clocks and files")
                if name in self.public or name.startswith("vd_"):
                    self.add(*where, f'<{name}>: own headers are included as "..."')
                continue
            owner = self.public.get(name)
            if owner is not None:
                if owner != module and self.floor_of[owner] >= floor:
                    self.add(*where, f"{module} (floor {floor}) includes {name} of {owner} (floor "
                             f"{self.floor_of[owner]}): lower floors only")
                if owner == module and path.parent.name == "include" and name == path.name:
                    self.add(*where, "a header includes itself")
                continue
            if not (path.parent / name).exists() and not (self.module_dir(module) / name).exists():
                others = [p for p in self.sources("lib", "app") if p.name == name]
                if others:
                    self.add(*where, f"{name} is private to {others[0].parent.relative_to(self.root)}")
                elif not dpdk:
                    self.add(*where, f"{name}: no such header")
            elif path.parent.name == "include":
                self.add(*where, f"public header includes the private header {name}")

    def module_dir(self, module):
        return self.root / module if module.startswith("app/") else self.root / "lib" / module

    def check_conditionals(self, path, module):
        if module in CONDITIONALS_ALLOWED:
            return
        text = strip_comments(path.read_text())
        for n, match in enumerate(CONDITIONAL.finditer(text)):
            self.checks += 1
            word, rest = match.groups()
            guard = re.sub(r"\W", "_", path.name).upper()
            if n == 0 and path.suffix == ".h" and word == "ifndef" and rest.strip() in (guard, "VD_" + guard):
                continue
            self.add(path, self.line_of(text, match.start()),
                     f"#{word} {rest.strip()}: conditional compilation belongs to rt and base")

    def check_declared(self):
        """`deps` of lib/<module>/meson.build and `more` names of lower floors."""
        for module in self.modules:
            build = self.root / "lib" / module / "meson.build"
            if not build.exists():
                continue
            found = re.search(r"^deps = \[(.*?)\]", build.read_text(), re.M | re.S)
            for dep in re.findall(r"'(\w+)'", found.group(1)) if found else []:
                self.checks += 1
                if self.floor_of.get(dep, 99) >= self.floor_of[module]:
                    self.add(build, 1, f"{module} declares a dependency on {dep}, which is not on a lower floor")

    def check_plan(self):
        self.check_modules_listed()
        self.check_declared()
        for module in self.modules:
            for path in self.sources(f"lib/{module}"):
                self.check_includes(path, module, self.floor_of[module])
                self.check_conditionals(path, module)
        for app in sorted(p for p in (self.root / "app").iterdir() if p.is_dir()):
            for path in self.sources(f"app/{app.name}"):
                self.check_includes(path, f"app/{app.name}", len(self.floors))
                self.check_conditionals(path, f"app/{app.name}")

    def check_files(self):
        for path in self.sources("lib", "app", "tests"):
            lines = path.read_text().splitlines()
            self.checks += 2
            if not lines or lines[0] != f"/* {SPDX} */":
                self.add(path, 1, "line 1 is not the SPDX line")
            if len(lines) > MAX_LINES:
                self.add(path, len(lines), f"{len(lines)} lines: over {MAX_LINES} it is two files")
        others = [self.root / "meson.build", self.root / "meson_options.txt"]
        for folder in ("lib", "app", "tests", "scripts", ".ci"):
            others += [p for p in sorted((self.root / folder).rglob("*")) if p.is_file()
                       and (p.name == "meson.build" or p.suffix in (".sh", ".py") or self.is_script(p))]
        for path in others:
            if path.exists():
                self.checks += 1
                if not any(SPDX in line for line in path.read_text().splitlines()[:2]):
                    self.add(path, 1, "no SPDX line at the top")

    def is_script(self, path):
        if path.suffix:
            return False
        with path.open("rb") as f:
            return f.read(2) == b"#!"

    def check_alone(self):
        """Each public header twice in a file of its own, with the include folders of lower floors."""
        def pkg(name):
            out = subprocess.run(["pkg-config", "--cflags", name], capture_output=True, text=True)
            return shlex.split(out.stdout) if out.returncode == 0 else []

        dpdk = pkg("libdpdk") + ["-DALLOW_EXPERIMENTAL_API"]
        cc = shlex.split(os.environ.get("CC", "cc"))

        def compile_one(header, module):
            floor = self.floor_of[module]
            dirs = [m for m in self.modules if m == module or self.floor_of[m] < floor]
            args = cc + ["-std=gnu11", "-D_GNU_SOURCE", "-march=x86-64-v2", "-Wall", "-Wextra", "-Werror", "-Wshadow",
                         "-Wstrict-prototypes", "-Wmissing-prototypes", "-Wno-missing-field-initializers",
                         "-fsyntax-only", "-x", "c", "-"]
            if os.uname().machine != "x86_64":
                args.remove("-march=x86-64-v2")
            args += [f"-I{self.root}/lib/{m}/include" for m in dirs]
            if floor >= self.engine_floors and module not in NO_DPDK:
                args += dpdk
            name = header.name
            out = subprocess.run(args, input=f'#include "{name}"\n#include "{name}"\n', capture_output=True, text=True)
            return header, out

        jobs = [(h, m) for m in self.modules for h in sorted((self.root / "lib" / m / "include").glob("*.h"))]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for header, out in pool.map(lambda job: compile_one(*job), jobs):
                self.checks += 1
                if out.returncode != 0:
                    self.add(header, 1, "does not compile alone:\n    " + out.stderr.strip().replace("\n", "\n    "))

    def check_symbols(self, build):
        """What the compiled engines ask of libc: no system calls, files, clocks or threads."""
        for module in self.modules:
            archive = pathlib.Path(build) / "lib" / f"libvd_{module}.a"
            if self.floor_of[module] >= self.engine_floors or not archive.exists():
                continue
            out = subprocess.run(["nm", "-Au", str(archive)], capture_output=True, text=True)
            for line in out.stdout.splitlines():
                self.checks += 1
                symbol = line.split()[-1]
                if IMPURE_SYMBOLS.match(symbol):
                    self.problems.append(f"{line.rsplit(':', 1)[0]}: {module} calls {symbol}()")


def check(root, build=None, alone=True):
    tree = Tree(root)
    tree.check_plan()
    tree.check_files()
    if alone:
        tree.check_alone()
    if build:
        tree.check_symbols(build)
    return tree


GOOD = {
    "meson.build": f"# {SPDX}\n",
    "lib/meson.build": f"# {SPDX}\nfloors = [\n    ['base'],\n    ['pkt', 'model'],\n    ['lb', 'conn'],\n"
                       "    ['director'],\n    ['rt', 'io'],\n    ['dp'],\n]\nengine_floors = 4\n",
    "lib/base/meson.build": f"# {SPDX}\nsources = files('vd_a.c')\n",
    "lib/base/include/vd_a.h": f"/* {SPDX} */\n#ifndef VD_A_H\n#define VD_A_H\n#ifdef __clang__\n#endif\nint vd_a(void);\n#endif\n",
    "lib/base/vd_a.c": f'/* {SPDX} */\n#include <stdint.h>\n#include "vd_a.h"\n',
    "lib/pkt/meson.build": f"# {SPDX}\nsources = files('vd_pkt.c')\ndeps = ['base']\n",
    "lib/pkt/include/vd_pkt.h": f'/* {SPDX} */\n#ifndef VD_PKT_H\n#define VD_PKT_H\n#include "vd_a.h"\nint vd_pkt(void);\n#endif\n',
    "lib/pkt/pkt_priv.h": f"/* {SPDX} */\n#ifndef PKT_PRIV_H\n#define PKT_PRIV_H\n#endif\n",
    "lib/pkt/vd_pkt.c": f'/* {SPDX} */\n#include "vd_pkt.h"\n#include "pkt_priv.h"\n',
    "lib/model/include/vd_model.h": f"/* {SPDX} */\n#ifndef VD_MODEL_H\n#define VD_MODEL_H\n#endif\n",
    "lib/io/include/vd_io.h": f"/* {SPDX} */\n#ifndef VD_IO_H\n#define VD_IO_H\n#include <sys/epoll.h>\n#endif\n",
    "lib/dp/include/vd_dp.h": f'/* {SPDX} */\n#ifndef VD_DP_H\n#define VD_DP_H\n#include "vd_io.h"\n#endif\n',
    "app/vipd/main.c": f'/* {SPDX} */\n#include <unistd.h>\n#include "vd_dp.h"\n',
    "tests/unit/test_x.c": f"/* {SPDX} */\n",
    "scripts/x.sh": f"#!/bin/sh\n# {SPDX}\n",
}
H = "#ifndef VD_{0}_H\n#define VD_{0}_H\n"
PLANTED = [
    ("a higher floor's header", "lib/pkt/vd_pkt.c", '#include "vd_dp.h"\n', "lower floors only"),
    ("the same floor's header", "lib/pkt/vd_pkt.c", '#include "vd_model.h"\n', "lower floors only"),
    ("another module's private header", "lib/dp/vd_dp.c", '#include "pkt_priv.h"\n', "private to lib/pkt"),
    ("a private header in a public one", "lib/pkt/include/vd_more.h",
     H.format("MORE") + '#include "pkt_priv.h"\n#endif\n', "private"),
    ("DPDK on floor 1", "lib/pkt/vd_pkt.c", "#include <rte_mbuf.h>\n", "may not use DPDK"),
    ("DPDK in io", "lib/io/vd_io.c", "#include <rte_ring.h>\n", "may not use DPDK"),
    ("a system header on floor 1", "lib/pkt/vd_pkt.c", "#include <sys/socket.h>\n", "without system calls"),
    ("a clock on floor 0", "lib/base/vd_a.c", "#include <time.h>\n", "without system calls"),
    ("#ifdef outside rt and base", "lib/pkt/vd_pkt.c", "#ifdef X\n#endif\n", "conditional compilation"),
    ("#if in a header after its guard", "lib/model/include/vd_more.h", H.format("MORE") + "#if X\n#endif\n#endif\n",
     "conditional compilation"),
    ("a header that lacks an include", "lib/pkt/include/vd_lone.h", H.format("LONE") + "uint8_t vd_lone(void);\n#endif\n",
     "does not compile alone"),
    ("a header without a guard", "lib/pkt/include/vd_twice.h", "struct vd_twice { int a; };\n", "does not compile alone"),
    ("no SPDX line", "lib/pkt/vd_bare.c", None, "SPDX"),
    ("a script without SPDX", "scripts/bare.sh", None, "SPDX"),
    ("a file too long", "lib/pkt/vd_long.c", "\n" * 801, "over 800"),
    ("a dependency upwards", "lib/pkt/meson.build", "deps = ['dp']\n", "not on a lower floor"),
    ("a module on no floor", "lib/stray/meson.build", "sources = []\n", "no floor"),
]


def self_test():
    failed = 0

    def tell(good, name, found=()):
        nonlocal failed
        failed += not good
        print(("ok " if good else "not ok ") + "- " + name)
        if not good:
            print("    found: " + "; ".join(found))

    def write(root, path, text):
        target = pathlib.Path(root, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    with tempfile.TemporaryDirectory() as root:
        for path, text in GOOD.items():
            write(root, path, text)
        problems = check(root).problems
        tell(not problems, "a clean tree has no problem", problems)
        for name, path, text, expected in PLANTED:
            head = "" if text is None else (f"# {SPDX}\n" if path.endswith("meson.build") else f"/* {SPDX} */\n")
            write(root, path, head + (text or "int vd_bare;\n"))
            problems = check(root).problems
            tell(any(expected in p for p in problems) and all(p.startswith(path) for p in problems),
                 f"found: {name}", problems)
            pathlib.Path(root, path).unlink()
            if path in GOOD:
                write(root, path, GOOD[path])
        # Symbols: one object that reads a clock.
        archive = pathlib.Path(root, "build/lib")
        archive.mkdir(parents=True)
        subprocess.run(["cc", "-c", "-x", "c", "-", "-o", "x.o"], input="#include <time.h>\nlong f(void){return time(0);}",
                       text=True, cwd=archive, check=True)
        subprocess.run(["ar", "rc", "libvd_pkt.a", "x.o"], cwd=archive, check=True)
        problems = check(root, build=pathlib.Path(root, "build"), alone=False).problems
        tell(len(problems) == 1 and "calls time()" in problems[0], "found: a system call in an object file", problems)
    count = len(PLANTED) + 2
    print(f"{count - failed} passed, {failed} failed")
    return failed == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--build", help="build tree: its object files are looked into")
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    if args.self_test:
        sys.exit(0 if self_test() else 1)
    tree = check(args.root, args.build)
    for problem in tree.problems:
        print(problem)
    print(f"{tree.checks - len(tree.problems)} passed, {len(tree.problems)} failed")
    sys.exit(1 if tree.problems else 0)


if __name__ == "__main__":
    main()
