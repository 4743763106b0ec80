#ifndef CTORCH_TRACE_H
#define CTORCH_TRACE_H

#include "ctorch_recompute.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

// What a function computed for one input: operations in order, each with the numbers of the values
// that it took and gave. Pointers are valid while the graph lives.
typedef struct ct_graph_s *ct_graph;

// What is known of a value. A computed tensor has shape and type; the others are constants.
typedef enum {
  CT_VALUE_COMPUTED = 0,
  CT_VALUE_TENSOR = 1,
  CT_VALUE_NONE = 2,
  CT_VALUE_INTEGERS = 3,
  CT_VALUE_NUMBERS = 4,
  CT_VALUE_TEXT = 5,
  CT_VALUE_LIST = 6,
} ct_value_kind;

typedef struct {
  ct_value_kind kind;
  // Of a computed tensor.
  ct_dtype dtype;
  // Of integers and numbers: whether they are one alone and not a list.
  bool is_scalar;
  int32_t count;
  // The shape of a computed tensor, constant integers, or the values of a list.
  const int64_t *_Nullable integers;
  const double *_Nullable numbers;
  const char *_Nullable text;
} ct_value;

typedef struct {
  const char *kind;
  int32_t input_count;
  int32_t output_count;
  const int32_t *_Nullable inputs;
  const int32_t *_Nullable outputs;
} ct_node;

// Calls the function once, without gradients, and writes down what LibTorch computes meanwhile.
// Sizes that the function reads from shapes are constants of this input. Takes over the context.
ct_error _Nullable ct_trace(
    ct_tensor input, ct_function function, ct_graph _Nullable *_Nonnull out);
void ct_graph_free(ct_graph graph);

int32_t ct_graph_node_count(ct_graph graph);
ct_node ct_graph_node(ct_graph graph, int32_t index);
int32_t ct_graph_value_count(ct_graph graph);
ct_value ct_graph_value(ct_graph graph, int32_t index);
// A handle of its own to a constant tensor.
ct_error _Nullable ct_graph_tensor(
    ct_graph graph, int32_t value, ct_tensor _Nullable *_Nonnull out);
int32_t ct_graph_input(ct_graph graph);
int32_t ct_graph_output(ct_graph graph);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
#endif
