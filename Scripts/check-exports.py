"""Judges what 'cnclip export' writes by other programs: onnx's checker, ONNX Runtime, OpenVINO.

The features of a file must be those of 'cnclip embed', on real pictures and sentences that the original
prepares. The embedded model, and official architectures of random weights as in parity.py:
  check-exports.py embedded ViT-B-16
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import parity  # First: it lets the peers be imported together.

import numpy as np
import onnx
import onnxruntime
import openvino
import torch
from cn_clip.clip import tokenize
from cn_clip.clip.utils import image_transform
from PIL import Image

LEAST_COSINE = {"fp32": 0.99999, "fp16": 0.9999, "int8": 0.9}
BYTES = {"fp32": 4, "fp16": 2, "int8": 1}


def command(*arguments: str) -> str:
    result = subprocess.run(
        [parity.COMMAND, *arguments], capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"cnclip {' '.join(arguments)} failed: {result.stderr}")
    return result.stdout


def onnx_runtime(file: Path, threads: int = 2):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda batch: session.run(None, {name: batch})[0]


def open_vino(file: Path):
    model = openvino.Core().compile_model(
        file, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda batch: next(iter(model([batch]).values()))


def cosine(found: np.ndarray, expected: np.ndarray) -> float:
    found = found / np.linalg.norm(found, axis=-1, keepdims=True)
    return float((found * expected).sum(-1).min())


def check_file(file: Path, precision: str, batch: np.ndarray, expected: np.ndarray) -> bool:
    onnx.checker.check_model(file, full_check=True)
    good = True
    for judge, run in (("ONNX Runtime", onnx_runtime(file)), ("OpenVINO", open_vino(file))):
        lowest = 1.0
        for size in (1, 3, 16) if judge == "ONNX Runtime" else (2,):
            rows = np.arange(size) % len(batch)
            lowest = min(lowest, cosine(run(batch[rows]), expected[rows]))
        print(f"{file.name:34} {judge:13} cosine {lowest:.7f}", flush=True)
        good &= lowest >= LEAST_COSINE[precision]
    return good


def normalized(pixels: np.ndarray, file: Path) -> np.ndarray:
    """Pictures as the file's metadata says that it wants them."""
    facts = {fact.key: fact.value for fact in onnx.load(
        file, load_external_data=False).metadata_props}
    mean, deviation = (
        np.array([float(word) for word in facts[key].split(",")], np.float32).reshape(1, 3, 1, 1)
        for key in ("image_mean", "image_std"))
    return (pixels.transpose(0, 3, 1, 2).astype(np.float32) / 255 - mean) / deviation


def weights(state: dict, kind: str) -> int:
    """The numbers of a tower, as the checkpoint has them."""
    inside = [value for key, value in state.items()
              if key.startswith("visual.") == (kind == "img") and key != "logit_scale"]
    return sum(value.numel() for value in inside)


def check(name: str, precisions: list[str], pictures: list[Path], folder: Path) -> bool:
    source: list[str] = []
    size, state = 224, None
    if name != "embedded":
        size = parity.configuration(name)["image_resolution"]
        model = parity.random_model(name)
        transform = image_transform(size)
        parity.settle_statistics(model, torch.stack([transform(Image.open(p)) for p in pictures]))
        if name.startswith("RN"):
            # With random weights the scores of the attention pool are in the thousands, so that the
            # smallest rounding decides which place wins; those of trained models are not.
            model.visual.attnpool.q_proj.weight.data *= 0.01
        state = model.state_dict()
        torch.save({"epoch": 1, "name": name, "state_dict": state}, folder / "model.pt")
        source = ["--model", name, "--checkpoint", str(folder / "model.pt")]
    pixels = np.stack([
        np.asarray(Image.open(path).resize((size, size), Image.Resampling.BICUBIC).convert("RGB"))
        for path in pictures])
    texts = [s.lower().replace("“", '"').replace("”", '"') for s in parity.SENTENCES]
    ids = embedded_ids(texts, 24) if name == "embedded" else tokenize(texts).numpy()
    paths = [str(path) for path in pictures]
    expected = {
        "img": parity.embed_command(["images", *paths, "--exif", "ignore", *source]).numpy(),
        "txt": parity.embed_command(["texts", "-", *source], parity.SENTENCES).numpy(),
    }
    good = True
    for precision in precisions:
        command("export", "onnx", *source, "--output", str(folder), "--precision", precision,
                "--name", name)
        for kind in ("img", "txt"):
            file = folder / f"{name}.{kind}.{precision}.onnx"
            batch = normalized(pixels, file) if kind == "img" else ids.astype(np.int32)
            good &= check_file(file, precision, batch, expected[kind])
            bytes_written = sum(f.stat().st_size for f in folder.glob(file.name + "*"))
            if state is not None and precision != "int8":
                most = weights(state, kind) * BYTES[precision] * 1.01 + (1 << 20)
                if bytes_written > most:
                    print(f"{file.name} has {bytes_written} bytes, more than {most:.0f}")
                    good = False
            for f in folder.glob(file.name + "*"):
                f.unlink()
    return good


def embedded_ids(texts: list[str], length: int) -> np.ndarray:
    """Ids of the embedded model, which has a vocabulary of its own."""
    vocabulary = parity.ROOT / "Sources/CLIPEmbeddedModel/Resources/EmbeddedModel/vocab.txt"
    result = subprocess.run(
        [parity.COMMAND, "tokenize", "-", "--context-length", str(length),
         "--vocab", str(vocabulary)],
        input="\n".join(texts) + "\n", capture_output=True, text=True, check=True)
    return np.array([json.loads(line) for line in result.stdout.splitlines()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--precisions", nargs="+", default=["fp32", "fp16"])
    options = parser.parse_args()
    pictures = sorted((parity.ROOT / "Demo/pictures").glob("*.jpg"))[:6]
    failed = []
    for name in options.models:
        with tempfile.TemporaryDirectory() as folder:
            if not check(name, options.precisions, pictures, Path(folder)):
                failed.append(name)
    if failed:
        sys.exit(f"exported files of {', '.join(failed)} differ from the model")


if __name__ == "__main__":
    main()
