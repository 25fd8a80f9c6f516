// Builder: convolutions, pooling, and what pads, crops and enlarges.
#include <algorithm>

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

}  // namespace

template <class Convolution, int axes>
void Builder::convolution(Layer& layer) {
  layer.need_rank(axes + 1);
  const bool depthwise = layer.kind.starts_with("Depthwise");
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
  if (depthwise && groups == 1)
    throw ValueError(fmt::format("of one channel it is a plain convolution: use Conv{}D", axes));
  if (!depthwise && axes < 3 && groups > 1 && groups == in)
    throw ValueError(fmt::format(
        "groups = channels is not supported: that is DepthwiseConv{}D with a depth_multiplier", axes));
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

template <class Convolution, int axes>
void Builder::transposed(Layer& layer) {
  layer.need_rank(axes + 1);
  using Extents = decltype(Convolution::Options::kernel_size);
  const std::int64_t in = layer.channels(), out = layer.get<std::int64_t>("filters");
  const auto kernel = layer.extents("kernel_size", axes), strides = layer.extents("strides", axes);
  const std::vector<std::int64_t> ones(axes, 1);
  layer.only("output_padding", Json());
  if (layer.extents("dilation_rate", axes, ones) != ones) throw ValueError("dilation_rate is not supported");
  const bool same = same_padding(layer.get<std::string>("padding")), bias = layer.get("use_bias", true);
  // With an odd surplus Keras takes one more away behind than before.
  std::vector<std::int64_t> before(axes, 0), more(axes, 0);
  std::vector<PadWidth> rest(axes);
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t surplus = std::max<std::int64_t>(kernel[i] - strides[i], 0);
    more[i] = std::max<std::int64_t>(strides[i] - kernel[i], 0);
    if (same) before[i] = surplus / 2, rest[i].after = surplus % 2;
    layer.enlarge(i, strides[i]);
    if (!same && layer.value.shape[i] >= 0) layer.value.shape[i] += surplus;
  }
  std::vector<std::int64_t> shape = kernel;
  shape.push_back(out), shape.push_back(in);
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes{{"vars/0", shape}};
  if (bias) shapes.push_back({"vars/1", {out}});
  layer.expect(fmt::format("conv{}d_transpose", axes).c_str(), shapes);
  layer.push(Convolution(typename Convolution::Options{.in_channels = in,
                                                       .out_channels = out,
                                                       .kernel_size = extents_of<Extents>(kernel),
                                                       .stride = extents_of<Extents>(strides),
                                                       .padding = extents_of<Extents>(before),
                                                       .output_padding = extents_of<Extents>(more),
                                                       .bias = bias,
                                                       .weight_initializer = nn::init::zeros,
                                                       .bias_initializer = nn::init::zeros,
                                                       .dtype = layer.dtype}));
  if (axes == 1) layer.template wrap<ChannelsFirst>();
  if (std::any_of(rest.begin(), rest.end(), [](const PadWidth& each) { return each.after > 0; })) {
    layer.push(Cropping(rest));
    if (axes == 1) layer.template wrap<ChannelsFirst>();
  }
  layer.value.shape.back() = out;
  activation(layer, layer.options.value("activation", Json()));
}

template <class Convolution, int axes>
void Builder::separable(Layer& layer) {
  layer.need_rank(axes + 1);
  using Extents = decltype(Convolution::Options::kernel_size);
  const std::int64_t in = layer.channels(), out = layer.get<std::int64_t>("filters");
  const std::int64_t multiplier = layer.get("depth_multiplier", std::int64_t{1});
  if (multiplier < 1 || multiplier > Layer::compute_limit)
    throw ValueError("its depth_multiplier is out of range");
  const auto kernel = layer.extents("kernel_size", axes), strides = layer.extents("strides", axes);
  const std::vector<std::int64_t> ones(axes, 1);
  const auto dilation = layer.extents("dilation_rate", axes, ones);
  const bool same = same_padding(layer.get<std::string>("padding")), bias = layer.get("use_bias", true);
  std::vector<std::int64_t> each = kernel, all = ones;
  each.insert(each.end(), {in, multiplier}), all.insert(all.end(), {in * multiplier, out});
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes{{"vars/0", each}, {"vars/1", all}};
  if (bias) shapes.push_back({"vars/2", {out}});
  layer.expect(fmt::format("separable_conv{}d", axes).c_str(), shapes);
  typename Convolution::Options first{.in_channels = in,
                                      .out_channels = in * multiplier,
                                      .kernel_size = extents_of<Extents>(kernel),
                                      .stride = extents_of<Extents>(strides)};
  if (same) first.padding = Padding::same;
  first.dilation = extents_of<Extents>(dilation);
  first.groups = in;
  first.bias = false;
  first.weight_initializer = nn::init::zeros;
  first.dtype = layer.dtype;
  typename Convolution::Options second{.in_channels = in * multiplier, .out_channels = out, .kernel_size = 1};
  second.bias = bias;
  second.weight_initializer = second.bias_initializer = nn::init::zeros;
  second.dtype = layer.dtype;
  layer.push(SeparableConv<Convolution>(std::make_shared<Convolution>(first),
                                        std::make_shared<Convolution>(second)));
  if (axes == 1) layer.template wrap<ChannelsFirst>();
  for (std::size_t i = 0; i < axes; ++i)
    layer.value.shape[i] = places(layer.value.shape[i], (kernel[i] - 1) * dilation[i] + 1, strides[i], same);
  layer.value.shape.back() = out;
  activation(layer, layer.options.value("activation", Json()));
}

template <class Pool, int axes>
void Builder::pooling(Layer& layer) {
  layer.need_rank(axes + 1);
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

template <class Pool>
void Builder::global_pooling(Layer& layer) {
  const bool keep = layer.get("keepdims", false);
  if (layer.rank() < 2) throw ShapeError("expected an input of at least 2 axes behind the batch");
  layer.push(Pool(keep));
  if (layer.rank() == 2) layer.template wrap<ChannelsFirst>();
  std::vector<std::int64_t>& shape = layer.value.shape;
  if (keep)
    std::fill(shape.begin(), shape.end() - 1, 1);
  else
    shape = {shape.back()};
}

template <class Pad, int axes>
void Builder::padding(Layer& layer) {
  layer.need_rank(axes + 1);
  const std::vector<PadWidth> widths = layer.widths("padding", axes);
  for (std::size_t i = 0; i < axes; ++i)
    if (layer.value.shape[i] >= 0) layer.value.shape[i] += widths[i].before + widths[i].after;
  layer.push(Pad(widths));
  if (axes == 1) layer.template wrap<ChannelsFirst>();
}

template <int axes>
void Builder::cropping(Layer& layer) {
  layer.need_rank(axes + 1);
  const std::vector<PadWidth> widths = layer.widths("cropping", axes);
  for (std::size_t i = 0; i < axes; ++i) {
    std::int64_t& extent = layer.value.shape[i];
    if (extent < 0) continue;
    extent -= widths[i].before + widths[i].after;
    if (extent < 1) throw ShapeError("its cropping leaves nothing");
  }
  layer.push(Cropping(widths));
  if (axes == 1) layer.template wrap<ChannelsFirst>();
}

template <int axes>
void Builder::upsampling(Layer& layer) {
  layer.need_rank(axes + 1);
  const auto size = layer.extents("size", axes);
  const auto how = layer.get("interpolation", std::string("nearest"));
  if (how != "nearest" && how != "bilinear")
    throw ValueError(fmt::format("expected interpolation nearest or bilinear, got {}", how));
  InterpolateOptions options{.mode = how == "nearest" ? Resampling::nearest : Resampling::bilinear};
  options.scale_factor.count = axes;
  for (std::size_t i = 0; i < axes; ++i) {
    options.scale_factor.values[i] = static_cast<double>(size[i]);
    layer.enlarge(i, size[i]);
  }
  layer.push(nn::Upsample(options));
  if (axes == 1) layer.template wrap<ChannelsFirst>();
}

void Builder::add_images(Makers& all) {
  all.insert({{"Conv1D", call<&Builder::convolution<nn::Conv1d, 1>>},
              {"Conv2D", call<&Builder::convolution<nn::Conv2d, 2>>},
              {"Conv3D", call<&Builder::convolution<nn::Conv3d, 3>>},
              {"DepthwiseConv1D", call<&Builder::convolution<nn::Conv1d, 1>>},
              {"DepthwiseConv2D", call<&Builder::convolution<nn::Conv2d, 2>>},
              {"SeparableConv1D", call<&Builder::separable<nn::Conv1d, 1>>},
              {"SeparableConv2D", call<&Builder::separable<nn::Conv2d, 2>>},
              {"Conv1DTranspose", call<&Builder::transposed<nn::ConvTranspose1d, 1>>},
              {"Conv2DTranspose", call<&Builder::transposed<nn::ConvTranspose2d, 2>>},
              {"Conv3DTranspose", call<&Builder::transposed<nn::ConvTranspose3d, 3>>},
              {"MaxPooling1D", call<&Builder::pooling<nn::MaxPool1d, 1>>},
              {"MaxPooling2D", call<&Builder::pooling<nn::MaxPool2d, 2>>},
              {"MaxPooling3D", call<&Builder::pooling<nn::MaxPool3d, 3>>},
              {"AveragePooling1D", call<&Builder::pooling<nn::AvgPool1d, 1>>},
              {"AveragePooling2D", call<&Builder::pooling<nn::AvgPool2d, 2>>},
              {"AveragePooling3D", call<&Builder::pooling<nn::AvgPool3d, 3>>},
              {"ZeroPadding1D", call<&Builder::padding<nn::ZeroPad1d, 1>>},
              {"ZeroPadding2D", call<&Builder::padding<nn::ZeroPad2d, 2>>},
              {"ZeroPadding3D", call<&Builder::padding<nn::ZeroPad3d, 3>>},
              {"Cropping1D", call<&Builder::cropping<1>>},
              {"Cropping2D", call<&Builder::cropping<2>>},
              {"Cropping3D", call<&Builder::cropping<3>>},
              {"UpSampling1D", call<&Builder::upsampling<1>>},
              {"UpSampling2D", call<&Builder::upsampling<2>>},
              {"UpSampling3D", call<&Builder::upsampling<3>>}});
  for (const char* const axes : {"1D", "2D", "3D"}) {
    all.emplace(fmt::format("GlobalMaxPooling{}", axes),
                call<&Builder::global_pooling<nn::GlobalMaxPooling>>);
    all.emplace(fmt::format("GlobalAveragePooling{}", axes),
                call<&Builder::global_pooling<nn::GlobalAveragePooling>>);
  }
}

}  // namespace taper::interop::detail
