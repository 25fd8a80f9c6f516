// Fused operations against the composition of plain ones: values, and gradients of two orders, recorded and
// not, in both dtypes.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/random.h>

using namespace taper;
using In = std::vector<Tensor>;

namespace {

struct Fused {
  const char* name;
  std::vector<Shape> shapes;  // of the inputs, all of which get gradients
  TensorFunction fused, plain;
  double low = -2, high = 2;
};

// |found - wanted|, as a share of the largest wanted element (or of 1).
double error(const Tensor& found, const Tensor& wanted) {
  REQUIRE(found.shape() == wanted.shape());
  REQUIRE(found.dtype() == wanted.dtype());
  const std::vector<double> a = to(found.detach(), float64).to_vector<double>(),
                            b = to(wanted.detach(), float64).to_vector<double>();
  double largest = 1, worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(b[i]));
    worst = std::max(worst, a[i] == b[i] ? 0 : std::abs(a[i] - b[i]));
    if (std::isnan(a[i]) != std::isnan(b[i])) return INFINITY;
  }
  return worst / largest;
}

// The same for lists of gradients, in which an undefined tensor stands for zeros.
double error(const In& found, const In& wanted, const In& inputs) {
  double worst = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto defined = [&](const Tensor& g) { return g.defined() ? g : zeros_like(inputs[i]); };
    worst = std::max(worst, error(defined(found[i]), defined(wanted[i])));
  }
  return worst;
}

// The second gradients of `function`: of its gradients, weighted, by the inputs and the cotangent.
In second_order(const TensorFunction& function, const In& inputs, const Tensor& cotangent) {
  const In first = grad({function(inputs)}, inputs, {cotangent}, {.create_graph = true});
  Tensor total = sum(cotangent) * 0;
  Generator generator(3);
  for (const Tensor& g : first)
    total = total + sum(g * to(uniform(g.shape(), 0.5, 1.5, float64, generator), g.dtype()));
  In all = inputs;
  all.push_back(cotangent);
  return grad({total}, all);
}

void check(const Fused& each) {
  for (const DType dtype : {float64, float32}) {
    INFO(each.name << " in " << name(dtype));
    const double tolerance = dtype == float64 ? 1e-13 : 2e-5;
    Generator generator(7);
    const auto random = [&](const Shape& shape, double low, double high) {
      return to(uniform(shape, low, high, float64, generator), dtype).set_requires_grad();
    };
    In inputs;
    for (const Shape& shape : each.shapes) inputs.push_back(random(shape, each.low, each.high));
    const Tensor fused = each.fused(inputs), plain = each.plain(inputs);
    CHECK(error(fused, plain) <= tolerance);
    const Tensor cotangent = random(plain.shape(), 0.5, 1.5);
    const In wanted = grad({plain}, inputs, {cotangent});
    for (const bool create_graph : {true, false})
      CHECK(error(grad({fused}, inputs, {cotangent}, {.create_graph = create_graph}), wanted, inputs) <=
            tolerance);
    // Each input alone: what is not needed is left out.
    for (std::size_t i = 0; i < inputs.size(); ++i)
      CHECK(error(grad({each.fused(inputs)}, {inputs[i]}, {cotangent}), {wanted[i]}, {inputs[i]}) <=
            tolerance);
    In all = inputs;
    all.push_back(cotangent);
    CHECK(error(second_order(each.fused, inputs, cotangent), second_order(each.plain, inputs, cotangent),
                all) <= tolerance);
  }
}

// --- Compositions

Tensor positive_part(const Tensor& x) { return where(x > 0, x, 0); }

Tensor plain_linear(const In& in, Activation activation) {
  Tensor y = sum(unsqueeze(in[0], -2) * in[1], {-1});
  if (in.size() > 2) y = y + in[2];
  return activation == Activation::relu ? positive_part(y) : y;
}

// The largest of windows side by side.
Tensor plain_max_pool(const Tensor& x, const Extent2d& window) {
  const std::int64_t rows = x.size(2) / window.height, columns = x.size(3) / window.width;
  const Tensor whole = slice(slice(x, 2, 0, rows * window.height), 3, 0, columns * window.width);
  return max(reshape(whole, {x.size(0), x.size(1), rows, window.height, columns, window.width}), {3, 5});
}

Tensor padded(const Tensor& x, std::int64_t axis, std::int64_t padding) {
  Shape shape = x.shape();
  shape[static_cast<int>(axis)] = padding;
  const Tensor border = zeros(shape, x.dtype());
  return concat({border, x, border}, axis);
}

// A product for each tap and group.
Tensor plain_conv2d(const In& in, const Conv2dOptions& options) {
  const Tensor x = padded(padded(in[0], 2, options.padding.height), 3, options.padding.width), weight = in[1];
  const auto places = [](std::int64_t size, std::int64_t kernel, std::int64_t dilation, std::int64_t stride) {
    return (size - dilation * (kernel - 1) - 1) / stride + 1;
  };
  const auto taps = [](const Tensor& t, std::int64_t axis, std::int64_t first, std::int64_t count,
                       std::int64_t stride) {
    return slice(t, axis, first, first + (count - 1) * stride + 1, stride);
  };
  const std::int64_t rows = places(x.size(2), weight.size(2), options.dilation.height, options.stride.height),
                     columns =
                         places(x.size(3), weight.size(3), options.dilation.width, options.stride.width),
                     channels = weight.size(1), outputs = weight.size(0) / options.groups;
  In groups;
  for (std::int64_t group = 0; group < options.groups; ++group) {
    const Tensor image = slice(x, 1, group * channels, (group + 1) * channels),
                 filters = slice(weight, 0, group * outputs, (group + 1) * outputs);
    Tensor total;
    for (std::int64_t i = 0; i < weight.size(2); ++i)
      for (std::int64_t j = 0; j < weight.size(3); ++j) {
        const Tensor seen = taps(taps(image, 2, i * options.dilation.height, rows, options.stride.height), 3,
                                 j * options.dilation.width, columns, options.stride.width);
        const Tensor product =
            matmul(permute(seen, {0, 2, 3, 1}), transpose(select(select(filters, 3, j), 2, i)));
        total = total.defined() ? total + product : product;
      }
    groups.push_back(permute(total, {0, 3, 1, 2}));
  }
  Tensor y = concat(groups, 1);
  if (in.size() > 2) y = y + reshape(in[2], {-1, 1, 1});
  if (options.activation == Activation::relu) y = positive_part(y);
  return plain_max_pool(y, options.max_pool);
}

Fused conv(const char* name, Shape x, Shape weight, bool bias, const Conv2dOptions& options) {
  std::vector<Shape> shapes{x, weight};
  if (bias) shapes.push_back({weight[0]});
  return {name, shapes,
          [=](const In& in) { return conv2d(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), options); },
          [=](const In& in) { return plain_conv2d(in, options); }};
}

Tensor plain_softmax(const Tensor& x, std::int64_t axis) { return exp(x) / sum(exp(x), {axis}, true); }

Tensor plain_sigmoid(const Tensor& x) { return 1 / (1 + exp(-x)); }
Tensor plain_tanh(const Tensor& x) { return 1 - 2 / (exp(2 * x) + 1); }

Tensor normalized(const Tensor& x, const Axes& axes, double epsilon) {
  const Tensor centred = x - mean(x, axes, true);
  return centred / sqrt(mean(centred * centred, axes, true) + epsilon);
}

Tensor reduced(const Tensor& losses, Reduction reduction, double count) {
  return reduction == Reduction::none ? losses : sum(losses) / (reduction == Reduction::mean ? count : 1.0);
}

}  // namespace

TEST_CASE("fused linear is what it is made of") {
  for (const Activation activation : {Activation::none, Activation::relu})
    for (const std::vector<Shape>& shapes : {std::vector<Shape>{{5, 7}, {4, 7}, {4}},
                                             {{5, 7}, {4, 7}},
                                             {{7}, {4, 7}, {4}},
                                             {{2, 3, 7}, {4, 7}, {4}},
                                             {{40, 33}, {18, 33}, {18}}})
      check({"linear", shapes,
             [=](const In& in) { return linear(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), activation); },
             [=](const In& in) { return plain_linear(in, activation); }});
}

TEST_CASE("fused convolutions are what they are made of") {
  const auto relu = Activation::relu;
  check(conv("conv2d", {2, 3, 5, 6}, {4, 3, 3, 2}, true, {.stride = {1, 2}, .padding = {1, 2}}));
  check(conv("conv2d, dilated", {1, 2, 7, 6}, {3, 2, 2, 3}, false, {.dilation = {3, 2}}));
  check(conv("conv2d, groups", {2, 4, 5, 5}, {6, 2, 3, 3}, true,
             {.padding = 1, .groups = 2, .activation = relu}));
  check(conv("conv2d, depthwise", {2, 3, 6, 6}, {3, 1, 3, 3}, true,
             {.padding = 1, .groups = 3, .activation = relu}));
  check(
      conv("conv2d, many channels", {2, 20, 8, 8}, {18, 20, 3, 3}, true, {.padding = 1, .activation = relu}));
  check(conv("conv2d, 1 x 1", {2, 17, 8, 8}, {5, 17, 1, 1}, true, {.activation = relu}));
  // Few images and many: see Note [Fused images].
  for (const std::int64_t images : {1, 9}) {
    check(conv("conv2d, relu", {images, 2, 6, 5}, {3, 2, 2, 2}, true, {.activation = relu}));
    check(conv("conv2d, pooled", {images, 2, 7, 6}, {3, 2, 2, 2}, true, {.max_pool = {2, 3}}));
    check(conv("conv2d, relu, pooled", {images, 1, 8, 8}, {4, 1, 3, 3}, true,
               {.padding = 1, .activation = relu, .max_pool = 2}));
    check(conv("conv2d, relu, pooled, no bias", {images, 3, 7, 7}, {4, 3, 3, 3}, false,
               {.activation = relu, .max_pool = 2}));
  }
}

TEST_CASE("pooling is what it is made of") {
  for (const Extent2d window : {Extent2d(2), Extent2d(3, 2)}) {
    check({"max_pool2d",
           {{2, 3, 7, 6}},
           [=](const In& in) { return max_pool2d(in[0], {.kernel_size = window}); },
           [=](const In& in) { return plain_max_pool(in[0], window); }});
    check({"avg_pool2d",
           {{2, 3, 6, 6}},
           [=](const In& in) { return avg_pool2d(in[0], {.kernel_size = window}); },
           [=](const In& in) {
             return mean(
                 reshape(in[0], {2, 3, 6 / window.height, window.height, 6 / window.width, window.width}),
                 {3, 5});
           }});
  }
}

TEST_CASE("normalization is what it is made of") {
  constexpr double epsilon = 1e-2;
  const auto affine = [](Tensor y, const In& in, const Shape& shape) {
    if (in.size() > 1) y = y * reshape(in[1], shape);
    return in.size() > 2 ? y + reshape(in[2], shape) : y;
  };
  const auto optional = [](const In& in, std::size_t i) { return i < in.size() ? in[i] : Tensor(); };
  for (const std::int64_t channels : {1, 3})
    for (const std::size_t parameters : {0u, 1u, 2u}) {
      std::vector<Shape> images{{4, channels, 3, 2}}, rows{{6, channels}};
      for (std::size_t i = 0; i < parameters; ++i)
        for (std::vector<Shape>* const each : {&images, &rows}) each->push_back({channels});
      const Shape along_images{channels, 1, 1}, along_rows{channels};
      for (const bool flat : {false, true}) {
        const Axes axes = flat ? Axes{0} : Axes{0, 2, 3};
        const Shape along = flat ? along_rows : along_images;
        check({"batch_norm", flat ? rows : images,
               [=](const In& in) {
                 return batch_norm(in[0], {}, {}, optional(in, 1), optional(in, 2),
                                   {.training = true, .epsilon = epsilon});
               },
               [=](const In& in) { return affine(normalized(in[0], axes, epsilon), in, along); }});
        check({"batch_norm, running statistics", flat ? rows : images,
               [=](const In& in) {
                 const DType dtype = in[0].dtype();
                 return batch_norm(in[0], linspace(-1, 1, channels, dtype), linspace(0.5, 2, channels, dtype),
                                   optional(in, 1), optional(in, 2), {.epsilon = epsilon});
               },
               [=](const In& in) {
                 const DType dtype = in[0].dtype();
                 const Tensor mean = reshape(linspace(-1, 1, channels, dtype), along),
                              variance = reshape(linspace(0.5, 2, channels, dtype), along);
                 return affine((in[0] - mean) / sqrt(variance + epsilon), in, along);
               }});
      }
    }
  for (const Shape& shape : {Shape{5}, Shape{2, 5}})
    for (const std::size_t parameters : {0u, 1u, 2u}) {
      std::vector<Shape> shapes{{4, 2, 5}};
      for (std::size_t i = 0; i < parameters; ++i) shapes.push_back(shape);
      const Axes axes = shape.rank() == 1 ? Axes{-1} : Axes{-2, -1};
      check(
          {"layer_norm", shapes,
           [=](const In& in) { return layer_norm(in[0], shape, optional(in, 1), optional(in, 2), epsilon); },
           [=](const In& in) { return affine(normalized(in[0], axes, epsilon), in, shape); }});
    }
}

TEST_CASE("softmax and its kin are what they are made of") {
  for (const std::int64_t axis : {0, 1, 2}) {
    const std::vector<Shape> shape{{3, 4, 5}};
    check({"softmax", shape, [=](const In& in) { return softmax(in[0], axis); },
           [=](const In& in) { return plain_softmax(in[0], axis); }});
    check({"log_softmax", shape, [=](const In& in) { return log_softmax(in[0], axis); },
           [=](const In& in) { return log(plain_softmax(in[0], axis)); }});
    check({"logsumexp", shape, [=](const In& in) { return logsumexp(in[0], {axis}); },
           [=](const In& in) { return log(sum(exp(in[0]), {axis})); }});
  }
}

TEST_CASE("losses are what they are made of") {
  const Tensor labels = from_data<std::int64_t>({2, 0, 7, 1, 1, 2}, {6}),
               classes = from_data<std::int64_t>({2, 0, 0, 1, 1, 2}, {6}),
               counted = from_data<std::int64_t>({1, 1, 0, 1, 1, 1}, {6});
  for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
    for (const double smoothing : {0.0, 0.3})
      for (const bool ignoring : {false, true}) {
        const auto plain = [=](const Tensor& rows) {
          const DType dtype = rows.dtype();
          const Tensor target = (1 - smoothing) * one_hot(classes, 3, dtype) + smoothing / 3;
          Tensor losses = -sum(log(plain_softmax(rows, 1)) * target, {1});
          if (ignoring) losses = losses * to(counted, dtype);
          return reduced(losses, reduction, ignoring ? 5 : 6);
        };
        const CrossEntropyOptions options{
            .reduction = reduction, .label_smoothing = smoothing, .ignore_index = 7};
        const Tensor given = ignoring ? labels : classes;
        check({"cross_entropy",
               {{6, 3}},
               [=](const In& in) { return cross_entropy(in[0], given, options); },
               [=](const In& in) { return plain(in[0]); }});
        check({"cross_entropy of images",
               {{2, 3, 3}},
               [=](const In& in) {
                 return cross_entropy(in[0], reshape(given, {2, 3}), options);
               },
               [=](const In& in) {
                 const Tensor loss = plain(reshape(permute(in[0], {0, 2, 1}), {6, 3}));
                 return reduction == Reduction::none ? reshape(loss, {2, 3}) : loss;
               }});
      }
    const auto plain = [=](const Tensor& p, const Tensor& target) {
      return reduced(-(target * log(p) + (1 - target) * log(1 - p)), reduction, 6);
    };
    check({"binary_cross_entropy",
           {{2, 3}, {2, 3}},
           [=](const In& in) { return binary_cross_entropy(in[0], in[1], {.reduction = reduction}); },
           [=](const In& in) { return plain(in[0], in[1]); },
           0.1,
           0.9});
    check({"binary_cross_entropy_with_logits",
           {{2, 3}, {2, 3}},
           [=](const In& in) {
             return binary_cross_entropy_with_logits(in[0], in[1], {.reduction = reduction});
           },
           [=](const In& in) { return plain(plain_sigmoid(in[0]), in[1]); }});
  }
}

TEST_CASE("activations are what they are made of") {
  const auto each = [](const char* name, Tensor (*fused)(const Tensor&), Tensor (*plain)(const Tensor&)) {
    check({name,
           {{5, 7}},
           [=](const In& in) { return fused(in[0]); },
           [=](const In& in) { return plain(in[0]); }});
  };
  using X = const Tensor&;
  each("relu", relu, positive_part);
  each("sigmoid", sigmoid, plain_sigmoid);
  each("tanh", tanh, plain_tanh);
  each("silu", silu, [](X x) { return x * plain_sigmoid(x); });
  each("softplus", softplus, [](X x) { return log(1 + exp(x)); });
  each(
      "leaky_relu", [](X x) { return leaky_relu(x, 0.2); }, [](X x) { return where(x > 0, x, 0.2 * x); });
  each(
      "elu", [](X x) { return elu(x, 1.3); }, [](X x) { return where(x > 0, x, 1.3 * (exp(x) - 1)); });
  each(
      "gelu", [](X x) { return gelu(x); }, [](X x) { return 0.5 * x * (1 + erf(x / std::numbers::sqrt2)); });
  each(
      "gelu, tanh", [](X x) { return gelu(x, GeluApproximation::tanh); },
      [](X x) {
        return 0.5 * x * (1 + plain_tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
      });
  const auto drop = [](const Tensor& x) {
    Generator generator(4);
    return dropout(x, 0.4, true, generator);
  };
  check({"dropout",
         {{5, 7}},
         [=](const In& in) { return square(drop(in[0])); },
         [=](const In& in) {
           return square(in[0] * drop(ones({5, 7}, in[0].dtype())));
         }});
}
