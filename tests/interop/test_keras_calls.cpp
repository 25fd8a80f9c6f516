// Each layer that interop/keras makes against Keras, with its gradients: the rows of
// tests/golden/keras_calls.py.
#include <cmath>
#include <map>
#include <set>

#include <catch.h>
#include <nlohmann/json.hpp>
#include <repository.h>

#include <taper/interop/keras/config.h>
#include <taper/interop/keras_parts.h>
#include <taper/interop/keras_state.h>
#include <taper/interop/keras_variables.h>
#include <taper/taper.h>

using namespace taper;

namespace {

using Tensors = std::map<std::string, Tensor>;

double distance(const Tensor& own, const Tensor& wanted) {
  if (own.shape() != wanted.shape()) return INFINITY;
  const Tensor numbers = to(wanted, float64);
  const double error = max(abs(own.detach() - numbers)).item<double>();
  return std::isfinite(error) ? error / std::max(1., max(abs(numbers)).item<double>()) : INFINITY;
}

// As a file has them.
io::Hdf5 in_groups(const NamedTensors& tensors) {
  std::set<std::string> groups{"layers"};
  for (const auto& [name, tensor] : tensors)
    for (std::size_t end = name.find('/'); end != std::string::npos; end = name.find('/', end + 1))
      groups.insert(name.substr(0, end));
  return {tensors, {groups.begin(), groups.end()}};
}

// What is lost when a model is described as save_keras() does, and made of that.
double loss_of(const interop::KerasModel& model, const Tensor& x, const Tensor& y) {
  using namespace interop::detail;
  const KerasTrace seen = trace(*model.model, model.input_shape);
  const io::Hdf5 weights = written_state("row", variables_of(*model.model, seen.flattened, nullptr), nullptr);
  const auto config = config_of("row", *model.model, model.input_shape, seen, "again");
  const interop::KerasModel again = model_of("row", config.dump(), in_groups(weights.tensors));
  again.model->eval();
  CHECK(again.input_shape == model.input_shape);
  const std::vector<Tensor> before = model.model->parameters(), after = again.model->parameters();
  REQUIRE(before.size() == after.size());
  for (std::size_t i = 0; i < before.size(); ++i)
    CHECK(before[i].requires_grad() == after[i].requires_grad());
  return distance(again(x), y.detach());
}

// The largest error of results and gradients.
double error_of(const std::string& config, const Tensors& row) {
  NamedTensors weights;
  for (const auto& [name, tensor] : row)
    if (name.starts_with("layers/")) weights.emplace_back(name, to(tensor, float64));
  interop::KerasModel model = interop::detail::model_of("row", config, in_groups(weights));
  model.model->eval();
  const bool words = !row.contains("gradient x");
  Tensor x = clone(to(row.at("x"), words ? int64 : float64));
  if (!words) x.set_requires_grad();
  const Tensor y = model(x);
  double error = std::max(distance(y, row.at("y")), loss_of(model, x, y));

  const interop::detail::Flattened flattened =
      interop::detail::trace(*model.model, model.input_shape).flattened;
  std::vector<interop::detail::KerasVariable> trained;
  std::vector<Tensor> leaves;
  if (!words) leaves.push_back(x);
  for (auto& variable : interop::detail::variables_of(*model.model, flattened, nullptr)) {
    const bool frozen = !variable.trained || !variable.parts.front().requires_grad();
    CHECK(row.contains("gradient " + variable.path) == !frozen);
    if (frozen) continue;
    leaves.insert(leaves.end(), variable.parts.begin(), variable.parts.end());
    trained.push_back(std::move(variable));
  }
  const std::vector<Tensor> gradients = grad({y}, leaves, {to(row.at("cotangent"), float64)});
  std::size_t next = 0;
  if (!words) error = std::max(error, distance(gradients[next++], row.at("gradient x")));
  for (const auto& variable : trained) {
    INFO(variable.path);
    const auto first = gradients.begin() + static_cast<std::ptrdiff_t>(next);
    next += variable.parts.size();
    const std::vector<Tensor> parts(first, first + static_cast<std::ptrdiff_t>(variable.parts.size()));
    error = std::max(error, distance(variable.join(parts), row.at("gradient " + variable.path)));
  }
  return error;
}

}  // namespace

TEST_CASE("each layer of Keras's that is read has Keras's results and gradients") {
  const io::SafeTensors file = io::load_safetensors(repository("tests/golden/keras_calls.safetensors"));
  std::map<std::string, Tensors> rows;
  for (const auto& [name, tensor] : file.tensors) {
    const std::size_t slash = name.find('/');
    rows[name.substr(0, slash)].emplace(name.substr(slash + 1), tensor);
  }
  // These are other names, which Keras reads, for silu and hard_silu.
  std::set<std::string> kinds, activations{"swish", "hard_swish"};
  for (const auto& [name, row] : rows) {
    INFO(name);
    kinds.insert(name.substr(0, name.find('.')));
    const std::string& config = file.metadata.at(name);
    const auto layers = nlohmann::json::parse(config)["config"]["layers"];
    if (name.starts_with("Activation.")) activations.insert(layers[1]["config"]["activation"]);
    // TensorFlow takes some numbers as float32, and pools volumes and resizes in float32.
    const bool rough = row.at("y").dtype() == float32 || config.find("bilinear") != std::string::npos ||
                       config.find("gelu") != std::string::npos ||
                       config.find("leaky_relu\"") != std::string::npos;
    CHECK(error_of(config, row) < (rough ? 1e-6 : 1e-10));
  }
  for (const std::string& name : interop::detail::class_names()) {
    INFO(name);
    CHECK(kinds.contains(name));
  }
  for (const std::string& name : interop::detail::activation_names()) {
    INFO(name);
    CHECK(activations.contains(name));
  }
}
