#!/usr/bin/env bash
# Makes .venv-page with the Python packages of the page tests, if it is not as requirements.txt says.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
source "$root/Scripts/common.sh"

venv="$root/.venv-page"
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
  say "Installing the Python packages of the page tests into .venv-page"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
  # Only its client is wanted, not the gigabytes that its index and models need.
  "$venv/bin/pip" install --quiet --no-deps clip-retrieval==2.45.0
  cp "$here/requirements.txt" "$venv/requirements.txt"
fi
