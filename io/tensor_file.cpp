// Files of tensors in any of the formats, by what they begin with.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <taper/io/file.h>
#include <taper/io/numpy.h>
#include <taper/io/pytorch.h>
#include <taper/io/safetensors.h>
#include <taper/io/zip.h>
#include <taper/tensor/error.h>

namespace taper::io {

const Tensor& TensorFile::at(std::string_view name) const {
  for (const auto& [key, tensor] : tensors)
    if (key == name) return tensor;
  throw IndexError(
      fmt::format("TensorFile::at: there is no tensor '{}' among the {} tensors", name, tensors.size()));
}

NamedTensors TensorFile::below(const std::string& part) const {
  NamedTensors found;
  for (const auto& [name, tensor] : tensors)
    if (name.size() > part.size() && name.starts_with(part) && name[part.size()] == '.')
      found.emplace_back(name.substr(part.size() + 1), tensor);
  if (found.empty())
    throw IndexError(
        fmt::format("TensorFile::below: no name of the {} tensors begins with '{}.'", tensors.size(), part));
  return found;
}

TensorFile load(const std::string& path, const ReadOptions& options) {
  char begin[10] = {};
  {
    InputFile file("load", path);
    file.read(begin, std::min<std::uint64_t>(file.size(), sizeof(begin)));
  }
  const std::string_view word(begin, sizeof(begin));
  if (word.starts_with("\x93NUMPY")) return {{{"array", load_npy(path, options)}}, {}};
  // Before what begins with two letters: the length of a header may be these.
  if (word[8] == '{') return load_safetensors(path, options);
  if (word.starts_with("\x80\x02")) return load_pytorch(path, options);  // which says that it is an old one
  if (word.starts_with("PK")) {
    const ZipReader archive("load", path);
    const bool pickled = std::any_of(archive.entries().begin(), archive.entries().end(),
                                     [](const ZipEntry& entry) { return entry.name.ends_with("/data.pkl"); });
    return pickled ? load_pytorch(path, options) : load_npz(path, options);
  }
  throw IoError(
      fmt::format("load: '{}' is no file of tensors: expected safetensors, .npy, .npz or .pt", path));
}

}  // namespace taper::io
