// The table of operations for gradcheck: every differentiable function has at least one row.
#pragma once

#include <string>
#include <vector>

#include <taper/autograd/autograd.h>

/// One argument of an operation: random values in [low, high), away from kinks. Floating ones get gradients.
struct Argument {
  taper::Shape shape;
  double low = -2, high = 2;
  taper::DType dtype = taper::float64;
};

/// One way to call an operation. It is checked on dense, strided and, where it makes sense, broadcast, scalar
/// and empty arguments.
struct Row {
  std::string name;  // as declared: "exp", "operator+"
  taper::TensorFunction function;
  std::vector<Argument> arguments;
  bool elementwise = false;  // arguments broadcast, and any shape will do
  bool empty = true;         // the first extent of all arguments may be 0
  taper::GradcheckOptions options = {};
};

/// A convolution as large as its algorithm wants it.
struct LargeConvolution {
  taper::Shape x, weight;
  taper::Conv2dOptions options = {};
};
/// Together they reach every algorithm of float64.
std::vector<LargeConvolution> large_convolutions();

// One list for each header in autograd/ops.
std::vector<Row> arithmetic_rows();
std::vector<Row> math_rows();
std::vector<Row> reduce_rows();
std::vector<Row> shape_rows();
std::vector<Row> linear_rows();
std::vector<Row> index_rows();
std::vector<Row> convolution_rows();
std::vector<Row> activation_rows();
std::vector<Row> dropout_rows();
std::vector<Row> normalization_rows();
std::vector<Row> loss_rows();
std::vector<Row> arrange_rows();

/// All of them.
std::vector<Row> all_rows();
