// Jacobi's method.
#include "eigenvalues.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace course {

Eigen eigen_symmetric(std::vector<double> a, std::size_t n) {
  std::vector<double> v(n * n);
  for (std::size_t i = 0; i < n; ++i) v[i * n + i] = 1;
  const auto rotate = [n](double* x, double* y, std::size_t stride, double c, double s) {
    for (std::size_t k = 0; k < n; ++k, x += stride, y += stride) {
      const double before = *x;
      *x = c * before - s * *y;
      *y = s * before + c * *y;
    }
  };
  double size = 0;
  for (const double x : a) size += x * x;
  for (int sweep = 0; sweep < 50; ++sweep) {
    double off = 0;
    for (std::size_t p = 0; p < n; ++p)
      for (std::size_t q = p + 1; q < n; ++q) off += a[p * n + q] * a[p * n + q];
    if (off <= 1e-30 * size) break;
    for (std::size_t p = 0; p < n; ++p)
      for (std::size_t q = p + 1; q < n; ++q) {
        if (a[p * n + q] == 0) continue;
        const double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
        const double t = std::copysign(1 / (std::abs(theta) + std::hypot(theta, 1)), theta),
                     c = 1 / std::hypot(t, 1);
        rotate(&a[p], &a[q], n, c, t * c);          // columns
        rotate(&a[p * n], &a[q * n], 1, c, t * c);  // rows
        rotate(&v[p * n], &v[q * n], 1, c, t * c);
      }
  }
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t i, std::size_t j) { return a[i * n + i] < a[j * n + j]; });
  Eigen result;
  for (const std::size_t i : order) {
    result.values.push_back(a[i * n + i]);
    result.vectors.insert(result.vectors.end(), v.begin() + static_cast<std::ptrdiff_t>(i * n),
                          v.begin() + static_cast<std::ptrdiff_t>((i + 1) * n));
  }
  return result;
}

}  // namespace course
