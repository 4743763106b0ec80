#!/usr/bin/env bash
# Runs the tests that 'swift build --build-tests' made. What failed is said again at the end, where
# a reader of a long log looks first. Arguments go to 'swift test', such as --filter NAME.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! swift test -c release --skip-build --disable-xctest "$@" 2>&1 | tee "$log"; then
  printf '\nWhat failed:\n'
  # An issue and the lines that explain it.
  grep -aE -A 4 '^✘ Test .* recorded an issue|crash|[Ff]atal error' "$log" | head -120 || true
  exit 1
fi
