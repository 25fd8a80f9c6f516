// TensorDataset: examples that lie in tensors, row by row.
#pragma once

#include <taper/data/dataset.h>

namespace taper::data {

/// Example i is row i of each tensor, of any dtypes:
///
///     const data::TensorDataset dataset({images, labels});
///
/// The elements are shared, not copied, where they are contiguous.
class TensorDataset final : public Dataset {
 public:
  /// Throws ValueError without tensors or if one is undefined, ShapeError unless all have a first axis of the
  /// same extent.
  explicit TensorDataset(std::vector<Tensor> tensors);

  std::int64_t size() const override;
  /// Views of the rows. Throws IndexError out of range.
  Example get(std::int64_t index, Generator& unused) const override;
  /// Throws ValueError without indices, IndexError out of range.
  Batch get_batch(std::span<const std::int64_t> indices, const Randomness& unused) const override;

  const std::vector<Tensor>& tensors() const noexcept { return tensors_; }

 private:
  std::vector<Tensor> tensors_;
};

}  // namespace taper::data
