#!/usr/bin/env bash
# What the program does, offline, with the model and the pictures that ship with it: matches Chinese
# words to photographs, then makes a library of them and searches it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

cnclip=.build/release/cnclip
[ -x "$cnclip" ] || fail "$cnclip is not built; run 'make demo'."
library=.demo/library

say "Which word fits which picture?"
"$cnclip" match Demo/pictures/{tiger,garbage-truck,lemon}.jpg --texts 老虎 大象 垃圾车 热气球 柠檬

say "A library of the pictures in Demo/pictures"
mkdir -p .demo
"$cnclip" index Demo/pictures --library "$library"

for query in 一只黑白条纹的马 一辆卡车 昆虫; do
  say "Search: $query"
  "$cnclip" search "$query" --library "$library" -k 3
done
"$cnclip" search 昆虫 --library "$library" -k 8 --format .demo/insects.png

cat <<TEXT

Look at .demo/insects.png: the best eight pictures for 昆虫 on one sheet.

Try next:
  make serve                                   the search page, on http://127.0.0.1:8080
  .build/release/cnclip match YOUR-PICTURE.jpg --texts 一只猫 一条狗 一辆汽车
  .build/release/cnclip index ~/Pictures --library ~/pictures.library
  .build/release/cnclip search 海边 --minus 人 --library ~/pictures.library
  .build/release/cnclip --help
TEXT
