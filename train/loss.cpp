// Loss: means and sums of weighted examples.
#include <fmt/format.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/train/loss.h>

namespace taper::training {

Tensor Loss::operator()(const Tensor& output, const std::vector<Tensor>& targets,
                        const Tensor& weights) const {
  if (targets.empty()) throw ValueError("Loss: expected at least one target, got none");
  if (!weights.defined()) {
    Tensor loss = call_(output, targets, false);
    return loss.rank() == 0 ? loss : mean(loss);
  }
  const Tensor losses = call_(output, targets, true);
  if (losses.rank() == 0)
    throw ValueError(
        "Loss: weights of examples need a function that returns one loss for each example, [N], got a "
        "scalar; "
        "leave the mean to Trainer");
  if (weights.numel() != losses.size(0))
    throw ShapeError(fmt::format("Loss: expected one weight for each of {} examples, got weights of shape {}",
                                 losses.size(0), to_string(weights.shape())));
  const bool sums = reduction_ == Reduction::sum || reduction_ == Reduction::batch_mean;
  const Tensor rows = losses.rank() == 1 ? losses : flatten(losses, 1);
  const Tensor of_examples = rows.rank() == 1 ? rows : sums ? sum(rows, 1) : mean(rows, 1);
  const Tensor weighted = of_examples * compute::cast(reshape(weights, {-1}), losses.dtype());
  return reduction_ == Reduction::sum ? sum(weighted) : mean(weighted);
}

}  // namespace taper::training
