// Cross entropy on values: the check of labels, chunks; the loops are in kernels/cross_entropy.cpp.
#include <algorithm>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/cross_entropy.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/kernels/cross_entropy.h>
#include <taper/tensor/parallel.h>

namespace taper::compute {
namespace {

kernels::CrossEntropyRows rows_of(const Tensor& logarithms, const Labels& labels, double smoothing) {
  return {logarithms.shape()[0], logarithms.shape()[1], labels.values.data<std::int64_t>(),
          labels.valid.defined() ? labels.valid.data<bool>() : nullptr, smoothing};
}

double divisor(const Labels& labels, Reduction reduction) {
  return reduction == Reduction::mean ? static_cast<double>(labels.count) : 1;
}

}  // namespace

Labels checked_labels(const char* function, const Tensor& x, const Tensor& labels,
                      std::optional<std::int64_t> ignored) {
  check_floating(function, x);
  if (x.rank() < 2)
    throw ShapeError(fmt::format("{}: expected logits of shape [N, C] or [N, C, ...], got shape {}", function,
                                 to_string(x.shape())));
  check_defined(function, labels, "the list of labels");
  if (labels.dtype() != int64)
    throw DTypeError(fmt::format("{}: expected int64 labels, got {}; convert with to(labels, int64)",
                                 function, name(labels.dtype())));
  Shape wanted = x.shape();
  wanted.erase(1);
  check_shape(function, labels, wanted, "labels");
  const std::int64_t classes = x.shape()[1], size = labels.numel();
  if (classes == 0 && size > 0)
    throw ShapeError(
        fmt::format("{}: expected at least one class, got shape {}", function, to_string(x.shape())));
  Labels result{cast(labels, int64), {}, size};
  std::int64_t* const label = result.values.mutable_data<std::int64_t>();
  bool* valid = nullptr;
  for (std::int64_t i = 0; i < size; ++i) {
    if (label[i] == ignored) {
      if (valid == nullptr) {
        result.valid = full(wanted, 1, boolean);
        valid = result.valid.mutable_data<bool>();
      }
      label[i] = valid[i] = 0;
      --result.count;
    } else if (label[i] < 0 || label[i] >= classes) {
      Shape position = wanted;
      std::int64_t rest = i;
      for (int axis = wanted.rank() - 1; axis >= 0; rest /= wanted[axis--])
        position[axis] = rest % wanted[axis];
      throw IndexError(fmt::format("{}: label {} at position {} is not one of the {} classes (0 to {})",
                                   function, label[i], to_string(position), classes, classes - 1));
    }
  }
  return result;
}

Tensor cross_entropy(const Tensor& logarithms, const Labels& labels, Reduction reduction, double smoothing) {
  const kernels::CrossEntropyRows rows = rows_of(logarithms, labels, smoothing);
  const bool each = reduction == Reduction::none;
  Tensor result = Tensor::empty(each ? Shape{rows.rows} : Shape{}, logarithms.dtype(), "cross_entropy");
  visit_floating(logarithms.dtype(), [&]<class T>() {
    T* const out = result.mutable_data<T>();
    const double total =
        kernels::cross_entropy<T>().forward(rows, logarithms.data<T>(), each ? out : nullptr);
    if (!each) *out = static_cast<T>(total / divisor(labels, reduction));
  });
  return result;
}

// (softmax(x) - target) * g, one pass behind the exponentials.
Tensor cross_entropy_gradient(const Tensor& g, const Tensor& logarithms, const Labels& labels,
                              Reduction reduction, double smoothing) {
  const kernels::CrossEntropyRows rows = rows_of(logarithms, labels, smoothing);
  Tensor result = unary("cross_entropy", Unary::exp, logarithms);
  const Tensor weights = contiguous(g);
  visit_floating(result.dtype(), [&]<class T>() {
    T* const out = result.mutable_data<T>();
    const std::int64_t chunks =
        std::min(std::max<std::int64_t>(rows.rows, 1), chunk_count(result.numel(), grain::elements));
    parallel_for(chunks, [&](std::int64_t chunk) {
      kernels::cross_entropy<T>().gradient(rows, chunk_begin(chunk, chunks, rows.rows),
                                           chunk_begin(chunk + 1, chunks, rows.rows), weights.data<T>(),
                                           reduction == Reduction::none, divisor(labels, reduction), out);
    });
  });
  return result;
}

}  // namespace taper::compute
