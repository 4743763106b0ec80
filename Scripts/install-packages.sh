#!/usr/bin/env bash
# Installs the system libraries and tools that are missing (Debian, Ubuntu and their kin), and
# says what to install elsewhere. Changes nothing when everything is there.
#
# What counts is the header or the program, not the package: a library installed by hand is fine.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# header (under an include folder), then the package: Debian, Fedora, Arch, Homebrew.
headers="
jpeglib.h         libjpeg-dev     libjpeg-turbo-devel  libjpeg-turbo  jpeg-turbo
png.h             libpng-dev      libpng-devel         libpng         libpng
webp/decode.h     libwebp-dev     libwebp-devel        libwebp        webp
gif_lib.h         libgif-dev      giflib-devel         giflib         giflib
tiffio.h          libtiff-dev     libtiff-devel        libtiff        libtiff
postgresql/libpq-fe.h libpq-dev  libpq-devel          postgresql-libs libpq
lmdb.h            liblmdb-dev     lmdb-devel           lmdb           lmdb
sqlite3.h         libsqlite3-dev  sqlite-devel         sqlite         sqlite
gloo/algorithm.h  libgloo-dev     gloo-devel           gloo           gloo(from-source)
xxhash.h          libxxhash-dev   xxhash-devel         xxhash         xxhash
curl/curl.h       libcurl4-openssl-dev libcurl-devel   curl           curl
zlib.h            zlib1g-dev      zlib-devel           zlib           zlib
zstd.h            libzstd-dev     libzstd-devel        zstd           zstd
openssl/evp.h     libssl-dev      openssl-devel        openssl        openssl
"

# Libraries that are used where they are there at run time (formats of pictures, words in drawings), and
# that the tests need: the file, then the packages.
libraries="
libheif.so.1  libheif1       libheif     libheif  libheif
libjxl.so     libjxl-tools   libjxl      libjxl   jpeg-xl
libraw_r.so   libraw-bin     LibRaw      libraw   libraw
libfreetype.so.6 libfreetype6 freetype   freetype2 freetype
"

# Whether a file whose name begins so lies in a library folder.
has_library() {
  local folder
  for folder in /usr/lib /usr/lib64 /usr/lib/*-linux-gnu /usr/local/lib /opt/homebrew/lib; do
    ! compgen -G "$folder/$1*" >/dev/null || return 0
    ! compgen -G "$folder/${1%%.so*}.*dylib" >/dev/null || return 0
  done
  return 1
}

# Whether there is a font that Typeface.swift finds.
has_chinese_font() {
  [ "$(uname)" != Darwin ] || return 0
  compgen -G '/usr/share/fonts/*/NotoSansCJK-Regular.ttc' >/dev/null ||
    compgen -G '/usr/share/fonts/*/noto/NotoSansCJK-Regular.ttc' >/dev/null ||
    compgen -G '/usr/share/fonts/truetype/wqy/wqy-*.ttc' >/dev/null
}

has_header() {
  local folder
  for folder in /usr/include /usr/include/*-linux-gnu /usr/local/include /opt/homebrew/include; do
    [ ! -e "$folder/$1" ] || return 0
  done
  return 1
}

# Prints `Debian Fedora Arch Homebrew` for each thing that is missing.
list_missing() {
  local header packages
  while read -r header packages; do
    [ -z "$header" ] || has_header "$header" || echo "$packages"
  done <<<"$headers"
  while read -r header packages; do
    [ -z "$header" ] || has_library "$header" || echo "$packages"
  done <<<"$libraries"
  has_chinese_font || echo "fonts-noto-cjk google-noto-sans-cjk-fonts noto-fonts-cjk font-noto-sans-cjk"
  compgen -G '/usr/include/c++/*/memory' >/dev/null || [ "$(uname)" = Darwin ] ||
    echo "g++ gcc-c++ gcc gcc"
  command -v make >/dev/null || echo "make make make make"
  python3 -c 'import pip' 2>/dev/null || echo "python3-pip python3-pip python-pip python"
  python3 -c 'import venv, ensurepip' 2>/dev/null || echo "python3-venv python3 python python"
}

# The names of column $1 of what is missing, on one line.
missing_for() {
  list_missing | tr -s ' ' | cut -d ' ' -f "$1" | paste -s -d ' ' -
}

[ -n "$(list_missing)" ] || exit 0
debian="$(missing_for 1)"

if ! command -v apt-get >/dev/null; then
  family="$( (. /etc/os-release 2>/dev/null && echo "${ID:-} ${ID_LIKE:-}") || true)"
  case "$(uname) $family" in
    Darwin*) hint="brew install $(missing_for 4)" ;;
    *fedora* | *rhel*) hint="sudo dnf install $(missing_for 2)" ;;
    *arch*) hint="sudo pacman -S $(missing_for 3)" ;;
    *) hint="the packages that Debian calls $debian" ;;
  esac
  fail "some libraries are missing and this is not Debian or Ubuntu; install them and run this" \
    "again: $hint"
fi

if [ "$(id -u)" = 0 ]; then
  as_root=()
elif command -v sudo >/dev/null; then
  as_root=(sudo)
else
  fail "some Debian packages are missing and installing them needs root (there is no sudo);" \
    "ask an administrator to run: apt-get install $debian"
fi

say "Installing Debian packages: $debian"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 "$@" >>"$log" 2>&1
}
# An update that fails is no reason to stop: the packages may be known and cached.
apt_get update || say "apt-get update failed; trying with the package lists at hand."
# shellcheck disable=SC2086 # a list of words
if ! apt_get install -y --no-install-recommends $debian; then
  show_log "$log"
  if grep -q -E 'Temporary failure|Could not (resolve|connect)|Unable to connect|timed out' "$log"
  then
    fail "the Debian packages cannot be fetched: there is no way to the package mirror;" \
      "connect this machine and run the same command again."
  fi
  fail "apt-get could not install the packages (its last lines are above); run" \
    "'apt-get install $debian' by hand to see the whole reason."
fi

left="$(missing_for 1)"
case "$left" in
  "") ;;
  *python3*)
    fail "$left is installed, but $(command -v python3 || echo python3), the first in PATH, is not" \
      "Debian's own; install pip and venv for that one."
    ;;
  *) fail "apt-get says that it installed $left, but the headers are not in /usr/include." ;;
esac
