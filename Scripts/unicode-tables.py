#!/usr/bin/env python3
"""Write Sources/CLIPText/UnicodeData.swift: the Unicode facts that cn_clip's tokenizer depends on.

The facts come from Python's own `unicodedata` and `str.lower`, because equality with Python is the
aim, and from one version of Unicode, because categories change between versions. Python 3.11 has
Unicode 14.0; any other version is refused.

    python3.11 Scripts/unicode-tables.py
"""

import sys
import unicodedata
from pathlib import Path

UNICODE_VERSION = "14.0.0"
OUTPUT = Path(__file__).resolve().parent.parent / "Sources/CLIPText/UnicodeData.swift"

# What BasicTokenizer._is_chinese_char surrounds with spaces.
IDEOGRAPHS = [
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
]
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]


def is_ideograph(scalar):
    return any(first <= scalar <= last for first, last in IDEOGRAPHS)


def is_punctuation(character):
    ascii_symbol = "!" <= character <= "~" and not character.isalnum()
    return ascii_symbol or unicodedata.category(character).startswith("P")


def fact(scalar):
    """The class of one code point and what is left of it, in the notation of UnicodeTables.swift.

    Returns (class, value): value is a code point for '=' and '!', a list for '.', otherwise None.
    """
    character = chr(scalar)
    category = unicodedata.category(character)
    if scalar in (0, 0xFFFD) or category in ("Cc", "Cf"):
        # str.split's separators among these (U+001C to U+001F, U+0085) are removed before the split.
        return ("_", None) if character in "\t\n\r" else ("~", None)
    if category == "Zs" or character.isspace():
        return ("_", None)
    if scalar == 0x03A3:
        return ("^", None)
    if 0xAC00 <= scalar <= 0xD7A3:
        return ("#", None)
    decomposed = unicodedata.normalize("NFD", character.lower())
    kept = [c for c in decomposed if unicodedata.category(c) != "Mn"]
    if not kept:
        # A mark of combining class 0 vanishes too, but nothing is reordered across it.
        return ("|", None) if any(unicodedata.combining(c) == 0 for c in decomposed) else ("~", None)
    if len(kept) > 1 or unicodedata.combining(kept[0]):
        assert len(decomposed) == 1 or unicodedata.combining(kept[0]) == 0
        assert not any(is_punctuation(c) or is_ideograph(ord(c)) for c in kept)
        return (".", [(ord(c), unicodedata.combining(c)) for c in kept])
    assert not unicodedata.category(kept[0]).startswith("Z")
    if is_ideograph(scalar) or is_punctuation(kept[0]):
        return ("!", ord(kept[0]))
    assert not is_ideograph(ord(kept[0]))
    return ("=", ord(kept[0]))


def records():
    """Runs of code points that share a fact, or share a distance to what they become."""
    runs = []
    for scalar in range(0x110000):
        kind, value = ("=", scalar) if 0xD800 <= scalar <= 0xDFFF else fact(scalar)
        if kind == "=" and value == scalar:
            continue  # the default
        if kind in "=!":
            forms = {(kind, "to", value), (kind, "by", value - scalar)}
        elif kind == ".":
            forms = {(kind, "to", tuple(value))}
        else:
            forms = {(kind, None, None)}
        if runs and runs[-1][0] + runs[-1][1] == scalar and runs[-1][2] & forms:
            first, count, common = runs[-1]
            runs[-1] = (first, count + 1, common & forms)
        else:
            runs.append((scalar, 1, forms))
    for first, count, forms in runs:
        kind, form, value = sorted(forms, key=str)[-1]  # "to" before "by"
        text = f"{first:x}" + (f"*{count:x}" if count > 1 else "")
        if kind == ".":
            text += "".join(f".{c:x}" + (f":{k:x}" if k else "") for c, k in value)
        elif form == "to":
            text += ("!" if kind == "!" else "") + f"={value:x}"
        elif form == "by":
            text += "!" if kind == "!" else ""
            text += f"{'+' if value > 0 else '-'}{abs(value):x}" if value else ""
        else:
            text += kind
        yield text


def ranges(has_property):
    """`first*count` for every run of code points with the property."""
    runs = []
    for scalar in SCALARS:
        if not has_property(scalar):
            continue
        if runs and runs[-1][0] + runs[-1][1] == scalar:
            runs[-1][1] += 1
        else:
            runs.append([scalar, 1])
    return [f"{first:x}" + (f"*{count:x}" if count > 1 else "") for first, count in runs]


# Python does not expose Cased and Case_Ignorable; its final-sigma rule reveals them:
# a sigma is final after \p{Cased} \p{Case_Ignorable}*.
def makes_final(before):
    return (before + "\u03A3").lower().endswith("\u03C2")


def is_cased(scalar):
    return makes_final(chr(scalar))


def is_case_ignorable(scalar):
    return makes_final("A" + chr(scalar)) and not is_cased(scalar)


def wrapped(tokens, width=96):
    line = ""
    for token in tokens:
        if line and len(line) + 1 + len(token) > width:
            yield line
            line = ""
        line += (" " if line else "") + token
    yield line


def literal(name, comment, tokens):
    body = "\n".join("    " + line for line in wrapped(tokens))
    return f'  /// {comment}\n  static let {name}: StaticString = """\n{body}\n    """\n'


def main():
    if unicodedata.unidata_version != UNICODE_VERSION:
        sys.exit(f"this Python has Unicode {unicodedata.unidata_version}; {UNICODE_VERSION} "
                 "(Python 3.11) is needed, so that the tables stay the same")
    OUTPUT.write_text(
        "// swift-format-ignore-file\n"
        "// Written by Scripts/unicode-tables.py. To change it, change that script and run it again.\n\n"
        f"/// Facts of Unicode {UNICODE_VERSION}, in the notation that `UnicodeTables` reads.\n"
        "enum UnicodeData {\n"
        + literal("characters", "What cleaning, lower-casing, NFD and the removal of Mn leave.",
                  records())
        + "\n"
        + literal("cased", "Cased and not Case_Ignorable.", ranges(is_cased))
        + "\n"
        + literal("caseIgnorable", "Case_Ignorable.", ranges(is_case_ignorable))
        + "}\n",
        encoding="utf-8")


if __name__ == "__main__":
    main()
