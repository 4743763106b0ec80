"""Trains what a method is compared with, several seeds each, and prints the comparison as a table.

    CNCLIP_DATA=/path/to/data python3 Scripts/reproduce.py METHOD [--seeds 3] [--epochs-scale 1.0]

A method is a folder of run files, Recipes/METHOD, and a row of METHODS below: which of its files are
compared, what they start from and what is measured. A start is a small CLIP trained on English
captions; it stands for published weights, is trained once, and gives the image tower. Runs go into
runs/METHOD with the table; those that are complete are not repeated.

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
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
RECIPES = ROOT / "Recipes"
MOSAICS = Path("runs/data/emoji-mosaics")


@dataclass(frozen=True)
class Method:
    """What `make reproduce METHOD=…` trains and measures."""

    # Run files of Recipes/METHOD that are compared, with what the table calls them.
    forms: dict[str, str]
    # A run file of Recipes, whose best model gives the image tower; it is trained first.
    start: str
    # Column titles with what gives their numbers from a run folder.
    measures: dict[str, Callable]
    # Numbers that no training has to reach, by column title.
    chance: dict[str, Callable] = field(default_factory=dict)
    uses_mosaics: bool = True


def measured(folder: Path, options, *arguments: str) -> dict:
    """What an evaluation of a run's best model prints."""
    command = [options.cnclip, "evaluate", *arguments, "--model", str(folder / "best")]
    result = subprocess.run(
        [*command, "--json", "--quiet"], check=True, capture_output=True, text=True)
    return json.loads(result.stdout)


def recall(split: str, folder: Path, options) -> float:
    """Mean recall of both directions over a whole split, in percent."""
    data = str(Path(os.environ["CNCLIP_DATA"]) / options.data)
    return measured(folder, options, "retrieval", "--data", data, "--split", split)["mean_recall"]


def alignment(key: str, folder: Path, options) -> float:
    """The share of a mosaic's places whose best word is of their own drawing's name, in percent."""
    found = measured(folder, options, "alignment", "--data", str(MOSAICS), "--split", "test")
    return 100 * found[key]


ALIGNED = dict(
    start="start/english",
    measures={
        "recall test": partial(recall, "test"),
        "alignment": partial(alignment, "accuracy"),
    },
    chance={"alignment": partial(alignment, "chance")},
)
METHODS = {
    "emoji": Method(
        forms={
            "scratch": "from scratch",
            "locked": "locked image encoder",
            "direct": "direct contrastive tuning",
            "two-stages": "two stages",
        },
        start="emoji/english",
        measures={s: partial(recall, s) for s in ["valid", "test", "test_unseen"]},
        uses_mosaics=False,
    ),
    "filip": Method(
        forms={
            "global": "one vector",
            "tokenwise": "token-wise (FILIP)",
            "quarter": "token-wise, a quarter of the tokens",
            "reduced": "token-wise, reduced to 6 tokens",
        },
        **ALIGNED,
    ),
    "wukong": Method(
        forms={
            "global": "Wukong G: one vector",
            "tokenwise": "Wukong F: token-wise",
            "reduced": "Wukong: reduced to 6 tokens",
        },
        **ALIGNED,
    ),
}


def train(recipe: str, folder: Path, seed: int, options, start: Path | None = None) -> Path:
    """Runs a recipe unless its result is there; returns the run folder."""
    state = folder / "last/training.json"
    if state.exists() and json.loads(state.read_text())["isFinished"]:
        return folder
    run = json.loads((RECIPES / f"{recipe}.json").read_text())
    run["seed"] = seed
    if start and "image_weights" in run["model"]:
        run["model"]["image_weights"] = str(start / "best")
    for stage in run["stages"]:
        if start is not None and "epochs" in stage:
            stage["epochs"] = max(1, round(stage["epochs"] * options.epochs_scale))
        elif start is not None:
            stage["steps"] = max(1, round(stage["steps"] * options.epochs_scale))
        if start is not None and options.batch_size:
            stage["batch_size"] = options.batch_size
    file = folder.parent / f"{folder.name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(run, indent=2))
    print(f"{folder}: training", file=sys.stderr, flush=True)
    resume = ["--resume"] if state.exists() else []
    arguments = ["train", str(file), "--output", str(folder), "--quiet", "--threads", "1", *resume]
    subprocess.run([options.cnclip, *arguments], check=True, stdout=subprocess.DEVNULL)
    return folder


def minutes(folder: Path) -> float:
    return json.loads((folder / "last/training.json").read_text())["seconds"] / 60


def cell(values: list[float]) -> str:
    spread = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.2f}{spread}"


def make_mosaics() -> None:
    if (MOSAICS / "test_tiles.jsonl").exists():
        return
    own = ROOT / ".venv/bin/python"
    python = str(own) if own.exists() else sys.executable
    subprocess.run([python, str(ROOT / "Scripts/make-mosaics.py"), "--output", MOSAICS], check=True)


def available(method: Method, options) -> dict[str, Callable]:
    """The measures whose split is in the data; what is left out is said."""
    found = {}
    for title, measure in method.measures.items():
        split = measure.args[0] if measure.func is recall else None
        file = Path(os.environ["CNCLIP_DATA"]) / options.data / f"{split}_texts.jsonl"
        if split is None or file.exists():
            found[title] = measure
        else:
            print(f"'{title}' is left out: there is no {file}", file=sys.stderr)
    return found


def table(name: str, options) -> str:
    method = METHODS[name]
    if method.uses_mosaics:
        make_mosaics()
    measures = available(method, options)
    start_folder = options.runs / method.start.replace("start/english", "start")
    seeds = range(1, options.seeds + 1)
    with ThreadPoolExecutor(options.jobs) as pool:
        # The start keeps its length: it stands for published weights.
        start = pool.submit(train, method.start, start_folder, 1, options)
        runs = {
            (form, seed): pool.submit(
                lambda form, seed: train(
                    f"{name}/{form}", options.runs / name / f"{form}-{seed}", seed, options,
                    start.result()),
                form, seed)
            for form in method.forms for seed in seeds
        }
        folders = {key: run.result() for key, run in runs.items()}
    lines = [
        f"| form | {' | '.join(measures)} | minutes |",
        "|---|" + "---:|" * (len(measures) + 1),
    ]
    if method.chance:
        first = next(iter(folders.values()))
        cells = [
            cell([method.chance[title](first, options)]) if title in method.chance else ""
            for title in measures
        ]
        lines.append(f"| chance | {' | '.join(cells)} | |")
    for form, title in method.forms.items():
        of_form = [folders[form, seed] for seed in seeds]
        cells = [cell([measure(f, options) for f in of_form]) for measure in measures.values()]
        cells.append(cell([minutes(f) for f in of_form]))
        lines.append(f"| {title} | {' | '.join(cells)} |")
        print(lines[-1], file=sys.stderr, flush=True)
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("method", choices=METHODS, nargs="?", default="emoji")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each form")
    parser.add_argument("--epochs-scale", type=float, default=1, help="factor on all lengths")
    parser.add_argument("--batch-size", type=int, help="pairs in a step, instead of the recipes'")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="where runs go")
    parser.add_argument("--data", default="emoji-cn", help="the folder inside CNCLIP_DATA")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="runs at once")
    parser.add_argument(
        "--cnclip", default=str(ROOT / ".build/release/cnclip"),
        help="the command; by default the one built here")
    options = parser.parse_args()
    if "CNCLIP_DATA" not in os.environ:
        sys.exit("CNCLIP_DATA does not say where emoji-cn is; Scripts/make-emoji-set.py makes one")
    rows = table(options.method, options)
    batch = f"{options.batch_size} pairs a step, " if options.batch_size else ""
    note = (
        f"Mean recall (R@1, 5, 10 both ways) and shares in percent over {options.seeds} seeds, "
        f"epochs × {options.epochs_scale}, {batch}{time.strftime('%Y-%m-%d')}."
    )
    (options.runs / options.method / "table.md").write_text(f"{note}\n\n{rows}\n")
    print(f"{note}\n\n{rows}")


if __name__ == "__main__":
    main()
