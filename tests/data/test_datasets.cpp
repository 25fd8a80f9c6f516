// Datasets made of others: subsets, splits, concatenations and maps; and what they hold.
#include <algorithm>
#include <memory>
#include <numeric>

#include "numbers.h"
#include <taper/data/concat_dataset.h>
#include <taper/data/map.h>
#include <taper/data/subset.h>
#include <taper/data/tensor_dataset.h>

using namespace taper;
using namespace numbers;
using data::Held;

namespace {

data::TensorDataset rows(std::int64_t count) { return data::TensorDataset({arange(count)}); }

std::int64_t first_of(const data::Dataset& dataset, std::int64_t index) {
  Generator generator;
  return dataset.get(index, generator)[0].item<std::int64_t>();
}

Values all_of(const data::Dataset& dataset) {
  Values values;
  for (std::int64_t i = 0; i < dataset.size(); ++i) values.push_back(first_of(dataset, i));
  return values;
}

// Rows that know which batches they were asked for.
struct Asked : data::Dataset {
  data::TensorDataset dataset;
  mutable std::vector<Values> batches;
  explicit Asked(data::TensorDataset dataset) : dataset(std::move(dataset)) {}
  std::int64_t size() const override { return dataset.size(); }
  data::Example get(std::int64_t index, Generator& unused) const override {
    return dataset.get(index, unused);
  }
  data::Batch get_batch(std::span<const std::int64_t> indices,
                        const data::Randomness& unused) const override {
    batches.emplace_back(indices.begin(), indices.end());
    return dataset.get_batch(indices, unused);
  }
  bool is_random() const override { return false; }
};

// get() and get_batch() must agree in what they draw.
void check_batch(const data::Dataset& dataset, const Values& indices) {
  const data::Randomness randomness{.seed = 3, .epoch = 4};
  const data::Batch batch = dataset.get_batch(indices, randomness);
  for (std::size_t row = 0; row < indices.size(); ++row) {
    Generator generator = randomness.generator(indices[row]);
    const data::Example example = dataset.get(indices[row], generator);
    REQUIRE(example.size() == batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i)
      CHECK(batch[i].data<std::int64_t>()[row] == example[i].item<std::int64_t>());
  }
}

}  // namespace

TEST_CASE("a variable is referred to, a temporary kept, a shared object shared") {
  const data::TensorDataset variable = rows(3);
  CHECK(&*Held<data::Dataset>(variable) == &variable);
  const Held<data::Dataset> copy = Held<data::Dataset>(variable);
  CHECK(&*copy == &variable);
  const auto shared = std::make_shared<data::TensorDataset>(rows(4));
  const Held<data::Dataset> held = shared;
  CHECK(&*held == shared.get());
  CHECK(shared.use_count() == 2);
  const Held<data::Dataset> owned = rows(5);
  CHECK(owned->size() == 5);
  CHECK(!Held<data::Dataset>());
  CHECK(owned);

  data::DataLoader loader(
      data::take(data::map(rows(9), [](data::Example example, Generator&) { return example; }), 4),
      {.batch_size = 3});
  CHECK(indices_of(loader) == Batches{{0, 1, 2}, {3}});
}

TEST_CASE("a subset has the examples of its indices") {
  const data::TensorDataset dataset = rows(10);
  const data::Subset subset(dataset, {7, 0, 7});
  CHECK(subset.size() == 3);
  CHECK(subset.indices() == Values{7, 0, 7});
  CHECK(all_of(subset) == Values{7, 0, 7});
  CHECK(!subset.is_random());
  CHECK(subset.get_batch(Values{2, 1}, {})[0].to_vector<std::int64_t>() == Values{7, 0});
  CHECK(all_of(data::Subset(subset, {1, 0})) == Values{0, 7});
  CHECK(all_of(data::take(dataset, 4)) == Values{0, 1, 2, 3});
  CHECK(data::take(dataset, 11).size() == 10);
  CHECK(data::take(dataset, 0).size() == 0);

  CHECK_THROWS_AS(data::Subset(dataset, {0, 10}), IndexError);
  CHECK_THROWS_WITH(data::Subset(dataset, {0, 10}), "Subset: index 10 is out of range for 10 examples");
  CHECK_THROWS_AS(data::Subset(dataset, {-1}), IndexError);
  Generator unused;
  CHECK_THROWS_WITH(subset.get(3, unused), "get: index 3 is out of range for 3 examples");
  CHECK_THROWS_AS(subset.get(-1, unused), IndexError);
  CHECK_THROWS_WITH(subset.get_batch(Values{0, 3}, {}), "get_batch: index 3 is out of range for 3 examples");
  CHECK_THROWS_AS(data::take(dataset, -1), ValueError);
}

TEST_CASE("random numbers belong to the index that was asked for") {
  const Drawing dataset(10);
  const data::Subset subset(dataset, {4, 4, 2});
  CHECK(subset.is_random());
  check_batch(subset, {2, 0, 1});
  const data::Batch batch = subset.get_batch(Values{0, 1}, {});
  CHECK(batch[0].to_vector<std::int64_t>() == Values{4, 4});
  CHECK(batch[1].data<std::int64_t>()[0] != batch[1].data<std::int64_t>()[1]);
  check_batch(data::ConcatDataset({dataset, subset}), {0, 9, 10, 12});
}

TEST_CASE("random parts have no example in common, and depend on the seed") {
  const data::TensorDataset dataset = rows(101);
  const auto [train, validation, test] = data::random_split(dataset, {0.7, 0.2, 0.1}, 5);
  CHECK(train.size() == 71);
  CHECK(validation.size() == 20);
  CHECK(test.size() == 10);
  Values all = all_of(train);
  for (const data::Subset* part : {&validation, &test})
    for (const std::int64_t value : all_of(*part)) all.push_back(value);
  CHECK(!std::is_sorted(all.begin(), all.begin() + 71));
  std::sort(all.begin(), all.end());
  CHECK(all == all_of(dataset));

  CHECK(data::random_split(dataset, {0.7, 0.3}, 5)[0].indices() == train.indices());
  CHECK(data::random_split(dataset, {0.7, 0.3}, 6)[0].indices() != train.indices());
  const auto counts = data::random_split(dataset, {100, 1, 0}, 5);
  CHECK(counts[0].size() == 100);
  CHECK(counts[1].size() == 1);
  CHECK(counts[2].size() == 0);
  CHECK(data::random_split(dataset, {1}, 5)[0].size() == 1);
  CHECK(data::random_split(dataset, {1.0}, 5)[0].size() == 101);
  // By another program: Fisher-Yates with the numbers of Philox, see permutation().
  Generator generator(5);
  const Values order = permutation(101, generator).to_vector<std::int64_t>();
  CHECK(train.indices() == Values(order.begin(), order.begin() + 71));

  CHECK_THROWS_AS(data::random_split(dataset, {100, 2}, 0), ValueError);
  CHECK_THROWS_WITH(data::random_split(dataset, {100, 2}, 0),
                    "random_split: expected at most 101 examples in all parts, got 102");
  CHECK_THROWS_AS(data::random_split(dataset, {0.7, 0.4}, 0), ValueError);
  CHECK_THROWS_AS(data::random_split(dataset, {-1}, 0), ValueError);
  CHECK_THROWS_AS(data::random_split(dataset, {std::numeric_limits<double>::quiet_NaN()}, 0), ValueError);
  CHECK_THROWS_AS(data::random_split(dataset, {std::numeric_limits<double>::infinity()}, 0), ValueError);
}

TEST_CASE("joined datasets are asked once for their part of a batch") {
  const auto numbers = [](float start) { return from_data<float>({start, 1, 2, 3, 4, 5, 6, 7}, {4, 2}); };
  const Asked a(data::TensorDataset({numbers(0), arange(4)})),
      b(data::TensorDataset({numbers(-1), arange(10, 14)}));
  const data::ConcatDataset all({a, rows(0), b});
  const data::Batch batch = all.get_batch(Values{5, 1, 0, 7, 1}, {});
  CHECK(batch[0].shape() == Shape{5, 2});
  CHECK(batch[0].to_vector<float>() == std::vector<float>{2, 3, 2, 3, 0, 1, 6, 7, 2, 3});
  CHECK(all.get_batch(Values{4, 0}, {})[0].to_vector<float>() == std::vector<float>{-1, 1, 0, 1});
  CHECK(batch[1].to_vector<std::int64_t>() == Values{11, 1, 0, 13, 1});
  CHECK(a.batches == std::vector<Values>{{1, 0, 1}, {0}});
  CHECK(b.batches == std::vector<Values>{{1, 3}, {0}});
  CHECK(all.get_batch(Values{7, 4}, {})[1].to_vector<std::int64_t>() == Values{13, 10});
  CHECK(a.batches.size() == 2);
  CHECK_THROWS_AS(all.get_batch(Values{}, {}), ValueError);
  CHECK_THROWS_WITH(all.get_batch(Values{0, 8}, {}), "get_batch: index 8 is out of range for 8 examples");
  const data::ConcatDataset odd({a, rows(3)});
  CHECK_THROWS_WITH(odd.get_batch(Values{0, 5}, {}),
                    "get_batch: example 5 has 1 tensors, but the first example has 2");
}

TEST_CASE("datasets are joined") {
  const data::TensorDataset a = rows(2), none = rows(0);
  const data::ConcatDataset all({a, none, data::map(rows(3), [](data::Example example, Generator&) {
                                   return data::Example{scalar(10.0 + example[0].item<double>(), int64)};
                                 })});
  CHECK(all.size() == 5);
  CHECK(all_of(all) == Values{0, 1, 10, 11, 12});
  CHECK(all.get_batch(Values{3, 0}, {})[0].to_vector<std::int64_t>() == Values{11, 0});
  CHECK(all.is_random());
  CHECK(!data::ConcatDataset({a, none}).is_random());
  Generator unused;
  CHECK_THROWS_AS(all.get(5, unused), IndexError);
  CHECK_THROWS_WITH(all.get(-1, unused), "get: index -1 is out of range for 5 examples");
  CHECK_THROWS_AS(data::ConcatDataset({}), ValueError);
  CHECK(data::ConcatDataset({none}).size() == 0);
  CHECK_THROWS_AS(data::ConcatDataset({none}).get(0, unused), IndexError);
}

TEST_CASE("a map calls its function when an example is asked for") {
  int calls = 0;
  const Drawing dataset(10);
  const auto mapped = data::map(dataset, [&calls](data::Example example, Generator& generator) {
    ++calls;
    example.push_back(random_integers({}, 0, 1'000'000, int64, generator));
    example[0] = scalar(2.0 * example[0].item<double>(), int64);
    return example;
  });
  CHECK(mapped.size() == 10);
  CHECK(calls == 0);
  CHECK(first_of(mapped, 4) == 8);
  CHECK(calls == 1);
  check_batch(mapped, {3, 9, 3});
  // The function draws on where the dataset has stopped.
  Generator generator(1), same(1);
  const data::Example example = mapped.get(2, generator), plain = dataset.get(2, same);
  REQUIRE(example.size() == 3);
  CHECK(example[1].item<std::int64_t>() == plain[1].item<std::int64_t>());
  CHECK(example[2].item<std::int64_t>() ==
        random_integers({}, 0, 1'000'000, int64, same).item<std::int64_t>());
  CHECK_THROWS_AS(data::map(dataset, {}), ValueError);
  CHECK_THROWS_WITH(data::map(dataset, {}), "map: expected a function, got an empty one");
}
