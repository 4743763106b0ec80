"""Trains cn_clip's model under PyTorch and ours side by side: equal losses, speed, memory.

`parity` starts both from one .pt file and the same order of pairs, without dropout, and compares the
losses of every step. `speed` runs a plain PyTorch loop over cn_clip's model (bf16 autocast, texts
padded to 52, every picture encoded in every step) and `cnclip train` in turn, and prints pairs per
second and peak memory of both. Both take the data from a folder of Chinese-CLIP's files.

    .venv/bin/python Scripts/compare-training.py parity --data DIR --stage 1
    .venv/bin/python Scripts/compare-training.py speed  --data DIR --stage 2 --steps 8
"""

import argparse
import base64
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "fixtures"))
import peers  # noqa: E402, F401
import torch  # noqa: E402
from PIL import Image  # noqa: E402

ROOT = Path(__file__).parents[1]
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(3, 1, 1)
DEVIATION = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(3, 1, 1)
WARMUP = 5


def architecture(image: str, text: str) -> dict:
    import cn_clip.clip as package

    folder = Path(package.__file__).parent / "model_configs"
    numbers = json.loads((folder / f"{image}.json").read_text())
    numbers |= json.loads((folder / f"{text}.json").read_text())
    return numbers


def build(options) -> torch.nn.Module:
    from cn_clip.clip.model import CLIP

    torch.manual_seed(options.seed)
    numbers = architecture(options.image, options.text)
    if options.mode == "parity":
        numbers["text_hidden_dropout_prob"] = numbers["text_attention_probs_dropout_prob"] = 0.0
    model = CLIP(**numbers).float()
    model.size = numbers["image_resolution"]
    return model


class Pairs:
    """Chinese-CLIP's source files, one item a pair, as its LMDB has them."""

    def __init__(self, folder: Path, split: str, size: int):
        from cn_clip.clip import tokenize

        self.size, self.tokenize, self.images, self.pairs = size, tokenize, {}, []
        with open(folder / f"{split}_imgs.tsv") as file:
            for line in file:
                key, content = line.rstrip("\n").split("\t")
                self.images[int(key)] = content
        with open(folder / f"{split}_texts.jsonl") as file:
            for line in file:
                entry = json.loads(line)
                self.pairs += [(image, entry["text"]) for image in entry["image_ids"]]

    def batch(self, rows: list[int]):
        images, texts = [], []
        for row in rows:
            key, text = self.pairs[row]
            picture = Image.open(io.BytesIO(base64.urlsafe_b64decode(self.images[key])))
            picture = picture.resize((self.size, self.size), Image.BICUBIC).convert("RGB")
            pixels = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8)
            pixels = pixels.view(self.size, self.size, 3).permute(2, 0, 1).float() / 255
            images.append((pixels - MEAN) / DEVIATION)
            texts.append(text.lower().replace("“", '"').replace("”", '"'))
        return torch.stack(images), self.tokenize(texts)


def order(count: int, batch: int, seed: int):
    """cn_clip's sampler: DistributedSampler over the padded set, seed + epoch."""
    padded = (count + batch - 1) // batch * batch
    epoch = 0
    while True:
        generator = torch.Generator()
        generator.manual_seed(seed + epoch)
        permutation = torch.randperm(padded, generator=generator).tolist()
        for start in range(0, padded, batch):
            yield [row % count for row in permutation[start : start + batch]]
        epoch += 1


def plain_loop(options, model) -> tuple[list[float], float]:
    """cn_clip's training step without its launcher; returns losses and seconds of steady steps."""
    from cn_clip.training.scheduler import cosine_lr

    for name, parameter in model.named_parameters():
        parameter.requires_grad = not (options.stage == 1 and name.startswith("visual"))
    learned = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    plain = lambda n: any(part in n for part in ("bn", "ln", "bias", "logit_scale"))
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for n, p in learned if plain(n)], "weight_decay": 0.0},
            {"params": [p for n, p in learned if not plain(n)], "weight_decay": 0.001},
        ],
        lr=options.rate, betas=(0.9, 0.98), eps=1e-6,
    )
    schedule = cosine_lr(optimizer, options.rate, WARMUP, options.steps)
    pairs = Pairs(options.data, options.split, model.size)
    batches = order(len(pairs.pairs), options.batch, options.seed)
    target = torch.arange(options.batch)
    entropy = torch.nn.functional.cross_entropy
    losses, started = [], 0.0
    model.train()
    for step in range(options.steps):
        if step == options.warm_steps:
            started = time.monotonic()
        images, ids = pairs.batch(next(batches))
        schedule(step)
        optimizer.zero_grad()
        mixed = options.mode == "speed"
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            image_features, text_features, scale = model(images, ids)
            logits = scale * image_features @ text_features.t()
            loss = (entropy(logits, target) + entropy(logits.t(), target)) / 2
        loss.backward()
        optimizer.step()
        model.logit_scale.data = torch.clamp(model.logit_scale.data, 0, 4.6052)
        losses.append(loss.item())
    return losses, time.monotonic() - started


def run_file(options, checkpoint: Path) -> dict:
    stage = {
        "name": "compared", "steps": options.steps, "batch_size": options.batch,
        "learning_rate": options.rate, "warmup_steps": WARMUP,
        "optimizer": {"weight_decay": 0.001, "weight_decay_rule": "cn_clip"},
    }
    if options.stage == 1:
        stage["frozen"] = ["visual.*"]
    model = {"from": f"{options.image}@{options.text}", "checkpoint": str(checkpoint)}
    if options.mode == "parity":
        model["dropout"] = 0.0
        stage["cache_features"] = False
    return {
        "name": "compared", "seed": options.seed, "model": model,
        "data": {"train": {"path": str(options.data), "split": options.split}},
        "objective": {"positives": "identity"}, "stages": [stage], "log_interval": 1,
        "precision": "bf16" if options.mode == "speed" else "fp32",
        "device": "cpu", "evaluation": {"at_start": False},
    }


def ours(options, checkpoint: Path, folder: Path) -> tuple[list[dict], float]:
    """Trains with the command; returns its steps and its peak memory in MB."""
    file = folder / "run.json"
    file.write_text(json.dumps(run_file(options, checkpoint)))
    command = options.cnclip or str(ROOT / ".build/release/cnclip")
    arguments = [command, "train", str(file), "--output", str(folder / "run"), "--quiet"]
    arguments += ["--threads", str(options.threads)] if options.threads else []
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit("the command failed")
    lines = (folder / "run/metrics.jsonl").read_text().splitlines()
    steps = [line for line in map(json.loads, lines) if line["event"] == "step"]
    return steps, usage.ru_maxrss / 1024


def compare_losses(options) -> None:
    with tempfile.TemporaryDirectory() as name:
        checkpoint = Path(name) / "start.pt"
        model = build(options)
        torch.save({"state_dict": model.state_dict()}, checkpoint)
        theirs, _ = plain_loop(options, model)
        found = [line["loss"] for line in ours(options, checkpoint, Path(name))[0]]
    worst = max(abs(a - b) / a for a, b in zip(theirs, found, strict=True))
    print(f"stage {options.stage}, {options.steps} steps: loss {theirs[0]:.6f} → {theirs[-1]:.6f}")
    print(f"largest relative difference of a loss: {worst:.2e}")
    if worst > 1e-4:
        sys.exit("the losses differ by more than 1e-4")


def child_peak(action) -> tuple[object, float]:
    """Runs an action in a child process; returns its result and its peak memory in MB."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        result = json.dumps(action()).encode()
        os.write(writer, result)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        text = file.read()
    _, status, usage = os.wait4(child, 0)
    if status:
        sys.exit("the PyTorch loop failed")
    return json.loads(text), usage.ru_maxrss / 1024


def compare_speed(options) -> None:
    steady = options.steps - options.warm_steps
    pairs = steady * options.batch
    theirs, mine = [], []
    with tempfile.TemporaryDirectory() as name:
        checkpoint = Path(name) / "start.pt"

        def save():
            torch.save({"state_dict": build(options).state_dict()}, checkpoint)

        child_peak(save)
        for turn in range(options.turns):

            def loop():
                if options.threads:
                    torch.set_num_threads(options.threads)
                model = build(options)
                model.load_state_dict(torch.load(checkpoint)["state_dict"])
                return plain_loop(options, model)[1]

            seconds, peak = child_peak(loop)
            theirs.append((pairs / seconds, peak))
            folder = Path(name) / f"turn{turn}"
            folder.mkdir()
            before = time.monotonic()
            steps, peak = ours(options, checkpoint, folder)
            whole = time.monotonic() - before
            steady = sum(step["step_seconds"] for step in steps[options.warm_steps :])
            mine.append((pairs / steady, peak))
            print(
                f"turn {turn + 1}: PyTorch loop {theirs[-1][0]:.2f} pairs/s, {theirs[-1][1]:.0f} MB; "
                f"cnclip {mine[-1][0]:.2f} pairs/s, {peak:.0f} MB, {whole:.0f} s with start and end",
                flush=True,
            )
    ratio = sorted(m[0] / t[0] for m, t in zip(mine, theirs))[len(mine) // 2]
    print(
        f"stage {options.stage}, {options.image}@{options.text}, batch {options.batch}: "
        f"{ratio:.2f}× the PyTorch loop (median of {options.turns} turns)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("mode", choices=["parity", "speed"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="train")
    parser.add_argument("--stage", type=int, choices=[1, 2], default=2)
    parser.add_argument("--image", default="ViT-B-32")
    parser.add_argument("--text", default="RBT3-chinese")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--warm-steps", type=int, default=2, help="steps that speed leaves out")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--rate", type=float, default=1e-5)
    parser.add_argument("--seed", type=int, default=123)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--cnclip", help="the command; by default the one built here")
    options = parser.parse_args()
    (compare_losses if options.mode == "parity" else compare_speed)(options)


if __name__ == "__main__":
    main()
