// Digests: 64-bit FNV-1a over shape, dtype and elements.
#include "digest.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <limits>

#include <taper/tensor/elementwise.h>

using namespace taper;

namespace {

std::uint64_t mix(std::uint64_t before, std::uint64_t value) { return (before ^ value) * 0x100000001b3; }

}  // namespace

std::uint64_t digest(const Tensor& tensor) {
  std::uint64_t value = mix(0xcbf29ce484222325, static_cast<std::uint64_t>(tensor.dtype()));
  for (const std::int64_t extent : tensor.shape()) value = mix(value, static_cast<std::uint64_t>(extent));
  const Tensor dense = compute::contiguous(tensor);
  visit_all(dense.dtype(), [&]<class T>() {
    const T* const elements = dense.data<T>();
    for (std::int64_t i = 0; i < dense.numel(); ++i) {
      T element = elements[i];
      if constexpr (std::is_floating_point_v<T>)
        if (std::isnan(element)) element = std::numeric_limits<T>::quiet_NaN();
      if constexpr (is_short_float<T>)
        if (std::isnan(static_cast<float>(element))) element = T(NAN);
      std::uint64_t bits = 0;
      std::memcpy(&bits, &element, sizeof(T));
      value = mix(value, bits);
    }
  });
  return value;
}

void require_same(const char* what, const Tensor& a, const Tensor& b) {
  if (a.defined() == b.defined() && (!a.defined() || digest(a) == digest(b))) return;
  std::cerr << what << " gives other bits:\n";
  for (const Tensor& each : {a, b})
    if (each.defined()) std::cerr << each.dtype() << ' ' << each.shape() << '\n' << each << '\n';
  std::abort();
}
