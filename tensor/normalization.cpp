// Normalization on values: chunks and threads; the loops are in kernels/normalization.cpp.
#include <algorithm>
#include <cmath>

#include <taper/tensor/create.h>
#include <taper/tensor/normalization.h>
#include <taper/tensor/parallel.h>

namespace taper::compute {
namespace {

using kernels::normalization;

// Calls body(begin, end) for stretches of `count` groups or positions.
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

}  // namespace

Moments moments(const Tensor& x, const NormalizationShape& shape) {
  Moments result{Tensor::empty({shape.groups}, x.dtype()), Tensor::empty({shape.groups}, x.dtype())};
  visit_floating(x.dtype(), [&]<class T>() {
    const T* const from = x.data<T>();
    T* const mean = result.mean.mutable_data<T>();
    T* const variance = result.variance.mutable_data<T>();
    in_chunks(shape, shape.groups, side_by_side(shape), [&](std::int64_t begin, std::int64_t end) {
      normalization<T>().moments(shape, begin, end, from, mean, variance);
    });
  });
  return result;
}

Tensor reciprocal_root(const Tensor& variance, double epsilon) {
  Tensor result = Tensor::empty(variance.shape(), variance.dtype());
  visit_floating(variance.dtype(), [&]<class T>() {
    const T* const from = variance.data<T>();
    T* const to = result.mutable_data<T>();
    for (std::int64_t i = 0; i < variance.numel(); ++i)
      to[i] = static_cast<T>(1 / std::sqrt(static_cast<double>(from[i]) + epsilon));
  });
  return result;
}

Tensor normalize(const Tensor& x, const NormalizationShape& shape, const Tensor& mean, const Tensor& scale,
                 const Tensor& weight, const Tensor& bias) {
  Tensor result = Tensor::empty(x.shape(), x.dtype());
  visit_floating(x.dtype(), [&]<class T>() {
    T* const to = result.mutable_data<T>();
    in_chunks(shape, shape.groups, side_by_side(shape), [&](std::int64_t begin, std::int64_t end) {
      normalization<T>().apply(shape, begin, end, x.data<T>(), mean.data<T>(), scale.data<T>(),
                               weight.data<T>(), bias.data<T>(), to);
    });
  });
  return result;
}

NormalizationGradients normalize_gradient(const Tensor& x, const Tensor& g, const NormalizationShape& shape,
                                          const Tensor& mean, const Tensor& scale, const Tensor& weight,
                                          bool wants_x) {
  Tensor sums = zeros({shape.groups}, x.dtype()), dots = zeros({shape.groups}, x.dtype()), dx;
  if (wants_x) dx = Tensor::empty(x.shape(), x.dtype());
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
