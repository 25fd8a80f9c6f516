// DataLoader: orders, partial batches, prefetching, and leaving early in every way.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <limits>
#include <memory>
#include <set>
#include <thread>

#include <catch.h>
#include <errors.h>

#include <taper/data/data_loader.h>
#include <taper/data/tensor_dataset.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>
#include <taper/tensor/random.h>

using namespace taper;
using data::Batch;
using data::DataLoader;

static_assert(std::input_iterator<DataLoader::Iterator>);
static_assert(std::sentinel_for<std::default_sentinel_t, DataLoader::Iterator>);
static_assert(std::is_constructible_v<DataLoader, data::TensorDataset>, "a temporary is kept");

namespace {

using Values = std::vector<std::int64_t>;

// Example i is (i, 10 i).
data::TensorDataset numbers(std::int64_t count) {
  return data::TensorDataset({arange(0, static_cast<double>(count), 1, int64),
                              arange(0, 10. * static_cast<double>(count), 10, int64)});
}

std::vector<Values> epoch_of(DataLoader& loader) {
  std::vector<Values> batches;
  for (const Batch& batch : loader) {
    batches.push_back(batch[0].to_vector<std::int64_t>());
    for (std::size_t i = 0; i < batches.back().size(); ++i)
      CHECK(batch[1].data<std::int64_t>()[i] == 10 * batches.back()[i]);
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
  data::Example get(std::int64_t i, Generator&) const override {
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
    for (const float value : batch[0].to_vector<float>()) all.push_back(value);
  CHECK(all == std::vector<float>{0, 1, 2, 3, 4});
}

TEST_CASE("prefetch bounds what is prepared ahead") {
  for (const std::int64_t prefetch : {0, 1, 3}) {
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
        CHECK(batch[0].data<std::int64_t>()[0] == 5 * count);
        if (count++ == leave) break;
      }
      CHECK(count == std::min(leave + 1, 20));
    }
    CHECK(flat(epoch_of(loader)).size() == 100);
  }
}

TEST_CASE("a loop inside another goes through an epoch of its own") {
  const data::TensorDataset dataset = numbers(100);
  const auto epoch = [&](std::int64_t number) {
    DataLoader loader(dataset, {.batch_size = 5, .shuffle = true, .seed = 1, .prefetch = 0});
    loader.set_epoch(number);
    return epoch_of(loader);
  };
  for (const std::int64_t prefetch : {0, 1, 4}) {
    DataLoader loader(dataset, {.batch_size = 5, .shuffle = true, .seed = 1, .prefetch = prefetch});
    std::vector<Values> outer;
    for (const Batch& batch : loader) {
      outer.push_back(batch[0].to_vector<std::int64_t>());
      CHECK(epoch_of(loader) == epoch(static_cast<std::int64_t>(outer.size())));
    }
    CHECK(outer == epoch(0));

    auto first = loader.begin(), second = loader.begin();
    CHECK((*first)[0].to_vector<std::int64_t>() != (*second)[0].to_vector<std::int64_t>());
    const auto* const batch = &*second;
    first = std::move(second);  // ends the first one's epoch
    CHECK(&*first == batch);
    int rest = 0;
    for (; first != std::default_sentinel; ++first) ++rest;
    CHECK(rest == 20);
  }
}

TEST_CASE("an iterator outlives its loader, and has no batch at its end") {
  const data::TensorDataset dataset = numbers(4);
  for (const std::int64_t prefetch : {0, 2}) {
    auto loader = std::make_unique<DataLoader>(dataset, data::DataLoaderOptions{.prefetch = prefetch});
    auto batch = loader->begin();
    loader.reset();
    for (int i = 0; i < 4; ++i, ++batch) CHECK((*batch)[0].item<std::int64_t>() == i);
    CHECK(batch == std::default_sentinel);
    CHECK_THROWS_AS(*batch, IndexError);
    CHECK_THROWS_AS(batch->size(), IndexError);
    ++batch;
    CHECK(batch == std::default_sentinel);
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
      const std::string message = message_of([&] {
        for (const Batch& batch : loader) {
          CHECK(batch[0].data<float>()[0] == static_cast<float>(2 * seen));
          ++seen;
        }
      });
      CHECK(seen == 4);
      CHECK(message == "example 9 is damaged");
    }
    auto batch = loader.begin();
    for (int i = 0; i < 3; ++i) ++batch;
    CHECK_THROWS_AS(++batch, IoError);
    CHECK(batch == std::default_sentinel);
    dataset.failing = 0;
    CHECK_THROWS_AS(loader.begin(), IoError);
    dataset.failing = -1;
    int seen = 0;
    for (const Batch& batch : loader) seen += static_cast<int>(batch[0].numel());
    CHECK(seen == 20);
  }
}

TEST_CASE("a warm loader asks the system for no memory") {
  const Tensor inputs = zeros({2000, 50});
  const data::TensorDataset dataset({inputs, zeros({2000}, int64)});
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

TEST_CASE("a batch is freed before the next is made in its place") {
  const data::TensorDataset dataset({zeros({9, 1'234'567}, uint8)});
  for (const std::int64_t prefetch : {0, 1}) {
    memory::trim();
    const std::uint64_t before = memory::statistics().bytes_reserved;
    DataLoader loader(dataset, {.seed = 0, .prefetch = prefetch});
    for ([[maybe_unused]] const Batch& batch : loader) {
    }
    const std::uint64_t batches = static_cast<std::uint64_t>(prefetch) + 1;
    CHECK(memory::statistics().bytes_reserved - before < batches * 1'234'567 * 3 / 2);
  }
}

TEST_CASE("batches that are kept stay as they were") {
  const data::TensorDataset dataset = numbers(40);
  DataLoader loader(dataset, {.batch_size = 4});
  std::vector<Batch> kept;
  for (const Batch& batch : loader) kept.push_back(batch);
  for (std::size_t i = 0; i < kept.size(); ++i)
    CHECK(kept[i][0].data<std::int64_t>()[3] == static_cast<std::int64_t>(4 * i + 3));
}

TEST_CASE("a loader checks its options") {
  const data::TensorDataset dataset = numbers(4);
  CHECK_THROWS_AS(DataLoader(dataset, {.batch_size = 0}), ValueError);
  CHECK_THROWS_WITH(DataLoader(dataset, {.batch_size = -3}),
                    "DataLoader: expected a batch_size of at least 1, got -3");
  CHECK_THROWS_AS(DataLoader(dataset, {.prefetch = -1}), ValueError);
  CHECK_THROWS_WITH(DataLoader(dataset, {.prefetch = -1}), ContainsSubstring("a prefetch of at least 0"));
  CHECK_THROWS_AS(DataLoader(dataset).set_epoch(-1), ValueError);
  const Probe negative(-1);
  CHECK_THROWS_AS(DataLoader(negative), ValueError);
  CHECK_THROWS_WITH(DataLoader(negative), "DataLoader: expected a dataset with a size of at least 0, got -1");
  DataLoader eager(dataset, {.prefetch = std::numeric_limits<std::int64_t>::max()});
  CHECK(epoch_of(eager).size() == 4);
}

namespace {

// Example i is i and two numbers that are drawn for it.
struct Augmented : data::Dataset {
  std::int64_t count = 20;
  std::int64_t size() const override { return count; }
  data::Example get(std::int64_t i, Generator& generator) const override {
    const Tensor first = uniform({1}, 0, 1, float64, generator);
    return {scalar(i, int64), first, normal({3}, 0, 1, float32, generator)};
  }
};

// What the dataset draws in its epochs, example by example, in the order of the indices.
using Drawn = std::vector<std::vector<std::vector<float>>>;
Drawn drawn(const data::DataLoaderOptions& options, int epochs = 3) {
  const Augmented dataset;
  DataLoader loader(dataset, options);
  Drawn result;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    auto& examples = result.emplace_back(static_cast<std::size_t>(dataset.count));
    for (const Batch& batch : loader)
      for (std::int64_t row = 0; row < batch[0].numel(); ++row) {
        std::vector<float>& numbers = examples[static_cast<std::size_t>(batch[0].data<std::int64_t>()[row])];
        numbers.push_back(static_cast<float>(batch[1].data<double>()[row]));
        for (int i = 0; i < 3; ++i) numbers.push_back(batch[2].data<float>()[3 * row + i]);
      }
  }
  return result;
}

}  // namespace

TEST_CASE("what examples draw depends on seed, epoch and index alone") {
  const Drawn first = drawn({.seed = 1, .prefetch = 0});
  for (const std::int64_t prefetch : {0, 1, 2, 7})
    for (const std::int64_t batch_size : {1, 3, 20})
      for (const bool shuffle : {false, true})
        CHECK(drawn({.batch_size = batch_size, .shuffle = shuffle, .seed = 1, .prefetch = prefetch}) ==
              first);
  // All are different: 4 numbers of 20 examples in 3 epochs, with 2 seeds.
  std::set<float> all;
  for (const Drawn& epochs : {first, drawn({.seed = 2})})
    for (const auto& examples : epochs)
      for (const auto& numbers : examples) all.insert(numbers.begin(), numbers.end());
  CHECK(all.size() == 4 * 20 * 3 * 2);
  // Nobody else's drawing matters.
  manual_seed(5);
  CHECK(drawn({.seed = 1}) == first);
  // It is what the generator of the example gives, wherever it is asked.
  const Augmented dataset;
  Generator generator = data::Randomness{.seed = 1, .epoch = 2}.generator(13);
  CHECK(static_cast<float>(dataset.get(13, generator)[1].item<double>()) == first[2][13][0]);
  CHECK(
      first[2][13][0] ==
      static_cast<float>(
          dataset.get_batch(std::vector<std::int64_t>{4, 13}, {.seed = 1, .epoch = 2})[1].data<double>()[1]));
}

TEST_CASE("the keys of seeds, epochs and indices differ in every bit of them") {
  std::set<std::uint64_t> keys;
  std::size_t count = 0;
  const auto add = [&](const data::Randomness& randomness) {
    for (const std::int64_t index : {0, 1, 2}) keys.insert(randomness.generator(index).seed());
    for (int bit = 2; bit < 63; ++bit) keys.insert(randomness.generator(std::int64_t{1} << bit).seed());
    keys.insert(randomness.order().seed());
    for (int bit = 0; bit < 62; ++bit) keys.insert(randomness.batch(std::int64_t{1} << bit).seed());
    count += 65 + 62;
    CHECK(randomness.generator(7).position() == 0);
  };
  add({});
  for (int bit = 0; bit < 64; ++bit) add({.seed = std::uint64_t{1} << bit});
  for (int bit = 0; bit < 63; ++bit) add({.epoch = std::int64_t{1} << bit});
  CHECK(keys.size() == count);
  // By another program: words 0 and 1 of Philox for the counter (epoch, index + 1), 0 for the order.
  CHECK(data::Randomness{.seed = 1, .epoch = 2}.generator(3).seed() == 0x1961e3d9b75c0ed3);
  CHECK(data::Randomness{.seed = 1, .epoch = 2}.order().seed() == 0x8e76cc9d3f55b3f0);
}

TEST_CASE("a loader without a seed draws one when its first epoch begins") {
  const auto run = [](std::uint64_t seed) {
    manual_seed(seed);
    return drawn({.shuffle = true});
  };
  CHECK(run(3) == run(3));
  CHECK(run(3) != run(4));
  CHECK(drawn({.shuffle = true}) != drawn({.shuffle = true}));

  const data::TensorDataset dataset = numbers(50);
  manual_seed(3);
  const std::uint64_t before = default_generator().position();
  DataLoader loader(dataset, {.shuffle = true});
  CHECK(default_generator().position() == before);
  const auto first = epoch_of(loader);
  const std::uint64_t after = default_generator().position();
  CHECK(after > before);
  CHECK(epoch_of(loader) != first);
  CHECK(default_generator().position() == after);
  loader.set_epoch(0);
  CHECK(epoch_of(loader) == first);
  manual_seed(3);
  DataLoader again(dataset, {.shuffle = true});
  CHECK(epoch_of(again) == first);
  DataLoader seeded(dataset, {.shuffle = true, .seed = 0});
  const std::uint64_t now = default_generator().position();
  epoch_of(seeded);
  CHECK(default_generator().position() == now);
}

TEST_CASE("a dataset may not draw from the default generator") {
  struct Careless : data::Dataset {
    bool nested = false;
    std::int64_t size() const override { return 4; }
    data::Example get(std::int64_t i, Generator&) const override {
      if (i < 2) return {scalar(0.0)};
      if (nested) {
        const data::TensorDataset inner = numbers(2);
        DataLoader loader(inner, {.seed = 0, .prefetch = 0});
        epoch_of(loader);  // its end does not lift the ban
      }
      return {uniform({})};
    }
  } careless;
  for (const bool nested : {false, true})
    for (const std::int64_t prefetch : {0, 2}) {
      careless.nested = nested;
      DataLoader loader(careless, {.batch_size = 2, .seed = 0, .prefetch = prefetch});
      auto batch = loader.begin();
      CHECK_NOTHROW(uniform({}));  // outside of get it serves
      CHECK_THROWS_AS(++batch, ValueError);
      batch = loader.begin();
      CHECK_THROWS_WITH(++batch,
                        "default_generator: must not be used here: use the Generator that get() receives");
      CHECK_NOTHROW(uniform({}));
    }
  struct Reseeding : data::Dataset {
    std::int64_t size() const override { return 1; }
    data::Example get(std::int64_t, Generator&) const override {
      manual_seed(1);
      return {scalar(0.0)};
    }
  } reseeding;
  DataLoader loader(reseeding, {.seed = 0});
  CHECK_THROWS_AS(loader.begin(), ValueError);
  Generator unused;
  CHECK_NOTHROW(careless.get(3, unused));  // it is the loader's ban
}
