// Creation of tensors: zeros, ones, arange, from_data and so on.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include <taper/tensor/tensor.h>

namespace taper {

// Numbers are converted to the dtype. An integer dtype drops the fraction and throws ValueError for a number
// out of its range; for bool, every number except 0 is true. All functions throw ShapeError for a negative
// extent or a shape with too many elements.

/// All elements are 0, 1 or `value`.
Tensor zeros(const Shape& shape, DType dtype = default_dtype());
Tensor ones(const Shape& shape, DType dtype = default_dtype());
Tensor full(const Shape& shape, double value, DType dtype = default_dtype());
/// The same with the shape and dtype of `like`.
Tensor zeros_like(const Tensor& like);
Tensor ones_like(const Tensor& like);
Tensor full_like(const Tensor& like, double value);
/// Uninitialized elements, with the shape and dtype of `like`: see Tensor::empty().
Tensor empty_like(const Tensor& like);
/// start, start + step, ... before stop. Throws ValueError if a number is not finite, or if step is 0 or
/// leads away from stop.
Tensor arange(double start, double stop, double step = 1, DType dtype = default_dtype());
/// The same for integers: int64, unless another dtype is given.
template <Integer Start, Integer Stop, Integer Step = std::int64_t>
Tensor arange(Start start, Stop stop, Step step = 1, DType dtype = DType::int64) {
  return arange(static_cast<double>(start), static_cast<double>(stop), static_cast<double>(step), dtype);
}
/// From 0 on.
template <class Stop>
requires std::is_arithmetic_v<Stop> Tensor arange(Stop stop) { return arange(Stop(0), stop); }
/// `count` evenly spaced values from start to stop, both included. Throws ValueError unless count >= 0 and
/// start, stop and stop - start are finite.
Tensor linspace(double start, double stop, std::int64_t count, DType dtype = default_dtype());
/// `count` numbers base^e for exponents e from `start` to `stop`, both included, with equal distances. Throws
/// ValueError if `count` is negative, if a number is not finite, or if the base is not above 0.
Tensor logspace(double start, double stop, std::int64_t count, double base = 10,
                DType dtype = default_dtype());
/// A [rows, columns] matrix with ones on the diagonal and zeros elsewhere; a negative `columns` means `rows`.
Tensor eye(std::int64_t rows, std::int64_t columns = -1, DType dtype = default_dtype());
/// The row and column numbers, int64 [2, count] and in row-major order, of the elements on and below, or on
/// and above, the diagonal `offset` of a [rows, columns] matrix: those that tril() and triu() keep. Throw
/// ValueError if an extent is negative, ShapeError if there are too many.
Tensor tril_indices(std::int64_t rows, std::int64_t columns, std::int64_t offset = 0);
Tensor triu_indices(std::int64_t rows, std::int64_t columns, std::int64_t offset = 0);
/// A tensor of rank 0, which has one element.
Tensor scalar(double value, DType dtype = default_dtype());

/// Numbers in nested lists: the argument of tensor().
class Literal {
 public:
  template <class Number>
  requires std::is_arithmetic_v<Number> Literal(Number number)  // NOLINT: implicit on purpose
      : Literal(Value{static_cast<double>(number), integer_of(number)},
                std::is_same_v<Number, bool>       ? DType::boolean
                : std::is_floating_point_v<Number> ? DType::float64
                                                   : DType::int64) {}
  /// Throws ShapeError if the parts have different shapes.
  Literal(std::initializer_list<Literal> parts);

 private:
  friend Tensor tensor(const Literal&, DType);
  friend Tensor tensor(const Literal&);
  template <class Number>
  static constexpr std::int64_t integer_of(Number number) {
    if constexpr (std::is_floating_point_v<Number>)
      return 0;  // not read; infinity has none
    else
      return static_cast<std::int64_t>(number);
  }
  struct Value {
    double real;
    std::int64_t integer;
  };
  Literal(Value value, DType kind) : values_{value}, kind_(kind) {}

  std::vector<Value> values_;  // row-major
  Shape shape_;
  DType kind_;  // boolean, int64 or float64: the highest of the numbers
};

/// A tensor of the numbers in nested lists: tensor({{1, 2}, {3, 4}}), tensor({0.5, 2}), tensor(3). Of bools
/// it is bool, of integers int64; if one of the numbers is floating, or there is none, it has the default
/// dtype. Throws ShapeError unless all lists of one depth have the same length.
Tensor tensor(const Literal& numbers);
/// The same in another dtype. Throws ValueError for a number that an integer dtype cannot represent.
Tensor tensor(const Literal& numbers, DType dtype);

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

/// A tensor of the elements that lie at `data` in row-major order, without a copy: both sides see what the
/// other writes. They stay there until `owner` is released, which the tensor and its views do at their end,
/// on any thread; with a null owner, the caller keeps them for that long. Throws ShapeError for a bad shape,
/// ValueError for a null pointer to elements or one that is not aligned for T.
///
///     const auto pixels = std::make_shared<std::vector<float>>(...);
///     const Tensor image = from_blob(pixels->data(), {height, width}, pixels);
template <class T>
Tensor from_blob(T* data, const Shape& shape, std::shared_ptr<const void> owner);

extern template Tensor from_data(std::span<const bool>, const Shape&);
extern template Tensor from_data(std::span<const std::uint8_t>, const Shape&);
extern template Tensor from_data(std::span<const std::int32_t>, const Shape&);
extern template Tensor from_data(std::span<const std::int64_t>, const Shape&);
extern template Tensor from_data(std::span<const float>, const Shape&);
extern template Tensor from_data(std::span<const double>, const Shape&);
extern template Tensor from_data(std::span<const Float16>, const Shape&);
extern template Tensor from_data(std::span<const BFloat16>, const Shape&);
extern template Tensor from_blob(bool*, const Shape&, std::shared_ptr<const void>);
extern template Tensor from_blob(std::uint8_t*, const Shape&, std::shared_ptr<const void>);
extern template Tensor from_blob(std::int32_t*, const Shape&, std::shared_ptr<const void>);
extern template Tensor from_blob(std::int64_t*, const Shape&, std::shared_ptr<const void>);
extern template Tensor from_blob(float*, const Shape&, std::shared_ptr<const void>);
extern template Tensor from_blob(double*, const Shape&, std::shared_ptr<const void>);
extern template Tensor from_blob(Float16*, const Shape&, std::shared_ptr<const void>);
extern template Tensor from_blob(BFloat16*, const Shape&, std::shared_ptr<const void>);

}  // namespace taper
