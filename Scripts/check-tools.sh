#!/usr/bin/env bash
# Says in one sentence what is missing before a build can start: Swift, Python, pip.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

oldest_swift=6.2

command -v swift >/dev/null ||
  fail "Swift is not installed (or not in PATH); install Swift $oldest_swift or newer from" \
    "https://www.swift.org/install and run this again."

found="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' |
  head -n 1)" || true
[ -n "$found" ] || fail "'swift --version' does not work; install what Swift itself needs" \
    "(https://www.swift.org/install lists it for every distribution)."
[ "$(printf '%s\n%s\n' "$oldest_swift" "$found" | sort -V | head -n 1)" = "$oldest_swift" ] ||
  fail "Swift $found is too old: this package needs $oldest_swift or newer" \
    "(https://www.swift.org/install)."

command -v python3 >/dev/null ||
  fail "python3 is missing; it is needed once, to fetch LibTorch."
python3 -c 'import pip' 2>/dev/null ||
  fail "python3 has no pip; on Debian and Ubuntu: apt-get install python3-pip."
