#!/usr/bin/env python3
"""Compare `cnclip tokenize` with the original, PyPI's cn-clip, on random texts over all of Unicode.

    python3.11 Scripts/compare-tokenizer.py --count 100000
    python3.11 Scripts/compare-tokenizer.py --count 100000 --text-normalization training

Prints the texts whose ids differ and exits with 1 if there are any. Python 3.11 is needed, because
cn_clip's ids depend on Python's version of Unicode.
"""

import argparse
import importlib.util
import json
import random
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def fixtures():
    """Scripts/fixtures/tokenizer.py, which makes the texts of the tests too."""
    path = ROOT / "Scripts/fixtures/tokenizer.py"
    specification = importlib.util.spec_from_file_location("tokenizer_fixtures", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000, help="how many texts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--context-length", type=int, default=52)
    parser.add_argument("--text-normalization", choices=["api", "training"], default="api")
    parser.add_argument("--cnclip", default=str(ROOT / ".build/release/cnclip"),
                        help="the command to compare")
    arguments = parser.parse_args()

    module = fixtures()
    full_tokenizer = module.original().FullTokenizer()
    random_source = random.Random(arguments.seed)
    vocabulary = list(full_tokenizer.vocab)
    texts = [module.text_over_unicode(random_source, vocabulary) for _ in range(arguments.count)]
    # A file with a zero byte is refused as no text; the tests of CLIPText have U+0000 in strings.
    texts = [text.replace("\0", "") for text in texts]

    # Lines end at LINE FEED alone; U+2028 is part of the texts.
    result = subprocess.run(
        [arguments.cnclip, "tokenize", "-", "--text-normalization", arguments.text_normalization,
         "--context-length", str(arguments.context_length)],
        input="".join(text + "\n" for text in texts).encode(), stdout=subprocess.PIPE, check=True)
    lines = result.stdout.decode().split("\n")[:-1]
    if len(lines) != len(texts):
        sys.exit(f"expected {len(texts)} lines, found {len(lines)}")

    differences = 0
    for text, line in zip(texts, lines):
        prepared = module.preprocess(text, arguments.text_normalization)
        expected = module.tokenize(full_tokenizer, prepared, arguments.context_length)
        found = json.loads(line)
        if found != expected:
            differences += 1
            if differences <= 20:
                print(f"{ascii(text)}\n  expected {expected}\n  found    {found}")
    print(f"{len(texts)} texts, {differences} differences")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
