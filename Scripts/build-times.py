#!/usr/bin/env python3
"""Builds the command from nothing in a folder of its own and says what each module cost.

    Scripts/build-times.py [SWIFT BUILD'S OPTIONS…]      by default: -c release --product cnclip

Looks five times a second at the compilers that run and adds up their processor time, so that no flag
changes and the build is the ordinary one. What lives shorter than a look is missing; the last line
says how much of the whole was seen.
"""

import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parent.parent
ticks = os.sysconf("SC_CLK_TCK")


def label(arguments):
    """The module that a compiler works on, or None for another program."""
    program = os.path.basename(arguments[0])
    if program == "swift-frontend" and "-module-name" in arguments:
        return arguments[arguments.index("-module-name") + 1]
    if program.startswith("clang") and "-c" in arguments:
        found = re.search(r"/(\w+)\.build/", " ".join(arguments))
        return found.group(1) + " (C)" if found else None
    if program in ("ld", "ld.gold", "ld.lld", "lld", "gold"):
        return "linking"
    return None


def children(session):
    """(process id, module, seconds so far) of the compilers of a session."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            if int(fields[3]) != session:
                continue
            arguments = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except (OSError, IndexError):
            continue
        module = label(arguments)
        if module:
            yield int(folder.name), module, (int(fields[11]) + int(fields[12])) / ticks


def main():
    options = sys.argv[1:] or ["-c", "release", "--product", "cnclip"]
    with tempfile.TemporaryDirectory(prefix=".build-times-", dir=root) as scratch:
        start = time.monotonic()
        build = subprocess.Popen(
            ["swift", "build", "--scratch-path", scratch, *options], cwd=root, stdout=sys.stderr,
            start_new_session=True)
        seconds = {}
        while build.poll() is None:
            for process, module, used in children(build.pid):
                seconds[process, module] = used
            time.sleep(0.2)
    wall = time.monotonic() - start
    if build.returncode:
        sys.exit("error: the build failed; mend it first")
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    whole = usage.ru_utime + usage.ru_stime
    modules = {}
    for (_, module), used in seconds.items():
        modules[module] = modules.get(module, 0) + used
    print(f"{'module':32} {'seconds':>8} {'share':>7}")
    for module, used in sorted(modules.items(), key=lambda item: -item[1]):
        if used >= 1:
            print(f"{module:32} {used:8.1f} {used / whole:7.1%}")
    seen = sum(modules.values()) / whole
    print(f"{wall:.0f} s in all, {whole:.0f} s of processor time, of which {seen:.0%} was seen")


main()
