#!/usr/bin/env bash
# Runs the library's own tests on servers: starts them, tests, kills them while they are used, and
# stops them. Arguments name the stores, postgres by default: a Milvus server takes a minute for each
# start. KILLS says how often each is killed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

stores=("$@")
[ $# -gt 0 ] || stores=(postgres)
CNCLIP_TEST_POSTGRES="" CNCLIP_TEST_MILVUS="" CNCLIP_TEST_MILVUS_LITE=""
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
    milvus) CNCLIP_TEST_MILVUS="$(Scripts/stores.sh address milvus)" ;;
    milvus-lite) CNCLIP_TEST_MILVUS_LITE="$(Scripts/stores.sh address milvus-lite)" ;;
    *) fail "there is no store '$store' to be tested." ;;
  esac
done
export CNCLIP_TEST_POSTGRES CNCLIP_TEST_MILVUS CNCLIP_TEST_MILVUS_LITE
Scripts/run-tests.sh --filter '^(CLIPSearchTests|CLIPStoresTests)\.'
# Alone, since it takes the servers away from all others.
CNCLIP_TEST_KILLS="${KILLS:-3}" Scripts/run-tests.sh --filter 'ServerFailureTests'
for store in "${stores[@]}"; do
  address="$(Scripts/stores.sh address "$store")"
  case "$store" in postgres) address+="?schema=served" ;; *) address+="/served" ;; esac
  python3 Scripts/stores/two-servers.py .build/release/cnclip "$store" "$address"
done
