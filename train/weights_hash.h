// Hashes of weights: equal exactly if all bits are, but for a chance of 2^-64.
#pragma once

#include <cstdint>

#include <taper/nn/module.h>
#include <taper/tensor/named_tensors.h>

namespace taper::training {

/// A hash (64-bit FNV-1a) of the bytes of all parameters in order.
std::uint64_t weights_hash(const nn::Module& model);
/// The same of names, dtypes, shapes and bytes.
std::uint64_t hash_of(const NamedTensors& tensors);

}  // namespace taper::training
