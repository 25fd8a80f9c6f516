// Scans: rows, blocks of long rows, columns and threads; the loops are in kernels/scan.cpp.
#include <algorithm>

#include <taper/tensor/check.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/kernels/scan.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/scan.h>

namespace taper::compute {
namespace {

using Carry = kernels::ScanKernels::Carry;

// [outer, length, inner]: the extents before, of and after an axis.
struct Extents {
  Extents(const Shape& shape, int axis) : length(shape[axis]) {
    for (int i = 0; i < axis; ++i) outer *= shape[i];
    for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  }
  std::int64_t outer = 1, length, inner = 1;
};

// Calls loop(place of the first element, columns) for parts of the columns that are scanned independently.
template <class Loop>
void each_columns(const Extents& extents, Loop&& loop) {
  const auto [outer, length, inner] = extents;
  if (outer == 0 || length == 0 || inner == 0) return;
  constexpr std::int64_t width = 128;
  const std::int64_t strips = (inner + width - 1) / width, units = outer * strips;
  const std::int64_t chunks = std::min(units, chunk_count(outer * length * inner, grain::reduced));
  const std::int64_t step = length * inner, columns = inner;
  parallel_for(chunks, [=, &loop](std::int64_t chunk) {
    std::int64_t unit = chunk_begin(chunk, chunks, units);
    const std::int64_t end = chunk_begin(chunk + 1, chunks, units);
    while (unit < end) {  // neighbouring strips together
      const std::int64_t strip = unit % strips, together = std::min(strips - strip, end - unit);
      loop(unit / strips * step + strip * width, std::min(together * width, columns - strip * width));
      unit += together;
    }
  });
}

// Elements of a long row that are scanned by one thread: see Note [Scans in lanes] in kernels/scan.cpp.
constexpr std::int64_t block = grain::reduced;

struct Rows {
  kernels::ScanKernels::Row kernel;
  kernels::ScanKernels::Join join;
  const char* in;
  char* out;
  std::int64_t size, result_size, length;
  bool reverse;

  // Block i of a row, in the order of the scan.
  void scan(std::int64_t row, std::int64_t i, bool stores, const Carry* before, Carry* total) const {
    const std::int64_t from = i * block, count = std::min(block, length - from);
    const std::int64_t at = row * length + (reverse ? length - from - count : from);
    kernel(in + at * size, stores ? out + at * result_size : nullptr, count, reverse, before, total);
  }
  // All blocks, one after the other: every element is read once.
  void scan(std::int64_t row) const {
    Carry before, total;
    for (std::int64_t i = 0; i * block < length; ++i) {
      scan(row, i, true, i == 0 ? nullptr : &before, &total);
      i == 0 ? void(before = total) : join(before, total);
    }
  }
};

}  // namespace

Tensor scan(const char* function, ScanOp op, const Tensor& x, int axis, bool reverse) {
  const int row = static_cast<int>(op), column = column_of(function, x.dtype());
  const kernels::ScanKernels& kernels = kernels::scans();
  if (kernels.rows[row][column] == nullptr) check_floating(function, x);
  Tensor result = Tensor::empty(x.shape(), is_floating(x.dtype()) ? x.dtype() : DType::int64, function);
  const Tensor value = contiguous(x);
  const Extents extents(x.shape(), axis);
  const std::int64_t size = size_of(x.dtype()), result_size = size_of(result.dtype());
  const char* const in = static_cast<const char*>(value.raw());
  char* const out = static_cast<char*>(result.mutable_raw());
  if (extents.inner != 1) {
    each_columns(extents, [&](std::int64_t first, std::int64_t columns) {
      kernels.columns[row][column](in + first * size, out + first * result_size, extents.length, columns,
                                   extents.inner, reverse);
    });
    return result;
  }
  if (x.numel() == 0) return result;
  const Rows rows{kernels.rows[row][column],
                  kernels.join[row][column],
                  in,
                  out,
                  size,
                  result_size,
                  extents.length,
                  reverse};
  const std::int64_t outer = extents.outer, blocks = (extents.length + block - 1) / block;
  if (blocks == 1 || outer >= num_threads()) {
    const std::int64_t chunks = std::min(outer, chunk_count(x.numel(), grain::reduced));
    parallel_for(chunks, [&](std::int64_t chunk) {
      const std::int64_t end = chunk_begin(chunk + 1, chunks, outer);
      for (std::int64_t i = chunk_begin(chunk, chunks, outer); i < end; ++i) rows.scan(i);
    });
    return result;
  }
  // Few long rows: first what each block gives, and then, when all is known that comes before it, its scan.
  const std::int64_t units = outer * blocks, chunks = std::min<std::int64_t>(units, 64);
  Tensor room = Tensor::empty({units, sizeof(Carry) / sizeof(double)}, DType::float64, function);
  Carry* const before = static_cast<Carry*>(room.mutable_raw());
  const auto each_unit = [&](auto&& visit) {
    parallel_for(chunks, [&](std::int64_t chunk) {
      const std::int64_t end = chunk_begin(chunk + 1, chunks, units);
      for (std::int64_t i = chunk_begin(chunk, chunks, units); i < end; ++i) visit(i);
    });
  };
  each_unit([&](std::int64_t i) { rows.scan(i / blocks, i % blocks, false, nullptr, before + i); });
  for (std::int64_t i = 0; i < outer; ++i) {
    Carry sum = before[i * blocks];
    for (std::int64_t k = 1; k < blocks; ++k) {
      const Carry total = before[i * blocks + k];
      before[i * blocks + k] = sum;
      rows.join(sum, total);
    }
  }
  each_unit([&](std::int64_t i) {
    Carry total;
    rows.scan(i / blocks, i % blocks, true, i % blocks == 0 ? nullptr : before + i, &total);
  });
  return result;
}

ExtremumScan extremum_scan(const char* function, bool maximum, const Tensor& x, int axis) {
  const int column = column_of(function, x.dtype());
  ExtremumScan result{Tensor::empty(x.shape(), x.dtype(), function),
                      Tensor::empty(x.shape(), DType::int64, function)};
  const Tensor value = contiguous(x);
  const Extents extents(x.shape(), axis);
  const kernels::ExtremumScanKernels& kernels = kernels::extremum_scans();
  const auto kernel = (maximum ? kernels.maximum : kernels.minimum)[column];
  const std::int64_t size = size_of(x.dtype());
  const char* const in = static_cast<const char*>(value.raw());
  char* const out = static_cast<char*>(result.values.mutable_raw());
  std::int64_t* const indices = result.indices.mutable_data<std::int64_t>();
  each_columns(extents, [&](std::int64_t first, std::int64_t columns) {
    kernel(in + first * size, out + first * size, indices + first, extents.length, columns, extents.inner);
  });
  return result;
}

Tensor recurrence(const char* function, const Tensor& a, const Tensor& b, int axis, bool reverse) {
  Tensor result = Tensor::empty(b.shape(), b.dtype(), function);
  const Tensor factors = contiguous(a), terms = contiguous(b);
  const Extents extents(b.shape(), axis);
  const auto kernel = kernels::recurrences().columns[b.dtype() == DType::float64];
  const std::int64_t size = size_of(b.dtype());
  const char *const in = static_cast<const char*>(factors.raw()), *const add =
                                                                      static_cast<const char*>(terms.raw());
  char* const out = static_cast<char*>(result.mutable_raw());
  each_columns(extents, [&](std::int64_t first, std::int64_t columns) {
    const std::int64_t at = first * size;
    kernel(in + at, add + at, out + at, extents.length, columns, extents.inner, reverse);
  });
  return result;
}

}  // namespace taper::compute
