// The table of operations: how each is called with arguments that mostly fit. What is not here is called as
// its row in tests/autograd.
#include "operations.h"

#include <algorithm>
#include <memory>
#include <set>
#include <sstream>

#include "../autograd/cases.h"
#include "digest.h"
#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>

using namespace taper;

namespace {

using Op = const Operand&;
using X = const Tensor&;

Operation unary(const char* name, Tensor (*function)(X)) {
  return {name, [function](Arguments& a) { return function(a.tensor()); }};
}

Operation binary(const char* name, Tensor (*function)(Op, Op)) {
  return {name, [function](Arguments& a) {
            const Tensor x = a.tensor();
            switch (a.below(4)) {
              case 0:
                return function(x, a.number());
              case 1:
                return function(a.number(), x);
              default:
                return function(x, a.partner(x));
            }
          }};
}

Operation logic(const char* name, Tensor (*function)(X, X)) {
  return {name, [function](Arguments& a) {
            const Tensor x = a.tensor(), mask = x.dtype() == boolean ? x : x > 0;
            return function(mask, a.partner(mask));
          }};
}

Operation reduction(const char* name, Tensor (*function)(X, const Axes&, bool)) {
  return {name, [function](Arguments& a) {
            const Tensor x = a.tensor();
            return function(x, a.axes(x), a.flag());
          }};
}

Operation along(const char* name, Tensor (*function)(X, std::int64_t)) {
  return {name, [function](Arguments& a) {
            const Tensor x = a.tensor();
            return function(x, a.axis(x));
          }};
}

Operation loss(const char* name, std::function<Tensor(X, X, Reduction, Arguments&)> function) {
  return {name, [function](Arguments& a) {
            const Tensor x = a.tensor(), target = x.defined() ? a.tensor(x.shape(), x.dtype()) : x;
            return function(x, target, static_cast<Reduction>(a.below(4)), a);
          }};
}

template <class Options>
Operation pair_loss(const char* name, Tensor (*function)(X, X, const Options&)) {
  return loss(name, [function](X x, X target, Reduction reduction, Arguments& a) {
    Options options;
    options.reduction = reduction;
    if constexpr (requires { options.weight; })
      if (a.seldom()) options.weight = a.partner(x);
    return function(x, target, options);
  });
}

// An extent of x, or 1.
std::int64_t extent(X x, std::int64_t axis) {
  const std::int64_t rank = x.rank();
  if (axis < 0) axis += rank;
  return axis >= 0 && axis < rank ? x.size(axis) : 1;
}

// Images of few pixels, from 1 to 17 channels.
Tensor images(Arguments& a) {
  if (a.seldom()) return a.tensor();
  const std::int64_t channels = std::int64_t{1} + static_cast<std::int64_t>(a.below(20));
  const auto side = [&] { return static_cast<std::int64_t>(a.below(14)); };
  const Shape shape{static_cast<std::int64_t>(a.below(10)), channels, side(), side()};
  return a.tensor(shape, a.floating());
}

Tensor convolve(Arguments& a) {
  const Tensor x = images(a);
  Conv2dOptions options;
  if (!a.flag()) {
    options.stride = a.extent(1);
    options.padding = a.extent(static_cast<std::int64_t>(a.below(4)));
    options.dilation = a.extent(1);
    options.groups = a.below(4) == 0 ? a.integer() : a.below(4) == 0 ? extent(x, 1) : 1;
    options.max_pool = a.below(4) == 0 ? a.extent(2) : Extent2d(1);
  }
  if (a.flag()) options.activation = Activation::relu;
  const std::int64_t groups = std::clamp<std::int64_t>(options.groups, 1, 64);
  const std::int64_t outputs = groups * static_cast<std::int64_t>(1 + a.below(9));
  const auto taps = [&] { return static_cast<std::int64_t>(1 + a.below(8)); };
  const Tensor weight = a.tensor({outputs, extent(x, 1) / groups, taps(), taps()}, x.dtype());
  return conv2d(x, weight, a.flag() ? a.tensor({extent(weight, 0)}, x.dtype()) : Tensor(), options);
}

Pool2dOptions pool_options(Arguments& a) {
  Pool2dOptions options;
  options.kernel_size = a.extent(static_cast<std::int64_t>(1 + a.below(4)));
  options.stride = a.extent(static_cast<std::int64_t>(a.below(3)));
  options.padding = a.extent(static_cast<std::int64_t>(a.below(2)));
  options.count_include_pad = a.flag();
  return options;
}

// [C], or undefined.
Tensor channel(Arguments& a, X x) { return a.flag() ? a.tensor({extent(x, 1)}, x.dtype()) : Tensor(); }

// The result, or with `statistics` what it left in the running ones; they are changed in place, so new each
// time.
Tensor normalize_batch(Arguments& a, bool statistics) {
  const Tensor x = a.flag() ? images(a) : a.tensor();
  const bool running = statistics || a.flag();
  const Tensor mean = running ? zeros({extent(x, 1)}, x.dtype()) : Tensor();
  const Tensor variance = running ? ones({extent(x, 1)}, x.dtype()) : Tensor();
  const Tensor weight = channel(a, x), bias = channel(a, x);
  const Tensor y = batch_norm(x, mean, variance, weight, bias,
                              {.training = a.flag(),
                               .momentum = a.seldom() ? a.number() : 0.1,
                               .epsilon = a.seldom() ? a.number() : 1e-5});
  return statistics ? concat({mean, variance}) : y;
}

Tensor normalize_layer(Arguments& a) {
  const Tensor x = a.tensor();
  Shape shape;
  const int axes = static_cast<int>(1 + a.below(2));
  for (int i = std::max(0, x.rank() - axes); i < x.rank(); ++i) shape.push_back(x.size(i));
  shape = a.near(shape);
  const auto parameter = [&] { return a.flag() ? a.tensor(shape, x.dtype()) : Tensor(); };
  const Tensor weight = parameter(), bias = parameter();
  return layer_norm(x, shape, weight, bias, a.seldom() ? a.number() : 1e-5);
}

Tensor entropy(Arguments& a, bool logits) {
  const Tensor x = a.tensor();
  Shape shape = x.shape();
  if (shape.rank() > 1) shape.erase(1);
  const Tensor labels = a.indices(shape, extent(x, 1));
  const Reduction reduction = static_cast<Reduction>(a.below(4));
  const std::int64_t ignored = a.flag() ? a.integer() : -100;
  const Tensor weight = a.seldom() ? a.tensor({extent(x, 1)}, x.dtype()) : Tensor();
  if (!logits)
    return nll_loss(x, labels, {.reduction = reduction, .weight = weight, .ignore_index = ignored});
  const double smoothing = a.flag() ? a.number() : 0;
  return cross_entropy(
      x, a.seldom() ? a.tensor(x.shape(), x.dtype()) : labels,
      {.reduction = reduction, .weight = weight, .label_smoothing = smoothing, .ignore_index = ignored});
}

Tensor margins(Arguments& a) {
  const Tensor x = a.tensor();
  Shape shape = x.shape();
  if (shape.rank() > 0) shape.erase(-1);
  return multi_margin_loss(x, a.indices(shape, extent(x, -1)),
                           {.weight = a.seldom() ? a.tensor({extent(x, -1)}, x.dtype()) : Tensor(),
                            .p = a.seldom() ? 3 : 1 + static_cast<int>(a.below(2)),
                            .margin = a.number()});
}

// Sequences with targets, both of which may be too long or too short.
Tensor align(Arguments& a) {
  const auto few = [&](std::uint64_t most) { return static_cast<std::int64_t>(a.below(most)); };
  const std::int64_t steps = few(6), count = few(4), classes = 1 + few(4), labels = few(4);
  const Tensor x = a.seldom() ? a.tensor() : a.tensor({steps, count, classes}, a.floating());
  const Tensor targets = a.indices({count, labels}, classes);
  return ctc_loss(x, targets, a.indices({count}, steps + 1), a.indices({count}, labels + 1),
                  {.reduction = static_cast<Reduction>(a.below(4)),
                   .blank = a.seldom() ? a.integer() : few(4),
                   .zero_infinity = a.flag()});
}

std::vector<Tensor> parts(Arguments& a) {
  std::vector<Tensor> tensors;
  for (std::size_t i = a.below(4); i > 0; --i)
    tensors.push_back(tensors.empty() ? a.tensor() : a.partner(tensors[0]));
  return tensors;
}

Tensor multiply(Arguments& a) {
  const Tensor x = a.tensor();
  Shape shape = x.shape();
  if (shape.rank() > 1 && a.flag()) std::swap(shape[shape.rank() - 1], shape[shape.rank() - 2]);
  if (shape.rank() > 2 && a.flag()) shape.erase(0);
  if (shape.rank() > 1) shape[shape.rank() - 1] = static_cast<std::int64_t>(a.below(40));
  return matmul(x, a.tensor(shape, x.dtype()));
}

Tensor layer(Arguments& a) {
  const Tensor x = a.tensor();
  const std::int64_t outputs = static_cast<std::int64_t>(a.below(20));
  const Tensor weight = a.tensor({outputs, extent(x, -1)}, x.dtype());
  const Tensor bias = a.flag() ? a.tensor({outputs}, x.dtype()) : Tensor();
  return linear(x, weight, bias, a.flag() ? Activation::relu : Activation::none);
}

Tensor rearrange(Arguments& a) {
  const Tensor x = a.tensor();
  Axes axes;
  const std::int64_t turn = static_cast<std::int64_t>(a.below(8));
  for (std::int64_t i = 0; i < x.rank(); ++i) axes.push_back((i + turn) % x.rank());
  return permute(x, Axes(a.near(axes)));
}

Tensor enlarge(Arguments& a) {
  const Tensor x = a.tensor();
  Shape shape = x.shape();
  for (std::int64_t& each : shape)
    if (each == 1) each = static_cast<std::int64_t>(a.below(9));
  return expand(x, a.near(shape));
}

Tensor pick(Arguments& a, Tensor (*function)(X, std::int64_t, X)) {
  const Tensor x = a.tensor();
  const std::int64_t axis = a.axis(x);
  return function(x, axis, a.indices(x.shape(), extent(x, axis)));
}

Scatter how(Arguments& a) {
  const std::size_t choice = a.below(255);
  return choice < 240 ? static_cast<Scatter>(choice % 5) : Scatter::mean;
}

Tensor scatter_into(Arguments& a) {
  const Tensor x = a.tensor();
  const std::int64_t axis = a.axis(x);
  const Tensor index = a.indices(a.near(x.shape()), extent(x, axis));
  const Tensor source = a.tensor(index.shape(), a.flag() ? x.dtype() : a.dtype());
  return scatter(x, axis, index, source, how(a));
}

// One item of x[...].
Index item(Arguments& a, X x) {
  const auto bound = [&] { return a.flag() ? std::optional(a.integer()) : std::nullopt; };
  switch (a.below(6)) {
    case 0:
      return a.integer();
    case 1:
      return Ellipsis;
    case 2:
      return NewAxis;
    case 3:
      return a.flag() ? a.partner(x) > 0 : a.indices({static_cast<std::int64_t>(a.below(4))}, extent(x, 0));
    default: {
      const std::optional<std::int64_t> start = bound(), stop = bound();
      return Slice(start, stop, a.seldom() ? a.integer() : a.flag() ? 1 : -2);
    }
  }
}

Tensor index_with(Arguments& a, bool write) {
  const Tensor x = a.tensor();
  std::vector<Index> items;
  for (std::uint64_t i = a.below(4); i > 0; --i) items.push_back(item(a, x));
  if (!write) return index(x, items);
  const bool accumulate = a.flag();
  return a.flag() ? index_put(x, items, a.number(), accumulate)
                  : index_put(x, items, a.tensor(index(x.detach(), items).shape(), x.dtype()), accumulate);
}

// A new handle: whether a gradient is the cotangent itself, or kept by a leaf, may depend on the layout.
Tensor detached_or_0(const Tensor& x) { return x.defined() ? x.detach() : scalar(0); }

// A gradient, where the same graph must give the same bits if it is kept and run again.
Tensor differentiate(Arguments& a) {
  const Tensor y = a.differentiable(), x = a.differentiable();
  std::vector<Tensor> cotangents;
  if (y.numel() != 1 || a.flag()) cotangents.push_back(detached_or_0(a.tensor(y.shape(), y.dtype())));
  const GradOptions options{.retain_graph = a.flag(), .create_graph = a.flag()};
  const Tensor gradient = grad({y}, {x}, cotangents, options)[0];
  if (options.retain_graph || options.create_graph)
    require_same("a graph that is run again", gradient, grad({y}, {x}, cotangents, options)[0]);
  return gradient.defined() ? gradient : scalar(0);
}

Tensor run_backward(Arguments& a) {
  const Tensor y = a.differentiable(), leaf = a.differentiable();
  const Tensor cotangent = y.numel() != 1 || a.flag() ? a.tensor(y.shape(), y.dtype()) : Tensor();
  y.backward(cotangent, {.retain_graph = a.flag()});
  return detached_or_0(leaf.grad());
}

Tensor hook(Arguments& a) {
  const Tensor x = a.differentiable();
  const int kind = static_cast<int>(a.below(3));
  const int number = register_hook(x, [kind](X g) {
    return kind == 0 ? Tensor() : kind == 1 ? 2 * g : sum(g);
  });
  if (a.flag()) remove_hook(x, number);
  return x;
}

Tensor print(Arguments& a) {
  const Tensor x = a.tensor();
  std::ostringstream stream;
  stream << x << to_string(x.shape()) << x.operation();
  if (x.requires_grad()) stream << to_dot(x);
  return scalar(static_cast<double>(stream.str().size() > 0));
}

Tensor read(Arguments& a) {
  const Tensor x = a.tensor();
  if (a.flag()) return scalar(x.item<double>(), float64);
  return visit_all(a.seldom() ? a.dtype() : x.dtype(), [&]<class T>() {
    const std::vector<T> values = x.to_vector<T>();
    if constexpr (std::is_same_v<T, bool>)
      return scalar(static_cast<double>(values.size()));
    else
      return from_data(values, a.near(x.shape()));
  });
}

std::vector<Operation> make() {
  return {
      // autograd/ops/arithmetic.h
      binary("operator+", [](Op x, Op y) { return x + y; }),
      binary("operator-", [](Op x, Op y) { return x - y; }),
      unary("operator-", [](X x) { return -x; }),
      binary("operator*", [](Op x, Op y) { return x * y; }),
      binary("operator/", [](Op x, Op y) { return x / y; }),
      binary("pow", pow),
      binary("maximum", maximum),
      binary("minimum", minimum),
      binary("operator==", [](Op x, Op y) { return x == y; }),
      binary("operator!=", [](Op x, Op y) { return x != y; }),
      binary("operator<", [](Op x, Op y) { return x < y; }),
      binary("operator<=", [](Op x, Op y) { return x <= y; }),
      binary("operator>", [](Op x, Op y) { return x > y; }),
      binary("operator>=", [](Op x, Op y) { return x >= y; }),
      logic("operator&", [](X x, X y) { return x & y; }),
      logic("operator|", [](X x, X y) { return x | y; }),
      unary("operator!", [](X x) { return !(x.dtype() == boolean ? x : x > 0); }),
      {"where",
       [](Arguments& a) {
         const Tensor x = a.tensor(), y = a.partner(x), mask = a.partner(x) > 0;
         return a.flag()   ? where(mask, x, y)
                : a.flag() ? where(mask, x, a.number())
                           : where(x, a.number(), y);
       }},
      {"clip",
       [](Arguments& a) {
         const double low = a.number();
         return clip(a.tensor(), low, a.number());
       }},
      {"to", [](Arguments& a) { return to(a.tensor(), a.dtype()); }},
      // reduce.h
      reduction("sum", sum),
      reduction("mean", mean),
      {"var",
       [](Arguments& a) {
         const Tensor x = a.tensor();
         const Axes axes = a.axes(x);
         return var(x, axes, a.flag(), static_cast<int>(a.integer()));
       }},
      reduction("max", max),
      reduction("min", min),
      along("argmax", [](X x, std::int64_t axis) { return argmax(x, axis); }),
      along("argmin", [](X x, std::int64_t axis) { return argmin(x, axis, true); }),
      reduction("logsumexp", logsumexp),
      along("softmax", softmax),
      along("log_softmax", log_softmax),
      {"sum_to",
       [](Arguments& a) {
         const Tensor x = a.tensor();
         return sum_to(x, a.partner(x).shape());
       }},
      // shape.h
      {"reshape",
       [](Arguments& a) {
         const Tensor x = a.tensor();
         return a.flag() ? reshape(x, a.near({extent(x, 1), -1})) : reshape(x, a.near({-1}));
       }},
      along("flatten", flatten),
      {"transpose",
       [](Arguments& a) {
         const Tensor x = a.tensor();
         const std::int64_t axis0 = a.axis(x);
         return transpose(x, axis0, a.axis(x));
       }},
      {"permute", rearrange},
      {"slice",
       [](Arguments& a) {
         const Tensor x = a.tensor();
         const std::int64_t axis = a.axis(x), start = a.integer(), stop = a.integer();
         return slice(x, axis, start, stop, a.integer());
       }},
      {"select",
       [](Arguments& a) {
         const Tensor x = a.tensor();
         const std::int64_t axis = a.axis(x);
         return select(x, axis, a.integer());
       }},
      along("squeeze", squeeze),
      along("unsqueeze", unsqueeze),
      {"expand", enlarge},
      // Between views, so that whether it returns its argument does not show.
      unary("contiguous", [](X x) { return transpose(contiguous(transpose(x))); }),
      {"concat",
       [](Arguments& a) {
         const std::vector<Tensor> tensors = parts(a);
         return concat(tensors, a.axis(tensors.empty() ? Tensor() : tensors[0]));
       }},
      {"stack",
       [](Arguments& a) {
         const std::vector<Tensor> tensors = parts(a);
         return stack(tensors, a.axis(tensors.empty() ? Tensor() : tensors[0]));
       }},
      // linear.h
      {"matmul", multiply},
      {"linear", layer},
      // index.h
      {"index_select",
       [](Arguments& a) {
         const Tensor x = a.tensor();
         const std::int64_t axis = a.axis(x);
         return index_select(x, axis, a.indices({static_cast<std::int64_t>(a.below(9))}, extent(x, axis)));
       }},
      {"gather", [](Arguments& a) { return pick(a, gather); }},
      {"scatter", scatter_into},
      {"index", [](Arguments& a) { return index_with(a, false); }},
      {"index", [](Arguments& a) { return index_with(a, false); }},
      {"index_put", [](Arguments& a) { return index_with(a, true); }},
      {"one_hot",
       [](Arguments& a) {
         const std::int64_t classes = a.integer();
         return one_hot(a.indices(a.shape(), std::min<std::int64_t>(classes, 50)), classes, a.dtype());
       }},
      // convolution.h; some more often than others
      {"conv2d", convolve},
      {"conv2d", convolve},
      {"conv2d", convolve},
      {"max_pool2d",
       [](Arguments& a) {
         const Tensor x = images(a);
         return max_pool2d(x, pool_options(a));
       }},
      {"avg_pool2d",
       [](Arguments& a) {
         const Tensor x = images(a);
         return avg_pool2d(x, pool_options(a));
       }},
      // activation.h
      {"relu_gradient",
       [](Arguments& a) {
         const Tensor y = a.tensor();
         return relu_gradient(a.partner(y), y);
       }},
      {"gelu",
       [](Arguments& a) {
         return gelu(a.tensor(), a.flag() ? GeluApproximation::tanh : GeluApproximation::none);
       }},
      {"leaky_relu", [](Arguments& a) { return leaky_relu(a.tensor(), a.number()); }},
      {"elu", [](Arguments& a) { return elu(a.tensor(), a.number()); }},
      // dropout.h
      {"dropout",
       [](Arguments& a) { return dropout(a.tensor(), a.seldom() ? a.number() : 0.4, true, a.generator()); }},
      // normalization.h
      {"batch_norm", [](Arguments& a) { return normalize_batch(a, false); }},
      {"batch_norm", [](Arguments& a) { return normalize_batch(a, true); }},
      {"layer_norm", normalize_layer},
      // loss.h
      {"cross_entropy", [](Arguments& a) { return entropy(a, true); }},
      {"nll_loss", [](Arguments& a) { return entropy(a, false); }},
      pair_loss("mse_loss", mse_loss),
      pair_loss("l1_loss", l1_loss),
      loss("huber_loss",
           [](X x, X target, Reduction reduction, Arguments& a) {
             return huber_loss(x, target, {.reduction = reduction, .delta = a.number()});
           }),
      loss("smooth_l1_loss",
           [](X x, X target, Reduction reduction, Arguments& a) {
             return smooth_l1_loss(x, target, {.reduction = reduction, .beta = a.number()});
           }),
      pair_loss("binary_cross_entropy", binary_cross_entropy),
      pair_loss("binary_cross_entropy_with_logits", binary_cross_entropy_with_logits),
      pair_loss("sigmoid_focal_loss", sigmoid_focal_loss),
      pair_loss("kl_div", kl_div),
      pair_loss("tversky_loss", tversky_loss),
      pair_loss("dice_loss", dice_loss),
      // regression_loss.h
      pair_loss("log_cosh_loss", log_cosh_loss),
      pair_loss("mean_absolute_percentage_error", mean_absolute_percentage_error),
      pair_loss("mean_squared_logarithmic_error", mean_squared_logarithmic_error),
      pair_loss("poisson_nll_loss", poisson_nll_loss),
      // margin_loss.h
      pair_loss("hinge_loss", hinge_loss),
      pair_loss("squared_hinge_loss", squared_hinge_loss),
      pair_loss("soft_margin_loss", soft_margin_loss),
      pair_loss("hinge_embedding_loss", hinge_embedding_loss),
      pair_loss("categorical_hinge_loss", categorical_hinge_loss),
      {"multi_margin_loss", margins},
      {"multilabel_margin_loss",
       [](Arguments& a) {
         const Tensor x = a.tensor();
         if (extent(x, -1) > 2000) return x;  // its time grows with the square of the classes
         return multilabel_margin_loss(x, a.indices(x.shape(), extent(x, -1)));
       }},
      pair_loss("multilabel_soft_margin_loss", multilabel_soft_margin_loss),
      pair_loss("cosine_similarity_loss", cosine_similarity_loss),
      // ctc_loss.h
      {"ctc_loss", align},
      // What a tensor can do; gradients more often.
      {"backward", run_backward},
      {"backward", run_backward},
      {"grad", differentiate},
      {"grad", differentiate},
      {"grad", differentiate},
      {"detach", [](Arguments& a) { return a.tensor().detach(); }},
      {"set_requires_grad",
       [](Arguments& a) {
         Tensor x = a.tensor();
         return x.set_requires_grad(a.flag());
       }},
      {"retain_grad",
       [](Arguments& a) {
         Tensor x = a.differentiable();
         x.retain_grad();
         return x;
       }},
      {"set_grad",
       [](Arguments& a) {
         Tensor x = a.differentiable();
         x.set_grad(a.flag() ? a.tensor(x.shape(), x.dtype()).detach() : Tensor());
         return x;
       }},
      {"register_hook", hook},
      {"to_string", print},
      {"to_vector", read},
  };
}

// An operation without a line is called as its row of tests/autograd does, mostly.
std::vector<Operation> with_rows(std::vector<Operation> all) {
  std::set<std::string> known;
  for (const Operation& each : all) known.insert(each.name);
  for (const Row& row : all_rows())
    if (known.insert(row.name).second)
      all.push_back({row.name, [row](Arguments& a) {
                       std::vector<Tensor> inputs;
                       for (const Argument& each : row.arguments)
                         inputs.push_back(inputs.empty()    ? a.tensor()
                                          : row.elementwise ? a.partner(inputs[0])
                                                            : a.tensor(each.shape, each.dtype));
                       return row.function(inputs);
                     }});
  return all;
}

}  // namespace

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = [] {
    std::vector<Operation> own = creations();
    for (Operation& each : make()) own.push_back(std::move(each));
    return with_rows(std::move(own));
  }();
  return all;
}
