// Arguments: makes the arguments of operations of a fuzzer's bytes and of the tensors made before.
#pragma once

#include <vector>

#include "reader.h"
#include <taper/tensor/convolution.h>
#include <taper/tensor/random.h>
#include <taper/tensor/tensor.h>

class Arguments : public Reader {
 public:
  using Reader::Reader;

  /// Results of earlier steps, from which tensor() takes.
  std::vector<taper::Tensor> made;

  /// Any tensor made before, seldom an undefined one.
  taper::Tensor tensor();
  /// One that requires a gradient, if there is any.
  taper::Tensor differentiable();
  /// A tensor made before, or mostly a new one of this shape and dtype.
  taper::Tensor tensor(const taper::Shape& shape, taper::DType dtype);
  /// One that broadcasts with x, mostly.
  taper::Tensor partner(const taper::Tensor& x);
  /// Labels or indices below `bound`, of this shape; mostly int64 and in range.
  taper::Tensor indices(const taper::Shape& shape, std::int64_t bound);
  /// A new tensor; a floating one may require a gradient.
  taper::Tensor create(const taper::Shape& shape, taper::DType dtype);

  taper::Shape shape();
  /// Mostly `wanted`, at times another.
  taper::Shape near(taper::Shape wanted);
  /// Mostly a floating one.
  taper::DType dtype();
  taper::DType floating() { return flag() ? taper::float64 : taper::float32; }
  /// Mostly one that x has.
  std::int64_t axis(const taper::Tensor& x);
  taper::Axes axes(const taper::Tensor& x);
  taper::Extent2d extent(std::int64_t usual);
  /// The same numbers in each run.
  taper::Generator& generator();

 private:
  taper::Generator generator_{1};
};
