// Pooling: each way with its gradient, for any number of axes.
#include <fmt/format.h>

#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/pooling.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/autograd/windows.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/resample.h>

namespace taper {

using compute::MaxPool;
using compute::Pooling;

Tensor detail::pool_scatter(const Tensor& g, const Tensor& positions, const Shape& shape) {
  return record("pool_scatter", compute::pool_scatter(g, positions, shape), {g, save(positions)},
                [](const Backward& at, const Tensor& h) {
                  return at.each([&] { return pool_gather(h, at.input(1)); }, [] { return Tensor(); });
                });
}

Tensor detail::pool_gather(const Tensor& x, const Tensor& positions) {
  return record("pool_gather", compute::pool_gather(x, positions), {x, save(positions)},
                [](const Backward& at, const Tensor& h) {
                  return at.each([&] { return pool_scatter(h, at.input(1), at.shape(0)); },
                                 [] { return Tensor(); });
                });
}

namespace {

MaxPool recorded(const char* function, const Tensor& x, MaxPool pool) {
  pool.values = record(function, std::move(pool.values), {x, save(pool.positions)},
                       [](const Backward& at, const Tensor& g) {
                         return at.each([&] { return detail::pool_scatter(g, at.input(1), at.shape(0)); },
                                        [] { return Tensor(); });
                       });
  return pool;
}

Attributes attributes_of(const Pooling& pooling) {
  return {{"size", pooling.size},           {"stride", pooling.stride},
          {"padding", pooling.padding},     {"dilation", pooling.dilation},
          {"ceil_mode", pooling.ceil_mode}, {"count_include_pad", pooling.count_include_pad},
          {"divisor", pooling.divisor}};
}

MaxPool max_pool(const char* function, const Tensor& x, const Pooling& pooling) {
  detail::describe([&] { return attributes_of(pooling); });
  return recorded(function, x, compute::max_pool(function, x, pooling));
}

MaxPool adaptive_max_pool(const char* function, const Tensor& x, const Shape& size) {
  detail::describe([&] { return Attributes{{"parts", size}}; });
  return recorded(function, x, compute::adaptive_max_pool(function, x, size));
}

ValuesAndIndices with_indices(const MaxPool& pool) { return {pool.values, to(pool.positions, int64)}; }

Tensor means_of(const char* function, const Tensor& x, const Pooling& pooling);

Tensor means_gradient(const char* function, const Tensor& g, const Shape& shape, const Pooling& pooling) {
  return record("avg_pool_gradient", compute::avg_pool_gradient(function, g, shape, pooling), {g},
                [=](const Tensor& h) { return means_of(function, h, pooling); });
}

Tensor means_of(const char* function, const Tensor& x, const Pooling& pooling) {
  Tensor means = compute::avg_pool(function, x, pooling);
  detail::describe([&] { return attributes_of(pooling); });
  return record(function, std::move(means), {x}, [=, shape = x.shape()](const Tensor& g) {
    return means_gradient(function, g, shape, pooling);
  });
}

// Over rows and columns, and then over planes, each of them one row.
Tensor volume_means(const char* function, const Tensor& x, const Pooling& pooling) {
  const Shape result = compute::pooled_shape(function, x, pooling);
  Pooling image = pooling, depth = pooling;
  const auto divide = [&](Shape Pooling::*member, std::int64_t alone) {
    const Shape& all = pooling.*member;
    image.*member = {all[1], all[2]};
    depth.*member = {all[0], alone};
  };
  divide(&Pooling::size, 1);
  divide(&Pooling::stride, 1);
  divide(&Pooling::padding, 0);
  divide(&Pooling::dilation, 1);
  if (pooling.divisor != 0) image.divisor = 1;
  const std::int64_t planes = Shape{x.size(1), x.size(2)}.numel();
  const Tensor flat = means_of(function, reshape(x, {x.size(0), planes, x.size(3), x.size(4)}), image);
  return reshape(
      means_of(function, reshape(flat, {x.size(0), x.size(1), x.size(2), result[3] * result[4]}), depth),
      result);
}

template <class Pool, class Options>
Tensor lp_pool(const char* function, const Pool& pool, const Tensor& x, double p, const Options& options) {
  compute::check_floating(function, x);
  const Tensor means = pool(function, pow(x, p), options);
  const Shape size = options.kernel_size.list();
  return pow(sign(means) * relu(abs(means)) * static_cast<double>(size.numel()), 1 / p);
}

Tensor max_unpool(const char* function, const Tensor& x, const Tensor& indices, const Pooling& pooling,
                  const Shape& size) {
  const int axes = pooling.size.rank();
  compute::check_floating(function, x);
  if (x.rank() != axes + 2)
    throw ShapeError(fmt::format("{}: expected {}, got shape {}", function, compute::layout_of(axes),
                                 to_string(x.shape())));
  compute::check_shape(function, indices, x.shape(), "indices");
  compute::check_extents(function, "kernel_size", pooling.size, 1);
  compute::check_extents(function, "stride", pooling.stride, 1);
  compute::check_extents(function, "padding", pooling.padding, 0);
  compute::check_extents(function, "size", size, 1);
  if (!size.empty() && size.rank() != axes)
    throw ValueError(
        fmt::format("{}: expected a size of {} extents, got {}", function, axes, to_string(size)));
  Shape shape{x.size(0), x.size(1)}, inner, outer;
  for (int i = 0; i < axes; ++i) {
    const std::int64_t extent = x.size(i + 2);
    compute::check_extents(function, "the extents of x", {extent}, 1);
    inner.push_back(extent);
    outer.push_back(size.empty() ? (extent - 1) * pooling.stride[i] - 2 * pooling.padding[i] + pooling.size[i]
                                 : size[i]);
    if (outer[i] < 1)
      throw ShapeError(fmt::format("{}: expected less padding than leaves nothing, got {} for {}", function,
                                   compute::joined(pooling.padding), to_string(x.shape())));
    shape.push_back(outer[i]);
  }
  const Shape flat{shape[0], shape[1], inner.numel()};
  const Tensor places = reshape(indices, flat), values = reshape(x, flat);
  Tensor result = zeros({shape[0], shape[1], outer.numel()}, x.dtype());
  compute::scatter(function, result, 2, places, values, Scatter::replace);
  return reshape(record(function, std::move(result), {values, save(places)},
                        [](const Backward& at, const Tensor& g) {
                          return at.each([&] { return gather(g, 2, at.input(1)); }, [] { return Tensor(); });
                        }),
                 shape);
}

Tensor adaptive_avg_pool(const char* function, const Tensor& x, const Shape& size) {
  const int axes = size.rank();
  compute::check_floating(function, x);
  if (x.rank() != axes + 2)
    throw ShapeError(fmt::format("{}: expected {}, got shape {}", function, compute::layout_of(axes),
                                 to_string(x.shape())));
  compute::check_extents(function, "size", size, 1);
  return detail::composed(
      function, {x},
      [&] {
        return Attributes{{"parts", size}};
      },
      [&] { return detail::area_means(function, x, size); });
}

// The axes after the first two.
Axes spatial(const char* function, const Tensor& x) {
  compute::check_floating(function, x);
  if (x.rank() < 3)
    throw ShapeError(fmt::format("{}: expected [N, C, ...], got shape {}", function, to_string(x.shape())));
  Axes axes;
  for (int axis = 2; axis < x.rank(); ++axis) axes.push_back(axis);
  return axes;
}

}  // namespace

using T = const Tensor&;
Tensor max_pool1d(T x, const Pool1dOptions& options) { return max_pool("max_pool1d", x, options).values; }
Tensor max_pool2d(T x, const Pool2dOptions& options) { return max_pool("max_pool2d", x, options).values; }
Tensor max_pool3d(T x, const Pool3dOptions& options) { return max_pool("max_pool3d", x, options).values; }
ValuesAndIndices max_pool1d_with_indices(T x, const Pool1dOptions& options) {
  return with_indices(max_pool("max_pool1d_with_indices", x, options));
}
ValuesAndIndices max_pool2d_with_indices(T x, const Pool2dOptions& options) {
  return with_indices(max_pool("max_pool2d_with_indices", x, options));
}
ValuesAndIndices max_pool3d_with_indices(T x, const Pool3dOptions& options) {
  return with_indices(max_pool("max_pool3d_with_indices", x, options));
}

Tensor avg_pool1d(T x, const Pool1dOptions& options) { return means_of("avg_pool1d", x, options); }
Tensor avg_pool2d(T x, const Pool2dOptions& options) { return means_of("avg_pool2d", x, options); }
Tensor avg_pool3d(T x, const Pool3dOptions& options) {
  return detail::composed(
      "avg_pool3d", {x}, [&] { return attributes_of(options); },
      [&] { return volume_means("avg_pool3d", x, options); });
}

Tensor lp_pool1d(T x, double p, const Pool1dOptions& options) {
  return lp_pool("lp_pool1d", means_of, x, p, options);
}
Tensor lp_pool2d(T x, double p, const Pool2dOptions& options) {
  return lp_pool("lp_pool2d", means_of, x, p, options);
}
Tensor lp_pool3d(T x, double p, const Pool3dOptions& options) {
  return lp_pool("lp_pool3d", volume_means, x, p, options);
}

Tensor max_unpool1d(T x, T indices, const Pool1dOptions& options, const Shape& size) {
  return max_unpool("max_unpool1d", x, indices, options, size);
}
Tensor max_unpool2d(T x, T indices, const Pool2dOptions& options, const Shape& size) {
  return max_unpool("max_unpool2d", x, indices, options, size);
}
Tensor max_unpool3d(T x, T indices, const Pool3dOptions& options, const Shape& size) {
  return max_unpool("max_unpool3d", x, indices, options, size);
}

Tensor adaptive_avg_pool1d(T x, const Extent1d& size) {
  return adaptive_avg_pool("adaptive_avg_pool1d", x, size.list());
}
Tensor adaptive_avg_pool2d(T x, const Extent2d& size) {
  return adaptive_avg_pool("adaptive_avg_pool2d", x, size.list());
}
Tensor adaptive_avg_pool3d(T x, const Extent3d& size) {
  return adaptive_avg_pool("adaptive_avg_pool3d", x, size.list());
}
Tensor adaptive_max_pool1d(T x, const Extent1d& size) {
  return adaptive_max_pool("adaptive_max_pool1d", x, size.list()).values;
}
Tensor adaptive_max_pool2d(T x, const Extent2d& size) {
  return adaptive_max_pool("adaptive_max_pool2d", x, size.list()).values;
}
Tensor adaptive_max_pool3d(T x, const Extent3d& size) {
  return adaptive_max_pool("adaptive_max_pool3d", x, size.list()).values;
}
ValuesAndIndices adaptive_max_pool1d_with_indices(T x, const Extent1d& size) {
  return with_indices(adaptive_max_pool("adaptive_max_pool1d_with_indices", x, size.list()));
}
ValuesAndIndices adaptive_max_pool2d_with_indices(T x, const Extent2d& size) {
  return with_indices(adaptive_max_pool("adaptive_max_pool2d_with_indices", x, size.list()));
}
ValuesAndIndices adaptive_max_pool3d_with_indices(T x, const Extent3d& size) {
  return with_indices(adaptive_max_pool("adaptive_max_pool3d_with_indices", x, size.list()));
}

Tensor global_avg_pool(T x, bool keepdim) { return mean(x, spatial("global_avg_pool", x), keepdim); }
Tensor global_max_pool(T x, bool keepdim) { return max(x, spatial("global_max_pool", x), keepdim); }

}  // namespace taper
