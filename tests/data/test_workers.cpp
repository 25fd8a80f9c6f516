// Workers: the same batches for any number of them, failures in their places, and positions.
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include <errors.h>

#include "numbers.h"
#include <taper/data/map.h>
#include <taper/data/tensor_dataset.h>

using namespace taper;
using namespace numbers;
using data::DataLoader;

TEST_CASE("any number of workers makes the same batches") {
  const Drawing dataset(101);
  const auto epochs = [&](std::int64_t workers, std::optional<std::int64_t> prefetch) {
    DataLoader loader(
        dataset, {.batch_size = 4, .shuffle = true, .seed = 1, .prefetch = prefetch, .workers = workers});
    return std::vector{epoch_of(loader), epoch_of(loader), epoch_of(loader)};
  };
  const auto first = epochs(1, 0);
  CHECK(first[0].size() == 26);
  CHECK(first[0] != first[1]);
  for (const std::int64_t workers : {1, 2, 3, 8}) {
    CHECK(epochs(workers, std::nullopt) == first);
    for (const std::int64_t prefetch : {0, 1, 2, 5, 100}) CHECK(epochs(workers, prefetch) == first);
  }
  CHECK_THROWS_AS(DataLoader(dataset, {.workers = 0}), ValueError);
  CHECK_THROWS_WITH(DataLoader(dataset, {.workers = 1025}),
                    "DataLoader: expected 1 to 1024 workers, got 1025");
}

TEST_CASE("workers work at the same time, and no further ahead than they may") {
  // Each example waits until as many of them as workers are in the works.
  struct Meeting : data::Dataset {
    mutable std::mutex mutex;
    mutable std::set<std::thread::id> threads;
    mutable std::atomic<int> made{0};
    std::int64_t size() const override { return 60; }
    data::Example get(std::int64_t i, Generator&) const override {
      {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
      }
      const auto met = [&] {
        const std::lock_guard lock(mutex);
        return threads.size() >= 3;
      };
      for (int wait = 0; i < 3 && wait < 2000 && !met(); ++wait)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ++made;
      return {scalar(static_cast<double>(i), int64)};
    }
  } meeting;
  DataLoader loader(meeting, {.prefetch = 5, .workers = 3});
  auto batch = loader.begin();
  CHECK((*batch)[0].item<std::int64_t>() == 0);
  CHECK(meeting.threads.size() == 3);
  CHECK(meeting.threads.count(std::this_thread::get_id()) == 0);
  ++batch;
  for (int i = 0; i < 400 && meeting.made < 7; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(meeting.made == 7);
}

TEST_CASE("the first failure of several workers is the loop's") {
  // Later batches fail sooner.
  struct Failing : data::Dataset {
    std::int64_t size() const override { return 40; }
    data::Example get(std::int64_t i, Generator&) const override {
      if (i == 9) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      if (i >= 9) throw IoError("example " + std::to_string(i) + " is damaged");
      return {scalar(static_cast<double>(i), int64)};
    }
  } failing;
  for (const std::int64_t workers : {1, 2, 4})
    for (int attempt = 0; attempt < 3; ++attempt) {
      DataLoader loader(failing, {.batch_size = 2, .prefetch = 8, .workers = workers});
      int seen = 0;
      const std::string message = message_of([&] {
        for (const data::Batch& batch : loader) {
          CHECK(batch[0].data<std::int64_t>()[0] == 2 * seen);
          ++seen;
        }
      });
      CHECK(seen == 4);
      CHECK(message == "example 9 is damaged");
    }
}

TEST_CASE("workers may not draw from the default generator") {
  const auto careless = data::map(Drawing(8), [](data::Example example, Generator&) {
    example[0] = uniform({});
    return example;
  });
  for (const std::int64_t prefetch : {0, 4}) {
    DataLoader loader(careless, {.seed = 0, .prefetch = prefetch, .workers = 3});
    CHECK_THROWS_AS(loader.begin(), ValueError);
    CHECK_NOTHROW(uniform({}));
  }
}

TEST_CASE("an epoch of workers ends at any time") {
  const Drawing dataset(1000);
  const Counting stream(1000);
  for (int i = 0; i < 40; ++i) {
    const data::DataLoaderOptions options{.batch_size = 3, .prefetch = 1 + i % 7, .workers = 1 + i % 4};
    DataLoader loader(dataset, options), other(stream, options);
    auto batch = loader.begin();
    auto read = other.begin();
    for (int j = 0; j < i % 9; ++j) ++batch, ++read;
    CHECK((*batch)[0].data<std::int64_t>()[2] == 3 * (i % 9) + 2);
    CHECK((*read)[0].data<std::int64_t>()[2] == 3 * (i % 9) + 2);
  }
}

TEST_CASE("a loader goes on where another one stopped") {
  const Drawing dataset(22);
  for (const std::int64_t workers : {1, 3})
    for (const std::int64_t prefetch : {0, 4}) {
      const data::DataLoaderOptions options{
          .batch_size = 4, .shuffle = true, .seed = 1, .prefetch = prefetch, .workers = workers};
      DataLoader whole(dataset, options);
      const Batches first = epoch_of(whole), second = epoch_of(whole);
      DataLoader stopped(dataset, options);
      CHECK(stopped.position().batch == 0);
      std::size_t done = 0;
      for ([[maybe_unused]] const data::Batch& batch : stopped) {
        ++done;
        const data::Position position = stopped.position();
        CHECK(position.seed == 1);
        CHECK(position.epoch == (done == first.size() ? 1 : 0));
        CHECK(position.batch == (done == first.size() ? 0 : static_cast<std::int64_t>(done)));
        DataLoader resumed(dataset, {.batch_size = 4, .shuffle = true, .workers = 2});
        resumed.seek(position);
        CHECK(resumed.position().batch == position.batch);
        if (done < first.size())
          CHECK(epoch_of(resumed) == Batches(first.begin() + static_cast<std::ptrdiff_t>(done), first.end()));
        CHECK(epoch_of(resumed) == second);
      }
      CHECK(stopped.position().epoch == 1);
      CHECK(stopped.position().batch == 0);
    }
  DataLoader loader(dataset, {.batch_size = 4});
  CHECK_THROWS_AS(loader.seek({.epoch = -1}), ValueError);
  CHECK_THROWS_AS(loader.seek({.batch = -1}), ValueError);
  CHECK_THROWS_WITH(loader.seek({.batch = 6}), "seek: expected one of 6 batches, got batch 6");
  CHECK_NOTHROW(loader.seek({.batch = 5}));
  CHECK(epoch_of(loader).size() == 1);
  loader.seek({.batch = 5});
  loader.set_epoch(2);  // its beginning
  CHECK(epoch_of(loader).size() == 6);
  CHECK(loader.epoch() == 3);
}
