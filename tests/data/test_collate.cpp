// How examples become batches: stacking, padding, and both in a loader.
#include "numbers.h"
#include <taper/data/collate.h>

using namespace taper;
using namespace numbers;
using data::Example;

namespace {

using Floats = std::vector<float>;

Tensor sequence(const Floats& values) {
  return from_data(values, {static_cast<std::int64_t>(values.size())});
}

}  // namespace

TEST_CASE("examples are stacked") {
  const std::vector<Example> examples{{scalar(1), zeros({2}, int64)}, {scalar(2), ones({2}, int64)}};
  const data::Batch batch = data::stack(examples);
  REQUIRE(batch.size() == 2);
  CHECK(batch[0].to_vector<float>() == Floats{1, 2});
  CHECK(batch[1].shape() == Shape{2, 2});
  CHECK(batch[1].to_vector<std::int64_t>() == Values{0, 0, 1, 1});
  CHECK_THROWS_AS(data::stack({}), ValueError);
  CHECK_THROWS_WITH(data::stack({}), "stack: expected at least one example, got none");
  const std::vector<Example> different{{scalar(1)}, {zeros({2})}};
  CHECK_THROWS_WITH(data::stack(different),
                    "stack: tensor 0 of example 1 has shape [2], but in the first example it has []");
}

TEST_CASE("sequences are filled up to the longest") {
  const std::vector<Example> examples{{sequence({1, 2}), scalar(7, int64)},
                                      {sequence({}), scalar(8, int64)},
                                      {sequence({3, 4, 5}), scalar(9, int64)}};
  const data::Batch batch = data::pad()(examples);
  REQUIRE(batch.size() == 2);
  CHECK(batch[0].shape() == Shape{3, 3});
  CHECK(batch[0].to_vector<float>() == Floats{1, 2, 0, 0, 0, 0, 3, 4, 5});
  CHECK(batch[1].to_vector<std::int64_t>() == Values{7, 8, 9});

  const data::Batch longer = data::pad({.values = {-1}, .lengths = true})(examples);
  REQUIRE(longer.size() == 3);
  CHECK(longer[0].to_vector<float>() == Floats{1, 2, -1, -1, -1, -1, 3, 4, 5});
  CHECK(longer[2].dtype() == int64);
  CHECK(longer[2].to_vector<std::int64_t>() == Values{2, 0, 3});
}

TEST_CASE("several sequences, each with its value") {
  const Tensor matrix = from_data({1.f, 2.f, 3.f, 4.f}, {2, 2});
  const Tensor columns = matrix.alias(matrix.layout().transpose("test", 0, 1));
  const std::vector<Example> examples{{sequence({1}), scalar(1), columns, from_data<std::int64_t>({5}, {1})},
                                      {sequence({2, 3}), scalar(2), zeros({1, 2}), zeros({0}, int64)}};
  const data::Batch batch = data::pad({.tensors = {3, 2}, .values = {-100, 0.5}, .lengths = true})(
      std::vector<Example>{{examples[0][1], examples[0][1], examples[0][2], examples[0][3]},
                           {examples[1][1], examples[1][1], examples[1][2], examples[1][3]}});
  REQUIRE(batch.size() == 6);
  CHECK(batch[0].to_vector<float>() == Floats{1, 2});
  CHECK(batch[2].shape() == Shape{2, 2, 2});
  CHECK(batch[2].to_vector<float>() == Floats{1, 3, 2, 4, 0, 0, 0.5, 0.5});
  CHECK(batch[3].to_vector<std::int64_t>() == Values{5, -100});
  CHECK(batch[4].to_vector<std::int64_t>() == Values{1, 0});
  CHECK(batch[5].to_vector<std::int64_t>() == Values{2, 1});

  const data::Batch only =
      data::pad({.tensors = {0}})(std::vector<Example>{{examples[0][0]}, {examples[1][0]}});
  REQUIRE(only.size() == 1);
  CHECK(only[0].to_vector<float>() == Floats{1, 0, 2, 3});
}

TEST_CASE("padding checks what it gets") {
  CHECK_THROWS_AS(data::pad({.tensors = {}}), ValueError);
  CHECK_THROWS_AS(data::pad({.tensors = {-1}}), ValueError);
  CHECK_THROWS_WITH(data::pad({.tensors = {1, 0, 1}}),
                    "pad: expected numbers of tensors, each once, got [1, 0, 1]");
  CHECK_THROWS_AS(data::pad({.values = {1, 2}}), ValueError);
  CHECK_THROWS_AS(data::pad({.values = {}}), ValueError);
  const auto padded = [](std::vector<Example> examples, data::PadOptions options = {}) {
    return data::pad(std::move(options))(examples);
  };
  CHECK_THROWS_AS(padded({}), ValueError);
  CHECK_THROWS_AS(padded({{zeros({2})}, {scalar(1)}}), ShapeError);
  CHECK_THROWS_AS(padded({{scalar(1)}}), ShapeError);
  CHECK_THROWS_WITH(
      padded({{zeros({2, 3})}, {zeros({2, 4})}}),
      "pad: expected sequences that differ along their first axis, got shape [2, 4] for tensor 0 "
      "of example 1 and [2, 3] for the first example");
  CHECK_THROWS_AS(padded({{zeros({2})}, {zeros({2}, float64)}}), DTypeError);
  CHECK_THROWS_AS(padded({{zeros({2})}, {Tensor()}}), ValueError);
  CHECK_THROWS_AS(padded({{zeros({2})}, {}}), IndexError);
  CHECK_THROWS_AS(padded({{zeros({2}), scalar(1)}, {zeros({2})}}), ValueError);
  CHECK_THROWS_AS(padded({{zeros({2})}, {zeros({2}), scalar(1)}}), ValueError);
  CHECK_THROWS_AS(padded({{zeros({2}, uint8)}}, {.values = {300}}), ValueError);
}

TEST_CASE("a loader puts examples together as it is told") {
  struct Triangle : data::Dataset {
    std::int64_t size() const override { return 5; }
    Example get(std::int64_t i, Generator& generator) const override {
      return {full({i}, static_cast<double>(i), int64), random_integers({}, 0, 1000, int64, generator)};
    }
  } triangle;
  for (const std::int64_t workers : {1, 3}) {
    data::DataLoader loader(triangle, {.batch_size = 2, .workers = workers, .collate = data::pad()});
    CHECK(indices_of(loader) == Batches{{0, 1}, {2, 2, 0, 3, 3, 3}, {4, 4, 4, 4}});
  }
  const Drawing dataset(10);
  data::DataLoader stacked(dataset, {.batch_size = 3, .shuffle = true, .seed = 1});
  data::DataLoader collated(dataset, {.batch_size = 3, .shuffle = true, .seed = 1, .collate = data::stack});
  CHECK(epoch_of(stacked) == epoch_of(collated));
  data::DataLoader plain(triangle, {.batch_size = 2});
  CHECK_THROWS_AS(epoch_of(plain), ShapeError);
}

TEST_CASE("a loader transforms batches, with random numbers of their own") {
  const Drawing dataset(10);
  const auto drawn = [&](std::int64_t workers, std::int64_t prefetch, std::int64_t first = 0) {
    data::DataLoader loader(dataset,
                            {.batch_size = 4,
                             .seed = 1,
                             .prefetch = prefetch,
                             .workers = workers,
                             .transform = [](data::Batch batch, Generator& generator) {
                               batch.push_back(random_integers({1}, 0, 1'000'000'000, int64, generator));
                               return batch;
                             }});
    loader.seek({.seed = 1, .batch = first});
    Values values;
    for (const data::Batch& batch : loader) values.push_back(batch[2].item<std::int64_t>());
    return values;
  };
  const Values first = drawn(1, 0);
  REQUIRE(first.size() == 3);
  CHECK(first[0] != first[1]);
  CHECK(first[1] != first[2]);
  CHECK(drawn(4, 8) == first);
  CHECK(drawn(1, 2, 2) == Values{first[2]});
  Generator generator = data::Randomness{.seed = 1, .epoch = 0}.batch(2);
  CHECK(random_integers({1}, 0, 1'000'000'000, int64, generator).item<std::int64_t>() == first[2]);
}
