// Layout: views as arithmetic on shapes and strides.
#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include <taper/tensor/error.h>
#include <taper/tensor/layout.h>

namespace taper {

Layout::Layout(const Shape& extents, const char* function) : shape(extents), strides(extents) {
  // The largest count whose size in bytes still fits a signed 64-bit integer for any dtype.
  constexpr std::int64_t limit = std::int64_t{1} << 59;
  std::int64_t *const sizes = shape.begin(), *const steps = strides.begin();
  std::int64_t stride = 1;
  for (int i = rank() - 1; i >= 0; --i) {
    if (sizes[i] < 0)
      throw ShapeError(fmt::format("{}: shape {} has a negative extent", function, to_string(shape)));
    steps[i] = stride;
    const std::int64_t size = std::max<std::int64_t>(sizes[i], 1);
    if (__builtin_mul_overflow(stride, size, &stride) || stride > limit)
      throw ShapeError(
          fmt::format("{}: shape {} has too many elements for 64-bit indices", function, to_string(shape)));
  }
}

bool Layout::is_contiguous() const {
  const std::int64_t *const extents = shape.begin(), *const steps = strides.begin();
  std::int64_t expected = 1;
  for (int i = rank() - 1; i >= 0; --i) {
    if (extents[i] == 0) return true;
    if (extents[i] != 1 && steps[i] != expected) return numel() == 0;
    expected *= extents[i];
  }
  return true;
}

bool Layout::overlaps() const {
  if (is_contiguous()) return false;
  // No two indices refer to the same element if the step along each axis is larger than the distance that the
  // axes with smaller steps span together.
  const auto step = [&](int axis) { return std::abs(strides[axis]); };
  for (int axis = 0; axis < rank(); ++axis) {
    std::int64_t reached = 0;
    for (int other = 0; other < rank(); ++other)
      if (step(other) < step(axis) || (step(other) == step(axis) && other < axis))
        reached += step(other) * (shape[other] - 1);
    if (shape[axis] > 1 && step(axis) <= reached) return true;
  }
  return false;
}

Layout Layout::permute(const char* function, const Axes& axes) const {
  if (axes.rank() != rank() || (rank() > 0 && axis_mask(function, axes, rank()) != (1u << rank()) - 1))
    throw ValueError(fmt::format("{}: axes {} are not a permutation of the {} axes of shape {}", function,
                                 to_string(axes), rank(), to_string(shape)));
  Layout result = *this;
  for (int i = 0; i < rank(); ++i) {
    const int from = normalize_axis(function, axes[i], rank());
    result.shape[i] = shape[from];
    result.strides[i] = strides[from];
  }
  return result;
}

Layout Layout::transpose(const char* function, std::int64_t axis0, std::int64_t axis1) const {
  const int a = normalize_axis(function, axis0, rank()), b = normalize_axis(function, axis1, rank());
  Layout result = *this;
  std::swap(result.shape[a], result.shape[b]);
  std::swap(result.strides[a], result.strides[b]);
  return result;
}

Layout Layout::slice(const char* function, std::int64_t axis, std::int64_t start, std::int64_t stop,
                     std::int64_t step) const {
  const int at = normalize_axis(function, axis, rank());
  if (step < 1) throw ValueError(fmt::format("{}: step must be at least 1, got {}", function, step));
  const std::int64_t extent = shape[at];
  const auto clamp = [&](std::int64_t i) {
    return std::clamp<std::int64_t>(i < 0 ? i + extent : i, 0, extent);
  };
  start = clamp(start);
  stop = std::max(start, clamp(stop));
  Layout result = *this;
  result.shape[at] = (stop - start) / step + ((stop - start) % step != 0);
  if (result.shape[at] > 0) result.offset += start * strides[at];
  if (result.shape[at] > 1) result.strides[at] *= step;
  return result;
}

Layout Layout::select(const char* function, std::int64_t axis, std::int64_t index) const {
  const int at = normalize_axis(function, axis, rank());
  if (index < -shape[at] || index >= shape[at])
    throw IndexError(fmt::format("{}: index {} is out of range for axis {} of shape {}", function, index,
                                 axis, to_string(shape)));
  const std::int64_t first = (index < 0 ? index + shape[at] : index) * strides[at];
  return {shape.without(at), strides.without(at), offset + first};
}

Layout Layout::expand(const char* function, const Shape& target) const {
  const int extra = target.rank() - rank();
  bool fits = extra >= 0;
  for (int i = 0; fits && i < target.rank(); ++i)
    fits = target[i] >= 0 && (i < extra || shape[i - extra] == target[i] || shape[i - extra] == 1);
  if (!fits)
    throw ShapeError(
        fmt::format("{}: shape {} cannot be broadcast to {}: each extent must be equal or 1, counted "
                    "from the right",
                    function, to_string(shape), to_string(target)));
  Layout result(target, function);  // checks that the count fits
  result.strides = Strides::filled(target.rank(), 0);
  result.offset = offset;
  for (int i = extra; i < target.rank(); ++i)
    if (shape[i - extra] == target[i]) result.strides[i] = strides[i - extra];
  return result;
}

bool Layout::reshape(const Shape& target, Layout& result) const {
  result = Layout(target);
  result.offset = offset;
  if (is_contiguous()) return true;
  // Match groups of old axes that are contiguous among themselves with groups of new axes of the same size.
  int old_axis = 0, new_axis = 0;
  while (old_axis < rank() && new_axis < target.rank()) {
    std::int64_t old_size = shape[old_axis], new_size = target[new_axis];
    int old_end = old_axis + 1, new_end = new_axis + 1;
    while (old_size != new_size) {
      if (old_size < new_size) {
        if (old_end == rank()) return false;
        old_size *= shape[old_end++];
      } else {
        if (new_end == target.rank()) return false;
        new_size *= target[new_end++];
      }
    }
    std::int64_t stride = 0, expected = 0;
    bool innermost = true;
    for (int i = old_end - 1; i >= old_axis; --i) {
      if (shape[i] == 1) continue;
      if (innermost)
        stride = strides[i];
      else if (strides[i] != expected)
        return false;
      expected = strides[i] * shape[i];
      innermost = false;
    }
    for (int i = new_end - 1; i >= new_axis; --i) {
      result.strides[i] = stride;
      stride *= target[i];
    }
    old_axis = old_end;
    new_axis = new_end;
  }
  for (; new_axis < target.rank(); ++new_axis) result.strides[new_axis] = 1;
  return true;
}

Layout Layout::squeeze(const char* function, std::int64_t axis) const {
  const int at = normalize_axis(function, axis, rank());
  if (shape[at] != 1)
    throw ShapeError(fmt::format("{}: axis {} of shape {} has extent {}, only an extent of 1 can be removed",
                                 function, axis, to_string(shape), shape[at]));
  return select(function, axis, 0);
}

Layout Layout::diagonal(const char* function, std::int64_t offset, std::int64_t axis0,
                        std::int64_t axis1) const {
  const int first = normalize_axis(function, axis0, rank()), second = normalize_axis(function, axis1, rank());
  if (first == second)
    throw ValueError(
        fmt::format("{}: expected two axes, got {} and {}, which are the same", function, axis0, axis1));
  const std::int64_t rows = shape[first], columns = shape[second];
  const std::int64_t down = offset < 0 ? -std::max(offset, -rows) : 0,
                     right = offset > 0 ? std::min(offset, columns) : 0;
  Layout result = *this;
  const std::int64_t length = std::max<std::int64_t>(0, std::min(rows - down, columns - right));
  if (length > 0) result.offset += down * strides[first] + right * strides[second];
  const std::int64_t stride = strides[first] + strides[second];
  for (Shape* const list : {&result.shape, &result.strides}) {
    list->erase(std::max(first, second));
    list->erase(std::min(first, second));
  }
  result.shape.push_back(length);
  result.strides.push_back(stride);
  return result;
}

Layout Layout::unsqueeze(const char* function, std::int64_t axis) const {
  const int at = normalize_axis(function, axis, rank() + 1);
  Layout result = *this;
  result.shape.insert(at, 1);
  result.strides.insert(at, at < rank() ? shape[at] * strides[at] : 1);
  return result;
}

Shape broadcast(const char* function, const Shape& a, const Shape& b) {
  if (a == b) return a;
  const int rank = std::max(a.rank(), b.rank());
  Shape result = Shape::filled(rank, 1);
  for (int i = 1; i <= rank; ++i) {
    const std::int64_t x = i <= a.rank() ? a[a.rank() - i] : 1, y = i <= b.rank() ? b[b.rank() - i] : 1;
    if (x != y && x != 1 && y != 1)
      throw ShapeError(
          fmt::format("{}: shapes {} and {} do not broadcast: {} against {}, counted from the right, "
                      "extents must be equal or 1",
                      function, to_string(a), to_string(b), x, y));
    result[rank - i] = x == 1 ? y : x;
  }
  return result;
}

namespace {

// A function of its own, so that the common path stays short.
[[noreturn, gnu::cold, gnu::noinline]] void cannot_take(const char* function, std::int64_t numel,
                                                        const Shape& shape) {
  throw ShapeError(
      fmt::format("{}: {} elements cannot have the shape {}", function, numel, to_string(shape)));
}

}  // namespace

Shape resolve_shape(const char* function, const Shape& shape, std::int64_t numel) {
  Shape result = shape;
  std::int64_t* unknown = nullptr;
  std::int64_t known = 1;
  bool valid = true;
  for (std::int64_t& extent : result) {
    if (extent >= 0) {
      valid = valid && !__builtin_mul_overflow(known, extent, &known);
    } else {
      valid = valid && extent == -1 && unknown == nullptr;
      unknown = &extent;
    }
  }
  if (valid && unknown != nullptr) {
    valid = known > 0 && numel % known == 0;
    if (valid) *unknown = numel / known;
  } else {
    valid = valid && known == numel;
  }
  if (!valid) cannot_take(function, numel, shape);
  return result;
}

Shape reduced_shape(const Shape& shape, unsigned mask, bool keepdim) {
  Shape result;
  for (int i = 0; i < shape.rank(); ++i) {
    if (!(mask >> i & 1))
      result.push_back(shape[i]);
    else if (keepdim)
      result.push_back(1);
  }
  return result;
}

}  // namespace taper
