// The table of operations: scans. Each row has its values and gradients from PyTorch, see test_torch.cpp.
#include "cases.h"

using namespace taper;
using In = std::vector<Tensor>;

std::vector<Row> scan_rows() {
  const Argument x{{2, 3, 4}};
  using cases::row;
  std::vector<Row> rows;
  for (const std::int64_t axis : {0, 1, -1}) {
    rows.push_back(row(
        "cumsum", {x}, [=](const In& in) { return cumsum(in[0], axis); }, true));
    rows.push_back(row("cumprod", {x}, [=](const In& in) { return cumprod(in[0], axis); }));
    rows.push_back(row("logcumsumexp", {x}, [=](const In& in) { return logcumsumexp(in[0], axis); }));
    rows.push_back(row(
        "cummax", {x}, [=](const In& in) { return cummax(in[0], axis).values; }, true));
    rows.push_back(row(
        "cummin", {x}, [=](const In& in) { return cummin(in[0], axis).values; }, true));
    rows.push_back(row("cummax", {x}, [=](const In& in) { return cummax(in[0], axis).indices; }));
    rows.back().differentiable = false;
    rows.push_back(row("cummin", {x}, [=](const In& in) { return cummin(in[0], axis).indices; }));
    rows.back().differentiable = false;
    rows.push_back(row(
        "diff", {x}, [=](const In& in) { return diff(in[0], 1, axis); }, true));
  }
  for (int zeros = 0; zeros < 2; ++zeros)  // PyTorch's have one zero, and two
    rows.push_back(row("cumprod", {{{2, 5}}}, [](const In& in) { return cumprod(in[0], 1); }));
  const Argument vector{{9}};
  rows.push_back(row(
      "cumsum", {vector}, [](const In& in) { return cumsum(in[0], 0); }, true));
  rows.push_back(row("cumprod", {vector}, [](const In& in) { return cumprod(in[0], 0); }));
  rows.push_back(row("logcumsumexp", {vector}, [](const In& in) { return logcumsumexp(in[0], 0); }));
  rows.push_back(row(
      "diff", {x}, [](const In& in) { return diff(in[0], 2); }, true));
  rows.push_back(row(
      "diff", {x}, [](const In& in) { return diff(in[0], 0); }, true));
  rows.push_back(row(
      "diff", {x}, [](const In& in) { return diff(in[0], 3, 0); }, true));
  rows.push_back(row(
      "trapezoid", {x}, [](const In& in) { return trapezoid(in[0], 0.5, 1); }, true));
  rows.push_back(row("trapezoid", {x, {{3}}}, [](const In& in) { return trapezoid(in[0], in[1], 1); }));
  rows.push_back(row(
      "cumulative_trapezoid", {x}, [](const In& in) { return cumulative_trapezoid(in[0], 2, -1); }, true));
  rows.push_back(
      row("cumulative_trapezoid", {x, x}, [](const In& in) { return cumulative_trapezoid(in[0], in[1]); }));
  return rows;
}
