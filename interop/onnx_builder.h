// What the translators of operations to ONNX nodes build with. Internal.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <taper/interop/onnx_graph.h>

namespace taper::interop::detail {

/// Builds a graph step by step from two traces. The functions about a step are of that which is translated.
class OnnxBuilder {
 public:
  OnnxBuilder(const Trace& first, const Trace& second, const OnnxOptions& options);
  OnnxGraph build();

  /// Throws ValueError that names the operation and the layer.
  [[noreturn]] void fail(const std::string& why) const;

  const TraceStep& step() const { return *step_; }
  std::int64_t opset() const { return options_.opset; }
  bool has(std::size_t input) const;  // whether there is a tensor
  const Tensor& tensor(std::size_t input) const;
  const Tensor& result(std::size_t i = 0) const;
  /// Whether the extent of an axis of an input (-1: of the result) depends on the batch's.
  bool follows_batch(int input, int axis) const;
  /// The name of an input: that of a tensor, or of a constant for a number, in the dtype of `like`; empty if
  /// it is undefined.
  std::string input(std::size_t i);
  std::string input_or(std::size_t i, const Tensor& otherwise);
  /// The tensor of an input that is the same for all inputs of the model. Fails if it is not constant.
  Tensor constant_input(std::size_t i, const char* what);

  bool has_option(const char* name) const;
  const Attributes& options() const;
  double number(const char* name) const;
  Shape extents(const char* name) const;
  std::string word(const char* name) const;

  /// A new node; returns the name of its (first) output.
  std::string node(const std::string& type, std::vector<std::string> inputs,
                   std::vector<OnnxAttribute> attributes = {});
  std::vector<std::string> node(const std::string& type, std::vector<std::string> inputs,
                                std::vector<OnnxAttribute> attributes, std::size_t outputs);
  std::string constant(const Tensor& value, const std::string& name = "constant");
  std::string number(double value);  // of the dtype of the result
  std::string integers(const std::vector<std::int64_t>& values);
  /// Says which output is result i.
  void is(const std::string& output, std::size_t i = 0);
  /// The vector of a result's extents, where those that follow from the batch are computed from the inputs.
  /// With `inferred` one of them may be -1: for Reshape.
  std::string shape_of_result(bool inferred);
  /// ReduceSum and others along axes.
  std::string reduce(const std::string& type, const std::string& x, const std::vector<std::int64_t>& axes,
                     bool keepdims);

 private:
  const TraceValue& value(int number) const { return first_.values[static_cast<std::size_t>(number)]; }
  const Attribute& option(const char* name) const;
  bool is_constant(int number) const;
  std::string name_of(int number);
  std::string constant_of(int number);
  std::string unique(const std::string& name);
  std::string shape_vector(const Shape& first, const Shape& second, bool inferred);
  void check_same_steps() const;
  std::vector<OnnxValue> declared(const std::vector<int>& values, const std::vector<std::string>& names,
                                  const char* otherwise);

  const Trace &first_, &second_;
  const OnnxOptions& options_;
  std::int64_t batches_[2] = {-1, -1};
  OnnxGraph graph_;
  const TraceStep* step_ = nullptr;
  std::vector<char> constant_;        // of values: 1 if it is, or is computed from such alone
  std::map<int, std::string> names_;  // of values
  std::map<std::string, int> used_;
  std::string batch_;  // the vector of the batch's extent, once it is needed
};

using OnnxTranslator = void (*)(OnnxBuilder& to, const char* type);
/// Whether one table has a translator of this operation; and what calls it with the step that `to` is at.
bool is_onnx_operation(const std::string& operation);
void translate_to_onnx(OnnxBuilder& to);

}  // namespace taper::interop::detail
