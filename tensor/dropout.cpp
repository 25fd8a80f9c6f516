// Dropout on values: pieces and threads; the loops are in kernels/dropout.cpp.
#include <algorithm>
#include <cmath>

#include <taper/tensor/create.h>
#include <taper/tensor/dropout.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/kernels/dropout.h>
#include <taper/tensor/kernels/random.h>
#include <taper/tensor/parallel.h>

namespace taper::compute {
namespace {

constexpr std::int64_t piece = 1024;

// Calls body(begin, end) for pieces that a thread keeps in its nearest cache.
template <class Body>
void in_pieces(std::int64_t count, Body&& body) {
  const std::int64_t chunks = chunk_count(count, grain::elements);
  parallel_for(chunks, [&](std::int64_t chunk) {
    const std::int64_t end = chunk_begin(chunk + 1, chunks, count, piece);
    for (std::int64_t i = chunk_begin(chunk, chunks, count, piece); i < end; i += piece)
      body(i, std::min(i + piece, end));
  });
}

}  // namespace

Dropped draw_dropout(const Tensor& x, double p, double scale, Generator& generator) {
  const auto threshold = static_cast<std::uint32_t>(std::min(std::llround((1 - p) * 0x1p32), 0xFFFFFFFFLL));
  const std::int64_t count = x.numel();
  const std::uint64_t seed = generator.seed();
  const std::uint64_t first = generator.advance(static_cast<std::uint64_t>((count + 3) / 4));
  const Tensor source = contiguous(x);
  Dropped result{Tensor::empty(x.shape(), x.dtype(), "dropout"),
                 Tensor::empty(x.shape(), boolean, "dropout")};
  visit_floating(x.dtype(), [&]<class T>() {
    const T* const from = source.data<T>();
    bool* const kept = result.mask.mutable_data<bool>();
    T* const to = result.y.mutable_data<T>();
    in_pieces(count, [&](std::int64_t begin, std::int64_t end) {
      alignas(64) std::uint32_t words[piece];
      kernels::random().blocks(seed, first + static_cast<std::uint64_t>(begin / 4), (end - begin + 3) / 4,
                               words);
      kernels::dropout<T>().draw(words, threshold, static_cast<T>(scale), from + begin, kept + begin,
                                 to + begin, end - begin);
    });
  });
  return result;
}

Tensor apply_dropout(const Tensor& x, const Tensor& mask, double scale) {
  const Tensor source = contiguous(x);
  Tensor result = Tensor::empty(x.shape(), x.dtype(), "dropout");
  visit_floating(x.dtype(), [&]<class T>() {
    const T* const from = source.data<T>();
    const bool* const kept = mask.data<bool>();
    T* const to = result.mutable_data<T>();
    in_pieces(x.numel(), [&](std::int64_t begin, std::int64_t end) {
      kernels::dropout<T>().apply(kept + begin, static_cast<T>(scale), from + begin, to + begin, end - begin);
    });
  });
  return result;
}

}  // namespace taper::compute
