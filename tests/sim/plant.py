#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Plants faults in the engine, one at a time, and expects the simulation to find each.

plant.py [--build build] [--schedules N] [--jobs N] [NAME ...]

The one file that a fault changes is compiled anew from a changed copy, as the build tree compiles it, and linked before
the libraries: the tree itself is not touched. Ends with "N passed, N failed"; a fault that is not found, or whose text is
no longer in its file, has failed."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

# name: file below lib/, text there (once), what stands in its place
FAULTS = {
    "tie broken the wrong way": ("vrrp/vrrp_rx.c", "vd_addr_cmp(&a->src, &i->c->src) > 0", "vd_addr_cmp(&a->src, &i->c->src) < 0"),
    "MASTER yields to its equal": ("vrrp/vrrp_rx.c", "if (a->priority > i->effective ||", "if (a->priority >= i->effective ||"),
    "MASTER never yields": ("vrrp/vrrp_rx.c", "\t\tmaster_yield(s, i, a);\n", "\t\t(void)master_yield;\n"),
    "equal priority preempts": ("vrrp/vrrp_rx.c", "if (a->priority < i->effective && !waits", "if (a->priority <= i->effective && !waits"),
    "priority 0 ignored": ("vrrp/vrrp_rx.c", "\t\tbackup_resigned(s, i, a);\n", "\t\t(void)backup_resigned;\n"),
    "nopreempt ignored": ("vrrp/vrrp_rx.c", "(!i->c->nopreempt || vrrp_is_owner(i))", "true"),
    "preempt_delay ignored": ("vrrp/vrrp_rx.c", "return now < i->preempt_at;", "return false;"),
    "version 3 interval not adopted": ("vrrp/vrrp_rx.c", "if (i->c->id.version == 3", "if (i->c->id.version == 0"),
    "lower priority gets no reply": ("vrrp/vrrp_rx.c", "if (!i->c->lower_prio_no_advert)\n", "if (i->c->lower_prio_no_advert)\n"),
    "replies without a gap": ("vrrp/vrrp_rx.c", "\tif (now < i->reply_after)\n", "\tif (now == VD_TIME_NEVER)\n"),
    "skew zero": ("vrrp/vrrp_fsm.c", "? steps * V2_SKEW_UNIT : steps * i->master_interval / 256", "? 0 * steps : 0 * steps"),
    "down interval of two adverts": ("vrrp/vrrp_fsm.c", "return i->c->down_timer_adverts * i->master_interval", "return 2 * i->master_interval"),
    "skew does not follow the operator": ("vrrp/vrrp_fsm.c", "vd_time steps = 256u - i->effective;",
                                          "vd_time steps = 256u - (vrrp_is_owner(i) ? 255u : i->effective);"),
    "lease not ended with MASTER": ("vrrp/vrrp_fsm.c", "\tvrrp_act(s, i, VD_VRRP_ACT_LEASE)->until = 0;\n", ""),
    "lease too long": ("vrrp/vrrp_fsm.c", "vd_time skew = 2 * (", "vd_time skew = 128 * ("),
    "no check for an overslept lease": ("vrrp/vrrp_fsm.c", "i->state != VD_VRRP_STATE_MASTER || s->now < i->lease_until)",
                                        "i->state != VD_VRRP_STATE_MASTER || s->now > 0)"),
    "own beat drifts": ("vrrp/vrrp_fsm.c", "\tif (beat > s->now)\n\t\ti->advert_at = beat;\n", "\t(void)beat;\n"),
    "hand-over does not wait": ("vrrp/vrrp_fsm.c", "\tif (i->handed == VRRP_HANDED_WAITING) {\n", "\tif (i->handed == VRRP_HANDED_WAITING && s->now == 0) {\n"),
    "maintenance ignored": ("vrrp/vrrp_fsm.c", "\tif (s->v->hold != 0) {\n", "\tif (s->v->hold == UINT32_MAX) {\n"),
    "startup delay ignored": ("vrrp/vrrp_fsm.c", "\tif (s->now < s->v->startup_until) {\n", "\tif (s->now == VD_TIME_NEVER) {\n"),
    "one resignation too few": ("vrrp/vrrp_fsm.c", "\twhile (resign-- > 0)\n", "\twhile (resign-- > 1)\n"),
    "FAULT keeps MASTER": ("vrrp/vrrp_track.c", "\t\tif (i->state != VD_VRRP_STATE_FAULT)\n", "\t\tif (i->state == VD_VRRP_STATE_BACKUP)\n"),
    "weights ignored": ("vrrp/vrrp_track.c", "\t\tsum += VD_MAX(", "\t\tsum += 0 * VD_MAX("),
    "reverse ignored": ("vrrp/vrrp_track.c", "v->thing[t->id].down != t->reverse;", "v->thing[t->id].down;"),
    "delay of a tracked thing ignored": ("vrrp/vrrp_track.c", "\tif (delay == 0) {\n", "\tif (delay != VD_TIME_NEVER) {\n"),
    "group of one": ("vrrp/vrrp_group.c", "if (m->state != VD_VRRP_STATE_MASTER &&\n", "if (m->state == VD_VRRP_STATE_N &&\n"),
    "group stays when a member yields": ("vrrp/vrrp_group.c", "\t\tvrrp_group_others(s, i, follow_backup);\n", "\t\t(void)follow_backup;\n"),
    "timers before faults": ("vrrp/vd_vrrp.c", "\tvrrp_track_tick(&s);\n", "\tif (vd_timer_next(v->timers) > now)\n\t\tvrrp_track_tick(&s);\n"),
    "reload starts everything anew": ("vrrp/vd_vrrp.c", "if (next != NULL && same_identity(i->c, next)) {", "if (next != NULL && s->now == 0 && same_identity(i->c, next)) {"),
    "neighbours answered without lease": ("director/vd_director.c", "vd_neigh_lease_set(d->neigh, (uint16_t)lease, held)",
                                          "vd_neigh_lease_set(d->neigh, (uint16_t)lease, true)"),
    "neighbours answered after an overslept lease": ("director/vd_director.c", "\tvd_vrrp_wake(d->vrrp, now, &out->vrrp);\n", ""),
    "next deadline forgets VRRP": ("director/vd_director.c", "vd_time next = VD_MIN(vd_vrrp_next(d->vrrp), vd_neigh_next(d->neigh));",
                                   "vd_time next = vd_neigh_next(d->neigh);"),
}


def commands(build, source):
    """The command that compiles a source file, and its folder."""
    for c in json.load(open(build / "compile_commands.json", encoding="utf-8")):
        if (pathlib.Path(c["directory"]) / c["file"]).resolve() == source.resolve() and "vd_" in c["output"]:
            return shlex.split(c["command"]), c["file"], c["output"]
    raise LookupError(f"{source} is not in {build}/compile_commands.json")


def link_command(build):
    out = subprocess.run(["ninja", "-C", build, "-t", "commands", "-s", "tests/sim/sim"], check=True, capture_output=True, text=True)
    return shlex.split(out.stdout.strip().splitlines()[-1])


def plant(build, tmp, number, name, schedules):
    """None when the fault was found; else what went wrong. Also how it was found."""
    file, old, new = FAULTS[name]
    source = ROOT / "lib" / file
    text = source.read_text(encoding="utf-8")
    if text.count(old) != 1:
        return f"its text is {text.count(old)} times in lib/{file}", ""
    changed = tmp / f"{number}_{source.name}"
    changed.write_text(text.replace(old, new), encoding="utf-8")
    compile_it, given, output = commands(build, source)
    obj, program = tmp / f"{number}.o", tmp / f"sim{number}"
    compile_it = [str(changed) if a == given else str(obj) if a == output else a for a in compile_it if a not in ("-MD",)]
    for flag in ("-MQ", "-MF"):
        if flag in compile_it:
            at = compile_it.index(flag)
            del compile_it[at : at + 2]
    compile_it[1:1] = ["-I" + os.path.relpath(source.parent, build)]
    link = [str(program) if a == "tests/sim/sim" else a for a in link_command(build)]
    at = next(i for i, a in enumerate(link) if a.endswith(".a"))
    link[at:at] = [str(obj)]
    for step in (compile_it, link):
        run = subprocess.run(step, cwd=build, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            return "does not build:\n" + run.stderr, ""
    try:
        run = subprocess.run([program, "--quick", "--schedules", str(schedules)], capture_output=True, text=True, check=False, timeout=120)
    except subprocess.TimeoutExpired:
        return None, "the simulation does not end"
    program.unlink()
    if run.returncode == 0:
        return f"not found in {schedules} schedules", ""
    if run.returncode < 0:
        return None, f"the simulation ends with signal {-run.returncode}"
    return (None if run.returncode == 1 else f"the simulation ends with {run.returncode}"), run.stdout.splitlines()[0]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--build", default="build")
    p.add_argument("--schedules", type=int, default=1000)
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    p.add_argument("names", nargs="*")
    a = p.parse_args()
    names = a.names or list(FAULTS)
    passed = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        runs = [pool.submit(plant, pathlib.Path(a.build).resolve(), pathlib.Path(folder), k, n, a.schedules) for k, n in enumerate(names)]
        for name, run in zip(names, runs):
            problem, how = run.result()
            passed += problem is None
            print(f"ok - {name}: {how}" if problem is None else f"not ok - {name}: {problem}", flush=True)
    print(f"{passed} passed, {len(names) - passed} failed")
    return 0 if passed == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
