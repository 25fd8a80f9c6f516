// The table of operations: what distributions compute, see test_torch.cpp.
#include "cases.h"
#include <taper/autograd/distributions.h>
#include <taper/tensor/create.h>

using namespace taper;
using namespace taper::distributions;
using In = std::vector<Tensor>;

namespace {

// 0s and 1s, without a gradient.
Tensor ends(const Tensor& x) { return clip(round(x.detach()), 0, 1); }

// Weights below a bound are 0, but not all of them.
Categorical sparse(const Tensor& x, double bound) {
  const Tensor w = x.detach();
  return Categorical({.probabilities = where(w < bound, 0, w) + one_hot(zeros({}, int64), 4, float64)});
}

Bernoulli chances(const Tensor& x) { return Bernoulli({.probabilities = x}); }
Bernoulli logits(const Tensor& x) { return Bernoulli({.logits = x}); }
Categorical weights(const Tensor& x) { return Categorical({.probabilities = x}); }
Categorical scores(const Tensor& x) { return Categorical({.logits = x}); }

}  // namespace

std::vector<Row> distributions_rows() {
  const Argument x{{2, 3}}, above{{2, 3}, 0.5, 2}, chance{{2, 3}, 0.1, 0.9}, low{{2, 3}, -4, -3},
      high{{2, 3}, 3, 4}, index{{2, 3}, 0, 4, int64}, weight{{2, 3, 4}, 0.1, 2}, score{{2, 3, 4}};
  const auto each = [](const char* name, std::vector<Argument> arguments, TensorFunction function) {
    return Row{.name = name,
               .function = std::move(function),
               .arguments = std::move(arguments),
               .elementwise = true};
  };
  const auto along = [](const char* name, std::vector<Argument> arguments, TensorFunction function) {
    return Row{.name = name, .function = std::move(function), .arguments = std::move(arguments)};
  };
  const auto edge = [](const char* name, std::vector<Argument> arguments, TensorFunction function) {
    return Row{.name = name,
               .function = std::move(function),
               .arguments = std::move(arguments),
               .differentiable = false};
  };
  return {
      each("Normal::log_prob", {x, x, above},
           [](const In& in) { return Normal(in[1], in[2]).log_prob(in[0]); }),
      each("Normal::entropy", {x, above}, [](const In& in) { return Normal(in[0], in[1]).entropy(); }),
      each("Normal::kl_divergence", {x, above, x, above},
           [](const In& in) { return kl_divergence(Normal(in[0], in[1]), Normal(in[2], in[3])); }),
      each("Normal::variance", {x, above}, [](const In& in) { return Normal(in[0], in[1]).variance(); }),
      each("Uniform::log_prob", {x, low, high},
           [](const In& in) { return Uniform(in[1], in[2]).log_prob(in[0]); }),
      each("Uniform::entropy", {low, high}, [](const In& in) { return Uniform(in[0], in[1]).entropy(); }),
      each("Uniform::kl_divergence", {x, high, low, {{2, 3}, 4, 5}},
           [](const In& in) { return kl_divergence(Uniform(in[0], in[1]), Uniform(in[2], in[3])); }),
      each("Uniform::mean", {low, high}, [](const In& in) { return Uniform(in[0], in[1]).mean(); }),
      each("Uniform::variance", {low, high}, [](const In& in) { return Uniform(in[0], in[1]).variance(); }),
      each("Bernoulli::log_prob", {x, chance}, [](const In& in) { return chances(in[1]).log_prob(in[0]); }),
      each("Bernoulli::log_prob", {x, x}, [](const In& in) { return logits(in[1]).log_prob(in[0]); }),
      each("Bernoulli::entropy", {chance}, [](const In& in) { return chances(in[0]).entropy(); }),
      each("Bernoulli::entropy", {x}, [](const In& in) { return logits(in[0]).entropy(); }),
      each("Bernoulli::kl_divergence", {chance, chance},
           [](const In& in) { return kl_divergence(chances(in[0]), chances(in[1])); }),
      each("Bernoulli::kl_divergence", {x, x},
           [](const In& in) { return kl_divergence(logits(in[0]), logits(in[1])); }),
      each("Bernoulli::variance", {x}, [](const In& in) { return logits(in[0]).variance(); }),
      along("Categorical::log_prob", {index, weight},
            [](const In& in) { return weights(in[1]).log_prob(in[0]); }),
      along("Categorical::log_prob", {index, score},
            [](const In& in) { return scores(in[1]).log_prob(in[0]); }),
      along("Categorical::entropy", {weight}, [](const In& in) { return weights(in[0]).entropy(); }),
      along("Categorical::entropy", {score}, [](const In& in) { return scores(in[0]).entropy(); }),
      along("Categorical::kl_divergence", {weight, weight},
            [](const In& in) { return kl_divergence(weights(in[0]), weights(in[1])); }),
      along("Categorical::kl_divergence", {score, score},
            [](const In& in) { return kl_divergence(scores(in[0]), scores(in[1])); }),
      // Probabilities of 0 and 1, impossible values, infinite divergence.
      edge("Normal::log_prob", {x},
           [](const In& in) { return Normal(zeros({}, float64), 1e-3).log_prob(in[0].detach() * 100); }),
      edge("Uniform::log_prob", {x},
           [](const In& in) { return Uniform(0, 1).log_prob(round(in[0].detach())); }),
      edge("Uniform::kl_divergence", {x, x},
           [](const In& in) {
             const Tensor a = in[0].detach(), b = in[1].detach();
             return kl_divergence(Uniform(a, a + 1), Uniform(b, b + 2));
           }),
      edge("Bernoulli::log_prob", {x, x},
           [](const In& in) { return chances(ends(in[1])).log_prob(ends(in[0])); }),
      edge("Bernoulli::log_prob", {x, x},
           [](const In& in) { return logits(in[1].detach() * 500).log_prob(ends(in[0])); }),
      edge("Bernoulli::entropy", {x}, [](const In& in) { return chances(ends(in[0])).entropy(); }),
      edge("Bernoulli::entropy", {x}, [](const In& in) { return logits(in[0].detach() * 500).entropy(); }),
      edge("Bernoulli::kl_divergence", {x, x},
           [](const In& in) { return kl_divergence(chances(ends(in[0])), chances(ends(in[1]))); }),
      edge("Categorical::entropy", {weight}, [](const In& in) { return sparse(in[0], 1).entropy(); }),
      edge("Categorical::kl_divergence", {weight, weight},
           [](const In& in) { return kl_divergence(sparse(in[0], 0.5), sparse(in[1], 0.5)); }),
  };
}
