#!/usr/bin/env bash
# Matches Chinese words to photographs, offline, with the model that ships with the package.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

cnclip=.build/release/cnclip
[ -x "$cnclip" ] || fail "$cnclip is not built; run 'make demo'."

"$cnclip" match \
  Demo/pictures/{tiger,elephant,camel,garbage-truck,balloon,corn}.jpg \
  --texts 老虎 大象 骆驼 垃圾车 热气球 玉米

cat <<TEXT

Try next:
  .build/release/cnclip match Demo/pictures/{zebra,lemon,mantis,penguin}.jpg \\
    --texts 一只黑白条纹的马 水果 昆虫 鸟
  .build/release/cnclip match YOUR-PICTURE.jpg --texts 一只猫 一条狗 一辆汽车
  .build/release/cnclip --help
TEXT
