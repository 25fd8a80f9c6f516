// Losses: what they say of arguments that do not fit, and edge cases.
#include <cmath>
#include <limits>

#include <catch.h>
#include <errors.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

Tensor integers(std::initializer_list<std::int64_t> values, const Shape& shape) {
  return from_data(values, shape);
}

}  // namespace

TEST_CASE("losses of classes say which weights and probabilities they take") {
  const Tensor x = zeros({2, 3}), labels = integers({0, 2}, {2});
  check_error<ShapeError>([&] { return cross_entropy(x, labels, {.weight = ones(2)}); },
                          "cross_entropy: expected a weight of shape [3], got [2]");
  check_error<DTypeError>(
      [&] { return cross_entropy(x, labels, {.weight = ones(3, float64)}); },
      "cross_entropy: expected a weight of dtype float32, got float64; convert one with to(x, dtype)");
  check_error<ShapeError>([&] { return cross_entropy(x, x, {.weight = ones(1)}); },
                          "cross_entropy: expected a weight of shape [3], got [1]");
  check_error<ShapeError>(
      [&] {
        return nll_loss(x, labels, {.weight = ones({2, 3})});
      },
      "nll_loss: expected a weight of shape [3], got [2, 3]");
  check_error<ShapeError>(
      [&] {
        return nll_loss(zeros({2, 0}), integers({-100, -100}, {2}));
      },
      "nll_loss: expected at least one class, got shape [2, 0]");
  check_error<DTypeError>(
      [&] {
        return cross_entropy(x, zeros({2, 3}, int64));
      },
      "cross_entropy: expected class probabilities of dtype float32, got int64; convert one with to(x, "
      "dtype)");
  check_error<ValueError>([&] { return cross_entropy(x, x, {.ignore_index = 1}); },
                          "cross_entropy: expected no ignore_index for class probabilities, got 1");
  check_error<ShapeError>(
      [&] { return mse_loss(x, x, {.weight = ones(2)}); },
      "mse_loss: expected a weight that broadcasts to the shape [2, 3] of the losses, got [2]");
  check_error<ShapeError>(
      [&] {
        return l1_loss(x, x, {.weight = ones({1, 2, 3})});
      },
      "l1_loss: expected a weight that broadcasts to the shape [2, 3] of the losses, got [1, 2, 3]");
  check_error<DTypeError>(
      [&] { return huber_loss(x, x, {.weight = labels}); },
      "huber_loss: expected a weight of dtype float32, got int64; convert one with to(x, dtype)");
  check_error<ShapeError>(
      [&] { return binary_cross_entropy_with_logits(x, x, {.pos_weight = ones(2)}); },
      "binary_cross_entropy_with_logits: expected a weight that broadcasts to the shape [2, 3] of the "
      "losses, "
      "got [2]");
  check_error<ShapeError>([&] { return kl_div(x, zeros(3)); },
                          "kl_div: expected a target of shape [2, 3], got [3]");
  check_error<DTypeError>(
      [&] {
        return sigmoid_focal_loss(x, zeros({2, 3}, int64));
      },
      "sigmoid_focal_loss: expected a target of dtype float32, got int64; convert one with to(x, dtype)");
  check_error<IndexError>([&] { return dice_loss(x, x, {.axes = 2}); },
                          "dice_loss: axis 2 is out of range for 2 dimensions: use -2 to 1");
}

TEST_CASE("losses of numbers say which variance they take") {
  const Tensor x = zeros({2, 3});
  check_error<ShapeError>(
      [&] { return gaussian_nll_loss(x, x, ones(3)); },
      "gaussian_nll_loss: expected a variance of shape [2, 3], or with 1 in places of it, or without its "
      "last "
      "axis, got [3]");
  check_error<ValueError>([&] { return gaussian_nll_loss(x, x, -1); },
                          "gaussian_nll_loss: expected a variance of at least 0, got a negative one");
  check_error<DTypeError>(
      [&] {
        return gaussian_nll_loss(x, x, ones({2, 3}, int64));
      },
      "gaussian_nll_loss: expected a variance of dtype float32, got int64; convert one with to(x, dtype)");
  check_error<ShapeError>([&] { return poisson_nll_loss(x, zeros(3)); },
                          "poisson_nll_loss: expected a target of shape [2, 3], got [3]");
}

TEST_CASE("losses with margins say what they take") {
  const Tensor x = zeros({2, 3}), scalar_score = zeros({}), labels = integers({0, 2}, {2});
  check_error<ShapeError>([&] { return hinge_loss(x, labels); },
                          "hinge_loss: expected a target of shape [2, 3], got [2]");
  check_error<DTypeError>(
      [&] { return soft_margin_loss(labels, labels); },
      "soft_margin_loss: expected float32 or float64, got int64; convert with to(x, float32)");
  check_error<ShapeError>([&] { return margin_ranking_loss(x, zeros(3), x); },
                          "margin_ranking_loss: expected second scores of shape [2, 3], got [3]");
  check_error<ShapeError>([&] { return multi_margin_loss(scalar_score, labels); },
                          "multi_margin_loss: expected scores of shape [N, C] or [C], got []");
  check_error<ValueError>([&] { return multi_margin_loss(x, labels, {.p = 3}); },
                          "multi_margin_loss: expected p = 1 or 2, got 3");
  check_error<IndexError>(
      [&] {
        return multi_margin_loss(x, integers({0, -1}, {2}));
      },
      "multi_margin_loss: label -1 at position [1] is not one of the 3 classes (0 to 2)");
  check_error<ShapeError>([&] { return multi_margin_loss(x, labels, {.weight = ones(2)}); },
                          "multi_margin_loss: expected a weight of shape [3], got [2]");
  check_error<IndexError>(
      [&] {
        return multilabel_margin_loss(x, integers({0, -1, 9, 1, 3, 0}, {2, 3}));
      },
      "multilabel_margin_loss: label 3 at position [1, 1] is not one of the 3 classes (0 to 2)");
  check_error<DTypeError>(
      [&] { return multilabel_margin_loss(x, x); },
      "multilabel_margin_loss: expected int64 labels, got float32; convert with to(labels, int64)");
  check_error<ShapeError>(
      [&] {
        return categorical_hinge_loss(zeros({2, 0}), zeros({2, 0}));
      },
      "categorical_hinge_loss: expected at least one class, got shape [2, 0]");
  check_error<ShapeError>([&] { return multilabel_soft_margin_loss(scalar_score, scalar_score); },
                          "multilabel_soft_margin_loss: expected scores of shape [..., C], got []");
  check_error<ShapeError>([&] { return cosine_embedding_loss(x, x, ones(3)); },
                          "cosine_embedding_loss: expected a target of shape [2], got [3]");
  check_error<ShapeError>([&] { return cosine_embedding_loss(scalar_score, scalar_score, ones(1)); },
                          "cosine_embedding_loss: expected vectors of shape [..., D], got []");
  check_error<ShapeError>([&] { return triplet_margin_loss(x, x, zeros(3)); },
                          "triplet_margin_loss: expected a negative of shape [2, 3], got [3]");
  check_error<ValueError>([&] { return triplet_margin_loss(x, x, x, {.margin = 0}); },
                          "triplet_margin_loss: expected a margin above 0, got 0");
  check_error<ValueError>([&] { return triplet_margin_loss(x, x, x, {.p = -1}); },
                          "triplet_margin_loss: expected p >= 0, got -1");
  check_error<ValueError>([&] { return pairwise_distance(x, x, -1); },
                          "pairwise_distance: expected p >= 0, got -1");
  check_error<IndexError>([&] { return cosine_similarity(x, x, 2); },
                          "cosine_similarity: axis 2 is out of range for 2 dimensions: use -2 to 1");
  check_error<ValueError>(
      [&] { return pairwise_distance(x, Tensor()); },
      "pairwise_distance: a second operand is undefined: default-constructed and never assigned");
}

TEST_CASE("ctc_loss says which targets and lengths it takes") {
  const Tensor x = zeros({4, 2, 3}), targets = integers({1, 2, 2, 1}, {2, 2}), steps = integers({4, 3}, {2}),
               lengths = integers({2, 1}, {2});
  const auto refused = [&](auto error, const char* message, const Tensor& t, const Tensor& s, const Tensor& l,
                           std::int64_t blank = 0) {
    check_error<decltype(error)>([&] { return ctc_loss(x, t, s, l, {.blank = blank}); }, message);
  };
  const ShapeError shape("");
  const DTypeError dtype("");
  const IndexError index("");
  const ValueError value("");
  check_error<ShapeError>([&] { return ctc_loss(zeros(3), targets, steps, lengths); },
                          "ctc_loss: expected logarithms of shape [T, N, C] or [T, C], got [3]");
  refused(shape, "ctc_loss: expected targets of shape [2, S], got [1, 2]", integers({1, 2}, {1, 2}), steps,
          lengths);
  refused(shape, "ctc_loss: expected targets of shape [N, S] or of all labels, got []", integers({1}, {}),
          steps, lengths);
  refused(shape, "ctc_loss: expected input lengths of shape [2], got [1]", targets, integers({4}, {1}),
          lengths);
  refused(dtype, "ctc_loss: expected target lengths of dtype int64, got float32; convert with to(x, int64)",
          targets, steps, ones(2));
  refused(value, "ctc_loss: expected input lengths from 0 to 4, got 5", targets, integers({4, 5}, {2}),
          lengths);
  refused(value, "ctc_loss: expected target lengths from 0 to 2, got -1", targets, steps,
          integers({-1, 0}, {2}));
  refused(value, "ctc_loss: expected a blank that is one of the 3 classes, got 3", targets, steps, lengths,
          3);
  refused(index, "ctc_loss: label 3 is not one of the 3 classes (0 to 2)", integers({1, 2, 3, 1}, {2, 2}),
          steps, lengths);
  refused(value, "ctc_loss: expected labels other than the blank 1, got it", targets, steps, lengths, 1);
  refused(value, "ctc_loss: expected target lengths that add up to the 4 labels, got 3",
          integers({1, 2, 1, 2}, {4}), steps, lengths);
  refused(value, "ctc_loss: expected target lengths that add up to the 2 labels, got more",
          integers({1, 2}, {2}), steps, lengths);
  refused(value, "ctc_loss: targets is undefined: default-constructed and never assigned", {}, steps,
          lengths);
}

TEST_CASE("ctc_loss of sequences that are too short, empty or infinite") {
  const Tensor logits = normal({3, 2, 3}, 0, 1, float64).set_requires_grad(), x = log_softmax(logits, -1);
  const Tensor targets = integers({1, 1, 2, 0}, {2, 2}), lengths = integers({2, 1}, {2});
  const auto each = [&](const Tensor& steps, bool zero) {
    return ctc_loss(x, targets, steps, lengths, {.reduction = Reduction::none, .zero_infinity = zero});
  };
  // A repetition needs a blank between: three steps at least.
  const Tensor enough = each(integers({3, 1}, {2}), false), short_by_one = each(integers({2, 1}, {2}), false);
  CHECK(all(isfinite(enough)).item<bool>());
  CHECK(short_by_one[0].item<double>() == std::numeric_limits<double>::infinity());
  CHECK(short_by_one[1].item<double>() == enough[1].item<double>());
  // The only alignment of the first: 1, blank, 1.
  CHECK(enough[0].item<double>() == Approx(-(x(0, 0, 1) + x(1, 0, 0) + x(2, 0, 1)).item<double>()));
  const Tensor zeroed = each(integers({2, 1}, {2}), true);
  CHECK(zeroed[0].item<double>() == 0);
  for (const bool again : {false, true}) {
    const Tensor gradient =
        grad({sum(zeroed)}, {logits}, {}, {.retain_graph = true, .create_graph = again})[0];
    CHECK(all(isfinite(gradient)).item<bool>());
    CHECK(max(abs(select(gradient, 1, 0))).item<double>() == 0);
    CHECK(max(abs(gradient)).item<double>() > 0.01);
  }
  // By the log-probabilities, of which only those of the first two steps count.
  const Tensor leaf = x.detach().set_requires_grad();
  const Tensor infinite =
      ctc_loss(leaf, targets, integers({2, 1}, {2}), lengths, {.reduction = Reduction::sum});
  const Tensor gradient = grad({infinite}, {leaf})[0];
  CHECK(all(isnan(select(slice(gradient, 0, 0, 2), 1, 0))).item<bool>());
  CHECK(max(abs(gradient[2])).item<double>() == 0);
  // Probabilities of 0.
  Tensor certain = full({2, 1, 2}, -std::numeric_limits<double>::infinity(), float64);
  assign(certain, {Slice(), Slice(), 1}, 0);
  certain = certain.set_requires_grad();
  const Tensor loss = ctc_loss(certain, integers({1}, {1, 1}), integers({2}, {1}), integers({1}, {1}));
  CHECK(loss.item<double>() == 0);
  CHECK(grad({loss}, {certain})[0].to_vector<double>() == std::vector<double>{0, -1, 0, -1});
  // Nothing at all.
  CHECK(ctc_loss(zeros({0, 0, 2}), zeros({0, 0}, int64), zeros(0, int64), zeros(0, int64),
                 {.reduction = Reduction::sum})
            .item<float>() == 0);
  CHECK(ctc_loss(zeros({0, 1, 2}), zeros({1, 0}, int64), zeros(1, int64), zeros(1, int64)).item<float>() ==
        0);
}

TEST_CASE("losses far out neither overflow nor cancel") {
  const Tensor far = from_data({1000., -1000., 1e-9}, {3}), none = zeros({3}, float64);
  const auto each = LossOptions{.reduction = Reduction::none};
  const std::vector<double> log_cosh = log_cosh_loss(far, none, each).to_vector<double>();
  CHECK(log_cosh[0] == Approx(1000 - std::log(2.)));
  CHECK(log_cosh[1] == log_cosh[0]);
  CHECK(std::abs(log_cosh[2]) < 1e-17);
  const std::vector<double> soft =
      soft_margin_loss(far, integers({-1, -1, 1}, {3}), each).to_vector<double>();
  CHECK(soft[0] == 1000);
  CHECK(soft[1] == 0);
  CHECK(soft[2] == Approx(std::log(2.)));
  Tensor logits = from_data({800., -800.}, {2}).set_requires_grad();
  const Tensor focal = sigmoid_focal_loss(logits, from_data({1., 1.}, {2}), {.reduction = Reduction::none});
  CHECK(focal.to_vector<double>() == std::vector<double>{0, 200});
  sum(focal).backward();
  CHECK(all(isfinite(logits.grad())).item<bool>());
}

TEST_CASE("weights for examples, and sums for the first extent") {
  const Tensor x = tensor({{1., 2., 3.}, {4., 5., 6.}}), none = zeros_like(x), rows = tensor({{1.}, {3.}});
  CHECK(mse_loss(x, none, {.weight = rows}).item<float>() == Approx((14 + 3 * 77) / 12.));
  CHECK(huber_loss(x, none, {.weight = rows}).item<float>() == Approx((4.5 + 3 * 13.5) / 6));
  CHECK(l1_loss(x, none, {.reduction = Reduction::batch_mean, .weight = rows}).item<float>() ==
        Approx(51 / 2.));
  const Tensor labels = integers({0, 2}, {2});
  const double total = cross_entropy(x, labels, {.reduction = Reduction::sum}).item<double>();
  CHECK(cross_entropy(x, labels, {.reduction = Reduction::batch_mean}).item<double>() == Approx(total / 2));
  CHECK(nll_loss(log_softmax(x, 1), labels, {.reduction = Reduction::batch_mean}).item<double>() ==
        Approx(total / 2));
  const Tensor one_hot_target = one_hot(labels, 3);
  CHECK(cross_entropy(x, one_hot_target).item<double>() == Approx(total / 2));
}
