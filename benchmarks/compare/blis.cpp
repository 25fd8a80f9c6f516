// BLIS: matrix products.
#include <blis.h>

#include "operands.h"

namespace comparison {
namespace {

void multiply(Operands& o) {
  const auto [m, n, k, ta, tb] = o.shape;
  float one = 1, zero = 0;
  bli_sgemm(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, m, n, k, &one, o.a.data(), ta ? 1 : k, ta ? m : 1,
            o.b.data(), tb ? 1 : n, tb ? k : 1, &zero, o.c.data(), n, 1);
}

const Registration registration(product_contender(
    "BLIS", bli_info_get_version_str(), [](int threads) { bli_thread_set_num_threads(threads); }, multiply));

}  // namespace
}  // namespace comparison
