// Summary: the table, and that nothing else changes.
#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/nn/nn.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

using namespace taper;

TEST_CASE("the summary of a model") {
  nn::Sequential model(nn::Conv2d(1, 8, 3), nn::BatchNorm2d(8), nn::ReLU(), nn::Flatten(), nn::Dropout(0.5),
                       nn::Linear(288, 10));
  model[5].set_requires_grad(false);
  model[2].eval();
  model[4].eval();
  const auto before = model.state_dict();
  const std::uint64_t position = default_generator().position();
  const std::string wanted = R"(Model: Sequential
┏━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━━━━┓
┃ Layer (type)    ┃ Output shape ┃ Parameters ┃
┡━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━━━━┩
│ 0 (Conv2d)      │ [2, 8, 6, 6] │         80 │
│ 1 (BatchNorm2d) │ [2, 8, 6, 6] │         32 │
│ 2 (ReLU)        │ [2, 8, 6, 6] │          0 │
│ 3 (Flatten)     │ [2, 288]     │          0 │
│ 4 (Dropout)     │ [2, 288]     │          0 │
│ 5 (Linear)      │ [2, 10]      │      2,890 │
└─────────────────┴──────────────┴────────────┘
Total parameters: 3,002 (11.73 KB)
Trainable parameters: 96 (0.38 KB)
Non-trainable parameters: 2,906 (11.35 KB)
)";
  CHECK(nn::summary(model, {2, 1, 8, 8}) == wanted);
  CHECK(model.is_training());
  CHECK(model[1].is_training());
  CHECK(!model[2].is_training());
  CHECK(!model[4].is_training());
  CHECK(default_generator().position() == position);
  const auto after = model.state_dict();
  for (std::size_t i = 0; i < before.size(); ++i)
    CHECK(to(before[i].second, float64).to_vector<double>() ==
          to(after[i].second, float64).to_vector<double>());
  CHECK(grad_enabled());
  CHECK_THROWS_AS(nn::summary(model, {2, 3, 8, 8}), ShapeError);
  CHECK(model.is_training());
  CHECK(!model[4].is_training());
}

TEST_CASE("the summary of what draws random numbers takes none of them") {
  struct Noisy : nn::Layer<Noisy> {
    Tensor forward(const Tensor& x) const { return x + normal(x.shape()); }
  } noisy;
  const std::uint64_t position = default_generator().position();
  nn::summary(noisy, {5, 2});
  CHECK(default_generator().position() == position);
  noisy(zeros({5, 2}));
  CHECK(default_generator().position() != position);
}

TEST_CASE("the summary of one layer, of nested and of uncalled ones") {
  nn::Linear layer(2, 3, {.dtype = float64});
  CHECK_THAT(nn::summary(layer, {1, 2}), ContainsSubstring("│ Linear       │ [1, 3]       │          9 │") &&
                                             ContainsSubstring("Total parameters: 9 (0.07 KB)"));
  struct Net : nn::Layer<Net> {
    nn::Sequential body = child("body", nn::Sequential(nn::Linear(2, 2), nn::Tanh()));
    nn::Identity unused = child("unused", nn::Identity());
    Tensor forward(const Tensor& x) const { return body(x); }
  } net;
  const std::string text = nn::summary(net, {5, 2});
  CHECK_THAT(text, ContainsSubstring("│ body (Sequential) │ [5, 2]       │          0 │\n"
                                     "│ body.0 (Linear)   │ [5, 2]       │          6 │\n"
                                     "│ body.1 (Tanh)     │ [5, 2]       │          0 │\n"
                                     "│ unused (Identity) │ ?            │          0 │\n"));
  CHECK_THAT(text, ContainsSubstring("Model: Net\n"));
}
