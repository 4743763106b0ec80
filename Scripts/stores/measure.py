"""Measures the engines behind stores on vectors like a model's: loading, searching alone and many at
once, recall beside the exact answers, memory. Prints a row of a table for each.

The servers run (`Scripts/stores.sh start …`). The statements are the store's own.

Usage: measure.py COUNT postgres|milvus|milvus-lite ADDRESS PID [MODE…]
  needs numpy, and psycopg2-binary or pymilvus; PID is the server's, for its memory
"""

import concurrent.futures
import statistics
import struct
import sys
import time

import numpy as np

DIMENSION = 512
BATCH = 64
WANTED = 10


def vectors(count: int, seed: int) -> np.ndarray:
    """Unit vectors of half precision: an offset, 4,000 clusters of unequal sizes, and noise."""
    made = np.random.default_rng(7)
    offset = made.normal(size=DIMENSION)
    offset /= np.linalg.norm(offset)
    centers = made.normal(size=(4000, DIMENSION)) / np.sqrt(DIMENSION)
    weights = 1 / np.arange(1, 4001)
    random = np.random.default_rng(seed)
    result = np.empty((count, DIMENSION), np.float16)
    for start in range(0, count, 50_000):
        size = min(50_000, count - start)
        kinds = random.choice(4000, size, p=weights / weights.sum())
        rows = 0.9 * offset + 0.8 * centers[kinds]
        rows = rows + 0.6 * random.normal(size=(size, DIMENSION)) / np.sqrt(DIMENSION)
        result[start:start + size] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return result


def memory(pid: int) -> float:
    """MiB of a process and of those that it started; memory that they share counts once for each."""
    total = 0
    for path in subprocess_ids(pid):
        try:
            with open(f"/proc/{path}/smaps_rollup", encoding="ascii") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        except OSError:
            pass
    return total / 1024


def subprocess_ids(pid: int) -> list[int]:
    found = [pid]
    for current in found:
        try:
            with open(f"/proc/{current}/task/{current}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
        except OSError:
            pass
    return found


class Postgres:
    modes = ["exact", "hnsw ef 100", "hnsw ef 400"]

    def __init__(self, address: str):
        import psycopg2

        self.connect = lambda: psycopg2.connect(address)

    def load(self, base: np.ndarray) -> None:
        import io

        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS measured")
            cursor.execute("CREATE TABLE measured (picture_id bigint, data halfvec)")
            cursor.execute("ALTER TABLE measured ALTER COLUMN data SET STORAGE PLAIN")
            for start in range(0, len(base), 10_000):
                rows = [b"PGCOPY\n\xff\r\n\0" + bytes(8)]
                for number, row in enumerate(base[start:start + 10_000], start + 1):
                    data = struct.pack(">hh", DIMENSION, 0) + row.astype(">f2").tobytes()
                    rows.append(struct.pack(">hiqi", 2, 8, number, len(data)) + data)
                rows.append(b"\xff\xff")
                cursor.copy_expert(
                    "COPY measured FROM STDIN (FORMAT binary)", io.BytesIO(b"".join(rows)))
            cursor.execute("ANALYZE measured")

    def prepare(self, mode: str) -> None:
        with self.connect() as connection, connection.cursor() as cursor:
            if mode.startswith("hnsw"):
                cursor.execute(
                    "CREATE INDEX IF NOT EXISTS measured_by_nearness ON measured USING hnsw "
                    f"((data::halfvec({DIMENSION})) halfvec_ip_ops)")

    def searcher(self, mode: str):
        connection = self.connect()
        connection.autocommit = True
        cursor = connection.cursor()
        kind = "halfvec"
        if mode.startswith("hnsw"):
            kind = f"halfvec({DIMENSION})"
            cursor.execute(f"SET hnsw.ef_search = {mode.split()[-1]}")
        column = "data" if mode == "exact" else f"data::{kind}"

        def search(query: np.ndarray) -> list[int]:
            text = "[" + ",".join(f"{value:.7g}" for value in query) + "]"
            cursor.execute(
                f"SELECT picture_id FROM measured ORDER BY {column} <#> %s::vector::{kind} LIMIT 10",
                (text,))
            return [row[0] for row in cursor.fetchall()]

        return search


class Milvus:
    modes = ["FLAT", "HNSW ef 100", "HNSW ef 400"]

    def __init__(self, address: str):
        from pymilvus import MilvusClient

        self.connect = lambda: MilvusClient(uri=address.replace("milvus:", "http:"))

    def load(self, base: np.ndarray) -> None:
        from pymilvus import DataType

        client = self.connect()
        if client.has_collection("measured"):
            client.drop_collection("measured")
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("number", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIMENSION)
        client.create_collection("measured", schema=schema)
        for start in range(0, len(base), 2_000):
            client.insert("measured", [
                {"number": number, "vector": row.astype(np.float32)}
                for number, row in enumerate(base[start:start + 2_000], start + 1)])
        client.flush("measured")

    def prepare(self, mode: str) -> None:
        client = self.connect()
        kind = mode.split()[0]
        known = client.list_indexes("measured")
        if known and client.describe_index("measured", known[0])["index_type"] == kind:
            return
        client.release_collection("measured")
        for name in known:
            client.drop_index("measured", name)
        parameters = client.prepare_index_params()
        parameters.add_index(
            "vector", index_type=kind, metric_type="IP",
            params={} if kind == "FLAT" else {"M": 16, "efConstruction": 64})
        client.create_index("measured", parameters)
        client.load_collection("measured")

    def searcher(self, mode: str):
        client = self.connect()
        parameters = {} if mode == "FLAT" else {"ef": int(mode.split()[-1])}

        def search(query: np.ndarray) -> list[int]:
            found = client.search(
                "measured", [query], limit=WANTED, search_params={"params": parameters},
                consistency_level="Bounded")
            return [hit["id"] if "id" in hit else hit["number"] for hit in found[0]]

        return search


def main() -> None:
    count, name, address, pid = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    base = vectors(count, 1)
    queries = vectors(256, 2).astype(np.float32)
    exact = []
    for query in queries:
        scores = np.concatenate([
            base[start:start + 50_000].astype(np.float32) @ query for start in range(0, count, 50_000)])
        exact.append(set((np.argpartition(-scores, WANTED)[:WANTED] + 1).tolist()))
    engine = Postgres(address) if name == "postgres" else Milvus(address)
    start = time.monotonic()
    engine.load(base)
    loading = time.monotonic() - start
    for mode in sys.argv[5:] or engine.modes:
        start = time.monotonic()
        engine.prepare(mode)
        making = time.monotonic() - start
        search = engine.searcher(mode)
        search(queries[0])
        alone, shares = [], []
        for query, wanted in zip(queries[:64], exact):
            start = time.monotonic()
            found = search(query)
            alone.append((time.monotonic() - start) * 1000)
            shares.append(len(wanted & set(found)) / WANTED)
        searchers = [engine.searcher(mode) for _ in range(BATCH)]
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(BATCH) as pool:
            list(pool.map(
                lambda number: [searchers[number](query) for query in queries[number::BATCH]],
                range(BATCH)))
        rate = len(queries) / (time.monotonic() - start)
        print(
            f"| {name}, {mode} | {count:,} | {loading:.0f} s + {making:.0f} s "
            f"| {statistics.median(alone):.1f} ms | {rate:.0f}/s | {statistics.mean(shares):.3f} "
            f"| {memory(pid):.0f} MiB |", flush=True)


main()
