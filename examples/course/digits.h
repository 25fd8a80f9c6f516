// Digits of MNIST in memory, and a small network that reads them: what several ideas train.
#pragma once

#include "report.h"
#include <taper/nn/sequential.h>

namespace course {

struct Digits {
  taper::Tensor images;  ///< float32 [count, 784], in [0, 1]
  taper::Tensor labels;  ///< int64 [count]
};
/// The first `count` of the training or test images.
Digits digits(const Report& report, bool train, std::int64_t count);

/// 784 - 32 - 10, with relu.
taper::nn::Sequential small_network();
/// The mean loss over all digits, without recording.
double loss(taper::nn::Module& model, const Digits& digits);
/// The part that is read rightly.
double accuracy(taper::nn::Module& model, const Digits& digits);

}  // namespace course
