// Files of named tensors, in whichever of the formats: what reading one gives, and how it is read.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <taper/tensor/named_tensors.h>

namespace taper::io {

using taper::NamedTensors;
/// Text that is stored with the tensors, by key.
using Metadata = std::map<std::string, std::string>;

/// The content of a file of tensors, in its order.
struct TensorFile {
  NamedTensors tensors;
  Metadata metadata;
  /// The tensor of that name. Throws IndexError if there is none.
  const Tensor& at(std::string_view name) const;
  /// The tensors whose names begin with `part` and a dot, without these: of a checkpoint that has a model's
  /// state as "model.0.weight" and so on, below("model") is the state. Throws IndexError if there is none.
  NamedTensors below(const std::string& part) const;
};

/// Options of reading. What a file holds in a type that is no dtype becomes the next one that has all of its
/// values: int8, int16 and uint16 become int32; uint32 and uint64 int64, where a number that is too large is
/// an error; the float8 types float16. Complex numbers are refused.
struct ReadOptions {
  /// Floating tensors, float16 and bfloat16 among them, are converted to this floating dtype; the others
  /// stay. What is too large for it becomes infinite.
  std::optional<DType> dtype;
};

/// Reads a file of tensors, whatever its name: safetensors, .npy (its only tensor is called "array"), .npz or
/// PyTorch's .pt, as its content says: `model.load_state_dict(io::load(path).tensors)`. Throws as the
/// functions of these formats do, and IoError if it is none of them.
TensorFile load(const std::string& path, const ReadOptions& options = {});

}  // namespace taper::io
