// The options of Keras's layers for the modules here.
#include <algorithm>

#include <fmt/format.h>

#include <taper/interop/keras/options.h>
#include <taper/nn/nn.h>
#include <taper/tensor/error.h>

namespace taper::interop::detail {
namespace {

template <class M>
const M* as(const nn::Module& module) {
  return dynamic_cast<const M*>(&module);
}

Json list(const Shape& extents) {
  Json result = Json::array();
  for (const std::int64_t extent : extents) result.push_back(extent);
  return result;
}

const char* name_of(Activation activation) { return activation == Activation::relu ? "relu" : "linear"; }

// The extents behind the channels.
Shape space(const Shape& shape, bool channels_last) {
  Shape result;
  for (int axis = 1; axis < shape.rank(); ++axis)
    if (axis != (channels_last ? shape.rank() - 1 : 1)) result.push_back(shape[axis]);
  return result;
}

void need(bool holds, const char* wanted) {
  if (!holds) throw ValueError(fmt::format("Keras's layer cannot do that: expected {}", wanted));
}

class Options {
 public:
  Options(const nn::Module& module, const CallOfModule& call) : module_(module), call_(call) {}

  std::vector<KerasOptions> take() {
    if (!elementwise() && !features() && !sequences() && !images() && !as<nn::Identity>(module_))
      throw ValueError(fmt::format("Keras has no layer for {}", module_.type()));
    return std::move(all_);
  }

 private:
  KerasOptions& add(const std::string& class_name, const std::string& snake, Json config = Json::object()) {
    all_.push_back({class_name, snake, std::move(config)});
    return all_.back();
  }
  // Of the last axis, which is not that of the channels of images here.
  void of_last_axis() const {
    need(call_.wrapped || call_.in.rank() < 4, "no images, or the layer in interop::ChannelsLast");
  }
  void of_sequences_with_channels_first() const {
    need(call_.wrapped || call_.in.rank() != 3,
         "sequences [N, L, C], with the layer in interop::ChannelsFirst");
  }
  int axes() const { return call_.in.rank() - 2; }

  bool elementwise() {
    if (const std::string name = activation_name(module_); !name.empty()) {
      add("Activation", "activation", {{"activation", name}}).keeps_order = true;
    } else if (const auto* const leaky = as<nn::LeakyReLU>(module_)) {
      add("LeakyReLU", "leaky_re_lu", {{"negative_slope", leaky->negative_slope}}).keeps_order = true;
    } else if (const auto* const clipped = as<nn::Hardtanh>(module_)) {
      need(clipped->low == 0, "a Hardtanh from -1 to 1, or from 0 on");
      add("ReLU", "re_lu", {{"max_value", clipped->high}}).keeps_order = true;
    } else if (const auto* const above = as<nn::Threshold>(module_)) {
      need(above->value == 0, "a Threshold with 0 below it");
      add("ReLU", "re_lu", {{"threshold", above->limit}}).keeps_order = true;
    } else if (const auto* const elu = as<nn::ELU>(module_)) {
      add("ELU", "elu", {{"alpha", elu->alpha}}).keeps_order = true;
    } else if (const auto* const dropout = as<nn::Dropout>(module_)) {
      add("Dropout", "dropout", {{"rate", dropout->p}}).keeps_order = true;
    } else if (const auto* const dropout1d = as<nn::Dropout1d>(module_)) {
      of_sequences_with_channels_first();
      add("SpatialDropout1D", "spatial_dropout1d", {{"rate", dropout1d->p}});
    } else if (const auto* const dropout2d = as<nn::Dropout2d>(module_)) {
      add("SpatialDropout2D", "spatial_dropout2d", {{"rate", dropout2d->p}});
    } else if (const auto* const dropout3d = as<nn::Dropout3d>(module_)) {
      add("SpatialDropout3D", "spatial_dropout3d", {{"rate", dropout3d->p}});
    } else if (const auto* const alpha = as<nn::AlphaDropout>(module_)) {
      add("AlphaDropout", "alpha_dropout", {{"rate", alpha->p}}).keeps_order = true;
    } else if (const auto* const gaussian = as<nn::GaussianDropout>(module_)) {
      add("GaussianDropout", "gaussian_dropout", {{"rate", gaussian->p}}).keeps_order = true;
    } else if (const auto* const noise = as<nn::GaussianNoise>(module_)) {
      add("GaussianNoise", "gaussian_noise", {{"stddev", noise->standard_deviation}}).keeps_order = true;
    } else if (const auto* const scale = as<Rescaling>(module_)) {
      add("Rescaling", "rescaling", {{"scale", scale->scale}, {"offset", scale->offset}}).keeps_order = true;
    } else {
      return false;
    }
    return true;
  }

  bool features() {
    if (const auto* const linear = as<nn::Linear>(module_)) {
      of_last_axis();
      add("Dense", "dense",
          {{"units", linear->weight.size(0)},
           {"activation", name_of(linear->activation)},
           {"use_bias", linear->bias.defined()}});
    } else if (const auto* const softmax = as<nn::Softmax>(module_)) {
      of_last_axis();
      need(softmax->axis != 0 && softmax->axis != -call_.in.rank(), "an axis that is not the batch's");
      add("Softmax", "softmax", {{"axis", softmax->axis}}).keeps_order = true;
    } else if (const auto* const log_softmax = as<nn::LogSoftmax>(module_)) {
      of_last_axis();
      need(log_softmax->axis == -1 || log_softmax->axis == call_.in.rank() - 1, "the last axis");
      add("Activation", "activation", {{"activation", "log_softmax"}}).keeps_order = true;
    } else if (const auto* const batch = as<nn::BatchNorm>(module_)) {
      of_sequences_with_channels_first();
      need(batch->running_mean.defined(), "running statistics");
      KerasOptions& layer = add("BatchNormalization", "batch_normalization",
                                {{"momentum", 1 - batch->options.momentum},
                                 {"epsilon", batch->options.epsilon},
                                 {"center", batch->weight.defined()},
                                 {"scale", batch->weight.defined()}});
      layer.keeps_order = call_.in.rank() == 2;
    } else if (const auto* const norm = as<nn::LayerNorm>(module_)) {
      of_last_axis();
      Json axes = Json::array();
      for (int axis = -norm->options.normalized_shape.rank(); axis < 0; ++axis) axes.push_back(axis);
      add("LayerNormalization", "layer_normalization",
          {{"axis", axes.size() == 1 ? Json(-1) : axes},
           {"epsilon", norm->options.epsilon},
           {"center", norm->bias.defined()},
           {"scale", norm->weight.defined()}});
    } else if (const auto* const rms = as<nn::RMSNorm>(module_)) {
      of_last_axis();
      need(rms->weight.defined() && rms->weight.rank() == 1 && rms->options.epsilon,
           "the last axis alone, a weight, and a given epsilon");
      add("RMSNormalization", "rms_normalization", {{"epsilon", *rms->options.epsilon}});
    } else if (as<UnitNormalization>(module_)) {
      of_last_axis();
      add("UnitNormalization", "unit_normalization");
    } else if (const auto* const group = as<nn::GroupNorm>(module_)) {
      of_sequences_with_channels_first();
      add("GroupNormalization", "group_normalization",
          {{"groups", group->options.num_groups},
           {"epsilon", group->options.epsilon},
           {"center", group->weight.defined()},
           {"scale", group->weight.defined()}});
    } else if (const auto* const prelu = as<nn::PReLU>(module_)) {
      need(call_.in.rank() == 2 && prelu->weight.numel() == call_.in[1], "features, and a slope for each");
      add("PReLU", "p_re_lu").keeps_order = true;
    } else if (const auto* const flatten = as<nn::Flatten>(module_)) {
      need(flatten->start == 1, "a Flatten of all axes but the batch");
      add("Flatten", "flatten");
    } else if (const auto* const reshape = as<Reshape>(module_)) {
      need(call_.wrapped || (call_.in.rank() < 4 && call_.out.rank() < 4),
           "no images, or interop::ChannelsLast");
      add("Reshape", "reshape", {{"target_shape", list(reshape->shape)}});
    } else if (const auto* const permute = as<Permute>(module_)) {
      need(call_.wrapped || (call_.in.rank() < 4 && call_.out.rank() < 4),
           "no images, or interop::ChannelsLast");
      add("Permute", "permute", {{"dims", list(permute->dims)}});
    } else if (const auto* const repeat = as<RepeatVector>(module_)) {
      add("RepeatVector", "repeat_vector", {{"n", repeat->count}});
    } else {
      return false;
    }
    return true;
  }

  template <class M>
  bool recurrent(const char* class_name, const char* snake) {
    const auto* const layer = as<KerasRecurrent<M>>(module_);
    if (layer == nullptr) return false;
    const nn::RecurrentOptions& own = layer->layer.options;
    Json config{{"units", own.hidden_size},
                {"use_bias", own.bias},
                {"return_sequences", layer->options.return_sequences},
                {"go_backwards", layer->options.go_backwards}};
    if constexpr (std::is_same_v<M, nn::GRU>) config["reset_after"] = own.reset_after;
    if constexpr (std::is_same_v<M, nn::RNN>)
      config["activation"] = own.nonlinearity == RecurrentActivation::relu ? "relu" : "tanh";
    if (!own.bidirectional) {
      add(class_name, snake, config);
      return true;
    }
    const char* const modes[] = {"sum", "", "mul", "ave", "", "", "concat"};
    config["name"] = std::string("of_") + snake;
    config["dtype"] = own.dtype == float64 ? "float64" : "float32";
    add("Bidirectional", "bidirectional",
        {{"merge_mode", modes[static_cast<int>(layer->options.merge_mode)]},
         {"layer",
          {{"module", "keras.layers"},
           {"class_name", class_name},
           {"config", config},
           {"registered_name", nullptr}}}});
    return true;
  }

  bool sequences() {
    if (recurrent<nn::LSTM>("LSTM", "lstm") || recurrent<nn::GRU>("GRU", "gru") ||
        recurrent<nn::RNN>("SimpleRNN", "simple_rnn"))
      return true;
    if (const auto* const embedding = as<nn::Embedding>(module_)) {
      need(!embedding->options.padding_index && !embedding->options.max_norm,
           "no padding_index and no max_norm");
      add("Embedding", "embedding",
          {{"input_dim", embedding->weight.size(0)}, {"output_dim", embedding->weight.size(1)}});
    } else if (const auto* const attention = as<SelfAttention>(module_)) {
      const auto& own = dynamic_cast<const nn::MultiheadAttention&>(*attention->layer).options;
      add("MultiHeadAttention", "multi_head_attention",
          {{"num_heads", own.num_heads},
           {"key_dim", own.embed_dim / own.num_heads},
           {"use_bias", own.bias},
           {"dropout", own.dropout}})
          .inputs = 2;
    } else {
      return false;
    }
    return true;
  }

  template <class M>
  bool convolution(int count) {
    const auto* const layer = as<M>(module_);
    if (layer == nullptr) return false;
    of_sequences_with_channels_first();
    const auto& own = layer->options;
    need(own.padding_mode == PadMode::constant, "a padding of zeros");
    Shape kernel = layer->weight.shape();
    kernel.erase(0), kernel.erase(0);
    const Shape padding = own.padding.list(), stride = own.stride.list(), dilation = own.dilation.list();
    bool same = own.padding.same, any = false;
    bool by_number = true;  // whether the number is what "same" means
    for (int i = 0; i < count; ++i) {
      any = any || padding[i] != 0;
      by_number = by_number && stride[i] == 1 && 2 * padding[i] == dilation[i] * (kernel[i] - 1);
    }
    if (!same && any && by_number) same = true;
    if (!same && any) {
      need(count == 2, "no padding, or padding that keeps the extents");
      add("ZeroPadding2D", "zero_padding2d",
          {{"padding", {{padding[0], padding[0]}, {padding[1], padding[1]}}},
           {"data_format", "channels_last"}});
    }
    Json config{{"kernel_size", list(kernel)},        {"strides", list(stride)},
                {"padding", same ? "same" : "valid"}, {"data_format", "channels_last"},
                {"dilation_rate", list(dilation)},    {"activation", name_of(own.activation)},
                {"use_bias", layer->bias.defined()}};
    const KerasLayer known = describe(module_, {});
    if (known.class_name.starts_with("Depthwise")) {
      config["depth_multiplier"] = layer->weight.size(0) / own.groups;
    } else {
      config["filters"] = layer->weight.size(0);
      config["groups"] = own.groups;
    }
    add(known.class_name, known.snake, config);
    const Shape pool = own.max_pool.list();
    if (pool != Shape::filled(count, 1))
      add(fmt::format("MaxPooling{}D", count), fmt::format("max_pooling{}d", count),
          {{"pool_size", list(pool)},
           {"strides", list(pool)},
           {"padding", "valid"},
           {"data_format", "channels_last"}});
    return true;
  }

  template <class M>
  bool pooling(const char* what, const char* snake, int count) {
    const auto* const layer = as<M>(module_);
    if (layer == nullptr) return false;
    of_sequences_with_channels_first();
    const compute::Pooling own(layer->options);
    need(own.dilation == Shape::filled(count, 1) && own.divisor == 0, "no dilation and no divisor_override");
    // ChannelsFirst gets sequences with the channels last.
    const Shape in = space(call_.in, call_.wrapped), out = space(call_.out, call_.wrapped);
    bool valid = true, same = true;
    for (int i = 0; i < count; ++i) {
      const std::int64_t added = (out[i] - 1) * own.stride[i] + own.size[i] - in[i];
      valid = valid && own.padding[i] == 0 && added <= 0;
      same = same && out[i] == (in[i] + own.stride[i] - 1) / own.stride[i] &&
             own.padding[i] == std::max<std::int64_t>(added, 0) / 2;
    }
    need(valid || (same && !own.count_include_pad), "a padding that is Keras's valid or same");
    add(fmt::format("{}Pooling{}D", what, count), fmt::format("{}_pooling{}d", snake, count),
        {{"pool_size", list(own.size)},
         {"strides", list(own.stride)},
         {"padding", valid ? "valid" : "same"},
         {"data_format", "channels_last"}});
    return true;
  }

  // Widths of the axes behind the channels.
  void resizes(const char* what, const char* snake, const char* option, const std::vector<PadWidth>& widths) {
    Json pairs = Json::array();
    for (const PadWidth& each : widths) pairs.push_back({each.before, each.after});
    Json& config = add(fmt::format("{}{}D", what, widths.size()), fmt::format("{}{}d", snake, widths.size()),
                       {{option, widths.size() == 1 ? pairs[0] : pairs}})
                       .config;
    if (widths.size() > 1) config["data_format"] = "channels_last";
  }

  template <class M>
  bool padding(int count) {
    const auto* const layer = as<M>(module_);
    if (layer == nullptr) return false;
    of_sequences_with_channels_first();
    need(axes() == count, "a border of all axes behind the channels");
    resizes("ZeroPadding", "zero_padding", "padding", layer->widths);
    return true;
  }

  bool cropping() {
    const auto* const layer = as<Cropping>(module_);
    if (layer == nullptr) return false;
    of_sequences_with_channels_first();
    need(axes() > 0 && layer->widths.size() == static_cast<std::size_t>(axes()),
         "a cropping of all axes behind the channels");
    resizes("Cropping", "cropping", "cropping", layer->widths);
    return true;
  }

  template <class M>
  bool separable(int count) {
    const auto* const layer = as<SeparableConv<M>>(module_);
    if (layer == nullptr) return false;
    Options inner(*layer->depthwise, call_);
    inner.template convolution<M>(count);
    Json config = inner.all_.back().config;
    const auto &first = layer->depthwise->options, &second = layer->pointwise->options;
    config["depth_multiplier"] = layer->depthwise->weight.size(0) / first.groups;
    config.erase("groups");
    config["filters"] = layer->pointwise->weight.size(0);
    config["use_bias"] = layer->pointwise->bias.defined();
    config["activation"] = name_of(second.activation);
    inner.all_.pop_back();
    std::move(inner.all_.begin(), inner.all_.end(), std::back_inserter(all_));
    add(fmt::format("SeparableConv{}D", count), fmt::format("separable_conv{}d", count), config);
    return true;
  }

  template <class M>
  bool transposed(int count) {
    const auto* const layer = as<M>(module_);
    if (layer == nullptr) return false;
    of_sequences_with_channels_first();
    const auto& own = layer->options;
    Shape kernel = layer->weight.shape();
    kernel.erase(0), kernel.erase(0);
    const Shape stride = own.stride.list(), padding = own.padding.list(), added = own.output_padding.list();
    need(own.dilation.list() == Shape::filled(count, 1), "no dilation");
    // All of the result, of which what is taken away before and behind is cropped, unless it is Keras's
    // "same".
    std::vector<PadWidth> cropped;
    bool valid = true, same = true;
    for (int i = 0; i < count; ++i) {
      const std::int64_t more = added[i] - std::max<std::int64_t>(stride[i] - kernel[i], 0);
      const std::int64_t surplus = std::max<std::int64_t>(kernel[i] - stride[i], 0);
      cropped.push_back({padding[i], padding[i] - more});
      need(cropped.back().after >= 0, "an output_padding that adds no more than padding takes away");
      valid = valid && padding[i] == 0 && more == 0;
      same = same && 2 * padding[i] == surplus && more == 0;
    }
    add(fmt::format("Conv{}DTranspose", count), fmt::format("conv{}d_transpose", count),
        {{"filters", layer->weight.size(1)},
         {"kernel_size", list(kernel)},
         {"strides", list(stride)},
         {"padding", valid || !same ? "valid" : "same"},
         {"data_format", "channels_last"},
         {"use_bias", layer->bias.defined()}});
    if (!valid && !same) resizes("Cropping", "cropping", "cropping", cropped);
    return true;
  }

  void global(const char* what, const char* snake, bool keep) {
    of_sequences_with_channels_first();
    add(fmt::format("Global{}Pooling{}D", what, axes()), fmt::format("global_{}_pooling{}d", snake, axes()),
        {{"data_format", "channels_last"}, {"keepdims", keep}});
  }

  bool images() {
    if (separable<nn::Conv1d>(1) || separable<nn::Conv2d>(2) || transposed<nn::ConvTranspose1d>(1) ||
        transposed<nn::ConvTranspose2d>(2) || transposed<nn::ConvTranspose3d>(3) ||
        padding<nn::ZeroPad1d>(1) || padding<nn::ZeroPad2d>(2) || padding<nn::ZeroPad3d>(3) || cropping() ||
        convolution<nn::Conv1d>(1) || convolution<nn::Conv2d>(2) || convolution<nn::Conv3d>(3) ||
        pooling<nn::MaxPool1d>("Max", "max", 1) || pooling<nn::MaxPool2d>("Max", "max", 2) ||
        pooling<nn::MaxPool3d>("Max", "max", 3) || pooling<nn::AvgPool1d>("Average", "average", 1) ||
        pooling<nn::AvgPool2d>("Average", "average", 2) || pooling<nn::AvgPool3d>("Average", "average", 3))
      return true;
    if (const auto* const mean = as<nn::GlobalAveragePooling>(module_)) {
      global("Average", "average", mean->keepdim);
    } else if (const auto* const largest = as<nn::GlobalMaxPooling>(module_)) {
      global("Max", "max", largest->keepdim);
    } else if (const auto* const adaptive = as<nn::AdaptiveAvgPool2d>(module_)) {
      need(adaptive->size == Extent2d(1), "a result of 1 x 1");
      global("Average", "average", true);
    } else if (const auto* const up = as<nn::Upsample>(module_)) {
      of_sequences_with_channels_first();
      const ScaleFactors& factors = up->options.scale_factor;
      const bool bilinear = up->options.mode == Resampling::bilinear && axes() == 2;
      need((up->options.mode == Resampling::nearest || (bilinear && !up->options.align_corners)) &&
               factors.count > 0,
           "a scale_factor, and the mode nearest or, of images, bilinear without align_corners");
      Json size = Json::array();
      for (int i = 0; i < axes(); ++i) {
        const double factor = factors.values[factors.count > 1 ? i : 0];
        const auto whole = static_cast<std::int64_t>(factor);
        need(static_cast<double>(whole) == factor, "whole factors");
        size.push_back(whole);
      }
      Json& config = add(fmt::format("UpSampling{}D", axes()), fmt::format("up_sampling{}d", axes()),
                         {{"size", axes() == 1 ? size[0] : size}})
                         .config;
      if (axes() == 2) config["interpolation"] = bilinear ? "bilinear" : "nearest";
      if (axes() > 1) config["data_format"] = "channels_last";
    } else {
      return false;
    }
    return true;
  }

  const nn::Module& module_;
  const CallOfModule& call_;
  std::vector<KerasOptions> all_;
};

}  // namespace

std::vector<KerasOptions> options_of(const nn::Module& module, const CallOfModule& call) {
  return Options(module, call).take();
}

KerasOptions options_of(Merge merge) {
  switch (merge) {
    case Merge::add:
      return {"Add", "add", Json::object(), false, 2, true, {}};
    case Merge::subtract:
      return {"Subtract", "subtract", Json::object(), false, 2, true, {}};
    case Merge::multiply:
      return {"Multiply", "multiply", Json::object(), false, 2, true, {}};
    case Merge::average:
      return {"Average", "average", Json::object(), false, 2, true, {}};
    case Merge::maximum:
      return {"Maximum", "maximum", Json::object(), false, 2, true, {}};
    case Merge::minimum:
      return {"Minimum", "minimum", Json::object(), false, 2, true, {}};
    case Merge::concatenate:
      break;
  }
  return {"Concatenate", "concatenate", {{"axis", -1}}, false, 2, true, {}};
}

Json keras_shape(const Shape& shape) {
  Json result = Json::array({nullptr});
  for (int axis = shape.rank() > 3 ? 2 : 1; axis < shape.rank(); ++axis) result.push_back(shape[axis]);
  if (shape.rank() > 3) result.push_back(shape[1]);
  return result;
}

}  // namespace taper::interop::detail
