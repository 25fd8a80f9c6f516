// The loops that measure the limits. Compiled for the machine at hand, with contraction to FMA.
#include "limits.h"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "contender.h"

namespace comparison {
namespace {

/// The shortest time of several in which all threads do the work, after `prepare`, which each does by itself.
template <class Prepare>
double shortest_time(int threads, int tries, Prepare prepare) {
  std::vector<double> times(static_cast<std::size_t>(tries));
  std::barrier start(threads), end(threads);
  const auto run = [&](int thread) {
    const auto work = prepare();
    work();
    for (double& time : times) {
      start.arrive_and_wait();
      const auto begin = std::chrono::steady_clock::now();
      work();
      end.arrive_and_wait();
      if (thread == 0) time = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    }
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(run, i);
  run(0);
  for (std::thread& other : others) other.join();
  return *std::min_element(times.begin(), times.end());
}

/// Operations a second with vectors of `width` bytes.
template <class T, int width>
double multiply_adds(int threads) {
  typedef T Vector __attribute__((vector_size(width)));
  constexpr int chains = 12, steps = 300'000;  // chains: enough to hide the latency, few enough for registers
  const auto prepare = [] {
    return [] {
      Vector sums[chains], factor, term;
      for (int i = 0; i < width / static_cast<int>(sizeof(T)); ++i) factor[i] = T(0.5), term[i] = T(0.5);
      keep(factor), keep(term);
      for (Vector& sum : sums) sum = term;
      for (int step = 0; step < steps; ++step) {
#pragma GCC unroll 12
        for (int i = 0; i < chains; ++i) sums[i] = sums[i] * factor + term;
      }
      for (const Vector& sum : sums) keep(sum);
    };
  };
  return 2.0 * chains * steps * (width / sizeof(T)) * threads / shortest_time(threads, 30, prepare);
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
double transfers(int threads, std::int64_t bytes) {
  constexpr std::int64_t multiple = 8 * widest / sizeof(float);
  const std::int64_t wanted = bytes / (reads + writes) / static_cast<std::int64_t>(sizeof(float)) / threads;
  const std::int64_t count = std::max<std::int64_t>(wanted / multiple, 1) * multiple;
  const std::int64_t passes = std::max<std::int64_t>(1, 4'000'000 / count);
  const auto prepare = [=] {
    const auto array = [=] {
      const auto size = static_cast<std::size_t>(count) * sizeof(float);
      std::shared_ptr<float> made(static_cast<float*>(std::aligned_alloc(256, size)), std::free);
      std::fill_n(made.get(), count, 1.0f);
      return made;
    };
    return [=, x = array(), y = array(), z = array()] {
      for (std::int64_t i = 0; i < passes; ++i) pass<reads, writes, around>(x.get(), y.get(), z.get(), count);
    };
  };
  return static_cast<double>(passes * count * (reads + writes)) * sizeof(float) * threads /
         shortest_time(threads, 10, prepare);
}

template <int reads, int writes>
double best_transfers(int threads, std::int64_t bytes) {
  const double through = transfers<reads, writes, false>(threads, bytes);
  if (writes == 0 || bytes < 8 << 20) return through;
  return std::max(through, transfers<reads, writes, true>(threads, bytes));
}

template <class T>
double widths(int threads) {
  double best = std::max(multiply_adds<T, 16>(threads), multiply_adds<T, std::min(32, widest)>(threads));
  return std::max(best, multiply_adds<T, widest>(threads));
}

}  // namespace

template <>
double Limits::peak<float>() {
  return peak32_ = peak32_ > 0 ? peak32_ : widths<float>(threads_);
}

template <>
double Limits::peak<double>() {
  return peak64_ = peak64_ > 0 ? peak64_ : widths<double>(threads_);
}

double Limits::bandwidth(int reads, int writes, std::int64_t bytes) {
  double& known = bandwidths_[{reads, writes, bytes}];
  if (known == 0)
    known = writes == 0  ? best_transfers<1, 0>(threads_, bytes)
            : reads == 1 ? best_transfers<1, 1>(threads_, bytes)
                         : best_transfers<2, 1>(threads_, bytes);
  return known;
}

double Limits::shortest(const Workload& workload) {
  const Needs& needs = workload.needs;
  double seconds = needs.operations / peak<float>();
  if (std::holds_alternative<Elementwise>(workload.work)) {
    const std::int64_t bytes = (needs.reads + needs.writes) * static_cast<std::int64_t>(sizeof(float));
    const int reads = needs.writes > 0 && needs.reads > needs.writes ? 2 : 1;
    seconds = std::max(seconds, static_cast<double>(bytes) / bandwidth(reads, needs.writes > 0, bytes));
  }
  return seconds;
}

}  // namespace comparison
