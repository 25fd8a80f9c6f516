// A small training for the tests: everything in it is random, or has a state.
#pragma once

#include <memory>

#include "accuracy.h"
#include <taper/data/data_loader.h>
#include <taper/data/tensor_dataset.h>
#include <taper/nn/nn.h>
#include <taper/optim/optim.h>
#include <taper/tensor/random.h>
#include <taper/train/trainer.h>

/// 40 examples with three classes; noise is added to each whenever it is read.
class NoisyExamples : public taper::data::Dataset {
 public:
  NoisyExamples() {
    taper::Generator generator(3);
    x_ = taper::normal({40, 6}, 0, 1, taper::float32, generator);
    labels_ = taper::argmax(x_(taper::Ellipsis, taper::Slice(0, 3)), 1);
  }
  std::int64_t size() const override { return 40; }
  taper::data::Example get(std::int64_t index, taper::Generator& generator) const override {
    return {x_[index] + taper::normal({6}, 0, 0.1, taper::float32, generator), labels_[index]};
  }

 private:
  taper::Tensor x_, labels_;
};

/// Dropout, batch normalization, Adam with a schedule, a shuffled loader, a metric.
struct SmallTraining {
  explicit SmallTraining(std::uint64_t seed = 7) : examples((taper::manual_seed(seed), NoisyExamples())) {}

  NoisyExamples examples;  // first: its initialization seeds everything else
  taper::nn::Sequential model{taper::nn::Linear(6, 16), taper::nn::BatchNorm1d(16), taper::nn::ReLU(),
                              taper::nn::Dropout(0.3), taper::nn::Linear(16, 3)};
  taper::optim::Adam adam{model,
                          {.learning_rate = taper::optim::ExponentialDecay(
                               {.initial_learning_rate = 0.02, .decay_steps = 5, .decay_rate = 0.9})}};
  taper::data::DataLoader loader{examples, {.batch_size = 12, .shuffle = true}};
  taper::data::DataLoader validation{examples, {.batch_size = 16}};
  taper::training::Trainer trainer{model, adam, taper::cross_entropy, {.metrics = {TestAccuracy()}}};
};
