// Safetensors: named tensors in a file, in the format by Hugging Face.
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
/// Text that is stored with the tensors, by key.
using Metadata = std::map<std::string, std::string>;

/// The content of a safetensors file, in the order of its header.
struct SafeTensors {
  NamedTensors tensors;
  Metadata metadata;
  /// The tensor of that name. Throws IndexError if there is none.
  const Tensor& at(std::string_view name) const;
};

/// Writes a file that every safetensors library can read. It is written atomically: if that fails, an
/// existing file is unchanged. Throws IoError if the file cannot be written; ValueError for an undefined
/// tensor, or a name that occurs twice, is "__metadata__" or is not valid UTF-8.
void save_safetensors(const std::string& path, const NamedTensors& tensors, const Metadata& metadata = {});

/// Reads a file written by any safetensors library. The header is checked completely before memory is
/// allocated for tensors. Throws IoError with the path and the reason if the file cannot be read, is
/// malformed, or contains a dtype other than BOOL, U8, I32, I64, F16, BF16, F32 and F64.
SafeTensors load_safetensors(const std::string& path);

/// The same for the content of a file in memory.
SafeTensors parse_safetensors(std::span<const std::byte> bytes);

}  // namespace taper::io
