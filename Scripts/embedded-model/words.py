"""Reads the word lists: which Chinese and English words mean which of ImageNet's classes.

The tables in Recipes/embedded-model/words are this project's own; CC-CEDICT, WordNet, OpenCC and CLDR
are fetched (ingredients.json). A meaning is a dictionary from class index to weight.
"""

import gzip
import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

Meaning = dict[int, float]

# What the next class of a row counts, of the one before it.
DECAY = 0.75
# WordNet's files of nouns that can be seen: animals, artefacts, food, natural objects, plants.
VISIBLE = {5, 6, 13, 17, 20}
HAN = re.compile("^[\u4e00-\u9fff]+$")


@dataclass
class Tables:
    """Words with a meaning, and words of dictionaries that still need one."""

    classes: list[str]
    chinese: dict[str, Meaning] = field(default_factory=dict)
    english: dict[str, Meaning] = field(default_factory=dict)
    # Chinese word to its English gloss.
    dictionary: dict[str, str] = field(default_factory=dict)
    # Simplified word to the dictionary's own traditional form.
    traditional: dict[str, str] = field(default_factory=dict)


def rows(path: Path) -> list[list[str]]:
    """The fields of a table with a heading."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t") for line in lines if line]


def read_tables(folder: Path) -> Tables:
    """The project's own tables; where two speak of a word, the first of this order counts."""
    classes = (folder / "label_cn.txt").read_text(encoding="utf-8").splitlines()
    english = (folder / "label.txt").read_text(encoding="utf-8").splitlines()
    indices: dict[str, list[int]] = {}
    for index, name in enumerate(classes):
        indices.setdefault(name, []).append(index)
    tables = Tables(classes)
    for index, (chinese, name) in enumerate(zip(classes, english, strict=True)):
        tables.chinese.setdefault(chinese, dict.fromkeys(indices[chinese], 1.0))
        tables.english.setdefault(name.lower(), {index: 1.0})
    for number, (words, names, looks) in enumerate(rows(folder / "everyday.tsv"), 2):
        meaning: Meaning = {}
        for rank, name in enumerate(looks.split(",")):
            if name not in indices:
                raise SystemExit(f"everyday.tsv, line {number}: '{name}' is no class of label_cn.txt")
            for index in indices[name]:
                meaning[index] = meaning.get(index, 0) + DECAY**rank / len(indices[name])
        for word in words.split(","):
            tables.chinese.setdefault(word, meaning)
        for word in names.split(","):
            tables.english.setdefault(word, meaning)
    synonyms: dict[str, Meaning] = {}
    for _, words, numbers in rows(folder / "synonyms.tsv"):
        for word in words.split(","):
            synonyms.setdefault(word, {}).update({int(n): 1.0 for n in numbers.split(",")})
    for word, meaning in synonyms.items():
        tables.chinese.setdefault(word, meaning)
    for lemma, words, numbers in rows(folder / "hypernyms.tsv"):
        meaning = {int(n): 1.0 for n in numbers.split(",")}
        tables.english.setdefault(lemma, meaning)
        for word in words.split(","):
            tables.chinese.setdefault(word, meaning)
    for word, _, numbers in rows(folder / "concepts.tsv"):
        meaning = {int(n): DECAY**rank for rank, n in enumerate(numbers.split(","))}
        tables.chinese.setdefault(word, meaning)
    return tables


def visible_nouns(wordnet: Path) -> set[str]:
    """Lemmas whose most frequent sense can be seen."""
    files = {}
    for line in (wordnet / "data.noun").read_text(encoding="utf-8").splitlines():
        if not line.startswith("  "):
            offset, file = line.split(" ", 2)[:2]
            files[offset] = int(file)
    lemmas = set()
    for line in (wordnet / "index.noun").read_text(encoding="utf-8").splitlines():
        if not line.startswith("  "):
            fields = line.split()
            first = fields[-int(fields[2])]
            if files[first] in VISIBLE:
                lemmas.add(fields[0])
    return lemmas


def read_dictionary(tables: Tables, cedict: Path, wordnet: Path) -> None:
    """Words of CC-CEDICT whose first gloss is one noun of WordNet that can be seen."""
    nouns = visible_nouns(wordnet)
    entry = re.compile(r"(\S+) (\S+) \[([^\]]*)\] /(.*)/\s*$")
    with gzip.open(cedict, "rt", encoding="utf-8") as lines:
        for line in lines:
            match = entry.match(line)
            if not match or line.startswith("#"):
                continue
            traditional, simplified, sound, glosses = match.groups()
            if simplified in tables.chinese:
                tables.traditional.setdefault(simplified, traditional)
                continue
            if not 2 <= len(simplified) <= 5 or sound[0].isupper() or not HAN.match(simplified):
                continue
            gloss = re.sub(r"\(.*?\)", "", glosses.split("/")[0]).split(";")[0].strip().lower()
            gloss = re.sub(r"^(a|an|the) ", "", gloss)
            lemma = gloss.replace(" ", "_")
            if lemma in nouns or lemma.removesuffix("s") in nouns:
                tables.dictionary.setdefault(simplified, gloss)
                tables.traditional.setdefault(simplified, traditional)


@dataclass
class Emoji:
    """What CLDR calls an emoji."""

    points: str
    chinese: str
    english: str
    keywords: list[str]


def read_emoji(cldr: Path, held_out: set[str]) -> list[Emoji]:
    """Emoji of one code point with a name in both languages, but none that is held out."""

    def texts(language: str) -> tuple[dict[str, str], dict[str, list[str]]]:
        names, keywords = {}, {}
        for node in ElementTree.parse(cldr / f"{language}.xml").iter("annotation"):
            points = node.get("cp", "").replace("\ufe0f", "")
            if node.get("type") == "tts":
                names[points] = (node.text or "").strip()
            else:
                keywords[points] = [word.strip() for word in (node.text or "").split("|")]
        return names, keywords

    chinese, keywords = texts("zh")
    english, _ = texts("en")
    return [
        Emoji(points, chinese[points], english[points], keywords.get(points, []))
        for points in chinese
        if points in english and len(points) == 1 and f"{ord(points):x}" not in held_out
    ]
