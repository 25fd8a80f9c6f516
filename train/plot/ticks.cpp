// Round numbers for axes.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <taper/train/plot/ticks.h>

namespace taper::training::plot {
namespace {

std::string superscript(int exponent) {
  static const char* const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = exponent < 0 ? "⁻" : "";
  for (const char digit : std::to_string(std::abs(exponent))) text += digits[digit - '0'];
  return text;
}

std::vector<Tick> log_ticks(Range range, int count) {
  constexpr double slack = 1e-9;
  const int first = static_cast<int>(std::ceil(std::log10(range.low) - slack)),
            last = static_cast<int>(std::floor(std::log10(range.high) + slack));
  std::vector<Tick> result;
  const int stride = std::max(1, static_cast<int>(std::ceil((last - first + 1.0) / count)));
  const bool few = last - first < 2;
  for (int exponent = first - 1; exponent <= last; ++exponent)
    for (const double factor : {1., 2., 5.}) {
      const double value = factor * std::pow(10., exponent);
      if (value < range.low * (1 - slack) || value > range.high * (1 + slack)) continue;
      if (factor == 1 ? (exponent - first) % stride == 0 : few)
        result.push_back({value, number(value, true)});
    }
  return result;
}

}  // namespace

std::string number(double value, bool log) {
  const double size = std::abs(value);
  if (size > 0 && (size < 0.999e-3 || (log ? size > 9999 : size >= 999999.5))) {
    const int exponent = static_cast<int>(std::floor(std::log10(size) + 1e-9));
    const double factor = value / std::pow(10., exponent);
    const std::string power = "10" + superscript(exponent);
    return std::abs(factor - 1) < 1e-6 ? power : number(factor) + "·" + power;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::vector<Tick> ticks(Range range, bool log, int count) {
  if (log) return log_ticks(range, count);
  const double rough = (range.high - range.low) / count, power = std::pow(10., std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {5., 2., 1.})
    if (factor * power >= rough * (1 - 1e-9)) step = factor * power;
  std::vector<Tick> result;
  for (double i = std::ceil(range.low / step - 1e-9); i * step <= range.high + 1e-9 * step; ++i)
    result.push_back({i * step, number(i == 0 ? 0 : i * step)});
  return result;
}

}  // namespace taper::training::plot
