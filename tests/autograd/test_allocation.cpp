// A warmed-up training step asks neither the system nor operator new for memory. This file replaces the
// global operator new of the whole test program by one that counts.
#include <atomic>
#include <cstdlib>
#include <new>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/memory.h>
#include <taper/tensor/parallel.h>

namespace {

std::atomic<std::uint64_t> news{0};

void* counted(std::size_t bytes, std::size_t alignment) {
  news.fetch_add(1, std::memory_order_relaxed);
  void* const block = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
// Not inlined: GCC would find that what `new` returned is freed, and warn.
[[gnu::noinline]] void release(void* block) noexcept { std::free(block); }

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes == 0 ? 1 : bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes == 0 ? 1 : bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* block) noexcept { release(block); }
void operator delete(void* block, std::size_t) noexcept { release(block); }
void operator delete(void* block, std::align_val_t) noexcept { release(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { release(block); }

using namespace taper;

namespace {

// The calls of operator new in 20 steps, after a warm-up.
template <class Step>
std::uint64_t allocations(Step step) {
  const int threads = num_threads();
  set_num_threads(1);  // oneTBB's own bookkeeping for tasks is not ours to count
  for (int i = 0; i < 5; ++i) step();
  const std::uint64_t system = memory::statistics().system_allocations, before = news.load();
  for (int i = 0; i < 20; ++i) step();
  const std::uint64_t calls = news.load() - before;
  CHECK(memory::statistics().system_allocations == system);
  set_num_threads(threads);
  return calls;
}

}  // namespace

TEST_CASE("the counter counts") {
  CHECK(allocations([] { ::operator delete(::operator new(1)); }) == 20);
}

TEST_CASE("a warmed-up training step allocates nothing") {
  Tensor weight = full({16, 10}, 0.1).set_requires_grad(), bias = zeros({10}).set_requires_grad();
  const Tensor input = ones({8, 16, 1});
  const Tensor target = eye(8, 10);
  CHECK(allocations([&] {
          const Tensor h = sum(input * weight, {1}) + bias;
          const Tensor scaled = exp(h) * where(h > 0, h, 0.1 * h) / maximum(abs(h), 1);
          const Tensor loss = -mean(sum(log_softmax(scaled, 1) * target, {1})) + 0.01 * sum(square(weight));
          loss.backward();
          weight.set_grad({});
          bias.set_grad({});
        }) == 0);
}

TEST_CASE("a warmed-up gradient of a gradient allocates only its lists") {
  const Tensor x = ones({8, 16}).set_requires_grad();
  const std::vector<Tensor> inputs{x};
  // The vector that grad() returns, and those it is given: independent of the size of the graph.
  const auto calls = [&](int depth) {
    return allocations([&] {
      Tensor y = x;
      for (int i = 0; i < depth; ++i) y = sin(y);
      const Tensor slope = grad({sum(y)}, inputs, {}, {.create_graph = true})[0];
      sum(square(slope)).backward();
    });
  };
  CHECK(calls(2) == calls(20));
}
