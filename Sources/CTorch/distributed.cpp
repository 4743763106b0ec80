#include "tensor_list.hpp"

#include "ctorch_distributed.h"

// The wheel has Gloo compiled in but leaves its headers out; Debian's libgloo-dev has them.
#if __has_include(<gloo/config.h>)
#define USE_C10D_GLOO
#endif

#ifdef USE_C10D_GLOO
#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <chrono>

using namespace ctorch;

namespace {

using Group = c10::intrusive_ptr<c10d::ProcessGroupGloo>;

/// Gloo works on host memory: tensors of a device are brought there and back.
at::Tensor on_host(const at::Tensor &tensor) {
  return tensor.detach().to(c10::kCPU).contiguous();
}

/// Carries tensors of one type through a collective in as few messages as there are types.
template <typename Collective>
void in_one_buffer(const std::vector<at::Tensor> &tensors, Collective &&collective) {
  std::vector<bool> done(tensors.size(), false);
  for (size_t first = 0; first < tensors.size(); ++first) {
    if (done[first]) {
      continue;
    }
    std::vector<at::Tensor> parts;
    std::vector<size_t> positions;
    for (size_t index = first; index < tensors.size(); ++index) {
      if (!done[index] && tensors[index].scalar_type() == tensors[first].scalar_type()) {
        done[index] = true;
        positions.push_back(index);
        parts.push_back(on_host(tensors[index]).reshape({-1}));
      }
    }
    auto buffer = at::cat(parts);
    collective(buffer);
    int64_t offset = 0;
    for (const auto index : positions) {
      auto target = tensors[index].detach();
      const auto count = target.numel();
      target.copy_(buffer.narrow(0, offset, count).view(target.sizes()));
      offset += count;
    }
  }
}

void sum(const Group &group, at::Tensor &buffer) {
  std::vector<at::Tensor> list = {buffer};
  group->allreduce(list)->wait();
}

struct GroupHolder : torch::CustomClassHolder {
  explicit GroupHolder(Group group) : group(std::move(group)) {}
  Group group;
};

struct Sum : torch::autograd::Function<Sum> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                            c10::intrusive_ptr<GroupHolder> holder) {
    context->saved_data["group"] = c10::IValue::make_capsule(holder);
    return summed(input, *holder);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto holder = c10::static_intrusive_pointer_cast<GroupHolder>(
        context->saved_data["group"].toCapsule());
    return {summed(gradients[0], *holder), at::Tensor()};
  }

  static at::Tensor summed(const at::Tensor &input, const GroupHolder &holder) {
    auto buffer = on_host(input).clone();
    sum(holder.group, buffer);
    return buffer.to(input.device());
  }
};

} // namespace

struct ct_group_s {
  Group group;
};

bool ct_group_is_available(void) { return true; }

ct_error ct_group_join(const char *host, uint16_t port, int32_t rank, int32_t size,
                       double timeout_seconds, ct_group *out) {
  return guard([&] {
    const auto timeout = std::chrono::milliseconds(static_cast<int64_t>(timeout_seconds * 1000));
    c10d::TCPStoreOptions settings;
    settings.port = port;
    settings.isServer = rank == 0;
    settings.numWorkers = static_cast<size_t>(size);
    settings.timeout = timeout;
    auto store = c10::make_intrusive<c10d::TCPStore>(std::string(host), settings);
    auto gloo = c10d::ProcessGroupGloo::Options::create(timeout);
    // The address by which the others reach this worker: on one machine the loopback, whatever
    // the machine calls itself; otherwise the one that its own name stands for.
    const bool is_local = std::string(host) == "127.0.0.1" || std::string(host) == "localhost";
    gloo->devices.push_back(
        is_local ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                 : c10d::ProcessGroupGloo::createDefaultDevice());
    *out = new ct_group_s{c10::make_intrusive<c10d::ProcessGroupGloo>(
        c10::make_intrusive<c10d::PrefixStore>("cnclip", store), rank, size, gloo)};
  });
}

ct_error ct_group_join_file(const char *file, int32_t rank, int32_t size, double timeout_seconds,
                            ct_group *out) {
  return guard([&] {
    const auto timeout = std::chrono::milliseconds(static_cast<int64_t>(timeout_seconds * 1000));
    auto store = c10::make_intrusive<c10d::FileStore>(std::string(file), size);
    store->setTimeout(timeout);
    auto gloo = c10d::ProcessGroupGloo::Options::create(timeout);
    gloo->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1"));
    *out = new ct_group_s{c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, size, gloo)};
  });
}

void ct_group_free(ct_group group) { delete group; }

ct_error ct_group_barrier(ct_group group) {
  return guard([&] { group->group->barrier()->wait(); });
}

ct_error ct_group_sum_in_place(ct_group group, const ct_tensor *tensors, int32_t count) {
  return guard([&] {
    in_one_buffer(tensors_of(tensors, count),
                  [&](at::Tensor &buffer) { sum(group->group, buffer); });
  });
}

ct_error ct_group_broadcast_in_place(ct_group group, const ct_tensor *tensors, int32_t count,
                                     int32_t root) {
  return guard([&] {
    c10d::BroadcastOptions settings;
    settings.rootRank = root;
    in_one_buffer(tensors_of(tensors, count), [&](at::Tensor &buffer) {
      std::vector<at::Tensor> list = {buffer};
      group->group->broadcast(list, settings)->wait();
    });
  });
}

ct_error ct_group_gather(ct_group group, ct_tensor tensor, ct_tensor *out) {
  return produce(out, [&] {
    std::vector<at::Tensor> inputs = {on_host(tensor->value)};
    std::vector<std::vector<at::Tensor>> outputs(1);
    for (int rank = 0; rank < group->group->getSize(); ++rank) {
      outputs[0].push_back(at::empty_like(inputs[0]));
    }
    group->group->allgather(outputs, inputs)->wait();
    return at::cat(outputs[0]).to(tensor->value.device());
  });
}

ct_error ct_group_sum(ct_group group, ct_tensor tensor, ct_tensor *out) {
  return produce(out, [&] {
    return Sum::apply(tensor->value, c10::make_intrusive<GroupHolder>(group->group));
  });
}

#else

using namespace ctorch;

struct ct_group_s {};

namespace {
ct_error unavailable() {
  return guard([] {
    TORCH_CHECK(false, "this build has no backend for several workers: install libgloo-dev and "
                       "build again");
  });
}
} // namespace

bool ct_group_is_available(void) { return false; }
ct_error ct_group_join(const char *, uint16_t, int32_t, int32_t, double, ct_group *) {
  return unavailable();
}
ct_error ct_group_join_file(const char *, int32_t, int32_t, double, ct_group *) {
  return unavailable();
}
void ct_group_free(ct_group group) { delete group; }
ct_error ct_group_barrier(ct_group) { return unavailable(); }
ct_error ct_group_sum_in_place(ct_group, const ct_tensor *, int32_t) { return unavailable(); }
ct_error ct_group_broadcast_in_place(ct_group, const ct_tensor *, int32_t, int32_t) {
  return unavailable();
}
ct_error ct_group_gather(ct_group, ct_tensor, ct_tensor *) { return unavailable(); }
ct_error ct_group_sum(ct_group, ct_tensor, ct_tensor *) { return unavailable(); }

#endif
