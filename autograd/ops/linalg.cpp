// Linear algebra, with gradients. Formulas: Giles, "An extended collection of matrix derivative results"
// (2008); Golub and Pereyra (1973) for the pseudoinverse; Seeger et al., "Auto-differentiating linear
// algebra" (2017).
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/linalg.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/matmul.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/linalg.h>

namespace taper {
namespace {

void check_matrices(const char* function, const Tensor& x, bool square = false) {
  compute::check_floating(function, x);
  if (x.rank() < 2 || (square && x.size(-1) != x.size(-2)))
    throw ShapeError(fmt::format("{}: expected {} or several, got shape {}", function,
                                 square ? "a square matrix" : "a matrix", to_string(x.shape())));
}

// Vectors as columns, or scalars as matrices.
Tensor column(const Tensor& x) { return unsqueeze(x, -1); }
Tensor row(const Tensor& x) { return unsqueeze(x, -2); }
Tensor small(const Tensor& x) { return column(column(x)); }

// x r^-T for an upper triangular r.
Tensor over_transposed_upper(const Tensor& x, const Tensor& r) {
  return transpose(solve_triangular(r, transpose(x), true));
}

// Note [Several results]
// A decomposition has several results, and an operation one. So each result is recorded by itself, with what
// it adds to the gradient of x, which is linear in the gradients of the results. Each saves the values of all
// results beside x. To differentiate the gradient, they are computed again from x, so that they depend on it.

// The results of a decomposition of x, each recorded: gradients[i] computes what result i adds.
template <class Results, std::size_t n, class... Gradients>
Results recorded(const char* name, const Tensor& x, const std::array<Tensor, n>& values,
                 Results (*again)(const Tensor&), Gradients... gradients) {
  const auto part = [&](const Tensor& value, auto gradient) {
    std::array<Input, n + 1> inputs = [&]<std::size_t... i>(std::index_sequence<i...>) {
      return std::array<Input, n + 1>{save(x), save(values[i])...};
    }
    (std::make_index_sequence<n>());
    return record(name, value.detach(), std::span<const Input>(inputs),
                  [=](const Backward& at, const Tensor& g) {
                    std::array<Tensor, n + 1> result;
                    const Tensor x = at.input(0);
                    const Results all = [&]<std::size_t... i>(std::index_sequence<i...>) {
                      return grad_enabled() ? again(x) : Results{at.input(static_cast<int>(i) + 1)...};
                    }
                    (std::make_index_sequence<n>());
                    result[0] = gradient(x, all, g);
                    return result;
                  });
  };
  return [&]<std::size_t... i>(std::index_sequence<i...>) { return Results{part(values[i], gradients)...}; }
  (std::make_index_sequence<n>());
}

// 1 / (x_j - x_i) at [i, j], and 0 on the diagonal.
Tensor reciprocal_differences(const Tensor& x) {
  const Tensor same = eye(x.size(-1), -1, x.dtype()) != 0;
  return where(same, 0, 1 / where(same, 1, row(x) - column(x)));
}

Tensor skew(const Tensor& x) { return x - transpose(x); }

// Matrices, broadcast to common leading axes.
struct Pair {
  Tensor a, b;
};
Pair broadcast_leading(const char* function, const Tensor& a, const Tensor& b) {
  const auto leading = [](Shape shape) {
    shape.erase(-1);
    shape.erase(-1);
    return shape;
  };
  const Shape batch = broadcast(function, leading(a.shape()), leading(b.shape()));
  const auto expanded = [&](const Tensor& x) {
    Shape shape = batch;
    shape.push_back(x.size(-2));
    shape.push_back(x.size(-1));
    return shape == x.shape() ? x : expand(x, shape);
  };
  return {expanded(a), expanded(b)};
}

// solve(a, b), where b may be vectors, with leading axes in common.
template <class Function>
Tensor with_vectors(const char* function, const Tensor& a, const Tensor& b, Function&& solve) {
  check_matrices(function, a);
  compute::check_defined(function, b, "the right side");
  compute::check_same_dtype(function, a, b, "the right side");
  Shape vectors = a.shape();
  vectors.erase(-1);
  const bool vector = b.rank() == 1 || b.shape() == vectors;
  if (b.rank() == 0 || b.size(vector ? -1 : -2) != a.size(-2))
    throw ShapeError(
        fmt::format("{}: expected right sides [..., {}, k] or [..., {}] for the matrices {}, got {}",
                    function, a.size(-2), a.size(-2), to_string(a.shape()), to_string(b.shape())));
  const auto [left, right] = broadcast_leading(function, a, vector ? column(b) : b);
  const Tensor x = solve(left, right);
  return vector ? squeeze(x, -1) : x;
}

Tensor solve_matrices(const Tensor& a, const Tensor& b) {
  const Tensor x = compute::solve("solve", a, b);
  return record("solve", save(x), {save(a), b}, [](const Backward& at, const Tensor& g) {
    Tensor gradient = solve_matrices(transpose(at.input(0)), g);
    return at.each([&] { return -matmul(gradient, transpose(at.output())); }, [&] { return gradient; });
  });
}

Tensor triangle(const Tensor& x, bool upper, bool unitriangular) {
  return upper ? triu(x, unitriangular) : tril(x, unitriangular ? -1 : 0);
}

Tensor solve_triangles(const Tensor& a, const Tensor& b, bool upper, bool unitriangular) {
  const Tensor x = compute::solve_triangular("solve_triangular", a, b, upper, unitriangular);
  return record("solve_triangular", save(x), {save(a), b}, [=](const Backward& at, const Tensor& g) {
    Tensor gradient = solve_triangles(transpose(at.input(0)), g, !upper, unitriangular);
    return at.each([&] { return -triangle(matmul(gradient, transpose(at.output())), upper, unitriangular); },
                   [&] { return gradient; });
  });
}

// The inverse, on behalf of another function.
Tensor inverse_for(const char* function, const Tensor& x) {
  check_matrices(function, x, true);
  const Tensor unit = eye(x.size(-1), -1, x.dtype());
  const Layout repeated = unit.layout().expand(function, x.shape());
  return record(function, save(compute::solve(function, x, unit.alias(repeated))), {x},
                [](const Backward& at, const Tensor& g) {
                  const Tensor turned = transpose(at.output());
                  return -matmul(matmul(turned, g), turned);
                });
}

// The matrices of cofactors, det(x) inverse(x)^T, which exist for singular x as well.
Tensor cofactors(const Tensor& x) {
  const auto [u, s, vh] = svd(x);
  const std::int64_t n = x.size(-1);
  const Tensor unit = eye(n, -1, x.dtype()) != 0;
  Tensor others = ones_like(s);  // for each singular value, the product of the others
  for (std::int64_t i = 0; i < n; ++i) others = others * where(unit[i], 1, slice(s, -1, i, i + 1));
  return small(det(u) * det(vh)) * matmul(u * row(others), vh);
}

double tolerance(const Tensor& x, std::optional<double> rtol) {
  const double epsilon =
      x.dtype() == float32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
  return rtol ? *rtol : static_cast<double>(std::max(x.size(-1), x.size(-2))) * epsilon;
}

// Of singular values, those that count.
Tensor counted(const Tensor& s, double rtol) { return s > slice(s, -1, 0, 1) * rtol; }

}  // namespace

Tensor det(const Tensor& x) {
  check_matrices("det", x, true);
  return record(
      "det", save(compute::determinant("det", x)), {save(x)}, [](const Backward& at, const Tensor& g) {
        const Tensor x = at.input(0), value = at.output();
        const bool regular = sum(value.detach() == 0).item<std::int64_t>() == 0;
        return small(g) * (regular ? small(value) * transpose(inverse_for("det", x)) : cofactors(x));
      });
}

SignAndLogDet slogdet(const Tensor& x) {
  check_matrices("slogdet", x, true);
  const auto [sign, logarithm] = compute::sign_and_log_determinant("slogdet", x);
  return {sign, record("slogdet", logarithm, {save(x)}, [](const Backward& at, const Tensor& g) {
            return small(g) * transpose(inverse_for("slogdet", at.input(0)));
          })};
}

Tensor inverse(const Tensor& x) { return inverse_for("inverse", x); }

Tensor solve(const Tensor& a, const Tensor& b) {
  check_matrices("solve", a, true);
  return with_vectors("solve", a, b, solve_matrices);
}

Tensor solve_triangular(const Tensor& a, const Tensor& b, bool upper, bool unitriangular) {
  check_matrices("solve_triangular", a, true);
  compute::check_defined("solve_triangular", b, "the right side");
  compute::check_same_dtype("solve_triangular", a, b, "the right side");
  if (b.rank() < 2 || b.size(-2) != a.size(-1))
    throw ShapeError(
        fmt::format("solve_triangular: expected right sides [..., {}, k] for the matrices {}, got {}",
                    a.size(-1), to_string(a.shape()), to_string(b.shape())));
  const auto [left, right] = broadcast_leading("solve_triangular", a, b);
  return solve_triangles(left, right, upper, unitriangular);
}

Tensor lstsq(const Tensor& a, const Tensor& b) {
  return with_vectors("lstsq", a, b, [](const Tensor& left, const Tensor& right) {
    if (left.size(-2) >= left.size(-1)) {
      const auto [q, r] = qr(left);
      return solve_triangular(r, matmul(transpose(q), right), true);
    }
    const auto [q, r] = qr(transpose(left));
    return matmul(q, solve_triangular(transpose(r), right, false));
  });
}

Tensor cholesky(const Tensor& x) {
  check_matrices("cholesky", x, true);
  return record("cholesky", save(compute::cholesky("cholesky", x)), {x},
                [](const Backward& at, const Tensor& g) {
                  const Tensor l = at.output(), upper = transpose(l);
                  const Tensor product = matmul(upper, tril(g));
                  // Half of the lower triangle, with half of the diagonal.
                  const Tensor half = tril(product) - 0.5 * tril(triu(product));
                  const Tensor s = solve_triangular(upper, over_transposed_upper(half, upper), true);
                  return 0.5 * (s + transpose(s));
                });
}

namespace {

// What the gradients of q and r, one of which is undefined, add to that of x.
Tensor qr_gradient(const Tensor& x, const QR& at, Tensor gq, Tensor gr) {
  const auto& [q, r] = at;
  const std::int64_t rows = x.size(-2), columns = x.size(-1);
  if (rows < columns) {
    // x = [y z], r = [s t]: y = q s and t = q^T z.
    const Tensor z = slice(x, -1, rows, columns), s = slice(r, -1, 0, rows);
    Tensor gs, gz = zeros_like(z);
    if (gr.defined()) {
      const Tensor gt = slice(gr, -1, rows, columns);
      gs = slice(gr, -1, 0, rows);
      gq = matmul(z, transpose(gt));
      gz = matmul(q, gt);
    }
    return concat({qr_gradient(slice(x, -1, 0, rows), {q, s}, gq, gs), gz}, -1);
  }
  Tensor m;
  if (gr.defined()) m = matmul(r, transpose(triu(gr)));
  if (gq.defined()) {
    const Tensor of_q = matmul(transpose(gq), q);
    m = m.defined() ? m - of_q : -of_q;
  }
  const Tensor lower = tril(m, -1), symmetric = tril(m) + transpose(lower);
  const Tensor sum = matmul(q, symmetric);
  return over_transposed_upper(gq.defined() ? gq + sum : sum, r);
}

}  // namespace

QR qr(const Tensor& x) {
  check_matrices("qr", x);
  return recorded(
      "qr", x, compute::qr("qr", x), qr,
      [](const Tensor& x, const QR& at, const Tensor& g) { return qr_gradient(x, at, g, {}); },
      [](const Tensor& x, const QR& at, const Tensor& g) { return qr_gradient(x, at, {}, g); });
}

namespace {

SVD svd_for(const char* function, const Tensor& x) {
  check_matrices(function, x);
  return recorded(
      function, x, compute::svd(function, x), svd,
      [](const Tensor& x, const SVD& at, const Tensor& g) {
        const auto& [u, s, vh] = at;
        const Tensor along = matmul(transpose(u), g);
        Tensor left = matmul(u, skew(along) * reciprocal_differences(square(s)) * row(s));
        if (x.size(-2) > x.size(-1)) left = left + (g - matmul(u, along)) / row(s);
        return matmul(left, vh);
      },
      [](const Tensor&, const SVD& at, const Tensor& g) { return matmul(at.u * row(g), at.vh); },
      [](const Tensor& x, const SVD& at, const Tensor& g) {
        const auto& [u, s, vh] = at;
        const Tensor along = matmul(g, transpose(vh));  // (vh g^T)^T
        Tensor right = matmul(column(s) * (skew(transpose(along)) * reciprocal_differences(square(s))), vh);
        if (x.size(-2) < x.size(-1)) right = right + (g - matmul(along, vh)) / column(s);
        return matmul(u, right);
      });
}

}  // namespace

SVD svd(const Tensor& x) { return svd_for("svd", x); }

Eigh eigh(const Tensor& x) {
  check_matrices("eigh", x, true);
  return recorded(
      "eigh", x, compute::eigh("eigh", x), eigh,
      [](const Tensor&, const Eigh& at, const Tensor& g) {
        return matmul(at.vectors * row(g), transpose(at.vectors));
      },
      [](const Tensor&, const Eigh& at, const Tensor& g) {
        const Tensor turned = transpose(at.vectors);
        const Tensor inner = 0.5 * skew(matmul(turned, g)) * reciprocal_differences(at.values);
        return matmul(matmul(at.vectors, inner), turned);
      });
}

Tensor pinv(const Tensor& x, std::optional<double> rtol) {
  check_matrices("pinv", x);
  const Tensor value = [&] {
    const NoGrad guard;
    const auto [u, s, vh] = compute::svd("pinv", x);
    const Tensor counts = counted(s, tolerance(x, rtol));
    return matmul(transpose(vh) * row(where(counts, 1 / s, 0)), transpose(u));
  }();
  return record("pinv", save(value), {save(x)}, [](const Backward& at, const Tensor& g) {
    const Tensor x = at.input(0), p = at.output(), q = transpose(p), h = transpose(g);
    const Tensor hp = matmul(h, p), ph = matmul(p, h);
    return matmul(hp - matmul(x, matmul(p, hp)), q) + matmul(q, ph - matmul(matmul(ph, p), x)) -
           matmul(matmul(q, g), q);
  });
}

Tensor matrix_rank(const Tensor& x, std::optional<double> rtol) {
  check_matrices("matrix_rank", x);
  const NoGrad guard;
  return sum(counted(compute::svd("matrix_rank", x)[1], tolerance(x, rtol)), -1);
}

Tensor matrix_power(const Tensor& x, std::int64_t n) {
  check_matrices("matrix_power", x, true);
  Tensor result, power = n < 0 ? inverse_for("matrix_power", x) : x;
  for (std::uint64_t rest = n < 0 ? 0 - static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n);
       rest > 0; rest >>= 1) {
    if (rest & 1) result = result.defined() ? matmul(result, power) : power;
    if (rest > 1) power = matmul(power, power);
  }
  return result.defined() ? result : contiguous(expand(eye(x.size(-1), -1, x.dtype()), x.shape()));
}

Tensor matrix_exp(const Tensor& x) {
  check_matrices("matrix_exp", x, true);
  if (x.numel() == 0) return x;
  // exp(x) is exp(x / 2^n)^(2^n), and 19 terms are enough for a matrix whose norm is at most 1.
  const double norm = max(matrix_norm(to(x.detach(), float64), MatrixNorm::one)).item<double>();
  const int halvings = std::isfinite(norm) && norm > 1 ? std::ilogb(norm) + 1 : 0;
  const Tensor small = to(x, float64) * std::ldexp(1.0, -halvings), unit = eye(x.size(-1), -1, float64);
  Tensor result = unit + small / 18;
  for (int k = 17; k > 0; --k) result = unit + matmul(small, result) / k;
  for (int i = 0; i < halvings; ++i) result = matmul(result, result);
  return to(result, x.dtype());
}

namespace {

// The gradient of matrices of zeros is 0.
Tensor frobenius_norm(const Tensor& x) {
  const Tensor value = [&] {
    const NoGrad guard;
    return sqrt(sum(square(x), {-2, -1}));
  }();
  return record("matrix_norm", save(value), {save(x)}, [](const Backward& at, const Tensor& g) {
    const Tensor y = at.output(), none = y == 0;
    return at.input(0) * small(where(none, 0, g / where(none, 1, y)));
  });
}

// Of matrices [..., m, n]; the sums of no elements are 0, and so is the largest of none.
Tensor norm_of(const Tensor& x, MatrixNorm norm) {
  const auto largest = [](const Tensor& y) { return y.size(-1) == 0 ? sum(y, -1) : max(y, -1); };
  switch (norm) {
    case MatrixNorm::nuclear:
      return sum(svd_for("matrix_norm", x).s, -1);
    case MatrixNorm::spectral:
      return largest(svd_for("matrix_norm", x).s);
    case MatrixNorm::one:
      return largest(sum(abs(x), -2));
    case MatrixNorm::infinity:
      return largest(sum(abs(x), -1));
    default:
      return frobenius_norm(x);
  }
}

}  // namespace

Tensor matrix_norm(const Tensor& x, MatrixNorm norm, bool keepdim) {
  check_matrices("matrix_norm", x);
  const Tensor value = norm_of(x, norm);
  return keepdim ? small(value) : value;
}

}  // namespace taper
