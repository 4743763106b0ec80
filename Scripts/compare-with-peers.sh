#!/usr/bin/env bash
# Compares the command with the original and with transformers: token ids of generated strings,
# conversions, features of official-size models, and exported files. With CNCLIP_SLOW=1 all models and more strings.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

python="${CNCLIP_PYTHON:-$root/.venv/bin/python}"
[ -x "$python" ] || fail "there is no $python; run 'make peers'."
export TRANSFORMERS_VERBOSITY=error HF_HUB_DISABLE_PROGRESS_BARS=1

slow="${CNCLIP_SLOW:-}"
for normalization in api training; do
  "$python" Scripts/compare-tokenizer.py --count "$([ -n "$slow" ] && echo 200000 || echo 20000)" \
    --text-normalization "$normalization"
done
"$python" Scripts/check-conversions.py
# shellcheck disable=SC2086
"$python" Scripts/parity.py $([ -n "$slow" ] && echo --all || echo RN50 ViT-B-16)
# Exported files by other runtimes.
if [ -n "$slow" ]; then
  "$python" Scripts/check-exports.py embedded --precisions fp32 fp16 int8
  "$python" Scripts/check-exports.py RN50 ViT-B-16 ViT-L-14-336 ViT-H-14
  "$python" Scripts/check-coreml.py --all embedded
else
  "$python" Scripts/check-exports.py embedded RN50
  "$python" Scripts/check-coreml.py embedded
fi
