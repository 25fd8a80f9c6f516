// Safetensors: named tensors in a file, in the format by Hugging Face.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <taper/io/tensor_file.h>

namespace taper::io {

using SafeTensors = TensorFile;

/// Writes a file that every safetensors library can read. It is written atomically: if that fails, an
/// existing file is unchanged. Throws IoError if the file cannot be written; ValueError for an undefined
/// tensor, or a name that occurs twice, is "__metadata__" or is not valid UTF-8.
void save_safetensors(const std::string& path, const NamedTensors& tensors, const Metadata& metadata = {});

/// Reads a file written by any safetensors library. The header is checked completely before memory is
/// allocated for tensors. Bytes that follow the last tensor are not read: such files are found. Throws
/// IoError with the path and the reason if the file cannot be read, is malformed, or contains complex numbers
/// or numbers of less than 8 bits; DTypeError if the option is no floating dtype.
SafeTensors load_safetensors(const std::string& path, const ReadOptions& options = {});

/// The same for the content of a file in memory.
SafeTensors parse_safetensors(std::span<const std::byte> bytes, const ReadOptions& options = {});

}  // namespace taper::io
