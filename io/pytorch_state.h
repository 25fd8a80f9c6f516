// The tensors that a pickle of PyTorch describes, given the storages that lie beside it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <taper/io/elements.h>
#include <taper/tensor/function.h>

namespace taper::io::detail {

/// PyTorch's name of the storages of elements of a type: "FloatStorage". Empty for those that it reads in
/// another way.
std::string_view storage_name(ElementType type) noexcept;

/// The elements of a storage, as a tensor of one axis: `count` of them. Called once for each key.
using FindStorage = Function<Tensor(const std::string& key, ElementType type, std::uint64_t count)>;

/// Runs the pickle. Throws Malformed for everything that is not as PyTorch would write it.
TensorFile decode_state(std::string_view pickle, const FindStorage& find_storage);

}  // namespace taper::io::detail
