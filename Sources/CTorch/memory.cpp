#include "guard.hpp"

#include "ctorch_memory.h"

#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <algorithm>
#include <memory>
#include <mutex>

namespace {

/// Hears of every block that LibTorch's allocators give and take back.
class MemoryCount final : public c10::MemoryReportingInfoBase {
public:
  void reportMemoryUsage(void *, int64_t bytes, size_t, size_t, c10::Device) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    now_ += bytes;
    peak_ = std::max(peak_, now_);
  }

  bool memoryProfilingEnabled() const override { return true; }

  int64_t peak() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return peak_;
  }

private:
  std::mutex mutex_;
  int64_t now_ = 0;
  int64_t peak_ = 0;
};

} // namespace

struct ct_memory_s {
  std::shared_ptr<MemoryCount> count = std::make_shared<MemoryCount>();
  // The backward pass takes this over into its own threads.
  c10::DebugInfoGuard guard{c10::DebugInfoKind::PROFILER_STATE, count};
};

ct_error ct_memory_count_begin(ct_memory *out) {
  return ctorch::guard([&] { *out = new ct_memory_s; });
}

int64_t ct_memory_count_end(ct_memory count) {
  const int64_t peak = count->count->peak();
  delete count;
  return peak;
}
