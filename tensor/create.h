// Creation: tensors of given values.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <taper/tensor/tensor.h>

namespace taper {

// Functions that take numbers throw ValueError for one that an integer dtype does not hold; fractions are cut
// off there, and bool is whether a number is not 0. All throw ShapeError for a shape that cannot be.

/// All 0, all 1, all `value`.
Tensor zeros(const Shape& shape, DType dtype = DType::float32);
Tensor ones(const Shape& shape, DType dtype = DType::float32);
Tensor full(const Shape& shape, double value, DType dtype = DType::float32);
/// The same shape and dtype as `like`.
Tensor zeros_like(const Tensor& like);
Tensor ones_like(const Tensor& like);
Tensor full_like(const Tensor& like, double value);
/// start, start + step, ... before stop. Throws ValueError if step is 0, points away from stop, or is not
/// finite.
Tensor arange(double start, double stop, double step = 1, DType dtype = DType::float32);
/// `count` evenly spaced values from start to stop, both included. Throws ValueError unless count >= 0, and
/// start, stop and their distance are finite.
Tensor linspace(double start, double stop, std::int64_t count, DType dtype = DType::float32);
/// Ones on the diagonal, else zeros; `columns` is `rows` if negative.
Tensor eye(std::int64_t rows, std::int64_t columns = -1, DType dtype = DType::float32);
/// A scalar (rank 0).
Tensor scalar(double value, DType dtype = DType::float32);

/// A copy of row-major values, of the dtype that T has. Throws ShapeError unless the counts agree.
template <class T>
Tensor from_data(std::span<const T> values, const Shape& shape);
template <class T>
Tensor from_data(const std::vector<T>& values, const Shape& shape) {
  return from_data(std::span<const T>(values), shape);
}
/// from_data({1.f, 2.f, 3.f}, {3})
template <class T>
Tensor from_data(std::initializer_list<T> values, const Shape& shape) {
  return from_data(std::span<const T>(values.begin(), values.size()), shape);
}

extern template Tensor from_data(std::span<const bool>, const Shape&);
extern template Tensor from_data(std::span<const std::uint8_t>, const Shape&);
extern template Tensor from_data(std::span<const std::int32_t>, const Shape&);
extern template Tensor from_data(std::span<const std::int64_t>, const Shape&);
extern template Tensor from_data(std::span<const float>, const Shape&);
extern template Tensor from_data(std::span<const double>, const Shape&);

}  // namespace taper
