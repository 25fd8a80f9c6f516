// Shape: up to eight extents held inline; also used for strides and lists of axes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>

namespace taper {

/// A short list of integers without heap: the extents of a tensor (row-major, outermost first), its strides,
/// or axes.
class Shape {
 public:
  static constexpr int max_rank = 8;

  constexpr Shape() = default;
  /// Throws ShapeError if there are more than max_rank values. Extents are checked where a tensor is made.
  Shape(std::initializer_list<std::int64_t> values) : Shape(std::span(values.begin(), values.size())) {}
  explicit Shape(std::span<const std::int64_t> values);
  /// `rank` times `value`.
  static Shape filled(int rank, std::int64_t value);

  int rank() const noexcept { return rank_; }
  bool empty() const noexcept { return rank_ == 0; }
  /// The product of the extents; 1 for a scalar.
  std::int64_t numel() const noexcept {
    std::int64_t product = 1;
    for (int i = 0; i < rank_; ++i) product *= values_[i];
    return product;
  }

  std::int64_t& operator[](int i) noexcept { return values_[i]; }
  std::int64_t operator[](int i) const noexcept { return values_[i]; }
  std::int64_t back() const noexcept { return values_[rank_ - 1]; }
  std::int64_t* begin() noexcept { return values_; }
  std::int64_t* end() noexcept { return values_ + rank_; }
  const std::int64_t* begin() const noexcept { return values_; }
  const std::int64_t* end() const noexcept { return values_ + rank_; }

  void push_back(std::int64_t value);
  void insert(int position, std::int64_t value);
  void erase(int position);

  friend bool operator==(const Shape& a, const Shape& b) noexcept {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i)
      if (a.values_[i] != b.values_[i]) return false;
    return true;
  }

 private:
  std::int64_t values_[max_rank] = {};
  int rank_ = 0;
};

using Strides = Shape;
using Axes = Shape;

/// "[2, 3]".
std::string to_string(const Shape& shape);
std::ostream& operator<<(std::ostream& stream, const Shape& shape);

/// The position of `axis` in 0..rank-1, where negative values count from the end.
/// Throws IndexError that begins with `function`.
int normalize_axis(const char* function, std::int64_t axis, int rank);

/// A mask of the axes in a list (bit i for axis i; an empty list means all of them).
/// Throws IndexError if one is out of range and ValueError if one is named twice.
unsigned axis_mask(const char* function, const Axes& axes, int rank);

}  // namespace taper
