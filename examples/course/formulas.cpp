// Momentum, RMSprop and Adam: the formulas of the notes beside Keras's, which Taper has.
#include <cmath>
#include <functional>

#include "ideas.h"
#include <taper/taper.h>

using namespace taper;

namespace course {
namespace {

/// The notes' rules for one number. dW is the gradient, t = 1, 2, ... the step; each gives the change of W.
/// They add epsilon to the root, not under it, and average the gradient for momentum.
struct Notes {
  double alpha, beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-8;
  double v = 0, s = 0;

  double momentum(double dW, int) {
    v = beta_1 * v + (1 - beta_1) * dW;
    return -alpha * v;
  }
  double rmsprop(double dW, int) {
    s = beta_2 * s + (1 - beta_2) * dW * dW;
    return -alpha * dW / (std::sqrt(s) + epsilon);
  }
  double adam(double dW, int t) {
    v = beta_1 * v + (1 - beta_1) * dW;
    s = beta_2 * s + (1 - beta_2) * dW * dW;
    const double corrected_v = v / (1 - std::pow(beta_1, t)), corrected_s = s / (1 - std::pow(beta_2, t));
    return -alpha * corrected_v / (std::sqrt(corrected_s) + epsilon);
  }
  double adam_without_correction(double dW, int) {
    v = beta_1 * v + (1 - beta_1) * dW;
    s = beta_2 * s + (1 - beta_2) * dW * dW;
    return -alpha * v / (std::sqrt(s) + epsilon);
  }
};
using Rule = double (Notes::*)(double dW, int t);

/// A number W and an optimizer of the library for it.
template <class Optimizer>
struct Keras {
  Tensor w;
  Optimizer optimizer;
  explicit Keras(double start, const typename Optimizer::Options& options)
      : w(full({}, start, float64).set_requires_grad()), optimizer({w}, options) {}
  double value() const { return w.item<double>(); }
  void step(const std::function<Tensor(const Tensor&)>& loss) {
    optimizer.minimize([&] { return loss(w); });
  }
};

/// The distance of both on (scale / 2) W^2, from W = 1, step by step.
template <class Optimizer>
plot::Values differences(Notes notes, Rule rule, const typename Optimizer::Options& options, double scale,
                         int steps) {
  Keras<Optimizer> keras(1, options);
  double w = 1;
  plot::Values result;
  for (int t = 1; t <= steps; ++t) {
    w += (notes.*rule)(scale * w, t);
    keras.step([&](const Tensor& x) { return scale / 2 * square(x); });
    result.push_back(std::max(std::abs(w - keras.value()), 1e-18));
  }
  return result;
}

/// The length of the step from W = 0 with a constant gradient, after `steps` of them, divided by the learning
/// rate.
template <class Optimizer>
double step_length(const typename Optimizer::Options& options, double gradient, int steps) {
  Keras<Optimizer> keras(0, options);
  double before = 0;
  for (int t = 1; t <= steps; ++t) {
    before = keras.value();
    keras.step([&](const Tensor& x) { return gradient * x; });
  }
  return std::abs(keras.value() - before) / options.learning_rate(0);
}
double step_length(Rule rule, double epsilon, double beta_2, double gradient, int steps) {
  Notes notes{.alpha = 1, .beta_2 = beta_2, .epsilon = epsilon};
  double change = 0;
  for (int t = 1; t <= steps; ++t) change = (notes.*rule)(gradient, t);
  return std::abs(change);
}

}  // namespace

void formulas(Report& report) {
  constexpr int steps = 400;
  plot::Values t;
  for (int i = 1; i <= steps; ++i) t.push_back(i);
  plot::Figure figure({.title = "|W of the notes - W of Keras| on W²/2, from W = 1"});
  plot::Axes& axes = figure.at(0, 0).label("step", "difference").log_y().limit_y(1e-18, 10);
  const auto compare = [&](const std::string& label, const plot::Values& difference) {
    axes.line(t, difference, {.label = label});
    const double largest = *std::max_element(difference.begin(), difference.end());
    report.say("{:<45} largest difference {:.1e}", label, largest);
    return largest;
  };

  const double same =
      compare("Momentum, Keras's rate = (1 - beta) alpha",
              differences<optim::SGD>({.alpha = 0.1}, &Notes::momentum,
                                      {.learning_rate = 0.1 * 0.1, .momentum = 0.9}, 1, steps));
  report.claim(same < 1e-14, "momentum is the same if Keras's learning rate is (1 - beta) alpha");
  const double tenfold = compare("Momentum, Keras's rate = alpha",
                                 differences<optim::SGD>({.alpha = 0.1}, &Notes::momentum,
                                                         {.learning_rate = 0.1, .momentum = 0.9}, 1, steps));
  report.claim(tenfold > 0.5,
               "with the same number for both, Keras's steps are ten times as long: they differ by {:.2f}",
               tenfold);
  const double root =
      compare("RMSprop, epsilon 1e-7 for both",
              differences<optim::RMSprop>({.alpha = 0.01, .beta_2 = 0.9, .epsilon = 1e-7}, &Notes::rmsprop,
                                          {.learning_rate = 0.01, .rho = 0.9, .epsilon = 1e-7}, 1, steps));
  const double adam = compare("Adam, epsilon 1e-7 for both",
                              differences<optim::Adam>({.alpha = 0.01, .epsilon = 1e-7}, &Notes::adam,
                                                       {.learning_rate = 0.01, .epsilon = 1e-7}, 1, steps));
  report.claim(adam < 1e-5, "Adam on gradients near 1: no more than {:.0e} apart", adam);
  const double defaults =
      compare("Adam, each with its own epsilon (1e-8, 1e-7)",
              differences<optim::Adam>({.alpha = 0.01}, &Notes::adam, {.learning_rate = 0.01}, 1, steps));
  const double uncorrected =
      compare("Adam, notes without bias correction",
              differences<optim::Adam>({.alpha = 0.01}, &Notes::adam_without_correction,
                                       {.learning_rate = 0.01}, 1, steps));
  report.claim(root > adam && uncorrected > 1e3 * defaults,
               "bias correction makes the larger difference: {:.1e} instead of {:.1e}", uncorrected,
               defaults);
  report.draw("formulas", figure);

  plot::Figure lengths({.columns = 2, .height = 280, .title = "The length of a step / learning rate"});
  plot::Values gradients;
  for (double exponent = -12; exponent <= 0.01; exponent += 0.1) gradients.push_back(std::pow(10., exponent));
  const auto curve = [&](const std::function<double(double)>& length) {
    plot::Values result;
    for (const double gradient : gradients) result.push_back(length(gradient));
    return result;
  };
  const auto notes = [](Rule rule, double beta_2, int count) {
    return [=](double g) { return step_length(rule, 1e-7, beta_2, g, count); };
  };
  const auto keras_rmsprop = [](double g) {
    return step_length<optim::RMSprop>({.learning_rate = 1.}, g, 100);
  };
  const auto keras_adam = [](int count) {
    return [=](double g) { return step_length<optim::Adam>({.learning_rate = 1.}, g, count); };
  };
  lengths.at(0, 0)
      .title("Small gradients, all epsilons 1e-7")
      .label("gradient, always the same", "step / learning rate")
      .log_x()
      .log_y()
      .limit_y(1e-6, 10)
      .line(gradients, curve(notes(&Notes::rmsprop, 0.9, 100)),
            {.label = "RMSprop, notes, step 100", .width = 4, .opacity = 0.5})
      .line(gradients, curve(keras_rmsprop), {.label = "RMSprop, Keras, step 100"})
      .line(gradients, curve(notes(&Notes::adam, 0.999, 1)), {.label = "Adam, notes, step 1", .series = 2})
      .line(gradients, curve(keras_adam(1)), {.label = "Adam, Keras, step 1", .series = 3});
  const double at = 1e-5, rms_notes = notes(&Notes::rmsprop, 0.9, 100)(at), rms_keras = keras_rmsprop(at);
  report.claim(rms_notes > 0.98 && rms_keras < 0.05,
               "gradient 1e-5: RMSprop's step is {:.2f} learning rates in the notes, {:.3f} in Keras",
               rms_notes, rms_keras);
  const double first_notes = notes(&Notes::adam, 0.999, 1)(1e-7), first_keras = keras_adam(1)(1e-7);
  report.claim(
      std::abs(first_notes - 0.5) < 1e-6 && std::abs(first_keras - 1 / (1 + 1 / std::sqrt(0.001))) < 1e-6,
      "gradient 1e-7: Adam's first step is {:.2f} learning rates in the notes, {:.3f} in Keras", first_notes,
      first_keras);

  plot::Values count, with, without;
  for (int n = 1; n <= 10000; n = n < 30 ? n + 1 : n * 11 / 10) {
    count.push_back(n);
    with.push_back(step_length(&Notes::adam, 1e-8, 0.999, 1, n));
    without.push_back(step_length(&Notes::adam_without_correction, 1e-8, 0.999, 1, n));
  }
  lengths.at(0, 1)
      .title("Adam, gradient always 1")
      .label("step", "step / learning rate")
      .log_x()
      .line(count, with, {.label = "with bias correction"})
      .line(count, without, {.label = "without"});
  const double worst = *std::max_element(without.begin(), without.end());
  report.claim(std::abs(without[0] - 0.1 / std::sqrt(0.001)) < 1e-5 && worst > 6,
               "without bias correction Adam's first step is {:.2f} times as long, the worst {:.1f} times",
               without[0], worst);
  report.draw("formulas-steps", lengths);
}

}  // namespace course
