// What operations say of arguments that do not fit: the error's class and the whole message.
#include <catch.h>
#include <errors.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

TEST_CASE("products say which shapes do not fit") {
  const Tensor vector = zeros({3}), matrix = zeros({2, 3}), images = zeros({1, 2, 5, 5}),
               integers = zeros({2, 3}, int64);
  check_error<ShapeError>([&] { return matmul(scalar(1), vector); },
                          "matmul: expected operands of rank 1 or more, got shapes [] and [3]");
  check_error<ShapeError>([&] { return matmul(matrix, scalar(1)); },
                          "matmul: expected operands of rank 1 or more, got shapes [2, 3] and []");
  check_error<ShapeError>(
      [&] { return matmul(matrix, matrix); },
      "matmul: shapes [2, 3] and [2, 3] do not fit together: the last extent of the first, 3, must equal the "
      "second to last extent of the second, 2");
  check_error<ShapeError>(
      [&] { return matmul(images, vector); },
      "matmul: shapes [1, 2, 5, 5] and [3] do not fit together: the last extent of the first, 5, must equal "
      "the only extent of the second, 3");
  check_error<ShapeError>(
      [&] {
        return matmul(zeros({2, 2, 3}), zeros({3, 3, 2}));
      },
      "matmul: shapes [2] and [3] do not broadcast: 2 against 3, counted from the right, "
      "extents must be equal or 1");
  check_error<DTypeError>([&] { return matmul(integers, vector); },
                          "matmul: expected operands of the same floating dtype, got int64, float32");
  check_error<ShapeError>(
      [&] {
        return linear(matrix, zeros({3, 2}));
      },
      "linear: x [2, 3] has 3 features on its last axis, the weight [3, 2] wants 2");
  check_error<ShapeError>(
      [&] {
        return linear(zeros({1, 2, 5, 5}), zeros({4, 50}));
      },
      "linear: x [1, 2, 5, 5] has 5 features on its last axis, the weight [4, 50] wants 50; flatten(x, 1) "
      "has "
      "them");
  check_error<DTypeError>(
      [&] {
        return linear(zeros({2, 3}, float64), matrix);
      },
      "linear: x is float64, the weight float32; convert x with to(x, float32), or the model with "
      "model.to(float64)");
  check_error<DTypeError>(
      [&] {
        return linear(zeros({2, 3}, int64), matrix);
      },
      "linear: x is int64, the weight float32; convert x with to(x, float32)");
  check_error<ShapeError>([&] { return linear(scalar(1), matrix); },
                          "linear: expected x [..., in] and a weight [out, in], got [] and [2, 3]");
  check_error<ShapeError>([&] { return linear(vector, vector); },
                          "linear: expected x [..., in] and a weight [out, in], got [3] and [3]");
  check_error<ShapeError>([&] { return linear(matrix, matrix, vector); },
                          "linear: expected a bias [2] for the weight [2, 3], got [3]");
}

TEST_CASE("operations on images say what they want") {
  const Tensor vector = zeros({3}), matrix = zeros({2, 3}), images = zeros({1, 2, 5, 5});
  const Tensor weight = zeros({4, 2, 3, 3});
  check_error<ShapeError>([&] { return conv2d(matrix, weight); },
                          "conv2d: expected images [N, C, H, W], got shape [2, 3]");
  check_error<ShapeError>(
      [&] {
        return conv2d(zeros({2, 5, 5}), weight);
      },
      "conv2d: expected images [N, C, H, W], got shape [2, 5, 5]; of one image unsqueeze(x, 0), of one "
      "channel "
      "unsqueeze(x, 1)");
  check_error<ShapeError>(
      [&] {
        return conv2d(zeros({1, 5, 5, 2}), weight);
      },
      "conv2d: the images [1, 5, 5, 2] have 5 channels, the weight [4, 2, 3, 3] wants 2; of [N, H, W, C] "
      "permute(x, {0, 3, 1, 2})");
  check_error<ShapeError>(
      [&] { return conv2d(images, weight, {}, {.groups = 2}); },
      "conv2d: the images [1, 2, 5, 5] have 2 channels, the weight [4, 2, 3, 3] with groups 2 wants 4");
  check_error<DTypeError>(
      [&] {
        return conv2d(zeros({1, 2, 5, 5}, int64), weight);
      },
      "conv2d: expected float32 or float64, got int64; convert with to(x, float32)");
  check_error<DTypeError>(
      [&] {
        return conv2d(images, zeros({4, 2, 3, 3}, float64));
      },
      "conv2d: expected images, weight and bias of the same dtype, got float32, float64; convert the images "
      "with to(x, float64), or the model with model.to(float32)");
  check_error<DTypeError>(
      [&] { return conv2d(images, weight, zeros({4}, float64)); },
      "conv2d: expected images, weight and bias of the same dtype, got float32, float32, float64");
  check_error<ShapeError>([&] { return conv2d(images, weight, vector); },
                          "conv2d: expected a bias [4] for the weight [4, 2, 3, 3], got [3]");
  check_error<ValueError>(
      [&] {
        return max_pool2d(images, {.kernel_size = 3, .padding = {0, 2}});
      },
      "max_pool2d: padding must be at most half of kernel_size, got 0 x 2 for 3 x 3");
  check_error<ValueError>(
      [&] {
        return avg_pool2d(images, {.kernel_size = 3, .padding = {2, 0}});
      },
      "avg_pool2d: padding must be at most half of kernel_size, got 2 x 0 for 3 x 3");
  check_error<ShapeError>([&] { return max_pool2d(vector); },
                          "max_pool2d: expected images [N, C, H, W], got shape [3]");
  const Tensor large = expand(zeros({1, 1, 1, 1}), {1, 1, 1 << 16, 1 << 15});
  check_error<ShapeError>([&] { return avg_pool2d(large); },
                          "avg_pool2d: expected images of fewer than 2^31 pixels, got [1, 1, 65536, 32768]");
}

TEST_CASE("operations with indices say which do not fit") {
  const Tensor vector = zeros({3}), matrix = zeros({2, 3});
  const Tensor index = zeros({2, 1}, int64);
  check_error<DTypeError>([&] { return gather(matrix, 1, matrix); },
                          "gather: expected integer indices, got float32");
  check_error<IndexError>(
      [&] {
        return gather(matrix, 1, from_data<std::int64_t>({0, 3}, {2, 1}));
      },
      "gather: index 3 at position 1 is out of range for axis 1 with size 3");
  check_error<IndexError>(
      [&] {
        return gather(matrix, 0, from_data<std::int64_t>({-3, 1}, {2, 1}));
      },
      "gather: index -3 at position 0 is out of range for axis 0 with size 2");
  check_error<ShapeError>(
      [&] {
        return gather(matrix, 1, zeros({3, 1}, int64));
      },
      "gather: expected an index with the rank of shape [2, 3] and no larger extent except along axis 1, got "
      "shape [3, 1]");
  check_error<ShapeError>(
      [&] { return gather(vector, 0, index); },
      "gather: expected an index with the rank of shape [3] and no larger extent except along axis 0, got "
      "shape [2, 1]");
  check_error<ShapeError>(
      [&] { return scatter(matrix, 1, index, matrix); },
      "scatter: expected one index for each element, got an index of shape [2, 1] for shape [2, 3]");
  check_error<ShapeError>([&] { return index_select(matrix, 0, index); },
                          "index_select: expected a list of indices (rank 1), got shape [2, 1]");
  check_error<DTypeError>([&] { return index_select(matrix, 0, vector); },
                          "index_select: expected integer indices, got float32");
  check_error<IndexError>(
      [&] {
        return index_select(matrix, 0, from_data<std::int64_t>({1, 2}, {2}));
      },
      "index_select: index 2 at position 1 is out of range for axis 0 with size 2");
}

TEST_CASE("joining says which tensors differ") {
  const Tensor vector = zeros({3}), matrix = zeros({2, 3});
  check_error<ShapeError>(
      [&] {
        return concat({matrix, vector}, 1);
      },
      "concat: shapes [2, 3] and [3] differ in more than axis 1");
  check_error<ShapeError>(
      [&] {
        return concat({matrix, zeros({3, 3})}, 1);
      },
      "concat: shapes [2, 3] and [3, 3] differ in more than axis 1");
  check_error<ValueError>([&] { return concat({}, 0); }, "concat: expected at least one tensor, got none");
  check_error<ShapeError>([&] { return stack({matrix, vector}); }, "stack: shapes [2, 3] and [3] differ");
  check_error<ValueError>([&] { return stack({}); }, "stack: expected at least one tensor, got none");
}

TEST_CASE("element-wise operations say which values they take") {
  const Tensor matrix = zeros({2, 3}), integers = zeros({2, 3}, int64), flags = zeros({2, 3}, boolean);
  check_error<DTypeError>([&] { return matrix & flags; },
                          "&: not defined for float32; convert first, for example with to(x, int64)");
  check_error<DTypeError>([&] { return integers | matrix; },
                          "|: not defined for float32; convert first, for example with to(x, int64)");
  check_error<ValueError>([&] { return clip(matrix, 2, 1); },
                          "clip: expected low <= high, got low 2 and high 1");
  check_error<ValueError>([&] { return dropout(matrix, 1.5); },
                          "dropout: p must be between 0 and 1, got 1.5");
  check_error<ValueError>([&] { return dropout(matrix, -0.5); },
                          "dropout: p must be between 0 and 1, got -0.5");
  check_error<DTypeError>([&] { return elu(integers); },
                          "elu: expected float32 or float64, got int64; convert with to(x, float32)");
  check_error<DTypeError>([&] { return leaky_relu(integers); },
                          "leaky_relu: expected float32 or float64, got int64; convert with to(x, float32)");
}

TEST_CASE("losses say which labels and options they take") {
  const Tensor vector = zeros({3}), matrix = zeros({2, 3}), integers = zeros({2, 3}, int64);
  const Tensor labels = zeros({2}, int64);
  check_error<ShapeError>([&] { return cross_entropy(vector, labels); },
                          "cross_entropy: expected logits of shape [N, C] or [N, C, ...], got shape [3]");
  check_error<DTypeError>([&] { return nll_loss(matrix, zeros({2})); },
                          "nll_loss: expected int64 labels, got float32; convert with to(labels, int64)");
  check_error<ShapeError>([&] { return nll_loss(matrix, integers); },
                          "nll_loss: expected labels of shape [2], got [2, 3]");
  check_error<IndexError>(
      [&] {
        return cross_entropy(matrix, from_data<std::int64_t>({0, 3}, {2}));
      },
      "cross_entropy: label 3 at position [1] is not one of the 3 classes (0 to 2)");
  check_error<ValueError>([&] { return cross_entropy(matrix, labels, {.label_smoothing = 1.5}); },
                          "cross_entropy: label_smoothing must be between 0 and 1, got 1.5");
  check_error<ValueError>([&] { return huber_loss(matrix, matrix, {.delta = 0}); },
                          "huber_loss: delta must be positive, got 0");
  check_error<ValueError>([&] { return smooth_l1_loss(matrix, matrix, {.beta = -1}); },
                          "smooth_l1_loss: beta must be at least 0, got -1");
  for (const double outside : {-0.5, 1.5})
    check_error<ValueError>(
        [&] { return binary_cross_entropy(full({2}, outside), zeros({2})); },
        "binary_cross_entropy: expected probabilities between 0 and 1, got others; for logits there is "
        "binary_cross_entropy_with_logits");
}

TEST_CASE("normalization says which parameters it takes") {
  const Tensor vector = zeros({3}), matrix = zeros({2, 3});
  Tensor mean = zeros({3}), variance = ones({3});
  check_error<ShapeError>([&] { return batch_norm(vector, mean, variance); },
                          "batch_norm: expected [N, C] or [N, C, ...], got shape [3]");
  for (const auto& [epsilon, momentum, message] :
       {std::tuple{-1.0, 0.5,
                   "expected an epsilon of at least 0 and a momentum between 0 and 1, got -1 and 0.5"},
        {0.0, 1.5, "expected an epsilon of at least 0 and a momentum between 0 and 1, got 0 and 1.5"},
        {0.0, -0.5, "expected an epsilon of at least 0 and a momentum between 0 and 1, got 0 and -0.5"}})
    check_error<ValueError>(
        [&, e = epsilon, m = momentum] {
          return batch_norm(matrix, mean, variance, {}, {}, {.momentum = m, .epsilon = e});
        },
        (std::string("batch_norm: ") + message).c_str());
  check_error<ValueError>(
      [&] { return batch_norm(matrix, mean, {}); },
      "batch_norm: expected a running mean and a running variance or neither, got one of them");
  check_error<ValueError>(
      [&] {
        return batch_norm(zeros({1, 3}), mean, variance, {}, {}, {.training = true});
      },
      "batch_norm: expected more than one value for each channel, to compute a variance, got shape [1, 3]");
  check_error<ValueError>([&] { return layer_norm(matrix, {}); },
                          "layer_norm: expected a normalized_shape of at least one axis, got none");
  check_error<ShapeError>([&] { return layer_norm(matrix, {2}); },
                          "layer_norm: expected a shape that ends in [2], got [2, 3]");
  check_error<ShapeError>(
      [&] {
        return layer_norm(matrix, {1, 2, 3});
      },
      "layer_norm: expected a shape that ends in [1, 2, 3], got [2, 3]");
  check_error<ValueError>([&] { return layer_norm(matrix, {3}, {}, {}, -1); },
                          "layer_norm: expected an epsilon of at least 0, got -1");
}
