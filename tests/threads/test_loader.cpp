// Attacks on the loader: destroyed midway, failing midway, several at once.
#include <atomic>
#include <memory>

#include <catch.h>

#include "at_once.h"
#include <taper/data/data_loader.h>
#include <taper/data/tensor_dataset.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;
using data::DataLoader;

namespace {

data::TensorDataset numbers(std::int64_t count) {
  const Tensor all = arange(0, static_cast<double>(count), 1, int64);
  return data::TensorDataset({all, all});
}

struct Failing : data::Dataset {
  std::int64_t size() const override { return 40; }
  data::Example get(std::int64_t i, Generator&) const override {
    if (i == 21) throw IoError("example 21 is damaged");
    return {scalar(static_cast<double>(i)), scalar(0)};
  }
};

}  // namespace

TEST_CASE("loaders are destroyed and begun again midway") {
  const data::TensorDataset dataset = numbers(100);
  at_once(4, [&](int t) {
    for (int i = 0; i < 40; ++i) {
      const auto loader = std::make_unique<DataLoader>(
          dataset,
          data::DataLoaderOptions{
              .batch_size = 3, .shuffle = t % 2 == 0, .prefetch = i % 5, .workers = 1 + (t + i) % 3});
      auto at = loader->begin();
      for (int k = 0; k < i % 7; ++k) ++at;
      if (i % 3 == 0) at = loader->begin();  // another epoch instead
      if (at->front().numel() != 3) throw ValueError("not a batch");
    }
  });
}

TEST_CASE(
    "a loader whose dataset fails ahead of the loop is destroyed before the failure, or throws it in its "
    "place") {
  const Failing dataset;
  at_once(4, [&](int) {
    for (int i = 0; i < 40; ++i) {
      DataLoader loader(dataset, {.batch_size = 2, .prefetch = 1 + i % 4, .workers = 1 + i % 3});
      int batches = 0;
      try {
        for (const data::Batch& batch : loader) {
          static_cast<void>(batch);
          if (++batches == 1 + i % 20) break;
        }
        if (batches > 10) throw ValueError("the failure was lost");
      } catch (const IoError&) {
        if (batches != 10) throw ValueError("the failure came at batch " + std::to_string(batches));
      }
    }
  });
}
