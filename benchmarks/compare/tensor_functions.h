// Functions of tensors by name, beside the element-wise ones: taper's and libtorch's are called alike, but
// for what each passes in `own`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace comparison {

/// x [count], m: the same as a matrix, places: for gather, rows: indices of m's rows, mask: for m; and
/// operands of einsum.
template <class Tensor>
struct FunctionOperands {
  Tensor x, m, places, rows, mask;
  Tensor batch_a, batch_b, vector, tall;
};

template <class Tensor>
using TensorFunctions = std::map<std::string, std::function<void(const FunctionOperands<Tensor>&)>>;

template <class Tensor>
TensorFunctions<Tensor> tensor_functions(TensorFunctions<Tensor> own) {
  using In = const FunctionOperands<Tensor>&;
  TensorFunctions<Tensor> all = {
      {"sort rows", [](In in) { sort(in.m, -1); }},
      {"sort", [](In in) { sort(in.x, 0); }},
      {"topk", [](In in) { topk(in.m, 10, -1); }},
      {"cumsum", [](In in) { cumsum(in.m, 1); }},
      {"cumsum columns", [](In in) { cumsum(in.m, 0); }},
      {"gather", [](In in) { gather(in.m, 1, in.places); }},
      {"index_select", [](In in) { index_select(in.m, 0, in.rows); }},
      {"index_add", [](In in) { index_add(in.m, 0, in.rows, in.m); }},
      {"masked_fill", [](In in) { masked_fill(in.m, in.mask, 0.5); }},
      {"flip", [](In in) { flip(in.m, {1}); }},
      {"concat",
       [](In in) {
         concat(std::vector{in.m, in.m}, 1);
       }},
      {"any", [](In in) { any(in.mask); }},
      {"norm", [](In in) { norm(in.x); }},
      {"quantile", [](In in) { quantile(in.x, 0.3); }},
      {"multinomial", [](In in) { multinomial(in.x, 100, true); }},
      {"einsum ij,kj->ik",
       [](In in) {
         einsum("ij,kj->ik", std::vector{in.tall, in.tall});
       }},
      {"einsum bij,bjk->bik",
       [](In in) {
         einsum("bij,bjk->bik", std::vector{in.batch_a, in.batch_b});
       }},
      {"einsum i,j->ij",
       [](In in) {
         einsum("i,j->ij", std::vector{in.vector, in.vector});
       }},
      {"einsum bij->bj", [](In in) { einsum("bij->bj", std::vector<Tensor>{in.batch_a}); }},
      {"einsum bij,bij->b",
       [](In in) {
         einsum("bij,bij->b", std::vector{in.batch_a, in.batch_a});
       }},
      {"einsum ij,j->i",
       [](In in) {
         einsum("ij,j->i", std::vector{in.tall, in.tall[0]});
       }},
  };
  all.merge(own);
  return all;
}

}  // namespace comparison
