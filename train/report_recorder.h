// Recorder: how a report comes to know what its page shows.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <taper/train/report_data.h>

namespace taper::training {

struct Report::Recorder : ReportData {
  using Clock = std::chrono::steady_clock;

  nn::Module* module = nullptr;
  const optim::Optimizer* optimizer = nullptr;
  NamedTensors parameters;
  std::vector<Tensor> before;  // the parameters before the step that will be measured
  double rate = 0;             // of that step
  bool described = false;      // the layers were called
  std::int64_t step = 0, every = 0;
  double loss_sum = 0, loss_count = 0;  // since the last sample
  double earlier = 0;                   // seconds of the training before it was resumed
  Clock::time_point begun = Clock::now();
  double seen = 0, loss_seen = 0;  // of the epoch: examples, and the sum of their losses

  /// Finds the layers, and their shapes by a call with an input, if there is one that fits.
  void describe(const Tensor& input);
  void describe_optimizer();
  void read_clock();
  void read_profile();
  /// Keeps the parameters: the step that comes next is measured.
  void keep();
  /// A row of what the last step did.
  void sample();
  /// Counts confusions, and keeps the worst mistakes.
  void classify(const Tensor& inputs, const Tensor& labels, const Tensor& scores);
};

/// The layer that a parameter belongs to: "encoder.0" of "encoder.0.weight".
std::string layer_of(const std::string& parameter);

}  // namespace taper::training
