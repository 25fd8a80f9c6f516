// The operands of a matrix product as plain arrays, for contenders that have no tensors.
#pragma once

#include <memory>
#include <variant>

#include "contender.h"

namespace comparison {

struct Operands {
  explicit Operands(const Product& p)
      : shape(p), a(numbers(p.m * p.k)), b(numbers(p.k * p.n)), c(static_cast<std::size_t>(p.m * p.n)) {}
  Product shape;
  std::vector<float> a, b, c;
};

/// A contender whose only work is `multiply(operands)`.
template <class Before, class Multiply>
Contender product_contender(std::string name, std::string version, Before set_threads, Multiply multiply) {
  const auto prepare = [=](const Workload& workload, int threads) -> Measure {
    const Product* product = std::get_if<Product>(&workload.work);
    if (product == nullptr) return {};
    return timed([=] { set_threads(threads); },
                 [multiply, operands = std::make_shared<Operands>(*product)] { multiply(*operands); });
  };
  return {std::move(name), std::move(version), prepare};
}

}  // namespace comparison
