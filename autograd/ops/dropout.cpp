// Dropout and noise, with their gradients.
#include <cmath>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/dropout.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/dropout.h>
#include <taper/tensor/error.h>

namespace taper {
namespace {

Tensor recorded(const char* function, const Tensor& x, const Tensor& mask, double scale, Tensor value) {
  return record(function, std::move(value), {x, save(mask)}, [scale](const Backward& at, const Tensor& g) {
    const Tensor mask = at.input(1);
    return std::array{recorded("dropout_gradient", g, mask, scale, compute::apply_dropout(g, mask, scale)),
                      Tensor()};
  });
}

void check(const char* function, const Tensor& x, double p) {
  compute::check_floating(function, x);
  if (!(p >= 0 && p <= 1))
    throw ValueError(fmt::format("{}: p must be between 0 and 1, got {}", function, p));
}

// The shape of one number for each channel: all but the first `kept` extents are 1.
Shape channel_shape(const Tensor& x, int kept) {
  Shape shape = x.shape();
  for (int axis = kept; axis < shape.rank(); ++axis) shape[axis] = 1;
  return shape;
}

// `batched` and `single` are the ranks that there may be; only one of them has an axis N.
Tensor of_channels(const char* function, const Tensor& x, double p, bool training, Generator& generator,
                   int batched, int single, int kept_of_single) {
  check(function, x, p);
  if (x.rank() != batched && x.rank() != single)
    throw ShapeError(fmt::format("{}: expected a rank of {} or {}, got shape {}", function, single, batched,
                                 to_string(x.shape())));
  if (!training || p == 0) return x;
  const Shape shape = channel_shape(x, x.rank() == batched ? 2 : kept_of_single);
  return x * dropout(ones(shape, x.dtype()), p, true, generator);
}

// alpha_dropout with one decision for each element of `shape`, which broadcasts to x.
Tensor with_alpha(const Tensor& x, const Shape& shape, double p, bool training, Generator& generator) {
  if (!training || p == 0) return x;
  if (p == 1) return where(full(x.shape(), 0, boolean), x, 0);
  constexpr double lowest = -1.7580993408473766;  // of selu
  const double scale = 1 / std::sqrt((lowest * lowest * p + 1) * (1 - p)), move = -lowest * scale * p;
  const Tensor kept = compute::draw_dropout(ones(shape, x.dtype()), p, 1, generator).mask;
  return where(kept, x * scale + move, lowest * scale + move);
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool training, Generator& generator) {
  check("dropout", x, p);
  if (!training || p == 0) return x;
  if (p == 1) return where(full(x.shape(), 0, boolean), x, 0);
  const double scale = 1 / (1 - p);
  auto [y, mask] = compute::draw_dropout(x, p, scale, generator);
  return recorded("dropout", x, mask, scale, std::move(y));
}

Tensor dropout1d(const Tensor& x, double p, bool training, Generator& generator) {
  return of_channels("dropout1d", x, p, training, generator, 3, 2, 1);
}
Tensor dropout2d(const Tensor& x, double p, bool training, Generator& generator) {
  return of_channels("dropout2d", x, p, training, generator, 4, 3, 2);
}
Tensor dropout3d(const Tensor& x, double p, bool training, Generator& generator) {
  return of_channels("dropout3d", x, p, training, generator, 5, 4, 1);
}

Tensor alpha_dropout(const Tensor& x, double p, bool training, Generator& generator) {
  check("alpha_dropout", x, p);
  return with_alpha(x, x.shape(), p, training, generator);
}

Tensor feature_alpha_dropout(const Tensor& x, double p, bool training, Generator& generator) {
  check("feature_alpha_dropout", x, p);
  if (x.rank() < 2)
    throw ShapeError(
        fmt::format("feature_alpha_dropout: expected [N, C, ...], got shape {}", to_string(x.shape())));
  return with_alpha(x, channel_shape(x, 2), p, training, generator);
}

Tensor gaussian_noise(const Tensor& x, double standard_deviation, bool training, Generator& generator) {
  compute::check_floating("gaussian_noise", x);
  if (!(standard_deviation >= 0) || !std::isfinite(standard_deviation))
    throw ValueError(fmt::format("gaussian_noise: expected a finite standard deviation of at least 0, got {}",
                                 standard_deviation));
  return training ? x + standard_deviation * normal_like(x, 0, 1, generator) : x;
}

Tensor gaussian_dropout(const Tensor& x, double p, bool training, Generator& generator) {
  compute::check_floating("gaussian_dropout", x);
  if (!(p >= 0 && p < 1)) throw ValueError(fmt::format("gaussian_dropout: p must be in [0, 1), got {}", p));
  return training ? x * (1 + std::sqrt(p / (1 - p)) * normal_like(x, 0, 1, generator)) : x;
}

}  // namespace taper
