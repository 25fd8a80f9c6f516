// Workloads: what every contender does, and the data it does it on.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace compare {

/// Images of 28 x 28 pixels with labels 0 to 9; the values do not matter for the time.
struct Data {
  std::vector<float> images;  // [count, 1, 28, 28]
  std::vector<std::int64_t> labels;
  std::int64_t count = 0;
};

struct Workload {
  enum class Kind { mlp, convnet, add, add_recorded } kind;
  std::string name;
  std::string unit;          // of the printed time
  std::int64_t batch = 0;    // images a step
  std::int64_t repeats = 0;  // steps, or additions, in one measurement
  double scale = 0;          // measured seconds times this gives the printed figure
};

/// A contender makes the model once and returns a function that does the workload's repeats once.
using Task = std::function<void()>;
Task taper_task(const Workload& workload, const Data& data, int threads);
Task torch_task(const Workload& workload, const Data& data, int threads);

}  // namespace compare
