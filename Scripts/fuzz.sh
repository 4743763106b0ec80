#!/usr/bin/env bash
# Fuzzes everything that reads hostile bytes, by LLVM's libFuzzer with AddressSanitizer.
#
#   Scripts/fuzz.sh [MINUTES [TARGET…]]       each target for so many minutes (1), all by default
#   Scripts/fuzz.sh --replay TARGET FILE…     reads the files once, as an input that was found
#   Scripts/fuzz.sh --list                    the names of the targets
#
# Built apart from everything else, in .build-fuzz. Starts from Fuzzing/Seeds/TARGET and what earlier
# runs kept in .build-fuzz/corpus/TARGET. An input that ends the process is put into
# Fuzzing/Found/TARGET, which the ordinary tests replay: mend the reader and commit the file.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

build=.build-fuzz
toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
runtime=$(find "$toolchain/lib/clang" "$toolchain/lib/swift/clang" \
  -name "libclang_rt.fuzzer_no_main-$(uname -m).a" 2>/dev/null | head -1)
[ -n "$runtime" ] || fail "this Swift has no libFuzzer (libclang_rt.fuzzer_no_main-$(uname -m).a)"

FUZZING=1 swift build -c release --scratch-path "$build" --product fuzz --sanitize address \
  -Xswiftc -sanitize-coverage=edge,trace-cmp,inline-8bit-counters,pc-table \
  -Xcc -fsanitize=fuzzer-no-link -Xlinker "$runtime" -Xlinker -lstdc++ >&2
program=$build/release/fuzz

# The runtime of Swift would stop at a trap and write a report for minutes; libFuzzer writes its own.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:handle_abort=1
export TMPDIR=${TMPDIR:-/tmp}

case ${1:-} in
--list) exec "$program" --list ;;
--replay)
  target=$2
  shift 2
  exec "$program" "$target" -timeout=20 -rss_limit_mb=4096 "$@"
  ;;
esac

minutes=${1:-1}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <("$program" --list)

found=0
for target in "${targets[@]}"; do
  corpus=$build/corpus/$target
  kept=Fuzzing/Found/$target
  log=$build/$target.log
  mkdir -p "$corpus" "$kept"
  before=$(find "$kept" -type f | sort)
  status=0
  "$program" "$target" "$corpus" "Fuzzing/Seeds/$target" "$kept" \
    "-max_total_time=$((minutes * 60))" -timeout=20 -rss_limit_mb=4096 -malloc_limit_mb=2048 \
    -max_len=65536 -reload=0 -print_final_stats=1 "-artifact_prefix=$kept/" \
    >"$log" 2>&1 || status=$?
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  speed=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
  edges=$(grep -oE 'cov: [0-9]+' "$log" | tail -1 | cut -d' ' -f2 || true)
  say "$target: ${runs:-?} inputs, ${speed:-?} a second, ${edges:-?} edges"
  if [ "$status" -ne 0 ]; then
    found=1
    for input in $(comm -13 <(echo "$before") <(find "$kept" -type f | sort)); do
      reason=$(grep -m1 -E 'ERROR: |Fatal error|runtime failure' "$log" | cut -c1-160 || true)
      say "$target: $input: $reason: replay it with 'Scripts/fuzz.sh --replay $target $input'"
    done
    [ "$(find "$kept" -type f | sort)" != "$before" ] || say "$target failed; see $log"
  fi
  rmdir --ignore-fail-on-non-empty "$kept"
done
exit "$found"
