// What can be chosen on the command line of mnist.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <CLI/CLI.hpp>

struct Options {
  std::string model = "digits", optimizer = "adam", schedule;  // empty: the model's own
  double learning_rate = 0;                                    // 0: the optimizer's own
  double decay_rate = 0.5;
  std::int64_t batch_size = 0, epochs = 0, threads = 0, limit = 60000;  // 0: the model's own
  std::uint64_t seed = 1;
  double validation = 0;
  bool augment = false, resume = false;
  std::filesystem::path data = TAPER_EXAMPLES_DIR "/data/mnist", save, checkpoint, report;
};

void declare(CLI::App& app, Options& options);
/// What is not given is the model's own.
void complete(Options& options);
