// Creation: tensors of given values.
#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include <taper/tensor/convert.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper {
namespace {

// Fills with value(i) for element i, computed in double (exact for integers up to 2^53).
template <class Value>
Tensor generate(const Shape& shape, DType dtype, Value&& value) {
  Tensor result = Tensor::empty(shape, dtype);
  visit(dtype, [&]<class T>() {
    T* const out = static_cast<T*>(result.mutable_raw());
    for (std::int64_t i = 0, count = result.numel(); i < count; ++i) out[i] = convert<T>(value(i));
  });
  return result;
}

}  // namespace

Tensor full(const Shape& shape, double value, DType dtype) {
  Tensor result = Tensor::empty(shape, dtype);
  visit(dtype, [&]<class T>() {
    T* const out = static_cast<T*>(result.mutable_raw());
    std::fill(out, out + result.numel(), convert<T>(value));
  });
  return result;
}

Tensor zeros(const Shape& shape, DType dtype) { return full(shape, 0, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1, dtype); }
Tensor zeros_like(const Tensor& like) { return zeros(like.shape(), like.dtype()); }
Tensor ones_like(const Tensor& like) { return ones(like.shape(), like.dtype()); }
Tensor full_like(const Tensor& like, double value) { return full(like.shape(), value, like.dtype()); }
Tensor scalar(double value, DType dtype) { return full({}, value, dtype); }

Tensor arange(double start, double stop, double step, DType dtype) {
  const double count = std::ceil((stop - start) / step);
  if (!std::isfinite(start) || !std::isfinite(stop) || !std::isfinite(step) || step == 0 || count < 0 ||
      count > 0x1p52)
    throw ValueError(fmt::format(
        "arange: a finite step that leads from start to stop is wanted, got {}, {}, {}", start, stop, step));
  return generate({static_cast<std::int64_t>(count)}, dtype,
                  [=](std::int64_t i) { return start + static_cast<double>(i) * step; });
}

Tensor linspace(double start, double stop, std::int64_t count, DType dtype) {
  if (count < 0) throw ValueError(fmt::format("linspace: a count of at least 0 is wanted, got {}", count));
  const double last = static_cast<double>(std::max<std::int64_t>(count - 1, 1));
  return generate({count}, dtype, [=](std::int64_t i) {
    const double t = static_cast<double>(i) / last;
    return count > 1 && i == count - 1 ? stop : start + t * (stop - start);
  });
}

Tensor eye(std::int64_t rows, std::int64_t columns, DType dtype) {
  if (columns < 0) columns = rows;
  return generate({rows, columns}, dtype,
                  [=](std::int64_t i) { return i / columns == i % columns ? 1.0 : 0.0; });
}

template <class T>
Tensor from_data(std::span<const T> values, const Shape& shape) {
  Tensor result = Tensor::empty(shape, dtype_of<T>);
  if (result.numel() != static_cast<std::int64_t>(values.size()))
    throw ShapeError(fmt::format("from_data: shape {} takes {} values, got {}", to_string(shape),
                                 result.numel(), values.size()));
  if (!values.empty()) std::memcpy(result.mutable_raw(), values.data(), values.size_bytes());
  return result;
}

template Tensor from_data(std::span<const bool>, const Shape&);
template Tensor from_data(std::span<const std::uint8_t>, const Shape&);
template Tensor from_data(std::span<const std::int32_t>, const Shape&);
template Tensor from_data(std::span<const std::int64_t>, const Shape&);
template Tensor from_data(std::span<const float>, const Shape&);
template Tensor from_data(std::span<const double>, const Shape&);

}  // namespace taper
