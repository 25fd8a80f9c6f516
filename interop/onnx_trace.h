// A trace: the operations that a function of tensors called, and what they were called with. Internal.
#pragma once

#include <string>
#include <vector>

#include <taper/interop/onnx.h>
#include <taper/tensor/observer.h>

namespace taper::interop::detail {

/// A tensor of a trace. All are kept until its end, so that no memory is used twice and nothing is
/// overwritten.
struct TraceValue {
  enum class Kind {
    constant,  ///< what no operation has computed
    input,
    computed,
    inner,   ///< only within a function that is one step
    unknown  ///< a view of something computed that no operation has made
  };
  Tensor tensor;
  Kind kind = Kind::constant;
  int step = -1;     // that computes it
  std::string name;  // of a parameter or buffer
};

struct TraceOperand {
  int value = -1;  // of a tensor; -1: a number, or undefined
  bool is_number = false;
  double number = 0;
};

struct TraceStep {
  std::string name;
  std::vector<TraceOperand> inputs;
  std::vector<int> results;  // values; -1: undefined
  Attributes attributes;
  std::string place;  // the layer
};

struct Trace {
  std::vector<TraceValue> values;
  std::vector<TraceStep> steps;
  std::vector<int> inputs, outputs;
};

/// Runs forward(inputs). Of functions made of operations, those that `wants` are one step, and others the
/// steps that they are made of; where two operations claim a result, the later one has it if it is wanted.
/// Throws ValueError if a tensor was changed in place.
Trace trace(const OnnxForward& forward, const std::vector<Tensor>& inputs, const NamedTensors& named,
            bool (*wants)(const std::string& operation));

}  // namespace taper::interop::detail
