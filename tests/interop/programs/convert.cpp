// convert FROM TO [DTYPE]: reads a file of tensors of any format and writes it in the one that TO's ending
// names; with DTYPE (float16, ...), floating tensors are converted.
#include <iostream>
#include <string>

#include <taper/io/numpy.h>
#include <taper/io/pytorch.h>
#include <taper/io/safetensors.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

io::ReadOptions options_of(const std::string& wanted) {
  for (const DType dtype : {float32, float64, float16, bfloat16})
    if (wanted == name(dtype)) return {.dtype = dtype};
  return {};
}

void save(const std::string& path, const io::TensorFile& file) {
  if (path.ends_with(".npz"))
    io::save_npz(path, file.tensors);
  else if (path.ends_with(".compressed"))
    io::save_npz(path, file.tensors, {.compress = true});
  else if (path.ends_with(".npy"))
    io::save_npy(path, file.tensors.at(0).second);
  else if (path.ends_with(".pt"))
    io::save_pytorch(path, file.tensors);
  else
    io::save_safetensors(path, file.tensors, file.metadata);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  try {
    save(argv[2], io::load(argv[1], options_of(argc > 3 ? argv[3] : "")));
    return 0;
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
