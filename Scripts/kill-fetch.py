#!/usr/bin/env python3
"""Kills `cnclip dataset fetch` again and again, and looks that nothing is lost or fetched otherwise.

    python3 -m pip install pillow      (for the pictures that are served)
    Scripts/kill-fetch.py --program .build/release/cnclip --kills 50

One run is left in peace. Another is ended by SIGKILL at random moments and begun again until it comes
to its end; its archives and rows must be equal to the first one's, byte for byte.
"""
import argparse
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--program", default=".build/release/cnclip")
parser.add_argument("--kills", type=int, default=50)
parser.add_argument("--rows", type=int, default=4000)
parser.add_argument("--port", type=int, default=8329)
options = parser.parse_args()

folder = pathlib.Path(tempfile.mkdtemp(prefix="kill-fetch-"))
server_script = [sys.executable, here / "faulty-server.py", "--port", str(options.port)]
rows = folder / "list.csv"
rows.write_bytes(subprocess.run(server_script + ["--list", str(options.rows)], check=True,
                                stdout=subprocess.PIPE).stdout)


def command(output):
    return [options.program, "dataset", "fetch", rows, "--output", folder / output, "--allow-private",
            "--rows-per-shard", "500", "--transfers", "64", "--per-host", "64", "--timeout", "4",
            "--retries", "3", "--quiet"]


def served():
    server = subprocess.Popen(server_script, stdout=subprocess.PIPE)
    server.stdout.readline()
    return server


server = served()
try:
    start = time.time()
    peace = subprocess.run(command("peace"), stdout=subprocess.DEVNULL)
    seconds = time.time() - start
    if peace.returncode not in (0, 3):
        sys.exit(f"the run in peace ended with {peace.returncode}")
    server.kill()
    # A new server withholds the same rows once more.
    server = served()
    kills = runs = 0
    generator = random.Random(1)
    while True:
        runs += 1
        process = subprocess.Popen(command("killed"), stdout=subprocess.DEVNULL)
        if kills < options.kills:
            time.sleep(generator.uniform(0.05, max(0.3, 2 * seconds / options.kills)))
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                kills += 1
        code = process.wait()
        if code in (0, 3) and kills >= options.kills:
            break
        if code in (0, 3):
            # It was faster than the kills: what is complete is opened again.
            for name in list((folder / "killed").glob("*_stats.json"))[:4]:
                name.unlink()
        elif code != -signal.SIGKILL:
            sys.exit(f"a run ended with {code}")
finally:
    server.kill()

different = []
names = sorted(path.name for path in (folder / "peace").glob("*")
               if path.suffix in (".tar", ".jsonl") or path.name == "sizes.json")
for name in names:
    if (folder / "peace" / name).read_bytes() != (folder / "killed" / name).read_bytes():
        different.append(name)
left = [path.name for path in (folder / "killed" / ".work").glob("*.journal")]
print(f"{kills} kills in {runs} runs, {options.rows} rows: {len(names)} files compared, "
      f"{len(different)} differ, {len(left)} journals left")
if different or left:
    sys.exit(f"differing: {different}, left: {left}; look into {folder}")
