// Workloads: what is measured, described as data that every contender interprets by itself.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace comparison {

/// A layer with parameters, and what follows it: activation, max pooling, dropout.
struct Layer {
  std::int64_t in, out;
  std::int64_t kernel = 0;      // 0: fully connected; else a convolution with stride 1
  std::int64_t padding = 0;     // of a convolution
  std::string activation = "";  // "relu", "sigmoid" or none
  std::int64_t pool = 1;        // the side of the pooling window
  double dropout = 0;
};

/// Whole training steps: gather a batch, forward, cross-entropy, backward, optimizer.
struct Training {
  std::vector<std::int64_t> input;  // the shape of one sample
  std::vector<Layer> layers;
  std::int64_t batch;
  std::string optimizer;  // "adam" (0.001) or "momentum" (0.01, 0.9)
  std::int64_t samples() const { return input.size() == 1 && input[0] < 100 ? 4096 : 12'800; }
  std::int64_t classes() const { return layers.back().out; }
};

/// An expression of 8 x 8 tensors, where nothing but the overhead counts.
struct Small {
  enum class Kind { add, add_recorded, backward } kind;
};

/// C [m, n] = A [m, k] x B [k, n]; a transposed operand is stored the other way round.
struct Product {
  std::int64_t m, n, k;
  bool a_transposed = false, b_transposed = false;
};

struct Convolution {
  enum class Pass { forward, input_gradient, weight_gradient };
  std::int64_t batch, in, size, out, kernel, stride = 1, padding = 0, groups = 1;
  Pass pass = Pass::forward;
  std::int64_t out_size() const { return (size + 2 * padding - kernel) / stride + 1; }
};

/// One operation on [rows, columns].
struct Elementwise {
  std::string operation;
  std::int64_t rows, columns;
};

/// One function of `count` numbers: see tensor_functions.h.
struct FunctionCall {
  std::string function;
  std::int64_t count;
  std::int64_t columns() const { return count == 1000 ? 100 : 1000; }
  std::int64_t rows() const { return count / columns(); }
};

/// The minimum of operations and memory accesses that the work needs.
struct Needs {
  double operations = 0;    // floating-point operations; a multiply-add is two
  std::int64_t reads = 0;   // elements
  std::int64_t writes = 0;  // elements
};

struct Workload {
  std::string group;
  std::string name;
  std::variant<Training, Small, Product, Convolution, Elementwise, FunctionCall> work;
  Needs needs;
};

/// All workloads, or with `quick` a few of each group.
std::vector<Workload> workloads(bool quick);

}  // namespace comparison
