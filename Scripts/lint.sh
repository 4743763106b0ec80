#!/usr/bin/env bash
# Checks the format and the documentation comments of all Swift sources, and the syntax of the
# scripts. With --fix, formats the Swift sources in place.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

sources=()
for path in Package.swift Sources Tests Fuzzing Examples Benchmarks Snippets; do
  [ ! -e "$path" ] || sources+=("$path")
done

if [ "${1:-}" = --fix ]; then
  exec swift format --in-place --recursive --parallel "${sources[@]}"
fi
swift format lint --strict --recursive --parallel "${sources[@]}"

# The library works over any store: only the one that is SQLite knows SQLite.
if grep -rl --include='*.swift' 'import GRDB' Sources | grep -v '^Sources/CLIPSearch/SQLiteStore/'; then
  fail "only Sources/CLIPSearch/SQLiteStore may import GRDB"
fi

# Each server's language is spoken in its own folder.
for word in CPostgreSQL SwiftProtobuf; do
  case "$word" in CPostgreSQL) folder=PostgreSQL ;; *) folder=Milvus ;; esac
  if grep -rl --include='*.swift' "import $word" Sources/CLIPStores | grep -v "/$folder/"; then
    fail "only Sources/CLIPStores/$folder may import $word"
  fi
done

while read -r script; do
  bash -n "$script"
done < <(find Scripts .ci -type f \( -name '*.sh' -o -path '.ci/run' \))

python3 - <<'PYTHON'
import ast, pathlib, sys
for folder in ("Scripts", "Fuzzing", "Benchmarks", "Examples"):
    for path in sorted(pathlib.Path(folder).rglob("*.py")):
        if ".venv" not in path.parts:
            try:
                ast.parse(path.read_text(encoding="utf-8"), str(path))
            except SyntaxError as error:
                sys.exit(f"error: {path}:{error.lineno}: {error.msg}")
PYTHON
say "Format, documentation comments and scripts are clean."
