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
  bool linear = false;         // gradients are checked of its square, so that second ones are not all 0
  bool differentiable = true;  // else only its values are checked, against PyTorch's
};

/// Rows of element-wise functions of one and of two operands.
Row unary(const char* name, taper::Tensor (*function)(const taper::Tensor&), double low, double high);
Row binary(const char* name, taper::Tensor (*function)(const taper::Operand&, const taper::Operand&),
           double low = 0.5, double high = 2);

/// What families make their rows with.
namespace cases {

/// A row of arguments that are not empty.
Row row(const char* name, std::vector<Argument> arguments, taper::TensorFunction function,
        bool linear = false);
/// The same of a function that is linear in each argument, at least piece by piece.
Row linear_row(const char* name, std::vector<Argument> arguments, taper::TensorFunction function);

/// A constant in the dtype of x, for the draws of float32.
taper::Tensor like(const taper::Tensor& x, const taper::Tensor& constant);

inline constexpr taper::Reduction reductions[] = {taper::Reduction::mean, taper::Reduction::sum,
                                                  taper::Reduction::none};

}  // namespace cases

/// A convolution as large as its algorithm wants it.
struct LargeConvolution {
  taper::Shape x, weight;
  taper::Conv2dOptions options = {};
};
/// Together they reach every algorithm of float64.
std::vector<LargeConvolution> large_convolutions();

/// The operations of one header in autograd/ops.
struct Family {
  std::string name;
  std::vector<Row> (*rows)();
  bool golden = true;  // tests/golden/torch_NAME.safetensors has values and gradients for all rows
};
std::vector<Family> families();

// The lists, one for each family.
std::vector<Row> arithmetic_rows();
std::vector<Row> math_rows();
std::vector<Row> logic_rows();
std::vector<Row> reduce_rows();
std::vector<Row> scan_rows();
std::vector<Row> sort_rows();
std::vector<Row> shape_rows();
std::vector<Row> arrange_rows();
std::vector<Row> window_rows();
std::vector<Row> matmul_rows();
std::vector<Row> products_rows();
std::vector<Row> linalg_rows();
std::vector<Row> index_rows();
std::vector<Row> convolution_rows();
std::vector<Row> pooling_rows();
std::vector<Row> resize_rows();
std::vector<Row> activation_rows();
std::vector<Row> dropout_rows();
std::vector<Row> normalization_rows();
std::vector<Row> embedding_rows();
std::vector<Row> loss_rows();
std::vector<Row> regression_loss_rows();
std::vector<Row> margin_loss_rows();
std::vector<Row> ctc_loss_rows();
std::vector<Row> distance_rows();
std::vector<Row> recurrent_rows();
std::vector<Row> attention_rows();
std::vector<Row> distributions_rows();

/// All of them.
std::vector<Row> all_rows();
