// ONNX: a trained model as a graph that onnxruntime and others run.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <vector>

#include <taper/nn/module.h>
#include <taper/tensor/function.h>

namespace taper::interop {

/// Options of save_onnx().
struct OnnxOptions {
  /// The version of ONNX's operators, from 17 to 22.
  std::int64_t opset = 17;
  /// "input", "input_1", ... and "output", "output_1", ... if none are given.
  std::vector<std::string> input_names = {}, output_names = {};
  /// The axis of all inputs (that have it) whose extent may be any when the graph is run; -1: all extents are
  /// those of the examples.
  std::int64_t batch_axis = 0;
};

using OnnxForward = Function<std::vector<Tensor>(const std::vector<Tensor>& inputs)>;

/// Writes what `forward` computes with `model` to a file in ONNX's format, which onnxruntime runs with the
/// same results. Throws IoError if the file cannot be written, or if Taper was built without Protobuf.
///
/// forward() is run twice in evaluation mode: with the examples, and with others of the same shapes and
/// another extent of the batch. The operations that it calls become nodes (see docs/onnx.md for which),
/// parameters and buffers initializers under their names, what is computed from them alone a constant. What
/// cannot be exported throws ValueError that names the operation and the layer's path: an operation that the
/// table lacks, a computation that is none (a loop over elements), a path or a constant that depends on the
/// inputs or the extent of the batch.
void save_onnx(const std::string& path, const nn::Module& model, const OnnxForward& forward,
               const std::vector<Tensor>& examples, const OnnxOptions& options = {});

namespace detail {

/// The tensors of a result: one, or those of a vector, pair, tuple or struct of states.
inline void add_outputs(std::vector<Tensor>& outputs, const Tensor& result) {
  if (result.defined()) outputs.push_back(result);
}
template <class Result>
void add_outputs(std::vector<Tensor>& outputs, const Result& result) {
  if constexpr (requires { result.cell; }) {
    if constexpr (requires { result.output; }) add_outputs(outputs, result.output);
    add_outputs(outputs, result.hidden);
    add_outputs(outputs, result.cell);
  } else if constexpr (requires { result.output; }) {
    add_outputs(outputs, result.output);
  } else if constexpr (requires { result.begin(); }) {
    for (const auto& each : result) add_outputs(outputs, each);
  } else {
    add_outputs(outputs, result.first);
    add_outputs(outputs, result.second);
  }
}

}  // namespace detail

/// The same of a model that takes these examples: `save_onnx("model.onnx", model, {x, mask})`. Outputs are
/// the tensors of its result.
template <std::derived_from<nn::Module> M>
void save_onnx(const std::string& path, const M& model, const std::vector<Tensor>& examples,
               const OnnxOptions& options = {}) {
  const auto forward = [&](const std::vector<Tensor>& x) {
    std::vector<Tensor> outputs;
    const auto add = [&]<class... Inputs>(const Inputs&... inputs) {
      if constexpr (requires { model.forward(inputs...); } || std::same_as<M, nn::Module>)
        if constexpr (requires { detail::add_outputs(outputs, model(inputs...)); })
          detail::add_outputs(outputs, model(inputs...));
    };
    if (x.size() == 1) add(x[0]);
    if (x.size() == 2) add(x[0], x[1]);
    if (x.size() == 3) add(x[0], x[1], x[2]);
    if (x.size() == 4) add(x[0], x[1], x[2], x[3]);
    return outputs;
  };
  save_onnx(path, model, OnnxForward(forward), examples, options);
}
template <std::derived_from<nn::Module> M>
void save_onnx(const std::string& path, const M& model, const Tensor& example,
               const OnnxOptions& options = {}) {
  save_onnx(path, model, std::vector<Tensor>{example}, options);
}

}  // namespace taper::interop
