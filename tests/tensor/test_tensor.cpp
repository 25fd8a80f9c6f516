// Tensors: creation, access to elements, threads.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <set>
#include <thread>

#include <catch.h>

#include "views.h"
#include <taper/tensor/concurrency.h>
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>

using namespace taper;

TEST_CASE("creation functions") {
  using Floats = std::vector<float>;
  CHECK(zeros({2, 2}).to_vector<float>() == Floats{0, 0, 0, 0});
  CHECK(ones({}).item<float>() == 1);
  CHECK(full({2}, 7, int32).to_vector<std::int32_t>() == std::vector<std::int32_t>{7, 7});
  CHECK(full({1}, 0.5, boolean).item<bool>());
  CHECK(full({1}, -0.9, uint8).item<int>() == 0);
  CHECK(full({1}, 255.9, uint8).item<int>() == 255);
  CHECK(full({1}, -0x1p63, int64).item<std::int64_t>() == std::numeric_limits<std::int64_t>::min());
  CHECK(full({1}, INFINITY).item<float>() == INFINITY);
  CHECK(full_like(zeros({2}, int64), 3).to_vector<std::int64_t>() == std::vector<std::int64_t>{3, 3});
  CHECK(zeros_like(ones({0, 3}, uint8)).shape() == Shape{0, 3});
  CHECK(ones_like(zeros({2}, float64)).dtype() == float64);
  CHECK(arange(0., 5, 2).to_vector<float>() == Floats{0, 2, 4});
  CHECK(arange(3, 0, -1, int64).to_vector<std::int64_t>() == std::vector<std::int64_t>{3, 2, 1});
  CHECK(arange(0, 1, 0.1, float64).numel() == 10);
  CHECK(arange(2, 2).numel() == 0);
  CHECK(linspace(0, 1, 5).to_vector<float>() == Floats{0, 0.25, 0.5, 0.75, 1});
  CHECK(linspace(2, 9, 1).to_vector<float>() == Floats{2});
  CHECK(linspace(2, 9, 0).numel() == 0);
  CHECK(eye(2, 3).to_vector<float>() == Floats{1, 0, 0, 0, 1, 0});
  CHECK(eye(2).shape() == Shape{2, 2});
  CHECK(eye(0).numel() == 0);
  CHECK(eye(3, 0).numel() == 0);
  CHECK(scalar(2.5).rank() == 0);
  CHECK(from_data({1.0, 2.0}, {2}).dtype() == float64);
  CHECK(from_data({true, false}, {2}).to_vector<bool>() == std::vector<bool>{true, false});
  CHECK(from_data(std::vector<float>{}, {0, 4}).numel() == 0);
}

TEST_CASE("creation refuses what makes no sense") {
  CHECK_THROWS_WITH(zeros({2, -1}), "zeros: shape [2, -1] has a negative extent");
  CHECK_THROWS_WITH(full({1}, 300, uint8), "full: expected a number from 0 to 255 for uint8, got 300");
  for (const double bad : {256.0, -1.0, double(NAN), double(INFINITY)})
    CHECK_THROWS_AS(full({1}, bad, uint8), ValueError);
  CHECK_THROWS_AS(full({1}, 0x1p31, int32), ValueError);
  CHECK_THROWS_AS(full({1}, 0x1p63, int64), ValueError);
  CHECK_THROWS_WITH(full_like(zeros({2}, int32), 1e10),
                    ContainsSubstring("full_like: expected a number from -2147483648"));
  CHECK_THROWS_WITH(scalar(-1, uint8), ContainsSubstring("scalar: "));
  CHECK_THROWS_AS(eye(-1), ShapeError);
  CHECK_THROWS_AS(arange(0, 5, 0), ValueError);
  CHECK_THROWS_AS(arange(0, 5, -1), ValueError);
  CHECK_THROWS_AS(arange(0, NAN), ValueError);
  CHECK_THROWS_AS(arange(0, INFINITY), ValueError);
  CHECK_THROWS_AS(arange(0, 1e300, 1e-300), ValueError);
  CHECK_THROWS_AS(arange(0, 0x1p52), MemoryError);
  CHECK_THROWS_WITH(arange(0, 300, 1, uint8), "arange: expected a number from 0 to 255 for uint8, got 299");
  CHECK_THROWS_AS(arange(-1, 3, 1, uint8), ValueError);
  CHECK(arange(0, 256, 1, uint8).numel() == 256);
  CHECK_THROWS_AS(linspace(0, 1, -1), ValueError);
  CHECK_THROWS_AS(linspace(0, INFINITY, 3), ValueError);
  CHECK_THROWS_AS(linspace(NAN, 1, 3), ValueError);
  CHECK_THROWS_AS(linspace(-1e308, 1e308, 3), ValueError);
  CHECK_THROWS_AS(linspace(0, 300, 3, uint8), ValueError);
  CHECK_THROWS_AS(from_data({1.f}, {std::int64_t{1} << 45}), ShapeError);
  CHECK_THROWS_WITH(from_data({1.f, 2.f}, {3}), "from_data: expected 3 values for shape [3], got 2");
}

TEST_CASE("elements are read in the dtype they have, or converted by item") {
  const Tensor x = from_data({1.5f, 2.f}, {2});
  CHECK_THROWS_WITH(x.data<double>(),
                    "data: the elements are float32, not float64; convert with to(x, float64)");
  CHECK_THROWS_AS(x.to_vector<std::int64_t>(), DTypeError);
  CHECK_THROWS_AS(Tensor(x).mutable_data<bool>(), DTypeError);
  CHECK_THROWS_WITH(x.item<float>(), ContainsSubstring("item: ") && ContainsSubstring("[2]"));
  CHECK_THROWS_AS(zeros({0}).item<float>(), ShapeError);
  CHECK(full({1, 1}, -1.5).item<double>() == -1.5);
  CHECK(scalar(-1).item<std::uint8_t>() == 0);
  CHECK(scalar(NAN).item<std::int64_t>() == 0);
  CHECK(scalar(3).item<bool>());
  CHECK(x.size(-1) == 2);
  CHECK_THROWS_AS(x.size(1), IndexError);
  const Tensor none;
  CHECK(!none.defined());
  CHECK_THROWS_AS(none.shape(), ValueError);
  CHECK_THROWS_AS(none.item<float>(), ValueError);
  CHECK_THROWS_AS(none.to_vector<float>(), ValueError);
  const Tensor last = x.alias(x.layout().select("test", 0, 1));
  CHECK(last.item<float>() == 2);
  CHECK(*last.data<float>() == 2);
}

TEST_CASE("numbers of threads") {
  const int before = num_threads();
  CHECK(before >= 1);
  for (const int bad : {0, -1, 1025}) CHECK_THROWS_AS(set_num_threads(bad), ValueError);
  CHECK(num_threads() == before);
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    CHECK(num_threads() == threads);
    const char* const cores = std::getenv("TAPER_CORES");
    if (cores != nullptr) CHECK(concurrency() == std::min(threads, std::atoi(cores)));
    std::mutex mutex;
    std::set<std::thread::id> workers;
    parallel_for(20, [&](std::int64_t) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      const std::lock_guard lock(mutex);
      workers.insert(std::this_thread::get_id());
    });
    CHECK(static_cast<int>(workers.size()) <= concurrency());
    std::vector<int> seen(1000);
    parallel_for(1000, [&](std::int64_t i) { ++seen[static_cast<std::size_t>(i)]; });
    CHECK(seen == std::vector<int>(1000, 1));
    parallel_for(0, [&](std::int64_t) { FAIL("nothing to do"); });
  }
  set_num_threads(before);
}

TEST_CASE("chunks cover everything once") {
  for (const std::int64_t count : {0, 1, 63, 64, 65, 1000, 100'000})
    for (const std::int64_t multiple : {1, 64}) {
      const std::int64_t chunks = chunk_count(count, 100);
      CHECK(chunks >= 1);
      CHECK(chunks <= 64);
      CHECK(chunk_begin(0, chunks, count, multiple) == 0);
      CHECK(chunk_begin(chunks, chunks, count, multiple) == count);
      for (std::int64_t i = 0; i < chunks; ++i) {
        const std::int64_t begin = chunk_begin(i, chunks, count, multiple);
        CHECK(begin <= chunk_begin(i + 1, chunks, count, multiple));
        CHECK((begin % multiple == 0 || begin == count));
      }
    }
}
