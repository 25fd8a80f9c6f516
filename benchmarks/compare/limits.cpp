// The loops that measure the limits. Compiled for the machine they run on, with contraction to FMA.
#include "limits.h"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <thread>
#include <vector>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "contender.h"

namespace comparison {
namespace {

/// Multiply-adds with vectors of `width` bytes.
template <class T, int width>
Loop multiply_adds_of(int threads) {
  typedef T Vector __attribute__((vector_size(width)));
  constexpr int chains = 12, steps = 100'000;  // chains: enough to hide the latency, few enough for registers
  const auto work = [] {
    Vector sums[chains], factor, term;
    for (int i = 0; i < width / static_cast<int>(sizeof(T)); ++i) factor[i] = T(0.5), term[i] = T(0.5);
    keep(factor), keep(term);
    for (Vector& sum : sums) sum = term;
#pragma GCC unroll 4
    for (int step = 0; step < steps; ++step) {
#pragma GCC unroll 12
      for (int i = 0; i < chains; ++i) sums[i] = sums[i] * factor + term;
    }
    for (const Vector& sum : sums) keep(sum);
  };
  const std::vector<std::function<void()>> all(static_cast<std::size_t>(threads), work);
  return {all, 2.0 * chains * steps * (width / sizeof(T)) * threads};
}

#ifdef __AVX512F__
constexpr int widest = 64;
#elif defined(__AVX__)
constexpr int widest = 32;
#else
constexpr int widest = 16;
#endif
using Vector = float __attribute__((vector_size(widest)));

/// Stores around the caches, which do not read what is overwritten.
void stream(float* to, Vector value) {
#ifdef __AVX512F__
  _mm512_stream_ps(to, value);
#elif defined(__AVX__)
  _mm256_stream_ps(to, value);
#elif defined(__SSE2__)
  _mm_stream_ps(to, value);
#else
  *reinterpret_cast<Vector*>(to) = value;
#endif
}

/// One pass over `count` elements of each array.
template <int reads, int writes, bool around>
void pass(const float* x, const float* y, float* z, std::int64_t count) {
  constexpr int lanes = widest / sizeof(float), unroll = 8;
  Vector sums[unroll] = {};
  for (std::int64_t i = 0; i < count; i += unroll * lanes)
#pragma GCC unroll 8
    for (int u = 0; u < unroll; ++u) {
      const std::int64_t at = i + u * lanes;
      Vector value = *reinterpret_cast<const Vector*>(x + at);
      if (reads == 2) value += *reinterpret_cast<const Vector*>(y + at);
      if (writes == 0)
        sums[u] += value;
      else if (around)
        stream(z + at, value);
      else
        *reinterpret_cast<Vector*>(z + at) = value;
    }
  keep(sums);
}

template <int reads, int writes, bool around>
Loop transfers_of(int threads, std::int64_t bytes) {
  constexpr std::int64_t multiple = 8 * widest / sizeof(float);
  const std::int64_t wanted = bytes / (reads + writes) / static_cast<std::int64_t>(sizeof(float)) / threads;
  const std::int64_t count = std::max<std::int64_t>(wanted / multiple, 1) * multiple;
  const std::int64_t passes = std::max<std::int64_t>(1, 1'000'000 / count);
  const auto array = [=] {
    const auto size = static_cast<std::size_t>(count) * sizeof(float);
    std::shared_ptr<float> made(static_cast<float*>(std::aligned_alloc(256, size)), std::free);
    std::fill_n(made.get(), count, 1.0f);
    return made;
  };
  Loop loop{{}, static_cast<double>(passes * count * (reads + writes)) * sizeof(float) * threads};
  for (int i = 0; i < threads; ++i)
    loop.of_threads.push_back([=, x = array(), y = array(), z = array()] {
      for (std::int64_t pass_ = 0; pass_ < passes; ++pass_)
        pass<reads, writes, around>(x.get(), y.get(), z.get(), count);
    });
  return loop;
}

template <int reads, int writes>
std::vector<Loop> through_and_around(int threads, std::int64_t bytes) {
  std::vector<Loop> loops{transfers_of<reads, writes, false>(threads, bytes)};
  if (writes > 0 && bytes >= 8 << 20) loops.push_back(transfers_of<reads, writes, true>(threads, bytes));
  return loops;
}

}  // namespace

double Loop::rate(int tries) const {
  const auto threads = static_cast<std::ptrdiff_t>(of_threads.size());
  std::vector<double> times(static_cast<std::size_t>(tries));
  std::barrier start(threads), end(threads);
  const auto run = [&](std::size_t thread) {
    of_threads[thread]();
    for (double& time : times) {
      start.arrive_and_wait();
      const auto begin = std::chrono::steady_clock::now();
      of_threads[thread]();
      end.arrive_and_wait();
      if (thread == 0) time = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    }
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < of_threads.size(); ++i) others.emplace_back(run, i);
  run(0);
  for (std::thread& other : others) other.join();
  return units / *std::min_element(times.begin(), times.end());
}

double best_rate(const std::vector<Loop>& loops, int tries) {
  double best = 0;
  for (const Loop& loop : loops) best = std::max(best, loop.rate(tries));
  return best;
}

template <class T>
Loop multiply_adds(int threads) {
  const Loop loops[] = {multiply_adds_of<T, 16>(threads), multiply_adds_of<T, std::min(32, widest)>(threads),
                        multiply_adds_of<T, widest>(threads)};
  return *std::max_element(std::begin(loops), std::end(loops),
                           [](const Loop& a, const Loop& b) { return a.rate(10) < b.rate(10); });
}
template Loop multiply_adds<float>(int);
template Loop multiply_adds<double>(int);

std::vector<Loop> transfers(int threads, std::int64_t reads, std::int64_t writes, std::int64_t bytes) {
  return writes == 0  ? through_and_around<1, 0>(threads, bytes)
         : reads == 1 ? through_and_around<1, 1>(threads, bytes)
                      : through_and_around<2, 1>(threads, bytes);
}

Limit::Limit(const Workload& workload, int threads) : operations_(workload.needs.operations) {
  const Needs& needs = workload.needs;
  static const Loop arithmetic = multiply_adds<float>(threads);
  if (operations_ > 0) arithmetic_.push_back(arithmetic);
  if (!std::holds_alternative<Elementwise>(workload.work)) return;
  const std::int64_t bytes = (needs.reads + needs.writes) * static_cast<std::int64_t>(sizeof(float));
  bytes_ = static_cast<double>(bytes);
  transfers_ = transfers(threads, needs.reads > needs.writes ? 2 : 1, needs.writes > 0, bytes);
}

double Limit::seconds() const {
  constexpr int tries = 3;
  const double calculated = arithmetic_.empty() ? 0 : operations_ / best_rate(arithmetic_, tries);
  const double moved = transfers_.empty() ? 0 : bytes_ / best_rate(transfers_, tries);
  return std::max(calculated, moved);
}

}  // namespace comparison
