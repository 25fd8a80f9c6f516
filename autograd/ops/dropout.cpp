// Dropout, with its gradient.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/dropout.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/kernels/dropout.h>
#include <taper/tensor/kernels/random.h>
#include <taper/tensor/parallel.h>

namespace taper {
namespace {

// Calls body(begin, end) for pieces that a thread keeps in its nearest cache.
template <class Body>
void in_pieces(std::int64_t count, Body&& body) {
  constexpr std::int64_t piece = 1024;
  const std::int64_t chunks = chunk_count(count, grain::elements);
  parallel_for(chunks, [&](std::int64_t chunk) {
    const std::int64_t end = chunk_begin(chunk + 1, chunks, count, piece);
    for (std::int64_t i = chunk_begin(chunk, chunks, count, piece); i < end; i += piece)
      body(i, std::min(i + piece, end));
  });
}

// mask ? x * scale : 0. Linear in x, and its own gradient.
Tensor keep(const Tensor& x, const Tensor& mask, double scale) {
  const Tensor source = compute::contiguous(x);
  Tensor result = Tensor::empty(x.shape(), x.dtype(), "dropout");
  visit_floating(x.dtype(), [&]<class T>() {
    const T* const from = source.data<T>();
    const bool* const kept = mask.data<bool>();
    T* const to = result.mutable_data<T>();
    in_pieces(x.numel(), [&](std::int64_t begin, std::int64_t end) {
      kernels::dropout<T>().apply(kept + begin, static_cast<T>(scale), from + begin, to + begin, end - begin);
    });
  });
  return record("dropout_gradient", std::move(result), {x, save(mask)},
                [scale](const Backward& at, const Tensor& h) {
                  return std::array{keep(h, at.input(1), scale), Tensor()};
                });
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool training, Generator& generator) {
  compute::check_floating("dropout", x);
  if (!(p >= 0 && p <= 1)) throw ValueError(fmt::format("dropout: p must be between 0 and 1, got {}", p));
  if (!training || p == 0) return x;
  if (p == 1) return where(full(x.shape(), 0, boolean), x, 0);
  const double scale = 1 / (1 - p);
  const auto threshold = static_cast<std::uint32_t>(std::min(std::llround((1 - p) * 0x1p32), 0xFFFFFFFFLL));
  const std::int64_t count = x.numel();
  const std::uint64_t seed = generator.seed();
  const std::uint64_t first = generator.advance(static_cast<std::uint64_t>((count + 3) / 4));
  const Tensor source = compute::contiguous(x);
  Tensor mask = Tensor::empty(x.shape(), boolean, "dropout"),
         result = Tensor::empty(x.shape(), x.dtype(), "dropout");
  visit_floating(x.dtype(), [&]<class T>() {
    const T* const from = source.data<T>();
    bool* const kept = mask.mutable_data<bool>();
    T* const to = result.mutable_data<T>();
    in_pieces(count, [&](std::int64_t begin, std::int64_t end) {
      alignas(64) std::uint32_t words[1024];
      kernels::random().blocks(seed, first + static_cast<std::uint64_t>(begin / 4), (end - begin + 3) / 4,
                               words);
      kernels::dropout<T>().draw(words, threshold, static_cast<T>(scale), from + begin, kept + begin,
                                 to + begin, end - begin);
    });
  });
  return record("dropout", std::move(result), {x, save(mask)}, [scale](const Backward& at, const Tensor& g) {
    return std::array{keep(g, at.input(1), scale), Tensor()};
  });
}

}  // namespace taper
