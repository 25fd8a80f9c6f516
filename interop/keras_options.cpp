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

// The activations that are functions of elements.
const char* activation_name(const nn::Module& module) {
  if (as<nn::ReLU>(module)) return "relu";
  if (as<nn::ReLU6>(module)) return "relu6";
  if (as<nn::Sigmoid>(module)) return "sigmoid";
  if (as<nn::Tanh>(module)) return "tanh";
  if (as<nn::SELU>(module)) return "selu";
  if (as<nn::SiLU>(module)) return "silu";
  if (as<nn::Softsign>(module)) return "softsign";
  if (as<nn::Mish>(module)) return "mish";
  if (as<nn::Hardsigmoid>(module)) return "hard_sigmoid";
  if (as<nn::Hardswish>(module)) return "hard_silu";
  if (as<nn::LogSigmoid>(module)) return "log_sigmoid";
  if (as<nn::Tanhshrink>(module)) return "tanh_shrink";
  if (const auto* const gelu = as<nn::GELU>(module))
    return gelu->approximation == GeluApproximation::none ? "gelu" : nullptr;
  if (const auto* const softplus = as<nn::Softplus>(module))
    return softplus->beta == 1 ? "softplus" : nullptr;
  return nullptr;
}

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
    if (const char* const name = activation_name(module_)) {
      add("Activation", "activation", {{"activation", name}}).keeps_order = true;
    } else if (const auto* const leaky = as<nn::LeakyReLU>(module_)) {
      add("LeakyReLU", "leaky_re_lu", {{"negative_slope", leaky->negative_slope}}).keeps_order = true;
    } else if (const auto* const elu = as<nn::ELU>(module_)) {
      add("ELU", "elu", {{"alpha", elu->alpha}}).keeps_order = true;
    } else if (const auto* const dropout = as<nn::Dropout>(module_)) {
      add("Dropout", "dropout", {{"rate", dropout->p}}).keeps_order = true;
    } else if (const auto* const dropout1d = as<nn::Dropout1d>(module_)) {
      of_sequences_with_channels_first();
      add("SpatialDropout1D", "spatial_dropout1d", {{"rate", dropout1d->p}});
    } else if (const auto* const dropout2d = as<nn::Dropout2d>(module_)) {
      add("SpatialDropout2D", "spatial_dropout2d", {{"rate", dropout2d->p}});
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
      need(softmax->axis == -1 || softmax->axis == call_.in.rank() - 1, "the last axis");
      add("Softmax", "softmax").keeps_order = true;
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
      need(norm->options.normalized_shape.rank() == 1, "the last axis alone");
      add("LayerNormalization", "layer_normalization",
          {{"epsilon", norm->options.epsilon},
           {"center", norm->bias.defined()},
           {"scale", norm->weight.defined()}});
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

  void global(const char* what, const char* snake, bool keep) {
    of_sequences_with_channels_first();
    add(fmt::format("Global{}Pooling{}D", what, axes()), fmt::format("global_{}_pooling{}d", snake, axes()),
        {{"data_format", "channels_last"}, {"keepdims", keep}});
  }

  bool images() {
    if (convolution<nn::Conv1d>(1) || convolution<nn::Conv2d>(2) || convolution<nn::Conv3d>(3) ||
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
    } else if (const auto* const separable = as<SeparableConv2d>(module_)) {
      const auto& first = dynamic_cast<const nn::Conv2d&>(*separable->depthwise);
      const auto& second = dynamic_cast<const nn::Conv2d&>(*separable->pointwise);
      Options inner(first, call_);
      inner.convolution<nn::Conv2d>(2);
      Json config = inner.all_.back().config;
      if (config.contains("groups")) config["depth_multiplier"] = first.weight.size(0) / first.options.groups;
      config.erase("groups");
      config["filters"] = second.weight.size(0);
      config["use_bias"] = second.bias.defined();
      config["activation"] = name_of(second.options.activation);
      inner.all_.pop_back();
      std::move(inner.all_.begin(), inner.all_.end(), std::back_inserter(all_));
      add("SeparableConv2D", "separable_conv2d", config);
    } else if (const auto* const upward = as<nn::ConvTranspose2d>(module_)) {
      const auto& own = upward->options;
      const Shape kernel{upward->weight.size(2), upward->weight.size(3)}, stride = own.stride.list();
      const Shape padding = own.padding.list(), more = own.output_padding.list();
      bool valid = own.dilation == Extent2d(1), same = valid;
      for (int i = 0; i < 2; ++i) {
        const std::int64_t surplus = std::max<std::int64_t>(kernel[i] - stride[i], 0);
        const bool fits = more[i] == std::max<std::int64_t>(stride[i] - kernel[i], 0);
        valid = valid && fits && padding[i] == 0;
        same = same && fits && 2 * padding[i] == surplus;
      }
      need(valid || same, "a padding that is Keras's valid or same");
      add("Conv2DTranspose", "conv2d_transpose",
          {{"filters", upward->weight.size(1)},
           {"kernel_size", list(kernel)},
           {"strides", list(stride)},
           {"padding", valid ? "valid" : "same"},
           {"data_format", "channels_last"},
           {"use_bias", upward->bias.defined()}});
    } else if (const auto* const pad = as<nn::ZeroPad2d>(module_)) {
      add("ZeroPadding2D", "zero_padding2d",
          {{"padding",
            {{pad->widths[0].before, pad->widths[0].after}, {pad->widths[1].before, pad->widths[1].after}}},
           {"data_format", "channels_last"}});
    } else if (const auto* const up = as<nn::Upsample>(module_)) {
      const ScaleFactors& factors = up->options.scale_factor;
      need(call_.in.rank() == 4 && up->options.mode == Resampling::nearest && factors.count > 0,
           "images, a scale_factor, and the mode nearest");
      const double rows = factors.values[0], columns = factors.values[factors.count > 1 ? 1 : 0];
      const auto whole_rows = static_cast<std::int64_t>(rows),
                 whole_columns = static_cast<std::int64_t>(columns);
      need(static_cast<double>(whole_rows) == rows && static_cast<double>(whole_columns) == columns,
           "whole factors");
      add("UpSampling2D", "up_sampling2d",
          {{"size", {whole_rows, whole_columns}},
           {"interpolation", "nearest"},
           {"data_format", "channels_last"}});
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
