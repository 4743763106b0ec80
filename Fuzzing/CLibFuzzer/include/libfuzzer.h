#pragma once

#include <stddef.h>
#include <stdint.h>

/// The loop of LLVM's libFuzzer, as `llvm/lib/Fuzzer` documents it for programs with a `main` of
/// their own.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*read)(const uint8_t *data, size_t size));
