// Batch, mini-batch, stochastic: the same training with other batch sizes, and what an example costs.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <random>

#include "digits.h"
#include "ideas.h"
#include <taper/taper.h>

using namespace taper;

namespace course {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Curve {
  std::int64_t steps_per_epoch;
  plot::Values epoch, seconds, loss;
};

Curve train(const Report& report, const Digits& train, std::int64_t batch_size, int epochs) {
  manual_seed(report.options.seed);
  nn::Sequential model = small_network();
  optim::SGD optimizer(model.named_parameters(), {.learning_rate = 0.05});
  const data::TensorDataset dataset({train.images, train.labels});
  data::DataLoader loader(dataset, {.batch_size = batch_size, .shuffle = true, .seed = report.options.seed});
  Curve curve{loader.size(), {0}, {0}, {loss(model, train)}};
  double seconds = 0;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    const double begin = now();
    for (const data::Batch& batch : loader)
      optimizer.minimize([&] { return cross_entropy(model(batch[0]), batch[1]); });
    seconds += now() - begin;
    curve.epoch.push_back(epoch);
    curve.seconds.push_back(seconds);
    curve.loss.push_back(loss(model, train));
  }
  return curve;
}

/// Microseconds of one step for each batch size from 1 to `largest`: the median of several rounds, each in
/// another order.
plot::Values step_times(const Report& report, const Digits& digits, std::int64_t largest, int rounds) {
  nn::Sequential model = small_network();
  optim::SGD optimizer(model.named_parameters(), {.learning_rate = 1e-6});
  std::vector<plot::Values> times(static_cast<std::size_t>(largest));
  std::vector<std::int64_t> order(times.size());
  std::iota(order.begin(), order.end(), 1);
  std::mt19937_64 random(report.options.seed);
  for (int round = 0; round < rounds; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    for (const std::int64_t size : order) {
      const Tensor images = slice(digits.images, 0, 0, size), labels = slice(digits.labels, 0, 0, size);
      const auto step = [&] { optimizer.minimize([&] { return cross_entropy(model(images), labels); }); };
      step();  // memory of this size
      const int count = static_cast<int>(std::max<std::int64_t>(2, 64 / size));
      const double begin = now();
      for (int i = 0; i < count; ++i) step();
      times[static_cast<std::size_t>(size - 1)].push_back(1e6 * (now() - begin) / count);
    }
  }
  plot::Values medians;
  for (plot::Values& each : times) {
    std::nth_element(each.begin(), each.begin() + rounds / 2, each.end());
    medians.push_back(each[static_cast<std::size_t>(rounds / 2)]);
  }
  return medians;
}

double median(plot::Values values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

void measure(Report& report, const Digits& all) {
  const auto largest = report.choose<std::int64_t>(600, 100);
  const plot::Values step = step_times(report, all, largest, report.choose(19, 3));
  plot::Values size, example, power, power_time, ratios, sixteens, deviations;
  for (std::int64_t n = 1; n <= largest; ++n) {
    const auto i = static_cast<std::size_t>(n - 1);
    const auto time = [&](std::size_t at) { return step[at] / static_cast<double>(at + 1); };
    size.push_back(static_cast<double>(n));
    example.push_back(time(i));
    const bool inner = n > 2 && n + 2 <= largest;
    // Beside the four sizes around it: what is special about it shows, what changes slowly does not.
    const double ratio = inner ? time(i) / ((time(i - 1) + time(i + 1) + time(i - 2) + time(i + 2)) / 4) : 1;
    if (inner) deviations.push_back(std::abs(ratio - 1));
    if ((n & (n - 1)) == 0) {
      power.push_back(static_cast<double>(n));
      power_time.push_back(time(i));
      if (inner && n >= 8) ratios.push_back(ratio);
    } else if (inner && n % 16 == 0) {
      sixteens.push_back(ratio);
    }
  }
  // Least squares for step = fixed + each * n over the larger half of the sizes gives the price of an
  // example.
  double sn = 0, st = 0, snn = 0, snt = 0, count = 0;
  for (std::size_t i = step.size() / 2; i < step.size(); ++i) {
    const double n = static_cast<double>(i + 1);
    sn += n, st += step[i], snn += n * n, snt += n * step[i], ++count;
  }
  const double each = (count * snt - sn * st) / (count * snn - sn * sn);
  report.say(
      "An example costs {:.2f} us at batch 1, {:.2f} at 8, {:.2f} at 64, {:.2f} at {}; each more in a large "
      "batch {:.2f}.",
      example[0], example[7], example[63], example.back(), largest, each);
  report.say("Time at powers of two (8, 16, ...) / the four sizes around: median {:.3f}", median(ratios));
  report.say("Time at other multiples of 16 / the four sizes around: median {:.3f}", median(sixteens));
  report.say("Half of all sizes differ from those around by more than {:.1f} %", 100 * median(deviations));
  report.claim_time(example[0] > 3 * example[63],
                    "an example at batch 1 costs more than three times as much as at batch 64");
  plot::Figure figure({.title = "What an example costs"});
  figure.at(0, 0)
      .label("batch size", "microseconds / example")
      .log_x()
      .log_y()
      .line(size, example, {.label = "every size", .width = 1.2})
      .points(power, power_time, {.label = "powers of two", .width = 7});
  report.draw("batch-time", figure);
}

}  // namespace

void batch_size(Report& report) {
  const auto count = report.choose<std::int64_t>(6000, 1000);
  const int epochs = report.choose(12, 4);
  const Digits all = digits(report, true, count);
  plot::Figure figure({.columns = 2,
                       .width = 860,
                       .title = fmt::format("{} digits, learning rate 0.05", count),
                       .shared_legend = true});
  plot::Axes &by_epoch = figure.at(0, 0).label("epoch", "training loss").log_y(),
             &by_second = figure.at(0, 1).label("seconds", "training loss").log_x().log_y();
  std::vector<Curve> curves;
  const std::vector<std::int64_t> sizes{1, 32, 64, 128, 256, 512, count};
  for (const std::int64_t size : sizes) {
    const Curve& curve = curves.emplace_back(train(report, all, size, epochs));
    const std::string label = size == count ? "all" : std::to_string(size);
    report.say("batch {:<4} {:>5} steps/epoch  loss after {} epochs {:.3f}  {:.2f} s", label,
               curve.steps_per_epoch, epochs, curve.loss.back(), curve.seconds.back());
    by_epoch.line(curve.epoch, curve.loss, {.label = "batch " + label});
    by_second.line(curve.seconds, curve.loss, {.label = "batch " + label});
  }
  report.draw("batch-size", figure);
  const data::TensorDataset thousand({slice(all.images, 0, 0, 1000), slice(all.labels, 0, 0, 1000)});
  const std::int64_t steps = data::DataLoader(thousand, {.batch_size = 10}).size();
  report.claim(steps == 100, "1000 examples at batch 10 make {} steps", steps);
  report.claim(curves.back().steps_per_epoch == 1, "all at once make 1 step");
  for (std::size_t i = 2; i < curves.size(); ++i)
    report.claim(curves[i - 1].loss.back() < curves[i].loss.back(),
                 "after as many epochs, batch {} is ahead of {}", sizes[i - 1], sizes[i]);
  report.claim_time(curves[0].seconds.back() > curves[1].seconds.back(),
                    "an epoch takes longer with batch 1 than with 32");
  measure(report, all);
}

}  // namespace course
