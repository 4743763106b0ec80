#!/usr/bin/env bash
# Builds the documentation of every target that has a catalogue into .docs/<Target>, a static
# site each. A warning is an error.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

# The manifest asks for the DocC plug-in only then; a folder of its own keeps the release build.
export DOCS=1
shopt -s nullglob
for catalogue in Sources/*/*.docc; do
  target="$(basename "$(dirname "$catalogue")")"
  say "Documenting $target"
  mkdir -p .docs
  swift package --scratch-path .build-docs --allow-writing-to-directory .docs \
    generate-documentation --target "$target" --warnings-as-errors \
    --transform-for-static-hosting --hosting-base-path "$target" --output-path ".docs/$target"
done
say "The documentation is in .docs/. To read it: python3 -m http.server --directory .docs, then" \
  "http://localhost:8000/<Target>/documentation/<target>."
