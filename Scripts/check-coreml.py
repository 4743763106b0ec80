"""Judges what 'cnclip export coreml' writes by coremltools: its loader, and a replay of every operation.

The features of a package must be those of the ONNX file of the same model in ONNX Runtime, on random
pictures and token ids. Half precision is judged as what numbers are stored in: the replay computes in
fp32 with the package's own weights.
  check-coreml.py embedded ViT-B-16.pt …
"""

import argparse
import logging
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnxruntime

import parity

warnings.filterwarnings("ignore")
# It misses Apple's libraries, and speaks of every number that it shortens.
logging.getLogger("coremltools").setLevel(logging.CRITICAL)
import coremltools  # noqa: E402
from coremltools.converters.mil.frontend.milproto.load import load  # noqa: E402
from coremltools.converters.mil import Builder  # noqa: E402
from coremltools.converters.mil._deployment_compatibility import AvailableTarget  # noqa: E402
from coremltools.converters.mil.mil import Function  # noqa: E402
from coremltools.models.utils import load_spec  # noqa: E402

LEAST_COSINE = 0.9999


def convolution(x, weight, strides, pad, groups, bias=None, **_):
    """What coremltools infers no value for."""
    x = np.pad(x, ((0, 0), (0, 0), (pad[0], pad[1]), (pad[2], pad[3])))
    outputs, _, height, width = weight.shape
    windows = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(2, 3))
    windows = windows[:, :, :: strides[0], :: strides[1]]
    parts = [
        np.einsum("nchwij,ocij->nohw", part, kernel, optimize=True)
        for part, kernel in zip(np.split(windows, groups, 1), np.split(weight, groups, 0))
    ]
    result = np.concatenate(parts, 1)
    return result if bias is None else result + bias[None, :, None, None]


def average_pool(x, kernel_sizes, strides, **_):
    windows = np.lib.stride_tricks.sliding_window_view(x, tuple(kernel_sizes), axis=(2, 3))
    return windows[:, :, :: strides[0], :: strides[1]].mean((4, 5))


def maximum_pool(x, kernel_sizes, strides, pad, **_):
    x = np.pad(
        x, ((0, 0), (0, 0), (pad[0], pad[1]), (pad[2], pad[3])), constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(x, tuple(kernel_sizes), axis=(2, 3))
    return windows[:, :, :: strides[0], :: strides[1]].max((4, 5))


def wide(value):
    """Half precision with full width; PyMIL's own inference wants Python's truth values."""
    if isinstance(value, np.bool_):
        return bool(value)
    half = isinstance(value, np.ndarray | np.generic) and value.dtype == np.float16
    return value.astype(np.float32) if half else value


OWN = {
    "conv": convolution,
    "avg_pool": average_pool,
    "max_pool": maximum_pool,
    "cast": lambda x, dtype: x.astype({"int32": np.int32, "bool": bool}.get(dtype, np.float32)),
}


def replay(function, inputs):
    values = dict(inputs)
    with Function({}, opset_version=AvailableTarget.iOS16):
        for operation in function.operations:
            if operation.op_type in ("const", "constexpr_affine_dequantize"):
                values[operation.outputs[0].name] = wide(
                    operation.outputs[0].val
                    if operation.op_type == "const" else operation.materialized_val_inference())
                continue
            arguments = {
                name: [values[x.name] for x in value]
                if isinstance(value, list | tuple) else values[value.name]
                for name, value in operation.inputs.items()
            }
            if operation.op_type in OWN:
                values[operation.outputs[0].name] = OWN[operation.op_type](**arguments)
                continue
            results = getattr(Builder, operation.op_type)(**arguments)
            results = results if isinstance(results, list | tuple) else [results]
            for output, result in zip(operation.outputs, results, strict=True):
                if result.val is None:
                    sys.exit(f"{operation.op_type} has no value")
                values[output.name] = wide(np.asarray(result.val))
    return values[function.outputs[0].name]


def features(package: Path, value: np.ndarray) -> np.ndarray:
    # Refuses names, shapes and types that do not fit together.
    coremltools.models.MLModel(str(package), skip_model_load=True)
    specification = load_spec(str(package))
    program = load(
        specification, specification_version=specification.specificationVersion,
        file_weights_dir=str(package / "Data/com.apple.CoreML/weights"))
    function = program.functions["main"]
    assert [x.name for x in specification.description.input] == list(function.inputs)
    assert [x.name for x in specification.description.output] == [
        x.name for x in function.outputs]
    return replay(function, {next(iter(function.inputs)): value})


def command(*arguments: str) -> None:
    subprocess.run([parity.COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL)


def check(model: str, options: list[str], batch: int, least: float) -> bool:
    good = True
    with tempfile.TemporaryDirectory() as folder:
        name = ["--model", model] if model != "embedded" else []
        command("export", "onnx", *name, "--output", folder, "--name", "m")
        command("export", "coreml", *name, "--output", folder, "--name", "m", *options)
        random = np.random.default_rng(0)
        for kind, short in (("image", "img"), ("text", "txt")):
            session = onnxruntime.InferenceSession(f"{folder}/m.{short}.fp32.onnx")
            shape = [batch, *session.get_inputs()[0].shape[1:]]
            if kind == "image":
                value = random.standard_normal(shape).astype(np.float32)
            else:
                value = random.integers(106, 8000, shape, dtype=np.int32)
                for row in range(batch):
                    value[row, 5 + 7 * row:] = 0
            expected = session.run(None, {kind: value})[0]
            found = features(Path(folder) / f"m.{kind}.mlpackage", value)
            norms = np.linalg.norm(found, axis=-1) * np.linalg.norm(expected, axis=-1)
            cosine = float(((found * expected).sum(-1) / norms).min())
            print(f"{model} {' '.join(options)} {kind}, batch {batch}: cosine {cosine:.7f}")
            good &= cosine >= least
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("models", nargs="*", default=["embedded"])
    good = True
    parser.add_argument("--all", action="store_true", help="fp32 and 8-bit weights too")
    arguments = parser.parse_args()
    for model in arguments.models:
        good &= check(model, [], 2, LEAST_COSINE)
        if not arguments.all:
            continue
        good &= check(model, ["--precision", "fp32", "--batches", "1"], 1, 0.999999)
        good &= check(model, ["--int8-weights", "--batches", "1"], 1, 0.9)
    sys.exit(not good)


if __name__ == "__main__":
    main()
