// Builder: activations, normalization, embeddings, recurrent layers and attention.
#include <algorithm>

#include <taper/autograd/ops/math.h>
#include <taper/interop/keras/builder_layer.h>
#include <taper/interop/keras/options.h>
#include <taper/nn/nn.h>

namespace taper::interop::detail {
namespace {

using Shapes = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;

// Keras's name of an activation, which may be a name or an object.
std::string activation_name_of(const Json& which) {
  if (which.is_null()) return "linear";
  if (which.is_object()) return which.at("config").is_string() ? which.at("config") : which.at("class_name");
  return which.get<std::string>();
}

// How many of the last axes `axis` names, a number or a list.
int last_axes(const Json& axis, int rank) {
  std::vector<std::int64_t> axes;
  if (axis.is_array())
    axes = integers(axis);
  else
    axes.push_back(integer(axis));
  for (std::int64_t& each : axes) each = each < 0 ? each : each - rank - 1;
  std::sort(axes.begin(), axes.end());
  const auto count = static_cast<std::int64_t>(axes.size());
  for (std::int64_t i = 0; i < count; ++i)
    if (count > rank || axes[static_cast<std::size_t>(i)] != i - count)
      throw ValueError(fmt::format("expected the last axes, got axis {}", axis.dump()));
  if (count == 0) throw ValueError("expected an axis, got none");
  return static_cast<int>(count);
}

}  // namespace

void Builder::activation(Layer& layer, const Json& which) {
  const std::string name = activation_name_of(which);
  if (name == "linear") return;
  layer.modules.push_back(activation_of(name));
  if (name.ends_with("softmax") && layer.rank() > 2) layer.wrap<ChannelsLast>();
}

void Builder::relu(Layer& layer) {
  const double slope = layer.number("negative_slope", 0), threshold = layer.number("threshold", 0);
  const Json most = layer.options.value("max_value", Json());
  if ((slope != 0) + (threshold != 0) + !most.is_null() > 1)
    throw ValueError("only one of max_value, negative_slope and threshold is supported at a time");
  if (most == 6.)
    layer.push(nn::ReLU6());
  else if (!most.is_null())
    layer.push(nn::Hardtanh(0, most.get<double>()));
  else if (slope != 0)
    layer.push(nn::LeakyReLU(slope));
  else if (threshold != 0)
    layer.push(nn::Threshold(threshold, 0));
  else
    layer.push(nn::ReLU());
}

void Builder::softmax(Layer& layer) {
  const auto axis = layer.get("axis", std::int64_t{-1});
  if (axis == 0 || axis > layer.rank() || axis < -layer.rank())
    throw ValueError(fmt::format("expected an axis behind the batch, got {}", axis));
  layer.push(nn::Softmax(axis));
  if (layer.rank() > 2) layer.wrap<ChannelsLast>();
}

void Builder::batch_normalization(Layer& layer) {
  const std::int64_t channels = layer.channels(), axis = layer.get("axis", std::int64_t{-1});
  if (axis != -1 && axis != layer.rank()) throw ValueError("expected the last axis");
  const bool affine = layer.get("scale", true);
  if (affine != layer.get("center", true))
    throw ValueError("center without scale, or scale without center, is not supported");
  layer.only("renorm", false);
  Shapes shapes;
  for (int i = 0; i < (affine ? 4 : 2); ++i) shapes.push_back({fmt::format("vars/{}", i), {channels}});
  layer.expect("batch_normalization", shapes);
  const nn::BatchNorm::Options options{.num_features = channels,
                                       .epsilon = layer.number("epsilon", 1e-3),
                                       .momentum = 1 - layer.number("momentum", 0.99),
                                       .affine = affine,
                                       .unbiased = false,
                                       .dtype = layer.dtype};
  switch (layer.rank()) {
    case 1:
    case 2:
      layer.push(nn::BatchNorm1d(options));
      break;
    case 3:
      layer.push(nn::BatchNorm2d(options));
      break;
    default:
      layer.push(nn::BatchNorm3d(options));
      break;
  }
  if (!layer.value.image.empty()) {
    const auto& norm = dynamic_cast<const nn::BatchNorm&>(*layer.modules.back());
    flattened[(affine ? norm.weight : norm.running_mean).raw()] = layer.value.image;
  }
  if (layer.rank() == 2) layer.wrap<ChannelsFirst>();
}

void Builder::layer_normalization(Layer& layer) {
  Shape extents;
  for (int axis = layer.rank() - last_axes(layer.options.value("axis", Json(-1)), layer.rank());
       axis < layer.rank(); ++axis) {
    const std::int64_t extent = layer.value.shape[static_cast<std::size_t>(axis)];
    if (extent < 1) throw ValueError("the extents of the axes that are normalized must be known");
    extents.push_back(extent);
  }
  layer.only("rms_scaling", false);
  const bool scale = layer.get("scale", true), center = layer.get("center", true);
  if (center && !scale) throw ValueError("center without scale is not supported");
  Shapes shapes;
  for (int i = 0; i < scale + center; ++i)
    shapes.push_back({fmt::format("vars/{}", i), {extents.begin(), extents.end()}});
  layer.expect("layer_normalization", shapes);
  layer.push(nn::LayerNorm({.normalized_shape = extents,
                            .epsilon = layer.number("epsilon", 1e-3),
                            .affine = scale,
                            .bias = center,
                            .dtype = layer.dtype}));
  if (layer.rank() > 2) layer.wrap<ChannelsLast>();
}

void Builder::group_normalization(Layer& layer) {
  const std::int64_t channels = layer.channels(), axis = layer.get("axis", std::int64_t{-1});
  std::int64_t groups = layer.get("groups", std::int64_t{32});
  if (axis != -1 && axis != layer.rank()) throw ValueError("expected the last axis");
  if (groups == -1) groups = channels;
  const bool affine = layer.get("scale", true);
  if (affine != layer.get("center", true))
    throw ValueError("center without scale, or scale without center, is not supported");
  Shapes shapes;
  for (int i = 0; i < 2 * affine; ++i) shapes.push_back({fmt::format("vars/{}", i), {channels}});
  layer.expect("group_normalization", shapes);
  layer.push(nn::GroupNorm({.num_groups = groups,
                            .num_channels = channels,
                            .epsilon = layer.number("epsilon", 1e-3),
                            .affine = affine,
                            .dtype = layer.dtype}));
  if (layer.rank() == 2) layer.wrap<ChannelsFirst>();
}

void Builder::rms_normalization(Layer& layer) {
  const std::int64_t channels = layer.channels();
  if (last_axes(layer.options.value("axis", Json(-1)), layer.rank()) != 1)
    throw ValueError("expected the last axis alone");
  layer.expect("rms_normalization", {{"vars/0", {channels}}});
  layer.push(nn::RMSNorm(
      {.normalized_shape = channels, .epsilon = layer.number("epsilon", 1e-6), .dtype = layer.dtype}));
  if (layer.rank() > 2) layer.wrap<ChannelsLast>();
}

void Builder::embedding(Layer& layer) {
  const auto words = layer.get<std::int64_t>("input_dim"), size = layer.get<std::int64_t>("output_dim");
  if (layer.get("mask_zero", false))
    throw ValueError("mask_zero is not supported: steps of padding count here as any others");
  layer.expect("embedding", {{"vars/0", {words, size}}});
  layer.push(nn::Embedding({.num_embeddings = words,
                            .embedding_dim = size,
                            .weight_initializer = nn::init::zeros,
                            .dtype = layer.dtype}));
  if (layer.rank() != 1) throw ShapeError("expected an input of one axis behind the batch");
  layer.value.shape.push_back(size);
}

void Builder::prelu(Layer& layer) {
  const std::int64_t channels = layer.channels();
  if (layer.rank() != 1) throw ShapeError("expected features, an input of one axis behind the batch");
  layer.expect("p_re_lu", {{"vars/0", {channels}}});
  const nn::PReLU prelu(channels, 0, layer.dtype);
  if (!layer.value.image.empty()) flattened[prelu.weight.raw()] = layer.value.image;
  layer.push(prelu);
}

void Builder::recurrent(Layer& layer) {
  const Json* const wrapper = layer.kind == "Bidirectional" ? &layer.options : nullptr;
  const std::string kind =
      wrapper == nullptr ? layer.kind : wrapper->at("layer").at("class_name").get<std::string>();
  const Json& options = wrapper == nullptr ? layer.options : wrapper->at("layer").at("config");
  if (layer.rank() != 2) throw ShapeError("expected an input of [steps, features] behind the batch");
  if (kind != "LSTM" && kind != "GRU" && kind != "SimpleRNN")
    throw ValueError(fmt::format("expected LSTM, GRU or SimpleRNN in it, got {}", kind));
  const auto only = [&](const char* key, const Json& wanted, const char* why) {
    if (options.value(key, wanted) != wanted)
      throw ValueError(fmt::format("{} = {} is not supported: {}", key, options.at(key).dump(), why));
  };
  only("return_state", false, "a layer has one result here");
  only("stateful", false, "each call begins with a state of zeros");
  only("dropout", 0., "put a Dropout in front of the layer");
  only("recurrent_dropout", 0., "a Dropout behind the layer may serve instead");
  const std::string activation = activation_name_of(options.value("activation", Json("tanh")));
  if (activation != "tanh" && (kind != "SimpleRNN" || activation != "relu"))
    throw ValueError(fmt::format("activation {} is not supported: expected tanh{}", activation,
                                 kind == "SimpleRNN" ? " or relu" : ""));
  if (kind != "SimpleRNN") only("recurrent_activation", "sigmoid", "expected sigmoid");
  if (wrapper != nullptr) {
    const Json backward = wrapper->value("backward_layer", Json());
    if (backward.is_object())
      for (const char* const key : {"units", "activation", "recurrent_activation", "use_bias", "reset_after",
                                    "dropout", "recurrent_dropout", "return_sequences"})
        if (backward.at("class_name") != kind ||
            backward.at("config").value(key, Json()) != options.value(key, Json()))
          throw ValueError("expected a backward_layer with the options of the other one");
  }
  const std::int64_t in = layer.channels(), units = options.at("units"),
                     gates = kind == "LSTM"  ? 4
                             : kind == "GRU" ? 3
                                             : 1;
  if (units < 1 || units > Layer::compute_limit) throw ValueError("its units are out of range");
  const bool bias = options.value("use_bias", true),
             reset_after = kind == "GRU" && options.value("reset_after", true);
  Shapes shapes;
  for (const char* const below : wrapper == nullptr
                                     ? std::vector<const char*>{""}
                                     : std::vector<const char*>{"forward_layer/", "backward_layer/"}) {
    const std::string vars = std::string(below) + "cell/vars/";
    shapes.push_back({vars + "0", {in, gates * units}});
    shapes.push_back({vars + "1", {units, gates * units}});
    if (bias && reset_after) shapes.push_back({vars + "2", {2, gates * units}});
    if (bias && !reset_after) shapes.push_back({vars + "2", {gates * units}});
  }
  layer.expect(wrapper != nullptr ? "bidirectional"
               : kind == "LSTM"   ? "lstm"
               : kind == "GRU"    ? "gru"
                                  : "simple_rnn",
               shapes);
  KerasRecurrentOptions how{.return_sequences = options.value("return_sequences", false),
                            .go_backwards = options.value("go_backwards", false)};
  if (wrapper != nullptr) {
    if (how.go_backwards)
      throw ValueError("go_backwards is not supported in it: the other layer goes backwards");
    static const std::map<Json, Merge> modes{{"concat", Merge::concatenate},
                                             {"sum", Merge::add},
                                             {"mul", Merge::multiply},
                                             {"ave", Merge::average}};
    const auto found = modes.find(wrapper->value("merge_mode", Json("concat")));
    if (found == modes.end())
      throw ValueError("expected merge_mode concat, sum, mul or ave: a layer has one result here");
    how.merge_mode = found->second;
  }
  nn::RecurrentOptions own{.input_size = in,
                           .hidden_size = units,
                           .bias = bias,
                           .hidden_bias = reset_after,
                           .batch_first = true,
                           .bidirectional = wrapper != nullptr,
                           .weight_initializer = nn::init::zeros,
                           .recurrent_initializer = nn::init::zeros,
                           .bias_initializer = nn::init::zeros,
                           .dtype = layer.dtype};
  if (kind == "GRU") own.reset_after = reset_after;
  if (kind == "SimpleRNN" && activation == "relu") own.nonlinearity = RecurrentActivation::relu;
  if (kind == "LSTM") layer.push(KerasRecurrent<nn::LSTM>(own, how));
  if (kind == "GRU") layer.push(KerasRecurrent<nn::GRU>(own, how));
  if (kind == "SimpleRNN") layer.push(KerasRecurrent<nn::RNN>(own, how));
  const std::int64_t out = units * (wrapper != nullptr && how.merge_mode == Merge::concatenate ? 2 : 1);
  layer.value.shape = how.return_sequences ? std::vector<std::int64_t>{layer.value.shape[0], out}
                                           : std::vector<std::int64_t>{out};
}

void Builder::attention(Layer& layer) {
  if (layer.rank() != 2) throw ShapeError("expected an input of [steps, features] behind the batch");
  const std::int64_t features = layer.channels();
  const auto heads = layer.get<std::int64_t>("num_heads"), size = layer.get<std::int64_t>("key_dim");
  if (heads < 1 || size < 1 || heads > Layer::compute_limit || size > Layer::compute_limit ||
      heads * size != features)
    throw ValueError("expected num_heads x key_dim to be the features of its input");
  if (layer.get("value_dim", size) != size) throw ValueError("expected value_dim to be key_dim");
  layer.only("use_gate", false), layer.only("output_shape", Json()), layer.only("sliding_window", Json());
  if (layer.get("attention_axes", std::vector<int>{1}) != std::vector<int>{1})
    throw ValueError("expected attention_axes to be that of the steps");
  const bool bias = layer.get("use_bias", true);
  Shapes shapes;
  for (const char* const below : {"query_dense", "key_dense", "value_dense"}) {
    shapes.push_back({fmt::format("{}/vars/0", below), {features, heads, size}});
    if (bias) shapes.push_back({fmt::format("{}/vars/1", below), {heads, size}});
  }
  shapes.push_back({"output_dense/vars/0", {heads, size, features}});
  if (bias) shapes.push_back({"output_dense/vars/1", {features}});
  layer.expect("multi_head_attention", shapes);
  layer.push(SelfAttention(std::make_shared<nn::MultiheadAttention>(
      nn::MultiheadAttention::Options{.embed_dim = features,
                                      .num_heads = heads,
                                      .dropout = layer.number("dropout", 0),
                                      .bias = bias,
                                      .batch_first = true,
                                      .dtype = layer.dtype})));
}

void Builder::add_features(Makers& all) {
  const auto nothing = [](Builder&, Layer&) {};
  all.insert({
      {"BatchNormalization", call<&Builder::batch_normalization>},
      {"LayerNormalization", call<&Builder::layer_normalization>},
      {"GroupNormalization", call<&Builder::group_normalization>},
      {"RMSNormalization", call<&Builder::rms_normalization>},
      {"UnitNormalization",
       [](Builder&, Layer& layer) {
         if (last_axes(layer.options.value("axis", Json(-1)), layer.rank()) != 1)
           throw ValueError("expected the last axis alone");
         layer.push(UnitNormalization());
         if (layer.rank() > 2) layer.wrap<ChannelsLast>();
       }},
      {"Embedding", call<&Builder::embedding>},
      {"LSTM", call<&Builder::recurrent>},
      {"GRU", call<&Builder::recurrent>},
      {"SimpleRNN", call<&Builder::recurrent>},
      {"Bidirectional", call<&Builder::recurrent>},
      {"MultiHeadAttention", call<&Builder::attention>},
      {"Activation",
       [](Builder& builder, Layer& layer) { builder.activation(layer, layer.options.at("activation")); }},
      {"ReLU", call<&Builder::relu>},
      {"PReLU", call<&Builder::prelu>},
      {"Softmax", call<&Builder::softmax>},
      {"LeakyReLU",
       [](Builder&, Layer& layer) { layer.push(nn::LeakyReLU(layer.number("negative_slope", 0.3))); }},
      {"ELU", [](Builder&, Layer& layer) { layer.push(nn::ELU(layer.number("alpha", 1))); }},
      {"Dropout",
       [](Builder&, Layer& layer) {
         layer.only("noise_shape", Json());
         layer.push(nn::Dropout(layer.number("rate", 0.5)));
       }},
      {"AlphaDropout",
       [](Builder&, Layer& layer) {
         layer.only("noise_shape", Json());
         layer.push(nn::AlphaDropout(layer.number("rate", 0.5)));
       }},
      {"SpatialDropout1D",
       [](Builder&, Layer& layer) {
         layer.need_rank(2);
         layer.push(nn::Dropout1d(layer.number("rate", 0.5)));
         layer.wrap<ChannelsFirst>();
       }},
      {"SpatialDropout2D",
       [](Builder&, Layer& layer) {
         layer.need_rank(3);
         layer.push(nn::Dropout2d(layer.number("rate", 0.5)));
       }},
      {"SpatialDropout3D",
       [](Builder&, Layer& layer) {
         layer.need_rank(4);
         layer.push(nn::Dropout3d(layer.number("rate", 0.5)));
       }},
      {"GaussianDropout",
       [](Builder&, Layer& layer) { layer.push(nn::GaussianDropout(layer.number("rate", 0.5))); }},
      {"GaussianNoise",
       [](Builder&, Layer& layer) { layer.push(nn::GaussianNoise(layer.number("stddev", 1))); }},
      {"Rescaling",
       [](Builder&, Layer& layer) {
         layer.push(Rescaling(layer.get<double>("scale"), layer.number("offset", 0)));
       }},
      {"Identity", nothing},
      {"ActivityRegularization", nothing},
  });
}

}  // namespace taper::interop::detail
