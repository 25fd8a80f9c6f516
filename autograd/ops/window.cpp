// Windows: views of overlapping parts, whose gradient adds up what overlaps.
#include <fmt/format.h>

#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/ops/window.h>
#include <taper/autograd/record.h>
#include <taper/autograd/windows.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper {

using detail::added_up;
using detail::Windows;
using detail::windows_of;

Layout Windows::view(const Layout& whole) const {
  Layout result = whole;
  result.shape[axis] = count;
  result.strides[axis] *= step;
  result.shape.push_back(size);
  result.strides.push_back(whole.strides[axis] * dilation);
  return result;
}

Tensor detail::windows_of(const Tensor& x, const Windows& windows) {
  return record("unfold", x.alias(windows.view(x.layout())), {x},
                [windows](const Backward& at, const Tensor& g) { return added_up(g, at.shape(0), windows); });
}

Tensor detail::added_up(const Tensor& g, const Shape& shape, const Windows& windows) {
  Tensor result = zeros(shape, g.dtype());
  // The elements of one number in all windows do not overlap.
  for (std::int64_t k = 0; k < windows.size && windows.count > 0; ++k) {
    const std::int64_t first = k * windows.dilation;
    Tensor place = result.alias(result.layout().slice(
        "fold", windows.axis, first, first + (windows.count - 1) * windows.step + 1, windows.step));
    const Tensor part = g.alias(g.layout().select("fold", -1, k));
    compute::copy(place, compute::binary("fold", compute::Binary::add, place, part));
  }
  return record("fold", std::move(result), {g},
                [windows](const Tensor& h) { return windows_of(h, windows); });
}

namespace {

// The windows along both axes of images [N, C, H, W], padding included.
struct ImageWindows {
  Windows rows, columns;
};

ImageWindows image_windows(const char* function, const Extent2d& size, const Unfold2dOptions& options) {
  const auto [kernel, stride, padding, dilation] = options;
  constexpr std::int64_t most = std::int64_t{1} << 31;
  const auto along = [&](int axis, std::int64_t extent, std::int64_t taps, std::int64_t step,
                         std::int64_t border, std::int64_t apart) {
    if (taps < 1 || step < 1 || border < 0 || apart < 1 || taps > most || step > most || border > most ||
        apart > most)
      throw ValueError(fmt::format(
          "{}: expected kernel_size, stride and dilation of at least 1, padding of at least 0, and "
          "all of at most 2^31, got {}, {}, {} and {}",
          function, taps, step, apart, border));
    const std::int64_t span = apart * (taps - 1) + 1, padded = extent + 2 * border;
    if (extent < 0 || extent > most || padded < span)
      throw ShapeError(
          fmt::format("{}: expected images in which a window of {} fits, got extent {} with padding {}",
                      function, span, extent, border));
    return Windows{axis, (padded - span) / step + 1, taps, step, apart};
  };
  return {along(2, size.height, kernel.height, stride.height, padding.height, dilation.height),
          along(3, size.width, kernel.width, stride.width, padding.width, dilation.width)};
}

}  // namespace

Tensor unfold(const Tensor& x, std::int64_t axis, std::int64_t size, std::int64_t step) {
  const int at = compute::axis_of("unfold", x, axis);
  const std::int64_t extent = x.size(at);
  if (step < 1 || size < 0 || size > extent)
    throw ValueError(fmt::format(
        "unfold: expected a step of at least 1 and a size from 0 to {}, got {} and {}", extent, step, size));
  const std::int64_t count = (extent - size) / step + 1;
  return windows_of(x, {at, count, size, count > 1 ? step : 1, 1});
}

Tensor unfold2d(const Tensor& x, const Unfold2dOptions& options) {
  compute::check_defined("unfold2d", x);
  if (x.rank() != 4)
    throw ShapeError(
        fmt::format("unfold2d: expected images [N, C, H, W], got shape {}", to_string(x.shape())));
  const auto [rows, columns] = image_windows("unfold2d", {x.size(2), x.size(3)}, options);
  const Extent2d border = options.padding;
  const Tensor padded = pad(x, {{border.height, border.height}, {border.width, border.width}});
  const Tensor windows = windows_of(windows_of(padded, rows), columns);  // [N, C, rows, columns, kh, kw]
  return reshape(permute(windows, {0, 1, 4, 5, 2, 3}),
                 {x.size(0), x.size(1) * rows.size * columns.size, rows.count * columns.count});
}

Tensor fold2d(const Tensor& columns, const Extent2d& size, const Unfold2dOptions& options) {
  compute::check_defined("fold2d", columns);
  const auto [down, right] = image_windows("fold2d", size, options);
  const std::int64_t taps = down.size * right.size, count = down.count * right.count;
  if (columns.rank() != 3 || columns.size(1) % taps != 0 || columns.size(2) != count)
    throw ShapeError(fmt::format("fold2d: expected columns [N, C * {}, {}], got shape {}", taps, count,
                                 to_string(columns.shape())));
  const std::int64_t channels = columns.size(1) / taps;
  const Tensor windows =
      permute(reshape(columns, {columns.size(0), channels, down.size, right.size, down.count, right.count}),
              {0, 1, 4, 5, 2, 3});
  const auto [top, left] = options.padding;
  const Shape padded{columns.size(0), channels, size.height + 2 * top, size.width + 2 * left};
  const Tensor tall = added_up(windows, {padded[0], padded[1], down.count, padded[3], down.size}, right);
  return narrow(narrow(added_up(tall, padded, down), 2, top, size.height), 3, left, size.width);
}

}  // namespace taper
