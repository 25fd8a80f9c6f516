// Sequential: a chain of layers.
#include <fmt/format.h>

#include <taper/nn/sequential.h>
#include <taper/tensor/error.h>

namespace taper::nn {

Module& Sequential::operator[](std::size_t i) const {
  if (i >= size())
    throw IndexError(fmt::format("Sequential: index {} is out of range for {} layers", i, size()));
  return *named_children()[i].second;
}

Tensor Sequential::forward(const Tensor& x) {
  Tensor y = x;
  for (const auto& [name, layer] : named_children()) y = (*layer)(y);
  return y;
}

}  // namespace taper::nn
