// Pooling: checks, shapes, and the windows that kernels/pool2d.cpp does not have.
#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/kernels/pool2d.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/pooling.h>

namespace taper::compute {
namespace {

// Checks that x has planes of `axes` axes, of fewer than 2^31 elements but not of none.
void check_planes(const char* function, const Tensor& x, int axes) {
  check_defined(function, x, axes == 2 ? "the image" : "x");
  if (x.rank() != axes + 2)
    throw ShapeError(
        fmt::format("{}: expected {}, got shape {}", function, layout_of(axes), to_string(x.shape())));
  check_floating(function, x);
  std::int64_t elements = 1, planes = 1;
  for (int axis = 2; axis < x.rank(); ++axis) {
    const std::int64_t extent = x.size(axis);
    if (extent == 0 || extent > largest_extent / elements)
      throw ShapeError(fmt::format("{}: expected {} of {}, got {}", function,
                                   axes == 1   ? "sequences"
                                   : axes == 2 ? "images"
                                               : "volumes",
                                   extent == 0 ? "one pixel or more" : "fewer than 2^31 pixels",
                                   to_string(x.shape())));
    elements *= extent;
  }
  if (__builtin_mul_overflow(x.size(0), x.size(1), &planes))
    throw ShapeError(fmt::format("{}: too many channels in {}", function, to_string(x.shape())));
}

// Windows along one axis; size 0: the axis divided into `count` parts.
struct AxisWindows {
  std::int64_t extent = 1, count = 1, size = 1, stride = 1, padding = 0, dilation = 1;

  struct Range {
    std::int64_t first, last;  // one beyond
  };
  Range at(std::int64_t i) const {
    if (size == 0) return {i * extent / count, ((i + 1) * extent + count - 1) / count};
    const std::int64_t begin = i * stride - padding, end = begin + dilation * (size - 1) + 1;
    return {begin < 0 ? begin + (dilation - 1 - begin) / dilation * dilation : begin, std::min(end, extent)};
  }
};
using Windows = std::array<AxisWindows, 3>;

template <class T>
void max_of_windows(const Windows& w, const T* x, T* y, std::int32_t* positions) {
  for (std::int64_t z = 0; z < w[0].count; ++z)
    for (std::int64_t row = 0; row < w[1].count; ++row)
      for (std::int64_t column = 0; column < w[2].count; ++column, ++y, ++positions) {
        const AxisWindows::Range planes = w[0].at(z), rows = w[1].at(row), columns = w[2].at(column);
        T best = -std::numeric_limits<T>::infinity();
        std::int64_t place = (planes.first * w[1].extent + rows.first) * w[2].extent + columns.first;
        for (std::int64_t i = planes.first; i < planes.last; i += w[0].dilation)
          for (std::int64_t j = rows.first; j < rows.last; j += w[1].dilation)
            for (std::int64_t k = columns.first; k < columns.last; k += w[2].dilation) {
              const std::int64_t at = (i * w[1].extent + j) * w[2].extent + k;
              if (!(x[at] > best || x[at] != x[at])) continue;
              best = x[at];
              place = at;
            }
        *y = best;
        *positions = static_cast<std::int32_t>(place);
      }
}

template <class T>
T* out(Tensor& x) {
  return static_cast<T*>(x.mutable_raw());
}

// `shape` is the result's.
MaxPool max_pool(const char* function, const Tensor& x, const Shape& shape, const Windows& windows) {
  MaxPool pool{Tensor::empty(shape, x.dtype(), function), Tensor::empty(shape, DType::int32, function)};
  if (pool.values.numel() == 0) return pool;
  for (const AxisWindows& axis : windows)
    for (std::int64_t i = 0; i < axis.count; ++i)
      if (const auto [first, last] = axis.at(i); first >= last)
        throw ShapeError(
            fmt::format("{}: expected windows with an element of the axis, got window {} of "
                        "{} elements {} apart beside an extent of {}",
                        function, i, axis.size, axis.dilation, axis.extent));
  const Tensor dense = contiguous(x);
  const std::int64_t planes = shape[0] * shape[1], places = pool.values.numel() / planes,
                     elements = x.numel() / planes;
  const std::int64_t chunks = chunk_count(x.numel(), grain::elements, 256);
  run_kernel(function, x.dtype(), [&]<class T>() {
    const T* const from = dense.data<T>();
    T* const to = out<T>(pool.values);
    std::int32_t* const positions = out<std::int32_t>(pool.positions);
    parallel_for(chunks, [&](std::int64_t chunk) {
      const std::int64_t end = chunk_begin(chunk + 1, chunks, planes);
      for (std::int64_t plane = chunk_begin(chunk, chunks, planes); plane < end; ++plane)
        max_of_windows(windows, from + plane * elements, to + plane * places, positions + plane * places);
    });
  });
  return pool;
}

// The shape of planes that the kernels see: sequences are images of height 1, and where only positions
// matter, the planes of a volume lie below each other.
kernels::Pool2dShape planes_of(const Shape& x, const Shape& y) {
  kernels::Pool2dShape shape;
  shape.planes = x[0] * x[1];
  shape.height = shape.out_height = 1;
  for (int axis = 2; axis + 1 < x.rank(); ++axis) {
    shape.height *= x[axis];
    shape.out_height *= y[axis];
  }
  shape.width = x.back();
  shape.out_width = y.back();
  return shape;
}

kernels::Pool2dShape describe(const Shape& x, const Shape& y, const Pooling& pooling) {
  kernels::Pool2dShape shape = planes_of(x, y);
  const auto row = [](const Shape& extents, std::int64_t missing) {
    return extents.rank() == 1 ? missing : extents[0];
  };
  shape.kernel_height = row(pooling.size, 1);
  shape.kernel_width = pooling.size.back();
  shape.stride_height = row(pooling.stride, 1);
  shape.stride_width = pooling.stride.back();
  shape.padding_height = row(pooling.padding, 0);
  shape.padding_width = pooling.padding.back();
  shape.divisor = pooling.divisor;
  return shape;
}

}  // namespace

Shape pooled_shape(const char* function, const Tensor& x, const Pooling& pooling) {
  const int axes = pooling.size.rank();
  check_planes(function, x, axes);
  check_extents(function, "kernel_size", pooling.size, 1);
  check_extents(function, "stride", pooling.stride, 1);
  check_extents(function, "padding", pooling.padding, 0);
  check_extents(function, "dilation", pooling.dilation, 1);
  check_extents(function, "divisor_override", {pooling.divisor}, 0);
  Shape result{x.size(0), x.size(1)};
  for (int i = 0; i < axes; ++i) {
    const std::int64_t span = pooling.dilation[i] * (pooling.size[i] - 1) + 1, stride = pooling.stride[i],
                       padding = pooling.padding[i], extent = x.size(i + 2);
    if (padding > span / 2)
      throw ValueError(fmt::format("{}: padding must be at most half of kernel_size, got {} for {}", function,
                                   joined(pooling.padding), joined(pooling.size)));
    const std::int64_t room = extent + 2 * padding - span + (pooling.ceil_mode ? stride - 1 : 0);
    if (room < 0)
      throw ShapeError(
          fmt::format("{}: a window of {} does not fit into an image of {} with a padding of {} on each side",
                      function, span, extent, padding));
    std::int64_t count = room / stride + 1;
    if (pooling.ceil_mode && (count - 1) * stride >= extent + padding) --count;
    result.push_back(count);
  }
  return result;
}

MaxPool max_pool(const char* function, const Tensor& x, const Pooling& pooling) {
  const Shape shape = pooled_shape(function, x, pooling);
  if (pooling.divisor != 0) throw ValueError(fmt::format("{}: divisor_override is for means", function));
  const int axes = pooling.size.rank();
  if (axes == 3 || pooling.dilation != Shape::filled(axes, 1)) {
    Windows windows;
    for (int i = 0; i < axes; ++i)
      windows[static_cast<std::size_t>(3 - axes) + static_cast<std::size_t>(i)] = {
          x.size(i + 2),     shape[i + 2],       pooling.size[i],
          pooling.stride[i], pooling.padding[i], pooling.dilation[i]};
    return max_pool(function, x, shape, windows);
  }
  MaxPool pool{Tensor::empty(shape, x.dtype(), function), Tensor::empty(shape, DType::int32, function)};
  if (pool.values.numel() == 0) return pool;
  const Tensor image = contiguous(x);
  run_kernel(function, x.dtype(), [&]<class T>() {
    kernels::pool2d<T>().max_forward(describe(x.shape(), shape, pooling), image.data<T>(),
                                     out<T>(pool.values), out<std::int32_t>(pool.positions));
  });
  return pool;
}

MaxPool adaptive_max_pool(const char* function, const Tensor& x, const Shape& extents) {
  const int axes = extents.rank();
  check_planes(function, x, axes);
  check_extents(function, "the result's extents", extents, 1);
  Windows windows;
  Shape shape{x.size(0), x.size(1)};
  for (int i = 0; i < axes; ++i) {
    shape.push_back(extents[i]);
    windows[static_cast<std::size_t>(3 - axes) + static_cast<std::size_t>(i)] = {x.size(i + 2), extents[i],
                                                                                 0};
  }
  return max_pool(function, x, shape, windows);
}

Tensor pool_scatter(const Tensor& g, const Tensor& positions, const Shape& shape) {
  Tensor result = Tensor::empty(shape, g.dtype(), "max_pool2d");
  const Tensor gradient = contiguous(g);
  run_kernel("max_pool2d", g.dtype(), [&]<class T>() {
    kernels::pool2d<T>().max_backward(planes_of(shape, g.shape()), gradient.data<T>(),
                                      positions.data<std::int32_t>(), out<T>(result));
  });
  return result;
}

Tensor pool_gather(const Tensor& x, const Tensor& positions) {
  Tensor result = Tensor::empty(positions.shape(), x.dtype(), "max_pool2d");
  const Tensor image = contiguous(x);
  run_kernel("max_pool2d", x.dtype(), [&]<class T>() {
    kernels::pool2d<T>().gather(planes_of(x.shape(), positions.shape()), image.data<T>(),
                                positions.data<std::int32_t>(), out<T>(result));
  });
  return result;
}

Tensor avg_pool(const char* function, const Tensor& x, const Pooling& pooling) {
  const Shape shape = pooled_shape(function, x, pooling);
  if (pooling.dilation != Shape::filled(pooling.size.rank(), 1))
    throw ValueError(
        fmt::format("{}: dilation is for max pooling, got {}", function, joined(pooling.dilation)));
  Tensor result = Tensor::empty(shape, x.dtype(), function);
  const Tensor image = contiguous(x);
  run_kernel(function, x.dtype(), [&]<class T>() {
    kernels::pool2d<T>().average_forward(describe(x.shape(), shape, pooling), pooling.count_include_pad,
                                         image.data<T>(), out<T>(result));
  });
  return result;
}

Tensor avg_pool_gradient(const char* function, const Tensor& g, const Shape& shape, const Pooling& pooling) {
  Tensor result = Tensor::empty(shape, g.dtype(), function);
  const Tensor gradient = contiguous(g);
  run_kernel(function, g.dtype(), [&]<class T>() {
    kernels::pool2d<T>().average_backward(describe(shape, g.shape(), pooling), pooling.count_include_pad,
                                          gradient.data<T>(), out<T>(result));
  });
  return result;
}

}  // namespace taper::compute
