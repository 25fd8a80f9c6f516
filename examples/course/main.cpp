// Optimizers made visible: eight ideas with pictures and one page of all (course IDEA for one; --help).
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>

#include <CLI/CLI.hpp>
#include <terminal/options.h>
#include <terminal/program.h>

#include "ideas.h"
#include <taper/taper.h>

namespace {

constexpr struct {
  const char *name, *title;
  void (*run)(course::Report& report);
} ideas[] = {
    {"batch-size", "1. Batch, mini-batch, stochastic", course::batch_size},
    {"averages", "2. Exponentially weighted averages", course::averages},
    {"formulas", "3. Momentum, RMSprop, Adam: the notes' formulas and Keras's", course::formulas},
    {"race", "4. A race on surfaces", course::race},
    {"decay", "5. Learning-rate decay", course::decay},
    {"saddles", "6. Local optima and saddle points", course::saddles},
    {"quickstart", "7. The tutorial", course::quickstart},
    {"your-own", "8. Your own optimizer in the race", course::your_own},
};

void run(const std::vector<std::string>& chosen, const course::Options& options) {
  std::filesystem::create_directories(options.output);
  std::vector<course::Report> reports;
  int failures = 0;
  for (const auto& idea : ideas) {
    if (!chosen.empty() && std::find(chosen.begin(), chosen.end(), idea.name) == chosen.end()) continue;
    taper::manual_seed(options.seed);
    idea.run(reports.emplace_back(idea.name, idea.title, options));
    failures += reports.back().failures();
  }
  const std::filesystem::path file = options.output / "index.html";
  std::ofstream stream(file, std::ios::binary);
  if (!(stream << page(reports)) || !stream.flush())
    throw std::runtime_error("cannot write " + file.string());
  std::cout << "\nThe page: " << std::filesystem::absolute(file).string() << '\n';
  if (failures > 0) throw std::runtime_error(std::to_string(failures) + " claims do not hold");
}

}  // namespace

int main(int argc, char** argv) {
  course::Options options;
  options.data = TAPER_EXAMPLES_DIR "/data/mnist";
  options.output = std::filesystem::path(argv[0]).parent_path() / "course_page";
  std::vector<std::string> chosen, names;
  for (const auto& idea : ideas) names.emplace_back(idea.name);
  CLI::App app("Optimizers made visible. Writes pictures (SVG) and one page with all.", "course");
  app.add_option("IDEA", chosen, "which ideas; all if none is named")->check(CLI::IsMember(names));
  app.add_flag("--quick", options.quick, "smaller runs, with the same claims except those about time");
  app.add_option("--output", options.output,
                 "the directory for pictures and page; if not given, course_page beside the program");
  app.add_option("--seed", options.seed, "of everything random")
      ->check(terminal::whole_number(0, std::numeric_limits<std::uint64_t>::max()));
  app.add_option("--data", options.data, "a directory with the four files of MNIST, gzipped or not");
  return terminal::run(app, argc, argv, [&] { run(chosen, options); });
}
