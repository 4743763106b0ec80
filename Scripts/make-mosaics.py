"""Makes mosaics of emoji drawings, to ask which word a model sees in which place.

Each picture is four drawings in two rows, its caption their four names in any order: "猫、火车、雨、
苹果". Which quarter a name belongs to stands in {split}_tiles.jsonl alone, which no training reads.
train holds mosaics of emoji-cn's train drawings beside the drawings themselves at the mosaics' size;
valid and test are mosaics of the drawings of their own splits, which no training has seen.

    .venv/bin/python Scripts/make-mosaics.py [--data $CNCLIP_DATA/emoji-cn] --output data/emoji-mosaics

Needs Pillow. Seeds are fixed: the same emoji-cn gives the same mosaics.
"""

import argparse
import base64
import io
import json
import os
import random
from pathlib import Path

from PIL import Image

SIDE = 64
# (pictures, first id): ids of mosaics are above those of all drawings.
SPLITS = {"train": (4096, 1_000_000), "valid": (256, 2_000_000), "test": (512, 3_000_000)}
LONGEST_NAME = 4


def drawings(folder: Path, split: str) -> dict[int, Image.Image]:
    found = {}
    for line in (folder / f"{split}_imgs.tsv").read_text().splitlines():
        identifier, content = line.split("\t")
        picture = Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB")
        found[int(identifier)] = picture
    return found


def captions(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def names(texts: list[dict]) -> dict[int, str]:
    """A picture's name is its first caption; only short ones of Chinese characters are used."""
    found: dict[int, str] = {}
    for line in sorted(texts, key=lambda line: line["text_id"]):
        for identifier in line["image_ids"]:
            found.setdefault(identifier, line["text"])
    return {
        identifier: name for identifier, name in found.items()
        if len(name) <= LONGEST_NAME and all("\u4e00" <= letter <= "\u9fff" for letter in name)
    }


def encoded(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.quantize(128).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def mosaic(tiles: list[Image.Image]) -> Image.Image:
    half = SIDE // 2
    whole = Image.new("RGB", (SIDE, SIDE), "white")
    for place, tile in enumerate(tiles):
        whole.paste(tile.resize((half, half), Image.Resampling.LANCZOS),
                    (place % 2 * half, place // 2 * half))
    return whole


def make(split: str, source: Path, output: Path) -> None:
    count, first = SPLITS[split]
    pictures = drawings(source, split)
    texts = captions(source / f"{split}_texts.jsonl")
    by_name: dict[str, list[int]] = {}
    for identifier, name in names(texts).items():
        by_name.setdefault(name, []).append(identifier)
    chosen = random.Random(f"mosaics of {split}")
    images, lines, places = [], [], []
    if split == "train":
        for identifier, picture in pictures.items():
            images.append((identifier, picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)))
        lines = list(texts)
        english = captions(source / f"{split}_texts_en.jsonl")
        write_lines(output / f"{split}_texts_en.jsonl", english)
    next_text = max((line["text_id"] for line in lines), default=-1) + 1
    for index in range(count):
        four = chosen.sample(sorted(by_name), 4)
        identifiers = [chosen.choice(by_name[name]) for name in four]
        spoken = chosen.sample(four, 4)
        images.append((first + index, mosaic([pictures[i] for i in identifiers])))
        caption = "、".join(spoken)
        lines.append(
            {"text_id": next_text + index, "text": caption, "image_ids": [first + index]})
        places.append({
            "image_id": first + index, "text": caption, "tiles": [
                {"name": name, "box": [place % 2 / 2, place // 2 / 2, 0.5, 0.5]}
                for place, name in enumerate(four)
            ]})
    with open(output / f"{split}_imgs.tsv", "w") as file:
        for identifier, picture in images:
            file.write(f"{identifier}\t{encoded(picture)}\n")
    write_lines(output / f"{split}_texts.jsonl", lines)
    write_lines(output / f"{split}_tiles.jsonl", places)
    print(f"{split}: {len(images)} pictures, {len(places)} of them mosaics, {len(by_name)} names")


def write_lines(file: Path, lines: list[dict]) -> None:
    file.write_text(
        "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, help="emoji-cn; by default in CNCLIP_DATA")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    source = options.data or Path(os.environ.get("CNCLIP_DATA", "data")) / "emoji-cn"
    options.output.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        make(split, source, options.output)


if __name__ == "__main__":
    main()
