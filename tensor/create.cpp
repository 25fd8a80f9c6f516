// Creation of tensors with given values.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/convert.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper {
namespace {

// Throws ValueError unless the number, rounded towards 0 for integers, is in the range of the dtype.
void check_value(const char* function, double value, DType dtype) {
  visit_all(dtype, [&]<class T>() {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      using Limits = std::numeric_limits<T>;
      // The largest int64 is not exactly representable as a double, but the largest plus 1 is.
      const double low = static_cast<double>(Limits::min()), above = std::ldexp(1, Limits::digits);
      if (!(std::trunc(value) >= low && std::trunc(value) < above))
        throw ValueError(fmt::format("{}: expected a number from {} to {} for {}, got {}", function,
                                     Limits::min(), Limits::max(), name(dtype), value));
    }
  });
}

// Fills with value(i) for element i, computed in double (exact for integers up to 2^53).
template <class Value>
Tensor generate(const char* function, const Shape& shape, DType dtype, Value&& value) {
  Tensor result = Tensor::empty(shape, dtype, function);
  visit_all(dtype, [&]<class T>() {
    T* const out = static_cast<T*>(result.mutable_raw());
    for (std::int64_t i = 0, count = result.numel(); i < count; ++i) out[i] = convert<T>(value(i));
  });
  return result;
}

Tensor filled(const char* function, const Shape& shape, double value, DType dtype) {
  check_value(function, value, dtype);
  Tensor result = Tensor::empty(shape, dtype, function);
  visit_all(dtype, [&]<class T>() {
    T* const out = static_cast<T*>(result.mutable_raw());
    std::fill(out, out + result.numel(), convert<T>(value));
  });
  return result;
}

Tensor filled_like(const char* function, const Tensor& like, double value) {
  compute::check_defined(function, like);
  return filled(function, like.shape(), value, like.dtype());
}

}  // namespace

Tensor full(const Shape& shape, double value, DType dtype) { return filled("full", shape, value, dtype); }
Tensor zeros(const Shape& shape, DType dtype) { return filled("zeros", shape, 0, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return filled("ones", shape, 1, dtype); }
Tensor zeros_like(const Tensor& like) { return filled_like("zeros_like", like, 0); }
Tensor ones_like(const Tensor& like) { return filled_like("ones_like", like, 1); }
Tensor full_like(const Tensor& like, double value) { return filled_like("full_like", like, value); }
Tensor empty_like(const Tensor& like) {
  compute::check_defined("empty_like", like);
  return Tensor::empty(like.shape(), like.dtype(), "empty_like");
}
Tensor scalar(double value, DType dtype) { return filled("scalar", {}, value, dtype); }

Literal::Literal(std::initializer_list<Literal> parts) : kind_(DType::boolean) {
  for (const Literal& part : parts) {
    if (part.shape_ != parts.begin()->shape_)
      throw ShapeError(fmt::format("tensor: expected lists of one length at each depth, got shapes {} and {}",
                                   to_string(parts.begin()->shape_), to_string(part.shape_)));
    values_.insert(values_.end(), part.values_.begin(), part.values_.end());
    kind_ = std::max(kind_, part.kind_);
  }
  if (parts.size() == 0) kind_ = DType::float64;
  shape_ = parts.size() == 0 ? Shape() : parts.begin()->shape_;
  shape_.insert(0, static_cast<std::int64_t>(parts.size()));
}

Tensor tensor(const Literal& numbers, DType dtype) {
  if (numbers.kind_ == DType::int64 && dtype == DType::int64)
    return generate("tensor", numbers.shape_, dtype,
                    [&](std::int64_t i) { return numbers.values_[static_cast<std::size_t>(i)].integer; });
  for (const Literal::Value& value : numbers.values_) check_value("tensor", value.real, dtype);
  return generate("tensor", numbers.shape_, dtype,
                  [&](std::int64_t i) { return numbers.values_[static_cast<std::size_t>(i)].real; });
}

Tensor tensor(const Literal& numbers) {
  return tensor(numbers, numbers.kind_ == DType::float64 ? default_dtype() : numbers.kind_);
}

Tensor arange(double start, double stop, double step, DType dtype) {
  const double count = std::ceil((stop - start) / step);
  if (!std::isfinite(start) || !std::isfinite(stop) || !std::isfinite(step) || step == 0 || count < 0 ||
      count > 0x1p52)
    throw ValueError(
        fmt::format("arange: expected finite numbers with a step that leads from start to stop, got start "
                    "{}, stop {}, step {}",
                    start, stop, step));
  if (count > 0) {
    check_value("arange", start, dtype);
    check_value("arange", start + (count - 1) * step, dtype);
  }
  return generate("arange", {static_cast<std::int64_t>(count)}, dtype,
                  [=](std::int64_t i) { return start + static_cast<double>(i) * step; });
}

namespace {

// value(e) for `count` numbers e from start to stop; value is monotonic.
template <class Value>
Tensor spaced(const char* function, double start, double stop, std::int64_t count, DType dtype,
              Value&& value) {
  if (count < 0) throw ValueError(fmt::format("{}: expected a count of at least 0, got {}", function, count));
  if (!std::isfinite(stop - start))
    throw ValueError(fmt::format("{}: expected finite start, stop and stop - start, got start {} and stop {}",
                                 function, start, stop));
  check_value(function, value(start), dtype);
  check_value(function, value(stop), dtype);
  const double last = static_cast<double>(std::max<std::int64_t>(count - 1, 1));
  return generate(function, {count}, dtype, [=](std::int64_t i) {
    const double t = static_cast<double>(i) / last;
    return value(count > 1 && i == count - 1 ? stop : start + t * (stop - start));
  });
}

}  // namespace

Tensor linspace(double start, double stop, std::int64_t count, DType dtype) {
  return spaced("linspace", start, stop, count, dtype, [](double x) { return x; });
}

Tensor logspace(double start, double stop, std::int64_t count, double base, DType dtype) {
  const auto power = [base](double x) { return std::pow(base, x); };
  if (!(base > 0 && std::isfinite(base)) || !std::isfinite(power(start)) || !std::isfinite(power(stop)))
    throw ValueError(
        fmt::format("logspace: expected a base above 0 and finite powers, got base {}, start {} and stop {}",
                    base, start, stop));
  return spaced("logspace", start, stop, count, dtype, power);
}

namespace {

__extension__ using Wide = __int128;

// How many elements of a matrix lie on or below a diagonal. Row r has r + offset + 1 of them, but at least 0
// and at most `columns`.
Wide below(Wide rows, Wide columns, Wide offset) {
  const Wide first = std::clamp<Wide>(-offset, 0, rows),
             whole = std::clamp<Wide>(columns - offset, first, rows);
  return (whole - first) * (first + whole + 2 * offset + 1) / 2 + (rows - whole) * columns;
}

Tensor triangle(const char* function, std::int64_t rows, std::int64_t columns, std::int64_t offset,
                bool lower) {
  if (rows < 0 || columns < 0)
    throw ValueError(fmt::format("{}: expected extents of at least 0, got {} rows and {} columns", function,
                                 rows, columns));
  offset = std::clamp(offset, -rows, columns);
  const Wide count =
      lower ? below(rows, columns, offset) : Wide{rows} * columns - below(rows, columns, Wide{offset} - 1);
  if (count > Wide{1} << 60)
    throw ShapeError(
        fmt::format("{}: there are too many elements in {} rows and {} columns", function, rows, columns));
  Tensor result = Tensor::empty({2, static_cast<std::int64_t>(count)}, int64, function);
  std::int64_t* row_out = result.mutable_data<std::int64_t>();
  std::int64_t* column_out = row_out + result.size(1);
  for (std::int64_t row = lower ? std::max<std::int64_t>(-offset, 0) : 0, left = result.size(1); left > 0;
       ++row) {
    const std::int64_t begin = lower ? 0 : std::max<std::int64_t>(row + offset, 0);
    const std::int64_t end = lower ? std::min(row + offset + 1, columns) : columns;
    for (std::int64_t column = begin; column < end; ++column, --left) {
      *row_out++ = row;
      *column_out++ = column;
    }
  }
  return result;
}

}  // namespace

Tensor tril_indices(std::int64_t rows, std::int64_t columns, std::int64_t offset) {
  return triangle("tril_indices", rows, columns, offset, true);
}
Tensor triu_indices(std::int64_t rows, std::int64_t columns, std::int64_t offset) {
  return triangle("triu_indices", rows, columns, offset, false);
}

Tensor eye(std::int64_t rows, std::int64_t columns, DType dtype) {
  if (columns < 0) columns = rows;
  return generate("eye", {rows, columns}, dtype,
                  [=](std::int64_t i) { return i / columns == i % columns ? 1.0 : 0.0; });
}

template <class T>
Tensor from_data(std::span<const T> values, const Shape& shape) {
  const std::int64_t expected = Layout(shape, "from_data").numel();
  if (expected != static_cast<std::int64_t>(values.size()))
    throw ShapeError(fmt::format("from_data: expected {} values for shape {}, got {}", expected,
                                 to_string(shape), values.size()));
  Tensor result = Tensor::empty(shape, dtype_of<T>, "from_data");
  if (!values.empty()) std::memcpy(result.mutable_raw(), values.data(), values.size_bytes());
  return result;
}

template <class T>
Tensor from_blob(T* data, const Shape& shape, std::shared_ptr<const void> owner) {
  const Layout layout(shape, "from_blob");
  if (layout.numel() > 0 && (data == nullptr || reinterpret_cast<std::uintptr_t>(data) % alignof(T) != 0))
    throw ValueError(fmt::format("from_blob: expected a pointer to {} elements, aligned to {} bytes, got {}",
                                 name(dtype_of<T>), alignof(T), fmt::ptr(data)));
  TensorValue foreign(Storage::borrow(reinterpret_cast<std::byte*>(data), std::move(owner)), layout,
                      dtype_of<T>);
  if (!foreign.storage) throw MemoryError("from_blob: out of memory");
  Tensor result = Tensor::empty({0}, dtype_of<T>, "from_blob");
  result.value().become(foreign);
  return result;
}

template Tensor from_data(std::span<const bool>, const Shape&);
template Tensor from_data(std::span<const std::uint8_t>, const Shape&);
template Tensor from_data(std::span<const std::int32_t>, const Shape&);
template Tensor from_data(std::span<const std::int64_t>, const Shape&);
template Tensor from_data(std::span<const float>, const Shape&);
template Tensor from_data(std::span<const double>, const Shape&);
template Tensor from_data(std::span<const Float16>, const Shape&);
template Tensor from_data(std::span<const BFloat16>, const Shape&);
template Tensor from_blob(bool*, const Shape&, std::shared_ptr<const void>);
template Tensor from_blob(std::uint8_t*, const Shape&, std::shared_ptr<const void>);
template Tensor from_blob(std::int32_t*, const Shape&, std::shared_ptr<const void>);
template Tensor from_blob(std::int64_t*, const Shape&, std::shared_ptr<const void>);
template Tensor from_blob(float*, const Shape&, std::shared_ptr<const void>);
template Tensor from_blob(double*, const Shape&, std::shared_ptr<const void>);
template Tensor from_blob(Float16*, const Shape&, std::shared_ptr<const void>);
template Tensor from_blob(BFloat16*, const Shape&, std::shared_ptr<const void>);

}  // namespace taper
