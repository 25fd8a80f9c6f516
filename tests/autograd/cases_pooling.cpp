// The table of operations: autograd/ops/pooling.h.
#include "cases.h"
#include <taper/tensor/create.h>

using namespace taper;
using In = std::vector<Tensor>;

namespace {

Row row(const char* name, const Argument& x, TensorFunction function, bool differentiable = true) {
  return {.name = name,
          .function = std::move(function),
          .arguments = {x},
          .linear = true,
          .differentiable = differentiable};
}

template <class Options>
Row row(const char* name, Tensor (*pool)(const Tensor&, const Options&), const Shape& x,
        const Options& options) {
  return row(name, {x}, [=](const In& in) { return pool(in[0], options); });
}

template <class Options>
void add(std::vector<Row>& rows, const char* name, ValuesAndIndices (*pool)(const Tensor&, const Options&),
         const Shape& x, const Options& options) {
  rows.push_back(row(name, {x}, [=](const In& in) { return pool(in[0], options).values; }));
  rows.push_back(row(
      name, {x}, [=](const In& in) { return pool(in[0], options).indices; }, false));
}

Row unpool(const char* name, const Argument& x, TensorFunction function) {
  Row result = row(name, x, std::move(function));
  result.empty = false;  // the indices are given
  return result;
}

Tensor places(std::vector<std::int64_t> values, const Shape& shape) { return from_data(values, shape); }

}  // namespace

std::vector<Row> pooling_rows() {
  using One = Pool1dOptions;
  using Two = Pool2dOptions;
  using Three = Pool3dOptions;
  std::vector<Row> rows = {
      row("max_pool1d", max_pool1d, {2, 2, 6}, One{}),
      row("max_pool1d", max_pool1d, {1, 1, 7},
          One{.kernel_size = 3, .stride = 2, .padding = 1, .dilation = 2, .ceil_mode = true}),
      row("max_pool2d", max_pool2d, {2, 2, 4, 4}, Two{}),
      row("max_pool2d", max_pool2d, {1, 1, 5, 4}, Two{.kernel_size = 3, .stride = {2, 1}, .padding = 1}),
      row("max_pool2d", max_pool2d, {1, 2, 3, 3}, Two{.kernel_size = {2, 3}, .ceil_mode = true}),
      row("max_pool2d", max_pool2d, {1, 1, 5, 4},
          Two{.kernel_size = 2, .stride = 1, .padding = {1, 0}, .dilation = {2, 3}}),
      row("max_pool3d", max_pool3d, {1, 2, 2, 3, 2}, Three{.kernel_size = {2, 1, 2}, .stride = 1}),
      row("max_pool3d", max_pool3d, {1, 1, 3, 2, 4},
          Three{.kernel_size = 2, .stride = {1, 2, 3}, .padding = {1, 0, 1}, .ceil_mode = true}),
      row("avg_pool1d", avg_pool1d, {2, 2, 6}, One{}),
      row("avg_pool1d", avg_pool1d, {1, 1, 6},
          One{.kernel_size = 3, .padding = 1, .ceil_mode = true, .count_include_pad = false}),
      row("avg_pool2d", avg_pool2d, {2, 2, 4, 4}, Two{}),
      row("avg_pool2d", avg_pool2d, {1, 1, 5, 4}, Two{.kernel_size = 3, .stride = {2, 1}, .padding = 1}),
      row("avg_pool2d", avg_pool2d, {1, 1, 5, 4},
          Two{.kernel_size = {2, 3}, .padding = 1, .count_include_pad = false}),
      row("avg_pool2d", avg_pool2d, {1, 1, 4, 5},
          Two{.kernel_size = {3, 2}, .stride = 2, .padding = 1, .ceil_mode = true}),
      row("avg_pool2d", avg_pool2d, {1, 1, 5, 12},
          Two{.kernel_size = {2, 3}, .stride = 1, .padding = {1, 0}, .divisor_override = 5}),
      row("avg_pool3d", avg_pool3d, {1, 2, 2, 2, 3}, Three{.kernel_size = {2, 1, 2}, .stride = 1}),
      row("avg_pool3d", avg_pool3d, {1, 1, 3, 2, 4},
          Three{.kernel_size = {2, 2, 3},
                .stride = {2, 1, 2},
                .padding = {1, 0, 1},
                .ceil_mode = true,
                .count_include_pad = false}),
      row("avg_pool3d", avg_pool3d, {1, 1, 2, 3, 4},
          Three{.kernel_size = 2, .stride = 1, .divisor_override = 3}),
      row("lp_pool1d", {{2, 2, 5}, 0.5, 2}, [](const In& in) { return lp_pool1d(in[0], 3, One{}); }),
      row("lp_pool2d", {{1, 2, 3, 5}},
          [](const In& in) {
            return lp_pool2d(in[0], 2, Two{.kernel_size = {2, 3}, .stride = {1, 2}, .ceil_mode = true});
          }),
      row("lp_pool3d", {{1, 1, 2, 3, 3}},
          [](const In& in) { return lp_pool3d(in[0], 2, Three{.stride = 1}); }),
      unpool("max_unpool1d", {{1, 2, 2}},
             [](const In& in) {
               return max_unpool1d(in[0], places({1, 2, 0, 3}, {1, 2, 2}), One{});
             }),
      unpool("max_unpool2d", {{1, 2, 2, 2}},
             [](const In& in) {
               return max_unpool2d(in[0], places({0, 3, 8, 15, 5, 2, 12, 10}, {1, 2, 2, 2}), Two{});
             }),
      unpool("max_unpool2d", {{1, 1, 2, 2}},
             [](const In& in) {
               return max_unpool2d(in[0], places({0, 3, 8, 29}, {1, 1, 2, 2}),
                                   Two{.kernel_size = {2, 3}, .stride = 2}, {5, 6});
             }),
      unpool("max_unpool3d", {{1, 1, 1, 2, 1}},
             [](const In& in) {
               return max_unpool3d(in[0], places({5, 12}, {1, 1, 1, 2, 1}), Three{});
             }),
      row("adaptive_avg_pool1d", adaptive_avg_pool1d, {2, 2, 7}, Extent1d(3)),
      row("adaptive_avg_pool2d", adaptive_avg_pool2d, {1, 2, 3, 4}, Extent2d(2, 3)),
      row("adaptive_avg_pool2d", adaptive_avg_pool2d, {2, 2, 3, 2}, Extent2d(1)),
      row("adaptive_avg_pool2d", adaptive_avg_pool2d, {1, 1, 2, 4}, Extent2d(5, 2)),
      row("adaptive_avg_pool3d", adaptive_avg_pool3d, {1, 1, 3, 2, 4}, Extent3d(2, 1, 3)),
      row("adaptive_max_pool1d", adaptive_max_pool1d, {2, 2, 7}, Extent1d(3)),
      row("adaptive_max_pool2d", adaptive_max_pool2d, {1, 2, 3, 4}, Extent2d(2, 3)),
      row("adaptive_max_pool3d", adaptive_max_pool3d, {1, 1, 3, 2, 4}, Extent3d(2, 1, 3)),
      row("global_avg_pool", {{2, 2, 2, 3}}, [](const In& in) { return global_avg_pool(in[0]); }),
      row("global_avg_pool", {{2, 3, 4}}, [](const In& in) { return global_avg_pool(in[0], true); }),
      row("global_max_pool", {{2, 2, 2, 3}}, [](const In& in) { return global_max_pool(in[0]); }),
      row("global_max_pool", {{2, 3, 4}}, [](const In& in) { return global_max_pool(in[0], true); }),
  };
  add(rows, "max_pool1d_with_indices", max_pool1d_with_indices, {2, 2, 5}, One{.padding = 1});
  add(rows, "max_pool2d_with_indices", max_pool2d_with_indices, {1, 2, 4, 3}, Two{.stride = 1});
  add(rows, "max_pool3d_with_indices", max_pool3d_with_indices, {1, 1, 3, 2, 4},
      Three{.kernel_size = 2, .stride = 1});
  add(rows, "adaptive_max_pool1d_with_indices", adaptive_max_pool1d_with_indices, {2, 2, 5}, Extent1d(2));
  add(rows, "adaptive_max_pool2d_with_indices", adaptive_max_pool2d_with_indices, {1, 2, 3, 4},
      Extent2d(2, 3));
  add(rows, "adaptive_max_pool3d_with_indices", adaptive_max_pool3d_with_indices, {1, 1, 3, 2, 4},
      Extent3d(2, 1, 3));
  return rows;
}
