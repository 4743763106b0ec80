"""Compares the command with the original on official-size models of random weights.

For each model it makes weights by the original's own code (PyPI cn-clip), saves them as the
original does, and as a Hugging Face folder where that library knows the architecture. Then both
sides embed the demo pictures and a few sentences in fp32, and the largest differences are printed:

    .venv/bin/python Scripts/parity.py ViT-B-16 RN50
    .venv/bin/python Scripts/parity.py --all          (ViT-H-14 takes about 12 GB of memory)

It ends with an error unless every cosine is at least 0.99999 and no number of a normalised feature
differs by more than 1e-4.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMAND = os.environ.get("CNCLIP", str(ROOT / ".build/release/cnclip"))
sys.path.insert(0, str(ROOT / "Scripts/fixtures"))

import peers  # noqa: E402,F401
import torch  # noqa: E402
from cn_clip.clip import model as original  # noqa: E402
from cn_clip.clip import tokenize  # noqa: E402
from cn_clip.clip.utils import image_transform  # noqa: E402
from PIL import Image  # noqa: E402

MODELS = ["ViT-B-32", "ViT-B-16", "ViT-L-14", "ViT-L-14-336", "ViT-H-14", "RN50"]
TEXT_TOWERS = {"RN50": "RBT3-chinese", "ViT-H-14": "RoBERTa-wwm-ext-large-chinese"}
SENTENCES = [
    "一只可爱的小猫趴在键盘上", "杰尼龟", "", "iPhone14ProMax 手机壳 “防摔”", "高级感托特包斜挎",
    "广场上空飘着一只巨大的热气球，下面站满了抬头张望、举着手机拍照的人们，孩子骑在父亲的肩膀上",
]
COSINE, DIFFERENCE = 0.99999, 1e-4


def configuration(name: str) -> dict:
    folder = Path(original.__file__).parent / "model_configs"
    text = TEXT_TOWERS.get(name, "RoBERTa-wwm-ext-base-chinese")
    merged = json.loads((folder / f"{name}.json").read_text())
    for key, value in json.loads((folder / f"{text}.json").read_text()).items():
        merged[key] = value
    if isinstance(merged["vision_layers"], str):
        merged["vision_layers"] = json.loads(merged["vision_layers"])
    return merged


def random_model(name: str) -> torch.nn.Module:
    torch.manual_seed(20)
    model = original.CLIP(**configuration(name)).float().eval()
    for key, parameter in model.named_parameters():
        if key.endswith("bias") or parameter.dim() == 1:
            parameter.data += torch.randn_like(parameter) * 0.05
    # The original starts each residual branch of the ResNet at zero, which would hide it.
    for key, parameter in model.named_parameters():
        if key.endswith("bn3.weight"):
            parameter.data.normal_(0.5, 0.1)
    return model


@torch.no_grad()
def settle_statistics(model: torch.nn.Module, images: torch.Tensor) -> None:
    """Gives batch norms the statistics of real pictures; with random ones all features agree."""
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            module.train()
    model.visual(images)
    model.eval()


def embed_command(arguments: list[str], lines: list[str] | None = None) -> torch.Tensor:
    result = subprocess.run(
        [COMMAND, "embed", *arguments, "--precision", "fp32", "--quiet"],
        input=None if lines is None else "\n".join(lines) + "\n",
        capture_output=True, text=True, check=False,
    )
    if result.returncode:
        sys.exit(f"cnclip embed {' '.join(arguments)} failed: {result.stderr}")
    return torch.tensor([json.loads(line)["feature"] for line in result.stdout.splitlines()])


def compare(label: str, found: torch.Tensor, expected: torch.Tensor) -> bool:
    cosine = (found * expected).sum(-1).min().item()
    difference = (found - expected).abs().max().item()
    spread = (expected @ expected.T).min().item()
    print(
        f"{label:34} cosine {cosine:.7f}  largest difference {difference:.1e}"
        f"  (cosines among themselves from {spread:.3f})",
        flush=True,
    )
    return cosine >= COSINE and difference <= DIFFERENCE


@torch.no_grad()
def check(name: str, pictures: list[Path], folder: Path) -> bool:
    size = configuration(name)["image_resolution"]
    transform = image_transform(size)
    images = torch.stack([transform(Image.open(path)) for path in pictures])
    model = random_model(name)
    settle_statistics(model, images)
    checkpoint = folder / f"{name}.pt"
    state = {f"module.{key}": value for key, value in model.state_dict().items()}
    torch.save({"epoch": 1, "step": 0, "name": name, "state_dict": state}, checkpoint)
    expected = torch.nn.functional.normalize(model.encode_image(images), dim=-1)
    texts = [s.lower().replace("“", '"').replace("”", '"') for s in SENTENCES]
    expected_text = torch.nn.functional.normalize(model.encode_text(tokenize(texts)), dim=-1)
    del model, state
    source = ["--model", name, "--checkpoint", str(checkpoint)]
    paths = [str(path) for path in pictures]
    good = compare(f"{name} .pt pictures", embed_command(
        ["images", *paths, "--exif", "ignore", *source]), expected)
    good &= compare(f"{name} .pt sentences", embed_command(
        ["texts", "-", *source], SENTENCES), expected_text)
    if name != "RN50":
        hub = folder / f"{name}-hf"
        subprocess.run(
            [COMMAND, "convert", checkpoint, hub, "--to", "huggingface"],
            check=True, capture_output=True)
        good &= check_hugging_face(name, hub, images, texts, expected, expected_text, paths)
    return good


def check_hugging_face(name, hub, images, texts, expected, expected_text, paths) -> bool:
    from transformers import BertTokenizer, ChineseCLIPModel

    model = ChineseCLIPModel.from_pretrained(hub).float().eval()
    tokens = BertTokenizer.from_pretrained(hub)(
        texts, padding="max_length", truncation=True, max_length=52, return_tensors="pt")

    def features(output):
        output = output if isinstance(output, torch.Tensor) else output.pooler_output
        return torch.nn.functional.normalize(output, dim=-1)

    good = compare(f"{name} transformers pictures", features(
        model.get_image_features(pixel_values=images)), expected)
    good &= compare(f"{name} transformers sentences", features(
        model.get_text_features(**tokens)), expected_text)
    del model
    good &= compare(f"{name} HF folder pictures", embed_command(
        ["images", *paths, "--exif", "ignore", "--model", str(hub)]), expected)
    good &= compare(f"{name} HF folder sentences", embed_command(
        ["texts", "-", "--model", str(hub)], SENTENCES), expected_text)
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="MODEL")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    pictures = sorted((ROOT / "Demo/pictures").glob("*.jpg"))[:6]
    failed = []
    for name in MODELS if options.all else options.models:
        with tempfile.TemporaryDirectory() as folder:
            if not check(name, pictures, Path(folder)):
                failed.append(name)
    if failed:
        sys.exit(f"features differ for {', '.join(failed)}")


if __name__ == "__main__":
    main()
