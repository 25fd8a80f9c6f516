// The pool: classes, reuse between threads, and what happens when memory runs out.
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sys/resource.h>
#include <unistd.h>
#endif

#include <catch.h>

#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>
#include <taper/tensor/tensor.h>

using namespace taper;

TEST_CASE("blocks are aligned and of every size") {
  for (std::size_t bytes = 0; bytes < 5000; bytes += 7) {
    void* const block = memory::allocate(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(block) % memory::alignment == 0);
    std::fill_n(static_cast<char*>(block), bytes, 'x');
    memory::release(block, bytes);
  }
  CHECK_THROWS_AS(memory::allocate(std::numeric_limits<std::size_t>::max()), MemoryError);
  memory::release(nullptr, 0);
}

TEST_CASE("released blocks are used again") {
  for (const std::size_t bytes : {1, 100, 5000, 65536, 65537, 1'000'000, 5'000'000}) {
    memory::release(memory::allocate(bytes), bytes);
    const memory::Statistics before = memory::statistics();
    for (int i = 0; i < 10; ++i) memory::release(memory::allocate(bytes), bytes);
    CHECK(memory::statistics().system_allocations == before.system_allocations);
    CHECK(memory::statistics().bytes_reserved == before.bytes_reserved);
  }
}

TEST_CASE("classes waste at most a fifth") {
  for (std::size_t bytes = 320; bytes < 3'000'000; bytes += bytes / 7) {
    memory::trim();
    const std::uint64_t before = memory::statistics().bytes_reserved;
    void* const block = memory::allocate(bytes);
    const std::uint64_t taken = memory::statistics().bytes_reserved - before;
    CHECK(taken >= bytes);
    CHECK(taken - bytes <= taken / 5 + memory::alignment);
    memory::release(block, bytes);
  }
}

TEST_CASE("one thread allocates, another releases, and the pool does not grow") {
  const auto pass = [] {
    std::vector<void*> blocks;
    for (int i = 0; i < 3000; ++i) blocks.push_back(memory::allocate(1000));
    std::thread([&] {
      for (void* const block : blocks) memory::release(block, 1000);
    }).join();
  };
  pass();
  const std::uint64_t before = memory::statistics().bytes_reserved;
  for (int i = 0; i < 5; ++i) pass();
  CHECK(memory::statistics().bytes_reserved == before);
}

TEST_CASE("blocks are hardly larger than what is asked for") {
  for (std::size_t lines = 1; lines < 70'000; lines += lines < 40 ? 1 : lines / 7) {
    memory::trim();
    const std::uint64_t before = memory::statistics().bytes_reserved;
    const std::size_t bytes = lines * memory::alignment;
    void* const block = memory::allocate(bytes);
    const std::uint64_t size = memory::statistics().bytes_reserved - before;
    INFO(lines);
    CHECK(size >= bytes);
    CHECK(4 * size < 5 * bytes);
    memory::release(block, bytes);
  }
}

TEST_CASE("trim gives memory back") {
  const std::uint64_t before = memory::statistics().bytes_reserved;
  memory::release(memory::allocate(9'000'000), 9'000'000);
  memory::trim();
  CHECK(memory::statistics().bytes_reserved <= before);
}

namespace {

// Lets the pool hold this many bytes more than now.
struct Limit {
  explicit Limit(std::uint64_t more) { memory::limit(memory::statistics().bytes_reserved + more); }
  ~Limit() { memory::limit(std::numeric_limits<std::uint64_t>::max()); }
};

}  // namespace

TEST_CASE("free blocks of every size make room before memory runs out") {
  constexpr std::size_t large = 1'500'000, small = 1000;
  memory::trim();
  const std::uint64_t before = memory::statistics().bytes_reserved;
  const Limit limit(10 << 20);
  std::vector<void*> blocks;
  const auto release_all = [&](std::size_t bytes) {
    for (void* const block : blocks) memory::release(block, bytes);
    blocks.clear();
  };
  // The thread's own cache keeps some of the small ones, the central lists the others.
  for (int i = 0; i < 3000; ++i) blocks.push_back(memory::allocate(small));
  release_all(small);
  for (int i = 0; i < 3; ++i) blocks.push_back(memory::allocate(large));
  release_all(large);
  const std::uint64_t waiting = memory::statistics().bytes_reserved - before;
  CHECK(waiting > 7'000'000);
  void* const block = memory::allocate(9 << 20);  // fits only if all of them go
  CHECK(memory::statistics().bytes_reserved - before <= (10 << 20));
  CHECK_THROWS_AS(memory::allocate(9 << 20), MemoryError);
  CHECK_THROWS_WITH(memory::allocate(3'000'000), "memory: the system has no 3000000 bytes left");
  memory::release(block, 9 << 20);
  memory::release(memory::allocate(3'000'000), 3'000'000);  // and goes on
}

// (A sanitizer needs the whole address space, and an emulator takes no limits.)
#if defined(__linux__) && defined(__x86_64__) && !defined(TAPER_SANITIZED)
TEST_CASE("free blocks make room where the system itself refuses memory") {
  constexpr std::size_t mebibyte = std::size_t{1} << 20;
  memory::trim();
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlimit limited{pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + 500 * mebibyte,
                       before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_AS, &limited) == 0);
  std::vector<void*> blocks;
  for (int i = 0; i < 6; ++i) blocks.push_back(memory::try_allocate(60 * mebibyte));
  for (void* const block : blocks) memory::release(block, 60 * mebibyte);
  void* const all = memory::try_allocate(400 * mebibyte);  // fits only if the six go back
  void* const more = memory::try_allocate(400 * mebibyte);
  setrlimit(RLIMIT_AS, &before);
  CHECK(std::count(blocks.begin(), blocks.end(), nullptr) == 0);
  CHECK(all != nullptr);
  CHECK(more == nullptr);
  memory::release(all, 400 * mebibyte);
  memory::trim();
}
#endif

TEST_CASE("a tensor that finds no memory says what it takes") {
  CHECK_THROWS_AS(Tensor::empty({std::int64_t{1} << 50}), MemoryError);
  const Limit limit(1 << 20);
  CHECK_THROWS_WITH(Tensor::empty({1000, 1000}, float64),
                    "empty: out of memory: shape [1000, 1000] of float64 takes 8000000 bytes");
}

TEST_CASE("a chosen allocation is refused, once") {
  memory::refuse(3);
  const auto pass = [] { memory::release(memory::allocate(100), 100); };
  pass();
  pass();
  CHECK_THROWS_AS(pass(), MemoryError);
  pass();
  memory::refuse(1);
  std::thread(pass).join();  // another thread's
  memory::refuse(0);
  pass();
}
