// Normalization: chunks and threads; the loops are in kernels/normalization.cpp.
#include <algorithm>
#include <cmath>

#include <taper/tensor/create.h>
#include <taper/tensor/kernels/normalization.h>
#include <taper/tensor/normalization.h>
#include <taper/tensor/parallel.h>

namespace taper::compute {
namespace {

using kernels::normalization;

// Calls body(begin, end) for chunks of `count` groups or positions, in parallel.
template <class Body>
void in_chunks(const NormalizationShape& shape, std::int64_t count, bool in_blocks, Body&& body) {
  const std::int64_t elements = shape.runs * shape.groups * shape.length;
  if (elements == 0) return;
  const std::int64_t multiple = in_blocks ? kernels::normalization_block : 1;
  const std::int64_t chunks =
      std::min(chunk_count(elements, grain::reduced), (count + multiple - 1) / multiple);
  parallel_for(chunks, [&](std::int64_t i) {
    body(chunk_begin(i, chunks, count, multiple), chunk_begin(i + 1, chunks, count, multiple));
  });
}

bool side_by_side(const NormalizationShape& shape) { return shape.length == 1 && !shape.per_position; }

template <class T>
void reciprocal_roots(std::int64_t begin, std::int64_t end, const T* variance, double epsilon, T* to) {
  for (std::int64_t i = begin; i < end; ++i)
    to[i] = static_cast<T>(1 / std::sqrt(static_cast<double>(variance[i]) + epsilon));
}

}  // namespace

Tensor reciprocal_root(const char* function, const Tensor& variance, double epsilon) {
  Tensor result = Tensor::empty(variance.shape(), variance.dtype(), function);
  visit_floating(variance.dtype(), [&]<class T>() {
    reciprocal_roots(0, variance.numel(), variance.data<T>(), epsilon, result.mutable_data<T>());
  });
  return result;
}

Tensor normalize(const char* function, const Tensor& x, const NormalizationShape& shape, const Tensor& mean,
                 const Tensor& scale, const Tensor& weight, const Tensor& bias) {
  Tensor result = Tensor::empty(x.shape(), x.dtype(), function);
  visit_floating(x.dtype(), [&]<class T>() {
    T* const to = result.mutable_data<T>();
    in_chunks(shape, shape.groups, side_by_side(shape), [&](std::int64_t begin, std::int64_t end) {
      normalization<T>().apply(shape, begin, end, x.data<T>(), mean.data<T>(), scale.data<T>(),
                               weight.data<T>(), bias.data<T>(), to);
    });
  });
  return result;
}

Normalized normalize(const char* function, const Tensor& x, const NormalizationShape& shape,
                     const Tensor& weight, const Tensor& bias, double epsilon) {
  const auto for_each_group = [&] { return Tensor::empty({shape.groups}, x.dtype(), function); };
  Normalized result{Tensor::empty(x.shape(), x.dtype(), function), for_each_group(), for_each_group(),
                    for_each_group()};
  const std::int64_t multiple = side_by_side(shape) ? kernels::normalization_block : 1;
  // The number of groups that are processed together: few enough that the second pass still finds them in the
  // L2 cache.
  const std::int64_t together =
      std::max<std::int64_t>(64 * 1024 / std::max<std::int64_t>(shape.runs * shape.length, 1) / multiple, 1) *
      multiple;
  visit_floating(x.dtype(), [&]<class T>() {
    T* const y = result.y.mutable_data<T>();
    T* const mean = result.mean.mutable_data<T>();
    T* const variance = result.variance.mutable_data<T>();
    T* const scale = result.scale.mutable_data<T>();
    in_chunks(shape, shape.groups, side_by_side(shape), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t begin = first; begin < last; begin += together) {
        const std::int64_t end = std::min(begin + together, last);
        normalization<T>().moments(shape, begin, end, x.data<T>(), mean, variance);
        reciprocal_roots(begin, end, variance, epsilon, scale);
        normalization<T>().apply(shape, begin, end, x.data<T>(), mean, scale, weight.data<T>(),
                                 bias.data<T>(), y);
      }
    });
  });
  return result;
}

NormalizationGradients normalize_gradient(const char* function, const Tensor& x, const Tensor& g,
                                          const NormalizationShape& shape, const Tensor& mean,
                                          const Tensor& scale, const Tensor& weight, bool wants_x) {
  Tensor sums = zeros({shape.groups}, x.dtype()), dots = zeros({shape.groups}, x.dtype()), dx;
  if (wants_x) dx = Tensor::empty(x.shape(), x.dtype(), function);
  return visit_floating(x.dtype(), [&]<class T>() {
    T* const sum = sums.mutable_data<T>();
    T* const dot = dots.mutable_data<T>();
    T* const out = wants_x ? dx.mutable_data<T>() : nullptr;
    if (wants_x || !shape.per_position)
      in_chunks(shape, shape.groups, side_by_side(shape), [&](std::int64_t begin, std::int64_t end) {
        normalization<T>().gradient(shape, begin, end, x.data<T>(), g.data<T>(), mean.data<T>(),
                                    scale.data<T>(), weight.data<T>(), sum, dot, out);
      });
    if (!shape.per_position) return NormalizationGradients{dx, dots, sums};
    NormalizationGradients result{dx, zeros({shape.length}, x.dtype()), zeros({shape.length}, x.dtype())};
    T* const weight_gradient = result.weight.template mutable_data<T>();
    T* const bias_gradient = result.bias.template mutable_data<T>();
    in_chunks(shape, shape.length, true, [&](std::int64_t begin, std::int64_t end) {
      normalization<T>().position_sums(shape, begin, end, x.data<T>(), g.data<T>(), mean.data<T>(),
                                       scale.data<T>(), bias_gradient, weight_gradient);
    });
    return result;
  });
}

}  // namespace taper::compute
