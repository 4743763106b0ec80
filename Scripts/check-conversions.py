"""Checks that the peers accept what `cnclip convert` writes and compute the same features with it.

    python Scripts/check-conversions.py [--convert ".build/release/cnclip convert"] [--full]

needs torch, torchvision, transformers, safetensors, pillow and cn_clip. The command is called as
`COMMAND IN OUT --to pt|huggingface|native [--precision fp16|fp32]`. With --full the
models of two released sizes are made as well (random weights, 3 GB of temporary files).
"""

import argparse
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "fixtures"))

import peers  # noqa: E402,F401
import torch
from cn_clip.clip import load_from_name, tokenize
from cn_clip.clip.model import CLIP
from cn_clip.clip.utils import create_model, image_transform
from PIL import Image
from safetensors.torch import load_file
from transformers import BertTokenizer, ChineseCLIPConfig, ChineseCLIPModel

SMALL = dict(
    embed_dim=48, image_resolution=32, vision_layers=2, vision_width=128, vision_patch_size=8,
    vocab_size=21128, text_attention_probs_dropout_prob=0.1, text_hidden_act="gelu",
    text_hidden_dropout_prob=0.1, text_hidden_size=128, text_initializer_range=0.02,
    text_intermediate_size=256, text_max_position_embeddings=64, text_num_attention_heads=2,
    text_num_hidden_layers=2, text_type_vocab_size=2,
)
TEXTS = ["杰尼龟", "一只猫在草地上", "a photo of 2 cats。", ""]
failures = []


def check(what, passed, detail=""):
    print(("ok      " if passed else "FAILED  ") + what, detail)
    if not passed:
        failures.append(what)


def convert(command, source, target, kind, *options):
    before = time.time()
    subprocess.run(
        [*shlex.split(command), str(source), str(target), "--to", kind, *options],
        check=True, stdout=subprocess.DEVNULL)
    print(f"        {source.name} -> {target.name}: {time.time() - before:.1f} s")


def images(size):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(3, 3, size, size, generator=generator)


def original_features(model, size):
    model.float().eval()
    with torch.no_grad():
        return model.encode_image(images(size)), model.encode_text(tokenize(TEXTS, 16))


def transformers_features(folder, size):
    model, info = ChineseCLIPModel.from_pretrained(folder, output_loading_info=True)
    check(f"transformers loads {folder.name} without missing or surplus names",
          not info["missing_keys"] and not info["unexpected_keys"], str(info))
    tokens = tokenize(TEXTS, 16)
    model.float().eval()
    with torch.no_grad():
        vision = model.vision_model(pixel_values=images(size))
        text = model.text_model(input_ids=tokens, attention_mask=(tokens != 0).long())
        return (model.visual_projection(vision.pooler_output),
                model.text_projection(text.last_hidden_state[:, 0]))


def compare(what, first, second, tolerance=2e-5):
    for tower, a, b in zip(["image", "text"], first, second):
        a, b = (x / x.norm(dim=-1, keepdim=True) for x in (a, b))
        worst = (a - b).abs().max().item()
        check(f"{what}: {tower} features agree", worst <= tolerance, f"largest difference {worst:.1e}")


def same_bits(what, first, second):
    equal = first.keys() == second.keys() and all(
        first[k].dtype == second[k].dtype and torch.equal(first[k], second[k]) for k in first)
    check(f"{what}: same names, types and bits", equal)


def load_small(path, **changes):
    """As `load_from_name` does: weights only, prefix stripped by the first name, strict."""
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    state = checkpoint["state_dict"]
    assert next(iter(state)).startswith("module"), "the original strips by the first name"
    assert type(checkpoint["epoch"]) is int and type(checkpoint["step"]) is int
    model = CLIP(**(SMALL | changes))
    model.load_state_dict({k[len("module."):]: v for k, v in state.items()})
    return model


def check_small(command, folder):
    torch.manual_seed(0)
    model = CLIP(**SMALL)
    reference = {k: v.clone() for k, v in model.state_dict().items()}
    start = folder / "start.pt"
    state = {"module." + k: v for k, v in reference.items()}
    torch.save(dict(epoch=5, step=70, name="small", state_dict=state), start)
    features = original_features(model, 32)

    convert(command, start, folder / "hf", "huggingface")
    compare(".pt -> Hugging Face", features, transformers_features(folder / "hf", 32))
    check_companions(folder / "hf")
    convert(command, folder / "hf", folder / "back.pt", "pt")
    back = load_small(folder / "back.pt")
    same_bits(".pt -> Hugging Face -> .pt", reference, back.state_dict())
    loaded = torch.load(folder / "back.pt", weights_only=True, mmap=True)
    check("torch maps our .pt", loaded["epoch"] == 5 and loaded["step"] == 70)
    convert(command, folder / "back.pt", folder / "own", "native")
    same_bits(".pt -> folder", reference, load_file(folder / "own/model.safetensors"))
    convert(command, folder / "own", folder / "again.pt", "pt")
    same_bits("folder -> .pt", reference, load_small(folder / "again.pt").state_dict())
    convert(command, folder / "own", folder / "half", "huggingface", "--precision", "fp16")
    compare("half precision", features, transformers_features(folder / "half", 32), 2e-3)


def check_companions(folder):
    tokens = BertTokenizer.from_pretrained(folder)(
        TEXTS, padding="max_length", max_length=16, return_tensors="pt")["input_ids"]
    check("BertTokenizer reads our vocabulary", torch.equal(tokens, tokenize(TEXTS, 16)))
    picture = Image.effect_mandelbrot((67, 41), (-2, -1.5, 1, 1.5), 30).convert("RGB")
    try:
        from transformers import ChineseCLIPProcessor

        processor = ChineseCLIPProcessor.from_pretrained(folder)
        pixels = processor(images=picture, return_tensors="pt")["pixel_values"][0]
    except Exception as error:
        check("ChineseCLIPProcessor reads our settings", False, repr(error))
        return
    expected = image_transform(32)(picture)
    worst = (pixels - expected).abs().max().item()
    check("ChineseCLIPProcessor squashes as the original", worst < 0.05, f"{worst:.1e}")


def check_odd(command, folder):
    """Heads, widths and lengths that no released model has."""
    torch.manual_seed(1)
    config = ChineseCLIPConfig(
        text_config=dict(vocab_size=21128, hidden_size=60, num_hidden_layers=3, num_attention_heads=3,
                         intermediate_size=100, max_position_embeddings=40),
        vision_config=dict(hidden_size=84, intermediate_size=4 * 84, num_hidden_layers=3,
                           num_attention_heads=7, image_size=36, patch_size=12),
        projection_dim=20)
    model = ChineseCLIPModel(config)
    source = folder / "odd"
    model.save_pretrained(source, max_shard_size="2MB")
    vocabulary = folder / "hf/vocab.txt"
    (source / "vocab.txt").write_bytes(vocabulary.read_bytes())
    features = transformers_features(source, 36)
    convert(command, source, folder / "odd.pt", "pt")
    original = load_small(
        folder / "odd.pt", embed_dim=20, image_resolution=36, vision_layers=3, vision_width=84,
        vision_head_width=12, vision_patch_size=12, text_hidden_size=60,
        text_num_hidden_layers=3, text_num_attention_heads=3, text_intermediate_size=100,
        text_max_position_embeddings=40)
    compare("odd Hugging Face -> .pt", features, original_features(original, 36))
    convert(command, source, folder / "odd-own", "native")
    convert(command, folder / "odd-own", folder / "odd-hf", "huggingface")
    compare("odd, through our folder", features, transformers_features(folder / "odd-hf", 36), 0)


def check_released_size(command, folder, vision, text, goes_to_hugging_face):
    model = create_model(f"{vision}@{text}").float()
    state = {"module." + k: v for k, v in model.state_dict().items()}
    start = folder / f"{vision}.pt"
    torch.save(dict(epoch=1, step=0, name=vision, state_dict=state), start)
    way = ["huggingface", "pt"] if goes_to_hugging_face else ["native", "pt"]
    middle, end = folder / f"{vision}-middle", folder / f"{vision}-end.pt"
    convert(command, start, middle, way[0], "--vocab", str(folder / "hf/vocab.txt"))
    convert(command, middle, end, way[1])
    same_bits(vision, state, torch.load(end, weights_only=True, mmap=True)["state_dict"])
    loaded, _ = load_from_name(
        str(end), device="cpu", vision_model_name=vision, text_model_name=text, input_resolution=224)
    # load_from_name rounds through half precision, so this shows that it loads, not parity.
    compare(f"{vision} by load_from_name", original_features(model, 224),
            original_features(loaded, 224), 5e-3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--convert", default=".build/release/cnclip convert")
    parser.add_argument("--full", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        check_small(arguments.convert, folder)
        check_odd(arguments.convert, folder)
        if arguments.full:
            check_released_size(
                arguments.convert, folder, "ViT-B-16", "RoBERTa-wwm-ext-base-chinese", True)
            check_released_size(arguments.convert, folder, "RN50", "RBT3-chinese", False)
    sys.exit(f"{len(failures)} checks failed" if failures else 0)
