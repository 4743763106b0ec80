"""Makes Demo/pictures, Demo/captions.tsv and Demo/CREDITS.md from Debian's Tux Paint stamps.

    .venv/bin/python Scripts/make-demo-pictures.py            # fetches the package with apt-get
    .venv/bin/python Scripts/make-demo-pictures.py --stamps /usr/share/tuxpaint/stamps

The stamps are cut-out photographs. Each is laid on a white square a little larger than itself, so
that a model which squashes its input to a square sees it undistorted, and saved as JPEG.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from PIL import Image

DEMO = Path(__file__).resolve().parent.parent / "Demo"
PACKAGE = "tuxpaint-stamps-default"
VERSION = "2022.06.04-1"
SIDE = 384
MARGIN = 1.08

CHILDSPLAY = "Childsplay, © 2002–2005 Stas Zytkiewicz; adapted by Pere Pujal i Carabantes"
PUJAL = "Pere Pujal i Carabantes"
KENDRICK_ZOO = "Bill Kendrick, photographed in San Francisco Zoo"
CAHALAN = "Albert Cahalan"


class Picture(NamedTuple):
    file: str
    chinese: str
    english: str
    stamp: str
    author: str
    licence: str = "GPL-2.0-or-later"


PICTURES = [
    Picture("tiger", "老虎", "a tiger", "animals/mammals/cats/tiger", CHILDSPLAY),
    Picture("elephant", "大象", "an elephant", "animals/mammals/elephant", CHILDSPLAY),
    Picture("zebra", "斑马", "a zebra", "animals/mammals/equines/zebra", CHILDSPLAY),
    Picture("camel", "骆驼", "a camel", "animals/mammals/camel/camel", CHILDSPLAY),
    Picture(
        "giraffe", "长颈鹿", "a giraffe", "animals/mammals/giraffe",
        f"{KENDRICK_ZOO}, or {CHILDSPLAY} (the change log names both)",
    ),
    Picture("fox", "狐狸", "a fox", "animals/mammals/dogs/fox", CHILDSPLAY),
    Picture("squirrel", "松鼠", "a squirrel", "animals/mammals/rodents/squirrel", CHILDSPLAY),
    Picture("rabbit", "兔子", "a rabbit", "animals/mammals/rodents/rabbit-2", PUJAL),
    Picture("bear", "棕熊", "a brown bear", "animals/mammals/bears/european-bear", PUJAL),
    Picture("koala", "考拉", "a koala", "animals/marsupials/koala", CHILDSPLAY),
    Picture("duck", "鸭子", "a duck", "animals/birds/duck", CHILDSPLAY),
    Picture("penguin", "企鹅", "a penguin", "animals/birds/magellanic_penguin", KENDRICK_ZOO),
    Picture("flamingo", "火烈鸟", "a flamingo", "animals/birds/pink_flamingo", KENDRICK_ZOO),
    Picture("frog", "青蛙", "a frog", "animals/amphibians/frog", CHILDSPLAY),
    Picture("mantis", "螳螂", "a mantis", "animals/insects/mantis", PUJAL),
    Picture(
        "lobster", "龙虾", "a lobster", "animals/fish/lobster",
        "United States National Oceanic and Atmospheric Administration, photo library",
        "public domain",
    ),
    Picture("corn", "玉米", "an ear of corn", "food/vegetables/corn", "Steve Karg"),
    Picture("mushroom", "蘑菇", "a mushroom", "plants/mushrooms/cep", PUJAL),
    Picture("lemon", "柠檬", "a lemon", "food/fruit/lemon", "Chris Goerner"),
    Picture(
        "camera", "照相机", "a camera", "hobbies/camera_35mm",
        "Bill Kendrick (2002; no other author named)",
    ),
    Picture(
        "garbage-truck", "垃圾车", "a garbage truck", "vehicles/garbagetruck", "Caroline Ford"
    ),
    Picture(
        "balloon", "热气球", "a hot-air balloon", "vehicles/flight/balloon360", CAHALAN
    ),
    Picture("airplane", "飞机", "an airplane", "vehicles/flight/planes/747", CAHALAN),
    Picture("football", "足球", "a football", "sports/soccer", CAHALAN),
]

CREDITS = f"""\
# Credits of the demo pictures

The pictures in `pictures/` are photographs from the Tux Paint stamp collection, taken from
Debian's package `{PACKAGE}` {VERSION}, laid on white, made smaller where they were larger than
{SIDE} pixels, and saved as JPEG by `Scripts/make-demo-pictures.py`. The captions in `captions.tsv`
are this project's.

The collection is © 2002–2022 Bill Kendrick and contributors, under the GNU General Public License,
version 2 or later: see [LICENSE.GPL-2](LICENSE.GPL-2). That licence holds for the files in this
folder; the rest of the repository is under the Apache License 2.0 and contains nothing of them.
The source of the collection is Debian's source package `tuxpaint-stamps`
(<https://tracker.debian.org/pkg/tuxpaint-stamps>). The authors below are named in its change log.

| picture | stamp | author | licence |
|---|---|---|---|
"""


def stamps_folder(temporary: Path) -> Path:
    """Fetches and unpacks the Debian package; installs nothing."""
    subprocess.run(["apt-get", "download", f"{PACKAGE}={VERSION}"], cwd=temporary, check=True)
    archive = next(temporary.glob("*.deb"))
    subprocess.run(["dpkg", "-x", archive.name, "unpacked"], cwd=temporary, check=True)
    return temporary / "unpacked/usr/share/tuxpaint/stamps"


def on_white_square(path: Path) -> Image.Image:
    stamp = Image.open(path).convert("RGBA")
    side = round(max(stamp.size) * MARGIN)
    square = Image.new("RGBA", (side, side), "white")
    square.alpha_composite(stamp, ((side - stamp.width) // 2, (side - stamp.height) // 2))
    picture = square.convert("RGB")
    if side > SIDE:
        picture = picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--stamps", type=Path, help="the unpacked collection")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        stamps = arguments.stamps or stamps_folder(Path(temporary))
        folder = DEMO / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        for picture in PICTURES:
            image = on_white_square(stamps / f"{picture.stamp}.png")
            image.save(folder / f"{picture.file}.jpg", quality=87, optimize=True)
    captions = ["file\tchinese\tenglish"]
    credits = []
    for picture in sorted(PICTURES):
        captions.append(f"pictures/{picture.file}.jpg\t{picture.chinese}\t{picture.english}")
        credits.append(
            f"| {picture.file}.jpg | {picture.stamp}.png | {picture.author} | {picture.licence} |"
        )
    (DEMO / "captions.tsv").write_text("\n".join(captions) + "\n", encoding="utf-8")
    (DEMO / "CREDITS.md").write_text(CREDITS + "\n".join(credits) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
