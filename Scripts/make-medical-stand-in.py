"""Makes a stand-in for films with reports, of emoji drawings: no hospital's data can be had here.

A "film" is a grey picture of 64 pixels, 16 bits deep, with none, one or two drawings in its quarters; a
"finding" is a kind of drawing (fruit, animal, …). Its "report" says in Chinese what is seen, and in the
set with negation also what is not, and what is only possible. Findings are read from reports by
'cnclip dataset findings' with a table that is written beside; those of the test are the truth.
Drawings of training come from other artists than those of the test.

    python3 Scripts/make-medical-stand-in.py --emoji $CNCLIP_DATA/emoji-cn --output data/stand-in

Writes negated/ and plain/, each with {train,third,tenth,test}.csv over pictures in films/, and
table.csv, prompts.json. All is a function of the seed.
"""

import argparse
import base64
import csv
import io
import json
import random
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 64
KINDS = {
    "水果": ["food-fruit"],
    "动物": ["animal-mammal"],
    "花草": ["plant-flower", "plant-other"],
    "车辆": ["transport-ground"],
    "建筑": ["place-building"],
    "人脸": ["face-smiling", "face-neutral-skeptical", "face-concerned"],
    "衣物": ["clothing"],
    "乐器": ["musical-instrument", "music"],
}
PLACES = ["左上方", "右上方", "左下方", "右下方"]
SEEN = ["{place}可见{name}影。", "{place}见一{name}。", "可见{name}，位于{place}。"]
UNSEEN = ["未见{name}。", "未见明显{name}影。", "无{name}。"]
POSSIBLE = ["{place}可疑影，考虑{name}可能。", "{place}{name}不除外。"]


def drawings(folder: Path) -> dict[str, dict[str, list[np.ndarray]]]:
    """Grey drawings by split and kind, dark where the paper is white."""
    kind_of = {sub: kind for kind, subs in KINDS.items() for sub in subs}
    wanted: dict[str, dict[int, str]] = {}
    with open(folder / "images.tsv", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["subgroup"] in kind_of:
                wanted.setdefault(row["split"], {})[int(row["image_id"])] = kind_of[row["subgroup"]]
    found: dict[str, dict[str, list[np.ndarray]]] = {}
    for split in ("train", "valid", "test"):
        own = found.setdefault(split, {kind: [] for kind in KINDS})
        with open(folder / f"{split}_imgs.tsv", encoding="utf-8") as file:
            for line in file:
                number, data = line.rstrip("\n").split("\t")
                kind = wanted.get(split, {}).get(int(number))
                if kind:
                    image = Image.open(io.BytesIO(base64.b64decode(data))).convert("L")
                    image = image.resize((SIDE // 2, SIDE // 2), Image.LANCZOS)
                    own[kind].append(255 - np.asarray(image, dtype=np.float64))
    return found


def film(choices, noise) -> np.ndarray:
    canvas = np.full((SIDE, SIDE), 18.0)
    half = SIDE // 2
    for quarter, drawing in choices:
        y, x = half * (quarter // 2), half * (quarter % 2)
        canvas[y:y + half, x:x + half] = np.maximum(canvas[y:y + half, x:x + half], drawing)
    canvas += noise.normal(0, 6, canvas.shape)
    return (np.clip(canvas, 0, 255) * 257).astype(np.uint16)


def report(present, negated: bool, draw: random.Random) -> str:
    sentences = []
    for kind, quarter, is_sure in present:
        forms = SEEN if is_sure or not negated else POSSIBLE
        sentences.append(draw.choice(forms).format(name=kind, place=PLACES[quarter]))
    if negated:
        absent = [kind for kind in KINDS if kind not in {entry[0] for entry in present}]
        for kind in draw.sample(absent, 3):
            sentences.append(draw.choice(UNSEEN).format(name=kind))
    draw.shuffle(sentences)
    return "".join(sentences) or "画面空白，清晰。"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--emoji", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--train", type=int, default=2400)
    parser.add_argument("--test", type=int, default=600)
    parser.add_argument("--seed", type=int, default=15)
    options = parser.parse_args()
    found = drawings(options.emoji)
    draw = random.Random(options.seed)
    noise = np.random.default_rng(options.seed)
    films = options.output / "films"
    films.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list] = {"train": [], "test": []}
    for split, count in (("train", options.train), ("test", options.test)):
        kinds = list(KINDS)
        for number in range(count):
            size = draw.choices([0, 1, 2], [1, 6, 3])[0]
            quarters = draw.sample(range(4), size)
            present = [
                (kind, quarter, draw.random() > 0.15)
                for kind, quarter in zip(draw.sample(kinds, size), quarters)
            ]
            artists = ["train"] if split == "train" else ["valid", "test"]
            choices = [
                (quarter, draw.choice(found[draw.choice(artists)][kind]))
                for kind, quarter, _ in present
            ]
            # Names as a hospital has them, to see that none gets out.
            name = f"films/P{10_000 + 7 * number}-{split}.png"
            Image.fromarray(film(choices, noise)).save(options.output / name)
            rows[split].append((f"../{name}", present))
    for set_name, negated in (("negated", True), ("plain", False)):
        folder = options.output / set_name
        folder.mkdir(exist_ok=True)
        draw = random.Random(options.seed + 1)
        reports = {split: [report(own, negated, draw) for _, own in rows[split]] for split in rows}
        parts = {
            "train": len(rows["train"]), "third": len(rows["train"]) // 3,
            "tenth": len(rows["train"]) // 10,
        }
        for part, count in parts.items():
            with open(folder / f"{part}.csv", "w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["image", "report"])
                for (name, _), text in list(zip(rows["train"], reports["train"]))[:count]:
                    writer.writerow([name, text])
        # The test is asked for the truth, not for what a report says.
        with open(folder / "test.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["image", *KINDS, "report"])
            for (name, own), text in zip(rows["test"], reports["test"]):
                there = {kind for kind, _, _ in own}
                writer.writerow([name, *[int(kind in there) for kind in KINDS], text])
    with open(options.output / "table.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["label", "mentions"])
        writer.writerows([kind, kind] for kind in KINDS)
    prompts = {
        "form": "{location}{severity}{subtype}影。",
        "labels": {
            kind: {"location": ["", *PLACES], "severity": ["可见"], "subtype": [kind]}
            for kind in KINDS
        },
    }
    (options.output / "prompts.json").write_text(
        json.dumps(prompts, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"{len(rows['train'])} films to learn from, {len(rows['test'])} to ask")


if __name__ == "__main__":
    main()
