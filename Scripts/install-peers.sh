#!/usr/bin/env bash
# Makes .venv with the Python packages that tests and fixture scripts compare with: the original
# project's (cn-clip) and what it stands on, at pinned versions. Does nothing when it is made.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

environment="$root/.venv"
requirements="$root/Scripts/fixtures/requirements.txt"

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  fail "the Python peers need Python 3.11 or newer, and python3 is $(python3 --version);" \
    "'make test PEERS=0' runs the tests that do without."

stamp="$(python3 --version) $(cksum <"$requirements")"
[ "$(cat "$environment/installed" 2>/dev/null || true)" != "$stamp" ] || exit 0

say "Installing the Python peers into .venv"
python3 -m venv "$environment"
rm -f "$environment/installed"
log="$environment/pip.log"

pip() {
  "$environment/bin/python" -m pip --disable-pip-version-check --no-input "$@" 2>"$log"
}
quiet=()
[ -t 1 ] || quiet=(--quiet)

stop() {
  show_log "$log"
  fail "pip cannot install $1; 'make test PEERS=0' runs the tests that do without."
}

# Builds for the CPU where pip finds them; the plain ones otherwise, which on Linux bring CUDA.
torch="$(grep -E '^torch==' "$requirements")"
torchvision="$(grep -E '^torchvision==' "$requirements")"
if ! pip install "${quiet[@]}" --no-deps "$torch+cpu"; then
  say "There is no CPU build of $torch in pip's indexes: taking the plain one, with its CUDA" \
    "libraries (about 3 GB). PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu avoids" \
    "that, and PEERS=0 leaves the peers out."
  pip install "${quiet[@]}" "$torch" || stop "$torch"
fi
pip install "${quiet[@]}" --no-deps "$torchvision+cpu" || true
# Every package is in the list, and cn-clip's own pins are of 2022: so no dependencies.
pip install "${quiet[@]}" --no-deps --requirement "$requirements" || stop "$requirements"

# Beside a CPU build of torch, the compiled operators of the plain torchvision do not load, and its
# import stops where it describes two of them. The peers use nothing but its transforms, which are
# Python: declaring the two lets the import pass.
"$environment/bin/python" -c 'import torchvision' 2>/dev/null ||
  "$environment/bin/python" - <<'PYTHON'
import importlib.util
from pathlib import Path

path = Path(importlib.util.find_spec("torchvision").origin)
declaration = """\
import torch

for _name in ("nms", "qnms"):
    torch.library.define(
        f"torchvision::{_name}", "(Tensor boxes, Tensor scores, float iou_threshold) -> Tensor"
    )

"""
source = path.read_text()
if not source.startswith(declaration):
    path.write_text(declaration + source)
PYTHON
"$environment/bin/python" -c 'import cn_clip.clip, transformers, timm, lmdb' 2>"$log" ||
  stop "packages that can be imported together"
printf '%s\n' "$stamp" >"$environment/installed"
