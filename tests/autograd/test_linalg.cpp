// Linear algebra: what does not fit, singular and empty matrices, large ones, and the same bits anywhere.
#include <cmath>
#include <limits>

#include <catch.h>

#include <taper/taper.h>

using namespace taper;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double error(const Tensor& a, const Tensor& b) { return max(abs(a - b)).item<double>(); }

}  // namespace

TEST_CASE("linear algebra says what does not fit") {
  const Tensor x = zeros({2, 3}), square = eye(3), vector = zeros(3), batch = stack({eye(2), zeros({2, 2})});
  CHECK_THROWS_WITH(det(x), "det: expected a square matrix or several, got shape [2, 3]");
  CHECK_THROWS_WITH(qr(vector), "qr: expected a matrix or several, got shape [3]");
  CHECK_THROWS_AS(inverse(zeros({2, 2}, int64)), DTypeError);
  CHECK_THROWS_WITH(inverse(zeros({2, 2})),
                    "inverse: expected an invertible matrix, but the matrix is singular");
  CHECK_THROWS_WITH(inverse(batch),
                    "inverse: expected an invertible matrix, but matrix 1 of the batch is singular");
  CHECK_THROWS_AS(solve(zeros({2, 2}), zeros(2)), ValueError);
  CHECK_THROWS_WITH(solve(square, zeros(2)),
                    "solve: expected right sides [..., 3, k] or [..., 3] for the matrices [3, 3], got [2]");
  CHECK_THROWS_AS(solve(square, scalar(1)), ShapeError);
  CHECK_THROWS_AS(solve(square, zeros(3, float64)), DTypeError);
  CHECK_THROWS_AS(solve(zeros({2, 3, 3}), zeros({4, 3, 1})), ShapeError);
  CHECK_THROWS_AS(solve_triangular(square, vector, true), ShapeError);
  CHECK_THROWS_AS(lstsq(x, vector), ShapeError);
  CHECK_THROWS_WITH(
      cholesky(tensor({{1., 0., 0.}, {0., -1., 0.}, {0., 0., 1.}})),
      "cholesky: expected a positive definite matrix, but the leading minor of order 2 of the matrix "
      "is not positive");
  CHECK_THROWS_WITH(cholesky(batch),
                    ContainsSubstring("the leading minor of order 1 of matrix 1 of the batch"));
  CHECK_THROWS_AS(cholesky(full({2, 2}, std::numeric_limits<double>::quiet_NaN())), ValueError);
  CHECK_THROWS_WITH(svd(full({1, 1}, infinity)),
                    "svd: expected finite numbers, got NaN or infinity in the matrix");
  CHECK_THROWS_WITH(eigh(full({1, 1}, infinity)), ContainsSubstring("eigh: expected finite numbers"));
  CHECK_THROWS_AS(matrix_power(x, 2), ShapeError);
  CHECK_THROWS_AS(matrix_power(zeros({2, 2}), std::numeric_limits<std::int64_t>::min()), ValueError);
  CHECK_THROWS_AS(matrix_norm(vector), ShapeError);
  CHECK_THROWS_AS(cov(zeros({1, 1, 1})), ShapeError);
}

TEST_CASE("linear algebra of singular, empty and special matrices") {
  const Tensor singular = tensor({{1., 2.}, {2., 4.}}, float64);
  CHECK(det(singular).item<double>() == 0);
  CHECK(slogdet(singular).sign.item<double>() == 0);
  CHECK(slogdet(singular).logabsdet.item<double>() == -infinity);
  CHECK(matrix_rank(singular).item<std::int64_t>() == 1);
  CHECK(error(pinv(singular), singular / 25) < 1e-15);
  Tensor x = singular;
  x.set_requires_grad();
  CHECK(error(grad({det(x)}, {x})[0], tensor({{4., -2.}, {-2., 1.}}, float64)) < 1e-14);
  Tensor none = zeros({2, 2}, float64).set_requires_grad();
  CHECK(grad({matrix_norm(none)}, {none})[0].to_vector<double>() == std::vector<double>(4, 0));

  const Tensor empty = zeros({2, 0, 0});
  CHECK(det(empty).to_vector<float>() == std::vector<float>{1, 1});
  CHECK(slogdet(empty).logabsdet.to_vector<float>() == std::vector<float>{0, 0});
  CHECK(inverse(empty).shape() == Shape{2, 0, 0});
  CHECK(cholesky(empty).numel() == 0);
  CHECK(svd(zeros({3, 0})).vh.shape() == Shape{0, 0});
  CHECK(svd(zeros({3, 0})).u.shape() == Shape{3, 0});
  CHECK(qr(zeros({0, 3})).r.shape() == Shape{0, 3});
  CHECK(eigh(zeros({0, 2, 2})).values.shape() == Shape{0, 2});
  CHECK(solve(zeros({0, 2, 2}), zeros(2)).shape() == Shape{0, 2});
  CHECK(pinv(zeros({3, 0})).shape() == Shape{0, 3});
  CHECK(lstsq(zeros({3, 0}), zeros(3)).shape() == Shape{0});
  CHECK(matrix_exp(empty).shape() == Shape{2, 0, 0});
  CHECK(matrix_rank(empty).to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 0});
  for (const MatrixNorm norm : {MatrixNorm::frobenius, MatrixNorm::nuclear, MatrixNorm::spectral,
                                MatrixNorm::one, MatrixNorm::infinity}) {
    CHECK(matrix_norm(zeros({2, 3, 0}), norm).to_vector<float>() == std::vector<float>{0, 0});
    CHECK(matrix_norm(zeros({2, 3, 2}), norm, true).shape() == Shape{2, 1, 1});
  }
  CHECK(matrix_power(eye(2), 0).to_vector<float>() == std::vector<float>{1, 0, 0, 1});
  CHECK(matrix_power(eye(2), std::numeric_limits<std::int64_t>::min()).to_vector<float>() ==
        std::vector<float>{1, 0, 0, 1});
  CHECK(std::isnan(cov(tensor(1.)).item<float>()));
  CHECK(error(matrix_exp(tensor({{0., 100.}, {-100., 0.}}, float64)),
              tensor({{std::cos(100.), std::sin(100.)}, {-std::sin(100.), std::cos(100.)}}, float64)) <
        1e-11);
  CHECK(!std::isfinite(sum(matrix_exp(full({2, 2}, infinity))).item<float>()));
}

TEST_CASE("decompositions of large matrices, the same bits for any number of threads and place in a batch") {
  for (const std::int64_t n : {17, 70}) {
    Generator generator(3);
    const Tensor x = uniform({3, n + 3, n}, -1, 1, float64, generator), square = slice(x, 1, 0, n);
    const Tensor symmetric = square + transpose(square),
                 positive = matmul(transpose(x), x) + eye(n, -1, float64);
    const auto all = [&] {
      const auto [u, s, vh] = svd(x);
      const auto [q, r] = qr(x);
      const auto [values, vectors] = eigh(symmetric);
      const Tensor l = cholesky(positive);
      const Tensor unit = eye(n, -1, float64);
      CHECK(error(matmul(u * unsqueeze(s, -2), vh), x) < 1e-12);
      CHECK(error(matmul(transpose(u), u), unit) < 1e-12);
      CHECK(error(matmul(q, r), x) < 1e-12);
      CHECK(error(matmul(transpose(q), q), unit) < 1e-12);
      CHECK(error(matmul(vectors * unsqueeze(values, -2), transpose(vectors)), symmetric) < 1e-12);
      CHECK(error(matmul(l, transpose(l)), positive) < 1e-12 * static_cast<double>(n));
      CHECK(error(matmul(inverse(square), square), unit) < 1e-9);
      CHECK(error(lstsq(x, x), unit) < 1e-10);
      std::vector<double> bits;
      for (const Tensor& each : {u, s, vh, q, r, values, vectors, l, inverse(square), det(square)})
        for (const double value : each.to_vector<double>()) bits.push_back(value);
      return bits;
    };
    const int threads = num_threads();
    set_num_threads(1);
    const std::vector<double> one = all();
    set_num_threads(3);
    CHECK(all() == one);
    set_num_threads(threads);
    CHECK(svd(x).s[2].to_vector<double>() == svd(x[2]).s.to_vector<double>());
  }
}
