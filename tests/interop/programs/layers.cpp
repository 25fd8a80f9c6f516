// layers FOLDER: for each row of the table of layers, with its own initial values in float64, writes its
// state as FOLDER/FAMILY.NAME.K.pt, and its results for the inputs of tests/golden/layers_FAMILY.safetensors
// as FOLDER/FAMILY.NAME.K.safetensors.
#include <algorithm>
#include <iostream>
#include <map>
#include <string>

#include <repository.h>

#include "layer_cases.h"
#include <taper/autograd/autograd.h>
#include <taper/io/pytorch.h>
#include <taper/io/safetensors.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

std::vector<Tensor> inputs_of(const NamedTensors& file, const std::string& key) {
  std::map<std::string, Tensor> inputs;  // by their numbers, of one digit
  for (const auto& [name, tensor] : file)
    if (name.starts_with(key + "/input "))
      inputs.emplace(name.substr(key.size() + 7), is_floating(tensor.dtype()) ? to(tensor, float64) : tensor);
  std::vector<Tensor> result;
  for (const auto& [number, tensor] : inputs) result.push_back(tensor);
  return result;
}

void write(const std::string& path, const LayerRow& row, const std::vector<Tensor>& inputs) {
  row.module->to(float64);
  row.module->train(row.training);
  io::save_pytorch(path + ".pt", row.module->state_dict());
  NamedTensors outputs;
  for (const Tensor& output : row.call(inputs))
    outputs.emplace_back(std::to_string(outputs.size()), output.detach());
  io::save_safetensors(path + ".safetensors", outputs);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    manual_seed(1);
    for (const LayerFamily& family : layer_families()) {
      const NamedTensors file =
          io::load_safetensors(repository("tests/golden/layers_" + family.name + ".safetensors")).tensors;
      std::map<std::string, int> count;
      for (const LayerRow& row : family.rows()) {
        const std::string number = std::to_string(count[row.name]++);
        write(std::string(argv[1]) + '/' + family.name + '.' + row.name + '.' + number, row,
              inputs_of(file, row.name + '/' + number));
      }
    }
    return 0;
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
