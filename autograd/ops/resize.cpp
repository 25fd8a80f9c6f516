// Resizing, and sampling at any places: made of gathers and of weighted sums along axes.
#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/matmul.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/resize.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/autograd/windows.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper {
namespace {

Tensor resampled(const char* function, const Tensor& x, int axis, const compute::Taps& taps) {
  return record(function, compute::resample(function, x, axis, taps), {x}, [=](const Tensor& g) {
    return resampled(function, g, axis, compute::transposed(function, taps));
  });
}

bool is_nearest(Resampling mode) { return mode == Resampling::nearest || mode == Resampling::nearest_exact; }

// What options say about one axis of x: its extent in the result, and the distance of its elements in x, or 0
// for what follows from the extents.
struct Resized {
  std::int64_t extent;
  double step;
};
Resized resized(const Tensor& x, int axis, int axes, const InterpolateOptions& options) {
  const auto [count, factors] = options.scale_factor;
  const std::int64_t inputs = x.size(axis + 2);
  if (count == 0) return {options.size.rank() == 1 ? options.size[0] : options.size[axis], 0};
  if (count != 1 && count != axes)
    throw ValueError(fmt::format("interpolate: expected 1 or {} factors, got {}", axes, count));
  const double factor = factors[count == 1 ? 0 : axis], extent = static_cast<double>(inputs) * factor;
  if (!(factor > 0 && extent >= 1 && extent <= static_cast<double>(compute::largest_extent)))
    throw ValueError(
        fmt::format("interpolate: expected a factor that makes extents from 1 to {}, got {} for "
                    "an extent of {}",
                    compute::largest_extent, factor, inputs));
  return {static_cast<std::int64_t>(extent), options.recompute_scale_factor ? 0 : 1 / factor};
}

// [A, B, C, D, ...] with the elements of the given order of axes, in another shape.
Tensor reordered(const Tensor& x, const Shape& parts, const Axes& order, const Shape& result) {
  return reshape(permute(reshape(x, parts), order), result);
}

// The extents before the last three, as one.
std::int64_t images_in(const char* function, const Tensor& x) {
  compute::check_defined(function, x);
  if (x.rank() < 3)
    throw ShapeError(
        fmt::format("{}: expected [..., C, H, W], got shape {}", function, to_string(x.shape())));
  Shape leading = x.shape();
  for (int i = 0; i < 3; ++i) leading.erase(-1);
  return leading.numel();
}

Shape with_image(const Tensor& x, std::int64_t channels, std::int64_t height, std::int64_t width) {
  Shape shape = x.shape();
  shape[-3] = channels;
  shape[-2] = height;
  shape[-1] = width;
  return shape;
}

}  // namespace

Tensor detail::area_means(const char* function, const Tensor& x, const Shape& size) {
  Axes axes;
  for (int i = 0; i < size.rank(); ++i) {
    compute::check_extents(function, "the extents of x", {x.size(i + 2)}, 1);
    axes.push_back(i + 2);
  }
  if (size == Shape::filled(size.rank(), 1)) return mean(x, axes, true);
  Tensor result = x;
  for (int i = 0; i < size.rank(); ++i)
    result = resampled(function, result, i + 2,
                       compute::resize_taps(function, x.size(i + 2), size[i], Resampling::area));
  return result;
}

ScaleFactors::ScaleFactors(std::initializer_list<double> each) : count(static_cast<int>(each.size())) {
  if (each.size() > 3)
    throw ValueError(fmt::format("interpolate: expected at most 3 factors, got {}", each.size()));
  std::copy(each.begin(), each.end(), values);
}

Tensor interpolate(const Tensor& x, const InterpolateOptions& options) {
  compute::check_defined("interpolate", x);
  const int axes = x.rank() - 2;
  if (axes < 1 || axes > 3)
    throw ShapeError(
        fmt::format("interpolate: expected [N, C, L], [N, C, H, W] or [N, C, D, H, W], got shape {}",
                    to_string(x.shape())));
  const Resampling mode = options.mode;
  if (!is_nearest(mode)) compute::check_floating("interpolate", x);
  if (options.align_corners && mode != Resampling::linear && mode != Resampling::cubic)
    throw ValueError("interpolate: align_corners is for linear and cubic modes");
  if (options.size.empty() == (options.scale_factor.count == 0))
    throw ValueError("interpolate: expected either a size or factors");
  if (!options.size.empty() && options.size.rank() != 1 && options.size.rank() != axes)
    throw ValueError(fmt::format("interpolate: expected a size of 1 or {} extents, got {}", axes,
                                 to_string(options.size)));
  compute::check_extents("interpolate", "size", options.size, 1);
  Tensor result = x;
  for (int step = 0; step < axes; ++step) {
    // The last axis is the slowest: it comes first where images grow, and last for areas, which mostly
    // shrink.
    const int i = mode == Resampling::area ? step : axes - 1 - step;
    compute::check_extents("interpolate", "the extents of x", {x.size(i + 2)}, 1);
    const auto [extent, distance] = resized(x, i, axes, options);
    const compute::Taps taps =
        compute::resize_taps("interpolate", x.size(i + 2), extent, mode, distance, options.align_corners);
    result = is_nearest(mode) ? index_select(result, i + 2, taps.sources)
                              : resampled("interpolate", result, i + 2, taps);
  }
  return result;
}

Tensor pixel_shuffle(const Tensor& x, std::int64_t factor) {
  const std::int64_t images = images_in("pixel_shuffle", x);
  compute::check_extents("pixel_shuffle", "factor", {factor}, 1);
  const std::int64_t pixels = factor * factor, channels = x.size(-3) / pixels, height = x.size(-2),
                     width = x.size(-1);
  if (x.size(-3) % pixels != 0)
    throw ShapeError(fmt::format("pixel_shuffle: expected channels that {} divides, got shape {}", pixels,
                                 to_string(x.shape())));
  return reordered(x, {images, channels, factor, factor, height, width}, {0, 1, 4, 2, 5, 3},
                   with_image(x, channels, Shape{height, factor}.numel(), Shape{width, factor}.numel()));
}

Tensor pixel_unshuffle(const Tensor& x, std::int64_t factor) {
  const std::int64_t images = images_in("pixel_unshuffle", x);
  compute::check_extents("pixel_unshuffle", "factor", {factor}, 1);
  const std::int64_t channels = x.size(-3), height = x.size(-2) / factor, width = x.size(-1) / factor;
  if (x.size(-2) % factor != 0 || x.size(-1) % factor != 0)
    throw ShapeError(fmt::format("pixel_unshuffle: expected images whose extents {} divides, got shape {}",
                                 factor, to_string(x.shape())));
  return reordered(x, {images, channels, height, factor, width, factor}, {0, 1, 3, 5, 2, 4},
                   with_image(x, Shape{channels, factor, factor}.numel(), height, width));
}

Tensor channel_shuffle(const Tensor& x, std::int64_t groups) {
  compute::check_defined("channel_shuffle", x);
  compute::check_extents("channel_shuffle", "groups", {groups}, 1);
  if (x.rank() < 3 || x.size(1) % groups != 0)
    throw ShapeError(
        fmt::format("channel_shuffle: expected [N, C, ...] with C a multiple of {}, got shape {}", groups,
                    to_string(x.shape())));
  Shape rest = x.shape().without(0).without(0);
  return reordered(x, {x.size(0), groups, x.size(1) / groups, rest.numel()}, {0, 2, 1, 3}, x.shape());
}

namespace {

// A coordinate in pixels, brought inside of the image as the padding says; its gradient is 0 beyond the
// border.
Tensor inside(const Tensor& place, std::int64_t extent, const GridSampleOptions& options) {
  if (options.padding_mode == GridPadding::zeros) return place;
  const double last = static_cast<double>(extent - 1);
  Tensor result = place;
  if (options.padding_mode == GridPadding::reflection) {
    // Mirrors are at the centres of the pixels at the border, or at its edge.
    const double low = options.align_corners ? 0 : -0.5,
                 span = options.align_corners ? last : static_cast<double>(extent);
    if (span == 0) return place * 0;
    const Tensor distance = abs(place - low), extra = fmod(distance, span);
    const Tensor turns = floor(distance.detach() / span);
    result = where(remainder(turns, 2) == 0, extra + low, span - extra + low);
  }
  return hardtanh(result, 0, last);
}

// Elements that a sample is made of along one axis: their coordinates, without gradient, and their weights.
struct Neighbours {
  std::vector<Tensor> places, weights;
};

Neighbours neighbours(const Tensor& coordinate, std::int64_t extent, const GridSampleOptions& options) {
  const double size = static_cast<double>(extent);
  Tensor place =
      options.align_corners ? (coordinate + 1) * ((size - 1) / 2) : (coordinate + 1) * (size / 2) - 0.5;
  if (options.mode != Resampling::cubic) place = inside(place, extent, options);
  if (options.mode == Resampling::nearest) return {{round(place.detach())}, {ones_like(place)}};
  const Tensor before = floor(place.detach()), t = place - before;
  if (options.mode == Resampling::linear) return {{before, before + 1}, {1 - t, t}};
  // The same cubic convolution as in tensor/resample.cpp.
  constexpr double a = -0.75;
  const auto near = [](const Tensor& d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  const auto far = [](const Tensor& d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  Neighbours result{{}, {far(t + 1), near(t), near(1 - t), far(2 - t)}};
  for (int k = -1; k <= 2; ++k) result.places.push_back(inside(before + k, extent, options));
  return result;
}

Tensor is_inside(const Tensor& place, std::int64_t extent) {
  return (place >= 0) & (place <= static_cast<double>(extent - 1));
}

}  // namespace

Tensor grid_sample(const Tensor& x, const Tensor& grid, const GridSampleOptions& options) {
  compute::check_floating("grid_sample", x);
  compute::check_same_dtype("grid_sample", x, grid, "the grid");
  if (x.rank() != 4 || grid.rank() != 4 || grid.size(3) != 2 || grid.size(0) != x.size(0))
    throw ShapeError(
        fmt::format("grid_sample: expected x [N, C, H, W] and a grid [N, H', W', 2], got {} and {}",
                    to_string(x.shape()), to_string(grid.shape())));
  if (options.mode != Resampling::nearest && options.mode != Resampling::linear &&
      options.mode != Resampling::cubic)
    throw ValueError("grid_sample: expected a mode of nearest, linear or cubic");
  const std::int64_t images = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  compute::check_extents("grid_sample", "the extents of x", {height, width}, 1);
  const std::int64_t pixels = Shape{height, width}.numel(),
                     samples = Shape{grid.size(1), grid.size(2)}.numel();
  const Tensor image = reshape(x, {images, channels, pixels}), flat = reshape(grid, {images, 1, samples, 2});
  const Neighbours columns = neighbours(select(flat, -1, 0), width, options),
                   rows = neighbours(select(flat, -1, 1), height, options);
  const auto index = [](const Tensor& place, std::int64_t extent) {
    return to(clip(place, 0, static_cast<double>(extent - 1)), int64);
  };
  Tensor result;
  for (std::size_t i = 0; i < rows.places.size(); ++i)
    for (std::size_t j = 0; j < columns.places.size(); ++j) {
      const Tensor &row = rows.places[i], &column = columns.places[j];
      const Tensor at = index(row, height) * width + index(column, width);
      const Tensor found = where(is_inside(row, height) & is_inside(column, width),
                                 gather(image, 2, expand(at, {images, channels, samples})), 0.0);
      const Tensor part = found * (rows.weights[i] * columns.weights[j]);
      result = result.defined() ? result + part : part;
    }
  return reshape(result, {images, channels, grid.size(1), grid.size(2)});
}

Tensor affine_grid(const Tensor& theta, const Shape& size, bool align_corners) {
  compute::check_floating("affine_grid", theta);
  if (size.rank() != 4 || theta.shape() != Shape{size[0], 2, 3})
    throw ShapeError(
        fmt::format("affine_grid: expected theta [N, 2, 3] and a size [N, C, H, W], got {} and {}",
                    to_string(theta.shape()), to_string(size)));
  compute::check_extents("affine_grid", "the extents of the image", {size[2], size[3]}, 1);
  const auto centres = [&](std::int64_t extent) {
    if (extent == 1) return zeros(1, theta.dtype());
    const double edge = align_corners ? 1 : static_cast<double>(extent - 1) / static_cast<double>(extent);
    return linspace(-edge, edge, extent, theta.dtype());
  };
  const Shape grid{size[2], size[3]};
  const Tensor columns = expand(centres(size[3]), grid), rows = expand(unsqueeze(centres(size[2]), 1), grid);
  const Tensor places = stack({columns, rows, ones(grid, theta.dtype())}, 2);  // [H, W, 3]
  return reshape(matmul(reshape(places, {grid.numel(), 3}), transpose(theta)),
                 {size[0], size[2], size[3], 2});
}

}  // namespace taper
