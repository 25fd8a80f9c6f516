// Dropout, with its gradient.
#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/dropout.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/dropout.h>
#include <taper/tensor/error.h>

namespace taper {
namespace {

Tensor recorded(const char* function, const Tensor& x, const Tensor& mask, double scale, Tensor value) {
  return record(function, std::move(value), {x, save(mask)}, [scale](const Backward& at, const Tensor& g) {
    const Tensor mask = at.input(1);
    return std::array{recorded("dropout_gradient", g, mask, scale, compute::apply_dropout(g, mask, scale)),
                      Tensor()};
  });
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool training, Generator& generator) {
  compute::check_floating("dropout", x);
  if (!(p >= 0 && p <= 1)) throw ValueError(fmt::format("dropout: p must be between 0 and 1, got {}", p));
  if (!training || p == 0) return x;
  if (p == 1) return where(full(x.shape(), 0, boolean), x, 0);
  const double scale = 1 / (1 - p);
  auto [y, mask] = compute::draw_dropout(x, p, scale, generator);
  return recorded("dropout", x, mask, scale, std::move(y));
}

}  // namespace taper
