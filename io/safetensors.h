// Safetensors: named tensors in a file, in the format of Hugging Face.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <taper/tensor/named_tensors.h>

namespace taper::io {

using taper::NamedTensors;
/// Free text that travels with the tensors.
using Metadata = std::map<std::string, std::string>;

/// The content of a safetensors file, in the order of its header.
struct SafeTensors {
  NamedTensors tensors;
  Metadata metadata;
  /// The tensor of that name. Throws IndexError if there is none.
  const Tensor& at(std::string_view name) const;
};

/// Writes a file that every safetensors library reads. The file appears whole or not at all: on a failure an
/// older one stays as it is. Throws IoError if it cannot be written; ValueError for a tensor that is
/// undefined, a name that is given twice, is "__metadata__" or is not UTF-8.
void save_safetensors(const std::string& path, const NamedTensors& tensors, const Metadata& metadata = {});

/// Reads a file written by any safetensors library. Everything that the header says is checked before
/// anything is allocated for it. Throws IoError with the path and the reason if the file cannot be read, is
/// malformed, or holds a dtype other than BOOL, U8, I32, I64, F32 and F64.
SafeTensors load_safetensors(const std::string& path);

/// The same from memory.
SafeTensors parse_safetensors(std::span<const std::byte> bytes);

}  // namespace taper::io
