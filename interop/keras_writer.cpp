// The config.json of a model: the network as Keras's layers.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include <taper/interop/keras/config.h>
#include <taper/interop/keras/options.h>
#include <taper/interop/keras_layers.h>
#include <taper/nn/nn.h>
#include <taper/tensor/error.h>

namespace taper::interop::detail {
namespace {

// A value in Keras's network: of which call of which layer, and its shape here.
struct Result {
  std::string layer;
  int call = 0;
  Shape shape;
  /// Features of images in the order of the channels first, which only some layers may read.
  bool reordered = false;
};

Json tensor_of(const Result& value, const std::string& dtype) {
  return {{"class_name", "__keras_tensor__"},
          {"config",
           {{"shape", keras_shape(value.shape)},
            {"dtype", dtype},
            {"keras_history", {value.layer, value.call, 0}}}}};
}

bool has_attention(const nn::Module& module) {
  const auto& children = module.named_children();
  return dynamic_cast<const SelfAttention*>(&module) != nullptr ||
         std::any_of(children.begin(), children.end(),
                     [](const auto& child) { return has_attention(*child.second); });
}

// Whether it has parameters, and none of them is trained.
bool is_frozen(const nn::Module& module) {
  const std::vector<Tensor> all = module.parameters();
  return !all.empty() &&
         std::none_of(all.begin(), all.end(), [](const Tensor& each) { return each.requires_grad(); });
}

class Writer {
 public:
  Writer(const std::string& place, const KerasTrace& trace, const std::string& dtype)
      : place_(place), trace_(trace), dtype_(dtype) {}

  // The model, which gets an input of `shape`.
  Json model(const nn::Module& module, const Shape& shape, const std::string& name,
             const std::string& input_dtype, bool nested) {
    layers_ = Json::array();
    Json input_shape = keras_shape(shape);
    const std::string input = new_name("input_layer");
    layers_.push_back({{"module", "keras.layers"},
                       {"class_name", "InputLayer"},
                       {"config", {{"batch_shape", input_shape}, {"dtype", input_dtype}, {"name", input}}},
                       {"registered_name", nullptr},
                       {"name", input},
                       {"inbound_nodes", Json::array()}});
    const Result first{input, 0, shape, false};
    const auto* const graph = dynamic_cast<const Graph*>(&module);
    const bool functional = graph != nullptr || (has_attention(module) && !nested);
    const Result last = graph != nullptr ? of_graph(*graph, first) : of_chain(module, first);
    if (last.reordered)
      throw ValueError(
          "the model returns images that are flattened with the channels in front; Keras has them behind");
    Json config{{"name", name}, {"trainable", true}, {"layers", layers_}};
    if (functional) {
      config["input_layers"] = Json::array({input, 0, 0});
      config["output_layers"] = Json::array({last.layer, last.call, 0});
      return {{"module", "keras.src.models.functional"},
              {"class_name", "Functional"},
              {"config", config},
              {"registered_name", "Functional"},
              {"build_config", {{"input_shape", nullptr}}}};
    }
    for (Json& layer : config["layers"]) layer.erase("name"), layer.erase("inbound_nodes");
    config["build_input_shape"] = input_shape;
    return {{"module", "keras"},
            {"class_name", "Sequential"},
            {"config", config},
            {"registered_name", nullptr},
            {"build_config", {{"input_shape", input_shape}}}};
  }

 private:
  std::string new_name(const std::string& snake) {
    const int number = names_[snake]++;
    return number == 0 ? snake : fmt::format("{}_{}", snake, number);
  }

  // Another call of a layer, which is added if it is not there.
  Result call(const nn::Module* owner, std::size_t part, const KerasOptions& options,
              const std::vector<Result>& inputs, const Shape& shape) {
    auto [at, is_new] = places_.try_emplace({owner, part}, layers_.size());
    if (owner == nullptr || is_new) {
      const std::string name = new_name(options.snake);
      if (options.whole.is_null()) {
        Json config = options.config;
        config["name"] = name;
        config["dtype"] = dtype_;
        layers_.push_back({{"module", "keras.layers"},
                           {"class_name", options.class_name},
                           {"config", config},
                           {"registered_name", nullptr}});
      } else {
        layers_.push_back(options.whole);
        layers_.back()["config"]["name"] = name;
      }
      layers_.back()["name"] = name;
      layers_.back()["inbound_nodes"] = Json::array();
      at->second = layers_.size() - 1;
    }
    Json& layer = layers_[at->second];
    Json tensors = Json::array();
    for (const Result& input : inputs) tensors.push_back(tensor_of(input, dtype_));
    Json arguments = tensors;
    if (inputs.size() > 1 && options.takes_list) arguments = Json::array({tensors});
    layer["inbound_nodes"].push_back({{"args", arguments}, {"kwargs", Json::object()}});
    return {layer["name"], static_cast<int>(layer["inbound_nodes"].size()) - 1, shape, false};
  }

  Result of_chain(const nn::Module& module, Result value) {
    if (!describe(unwrapped(module), {}).class_name.empty()) return of_layer(module, value);
    if (dynamic_cast<const nn::Sequential*>(&module) == nullptr)
      throw ValueError(
          fmt::format("{}: its forward() is code, which Keras cannot read; save_keras_weights() writes "
                      "its weights",
                      module.type()));
    for (const auto& [name, child] : module.named_children()) value = of_child(name, *child, value);
    return value;
  }

  Result of_child(const std::string& name, const nn::Module& module, const Result& value) {
    try {
      return of_layer(module, value);
    } catch (Error& error) {
      error.add_place(fmt::format("{}: {} ({})", place_, name, module.type()));
      throw;
    }
  }

  Result of_layer(const nn::Module& given, Result value) {
    const auto found = trace_.results.find(identity_of(given));
    if (found == trace_.results.end()) throw ValueError("the model does not call it");
    const Shape& result = found->second;
    const nn::Module& module = unwrapped(given);
    if (dynamic_cast<const nn::Sequential*>(&module) != nullptr ||
        dynamic_cast<const Graph*>(&module) != nullptr) {
      if (value.reordered) throw ValueError("images must not be flattened just before a model");
      Writer inner(place_, trace_, dtype_);
      KerasOptions options;
      options.whole = inner.model(module, value.shape, "model", dtype_, true);
      options.snake = options.whole.at("class_name") == "Functional" ? "functional" : "sequential";
      return call(&module, 0, options, {value}, result);
    }
    std::vector<KerasOptions> all = options_of(module, {&given != &module, value.shape, result});
    if (is_frozen(module))
      for (KerasOptions& each : all) each.config["trainable"] = false;
    const bool carries = all.empty() || all.front().keeps_order;
    const bool flattens = dynamic_cast<const nn::Flatten*>(&given) != nullptr && value.shape.rank() > 3;
    if (value.reordered && !carries && dynamic_cast<const nn::Linear*>(&module) == nullptr)
      throw ValueError(
          "images are flattened with the channels in front before it; put the Flatten into "
          "interop::ChannelsLast");
    const bool reordered = flattens || (value.reordered && carries);
    for (std::size_t i = 0; i < all.size(); ++i)
      value = call(&module, i, all[i], std::vector<Result>(static_cast<std::size_t>(all[i].inputs), value),
                   result);
    value.reordered = reordered;
    return value;
  }

  Result of_graph(const Graph& graph, const Result& first) {
    std::vector<Result> values{first};
    for (const Graph::Node& node : graph.nodes) {
      if (!node.layer.empty()) {
        values.push_back(of_child(node.layer, graph.layer(node.layer), values[node.inputs.front()]));
        continue;
      }
      std::vector<Result> inputs;
      inputs.reserve(node.inputs.size());
      for (const std::size_t input : node.inputs) inputs.push_back(values[input]);
      Shape shape = inputs.front().shape;
      const int axis = shape.rank() > 3 ? 1 : shape.rank() - 1;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i].reordered) throw ValueError("images must not be flattened just before they are merged");
        if (i > 0 && node.merge == Merge::concatenate) shape[axis] += inputs[i].shape[axis];
      }
      values.push_back(call(nullptr, 0, options_of(node.merge), inputs, shape));
    }
    return values.back();
  }

  const std::string place_;
  const KerasTrace& trace_;
  const std::string dtype_;
  Json layers_;
  std::map<std::string, int> names_;
  std::map<std::pair<const nn::Module*, std::size_t>, std::size_t> places_;
};

}  // namespace

Json config_of(const std::string& place, const nn::Module& model, const Shape& input, const KerasTrace& trace,
               const std::string& name) {
  const DType type = weights_dtype(model);
  if (type != float32 && type != float64) throw DTypeError("expected a model of float32 or float64");
  const std::string dtype = type == float64 ? "float64" : "float32";
  return Writer(place, trace, dtype)
      .model(model, input, name, input_dtype(model) == int64 ? "int64" : dtype, false);
}

}  // namespace taper::interop::detail
