// The table of operations: autograd/ops/window.h.
#include "cases.h"

using namespace taper;
using In = std::vector<Tensor>;

std::vector<Row> window_rows() {
  const auto row = cases::linear_row;
  const Unfold2dOptions plain{.kernel_size = {2, 3}},
      all{.kernel_size = {2, 2}, .stride = {1, 2}, .padding = {1, 0}, .dilation = {2, 1}};
  return {
      row("unfold", {{{2, 7}}}, [](const In& in) { return unfold(in[0], 1, 3, 2); }),
      row("unfold", {{{4, 3}}}, [](const In& in) { return unfold(in[0], 0, 4); }),
      row("unfold", {{{2, 5, 2}}}, [](const In& in) { return unfold(in[0], -2, 2, 3); }),
      row("unfold2d", {{{2, 2, 3, 4}}}, [=](const In& in) { return unfold2d(in[0], plain); }),
      row("unfold2d", {{{1, 2, 4, 4}}}, [=](const In& in) { return unfold2d(in[0], all); }),
      row("fold2d", {{{1, 12, 4}}},
          [=](const In& in) {
            return fold2d(in[0], {3, 4}, plain);
          }),
      row("fold2d", {{{1, 8, 8}}}, [=](const In& in) { return fold2d(in[0], 4, all); }),
  };
}
