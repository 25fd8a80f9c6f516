// Kernels: cross entropy, in a form that compilers vectorize.
#include <taper/tensor/kernels/cross_entropy.h>

namespace taper::kernels {
namespace {

bool is_valid(const CrossEntropyRows& rows, std::int64_t i) { return rows.valid == nullptr || rows.valid[i]; }
double spread(const CrossEntropyRows& rows) { return rows.smoothing / static_cast<double>(rows.classes); }

template <class T>
double forward(const CrossEntropyRows& rows, const T* row, T* losses) {
  double total = 0;
  for (std::int64_t i = 0; i < rows.rows; ++i, row += rows.classes) {
    double loss = 0;
    if (is_valid(rows, i)) {
      loss = -(1 - rows.smoothing) * row[rows.labels[i]];
      if (rows.smoothing > 0) {
        double sum = 0;
        for (std::int64_t j = 0; j < rows.classes; ++j) sum += row[j];
        loss -= spread(rows) * sum;
      }
    }
    if (losses != nullptr) losses[i] = static_cast<T>(loss);
    total += loss;
  }
  return total;
}

template <class T>
void gradient(const CrossEntropyRows& rows, std::int64_t begin, std::int64_t end, const T* weights,
              std::int64_t weight_stride, double divisor, T* y) {
  const T even = static_cast<T>(spread(rows));
  for (std::int64_t i = begin; i < end; ++i) {
    T* const row = y + i * rows.classes;
    if (is_valid(rows, i)) {
      const T scale = static_cast<T>(weights[i * weight_stride] / divisor);
      row[rows.labels[i]] -= static_cast<T>(1 - rows.smoothing);
      for (std::int64_t j = 0; j < rows.classes; ++j) row[j] = (row[j] - even) * scale;
    } else {
      for (std::int64_t j = 0; j < rows.classes; ++j) row[j] = 0;
    }
  }
}

}  // namespace

template <>
const CrossEntropyKernels<float>& table_for<CrossEntropyKernels<float>, TAPER_ISA>() {
  static constexpr CrossEntropyKernels<float> table{forward<float>, gradient<float>};
  return table;
}
template <>
const CrossEntropyKernels<double>& table_for<CrossEntropyKernels<double>, TAPER_ISA>() {
  static constexpr CrossEntropyKernels<double> table{forward<double>, gradient<double>};
  return table;
}

}  // namespace taper::kernels
