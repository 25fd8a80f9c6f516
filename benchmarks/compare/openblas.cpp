// OpenBLAS: matrix products.
#include <cblas.h>
#include <openblas_config.h>

#include "operands.h"

namespace comparison {
namespace {

void multiply(Operands& o) {
  const auto [m, n, k, ta, tb] = o.shape;
  const auto size = [](std::int64_t value) { return static_cast<blasint>(value); };
  cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, size(m), size(n),
              size(k), 1, o.a.data(), size(ta ? m : k), o.b.data(), size(tb ? k : n), 0, o.c.data(), size(n));
}

const Registration registration(product_contender("OpenBLAS", std::string(OPENBLAS_VERSION).substr(10),
                                                  openblas_set_num_threads, multiply));

}  // namespace
}  // namespace comparison
