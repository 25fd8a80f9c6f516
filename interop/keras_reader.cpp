// The config.json of a model of Keras's: its graph, and the module that it becomes.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include <taper/interop/keras/builder.h>
#include <taper/nn/nn.h>
#include <taper/tensor/error.h>

namespace taper::interop::detail {
namespace {

constexpr std::size_t most_calls = 2'000;
constexpr const char* instead = "write the model in C++, and load its weights by load_keras_weights()";

// A call of a layer: which one, and of which earlier calls' results. What it reads is first given by Keras's
// names: of a layer, and of its how many-th call.
struct Call {
  std::size_t layer = 0;
  std::vector<std::pair<std::string, std::size_t>> names;
  std::vector<std::size_t> inputs;
};

// All tensors of Keras's within a value.
void collect(const Json& value, std::vector<std::pair<std::string, std::size_t>>& into) {
  if (value.is_object() && value.value("class_name", Json()) == "__keras_tensor__") {
    const Json& history = value.at("config").at("keras_history");
    if (history.at(2) != 0)
      throw ValueError(fmt::format("a layer with several results is not supported: {}", instead));
    into.emplace_back(history.at(0).get<std::string>(), static_cast<std::size_t>(integer(history.at(1))));
  } else if (value.is_structured()) {
    for (const Json& part : value) collect(part, into);
  }
}

bool is_input(const Json& layer) { return layer.at("class_name") == "InputLayer"; }

// The calls of a model in an order in which they can run; the first one is the input.
std::vector<Call> calls_of(const Json& model, const Json& layers) {
  std::vector<Call> calls;
  const std::string kind = model.at("class_name");
  if (kind == "Sequential") {
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (i == 0 && !is_input(layers[i]))
        throw ValueError("the model has no input: give it a keras.Input, or call it, before it is saved");
      calls.push_back({i, {}, {}});
      if (i > 0) calls.back().inputs.push_back(i - 1);
    }
    return calls;
  }
  std::map<std::pair<std::string, std::size_t>, Call> waiting;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string name = layers[i].at("name");
    const Json& nodes = layers[i].at("inbound_nodes");
    if (is_input(layers[i])) {
      if (!calls.empty())
        throw ValueError(fmt::format("a model with several inputs is not supported: {}", instead));
      calls.push_back({i, {}, {}});
    }
    for (std::size_t k = 0; k < nodes.size(); ++k) {
      Call call{i, {}, {}};
      collect(nodes[k].at("args"), call.names);
      collect(nodes[k].value("kwargs", Json::object()), call.names);
      waiting.emplace(std::pair(name, k), std::move(call));
      if (waiting.size() > most_calls) throw ValueError(fmt::format("more than {} layers", most_calls));
    }
  }
  if (calls.empty()) throw ValueError("the model has no input");
  std::map<std::pair<std::string, std::size_t>, std::size_t> done{
      {{layers[calls[0].layer].at("name").get<std::string>(), 0}, 0}};
  // In the order of the layers, as often as that finds one.
  for (bool found = true; found && !waiting.empty();) {
    found = false;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const std::string name = layers[i].at("name");
      for (auto at = waiting.lower_bound({name, 0}); at != waiting.end() && at->first.first == name;) {
        const bool ready =
            at->second.layer == i && std::all_of(at->second.names.begin(), at->second.names.end(),
                                                 [&](const auto& each) { return done.contains(each); });
        if (!ready) {
          ++at;
          continue;
        }
        for (const auto& each : at->second.names) at->second.inputs.push_back(done.at(each));
        done.emplace(at->first, calls.size());
        calls.push_back(std::move(at->second));
        at = waiting.erase(at);
        found = true;
      }
    }
  }
  if (!waiting.empty())
    throw ValueError(fmt::format("the inputs of '{}' are not there", waiting.begin()->first.first));
  return calls;
}

// The call whose result is that of the model.
std::size_t output_of(const Json& model, const Json& layers, const std::vector<Call>& calls) {
  if (model.at("class_name") == "Sequential") return calls.size() - 1;
  const Json* output = &model.at("config").at("output_layers");
  if (!output->empty() && output->at(0).is_array()) {
    if (output->size() != 1)
      throw ValueError(fmt::format("a model with several outputs is not supported: {}", instead));
    output = &output->at(0);
  }
  const std::string name = output->at(0);
  auto number = integer(output->at(1));
  for (std::size_t i = 0; i < calls.size(); ++i)
    if (layers[calls[i].layer].value("name", "") == name && number-- == 0) return i;
  throw ValueError(fmt::format("the output '{}' is not there", name));
}

// Layers that only turn a feature into a feature.
bool keeps_order(const std::string& kind) {
  static const std::set<std::string> kinds{"Activation",    "ReLU",
                                           "LeakyReLU",     "ELU",
                                           "PReLU",         "Softmax",
                                           "Dropout",       "BatchNormalization",
                                           "GaussianNoise", "GaussianDropout",
                                           "AlphaDropout",  "ActivityRegularization",
                                           "Identity",      "Rescaling"};
  return kinds.contains(kind);
}

// Whether all that reads the result of a Flatten can take its features in another order.
bool may_reorder(std::size_t flatten, std::size_t output, const Json& layers,
                 const std::vector<Call>& calls) {
  std::set<std::size_t> carries{flatten};
  if (flatten == output) return false;
  for (std::size_t i = flatten + 1; i < calls.size(); ++i) {
    if (std::none_of(calls[i].inputs.begin(), calls[i].inputs.end(),
                     [&](std::size_t input) { return carries.contains(input); }))
      continue;
    const std::string kind = layers[calls[i].layer].at("class_name");
    if (kind == "Dense") continue;
    if (!keeps_order(kind) || i == output) return false;
    carries.insert(i);
  }
  // A layer that is called several times has one order.
  for (const std::size_t call : carries)
    if (std::count_if(calls.begin(), calls.end(),
                      [&](const Call& other) { return other.layer == calls[call].layer; }) > 1)
      return false;
  return true;
}

std::string child_name(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

}  // namespace

Json parse_json(const std::string& text) {
  static constexpr int deepest = 64;
  const auto shallow = [](int depth, Json::parse_event_t, const Json&) {
    if (depth > deepest) throw ValueError(fmt::format("JSON that is nested deeper than {} levels", deepest));
    return true;
  };
  try {
    return Json::parse(text, shallow);
  } catch (const nlohmann::json::exception& error) {
    throw ValueError(fmt::format("malformed JSON: {}", error.what()));
  }
}

std::int64_t integer(const Json& value) {
  if (!value.is_number_integer()) throw ValueError(fmt::format("expected an integer, got {}", value.dump()));
  return value.get<std::int64_t>();
}

std::vector<std::int64_t> integers(const Json& list) {
  std::vector<std::int64_t> result;
  result.reserve(list.size());
  for (const Json& each : list) result.push_back(integer(each));
  return result;
}

std::shared_ptr<nn::Module> Builder::model(const Json& given, const std::string& prefix, Value& value) {
  const std::string kind_of_model = given.at("class_name");
  if (kind_of_model != "Sequential" && kind_of_model != "Functional" && kind_of_model != "Model")
    throw ValueError(fmt::format("expected a Sequential or a Functional model, got one of the class {}: {}",
                                 kind_of_model, instead));
  const Json& layers = given.at("config").at("layers");
  const std::vector<Call> calls = calls_of(given, layers);
  if (calls.empty()) throw ValueError("the model has no layers");
  const std::size_t output = output_of(given, layers, calls);
  if (value.shape.empty()) value = input(layers[calls[0].layer]);

  std::vector<Value> values{value};
  std::vector<std::vector<std::shared_ptr<nn::Module>>> modules(layers.size());
  std::vector<bool> made(layers.size());
  std::map<std::string, int> counts;
  std::vector<std::pair<std::string, std::shared_ptr<nn::Module>>> children;
  std::vector<Graph::Node> nodes;
  std::vector<std::size_t> places{0};  // of the results of calls among the values of the graph
  bool chain = true;
  for (std::size_t i = 1; i < calls.size(); ++i) {
    const Json& layer = layers[calls[i].layer];
    const std::string kind = layer.at("class_name"), name = layer.at("config").value("name", kind);
    try {
      std::vector<Value> inputs;
      for (const std::size_t each : calls[i].inputs) inputs.push_back(values[each]);
      if (const std::optional<Merge> how = merge_of(layer, inputs)) {
        values.push_back(merged(inputs, *how));
        Graph::Node node{"", {}, *how};
        for (const std::size_t each : calls[i].inputs) node.inputs.push_back(places[each]);
        nodes.push_back(node);
        chain = false;
      } else {
        if (inputs.empty() || std::any_of(calls[i].inputs.begin(), calls[i].inputs.end(),
                                          [&](std::size_t each) { return each != calls[i].inputs.front(); }))
          throw ValueError(fmt::format("expected one input; otherwise, {}", instead));
        if (inputs.size() > 1 && kind != "MultiHeadAttention") throw ValueError("expected one input");
        Value result = inputs.front();
        auto& own = modules[calls[i].layer];
        if (made[calls[i].layer]) {
          if (result.shape != first_inputs_.at(&layer)) throw ValueError("it is called with several shapes");
          result = first_results_.at(&layer);
        } else {
          made[calls[i].layer] = true;
          first_inputs_.emplace(&layer, result.shape);
          own =
              make(layer, prefix, counts, result, kind == "Flatten" && may_reorder(i, output, layers, calls));
          first_results_.emplace(&layer, result);
          for (std::size_t k = 0; k < own.size(); ++k)
            children.emplace_back(k == 0 ? child_name(name) : fmt::format("{}_{}", child_name(name), k),
                                  own[k]);
        }
        chain = chain && calls[i].inputs.front() == i - 1;
        std::size_t place = places[calls[i].inputs.front()];
        for (std::size_t k = 0; k < own.size(); ++k) {
          nodes.push_back({k == 0 ? child_name(name) : fmt::format("{}_{}", child_name(name), k), {place}});
          place = nodes.size();
        }
        values.push_back(result);
        places.push_back(place);
        continue;
      }
      places.push_back(nodes.size());
    } catch (Error& error) {
      error.add_place(fmt::format("{}: layer '{}' ({})", place_, name, kind));
      throw;
    } catch (const nlohmann::json::exception& error) {
      ValueError malformed(error.what());
      malformed.add_place(fmt::format("{}: layer '{}' ({})", place_, name, kind));
      throw malformed;
    }
  }
  value = values[output];
  // A layer that is called twice in a chain is there once. A Functional model in a model is a Graph, so that
  // its place in the file follows from its class.
  if (chain && output == calls.size() - 1 && nodes.size() == children.size() &&
      (prefix.empty() || kind_of_model == "Sequential")) {
    auto sequence = std::make_shared<nn::Sequential>();
    for (const auto& [name, module] : children) sequence->push_back(module);
    return sequence;
  }
  if (places[output] == 0) throw ValueError("the output of the model is its input");
  nodes.resize(std::max<std::size_t>(places[output], 1));
  return std::make_shared<Graph>(children, nodes);
}

Built build(const std::string& place, const Json& config, const io::Hdf5& weights) {
  try {
    Builder builder(place, weights);
    Value value;
    Built built{builder.model(config, "", value), {}};
    built.input = builder.input_shape;
    built.flattened = std::move(builder.flattened);
    built.name = config.at("config").value("name", "model");
    return built;
  } catch (const nlohmann::json::exception& error) {
    throw ValueError(fmt::format("the description of the model is malformed: {}", error.what()));
  }
}

}  // namespace taper::interop::detail
