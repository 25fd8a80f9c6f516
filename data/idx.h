// IDX: the file format of MNIST, plain or compressed with gzip.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <taper/tensor/tensor.h>

namespace taper::data {

/// Reads an IDX file (http://yann.lecun.com/exdb/mnist). Whether it is compressed with gzip is detected from
/// its content. uint8, int32, float32 and float64 keep their type; int8 and int16 become int32. The header is
/// checked before memory is allocated. Throws IoError with the path and the reason if the file cannot be
/// read, is not an IDX file, is damaged, or has fewer or more elements than its header says.
Tensor read_idx(const std::string& path);

/// The same for the content of a file in memory.
Tensor parse_idx(std::span<const std::byte> bytes);

}  // namespace taper::data
