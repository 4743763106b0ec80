"""Measures the command beside what a user could pick instead, on this machine, in one run.

    Benchmarks/peers/.venv/bin/python Benchmarks/peers/run.py
    … run.py --model ViT-B-16 --clock processor --threads 1     (on a busy machine)
    … run.py --batch-sizes 1 8 --also --minutes 10               (a short run)
    … run.py --photographs FOLDER             (Benchmarks/photographs.sh FOLDER fetches some)

Weights of the official size are random, made once by the original's own code. Every contender is
measured in turn, round after round; a figure is the median of its rounds, a ratio the median of the
rounds' ratios. Results go to Benchmarks/RESULTS.md, RESULTS.json and RESULTS.svg.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Scripts"), str(ROOT / "Scripts/fixtures")]
COMMAND = ROOT / ".build/release/cnclip"
WEIGHTS = ROOT / "Benchmarks/peers/.venv/weights"

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--model", default="ViT-B-16")
parser.add_argument("--also", nargs="*", default=["ViT-L-14", "RN50"], metavar="MODEL",
                    help="models whose image tower is measured too, in bf16")
parser.add_argument("--precisions", nargs="+", choices=["fp32", "bf16"], default=["fp32", "bf16"],
                    help="of the towers")
parser.add_argument("--photographs", type=Path, metavar="FOLDER",
                    help="JPEG files of 3 megapixels and more; without it the demo's, enlarged")
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--clock", choices=["wall", "processor"], default="wall")
parser.add_argument("--batch-sizes", type=int, nargs="+", default=[1, 8, 32])
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--minutes", type=float, default=30, help="when to stop starting rounds")
parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out")
options = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = str(options.threads)

import numpy  # noqa: E402
import parity  # noqa: E402
import torch  # noqa: E402
from cn_clip.clip import tokenize  # noqa: E402
from cn_clip.clip.utils import image_transform  # noqa: E402
from PIL import Image  # noqa: E402

torch.set_num_threads(options.threads)
clock = time.perf_counter if options.clock == "wall" else time.process_time
deadline = time.monotonic() + 60 * options.minutes
CAPTIONS = [line.split("\t")[1] for line in (ROOT / "Demo/captions.tsv").read_text().splitlines()[1:]]


def checkpoint(name: str) -> tuple[torch.nn.Module, Path]:
    """The original's model with random weights, and the file that the command reads."""
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    path = WEIGHTS / f"{name}.pt"
    model = parity.random_model(name)
    transform = image_transform(parity.configuration(name)["image_resolution"])
    images = torch.stack([transform(Image.open(p)) for p in PICTURES])
    parity.settle_statistics(model, images)
    if not path.exists():
        state = {f"module.{key}": value for key, value in model.state_dict().items()}
        torch.save({"epoch": 1, "step": 0, "name": name, "state_dict": state}, path)
    return model, path


def seconds(work) -> float:
    """The median of the repetitions in half a second; of two, unless one takes over two seconds."""
    taken, begin = [], time.monotonic()
    while time.monotonic() - begin < (0.5 if len(taken) > 1 else 2):
        start = clock()
        work()
        taken.append(clock() - start)
    return statistics.median(taken)


def command(*arguments: str, **keywords) -> subprocess.CompletedProcess:
    return subprocess.run(
        [COMMAND, *arguments], capture_output=True, text=True, check=True, **keywords)


def ours(
    stage: str, batch: int, precision: str, path: Path, name: str
) -> tuple[float, float | None]:
    """Inputs a second of one stage of the command, and its share of the matrix rate."""
    result = json.loads(command(
        "bench", "--model", name, "--checkpoint", str(path), "--precision", precision,
        "--threads", str(options.threads), "--clock", options.clock, "--only", stage,
        "--batch-sizes", str(batch), "--seconds", "0.5", "--json").stdout)
    stage = result["stages"][0]
    return stage["rate"], stage.get("fraction")


def features(
    kind: str, inputs: list[str], precision: str, path: Path, name: str
) -> numpy.ndarray:
    lines = command(
        "embed", kind, *(inputs if kind == "images" else ["-"]), "--model", name,
        "--checkpoint", str(path), "--precision", precision, "--quiet",
        *(["--exif", "ignore"] if kind == "images" else []),
        input="\n".join(inputs) + "\n").stdout.splitlines()
    return numpy.array([json.loads(line)["feature"] for line in lines])


def cosine(found, expected) -> float:
    found, expected = numpy.asarray(found, numpy.float64), numpy.asarray(expected, numpy.float64)
    found /= numpy.linalg.norm(found, axis=-1, keepdims=True)
    expected /= numpy.linalg.norm(expected, axis=-1, keepdims=True)
    return float((found * expected).sum(-1).min())


class Tower(torch.nn.Module):
    """One tower with one input, which exporters can follow."""

    def __init__(self, model, kind):
        super().__init__()
        self.model, self.kind = model, kind

    def forward(self, x):
        return self.model.encode_image(x) if self.kind == "image" else self.model.encode_text(x)


def contenders(
    model, kind: str, example: torch.Tensor, precisions: tuple[str, ...]
) -> tuple[dict, dict]:
    """Functions from a batch to features by name; what cannot be made here says why."""
    found, missing = {}, {}
    tower = Tower(model, kind).eval().requires_grad_(False)

    def eager(x):
        with torch.inference_mode():
            return tower(x)

    def autocast(x):
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            return tower(x)

    if "fp32" in precisions:
        found["cn_clip fp32"] = eager
    found["cn_clip bf16 autocast"] = autocast
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tower.onnx"
        try:
            with torch.no_grad():
                torch.onnx.export(
                    tower, (example,), str(path), input_names=["x"], dynamo=False,
                    dynamic_axes={"x": {0: "batch"}}, opset_version=17)
            import onnxruntime
            import openvino

            if "fp32" in precisions:
                session_options = onnxruntime.SessionOptions()
                session_options.intra_op_num_threads = options.threads
                session = onnxruntime.InferenceSession(str(path), session_options)
                found["ONNX Runtime fp32"] = lambda x: session.run(None, {"x": x.numpy()})[0]
            for precision in precisions:
                compiled = openvino.Core().compile_model(str(path), "CPU", {
                    "INFERENCE_PRECISION_HINT": precision.replace("fp32", "f32"),
                    "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": options.threads})
                found[f"OpenVINO {precision}"] = (
                    lambda x, compiled=compiled: compiled(x.numpy())[0])
        except Exception as error:  # noqa: BLE001
            missing["exported towers"] = f"{type(error).__name__}: {str(error)[:120]}"
    if options.no_compile:
        missing["torch.compile bf16"] = "left out by --no-compile"
        return found, missing
    try:
        # The compiler counts its runs by function and gives up after eight: every tower starts anew.
        torch._dynamo.reset()
        torch._inductor.config.freezing = True
        compiled_model = torch.compile(tower, dynamic=False)

        def compiled_bf16(x):
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                return compiled_model(x)

        compiled_bf16(example)
        found["torch.compile bf16"] = compiled_bf16
    except Exception as error:  # noqa: BLE001
        missing["torch.compile bf16"] = f"{type(error).__name__}: {str(error)[:120]}"
    return found, missing


def measure(
    kind: str, model, path: Path, make, rows: list, notes: dict, name: str,
    precisions: tuple[str, ...] = ("fp32", "bf16")
) -> dict:
    """A tower at every batch size; returns the peers."""
    work = f"{kind} tower" + (f" of {name}" if name != options.model else "")
    example = make(options.batch_sizes[0])
    peers, missing = contenders(model, kind, example, precisions)
    notes.update({f"{work}: {name}": reason for name, reason in missing.items()})
    with torch.inference_mode():
        reference = (model.encode_image if kind == "image" else model.encode_text)(example).numpy()
    exact = {}
    for label, run in peers.items():
        output = run(example)
        output = output.float().numpy() if isinstance(output, torch.Tensor) else output
        exact[label] = cosine(output, reference)
    for precision in precisions:
        exact[f"cnclip {precision}"] = accuracy(kind, model, path, precision, name)
    for batch in options.batch_sizes:
        x = make(batch)
        rates: dict[str, list[float]] = {}
        fractions: dict[str, list[float]] = {}
        for run in peers.values():
            run(x)
        for _ in range(options.rounds):
            if time.monotonic() > deadline and rates:
                break
            for label, run in peers.items():
                rates.setdefault(label, []).append(batch / seconds(lambda run=run: run(x)))
            for precision in precisions:
                rate, fraction = ours(f"{kind} tower", batch, precision, path, name)
                rates.setdefault(f"cnclip {precision}", []).append(rate)
                if fraction:
                    fractions.setdefault(f"cnclip {precision}", []).append(fraction)
        for label, values in rates.items():
            rows.append({
                "work": work, "batch": batch, "contender": label,
                "rate": statistics.median(values), "rounds": values,
                "cosine": exact.get(label),
                "fraction": statistics.median(fractions[label]) if label in fractions else None})
            print(rows[-1], file=sys.stderr, flush=True)
    return peers


def accuracy(kind: str, model, path: Path, precision: str, name: str) -> float:
    """The smallest cosine of the command's features to the original's in fp32."""
    with torch.inference_mode():
        if kind == "text":
            found = features("texts", CAPTIONS, precision, path, name)
            return cosine(found, model.encode_text(tokenize(CAPTIONS)).numpy())
        found = features("images", [str(p) for p in PICTURES], precision, path, name)
        return cosine(found, model.encode_image(pictures(name)).numpy())


def pictures(name: str) -> torch.Tensor:
    """The demo's pictures as a model sees them."""
    transform = image_transform(parity.configuration(name)["image_resolution"])
    return torch.stack([transform(Image.open(p)) for p in PICTURES])


def image_tower(model, path: Path, rows: list, notes: dict, name: str, **keywords) -> None:
    images = pictures(name)
    measure("image", model, path,
            lambda batch: images[[i % len(images) for i in range(batch)]].contiguous(),
            rows, notes, name, **keywords)


def embedding(kind: str, source: Path, path: Path, *extra: str) -> float:
    """Seconds in which the command embeds a folder of pictures or a file of sentences in bf16."""
    arguments = [
        str(COMMAND), "embed", kind, str(source), "--quiet", "--model", options.model,
        "--checkpoint", str(path), "--precision", "bf16", "--threads", str(options.threads),
        *extra]
    result = subprocess.run(
        [sys.executable, "-S", "-c", LAUNCHER, *arguments],
        capture_output=True, text=True, check=True)
    wall, processor, _ = map(float, result.stdout.split())
    return wall if options.clock == "wall" else processor


def captions(peers: dict, path: Path, rows: list) -> None:
    """Captions as people write them: the peers pad each to 52 tokens, as cn_clip does."""
    few, many = len(CAPTIONS), 40 * len(CAPTIONS)
    ids = tokenize(CAPTIONS)
    rates: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        files = {count: Path(name) / f"{count}.txt" for count in (few, many)}
        for count, file in files.items():
            file.write_text("\n".join(CAPTIONS * (count // few)) + "\n")
        for done in range(options.rounds):
            if done and time.monotonic() > deadline:
                break
            for label, run in peers.items():
                if "compile" not in label:  # it would compile again for this batch
                    rates.setdefault(label, []).append(few / seconds(lambda run=run: run(ids)))
            spent = embedding("texts", files[many], path) - embedding("texts", files[few], path)
            rates.setdefault("cnclip bf16", []).append((many - few) / spent)
    for label, values in rates.items():
        rows.append({"work": "captions to features", "batch": few, "contender": label,
                     "rate": statistics.median(values), "rounds": values})
        print(rows[-1], file=sys.stderr, flush=True)


def large_pictures(folder: Path, count: int) -> list[Path]:
    """JPEG files of 3 megapixels and more: photographs if there are any, else enlarged pictures."""
    if options.photographs:
        files = sorted(options.photographs.rglob("*.jp*g"))
        files = [f for f in files if numpy.prod(Image.open(f).size) >= 3e6]
        if len(files) < count:
            sys.exit(f"{options.photographs} has {len(files)} JPEG files of 3 megapixels or more; "
                     f"{count} are needed")
        return files[:count]
    sides = [(2048, 1536), (2592, 1944), (3264, 2448), (4000, 3000)]
    files = [folder / f"{number:02}.jpg" for number in range(count)]
    for number, file in enumerate(files):
        picture = Image.open(PICTURES[number % len(PICTURES)]).convert("RGB")
        picture.resize(sides[number % len(sides)], Image.BICUBIC).save(file, quality=90)
    return files


def photographs(model, path: Path, rows: list) -> None:
    """A folder of large JPEG files to features: the original's loop and the command.

    The command's rate is that of the files which one folder has more than the other, so that
    starting does not count; the loop has started already, and reads just those."""
    few, many = 8, 24
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "made").mkdir()
        files = large_pictures(Path(name) / "made", many)
        folders = {count: Path(name) / str(count) for count in (few, many)}
        for count, folder in folders.items():
            folder.mkdir()
            for number, file in enumerate(files[:count]):
                (folder / f"{number:02}.jpg").symlink_to(file.resolve())
        transform = image_transform(parity.configuration(options.model)["image_resolution"])

        def loop():
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
                for start in range(few, many, 8):
                    batch = [transform(Image.open(f)) for f in files[start:start + 8]]
                    model.encode_image(torch.stack(batch))

        rates: dict[str, list[float]] = {}
        for done in range(options.rounds):
            if done and time.monotonic() > deadline:
                break
            rates.setdefault("cn_clip bf16 autocast", []).append((many - few) / seconds(loop))
            for label, extra in (("cnclip bf16", []),
                                 ("cnclip bf16 --jpeg reduced", ["--jpeg", "reduced"])):
                spent = [embedding("images", folders[n], path, *extra) for n in (many, few)]
                rates.setdefault(label, []).append((many - few) / (spent[0] - spent[1]))
    for name, values in rates.items():
        rows.append({"work": "photographs to features", "batch": 8, "contender": name,
                     "rate": statistics.median(values), "rounds": values})
        print(rows[-1], file=sys.stderr, flush=True)


# Runs a program and prints wall seconds, processor seconds and peak megabytes. A small process of
# its own, because a child's peak counts what its parent had when it was started.
LAUNCHER = """
import os, subprocess, sys, time
begin = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
sys.exit(status != 0)
"""


def start(name: str, path: Path, rows: list) -> None:
    """Start to first answer, and peak memory of one picture and one text."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import peers, torch; torch.set_num_threads(%d)\n"
        "from PIL import Image; from cn_clip.clip import tokenize; "
        "from cn_clip.clip.utils import create_model, image_transform\n"
        "m = create_model('%s', torch.load(sys.argv[2], map_location='cpu', weights_only=False))"
        ".float().eval()\n"
        "x = image_transform(%d)(Image.open(sys.argv[3]))[None]\n"
        "with torch.inference_mode(): print(m.get_similarity(x, tokenize(['老虎', '大象']))[0])\n"
    ) % (options.threads,
         "ViT-B-16@RoBERTa-wwm-ext-base-chinese" if name == "ViT-B-16" else name,
         parity.configuration(name)["image_resolution"])
    runs = {"cn_clip fp32": [sys.executable, "-c", code, str(ROOT / "Scripts/fixtures"), str(path),
                             str(PICTURES[0])]}
    for precision in ("fp32", "bf16"):
        runs[f"cnclip {precision}"] = [
            str(COMMAND), "match", str(PICTURES[0]), "--texts", "老虎", "大象", "--model", name,
            "--checkpoint", str(path), "--precision", precision, "--threads", str(options.threads)]
    runs["cnclip, embedded model"] = [
        str(COMMAND), "match", str(PICTURES[0]), "--texts", "老虎", "大象"]
    taken: dict[str, list] = {}
    for done in range(options.rounds):
        if done and time.monotonic() > deadline:
            break
        for label, arguments in runs.items():
            result = subprocess.run(
                [sys.executable, "-S", "-c", LAUNCHER, *arguments],
                capture_output=True, text=True, check=False)
            if result.returncode:
                print(f"{label}: {result.stderr[-300:]}", file=sys.stderr)
                continue
            wall, processor, peak = map(float, result.stdout.split())
            spent = wall if options.clock == "wall" else processor
            taken.setdefault(label, []).append((spent, peak))
    for label, values in taken.items():
        rows.append({
            "work": "start to first answer", "contender": label, "batch": 1,
            "seconds": statistics.median(v[0] for v in values),
            "megabytes": max(v[1] for v in values)})
        print(rows[-1], file=sys.stderr, flush=True)


def tokenizers(path: Path, rows: list) -> None:
    from tokenizers import BertWordPieceTokenizer

    vocabulary = ROOT / "Sources/CLIPText/Resources/vocab.txt"
    fast = BertWordPieceTokenizer(str(vocabulary), lowercase=True)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    texts = (CAPTIONS * 20)[:400]
    for _ in range(options.rounds):
        found = {
            "cn_clip": len(texts) / seconds(lambda: tokenize(texts)),
            "Hugging Face tokenizers": len(texts) / seconds(lambda: fast.encode_batch(texts)),
            "cnclip": ours("tokenize", 1, "fp32", path, options.model)[0],
        }
        for name, rate in found.items():
            rows.append({"work": "tokenizer", "batch": 1, "contender": name, "rate": rate})
    kept = [row for row in rows if row["work"] == "tokenizer"]
    rows[:] = [row for row in rows if row["work"] != "tokenizer"]
    for name in ("cn_clip", "Hugging Face tokenizers", "cnclip"):
        values = [row["rate"] for row in kept if row["contender"] == name]
        rows.append({"work": "tokenizer", "batch": 1, "contender": name,
                     "rate": statistics.median(values), "rounds": values})
        print(rows[-1], file=sys.stderr, flush=True)


PICTURES = sorted((ROOT / "Demo/pictures").glob("*.jpg"))[:6]


def main() -> None:
    import report

    rows, notes = [], {}
    model, path = checkpoint(options.model)
    tokenizers(path, rows)
    precisions = tuple(options.precisions)
    image_tower(model, path, rows, notes, options.model, precisions=precisions)
    long = "猫" * 60
    peers = measure("text", model, path, lambda batch: tokenize([long] * batch), rows, notes,
                    options.model, precisions)
    captions(peers, path, rows)
    photographs(model, path, rows)
    start(options.model, path, rows)
    del model, peers
    for name in options.also:
        image_tower(*checkpoint(name), rows, notes, name, precisions=("bf16",))
    report.write(ROOT / "Benchmarks", {
        "machine": platform.processor() or platform.machine(), "processor": report.processor(),
        "threads": options.threads, "clock": options.clock, "model": options.model,
        "commit": subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT,
                                 capture_output=True, text=True, check=False).stdout.strip(),
        "load": os.getloadavg(),
        "versions": {name: version(name) for name in
                     ("torch", "cn_clip", "onnxruntime", "openvino", "tokenizers", "pillow")},
        "photographs": "photographs" if options.photographs else "the demo's pictures, enlarged",
        "missing": notes, "rows": rows})


if __name__ == "__main__":
    main()
