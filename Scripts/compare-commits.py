"""Says whether two builds of cnclip compute the same: losses, weights, features and recall.

A refactoring must leave all of them equal to the bit. Each case is a short training of a tiny model
on the CPU in fp32, then `embed` and `evaluate` with what it made. Both builds start from the same
seed; weights are compared by name, metrics without their seconds.

    Scripts/compare-commits.py BEFORE/cnclip AFTER/cnclip --data DIR [--split valid] [--only CASE …]

DIR holds {split}_imgs.tsv and {split}_texts.jsonl; the first pictures are taken. A case that is known
to round otherwise is compared to a tolerance, which is printed.
"""

import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURES = 40


def subset(data: Path, split: str, folder: Path) -> None:
    """Writes the first pictures of a split, with their captions, as train and valid."""
    with open(data / f"{split}_imgs.tsv") as file:
        lines = [line for _, line in zip(range(PICTURES), file)]
    kept = {int(line.split("\t")[0]) for line in lines}
    texts = []
    for line in open(data / f"{split}_texts.jsonl"):
        text = json.loads(line)
        text["image_ids"] = [number for number in text["image_ids"] if number in kept]
        if text["image_ids"]:
            texts.append(json.dumps(text, ensure_ascii=False) + "\n")
    for name in ["train", "valid"]:
        (folder / f"{name}_imgs.tsv").write_text("".join(lines))
        (folder / f"{name}_texts.jsonl").write_text("".join(texts))


def configuration(folder: Path, image: dict, stages: list, **keys) -> dict:
    text = {
        "vocabulary_size": 21128, "maximum_positions": 32, "token_types": 2, "width": 32, "layers": 3,
        "heads": 2, "mlp_width": 64, "activation": "gelu", "layer_norm_epsilon": 1e-12,
        "dropout": 0.1, "projection_bias": True,
    }  # fmt: skip
    architecture = {
        "name": "tiny", "embedding_dimension": 24, "context_length": 16, "image": image,
        "text": {"bert": text},
        "preprocessing": {
            "mean": [0.48145466, 0.4578275, 0.40821073],
            "standard_deviation": [0.26862954, 0.26130258, 0.27577711],
            "conversion_order": "resize_first",
        },
    }  # fmt: skip
    standard = {
        "model": {"architecture": architecture}, "seed": 7, "precision": "fp32", "device": "cpu",
        "log_interval": 1, "evaluation": {"every_epochs": 0}, "stages": stages,
        "data": {
            "train": {"path": str(folder), "split": "train"},
            "valid": {"path": str(folder), "split": "valid"},
        },
    }  # fmt: skip
    return {**standard, **keys}


def stage(**keys) -> dict:
    standard = {
        "name": "both", "steps": 6, "batch_size": 8, "learning_rate": 1e-3, "warmup_steps": 2,
        "gradient_clip": 1, "optimizer": {"weight_decay": 0.05},
    }  # fmt: skip
    return {**standard, **keys}


VIT = {
    "vision_transformer": {
        "image_size": 32, "patch_size": 8, "width": 32, "layers": 3, "heads": 2, "mlp_width": 64,
        "activation": "quick_gelu",
    }
}  # fmt: skip
RESNET = {"modified_resnet": {"image_size": 64, "layers": [1, 1, 1, 1], "width": 8, "heads": 8}}
LITE = {
    "efficientnet_lite": {
        "image_size": 32, "width_multiplier": 0.25, "depth_multiplier": 0.5, "projection_bias": True,
    }
}  # fmt: skip


def cases(data: Path) -> dict:
    """Name → (run file, the case whose best model it needs, tolerance)."""
    locked = ["visual.*"]
    augmented = dict(configuration(data, VIT, [])["data"], augment=True)
    return {
        "vit": (
            configuration(
                data, VIT, [stage(micro_batch=3, layer_decay=0.8, mask_ratio=0.25)],
                objective={"label_smoothing": 0.1}, moving_average=0.9,
            ),
            None, 0,
        ),
        "augmented": (
            configuration(
                data, VIT, [stage(recompute_blocks=True)], data=augmented,
                objective={"positives": "identity"},
            ),
            None, 0,
        ),
        "two-stages": (
            configuration(
                data, VIT,
                [stage(name="locked", frozen=locked, cache_features=False), stage(name="both")],
            ),
            None, 0,
        ),
        "resnet": (configuration(data, RESNET, [stage(batch_norm="batch")]), None, 0),
        "lite": (configuration(data, LITE, [stage(batch_norm="batch", layer_decay=0.9)]), None, 0),
        "lora": (
            configuration(data, VIT, [stage()], model={"low_rank": {"rank": 2, "alpha": 4}}), "vit", 0,
        ),
        "distilled": (
            configuration(
                data, VIT, [stage()], objective={"distillation": {"teacher": "", "image_weight": 0.5}}
            ),
            "vit", 0,
        ),
        # Several weights are added up in another order.
        "distilled-all": (
            configuration(
                data, VIT, [stage()],
                objective={
                    "distillation": {
                        "teacher": "", "image_weight": 0.5, "text_weight": 0.25, "logit_weight": 1,
                    }
                },
            ),
            "vit", 1e-5,
        ),
        # The cache keeps what a frozen trunk pools; the head multiplies another batch's shape.
        "cached": (configuration(data, VIT, [stage(frozen=locked)]), None, 1e-4),
    }  # fmt: skip


def tensors(path: Path) -> dict[str, list]:
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    result = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        values = data[8 + length + first : 8 + length + last]
        count = len(values) // 4
        result[name] = list(struct.unpack(f"<{count}f", values)) if entry["dtype"] == "F32" else values
    return result


def numbers(path: Path) -> list:
    """The records of a file of JSON lines, without what a clock says."""
    return [
        {key: value for key, value in json.loads(line).items() if not key.endswith("seconds")}
        for line in path.read_text().splitlines()
    ]


def difference(a, b) -> float:
    """The largest relative difference of numbers; infinite where anything else differs."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return max((difference(a[key], b[key]) for key in a), default=0)
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return max(map(difference, a, b), default=0)
    if a == b:
        return 0
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b) / max(abs(a), abs(b), 1e-2)
    return float("inf")


def run(binary: Path, folder: Path, data: Path, only: list[str]) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}

    def call(*arguments) -> None:
        done = subprocess.run(
            [binary, *map(str, arguments)], capture_output=True, text=True, env=environment
        )
        if done.returncode:
            sys.exit(f"{binary} {' '.join(map(str, arguments))}:\n{done.stderr[-2000:]}")

    for name, (settings, needed, _) in cases(data).items():
        if name not in only:
            continue
        best = str(folder / (needed or "") / "best")
        if needed and "architecture" not in settings["model"]:
            settings["model"]["from"] = best
        if distillation := settings.get("objective", {}).get("distillation"):
            distillation["teacher"] = best
        file = folder / f"{name}.json"
        file.write_text(json.dumps(settings))
        output = folder / name
        call("train", file, "--output", output, "--quiet", "--threads", 1)
        model = ["--model", output / "best", "--device", "cpu", "--precision", "fp32"]
        call("embed", "images", "--tsv", data / "valid_imgs.tsv", *model, "-o", output / "images.jsonl")
        call("embed", "texts", "--jsonl", data / "valid_texts.jsonl", *model, "-o", output / "texts.jsonl")
        call("evaluate", "retrieval", "--data", data, *model, "--files", output / "results")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="valid")
    parser.add_argument("--only", nargs="*")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        data = root / "data"
        data.mkdir()
        subset(arguments.data, arguments.split, data)
        all_cases = cases(data)
        only = arguments.only or list(all_cases)
        only += [need for name in only if (need := all_cases[name][1]) and need not in only]
        for name, binary in [("before", arguments.before), ("after", arguments.after)]:
            (root / name).mkdir()
            run(binary.resolve(), root / name, data, only)
        failures = 0
        for name in all_cases:
            if name not in only:
                continue
            before, after = root / "before" / name, root / "after" / name
            found = {}
            for file in ["metrics.jsonl", "images.jsonl", "texts.jsonl"]:
                found[file] = difference(numbers(before / file), numbers(after / file))
            for part in ["best", "last"]:
                file = f"{part}/model.safetensors"
                found[file] = difference(tensors(before / file), tensors(after / file))
            for file in sorted((before / "results").glob("*.json")):
                old, new = file.read_text(), (after / "results" / file.name).read_text()
                found[file.name] = difference(json.loads(old), json.loads(new))
            tolerance = all_cases[name][2]
            worst = max(found, key=found.get)
            ok = found[worst] <= tolerance
            failures += not ok
            print(
                f"{name:14} {'equal' if found[worst] == 0 else f'differs by {found[worst]:.1e} in {worst}'}"
                f"{f' (at most {tolerance:g})' if tolerance else ''}{'' if ok else '  FAILS'}"
            )
        sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
