// Builder: the choice of what makes a layer, layers that mix features, and what moves or merges values.
#include <algorithm>
#include <array>

#include <taper/interop/keras/builder_layer.h>
#include <taper/nn/nn.h>

namespace taper::interop::detail {
namespace {

DType dtype_of_policy(const Json& options) {
  const Json policy = options.value("dtype", Json("float32"));
  const std::string name =
      policy.is_object() ? policy.at("config").at("name").get<std::string>() : policy.get<std::string>();
  if (name == "float64") return float64;
  if (name != "float32") throw ValueError(fmt::format("expected the dtype float32 or float64, got {}", name));
  return float32;
}

const std::map<std::string, Merge>& merges() {
  static const std::map<std::string, Merge> kinds{{"Add", Merge::add},
                                                  {"Subtract", Merge::subtract},
                                                  {"Multiply", Merge::multiply},
                                                  {"Average", Merge::average},
                                                  {"Maximum", Merge::maximum},
                                                  {"Minimum", Merge::minimum},
                                                  {"Concatenate", Merge::concatenate}};
  return kinds;
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
    value.shape.push_back(shape[i].is_null() ? -1 : integer(shape[i]));
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
  const auto found = merges().find(layer.at("class_name"));
  if (found == merges().end()) return std::nullopt;
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
      if (__builtin_add_overflow(result.shape.back(), other.back(), &result.shape.back()))
        throw ValueError("its result is too large");
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
  Layer layer{kind, options, prefix, counts, weights_, value, dtype_of_policy(options), reorders};
  layer.only("data_format", "channels_last");
  const auto maker = makers().find(kind);
  if (maker == makers().end())
    throw ValueError("there is no layer for it here; docs/keras.md lists those that there are");
  maker->second(*this, layer);
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

void Builder::flatten(Layer& layer) {
  std::vector<std::int64_t>& shape = layer.value.shape;
  layer.push(nn::Flatten());
  const std::int64_t count = product(shape);
  if (shape.size() > 2) {
    if (layer.reorders && count > 0) {
      layer.value.image = {shape.back()};
      for (std::size_t i = 0; i + 1 < shape.size(); ++i) layer.value.image.push_back(shape[i]);
    } else {
      layer.wrap<ChannelsLast>();
    }
  }
  shape = {count};
}

void Builder::reshape(Layer& layer) {
  const auto target = integers(layer.options.at("target_shape"));
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

void Builder::permute(Layer& layer) {
  const auto dims = integers(layer.options.at("dims"));
  std::vector<std::int64_t> sorted = dims;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i)
    if (sorted[i] != static_cast<std::int64_t>(i) + 1) throw ValueError("expected each axis once as dims");
  layer.need_rank(static_cast<int>(dims.size()));
  layer.push(Permute(Shape(dims)));
  if (layer.rank() > 2) layer.wrap<ChannelsLast>();
  const std::vector<std::int64_t> before = layer.value.shape;
  for (std::size_t i = 0; i < dims.size(); ++i)
    layer.value.shape[i] = before[static_cast<std::size_t>(dims[i] - 1)];
}

void Builder::repeat(Layer& layer) {
  layer.need_rank(1);
  const auto count = layer.get<std::int64_t>("n");
  if (count < 1 || count > Layer::compute_limit) throw ValueError("its n is out of range");
  layer.push(RepeatVector(count));
  layer.value.shape.insert(layer.value.shape.begin(), count);
}

void Builder::add_shapes(Makers& all) {
  all.insert({{"Dense", call<&Builder::dense>},
              {"Flatten", call<&Builder::flatten>},
              {"Reshape", call<&Builder::reshape>},
              {"Permute", call<&Builder::permute>},
              {"RepeatVector", call<&Builder::repeat>}});
}

const Builder::Makers& Builder::makers() {
  static const Makers all = [] {
    Makers result;
    add_features(result), add_images(result), add_shapes(result);
    return result;
  }();
  return all;
}

std::vector<std::string> class_names() {
  std::vector<std::string> names{"Sequential", "Functional"};
  for (const auto& [name, maker] : Builder::makers()) names.push_back(name);
  for (const auto& [name, how] : merges()) names.push_back(name);
  return names;
}

}  // namespace taper::interop::detail
