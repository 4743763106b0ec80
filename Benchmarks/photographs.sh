#!/usr/bin/env bash
# Fetches photographs of 3 to 24 megapixels for 'run.py --photographs FOLDER': the community's
# wallpapers that Debian packages for Lomiri and MATE (free licences, in the packages' copyright
# files). Needs apt; keeps nothing but the pictures.
set -euo pipefail
folder=${1:?usage: Benchmarks/photographs.sh FOLDER}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq lomiri-wallpapers-16.04 lomiri-wallpapers-20.04 mate-backgrounds
for package in *.deb; do dpkg-deb -x "$package" content; done
find content/usr/share/backgrounds -iname '*.jpg' -size +150k -exec cp -n {} "$folder" \;
printf '%s pictures in %s\n' "$(find "$folder" -name '*.jpg' | wc -l)" "$folder"
