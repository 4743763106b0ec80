#!/usr/bin/env bash
# Tests the web page in a real Chromium, and the server with other programs' clients.
#
#   Scripts/page-tests/run.sh [pytest options]      e.g. -k upload
#
# Needs .build/release/cnclip ('make build'), or the command that CNCLIP names. Installs Chromium,
# a Chinese font, nginx and Caddy by apt where they are missing, and the Python packages of
# requirements.txt into .venv-page. Screenshots go to $CNCLIP_SCREENSHOTS, by default .demo/screenshots.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
source "$root/Scripts/common.sh"

command="${CNCLIP:-$root/.build/release/cnclip}"
[ -x "$command" ] || fail "there is no $command; run: make build"

packages=()
command -v chromium >/dev/null || packages+=(chromium)
for proxy in nginx caddy; do
  PATH="$PATH:/usr/sbin" command -v "$proxy" >/dev/null || packages+=("$proxy")
done
[ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || packages+=(fonts-noto-cjk)
if [ "${#packages[@]}" -gt 0 ]; then
  say "Installing Debian packages: ${packages[*]}"
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

"$here/install.sh"

cd "$here"
exec "$root/.venv-page/bin/python" -m pytest -p no:cacheprovider -q "$@"
