#!/usr/bin/env bash
# Measures the command beside its peers: Benchmarks/RESULTS.md. Arguments go to
# Benchmarks/peers/run.py. What 'make peers' put into .venv is shared; the exporters' run times go
# into an environment of their own.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

environment="$root/Benchmarks/peers/.venv"
requirements="$root/Benchmarks/peers/requirements.txt"
stamp="$(python3 --version) $(cksum <"$requirements")"
if [ "$(cat "$environment/installed" 2>/dev/null || true)" != "$stamp" ]; then
  say "Installing ONNX Runtime and OpenVINO into Benchmarks/peers/.venv"
  "$root/.venv/bin/python" -m venv "$environment"
  "$root/.venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
    >"$("$environment/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/shared.pth"
  "$environment/bin/python" -m pip --disable-pip-version-check --no-input install --quiet \
    --requirement "$requirements" || fail "pip cannot install $requirements"
  printf '%s\n' "$stamp" >"$environment/installed"
fi
exec timeout 3600 "$environment/bin/python" Benchmarks/peers/run.py "$@"
