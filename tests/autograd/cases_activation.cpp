// The table of operations: activations. Each row has its values and gradients from PyTorch, see
// test_torch.cpp.
#include "cases.h"

using namespace taper;
using In = std::vector<Tensor>;

std::vector<Row> activation_rows() {
  std::vector<Row> all;
  using X = const Tensor&;
  const auto between = [&](double low, double high, const char* name, Tensor (*function)(X)) {
    all.push_back({name, [=](const In& in) { return function(in[0]); }, {{{2, 3}, low, high}}, true});
  };
  // Both sides of the kink at 0.
  const auto add = [&](const char* name, Tensor (*function)(X)) {
    between(-2, -0.1, name, function);
    between(0.1, 2, name, function);
  };
  const auto along = [&](const char* name, Tensor (*function)(X)) {
    all.push_back({name, [=](const In& in) { return function(in[0]); }, {{{2, 4, 3}}}, false, false});
  };
  add("relu", relu);
  for (const auto& [low, high] : {std::pair(-2., -0.1), std::pair(0.1, 2.)})
    all.push_back({"relu_gradient",
                   [](const In& in) { return relu_gradient(in[0], in[1]); },
                   {{{2, 3}}, {{2, 3}, low, high}},
                   true});
  add("sigmoid", sigmoid);
  add("tanh", tanh);
  add("gelu", [](X x) { return gelu(x); });
  add("gelu", [](X x) { return gelu(x, GeluApproximation::tanh); });
  add("silu", silu);
  add("softplus", softplus);
  add("leaky_relu", [](X x) { return leaky_relu(x, 0.2); });
  add("elu", [](X x) { return elu(x, 1.3); });
  add("hardtanh", [](X x) { return hardtanh(x, -0.6, 0.9); });
  add("softplus", [](X x) { return softplus(x, 0.5, 0.4); });
  between(15, 25, "softplus", [](X x) { return softplus(x, 1); });
  add("logsigmoid", logsigmoid);
  add("mish", mish);
  between(-30, 30, "mish", mish);
  add("squareplus", [](X x) { return squareplus(x); });
  add("squareplus", [](X x) { return squareplus(x, 0.5); });
  add("sparse_plus", sparse_plus);
  add("sparse_sigmoid", sparse_sigmoid);
  add("softsign", softsign);
  add("tanhshrink", tanhshrink);
  add("elu", [](X x) { return elu(x); });
  add("celu", [](X x) { return celu(x, 2); });
  add("selu", selu);
  for (const Shape& weights : {Shape{3}, Shape{1}, Shape{}})
    all.push_back(
        {"prelu", [](const In& in) { return prelu(in[0], in[1]); }, {{{2, 3, 2}}, {weights}}, false, false});
  all.push_back({"prelu", [](const In& in) { return prelu(in[0], in[1]); }, {{{4}}, {{1}}}, false, false});
  add("rrelu", [](X x) { return rrelu(x); });
  add("rrelu", [](X x) { return rrelu(x, 0.2, 0.4); });
  between(-2, 8, "relu6", relu6);
  between(-5, 5, "hardsigmoid", hardsigmoid);
  between(-5, 5, "hardswish", hardswish);
  add("threshold", [](X x) { return threshold(x, 1, -3); });
  add("hardshrink", [](X x) { return hardshrink(x); });
  add("hardshrink", [](X x) { return hardshrink(x, 1); });
  add("softshrink", [](X x) { return softshrink(x); });
  add("softshrink", [](X x) { return softshrink(x, 1); });
  along("glu", [](X x) { return glu(x, 1); });
  along("softmin", [](X x) { return softmin(x, 1); });
  along("sparsemax", [](X x) { return sparsemax(x, 1); });
  return all;
}
