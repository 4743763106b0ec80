#!/usr/bin/env bash
# Measures the command on this machine: start to first answer, and pictures and texts a second.
#
# A rate is taken from the difference of a long and a short run, so that starting and loading the
# model do not count. Best of three; machines are noisy, so compare only figures of one run.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

cnclip="$root/.build/release/cnclip"
[ -x "$cnclip" ] || fail "$cnclip is not built; run 'make bench'."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# The shortest of three runs, in milliseconds.
milliseconds() {
  local best="" start taken
  for _ in 1 2 3; do
    start="$(date +%s%N)"
    "$@" >/dev/null 2>&1 || fail "this command failed: $*"
    taken="$((($(date +%s%N) - start) / 1000000))"
    if [ -z "$best" ] || [ "$taken" -lt "$best" ]; then best="$taken"; fi
  done
  echo "$best"
}

# rate COUNT SHORT-TIME LONG-TIME
rate() {
  awk -v count="$1" -v short="$2" -v long="$3" \
    'BEGIN { if (long > short) printf "%.0f", 1000 * count / (long - short); else print "?" }'
}

pictures=(Demo/pictures/*.jpg)
rounds=10
mkdir "$work/few" "$work/many"
for picture in "${pictures[@]}"; do
  name="$(basename "$picture")"
  cp "$picture" "$work/few/"
  for round in $(seq "$rounds"); do cp "$picture" "$work/many/$round-$name"; done
done
cut -f 2 Demo/captions.tsv | tail -n +2 >"$work/few.txt"
for _ in $(seq 100); do cat "$work/few.txt"; done >"$work/many.txt"

first="$(milliseconds "$cnclip" match "${pictures[0]}" --texts 老虎 大象)"
few="$(milliseconds "$cnclip" embed images "$work/few" --output "$work/out.jsonl")"
many="$(milliseconds "$cnclip" embed images "$work/many" --output "$work/out.jsonl")"
few_texts="$(milliseconds "$cnclip" embed texts "$work/few.txt" --output "$work/out.jsonl")"
many_texts="$(milliseconds "$cnclip" embed texts "$work/many.txt" --output "$work/out.jsonl")"

count="${#pictures[@]}"
cat <<TEXT
$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1), $(getconf _NPROCESSORS_ONLN) processors, \
commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown), the model that ships, files to features
start to first answer    $first ms
pictures a second        $(rate "$((count * (rounds - 1)))" "$few" "$many")
texts a second           $(rate "$((count * 99))" "$few_texts" "$many_texts")
TEXT
