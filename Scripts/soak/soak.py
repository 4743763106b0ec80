"""Half of the time load and a grammar fuzzer, half of it load and kills; then nothing may be lost."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from load import Load
from server import COMMAND, ROOT, Server

# What a server with the small model may take, and how much more at the end than after its first minute.
LARGEST, GROWTH = 2_000, 400


def fuzz(server, seconds, seed, folder, load):
    """Every operation but deletion, whose pictures the load counts, under Schemathesis.

    Returns: how many test cases there were."""
    outcome = subprocess.run(
        [str(Path(sys.executable).parent / "schemathesis"), "run", server.url + "/api/v1/openapi.json",
         "--checks=all", "--exclude-checks=positive_data_acceptance", "--exclude-operation-id=deletePicture",
         "--phases=coverage,fuzzing", f"--max-time={seconds}", "--request-timeout=60", f"--seed={seed}"],
        capture_output=True, text=True, cwd=folder, timeout=seconds + 300,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "120"})
    report = outcome.stdout + outcome.stderr
    if outcome.returncode:
        load.note("the fuzzer: " + re.sub(r"(.{300}).*", r"\1 …", report)[-6_000:])
    cases = re.search(r"(\d+) generated", report)
    return int(cases.group(1)) if cases else 0


def under_load(server, load, seconds, seed, folder):
    """No faults from outside: memory must stay where it is.

    Returns: test cases, memory after the first part, memory at the end."""
    cases = []
    fuzzer = threading.Thread(
        target=lambda: cases.append(fuzz(server, max(10, int(seconds) - 5), seed, folder, load)))
    fuzzer.start()
    ends = time.monotonic() + seconds
    early = None
    while time.monotonic() < ends or fuzzer.is_alive():
        time.sleep(1)
        memory = server.memory()
        if early is None and time.monotonic() > ends - seconds * 2 / 3:
            early = memory
    fuzzer.join()
    return cases[0] if cases else 0, early, server.memory()


def under_faults(server, load, seconds):
    """Kills and stops, each followed by a new start.

    Returns: how many of each."""
    ends = time.monotonic() + seconds
    kills = stops = 0
    while time.monotonic() < ends:
        time.sleep(load.generator.uniform(2, 8))
        server.memory()
        load.interrupted.set()
        if load.generator.random() < 0.7:
            server.kill()
            kills += 1
        else:
            if server.stop() != 0:
                load.note("the server did not end with 0 after SIGTERM")
            stops += 1
        server.start()
        time.sleep(1)
        load.interrupted.clear()
    return kills, stops


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cnclip-soak-") as folder:
        folder = Path(folder)
        subprocess.run([COMMAND, "index", str(ROOT / "Demo/pictures"), "--library", str(folder / "library"),
                        "--quiet"], check=True)
        server = Server(folder / "library", folder / "server.log")
        server.start()
        load = Load(server, options.seed)
        load.start()
        try:
            half = options.minutes * 30
            cases, early, late = under_load(server, load, half, options.seed, folder)
            kills, stops = under_faults(server, load, half)
            load.stop()
            load.verify()
            if server.stop() != 0:
                load.note("the server did not end with 0 after SIGTERM")
        finally:
            load.stopping.set()
            if server.process.poll() is None:
                server.kill()
        if server.peak > LARGEST:
            load.note(f"the server took {server.peak:.0f} MB")
        if early and late - early > GROWTH:
            load.note(f"the server grew from {early:.0f} to {late:.0f} MB under steady load")
        print(json.dumps({
            "minutes": options.minutes, "seed": options.seed, "fuzzed requests": cases,
            "other requests": sum(load.statuses.values()),
            "statuses": {str(key): count for key, count in sorted(load.statuses.items())},
            "kills": kills, "stops": stops, "pictures kept": len(load.kept),
            "pictures deleted": len(load.deleted), "megabytes early": round(early or 0),
            "megabytes late": round(late), "megabytes at most": round(server.peak),
            "problems": load.problems}, ensure_ascii=False, indent=2))
        if load.problems:
            print((folder / "server.log").read_text()[-3_000:], file=sys.stderr)
    return 1 if load.problems else 0


sys.exit(main())
