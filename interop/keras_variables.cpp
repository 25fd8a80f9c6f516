// The variables of Keras's layers: their parts, their paths, and the way back.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/shape.h>
#include <taper/interop/keras_layers.h>
#include <taper/interop/keras_variables.h>
#include <taper/nn/nn.h>
#include <taper/nn/undisturbed.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::interop::detail {
namespace {

using Parts = std::vector<Tensor>;
using Join = Function<Tensor(const Parts&)>;

Tensor numbers(const KerasVariable& variable) {
  const NoGrad no_grad;
  Parts parts;
  std::int64_t first = 0;
  for (const Tensor& part : variable.parts) {
    parts.push_back(reshape(arange(first, first + part.numel()), part.shape()));
    first += part.numel();
  }
  return contiguous(variable.join(parts));
}

Tensor itself(const Parts& parts) { return parts[0]; }
Tensor transposed(const Parts& parts) { return transpose(parts[0]); }

// [out, in, ...] -> [..., in, out], of a convolution.
Tensor kernel_last(const Parts& parts) {
  Shape axes;
  for (int axis = 2; axis < parts[0].rank(); ++axis) axes.push_back(axis);
  axes.push_back(1);
  axes.push_back(0);
  return permute(parts[0], Axes(axes));
}

// [channels * multiplier, 1, ...] -> [..., channels, multiplier], of a depthwise one.
Join depthwise_kernel(std::int64_t channels) {
  return [channels](const Parts& parts) {
    const Tensor whole = select(unflatten(parts[0], 0, {channels, -1}), 2, 0);  // [channels, multiplier, ...]
    Shape axes;
    for (int axis = 2; axis < whole.rank(); ++axis) axes.push_back(axis);
    axes.push_back(0);
    axes.push_back(1);
    return permute(whole, Axes(axes));
  };
}

// The features on axis 0 of what `inner` makes, [C, H, W] flattened, in the order of [H, W, C].
Join channels_last_features(const Shape& image, Join inner) {
  return [image, inner](const Parts& parts) {
    const Tensor features = inner(parts);
    Shape split_axes = image, axes;
    for (int axis = 1; axis < features.rank(); ++axis) split_axes.push_back(features.shape()[axis]);
    for (int axis = 1; axis < image.rank(); ++axis) axes.push_back(axis);
    axes.push_back(0);
    for (int axis = image.rank(); axis < split_axes.rank(); ++axis) axes.push_back(axis);
    return reshape(permute(reshape(features, split_axes), Axes(axes)), features.shape());
  };
}

// Of features that may have been images.
Join features(const Flattened& flattened, const Tensor& weight, Join inner) {
  const auto found = flattened.find(weight.raw());
  return found == flattened.end() ? inner : channels_last_features(found->second, std::move(inner));
}

// Blocks r, z, n of the first axis as z, r, n.
Tensor swap_gates(const Tensor& x) {
  const std::int64_t units = x.size(0) / 3;
  return concat({slice(x, 0, units, 2 * units), slice(x, 0, 0, units), slice(x, 0, 2 * units, 3 * units)}, 0);
}

void add(KerasLayer& layer, const Parts& parts, Join join, bool trained = true,
         const std::string& below = "") {
  for (const Tensor& part : parts)
    if (!part.defined()) return;
  std::int64_t number = 0;
  for (const KerasVariable& other : layer.variables)
    number += other.path.starts_with(below + "vars/") ? 1 : 0;
  layer.variables.push_back({fmt::format("{}vars/{}", below, number), parts, std::move(join), trained});
}

template <class M>
void add_cells(KerasLayer& layer, const M& module, bool gru) {
  const nn::RecurrentOptions& options = module.options;
  if (options.num_layers != 1 || options.proj_size != 0)
    throw ValueError(
        fmt::format("{}: Keras's layer has one layer of cells and no projection", layer.class_name));
  for (std::size_t i = 0; i < module.weights.size(); ++i) {
    const RecurrentWeights& own = module.weights[i];
    const std::string below = !options.bidirectional ? "cell/"
                              : i == 0               ? "forward_layer/cell/"
                                                     : "backward_layer/cell/";
    const Join kernel = [gru](const Parts& parts) {
      return transpose(gru ? swap_gates(parts[0]) : parts[0]);
    };
    add(layer, {own.weight_ih}, kernel, true, below);
    add(layer, {own.weight_hh}, kernel, true, below);
    if (gru && options.reset_after) {
      if (options.bias && !own.bias_hh.defined())
        throw ValueError("GRU: with reset_after, Keras's layer has bias_hh, too");
      add(
          layer, {own.bias_ih, own.bias_hh},
          [](const Parts& parts) {
            return stack({swap_gates(parts[0]), swap_gates(parts[1])});
          },
          true, below);
    } else {
      if (own.bias_hh.defined())
        throw ValueError(
            fmt::format("{}: Keras's layer has one bias; make it with hidden_bias = false, or "
                        "with nn::keras",
                        module.type()));
      add(
          layer, {own.bias_ih}, [gru](const Parts& parts) { return gru ? swap_gates(parts[0]) : parts[0]; },
          true, below);
    }
  }
  if (options.bidirectional) layer.class_name = "Bidirectional", layer.snake = "bidirectional";
}

bool is_depthwise(std::int64_t groups, std::int64_t in_channels) {
  return groups > 1 && groups == in_channels;
}

template <class M>
void describe_convolution(KerasLayer& layer, const M& module, int axes) {
  const std::int64_t in = module.weight.size(1) * module.options.groups;
  if (is_depthwise(module.options.groups, in) && axes < 3) {
    layer.class_name = fmt::format("DepthwiseConv{}D", axes),
    layer.snake = fmt::format("depthwise_conv{}d", axes);
    add(layer, {module.weight}, depthwise_kernel(in));
  } else {
    layer.class_name = fmt::format("Conv{}D", axes), layer.snake = fmt::format("conv{}d", axes);
    add(layer, {module.weight}, kernel_last);
  }
  add(layer, {module.bias}, itself);
}

template <class M>
void describe_transposed(KerasLayer& layer, const M& module, int axes) {
  layer.class_name = fmt::format("Conv{}DTranspose", axes),
  layer.snake = fmt::format("conv{}d_transpose", axes);
  if (module.options.groups != 1)
    throw ValueError(fmt::format("{}: Keras's layer has no groups", module.type()));
  add(layer, {module.weight}, kernel_last);
  add(layer, {module.bias}, itself);
}

template <class M>
void describe_separable(KerasLayer& layer, const SeparableConv<M>& module, int axes) {
  layer.class_name = fmt::format("SeparableConv{}D", axes),
  layer.snake = fmt::format("separable_conv{}d", axes);
  add(layer, {module.depthwise->weight}, depthwise_kernel(module.depthwise->options.groups));
  add(layer, {module.pointwise->weight}, kernel_last);
  add(layer, {module.pointwise->bias}, itself);
}

// [rows from ... of in_proj_weight, features] -> [features, heads, size].
Join projection(std::int64_t from, std::int64_t heads, std::int64_t size) {
  return [=](const Parts& parts) {
    return unflatten(transpose(slice(parts[0], 0, from, from + heads * size)), 1, {heads, size});
  };
}

void describe_attention(KerasLayer& layer, const nn::MultiheadAttention& module) {
  const auto& options = module.options;
  layer.class_name = "MultiHeadAttention", layer.snake = "multi_head_attention";
  if (!module.in_proj_weight.defined() || options.num_key_heads != options.num_heads || options.rotary)
    throw ValueError(
        "MultiheadAttention: Keras's layer has no rotary positions, nor fewer heads of keys; and "
        "keys and values must have embed_dim features");
  const std::int64_t heads = options.num_heads, size = options.embed_dim / heads;
  std::int64_t row = 0;
  for (const char* const below : {"query_dense/", "key_dense/", "value_dense/"}) {
    add(layer, {module.in_proj_weight}, projection(row, heads, size), true, below);
    add(
        layer, {module.in_proj_bias},
        [=](const Parts& parts) {
          return unflatten(slice(parts[0], 0, row, row + heads * size), 0, {heads, size});
        },
        true, below);
    row += options.embed_dim;
  }
  add(
      layer, {module.out_proj.weight},
      [=](const Parts& parts) {
        return unflatten(transpose(parts[0]), 0, {heads, size});
      },
      true, "output_dense/");
  add(layer, {module.out_proj.bias}, itself, true, "output_dense/");
}

template <class M>
const M* as(const nn::Module& module) {
  return dynamic_cast<const M*>(&module);
}

}  // namespace

void split(const KerasVariable& variable, const Tensor& values, std::vector<Tensor>& parts) {
  const Tensor from = numbers(variable), dense = contiguous(values.detach());
  const auto* const index = from.data<std::int64_t>();
  const std::int64_t size = size_of(values.dtype());
  const auto* const elements = static_cast<const std::byte*>(dense.raw());
  std::vector<std::byte*> out;
  out.reserve(parts.size());
  for (Tensor& part : parts) out.push_back(static_cast<std::byte*>(part.mutable_raw()));
  for (std::int64_t i = 0; i < from.numel(); ++i) {
    std::int64_t place = index[i];
    std::size_t part = 0;
    while (place >= parts[part].numel()) place -= parts[part++].numel();
    std::memcpy(out[part] + place * size, elements + i * size, static_cast<std::size_t>(size));
  }
}

Shape shape_of(const KerasVariable& variable) { return numbers(variable).shape(); }

const nn::Module& unwrapped(const nn::Module& module) {
  if (const auto* const last = as<ChannelsLast>(module)) return unwrapped(*last->layer);
  if (const auto* const first = as<ChannelsFirst>(module)) return unwrapped(*first->layer);
  return module;
}

KerasLayer describe(const nn::Module& module, const Flattened& flattened) {
  KerasLayer layer{&module, "", "", {}};
  const auto is = [&](const char* class_name, const char* snake) {
    layer.class_name = class_name, layer.snake = snake;
  };
  if (const auto* const linear = as<nn::Linear>(module)) {
    is("Dense", "dense");
    add(layer, {linear->weight}, features(flattened, linear->weight, transposed));
    add(layer, {linear->bias}, itself);
  } else if (const auto* const conv1d = as<nn::Conv1d>(module)) {
    describe_convolution(layer, *conv1d, 1);
  } else if (const auto* const conv2d = as<nn::Conv2d>(module)) {
    describe_convolution(layer, *conv2d, 2);
  } else if (const auto* const conv3d = as<nn::Conv3d>(module)) {
    describe_convolution(layer, *conv3d, 3);
  } else if (const auto* const upward1d = as<nn::ConvTranspose1d>(module)) {
    describe_transposed(layer, *upward1d, 1);
  } else if (const auto* const upward2d = as<nn::ConvTranspose2d>(module)) {
    describe_transposed(layer, *upward2d, 2);
  } else if (const auto* const upward3d = as<nn::ConvTranspose3d>(module)) {
    describe_transposed(layer, *upward3d, 3);
  } else if (const auto* const separable1d = as<SeparableConv1d>(module)) {
    describe_separable(layer, *separable1d, 1);
  } else if (const auto* const separable2d = as<SeparableConv2d>(module)) {
    describe_separable(layer, *separable2d, 2);
  } else if (const auto* const norm = as<nn::BatchNorm>(module)) {
    is("BatchNormalization", "batch_normalization");
    for (const Tensor* const each : {&norm->weight, &norm->bias, &norm->running_mean, &norm->running_var})
      if (each->defined())
        add(layer, {*each},
            features(flattened, norm->weight.defined() ? norm->weight : norm->running_mean, itself),
            each == &norm->weight || each == &norm->bias);
  } else if (const auto* const layer_norm = as<nn::LayerNorm>(module)) {
    is("LayerNormalization", "layer_normalization");
    add(layer, {layer_norm->weight}, itself);
    add(layer, {layer_norm->bias}, itself);
  } else if (const auto* const rms_norm = as<nn::RMSNorm>(module)) {
    is("RMSNormalization", "rms_normalization");
    add(layer, {rms_norm->weight}, itself);
  } else if (const auto* const group_norm = as<nn::GroupNorm>(module)) {
    is("GroupNormalization", "group_normalization");
    add(layer, {group_norm->weight}, itself);
    add(layer, {group_norm->bias}, itself);
  } else if (const auto* const embedding = as<nn::Embedding>(module)) {
    is("Embedding", "embedding");
    add(layer, {embedding->weight}, itself);
  } else if (const auto* const prelu = as<nn::PReLU>(module)) {
    is("PReLU", "p_re_lu");
    add(layer, {prelu->weight}, features(flattened, prelu->weight, itself));
  } else if (const auto* const lstm = as<nn::LSTM>(module)) {
    is("LSTM", "lstm");
    add_cells(layer, *lstm, false);
  } else if (const auto* const gru = as<nn::GRU>(module)) {
    is("GRU", "gru");
    add_cells(layer, *gru, true);
  } else if (const auto* const rnn = as<nn::RNN>(module)) {
    is("SimpleRNN", "simple_rnn");
    add_cells(layer, *rnn, false);
  } else if (const auto* const attention = as<nn::MultiheadAttention>(module)) {
    describe_attention(layer, *attention);
  }
  return layer;
}

namespace {

class Walk {
 public:
  Walk(const Flattened& flattened, const io::Hdf5* file) : flattened_(flattened), file_(file) {}

  void children(const nn::Module& module, const std::string& prefix, std::map<std::string, int>& counts) {
    for (const auto& [name, child] : module.named_children()) visit(*child, name, prefix, counts);
  }

  void visit(const nn::Module& given, const std::string& name, const std::string& prefix,
             std::map<std::string, int>& counts) {
    const nn::Module& module = unwrapped(given);
    KerasLayer layer = describe(module, flattened_);
    if (!layer.class_name.empty()) {
      const std::string path = place(layer.snake, name, prefix, counts);
      for (KerasVariable& each : layer.variables) {
        each.path = path + "/" + each.path;
        variables.push_back(std::move(each));
      }
      return;
    }
    if (module.named_children().empty()) {
      if (!module.named_parameters().empty())
        throw ValueError(fmt::format("'{}' ({}): there is no layer of Keras's for it", name, module.type()));
      return;
    }
    // A model in the model; the layers of any other module belong to the model itself.
    const bool sequential = as<nn::Sequential>(module) != nullptr, graph = as<Graph>(module) != nullptr;
    const char* const snake = graph ? "functional" : "sequential";
    std::map<std::string, int> own;
    if (file_ == nullptr ? sequential || graph : has_model(snake, prefix, counts))
      children(module, place(snake, name, prefix, counts) + "/", own);
    else if (file_ != nullptr && by_names(prefix) && file_->has_group(prefix + name))
      children(module, prefix + name + "/", own);
    else
      children(module, prefix, counts);
  }

  std::vector<KerasVariable> variables;

 private:
  bool by_names(const std::string& prefix) const {
    return file_ != nullptr && !file_->has_group(prefix + "layers");
  }
  bool has_model(const char* snake, const std::string& prefix,
                 const std::map<std::string, int>& counts) const {
    const auto found = counts.find(snake);
    return file_->has_group(prefix + "layers/" + numbered(snake, found == counts.end() ? 0 : found->second));
  }
  static std::string numbered(const std::string& snake, int number) {
    return number == 0 ? snake : fmt::format("{}_{}", snake, number);
  }
  std::string place(const std::string& snake, const std::string& name, const std::string& prefix,
                    std::map<std::string, int>& counts) const {
    if (by_names(prefix)) return prefix + name;
    return prefix + "layers/" + numbered(snake, counts[snake]++);
  }

  const Flattened& flattened_;
  const io::Hdf5* const file_;
};

// Remembers what images were when a layer of features follows them.
class Tracer : public nn::CallObserver {
 public:
  Tracer(KerasTrace& trace, const Shape& image) : image_(image), seen_(trace) {}

  void called(const nn::Module& module, const Tensor& result) override {
    const auto* const linear = as<nn::Linear>(module);
    const auto* const norm = as<nn::BatchNorm>(module);
    const auto* const prelu = as<nn::PReLU>(module);
    if (linear != nullptr && result.rank() == 2) note(module, linear->weight, linear->weight.size(1));
    if (norm != nullptr && result.rank() == 2 && (norm->weight.defined() || norm->running_mean.defined()))
      note(module, norm->weight.defined() ? norm->weight : norm->running_mean, result.size(1));
    if (prelu != nullptr && result.rank() == 2) note(module, prelu->weight, prelu->weight.numel());
    if (linear != nullptr || as<ChannelsLast>(module) != nullptr || as<ChannelsFirst>(module) != nullptr)
      image_ = {};
    const bool of_sequences = as<nn::Conv1d>(module) || as<nn::ConvTranspose1d>(module) ||
                              as<nn::MaxPool1d>(module) || as<nn::AvgPool1d>(module) ||
                              (norm != nullptr && result.rank() == 3);
    if (result.rank() > 3 || (result.rank() == 3 && of_sequences)) see(result);
    if (result.rank() < 2 || result.numel() != result.size(0) * image_.numel()) image_ = {};
    seen_.results[identity(module)] = result.shape();
  }
  static const void* identity_of(const nn::Module& module) { return identity(module); }

  /// [C, H, W] of the last images; empty: unknown.
  const Shape& image() const { return image_; }

 private:
  void see(const Tensor& x) { image_ = x.shape().without(0); }
  // With the channels alone, nothing but them is left of the images.
  void note(const nn::Module& module, const Tensor& weight, std::int64_t count) {
    if (image_.rank() < 2 || image_.numel() == image_[0]) return;
    if (image_.numel() == count)
      seen_.flattened[weight.raw()] = image_;
    else if (count != image_[0])
      throw ValueError(
          fmt::format("{}: its {} features come from images of another shape than {}, which the last "
                      "module before it returns; what is between them must be modules, such as "
                      "nn::MaxPool2d, so that it is seen",
                      module.type(), count, to_string(image_)));
  }

  Shape image_;
  KerasTrace& seen_;
};

// A value in a model, and what images it is of.
struct Traced {
  Tensor value;
  Shape image = {};
};

Traced run(const nn::Module& module, const Traced& input, KerasTrace& trace);

Traced run_graph(const Graph& graph, const Traced& input, KerasTrace& trace) {
  std::vector<Traced> values{input};
  for (const Graph::Node& node : graph.nodes) {
    if (!node.layer.empty()) {
      values.push_back(run(graph.layer(node.layer), values[node.inputs.front()], trace));
      continue;
    }
    std::vector<Tensor> parts;
    parts.reserve(node.inputs.size());
    for (const std::size_t each : node.inputs) parts.push_back(values[each].value);
    const Tensor merged = merge(parts, node.merge);
    values.push_back({merged, merged.rank() > 3 ? merged.shape().without(0) : Shape{}});
  }
  return values.back();
}

// Calls a module; what is not a chain or a graph is observed.
Traced run(const nn::Module& module, const Traced& input, KerasTrace& trace) {
  Traced result = input;
  if (const auto* const graph = as<Graph>(module)) {
    result = run_graph(*graph, input, trace);
  } else if (as<nn::Sequential>(module) != nullptr) {
    for (const auto& [name, child] : module.named_children()) result = run(*child, result, trace);
  } else {
    Tracer tracer(trace, input.image);
    const Tensor value = module(input.value);
    return {value, tracer.image()};
  }
  trace.results[identity_of(module)] = result.value.shape();
  return result;
}

// The first layer with parameters.
const nn::Module* first_layer(const nn::Module& module) {
  for (const auto& [name, child] : module.named_children())
    if (const nn::Module* const found = first_layer(*child)) return found;
  return module.named_children().empty() && !module.named_parameters().empty() ? &module : nullptr;
}

template <class... M>
bool is_any(const nn::Module& module) {
  return ((as<M>(module) != nullptr) || ...);
}

template <class... M>
bool has_any(const nn::Module& module) {
  if (is_any<M...>(module)) return true;
  const auto& children = module.named_children();
  return std::any_of(children.begin(), children.end(),
                     [](const auto& child) { return has_any<M...>(*child.second); });
}

}  // namespace

DType weights_dtype(const nn::Module& model) {
  for (const auto& [name, tensor] : model.state_dict())
    if (is_floating(tensor.dtype())) return tensor.dtype();
  return default_dtype();
}

DType input_dtype(const nn::Module& model) {
  const nn::Module* const first = first_layer(model);
  return first != nullptr && as<nn::Embedding>(*first) != nullptr ? int64 : weights_dtype(model);
}

KerasTrace trace(const nn::Module& model, const Shape& shape) {
  const NoGrad no_grad;
  const Tensor x = zeros(shape, input_dtype(model));
  nn::Module same = model;
  const nn::detail::EvaluationMode mode(same);
  KerasTrace seen;
  run(model, {x, x.rank() > 3 ? x.shape().without(0) : Shape{}}, seen);
  return seen;
}

const void* identity_of(const nn::Module& module) { return Tracer::identity_of(module); }

bool needs_trace(const nn::Module& model) {
  return has_any<nn::Conv1d, nn::Conv2d, nn::Conv3d, nn::ConvTranspose1d, nn::ConvTranspose2d,
                 nn::ConvTranspose3d>(model) &&
         has_any<nn::Linear, nn::BatchNorm1d>(model);
}

std::vector<KerasVariable> variables_of(const nn::Module& model, const Flattened& flattened,
                                        const io::Hdf5* file) {
  Walk walk(flattened, file);
  std::map<std::string, int> counts;
  if (describe(unwrapped(model), flattened).class_name.empty())
    walk.children(model, "", counts);
  else
    walk.visit(model, "layer", "", counts);  // a layer alone is a model of this layer
  return std::move(walk.variables);
}

}  // namespace taper::interop::detail
