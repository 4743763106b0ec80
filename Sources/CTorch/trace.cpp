#include "outside_function.hpp"

#include "ctorch_trace.h"

#include <c10/core/GradMode.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/ir/ir.h>

#include <deque>
#include <unordered_map>

using namespace ctorch;
namespace jit = torch::jit;

namespace {

/// A value as the C border shows it, with what its pointers point to.
struct Value {
  ct_value_kind kind = CT_VALUE_COMPUTED;
  ct_dtype dtype = CT_FLOAT32;
  bool is_scalar = false;
  std::vector<int64_t> integers;
  std::vector<double> numbers;
  std::string text;
  at::Tensor tensor;
};

struct Node {
  std::string kind;
  std::vector<int32_t> inputs;
  std::vector<int32_t> outputs;
};

} // namespace

struct ct_graph_s {
  // Deques: pointers into them stay valid.
  std::deque<Value> values;
  std::deque<Node> nodes;
  int32_t input = 0;
  int32_t output = 0;
};

namespace {

/// Writes a traced graph down in the flat form.
class Flattening {
public:
  explicit Flattening(ct_graph_s &graph) : graph_(graph) {}

  int32_t add(const jit::Value *value) {
    auto known = numbers_.find(value);
    if (known != numbers_.end()) {
      return known->second;
    }
    const auto number = static_cast<int32_t>(graph_.values.size());
    numbers_[value] = number;
    Value &entry = graph_.values.emplace_back();
    if (auto type = value->type()->cast<c10::TensorType>()) {
      if (auto sizes = type->sizes().concrete_sizes()) {
        entry.integers = *sizes;
      }
      if (auto scalar = type->scalarType()) {
        entry.dtype = static_cast<ct_dtype>(*scalar);
      }
    }
    return number;
  }

  void add(const jit::Node *node) {
    if (node->kind() == c10::prim::Constant) {
      constant(graph_.values[static_cast<size_t>(add(node->output()))], node);
      return;
    }
    if (node->kind() == c10::prim::ListConstruct) {
      list(node);
      return;
    }
    Node entry{node->kind().toQualString(), {}, {}};
    for (const auto *input : node->inputs()) {
      entry.inputs.push_back(add(input));
    }
    for (const auto *output : node->outputs()) {
      entry.outputs.push_back(add(output));
    }
    graph_.nodes.push_back(std::move(entry));
  }

private:
  static void constant(Value &entry, const jit::Node *node) {
    entry.integers.clear();
    const auto found = jit::toIValue(node->output());
    if (!found || found->isNone()) {
      entry.kind = CT_VALUE_NONE;
    } else if (found->isTensor()) {
      entry.kind = CT_VALUE_TENSOR;
      entry.tensor = found->toTensor();
    } else if (found->isInt()) {
      scalar(entry, found->toInt());
    } else if (found->isBool()) {
      scalar(entry, found->toBool());
    } else if (found->isDouble()) {
      entry.kind = CT_VALUE_NUMBERS;
      entry.is_scalar = true;
      entry.numbers = {found->toDouble()};
    } else if (found->isIntList()) {
      entry.kind = CT_VALUE_INTEGERS;
      entry.integers = found->toIntVector();
    } else if (found->isDoubleList()) {
      entry.kind = CT_VALUE_NUMBERS;
      entry.numbers = found->toDoubleVector();
    } else if (found->isString()) {
      entry.kind = CT_VALUE_TEXT;
      entry.text = found->toStringRef();
    } else {
      entry.kind = CT_VALUE_TEXT;
      entry.text = found->tagKind();
    }
  }

  static void scalar(Value &entry, int64_t value) {
    entry.kind = CT_VALUE_INTEGERS;
    entry.is_scalar = true;
    entry.integers = {value};
  }

  /// A list of constant integers is a constant; any other list names its values.
  void list(const jit::Node *node) {
    std::vector<int64_t> members;
    bool constant = true;
    for (const auto *input : node->inputs()) {
      members.push_back(add(input));
      const Value &member = graph_.values[static_cast<size_t>(members.back())];
      constant = constant && member.kind == CT_VALUE_INTEGERS && member.is_scalar;
    }
    Value &entry = graph_.values[static_cast<size_t>(add(node->output()))];
    entry.kind = constant ? CT_VALUE_INTEGERS : CT_VALUE_LIST;
    if (constant) {
      for (auto &member : members) {
        member = graph_.values[static_cast<size_t>(member)].integers[0];
      }
    }
    entry.integers = std::move(members);
  }

  ct_graph_s &graph_;
  std::unordered_map<const jit::Value *, int32_t> numbers_;
};

} // namespace

ct_error ct_trace(ct_tensor input, ct_function function, ct_graph *out) {
  OutsideFunction outside(function);
  return guard([&] {
    c10::AutoGradMode no_gradients(false);
    const auto traced = jit::tracer::trace(
        {input->value},
        [&](jit::Stack inputs) -> jit::Stack { return {outside(inputs[0].toTensor())}; },
        [](const at::Tensor &) { return std::string(); }, /*strict=*/false,
        /*force_outplace=*/false);
    const auto graph = traced.first->graph;
    TORCH_CHECK(graph->inputs().size() == 1 && graph->outputs().size() == 1,
                "a traced function takes one tensor and gives one");
    auto result = std::make_unique<ct_graph_s>();
    Flattening flattening(*result);
    result->input = flattening.add(graph->inputs()[0]);
    for (const auto *node : graph->nodes()) {
      flattening.add(node);
    }
    result->output = flattening.add(graph->outputs()[0]);
    *out = result.release();
  });
}

void ct_graph_free(ct_graph graph) { delete graph; }

int32_t ct_graph_node_count(ct_graph graph) { return static_cast<int32_t>(graph->nodes.size()); }

ct_node ct_graph_node(ct_graph graph, int32_t index) {
  const Node &node = graph->nodes[static_cast<size_t>(index)];
  return {node.kind.c_str(), static_cast<int32_t>(node.inputs.size()),
          static_cast<int32_t>(node.outputs.size()), node.inputs.data(), node.outputs.data()};
}

int32_t ct_graph_value_count(ct_graph graph) { return static_cast<int32_t>(graph->values.size()); }

ct_value ct_graph_value(ct_graph graph, int32_t index) {
  const Value &value = graph->values[static_cast<size_t>(index)];
  const auto count = value.kind == CT_VALUE_NUMBERS ? value.numbers.size() : value.integers.size();
  return {value.kind,           value.dtype,          value.is_scalar,     static_cast<int32_t>(count),
          value.integers.data(), value.numbers.data(), value.text.c_str()};
}

ct_error ct_graph_tensor(ct_graph graph, int32_t value, ct_tensor *out) {
  return produce(out, [&] {
    const Value &found = graph->values[static_cast<size_t>(value)];
    TORCH_CHECK(found.kind == CT_VALUE_TENSOR, "the value is no constant tensor");
    return found.tensor;
  });
}

int32_t ct_graph_input(ct_graph graph) { return graph->input; }
int32_t ct_graph_output(ct_graph graph) { return graph->output; }
