// Builder: activations, normalization, embeddings, recurrent layers and attention.
#include <algorithm>

#include <taper/autograd/ops/math.h>
#include <taper/interop/keras/builder_layer.h>
#include <taper/nn/nn.h>

namespace taper::interop::detail {
namespace {

using Shapes = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;

// Keras's name of an activation, which may be a name or an object.
std::string activation_name(const Json& which) {
  if (which.is_null()) return "linear";
  if (which.is_object()) return which.at("config").is_string() ? which.at("config") : which.at("class_name");
  return which.get<std::string>();
}

template <class M>
std::shared_ptr<nn::Module> made(const M& module) {
  return std::make_shared<M>(module);
}

std::shared_ptr<nn::Module> activation_of(const std::string& name) {
  if (name == "relu") return made(nn::ReLU());
  if (name == "relu6") return made(nn::ReLU6());
  if (name == "sigmoid") return made(nn::Sigmoid());
  if (name == "tanh") return made(nn::Tanh());
  if (name == "softmax") return made(nn::Softmax());
  if (name == "log_softmax") return made(nn::LogSoftmax());
  if (name == "elu") return made(nn::ELU());
  if (name == "selu") return made(nn::SELU());
  if (name == "gelu") return made(nn::GELU());
  if (name == "silu" || name == "swish") return made(nn::SiLU());
  if (name == "softplus") return made(nn::Softplus());
  if (name == "softsign") return made(nn::Softsign());
  if (name == "mish") return made(nn::Mish());
  if (name == "hard_sigmoid") return made(nn::Hardsigmoid());
  if (name == "hard_silu" || name == "hard_swish") return made(nn::Hardswish());
  if (name == "leaky_relu") return made(nn::LeakyReLU(0.2));
  throw ValueError(fmt::format("there is no activation '{}' here", name));
}

double number(const Json& options, const char* key, double otherwise) {
  const Json value = options.value(key, Json());
  return value.is_number() ? value.get<double>() : otherwise;
}

}  // namespace

void Builder::activation(Layer& layer, const Json& which) {
  const std::string name = activation_name(which);
  if (name == "linear") return;
  layer.modules.push_back(activation_of(name));
  if (name.ends_with("softmax") && layer.rank() > 2) layer.wrap<ChannelsLast>();
}

bool Builder::simple(Layer& layer, const std::string& kind) {
  const auto option = [&](const char* key, double otherwise) {
    return number(layer.options, key, otherwise);
  };
  if (kind == "Activation") {
    activation(layer, layer.options.at("activation"));
  } else if (kind == "ReLU") {
    const Json most = layer.options.value("max_value", Json());
    if (option("threshold", 0) != 0 || option("negative_slope", 0) != 0 || !(most.is_null() || most == 6.))
      throw ValueError("expected no threshold, no negative_slope, and max_value 6 or none");
    most.is_null() ? layer.push(nn::ReLU()) : layer.push(nn::ReLU6());
  } else if (kind == "LeakyReLU") {
    layer.push(nn::LeakyReLU(option("negative_slope", 0.3)));
  } else if (kind == "ELU") {
    layer.push(nn::ELU(option("alpha", 1)));
  } else if (kind == "Softmax") {
    layer.only("axis", -1);
    layer.push(nn::Softmax());
    if (layer.rank() > 2) layer.wrap<ChannelsLast>();
  } else if (kind == "Dropout") {
    layer.only("noise_shape", Json());
    layer.push(nn::Dropout(option("rate", 0.5)));
  } else if (kind == "SpatialDropout1D" && layer.rank() == 2) {
    layer.push(nn::Dropout1d(option("rate", 0.5)));
    layer.wrap<ChannelsFirst>();
  } else if (kind == "SpatialDropout2D" && layer.rank() == 3) {
    layer.push(nn::Dropout2d(option("rate", 0.5)));
  } else if (kind == "GaussianDropout") {
    layer.push(nn::GaussianDropout(option("rate", 0.5)));
  } else if (kind == "GaussianNoise") {
    layer.push(nn::GaussianNoise(option("stddev", 1)));
  } else if (kind == "Rescaling") {
    layer.push(Rescaling(layer.get<double>("scale"), option("offset", 0)));
  } else if (kind != "Identity" && kind != "ActivityRegularization") {
    return false;
  }
  return true;
}

void Builder::batch_normalization(Layer& layer) {
  const std::int64_t channels = layer.channels(), axis = layer.get("axis", std::int64_t{-1});
  if (axis != -1 && axis != layer.rank()) throw ValueError("expected the last axis");
  const bool affine = layer.get("scale", true);
  if (affine != layer.get("center", true)) throw ValueError("expected center and scale to be equal");
  layer.only("renorm", false);
  Shapes shapes;
  for (int i = 0; i < (affine ? 4 : 2); ++i) shapes.push_back({fmt::format("vars/{}", i), {channels}});
  layer.expect("batch_normalization", shapes);
  const nn::BatchNorm::Options options{.num_features = channels,
                                       .epsilon = number(layer.options, "epsilon", 1e-3),
                                       .momentum = 1 - number(layer.options, "momentum", 0.99),
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
  const std::int64_t channels = layer.channels();
  const Json axis = layer.options.value("axis", Json(-1));
  const Json last = layer.rank();
  if (axis != -1 && axis != last && axis != Json::array({-1}) && axis != Json::array({last}))
    throw ValueError("expected the last axis");
  layer.only("rms_scaling", false);
  const bool scale = layer.get("scale", true), center = layer.get("center", true);
  if (center && !scale) throw ValueError("center without scale is not supported");
  Shapes shapes;
  for (int i = 0; i < scale + center; ++i) shapes.push_back({fmt::format("vars/{}", i), {channels}});
  layer.expect("layer_normalization", shapes);
  layer.push(nn::LayerNorm({.normalized_shape = channels,
                            .epsilon = number(layer.options, "epsilon", 1e-3),
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
  if (affine != layer.get("center", true)) throw ValueError("expected center and scale to be equal");
  Shapes shapes;
  for (int i = 0; i < 2 * affine; ++i) shapes.push_back({fmt::format("vars/{}", i), {channels}});
  layer.expect("group_normalization", shapes);
  layer.push(nn::GroupNorm({.num_groups = groups,
                            .num_channels = channels,
                            .epsilon = number(layer.options, "epsilon", 1e-3),
                            .affine = affine,
                            .dtype = layer.dtype}));
  if (layer.rank() == 2) layer.wrap<ChannelsFirst>();
}

void Builder::embedding(Layer& layer) {
  const auto words = layer.get<std::int64_t>("input_dim"), size = layer.get<std::int64_t>("output_dim");
  if (layer.get("mask_zero", false)) throw ValueError("mask_zero is not supported");
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

// `wrapper`: the options of Bidirectional, or null.
void Builder::recurrent(Layer& layer, const Json& cell, const Json* wrapper) {
  const std::string kind = cell.at("class_name");
  const Json& options = cell.at("config");
  if (layer.rank() != 2) throw ShapeError("expected an input of [steps, features] behind the batch");
  if (kind != "LSTM" && kind != "GRU" && kind != "SimpleRNN")
    throw ValueError(fmt::format("expected LSTM, GRU or SimpleRNN in it, got {}", kind));
  const auto only = [&](const char* key, const Json& wanted) {
    if (options.value(key, wanted) != wanted)
      throw ValueError(fmt::format("expected {} = {}, got {}", key, wanted.dump(), options.at(key).dump()));
  };
  only("return_state", false), only("stateful", false), only("dropout", 0.), only("recurrent_dropout", 0.);
  if (kind != "SimpleRNN") only("activation", "tanh"), only("recurrent_activation", "sigmoid");
  const std::string activation = activation_name(options.value("activation", Json("tanh")));
  if (activation != "tanh" && activation != "relu") throw ValueError("expected the activation tanh or relu");
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
    if (how.go_backwards) throw ValueError("expected go_backwards = false");
    static const std::map<Json, Merge> modes{{"concat", Merge::concatenate},
                                             {"sum", Merge::add},
                                             {"mul", Merge::multiply},
                                             {"ave", Merge::average}};
    const auto found = modes.find(wrapper->value("merge_mode", Json("concat")));
    if (found == modes.end()) throw ValueError("expected merge_mode concat, sum, mul or ave");
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
  if (heads < 1 || size < 1 || heads > Layer::compute_limit || heads * size != features)
    throw ValueError("expected num_heads x key_dim to be the features of its input");
  if (layer.get("value_dim", size) != size) throw ValueError("expected value_dim to be key_dim");
  layer.only("use_gate", false), layer.only("output_shape", Json()), layer.only("sliding_window", Json());
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
                                      .dropout = number(layer.options, "dropout", 0),
                                      .bias = bias,
                                      .batch_first = true,
                                      .dtype = layer.dtype})));
}

}  // namespace taper::interop::detail
