// Searching and counting: loops over chunks.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/order.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/search.h>

namespace taper::compute {
namespace {

// The numbers of elements of a sorted row that are before each of `count` values. All are searched together,
// without branches, so that they wait for memory together.
template <bool right, std::int64_t count, class T>
void search(const T* row, std::int64_t length, const T* values, std::int64_t* places) {
  const auto before = [&](std::int64_t place, Key<T> key) {
    return right ? !(key < key_of(row[place])) : key_of(row[place]) < key;
  };
  Key<T> keys[count];
  std::int64_t found[count] = {};
  for (std::int64_t j = 0; j < count; ++j) keys[j] = key_of(values[j]);
  for (std::int64_t rest = length; rest > 0;) {
    const std::int64_t half = (rest + 1) / 2;  // the first `half` of the rest, if the last of them is before
    for (std::int64_t j = 0; j < count; ++j) found[j] += before(found[j] + half - 1, keys[j]) ? half : 0;
    rest -= half;
  }
  for (std::int64_t j = 0; j < count; ++j) places[j] = found[j];
}

template <bool right, class T>
void search_all(const T* row, std::int64_t length, const T* values, std::int64_t count,
                std::int64_t* places) {
  constexpr std::int64_t together = 8;
  std::int64_t i = 0;
  for (; i + together <= count; i += together) search<right, together>(row, length, values + i, places + i);
  for (; i < count; ++i) search<right, 1>(row, length, values + i, places + i);
}

// How many i < count have bin_of(i) 0, 1, ..., bins - 1; -1 is not counted.
template <class BinOf>
Tensor count_bins(const char* function, std::int64_t count, std::int64_t bins, BinOf&& bin_of) {
  const std::int64_t chunks = chunk_count(count, std::max(grain::elements, std::min(bins, count)));
  Tensor parts = Tensor::empty({chunks, bins}, DType::int64, function);
  std::int64_t* const all = parts.mutable_data<std::int64_t>();
  std::fill(all, all + chunks * bins, 0);
  parallel_for(chunks, [&](std::int64_t chunk) {
    std::int64_t* const counts = all + chunk * bins;
    const std::int64_t end = chunk_begin(chunk + 1, chunks, count);
    for (std::int64_t i = chunk_begin(chunk, chunks, count); i < end; ++i)
      if (const std::int64_t bin = bin_of(i); bin >= 0) ++counts[bin];
  });
  for (std::int64_t chunk = 1; chunk < chunks; ++chunk)
    for (std::int64_t bin = 0; bin < bins; ++bin) all[bin] += all[chunk * bins + bin];
  return parts.alias(parts.layout().select(function, 0, 0));
}

}  // namespace

Tensor searchsorted(const char* function, const Tensor& sorted, const Tensor& values, bool right) {
  check_defined(function, sorted, "the sorted tensor");
  check_defined(function, values, "the tensor of values");
  check_calculable(function, sorted.dtype());
  check_same_dtype(function, sorted, values, "the tensor of values");
  bool fits = sorted.rank() == 1 || (sorted.rank() > 1 && values.rank() == sorted.rank());
  for (int i = 0; fits && i + 1 < sorted.rank(); ++i) fits = sorted.size(i) == values.size(i);
  if (!fits)
    throw ShapeError(
        fmt::format("{}: expected one sorted row, or one for each row of the values, got shapes {} and {}",
                    function, to_string(sorted.shape()), to_string(values.shape())));
  Tensor result = Tensor::empty(values.shape(), DType::int64, function);
  const std::int64_t total = values.numel(), length = sorted.size(-1);
  if (total == 0) return result;
  const std::int64_t columns = sorted.rank() == 1 ? total : values.size(-1);
  const Tensor rows = contiguous(sorted), dense = contiguous(values);
  std::int64_t* const places = result.mutable_data<std::int64_t>();
  visit(sorted.dtype(), [&]<class T>() {
    const T* const in = static_cast<const T*>(rows.raw());
    const T* const wanted = static_cast<const T*>(dense.raw());
    const std::int64_t chunks = chunk_count(total, grain::elements / 16);
    parallel_for(chunks, [&](std::int64_t chunk) {
      const std::int64_t last = chunk_begin(chunk + 1, chunks, total);
      for (std::int64_t i = chunk_begin(chunk, chunks, total), next = 0; i < last; i = next) {
        const std::int64_t row = i / columns;
        next = std::min(last, (row + 1) * columns);
        (right ? search_all<true, T> : search_all<false, T>)(in + row * length, length, wanted + i, next - i,
                                                             places + i);
      }
    });
  });
  return result;
}

Tensor bincount(const char* function, const Tensor& x, std::int64_t bins) {
  const Tensor dense = contiguous(x);
  const std::int64_t* const in = dense.data<std::int64_t>();
  return count_bins(function, x.numel(), bins, [=](std::int64_t i) { return in[i]; });
}

Tensor histogram(const char* function, const Tensor& x, const Tensor& edges) {
  const std::int64_t bins = edges.numel() - 1;
  const Tensor dense = contiguous(x), borders = contiguous(edges);
  return visit_floating(x.dtype(), [&]<class T>() {
    const T* const in = dense.data<T>();
    const T* const edge = borders.data<T>();
    const T low = edge[0], high = edge[bins];
    const double from = static_cast<double>(low), most = static_cast<double>(bins);
    const double scale = most / (static_cast<double>(high) - from);
    return count_bins(function, x.numel(), bins, [=](std::int64_t i) {
      const T value = in[i];
      if (!(value >= low && value <= high)) return std::int64_t{-1};
      const double guess = (static_cast<double>(value) - from) * scale;
      std::int64_t bin = guess < most ? static_cast<std::int64_t>(guess) : bins - 1;
      // Edges are rounded: the value may belong to a neighbour.
      while (bin > 0 && value < edge[bin]) --bin;
      while (bin + 1 < bins && value >= edge[bin + 1]) ++bin;
      return bin;
    });
  });
}

Tensor nonzero(const char* function, const Tensor& x) {
  check_calculable(function, x.dtype());
  const Tensor dense = contiguous(x);
  const Shape shape = x.shape();
  const int rank = shape.rank();
  const std::int64_t count = x.numel(), chunks = chunk_count(count, grain::elements);
  std::array<std::int64_t, 65> begins{};  // of the chunks' rows in the result
  Tensor result;
  visit(x.dtype(), [&]<class T>() {
    const T* const in = static_cast<const T*>(dense.raw());
    parallel_for(chunks, [&](std::int64_t chunk) {
      const std::int64_t begin = chunk_begin(chunk, chunks, count);
      begins[static_cast<std::size_t>(chunk + 1)] =
          chunk_begin(chunk + 1, chunks, count) - begin -
          std::count(in + begin, in + chunk_begin(chunk + 1, chunks, count), T(0));
    });
    for (std::size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
    result = Tensor::empty({begins.back(), rank}, DType::int64, function);
    if (result.numel() == 0) return;
    std::int64_t* const rows = result.mutable_data<std::int64_t>();
    parallel_for(chunks, [&](std::int64_t chunk) {
      std::int64_t* to = rows + begins[static_cast<std::size_t>(chunk)] * rank;
      std::int64_t index[Shape::max_rank] = {}, at = 0;
      const std::int64_t end = chunk_begin(chunk + 1, chunks, count);
      for (std::int64_t i = chunk_begin(chunk, chunks, count); i < end; ++i) {
        if (in[i] == T(0)) continue;
        index[rank - 1] += i - std::exchange(at, i);
        for (int axis = rank - 1; axis > 0 && index[axis] >= shape[axis]; --axis) {
          index[axis - 1] += index[axis] / shape[axis];
          index[axis] %= shape[axis];
        }
        to = std::copy(index, index + rank, to);
      }
    });
  });
  return result;
}

}  // namespace taper::compute
