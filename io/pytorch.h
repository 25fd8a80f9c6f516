// PyTorch's files: state dicts and checkpoints, as torch.save() writes them and torch.load() reads them.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <taper/io/tensor_file.h>

namespace taper::io {

/// Reads a .pt or .pth file by torch.save(): a state dict, or a checkpoint that has some: of dicts in dicts
/// and lists, the names are joined by dots, as in "model.0.weight". All other values (numbers, text, None)
/// come as text in the metadata: {"epoch": 3} as "3". Tensors that share a storage share it here, and they
/// keep their strides. All of them come to the CPU, as leaves without a gradient.
///
/// Such files are pickles, programs for Python; none of it is executed. What PyTorch writes for tensors,
/// parameters, dicts, OrderedDicts, lists, tuples, numbers and text is read; anything else, a whole module
/// for example, is refused by an error that names it. See ReadOptions for types that are no dtypes.
///
/// Throws IoError with the path and the reason if the file cannot be read, is malformed, or of PyTorch before
/// 1.6, or if this build is without libzip; DTypeError if the option is no floating dtype.
TensorFile load_pytorch(const std::string& path, const ReadOptions& options = {});
/// The same for the content of a file in memory.
TensorFile parse_pytorch(std::span<const std::byte> bytes, const ReadOptions& options = {});

/// Writes a state dict for `torch.load(path, weights_only=True)`, atomically. The tensors are stored densely;
/// a tensor that is in the list several times, under different names, is stored once and shared in Python,
/// too. Throws ValueError for an undefined tensor, and a name that occurs twice or is not valid UTF-8;
/// IoError if the file cannot be written.
void save_pytorch(const std::string& path, const NamedTensors& tensors);

}  // namespace taper::io
