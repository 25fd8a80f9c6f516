// A graph as ONNX has it, and its making from traces. Internal.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <taper/interop/onnx_trace.h>

namespace taper::interop::detail {

struct OnnxAttribute {
  std::string name;
  std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<std::string>> value;
};

struct OnnxNode {
  std::string type, name;
  std::vector<std::string> inputs, outputs;  // an empty name is an input that is not given
  std::vector<OnnxAttribute> attributes;
};

/// An input or an output of the graph; an extent of -1 is the batch's.
struct OnnxValue {
  std::string name;
  DType dtype;
  std::vector<std::int64_t> extents;
};

struct OnnxGraph {
  std::vector<OnnxNode> nodes;
  NamedTensors initializers;
  std::vector<OnnxValue> inputs, outputs;
};

/// The graph of two traces of one function, with other values and another extent of the batch. Throws
/// ValueError for what cannot be exported.
OnnxGraph graph_of(const Trace& first, const Trace& second, const OnnxOptions& options);

/// See onnx.h: all of save_onnx() but for the file's format.
OnnxGraph traced_graph(const nn::Module& model, const OnnxForward& forward,
                       const std::vector<Tensor>& examples, const OnnxOptions& options);

/// The number of a dtype in ONNX's format.
int onnx_dtype(DType dtype);

}  // namespace taper::interop::detail
