#!/usr/bin/env python3
"""Makes the table from traditional to simplified characters that `dataset clean` uses.

OpenCC's own dictionaries (TSCharacters and TSPhrases of Debian's opencc 1.1.6, Apache License 2.0) as
one text file: `from<TAB>to` a line, sorted, of several choices the first, as OpenCC itself takes it.

    sudo apt-get install opencc
    Scripts/make-simplified-table.py
"""
import pathlib
import subprocess
import tempfile

DATA = pathlib.Path("/usr/share/opencc")
ROOT = pathlib.Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "Sources/CLIPCleaning/Resources/simplified.tsv"


def entries(name):
    with tempfile.NamedTemporaryFile() as text:
        subprocess.run(
            ["opencc_dict", "-i", DATA / f"{name}.ocd2", "-o", text.name, "-f", "ocd2", "-t", "text"],
            check=True)
        for line in pathlib.Path(text.name).read_text(encoding="utf-8").splitlines():
            source, targets = line.split("\t")
            yield source, targets.split(" ")[0]


def encodes(character, encoding):
    try:
        character.encode(encoding)
        return True
    except UnicodeEncodeError:
        return False


def main():
    table = dict(entries("TSCharacters"))
    table.update(entries("TSPhrases"))
    singles = {source: target for source, target in table.items() if len(source) == 1 and source != target}
    # Characters that the standard sets of both sides have, as 后 and 乾, tell nothing about a text.
    traditional = "".join(sorted(source for source in singles if not encodes(source, "gb2312")))
    simplified = "".join(sorted(set(singles.values()) - set(singles) - {c for c in singles.values() if encodes(c, "big5")}))
    lines = [
        "# Traditional to simplified Chinese, from OpenCC 1.1.6 (BYVoid and contributors,",
        "# Apache License 2.0, https://github.com/BYVoid/OpenCC): TSCharacters and TSPhrases.",
        "# Made by Scripts/make-simplified-table.py. Behind - and + are characters that only traditional",
        "# and only simplified texts have: those that GB 2312, or Big5, lacks.",
        f"-\t{traditional}", f"+\t{simplified}",
    ]
    lines += [f"{source}\t{table[source]}" for source in sorted(table)]
    OUTPUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{OUTPUT.relative_to(ROOT)}: {len(table)} entries")


if __name__ == "__main__":
    main()
