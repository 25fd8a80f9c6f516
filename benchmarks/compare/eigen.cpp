// Eigen: matrix products.
#include <Eigen/Core>

#include "operands.h"

namespace comparison {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

void multiply(Operands& o) {
  const auto [m, n, k, ta, tb] = o.shape;
  using View = Eigen::Map<Matrix>;
  const View a(o.a.data(), ta ? k : m, ta ? m : k), b(o.b.data(), tb ? n : k, tb ? k : n);
  View c(o.c.data(), m, n);
  if (ta && tb)
    c.noalias() = a.transpose() * b.transpose();
  else if (ta)
    c.noalias() = a.transpose() * b;
  else if (tb)
    c.noalias() = a * b.transpose();
  else
    c.noalias() = a * b;
}

#define TEXT_OF(value) #value
#define TEXT(value) TEXT_OF(value)
const Registration registration(product_contender(
    "Eigen", TEXT(EIGEN_WORLD_VERSION) "." TEXT(EIGEN_MAJOR_VERSION) "." TEXT(EIGEN_MINOR_VERSION),
    Eigen::setNbThreads, multiply));

}  // namespace
}  // namespace comparison
