// Datasets and streams of numbers, and what a loader makes of them.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include <catch.h>

#include <taper/data/data_loader.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace numbers {

using namespace taper;
using Values = std::vector<std::int64_t>;
using Batches = std::vector<Values>;

// Example i is i and a number that is drawn for it.
struct Drawing : data::Dataset {
  std::int64_t count;
  explicit Drawing(std::int64_t count) : count(count) {}
  std::int64_t size() const override { return count; }
  data::Example get(std::int64_t i, Generator& generator) const override {
    return {scalar(static_cast<double>(i), int64), random_integers({}, 0, 1'000'000'000, int64, generator)};
  }
};

// The numbers 0, 1, ..., count - 1, and one for each that is drawn when it is prepared.
struct Counting : data::Stream {
  std::int64_t count;
  mutable std::atomic<int> prepared{0};
  explicit Counting(std::int64_t count) : count(count) {}
  struct From : Reader {
    std::int64_t at = 0, count;
    explicit From(std::int64_t count) : count(count) {}
    std::optional<data::Example> next() override {
      if (at > count) throw IoError("read behind the end");
      if (at++ == count) return {};
      return data::Example{scalar(static_cast<double>(at - 1), int64)};
    }
  };
  std::unique_ptr<Reader> read(const data::Randomness&) const override {
    return std::make_unique<From>(count);
  }
  data::Example prepare(data::Example example, Generator& generator) const override {
    ++prepared;
    example.push_back(random_integers({}, 0, 1'000'000'000, int64, generator));
    return example;
  }
};

// All tensors of a batch, one behind the other.
inline Values values_of(const data::Batch& batch) {
  Values values;
  for (const Tensor& tensor : batch)
    for (const std::int64_t value : tensor.to_vector<std::int64_t>()) values.push_back(value);
  return values;
}

// The rest of an epoch.
inline Batches epoch_of(data::DataLoader& loader) {
  Batches batches;
  for (const data::Batch& batch : loader) batches.push_back(values_of(batch));
  return batches;
}

// The first tensor of each batch of an epoch.
inline Batches indices_of(data::DataLoader& loader) {
  Batches batches;
  for (const data::Batch& batch : loader) batches.push_back(batch[0].to_vector<std::int64_t>());
  return batches;
}

inline Values flat(const Batches& batches) {
  Values all;
  for (const Values& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

}  // namespace numbers
