#!/usr/bin/env bash
# Makes a package that depends on this one by a tag, from the lines of README.md alone, builds it and
# runs it. LibTorch is found where 'install-libtorch.sh --user' puts it, in a home folder of the test's.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# The commit, tagged, in a repository of the name that people will have.
git clone --quiet --bare "$root" "$work/swift-chinese-clip"
git -C "$work/swift-chinese-clip" tag 99.0.0 "$(git -C "$root" rev-parse HEAD)"

# The README's blocks between the marks, a file each.
block() {
  python3 - "$root/README.md" "$1" <<'PYTHON'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
found = re.search(rf"<!-- {sys.argv[2]} -->\n+```swift\n(.*?)```", text, re.S)
if not found:
    sys.exit(f"error: README.md has no Swift block after <!-- {sys.argv[2]} -->")
print(found.group(1), end="")
PYTHON
}
client="$work/client"
mkdir -p "$client/Sources/Client"
block "client manifest" |
  sed -e "s|url: \"[^\"]*\", from: \"[^\"]*\"|url: \"file://$work/swift-chinese-clip\", exact: \"99.0.0\"|" \
    >"$client/Package.swift"
block "client program" | sed -e "s|Demo/pictures|$root/Demo/pictures|" >"$client/Sources/Client/main.swift"
grep -q "99.0.0" "$client/Package.swift" ||
  fail "the README's manifest does not name this package by url and from"

# What 'install-libtorch.sh --user' would leave, from the LibTorch that is here.
export HOME="$work/home"
mkdir -p "$HOME/.cache/cnclip"
ln -s "${LIBTORCH:-$root/.libtorch}" "$HOME/.cache/cnclip/libtorch"
unset LIBTORCH

say "Building a package that depends on this one"
log="$work/log"
if ! (cd "$client" && swift build) >"$log" 2>&1; then
  show_log "$log"
  fail "a package with the README's manifest does not build (its last lines are above)"
fi
(cd "$client" && .build/debug/Client) | tee "$work/output"
[ "$(wc -l <"$work/output")" = 4 ] || fail "the README's program printed something else than 4 lines"
[ "$(sort -k2 -g -r "$work/output" | head -n 1 | cut -d ' ' -f 1)" = 老虎 ] ||
  fail "the README's program does not find the tiger"
say "A package that depends on this one by a tag builds and runs."
