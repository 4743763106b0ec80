"""Puts the library's exact vector search beside LibTorch, Faiss, USearch and hnswlib.

All engines answer the same queries over the same vectors with the same number of threads, in
alternating rounds; a figure is the median over the rounds. Recall is against exact products.

    pip install numpy torch faiss-cpu usearch hnswlib
    swift build -c release --product cnclip
    python Benchmarks/vector-engines/compare.py --rows 100000 --rounds 3 --graphs
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

import numpy as np


def vectors(rows, dimension, seed):
    """Unit vectors as models of pictures give them: a common direction, clusters of Zipf sizes, a
    few directions of variation inside them, and noise. Random pairs have a cosine near 0.46."""
    shape = np.random.default_rng(1)
    mean = shape.normal(size=dimension).astype(np.float32)
    mean *= 1.0 / np.linalg.norm(mean)
    centers = shape.normal(size=(4000, dimension)).astype(np.float32) * (0.75 / dimension**0.5)
    latent = shape.normal(size=(24, dimension)).astype(np.float32) * (0.6 / (24 * dimension) ** 0.5)
    draw = np.random.default_rng(seed)
    weights = 1.0 / np.arange(1, 4001)
    result = np.empty((rows, dimension), np.float32)
    for start in range(0, rows, 50_000):
        count = min(50_000, rows - start)
        part = mean + centers[draw.choice(4000, count, p=weights / weights.sum())]
        part += draw.normal(size=(count, 24)).astype(np.float32) @ latent
        part += draw.normal(size=(count, dimension)).astype(np.float32) * (0.45 / dimension**0.5)
        result[start : start + count] = part / np.linalg.norm(part, axis=1, keepdims=True)
    return result


def timed(function):
    start = time.perf_counter()
    result = function()
    return result, (time.perf_counter() - start) * 1e3


class Engine:
    """A way to search: `single` for one query at a time, `batch` for all at once."""

    def __init__(self, name, search, build_seconds=0.0, hot_bytes=0):
        self.name, self.search = name, search
        self.build_seconds, self.hot_bytes = build_seconds, hot_bytes
        self.singles, self.batches, self.found = [], [], None

    def round(self, queries, batch):
        for query in queries:
            _, elapsed = timed(lambda: self.search(query[None]))
            self.singles.append(elapsed)
        found = []
        for start in range(0, len(queries) - batch + 1, batch):
            rows, elapsed = timed(lambda: self.search(queries[start : start + batch]))
            self.batches.append(elapsed)
            found.append(rows)
        if self.found is None and found:
            self.found = np.concatenate(found)


class Ours(Engine):
    def __init__(self, command, base, queries, k, batch):
        super().__init__("cnclip: 8-bit scan + exact scores", None)
        self.arguments = [command, "library", "benchmark", base, queries, "-k", str(k),
                          "--batch", str(batch)]

    def round(self, queries, batch):
        report = json.loads(subprocess.run(self.arguments, check=True, capture_output=True).stdout)
        self.singles += report["single_milliseconds"]
        self.batches += report["batch_milliseconds"]
        self.found = np.array(report["rows"])
        self.build_seconds = report["build_seconds"]
        self.hot_bytes = report["scanned_bytes"]
        self.name = f"cnclip: 8-bit scan + exact scores ({report['kernel']})"
        assert report["batches_agree"]


def peers(base, k, threads, graphs):
    import faiss
    import torch

    torch.set_num_threads(threads)
    faiss.omp_set_num_threads(threads)
    dimension = base.shape[1]
    for kind in (torch.float32, torch.bfloat16):
        matrix, build = timed(lambda: torch.from_numpy(base).to(kind))

        def multiply(queries, matrix=matrix, kind=kind):
            with torch.inference_mode():
                products = torch.from_numpy(queries).to(kind) @ matrix.T
                return products.topk(k).indices.numpy()

        yield Engine(f"LibTorch matmul + topk, {str(kind)[6:]}", multiply, build / 1e3,
                     matrix.numel() * matrix.element_size())
    recipes = [("Flat", "Faiss Flat"), ("SQ8", "Faiss SQ8"), ("SQ8,Refine(SQfp16)", "Faiss SQ8 + refine fp16"),
               ("SQfp16", "Faiss SQfp16")]
    if graphs:
        recipes += [("PQ128x4fs,Refine(SQfp16)", "Faiss PQ128x4 fast scan + refine fp16"),
                    ("RaBitQfs,Refine(SQfp16)", "Faiss RaBitQ fast scan + refine fp16")]
    for recipe, name in recipes:
        try:
            index = faiss.index_factory(dimension, recipe, faiss.METRIC_INNER_PRODUCT)
        except RuntimeError as error:
            print(f"{name}: not in this Faiss ({str(error).splitlines()[-1][:60]})")
            continue

        def build_index(index=index):
            index.train(base[:: max(1, len(base) // 50_000)])
            index.add(base)

        _, build = timed(build_index)
        hot = {"Flat": 4, "SQ8": 1, "SQfp16": 2}.get(recipe.split(",")[0], 0.125) * base.size
        if "Refine" in recipe:
            index.k_factor = 10
        yield Engine(name, lambda queries, index=index: index.search(queries, k)[1], build / 1e3, int(hot))

    from usearch.index import Index, MetricKind, search

    for dtype in ("i8", "bf16"):
        typed = base
        if dtype == "i8":
            typed = np.rint(base / np.abs(base).max() * 127).astype(np.int8)
        else:
            continue
        scale = np.abs(base).max()

        def exact(queries, typed=typed):
            asked = np.clip(np.rint(queries / scale * 127), -127, 127).astype(np.int8)
            return search(typed, asked, k, MetricKind.Cos, exact=True, threads=threads).keys.reshape(len(queries), -1)

        yield Engine("USearch exact, int8", exact, 0, typed.nbytes)
    if not graphs:
        return
    index = Index(ndim=dimension, metric="cos", dtype="i8", connectivity=16, expansion_add=128)
    _, build = timed(lambda: index.add(np.arange(len(base)), base, threads=threads))
    for expansion in (64, 512):
        def graph(queries, index=index, expansion=expansion):
            index.expansion_search = expansion
            return np.atleast_2d(index.search(queries, k, threads=threads).keys)

        yield Engine(f"USearch HNSW int8, expansion {expansion}", graph, build / 1e3, index.memory_usage)
    import hnswlib

    graph_index = hnswlib.Index("ip", dimension)
    graph_index.init_index(len(base), ef_construction=128, M=16)
    graph_index.set_num_threads(threads)
    _, build = timed(lambda: graph_index.add_items(base))
    for width in (64, 512):
        def graph(queries, width=width):
            graph_index.set_ef(max(width, k))
            return graph_index.knn_query(queries, k)[0].astype(np.int64)

        yield Engine(f"hnswlib, ef {width}", graph, build / 1e3, base.nbytes + len(base) * 16 * 2 * 4)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--queries", type=int, default=64)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("-k", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--graphs", action="store_true", help="also the engines that build slowly")
    parser.add_argument("--cnclip", default=".build/release/cnclip")
    parser.add_argument("--json", help="write the figures here")
    options = parser.parse_args()
    threads = os.cpu_count()
    base = vectors(options.rows, options.dimension, 2)
    queries = vectors(options.queries, options.dimension, 3)
    truth = np.argsort(-(queries @ base.T), axis=1, kind="stable")[:, : options.k]
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/base.npy", base)
        np.save(f"{folder}/queries.npy", queries)
        engines = [Ours(options.cnclip, f"{folder}/base.npy", f"{folder}/queries.npy", options.k, options.batch)]
        engines += peers(base, options.k, threads, options.graphs)
        for engine in engines[1:]:
            engine.search(queries[:1])
        for number in range(options.rounds):
            for engine in engines:
                engine.round(queries, options.batch)
    figures = []
    for engine in engines:
        recall = np.mean([len(set(a) & set(b)) / options.k for a, b in zip(engine.found, truth)])
        figures.append({
            "engine": engine.name, "single_ms": statistics.median(engine.singles),
            "batch_ms": statistics.median(engine.batches), "recall": float(recall),
            "build_s": engine.build_seconds, "hot_mb": engine.hot_bytes / 1e6})
    print(f"{options.rows} x {options.dimension}, {options.queries} queries, k {options.k}, {threads} threads, "
          f"load {os.getloadavg()[0]:.1f}")
    print("| engine | one query, ms | batch of %d, ms | recall@%d | build, s | hot, MB |" % (options.batch, options.k))
    print("|---|---|---|---|---|---|")
    for f in figures:
        print(f"| {f['engine']} | {f['single_ms']:.2f} | {f['batch_ms']:.1f} | {f['recall']:.4f} | "
              f"{f['build_s']:.1f} | {f['hot_mb']:.0f} |")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(figures, file, indent=1)


if __name__ == "__main__":
    main()
