// The table of operations: making tensors, of numbers and at random.
#include <algorithm>

#include "arguments.h"
#include "operations.h"
#include <taper/autograd/distributions.h>
#include <taper/tensor/create.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

template <class Distribution>
Tensor sampled(Arguments& a) {
  const Tensor x = a.tensor();
  const Distribution distribution(x, a.partner(x));
  return distribution.rsample(a.near({static_cast<std::int64_t>(a.below(3))}), a.generator());
}

template <class Distribution>
Tensor drawn(Arguments& a) {
  const Tensor x = a.tensor();
  const Distribution distribution(a.flag() ? distributions::Odds{.logits = x}
                                           : distributions::Odds{.probabilities = x});
  return distribution.sample(a.near({static_cast<std::int64_t>(a.below(3))}), a.generator());
}

}  // namespace

std::vector<Operation> creations() {
  return {
      // tensor/create.h and random.h
      {"create", [](Arguments& a) { return a.create(a.shape(), a.dtype()); }},
      {"create", [](Arguments& a) { return a.create(a.shape(), float32); }},
      {"zeros", [](Arguments& a) { return zeros(a.shape(), a.dtype()); }},
      {"full", [](Arguments& a) { return full(a.shape(), a.number(), a.dtype()); }},
      {"ones_like", [](Arguments& a) { return a.flag() ? ones_like(a.tensor()) : zeros_like(a.tensor()); }},
      {"arange",
       [](Arguments& a) {
         const double start = a.number(), stop = a.number();
         return arange(start, stop, a.number(), a.dtype());
       }},
      {"linspace",
       [](Arguments& a) {
         const double start = a.number(), stop = a.number();
         return linspace(start, stop, a.integer(), a.dtype());
       }},
      {"logspace",
       [](Arguments& a) {
         const double start = a.number(), stop = a.number(), base = a.number();
         return logspace(start, stop, a.integer(), base, a.dtype());
       }},
      {"tril_indices",
       [](Arguments& a) {
         const std::int64_t rows = a.integer(), columns = a.integer(), offset = a.integer();
         return a.flag() ? tril_indices(rows, columns, offset) : triu_indices(rows, columns, offset);
       }},
      {"empty_like",
       [](Arguments& a) { return scalar(static_cast<double>(empty_like(a.tensor()).numel())); }},
      {"from_blob",
       [](Arguments& a) {
         const auto owner = std::make_shared<std::vector<float>>(100, static_cast<float>(a.number()));
         return from_blob(owner->data() + a.below(17), {static_cast<std::int64_t>(a.below(84))}, owner);
       }},
      {"eye",
       [](Arguments& a) {
         const std::int64_t rows = a.integer();
         return eye(rows, a.integer(), a.dtype());
       }},
      {"uniform",
       [](Arguments& a) {
         const double low = a.number(), high = a.number();
         return uniform(a.shape(), low, high, a.dtype(), a.generator());
       }},
      {"normal",
       [](Arguments& a) {
         const double mean = a.number(), deviation = a.number();
         return a.flag() ? normal(a.shape(), mean, deviation, a.dtype(), a.generator())
                         : truncated_normal(a.shape(), mean, deviation, a.dtype(), a.generator());
       }},
      {"random_integers",
       [](Arguments& a) {
         const std::int64_t low = a.integer(), high = a.integer();
         return random_integers(a.shape(), low, high, a.dtype(), a.generator());
       }},
      {"bernoulli", [](Arguments& a) { return bernoulli(a.shape(), a.number(), a.dtype(), a.generator()); }},
      {"uniform_like",
       [](Arguments& a) {
         const double first = a.number(), second = a.number();
         return a.flag() ? normal_like(a.tensor(), first, second, a.generator())
                         : uniform_like(a.tensor(), first, second, a.generator());
       }},
      {"random_integers_like",
       [](Arguments& a) {
         const std::int64_t low = a.integer(), high = a.integer();
         return random_integers_like(a.tensor(), low, high, a.generator());
       }},
      {"exponential",
       [](Arguments& a) { return exponential(a.shape(), a.number(), a.dtype(), a.generator()); }},
      {"bernoulli", [](Arguments& a) { return bernoulli(a.tensor(), a.generator()); }},
      {"poisson", [](Arguments& a) { return poisson(a.tensor(), a.generator()); }},
      {"multinomial",
       [](Arguments& a) {
         const Tensor weights = a.tensor();
         const std::int64_t count = a.integer();
         return multinomial(weights, count, a.flag(), a.generator());
       }},
      {"Normal::rsample", [](Arguments& a) { return sampled<distributions::Normal>(a); }},
      {"Uniform::rsample", [](Arguments& a) { return sampled<distributions::Uniform>(a); }},
      {"Bernoulli::sample", [](Arguments& a) { return drawn<distributions::Bernoulli>(a); }},
      {"Categorical::sample", [](Arguments& a) { return drawn<distributions::Categorical>(a); }},
      {"permutation", [](Arguments& a) { return permutation(a.integer(), a.generator()); }},
  };
}
