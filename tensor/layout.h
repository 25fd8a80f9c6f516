// Layout: how a tensor's indices map to places in its storage. Pure values, no data.
#pragma once

#include <cstdint>

#include <taper/tensor/shape.h>

namespace taper {

/// Element (i0, i1, ...) lies at offset + i0 * strides[0] + i1 * strides[1] + ... (counted in elements).
/// Views (permute, slice, expand, ...) are new layouts over the same storage. `function` in the signatures
/// below is the name that an error message begins with.
struct Layout {
  Shape shape;
  Strides strides;
  std::int64_t offset = 0;

  Layout() = default;
  /// Row-major and dense. Throws ShapeError on a negative extent or if the element count overflows.
  explicit Layout(const Shape& extents, const char* function = "Layout");
  /// Unchecked.
  Layout(const Shape& extents, const Strides& steps, std::int64_t first)
      : shape(extents), strides(steps), offset(first) {}

  friend bool operator==(const Layout&, const Layout&) = default;

  int rank() const noexcept { return shape.rank(); }
  std::int64_t numel() const { return shape.numel(); }
  /// Row-major without gaps (extents of 1 may have any stride); an empty layout is contiguous.
  bool is_contiguous() const;
  /// Whether several indices lie at the same place, as after expand(): such a view must not be written.
  bool overlaps() const;

  /// Axis i of the result is axis axes[i] of this one. Throws ValueError unless axes is a permutation.
  Layout permute(const char* function, const Axes& axes) const;
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
  /// Returns false where they can't. The element counts agree already.
  bool reshape(const Shape& target, Layout& result) const;
  Layout squeeze(const char* function, std::int64_t axis) const;
  Layout unsqueeze(const char* function, std::int64_t axis) const;
};

/// NumPy's broadcasting of two shapes. Throws ShapeError that begins with `function` and names both.
Shape broadcast(const char* function, const Shape& a, const Shape& b);

/// `shape` with one -1 replaced so that it has `numel` elements. Throws ShapeError if it can't.
Shape resolve_shape(const char* function, const Shape& shape, std::int64_t numel);

/// The shape that remains when the axes in `mask` are reduced.
Shape reduced_shape(const Shape& shape, unsigned mask, bool keepdim);

}  // namespace taper
