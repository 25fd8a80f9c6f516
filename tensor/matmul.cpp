// Matrix products: shapes and batches; the loops are in kernels/gemm.cpp.
#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/error.h>
#include <taper/tensor/kernels/gemm.h>
#include <taper/tensor/matmul.h>

namespace taper::compute {
namespace {

// The leading axes, all but the last two.
Shape leading(const Shape& shape) {
  return Shape(std::span(shape.begin(), static_cast<std::size_t>(shape.rank() - 2)));
}

Layout broadcast_leading(const char* function, const Layout& layout, const Shape& batch) {
  Shape target = batch;
  target.push_back(layout.shape[layout.rank() - 2]);
  target.push_back(layout.shape.back());
  return layout.expand(function, target);
}

template <class T>
kernels::Gemm<T> describe(const Layout& a, const Layout& b, const Layout& c) {
  const int row = a.rank() - 2, column = a.rank() - 1;
  const std::int64_t *const a_steps = a.strides.begin(), *const b_steps = b.strides.begin();
  kernels::Gemm<T> gemm;
  gemm.rows = a.shape.begin()[row];
  gemm.depth = a.shape.begin()[column];
  gemm.columns = b.shape.begin()[column];
  gemm.a_row_stride = a_steps[row];
  gemm.a_column_stride = a_steps[column];
  gemm.b_row_stride = b_steps[row];
  gemm.b_column_stride = b_steps[column];
  gemm.c_row_stride = c.strides.begin()[row];
  return gemm;
}

}  // namespace

Tensor matmul(const char* function, const Tensor& a, const Tensor& b, const Tensor* bias, bool relu) {
  check_defined(function, a, "the first operand");
  check_defined(function, b, "the second operand");
  check_calculable(function, a.dtype());
  check_calculable(function, b.dtype());
  if (a.dtype() != b.dtype() || !is_floating(a.dtype()) || (bias != nullptr && bias->dtype() != a.dtype()))
    throw DTypeError(fmt::format("{}: expected operands of the same floating dtype, got {}, {}{}", function,
                                 name(a.dtype()), name(b.dtype()),
                                 bias != nullptr ? fmt::format(", {}", name(bias->dtype())) : ""));
  if (a.rank() < 2 || b.rank() < 2 || a.shape().back() != b.shape()[b.rank() - 2])
    throw ShapeError(fmt::format("{}: expected [..., M, K] and [..., K, N], got {} and {}", function,
                                 to_string(a.shape()), to_string(b.shape())));
  Shape batch;
  Layout left = a.layout(), right = b.layout();
  if (a.rank() > 2 || b.rank() > 2) {
    batch = broadcast(function, leading(a.shape()), leading(b.shape()));
    left = broadcast_leading(function, left, batch);
    right = broadcast_leading(function, right, batch);
  }
  Shape shape = left.shape;
  shape[shape.rank() - 1] = right.shape.back();
  Tensor result = Tensor::empty(shape, a.dtype(), function);
  if (result.numel() == 0) return result;

  run_kernel(function, a.dtype(), [&]<class T>() {
    kernels::Gemm<T> gemm = describe<T>(left, right, result.layout());
    gemm.column_bias = bias != nullptr ? bias->data<T>() : nullptr;
    gemm.relu = relu;
    const T* const first_a = static_cast<const T*>(a.raw()) - left.offset;
    const T* const first_b = static_cast<const T*>(b.raw()) - right.offset;
    T* const first_c = static_cast<T*>(result.mutable_raw());
    // The innermost leading axis is the batch of the kernel; the loop over the other leading axes is here.
    const int inner = batch.rank() - 1;
    std::int64_t outer = 1;
    for (int i = 0; i < inner; ++i) outer *= batch[i];
    if (inner >= 0) {
      gemm.batch = batch[inner];
      gemm.a_batch_stride = left.strides[inner];
      gemm.b_batch_stride = right.strides[inner];
      gemm.c_batch_stride = result.strides()[inner];
    }
    for (std::int64_t i = 0; i < outer; ++i) {
      std::int64_t at_a = left.offset, at_b = right.offset, at_c = 0, rest = i;
      for (int axis = inner - 1; axis >= 0; --axis) {
        const std::int64_t index = rest % batch[axis];
        rest /= batch[axis];
        at_a += index * left.strides[axis];
        at_b += index * right.strides[axis];
        at_c += index * result.strides()[axis];
      }
      gemm.a = first_a + at_a;
      gemm.b = first_b + at_b;
      gemm.c = first_c + at_c;
      kernels::gemm(gemm);
    }
  });
  return result;
}

}  // namespace taper::compute
