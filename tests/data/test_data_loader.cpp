// DataLoader: orders, partial batches, prefetching, and leaving early in every way.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <thread>

#include <catch.h>

#include <taper/data/data_loader.h>
#include <taper/data/tensor_dataset.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>

using namespace taper;
using data::Batch;
using data::DataLoader;

static_assert(std::input_iterator<DataLoader::Iterator>);
static_assert(std::sentinel_for<std::default_sentinel_t, DataLoader::Iterator>);
static_assert(!std::is_constructible_v<DataLoader, data::TensorDataset>, "a temporary would be gone");

namespace {

using Values = std::vector<std::int64_t>;

// Example i is (i, 10 i).
data::TensorDataset numbers(std::int64_t count) {
  return {arange(0, static_cast<double>(count), 1, int64),
          arange(0, 10. * static_cast<double>(count), 10, int64)};
}

std::vector<Values> epoch_of(DataLoader& loader) {
  std::vector<Values> batches;
  for (const Batch& batch : loader) {
    batches.push_back(batch.inputs.to_vector<std::int64_t>());
    for (std::size_t i = 0; i < batches.back().size(); ++i)
      CHECK(batch.targets.data<std::int64_t>()[i] == 10 * batches.back()[i]);
  }
  return batches;
}

Values flat(const std::vector<Values>& batches) {
  Values all;
  for (const Values& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

// Counts how many batches were made, and throws at one of them.
struct Probe : data::Dataset {
  std::int64_t count, failing;
  mutable std::atomic<int> made{0};
  explicit Probe(std::int64_t count, std::int64_t failing = -1) : count(count), failing(failing) {}
  std::int64_t size() const override { return count; }
  data::Example get(std::int64_t i) const override {
    if (i == failing) throw IoError("example " + std::to_string(i) + " is damaged");
    ++made;
    return {scalar(static_cast<double>(i)), scalar(static_cast<double>(i))};
  }
};

}  // namespace

TEST_CASE("without shuffling the batches follow the dataset") {
  const data::TensorDataset dataset = numbers(7);
  for (const std::int64_t prefetch : {0, 1, 2, 100}) {
    DataLoader loader(dataset, {.batch_size = 3, .prefetch = prefetch});
    CHECK(loader.size() == 3);
    for (int epoch = 0; epoch < 2; ++epoch)
      CHECK(epoch_of(loader) == std::vector<Values>{{0, 1, 2}, {3, 4, 5}, {6}});
    DataLoader dropping(dataset, {.batch_size = 3, .drop_last = true, .prefetch = prefetch});
    CHECK(dropping.size() == 2);
    CHECK(epoch_of(dropping) == std::vector<Values>{{0, 1, 2}, {3, 4, 5}});
  }
  DataLoader exact(dataset, {.batch_size = 7, .drop_last = true});
  CHECK(epoch_of(exact).size() == 1);
  DataLoader larger(dataset, {.batch_size = 8, .drop_last = true});
  CHECK(larger.size() == 0);
  CHECK(epoch_of(larger).empty());
  const data::TensorDataset none = numbers(0);
  DataLoader empty(none);
  CHECK(empty.size() == 0);
  CHECK(epoch_of(empty).empty());
}

TEST_CASE("shuffling takes each example once, in an order of seed and epoch") {
  const data::TensorDataset dataset = numbers(1003);
  const auto epochs = [&](std::uint64_t seed, std::int64_t prefetch) {
    DataLoader loader(dataset, {.batch_size = 32, .shuffle = true, .seed = seed, .prefetch = prefetch});
    return std::vector{epoch_of(loader), epoch_of(loader), epoch_of(loader)};
  };
  const auto first = epochs(1, 0);
  CHECK(first[0].size() == 32);
  CHECK(first[0].back().size() == 11);
  for (const auto& batches : first) {
    Values all = flat(batches);
    CHECK(!std::is_sorted(all.begin(), all.end()));
    std::sort(all.begin(), all.end());
    CHECK(all == arange(0, 1003, 1, int64).to_vector<std::int64_t>());
  }
  CHECK(first[0] != first[1]);
  CHECK(first[1] != first[2]);
  CHECK(first[0] != first[2]);
  for (const std::int64_t prefetch : {0, 1, 2, 7}) CHECK(epochs(1, prefetch) == first);
  const auto other = epochs(2, 2);
  for (const auto& batches : other)
    for (const auto& mine : first) CHECK(batches != mine);

  DataLoader loader(dataset, {.batch_size = 32, .shuffle = true, .seed = 1});
  CHECK(loader.epoch() == 0);
  loader.set_epoch(2);
  CHECK(epoch_of(loader) == first[2]);
  CHECK(loader.epoch() == 3);
  loader.set_epoch(0);
  CHECK(epoch_of(loader) == first[0]);
}

TEST_CASE("the batches of a dataset of single examples are stacked") {
  const Probe dataset(5);
  DataLoader loader(dataset, {.batch_size = 2});
  std::vector<float> all;
  for (const Batch& batch : loader)
    for (const float value : batch.inputs.to_vector<float>()) all.push_back(value);
  CHECK(all == std::vector<float>{0, 1, 2, 3, 4});
}

TEST_CASE("prefetch bounds what is prepared ahead") {
  for (const std::int64_t prefetch : {0, 3}) {
    const Probe dataset(100);
    DataLoader loader(dataset, {.prefetch = prefetch});
    auto batch = loader.begin();
    ++batch;
    for (int i = 0; i < 200 && dataset.made < 2 + prefetch; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    CHECK(dataset.made == 2 + prefetch);
  }
}

TEST_CASE("a loop may be left early, and begun again") {
  const data::TensorDataset dataset = numbers(100);
  for (const std::int64_t prefetch : {0, 1, 4}) {
    DataLoader loader(dataset, {.batch_size = 5, .prefetch = prefetch});
    for (int leave = 0; leave < 25; ++leave) {
      int count = 0;
      for (const Batch& batch : loader) {
        CHECK(batch.inputs.data<std::int64_t>()[0] == 5 * count);
        if (count++ == leave) break;
      }
      CHECK(count == std::min(leave + 1, 20));
    }
    CHECK(flat(epoch_of(loader)).size() == 100);
    // One loop inside another ends the outer one's epoch.
    int outer = 0;
    for ([[maybe_unused]] const Batch& batch : loader) {
      ++outer;
      CHECK(epoch_of(loader).size() == 20);
    }
    CHECK(outer == 1);
  }
}

TEST_CASE("a loader may be destroyed while it prepares") {
  const Probe dataset(1000);
  for (int i = 0; i < 50; ++i) {
    DataLoader loader(dataset, {.batch_size = 3, .prefetch = i % 5});
    auto batch = loader.begin();
    for (int j = 0; j < i % 7; ++j) ++batch;
  }
  DataLoader unused(dataset);
  CHECK(unused.size() == 1000);
}

TEST_CASE("what the dataset throws reaches the loop in its place, and the loader lives on") {
  for (const std::int64_t prefetch : {0, 1, 5}) {
    Probe dataset(20, 9);
    DataLoader loader(dataset, {.batch_size = 2, .prefetch = prefetch});
    for (int attempt = 0; attempt < 2; ++attempt) {
      int seen = 0;
      std::string message;
      try {
        for (const Batch& batch : loader) {
          CHECK(batch.inputs.data<float>()[0] == static_cast<float>(2 * seen));
          ++seen;
        }
      } catch (const IoError& error) {
        message = error.what();
      }
      CHECK(seen == 4);
      CHECK(message == "example 9 is damaged");
    }
    dataset.failing = 0;
    CHECK_THROWS_AS(loader.begin(), IoError);
    dataset.failing = -1;
    int seen = 0;
    for (const Batch& batch : loader) seen += static_cast<int>(batch.inputs.numel());
    CHECK(seen == 20);
  }
}

TEST_CASE("a warm loader asks the system for no memory") {
  const Tensor inputs = zeros({2000, 50});
  const data::TensorDataset dataset(inputs, zeros({2000}, int64));
  for (const std::int64_t prefetch : {0, 2}) {
    DataLoader loader(dataset, {.batch_size = 20, .shuffle = true, .prefetch = prefetch});
    std::uint64_t warm = 0;
    for (int epoch = 0; epoch < 12; ++epoch) {
      for ([[maybe_unused]] const Batch& batch : loader) {
      }
      // The second epoch's thread may need a block that still waits in the cache of this one.
      if (epoch == 1) warm = memory::statistics().system_allocations;
    }
    CHECK(memory::statistics().system_allocations == warm);
  }
}

TEST_CASE("batches that are kept stay as they were") {
  const data::TensorDataset dataset = numbers(40);
  DataLoader loader(dataset, {.batch_size = 4});
  std::vector<Batch> kept;
  for (const Batch& batch : loader) kept.push_back(batch);
  for (std::size_t i = 0; i < kept.size(); ++i)
    CHECK(kept[i].inputs.data<std::int64_t>()[3] == static_cast<std::int64_t>(4 * i + 3));
}

TEST_CASE("a loader checks its options") {
  const data::TensorDataset dataset = numbers(4);
  CHECK_THROWS_AS(DataLoader(dataset, {.batch_size = 0}), ValueError);
  CHECK_THROWS_WITH(DataLoader(dataset, {.batch_size = -3}),
                    "DataLoader: a batch_size of at least 1 is wanted, got -3");
  CHECK_THROWS_AS(DataLoader(dataset, {.prefetch = -1}), ValueError);
  CHECK_THROWS_WITH(DataLoader(dataset, {.prefetch = -1}), ContainsSubstring("a prefetch of at least 0"));
  CHECK_THROWS_AS(DataLoader(dataset).set_epoch(-1), ValueError);
  const Probe negative(-1);
  CHECK_THROWS_AS(DataLoader(negative), ValueError);
}
