#!/usr/bin/env python3
"""Write the Unicode facts and HTML's names that tokenizers other than Chinese-CLIP's depend on.

    .venv/bin/python Scripts/tokenizer-tables.py

Sources/CLIPText/Unicode/ScalarData.swift       what PyPI's `tokenizers` knows of code points
Sources/CLIPText/OpenAI/HTMLEntityData.swift    Python's `html.entities.html5`

`tokenizers` stands on libraries with four versions of Unicode, none of which it tells. So it is
asked: every fact is what it does with every code point. Only combining classes and grapheme classes
come from PyPI's `regex`, and only for code points that `tokenizers` turns out to know.
"""

import html.entities
import sys
import unicodedata
from pathlib import Path

import regex
import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

ROOT = Path(__file__).resolve().parent.parent / "Sources/CLIPText"
VERSIONS = {"tokenizers": "0.23.3", "python": (3, 11)}
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
HANGUL = range(0xAC00, 0xD7A4)
EVERYTHING = "".join(map(chr, SCALARS))


def matched_by_tokenizers(pattern):
    """The code points that a class matches in Oniguruma, which Split and Replace use."""
    split = pre_tokenizers.Split(Regex(pattern), "removed", True)
    return {ord(c) for word, _ in split.pre_tokenize_str(EVERYTHING) for c in word}


def matched_by_regex(pattern):
    return {ord(match.group()) for match in regex.finditer(pattern, EVERYTHING)}


def removed_by(normalizer):
    return {c for c in SCALARS if normalizer.normalize_str(chr(c)) == ""}


def isolated_by(pre_tokenizer):
    """The code points that are split from letters before and behind."""
    return {c for c in SCALARS
            if ("a" + chr(c) + "a", (0, 3)) not in pre_tokenizer.pre_tokenize_str("a" + chr(c) + "a")}


def bert(**options):
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**off, **options})


def words():
    """`\\w` of Rust's regex: what `Whitespace` joins with a letter."""
    whitespace = pre_tokenizers.Whitespace()
    return {c for c in SCALARS if len(whitespace.pre_tokenize_str("a" + chr(c))) == 1
            and whitespace.pre_tokenize_str("a" + chr(c))[0][0] == "a" + chr(c)}


def combining_classes():
    nfd = normalizers.NFD()
    classes = {}
    for value in range(1, 255):
        try:
            pattern = regex.compile(r"\p{ccc=%d}" % value)
        except regex.error:
            continue
        for match in pattern.finditer(EVERYTHING):
            scalar = ord(match.group())
            # U+0345 has the highest class: what is known goes before it.
            mark = match.group()
            if scalar == 0x345 or nfd.normalize_str("a\u0345" + mark) != "a\u0345" + nfd.normalize_str(mark):
                classes[scalar] = value
    return classes


def python_combining_classes():
    classes = combining_classes()
    return {c: unicodedata.combining(chr(c)) for c in SCALARS
            if unicodedata.combining(chr(c)) != classes.get(c, 0)}


def ranges(scalars):
    """`first*count` for every run of code points."""
    runs = []
    for scalar in sorted(scalars):
        if runs and runs[-1][0] + runs[-1][1] == scalar:
            runs[-1][1] += 1
        else:
            runs.append([scalar, 1])
    return [f"{first:x}" + (f"*{count:x}" if count > 1 else "") for first, count in runs]


def valued(values):
    """`first*count:value` for every run of code points of one value."""
    runs = []
    for scalar, value in sorted(values.items()):
        if runs and runs[-1][0] + runs[-1][1] == scalar and runs[-1][2] == value:
            runs[-1][1] += 1
        else:
            runs.append([scalar, 1, value])
    return [f"{first:x}" + (f"*{count:x}" if count > 1 else "") + f":{value:x}"
            for first, count, value in runs]


def mapped(targets):
    """`first*count+distance` for runs that move alike, `first=a.b` for others."""
    runs = []
    for scalar, target in sorted(targets.items()):
        distance = ord(target) - scalar if len(target) == 1 else None
        if runs and distance is not None and runs[-1][0] + runs[-1][1] == scalar and runs[-1][2] == distance:
            runs[-1][1] += 1
        else:
            runs.append([scalar, 1, distance, target])
    for first, count, distance, target in runs:
        if count > 1:
            yield f"{first:x}*{count:x}{'+' if distance > 0 else '-'}{abs(distance):x}"
        else:
            yield f"{first:x}=" + ".".join(f"{ord(c):x}" for c in target)


def composed(nfd, nfc):
    """Those of which two code points become one again."""
    return {c for c, target in nfd.items() if nfc.normalize_str(target) == chr(c)}


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


def scalar_data():
    normalized = {name: getattr(normalizers, name)() for name in ("NFD", "NFKD", "NFC", "NFKC")}
    decomposed = {
        name: {c: normalized[name].normalize_str(chr(c)) for c in SCALARS
               if c not in HANGUL and normalized[name].normalize_str(chr(c)) != chr(c)}
        for name in ("NFD", "NFKD")}
    canonical, compatible = decomposed["NFD"], decomposed["NFKD"]
    only_compatible = {c: t for c, t in compatible.items() if canonical.get(c) != t}
    assert set(canonical) <= set(compatible)
    lowercase = normalizers.Lowercase()
    lowered = {c: lowercase.normalize_str(chr(c)) for c in SCALARS
               if lowercase.normalize_str(chr(c)) != chr(c)}
    python_lowered = {c: chr(c).lower() for c in SCALARS if chr(c).lower() != lowered.get(c, chr(c))}
    # ASCII is isolated by Punctuation and by `char::is_ascii_punctuation` alike.
    fields = [
        ("letters", "`\\\\p{L}` of Oniguruma.", ranges(matched_by_tokenizers(r"\p{L}"))),
        ("numbers", "`\\\\p{N}` of Oniguruma.", ranges(matched_by_tokenizers(r"\p{N}"))),
        ("pythonLetters", "`\\\\p{L}` of Python's regex, where it is not Oniguruma's.",
         ranges(matched_by_regex(r"\p{L}") ^ matched_by_tokenizers(r"\p{L}"))),
        ("pythonNumbers", "`\\\\p{N}` of Python's regex, where it is not Oniguruma's.",
         ranges(matched_by_regex(r"\p{N}") ^ matched_by_tokenizers(r"\p{N}"))),
        ("words", "`\\\\w` of Rust's regex.", ranges(words())),
        ("numerals", "`char::is_numeric` of Rust.",
         ranges(isolated_by(pre_tokenizers.Digits(individual_digits=True)))),
        ("controls", "What BertNormalizer cleans away.", ranges(removed_by(bert(clean_text=True)))),
        ("nonspacing", "Category Mn, which BertNormalizer strips.",
         ranges(removed_by(bert(strip_accents=True)))),
        ("combining", "Category M, which StripAccents strips.",
         ranges(removed_by(normalizers.StripAccents()))),
        ("punctuation", "What Punctuation isolates.", ranges(isolated_by(pre_tokenizers.Punctuation()))),
        ("lowercase", "`char::to_lowercase` of Rust.", mapped(lowered)),
        ("pythonLowercase", "`str.lower` of Python 3.11, where it is not Rust's.", mapped(python_lowered)),
        ("canonical", "Canonical decompositions; Hangul's are computed.", mapped(canonical)),
        ("compatible", "Compatibility decompositions, where they are not canonical ones.",
         mapped(only_compatible)),
        ("uncomposed", "What has a canonical decomposition and is not composed again.",
         ranges(set(canonical) - composed(canonical, normalized["NFC"]))),
        ("combiningClasses", "Canonical combining classes that are not 0.", valued(combining_classes())),
        ("pythonCombiningClasses", "Those of Python 3.11, where they are others.",
         valued(python_combining_classes())),
        ("graphemeClasses", "Grapheme_Cluster_Break as the raw values of `GraphemeClass`.",
         valued(grapheme_classes())),
        ("pictographs", "Extended_Pictographic.", ranges(matched_by_regex(r"\p{ExtPict}"))),
        ("conjunctConsonants", "Indic_Conjunct_Break=Consonant.",
         ranges(matched_by_regex(r"\p{InCB=Consonant}"))),
        ("conjunctLinkers", "Indic_Conjunct_Break=Linker.", ranges(matched_by_regex(r"\p{InCB=Linker}"))),
        ("conjunctExtenders", "Indic_Conjunct_Break=Extend.",
         ranges(matched_by_regex(r"\p{InCB=Extend}"))),
    ]
    return ("/// Facts of code points in the notation that `ScalarFacts` reads.\n"
            "enum ScalarData {\n" + "\n".join(literal(*field) for field in fields) + "}\n")


def grapheme_classes():
    names = ["CR", "LF", "Control", "Extend", "ZWJ", "Regional_Indicator", "Prepend", "SpacingMark",
             "L", "V", "T", "LV", "LVT"]
    return {c: value for value, name in enumerate(names, 1)
            for c in matched_by_regex(r"\p{GCB=%s}" % name) if c not in HANGUL}


def entity_data():
    tokens = [f"{name}={'.'.join(f'{ord(c):x}' for c in text)}"
              for name, text in sorted(html.entities.html5.items())]
    return ("/// `name=code points` of every character reference of HTML 5; some lack the semicolon.\n"
            "enum HTMLEntityData {\n" + literal("names", "In the order of the names.", tokens) + "}\n")


def write(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        "// swift-format-ignore-file\n"
        f"// Written by Scripts/{Path(__file__).name}. To change it, change that script and run it again.\n\n"
        + text, encoding="utf-8")


def main():
    if tokenizers.__version__ != VERSIONS["tokenizers"] or sys.version_info[:2] != VERSIONS["python"]:
        sys.exit(f"tokenizers {VERSIONS['tokenizers']} and Python 3.11 are needed, so that the tables "
                 f"stay the same; this is {tokenizers.__version__} and {sys.version.split()[0]}")
    write(ROOT / "Unicode/ScalarData.swift", scalar_data())
    write(ROOT / "OpenAI/HTMLEntityData.swift", entity_data())


if __name__ == "__main__":
    main()
