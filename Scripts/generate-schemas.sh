#!/usr/bin/env bash
# Makes the Swift code of Scripts/schemas again, which is committed: only whoever changes a schema
# needs this. Wants Debian's protobuf-compiler, and builds the plug-in of the package's swift-protobuf.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

command -v protoc >/dev/null || fail "there is no protoc: apt-get install protobuf-compiler."
plugin="$(mktemp -d)"
trap 'rm -rf "$plugin"' EXIT
swift build --package-path .build/checkouts/swift-protobuf --scratch-path "$plugin" \
  --product protoc-gen-swift
protoc --plugin="$plugin/debug/protoc-gen-swift" --proto_path=Scripts/schemas \
  --swift_out=Sources/ONNX/Generated onnx.proto
protoc --plugin="$plugin/debug/protoc-gen-swift" --proto_path=Scripts/schemas \
  --swift_out=Sources/CLIPStores/Milvus/Generated milvus.proto
protoc --plugin="$plugin/debug/protoc-gen-swift" --proto_path=Scripts/schemas \
  --swift_out=Sources/CoreMLPackage/Generated coreml.proto
