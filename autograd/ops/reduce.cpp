// Reductions: each with its gradient.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <taper/autograd/along.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/matmul.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/scan.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/rank.h>
#include <taper/tensor/reduce.h>

namespace taper {
namespace {

using compute::Aggregate;
using compute::axes_of;
using compute::check_floating;
using compute::ReduceOp;
using detail::along;

// A reduced tensor in the shape that it has with keepdim, so that it broadcasts to the shape before the
// reduction.
Tensor with_axes(const Tensor& reduced, const Shape& shape, unsigned mask) {
  if (reduced.rank() == 0 || reduced.rank() == shape.rank()) return reduced;
  return reshape(reduced, reduced_shape(shape, mask, true));
}

std::int64_t reduced_count(const Shape& shape, unsigned mask) {
  std::int64_t count = 1;
  for (int i = 0; i < shape.rank(); ++i)
    if (mask >> i & 1) count *= shape[i];
  return count;
}

// The options of the reduction that is recorded next.
void describe(unsigned mask, bool keepdim) {
  detail::describe([&] {
    Shape axes;
    for (int i = 0; mask >> i != 0; ++i)
      if (mask >> i & 1) axes.push_back(i);
    return Attributes{{"axes", axes}, {"keepdim", keepdim}};
  });
}

Tensor sum_of(const Tensor& x, unsigned mask, bool keepdim) {
  if (x.dtype() == DType::int32) return sum_of(to(x, DType::int64), mask, keepdim);
  describe(mask, keepdim);
  return record(
      "sum", compute::reduce("sum", ReduceOp::sum, x, mask, keepdim), {x},
      [shape = x.shape(), mask](const Tensor& g) { return expand(with_axes(g, shape, mask), shape); });
}

// The gradient of an element of x that the result y is equal to; if there are several, they share it. A NaN
// is every extremum.
Tensor shared_evenly(const Tensor& g, const Tensor& x, const Tensor& y, unsigned mask) {
  const Tensor best = (x == with_axes(y, x.shape(), mask)) | (x != x);
  const Tensor share = with_axes(g, x.shape(), mask) / to(sum_of(best, mask, true), g.dtype());
  return where(best, share, 0);
}

Tensor extremum(const char* name, ReduceOp reduction, const Tensor& x, const Axes& axes, bool keepdim) {
  const unsigned mask = axes_of(name, x, axes);
  describe(mask, keepdim);
  return record(name, save(compute::reduce(name, reduction, x, mask, keepdim)), {save(x)},
                [mask](const Backward& at, const Tensor& g) {
                  return shared_evenly(g, at.input(0), at.output(), mask);
                });
}

// Without a gradient.
Tensor aggregate(const char* function, Aggregate reduction, const Tensor& x, const Axes& axes, bool keepdim) {
  return compute::reduce(function, reduction, x, axes_of(function, x, axes), keepdim);
}

// The reduced axes as one, the last: [..., length], and the way back.
struct Rows {
  Rows(const Shape& extents, unsigned mask) : shape(extents), length(reduced_count(extents, mask)) {
    for (const unsigned reduced : {0u, 1u})
      for (int i = 0; i < shape.rank(); ++i)
        if ((mask >> i & 1) == reduced) order.push_back(i);
    kept = shape.rank();
    for (int i = 0; i < shape.rank(); ++i) kept -= mask >> i & 1;
  }
  Tensor of(const Tensor& x) const {
    const Tensor turned = permute(x, order);
    Shape rows;
    for (int i = 0; i < kept; ++i) rows.push_back(turned.size(i));
    rows.push_back(length);
    return reshape(turned, rows);
  }
  Tensor back(const Tensor& rows) const {
    Axes inverse(Shape::filled(shape.rank(), 0));
    Shape turned;
    for (int i = 0; i < shape.rank(); ++i) {
      inverse[order[i]] = i;
      turned.push_back(shape[order[i]]);
    }
    return permute(reshape(rows, turned), inverse);
  }
  Shape shape;
  std::int64_t length;
  Axes order;
  int kept;
};

// For each element the product of all others along the axes: of those before it and those behind it.
Tensor products_of_others(const Tensor& x, unsigned mask) {
  const Rows rows(x.shape(), mask);
  const Tensor all = rows.of(x);
  const auto before = [](const Tensor& row) {
    return cumprod(concat({ones_like(narrow(row, -1, 0, 1)), narrow(row, -1, 0, row.size(-1) - 1)}, -1), -1);
  };
  return rows.back(before(all) * flip(before(flip(all, -1)), -1));
}

Tensor var_gradient(const Tensor& g, const Tensor& x, unsigned mask, int correction) {
  const double count = static_cast<double>(reduced_count(x.shape(), mask));
  const Tensor centred = x - sum_of(x, mask, true) / count;
  return with_axes(g, x.shape(), mask) * (2 / std::max(count - correction, 0.0)) * centred;
}

// The sum of squared differences, divided.
Tensor var_value(const char* function, const Tensor& x, unsigned mask, bool keepdim, int correction) {
  const NoGrad guard;
  const double count = static_cast<double>(reduced_count(x.shape(), mask));
  return compute::squared_differences(function, x, mask, keepdim) / std::max(count - correction, 0.0);
}

Tensor norm_value(const Tensor& x, double p, unsigned mask, bool keepdim) {
  const NoGrad guard;
  const auto reduce = [&](Aggregate reduction) {
    return compute::reduce("norm", reduction, x, mask, keepdim);
  };
  if (p == 2) return sqrt(reduce(Aggregate::sum_of_squares));
  if (p == 1) return reduce(Aggregate::sum_of_magnitudes);
  if (p == 0) return to(reduce(Aggregate::nonzero), x.dtype());
  if (p == INFINITY) return reduce(Aggregate::largest_magnitude);
  if (p == -INFINITY) return reduce(Aggregate::smallest_magnitude);
  return pow(sum_of(pow(abs(x), p), mask, keepdim), 1 / p);
}

// The derivative of |x|^p, and that of its sum to the power 1 / p; 0 where x or the norm y is.
Tensor norm_gradient(const Tensor& g, const Tensor& x, const Tensor& y, double p, unsigned mask) {
  const Tensor wide_g = with_axes(g, x.shape(), mask), wide_y = with_axes(y, x.shape(), mask);
  if (p == 0) return zeros_like(x) * wide_g;
  if (p == 1) return wide_g * sign(x);
  if (std::isinf(p)) return sign(x) * shared_evenly(g, abs(x), y, mask);
  const Tensor divisor = where(wide_y == 0, INFINITY, wide_y);
  if (p == 2) return x * (wide_g / divisor);
  const Tensor ratio = where(x == 0, 1, abs(x)) / divisor;
  return where(x == 0, 0, wide_g * sign(x) * pow(ratio, p - 1));
}

// Elements of given ranks in the rows: values [..., ranks], and positions.
ValuesAndIndices of_ranks(const char* function, const Tensor& rows, const std::vector<std::int64_t>& ranks) {
  Shape shape = rows.shape();
  shape[-1] = static_cast<std::int64_t>(ranks.size());
  const Tensor flat = reshape(rows.detach(), {rows.numel() / rows.size(-1), rows.size(-1)});
  const Tensor places = compute::positions_of_ranks(function, flat, ranks);
  const Tensor indices = places.alias(Layout(shape));
  return {gather(rows, -1, indices), indices};
}

std::int64_t checked_length(const char* function, const Tensor& x, unsigned mask) {
  const std::int64_t length = reduced_count(x.shape(), mask);
  if (length == 0)
    throw ValueError(
        fmt::format("{}: shape {} has no elements along the reduced axes", function, to_string(x.shape())));
  return length;
}

// [..., 1] with the axes that the reduction leaves.
Tensor without_last(const Tensor& rows, const Shape& shape, unsigned mask, bool keepdim) {
  return reshape(rows, reduced_shape(shape, mask, keepdim));
}

std::vector<double> fractions_of(const Operand& q) {
  std::vector<double> fractions{q.number};
  if (q.tensor != nullptr) {
    check_floating("quantile", *q.tensor);
    if (q.tensor->rank() > 1)
      throw ShapeError(fmt::format("quantile: expected a number or a vector of them, got shape {}",
                                   to_string(q.tensor->shape())));
    fractions = compute::cast(*q.tensor, DType::float64, "quantile").to_vector<double>();
  }
  for (const double fraction : fractions)
    if (!(fraction >= 0 && fraction <= 1))
      throw ValueError(fmt::format("quantile: expected numbers from 0 to 1, got {}", fraction));
  return fractions;
}

ValuesAndIndices extremum_at(const char* function, ReduceOp reduction, const Tensor& x, std::int64_t axis,
                             bool keepdim) {
  return along(function, x, axis, [=](const Tensor& x, int at) {
    const Tensor indices = compute::position(function, reduction, x, at, true);
    const auto kept = [&](const Tensor& t) { return keepdim ? t : squeeze(t, at); };
    return ValuesAndIndices{kept(gather(x, at, indices)), kept(indices)};
  });
}

Tensor position_along(const char* function, ReduceOp reduction, const Tensor& x, std::int64_t axis,
                      bool keepdim) {
  return along(function, x, axis, [=](const Tensor& x, int at) {
    return compute::position(function, reduction, x, at, keepdim);
  });
}

Tensor position_of_all(const char* function, ReduceOp reduction, const Tensor& x) {
  compute::check_defined(function, x);
  return compute::position(function, reduction, reshape(x.detach(), {x.numel()}), 0, false);
}

Tensor softmax_gradient(const Tensor& g, const Tensor& y);
Tensor log_softmax_gradient(const Tensor& g, const Tensor& y);

// Calls compute(x) with `axis` moved to the end and in row-major order.
template <class Function>
Tensor along_last(const Tensor& x, int axis, Function&& function) {
  const auto swapped = [&](const Tensor& t) { return axis == t.rank() - 1 ? t : transpose(t, axis, -1); };
  return swapped(function(contiguous(swapped(x))));
}

Tensor softmax_last(const Tensor& x) {
  return record("softmax", save(compute::softmax(x, false)), {x},
                [](const Backward& at, const Tensor& g) { return softmax_gradient(g, at.output()); });
}

Tensor log_softmax_last(const Tensor& x) {
  return record("log_softmax", save(compute::softmax(x, true)), {x},
                [](const Backward& at, const Tensor& g) { return log_softmax_gradient(g, at.output()); });
}

// y * (g - sum(g * y)). It is linear in g, so its own gradient needs no further kernel.
Tensor softmax_gradient(const Tensor& g, const Tensor& y) {
  return record("softmax_gradient", compute::softmax_gradient(compute::contiguous(g), y, false),
                {save(g), save(y)}, [](const Backward& at, const Tensor& h) {
                  const Tensor g = at.input(0), y = at.input(1);
                  return at.each(
                      [&] { return softmax_gradient(contiguous(h), y); },
                      [&] { return h * (g - sum(g * y, {-1}, true)) - g * sum(h * y, {-1}, true); });
                });
}

// g - exp(y) * sum(g)
Tensor log_softmax_gradient(const Tensor& g, const Tensor& y) {
  return record("log_softmax_gradient", compute::softmax_gradient(compute::contiguous(g), y, true),
                {save(g), save(y)}, [](const Backward& at, const Tensor& h) {
                  const Tensor g = at.input(0), p = exp(at.input(1));
                  return at.each([&] { return h - sum(h * p, {-1}, true); },
                                 [&] { return -h * p * sum(g, {-1}, true); });
                });
}

Tensor softmax_along(const char* function, Tensor (*last)(const Tensor&), const Tensor& x,
                     std::int64_t axis) {
  check_floating(function, x);
  return along(function, x, axis, [=](const Tensor& x, int at) { return along_last(x, at, last); });
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdim) {
  return sum_of(x, axes_of("sum", x, axes), keepdim);
}

Tensor mean(const Tensor& x, const Axes& axes, bool keepdim) {
  check_floating("mean", x);
  const unsigned mask = axes_of("mean", x, axes);
  return sum_of(x, mask, keepdim) / static_cast<double>(reduced_count(x.shape(), mask));
}

Tensor var(const Tensor& x, const Axes& axes, bool keepdim, int correction) {
  check_floating("var", x);
  const unsigned mask = axes_of("var", x, axes);
  return record("var", var_value("var", x, mask, keepdim, correction), {save(x)},
                [mask, correction](const Backward& at, const Tensor& g) {
                  return var_gradient(g, at.input(0), mask, correction);
                });
}

Tensor stddev(const Tensor& x, const Axes& axes, bool keepdim, int correction) {
  check_floating("stddev", x);
  const unsigned mask = axes_of("stddev", x, axes);
  const Tensor value =
      compute::unary("stddev", compute::Unary::sqrt, var_value("stddev", x, mask, keepdim, correction));
  return record("stddev", save(value), {save(x)}, [mask, correction](const Backward& at, const Tensor& g) {
    const Tensor y = at.output();
    return var_gradient(g / where(y == 0, INFINITY, 2 * y), at.input(0), mask, correction);
  });
}

VarMean var_mean(const Tensor& x, const Axes& axes, bool keepdim, int correction) {
  check_floating("var_mean", x);
  return {var(x, axes, keepdim, correction), mean(x, axes, keepdim)};
}

Tensor cov(const Tensor& x, int correction) {
  check_floating("cov", x);
  if (x.rank() > 2)
    throw ShapeError(fmt::format("cov: expected a matrix [variables, observations] or a vector, got shape {}",
                                 to_string(x.shape())));
  const Tensor rows = x.rank() == 2 ? x : reshape(x, {1, x.numel()});
  const Tensor centred = rows - mean(rows, 1, true);
  const double count = static_cast<double>(rows.size(1));
  const Tensor result = matmul(centred, transpose(centred)) / std::max(count - correction, 0.0);
  return x.rank() == 2 ? result : reshape(result, {});
}

Tensor norm(const Tensor& x, double p, const Axes& axes, bool keepdim) {
  check_floating("norm", x);
  const unsigned mask = axes_of("norm", x, axes);
  if (p < 0) checked_length("norm", x, mask);
  return record("norm", save(norm_value(x, p, mask, keepdim)), {save(x)},
                [p, mask](const Backward& at, const Tensor& g) {
                  return norm_gradient(g, at.input(0), at.output(), p, mask);
                });
}

Tensor prod(const Tensor& x, const Axes& axes, bool keepdim) {
  const unsigned mask = axes_of("prod", x, axes);
  return record("prod", save(compute::reduce("prod", Aggregate::product, x, mask, keepdim)), {save(x)},
                [mask](const Backward& at, const Tensor& g) {
                  const Tensor x = at.input(0), wide_g = with_axes(g, x.shape(), mask);
                  if (x.numel() > 0 && !all(x.detach()).item<bool>())
                    return wide_g * products_of_others(x, mask);
                  return wide_g * with_axes(at.output(), x.shape(), mask) / x;
                });
}

Tensor any(const Tensor& x, const Axes& axes, bool keepdim) {
  return aggregate("any", Aggregate::any, x, axes, keepdim);
}
Tensor all(const Tensor& x, const Axes& axes, bool keepdim) {
  return aggregate("all", Aggregate::all, x, axes, keepdim);
}
Tensor count_nonzero(const Tensor& x, const Axes& axes, bool keepdim) {
  return aggregate("count_nonzero", Aggregate::nonzero, x, axes, keepdim);
}

Tensor nansum(const Tensor& x, const Axes& axes, bool keepdim) {
  const unsigned mask = axes_of("nansum", x, axes);
  compute::check_calculable("nansum", x.dtype());
  if (!is_floating(x.dtype())) return sum_of(x, mask, keepdim);
  return record("nansum", compute::reduce("nansum", Aggregate::nan_sum, x, mask, keepdim), {save(x)},
                [mask](const Backward& at, const Tensor& g) {
                  const Tensor x = at.input(0);
                  return where(x == x, with_axes(g, x.shape(), mask), 0);
                });
}

Tensor nanmean(const Tensor& x, const Axes& axes, bool keepdim) {
  check_floating("nanmean", x);
  return nansum(x, axes, keepdim) / to(sum(x == x, axes, keepdim), x.dtype());
}

Tensor max(const Tensor& x, const Axes& axes, bool keepdim) {
  return extremum("max", ReduceOp::maximum, x, axes, keepdim);
}
Tensor min(const Tensor& x, const Axes& axes, bool keepdim) {
  return extremum("min", ReduceOp::minimum, x, axes, keepdim);
}

Tensor argmax(const Tensor& x, std::int64_t axis, bool keepdim) {
  return position_along("argmax", ReduceOp::maximum, x, axis, keepdim);
}
Tensor argmin(const Tensor& x, std::int64_t axis, bool keepdim) {
  return position_along("argmin", ReduceOp::minimum, x, axis, keepdim);
}
Tensor argmax(const Tensor& x) { return position_of_all("argmax", ReduceOp::maximum, x); }
Tensor argmin(const Tensor& x) { return position_of_all("argmin", ReduceOp::minimum, x); }

ValuesAndIndices max_with_indices(const Tensor& x, std::int64_t axis, bool keepdim) {
  return extremum_at("max_with_indices", ReduceOp::maximum, x, axis, keepdim);
}
ValuesAndIndices min_with_indices(const Tensor& x, std::int64_t axis, bool keepdim) {
  return extremum_at("min_with_indices", ReduceOp::minimum, x, axis, keepdim);
}

Tensor median(const Tensor& x) {
  const unsigned mask = axes_of("median", x, {});
  const std::int64_t length = checked_length("median", x, mask);
  const Tensor value = of_ranks("median", reshape(x.detach(), {1, length}), {(length - 1) / 2}).values;
  return record("median", save(value.alias(Layout(Shape()))), {save(x)},
                [mask](const Backward& at, const Tensor& g) {
                  return shared_evenly(g, at.input(0), at.output(), mask);
                });
}

ValuesAndIndices median(const Tensor& x, std::int64_t axis, bool keepdim) {
  return along("median", x, axis, [=](const Tensor& x, int at) {
    const unsigned mask = 1u << at;
    const std::int64_t length = checked_length("median", x, mask);
    const ValuesAndIndices found = of_ranks("median", Rows(x.shape(), mask).of(x), {(length - 1) / 2});
    return ValuesAndIndices{without_last(found.values, x.shape(), mask, keepdim),
                            without_last(found.indices, x.shape(), mask, keepdim)};
  });
}

Tensor quantile(const Tensor& x, const Operand& q, const Axes& axes, bool keepdim,
                Interpolation interpolation) {
  check_floating("quantile", x);
  const unsigned mask = axes_of("quantile", x, axes);
  const std::int64_t length = checked_length("quantile", x, mask);
  const std::vector<double> fractions = fractions_of(q);
  // The elements below and above each place, and the part of the way from the one to the other.
  std::vector<double> ways;
  std::vector<std::int64_t> ranks, places[2];
  for (const double fraction : fractions) {
    const double place = fraction * static_cast<double>(length - 1), below = std::floor(place);
    const bool only_above = interpolation == Interpolation::higher ||
                            (interpolation == Interpolation::nearest && std::nearbyint(place) > below);
    ways.push_back(interpolation == Interpolation::linear     ? place - below
                   : interpolation == Interpolation::midpoint ? 0.5
                                                              : 0);
    const double from = only_above ? std::ceil(place) : below;
    const double until = ways.back() == 0 ? from : std::ceil(place);
    for (const double each : {from, until}) ranks.push_back(static_cast<std::int64_t>(each));
  }
  std::vector<std::int64_t> sorted = ranks;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  const Tensor values = of_ranks("quantile", Rows(x.shape(), mask).of(x), sorted).values;
  std::vector<Tensor> results;
  results.reserve(fractions.size());
  const auto value_at = [&](std::int64_t rank) {
    const auto found = std::lower_bound(sorted.begin(), sorted.end(), rank);
    return without_last(narrow(values, -1, found - sorted.begin(), 1), x.shape(), mask, keepdim);
  };
  for (std::size_t i = 0; i < fractions.size(); ++i) {
    const Tensor below = value_at(ranks[2 * i]), above = value_at(ranks[2 * i + 1]);
    const double way = ways[i];
    results.push_back(way < 0.5 ? below + (above - below) * way : above - (above - below) * (1 - way));
  }
  if (q.tensor == nullptr || q.tensor->rank() == 0) return results[0];
  if (!results.empty()) return stack(results);
  Shape none = reduced_shape(x.shape(), mask, keepdim);
  none.insert(0, 0);
  return zeros(none, x.dtype());
}

Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdim) {
  check_floating("logsumexp", x);
  const unsigned mask = axes_of("logsumexp", x, axes);
  const Tensor result = [&] {
    const NoGrad guard;
    // No shift where the maximum is infinite, because inf - inf is NaN.
    const Tensor top = compute::reduce("logsumexp", ReduceOp::maximum, x, mask, true);
    const Tensor shift = where(abs(top) == INFINITY, 0, top);
    return log(sum_of(exp(x - shift), mask, true)) + shift;
  }();
  return record("logsumexp", save(result.alias(Layout(reduced_shape(x.shape(), mask, keepdim)))), {save(x)},
                [mask](const Backward& at, const Tensor& g) {
                  const Tensor x = at.input(0), y = with_axes(at.output(), x.shape(), mask);
                  // The softmax of x; 0 where all of x is -inf, as in PyTorch.
                  return with_axes(g, x.shape(), mask) * exp(x - where(y == -INFINITY, 0, y));
                });
}

Tensor softmax(const Tensor& x, std::int64_t axis) { return softmax_along("softmax", softmax_last, x, axis); }
Tensor log_softmax(const Tensor& x, std::int64_t axis) {
  return softmax_along("log_softmax", log_softmax_last, x, axis);
}

Tensor sum_to(const Tensor& x, const Shape& target) {
  compute::check_defined("sum_to", x);
  if (x.shape() == target) return x;
  if (broadcast("sum_to", x.shape(), target) != x.shape())
    throw ShapeError(
        fmt::format("sum_to: shape {} does not broadcast to {}", to_string(target), to_string(x.shape())));
  unsigned mask = 0;
  const int extra = x.rank() - target.rank();
  for (int i = 0; i < x.rank(); ++i)
    if (i < extra || (target[i - extra] == 1 && x.shape()[i] != 1)) mask |= 1u << i;
  return reshape(sum_of(x, mask, true), target);
}

}  // namespace taper
