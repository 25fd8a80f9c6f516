// The table of operations: rearranging. Each row has its values and gradients from PyTorch, see
// test_torch.cpp.
#include "cases.h"
#include <taper/tensor/error.h>

using namespace taper;
using In = std::vector<Tensor>;

namespace {

// The fuzzer calls rows with tensors of other shapes, so that there may be fewer parts.
Tensor part(const std::vector<Tensor>& parts, std::size_t i) {
  if (i >= parts.size()) throw IndexError("part: there are fewer");
  return parts[i];
}

}  // namespace

std::vector<Row> arrange_rows() {
  const Argument x{{2, 3, 4}}, square{{4, 4}}, vector{{5}};
  const auto row = cases::linear_row;
  return {
      row("narrow", {x}, [](const In& in) { return narrow(in[0], 1, 1, 2); }),
      row("narrow", {x}, [](const In& in) { return narrow(in[0], -1, -3, 2); }),
      row("split", {x}, [](const In& in) { return part(split(in[0], 3, -1), 1); }),
      row("split", {x},
          [](const In& in) {
            return part(split(in[0], std::vector<std::int64_t>{1, 0, 2}, 1), 2);
          }),
      row("chunk", {vector}, [](const In& in) { return part(chunk(in[0], 2), 1); }),
      row("unbind", {x}, [](const In& in) { return part(unbind(in[0], 1), 2); }),
      row("movedim", {x}, [](const In& in) { return movedim(in[0], 0, -1); }),
      row("movedim", {x},
          [](const In& in) {
            return movedim(in[0], {0, 1}, {2, 0});
          }),
      row("unflatten", {x},
          [](const In& in) {
            return unflatten(in[0], -1, {2, -1});
          }),
      row("broadcast_tensors", {vector, {{2, 1}}},
          [](const In& in) { return part(broadcast_tensors(in), 1); }),
      row("meshgrid", {vector, {{3}}}, [](const In& in) { return part(meshgrid(in), 1); }),
      row("flip", {x}, [](const In& in) { return flip(in[0], 1); }),
      row("flip", {x},
          [](const In& in) {
            return flip(in[0], {0, -1});
          }),
      row("roll", {x}, [](const In& in) { return roll(in[0], 1, 2); }),
      row("roll", {x},
          [](const In& in) {
            return roll(in[0], {-4, 7}, {1, -1});
          }),
      row("tile", {x},
          [](const In& in) {
            return tile(in[0], {2, 3});
          }),
      row("tile", {vector},
          [](const In& in) {
            return tile(in[0], {2, 1, 2});
          }),
      row("repeat_interleave", {x}, [](const In& in) { return repeat_interleave(in[0], 3, 1); }),
      row("hstack", {x, {{2, 1, 4}}}, [](const In& in) { return hstack(in); }),
      row("hstack", {vector, {{2}}}, [](const In& in) { return hstack(in); }),
      row("vstack", {vector, {{2, 5}}}, [](const In& in) { return vstack(in); }),
      row("pad", {x},
          [](const In& in) {
            return pad(in[0], {{1, 2}, {0, 3}}, PadMode::constant, 0.5);
          }),
      row("pad", {x},
          [](const In& in) {
            return pad(in[0], {{3, 2}}, PadMode::reflect);
          }),
      row("pad", {x},
          [](const In& in) {
            return pad(in[0], {{5, 2}}, PadMode::replicate);
          }),
      row("pad", {x},
          [](const In& in) {
            return pad(in[0], {{4, 1}}, PadMode::circular);
          }),
      row("tril", {square}, [](const In& in) { return tril(in[0]); }),
      row("tril", {x}, [](const In& in) { return tril(in[0], 1); }),
      row("triu", {x}, [](const In& in) { return triu(in[0], -1); }),
      row("diagonal", {x}, [](const In& in) { return diagonal(in[0]); }),
      row("diagonal", {x}, [](const In& in) { return diagonal(in[0], -1, 2, 0); }),
      row("diag_embed", {x}, [](const In& in) { return diag_embed(in[0], 1); }),
      row("diag", {vector}, [](const In& in) { return diag(in[0], -2); }),
      row("diag", {square}, [](const In& in) { return diag(in[0], 1); }),
      row("trace", {{{3, 5}}}, [](const In& in) { return trace(in[0]); }),
  };
}
