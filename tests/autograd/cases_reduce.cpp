// The table of operations: reductions. Each row has its values and gradients from PyTorch, see
// test_torch.cpp.
#include <cmath>

#include "cases.h"
#include <taper/tensor/create.h>

using namespace taper;
using In = std::vector<Tensor>;

namespace {

using Reduce = Tensor (*)(const Tensor&, const Axes&, bool);

class Rows {
 public:
  void add(const char* name, TensorFunction function, std::vector<Argument> arguments, bool linear = false) {
    rows.push_back({.name = name,
                    .function = std::move(function),
                    .arguments = std::move(arguments),
                    .empty = false,
                    .linear = linear});
  }
  void add(const char* name, TensorFunction function, bool linear = false) {
    add(name, std::move(function), {{{2, 3, 2}}}, linear);
  }
  void add_undifferentiable(const char* name, TensorFunction function) {
    add(name, std::move(function));
    rows.back().differentiable = false;
  }
  // All axes, the last, the middle one, two of them; a scalar.
  void add_reduction(const char* name, Reduce reduce, bool linear = false, bool differentiable = true) {
    struct Call {
      Axes axes;
      bool keepdim;
    };
    for (const Call& call : {Call{{}, false}, Call{-1, true}, Call{1, false}, Call{{2, 0}, false}}) {
      add(
          name, [=](const In& in) { return reduce(in[0], call.axes, call.keepdim); }, linear);
      rows.back().differentiable = differentiable;
    }
    add(
        name, [=](const In& in) { return reduce(in[0], {}, false); }, {{{}}}, linear);
    rows.back().differentiable = differentiable;
  }
  std::vector<Row> rows;
};

void add_moments(Rows& rows) {
  for (const int correction : {0, 1})
    for (const Axes& axes : {Axes{}, Axes{0}, Axes{-1, 0}}) {
      rows.add("var", [=](const In& in) { return var(in[0], axes, correction == 0, correction); });
      rows.add("stddev", [=](const In& in) { return stddev(in[0], axes, correction == 0, correction); });
    }
  rows.add("var_mean", [](const In& in) { return var_mean(in[0], 1).var; });
  rows.add(
      "var_mean", [](const In& in) { return var_mean(in[0], {}, true, 0).mean; }, true);
  rows.add("cov", [](const In& in) { return cov(in[0]); }, {{{3, 4}}});
  rows.add("cov", [](const In& in) { return cov(in[0], 0); }, {{{5}}});
  for (const double p : {2., 1., 0., 3., 1.5, 0.5, -1., double(INFINITY), -double(INFINITY)}) {
    rows.add("norm", [=](const In& in) { return norm(in[0], p); });
    rows.add("norm", [=](const In& in) { return norm(in[0], p, {0, 2}, true); });
  }
}

void add_positions(Rows& rows) {
  for (const std::int64_t axis : {1, -1}) {
    const bool keepdim = axis == -1;
    rows.add(
        "max_with_indices", [=](const In& in) { return max_with_indices(in[0], axis, keepdim).values; },
        true);
    rows.add(
        "min_with_indices", [=](const In& in) { return min_with_indices(in[0], axis, keepdim).values; },
        true);
    rows.add_undifferentiable("max_with_indices",
                              [=](const In& in) { return max_with_indices(in[0], axis, keepdim).indices; });
    rows.add_undifferentiable("min_with_indices",
                              [=](const In& in) { return min_with_indices(in[0], axis, keepdim).indices; });
    rows.add_undifferentiable("argmax", [=](const In& in) { return argmax(in[0], axis, keepdim); });
    rows.add_undifferentiable("argmin", [=](const In& in) { return argmin(in[0], axis, keepdim); });
  }
  rows.add_undifferentiable("argmax", [](const In& in) { return argmax(in[0]); });
  rows.add_undifferentiable("argmin", [](const In& in) { return argmin(in[0]); });
}

void add_quantiles(Rows& rows) {
  rows.add(
      "median", [](const In& in) { return median(in[0]); }, true);
  rows.add(
      "median", [](const In& in) { return median(in[0], 1).values; }, true);
  rows.add(
      "median", [](const In& in) { return median(in[0], 0, true).values; }, true);
  rows.add_undifferentiable("median", [](const In& in) { return median(in[0], 1).indices; });
  rows.add(
      "quantile", [](const In& in) { return quantile(in[0], 0.3); }, true);
  rows.add(
      "quantile", [](const In& in) { return quantile(in[0], 0.8, 1, true); }, true);
  rows.add(
      "quantile",
      [](const In& in) {
        return quantile(in[0], tensor({0.9, 0., 0.5, 1.}, float64), -1);
      },
      {{{2, 5}}}, true);
  for (const Interpolation how :
       {Interpolation::lower, Interpolation::higher, Interpolation::midpoint, Interpolation::nearest})
    rows.add(
        "quantile",
        [=](const In& in) {
          return quantile(in[0], tensor({0.3, 0.5, 0.1}, float64), 1, false, how);
        },
        {{{2, 6}}}, true);
}

}  // namespace

std::vector<Row> reduce_rows() {
  Rows rows;
  rows.add_reduction("sum", sum, true);
  rows.add_reduction("mean", mean, true);
  rows.add_reduction("max", max);
  rows.add_reduction("min", min);
  rows.add_reduction("logsumexp", logsumexp);
  rows.add_reduction("prod", prod);
  rows.add_reduction("nansum", nansum, true);
  rows.add_reduction("nanmean", nanmean, true);
  rows.add_reduction("any", any, false, false);
  rows.add_reduction("all", all, false, false);
  rows.add_reduction("count_nonzero", count_nonzero, false, false);
  for (int zeros = 0; zeros < 2; ++zeros)  // PyTorch's have one zero, and two
    rows.add("prod", [](const In& in) { return prod(in[0], 1); }, {{{2, 5}}});
  add_moments(rows);
  add_positions(rows);
  add_quantiles(rows);
  for (const std::int64_t axis : {0, 1, -1}) {
    rows.add("softmax", [=](const In& in) { return softmax(in[0], axis); }, {{{2, 3, 4}}});
    rows.add("log_softmax", [=](const In& in) { return log_softmax(in[0], axis); }, {{{2, 3, 4}}});
  }
  for (const Shape& target : {Shape{}, Shape{2}, Shape{3, 1}, Shape{1, 1, 2}, Shape{1, 3, 2}, Shape{1}})
    rows.add(
        "sum_to", [=](const In& in) { return sum_to(in[0], target); }, {{{4, 3, 2}}}, true);
  rows.add(
      "sum_to",
      [](const In& in) {
        return sum_to(in[0], {2, 3});
      },
      {{{2, 3}}}, true);
  for (Row& row : rows.rows) {
    const bool any_length = row.name == "sum" || row.name == "nansum" || row.name == "softmax" ||
                            row.name == "log_softmax" || row.name == "sum_to";
    row.empty = any_length && row.arguments[0].shape.rank() == 3;
  }
  return rows.rows;
}
