// Creation of tensors: zeros, ones, arange, from_data and so on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <taper/tensor/tensor.h>

namespace taper {

// Numbers are converted to the dtype. An integer dtype drops the fraction and throws ValueError for a number
// out of its range; for bool, every number except 0 is true. All functions throw ShapeError for a negative
// extent or a shape with too many elements.

/// All elements are 0, 1 or `value`.
Tensor zeros(const Shape& shape, DType dtype = DType::float32);
Tensor ones(const Shape& shape, DType dtype = DType::float32);
Tensor full(const Shape& shape, double value, DType dtype = DType::float32);
/// The same with the shape and dtype of `like`.
Tensor zeros_like(const Tensor& like);
Tensor ones_like(const Tensor& like);
Tensor full_like(const Tensor& like, double value);
/// start, start + step, ... before stop. Throws ValueError if a number is not finite, or if step is 0 or
/// leads away from stop.
Tensor arange(double start, double stop, double step = 1, DType dtype = DType::float32);
/// `count` evenly spaced values from start to stop, both included. Throws ValueError unless count >= 0 and
/// start, stop and stop - start are finite.
Tensor linspace(double start, double stop, std::int64_t count, DType dtype = DType::float32);
/// A [rows, columns] matrix with ones on the diagonal and zeros elsewhere; a negative `columns` means `rows`.
Tensor eye(std::int64_t rows, std::int64_t columns = -1, DType dtype = DType::float32);
/// A tensor of rank 0, which has one element.
Tensor scalar(double value, DType dtype = DType::float32);

/// A tensor with a copy of `values`, in row-major order; its dtype is dtype_of<T>. Throws ShapeError unless
/// the number of values is the number of elements of `shape`.
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
