// TensorDataset: examples that lie in two tensors.
#pragma once

#include <taper/data/dataset.h>

namespace taper::data {

/// Example i is row i of `inputs` and of `targets`, any dtypes. The elements are shared, not copied, where
/// they are contiguous.
class TensorDataset final : public Dataset {
 public:
  /// Throws ShapeError unless both have a first axis of the same extent.
  TensorDataset(const Tensor& inputs, const Tensor& targets);

  std::int64_t size() const override;
  /// Views of the rows. Throws IndexError out of range.
  Example get(std::int64_t index) const override;
  /// Throws IndexError out of range.
  Batch get_batch(std::span<const std::int64_t> indices) const override;

  const Tensor& inputs() const noexcept { return inputs_; }
  const Tensor& targets() const noexcept { return targets_; }

 private:
  Tensor inputs_, targets_;
};

}  // namespace taper::data
