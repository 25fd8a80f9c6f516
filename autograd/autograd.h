// Includes all public headers of autograd.
#pragma once

#include <taper/autograd/backward.h>
#include <taper/autograd/distributions.h>
#include <taper/autograd/functional.h>
#include <taper/autograd/grad_mode.h>
#include <taper/autograd/gradcheck.h>
#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/convolution.h>
#include <taper/autograd/ops/dropout.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/indexing.h>
#include <taper/autograd/ops/linalg.h>
#include <taper/autograd/ops/logic.h>
#include <taper/autograd/ops/loss.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/matmul.h>
#include <taper/autograd/ops/normalization.h>
#include <taper/autograd/ops/products.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/scan.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/ops/sort.h>
#include <taper/autograd/ops/window.h>
#include <taper/autograd/record.h>
