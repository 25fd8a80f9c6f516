// IDX: the format of MNIST's files, plain or gzipped.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <taper/tensor/tensor.h>

namespace taper::data {

/// Reads an IDX file (http://yann.lecun.com/exdb/mnist), gzipped or not: its content tells. uint8, int32,
/// float32 and float64 keep their type; int8 and int16 become int32. What the header says is checked before
/// anything is allocated for it, and decides how much is read. Throws IoError with the path and the reason if
/// the file cannot be read, is no IDX file, is damaged, or holds fewer or more elements than its extents say.
Tensor read_idx(const std::string& path);

/// The same from memory.
Tensor parse_idx(std::span<const std::byte> bytes);

}  // namespace taper::data
