// TensorDataset: a dataset of the rows of tensors.
#pragma once

#include <taper/data/dataset.h>

namespace taper::data {

/// Example i is row i of each tensor; any dtypes:
///
///     const data::TensorDataset dataset({images, labels});
///
/// Contiguous tensors are shared, others are copied.
class TensorDataset final : public Dataset {
 public:
  /// Throws ValueError for an empty list or an undefined tensor, ShapeError unless the first axes of all
  /// tensors have the same extent.
  explicit TensorDataset(std::vector<Tensor> tensors);

  std::int64_t size() const override;
  /// Views of the rows. Throws IndexError out of range.
  Example get(std::int64_t index, Generator& unused) const override;
  /// Throws ValueError for an empty list of indices, IndexError out of range.
  Batch get_batch(std::span<const std::int64_t> indices, const Randomness& unused) const override;
  bool is_random() const override { return false; }

  const std::vector<Tensor>& tensors() const noexcept { return tensors_; }

 private:
  std::vector<Tensor> tensors_;
};

}  // namespace taper::data
