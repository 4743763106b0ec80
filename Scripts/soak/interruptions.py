#!/usr/bin/env python3
"""Kills the command at random moments, and takes the power from its disk; then nothing may be lost.

    Scripts/soak/interruptions.py [--kills 1000] [--cuts 40] [--seed N]

Three jobs are interrupted and gone on with until they are done: indexing a folder, writing vectors of
texts, and training with a checkpoint after every second step. What they leave must be what a run
without interruptions leaves: every picture once, the same vectors and the same weights to the bit.

The power is cut as xfstests does it: the jobs' files are on an ext4 in a file of their own, which is
told to stop at once (EXT4_IOC_SHUTDOWN without flushing its log), and mounted anew. That needs root
and loop devices; without them only the kills are made, and it is said.
"""

import argparse
import fcntl
import hashlib
import json
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from server import COMMAND

SHUTDOWN, WITHOUT_LOG = 0x8004587D, struct.pack("I", 2)


def bitmap(index, side=24):
    """A BMP whose stripes tell its number."""
    pixels = b"".join(bytes((index * 9 % 256, 220 if (x + y * index) % 7 < 3 else 30,
                             (index * 37 + x * 3) % 256)) for y in range(side) for x in range(side))
    return (b"BM" + struct.pack("<IIIIiiHHIIiiII", 54 + len(pixels), 0, 54, 40, side, side, 1, 24,
                                0, 0, 0, 0, 0, 0) + pixels)


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


class Job:
    """Work in a folder that can be interrupted and gone on with."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)

    def start(self):
        return subprocess.Popen([COMMAND, *self.arguments()], cwd=self.folder,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def again(self):
        """Forgets the finished work, so that it can be interrupted once more."""

    def leftovers(self):
        """What an interrupted run left that none removed since."""
        return [path.name for path in self.folder.rglob("*")
                if path.name.endswith((".partial", ".part"))]


class Index(Job):
    """Pictures into a library."""

    count = 120

    def __init__(self, folder):
        super().__init__(folder)
        pictures = self.folder / "pictures"
        pictures.mkdir()
        for index in range(self.count):
            (pictures / f"{index}.bmp").write_bytes(bitmap(index))

    def arguments(self):
        return ["index", "pictures", "--library", "library", "--quiet"]

    def check(self):
        database = self.folder / "library/library.sqlite"
        if not database.exists():
            return
        with sqlite3.connect(database) as connection:
            state = connection.execute("PRAGMA integrity_check").fetchone()[0]
        connection.close()
        assert state == "ok", f"the library is damaged: {state}"

    def result(self):
        info = subprocess.run([COMMAND, "library", "info", "--library", "library", "--json"],
                              cwd=self.folder, capture_output=True, text=True, check=True)
        return json.loads(info.stdout)["pictures"]

    def again(self):
        shutil.rmtree(self.folder / "library")


class Embed(Job):
    """Vectors of texts into one file, which is there whole or not at all."""

    def __init__(self, folder):
        super().__init__(folder)
        words = "一只可爱的猫 海边的日落 红色的汽车 雪山 蓝天白云 一盘水果 草地上的狗 城市夜景".split()
        (self.folder / "texts.txt").write_text(
            "".join(f"{words[i % 8]}{i}\n" for i in range(400)), encoding="utf-8")
        self.expected = None

    def arguments(self):
        return ["embed", "texts", "texts.txt", "--output", "vectors.jsonl", "--quiet"]

    def check(self):
        file = self.folder / "vectors.jsonl"
        if file.exists() and self.expected:
            assert digest(file) == self.expected, "vectors.jsonl is neither absent nor whole"

    def result(self):
        self.expected = digest(self.folder / "vectors.jsonl")
        return self.expected

    def again(self):
        (self.folder / "vectors.jsonl").unlink()

    def leftovers(self):
        # A file of the user's own folder: what a killed run began stays hidden beside it.
        return []


class Train(Job):
    """A model of a few thousand weights, which is resumed to the same weights."""

    def __init__(self, folder):
        super().__init__(folder)
        pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + [chr(0x4E00 + i) for i in range(4, 60)]
        (self.folder / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
        import base64
        with open(self.folder / "train_imgs.tsv", "w") as images, \
                open(self.folder / "train_texts.jsonl", "w", encoding="utf-8") as texts:
            for i in range(24):
                images.write(f"{i}\t{base64.b64encode(bitmap(i, 16)).decode()}\n")
                texts.write(json.dumps({"text_id": i, "text": pieces[4 + i] + pieces[30 + i // 5],
                                        "image_ids": [i]}, ensure_ascii=False) + "\n")
        architecture = {
            "name": "tiny", "embedding_dimension": 16, "context_length": 12,
            "image": {"vision_transformer": {
                "image_size": 16, "patch_size": 8, "width": 128, "layers": 2, "heads": 2,
                "mlp_width": 64, "activation": "quick_gelu"}},
            "text": {"bert": {
                "vocabulary_size": 60, "maximum_positions": 16, "token_types": 2, "width": 64,
                "layers": 2, "heads": 1, "mlp_width": 48, "activation": "gelu",
                "layer_norm_epsilon": 1e-12, "dropout": 0.1, "projection_bias": False}},
            "preprocessing": {
                "conversion_order": "resize_first", "mean": [0.48145466, 0.4578275, 0.40821073],
                "standard_deviation": [0.26862954, 0.26130258, 0.27577711]}}
        (self.folder / "run.json").write_text(json.dumps({
            "model": {"architecture": architecture, "vocabulary": "vocab.txt"}, "device": "cpu",
            "checkpoints": {"every_steps": 2},
            "data": {"train": {"path": ".", "split": "train"}},
            "stages": [{"name": "both", "steps": 24, "batch_size": 8, "learning_rate": 1e-3,
                        "warmup_steps": 2}]}))

    def arguments(self):
        resume = ["--resume"] if (self.folder / "run/config.json").exists() else []
        return ["train", "run.json", "--output", "run", "--threads", "1", "--quiet", *resume]

    def check(self):
        for name in ("last", "best"):
            folder = self.folder / "run" / name
            if folder.exists():
                inspected = subprocess.run([COMMAND, "inspect", str(folder)], capture_output=True)
                assert inspected.returncode == 0, f"{name} cannot be read: {inspected.stderr}"

    def result(self):
        return digest(self.folder / "run/last/model.safetensors")

    def again(self):
        shutil.rmtree(self.folder / "run")


class Power:
    """A disk whose power can be taken, or none where that is not possible."""

    def __init__(self, folder):
        self.image, self.mount = folder / "disk.img", folder / "disk"
        self.mount.mkdir()
        with open(self.image, "wb") as image:
            image.truncate(192 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(self.image)], check=True, capture_output=True)
        self.plug()

    def plug(self):
        subprocess.run(["mount", "-o", "loop", str(self.image), str(self.mount)], check=True,
                       capture_output=True)

    def cut(self, process):
        descriptor = os.open(self.mount, os.O_RDONLY)
        fcntl.ioctl(descriptor, SHUTDOWN, WITHOUT_LOG)
        os.close(descriptor)
        process.kill()
        process.wait()
        process.stderr.close()
        self.unplug()
        self.plug()

    def unplug(self):
        for _ in range(50):
            if subprocess.run(["umount", str(self.mount)], capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError(f"{self.mount} cannot be unmounted")


def measure(job):
    """Seconds and result of a run that nothing interrupts."""
    start = time.monotonic()
    process = job.start()
    errors = process.stderr.read()
    assert process.wait() == 0, errors.decode()
    return time.monotonic() - start, job.result()


def interrupt(job, seconds, expected, stop, chance):
    """One run: interrupted somewhere, or done and then right.

    Returns: whether it was interrupted."""
    process = job.start()
    try:
        process.wait(timeout=chance.uniform(0, seconds * 1.05))
    except subprocess.TimeoutExpired:
        stop(process)
        job.check()
        return True
    errors = process.stderr.read().decode()
    process.stderr.close()
    assert process.returncode == 0, f"it cannot go on: {errors}"
    assert job.result() == expected, "the result is another one than without interruptions"
    assert not job.leftovers(), f"left behind: {job.leftovers()}"
    job.again()
    return False


def kill(process):
    process.kill()
    process.wait()
    process.stderr.close()


def series(kinds, folder, count, stop, chance):
    """Interrupts jobs in turn until there were so many interruptions.

    Returns: how many interruptions and finished runs of each kind."""
    jobs = [kind(folder / kind.__name__.lower()) for kind in kinds]
    known = []
    for job in jobs:
        known.append(measure(job))
        job.again()
    # What the jobs read is no part of the trial.
    os.sync()
    interrupted, finished = [0] * len(jobs), [0] * len(jobs)
    while sum(interrupted) < count:
        # Short jobs more often: a kill costs what it interrupts.
        turn = chance.choices(range(len(jobs)), [1 / seconds for seconds, _ in known])[0]
        if interrupt(jobs[turn], *known[turn], stop, chance):
            interrupted[turn] += 1
        else:
            finished[turn] += 1
    for turn, (job, (_, expected)) in enumerate(zip(jobs, known)):
        _, found = measure(job)
        assert found == expected, "the result is another one than without interruptions"
        assert not job.leftovers(), f"left behind: {job.leftovers()}"
        finished[turn] += 1
    return {kind.__name__: (a, b) for kind, a, b in zip(kinds, interrupted, finished)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--cuts", type=int, default=40)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    chance = random.Random(options.seed)
    print(f"seed {options.seed}", flush=True)
    kinds = [Index, Embed, Train]
    folder = Path(tempfile.mkdtemp(prefix="cnclip-interruptions-"))
    try:
        if options.kills:
            start = time.monotonic()
            counts = series(kinds, folder / "kills", options.kills, kill, chance)
            report("kills", counts, start)
        if options.cuts:
            try:
                power = Power(folder)
            except (OSError, subprocess.CalledProcessError) as error:
                print(f"the power was not cut: {error} (needs root, mkfs.ext4 and loop devices)")
                return
            try:
                start = time.monotonic()
                counts = series(kinds, power.mount / "work", options.cuts, power.cut, chance)
                report("power cuts", counts, start)
            finally:
                power.unplug()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def report(what, counts, start):
    text = ", ".join(f"{name} {a} (finished {b} times)" for name, (a, b) in counts.items())
    total = sum(a for a, _ in counts.values())
    print(f"{total} {what} in {time.monotonic() - start:.0f} s, nothing lost: {text}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except AssertionError as problem:
        sys.exit(f"found: {problem}")
