// Layers against PyTorch: the rows of each family with the states, results and gradients that
// tests/golden/layers_FAMILY.py wrote.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include <catch.h>
#include <repository.h>

#include "layer_cases.h"
#include <taper/autograd/autograd.h>
#include <taper/io/safetensors.h>
#include <taper/tensor/create.h>

using namespace taper;

namespace {

using Tensors = std::map<std::string, Tensor>;

void check_near(const std::string& what, const Tensor& given, const Tensor& wanted, double tolerance) {
  INFO(what);
  REQUIRE(given.defined());
  REQUIRE(given.shape() == wanted.shape());
  const auto a = to(given, float64).to_vector<double>(), b = to(wanted, float64).to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO("element " << i << ": " << a[i] << ", wanted " << b[i]);
    CHECK((a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])) ||
           std::abs(a[i] - b[i]) <= tolerance * std::max(1.0, std::abs(b[i]))));
  }
}

// The entries whose keys begin with `prefix`, without it.
Tensors below(const Tensors& file, const std::string& prefix) {
  Tensors found;
  for (auto each = file.lower_bound(prefix); each != file.end() && each->first.starts_with(prefix); ++each)
    found.emplace(each->first.substr(prefix.size()), each->second);
  return found;
}

// In the given dtype; gradients only in float64.
void check(const LayerRow& row, const Tensors& draw, DType dtype) {
  const double tolerance = dtype == float64 ? 1e-10 : 1e-5;
  nn::Module& module = *row.module;
  module.to(dtype);
  module.train(row.training);
  const Tensors state = below(draw, "state ");
  module.load_state_dict(NamedTensors(state.begin(), state.end()), {.convert = true});

  std::vector<Tensor> inputs;
  Tensors leaves;  // by their names
  for (const auto& [number, value] : below(draw, "input ")) {
    inputs.push_back(is_floating(value.dtype()) ? clone(to(value, dtype)) : value);
    if (draw.count("gradient input " + number) == 1)
      leaves.emplace("input " + number, inputs.back().set_requires_grad());
  }
  for (const auto& [name, parameter] : module.named_parameters()) leaves.emplace(name, parameter);
  const std::vector<Tensor> outputs = row.call(inputs);
  const Tensors wanted = below(draw, "output ");
  REQUIRE(outputs.size() == wanted.size());
  for (std::size_t i = 0; i < outputs.size(); ++i)
    check_near("output " + std::to_string(i), outputs[i], wanted.at(std::to_string(i)), tolerance);
  const NamedTensors buffers = module.named_buffers();
  for (const auto& [name, buffer] : below(draw, "after ")) {
    const auto found = std::find_if(buffers.begin(), buffers.end(),
                                    [&key = name](const auto& each) { return each.first == key; });
    REQUIRE(found != buffers.end());
    check_near("after " + name, found->second, buffer, tolerance);
  }
  if (dtype != float64 || below(draw, "gradient ").empty()) return;

  const bool second = !below(draw, "second ").empty();
  std::vector<Tensor> results, cotangents, wanted_leaves;
  for (const auto& [number, cotangent] : below(draw, "cotangent ")) {
    results.push_back(outputs.at(static_cast<std::size_t>(std::stoi(number))));
    cotangents.push_back(cotangent);
  }
  for (const auto& [name, leaf] : leaves) wanted_leaves.push_back(leaf);
  const auto gradients = grad(results, wanted_leaves, cotangents, {.create_graph = second});
  const auto or_zeros = [](const Tensor& x, const Tensor& like) {
    return x.defined() ? x : zeros_like(like);
  };
  Tensor total = zeros({}, float64);
  std::size_t i = 0;
  for (const auto& [name, leaf] : leaves) {
    const Tensor gradient = or_zeros(gradients[i++], leaf);
    check_near("gradient " + name, gradient, draw.at("gradient " + name), tolerance);
    if (second) total = total + sum(gradient * draw.at("direction " + name));
  }
  if (!second) return;
  const auto seconds =
      total.requires_grad() ? grad({total}, wanted_leaves) : std::vector<Tensor>(wanted_leaves.size());
  i = 0;
  for (const auto& [name, leaf] : leaves)
    check_near("second " + name, or_zeros(seconds[i++], leaf), draw.at("second " + name), tolerance);
}

}  // namespace

TEST_CASE("layers have PyTorch's states, results, gradients and second gradients") {
  for (const LayerFamily& family : layer_families()) {
    const std::vector<LayerRow> rows = family.rows();
    if (rows.empty()) continue;
    const auto list =
        io::load_safetensors(repository("tests/golden/layers_" + family.name + ".safetensors")).tensors;
    const Tensors file(list.begin(), list.end());
    std::map<std::string, int> count;
    std::size_t used = 0;
    for (const LayerRow& row : rows) {
      const std::string key = row.name + "/" + std::to_string(count[row.name]++) + "/";
      INFO(key << " of layers_" << family.name << ".safetensors");
      const Tensors draw = below(file, key);
      CHECK(!draw.empty());
      if (draw.empty()) continue;
      used += draw.size();
      check(row, draw, float64);
      check(row, draw, float32);
    }
    CHECK(used == file.size());
  }
}

TEST_CASE("every layer has a row") {
  // What has none: bases, containers, and what is random, which has tests of its own.
  std::set<std::string> tested;
  for (const char* const base : {"AdaptivePool", "BatchNorm", "ChannelNorm", "Conv", "ConvTranspose",
                                 "Indexed", "InstanceNorm", "Lambda", "Layer", "Loss", "ModuleDict",
                                 "ModuleList", "Pad", "Parametrized", "Pool", "PowerPool", "RandomLayer"})
    tested.insert(base);
  for (const LayerFamily& family : layer_families())
    for (const LayerRow& row : family.rows())
      for (const auto& [name, module] : row.module->named_modules())
        tested.insert(module->type().substr(0, module->type().find('<')));
  const std::regex declaration(R"(^(class|struct) (\w+)( final)? : .*)");
  for (const auto& file : std::filesystem::recursive_directory_iterator(repository("nn"))) {
    if (file.path().extension() != ".h") continue;
    std::ifstream stream(file.path());
    std::smatch match;
    for (std::string line; std::getline(stream, line);)
      if (std::regex_match(line, match, declaration)) {
        INFO(match[2] << " of " << file.path().filename());
        CHECK(tested.count(match[2]) == 1);
      }
  }
}
