// Includes the whole public API of Taper.
#pragma once

#include <taper/autograd/autograd.h>
#include <taper/data/data_loader.h>
#include <taper/data/idx.h>
#include <taper/data/mnist.h>
#include <taper/data/randomness.h>
#include <taper/data/tensor_dataset.h>
#include <taper/interop/onnx.h>
#include <taper/io/file.h>
#include <taper/io/safetensors.h>
#include <taper/nn/nn.h>
#include <taper/optim/optim.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/random.h>
#include <taper/tensor/tensor.h>
#include <taper/train/callback.h>
#include <taper/train/metric.h>
#include <taper/train/profile.h>
