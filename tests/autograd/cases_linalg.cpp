// The table of operations: autograd/ops/linalg.h.
#include "cases.h"
#include <taper/tensor/create.h>

using namespace taper;
using In = std::vector<Tensor>;

namespace {

// Symmetric and positive definite matrices; what has none is for the operation to refuse.
bool is_square(const Tensor& x) { return x.defined() && x.rank() >= 2 && x.size(-1) == x.size(-2); }
Tensor symmetric(const Tensor& x) { return is_square(x) ? x + transpose(x) : x; }
Tensor positive(const Tensor& x) {
  return is_square(x) && is_floating(x.dtype()) ? matmul(x, transpose(x)) + 2 * eye(x.size(-1), -1, x.dtype())
                                                : x;
}
Tensor scaled(const Tensor& u, const Tensor& s, const Tensor& vh) { return matmul(u * unsqueeze(s, -2), vh); }

}  // namespace

std::vector<Row> linalg_rows() {
  const Argument matrices{{2, 3, 3}}, tall{{2, 4, 2}}, wide{{2, 2, 4}}, large{{2, 3, 3}, 0.5};
  using cases::row;
  const auto norm_row = [&](MatrixNorm norm) {
    return row("matrix_norm", {{{2, 3, 2}}}, [=](const In& in) { return matrix_norm(in[0], norm); });
  };
  std::vector<Row> rows = {
      row("det", {matrices}, [](const In& in) { return det(in[0]); }),
      row("slogdet", {matrices}, [](const In& in) { return slogdet(in[0]).sign; }),
      row("slogdet", {matrices}, [](const In& in) { return slogdet(in[0]).logabsdet; }),
      row("inverse", {matrices}, [](const In& in) { return inverse(in[0]); }),
      row("solve", {matrices, {{2, 3, 2}}}, [](const In& in) { return solve(in[0], in[1]); }),
      row("solve", {matrices, {{2, 3}}}, [](const In& in) { return solve(in[0], in[1]); }),
      row("solve_triangular", {large, {{2, 3, 2}}},
          [](const In& in) { return solve_triangular(in[0], in[1], true); }),
      row("solve_triangular", {large, {{3, 2}}},
          [](const In& in) { return solve_triangular(in[0], in[1], false); }),
      row("solve_triangular", {matrices, {{2, 3, 1}}},
          [](const In& in) { return solve_triangular(in[0], in[1], true, true); }),
      row("solve_triangular", {matrices, {{2, 3, 1}}},
          [](const In& in) { return solve_triangular(in[0], in[1], false, true); }),
      row("lstsq", {tall, {{2, 4, 2}}}, [](const In& in) { return lstsq(in[0], in[1]); }),
      row("lstsq", {wide, {{2, 2, 3}}}, [](const In& in) { return lstsq(in[0], in[1]); }),
      row("lstsq", {{{4, 2}}, {{4}}}, [](const In& in) { return lstsq(in[0], in[1]); }),
      row("cholesky", {matrices}, [](const In& in) { return cholesky(positive(in[0])); }),
      row("qr", {tall}, [](const In& in) { return qr(in[0]).q; }),
      row("qr", {tall}, [](const In& in) { return qr(in[0]).r; }),
      row("qr", {wide}, [](const In& in) { return qr(in[0]).q; }),
      row("qr", {wide}, [](const In& in) { return qr(in[0]).r; }),
      row("svd", {tall}, [](const In& in) { return abs(svd(in[0]).u); }),
      row("svd", {tall}, [](const In& in) { return svd(in[0]).s; }),
      row("svd", {tall}, [](const In& in) { return abs(svd(in[0]).vh); }),
      row("svd", {wide}, [](const In& in) { return abs(svd(in[0]).u); }),
      row("svd", {wide}, [](const In& in) { return abs(svd(in[0]).vh); }),
      row("svd", {matrices},
          [](const In& in) {
            const auto [u, s, vh] = svd(in[0]);
            return scaled(u, sin(s), vh);
          }),
      row("eigh", {matrices}, [](const In& in) { return eigh(symmetric(in[0])).values; }),
      row("eigh", {matrices}, [](const In& in) { return abs(eigh(symmetric(in[0])).vectors); }),
      row("eigh", {matrices},
          [](const In& in) {
            const auto [values, vectors] = eigh(symmetric(in[0]));
            return scaled(vectors, exp(values), transpose(vectors));
          }),
      row("pinv", {tall}, [](const In& in) { return pinv(in[0]); }),
      row("pinv", {wide}, [](const In& in) { return pinv(in[0], 1e-3); }),
      row("matrix_rank", {matrices}, [](const In& in) { return matrix_rank(in[0], 0.4); }),
      row("matrix_rank", {tall},
          [](const In& in) {
            return matrix_rank(in[0].defined() && in[0].rank() > 1 ? matmul(in[0], transpose(in[0])) : in[0]);
          }),
      row("matrix_power", {matrices}, [](const In& in) { return matrix_power(in[0], 3); }),
      row("matrix_power", {matrices}, [](const In& in) { return matrix_power(in[0], -2); }),
      row("matrix_exp", {matrices}, [](const In& in) { return matrix_exp(in[0]); }),
      norm_row(MatrixNorm::frobenius),
      norm_row(MatrixNorm::nuclear),
      norm_row(MatrixNorm::spectral),
      norm_row(MatrixNorm::one),
      norm_row(MatrixNorm::infinity),
  };
  rows[1].differentiable = false;
  for (Row& each : rows)
    if (each.name == "matrix_rank") each.differentiable = false;
  return rows;
}
