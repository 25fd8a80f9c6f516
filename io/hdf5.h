// HDF5: tensors in groups, in the part of the format that h5py and Keras write.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <taper/io/safetensors.h>

namespace taper::io {

/// The content of an HDF5 file. Paths have no slash in front: "layers/dense/vars/0".
struct Hdf5 {
  NamedTensors tensors;             ///< by path; in a group they are sorted as text: "10" is before "2"
  std::vector<std::string> groups;  ///< the paths of all groups, also of empty ones, but the root
  /// Attributes that are text, of groups and tensors, by path ("" is the root); others are not kept.
  std::map<std::string, Metadata> attributes = {};

  /// The tensor at a path. Throws IndexError if there is none.
  const Tensor& at(std::string_view path) const;
  /// The same, or null.
  const Tensor* find(std::string_view path) const noexcept;
  bool has_group(std::string_view path) const noexcept;
};

// Note [The part of HDF5 that is read]
// HDF5's own library is not used for reading, because it fails badly on files that are made to harm, and
// because what Keras needs is small: the first version of the format, which h5py writes unless it is told
// otherwise (superblock 0, groups with symbol tables), and in it datasets of numbers that lie in one piece,
// and attributes of text. Everything else is refused: later superblocks (h5py's libver="latest"), chunks and
// filters, virtual datasets, files beside the file, links that are not hard, or two to one object. All
// offsets and sizes are checked, and what is allocated is in proportion to the bytes that are there. Writing
// needs the library (Debian: libhdf5-dev).

/// Reads a file. float16, float32 and float64, uint8 and int32 keep their dtype, bfloat16 as Keras stores it,
/// too; other integers become int64. Throws IoError with the path and the reason if it cannot be read, is
/// malformed, or has what is not supported.
Hdf5 load_hdf5(const std::string& path);
/// The same for the content of a file in memory.
Hdf5 parse_hdf5(std::span<const std::byte> bytes);

/// Writes a file, atomically. Groups need not be listed if something lies in them. Throws IoError if it
/// cannot be written; ValueError for an undefined tensor, a path that is empty or occurs twice, or an
/// attribute of what is not there; DTypeError for bfloat16.
void save_hdf5(const std::string& path, const Hdf5& content);
/// The bytes of such a file.
std::string format_hdf5(const Hdf5& content);

}  // namespace taper::io
