#include "guard.hpp"

#include "ctorch_device.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <torch/csrc/api/include/torch/version.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif
#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

using namespace ctorch;

namespace {

at::Generator generator(ct_device device) {
  return device.index < 0 ? at::detail::getDefaultCPUGenerator()
                          : at::globalContext().defaultGenerator(torch_device(device));
}

} // namespace

const char *ct_torch_version(void) { return TORCH_VERSION; }

const char *ct_cpu_capability(void) {
  static const std::string name = at::get_cpu_capability();
  return name.c_str();
}

bool ct_cpu_has_fast_bfloat16(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") || __builtin_cpu_supports("amx-bf16");
#elif defined(__aarch64__) && defined(__linux__)
  return getauxval(AT_HWCAP2) & HWCAP2_BF16;
#else
  return false;
#endif
}

void ct_threads_set(int32_t count) { at::set_num_threads(count); }

int32_t ct_threads_count(void) { return at::get_num_threads(); }

bool ct_flush_denormals(bool enabled) { return at::globalContext().setFlushDenormal(enabled); }

bool ct_keep_freed_memory(void) {
#if defined(__GLIBC__)
  // One heap that grows and shrinks at its end alone: a block of tens of megabytes, as a batch's
  // temporaries are, would otherwise be mapped, cleared page by page and unmapped for every use.
  constexpr int threshold = 1 << 30;
  return mallopt(M_ARENA_MAX, 1) && mallopt(M_MMAP_MAX, 0) &&
         mallopt(M_TRIM_THRESHOLD, threshold);
#else
  return false;
#endif
}

ct_error ct_random_seed(uint64_t seed) {
  return guard([&] { at::manual_seed(seed); });
}

ct_error ct_random_state(ct_device device, ct_tensor *out) {
  return produce(out, [&] { return generator(device).get_state(); });
}

ct_error ct_random_set_state(ct_device device, ct_tensor state) {
  return guard([&] { generator(device).set_state(state->value); });
}

ct_error ct_random_uniform(const int64_t *shape, int32_t rank, ct_device device,
                           ct_tensor *out) {
  return produce(
      out, [&] { return at::rand(int_array(shape, rank), options(CT_FLOAT32, device)); });
}

ct_error ct_random_normal(const int64_t *shape, int32_t rank, ct_device device, ct_tensor *out) {
  return produce(
      out, [&] { return at::randn(int_array(shape, rank), options(CT_FLOAT32, device)); });
}
