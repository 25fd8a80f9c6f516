// Sequential: a chain of layers.
#include <taper/nn/sequential.h>

namespace taper::nn {

Tensor Sequential::forward(const Tensor& x) const {
  Tensor y = x;
  for (const auto& [name, layer] : named_children()) y = (*layer)(y);
  return y;
}

}  // namespace taper::nn
