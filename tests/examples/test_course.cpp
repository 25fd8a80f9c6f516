// examples/course: eigenvalues, and the surfaces' minima.
#include <cmath>
#include <random>

#include <catch.h>
#include <course/eigenvalues.h>
#include <course/surfaces.h>

#include <taper/taper.h>

TEST_CASE("course: eigenvalues of a matrix whose eigenvalues are known") {
  const course::Eigen eigen = course::eigen_symmetric({2, 1, 0, 1, 2, 0, 0, 0, -5}, 3);
  REQUIRE(eigen.values.size() == 3);
  CHECK(eigen.values[0] == Approx(-5));
  CHECK(eigen.values[1] == Approx(1));
  CHECK(eigen.values[2] == Approx(3));
  CHECK(std::abs(eigen.vectors[8]) < 1e-12);
  CHECK(eigen.vectors[6] == Approx(eigen.vectors[7]));
}

TEST_CASE("course: eigenvectors of a random matrix") {
  constexpr std::size_t n = 12;
  std::mt19937 random(1);
  std::vector<double> a(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) a[i * n + j] = a[j * n + i] = std::normal_distribution()(random);
  const course::Eigen eigen = course::eigen_symmetric(a, n);
  const auto* const v = eigen.vectors.data();
  for (std::size_t i = 0; i < n; ++i) {
    CHECK((i == 0 || eigen.values[i - 1] <= eigen.values[i]));
    for (std::size_t j = 0; j < n; ++j) {
      double product = 0, image = 0;
      for (std::size_t k = 0; k < n; ++k) {
        product += v[i * n + k] * v[j * n + k];
        image += a[j * n + k] * v[i * n + k];
      }
      CHECK(product == Approx(i == j).margin(1e-12));
      CHECK(image == Approx(eigen.values[i] * v[i * n + j]).margin(1e-11));
    }
  }
}

TEST_CASE("course: each surface has its minima where it says") {
  for (const course::Surface& surface : course::surfaces())
    for (const auto& [x, y] : surface.minima) {
      INFO(surface.name << " at " << x << ", " << y);
      const taper::Tensor px = taper::full({}, x, taper::float64).set_requires_grad(),
                          py = taper::full({}, y, taper::float64).set_requires_grad();
      const taper::Tensor loss = surface.loss(px, py);
      CHECK(loss.item<double>() == Approx(surface.value(x, y)).margin(1e-12));
      loss.backward();
      CHECK(std::hypot(px.grad().item<double>(), py.grad().item<double>()) < 1e-3);
      for (int angle = 0; angle < 8; ++angle)
        CHECK(surface.value(x + 0.05 * std::cos(angle), y + 0.05 * std::sin(angle)) > surface.value(x, y));
      CHECK(surface.distance(x, y) == 0);
      CHECK(surface.distance(x + 0.03, y - 0.04) == Approx(0.05));
    }
}
