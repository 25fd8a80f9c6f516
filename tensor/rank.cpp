// Elements by rank: quickselect, for long rows among those that begin with the same bits.
#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/rank.h>

namespace taper::compute {
namespace {

// The position of the first NaN, or -1.
template <class T>
std::int64_t first_nan(const T* x, std::int64_t length) {
  if constexpr (std::is_floating_point_v<T>) {
    constexpr std::int64_t at_once = 1024;
    for (std::int64_t begin = 0; begin < length; begin += at_once) {
      const std::int64_t end = std::min(begin + at_once, length);
      int found = 0;
      for (std::int64_t i = begin; i < end; ++i) found |= x[i] != x[i];
      for (std::int64_t i = begin; found != 0 && i < end; ++i)
        if (x[i] != x[i]) return i;
    }
  }
  return -1;
}

// The position of the element of this rank; `copy` is a copy of x, in which elements from `sorted` on are in
// any order, and all before them are smaller.
template <class T>
std::int64_t position(const T* x, T* copy, std::int64_t length, std::int64_t rank, std::int64_t sorted) {
  std::nth_element(copy + sorted, copy + rank, copy + length);
  const T value = copy[rank];
  std::int64_t equal = rank;  // how many of those that are equal come before it
  for (std::int64_t i = 0; i < length; ++i) equal -= x[i] < value;
  for (std::int64_t i = 0;; ++i)
    if (x[i] == value && equal-- == 0) return i;
}

// Rows of more elements are divided by their leading bits first, by several threads.
constexpr std::int64_t long_from = 1 << 16;
constexpr int leading_bits = 12;

/// The leading bits of a number that orders as x does.
template <class T>
int bucket_of(T x) {
  using Bits = std::conditional_t<sizeof(T) == 1, std::uint8_t,
                                  std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>;
  constexpr int bits = sizeof(T) * 8;
  constexpr Bits sign = static_cast<Bits>(Bits(1) << (bits - 1));
  if constexpr (std::is_floating_point_v<T>) x += T(0);  // -0 is 0
  Bits key;
  std::memcpy(&key, &x, sizeof(T));
  if constexpr (std::is_floating_point_v<T>)
    key = (key & sign) != 0 ? static_cast<Bits>(~key) : static_cast<Bits>(key | sign);
  else if constexpr (std::is_signed_v<T>)
    key ^= sign;
  return static_cast<int>(key >> (bits > leading_bits ? bits - leading_bits : 0));
}

template <class T>
void long_row(const char* function, const T* x, std::int64_t length, const std::vector<std::int64_t>& ranks,
              std::int64_t* positions) {
  constexpr std::int64_t buckets = 1 << leading_bits;
  const std::int64_t chunks = chunk_count(length, grain::reduced);
  Tensor counts = zeros({chunks, buckets}, DType::int64);
  std::int64_t* const count = counts.mutable_data<std::int64_t>();
  const auto each_element = [&](auto&& visit) {
    parallel_for(chunks, [&](std::int64_t chunk) {
      const std::int64_t end = chunk_begin(chunk + 1, chunks, length);
      for (std::int64_t i = chunk_begin(chunk, chunks, length); i < end; ++i)
        visit(i, count + chunk * buckets);
    });
  };
  each_element([&](std::int64_t i, std::int64_t* of) { ++of[bucket_of(x[i])]; });
  // Where the elements of each chunk go, if they are put in order of their buckets.
  std::vector<std::int64_t> begins;
  begins.reserve(buckets + 1);
  std::int64_t sum = 0;
  for (std::int64_t b = 0; b < buckets; ++b) {
    begins.push_back(sum);
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk)
      sum += std::exchange(count[chunk * buckets + b], sum - begins.back());
  }
  begins.push_back(sum);
  for (std::size_t j = 0; j < ranks.size();) {
    const auto above = std::upper_bound(begins.begin(), begins.end(), ranks[j]);
    const std::int64_t begin = *(above - 1), size = *above - begin, bucket = above - 1 - begins.begin();
    Tensor places = Tensor::empty(size, DType::int64, function),
           values = Tensor::empty(size, dtype_of<T>, function);
    std::int64_t* const place = places.mutable_data<std::int64_t>();
    T* const value = values.mutable_data<T>();
    parallel_for(chunks, [&](std::int64_t chunk) {
      std::int64_t to = count[chunk * buckets + bucket];
      const std::int64_t end = chunk_begin(chunk + 1, chunks, length);
      for (std::int64_t i = chunk_begin(chunk, chunks, length); i < end; ++i)
        if (bucket_of(x[i]) == bucket) place[to] = i, value[to++] = x[i];
    });
    Tensor copies = cast(values, values.dtype(), function);
    for (std::int64_t done = 0; j < ranks.size() && ranks[j] < begin + size; ++j) {
      const std::int64_t rank = ranks[j] - begin;
      positions[j] = place[position(value, copies.mutable_data<T>(), size, rank, done)];
      done = rank;
    }
  }
}

}  // namespace

Tensor positions_of_ranks(const char* function, const Tensor& x, const std::vector<std::int64_t>& ranks) {
  check_calculable(function, x.dtype());
  const std::int64_t rows = x.size(0), length = x.size(1), count = static_cast<std::int64_t>(ranks.size());
  Tensor result = Tensor::empty({rows, count}, DType::int64, function);
  if (result.numel() == 0) return result;
  const Tensor dense = contiguous(x);
  Tensor copies = length < long_from ? cast(x, x.dtype(), function) : Tensor();
  std::int64_t* const positions = result.mutable_data<std::int64_t>();
  visit(x.dtype(), [&]<class T>() {
    const T* const values = static_cast<const T*>(dense.raw());
    T* const copy = copies.defined() ? copies.mutable_data<T>() : nullptr;
    const std::int64_t chunks =
        copy == nullptr ? 1 : std::min(rows, chunk_count(rows * length, grain::reduced / 8));
    parallel_for(chunks, [&](std::int64_t chunk) {
      const std::int64_t end = chunk_begin(chunk + 1, chunks, rows);
      for (std::int64_t row = chunk_begin(chunk, chunks, rows); row < end; ++row) {
        const T* const from = values + row * length;
        std::int64_t* const to = positions + row * count;
        if (const std::int64_t nan = first_nan(from, length); nan >= 0) {
          std::fill(to, to + count, nan);
        } else if (copy == nullptr) {
          long_row(function, from, length, ranks, to);
        } else {
          for (std::int64_t j = 0, done = 0; j < count; ++j) {
            to[j] = position(from, copy + row * length, length, ranks[static_cast<std::size_t>(j)], done);
            done = ranks[static_cast<std::size_t>(j)];
          }
        }
      }
    });
  });
  return result;
}

}  // namespace taper::compute
