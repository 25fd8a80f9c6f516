// Rows: puts examples below each other, one row a time. Internal.
#pragma once

#include <cstddef>
#include <cstdint>

#include <taper/data/dataset.h>

namespace taper::data {

/// Throws what stack() says; messages begin with `function`.
class Rows {
 public:
  Rows(const char* function, std::size_t count) : function_(function), count_(count) {}
  /// The next row; `index` is how messages call the example.
  void add(const Example& example, std::int64_t index);
  /// The batch, when all rows are added.
  Batch& batch() noexcept { return batch_; }

 private:
  void place(std::size_t number, const Tensor& tensor, std::int64_t index);

  const char* function_;
  std::size_t count_, row_ = 0;
  Batch batch_;
};

}  // namespace taper::data
