// The table of operations: autograd/ops/resize.h.
#include "cases.h"

using namespace taper;
using In = std::vector<Tensor>;

std::vector<Row> resize_rows() {
  const auto row = cases::linear_row;
  const auto resize = [&](const Shape& x, const InterpolateOptions& options) {
    return row("interpolate", {{x}}, [=](const In& in) { return interpolate(in[0], options); });
  };
  const auto sample = [&](Resampling mode, GridPadding padding, bool align_corners) {
    return row("grid_sample", {{{1, 2, 3, 4}}, {{1, 2, 3, 2}, -1.4, 1.4}}, [=](const In& in) {
      return grid_sample(in[0], in[1], {mode, padding, align_corners});
    });
  };
  using enum Resampling;
  using enum GridPadding;
  const std::vector<Argument> theta{{{2, 2, 3}}};
  return {
      resize({1, 2, 5}, {.size = 8}),
      resize({1, 1, 3, 4}, {.scale_factor = {2, 1.5}}),
      resize({1, 1, 2, 3, 2}, {.size = {3, 2, 4}}),
      resize({1, 1, 3, 4}, {.size = {5, 3}, .mode = nearest_exact}),
      resize({1, 2, 5}, {.size = 8, .mode = linear}),
      resize({1, 2, 5}, {.size = 3, .mode = linear, .align_corners = true}),
      resize({1, 1, 3, 4}, {.size = {5, 6}, .mode = bilinear}),
      resize({1, 1, 3, 4}, {.scale_factor = 1.7, .mode = bilinear, .align_corners = true}),
      resize({1, 1, 3, 4}, {.scale_factor = {1.7, 0.6}, .mode = bilinear}),
      resize({1, 1, 3, 4}, {.scale_factor = 1.7, .mode = bilinear, .recompute_scale_factor = true}),
      resize({1, 1, 4, 3}, {.size = {6, 2}, .mode = bicubic}),
      resize({1, 1, 3, 4}, {.scale_factor = {2.3, 0.8}, .mode = bicubic, .align_corners = true}),
      resize({1, 1, 3, 4}, {.scale_factor = {2.3, 0.8}, .mode = bicubic}),
      resize({1, 2, 5}, {.size = 3, .mode = area}),
      resize({1, 1, 5, 4}, {.size = {3, 2}, .mode = area}),
      resize({1, 1, 2, 3, 2}, {.size = {3, 2, 4}, .mode = trilinear}),
      row("pixel_shuffle", {{{1, 8, 1, 2}}}, [](const In& in) { return pixel_shuffle(in[0], 2); }),
      row("pixel_unshuffle", {{{2, 1, 2, 4}}}, [](const In& in) { return pixel_unshuffle(in[0], 2); }),
      row("channel_shuffle", {{{1, 6, 2, 2}}}, [](const In& in) { return channel_shuffle(in[0], 3); }),
      sample(linear, zeros, false),
      sample(linear, border, true),
      sample(linear, reflection, false),
      sample(linear, reflection, true),
      sample(nearest, zeros, true),
      sample(nearest, border, false),
      sample(cubic, zeros, false),
      sample(cubic, border, true),
      sample(cubic, reflection, false),
      row("affine_grid", theta,
          [](const In& in) {
            return affine_grid(in[0], {2, 1, 2, 3});
          }),
      row("affine_grid", theta,
          [](const In& in) {
            return affine_grid(in[0], {2, 1, 3, 1}, true);
          }),
  };
}
