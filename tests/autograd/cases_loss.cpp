// The table of operations: losses against classes, probabilities and numbers. Each row has its values and
// gradients from PyTorch, see test_torch.cpp.
#include "cases.h"
#include <taper/tensor/create.h>

using namespace taper;
using In = std::vector<Tensor>;
using cases::like, cases::reductions;

namespace {

// x and target far enough apart, in both orders, to stay away from the kinks.
const std::vector<Argument> apart{{{2, 3}, 0, 0.4}, {{2, 3}, 0.5, 0.9}}, swapped{apart[1], apart[0]};

class Rows {
 public:
  // A mean of nothing is NaN, so that there is no gradient to check.
  void add(const char* name, std::vector<Argument> arguments, TensorFunction function, bool empty = false,
           bool linear = false) {
    rows.push_back({.name = name,
                    .function = std::move(function),
                    .arguments = std::move(arguments),
                    .empty = empty,
                    .linear = linear});
  }
  std::vector<Row> rows;
};

void add_cross_entropy(Rows& rows, Reduction reduction) {
  const Tensor labels = from_data<std::int64_t>({2, 0, -100, 1}, {4}), pixels = reshape(labels, {2, 2});
  const Tensor factors = from_data({0.5, 2., 1.}, {3});
  const Argument matrix{{4, 3}}, images{{2, 3, 2}};
  for (const Tensor& weight : {Tensor(), factors})
    for (const double smoothing : {0., 0.2})
      for (const bool image : {false, true})
        rows.add("cross_entropy", {image ? images : matrix}, [=](const In& in) {
          return cross_entropy(in[0], image ? pixels : labels,
                               {.reduction = reduction,
                                .weight = weight.defined() ? like(in[0], weight) : weight,
                                .label_smoothing = smoothing});
        });
  rows.add("cross_entropy", {matrix, {{4, 3}, 0, 1}},
           [=](const In& in) { return cross_entropy(in[0], in[1], {.reduction = reduction}); });
  rows.add("cross_entropy", {images, {{2, 3, 2}, 0, 1}}, [=](const In& in) {
    return cross_entropy(in[0], in[1],
                         {.reduction = reduction, .weight = like(in[0], factors), .label_smoothing = 0.2});
  });
  rows.add(
      "nll_loss", {matrix}, [=](const In& in) { return nll_loss(in[0], labels, {.reduction = reduction}); },
      false, true);
  rows.add(
      "nll_loss", {images},
      [=](const In& in) {
        return nll_loss(in[0], pixels, {.reduction = reduction, .weight = like(in[0], factors)});
      },
      false, true);
}

void add_binary(Rows& rows, Reduction reduction) {
  const bool empty = reduction != Reduction::mean;
  const Tensor factors = from_data({0.5, 2., 1.}, {3}), rows_of_factors = from_data({0.5, 3.}, {2, 1});
  for (const auto& pair : {apart, swapped}) {
    rows.add(
        "binary_cross_entropy", {{{2, 3}, 0.1, 0.9}, pair[1]},
        [=](const In& in) { return binary_cross_entropy(in[0], in[1], {.reduction = reduction}); }, empty);
    for (const auto& [low, high] : {std::pair(0.1, 3.), std::pair(-3., -0.1)})
      rows.add(
          "binary_cross_entropy_with_logits", {{{2, 3}, low, high}, pair[1]},
          [=](const In& in) {
            return binary_cross_entropy_with_logits(in[0], in[1], {.reduction = reduction});
          },
          empty);
  }
  const Argument x{{2, 3}}, p{{2, 3}, 0.05, 0.95};
  rows.add("binary_cross_entropy", {p, p}, [=](const In& in) {
    return binary_cross_entropy(in[0], in[1], {.reduction = reduction, .weight = like(in[0], factors)});
  });
  rows.add("binary_cross_entropy_with_logits", {x, p}, [=](const In& in) {
    return binary_cross_entropy_with_logits(
        in[0], in[1],
        {.reduction = reduction, .weight = like(in[0], rows_of_factors), .pos_weight = like(in[0], factors)});
  });
  for (const auto& [alpha, gamma] : {std::pair(0.25, 2.), std::pair(-1., 1.5)})
    rows.add(
        "sigmoid_focal_loss", {x, p},
        [=, alpha = alpha, gamma = gamma](const In& in) {
          return sigmoid_focal_loss(in[0], in[1], {.reduction = reduction, .alpha = alpha, .gamma = gamma});
        },
        empty);
  for (const bool logarithm : {false, true})
    rows.add(
        "kl_div", {x, p},
        [=](const In& in) { return kl_div(in[0], in[1], {.reduction = reduction, .log_target = logarithm}); },
        empty);
  rows.add("dice_loss", {p, p},
           [=](const In& in) { return dice_loss(in[0], in[1], {.reduction = reduction, .smooth = 1}); });
  rows.add("tversky_loss", {p, p}, [=](const In& in) {
    return tversky_loss(in[0], in[1], {.reduction = reduction, .alpha = 0.3, .beta = 0.7, .axes = 1});
  });
}

}  // namespace

std::vector<Row> loss_rows() {
  Rows rows;
  for (const Reduction reduction : reductions) {
    add_cross_entropy(rows, reduction);
    add_binary(rows, reduction);
  }
  const Tensor labels = from_data<std::int64_t>({2, 0, -100, 1}, {4});
  rows.add("cross_entropy", {{{4, 3}}},
           [=](const In& in) { return cross_entropy(in[0], labels, {.reduction = Reduction::batch_mean}); });
  rows.add("kl_div", {{{2, 3}}, {{2, 3}, 0.05, 0.95}},
           [](const In& in) { return kl_div(in[0], in[1], {.reduction = Reduction::batch_mean}); });
  rows.add("dice_loss", {{{2, 3, 2}, 0.05, 0.95}, {{2, 3, 2}, 0.05, 0.95}}, [](const In& in) {
    return dice_loss(in[0], in[1], {.reduction = Reduction::none, .axes = {-2, -1}});
  });
  return rows.rows;
}

std::vector<Row> regression_loss_rows() {
  Rows rows;
  const Tensor factors = from_data({0.5, 2., 1., 1., 0., 3.}, {2, 3});
  const Argument x{{2, 3}}, positive{{2, 3}, 0.2, 3};
  for (const Reduction reduction : reductions) {
    const bool empty = reduction != Reduction::mean;
    const LossOptions options{.reduction = reduction};
    const auto weighted = [=](const Tensor& x) {
      return LossOptions{.reduction = reduction, .weight = like(x, factors)};
    };
    for (const auto& pair : {apart, swapped}) {
      rows.add(
          "mse_loss", pair, [=](const In& in) { return mse_loss(in[0], in[1], options); }, empty);
      rows.add(
          "l1_loss", pair, [=](const In& in) { return l1_loss(in[0], in[1], options); }, empty);
      for (const double size : {0.05, 2.0}) {
        rows.add(
            "huber_loss", pair,
            [=](const In& in) { return huber_loss(in[0], in[1], {.reduction = reduction, .delta = size}); },
            empty);
        rows.add(
            "smooth_l1_loss", pair,
            [=](const In& in) {
              return smooth_l1_loss(in[0], in[1], {.reduction = reduction, .beta = size});
            },
            empty);
      }
      rows.add(
          "smooth_l1_loss", pair,
          [=](const In& in) { return smooth_l1_loss(in[0], in[1], {.reduction = reduction, .beta = 0}); },
          empty);
    }
    rows.add("mse_loss", apart, [=](const In& in) { return mse_loss(in[0], in[1], weighted(in[0])); });
    rows.add("l1_loss", apart, [=](const In& in) { return l1_loss(in[0], in[1], weighted(in[0])); });
    rows.add("huber_loss", apart, [=](const In& in) {
      return huber_loss(in[0], in[1], {.reduction = reduction, .weight = like(in[0], factors)});
    });
    rows.add(
        "log_cosh_loss", {x, x}, [=](const In& in) { return log_cosh_loss(in[0], in[1], options); }, empty);
    rows.add(
        "mean_absolute_percentage_error", {x, positive},
        [=](const In& in) { return mean_absolute_percentage_error(in[0], in[1], options); }, empty);
    rows.add(
        "mean_squared_logarithmic_error", {positive, positive},
        [=](const In& in) { return mean_squared_logarithmic_error(in[0], in[1], options); }, empty);
    rows.add(
        "poisson_nll_loss", {x, positive},
        [=](const In& in) { return poisson_nll_loss(in[0], in[1], {.reduction = reduction}); }, empty);
    rows.add(
        "poisson_nll_loss", {positive, positive},
        [=](const In& in) {
          return poisson_nll_loss(in[0], in[1], {.reduction = reduction, .log_input = false, .full = true});
        },
        empty);
    for (const Shape& shape : {Shape{2, 3}, Shape{2, 1}, Shape{2}})
      rows.add(
          "gaussian_nll_loss", {x, x, {shape, 0.2, 2}},
          [=](const In& in) {
            return gaussian_nll_loss(in[0], in[1], in[2], {.reduction = reduction, .full = true});
          },
          empty);
    rows.add(
        "gaussian_nll_loss", {x, x},
        [=](const In& in) { return gaussian_nll_loss(in[0], in[1], 0.7, {.reduction = reduction}); }, empty);
  }
  return rows.rows;
}
