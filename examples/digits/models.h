// The models that learn digits.
#pragma once

#include <memory>
#include <string>

#include <taper/nn/sequential.h>

/// Images [N, 1, 28, 28] -> logits [N, 10]. `name` is one of:
/// "digits": two convolutions with 24 and 32 channels and a hidden layer of 256 units, quick to train;
/// "mlp": one hidden layer of 128 units; "convnet": two 3 x 3 convolutions with 32 and 64 channels;
/// "lenet": LeNet-5 (LeCun et al.: Gradient-based learning applied to document recognition; 1998) with relu
/// and max pooling.
taper::nn::Sequential make_model(const std::string& name);
