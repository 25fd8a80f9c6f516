// Where a training runs.
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <sys/utsname.h>

#include <taper/tensor/parallel.h>
#include <taper/tensor/random.h>
#include <taper/train/report_data.h>

namespace taper::training {
namespace {

std::string processor() {
  std::ifstream stream("/proc/cpuinfo");
  for (std::string line; std::getline(stream, line);)
    if (line.starts_with("model name"))
      if (const std::size_t colon = line.find(": "); colon != std::string::npos)
        return line.substr(colon + 2);
  return {};
}

}  // namespace

Pairs environment() {
  Pairs rows;
  if (const std::string name = processor(); !name.empty()) rows.emplace_back("processor", name);
  rows.emplace_back("cores", std::to_string(std::thread::hardware_concurrency()));
  rows.emplace_back("threads", std::to_string(num_threads()));
  rows.emplace_back("seed of the default generator", std::to_string(default_generator().seed()));
  if (utsname system{}; uname(&system) == 0)
    rows.emplace_back("system", fmt::format("{} {} {}", system.sysname, system.release, system.machine));
  rows.emplace_back("compiler", __VERSION__);
  return rows;
}

}  // namespace taper::training
