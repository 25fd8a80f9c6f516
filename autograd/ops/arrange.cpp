// Rearranging elements: all but diagonal() of views, joins and selections, which have gradients.
#include <algorithm>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/part.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper {

using compute::axis_of;
using compute::check_defined;

std::vector<Tensor> split(const Tensor& x, std::int64_t length, std::int64_t axis) {
  const int at = axis_of("split", x, axis);
  if (length <= 0) throw ValueError(fmt::format("split: expected a length of at least 1, got {}", length));
  std::vector<Tensor> parts;
  const std::int64_t extent = x.size(at);
  std::int64_t begin = 0;
  do {  // once for an axis without elements
    const std::int64_t end = begin + std::min(length, extent - begin);
    parts.push_back(slice(x, at, begin, end));
    begin = end;
  } while (begin < extent);
  return parts;
}

std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& lengths, std::int64_t axis) {
  const int at = axis_of("split", x, axis);
  std::vector<Tensor> parts;
  std::int64_t begin = 0;
  for (const std::int64_t length : lengths) {
    if (length < 0 || length > x.size(at) - begin) begin = -1;
    if (begin < 0) break;
    parts.push_back(slice(x, at, begin, begin + length));
    begin += length;
  }
  if (begin != x.size(at))
    throw ValueError(fmt::format("split: expected lengths that add up to the extent {} of axis {}, got [{}]",
                                 x.size(at), axis, fmt::join(lengths, ", ")));
  return parts;
}

std::vector<Tensor> chunk(const Tensor& x, std::int64_t count, std::int64_t axis) {
  const int at = axis_of("chunk", x, axis);
  if (count <= 0) throw ValueError(fmt::format("chunk: expected a count of at least 1, got {}", count));
  if (x.size(at) == 0) return std::vector<Tensor>(static_cast<std::size_t>(count), x);
  return split(x, x.size(at) / count + (x.size(at) % count != 0), at);
}

std::vector<Tensor> unbind(const Tensor& x, std::int64_t axis) {
  const int at = axis_of("unbind", x, axis);
  std::vector<Tensor> parts;
  for (std::int64_t i = 0; i < x.size(at); ++i) parts.push_back(select(x, at, i));
  return parts;
}

Tensor narrow(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t length) {
  const int at = axis_of("narrow", x, axis);
  const std::int64_t extent = x.size(at), begin = start < 0 ? start + extent : start;
  if (begin < 0 || begin > extent || length < 0 || length > extent - begin)
    throw IndexError(
        fmt::format("narrow: expected indices of axis {} with extent {}, got start {} and length {}", axis,
                    extent, start, length));
  return slice(x, at, begin, begin + length);
}

Tensor movedim(const Tensor& x, const Axes& source, const Axes& destination) {
  check_defined("movedim", x);
  if (source.rank() != destination.rank())
    throw ValueError(fmt::format("movedim: expected as many destinations as sources, got {} and {}",
                                 to_string(destination), to_string(source)));
  const unsigned moved = source.empty() ? 0 : axis_mask("movedim", source, x.rank());
  if (!destination.empty()) axis_mask("movedim", destination, x.rank());
  Axes order(Shape::filled(x.rank(), -1));
  for (int i = 0; i < source.rank(); ++i)
    order[normalize_axis("movedim", destination[i], x.rank())] =
        normalize_axis("movedim", source[i], x.rank());
  int next = 0;
  for (std::int64_t& place : order) {
    if (place >= 0) continue;
    while (moved >> next & 1) ++next;
    place = next++;
  }
  return permute(x, order);
}

Tensor unflatten(const Tensor& x, std::int64_t axis, const Shape& shape) {
  const int at = axis_of("unflatten", x, axis);
  const Shape parts = resolve_shape("unflatten", shape, x.size(at));
  Shape whole;
  for (int i = 0; i < at; ++i) whole.push_back(x.size(i));
  for (const std::int64_t extent : parts) whole.push_back(extent);
  for (int i = at + 1; i < x.rank(); ++i) whole.push_back(x.size(i));
  return reshape(x, whole);
}

std::vector<Tensor> broadcast_tensors(const std::vector<Tensor>& tensors) {
  Shape shape;
  for (const Tensor& x : tensors) {
    check_defined("broadcast_tensors", x);
    shape = broadcast("broadcast_tensors", shape, x.shape());
  }
  std::vector<Tensor> result;
  result.reserve(tensors.size());
  for (const Tensor& x : tensors) result.push_back(expand(x, shape));
  return result;
}

std::vector<Tensor> meshgrid(const std::vector<Tensor>& vectors) {
  std::vector<Tensor> axes;
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    check_defined("meshgrid", vectors[i]);
    if (vectors[i].rank() != 1)
      throw ShapeError(
          fmt::format("meshgrid: expected vectors (rank 1), got shape {}", to_string(vectors[i].shape())));
    Shape shape = Shape::filled(static_cast<int>(vectors.size()), 1);
    shape[static_cast<std::int64_t>(i)] = vectors[i].numel();
    axes.push_back(reshape(vectors[i], shape));
  }
  return broadcast_tensors(axes);
}

namespace {

// The slices of x at index(0), index(1), ... along an axis, `extent` of them.
template <class Index>
Tensor rearranged(const char* function, const Tensor& x, int axis, std::int64_t extent, Index&& index) {
  Tensor indices = Tensor::empty(extent, DType::int64, function);
  std::int64_t* const to = indices.mutable_data<std::int64_t>();
  for (std::int64_t i = 0; i < extent; ++i) to[i] = index(i);
  return index_select(x, axis, indices);
}

}  // namespace

Tensor flip(const Tensor& x, const Axes& axes) {
  check_defined("flip", x);
  const unsigned mask = axes.empty() ? 0 : compute::axes_of("flip", x, axes);
  Layout backwards = x.layout();  // not a view that is kept: strides are positive elsewhere
  for (int axis = 0; axis < x.rank(); ++axis) {
    if ((mask >> axis & 1) == 0 || x.numel() == 0) continue;
    backwards.offset += (x.size(axis) - 1) * backwards.strides[axis];
    backwards.strides[axis] = -backwards.strides[axis];
  }
  detail::describe([&] { return Attributes{{"axes", axes}}; });
  return record("flip", compute::cast(x.alias(backwards), x.dtype(), "flip"), {x},
                [axes](const Tensor& g) { return flip(g, axes); });
}

Tensor roll(const Tensor& x, const Shape& shifts, const Axes& axes) {
  check_defined("roll", x);
  if (shifts.rank() != axes.rank() || axes.empty())
    throw ValueError(fmt::format("roll: expected a shift for each axis, got shifts {} and axes {}",
                                 to_string(shifts), to_string(axes)));
  axis_mask("roll", axes, x.rank());
  Tensor result = x;
  for (int i = 0; i < axes.rank(); ++i) {
    const int at = normalize_axis("roll", axes[i], x.rank());
    const std::int64_t extent = x.size(at), shift = extent == 0 ? 0 : (shifts[i] % extent + extent) % extent;
    result = concat({slice(result, at, extent - shift, extent), slice(result, at, 0, extent - shift)}, at);
  }
  return result;
}

Tensor tile(const Tensor& x, const Shape& counts) {
  check_defined("tile", x);
  for (const std::int64_t count : counts)
    if (count < 0)
      throw ValueError(fmt::format("tile: expected counts of at least 0, got {}", to_string(counts)));
  Tensor result = x;
  while (result.rank() < counts.rank()) result = unsqueeze(result, 0);
  for (int i = 1; i <= counts.rank(); ++i) {
    const int axis = result.rank() - i;
    const std::int64_t count = counts[-i], extent = result.size(axis);
    if (count == 1) continue;
    std::int64_t whole = 0;
    if (__builtin_mul_overflow(count, extent, &whole))
      throw ShapeError(fmt::format("tile: {} times extent {} does not fit into 64 bits", count, extent));
    result = rearranged("tile", result, axis, whole, [=](std::int64_t k) { return k % extent; });
  }
  return result;
}

Tensor repeat_interleave(const Tensor& x, std::int64_t count, std::int64_t axis) {
  const int at = axis_of("repeat_interleave", x, axis);
  if (count < 0)
    throw ValueError(fmt::format("repeat_interleave: expected a count of at least 0, got {}", count));
  std::int64_t whole = 0;
  if (__builtin_mul_overflow(count, x.size(at), &whole))
    throw ShapeError(
        fmt::format("repeat_interleave: {} times extent {} does not fit into 64 bits", count, x.size(at)));
  return rearranged("repeat_interleave", x, at, whole, [=](std::int64_t k) { return k / count; });
}

Tensor hstack(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> parts;
  for (const Tensor& x : tensors) {
    check_defined("hstack", x);
    parts.push_back(x.rank() == 0 ? unsqueeze(x, 0) : x);
  }
  if (parts.empty()) throw ValueError("hstack: expected at least one tensor, got none");
  return concat(parts, parts[0].rank() == 1 ? 0 : 1);
}

Tensor vstack(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> parts;
  for (const Tensor& x : tensors) {
    check_defined("vstack", x);
    parts.push_back(x.rank() < 2 ? reshape(x, {1, -1}) : x);
  }
  if (parts.empty()) throw ValueError("vstack: expected at least one tensor, got none");
  return concat(parts, 0);
}

namespace {

// Where the element at place i of an axis of this extent comes from, for i from -before to extent + after
// - 1.
std::int64_t source(PadMode mode, std::int64_t i, std::int64_t extent) {
  if (mode == PadMode::replicate) return std::clamp<std::int64_t>(i, 0, extent - 1);
  if (mode == PadMode::circular) return (i + extent) % extent;
  return i < 0 ? -i : i >= extent ? 2 * (extent - 1) - i : i;
}

}  // namespace

Tensor detail::pad(const char* function, const Tensor& x, const std::vector<PadWidth>& widths, PadMode mode,
                   double value) {
  check_defined(function, x);
  if (widths.size() > static_cast<std::size_t>(x.rank()))
    throw ValueError(fmt::format("{}: expected at most a width for each axis of shape {}, got {}", function,
                                 to_string(x.shape()), widths.size()));
  Tensor result = x;
  const int first = x.rank() - static_cast<int>(widths.size());
  for (int axis = first; axis < x.rank(); ++axis) {
    const auto [before, after] = widths[static_cast<std::size_t>(axis - first)];
    const std::int64_t extent = x.size(axis), widest = std::max(before, after);
    const std::int64_t most = mode == PadMode::reflect                    ? extent - 1
                              : mode == PadMode::circular                 ? extent
                              : extent == 0 && mode == PadMode::replicate ? 0
                                                                          : std::int64_t{1} << 40;
    if (std::min(before, after) < 0 || (widest > 0 && widest > most))
      throw ValueError(
          fmt::format("{}: expected widths from 0 to {} for axis {} with extent {}, got {} and {}", function,
                      std::max<std::int64_t>(most, 0), axis, extent, before, after));
    if (widest == 0) continue;
    if (mode == PadMode::constant) {
      const auto border = [&](std::int64_t width) {
        Shape shape = result.shape();
        shape[axis] = width;
        return full(shape, value, x.dtype());
      };
      result = concat({border(before), result, border(after)}, axis);
    } else {
      result = rearranged(function, result, axis, before + extent + after,
                          [&, before = before](std::int64_t i) { return source(mode, i - before, extent); });
    }
  }
  return result.value().storage == x.value().storage ? clone(x) : result;
}

Tensor pad(const Tensor& x, const std::vector<PadWidth>& widths, PadMode mode, double value) {
  return detail::pad("pad", x, widths, mode, value);
}

namespace {

Tensor triangle(const char* function, const Tensor& x, std::int64_t diagonal, bool lower) {
  check_defined(function, x);
  if (x.rank() < 2)
    throw ShapeError(fmt::format("{}: expected a matrix or several (rank 2 or more), got shape {}", function,
                                 to_string(x.shape())));
  const std::int64_t rows = x.size(-2), columns = x.size(-1);
  // Beyond the corners every diagonal is the same.
  const std::int64_t offset = std::clamp(diagonal, -rows, columns);
  const Tensor distance = unsqueeze(arange(columns), 0) - unsqueeze(arange(rows), 1);
  return where(lower ? distance <= offset : distance >= offset, x,
               x.dtype() == boolean ? Operand(false) : Operand(0));
}

}  // namespace

Tensor tril(const Tensor& x, std::int64_t diagonal) { return triangle("tril", x, diagonal, true); }
Tensor triu(const Tensor& x, std::int64_t diagonal) { return triangle("triu", x, diagonal, false); }

Tensor diagonal(const Tensor& x, std::int64_t offset, std::int64_t axis0, std::int64_t axis1) {
  check_defined("diagonal", x);
  return detail::part("diagonal", x,
                      [=](const Layout& whole) { return whole.diagonal("diagonal", offset, axis0, axis1); });
}

Tensor diag_embed(const Tensor& x, std::int64_t offset) {
  check_defined("diag_embed", x);
  if (x.rank() == 0)
    throw ShapeError("diag_embed: expected a vector or several (rank 1 or more), got shape []");
  Shape shape = x.shape();
  std::int64_t side = 0;
  if (offset == std::numeric_limits<std::int64_t>::min() ||
      __builtin_add_overflow(x.size(-1), std::abs(offset), &side))
    throw ShapeError(fmt::format("diag_embed: diagonal {} does not fit into 64 bits", offset));
  shape[-1] = side;
  shape.push_back(side);
  return detail::embed(
      x, shape, [offset](const Layout& whole) { return whole.diagonal("diag_embed", offset, -2, -1); });
}

Tensor diag(const Tensor& x, std::int64_t offset) {
  check_defined("diag", x);
  if (x.rank() != 1 && x.rank() != 2)
    throw ShapeError(fmt::format("diag: expected a vector or a matrix, got shape {}", to_string(x.shape())));
  return x.rank() == 1 ? diag_embed(x, offset) : diagonal(x, offset);
}

Tensor trace(const Tensor& x) {
  check_defined("trace", x);
  if (x.rank() != 2)
    throw ShapeError(fmt::format("trace: expected a matrix, got shape {}", to_string(x.shape())));
  return sum(diagonal(x));
}

}  // namespace taper
