// The files in tests/golden/files and what is to be read from them: see tests/golden/tensor_files.py.
#pragma once

#include <cstring>
#include <string>

#include <catch.h>
#include <repository.h>

#include <taper/io/safetensors.h>
#include <taper/tensor/elementwise.h>

inline std::string golden_file(const std::string& name) { return repository("tests/golden/files/" + name); }

/// All bytes of a literal, with zeros among them.
inline std::string operator""_full(const char* text, std::size_t size) { return {text, size}; }

/// The same dtype, shape and bits.
inline bool same_bits(const taper::Tensor& a, const taper::Tensor& b) {
  const taper::Tensor x = taper::compute::contiguous(a), y = taper::compute::contiguous(b);
  return x.shape() == y.shape() && x.dtype() == y.dtype() &&
         std::memcmp(x.raw(), y.raw(), static_cast<std::size_t>(x.numel() * size_of(x.dtype()))) == 0;
}

/// Checks each of the tensors that tensor_files.safetensors has under "NAME/...", and returns their number.
inline std::size_t check_expected(const std::string& name, const taper::io::TensorFile& file) {
  static const auto expected =
      taper::io::load_safetensors(repository("tests/golden/tensor_files.safetensors")).tensors;
  std::size_t count = 0;
  for (const auto& [key, tensor] : expected) {
    if (!key.starts_with(name + '/')) continue;
    INFO(key);
    CHECK(same_bits(file.at(key.substr(name.size() + 1)), tensor));
    ++count;
  }
  return count;
}
