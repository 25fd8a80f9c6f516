// Includes all public headers of nn.
#pragma once

#include <taper/nn/activation.h>
#include <taper/nn/batch_norm.h>
#include <taper/nn/bilinear.h>
#include <taper/nn/conv2d.h>
#include <taper/nn/dropout.h>
#include <taper/nn/embedding.h>
#include <taper/nn/flatten.h>
#include <taper/nn/identity.h>
#include <taper/nn/init.h>
#include <taper/nn/lambda.h>
#include <taper/nn/layer.h>
#include <taper/nn/layer_norm.h>
#include <taper/nn/linear.h>
#include <taper/nn/module.h>
#include <taper/nn/module_list.h>
#include <taper/nn/pooling.h>
#include <taper/nn/sequential.h>
#include <taper/nn/summary.h>
#include <taper/nn/weight_norm.h>
