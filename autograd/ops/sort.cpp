// Sorting and searching: axes, arguments and gradients; the loops are in tensor/sort.cpp and search.cpp.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <taper/autograd/along.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/ops/sort.h>
#include <taper/autograd/selection.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/index.h>
#include <taper/tensor/promotion.h>
#include <taper/tensor/search.h>
#include <taper/tensor/sort.h>

namespace taper {
namespace {

using compute::check_defined;

using detail::along;

// One axis exchanged with the last one; not recorded.
Tensor swapped(const Tensor& x, int axis) {
  return axis + 1 == x.rank() ? x.detach() : x.alias(x.layout().transpose("transpose", axis, -1));
}

// The elements of x that `choose` finds along the last axis, found along another, with their gradient.
template <class Choose>
ValuesAndIndices choose(const char* function, const Tensor& x, int axis, Choose&& choose,
                        bool keepdim = true) {
  const compute::Order order = choose(swapped(x, axis));
  const Tensor indices = swapped(order.indices, axis);
  const Tensor values = record(
      function, swapped(order.values, axis), {x, save(indices)},
      [function, axis](const Backward& at, const Tensor& g) {
        return at.each(
            [&] { return detail::spread(function, g, at.shape(0), detail::Elements{axis}, {at.input(1)}); },
            [] { return Tensor(); });
      });
  return keepdim ? ValuesAndIndices{values, indices}
                 : ValuesAndIndices{squeeze(values, axis), squeeze(indices, axis)};
}

// The places begin to end - 1 of a sorted axis.
ValuesAndIndices choose_places(const char* function, const Tensor& x, int axis, std::int64_t begin,
                               std::int64_t end, bool descending, bool keepdim = true) {
  return choose(
      function, x, axis,
      [=](const Tensor& rows) { return compute::sorted(function, rows, begin, end, descending); }, keepdim);
}

void check_count(const char* function, std::int64_t k, std::int64_t least, std::int64_t extent) {
  if (k < least || k > extent)
    throw ValueError(fmt::format("{}: expected k from {} to the extent {} of the axis, got {}", function,
                                 least, extent, k));
}

Tensor flat(const Tensor& x) { return reshape(x.detach(), {x.numel()}); }

double number(const Tensor& x) { return x.item<double>(); }

}  // namespace

ValuesAndIndices sort(const Tensor& x, std::int64_t axis, bool descending) {
  return along("sort", x, axis, [=](const Tensor& rows, int at) {
    return choose_places("sort", rows, at, 0, rows.size(at), descending);
  });
}

Tensor argsort(const Tensor& x, std::int64_t axis, bool descending) {
  return along("argsort", x, axis, [=](const Tensor& rows, int at) {
    return choose_places("argsort", rows.detach(), at, 0, rows.size(at), descending).indices;
  });
}

ValuesAndIndices topk(const Tensor& x, std::int64_t k, std::int64_t axis, bool largest) {
  check_defined("topk", x);
  const std::int64_t least = x.rank() == 0 ? 1 : 0;
  return along("topk", x, axis, [=](const Tensor& rows, int at) {
    check_count("topk", k, least, rows.size(at));
    return choose_places("topk", rows, at, 0, k, largest);
  });
}

ValuesAndIndices kthvalue(const Tensor& x, std::int64_t k, std::int64_t axis, bool keepdim) {
  return along("kthvalue", x, axis, [=](const Tensor& rows, int at) {
    check_count("kthvalue", k, 1, rows.size(at));
    return choose_places("kthvalue", rows, at, k - 1, k, false, keepdim);
  });
}

ValuesAndIndices mode(const Tensor& x, std::int64_t axis, bool keepdim) {
  return along("mode", x, axis, [=](const Tensor& rows, int at) {
    return choose(
        "mode", rows, at, [](const Tensor& last) { return compute::mode("mode", last); }, keepdim);
  });
}

Unique unique(const Tensor& x) {
  check_defined("unique", x);
  const compute::Distinct all = compute::unique("unique", flat(x));
  return {all.values, reshape(all.inverse, x.shape()), all.counts};
}

Tensor isin(const Tensor& x, const Tensor& values) {
  check_defined("isin", x);
  check_defined("isin", values, "the tensor of values");
  for (const Tensor& each : {x, values}) compute::check_calculable("isin", each.dtype());
  const DType dtype = promote_types(x.dtype(), values.dtype());
  const std::int64_t count = values.numel();
  if (count == 0) return zeros(x.shape(), boolean);
  const Tensor wanted = to(x.detach(), dtype);
  const Tensor sorted = compute::sorted("isin", to(flat(values), dtype), 0, count).values;
  const Tensor places = flat(compute::searchsorted("isin", sorted, wanted, false));
  const Tensor next = compute::index_select("isin", sorted, 0, minimum(places, count - 1));
  return reshape(next, x.shape()) == wanted;
}

Tensor searchsorted(const Tensor& sorted, const Tensor& values, bool right) {
  return compute::searchsorted("searchsorted", sorted, values, right);
}

Tensor bincount(const Tensor& x, const Tensor& weights, std::int64_t minlength) {
  check_defined("bincount", x);
  if (!is_integer(x.dtype()))
    throw DTypeError(fmt::format("bincount: expected integers, got {}", name(x.dtype())));
  if (x.rank() != 1)
    throw ShapeError(fmt::format("bincount: expected rank 1, got shape {}", to_string(x.shape())));
  if (minlength < 0)
    throw ValueError(fmt::format("bincount: expected a minlength of at least 0, got {}", minlength));
  if (weights.defined()) {
    compute::check_calculable("bincount", weights.dtype());
    compute::check_shape("bincount", weights, x.shape(), "the weights");
  }
  const Tensor index = to(x, int64);
  if (index.numel() > 0) {
    const std::int64_t least = min(index).item<std::int64_t>(), most = max(index).item<std::int64_t>();
    if (least < 0 || most == std::numeric_limits<std::int64_t>::max())
      throw ValueError(fmt::format("bincount: expected numbers from 0 on, got {}", least < 0 ? least : most));
    minlength = std::max(minlength, most + 1);
  }
  if (!weights.defined()) return compute::bincount("bincount", index, minlength);
  const Tensor terms = is_floating(weights.dtype()) ? weights : to(weights, float64);
  return scatter(zeros({minlength}, terms.dtype()), 0, index, terms, Scatter::add);
}

Histogram histogram(const Tensor& x, std::int64_t bins, double low, double high) {
  compute::check_floating("histogram", x);
  if (bins < 1 || bins > std::int64_t{1} << 40)
    throw ValueError(fmt::format("histogram: expected a number of bins from 1 to 2^40, got {}", bins));
  const Tensor values = x.detach();
  if (low == high && x.numel() > 0) {
    low = number(min(values));
    high = number(max(values));
  }
  if (low == high) {
    low -= 1;
    high += 1;
  }
  if (!(low < high) || !std::isfinite(high - low))
    throw ValueError(fmt::format("histogram: expected finite edges low < high, got {} and {}", low, high));
  const Tensor edges = linspace(low, high, bins + 1, x.dtype());
  if (!(number(edges[0]) < number(edges[-1])))
    throw ValueError(
        fmt::format("histogram: edges {} and {} are the same in {}", low, high, name(x.dtype())));
  return {to(compute::histogram("histogram", values, edges), x.dtype()), edges};
}

Tensor histc(const Tensor& x, std::int64_t bins, double low, double high) {
  check_defined("histc", x);
  return histogram(x, bins, low, high).counts;
}

Tensor nonzero(const Tensor& x) {
  check_defined("nonzero", x);
  return compute::nonzero("nonzero", x);
}

}  // namespace taper
