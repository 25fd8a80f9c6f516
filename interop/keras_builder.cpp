// Builder: layers that mix features, convolutions, pooling, and what moves or merges values.
#include <algorithm>
#include <array>

#include <taper/interop/keras/builder_layer.h>
#include <taper/nn/nn.h>

namespace taper::interop::detail {
namespace {

template <class Extents>
Extents extents_of(const std::vector<std::int64_t>& list) {
  if constexpr (std::is_same_v<Extents, Extent1d>)
    return {list[0]};
  else if constexpr (std::is_same_v<Extents, Extent2d>)
    return {list[0], list[1]};
  else
    return {list[0], list[1], list[2]};
}

// The number of places of windows.
std::int64_t places(std::int64_t extent, std::int64_t window, std::int64_t stride, bool same) {
  if (extent < 0) return -1;
  if (!same && extent < window)
    throw ShapeError(fmt::format("a window of {} does not fit in {}", window, extent));
  return same ? (extent + stride - 1) / stride : (extent - window) / stride + 1;
}

bool same_padding(const std::string& padding) {
  if (padding != "valid" && padding != "same")
    throw ValueError(fmt::format("expected padding valid or same, got {}", padding));
  return padding == "same";
}

DType dtype_of_policy(const Json& options) {
  const Json policy = options.value("dtype", Json("float32"));
  const std::string name =
      policy.is_object() ? policy.at("config").at("name").get<std::string>() : policy.get<std::string>();
  if (name == "float64") return float64;
  if (name != "float32") throw ValueError(fmt::format("expected the dtype float32 or float64, got {}", name));
  return float32;
}

std::int64_t product(const std::vector<std::int64_t>& extents) {
  std::int64_t result = 1;
  for (const std::int64_t extent : extents)
    if (extent < 0 || __builtin_mul_overflow(result, extent, &result)) return -1;
  return result;
}

}  // namespace

Value Builder::input(const Json& layer) {
  const Json& options = layer.at("config");
  const Json& shape =
      options.contains("batch_shape") ? options.at("batch_shape") : options.at("batch_input_shape");
  Value value;
  for (std::size_t i = 1; i < shape.size(); ++i)
    value.shape.push_back(shape[i].is_null() ? -1 : shape[i].get<std::int64_t>());
  const auto fits = [](std::int64_t extent) {
    return extent == -1 || (extent > 0 && extent <= Layer::compute_limit);
  };
  if (value.shape.empty() || value.shape.size() > 4 ||
      !std::all_of(value.shape.begin(), value.shape.end(), fits))
    throw ValueError(
        fmt::format("expected an input with 1 to 4 axes behind the batch, got {}", shape.dump()));
  if (input_shape.empty()) input_shape = value.shape;
  return value;
}

std::optional<Merge> Builder::merge_of(const Json& layer, const std::vector<Value>& inputs) const {
  static const std::map<std::string, Merge> kinds{{"Add", Merge::add},
                                                  {"Subtract", Merge::subtract},
                                                  {"Multiply", Merge::multiply},
                                                  {"Average", Merge::average},
                                                  {"Maximum", Merge::maximum},
                                                  {"Minimum", Merge::minimum},
                                                  {"Concatenate", Merge::concatenate}};
  const auto found = kinds.find(layer.at("class_name"));
  if (found == kinds.end()) return std::nullopt;
  if (inputs.size() < 2) throw ValueError("expected several inputs, all of them results of layers");
  const auto last = static_cast<std::int64_t>(inputs.front().shape.size());
  if (found->second == Merge::concatenate) {
    const auto axis = layer.at("config").value("axis", std::int64_t{-1});
    if (axis != -1 && axis != last)
      throw ValueError(fmt::format("expected the last axis, got axis {}", axis));
  }
  return found->second;
}

Value Builder::merged(const std::vector<Value>& inputs, Merge how) const {
  Value result = inputs.front();
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    std::vector<std::int64_t> other = inputs[i].shape;
    if (how == Merge::concatenate && !other.empty() && other.size() == result.shape.size()) {
      if (other.back() < 0 || result.shape.back() < 0) throw ValueError("its channels are not known");
      std::swap(other.back(), result.shape.back());
      result.shape.back() += other.back();
      other.back() = result.shape.back();
    }
    if (other != result.shape) throw ShapeError("expected inputs of one shape");
  }
  return result;
}

Builder::Modules Builder::make(const Json& given, const std::string& prefix,
                               std::map<std::string, int>& counts, Value& value, bool reorders) {
  const std::string kind = given.at("class_name");
  const Json& options = given.at("config");
  if (kind == "Sequential" || kind == "Functional" || kind == "Model") {
    const char* const snake = kind == "Sequential" ? "sequential" : "functional";
    const int number = counts[snake]++;
    const std::string below =
        prefix + "layers/" + (number == 0 ? snake : fmt::format("{}_{}", snake, number)) + "/";
    if (below.size() > 1000) throw ValueError("models are nested too deeply");
    return {model(given, below, value)};
  }
  Layer layer{options, prefix, counts, weights_, value, dtype_of_policy(options)};
  layer.only("data_format", "channels_last");
  if (kind == "Dense")
    dense(layer);
  else if (kind == "Conv1D")
    convolution<nn::Conv1d, 1>(layer, false);
  else if (kind == "Conv2D")
    convolution<nn::Conv2d, 2>(layer, false);
  else if (kind == "Conv3D")
    convolution<nn::Conv3d, 3>(layer, false);
  else if (kind == "DepthwiseConv1D")
    convolution<nn::Conv1d, 1>(layer, true);
  else if (kind == "DepthwiseConv2D")
    convolution<nn::Conv2d, 2>(layer, true);
  else if (kind == "Conv2DTranspose")
    transposed(layer);
  else if (kind == "SeparableConv2D")
    separable(layer);
  else if (kind == "MaxPooling1D")
    pooling<nn::MaxPool1d, 1>(layer);
  else if (kind == "MaxPooling2D")
    pooling<nn::MaxPool2d, 2>(layer);
  else if (kind == "MaxPooling3D")
    pooling<nn::MaxPool3d, 3>(layer);
  else if (kind == "AveragePooling1D")
    pooling<nn::AvgPool1d, 1>(layer);
  else if (kind == "AveragePooling2D")
    pooling<nn::AvgPool2d, 2>(layer);
  else if (kind == "AveragePooling3D")
    pooling<nn::AvgPool3d, 3>(layer);
  else if (kind.starts_with("GlobalMaxPooling"))
    global_pooling(layer, true);
  else if (kind.starts_with("GlobalAveragePooling"))
    global_pooling(layer, false);
  else if (kind == "Flatten")
    flatten(layer, reorders);
  else if (kind == "Reshape")
    reshape(layer);
  else if (kind == "BatchNormalization")
    batch_normalization(layer);
  else if (kind == "LayerNormalization")
    layer_normalization(layer);
  else if (kind == "GroupNormalization")
    group_normalization(layer);
  else if (kind == "Embedding")
    embedding(layer);
  else if (kind == "PReLU")
    prelu(layer);
  else if (kind == "LSTM" || kind == "GRU" || kind == "SimpleRNN")
    recurrent(layer, given, nullptr);
  else if (kind == "Bidirectional")
    recurrent(layer, options.at("layer"), &options);
  else if (kind == "MultiHeadAttention")
    attention(layer);
  else if (kind == "ZeroPadding2D")
    padding(layer);
  else if (kind == "UpSampling2D")
    upsampling(layer);
  else if (!simple(layer, kind))
    throw ValueError("there is no layer for it here; docs/keras.md lists those that there are");
  if (!layer.get("trainable", true)) layer.frozen();
  return std::move(layer.modules);
}

void Builder::dense(Layer& layer) {
  const std::int64_t in = layer.channels(), units = layer.get<std::int64_t>("units");
  const bool bias = layer.get("use_bias", true);
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes{{"vars/0", {in, units}}};
  if (bias) shapes.push_back({"vars/1", {units}});
  layer.expect("dense", shapes);
  const bool relu = layer.options.value("activation", Json()) == "relu";
  const nn::Linear linear({.in_features = in,
                           .out_features = units,
                           .activation = relu ? Activation::relu : Activation::none,
                           .bias = bias,
                           .weight_initializer = nn::init::zeros,
                           .bias_initializer = nn::init::zeros,
                           .dtype = layer.dtype});
  if (!layer.value.image.empty()) flattened[linear.weight.raw()] = layer.value.image;
  layer.value.image = {};
  layer.push(linear);
  if (layer.rank() > 2) layer.wrap<ChannelsLast>();
  layer.value.shape.back() = units;
  if (!relu) activation(layer, layer.options.value("activation", Json()));
}

template <class Convolution, int axes>
void Builder::convolution(Layer& layer, bool depthwise) {
  if (layer.rank() != axes + 1)
    throw ShapeError(fmt::format("expected an input of {} axes behind the batch", axes + 1));
  using Extents = decltype(Convolution::Options::kernel_size);
  const std::int64_t in = layer.channels(), groups = depthwise ? in : layer.get("groups", std::int64_t{1});
  const std::int64_t multiplier = depthwise ? layer.get("depth_multiplier", std::int64_t{1}) : 1;
  if (multiplier < 1 || multiplier > Layer::compute_limit)
    throw ValueError("its depth_multiplier is out of range");
  const std::int64_t out = depthwise ? in * multiplier : layer.get<std::int64_t>("filters");
  if (groups < 1 || in % groups != 0) throw ValueError("its groups do not divide the channels");
  const auto kernel = layer.extents("kernel_size", axes), strides = layer.extents("strides", axes);
  const auto dilation = layer.extents("dilation_rate", axes, std::vector<std::int64_t>(axes, 1));
  const bool same = same_padding(layer.get<std::string>("padding"));
  const bool bias = layer.get("use_bias", true), relu = layer.options.value("activation", Json()) == "relu";
  std::vector<std::int64_t> shape = kernel;
  shape.push_back(depthwise ? in : in / groups);
  shape.push_back(depthwise ? multiplier : out);
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes{{"vars/0", shape}};
  if (bias) shapes.push_back({"vars/1", {out}});
  // One channel has the same variables in both classes, and is a plain convolution here.
  if (depthwise && groups == 1) throw ValueError("of one channel it is a plain convolution: use that");
  if (!depthwise && axes < 3 && groups > 1 && groups == in)
    throw ValueError("groups = channels is written as a depthwise convolution");
  layer.expect(fmt::format("{}conv{}d", depthwise ? "depthwise_" : "", axes).c_str(), shapes);
  typename Convolution::Options options{.in_channels = in,
                                        .out_channels = out,
                                        .kernel_size = extents_of<Extents>(kernel),
                                        .stride = extents_of<Extents>(strides)};
  if (same) options.padding = Padding::same;
  options.dilation = extents_of<Extents>(dilation);
  options.groups = groups;
  options.activation = relu ? Activation::relu : Activation::none;
  options.bias = bias;
  options.weight_initializer = options.bias_initializer = nn::init::zeros;
  options.dtype = layer.dtype;
  layer.push(Convolution(options));
  if (axes == 1) layer.template wrap<ChannelsFirst>();
  for (std::size_t i = 0; i < axes; ++i)
    layer.value.shape[i] = places(layer.value.shape[i], (kernel[i] - 1) * dilation[i] + 1, strides[i], same);
  layer.value.shape.back() = out;
  if (!relu) activation(layer, layer.options.value("activation", Json()));
}

void Builder::transposed(Layer& layer) {
  if (layer.rank() != 3) throw ShapeError("expected an input of 3 axes behind the batch");
  const std::int64_t in = layer.channels(), out = layer.get<std::int64_t>("filters");
  const auto kernel = layer.extents("kernel_size", 2), strides = layer.extents("strides", 2);
  const auto dilation = layer.extents("dilation_rate", 2, {1, 1});
  layer.only("output_padding", Json());
  if (dilation != std::vector<std::int64_t>{1, 1}) throw ValueError("expected no dilation");
  const bool same = same_padding(layer.get<std::string>("padding")), bias = layer.get("use_bias", true);
  std::array<std::int64_t, 2> padding{}, more{};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t surplus = kernel[i] - strides[i];
    if (same && surplus > 0 && surplus % 2 != 0)
      throw ValueError("with padding same, expected kernel_size - strides to be even");
    if (same && surplus > 0) padding[i] = surplus / 2;
    if (surplus < 0) more[i] = -surplus;
    std::int64_t& extent = layer.value.shape[i];
    if (extent >= 0)
      extent = same ? extent * strides[i] : extent * strides[i] + std::max<std::int64_t>(surplus, 0);
  }
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes{
      {"vars/0", {kernel[0], kernel[1], out, in}}};
  if (bias) shapes.push_back({"vars/1", {out}});
  layer.expect("conv2d_transpose", shapes);
  layer.push(nn::ConvTranspose2d({.in_channels = in,
                                  .out_channels = out,
                                  .kernel_size = {kernel[0], kernel[1]},
                                  .stride = {strides[0], strides[1]},
                                  .padding = {padding[0], padding[1]},
                                  .output_padding = {more[0], more[1]},
                                  .bias = bias,
                                  .weight_initializer = nn::init::zeros,
                                  .bias_initializer = nn::init::zeros,
                                  .dtype = layer.dtype}));
  layer.value.shape.back() = out;
  activation(layer, layer.options.value("activation", Json()));
}

void Builder::separable(Layer& layer) {
  if (layer.rank() != 3) throw ShapeError("expected an input of 3 axes behind the batch");
  const std::int64_t in = layer.channels(), out = layer.get<std::int64_t>("filters");
  const std::int64_t multiplier = layer.get("depth_multiplier", std::int64_t{1});
  if (multiplier < 1 || multiplier > Layer::compute_limit)
    throw ValueError("its depth_multiplier is out of range");
  const auto kernel = layer.extents("kernel_size", 2), strides = layer.extents("strides", 2);
  const auto dilation = layer.extents("dilation_rate", 2, {1, 1});
  const bool same = same_padding(layer.get<std::string>("padding")), bias = layer.get("use_bias", true);
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes{
      {"vars/0", {kernel[0], kernel[1], in, multiplier}}, {"vars/1", {1, 1, in * multiplier, out}}};
  if (bias) shapes.push_back({"vars/2", {out}});
  layer.expect("separable_conv2d", shapes);
  nn::Conv2d::Options first{.in_channels = in,
                            .out_channels = in * multiplier,
                            .kernel_size = {kernel[0], kernel[1]},
                            .stride = {strides[0], strides[1]}};
  if (same) first.padding = Padding::same;
  first.dilation = {dilation[0], dilation[1]};
  first.groups = in;
  first.bias = false;
  first.weight_initializer = nn::init::zeros;
  first.dtype = layer.dtype;
  layer.push(
      SeparableConv2d(std::make_shared<nn::Conv2d>(first),
                      std::make_shared<nn::Conv2d>(nn::Conv2d::Options{.in_channels = in * multiplier,
                                                                       .out_channels = out,
                                                                       .kernel_size = 1,
                                                                       .bias = bias,
                                                                       .weight_initializer = nn::init::zeros,
                                                                       .bias_initializer = nn::init::zeros,
                                                                       .dtype = layer.dtype})));
  for (std::size_t i = 0; i < 2; ++i)
    layer.value.shape[i] = places(layer.value.shape[i], (kernel[i] - 1) * dilation[i] + 1, strides[i], same);
  layer.value.shape.back() = out;
  activation(layer, layer.options.value("activation", Json()));
}

template <class Pool, int axes>
void Builder::pooling(Layer& layer) {
  if (layer.rank() != axes + 1)
    throw ShapeError(fmt::format("expected an input of {} axes behind the batch", axes + 1));
  const auto size = layer.extents("pool_size", axes), strides = layer.extents("strides", axes, size);
  const bool same = same_padding(layer.get<std::string>("padding"));
  std::vector<std::int64_t> before(axes, 0);
  bool beyond = false;
  for (std::size_t i = 0; i < axes; ++i) {
    std::int64_t& extent = layer.value.shape[i];
    const std::int64_t count = places(extent, size[i], strides[i], same);
    if (same && size[i] > 1) {
      if (extent < 0) throw ValueError("with padding same, the extents of its input must be known");
      const std::int64_t added = std::max<std::int64_t>((count - 1) * strides[i] + size[i] - extent, 0);
      before[i] = added / 2;
      beyond = beyond || added % 2 != 0;
    }
    extent = count;
  }
  if (beyond)  // where a last window would then go beyond what Keras pads, shapes would differ
    for (std::size_t i = 0; i < axes; ++i)
      if (strides[i] == 1 && size[i] % 2 == 0)
        throw ValueError("with padding same and strides 1, expected an odd size");
  using Options = std::remove_cvref_t<decltype(std::declval<Pool>().options)>;
  using Sizes = std::remove_cvref_t<decltype(std::declval<Pool>().options.kernel_size)>;
  Options options{.kernel_size = extents_of<Sizes>(size),
                  .stride = extents_of<Sizes>(strides),
                  .padding = extents_of<Sizes>(before)};
  options.ceil_mode = beyond;
  options.count_include_pad = false;
  layer.push(Pool(options));
  if (axes == 1) layer.template wrap<ChannelsFirst>();
}

void Builder::global_pooling(Layer& layer, bool largest) {
  const bool keep = layer.get("keepdims", false);
  if (layer.rank() < 2) throw ShapeError("expected an input of at least 2 axes behind the batch");
  largest ? layer.push(nn::GlobalMaxPooling(keep)) : layer.push(nn::GlobalAveragePooling(keep));
  if (layer.rank() == 2) layer.wrap<ChannelsFirst>();
  std::vector<std::int64_t>& shape = layer.value.shape;
  if (keep)
    std::fill(shape.begin(), shape.end() - 1, 1);
  else
    shape = {shape.back()};
}

void Builder::flatten(Layer& layer, bool reorders) {
  std::vector<std::int64_t>& shape = layer.value.shape;
  layer.push(nn::Flatten());
  const std::int64_t count = product(shape);
  if (shape.size() > 2) {
    if (reorders && count > 0) {
      layer.value.image = {shape.back()};
      for (std::size_t i = 0; i + 1 < shape.size(); ++i) layer.value.image.push_back(shape[i]);
    } else {
      layer.wrap<ChannelsLast>();
    }
  }
  shape = {count};
}

void Builder::reshape(Layer& layer) {
  const auto target = layer.get<std::vector<std::int64_t>>("target_shape");
  const std::int64_t count = product(layer.value.shape);
  std::int64_t known = 1, open = 0;
  for (const std::int64_t extent : target) {
    if (extent == -1)
      ++open;
    else if (extent < 1 || __builtin_mul_overflow(known, extent, &known))
      throw ValueError("its target_shape is out of range");
  }
  if (target.empty() || target.size() > 4 || open > 1 || (open == 1 && count < 0) ||
      (count > 0 && (open == 1 ? count % known != 0 : count != known)))
    throw ShapeError("its target_shape does not fit");
  std::vector<std::int64_t> shape = target;
  std::replace(shape.begin(), shape.end(), std::int64_t{-1}, count / known);
  layer.push(Reshape(Shape(shape)));
  if (shape.size() > 2 || layer.rank() > 2) layer.wrap<ChannelsLast>();
  layer.value.shape = shape;
}

void Builder::padding(Layer& layer) {
  if (layer.rank() != 3) throw ShapeError("expected an input of 3 axes behind the batch");
  const auto widths = layer.get<std::vector<std::array<std::int64_t, 2>>>("padding");
  std::vector<PadWidth> list;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const auto [before, after] = widths[i];
    if (before < 0 || after < 0 || before > Layer::compute_limit || after > Layer::compute_limit || i > 1)
      throw ValueError("its padding is out of range");
    list.push_back({before, after});
    if (layer.value.shape[i] >= 0) layer.value.shape[i] += before + after;
  }
  layer.push(nn::ZeroPad2d(list));
}

void Builder::upsampling(Layer& layer) {
  if (layer.rank() != 3) throw ShapeError("expected an input of 3 axes behind the batch");
  const auto size = layer.extents("size", 2);
  layer.only("interpolation", "nearest");
  layer.push(nn::Upsample({.scale_factor = {static_cast<double>(size[0]), static_cast<double>(size[1])}}));
  for (std::size_t i = 0; i < 2; ++i)
    if (layer.value.shape[i] >= 0) layer.value.shape[i] *= size[i];
}

}  // namespace taper::interop::detail
