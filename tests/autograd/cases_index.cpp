// The table of operations: autograd/ops/index.h and indexing.h.
#include "cases.h"
#include <taper/tensor/create.h>

using namespace taper;
using In = std::vector<Tensor>;

std::vector<Row> index_rows() {
  const Argument x{{3, 4, 5}}, matrix{{3, 4}};
  const auto list = [](const Shape& shape, double extent) { return Argument{shape, 0, extent, int64}; };
  const auto mask = [](const Shape& shape) { return Argument{shape, 0, 1, boolean}; };
  const auto row = cases::linear_row;
  // What replaces elements, of which none may be chosen twice: then it would have no gradient of its own.
  const Tensor once = tensor({2, 0}), crossed = tensor({{0, 2, 1, 0}, {1, 0, 2, 2}});
  const Tensor pattern = tensor({{1, 0, 1, 1}, {0, 0, 1, 0}, {1, 1, 0, 0}}) != 0;
  return {
      row("index_select", {matrix, list({5}, 3)}, [](const In& in) { return index_select(in[0], 0, in[1]); }),
      row("index_select", {x, list({2}, 4)}, [](const In& in) { return index_select(in[0], -2, in[1]); }),
      row("index_select", {matrix}, [](const In& in) { return index_select(in[0], 1, zeros({0}, int64)); }),
      row("index_add", {x, list({6}, 4), {{3, 6, 5}}},
          [](const In& in) { return index_add(in[0], 1, in[1], in[2]); }),
      row("index_add", {matrix, list({7}, 3), {{7, 4}}},
          [](const In& in) { return index_add(in[0], 0, in[1], in[2]); }),
      row("index_copy", {matrix, {{3, 2}}}, [=](const In& in) { return index_copy(in[0], 1, once, in[1]); }),
      row("index_fill", {x, list({2}, 4)}, [](const In& in) { return index_fill(in[0], 1, in[1], 1.5); }),
      row("gather", {matrix, list({2, 3}, 4)}, [](const In& in) { return gather(in[0], 1, in[1]); }),
      row("gather", {x, list({7, 2, 5}, 3)}, [](const In& in) { return gather(in[0], 0, in[1]); }),
      row("take_along_dim", {x, list({1, 2, 5}, 4)},
          [](const In& in) { return take_along_dim(in[0], in[1], 1); }),
      row("take", {matrix, list({2, 3}, 12)}, [](const In& in) { return take(in[0], in[1]); }),
      row("scatter", {matrix, {{2, 4}}}, [=](const In& in) { return scatter(in[0], 0, crossed, in[1]); }),
      row("scatter", {matrix, list({2, 6}, 4), {{2, 6}}},
          [](const In& in) { return scatter(in[0], 1, in[1], in[2], Scatter::add); }),
      row("scatter", {x, list({4, 3, 5}, 3), {{4, 3, 5}}},
          [](const In& in) { return scatter(in[0], 0, in[1], in[2], Scatter::add); }),
      cases::row(
          "scatter", {matrix, list({3, 5}, 4), {{3, 5}}},
          [](const In& in) { return scatter(in[0], 1, in[1], in[2], Scatter::multiply); }, false),
      row("scatter", {matrix, list({3, 5}, 4), {{3, 5}}},
          [](const In& in) { return scatter(in[0], 1, in[1], in[2], Scatter::minimum); }),
      row("scatter", {matrix, list({3, 5}, 4), {{3, 5}}},
          [](const In& in) { return scatter(in[0], 1, in[1], in[2], Scatter::maximum); }),
      row("scatter", {matrix, list({3, 5}, 4), {{3, 5}}},
          [](const In& in) { return scatter(in[0], 1, in[1], in[2], Scatter::mean); }),
      row("masked_fill", {x, mask({4, 1})}, [](const In& in) { return masked_fill(in[0], in[1], -1.5); }),
      row("masked_fill", {matrix, mask({3, 4}), {{1}}},
          [](const In& in) { return masked_fill(in[0], in[1], in[2]); }),
      row("masked_select", {matrix}, [=](const In& in) { return masked_select(in[0], pattern); }),
      row("masked_select", {{{4}}}, [=](const In& in) { return masked_select(in[0], pattern); }),
      row("masked_scatter", {matrix, {{2, 4}}},
          [=](const In& in) { return masked_scatter(in[0], pattern, in[1]); }),
      row("select_scatter", {x, {{3, 5}}}, [](const In& in) { return select_scatter(in[0], in[1], 1, -2); }),
      row("slice_scatter", {x, {{3, 4, 2}}},
          [](const In& in) { return slice_scatter(in[0], in[1], 2, 1, 5, 2); }),
      row("diagonal_scatter", {matrix, {{3}}},
          [](const In& in) { return diagonal_scatter(in[0], in[1], 1); }),
      {.name = "one_hot",
       .function = [](const In& in) { return one_hot(in[0], 4, float64); },
       .arguments = {list({2, 3}, 4)},
       .differentiable = false},

      row("index", {x}, [](const In& in) { return in[0](Slice(1, -1, 2), Ellipsis, 3); }),
      row("index", {x}, [](const In& in) { return in[0](Ellipsis, NewAxis, Slice(None, None, -1)); }),
      row("index", {x}, [](const In& in) { return in[0](Slice(None, None, -2), NewAxis, Slice(1)); }),
      row("index", {x}, [](const In& in) { return in[0](2, Slice(3, 0, -2), Slice(0, 99)); }),
      row("index", {x, list({2, 2}, 3)}, [](const In& in) { return in[0](in[1]); }),
      row("index", {x, list({3}, 4), list({2, 1}, 5)},
          [](const In& in) { return in[0](Slice(), in[1], in[2]); }),
      row("index", {x, list({3}, 3), list({2, 1}, 5)},
          [](const In& in) { return in[0](in[1], Slice(1), in[2]); }),
      row("index", {x, list({2}, 5)}, [](const In& in) { return in[0](0, Slice(), in[1]); }),
      row("index", {x, list({2}, 4)}, [](const In& in) { return in[0](1, in[1]); }),
      row("index", {x}, [=](const In& in) { return in[0](pattern); }),
      row("index", {x}, [=](const In& in) { return in[0](Slice(1), pattern[0], Slice(3, None)); }),
      row("index", {x, list({2}, 3), list({2}, 4)},
          [](const In& in) { return in[0](in[1], NewAxis, in[2]); }),
      row("index", {x, list({2, 1}, 5)},
          [](const In& in) { return in[0](NewAxis, Slice(None, None, -1), Slice(2, None), in[1]); }),
      row("index_put", {x, {{5}}},
          [](const In& in) {
            return index_put(in[0], {1, Slice(0, 3, 2)}, in[1]);
          }),
      row("index_put", {x, {{4, 1}}},
          [](const In& in) {
            return index_put(in[0], {Slice(None, None, -1), Ellipsis, Slice(1, None, 3)}, in[1]);
          }),
      row("index_put", {x, {{3, 2}}},
          [=](const In& in) {
            return index_put(in[0], {Slice(), once, 4}, in[1]);
          }),
      row("index_put", {x, list({4}, 3), list({2, 1}, 5), {{2, 4, 1}}},
          [](const In& in) {
            return index_put(in[0], {in[1], Slice(1, 3), in[2]}, in[3], true);
          }),
      row("index_put", {x, {{6, 1}}}, [=](const In& in) { return index_put(in[0], {pattern}, in[1]); }),
      row("index_put", {x},
          [=](const In& in) {
            return index_put(in[0], {pattern, NewAxis}, 0.5);
          }),
      row("index_put", {x, list({3}, 5), {{3, 2}}},
          [](const In& in) {
            return index_put(in[0], {0, Slice(None, 1, -1), in[1]}, in[2], true);
          }),
  };
}
