// Extents and paddings of windows: a number for each axis of sequences [N, C, L], images [N, C, H, W] or
// volumes [N, C, D, H, W].
#pragma once

#include <cstdint>

#include <taper/tensor/shape.h>

namespace taper {

/// A length.
struct Extent1d {
  std::int64_t length;
  constexpr Extent1d(std::int64_t number) : length(number) {}  // NOLINT: implicit on purpose
  Shape list() const { return {length}; }
};

/// A height and a width. A single number sets both.
struct Extent2d {
  std::int64_t height, width;
  constexpr Extent2d(std::int64_t both) : height(both), width(both) {}  // NOLINT: implicit on purpose
  constexpr Extent2d(std::int64_t rows, std::int64_t columns) : height(rows), width(columns) {}
  Shape list() const { return {height, width}; }
  friend bool operator==(const Extent2d&, const Extent2d&) = default;
};

/// A depth, a height and a width. A single number sets all.
struct Extent3d {
  std::int64_t depth, height, width;
  constexpr Extent3d(std::int64_t all)
      : depth(all), height(all), width(all) {}  // NOLINT: implicit on purpose
  constexpr Extent3d(std::int64_t planes, std::int64_t rows, std::int64_t columns)
      : depth(planes), height(rows), width(columns) {}
  Shape list() const { return {depth, height, width}; }
};

/// What is put around a tensor: a number (zeros, of convolutions); the elements mirrored at the border,
/// without it; the border; or the elements of the other side.
enum class PadMode { constant, reflect, replicate, circular, zeros = constant };

/// Paddings of convolutions that have names: none, and as much as gives ceil(extent / stride) places, the
/// extent itself for a stride of 1. If that is an odd number, one element more comes behind than before.
enum class Padding { valid, same };

/// The padding of a convolution: as much on both sides of an axis, or one that has a name.
template <class Extents>
struct ConvPadding : Extents {
  using Extents::Extents;
  constexpr ConvPadding(const Extents& extents) : Extents(extents) {}  // NOLINT: implicit on purpose
  constexpr ConvPadding(Padding named) : Extents(0), same(named == Padding::same) {}  // NOLINT
  bool same = false;
};

namespace compute {

/// The largest extent and option that windows may have, so that arithmetic on them does not overflow.
inline constexpr std::int64_t largest_extent = 0x7fffffff;
/// "3 x 2".
std::string joined(const Shape& extents);
/// "sequences [N, C, L]", "images [N, C, H, W]" or "volumes [N, C, D, H, W]".
const char* layout_of(int axes);
/// Throws ValueError if one is smaller than `least` or larger than largest_extent; the message begins with
/// `function` and calls them `what`.
void check_extents(const char* function, const char* what, const Shape& extents, std::int64_t least);

}  // namespace compute
}  // namespace taper
