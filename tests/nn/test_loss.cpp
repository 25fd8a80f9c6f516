// Losses: values, reductions, gradients, errors.
#include <cmath>
#include <limits>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/nn/nn.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

Tensor labels_of(std::initializer_list<std::int64_t> labels) {
  return from_data(labels, {static_cast<std::int64_t>(labels.size())});
}

void check_close(const Tensor& a, const Tensor& b, double tolerance = 1e-12) {
  REQUIRE(a.shape() == b.shape());
  CHECK(max(abs(a.detach() - b.detach())).item<double>() <= tolerance);
}

// What cross_entropy computes, from elementary operations.
Tensor reference(const Tensor& logits, const Tensor& labels, double smoothing, const Tensor& valid) {
  const Tensor logarithms = log_softmax(logits, 1);
  const Tensor target = (1 - smoothing) * one_hot(labels, logits.size(1), float64) +
                        smoothing / static_cast<double>(logits.size(1));
  return where(valid, -sum(target * logarithms, {1}), 0);
}

}  // namespace

TEST_CASE("cross_entropy by hand") {
  const Tensor logits = log(from_data({0.5, 0.25, 0.25, 0.1, 0.1, 0.8}, {2, 3}));
  const Tensor labels = labels_of({0, 1});
  const double first = -std::log(0.5), second = -std::log(0.1);
  check_close(cross_entropy(logits, labels), scalar((first + second) / 2, float64));
  check_close(cross_entropy(logits, labels, {.reduction = Reduction::sum}), scalar(first + second, float64));
  check_close(cross_entropy(logits, labels, {.reduction = Reduction::none}), from_data({first, second}, {2}));
  // A tenth of the target spread over three classes.
  const double even = -(std::log(0.5) + 2 * std::log(0.25)) / 3;
  check_close(cross_entropy(slice(logits, 0, 0, 1), labels_of({0}), {.label_smoothing = 0.1}),
              scalar(0.9 * first + 0.1 * even, float64));
  // Ignored labels do not count in the mean.
  check_close(cross_entropy(logits, labels_of({-100, 1})), scalar(second, float64));
  check_close(cross_entropy(logits, labels, {.reduction = Reduction::none, .ignore_index = 1}),
              from_data({first, 0.}, {2}));
  CHECK(std::isnan(cross_entropy(logits, labels_of({-100, -100})).item<double>()));
  // No overflow.
  CHECK(cross_entropy(from_data({1e4f, 0.f}, {1, 2}), labels_of({1})).item<float>() == 1e4f);
  CHECK(cross_entropy(from_data({1e4f, -std::numeric_limits<float>::infinity()}, {1, 2}), labels_of({0}))
            .item<float>() == 0);
}

TEST_CASE("the gradient of cross_entropy is softmax less target, over N") {
  Tensor logits = log(from_data({0.5, 0.25, 0.25, 0.1, 0.1, 0.8}, {2, 3})).set_requires_grad();
  (3 * cross_entropy(logits, labels_of({0, 1}))).backward();
  check_close(logits.grad(), 1.5 * from_data({-0.5, 0.25, 0.25, 0.1, -0.9, 0.8}, {2, 3}));
}

TEST_CASE("cross_entropy agrees with its formula, and so do its gradients of both kinds") {
  const Tensor valid = from_data({true, false, true, true, false}, {5});
  const Tensor given = labels_of({1, 7, 3, 0, 7}), labels = labels_of({1, 0, 3, 0, 0});
  const Tensor start = normal({5, 4}, 0, 3, float64), cotangent = normal({5}, 0, 1, float64);
  for (const double smoothing : {0.0, 0.2, 1.0})
    for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none})
      for (const bool create_graph : {false, true}) {
        const CrossEntropyOptions options{
            .reduction = reduction, .label_smoothing = smoothing, .ignore_index = 7};
        Tensor x = (start + 0).set_requires_grad();
        const Tensor loss = cross_entropy(x, given, options);
        Tensor wanted = reference(x, labels, smoothing, valid), g;
        if (reduction == Reduction::none)
          g = cotangent;
        else
          wanted = sum(wanted) / (reduction == Reduction::mean ? 3.0 : 1.0);
        check_close(loss, wanted);
        check_close(grad({loss}, {x}, {g}, {.create_graph = create_graph})[0], grad({wanted}, {x}, {g})[0]);
      }
}

TEST_CASE("cross_entropy of images, and of views") {
  const Tensor x = normal({2, 3, 2, 2}, 0, 1, float64);
  const Tensor labels = from_data<std::int64_t>({0, 1, 2, 0, -100, 1, 1, 2}, {2, 2, 2});
  const Tensor each = cross_entropy(x, labels, {.reduction = Reduction::none});
  check_close(each, nll_loss(log_softmax(x, 1), labels, {.reduction = Reduction::none}));
  check_close(cross_entropy(x, labels), sum(each) / 7);
  check_close(nll_loss(log_softmax(x, 1), labels), sum(each) / 7);
  check_close(nll_loss(log_softmax(x, 1), labels, {.reduction = Reduction::sum}), sum(each));
  const Tensor rows = normal({3, 4}, 0, 1, float64);
  const Tensor every = from_data<std::int64_t>({0, 9, 2, 9, 1, 9, 0, 9}, {8});
  check_close(cross_entropy(transpose(rows), slice(every, 0, 0, 8, 2)),
              cross_entropy(contiguous(transpose(rows)), labels_of({0, 2, 1, 0})));
  CHECK(std::isnan(cross_entropy(zeros({0, 3}), labels_of({})).item<float>()));
}

TEST_CASE("what cross_entropy keeps is safe from changes of the labels") {
  Tensor labels = labels_of({0, 1});
  Tensor x = zeros({2, 2}, float64).set_requires_grad();
  const Tensor loss = cross_entropy(x, labels, {.reduction = Reduction::sum});
  labels.mutable_data<std::int64_t>()[0] = 1000000000;
  loss.backward();
  check_close(x.grad(), from_data({-0.5, 0.5, 0.5, -0.5}, {2, 2}));
}

TEST_CASE("cross_entropy and nll_loss refuse what does not fit") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH(cross_entropy(x, labels_of({0, 3})),
                    "cross_entropy: label 3 at position [1] is not one of the 3 classes (0 to 2)");
  CHECK_THROWS_AS(cross_entropy(x, labels_of({-1, 0})), IndexError);
  CHECK_THROWS_WITH(cross_entropy(zeros({1, 3, 2, 2}), from_data<std::int64_t>({0, 0, 5, 0}, {1, 2, 2})),
                    ContainsSubstring("label 5 at position [0, 1, 0]"));
  CHECK_THROWS_WITH(nll_loss(x, labels_of({0, 3})), ContainsSubstring("nll_loss: label 3"));
  CHECK_THROWS_AS(cross_entropy(x, labels_of({0})), ShapeError);
  CHECK_THROWS_AS(cross_entropy(zeros({3}), labels_of({0})), ShapeError);
  CHECK_THROWS_AS(cross_entropy(x, zeros({2})), DTypeError);
  CHECK_THROWS_AS(cross_entropy(zeros({2, 3}, int64), labels_of({0, 1})), DTypeError);
  CHECK_THROWS_AS(cross_entropy(x, labels_of({0, 1}), {.label_smoothing = 1.5}), ValueError);
  CHECK_THROWS_AS(cross_entropy(x, labels_of({0, 1}), {.label_smoothing = -0.1}), ValueError);
}

TEST_CASE("losses of pairs by hand") {
  const Tensor x = from_data({1., 2., 5., -4.}, {2, 2}), target = from_data({1., 1.5, 2., 0.}, {2, 2});
  const auto each = [&](const Tensor& loss, std::vector<double> wanted) {
    check_close(loss, from_data(wanted, {2, 2}));
  };
  each(mse_loss(x, target, {.reduction = Reduction::none}), {0, 0.25, 9, 16});
  each(l1_loss(x, target, {.reduction = Reduction::none}), {0, 0.5, 3, 4});
  each(huber_loss(x, target, {.reduction = Reduction::none, .delta = 2}), {0, 0.125, 4, 6});
  each(smooth_l1_loss(x, target, {.reduction = Reduction::none, .beta = 2}), {0, 0.0625, 2, 3});
  each(smooth_l1_loss(x, target, {.reduction = Reduction::none, .beta = 0}), {0, 0.5, 3, 4});
  CHECK(mse_loss(x, target).item<double>() == 25.25 / 4);
  CHECK(mse_loss(x, target, {.reduction = Reduction::sum}).item<double>() == 25.25);
  CHECK(l1_loss(x, target).item<double>() == 7.5 / 4);
  CHECK(huber_loss(x, target).item<double>() == (0.125 + 2.5 + 3.5) / 4);
  CHECK(smooth_l1_loss(x, target, {.reduction = Reduction::sum, .beta = 1}).item<double>() == 6.125);
  const Tensor p = from_data({0.25, 0.5, 1., 0.}, {2, 2}), t = from_data({1., 0.5, 0., 0.}, {2, 2});
  each(binary_cross_entropy(p, t, {.reduction = Reduction::none}), {std::log(4), std::log(2), 100, 0});
  CHECK(binary_cross_entropy(p, t).item<double>() == Approx((std::log(8) + 100) / 4));
  // Neither overflow nor cancellation at either end.
  const Tensor logits = from_data({1000., -30., 30., 0.}, {2, 2}),
               ones_and = from_data({0., 0., 1., 0.25}, {2, 2});
  const std::vector<double> found =
      binary_cross_entropy_with_logits(logits, ones_and, {.reduction = Reduction::none}).to_vector<double>();
  CHECK(found[0] == 1000);
  CHECK(found[1] == Approx(std::exp(-30)).epsilon(1e-9));
  CHECK(found[2] == Approx(std::exp(-30)).epsilon(1e-9));
  CHECK(found[3] == Approx(std::log(2)));
}

TEST_CASE("gradients of losses of pairs, and their gradients") {
  manual_seed(2);
  const Tensor x = normal({2, 3}, 0, 2, float64).set_requires_grad();
  const Tensor target = normal({2, 3}, 0, 2, float64).set_requires_grad();
  const Tensor p = uniform({2, 3}, 0.1, 0.9, float64).set_requires_grad();
  const Tensor t = uniform({2, 3}, 0.1, 0.9, float64).set_requires_grad();
  const auto both = [](const TensorFunction& function, const std::vector<Tensor>& inputs) {
    CHECK(gradcheck(function, inputs));
    CHECK(gradgradcheck(function, inputs));
  };
  for (const Reduction r : {Reduction::mean, Reduction::sum, Reduction::none}) {
    both([=](const auto& in) { return mse_loss(in[0], in[1], {.reduction = r}); }, {x, target});
    both([=](const auto& in) { return l1_loss(in[0], in[1], {.reduction = r}); }, {x, target});
    both([=](const auto& in) { return huber_loss(in[0], in[1], {.reduction = r, .delta = 1.5}); },
         {x, target});
    both([=](const auto& in) { return smooth_l1_loss(in[0], in[1], {.reduction = r, .beta = 0.5}); },
         {x, target});
    both([=](const auto& in) { return binary_cross_entropy(in[0], in[1], {.reduction = r}); }, {p, t});
    both([=](const auto& in) { return binary_cross_entropy_with_logits(in[0], in[1], {.reduction = r}); },
         {x, t});
    const Tensor labels = labels_of({2, 0});
    both(
        [=](const auto& in) {
          return cross_entropy(in[0], labels, {.reduction = r, .label_smoothing = 0.1});
        },
        {x});
    both([=](const auto& in) { return nll_loss(in[0], labels, {.reduction = r}); }, {x});
  }
}

TEST_CASE("losses of pairs refuse what does not fit") {
  const auto refused = [](auto loss) {
    CHECK_THROWS_AS(loss(ones({2}), ones({1})), ShapeError);
    CHECK_THROWS_AS(loss(ones({2}), ones({2}, float64)), DTypeError);
    CHECK_THROWS_AS(loss(ones({2}, int64), ones({2}, int64)), DTypeError);
  };
  refused([](const Tensor& x, const Tensor& y) { return mse_loss(x, y); });
  refused([](const Tensor& x, const Tensor& y) { return l1_loss(x, y); });
  refused([](const Tensor& x, const Tensor& y) { return huber_loss(x, y); });
  refused([](const Tensor& x, const Tensor& y) { return smooth_l1_loss(x, y); });
  refused([](const Tensor& x, const Tensor& y) { return binary_cross_entropy(x, y); });
  refused([](const Tensor& x, const Tensor& y) { return binary_cross_entropy_with_logits(x, y); });
  CHECK_THROWS_WITH(mse_loss(ones({2}), ones({1})), "mse_loss: expected a target of shape [2], got [1]");
  CHECK_THROWS_AS(huber_loss(ones({1}), ones({1}), {.delta = 0}), ValueError);
  CHECK_THROWS_AS(smooth_l1_loss(ones({1}), ones({1}), {.beta = -1}), ValueError);
  CHECK_THROWS_AS(binary_cross_entropy(full({1}, 1.5), ones({1})), ValueError);
  CHECK_THROWS_AS(binary_cross_entropy(full({1}, NAN), ones({1})), ValueError);
}

TEST_CASE("loss layers keep weights of their own, and name themselves") {
  const Tensor weight = tensor({1., 2., 3.}), x = zeros({2, 3}, float64), labels = labels_of({0, 2});
  nn::CrossEntropyLoss loss({.weight = weight});
  CHECK(loss.type() == "CrossEntropyLoss");
  REQUIRE(loss.state_dict().size() == 1);
  CHECK(loss.state_dict()[0].first == "weight");
  loss.to(float64);
  CHECK(weight.dtype() == float32);
  CHECK(loss(x, labels).item<double>() == Approx(std::log(3.)));
  nn::BCEWithLogitsLoss logits({.weight = weight, .pos_weight = weight});
  CHECK(logits.state_dict()[1].first == "pos_weight");
  CHECK(nn::MSELoss().state_dict().empty());
  CHECK(nn::MSELoss({.reduction = Reduction::sum})(tensor({1., 2.}), tensor({3., 5.})).item<float>() == 13);
  CHECK(nn::GaussianNLLLoss()(x, x, 1.0).item<double>() == 0);
  CHECK_THROWS_WITH(nn::HuberLoss()(ones({2}), ones({1})),
                    ContainsSubstring("huber_loss: expected a target of shape [2], got [1]"));
}

TEST_CASE("the adaptive softmax is one distribution") {
  const nn::AdaptiveLogSoftmaxWithLoss module({.in_features = 16, .n_classes = 20, .cutoffs = {4, 10}});
  const Tensor x = normal({5, 16}), labels = labels_of({3, 19, 9, 0, 4});
  const Tensor all = module.log_prob(x);
  CHECK(max(abs(sum(exp(all), 1) - 1)).item<float>() < 1e-5);
  const auto [output, loss] = module(x, labels);
  CHECK(max(abs(output - squeeze(gather(all, 1, unsqueeze(labels, 1)), 1))).item<float>() < 1e-5);
  CHECK(loss.item<float>() == Approx(-mean(output).item<float>()));
  CHECK(module.predict(x).to_vector<std::int64_t>() == argmax(all, 1).to_vector<std::int64_t>());
  const auto alone = module(x[1], labels[1]);
  CHECK(alone.output.item<float>() == Approx(output[1].item<float>()));
  CHECK_THROWS_WITH(module(x, labels_of({3, 20, 9, 0, 4})),
                    ContainsSubstring("label 20 at position [1] is not one of the 20 classes (0 to 19)"));
  using Adaptive = nn::AdaptiveLogSoftmaxWithLoss;
  CHECK_THROWS_WITH(
      Adaptive({.in_features = 16, .n_classes = 20, .cutoffs = {4, 4}}),
      "AdaptiveLogSoftmaxWithLoss: cutoffs must increase, from at least 1 to below n_classes = 20, "
      "got [4, 4]");
  CHECK_THROWS_AS(Adaptive({.in_features = 16, .n_classes = 20}), ValueError);
  CHECK_THROWS_AS(Adaptive({.in_features = 16, .n_classes = 20, .cutoffs = {20}}), ValueError);
  CHECK_THROWS_WITH(Adaptive({.in_features = 8, .n_classes = 20, .cutoffs = {4, 10}}),
                    "AdaptiveLogSoftmaxWithLoss: 8 features divided by 4^2 leave none, or too many, for "
                    "cluster 1");
}
