// Training and testing of a classifier.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <taper/data/data_loader.h>
#include <taper/nn/module.h>
#include <taper/optim/optimizer.h>

/// The first `count` examples of a dataset, or all if it has fewer.
class First final : public taper::data::Dataset {
 public:
  First(const taper::data::Dataset& all, std::int64_t count)
      : all_(all), count_(std::min(count, all.size())) {}
  std::int64_t size() const override { return count_; }
  taper::data::Example get(std::int64_t index, taper::Generator& generator) const override {
    return all_.get(index, generator);
  }
  taper::data::Batch get_batch(std::span<const std::int64_t> indices,
                               const taper::data::Randomness& randomness) const override {
    return all_.get_batch(indices, randomness);
  }

 private:
  const taper::data::Dataset& all_;
  std::int64_t count_;
};

/// One epoch over the loader's batches; draws its progress under `title`.
void train_epoch(const std::string& title, taper::nn::Module& model, taper::optim::Optimizer& optimizer,
                 taper::data::DataLoader& loader);

/// The predicted class of each example.
std::vector<std::int64_t> predict(taper::nn::Module& model, const taper::data::Dataset& dataset);
