// Includes all public headers of nn.
#pragma once

#include <taper/nn/activation.h>
#include <taper/nn/adaptive_softmax.h>
#include <taper/nn/batch_norm.h>
#include <taper/nn/convolution.h>
#include <taper/nn/distance.h>
#include <taper/nn/dropout.h>
#include <taper/nn/flatten.h>
#include <taper/nn/identity.h>
#include <taper/nn/init.h>
#include <taper/nn/lambda.h>
#include <taper/nn/layer.h>
#include <taper/nn/layer_norm.h>
#include <taper/nn/linear.h>
#include <taper/nn/loss.h>
#include <taper/nn/module.h>
#include <taper/nn/module_list.h>
#include <taper/nn/padding.h>
#include <taper/nn/pooling.h>
#include <taper/nn/resize.h>
#include <taper/nn/sequential.h>
#include <taper/nn/summary.h>
