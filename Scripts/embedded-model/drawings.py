"""Draws emoji of one code point from the Noto font as a picture file of Chinese-CLIP's form.

    drawings.py NotoColorEmoji.ttf CLDR_ANNOTATIONS HELD_OUT.txt OUTPUT.tsv

A line is the code point as a number, a tab and a PNG in Base64. Emoji that are held out are not drawn.
"""

import argparse
import base64
import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from words import read_emoji

SIDE = 136
FONT_SIZE = 109  # the one size of the font's bitmaps


def main() -> None:
    """Writes the file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ["font", "annotations", "held_out", "output"]:
        parser.add_argument(name, type=Path)
    options = parser.parse_args()
    font = ImageFont.truetype(str(options.font), FONT_SIZE)
    held_out = set(options.held_out.read_text(encoding="utf-8").split())
    lines = []
    for emoji in read_emoji(options.annotations, held_out):
        picture = Image.new("RGB", (SIDE, SIDE), "white")
        ImageDraw.Draw(picture).text(
            (SIDE / 2, SIDE / 2), emoji.points, font=font, embedded_color=True, anchor="mm")
        box = picture.convert("L").point(lambda value: 255 * (value < 250)).getbbox()
        if box is None or not has_bitmap(picture):
            continue
        stream = io.BytesIO()
        picture.save(stream, "PNG")
        lines.append(f"{ord(emoji.points)}\t{base64.b64encode(stream.getvalue()).decode()}")
    options.output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} emoji drawn")


def has_bitmap(picture: Image.Image) -> bool:
    """Whether anything in it has a colour: characters without a drawing are black outlines."""
    return any(max(color) - min(color) > 24 for _, color in picture.getcolors(SIDE * SIDE))


if __name__ == "__main__":
    main()
