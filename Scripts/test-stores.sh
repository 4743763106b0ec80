#!/usr/bin/env bash
# Runs the library's own tests on servers: starts them, tests, kills them while they are used, and
# stops them. Arguments name the stores; all by default. KILLS says how often each is killed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

stores=("$@")
[ $# -gt 0 ] || stores=(postgres)
CNCLIP_STORES_DATA="$(mktemp -d)"
export CNCLIP_STORES_DATA
chmod a+rx "$CNCLIP_STORES_DATA"
stop() {
  local store
  for store in "${stores[@]}"; do Scripts/stores.sh stop "$store" || true; done
  rm -rf "$CNCLIP_STORES_DATA"
}
trap stop EXIT

for store in "${stores[@]}"; do
  Scripts/stores.sh start "$store"
  case "$store" in
    postgres) CNCLIP_TEST_POSTGRES="$(Scripts/stores.sh address postgres)" ;;
    *) fail "there is no store '$store' to be tested." ;;
  esac
done
export CNCLIP_TEST_POSTGRES
Scripts/run-tests.sh --filter '^(CLIPSearchTests|CLIPStoresTests)\.'
# Alone, since it takes the servers away from all others.
CNCLIP_TEST_KILLS="${KILLS:-3}" Scripts/run-tests.sh --filter 'ServerFailureTests'
