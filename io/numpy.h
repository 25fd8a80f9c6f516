// NumPy's files: .npy has one array, .npz several with names.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <taper/io/tensor_file.h>

namespace taper::io {

/// Writes what numpy.load() reads, atomically. Throws DTypeError for bfloat16, which NumPy does not have;
/// IoError if the file cannot be written.
void save_npy(const std::string& path, const Tensor& tensor);

/// Reads the array of an .npy file, of versions 1 to 3 of the format, in row- or column-major order and with
/// either order of bytes. See ReadOptions for types that are no dtypes. Nothing of the file is executed:
/// arrays of Python objects are refused, as are structured ones and text. Throws IoError with the path and
/// the reason if the file cannot be read or is malformed, or if more than the array is in it; DTypeError if
/// the option is no floating dtype.
Tensor load_npy(const std::string& path, const ReadOptions& options = {});
/// The same for the content of a file in memory.
Tensor parse_npy(std::span<const std::byte> bytes, const ReadOptions& options = {});

/// Options of save_npz().
struct NpzOptions {
  bool compress = false;  ///< as numpy.savez_compressed() does
};

/// Writes an archive of arrays, which `numpy.load(path)[name]` reads, atomically. Throws like save_npy();
/// ValueError for an undefined tensor, and a name that occurs twice or is not valid UTF-8.
void save_npz(const std::string& path, const NamedTensors& tensors, const NpzOptions& options = {});

/// Reads all arrays of an archive, in its order. Throws like load_npy(); needs libzip, and throws IoError
/// without.
TensorFile load_npz(const std::string& path, const ReadOptions& options = {});
/// The same for the content of a file in memory.
TensorFile parse_npz(std::span<const std::byte> bytes, const ReadOptions& options = {});

}  // namespace taper::io
