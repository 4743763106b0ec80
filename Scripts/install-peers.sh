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

# A build for the CPU where pip finds one; the plain one otherwise, which on Linux brings CUDA.
torch="$(grep -E '^torch==' "$requirements")"
if ! pip install "${quiet[@]}" --no-deps "$torch+cpu"; then
  say "There is no CPU build of $torch in pip's indexes: taking the plain one, with its CUDA" \
    "libraries (about 3 GB). PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu avoids" \
    "that, and PEERS=0 leaves the peers out."
  pip install "${quiet[@]}" "$torch" || stop "$torch"
fi
# Every package is in the list, and cn-clip's own pins are of 2022: so no dependencies.
pip install "${quiet[@]}" --no-deps --requirement "$requirements" || stop "$requirements"

PYTHONPATH="$root/Scripts/fixtures" PYTHONDONTWRITEBYTECODE=1 "$environment/bin/python" \
  -c 'import peers, cn_clip.clip, transformers, timm, lmdb' 2>"$log" ||
  stop "packages that can be imported together"
printf '%s\n' "$stamp" >"$environment/installed"
