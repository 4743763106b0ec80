#!/usr/bin/env bash
# install.sh PREFIX: puts the command in PREFIX/lib/cnclip, with its resources, LibTorch and the
# Swift runtime beside it (it looks for libraries in its own folder), and a link to it in PREFIX/bin.
# install.sh --remove PREFIX: removes both.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [ "$1" = --remove ]; then
  rm -rf "$2/lib/cnclip" "$2/bin/cnclip"
  say "Removed cnclip from $2."
  exit 0
fi

prefix="$1"
built="$root/.build/release"
mkdir -p "$prefix/lib" "$prefix/bin" 2>/dev/null || true
if [ ! -w "$prefix/lib" ] || [ ! -w "$prefix/bin" ]; then
  fail "cannot write to $prefix; choose another place with PREFIX=\$HOME/.local, or run" \
    "'sudo make install'."
fi

folder="$(mktemp -d "$prefix/lib/.cnclip.XXXXXX")"
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cp "$built/cnclip" "$folder/"
for resources in "$built"/*.resources; do
  case "$resources" in *Tests.resources) ;; *) cp -R "$resources" "$folder/" ;; esac
done
cp -P "${LIBTORCH:-$root/.libtorch}"/lib/*.so* "$folder/"
# The Swift runtime: of the libraries that the command loads, those that lie in the toolchain.
toolchain="$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")"
ldd "$built/cnclip" | sed -n 's/.* => \(.*\) (.*/\1/p' | while read -r library; do
  case "$(readlink -f "$library")" in "$toolchain"/*) cp -L "$library" "$folder/" ;; esac
done

rm -rf "$prefix/lib/cnclip"
mv "$folder" "$prefix/lib/cnclip"
ln -sf ../lib/cnclip/cnclip "$prefix/bin/cnclip"
say "Installed $prefix/bin/cnclip ($(du -sh "$prefix/lib/cnclip" | cut -f 1))."
