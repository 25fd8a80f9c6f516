// Where an axis has its ticks, and what stands there.
#pragma once

#include <string>
#include <vector>

#include <taper/train/plot/plot.h>

namespace taper::training::plot {

struct Tick {
  double value;
  std::string text;
};

/// About `count` round numbers in the range: multiples of 1, 2 or 5 times a power of ten; of a logarithmic
/// range powers of ten, with 2 and 5 times these if they are few.
std::vector<Tick> ticks(Range range, bool log, int count);
/// The shortest decimal of a round number; powers of ten that are large or small as 10⁻⁵.
std::string number(double value, bool log = false);

}  // namespace taper::training::plot
