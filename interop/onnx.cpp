// save_onnx: two traces become a graph, and that a file in ONNX's format.
#include <algorithm>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/interop/onnx.h>
#include <taper/interop/onnx_builder.h>
#include <taper/interop/onnx_graph.h>
#include <taper/io/file.h>
#include <taper/io/optional_library.h>
#include <taper/nn/undisturbed.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

#ifdef TAPER_HAS_PROTOBUF
#include <interop/onnx.pb.h>
#endif

namespace taper::interop {
namespace detail {
namespace {

// The first `extent` slices, repeated as often as that takes.
Tensor resized(const Tensor& x, int axis, std::int64_t extent) {
  std::vector<Tensor> parts;
  for (std::int64_t rest = extent; rest > 0; rest -= parts.back().size(axis))
    parts.push_back(narrow(x, axis, 0, std::min(rest, x.size(axis))));
  return concat(parts, axis);
}

// Other values, in the range of those of x if there are several: what is the same for both does not depend on
// them. Bools, which are masks, in another order.
Tensor others(const Tensor& x, Generator& random) {
  if (x.numel() == 0) return x;
  const Tensor flat = reshape(x, {x.numel()});
  if (x.dtype() == boolean) return reshape(flip(flat, 0), x.shape());
  double least = to(min(flat), float64).item<double>(), most = to(max(flat), float64).item<double>();
  if (is_floating(x.dtype())) {
    if (least == most) {
      most = least == 0 ? 1 : 1.5 * least;
      least = least == 0 ? -1 : 0.5 * least;
    }
    return uniform(x.shape(), std::min(least, most), std::max(least, most), x.dtype(), random);
  }
  if (least == most) (least == 0 ? most : least) += least == 0 ? 1 : -1;
  return to(floor(uniform(x.shape(), least, most + 1, float64, random)), x.dtype());
}

}  // namespace

OnnxGraph traced_graph(const nn::Module& model, const OnnxForward& forward,
                       const std::vector<Tensor>& examples, const OnnxOptions& options) {
  if (options.opset < 17 || options.opset > 22)
    throw ValueError(fmt::format("save_onnx: expected an opset from 17 to 22, got {}", options.opset));
  if (examples.empty()) throw ValueError("save_onnx: expected at least one example input, got none");
  const NoGrad no_grad;
  const std::int64_t axis = options.batch_axis;
  std::int64_t batch = -1;
  std::vector<Tensor> first, second;
  Generator random(1);
  for (const Tensor& given : examples) {
    if (!given.defined() || is_storage_only(given.dtype()))
      throw ValueError("save_onnx: expected defined examples of a dtype that is calculated with");
    const Tensor x = clone(given.detach());
    const bool batched = axis >= 0 && axis < x.rank();
    if (batched && batch < 0) batch = x.size(axis);
    if (batched && (x.size(axis) != batch || batch < 1))
      throw ShapeError(fmt::format(
          "save_onnx: expected examples of one extent of at least 1 along the batch's axis {}, got {} and {}",
          axis, batch, x.size(axis)));
    // An extent of 1 would look like what broadcasts.
    const std::int64_t extent = std::max<std::int64_t>(batch, 2);
    first.push_back(batched ? resized(x, static_cast<int>(axis), extent) : x);
    second.push_back(others(batched ? resized(x, static_cast<int>(axis), extent + 1) : x, random));
  }
  nn::Module same = model;
  const nn::detail::Undisturbed undisturbed(same);
  NamedTensors named = model.named_parameters();
  for (const auto& each : model.named_buffers()) named.push_back(each);
  const Trace a = trace(forward, first, named, is_onnx_operation);
  const Trace b = trace(forward, second, named, is_onnx_operation);
  if (a.outputs.empty())
    throw ValueError("save_onnx: forward() has no tensor as its result for these examples");
  return graph_of(a, b, options);
}

int onnx_dtype(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return 1;
    case DType::uint8:
      return 2;
    case DType::int32:
      return 6;
    case DType::int64:
      return 7;
    case DType::boolean:
      return 9;
    case DType::float64:
      return 11;
    default:
      throw DTypeError(fmt::format("save_onnx: {} cannot be exported", name(dtype)));
  }
}

}  // namespace detail

#ifdef TAPER_HAS_PROTOBUF
namespace {

void write(const detail::OnnxAttribute& from, onnx_format::Attribute& to) {
  to.set_name(from.name);
  if (const auto* const integer = std::get_if<std::int64_t>(&from.value)) {
    to.set_i(*integer);
    to.set_type(2);
  } else if (const auto* const number = std::get_if<float>(&from.value)) {
    to.set_f(*number);
    to.set_type(1);
  } else if (const auto* const word = std::get_if<std::string>(&from.value)) {
    to.set_s(*word);
    to.set_type(3);
  } else if (const auto* const integers = std::get_if<std::vector<std::int64_t>>(&from.value)) {
    for (const std::int64_t each : *integers) to.add_ints(each);
    to.set_type(7);
  } else {
    for (const std::string& each : std::get<std::vector<std::string>>(from.value)) to.add_strings(each);
    to.set_type(8);
  }
}

void write(const detail::OnnxValue& from, onnx_format::ValueInfo& to) {
  to.set_name(from.name);
  onnx_format::TensorType& type = *to.mutable_type()->mutable_tensor_type();
  type.set_elem_type(detail::onnx_dtype(from.dtype));
  onnx_format::TensorShape& shape = *type.mutable_shape();
  for (const std::int64_t extent : from.extents) {
    onnx_format::Dimension& dimension = *shape.add_dim();
    if (extent >= 0)
      dimension.set_dim_value(extent);
    else if (extent == -1)
      dimension.set_dim_param("batch");  // others are not known
  }
}

std::string content_of(const detail::OnnxGraph& graph, std::int64_t opset) {
  onnx_format::Model model;
  model.set_ir_version(8);
  model.set_producer_name("Taper");
  model.add_opset_import()->set_version(opset);
  onnx_format::Graph& to = *model.mutable_graph();
  to.set_name("model");
  for (const detail::OnnxNode& node : graph.nodes) {
    onnx_format::Node& each = *to.add_node();
    each.set_name(node.name);
    each.set_op_type(node.type);
    for (const std::string& input : node.inputs) each.add_input(input);
    for (const std::string& output : node.outputs) each.add_output(output);
    for (const detail::OnnxAttribute& attribute : node.attributes) write(attribute, *each.add_attribute());
  }
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : graph.initializers) {
    onnx_format::Tensor& each = *to.add_initializer();
    each.set_name(name);
    each.set_data_type(detail::onnx_dtype(tensor.dtype()));
    for (const std::int64_t extent : tensor.shape()) each.add_dims(extent);
    const auto size = static_cast<std::size_t>(tensor.numel() * size_of(tensor.dtype()));
    bytes += size;
    if (bytes > (std::uint64_t{1} << 31) - (std::uint64_t{1} << 20))
      throw ValueError(
          "save_onnx: the parameters have more than 2 GiB, which one file of this format cannot hold");
    each.set_raw_data(tensor.raw(), size);
  }
  for (const detail::OnnxValue& value : graph.inputs) write(value, *to.add_input());
  for (const detail::OnnxValue& value : graph.outputs) write(value, *to.add_output());
  std::string content;
  if (!model.SerializeToString(&content)) throw ValueError("save_onnx: the graph cannot be written");
  return content;
}

}  // namespace

void save_onnx(const std::string& path, const nn::Module& model, const OnnxForward& forward,
               const std::vector<Tensor>& examples, const OnnxOptions& options) {
  io::write_file(path, content_of(detail::traced_graph(model, forward, examples, options), options.opset));
}
#else
void save_onnx(const std::string&, const nn::Module&, const OnnxForward&, const std::vector<Tensor>&,
               const OnnxOptions&) {
  taper::detail::throw_missing_library("save_onnx", "Protobuf", "libprotobuf-dev protobuf-compiler");
}
#endif

}  // namespace taper::interop
