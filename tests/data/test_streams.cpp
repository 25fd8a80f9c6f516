// Streams: epochs of unknown length, shuffle buffers, maps, and taking them up in the middle.
#include <algorithm>

#include <errors.h>

#include "numbers.h"
#include <taper/data/map.h>
#include <taper/data/stream.h>

using namespace taper;
using namespace numbers;
using data::DataLoader;

TEST_CASE("the batches of a stream") {
  const Counting stream(7);
  for (const std::int64_t prefetch : {0, 1, 2, 100})
    for (const std::int64_t workers : {1, 2, 5}) {
      DataLoader loader(stream, {.batch_size = 3, .prefetch = prefetch, .workers = workers});
      CHECK(!loader.has_size());
      for (int epoch = 0; epoch < 2; ++epoch) CHECK(indices_of(loader) == Batches{{0, 1, 2}, {3, 4, 5}, {6}});
      DataLoader dropping(stream,
                          {.batch_size = 3, .drop_last = true, .prefetch = prefetch, .workers = workers});
      CHECK(indices_of(dropping) == Batches{{0, 1, 2}, {3, 4, 5}});
      DataLoader exact(stream,
                       {.batch_size = 7, .drop_last = true, .prefetch = prefetch, .workers = workers});
      CHECK(indices_of(exact).size() == 1);
    }
  const Counting none(0);
  DataLoader empty(none);
  CHECK(indices_of(empty).empty());
  const Drawing dataset(3);
  CHECK(DataLoader(dataset).has_size());
}

TEST_CASE("a loader of a stream checks its options") {
  const Counting stream(7);
  const DataLoader loader(stream);
  CHECK_THROWS_AS(loader.size(), ValueError);
  CHECK_THROWS_WITH(loader.size(),
                    "size: the number of batches of a stream is not known; has_size() says whether it is");
  CHECK_THROWS_WITH(DataLoader(stream, {.shuffle = true}),
                    "DataLoader: a stream cannot be shuffled as a whole: use a ShuffleBuffer");
  CHECK_THROWS_AS(DataLoader(stream, {.sampler = data::SequentialSampler(7)}), ValueError);
  CHECK_THROWS_AS(DataLoader(stream, {.prefetch = 1'000'001}), ValueError);
  CHECK_THROWS_AS(DataLoader(stream, {.batch_size = 0}), ValueError);
  CHECK_THROWS_AS(DataLoader(data::Held<data::Stream>()), ValueError);
  CHECK_THROWS_AS(data::ShuffleBuffer(stream, 0), ValueError);
}

TEST_CASE("what a stream's examples draw depends on their places") {
  const Counting stream(20);
  const auto drawn = [&](std::int64_t batch_size, std::int64_t workers, std::uint64_t seed = 1) {
    DataLoader loader(stream, {.batch_size = batch_size, .seed = seed, .workers = workers});
    Values values;
    for (int epoch = 0; epoch < 2; ++epoch)
      for (const data::Batch& batch : loader)
        for (const std::int64_t value : batch[1].to_vector<std::int64_t>()) values.push_back(value);
    return values;
  };
  const Values first = drawn(1, 1);
  CHECK(drawn(3, 1) == first);
  CHECK(drawn(7, 4) == first);
  CHECK(drawn(7, 4, 2) != first);
  Values distinct = first;
  std::sort(distinct.begin(), distinct.end());
  CHECK(std::adjacent_find(distinct.begin(), distinct.end()) == distinct.end());
}

TEST_CASE("a buffer shuffles a stream") {
  const Counting stream(100);
  const auto epochs = [&](std::int64_t size, std::int64_t workers, std::uint64_t seed = 1) {
    DataLoader loader(data::ShuffleBuffer(stream, size), {.batch_size = 8, .seed = seed, .workers = workers});
    return std::vector{epoch_of(loader), epoch_of(loader)};
  };
  DataLoader loader(data::ShuffleBuffer(stream, 10), {.batch_size = 8, .seed = 1});
  const Values order = flat(indices_of(loader));
  for (std::int64_t i = 0; i < 100; ++i) CHECK(order[static_cast<std::size_t>(i)] < i + 10);
  CHECK(*std::max_element(order.begin(), order.begin() + 50) > 55);
  Values all = order;
  CHECK(!std::is_sorted(all.begin(), all.end()));
  std::sort(all.begin(), all.end());
  CHECK(all == arange(100).to_vector<std::int64_t>());

  const auto first = epochs(10, 1);
  CHECK(first[0] != first[1]);
  CHECK(epochs(10, 4) == first);
  CHECK(epochs(10, 1, 2)[0] != first[0]);
  CHECK(epochs(1000, 1)[0].size() == 13);
  DataLoader one(data::ShuffleBuffer(stream, 1), {.batch_size = 100});
  CHECK(indices_of(one) == Batches{arange(100).to_vector<std::int64_t>()});
}

TEST_CASE("a map of a stream works on examples that are read") {
  const Counting stream(6);
  const auto mapped = data::map(stream, [](data::Example example, Generator& generator) {
    example[0] = scalar(10.0 * example[0].item<double>(), int64);
    example.push_back(random_integers({}, 0, 1'000'000, int64, generator));
    return example;
  });
  for (const std::int64_t workers : {1, 3}) {
    DataLoader loader(mapped, {.batch_size = 4, .workers = workers});
    CHECK(indices_of(loader) == Batches{{0, 10, 20, 30}, {40, 50}});
    DataLoader buffered(data::ShuffleBuffer(mapped, 4), {.batch_size = 6, .workers = workers});
    Values all = indices_of(buffered)[0];
    std::sort(all.begin(), all.end());
    CHECK(all == Values{0, 10, 20, 30, 40, 50});
  }
  CHECK_THROWS_AS(data::map(stream, {}), ValueError);
}

TEST_CASE("a stream is read, but not prepared, up to the place where it is taken up") {
  const Counting stream(20);
  for (const std::int64_t workers : {1, 4})
    for (const std::int64_t prefetch : {0, 3}) {
      const data::DataLoaderOptions options{
          .batch_size = 3, .seed = 1, .prefetch = prefetch, .workers = workers};
      DataLoader whole(stream, options);
      const Batches first = epoch_of(whole), second = epoch_of(whole);
      DataLoader loader(stream, options);
      loader.seek({.seed = 1, .epoch = 0, .batch = 5});
      stream.prepared = 0;
      CHECK(epoch_of(loader) == Batches(first.begin() + 5, first.end()));
      CHECK(stream.prepared == 5);
      CHECK(epoch_of(loader) == second);
      for (const std::int64_t behind : {7, 8}) {
        loader.seek({.seed = 1, .epoch = 0, .batch = behind});
        CHECK(epoch_of(loader).empty());
        CHECK(epoch_of(loader) == second);
      }
      CHECK_THROWS_AS(loader.seek({.seed = 1, .epoch = 0, .batch = -1}), ValueError);

      // From every batch, by the position that the loader tells.
      DataLoader stopped(stream, options);
      std::size_t done = 0;
      for ([[maybe_unused]] const data::Batch& batch : stopped) {
        ++done;
        const data::Position position = stopped.position();
        CHECK(position.epoch == 0);
        CHECK(position.batch == static_cast<std::int64_t>(done));
        DataLoader resumed(stream, options);
        resumed.seek(position);
        CHECK(epoch_of(resumed) == Batches(first.begin() + static_cast<std::ptrdiff_t>(done), first.end()));
        CHECK(epoch_of(resumed) == second);
      }
      CHECK(stopped.position().epoch == 1);
      CHECK(stopped.position().batch == 0);
    }
}

TEST_CASE("the parts of a stream's batches") {
  const Counting stream(11);
  DataLoader single(stream, {.batch_size = 5, .seed = 1});
  const Batches whole = indices_of(single);
  Batches joined(whole.size());
  for (std::int64_t rank = 0; rank < 3; ++rank) {
    DataLoader part(stream, {.batch_size = 5, .seed = 1, .rank = rank, .ranks = 3});
    const Batches mine = indices_of(part);
    REQUIRE(mine.size() == whole.size());
    for (std::size_t i = 0; i < mine.size(); ++i)
      joined[i].insert(joined[i].end(), mine[i].begin(), mine[i].end());
  }
  CHECK(joined == whole);
}

TEST_CASE("what a stream throws reaches the loop in its place") {
  struct Broken : data::Stream {
    struct From : Reader {
      std::int64_t at = 0;
      std::optional<data::Example> next() override {
        if (at == 7) throw IoError("line 7 is damaged");
        return data::Example{scalar(static_cast<double>(at++), int64)};
      }
    };
    bool early;
    explicit Broken(bool early) : early(early) {}
    std::unique_ptr<Reader> read(const data::Randomness&) const override {
      if (early) throw IoError("there is no such file");
      return std::make_unique<From>();
    }
  };
  for (const std::int64_t prefetch : {0, 1, 8})
    for (const std::int64_t workers : {1, 4}) {
      const data::DataLoaderOptions options{.batch_size = 2, .prefetch = prefetch, .workers = workers};
      DataLoader loader(Broken(false), options);
      for (int attempt = 0; attempt < 2; ++attempt) {
        int seen = 0;
        const std::string message = message_of([&] {
          for ([[maybe_unused]] const data::Batch& batch : loader) ++seen;
        });
        CHECK(seen == 3);
        CHECK(message == "line 7 is damaged");
      }
      DataLoader none(Broken(true), options);
      CHECK_THROWS_AS(none.begin(), IoError);
    }
}
