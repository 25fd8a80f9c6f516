// Converts weights: convert FROM TO, each .safetensors, .npz, .pt or, FROM alone, a model of Keras (.keras).
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <terminal/program.h>

#include <taper/taper.h>

using namespace taper;

namespace {

NamedTensors read(const std::filesystem::path& path) {
  if (path.extension() != ".keras") return io::load(path).tensors;
  const interop::KerasModel keras = interop::load_keras(path);
  Shape one = keras.input_shape;
  for (int axis = 0; axis < one.rank(); ++axis) one[axis] = std::max<std::int64_t>(one[axis], 1);
  std::cout << nn::summary(*keras.model, one) << '\n';
  return keras.model->state_dict();
}

void write(const std::filesystem::path& path, const NamedTensors& tensors) {
  const std::string extension = path.extension();
  if (extension == ".safetensors")
    io::save_safetensors(path, tensors);
  else if (extension == ".npz")
    io::save_npz(path, tensors);
  else if (extension == ".pt" || extension == ".pth")
    io::save_pytorch(path, tensors);
  else
    throw ValueError(
        fmt::format("expected a file to write of .safetensors, .npz or .pt, got '{}'", path.string()));
}

}  // namespace

int main(int argc, char** argv) {
  std::filesystem::path from, to;
  CLI::App app("Converts weights from one format to another.", "convert");
  app.add_option("from", from, ".safetensors, .npz, .pt, .pth or .keras")->required();
  app.add_option("to", to, ".safetensors, .npz, .pt or .pth")->required();
  return terminal::run(app, argc, argv, [&] {
    const NamedTensors tensors = read(from);
    write(to, tensors);
    for (const auto& [name, tensor] : tensors)
      std::cout << fmt::format("{:40} {:8} {}\n", name, taper::name(tensor.dtype()),
                               to_string(tensor.shape()));
  });
}
