// Kernels: scans, in which each element of the result is a reduction of all elements up to its own.
#pragma once

#include <cstdint>

#include <taper/tensor/dtype.h>
#include <taper/tensor/kernels/dispatch.h>
#include <taper/tensor/ops.h>

namespace taper::kernels {

using compute::ScanOp;

// `reverse`: from the last element to the first. Floating scans are calculated in float64.

struct ScanKernels {
  /// What has been scanned so far: `real` of floating elements, `integer` of others.
  struct Carry {
    double real;
    std::int64_t integer;
  };
  /// Scans `length` elements; `total` is what they give together, and `before` what those before them gave:
  /// null at the beginning. Without `out` only the total. Results of integers are int64.
  using Row = void (*)(const void* in, void* out, std::int64_t length, bool reverse, const Carry* before,
                       Carry* total);
  /// to = what both give together, the elements of `to` first.
  using Join = void (*)(Carry& to, const Carry& next);
  /// Along k in 0..count-1 of in[k * stride + j], for each j in 0..columns-1.
  using Columns = void (*)(const void* in, void* out, std::int64_t count, std::int64_t columns,
                           std::int64_t stride, bool reverse);

  // Indexed by operation and dtype; null where the dtype is not taken.
  Row rows[static_cast<int>(ScanOp::count)][calculated_dtypes];
  Columns columns[static_cast<int>(ScanOp::count)][calculated_dtypes];
  Join join[static_cast<int>(ScanOp::count)][calculated_dtypes];
};

/// The largest or smallest element so far and its index: the last of equal ones; a NaN is more than both.
struct ExtremumScanKernels {
  /// Along k in 0..count-1 of in[k * stride + j], for each j in 0..columns-1.
  using Columns = void (*)(const void* in, void* out, std::int64_t* indices, std::int64_t count,
                           std::int64_t columns, std::int64_t stride);
  Columns maximum[calculated_dtypes], minimum[calculated_dtypes];  // by dtype
};

/// s[k] = b[k] + a[k] * s[k - 1], along k in 0..count-1 of [k * stride + j], for each j in 0..columns-1.
struct RecurrenceKernels {
  using Columns = void (*)(const void* a, const void* b, void* out, std::int64_t count, std::int64_t columns,
                           std::int64_t stride, bool reverse);
  Columns columns[2];  // float, double
};

inline const ScanKernels& scans() { return table<ScanKernels>(); }
inline const ExtremumScanKernels& extremum_scans() { return table<ExtremumScanKernels>(); }
inline const RecurrenceKernels& recurrences() { return table<RecurrenceKernels>(); }

}  // namespace taper::kernels
