#!/usr/bin/env python3
"""Runs img2dataset and `cnclip dataset fetch` alternately against a server that withholds a tenth.

    python3 -m venv /tmp/fetch && /tmp/fetch/bin/pip install img2dataset pillow webdataset
    /tmp/fetch/bin/python Scripts/compare-fetch.py --program .build/release/cnclip --rows 20000

Prints rows a second, the share of what can be had, and whether a second run of ours gives equal
archives. Both keep the bytes' size (no resizing), and write JPEG again.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--program", default=".build/release/cnclip")
parser.add_argument("--rows", type=int, default=20000)
parser.add_argument("--port", type=int, default=8331)
parser.add_argument("--rounds", type=int, default=1)
parser.add_argument("--size", type=int, default=0, help="resize to this side; 0 keeps the size")
parser.add_argument("--only-ours", action="store_true")
options = parser.parse_args()

import importlib.util
spec = importlib.util.spec_from_file_location("faulty_server", here / "faulty-server.py")
faulty = importlib.util.module_from_spec(spec)
spec.loader.exec_module(faulty)
reachable = sum(kind in faulty.REACHABLE for kind, _ in faulty.rows(options.rows))
folder = pathlib.Path(tempfile.mkdtemp(prefix="compare-fetch-"))
script = [sys.executable, str(here / "faulty-server.py"), "--port", str(options.port)]
rows = folder / "list.csv"
rows.write_bytes(subprocess.run(script + ["--list", str(options.rows)], check=True,
                                stdout=subprocess.PIPE).stdout)


def ours(output):
    resize = ["--resize-mode", "keep_ratio", "--image-size", str(options.size)] if options.size \
        else ["--resize-mode", "no"]
    return [options.program, "dataset", "fetch", str(rows), "--output", str(output),
            "--allow-private", "--per-host", "512", "--timeout", "10", "--retries", "3", "--quiet",
            "--rows-per-shard", "1000", "--json"] + resize


def theirs(output):
    resize = ["--resize_mode", "keep_ratio", "--image_size", str(options.size)] if options.size \
        else ["--resize_mode", "no"]
    return [str(pathlib.Path(sys.executable).parent / "img2dataset"), "--url_list", str(rows),
            "--input_format", "csv", "--url_col", "url", "--caption_col", "caption",
            "--output_format", "webdataset", "--output_folder", str(output),
            "--processes_count", str(os.cpu_count()), "--thread_count", "256", "--timeout", "10",
            "--retries", "3", "--number_sample_per_shard", "1000", "--enable_wandb", "False"] + resize


def measure(name, command, output):
    server = subprocess.Popen(script, stdout=subprocess.PIPE)
    server.stdout.readline()
    start = time.time()
    try:
        code = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    finally:
        server.kill()
    seconds = time.time() - start
    successes = sum(json.loads(path.read_text())["successes"] for path in output.glob("*_stats.json"))
    print(f"{name}: {options.rows / seconds:.0f} rows/s ({seconds:.1f} s, exit {code}), "
          f"{successes} pictures = {100 * successes / reachable:.2f} % of the {reachable} to be had",
          flush=True)
    return seconds


for number in range(options.rounds):
    own = folder / f"ours-{number}"
    seconds = measure("cnclip", ours(own), own)
    if not options.only_ours:
        other = folder / f"theirs-{number}"
        print(f"ratio: {measure('img2dataset', theirs(other), other) / seconds:.2f}")
again = folder / "again"
measure("cnclip again", ours(again), again)
names = sorted(path.name for path in again.glob("*.tar")) + sorted(
    path.name for path in again.glob("*.jsonl"))
equal = sum((again / name).read_bytes() == (folder / "ours-0" / name).read_bytes() for name in names)
print(f"second run: {equal} of {len(names)} files equal")
sys.exit(0 if equal == len(names) else 1)
