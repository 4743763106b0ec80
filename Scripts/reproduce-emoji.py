"""Runs the ablation of Chinese-CLIP's two stages on emoji and prints it as a table.

A small CLIP is trained on English captions (it stands for OpenAI's weights), then carried to Chinese
four ways: from scratch, locked image encoder, direct contrastive tuning, two stages. The runs are
Recipes/emoji/*.json; this script starts them with several seeds, measures recall on splits that no
run has seen, and writes the table to runs/emoji/table.md. Runs that are complete are not repeated.

    CNCLIP_DATA=/path/to/data python3 Scripts/reproduce-emoji.py [--seeds 3] [--epochs-scale 1.0]

As many runs as the machine has processors go at once, with one thread each: networks this small
gain little from a second one.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
RECIPES = ROOT / "Recipes/emoji"
FORMS = {
    "scratch": "from scratch",
    "locked": "locked image encoder",
    "direct": "direct contrastive tuning",
    "two-stages": "two stages",
}
SPLITS = ["valid", "test", "test_unseen"]


def command(options) -> str:
    return options.cnclip or str(ROOT / ".build/release/cnclip")


def train(name: str, seed: int, options, english: Path | None = None) -> Path:
    """Runs a recipe unless its result is there; returns the run folder."""
    folder = options.output / ("english" if name == "english" else f"{name}-{seed}")
    state = folder / "last/training.json"
    if state.exists() and json.loads(state.read_text())["isFinished"]:
        return folder
    recipe = json.loads((RECIPES / f"{name}.json").read_text())
    recipe["seed"] = seed
    if "image_weights" in recipe["model"] and english:
        recipe["model"]["image_weights"] = str(english / "best")
    for stage in recipe["stages"]:
        stage["epochs"] = max(1, round(stage["epochs"] * options.epochs_scale))
    file = options.output / f"{folder.name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(recipe, indent=2))
    print(f"{folder.name}: training", file=sys.stderr, flush=True)
    resume = ["--resume"] if state.exists() else []
    arguments = ["train", str(file), "--output", str(folder), "--quiet", "--threads", "1", *resume]
    subprocess.run([command(options), *arguments], check=True, stdout=subprocess.DEVNULL)
    return folder


def recall(folder: Path, split: str, options) -> float:
    """Mean recall of both directions over a whole split, in percent."""
    data = Path(os.environ["CNCLIP_DATA"]) / options.data
    arguments = ["--data", str(data), "--split", split, "--model", str(folder / "best")]
    result = subprocess.run(
        [command(options), "evaluate", "retrieval", *arguments, "--json", "--quiet"],
        check=True, capture_output=True, text=True,
    )
    return json.loads(result.stdout)["mean_recall"]


def minutes(folder: Path) -> float:
    return json.loads((folder / "last/training.json").read_text())["seconds"] / 60


def cell(values: list[float]) -> str:
    spread = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.2f}{spread}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3, help="runs of each form")
    parser.add_argument("--epochs-scale", type=float, default=1, help="factor on all lengths")
    parser.add_argument("--output", type=Path, default=Path("runs/emoji"))
    parser.add_argument("--data", default="emoji-cn", help="the folder inside CNCLIP_DATA")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="runs at once")
    parser.add_argument("--cnclip", help="the command; by default the one built here")
    options = parser.parse_args()
    if "CNCLIP_DATA" not in os.environ:
        sys.exit("CNCLIP_DATA does not say where emoji-cn is; Scripts/make-emoji-set.py makes one")
    splits = [
        split for split in SPLITS
        if (Path(os.environ["CNCLIP_DATA"]) / options.data / f"{split}_texts.jsonl").exists()
    ]
    lines = [
        f"| form | {' | '.join(splits)} | minutes |",
        "|---|" + "---:|" * (len(splits) + 1),
    ]
    seeds = range(1, options.seeds + 1)
    with ThreadPoolExecutor(options.jobs) as pool:
        english = pool.submit(train, "english", 1, options)
        # It needs no English model, so it need not wait for one.
        runs = {("scratch", seed): pool.submit(train, "scratch", seed, options) for seed in seeds}
        start = english.result()
        for name in FORMS:
            for seed in seeds:
                if name != "scratch":
                    runs[name, seed] = pool.submit(train, name, seed, options, start)
    for name, title in FORMS.items():
        folders = [runs[name, seed].result() for seed in seeds]
        cells = [cell([recall(f, split, options) for f in folders]) for split in splits]
        cells.append(cell([minutes(f) for f in folders]))
        lines.append(f"| {title} | {' | '.join(cells)} |")
        print(lines[-1], file=sys.stderr, flush=True)
    table = "\n".join(lines)
    note = (
        f"Mean recall (R@1, 5, 10 both ways, percent) over {options.seeds} seeds, "
        f"epochs × {options.epochs_scale}, {time.strftime('%Y-%m-%d')}."
    )
    (options.output / "table.md").write_text(f"{note}\n\n{table}\n")
    print(f"{note}\n\n{table}")


if __name__ == "__main__":
    main()
