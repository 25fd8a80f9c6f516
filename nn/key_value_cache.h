// KeyValueCache: the keys and values of the steps that attention has seen, for generation step by step.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper::nn {

/// Keys and values [batch, heads, steps, features], to which steps are appended, in memory that is larger
/// than what is used. A generation has one for each attention layer; it is not part of a module. Without
/// gradients: what is appended inside of a NoGrad, or what requires no gradient.
class KeyValueCache {
 public:
  /// The number of steps.
  std::int64_t length() const noexcept { return length_; }
  /// Views of what is there; undefined while nothing is.
  Tensor key() const;
  Tensor value() const;
  /// Throws ShapeError or DTypeError for what does not fit to what is there, ValueError for what requires a
  /// gradient.
  void append(const Tensor& key, const Tensor& value);
  /// Forgets all steps but the first `length`. Throws ValueError if there are less.
  void truncate(std::int64_t length);
  /// The sequences of the batch at `indices`, int64, instead of all: for a beam search. Throws IndexError.
  void reorder(const Tensor& indices);

 private:
  Tensor keys_, values_;
  std::int64_t length_ = 0;
};

}  // namespace taper::nn
