// Attacks on parallel loops: nested, throwing, with the number of threads changed meanwhile.
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include <catch.h>
#include <errors.h>

#include "at_once.h"
#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

// Several threads, whatever this machine has; the number from before afterwards.
struct Threads {
  explicit Threads(int count) { set_num_threads(count); }
  ~Threads() { set_num_threads(before); }
  const int before = num_threads();
};

}  // namespace

TEST_CASE("loops inside loops") {
  const Threads four(4);
  std::atomic<std::int64_t> sum{0};
  for (int repeat = 0; repeat < 50; ++repeat)
    parallel_for(8, [&](std::int64_t i) {
      parallel_for(8, [&](std::int64_t j) {
        parallel_for(4,
                     [&](std::int64_t k) { sum.fetch_add(32 * i + 4 * j + k, std::memory_order_relaxed); });
      });
    });
  CHECK(sum == 50 * (255 * 256 / 2));
}

TEST_CASE("a loop throws what its first chunk throws") {
  for (const int threads : {1, 4}) {
    const Threads some(threads);
    for (int repeat = 0; repeat < 200; ++repeat) {
      std::atomic<int> before{0};
      const std::string message = message_of([&] {
        parallel_for(64, [&](std::int64_t i) {
          if (i >= 20) throw ValueError("chunk " + std::to_string(i));
          ++before;
        });
      });
      REQUIRE(message == "chunk 20");
      REQUIRE(before == 20);  // those before it have all run
    }
  }
}

TEST_CASE("an exception passes through loops inside loops, and the next loop works") {
  const Threads four(4);
  at_once(4, [](int t) {
    for (int repeat = 0; repeat < 50; ++repeat) {
      const std::string message = message_of([&] {
        parallel_for(4, [&](std::int64_t i) {
          parallel_for(16, [&](std::int64_t j) {
            if (i == 2 && j == 5 + t) throw IndexError("inner " + std::to_string(j));
          });
        });
      });
      if (message != "inner " + std::to_string(5 + t)) throw ValueError("got " + message);
      std::atomic<int> count{0};
      parallel_for(16, [&](std::int64_t) { ++count; });
      if (count != 16) throw ValueError("chunks are missing");
    }
  });
}

TEST_CASE("operations inside a loop") {
  const Threads four(4);
  const Tensor x = uniform({70000});
  const double expected = sum(sin(x)).item<double>();
  std::atomic<int> equal{0};
  parallel_for(16, [&](std::int64_t) { equal += sum(sin(x)).item<double>() == expected ? 1 : 0; });
  CHECK(equal == 16);
}

// See Note [Isolation]: it could wait for a lock that it holds itself, as backward() holds one for a leaf.
TEST_CASE("a thread that waits for a loop takes no chunk of a loop around it") {
  const Threads four(4);
  std::atomic<int> met{0};
  parallel_for(2000, [&](std::int64_t) {
    constinit thread_local bool inside = false;
    if (inside) ++met;
    inside = true;
    parallel_for(
        8, [&](std::int64_t j) { std::this_thread::sleep_for(std::chrono::microseconds(20 * (j % 4))); });
    inside = false;
  });
  CHECK(met == 0);
}

TEST_CASE("backward inside a loop, to a leaf whose gradients are added up by loops") {
  const Threads four(4);
  const Tensor leaf = ones({100000}).set_requires_grad();
  parallel_for(1000, [&](std::int64_t) { sum(leaf * 2).backward(); });
  CHECK(min(leaf.grad()).item<float>() == 2000);
  CHECK(max(leaf.grad()).item<float>() == 2000);
}

TEST_CASE("the number of threads changes while loops run") {
  const Threads four(4);
  const Tensor x = uniform({300, 401}, -1, 1);
  const std::vector<float> expected = softmax(x, 1).to_vector<float>();
  std::atomic<bool> done{false};
  at_once(4, [&](int t) {
    if (t == 0) {
      for (int i = 0; i < 60; ++i) set_num_threads(1 + i % 5);
      done = true;
      return;
    }
    do {
      if (softmax(x, 1).to_vector<float>() != expected) throw ValueError("other bits");
    } while (!done);
  });
}

TEST_CASE("a loop changes the number of threads itself") {
  const Threads four(4);
  std::atomic<int> count{0};
  parallel_for(16, [&](std::int64_t i) {
    set_num_threads(2 + static_cast<int>(i % 3));
    parallel_for(8, [&](std::int64_t) { ++count; });
  });
  CHECK(count == 128);
}
