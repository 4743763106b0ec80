#!/usr/bin/env bash
# Keeps a server of its own busy, kills it, starts it again, and looks whether anything was lost.
#
#   Scripts/soak.sh [--minutes N] [--seed N]      default: 5 minutes
#
# Only on loopback and on a library in a temporary folder; ends by itself. Needs
# .build/release/cnclip ('make build'), or the command that CNCLIP names.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
source "$root/Scripts/common.sh"

[ -x "${CNCLIP:-$root/.build/release/cnclip}" ] || fail "there is no cnclip; run: make build"
"$root/Scripts/page-tests/install.sh"
exec "${SOAK_PYTHON:-$root/.venv-page/bin/python}" "$root/Scripts/soak/soak.py" "$@"
