// Learning-rate decay: all schedules, and what one does to a training.
#include <cmath>
#include <cstdlib>

#include "digits.h"
#include "ideas.h"
#include <taper/taper.h>

using namespace taper;

namespace course {
namespace {

struct Named {
  std::string name;
  optim::LearningRate rate;
};

/// All schedules, from `initial` down in about `steps` steps; `epoch` steps are an epoch.
std::vector<Named> schedules(double initial, std::int64_t steps, std::int64_t epoch) {
  const auto step = static_cast<double>(steps);
  return {
      {"constant", initial},
      {"ExponentialDecay",
       optim::ExponentialDecay({.initial_learning_rate = initial, .decay_steps = steps, .decay_rate = 0.01})},
      {"ExponentialDecay, staircase", optim::ExponentialDecay({.initial_learning_rate = initial,
                                                               .decay_steps = steps / 5,
                                                               .decay_rate = 0.4,
                                                               .staircase = true})},
      {"InverseTimeDecay",
       optim::InverseTimeDecay({.initial_learning_rate = initial, .decay_steps = epoch, .decay_rate = 1})},
      {"InverseRootDecay", optim::InverseRootDecay({.initial_learning_rate = initial, .decay_steps = epoch})},
      {"PiecewiseConstantDecay",
       optim::PiecewiseConstantDecay({.boundaries = {std::round(0.5 * step), std::round(0.75 * step)},
                                      .values = {initial, initial / 10, initial / 100}})},
      {"PolynomialDecay, power 1",
       optim::PolynomialDecay(
           {.initial_learning_rate = initial, .decay_steps = steps, .end_learning_rate = 0})},
      {"PolynomialDecay, power 2",
       optim::PolynomialDecay(
           {.initial_learning_rate = initial, .decay_steps = steps, .end_learning_rate = 0, .power = 2})},
      {"CosineDecay", optim::CosineDecay({.initial_learning_rate = initial, .decay_steps = steps})},
      {"CosineDecayRestarts", optim::CosineDecayRestarts({.initial_learning_rate = initial,
                                                          .first_decay_steps = (steps + 6) / 7,
                                                          .t_mul = 2,
                                                          .m_mul = 0.7})},
  };
}

void exponential(Report& report) {
  const auto decay = [](bool staircase) {
    return optim::ExponentialDecay(
        {.initial_learning_rate = 0.1, .decay_steps = 100000, .decay_rate = 0.96, .staircase = staircase});
  };
  const optim::ExponentialDecay smooth = decay(false), stairs = decay(true);
  plot::Values steps, smooth_rates, stair_rates;
  for (std::int64_t step = 0; step <= 1000000; step += 2000) {
    steps.push_back(static_cast<double>(step) / 1000);
    smooth_rates.push_back(smooth(step));
    stair_rates.push_back(stairs(step));
  }
  plot::Figure figure({.title = "0.1 · 0.96^(step / 100000)"});
  figure.at(0, 0)
      .label("thousand steps", "learning rate")
      .line(steps, smooth_rates, {.label = "smooth"})
      .steps(steps, stair_rates, {.label = "staircase"});
  report.draw("decay-exponential", figure);
  report.say("step     smooth    staircase");
  for (const std::int64_t step : {0, 50000, 99999, 100000, 500000, 1000000})
    report.say("{:<8} {:.6f}  {:.6f}", step, smooth(step), stairs(step));
  report.claim(std::abs(smooth(100000) - 0.096) < 1e-12 && std::abs(stairs(100000) - 0.096) < 1e-12,
               "after 100000 steps both are 0.096");
  report.claim(stairs(99999) == 0.1 && std::abs(smooth(50000) - 0.1 * std::sqrt(0.96)) < 1e-12,
               "half way the staircase is still 0.1, the smooth one {:.4f}", smooth(50000));
  report.claim(std::abs(smooth(1000000) - 0.0665) < 5e-5, "after a million steps the rate is {:.4f}",
               smooth(1000000));
}

}  // namespace

void decay(Report& report) {
  exponential(report);

  const auto count = report.choose<std::int64_t>(6000, 2000);
  const std::int64_t batch_size = 16, epoch = count / batch_size, epochs = report.choose(12, 6),
                     total = epochs * epoch;
  const double initial = 0.5;
  const Digits train = digits(report, true, count), test = digits(report, false, report.choose(10000, 2000));
  const data::TensorDataset dataset({train.images, train.labels});
  plot::Figure rates({.title = "All schedules, from 0.5"});
  rates.at(0, 0).label("epoch", "learning rate");
  plot::Figure losses({.columns = 2,
                       .width = 860,
                       .title = fmt::format("{} digits, SGD, batch {}", count, batch_size),
                       .shared_legend = true});
  losses.at(0, 0).label("epoch", "training loss").log_y();
  losses.at(0, 1).label("epoch", "error on test digits in %");
  report.say("schedule                      training loss  test accuracy");
  std::vector<double> last;
  for (const auto& [name, rate] : schedules(initial, total, epoch)) {
    plot::Values epochs_passed, rate_values, at, training, error;
    for (std::int64_t step = 0; step <= total; step += std::max<std::int64_t>(1, total / 300)) {
      epochs_passed.push_back(static_cast<double>(step) / static_cast<double>(epoch));
      rate_values.push_back(rate(step));
    }
    rates.at(0, 0).line(epochs_passed, rate_values, {.label = name});

    manual_seed(report.options.seed);
    nn::Sequential model = small_network();
    optim::SGD optimizer(model.named_parameters(), {.learning_rate = rate});
    data::DataLoader loader(
        dataset, {.batch_size = batch_size, .shuffle = true, .seed = report.options.seed, .drop_last = true});
    for (std::int64_t i = 1; i <= epochs; ++i) {
      for (const data::Batch& batch : loader)
        optimizer.minimize([&] { return cross_entropy(model(batch[0]), batch[1]); });
      at.push_back(static_cast<double>(i));
      training.push_back(loss(model, train));
      error.push_back(100 * (1 - accuracy(model, test)));
    }
    losses.at(0, 0).line(at, training, {.label = name});
    losses.at(0, 1).line(at, error, {.label = name});
    last.push_back(training.back());
    report.say("{:<29} {:<14.4f} {:.4f}", name, training.back(), 1 - error.back() / 100);
  }
  report.draw("decay-schedules", rates);
  report.draw("decay-training", losses);
  report.claim(last[8] < last[0], "cosine decay ends with a smaller training loss than the constant rate");
}

}  // namespace course
