// Shape: up to eight extents held inline; also used for strides and lists of axes.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>

namespace taper {

/// An integer, but not bool: an extent or an axis that is given alone.
template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool>;

/// A short list of integers, stored without a heap allocation: the extents of a tensor (row-major, outermost
/// first), its strides, or axes.
class Shape {
 public:
  static constexpr int max_rank = 8;

  constexpr Shape() = default;
  /// Throws ShapeError if there are more than max_rank values. The values are not checked here but when a
  /// tensor is created.
  Shape(std::initializer_list<std::int64_t> values) : Shape(std::span(values.begin(), values.size())) {}
  explicit Shape(std::span<const std::int64_t> values);
  /// One axis: zeros(3).
  Shape(Integer auto extent) : values_{static_cast<std::int64_t>(extent)}, rank_(1) {}  // NOLINT: implicit
  /// `rank` times `value`. Throws ShapeError unless `rank` is between 0 and max_rank.
  static Shape filled(int rank, std::int64_t value);

  int rank() const noexcept { return rank_; }
  bool empty() const noexcept { return rank_ == 0; }
  /// The product of the extents; 1 for a scalar. Throws ShapeError if 64 bits cannot hold it.
  std::int64_t numel() const {
    std::int64_t product = 1;
    for (int i = 0; i < rank_; ++i)
      if (__builtin_mul_overflow(product, values_[i], &product)) [[unlikely]]
        throw_too_large();
    return product;
  }

  /// Value i; a negative i counts from the end. Throws IndexError out of range.
  std::int64_t& operator[](std::int64_t i) { return values_[place(i)]; }
  std::int64_t operator[](std::int64_t i) const { return values_[place(i)]; }
  /// The last value. Throws IndexError if the list is empty.
  std::int64_t back() const { return values_[place(rank_ - 1)]; }
  // Iterators, without checks.
  std::int64_t* begin() noexcept { return values_; }
  std::int64_t* end() noexcept { return values_ + rank_; }
  const std::int64_t* begin() const noexcept { return values_; }
  const std::int64_t* end() const noexcept { return values_ + rank_; }

  /// Throws ShapeError if there are max_rank values already.
  void push_back(std::int64_t value);
  /// Inserts `value` before the value at `position`, or at the end if `position` is rank(). Throws ShapeError
  /// if there are max_rank values already, IndexError unless `position` is between 0 and rank().
  void insert(std::int64_t position, std::int64_t value);
  /// Removes the value at `position`; a negative position counts from the end. Throws IndexError out of
  /// range.
  void erase(std::int64_t position);

  /// A copy without the value at `position`, which is from 0 to rank() - 1.
  Shape without(int position) const noexcept {
    Shape result;
    result.rank_ = rank_ - 1;
    for (int i = 0; i < result.rank_; ++i) result.values_[i] = values_[i + (i >= position)];
    return result;
  }

  friend bool operator==(const Shape& a, const Shape& b) noexcept {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i)
      if (a.values_[i] != b.values_[i]) return false;
    return true;
  }

 private:
  std::int64_t place(std::int64_t i) const {
    return static_cast<std::uint64_t>(i) < static_cast<std::uint64_t>(rank_) ? i : place_from_end(i);
  }
  std::int64_t place_from_end(std::int64_t i) const;
  [[noreturn]] void throw_too_large() const;

  std::int64_t values_[max_rank] = {};
  int rank_ = 0;
};

using Strides = Shape;

/// A list of axes, or one axis alone: sum(x, {0, 2}), sum(x, 1). Negative ones count from the end. Not from
/// bool: in sum(x, true) the axes are missing, so it does not compile.
class Axes : public Shape {
 public:
  using Shape::Shape;
  explicit Axes(const Shape& axes) : Shape(axes) {}
};

/// "[2, 3]".
std::string to_string(const Shape& shape);
std::ostream& operator<<(std::ostream& stream, const Shape& shape);

/// The position of `axis` in 0..rank-1, where negative values count from the end. Throws IndexError if it is
/// out of range; the message begins with `function`.
int normalize_axis(const char* function, std::int64_t axis, int rank);

/// A mask of the axes in a list (bit i for axis i; an empty list means all of them). Throws IndexError if one
/// is out of range and ValueError if one occurs twice.
unsigned axis_mask(const char* function, const Axes& axes, int rank);

}  // namespace taper
