#!/usr/bin/env python3
"""Compare `cnclip tokenize` with a peer on random texts over all of Unicode and on sentences.

    .venv/bin/python Scripts/compare-tokenizer.py --count 100000
    .venv/bin/python Scripts/compare-tokenizer.py --count 100000 --text-normalization training
    .venv/bin/python Scripts/compare-tokenizer.py --count 100000 --peer tokenizers
    /tmp/clip/bin/python Scripts/compare-tokenizer.py --count 100000 --peer openai

The peers: the original, PyPI's cn-clip; PyPI's tokenizers, with tokenizers of each kind that it
trains (Scripts/fixtures/small_tokenizers.py); OpenAI's SimpleTokenizer with the published vocabulary
(Scripts/fixtures/openai_tokenizer.py says what that needs). `--speed` measures instead, on one
thread: a process that tokenizes all sentences against one that tokenizes none, and the peer's time
for the same.

Prints the texts whose ids differ and exits with 1 if there are any. Python 3.11 is needed, because
cn_clip's ids depend on Python's version of Unicode.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Scripts/fixtures"))
import tokenizer as original  # noqa: E402  (Scripts/fixtures/tokenizer.py)

# Where SentencePiece's table gets its rules from.
REGIONS = [(0xA0, 0x24F), (0x1E00, 0x20CF), (0x2100, 0x214F), (0x2460, 0x24FF), (0x3000, 0x33FF),
           (0xF900, 0xFFEF)]


def found_ids(arguments, texts, options):
    """What the command prints, a list for each text."""
    # Lines end at LINE FEED alone; U+2028 is part of the texts.
    result = subprocess.run(
        [arguments.cnclip, "tokenize", "-", "--context-length", str(arguments.context_length), *options],
        input="".join(text + "\n" for text in texts).encode(), stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, check=True)
    lines = result.stdout.decode().split("\n")[:-1]
    if len(lines) != len(texts):
        sys.exit(f"expected {len(texts)} lines, found {len(lines)}")
    return (json.loads(line) for line in lines)


def one_line(text):
    """A file with a zero byte is refused as no text; the tests of CLIPText have U+0000 in strings."""
    return text.replace("\0", "").replace("\n", "")


def compare(name, arguments, texts, expected, options):
    """Prints differences and gives their number."""
    differences = 0
    for text, row, found in zip(texts, expected, found_ids(arguments, texts, options)):
        if found != row:
            differences += 1
            if differences <= 20:
                print(f"{ascii(text)}\n  expected {row}\n  found    {found}")
    print(f"{name}: {len(texts)} texts, {differences} differences", flush=True)
    return differences


def padded(ids, length, padding):
    return ids + [padding] * (length - len(ids))


# --- cn-clip --------------------------------------------------------------------------------------


def compare_original(arguments):
    full_tokenizer = original.original().FullTokenizer()
    source = random.Random(arguments.seed)
    vocabulary = list(full_tokenizer.vocab)
    texts = [one_line(original.text_over_unicode(source, vocabulary)) for _ in range(arguments.count)]
    normalization = arguments.text_normalization
    expected = (original.tokenize(full_tokenizer, original.preprocess(text, normalization),
                                  arguments.context_length) for text in texts)
    return compare("cn-clip", arguments, texts, expected, ["--text-normalization", normalization])


# --- tokenizers -----------------------------------------------------------------------------------


def trained(arguments):
    """(name, tokenizer, its file) of each kind."""
    import small_tokenizers
    corpus = small_tokenizers.sentences(4000)
    with tempfile.TemporaryDirectory() as folder:
        for name, tokenizer in small_tokenizers.all_tokenizers(4000, corpus, REGIONS):
            if arguments.kind in (None, name):
                path = Path(folder) / f"{name}.json"
                tokenizer.save(str(path))
                yield name, tokenizer, path


def compare_tokenizers(arguments):
    import small_tokenizers
    corpus = small_tokenizers.sentences(20000, seed=6)
    differences = 0
    for name, tokenizer, path in trained(arguments):
        source = random.Random(arguments.seed)
        vocabulary = sorted(tokenizer.get_vocab())
        special = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
        texts = [one_line(small_tokenizers.text(source, original, vocabulary, corpus, special))
                 for _ in range(arguments.count)]
        tokenizer.enable_truncation(arguments.context_length)
        padding = next((i for i in map(tokenizer.token_to_id, ["[PAD]", "<pad>"]) if i is not None), None)
        if padding is None:
            # What ends a text, or else 0.
            marks = tokenizer.encode("").ids
            padding = marks[-1] if marks else 0
        expected = (padded(encoding.ids, arguments.context_length, padding)
                    for encoding in tokenizer.encode_batch(texts))
        differences += compare(name, arguments, texts, expected, ["--tokenizer", str(path)])
    return differences


# --- OpenAI ---------------------------------------------------------------------------------------


def compare_openai(arguments):
    import openai_tokenizer
    import small_tokenizers
    tokenizer = openai_tokenizer.original()
    source = random.Random(arguments.seed)
    vocabulary = openai_tokenizer.readable(tokenizer)
    corpus = small_tokenizers.sentences(20000, seed=6)
    texts = [one_line(openai_tokenizer.text(source, original, vocabulary, corpus))
             for _ in range(arguments.count)]

    def row(text):
        ids = openai_tokenizer.ids(tokenizer, text)
        if len(ids) > arguments.context_length:
            ids = ids[:arguments.context_length - 1] + ids[-1:]
        return padded(ids, arguments.context_length, 0)

    path = openai_tokenizer.package_file("bpe_simple_vocab_16e6.txt.gz")
    return compare("openai", arguments, texts, map(row, texts), ["--tokenizer", str(path)])


# --- Speed ----------------------------------------------------------------------------------------


def measure(arguments):
    """Seconds of processor time for sentences that no cache has seen, the least of three."""
    import small_tokenizers
    texts = small_tokenizers.sentences(arguments.count, seed=arguments.seed)
    size = sum(len(text.encode()) for text in texts)
    for name, tokenizer, path in trained(arguments):
        def ours(texts):
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            subprocess.run(
                [arguments.cnclip, "tokenize", "-", "--tokenizer", str(path), "--context-length",
                 str(arguments.context_length)],
                input="".join(text + "\n" for text in texts).encode(), stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, check=True)
            return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

        def theirs():
            fresh = type(tokenizer).from_file(str(path))
            start = time.process_time()
            fresh.encode_batch_fast(texts)
            return time.process_time() - start

        peer = min(theirs() for _ in range(3))
        own = min(ours(texts) for _ in range(3)) - min(ours([]) for _ in range(3))
        print(f"{name}: {size} bytes, tokenizers {size / peer / 1e6:.2f} MB/s, "
              f"with reading and printing {size / own / 1e6:.2f} MB/s, {peer / own:.1f} times", flush=True)
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", choices=["cn-clip", "tokenizers", "openai"], default="cn-clip")
    parser.add_argument("--kind", help="one of the trained tokenizers instead of all")
    parser.add_argument("--count", type=int, default=100_000, help="how many texts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--context-length", type=int, default=52)
    parser.add_argument("--text-normalization", choices=["api", "training"], default="api")
    parser.add_argument("--speed", action="store_true", help="measure against PyPI's tokenizers")
    parser.add_argument("--cnclip", default=str(ROOT / ".build/release/cnclip"),
                        help="the command to compare")
    arguments = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    if arguments.speed:
        sys.exit(measure(arguments))
    compared = {"cn-clip": compare_original, "tokenizers": compare_tokenizers, "openai": compare_openai}
    sys.exit(1 if compared[arguments.peer](arguments) else 0)


if __name__ == "__main__":
    main()
