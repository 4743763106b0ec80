#include "guard.hpp"

#include "ctorch_cuda.h"

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <dlfcn.h>

#include <cstring>
#include <mutex>
#include <string>

using namespace ctorch;

namespace {

struct Loaded {
  ct_cuda_state state = CT_CUDA_ABSENT;
  std::string reason;
};

/// The folder of libtorch_cpu, with a slash; empty if the loader does not know it.
std::string torch_folder() {
  Dl_info info;
  if (!dladdr(reinterpret_cast<const void *>(&at::globalContext), &info) || !info.dli_fname) {
    return "";
  }
  const std::string path = info.dli_fname;
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

/// The driver's own functions; their binary interface is stable, and no header of CUDA is needed.
template <typename Function> Function *driver(const char *name, std::string *reason = nullptr) {
  static void *library = dlopen("libcuda.so.1", RTLD_NOW);
  if (!library) {
    if (reason) { *reason = "there is no NVIDIA driver (libcuda.so.1 cannot be loaded)"; }
    return nullptr;
  }
  return reinterpret_cast<Function *>(dlsym(library, name));
}

/// Why the driver shows no device.
std::string driver_problem() {
  std::string reason;
  auto *initialize = driver<int(unsigned)>("cuInit", &reason);
  if (!initialize) { return reason.empty() ? "the NVIDIA driver has no cuInit" : reason; }
  if (const int error = initialize(0)) {
    const char *text = nullptr;
    if (auto *describe = driver<int(int, const char **)>("cuGetErrorString")) {
      describe(error, &text);
    }
    return "the NVIDIA driver says: " + std::string(text ? text : std::to_string(error));
  }
  return "the NVIDIA driver shows no device to this process (CUDA_VISIBLE_DEVICES chooses)";
}

/// LibTorch makes its hooks once, at the first question, so the CUDA half has to be there before:
/// it registers hooks and kernels with the CPU half as it is loaded.
Loaded load() {
  // Beside libtorch_cpu, or where LD_LIBRARY_PATH and the program's own path lead.
  const std::string beside = torch_folder() + "libtorch_cuda.so";
  std::string problem;
  bool loaded = false;
  for (const std::string &path : {beside, std::string("libtorch_cuda.so")}) {
    if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL)) {
      loaded = true;
      break;
    }
    const char *error = dlerror();
    const std::string text = error ? error : "";
    // That the library itself is missing is the rule with a CPU build; what else is missing is not.
    const bool absent = text.compare(0, path.size(), path) == 0 &&
                        text.find("No such file or directory") != std::string::npos;
    if (!absent && problem.empty()) { problem = text; }
  }
  if (!loaded) {
    if (problem.empty()) { return {CT_CUDA_ABSENT, "this LibTorch has no CUDA half"}; }
    return {CT_CUDA_UNLOADABLE, problem};
  }
  try {
    // Asked once here: the hooks stay what they are from now on.
    if (!at::globalContext().hasCUDA()) { return {CT_CUDA_NO_DEVICE, driver_problem()}; }
    // fp32 means fp32: products of matrices have this by default, convolutions do not.
    at::globalContext().setAllowTF32CuDNN(false);
    return {CT_CUDA_READY, ""};
  } catch (const std::exception &error) {
    return {CT_CUDA_NO_DEVICE, error.what()};
  }
}

const Loaded &cuda() {
  static const Loaded loaded = load();
  return loaded;
}

} // namespace

ct_cuda_state ct_cuda_load(const char **reason) {
  *reason = cuda().state == CT_CUDA_READY ? nullptr : cuda().reason.c_str();
  return cuda().state;
}

int32_t ct_cuda_device_count(void) {
  if (cuda().state != CT_CUDA_READY) { return 0; }
  try {
    return static_cast<int32_t>(at::detail::getCUDAHooks().deviceCount());
  } catch (...) {
    return 0;
  }
}

bool ct_cuda_device_facts(int32_t index, ct_cuda_facts *facts) {
  auto *initialize = driver<int(unsigned)>("cuInit");
  auto *device_at = driver<int(int *, int)>("cuDeviceGet");
  auto *name_of = driver<int(char *, int, int)>("cuDeviceGetName");
  auto *memory_of = driver<int(size_t *, int)>("cuDeviceTotalMem_v2");
  auto *attribute_of = driver<int(int *, int, int)>("cuDeviceGetAttribute");
  if (!initialize || !device_at || !name_of || !memory_of || !attribute_of) { return false; }
  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR.
  constexpr int major_capability = 75, minor_capability = 76;
  int device = 0;
  size_t memory = 0;
  std::memset(facts->name, 0, sizeof facts->name);
  if (initialize(0) || device_at(&device, index) ||
      name_of(facts->name, sizeof facts->name - 1, device) || memory_of(&memory, device) ||
      attribute_of(&facts->major, major_capability, device) ||
      attribute_of(&facts->minor, minor_capability, device)) {
    return false;
  }
  facts->memory = memory;
  return true;
}

ct_error ct_cuda_synchronize(int32_t index) {
  return guard([&] {
    c10::impl::getDeviceGuardImpl(c10::kCUDA)
        ->synchronizeDevice(static_cast<c10::DeviceIndex>(index));
  });
}
