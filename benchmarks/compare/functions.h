// Element-wise operations and reductions by name: taper's and libtorch's functions are called alike.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace comparison {

template <class Tensor>
using Function = Tensor (*)(const Tensor& x, const Tensor& y, std::int64_t columns);

/// Names are found in Tensor's namespace. Throws std::out_of_range for another name than in workloads.cpp.
template <class Tensor>
Function<Tensor> function(const std::string& name) {
  using T = const Tensor&;
  static const std::map<std::string, Function<Tensor>> functions = {
      {"add", [](T x, T y, std::int64_t) -> Tensor { return x + y; }},
      {"mul", [](T x, T y, std::int64_t) -> Tensor { return x * y; }},
      {"relu", [](T x, T, std::int64_t) -> Tensor { return relu(x); }},
      {"exp", [](T x, T, std::int64_t) -> Tensor { return exp(x); }},
      {"log", [](T x, T, std::int64_t) -> Tensor { return log(x); }},
      {"tanh", [](T x, T, std::int64_t) -> Tensor { return tanh(x); }},
      {"sigmoid", [](T x, T, std::int64_t) -> Tensor { return sigmoid(x); }},
      {"erf", [](T x, T, std::int64_t) -> Tensor { return erf(x); }},
      {"gelu", [](T x, T, std::int64_t) -> Tensor { return gelu(x); }},
      {"sum", [](T x, T, std::int64_t) -> Tensor { return sum(x); }},
      {"sum rows", [](T x, T, std::int64_t) -> Tensor { return sum(x, {1}); }},
      {"sum columns", [](T x, T, std::int64_t) -> Tensor { return sum(x, {0}); }},
      {"max", [](T x, T, std::int64_t) -> Tensor { return max(x); }},
      {"softmax", [](T x, T, std::int64_t) -> Tensor { return softmax(x, 1); }},
      {"log_softmax", [](T x, T, std::int64_t) -> Tensor { return log_softmax(x, 1); }},
      {"layer_norm", [](T x, T, std::int64_t columns) -> Tensor { return layer_norm(x, {columns}); }},
  };
  return functions.at(name);
}

}  // namespace comparison
