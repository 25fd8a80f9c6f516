// The table of operations: embeddings. Each row has its values and gradients from PyTorch, see
// test_torch.cpp.
#include "cases.h"
#include <taper/tensor/create.h>

using namespace taper;
using In = std::vector<Tensor>;

std::vector<Row> embedding_rows() {
  const Tensor vector = tensor({3, 0, 3, 1, 2, 3}), matrix = tensor({{3, 0, 3}, {1, 1, 4}}),
               offsets = tensor({0, 2, 2}), ends = tensor({0, 1, 4, 6});
  const Argument table{{5, 3}};
  const auto row = cases::linear_row;
  const auto of = [=](const char* name, TensorFunction function) { return row(name, {table}, function); };
  // Where the gradient is not the derivative, only PyTorch's is compared.
  const auto other = [=](TensorFunction function) {
    Row result = of("embedding", std::move(function));
    result.differentiable = false;
    return result;
  };
  std::vector<Row> rows = {
      of("embedding", [=](const In& in) { return embedding(vector, in[0]); }),
      other([=](const In& in) { return embedding(matrix, in[0], {.padding_index = -2}); }),
      other([=](const In& in) { return embedding(matrix, in[0], {.scale_grad_by_freq = true}); }),
      other([=](const In& in) { return embedding(tensor(3), in[0], {.padding_index = 3}); }),
      other([=](const In& in) {
        const Tensor unchanged = embedding(vector, in[0]), weight = clone(in[0].detach());
        const Tensor y = embedding(vector, weight, {.max_norm = 1.5, .norm_type = 1});
        return concat({y, weight}) + 0 * sum(unchanged);
      }),
      row("embedding_bag", {table, {{6}}},
          [=](const In& in) { return embedding_bag(vector, in[0], offsets, {.mode = BagMode::sum}, in[1]); }),
      row("embedding_bag", {table, {{2, 3}}},
          [=](const In& in) {
            return embedding_bag(matrix, in[0], {}, {.mode = BagMode::sum, .padding_index = 3}, in[1]);
          }),
  };
  for (const BagMode mode : {BagMode::sum, BagMode::mean, BagMode::max}) {
    rows.push_back(of("embedding_bag",
                      [=](const In& in) { return embedding_bag(vector, in[0], offsets, {.mode = mode}); }));
    rows.push_back(
        of("embedding_bag", [=](const In& in) { return embedding_bag(matrix, in[0], {}, {.mode = mode}); }));
    rows.push_back(of("embedding_bag", [=](const In& in) {
      return embedding_bag(vector, in[0], ends,
                           {.mode = mode, .padding_index = 3, .include_last_offset = true});
    }));
  }
  return rows;
}
