// The table of the operations that can be exported, and the ONNX nodes that they become.
#include <cmath>
#include <limits>
#include <numbers>

#include <taper/interop/onnx_builder.h>
#include <taper/interop/onnx_layers.h>
#include <taper/tensor/create.h>

namespace taper::interop::detail {
namespace {

using Names = std::vector<std::string>;
using Ints = std::vector<std::int64_t>;
using B = OnnxBuilder;

// The same node, with the same operands.
void same(B& to, const char* type) {
  Names inputs;
  for (std::size_t i = 0; i < to.step().inputs.size(); ++i) inputs.push_back(to.input(i));
  to.is(to.node(type, inputs));
}
// Of bools alone.
void logical(B& to, const char* type) {
  if (to.result().dtype() != boolean) to.fail("ONNX has it for bools alone");
  same(to, type);
}
void identity(B& to, const char*) { to.is(to.node("Identity", {to.input(0)})); }

// Activations.

void square(B& to, const char*) {
  const std::string x = to.input(0);
  to.is(to.node("Mul", {x, x}));
}
void rsqrt(B& to, const char*) { to.is(to.node("Reciprocal", {to.node("Sqrt", {to.input(0)})})); }
void silu(B& to, const char*) {
  const std::string x = to.input(0);
  to.is(to.node("Mul", {x, to.node("Sigmoid", {x})}));
}
void mish(B& to, const char*) {
  const std::string x = to.input(0);
  to.is(to.node("Mul", {x, to.node("Tanh", {to.node("Softplus", {x})})}));
}
// x / 2 * (1 + erf(x / sqrt(2))), or x * sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)).
void gelu(B& to, const char*) {
  const std::string x = to.input(0);
  if (to.word("approximate") == "tanh") {
    const double scale = 2 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
    const std::string cubic = to.node("Mul", {to.node("Mul", {x, x}), to.number(0.044715 * scale)});
    const std::string inner = to.node("Mul", {x, to.node("Add", {cubic, to.number(scale)})});
    return to.is(to.node("Mul", {x, to.node("Sigmoid", {inner})}));
  }
  const std::string erf = to.node("Erf", {to.node("Mul", {x, to.number(1 / std::numbers::sqrt2)})});
  to.is(to.node("Mul", {to.node("Mul", {x, to.number(0.5)}), to.node("Add", {erf, to.number(1)})}));
}
void elu(B& to, const char*) {
  to.is(to.node("Elu", {to.input(0)}, {{"alpha", static_cast<float>(to.number("alpha"))}}));
}
void leaky_relu(B& to, const char*) {
  const std::string x = to.input(0);
  to.is(to.node("LeakyRelu", {x}, {{"alpha", static_cast<float>(to.number("negative_slope"))}}));
}
void clip(B& to, const char*) {
  if (!to.has_option("low")) to.fail("its limits are tensors");
  const double low = to.number("low"), high = to.number("high");
  to.is(to.node(
      "Clip", {to.input(0), std::isinf(low) ? "" : to.number(low), std::isinf(high) ? "" : to.number(high)}));
}
void softmax(B& to, const char*) { to.is(to.node("Softmax", {to.input(0)}, {{"axis", std::int64_t{-1}}})); }
void log_softmax(B& to, const char*) {
  to.is(to.node("LogSoftmax", {to.input(0)}, {{"axis", std::int64_t{-1}}}));
}

// Arithmetic.

void linear(B& to, const char*) {
  Names inputs{to.input(0), to.input(1)};
  if (to.has(2)) inputs.push_back(to.input(2));
  const std::string y = to.node("Gemm", inputs, {{"transB", std::int64_t{1}}});
  to.is(to.word("activation") == "relu" ? to.node("Relu", {y}) : y);
}
void not_equal(B& to, const char*) { to.is(to.node("Not", {to.node("Equal", {to.input(0), to.input(1)})})); }
void where(B& to, const char* type) {
  if (to.tensor(0).dtype() != boolean) to.fail("ONNX has it for a bool condition alone");
  same(to, type);
}
void cast(B& to, const char*) {
  if (is_floating(to.tensor(0).dtype()) && to.result().dtype() == uint8)
    to.fail("onnxruntime does not limit floating numbers to the range of uint8");
  const std::int64_t dtype = onnx_dtype(to.result().dtype());
  to.is(to.node("Cast", {to.input(0)}, {{"to", dtype}}));
}
void reduction(B& to, const char* type) {
  const Shape axes = to.extents("axes");
  to.is(to.reduce(type, to.input(0), Ints(axes.begin(), axes.end()), to.number("keepdim") != 0));
}

// Views. What a view's axes are follows from its strides, see Note [Views].

// Note [Views]
// A view says nothing about its options, but its layout and that of its operand do. Where several options
// would explain it, they name the same elements, whatever their values are: axes of one element, or of equal
// strides.

void reshape(B& to, const char*) { to.is(to.node("Reshape", {to.input(0), to.shape_of_result(true)})); }
void expand(B& to, const char*) { to.is(to.node("Expand", {to.input(0), to.shape_of_result(false)})); }

void permute(B& to, const char*) {
  const Layout &from = to.tensor(0).layout(), &layout = to.result().layout();
  const int rank = from.shape.rank();
  Ints axes;
  std::vector<bool> taken(static_cast<std::size_t>(rank));
  // First those that only one stride explains, then axes of one element in ascending order.
  for (int i = 0; i < rank; ++i)
    for (int k = 0; k < rank; ++k) {
      if (taken[static_cast<std::size_t>(k)] || from.shape[k] != layout.shape[i] ||
          from.strides[k] != layout.strides[i])
        continue;
      taken[static_cast<std::size_t>(k)] = true;
      axes.push_back(k);
      break;
    }
  if (static_cast<int>(axes.size()) != rank) to.fail("its strides are not those of its operand");
  to.is(to.node("Transpose", {to.input(0)}, {{"perm", axes}}));
}

void slice(B& to, const char*) {
  const Layout &from = to.tensor(0).layout(), &layout = to.result().layout();
  int axis = -1;
  for (int i = 0; i < from.shape.rank(); ++i)
    if (from.shape[i] != layout.shape[i] || (from.shape[i] > 1 && from.strides[i] != layout.strides[i])) {
      if (axis >= 0) to.fail("it changes more than one axis");
      axis = i;
    }
  const std::int64_t moved = layout.offset - from.offset;
  if (axis < 0 && moved == 0) return identity(to, "");
  if (axis < 0) to.fail("its offset belongs to no axis");
  const std::int64_t stride = from.strides[axis], count = layout.shape[axis];
  if (stride == 0 || count == 0) {
    if (moved != 0) to.fail("its offset belongs to no axis");
  } else if (moved % stride != 0) {
    to.fail("its offset belongs to no element of the axis");
  }
  const std::int64_t start = stride == 0 ? 0 : moved / stride,
                     step = count > 1 && stride != 0 ? layout.strides[axis] / stride : 1;
  if (to.follows_batch(0, axis) || to.follows_batch(-1, axis)) {
    // To the end of an axis whose extent is the batch's.
    if (start + (count - 1) * step + 1 != from.shape[axis] || step != 1)
      to.fail("it takes a part of the batch");
    return to.is(to.node(
        "Slice", {to.input(0), to.integers({start}), to.integers({std::numeric_limits<std::int64_t>::max()}),
                  to.integers({axis}), to.integers({step})}));
  }
  to.is(to.node("Slice", {to.input(0), to.integers({start}), to.integers({start + (count - 1) * step + 1}),
                          to.integers({axis}), to.integers({step})}));
}

void select(B& to, const char*) {
  const Layout &from = to.tensor(0).layout(), &layout = to.result().layout();
  const std::int64_t moved = layout.offset - from.offset;
  for (int axis = 0; axis < from.shape.rank(); ++axis) {
    bool fits = true;
    for (int i = 0, k = 0; fits && i < from.shape.rank(); ++i) {
      if (i == axis) continue;
      fits = from.shape[i] == layout.shape[k] && (from.shape[i] == 1 || from.strides[i] == layout.strides[k]);
      ++k;
    }
    const std::int64_t stride = from.strides[axis], index = stride == 0 ? 0 : moved / stride;
    if (!fits || index < 0 || index >= from.shape[axis] || index * stride != moved) continue;
    if (to.follows_batch(0, axis) && index * 2 >= from.shape[axis]) to.fail("it takes a part of the batch");
    return to.is(to.node("Gather", {to.input(0), to.constant(full({}, static_cast<double>(index), int64))},
                         {{"axis", std::int64_t{axis}}}));
  }
  to.fail("its strides are not those of its operand");
}

// A view by integers, slices and new axes, one after the other.
void index(B& to, const char*) {
  if (to.step().inputs.size() > 1)
    to.fail("it has tensors of indices; index_select() and gather() can be exported");
  std::string x = to.input(0);
  for (const Attribute& each : to.options()) {
    const std::string kind = each.name;
    const Shape at = std::get<Shape>(each.value);
    if (kind == "select")
      x = to.node("Gather", {x, to.constant(full({}, static_cast<double>(at[1]), int64))}, {{"axis", at[0]}});
    else if (kind == "unsqueeze")
      x = to.node("Unsqueeze", {x, to.integers({at[0]})});
    else
      x = to.node("Slice", {x, to.integers({at[1]}), to.integers({at[2]}), to.integers({at[0]}),
                            to.integers({at[3]})});
  }
  to.is(x);
}

void flip(B& to, const char*) {
  Ints axes, starts, ends, steps;
  for (const std::int64_t axis : to.extents("axes")) {
    axes.push_back(axis < 0 ? axis + to.result().rank() : axis);
    starts.push_back(-1);
    ends.push_back(std::numeric_limits<std::int64_t>::min());
    steps.push_back(-1);
  }
  if (axes.empty()) return identity(to, "");
  to.is(to.node(
      "Slice", {to.input(0), to.integers(starts), to.integers(ends), to.integers(axes), to.integers(steps)}));
}

void concat(B& to, const char*) {
  const auto axis = static_cast<std::int64_t>(to.number("axis"));
  Names inputs;
  for (std::size_t i = 0; i < to.step().inputs.size(); ++i) {
    if (to.tensor(i).dtype() != to.result().dtype()) to.fail("its operands have several dtypes");
    if (to.tensor(i).size(axis) > 0 || to.result().size(axis) == 0) inputs.push_back(to.input(i));
  }
  to.is(to.node("Concat", inputs, {{"axis", axis}}));
}

// Selections by tensors of indices.
std::string index_of(B& to) {
  const DType dtype = to.tensor(1).dtype();
  if (dtype == int32 || dtype == int64) return to.input(1);
  const std::int64_t wanted = onnx_dtype(int64);
  return to.node("Cast", {to.input(1)}, {{"to", wanted}});
}
void slices(B& to, const char*) {
  to.is(to.node("Gather", {to.input(0), index_of(to)},
                {{"axis", static_cast<std::int64_t>(to.number("slices"))}}));
}
void elements(B& to, const char*) {
  to.is(to.node("GatherElements", {to.input(0), index_of(to)},
                {{"axis", static_cast<std::int64_t>(to.number("elements"))}}));
}

struct Entry {
  const char* operation;
  OnnxTranslator translator;
  const char* type = "";  // of the node, for those that several operations have in common
};

// All that can be exported. What is not here but made of what is here, like celu() and attention, can be,
// too.
constexpr Entry entries[] = {
    // Element by element.
    {"abs", same, "Abs"},
    {"acos", same, "Acos"},
    {"acosh", same, "Acosh"},
    {"add", same, "Add"},
    {"asin", same, "Asin"},
    {"asinh", same, "Asinh"},
    {"atan", same, "Atan"},
    {"atanh", same, "Atanh"},
    {"ceil", same, "Ceil"},
    {"clip", clip},
    {"cos", same, "Cos"},
    {"cosh", same, "Cosh"},
    {"divide", same, "Div"},
    {"elu", elu},
    {"erf", same, "Erf"},
    {"exp", same, "Exp"},
    {"floor", same, "Floor"},
    {"gelu", gelu},
    {"hardswish", same, "HardSwish"},
    {"hardtanh", clip},
    {"leaky_relu", leaky_relu},
    {"log", same, "Log"},
    {"maximum", same, "Max"},
    {"minimum", same, "Min"},
    {"mish", mish},
    {"multiply", same, "Mul"},
    {"negate", same, "Neg"},
    {"pow", same, "Pow"},
    {"prelu", same, "PRelu"},
    {"reciprocal", same, "Reciprocal"},
    {"relu", same, "Relu"},
    {"rsqrt", rsqrt},
    {"sigmoid", same, "Sigmoid"},
    {"sign", same, "Sign"},
    {"silu", silu},
    {"sin", same, "Sin"},
    {"sinh", same, "Sinh"},
    {"softplus", same, "Softplus"},
    {"softsign", same, "Softsign"},
    {"sqrt", same, "Sqrt"},
    {"square", square},
    {"subtract", same, "Sub"},
    {"tan", same, "Tan"},
    {"tanh", same, "Tanh"},
    {"to", cast},
    {"where", where, "Where"},
    {"==", same, "Equal"},
    {"!=", not_equal},
    {"<", same, "Less"},
    {"<=", same, "LessOrEqual"},
    {">", same, "Greater"},
    {">=", same, "GreaterOrEqual"},
    {"&", logical, "And"},
    {"|", logical, "Or"},
    {"^", logical, "Xor"},
    {"~", logical, "Not"},
    // Products and reductions.
    {"linear", linear},
    {"log_softmax", log_softmax},
    {"matmul", same, "MatMul"},
    {"max", reduction, "ReduceMax"},
    {"min", reduction, "ReduceMin"},
    {"softmax", softmax},
    {"sum", reduction, "ReduceSum"},
    // Shapes and selections; anything with the option "slices" or "elements".
    {"clone", identity},
    {"concat", concat},
    {"contiguous", identity},
    {"expand", expand},
    {"flip", flip},
    {"index", index},
    {"permute", permute},
    {"reshape", reshape},
    {"select", select},
    {"slice", slice},
    {"squeeze", reshape},
    {"transpose", permute},
    {"unsqueeze", reshape},
    // Layers.
    {"adaptive_avg_pool1d", onnx_adaptive_pool, "Average"},
    {"adaptive_avg_pool2d", onnx_adaptive_pool, "Average"},
    {"adaptive_avg_pool3d", onnx_adaptive_pool, "Average"},
    {"adaptive_max_pool1d", onnx_adaptive_pool, "Max"},
    {"adaptive_max_pool2d", onnx_adaptive_pool, "Max"},
    {"adaptive_max_pool3d", onnx_adaptive_pool, "Max"},
    {"avg_pool1d", onnx_average_pool},
    {"avg_pool2d", onnx_average_pool},
    {"avg_pool3d", onnx_average_pool},
    {"batch_norm", onnx_batch_norm},
    {"conv1d", onnx_convolution},
    {"conv2d", onnx_convolution},
    {"conv3d", onnx_convolution},
    {"conv_transpose1d", onnx_transposed_convolution},
    {"conv_transpose2d", onnx_transposed_convolution},
    {"conv_transpose3d", onnx_transposed_convolution},
    {"group_norm", onnx_layer_norm},
    {"gru", onnx_recurrent, "GRU"},
    {"instance_norm", onnx_instance_norm},
    {"layer_norm", onnx_layer_norm},
    {"lstm", onnx_recurrent, "LSTM"},
    {"max_pool1d", onnx_max_pool},
    {"max_pool2d", onnx_max_pool},
    {"max_pool3d", onnx_max_pool},
    {"rms_norm", onnx_layer_norm},
    {"rnn", onnx_recurrent, "RNN"},
};

const Entry* entry_of(const std::string& operation) {
  for (const Entry& entry : entries)
    if (operation == entry.operation) return &entry;
  return nullptr;
}

}  // namespace

bool is_onnx_operation(const std::string& operation) { return entry_of(operation) != nullptr; }

void translate_to_onnx(OnnxBuilder& to) {
  if (to.has_option("slices")) return slices(to, "");
  if (to.has_option("elements")) return elements(to, "");
  const Entry* const entry = entry_of(to.step().name);
  if (entry == nullptr) to.fail("this operation cannot be exported to ONNX");
  entry->translator(to, entry->type);
}

}  // namespace taper::interop::detail
