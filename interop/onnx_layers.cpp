// Layers as ONNX nodes: convolutions, pooling, normalization, recurrent layers.
#include <fmt/format.h>

#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/shape.h>
#include <taper/interop/onnx_layers.h>
#include <taper/tensor/create.h>

namespace taper::interop::detail {
namespace {

using Names = std::vector<std::string>;
using Ints = std::vector<std::int64_t>;

Ints ints(const Shape& shape) { return {shape.begin(), shape.end()}; }

// The padding of each axis at its beginning, then at its end.
Ints pads(const Shape& before, const Shape& after) {
  Ints all = ints(before);
  all.insert(all.end(), after.begin(), after.end());
  return all;
}

std::string pooled(OnnxBuilder& to, const std::string& x, const Shape& size) {
  return size == Shape::filled(size.rank(), 1)
             ? x
             : to.node("MaxPool", {x}, {{"kernel_shape", ints(size)}, {"strides", ints(size)}});
}

std::vector<OnnxAttribute> convolution_attributes(OnnxBuilder& to) {
  const Shape padding = to.extents("padding");
  return {{"strides", ints(to.extents("stride"))},
          {"pads", pads(padding, padding)},
          {"dilations", ints(to.extents("dilation"))},
          {"group", static_cast<std::int64_t>(to.number("groups"))}};
}

// How much the windows reach beyond the end of each axis.
Shape ends(OnnxBuilder& to, const Shape& size) {
  const Shape stride = to.extents("stride"), padding = to.extents("padding"),
              dilation = to.extents("dilation");
  Shape result = padding;
  for (int i = 0; i < size.rank(); ++i) {
    const std::int64_t reach =
        (to.result().size(i + 2) - 1) * stride[i] + dilation[i] * (size[i] - 1) + 1 - padding[i];
    result[i] = std::max(padding[i], reach - to.tensor(0).size(i + 2));
  }
  return result;
}

std::string ones_like_channels(OnnxBuilder& to, std::size_t i, double value) {
  return to.input_or(i, full({to.tensor(0).size(1)}, value, to.tensor(0).dtype()));
}

}  // namespace

void onnx_convolution(OnnxBuilder& to, const char*) {
  Names inputs{to.input(0), to.input(1)};
  if (to.has(2)) inputs.push_back(to.input(2));
  std::string y = to.node("Conv", inputs, convolution_attributes(to));
  if (to.word("activation") == "relu") y = to.node("Relu", {y});
  to.is(to.step().name == "conv3d" ? y : pooled(to, y, to.extents("max_pool")));
}

void onnx_transposed_convolution(OnnxBuilder& to, const char*) {
  Names inputs{to.input(0), to.input(1)};
  if (to.has(2)) inputs.push_back(to.input(2));
  std::vector<OnnxAttribute> attributes = convolution_attributes(to);
  attributes.push_back({"output_padding", ints(to.extents("output_padding"))});
  to.is(to.node("ConvTranspose", inputs, std::move(attributes)));
}

void onnx_max_pool(OnnxBuilder& to, const char*) {
  const Shape size = to.extents("size");
  to.is(to.node("MaxPool", {to.input(0)},
                {{"kernel_shape", ints(size)},
                 {"strides", ints(to.extents("stride"))},
                 {"pads", pads(to.extents("padding"), ends(to, size))},
                 {"dilations", ints(to.extents("dilation"))}}));
}

void onnx_average_pool(OnnxBuilder& to, const char*) {
  const Shape size = to.extents("size"), padding = to.extents("padding");
  if (to.extents("dilation") != Shape::filled(size.rank(), 1)) to.fail("it has a dilation");
  if (ends(to, size) != padding) to.fail("its last window reaches beyond the padding (ceil_mode)");
  const double divisor = to.number("divisor");
  const bool whole = divisor != 0 || to.number("count_include_pad") != 0;
  std::string y = to.node("AveragePool", {to.input(0)},
                          {{"kernel_shape", ints(size)},
                           {"strides", ints(to.extents("stride"))},
                           {"pads", pads(padding, padding)},
                           {"count_include_pad", std::int64_t{whole ? 1 : 0}}});
  if (divisor != 0) y = to.node("Mul", {y, to.number(static_cast<double>(size.numel()) / divisor)});
  to.is(y);
}

void onnx_adaptive_pool(OnnxBuilder& to, const char* kind) {
  const Shape parts = to.extents("parts");
  Ints size;
  for (int i = 0; i < parts.rank(); ++i) {
    const std::int64_t extent = to.tensor(0).size(i + 2);
    if (extent % parts[i] != 0)
      to.fail(fmt::format("its windows have several sizes: {} elements in {} parts", extent, parts[i]));
    size.push_back(extent / parts[i]);
  }
  if (parts == Shape::filled(parts.rank(), 1))
    return to.is(to.node(std::string("Global") + kind + "Pool", {to.input(0)}));
  to.is(to.node(std::string(kind) + "Pool", {to.input(0)}, {{"kernel_shape", size}, {"strides", size}}));
}

void onnx_batch_norm(OnnxBuilder& to, const char*) {
  to.is(to.node(
      "BatchNormalization",
      {to.input(0), ones_like_channels(to, 3, 1), ones_like_channels(to, 4, 0), to.input(1), to.input(2)},
      {{"epsilon", static_cast<float>(to.number("epsilon"))}}));
}

void onnx_instance_norm(OnnxBuilder& to, const char*) {
  if (to.tensor(0).rank() < 3) to.fail("it has no axes of its own");
  to.is(to.node("InstanceNormalization",
                {to.input(0), ones_like_channels(to, 1, 1), ones_like_channels(to, 2, 0)},
                {{"epsilon", static_cast<float>(to.number("epsilon"))}}));
}

// layer_norm, rms_norm, and the groups of group_norm.
void onnx_layer_norm(OnnxBuilder& to, const char*) {
  const Shape shape = to.extents("shape");
  const DType dtype = to.tensor(0).dtype();
  const std::string x = to.input(0);
  if (to.number("centred") != 0) {
    const std::int64_t axis = -static_cast<std::int64_t>(shape.rank());
    return to.is(to.node("LayerNormalization",
                         {x, to.input_or(1, full(shape, 1, dtype)), to.input_or(2, full(shape, 0, dtype))},
                         {{"axis", axis}, {"epsilon", static_cast<float>(to.number("epsilon"))}}));
  }
  Ints axes;
  for (int i = 0; i < shape.rank(); ++i) axes.push_back(to.tensor(0).rank() - shape.rank() + i);
  const std::string mean = to.reduce("ReduceMean", to.node("Mul", {x, x}), axes, true);
  const std::string root = to.node("Sqrt", {to.node("Add", {mean, to.number(to.number("epsilon"))})});
  const std::string y = to.node("Div", {x, root});
  to.is(to.has(1) ? to.node("Mul", {y, to.input(1)}) : y);
}

// Inputs: x, hidden, cell, weight_ih, weight_hh, bias_ih, bias_hh, weight_hr, lengths.
void onnx_recurrent(OnnxBuilder& to, const char* type) {
  if (to.has(7)) to.fail("ONNX's LSTM has no projection");
  const std::string kind = to.word("kind");
  const bool is_lstm = to.step().name == "lstm", is_gru = to.step().name == "gru";
  // ONNX's order of the gates: i, o, f, g, and z, r, n.
  const Ints order = is_lstm ? Ints{0, 3, 1, 2} : is_gru ? Ints{1, 0, 2} : Ints{0};
  const std::int64_t hidden = to.tensor(4).size(1);
  const auto sorted = [&](const Tensor& gates) {
    std::vector<Tensor> parts;
    for (const std::int64_t gate : order) parts.push_back(narrow(gates.detach(), 0, gate * hidden, hidden));
    return concat(parts, 0);
  };
  const Tensor w = to.constant_input(3, "weight_ih"), r = to.constant_input(4, "weight_hh");
  std::string bias;
  if (to.has(5) || to.has(6)) {
    const auto half = [&](std::size_t i, const char* what) {
      return to.has(i) ? sorted(to.constant_input(i, what)) : zeros({w.size(0)}, w.dtype());
    };
    bias = to.constant(unsqueeze(concat({half(5, "bias_ih"), half(6, "bias_hh")}, 0), 0), "bias");
  }
  const auto state = [&](std::size_t i) {
    return to.has(i) ? to.node("Unsqueeze", {to.input(i), to.integers({0})}) : std::string();
  };
  std::string lengths;
  if (to.has(8)) lengths = to.node("Cast", {to.input(8)}, {{"to", std::int64_t{onnx_dtype(int32)}}});
  Names inputs{to.input(0),
               to.constant(unsqueeze(sorted(w), 0), "weight_ih"),
               to.constant(unsqueeze(sorted(r), 0), "weight_hh"),
               bias,
               lengths,
               state(1)};
  if (is_lstm) inputs.push_back(state(2));
  std::vector<OnnxAttribute> attributes{
      {"hidden_size", hidden}, {"direction", std::string(to.number("reverse") != 0 ? "reverse" : "forward")}};
  if (is_gru) attributes.push_back({"linear_before_reset", std::int64_t{kind == "reset_after" ? 1 : 0}});
  if (!is_lstm && !is_gru) attributes.push_back({"activations", Names{kind == "relu" ? "Relu" : "Tanh"}});
  const Names results = to.node(type, inputs, attributes, is_lstm ? 3 : 2);
  to.is(to.node("Squeeze", {results[0], to.integers({1})}), 0);
  to.is(to.node("Squeeze", {results[1], to.integers({0})}), 1);
  if (is_lstm) to.is(to.node("Squeeze", {results[2], to.integers({0})}), 2);
}

}  // namespace taper::interop::detail
