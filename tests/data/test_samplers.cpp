// Samplers: orders that depend on seed and epoch alone, ranks, and lengths.
#include <algorithm>
#include <limits>
#include <set>

#include "numbers.h"
#include <taper/data/bucket_sampler.h>
#include <taper/data/collate.h>
#include <taper/data/sampler.h>
#include <taper/data/tensor_dataset.h>
#include <taper/data/weighted_sampler.h>

using namespace taper;
using namespace numbers;

namespace {

Values order(const data::Sampler& sampler, std::uint64_t seed = 1, std::int64_t epoch = 0) {
  const Values values = sampler.order({.seed = seed, .epoch = epoch}).to_vector<std::int64_t>();
  CHECK(static_cast<std::int64_t>(values.size()) == sampler.size());
  return values;
}

Values sorted(Values values) {
  std::sort(values.begin(), values.end());
  return values;
}

Values range(std::int64_t count) { return arange(count).to_vector<std::int64_t>(); }

// The order depends on seed and epoch, and on nothing else.
void check_keys(const data::Sampler& sampler) {
  const Values first = order(sampler);
  manual_seed(7);
  CHECK(order(sampler) == first);
  CHECK(order(sampler, 2) != first);
  CHECK(order(sampler, 1, 1) != first);
}

}  // namespace

TEST_CASE("in sequence and shuffled") {
  CHECK(order(data::SequentialSampler(4)) == range(4));
  CHECK(order(data::SequentialSampler(0)).empty());
  check_keys(data::ShuffledSampler(50));
  CHECK(sorted(order(data::ShuffledSampler(50))) == range(50));
  CHECK_THROWS_AS(data::SequentialSampler(-1), ValueError);
  CHECK_THROWS_WITH(data::ShuffledSampler(-2), "ShuffledSampler: expected a size of at least 0, got -2");

  const Drawing dataset(50);
  data::DataLoader named(dataset, {.batch_size = 8, .seed = 3, .sampler = data::ShuffledSampler(50)});
  data::DataLoader option(dataset, {.batch_size = 8, .shuffle = true, .seed = 3});
  CHECK(epoch_of(named) == epoch_of(option));
}

TEST_CASE("examples are drawn by weights") {
  const Tensor weights = from_data({0.0, 1.0, 3.0, 0.0}, {4});
  const data::WeightedSampler sampler(weights, {.size = 10'000});
  check_keys(sampler);
  const Values drawn = order(sampler);
  const auto twos = std::count(drawn.begin(), drawn.end(), 2),
             ones = std::count(drawn.begin(), drawn.end(), 1);
  CHECK(twos + ones == 10'000);
  CHECK(std::abs(twos - 7500) < 200);  // 4.6 standard deviations
  CHECK(data::WeightedSampler(weights).size() == 4);

  std::vector<double> falling;
  for (int i = 0; i < 100; ++i) falling.push_back(i < 50 ? 1000 : 1);
  const data::WeightedSampler once(from_data(falling, {100}), {.size = 60, .replacement = false});
  check_keys(once);
  const Values some = order(once);
  CHECK(std::set<std::int64_t>(some.begin(), some.end()).size() == 60);
  CHECK(std::count_if(some.begin(), some.begin() + 40, [](std::int64_t i) { return i < 50; }) > 35);

  const Drawing dataset(4);
  data::DataLoader loader(
      dataset, {.batch_size = 3, .seed = 1, .sampler = data::WeightedSampler(weights, {.size = 7})});
  CHECK(loader.size() == 3);
  const Batches batches = indices_of(loader);
  CHECK(batches.back().size() == 1);
  CHECK(flat(batches) == order(data::WeightedSampler(weights, {.size = 7})));
}

TEST_CASE("weights are checked") {
  using data::WeightedSampler;
  CHECK_THROWS_AS(WeightedSampler(ones({3}, int64)), DTypeError);
  CHECK_THROWS_AS(WeightedSampler(ones({3, 1})), ShapeError);
  CHECK_THROWS_WITH(WeightedSampler(from_data({1.f, -1.f}, {2})),
                    "WeightedSampler: expected finite weights of at least 0, got -1");
  CHECK_THROWS_AS(WeightedSampler(full({2}, std::numeric_limits<double>::infinity())), ValueError);
  CHECK_THROWS_AS(WeightedSampler(full({2}, std::numeric_limits<double>::quiet_NaN())), ValueError);
  CHECK_THROWS_AS(WeightedSampler(zeros({3})), ValueError);
  CHECK_THROWS_AS(WeightedSampler(zeros({0})), ValueError);
  CHECK_THROWS_AS(WeightedSampler(ones({3}), {.size = -1}), ValueError);
  CHECK_THROWS_AS(WeightedSampler(from_data({1.f, 0.f, 1.f}, {3}), {.replacement = false}), ValueError);
  CHECK(WeightedSampler(from_data({1.f, 0.f, 1.f}, {3}), {.size = 2, .replacement = false}).size() == 2);
}

TEST_CASE("batches of similar lengths") {
  Values lengths;
  for (std::int64_t i = 0; i < 103; ++i) lengths.push_back(i * 37 % 101);
  const data::BucketSampler sampler(lengths, {.batch_size = 10, .pool = 4});
  check_keys(sampler);
  const Values all = order(sampler);
  CHECK(sorted(all) == range(103));
  const auto spread = [&](const Values& indices) {
    std::int64_t sum = 0;
    for (std::size_t begin = 0; begin + 10 <= indices.size(); begin += 10) {
      Values batch;
      for (std::size_t i = begin; i < begin + 10; ++i)
        batch.push_back(lengths[static_cast<std::size_t>(indices[i])]);
      CHECK((&indices != &all || std::is_sorted(batch.begin(), batch.end())));
      sum += *std::max_element(batch.begin(), batch.end()) - *std::min_element(batch.begin(), batch.end());
    }
    return sum;
  };
  CHECK(2 * spread(all) < spread(order(data::ShuffledSampler(103))));
  // The batches are shuffled: else the first would always be the shortest of its pool.
  std::int64_t longest = 0;
  for (std::int64_t epoch = 0; epoch < 20; ++epoch)
    longest = std::max(longest, lengths[static_cast<std::size_t>(order(sampler, 1, epoch)[0])]);
  CHECK(longest > 50);

  const data::BucketSampler plain(lengths, {.batch_size = 10, .shuffle = false});
  const Values by_length = order(plain);
  CHECK(std::is_sorted(by_length.begin(), by_length.end(), [&](std::int64_t a, std::int64_t b) {
    return lengths[static_cast<std::size_t>(a)] < lengths[static_cast<std::size_t>(b)];
  }));
  CHECK(sorted(by_length) == range(103));
  CHECK(order(data::BucketSampler({3, 1, 2},
                                  {.batch_size = 8, .pool = std::numeric_limits<std::int64_t>::max()})) ==
        Values{1, 2, 0});
  CHECK(order(data::BucketSampler({})).empty());
  CHECK_THROWS_AS(data::BucketSampler({1}, {.batch_size = 0}), ValueError);
  CHECK_THROWS_AS(data::BucketSampler({1}, {.pool = 0}), ValueError);
}

TEST_CASE("what a sampler gives is checked") {
  struct Given : data::Sampler {
    Tensor indices;
    std::int64_t count;
    Given(Tensor indices, std::int64_t count) : indices(std::move(indices)), count(count) {}
    std::int64_t size() const override { return count; }
    Tensor order(const data::Randomness&) const override { return indices; }
  };
  const Drawing dataset(4);
  const auto load = [&](const Tensor& indices, std::int64_t count) {
    data::DataLoader loader(dataset, {.batch_size = 2, .seed = 0, .sampler = Given(indices, count)});
    return indices_of(loader);
  };
  CHECK(load(tensor({3, 3, 0}), 3) == Batches{{3, 3}, {0}});
  const Tensor columns = tensor({{1, 9}, {2, 9}});
  CHECK(load(columns.alias(columns.layout().select("test", 1, 0)), 2) == Batches{{1, 2}});
  CHECK_THROWS_AS(load(tensor({0, 4}), 2), IndexError);
  CHECK_THROWS_WITH(load(tensor({0, -1}), 2),
                    "DataLoader: the sampler's index -1 is out of range for 4 examples");
  CHECK_THROWS_AS(load(tensor({0, 1}), 3), ValueError);
  CHECK_THROWS_AS(load(tensor({0, 1}, int32), 2), ValueError);
  CHECK_THROWS_AS(load(Tensor(), 2), ValueError);
  CHECK_THROWS_AS(load(tensor({0}), -1), ValueError);
  CHECK_THROWS_WITH(data::DataLoader(dataset, {.shuffle = true, .sampler = data::SequentialSampler(4)}),
                    "DataLoader: expected a sampler or shuffle, got both");
}

TEST_CASE("the parts of all ranks are the batch of one") {
  const Drawing dataset(23);
  const Tensor weights = ones({23});
  for (const bool weighted : {false, true})
    for (const std::int64_t ranks : {1, 2, 3, 5}) {
      const auto loader = [&](std::int64_t rank, std::int64_t all, bool drop_last) {
        data::DataLoaderOptions options{
            .batch_size = 7, .seed = 1, .drop_last = drop_last, .rank = rank, .ranks = all};
        if (weighted)
          options.sampler = data::WeightedSampler(weights);
        else
          options.shuffle = true;
        return std::make_unique<data::DataLoader>(dataset, options);
      };
      const auto single = loader(0, 1, false);
      for (int epoch = 0; epoch < 2; ++epoch) {
        std::vector<Batches> parts(2);  // of both tensors
        for (std::int64_t rank = 0; rank < ranks; ++rank) {
          const auto mine = loader(rank, ranks, false);
          CHECK(mine->size() == 4);
          mine->set_epoch(epoch);
          std::size_t number = 0;
          for (const data::Batch& batch : *mine) {
            for (std::size_t i = 0; i < 2; ++i) {
              parts[i].resize(4);
              for (const std::int64_t value : batch[i].to_vector<std::int64_t>())
                parts[i][number].push_back(value);
            }
            CHECK(batch[0].numel() >= (number < 3 ? 7 : 2) / ranks);
            CHECK(batch[0].numel() <= ((number < 3 ? 7 : 2) + ranks - 1) / ranks);
            ++number;
          }
          CHECK(number == 4);
        }
        std::size_t number = 0;
        for (const data::Batch& batch : *single) {
          for (std::size_t i = 0; i < 2; ++i) CHECK(parts[i][number] == batch[i].to_vector<std::int64_t>());
          ++number;
        }
      }
      CHECK(loader(0, ranks, true)->size() == 3);
    }
  CHECK_THROWS_AS(data::DataLoader(dataset, {.rank = 2, .ranks = 2}), ValueError);
  CHECK_THROWS_AS(data::DataLoader(dataset, {.rank = -1}), ValueError);
  CHECK_THROWS_WITH(data::DataLoader(dataset, {.rank = 0, .ranks = 0}),
                    "DataLoader: expected a rank from 0 to ranks - 1, got rank 0 of 0 ranks");
}

TEST_CASE("a rank without examples gets tensors without rows") {
  const data::TensorDataset dataset({zeros({5, 2, 3}), zeros({5}, int64)});
  data::DataLoader loader(dataset, {.batch_size = 4, .prefetch = 0, .rank = 0, .ranks = 2});
  std::vector<Shape> shapes;
  data::DataLoader last(dataset, {.batch_size = 4, .prefetch = 0, .rank = 1, .ranks = 2});
  for (data::DataLoader* each : {&loader, &last})
    for (const data::Batch& batch : *each) shapes.push_back(batch[0].shape());
  CHECK(shapes == std::vector<Shape>{{2, 2, 3}, {1, 2, 3}, {2, 2, 3}, {0, 2, 3}});
}
