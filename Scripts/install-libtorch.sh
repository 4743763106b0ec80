#!/usr/bin/env bash
# Fills .libtorch/{lib,include} from the PyPI wheel `torch`; does nothing when it is filled.
#
#   --user                    fill ~/.cache/cnclip/libtorch instead: packages that depend on this one
#                             look there, whichever checkout they have
#
#   LIBTORCH=/path            use that LibTorch instead, install nothing
#   LIBTORCH_VERSION=2.13.0   another version (2.11.0 also works)
#   LIBTORCH_VARIANT=auto     cpu or cuda; auto means cuda where nvidia-smi finds a GPU
#
# cpu   a `+cpu` build where pip finds one. Otherwise the plain wheel, which on Linux is a CUDA
#       build: its libtorch_cpu needs libcudart and libcupti, so those two come too, from the
#       versions that the wheel itself names, and everything else of CUDA stays out.
# cuda  the plain wheel with all its CUDA libraries (several GB).
#
# pip's own settings decide where packages come from. With
# PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu it finds the smaller `+cpu` build.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

version="${LIBTORCH_VERSION:-2.13.0}"
case "${1:-}" in
  "") destination="$root/.libtorch" shown=.libtorch ;;
  --user) destination="$HOME/.cache/cnclip/libtorch" shown=$destination ;;
  *) fail "install-libtorch.sh takes --user or nothing, not '$1'." ;;
esac
work="$destination.partial"

# A folder that has what the build needs.
is_libtorch() {
  [ -e "$1/include/ATen/core/Tensor.h" ] && compgen -G "$1/lib/libtorch_cpu.*" >/dev/null
}

if [ -n "${LIBTORCH:-}" ]; then
  is_libtorch "$LIBTORCH" ||
    fail "LIBTORCH=$LIBTORCH has no include/ATen/core/Tensor.h or no lib/libtorch_cpu.*; point it" \
      "at a LibTorch folder, or unset it and run 'make libtorch'."
  exit 0
fi
if [ -L "$destination" ]; then
  is_libtorch "$destination" ||
    fail "$shown is a link to $(readlink "$destination"), which is not a LibTorch; remove it" \
      "and run the same command again."
  exit 0
fi

variant="${LIBTORCH_VARIANT:-auto}"
if [ "$variant" = auto ]; then
  if nvidia-smi -L 2>/dev/null | grep -q '^GPU'; then variant=cuda; else variant=cpu; fi
fi
case "$variant" in
  cpu | cuda) ;;
  *) fail "LIBTORCH_VARIANT is '$variant'; it may be cpu, cuda or auto." ;;
esac

stamp="$version $variant $(uname -m)"
wheels="$work/${stamp// /-}"
[ "$(cat "$destination/installed" 2>/dev/null || true)" != "$stamp" ] || exit 0

[ "$(uname)" = Linux ] ||
  fail "this script knows the wheels for Linux only; get LibTorch $version for $(uname) and set" \
    "LIBTORCH to its folder."
command -v python3 >/dev/null || fail "python3 is missing; it is needed to fetch LibTorch."
python3 -c 'import pip' 2>/dev/null ||
  fail "python3 has no pip; on Debian and Ubuntu: apt-get install python3-pip."

say "Fetching LibTorch $version ($variant) by pip into $shown"
mkdir -p "$work"
log="$work/pip.log"

pip_options=(--only-binary=:all: --disable-pip-version-check --no-input)
# Newer versions of pip go on where a broken transfer stopped.
if python3 -m pip download --help | grep -q -e '--resume-retries'; then
  pip_options+=(--resume-retries 5)
fi
[ -t 1 ] || pip_options+=(--quiet)

# download FOLDER [OPTION…] REQUIREMENT…: a wheel that is there already is not fetched again.
download() {
  local folder="$1"
  shift
  python3 -m pip download "${pip_options[@]}" --dest "$folder" "$@" 2>"$log"
}

stop_without_network() {
  if grep -q -i -E 'retrying|connection|resolve|timed out|proxy|ssl' "$log"; then
    show_log "$log"
    rm -f "$log"
    fail "pip cannot reach its package index (its last lines are above); check the network or" \
      "the proxy and run the same command again: finished downloads are kept."
  fi
}

# fetch_torch REQUIREMENT…: the first that pip finds. LibTorch does not depend on the Python
# version: where there is no wheel for this Python, the one for CPython 3.12 serves.
fetch_torch() {
  local requirement python
  for python in "" "--python-version=3.12 --platform=manylinux_2_28_$(uname -m)"; do
    for requirement in "$@"; do
      # shellcheck disable=SC2086 # a list of options
      if download "$wheels/torch" --no-deps $python "$requirement"; then return 0; fi
    done
    stop_without_network
  done
  show_log "$log"
  fail "pip finds no wheel of torch $version for $(uname -m) (its last lines are above); set" \
    "LIBTORCH to a LibTorch folder, or LIBTORCH_VERSION to another version."
}

# `===` compares text, so it means the build without a local version such as +cpu.
case "$variant" in
  cpu) fetch_torch "torch==$version+cpu" "torch==$version" ;;
  cuda) fetch_torch "torch===$version" "torch==$version" ;;
esac
wheel="$(find "$wheels/torch" -name "torch-$version*.whl" | head -n 1)"

mapfile -t companions < <(python3 "$root/Scripts/unpack-libtorch.py" companions "$variant" "$wheel")
mkdir -p "$wheels/cuda"
if [ "${#companions[@]}" -gt 0 ]; then
  say "Fetching the CUDA libraries it needs: ${companions[*]}"
  download "$wheels/cuda" "${companions[@]}" || {
    stop_without_network
    show_log "$log"
    fail "pip cannot fetch the CUDA libraries that $(basename "$wheel") needs."
  }
fi

say "Unpacking $(basename "$wheel")"
rm -rf "$work/unpacked"
python3 "$root/Scripts/unpack-libtorch.py" unpack "$variant" "$wheel" "$wheels/cuda" \
  "$work/unpacked"
printf '%s\n' "$stamp" >"$work/unpacked/installed"

# The new folder takes its place in one step; whoever is stopped here runs it again.
rm -rf "$work/replaced"
[ ! -e "$destination" ] || mv "$destination" "$work/replaced"
mv "$work/unpacked" "$destination"
rm -rf "$work"
say "LibTorch $version ($variant) is in $shown ($(du -sh "$destination" | cut -f 1))"
