"""Compares `cnclip evaluate zeroshot` with the original's script on the same weights and pictures.

    .venv/bin/python Scripts/compare-zeroshot.py [--data DIR] [--vision RN50] [--text RBT3-chinese] [--program P]

Makes a model of official size and random weights, saves it as the original's training does, runs
cn_clip/eval/zeroshot_evaluation.py as it is but for `.cuda()` on a data set of the original's layout, and
compares all keys and predictions. The templates are the original's own, written to a file, because ours are
sentences of our own.
"""

import argparse
import json
import pathlib
import runpy
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Scripts/fixtures"))

import peers  # noqa: E402,F401  (before cn_clip)
import cn_clip  # noqa: E402
import numpy  # noqa: E402
import torch  # noqa: E402
from cn_clip.clip.model import CLIP  # noqa: E402
from cn_clip.eval import cvinw_zeroshot_templates as templates  # noqa: E402

ORIGINAL = pathlib.Path(cn_clip.__file__).parent


def make_checkpoint(vision, text, path):
    configuration = {}
    for name in (vision, text):
        configuration.update(json.loads((ORIGINAL / f"clip/model_configs/{name}.json").read_text()))
    if isinstance(configuration["vision_layers"], str):
        configuration["vision_layers"] = json.loads(configuration["vision_layers"])
    torch.manual_seed(1)
    model = CLIP(**configuration)
    state = {f"module.{name}": tensor for name, tensor in model.state_dict().items()}
    torch.save({"epoch": 1, "step": 0, "name": "random", "state_dict": state}, path)


def run_original(arguments):
    """The script as it is, on the CPU."""
    torch.cuda.set_device = lambda device: None
    torch.nn.Module.cuda = lambda self, device=None: self
    original_to = torch.Tensor.to

    def to(self, *positional, **named):
        if positional and isinstance(positional[0], int) and not isinstance(positional[0], bool):
            return self
        return original_to(self, *positional, **named)

    torch.Tensor.to = to
    # The script turns arrays of one number into floats, which NumPy 2 no longer does.
    original_numpy = torch.Tensor.numpy
    torch.Tensor.numpy = lambda self: (
        original_numpy(self).reshape(()) if self.numel() == 1 else original_numpy(self))
    sys.argv = ["zeroshot_evaluation.py"] + arguments
    runpy.run_path(str(ORIGINAL / "eval/zeroshot_evaluation.py"), run_name="__main__")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--vision", default="RN50")
    parser.add_argument("--text", default="RBT3-chinese")
    parser.add_argument("--program", default=".build/debug/cnclip")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        make_checkpoint(options.vision, options.text, folder / "random.pt")
        name = options.data.name
        (folder / "templates.txt").write_text(
            "\n".join(template("{}") for template in templates.openai_templates) + "\n")
        (folder / "theirs").mkdir()
        ours = subprocess.run(
            [options.program, "evaluate", "zeroshot", "--data", str(options.data), "--dataset", name,
             "--checkpoint", str(folder / "random.pt"), "--vision-model", options.vision,
             "--text-model", options.text, "--templates", str(folder / "templates.txt"),
             "--exif", "ignore", "--files", str(folder / "ours"), "--json"],
            check=True, capture_output=True, text=True).stdout
        run_original([
            "--vision-model", options.vision, "--text-model", options.text,
            "--label-file", str(options.data / "label_cn.txt"), "--datapath", str(options.data / "test"),
            "--dataset", name, "--resume", str(folder / "random.pt"), "--save-dir",
            str(folder / "theirs"), "--num-workers", "0"])
        theirs = json.loads((folder / "theirs" / f"{name}.json").read_text())
        mine = json.loads((folder / "ours" / f"{name}.json").read_text())
    assert list(theirs) == list(mine), (list(theirs), list(mine))
    for key in theirs:
        if key != "predictions":
            assert theirs[key] == mine[key], (key, theirs[key], mine[key])
    a, b = numpy.array(theirs["predictions"]), numpy.array(mine["predictions"])
    assert a.shape == b.shape, (a.shape, b.shape)
    print(ours.strip())
    print(f"keys equal; shape {a.shape}; largest difference {abs(a - b).max():.1e}; "
          f"equal to the last digit {100 * (a == b).mean():.2f} %; "
          f"equal predictions {100 * (a.argmax(-1) == b.argmax(-1)).mean():.2f} %")


if __name__ == "__main__":
    main()
