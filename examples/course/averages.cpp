// Exponentially weighted averages: what beta means, and what bias correction does.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "ideas.h"
#include <taper/taper.h>

using namespace taper;

namespace course {
namespace {

constexpr double betas[] = {0.5, 0.9, 0.98};

plot::Values average(const plot::Values& x, double beta, bool corrected) {
  optim::ExponentialMovingAverage average({.beta = beta, .bias_correction = corrected});
  plot::Values result;
  for (const double value : x) result.push_back(average.update(value));
  return result;
}

double deviation(const plot::Values& a, const plot::Values& b, std::size_t first) {
  double total = 0;
  for (std::size_t i = first; i < a.size(); ++i) total += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(total / static_cast<double>(a.size() - first));
}

}  // namespace

void averages(Report& report) {
  plot::Values days, season, noise = normal({365}, 0, 3, float64).to_vector<double>(), temperature;
  for (int day = 1; day <= 365; ++day) {
    days.push_back(day);
    season.push_back(12 - 9 * std::cos(2 * std::numbers::pi * (day - 20) / 365));
    temperature.push_back(season.back() + noise[static_cast<std::size_t>(day - 1)]);
  }

  plot::Figure year({.title = "A noisy year"}), start({.columns = 2, .height = 260});
  year.at(0, 0)
      .label("day", "temperature in °C")
      .points(days, temperature,
              {.label = "measured", .series = plot::Style::muted, .width = 3, .opacity = 0.6});
  start.at(0, 0)
      .title("The first 60 days")
      .label("day", "temperature in °C")
      .limit_x(1, 60)
      .limit_y(-4, 12)
      .points(days, temperature,
              {.label = "measured", .series = plot::Style::muted, .width = 3, .opacity = 0.6});
  start.at(0, 1).title("What each day counts").label("days ago", "weight / largest weight");
  report.say("beta  1/(1-beta)  weight of these days  averaged noise / noise: predicted, measured");
  for (std::size_t k = 0; k < std::size(betas); ++k) {
    const double beta = betas[k], window = 1 / (1 - beta);
    const int series = static_cast<int>(k);
    const std::string label = fmt::format("beta = {}", beta);
    const plot::Values corrected = average(temperature, beta, true),
                       plain = average(temperature, beta, false);
    year.at(0, 0).line(days, corrected, {.label = label, .series = series});
    start.at(0, 0).line(days, corrected, {.label = label, .series = series});
    start.at(0, 0).line(days, plain, {.label = label + ", not corrected", .series = series + 8});
    plot::Values ago, weights;
    for (int i = 0; i <= 100; ++i) {
      ago.push_back(i);
      weights.push_back(std::pow(beta, i));
    }
    start.at(0, 1).line(ago, weights, {.label = label, .series = series});

    const double recent = 1 - std::pow(beta, window), predicted = std::sqrt((1 - beta) / (1 + beta)),
                 measured = deviation(average(noise, beta, true), plot::Values(365, 0.), 60) /
                            deviation(noise, plot::Values(365, 0.), 60);
    report.say("{:<5} {:<11.0f} {:<21.3f} {:.3f}, {:.3f}", beta, window, recent, predicted, measured);
    report.claim(recent > 0.63 && recent < 0.76,
                 "beta = {}: the last {:.0f} days have {:.0f} % of the weight", beta, window, 100 * recent);
    report.claim(
        std::abs(corrected[0] - temperature[0]) < 1e-9 &&
            std::abs(plain[0] - (1 - beta) * temperature[0]) < 1e-9,
        "beta = {}: on the first day the corrected average is the temperature, the plain one {:.0f} % of it",
        beta, 100 * (1 - beta));
  }
  start.at(0, 1).limit_y(0, 1).line({0, 100}, {std::exp(-1), std::exp(-1)},
                                    {.label = "1/e", .series = plot::Style::muted, .width = 1});
  const plot::Values slow = average(season, 0.98, true), fast = average(season, 0.5, true);
  const auto peak = [](const plot::Values& x) {
    return std::max_element(x.begin() + 100, x.end()) - x.begin();
  };
  report.claim(peak(slow) - peak(season) >= 30 && peak(fast) - peak(season) <= 2,
               "the warmest day comes {} days late with beta = 0.98, {} with beta = 0.5",
               peak(slow) - peak(season), peak(fast) - peak(season));
  report.draw("averages", year);
  report.draw("averages-start", start);
}

}  // namespace course
