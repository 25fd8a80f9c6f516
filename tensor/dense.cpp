// dense: copies strided elements one by one.
#include <taper/tensor/dense.h>
#include <taper/tensor/walk.h>

namespace taper {

Tensor dense(const Tensor& tensor) {
  if (tensor.is_contiguous()) return tensor.detach();
  Tensor result = Tensor::empty(tensor.shape(), tensor.dtype());
  visit(tensor.dtype(), [&]<class T>() {
    const T* const from = static_cast<const T*>(tensor.raw()) - tensor.layout().offset;
    T* const to = static_cast<T*>(result.mutable_raw());
    walk(tensor.layout(), [=](std::int64_t i, std::int64_t at) { to[i] = from[at]; });
  });
  return result;
}

}  // namespace taper
