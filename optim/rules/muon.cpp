// Muon.
#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/matmul.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/optim/rules/adam_rule.h>
#include <taper/optim/rules/muon.h>
#include <taper/tensor/error.h>

namespace taper::optim {

Fields fields(MuonOptions& options) {
  return {{"adam_beta_1", &options.adam_beta_1, range::fraction},
          {"adam_beta_2", &options.adam_beta_2, range::fraction},
          {"adam_weight_decay", &options.adam_weight_decay, range::not_negative, true},
          {"epsilon", &options.epsilon, range::not_negative},
          {"exclude_layers", &options.exclude_layers},
          {"muon_a", &options.muon_a},
          {"muon_b", &options.muon_b},
          {"muon_c", &options.muon_c},
          {"adam_lr_ratio", &options.adam_lr_ratio, range::not_negative},
          {"momentum", &options.momentum, range::fraction},
          {"ns_steps", &options.ns_steps, range::not_negative},
          {"nesterov", &options.nesterov},
          {"exclude_embeddings", &options.exclude_embeddings},
          {"rms_rate", &options.rms_rate, range::not_negative, true}};
}

Muon::Muon(const Parameters& parameters, const Options& options) : OptimizerWith(parameters, options) {
  for (const std::string& text : options.exclude_layers) excluded_.emplace_back("Muon: exclude_layers", text);
}

bool Muon::uses_adam(const Step& at) const {
  if (at.parameter.rank() != 2) return true;
  const std::string& name = at.name;
  constexpr std::string_view embedding = "embedding";
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  if (options_.exclude_embeddings &&
      std::search(name.begin(), name.end(), embedding.begin(), embedding.end(), same) != name.end())
    return true;
  return std::any_of(excluded_.begin(), excluded_.end(),
                     [&](const Pattern& pattern) { return pattern.found_in(name); });
}

double Muon::weight_decay(const Step& at, double shared) const {
  return uses_adam(at) ? options_.adam_weight_decay : shared;
}

std::optional<FusedRule> Muon::fused(const Step& at) const {
  if (!uses_adam(at)) return {};
  return adam_rule({.rate = at.learning_rate * options_.adam_lr_ratio,
                    .beta_1 = options_.adam_beta_1,
                    .beta_2 = options_.adam_beta_2,
                    .epsilon = options_.epsilon},
                   iterations() + 1, at.dtype());
}

bool Muon::declare(Step& at) {
  if (!uses_adam(at)) at.slots["momentum"];
  return true;
}

Tensor Muon::update(const Tensor& w, const Tensor& g, Step& at) {
  Tensor& m = at.slots["momentum"];
  m = m + (g + m * (options_.momentum - 1));
  const Tensor step = at.learning_rate * orthogonalized(options_.nesterov ? g + options_.momentum * m : m);
  if (options_.rms_rate == 0) return w - step;
  const double longer = static_cast<double>(std::max(w.shape()[0], w.shape()[1]));
  return w - step * std::sqrt(longer) * options_.rms_rate;
}

Tensor Muon::orthogonalized(Tensor x) const {
  const bool tall = x.shape()[0] > x.shape()[1];
  if (tall) x = transpose(x);
  x = x / (sqrt(sum(square(x))) + 1e-7);
  for (std::int64_t i = 0; i < options_.ns_steps; ++i) {
    const Tensor a = matmul(x, transpose(x));
    x = options_.muon_a * x + matmul(options_.muon_b * a + matmul(options_.muon_c * a, a), x);
  }
  return tall ? transpose(x) : x;
}

}  // namespace taper::optim
