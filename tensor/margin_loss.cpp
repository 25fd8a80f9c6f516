// The multi-label margin loss on values.
#include <algorithm>

#include <fmt/format.h>

#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/margin_loss.h>
#include <taper/tensor/parallel.h>

namespace taper::compute {
namespace {

// The number of labels before the first -1, after marking them.
std::int64_t mark(const char* function, const std::int64_t* labels, std::int64_t classes, bool* listed,
                  std::int64_t row) {
  std::int64_t count = 0;
  for (; count < classes && labels[count] != -1; ++count) {
    if (labels[count] < 0 || labels[count] >= classes)
      throw IndexError(fmt::format("{}: label {} at position [{}, {}] is not one of the {} classes (0 to {})",
                                   function, labels[count], row, count, classes, classes - 1));
    listed[labels[count]] = true;
  }
  return count;
}

template <class T>
double row_loss(const T* x, const std::int64_t* labels, std::int64_t count, std::int64_t classes,
                const bool* listed, T* slopes) {
  double loss = 0;
  const T part = static_cast<T>(1 / static_cast<double>(classes));
  for (std::int64_t k = 0; k < count; ++k)
    for (std::int64_t i = 0; i < classes; ++i) {
      const T violation = 1 - x[labels[k]] + x[i];
      if (listed[i] || violation <= 0) continue;
      loss += static_cast<double>(violation);
      slopes[i] += part;
      slopes[labels[k]] -= part;
    }
  return loss / static_cast<double>(classes);
}

}  // namespace

MarginLosses multilabel_margin(const char* function, const Tensor& x, const Tensor& target) {
  const std::int64_t rows = x.shape()[0], classes = x.shape()[1];
  const Tensor scores = contiguous(x), labels = contiguous(target);
  Tensor losses = zeros({rows}, x.dtype()), slopes = zeros(x.shape(), x.dtype()),
         listed = zeros(x.shape(), boolean);
  if (x.numel() == 0) return {losses, slopes};
  const std::int64_t* const label = labels.data<std::int64_t>();
  bool* const marks = listed.mutable_data<bool>();
  visit_floating(x.dtype(), [&]<class T>() {
    const T* const in = scores.data<T>();
    T *const out = losses.mutable_data<T>(), *const slope = slopes.mutable_data<T>();
    const std::int64_t chunks = std::min(rows, chunk_count(x.numel(), grain::reduced / 8));
    parallel_for(chunks, [&](std::int64_t chunk) {
      const std::int64_t end = chunk_begin(chunk + 1, chunks, rows);
      for (std::int64_t row = chunk_begin(chunk, chunks, rows); row < end; ++row) {
        const std::int64_t at = row * classes;
        const std::int64_t count = mark(function, label + at, classes, marks + at, row);
        out[row] = static_cast<T>(row_loss(in + at, label + at, count, classes, marks + at, slope + at));
      }
    });
  });
  return {losses, slopes};
}

}  // namespace taper::compute
