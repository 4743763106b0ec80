"""Measures models on data that they were not trained on, and writes the table of the card.

    evaluate.py CNCLIP DATA OUTPUT NAME=MODEL [NAME=MODEL …]

DATA holds stamps-cn, emoji-cn and fruits-cn, in Chinese-CLIP's files; a set that is not there is named
and left out. `cnclip evaluate` ranks; this counts recall again from its files for the intervals:
95 %, by 2000 draws of the queries. Chance is counted from the numbers of right answers. Names that
differ in a number at their end (new-1, new-2) are seeds of one model: their mean and range are shown.
OUTPUT gets figures.json and figures.md.
"""

import argparse
import json
import random
import re
import statistics
import subprocess
from math import comb
from pathlib import Path

RETRIEVAL = [("stamps-cn", "valid"), ("emoji-cn", "test"), ("emoji-cn", "test_unseen")]
DEPTHS = [1, 5, 10]
DRAWS = 2000


def lines(file: Path) -> list[dict]:
    """The entries of a file of JSON lines."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]


def interval(hits: list[bool]) -> tuple[float, float]:
    """The middle 95 % of the share of hits, over draws with replacement."""
    draw = random.Random(0)
    shares = sorted(sum(draw.choices(hits, k=len(hits))) / len(hits) for _ in range(DRAWS))
    return shares[int(0.025 * DRAWS)], shares[int(0.975 * DRAWS)]


def chance(right: list[int], count: int, depth: int) -> float:
    """The mean probability that a random list holds a right answer."""
    return statistics.mean(1 - comb(count - n, depth) / comb(count, depth) for n in right)


def recall_figures(folder: Path, split: str, data: Path) -> dict:
    """Recall both ways with intervals and chance, from the files of `evaluate retrieval`."""
    texts = {line["text_id"]: set(line["image_ids"]) for line in lines(data / f"{split}_texts.jsonl")}
    images: dict[int, set[int]] = {}
    for text, found in texts.items():
        for image in found:
            images.setdefault(image, set()).add(text)
    figures = {}
    for way, right, name, key, answers in [
        ("text to image", texts, f"{split}_predictions.jsonl", "text_id", "image_ids"),
        ("image to text", images, f"{split}_tr_predictions.jsonl", "image_id", "text_ids"),
    ]:
        ranked = {line[key]: line[answers] for line in lines(folder / name)}
        total = len(images) if answers == "image_ids" else len(texts)
        for depth in DEPTHS:
            hits = [bool(right[query] & set(ranked[query][:depth])) for query in right]
            figures[f"{way} R@{depth}"] = {
                "value": statistics.mean(hits), "interval": interval(hits), "queries": len(hits),
                "chance": chance([len(one) for one in right.values()], total, depth),
            }
    return figures


def measure(cnclip: str, model: str, data: Path, scratch: Path) -> dict:
    """All figures of one model."""
    figures = {}
    named = [] if model == "embedded" else ["--model", model]
    for name, split in RETRIEVAL:
        if not (data / name).is_dir():
            print(f"{data / name} is not there: {name} {split} is not measured")
            continue
        folder = scratch / f"{name}-{split}"
        subprocess.run(
            [cnclip, "evaluate", "retrieval", "--data", str(data / name), "--split", split,
             "--files", str(folder), "--quiet", *named], check=True, stdout=subprocess.DEVNULL)
        figures[f"{name} {split}"] = recall_figures(folder, split, data / name)
    if not (data / "fruits-cn").is_dir():
        print(f"{data / 'fruits-cn'} is not there: zero-shot accuracy is not measured")
        return figures
    done = subprocess.run(
        [cnclip, "evaluate", "zeroshot", "--data", str(data / "fruits-cn"), "--json", "--quiet",
         *named], check=True, capture_output=True, text=True)
    (result,) = [json.loads(line) for line in done.stdout.splitlines() if line]
    labels = len((data / "fruits-cn/label_cn.txt").read_text(encoding="utf-8").split())
    count, accuracy = result["images"], result["accuracy"]
    accuracy /= 100 if accuracy > 1 else 1
    hits = [index < round(accuracy * count) for index in range(count)]
    figures["fruits-cn test"] = {"zero-shot accuracy": {
        "value": accuracy, "interval": interval(hits), "queries": count, "chance": 1 / labels}}
    return figures


def table(results: dict[str, dict]) -> str:
    """A table in Markdown: a row a figure, a column a model."""
    groups: dict[str, list[str]] = {}
    for name in results:
        groups.setdefault(re.sub(r"-\d+$", "", name), []).append(name)
    rows = [["data", "figure", "chance", *groups], ["---"] * (3 + len(groups))]
    first = next(iter(results.values()))
    for data, figures in first.items():
        for figure, entry in figures.items():
            row = [f"{data} ({entry['queries']})", figure, f"{100 * entry['chance']:.1f}"]
            for names in groups.values():
                found = [results[name][data][figure] for name in names]
                values = [100 * one["value"] for one in found]
                low, high = (100 * value for value in found[0]["interval"])
                seeds = f", seeds {min(values):.1f}–{max(values):.1f}" if len(values) > 1 else ""
                row.append(f"{statistics.mean(values):.1f} [{low:.1f}, {high:.1f}]{seeds}")
            rows.append(row)
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cnclip")
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("models", nargs="+", metavar="NAME=MODEL")
    options = parser.parse_args()
    results = {}
    for entry in options.models:
        name, model = entry.split("=", 1)
        results[name] = measure(options.cnclip, model, options.data, options.output / name)
    (options.output / "figures.json").write_text(json.dumps(results, indent=1) + "\n")
    (options.output / "figures.md").write_text(table(results))
    print(table(results))


if __name__ == "__main__":
    main()
