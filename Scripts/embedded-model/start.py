"""Makes what training starts from: the image encoder with its projection, and the class prototypes.

EfficientNet-Lite is taken as its authors published it. The projection comes from its own classifier:
W are the classifier's rows less their mean, B the first right singular vectors of W; a picture's
embedding is Bᵀ(f - μ), a class's prototype is the row of W B, both of length one. μ is what a feature
is on average over ImageNet, which the last batch norm knows: its output is taken as normal, with the
norm's own mean and deviation, and goes through ReLU6.

    start.py WEIGHTS.pth RECIPE.json OUTPUT

OUTPUT becomes a model folder, so that the package itself embeds the drawings of emoji with it; a text
encoder of zeros stands in its place until texts are trained. prototypes.npy lies beside.
"""

import argparse
import json
import math
from pathlib import Path

import numpy
import torch
from safetensors.numpy import save_file

# What cosines are multiplied by: as in the recipe's term of similarities.
SCALE = 20


def mean_feature(bias: numpy.ndarray, deviation: numpy.ndarray) -> numpy.ndarray:
    """The mean of ReLU6 of a normal variable, for every channel."""

    def above(bound: float) -> numpy.ndarray:
        z = (bias - bound) / deviation
        share = numpy.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in z])
        return (bias - bound) * share + deviation * numpy.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    return above(0) - above(6)


def placeholder(width: int, dimension: int) -> tuple[dict, dict[str, numpy.ndarray]]:
    """The smallest text encoder: its configuration and its tensors, all zero."""
    configuration = {
        "vocabulary_size": 5, "maximum_positions": 4, "token_types": 1, "width": width, "layers": 1,
        "heads": 1, "mlp_width": width, "activation": "gelu", "layer_norm_epsilon": 1e-5,
        "dropout": 0, "projection_bias": True,
    }
    shapes = {"text_projection": (width, dimension), "text_projection_bias": (dimension,)}
    for name, rows in [("word", 5), ("position", 4), ("token_type", 1)]:
        shapes[f"bert.embeddings.{name}_embeddings.weight"] = (rows, width)
    layer = "bert.encoder.layer.0"
    for name in ["attention.self.query", "attention.self.key", "attention.self.value",
                 "attention.output.dense", "intermediate.dense", "output.dense"]:
        shapes[f"{layer}.{name}.weight"] = (width, width)
        shapes[f"{layer}.{name}.bias"] = (width,)
    for name in ["bert.embeddings", f"{layer}.attention.output", f"{layer}.output"]:
        shapes[f"{name}.LayerNorm.weight"] = shapes[f"{name}.LayerNorm.bias"] = (width,)
    return configuration, {
        name: numpy.zeros(shape, numpy.float32) for name, shape in shapes.items()}


def main() -> None:
    """Writes the folder."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    configuration = json.loads(options.recipe.read_text())["model"]["architecture"]
    dimension = configuration["embedding_dimension"]
    loaded = torch.load(options.weights, map_location="cpu", weights_only=True)
    # Kernels lie there in TensorFlow's order; safetensors writes memory as it is.
    tensors = {name: numpy.ascontiguousarray(value.numpy()) for name, value in loaded.items()}
    rows = tensors.pop("_fc.weight").astype(numpy.float64)
    tensors.pop("_fc.bias")
    rows -= rows.mean(0)
    basis = numpy.linalg.svd(rows, full_matrices=False)[2][:dimension].T
    deviation = numpy.abs(tensors["_bn1.weight"].astype(numpy.float64)) + 1e-9
    mean = mean_feature(tensors["_bn1.bias"].astype(numpy.float64), deviation)
    result = {
        f"visual.{name}": value
        for name, value in tensors.items() if not name.endswith("num_batches_tracked")
    }
    result["visual.proj"] = numpy.ascontiguousarray(basis.astype(numpy.float32))
    result["visual.proj_bias"] = (-basis.T @ mean).astype(numpy.float32)
    result["logit_scale"] = numpy.array(math.log(SCALE), numpy.float32)
    text, zeros = placeholder(8, dimension)
    configuration |= {"name": "start", "context_length": 4, "text": {"bert": text}}
    options.output.mkdir(parents=True, exist_ok=True)
    save_file(result | zeros, options.output / "model.safetensors")
    (options.output / "config.json").write_text(json.dumps(configuration, indent=2) + "\n")
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    (options.output / "vocab.txt").write_text("\n".join(pieces) + "\n")
    numpy.save(options.output / "prototypes.npy", (rows @ basis).astype(numpy.float32))


if __name__ == "__main__":
    main()
