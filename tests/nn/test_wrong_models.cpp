// Wrong models: what each says. The message is how most users meet the library.
#include <catch.h>
#include <errors.h>

#include <taper/autograd/autograd.h>
#include <taper/nn/nn.h>
#include <taper/optim/optim.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;
using nn::Sequential;

namespace {

struct Model : nn::Layer<Model> {
  Sequential body;
  explicit Model(const Sequential& layers) : body(child("body", layers)) {}
  Tensor forward(const Tensor& x) const { return body(x); }
};

// The message of calling a model with these layers.
std::string called(const Sequential& layers, const Tensor& x) {
  return message_of([&] { Model{layers}(x); });
}

}  // namespace

TEST_CASE("wrong inputs of layers") {
  CHECK(called(Sequential(nn::Linear(8, 4), nn::ReLU(), nn::Linear(5, 2)), zeros({3, 8})) ==
        "body.2 (Linear): linear: x [3, 4] has 4 features on its last axis, the weight [2, 5] wants 5");
  CHECK(
      called(Sequential(nn::Conv2d(1, 2, 3), nn::Linear(72, 2)), zeros({3, 1, 8, 8})) ==
      "body.1 (Linear): linear: x [3, 2, 6, 6] has 6 features on its last axis, the weight [2, 72] wants 72; "
      "flatten(x, 1) has them");
  CHECK(called(Sequential(nn::Linear(8, 4)), zeros({3, 8}, float64)) ==
        "body.0 (Linear): linear: x is float64, the weight float32; convert x with to(x, float32), or the "
        "model "
        "with model.to(float64)");
  CHECK(called(Sequential(nn::Linear(8, 4)), zeros({3, 8}, int64)) ==
        "body.0 (Linear): linear: x is int64, the weight float32; convert x with to(x, float32)");
  CHECK(called(Sequential(nn::Conv2d(1, 4, 3)), zeros({3, 1, 8, 8}, uint8)) ==
        "body.0 (Conv2d): conv2d: expected float32 or float64, got uint8; convert with to(x, float32)");
  CHECK(
      called(Sequential(nn::Conv2d(3, 4, 3)), zeros({3, 8, 8, 3})) ==
      "body.0 (Conv2d): conv2d: the images [3, 8, 8, 3] have 8 channels, the weight [4, 3, 3, 3] wants 3; of "
      "[N, H, W, C] permute(x, {0, 3, 1, 2})");
  CHECK(called(Sequential(nn::Conv2d(3, 4, 3), nn::Conv2d(8, 4, 3)), zeros({3, 3, 8, 8})) ==
        "body.1 (Conv2d): conv2d: the images [3, 4, 6, 6] have 4 channels, the weight [4, 8, 3, 3] wants 8");
  CHECK(
      called(Sequential(nn::Conv2d(3, 4, 3)), zeros({3, 8, 8})) ==
      "body.0 (Conv2d): conv2d: expected images [N, C, H, W], got shape [3, 8, 8]; of one image unsqueeze(x, "
      "0), of one channel unsqueeze(x, 1)");
  CHECK(called(Sequential(nn::Conv2d(1, 4, 5), nn::MaxPool2d(2), nn::Conv2d(4, 4, 5)), zeros({3, 1, 8, 8})) ==
        "body.2 (Conv2d): conv2d: a window of 5 does not fit into an image of 2 with a padding of 0 on each "
        "side");
  CHECK(called(Sequential(nn::Conv2d(3, 4, 3)), zeros({1, 3, 8, 8}, float64)) ==
        "body.0 (Conv2d): conv2d: expected images, weight and bias of the same dtype, got float64, float32, "
        "float32; convert the images with to(x, float32), or the model with model.to(float64)");
  CHECK(called(Sequential(nn::Conv2d(3, 4, 3), nn::BatchNorm2d(8)), zeros({1, 3, 8, 8})) ==
        "body.1 (BatchNorm2d): expected rank 4 with 8 channels on axis 1, got shape [1, 4, 6, 6]");
  CHECK(called(Sequential(nn::Linear(3, 4), nn::BatchNorm1d(4)), zeros({1, 3})) ==
        "body.1 (BatchNorm1d): batch_norm: expected more than one value for each channel, to compute a "
        "variance, got shape [1, 4]");
  CHECK(called(Sequential(nn::LayerNorm({.normalized_shape = {5}})), zeros({2, 4})) ==
        "body.0 (LayerNorm): layer_norm: expected a shape that ends in [5], got [2, 4]");
  CHECK(
      called(Sequential(nn::MaxPool2d(2), nn::MaxPool2d(2), nn::MaxPool2d(2)), zeros({1, 1, 4, 4})) ==
      "body.2 (MaxPool2d): max_pool2d: a window of 2 does not fit into an image of 1 with a padding of 0 on "
      "each side");
  CHECK(called(Sequential(nn::Flatten(), nn::AvgPool2d(2)), zeros({1, 1, 4, 4})) ==
        "body.1 (AvgPool2d): avg_pool2d: expected images [N, C, H, W], got shape [1, 16]");
  CHECK(called(Sequential(nn::Softmax(2)), zeros({1, 4})) ==
        "body.0 (Softmax): softmax: axis 2 is out of range for 2 dimensions: use -2 to 1");
  CHECK(called(Sequential(nn::Flatten(3)), zeros({1, 4})) ==
        "body.0 (Flatten): flatten: axis 3 is out of range for 2 dimensions: use -2 to 1");
  CHECK(called(Sequential(nn::Embedding(10, 4)), tensor({1, 10})) ==
        "body.0 (Embedding): embedding: index 10 at position 1 is out of range for axis 0 with size 10");
  CHECK(called(Sequential(nn::Embedding(10, 4)), tensor({1., 2.})) ==
        "body.0 (Embedding): embedding: expected integer indices, got float32");
  CHECK(called(Sequential(nn::Conv1d(4, 8, 3)), zeros({2, 5, 10})) ==
        "body.0 (Conv1d): conv1d: expected x of shape [N, 4, L] to fit weight [8, 4, 3], got [2, 5, 10]");
  CHECK(called(Sequential(nn::ConvTranspose2d(4, 8, 3)), zeros({2, 5, 10, 10})) ==
        "body.0 (ConvTranspose2d): conv_transpose2d: expected x of shape [N, 4, H, W] to fit weight [4, 8, "
        "3, 3], "
        "got [2, 5, 10, 10]");
  CHECK(called(Sequential(nn::GroupNorm(2, 8)), zeros({2, 6, 3})) ==
        "body.0 (GroupNorm): expected [N, 8, ...], got shape [2, 6, 3]");
  CHECK(called(Sequential(nn::PReLU(3)), zeros({2, 4})) ==
        "body.0 (PReLU): prelu: expected one weight or 4, one for each channel, got shape [3]");
  CHECK(called(Sequential(nn::PixelShuffle(2)), zeros({1, 6, 2, 2})) ==
        "body.0 (PixelShuffle): pixel_shuffle: expected channels that 4 divides, got shape [1, 6, 2, 2]");
  CHECK(called(Sequential(nn::Unflatten(1, {2, 3})), zeros({2, 5})) ==
        "body.0 (Unflatten): unflatten: 5 elements cannot have the shape [2, 3]");
  CHECK(called(Sequential(nn::Linear(2, 3)), to(zeros({1, 2}), bfloat16)) ==
        "body.0 (Linear): linear: x is bfloat16, the weight float32; convert x with to(x, float32)");
  CHECK(message_of([] {
          nn::LSTM(3, 4)(zeros({5, 2, 4}));
        }) == "LSTM: lstm: expected x [..., in] for a weight_ih [4 * hidden, in], got [5, 2, 4] and [16, 3]");
  CHECK(message_of([] {
          nn::LSTM(3, 4)(zeros({5, 2, 3}), RecurrentState{zeros({1, 2, 5}), zeros({1, 2, 5})});
        }) == "LSTM: lstm: expected the hidden state of shape [2, 4], got [2, 5]");
  CHECK(message_of([] {
          nn::GRU(3, 4)(zeros({5, 2, 3}), Tensor(), nn::Lengths{6, 1});
        }) == "GRU: gru: expected lengths from 0 to 5, got 6");
  CHECK(message_of([] {
          nn::GRU(3, 4)(zeros({5, 2, 3}, int64));
        }) == "GRU: x: expected float32 or float64, got int64; convert with to(x, float32)");
  CHECK(message_of([] {
          nn::MultiheadAttention(8, 2)(zeros({5, 2, 8}), nn::AttentionCall{.attn_mask = zeros({4, 4})});
        }) == "MultiheadAttention: expected an attn_mask [5, 5] or [4, 5, 5], got [4, 4]");
  CHECK(called(Sequential(nn::ReLU()), Tensor()) == "Model: the input is an undefined tensor");
}

TEST_CASE("wrong options of layers") {
  CHECK(message_of([] { nn::Linear(0, 3); }) == "Linear: in_features must be at least 1, got 0");
  CHECK(message_of([] { nn::Conv2d(3, 4, 3, {.groups = 2}); }) ==
        "Conv2d: groups must divide in_channels 3 and out_channels 4, got 2");
  CHECK(message_of([] { nn::MultiheadAttention(10, 3); }) ==
        "MultiheadAttention: num_heads must divide embed_dim, 10, got 3");
  CHECK(message_of([] { nn::GroupNorm(3, 8); }) ==
        "GroupNorm: num_groups must divide num_channels, got 3 and 8");
  CHECK(message_of([] { nn::Dropout(1.5); }) == "Dropout: p must be between 0 and 1, got 1.5");
  CHECK(message_of([] { nn::BatchNorm2d({.num_features = 3, .momentum = 2}); }) ==
        "BatchNorm2d: momentum must be between 0 and 1, got 2");
  CHECK(message_of([] {
          nn::Linear(2, 3, {.weight = zeros({2, 3})});
        }) == "Linear: expected a shared weight of shape [3, 2], got [2, 3]");
}

TEST_CASE("wrong training") {
  CHECK(message_of([] {
          cross_entropy(zeros({2, 3}), zeros({2, 1}, int64));
        }) == "cross_entropy: expected labels of shape [2], got [2, 1]");
  CHECK(message_of([] {
          cross_entropy(zeros({2, 3}), tensor({1, 3}));
        }) == "cross_entropy: label 3 at position [1] is not one of the 3 classes (0 to 2)");
  CHECK(message_of([] {
          mse_loss(zeros({2, 1}), zeros(2));
        }) == "mse_loss: expected a target of shape [2, 1], got [2]");
  CHECK(message_of([] { binary_cross_entropy(full({2}, 3), zeros(2)); }) ==
        "binary_cross_entropy: expected probabilities between 0 and 1, got others; for logits there is "
        "binary_cross_entropy_with_logits");
  nn::Linear layer(2, 3);
  CHECK(
      message_of([&] {
        layer(zeros({1, 2})).backward();
      }) ==
      "backward: expected a tensor with one element where no gradient is given, got shape [1, 3]; reduce it "
      "first, for example with sum or mean");
  optim::Adam adam(layer.parameters());
  CHECK(message_of([&] { adam.step(); }) ==
        "Adam::step: no gradients provided for any variable; call backward() on a loss that depends on them");
  layer.set_requires_grad(false);
  CHECK(message_of([&] { optim::Adam(layer.parameters()); }) ==
        "Adam: no parameter requires a gradient; call set_requires_grad() on those to be trained");
  CHECK(message_of([&] { Sequential(nn::Linear(2, 3)).load_state_dict(layer.state_dict()); }) ==
        "load_state_dict: missing: \"0.weight\", \"0.bias\"; unexpected: \"weight\", \"bias\"");
  CHECK(message_of([&] { nn::Linear(2, 4).load_state_dict(layer.state_dict()); }) ==
        "load_state_dict: \"weight\" has shape [4, 2], got [3, 2], \"bias\" has shape [4], got [3]");
  CHECK(message_of([&] { layer.to(int64); }) == "to: expected float32 or float64, got int64");
  CHECK(message_of([&] {
          nn::summary(layer, {1, 3});
        }) == "Linear: linear: x [1, 3] has 3 features on its last axis, the weight [3, 2] wants 2");
}
