"""Runs MedCLIP and ConVIRT on the stand-in of Scripts/make-medical-stand-in.py and prints a table.

Films and reports are imported by 'cnclip dataset findings', trained on by Recipes/medclip and
Recipes/convirt with several seeds, and judged by 'cnclip evaluate findings' on films that no run has
seen: mean ROC AUC over the findings, accuracy on films with one finding, precision at 10, and the ROC AUC of a supervised head on 1, 10 and
100 % of the labels. Runs that are
complete are not repeated.

    python3 Scripts/make-medical-stand-in.py --emoji $CNCLIP_DATA/emoji-cn --output $CNCLIP_DATA/stand-in
    CNCLIP_DATA=… python3 Scripts/reproduce-medical.py [--seeds 3] [--steps 400]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SPLITS = {"tenth": "1/10", "third": "1/3", "train": "all"}
TITLES = {
    "medclip/paired-hard": "pairs, all others wrong (CLIP)",
    "medclip/paired-soft": "pairs, labels say what is right",
    "medclip/unpaired": "no pairs, labels (MedCLIP)",
    "medclip/unpaired-cosine": "no pairs, cosine of labels, texts altered",
    "convirt/pairs": "pairs, ConVIRT's loss and heads",
}
# Recipe, set of reports, films: a row of the table each, in the order in which they are run.
ROWS = [
    *[(f"medclip/{form}", "negated", split) for split in ("train", "tenth", "third")
      for form in ("paired-hard", "paired-soft", "unpaired")],
    ("convirt/pairs", "negated", "train"),
    *[(f"medclip/{form}", "plain", "train") for form in ("paired-hard", "paired-soft", "unpaired")],
    ("medclip/unpaired-cosine", "negated", "train"),
]


def run(options, *arguments: str) -> str:
    command = [options.cnclip, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def prepare(options, data: Path) -> None:
    for name in ("negated", "plain"):
        for split in [*SPLITS, "test"]:
            if not (data / f"data/{name}/{split}_labels.jsonl").exists():
                run(options, "dataset", "findings", data / f"{name}/{split}.csv", "--table",
                    data / "table.csv", "--report-column", "report", "--minimum-words", "3",
                    "--split", split, "--output", data / f"data/{name}", "--quiet")


def train(options, data: Path, recipe: str, name: str, split: str, seed: int) -> Path:
    folder = options.output / f"{recipe.replace('/', '-')}-{name}-{split}-{seed}"
    state = folder / "last/training.json"
    if state.exists() and json.loads(state.read_text())["isFinished"]:
        return folder
    own = json.loads((ROOT / f"Recipes/{recipe}.json").read_text())
    own["seed"] = seed
    source = own["data"]["train"]
    source["path"], source["split"] = str(data / f"data/{name}"), split
    if "labels" in source:
        source["labels"] = str(data / f"data/{name}/{split}_labels.jsonl")
    for stage in own["stages"]:
        stage["steps"] = options.steps
        stage["warmup_steps"] = options.steps // 10
    file = options.output / f"{folder.name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(own, indent=2))
    run(options, "train", file, "--output", folder, "--quiet", "--threads", "1",
        *(["--resume"] if state.exists() else []))
    return folder


def judge(options, data: Path, folder: Path, name: str, probes: bool) -> dict:
    file = folder / ("probes.json" if probes else "findings.json")
    if not file.exists():
        more = ["--train", "train"] if probes else []
        file.write_text(run(
            options, "evaluate", "findings", "--data", data / f"data/{name}", "--split", "test",
            "--prompts", data / "prompts.json", "--model", folder / "last", "--json",
            "--quiet", "--device", "cpu", *more))
    return json.loads(file.read_text())


def cell(values: list[float]) -> str:
    spread = f" ± {100 * statistics.stdev(values):.1f}" if len(values) > 1 else ""
    return f"{100 * statistics.mean(values):.1f}{spread}"


def chance(data: Path) -> tuple[float, float]:
    """Share of the commonest finding among films with one, and of right films for a finding."""
    lines = [json.loads(line) for line in open(data / "data/negated/test_labels.jsonl")]
    states = [line["labels"] for line in lines if "image_id" in line]
    single = [row.index(1) for row in states if row.count(1) == 1]
    width = len(states[0])
    commonest = max(single.count(label) for label in range(width)) / len(single)
    return commonest, statistics.mean(
        sum(row[label] == 1 for row in states) / len(states) for label in range(width))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--heads", action="store_true", help="supervised heads, which take longest")
    parser.add_argument("--rows", type=int, help="so many rows of the table; all by default")
    parser.add_argument("--output", type=Path, default=Path("runs/medical"))
    parser.add_argument("--data", default="stand-in", help="the folder inside CNCLIP_DATA")
    parser.add_argument("--cnclip", default=str(ROOT / ".build/release/cnclip"))
    options = parser.parse_args()
    if "CNCLIP_DATA" not in os.environ:
        sys.exit("CNCLIP_DATA does not say where the stand-in is; see the head of this script")
    data = Path(os.environ["CNCLIP_DATA"]) / options.data
    prepare(options, data)
    commonest, share = chance(data)
    lines = [
        "| trained on | reports | films | ROC AUC | accuracy | P@10 label → film | P@10 film → film "
        "| head, 1 % | 10 % | 100 % |",
        "|---|---|---|" + "---:|" * 7,
        f"| chance | | | 50.0 | {100 * commonest:.1f} | {100 * share:.1f} | | 50.0 | 50.0 | 50.0 |",
    ]
    seeds = range(1, options.seeds + 1)
    for recipe, name, split in ROWS[: options.rows]:
        found = []
        for seed in seeds:
            start = time.time()
            folder = train(options, data, recipe, name, split, seed)
            heads = options.heads and split == "train"
            found.append(judge(options, data, folder, name, heads))
            print(f"{folder.name}: {time.time() - start:.0f} s", file=sys.stderr, flush=True)
        zero = [entry["methods"][0] for entry in found]
        precision = [entry["precision"] for entry in found]
        words = "with negation" if name == "negated" else "without"
        cells = [
            cell([entry["mean_auroc"] for entry in zero]),
            cell([entry["accuracy"] for entry in zero]),
            cell([entry["label_to_image"]["10"] for entry in precision]),
            cell([entry["image_to_image"]["10"] for entry in precision]),
        ]
        for place in range(1, 4):
            known = [entry["methods"][place]["mean_auroc"] for entry in found
                     if len(entry["methods"]) > place]
            cells.append(cell(known) if known else "")
        lines.append(f"| {TITLES[recipe]} | {words} | {SPLITS[split]} | {' | '.join(cells)} |")
        (options.output / "table.md").write_text("\n".join(lines) + "\n")
    note = (
        f"Percent over {options.seeds} seeds, {options.steps} steps of 64, "
        f"{time.strftime('%Y-%m-%d')}.")
    (options.output / "table.md").write_text(note + "\n\n" + "\n".join(lines) + "\n")
    print(note + "\n\n" + "\n".join(lines))


if __name__ == "__main__":
    main()
