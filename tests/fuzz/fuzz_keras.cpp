// libFuzzer: no config.json of a model of Keras's does anything but make a model of the weights that there
// are, or throw taper::Error.
#include <string>

#include <taper/interop/keras_parts.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

// Variables of one layer of each kind, all of 4 channels and 4 units.
io::Hdf5 weights() {
  io::Hdf5 file{{}, {"layers", "optimizer", "optimizer/vars"}};
  const auto add = [&](const std::string& layer, std::initializer_list<Shape> shapes) {
    int number = 0;
    for (const Shape& shape : shapes)
      file.tensors.emplace_back("layers/" + layer + "/vars/" + std::to_string(number++), zeros(shape));
  };
  for (const char* const layer : {"dense", "dense_1", "sequential/layers/dense", "functional/layers/dense"})
    add(layer, {{4, 4}, {4}});
  add("conv1d", {{2, 4, 4}, {4}});
  add("conv2d", {{2, 2, 4, 4}, {4}});
  add("conv3d", {{2, 2, 2, 4, 4}, {4}});
  add("depthwise_conv2d", {{2, 2, 4, 1}, {4}});
  add("separable_conv2d", {{2, 2, 4, 1}, {1, 1, 4, 4}, {4}});
  add("conv2d_transpose", {{2, 2, 4, 4}, {4}});
  add("batch_normalization", {{4}, {4}, {4}, {4}});
  add("layer_normalization", {{4}, {4}});
  add("group_normalization", {{4}, {4}});
  add("p_re_lu", {{4}});
  add("embedding", {{4, 4}});
  add("lstm/cell", {{4, 16}, {4, 16}, {16}});
  add("gru/cell", {{4, 12}, {4, 12}, {2, 12}});
  add("simple_rnn/cell", {{4, 4}, {4, 4}, {4}});
  for (const char* const direction : {"forward", "backward"})
    add(std::string("bidirectional/") + direction + "_layer/cell", {{4, 16}, {4, 16}, {16}});
  for (const char* const part : {"query", "key", "value"})
    add(std::string("multi_head_attention/") + part + "_dense", {{4, 2, 2}, {2, 2}});
  add("multi_head_attention/output_dense", {{2, 2, 4}, {4}});
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const io::Hdf5 file = weights();
  try {
    const interop::KerasModel loaded =
        interop::detail::model_of("fuzz", std::string(data, data + size), file);
    if (loaded.model->num_parameters() > 10'000) __builtin_trap();
  } catch (const Error&) {
  }
  return 0;
}
