// Layout: how a tensor's indices map to places in its storage. Pure values, no data.
#pragma once

#include <cstdint>

#include <taper/tensor/shape.h>

namespace taper {

/// Element (i0, i1, ...) is at offset + i0 * strides[0] + i1 * strides[1] + ... (counted in elements). Views
/// (permute, slice, expand, ...) are new layouts over the same storage. `function` in the signatures below is
/// the name that an error message begins with.
struct Layout {
  Shape shape;
  Strides strides;
  std::int64_t offset = 0;

  Layout() = default;
  /// Row-major and dense. Throws ShapeError on a negative extent or if the element count overflows.
  explicit Layout(const Shape& extents, const char* function = "Layout");
  /// Without any checks.
  Layout(const Shape& extents, const Strides& steps, std::int64_t first)
      : shape(extents), strides(steps), offset(first) {}

  friend bool operator==(const Layout&, const Layout&) = default;

  int rank() const noexcept { return shape.rank(); }
  std::int64_t numel() const { return shape.numel(); }
  /// Row-major without gaps (extents of 1 may have any stride); an empty layout is contiguous.
  bool is_contiguous() const;
  /// True if several indices refer to the same element, as after expand(). Such a view must not be written
  /// to.
  bool overlaps() const;

  /// Axis i of the result is axis axes[i] of this one. Throws ValueError unless axes is a permutation.
  Layout permute(const char* function, const Axes& axes) const;
  /// Swaps two axes.
  Layout transpose(const char* function, std::int64_t axis0, std::int64_t axis1) const;
  /// Indices start, start + step, ... before stop along `axis`. Negative start and stop count from the end
  /// and are then clamped, as in NumPy; step must be positive.
  Layout slice(const char* function, std::int64_t axis, std::int64_t start, std::int64_t stop,
               std::int64_t step = 1) const;
  /// One index along `axis`, which disappears. Throws IndexError out of range.
  Layout select(const char* function, std::int64_t axis, std::int64_t index) const;
  /// Repeats extents of 1 with stride 0 up to `target`. Throws ShapeError if it does not broadcast.
  Layout expand(const char* function, const Shape& target) const;
  /// The same elements in row-major order under another shape, if strides can express it without a copy.
  /// Returns false if they cannot. The caller must have checked that the element counts are equal.
  bool reshape(const Shape& target, Layout& result) const;
  /// Removes an axis of extent 1. Throws ShapeError if its extent is another one.
  Layout squeeze(const char* function, std::int64_t axis) const;
  /// The elements with index[axis1] == index[axis0] + offset, along a new last axis in place of both. Throws
  /// ValueError if both axes are the same.
  Layout diagonal(const char* function, std::int64_t offset, std::int64_t axis0, std::int64_t axis1) const;
  /// Inserts an axis of extent 1 at position `axis` of the result.
  Layout unsqueeze(const char* function, std::int64_t axis) const;
};

/// NumPy's broadcasting of two shapes. Throws ShapeError if they do not broadcast.
Shape broadcast(const char* function, const Shape& a, const Shape& b);

/// `shape` with one -1 replaced so that it has `numel` elements. Throws ShapeError if that is not possible.
Shape resolve_shape(const char* function, const Shape& shape, std::int64_t numel);

/// The shape that remains when the axes in `mask` are reduced.
Shape reduced_shape(const Shape& shape, unsigned mask, bool keepdim);

}  // namespace taper
