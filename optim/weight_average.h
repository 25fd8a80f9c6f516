// WeightAverage: averages of a model's weights, beside the weights.
#pragma once

#include <cstdint>
#include <vector>

#include <taper/optim/parameters.h>

namespace taper::optim {

struct WeightAverageOptions {
  /// 0: the mean of all values (SWA). Else an exponential average with this weight of the old average; in
  /// [0, 1).
  double decay = 0;
  /// The number of first calls of update() that are left out.
  std::int64_t start = 0;
  /// Of the following calls, every that many-th counts, beginning with the first.
  std::int64_t interval = 1;
};

/// Keeps an average of each tensor of a list: update() adds the present values. It begins with the first
/// values, so it needs no correction. torch.optim.swa_utils.AveragedModel, with the averages beside the model
/// rather than in a copy of it; give it buffers, too, to average those.
///
///     optim::WeightAverage average(model.named_parameters(), {.decay = 0.999});
///     for (...) {
///       optimizer.minimize(...);
///       average.update();
///     }
///     {
///       const auto averaged = average.apply();  // until the end of the block, the model has the averages
///       evaluate(model);
///     }
///     average.assign();  // for good
///
/// All optimizers have such an exponential average as an option, use_ema, with Keras's behaviour; and
/// ScheduleFreeAdamW is built on an average.
class WeightAverage {
 public:
  using Options = WeightAverageOptions;
  /// Throws ValueError for an option out of its range, an undefined tensor, equal names or an empty list;
  /// DTypeError for tensors that are not floating.
  explicit WeightAverage(const Parameters& parameters, const Options& options = {});
  WeightAverage(const WeightAverage&) = delete;
  WeightAverage& operator=(const WeightAverage&) = delete;

  /// Counts a call, and adds the present values to the averages if it is one of those that count. Throws
  /// ValueError while the averages are applied, ShapeError if a tensor has got another shape.
  void update();
  /// The number of values in the averages.
  std::int64_t count() const noexcept { return count_; }
  const Options& options() const noexcept { return options_; }
  /// Copies of the averages. Throws ValueError if there are none yet.
  NamedTensors values() const;

  /// While it lives, the tensors hold the averages; then they hold what they held before.
  class [[nodiscard]] Applied {
   public:
    Applied(const Applied&) = delete;
    Applied& operator=(const Applied&) = delete;
    ~Applied();

   private:
    friend class WeightAverage;
    explicit Applied(WeightAverage& average);
    WeightAverage& average_;
    std::vector<Tensor> before_;
  };
  /// Throws ValueError if there are no averages yet, or while they are applied.
  Applied apply() { return Applied(*this); }
  /// Gives the tensors the values of the averages, for good. Throws ValueError like apply().
  void assign();

  /// NAME of each average (zeros if there is none yet), n_averaged and calls. Copies.
  NamedTensors state_dict() const;
  /// Takes what state_dict() gave. Throws what matched() throws, and ValueError for negative counts.
  void load_state_dict(const NamedTensors& state);

 private:
  void check_ready(const char* function) const;

  NamedTensors parameters_;
  Options options_;
  std::vector<Tensor> averages_;  // undefined before the first value
  std::int64_t calls_ = 0, count_ = 0;
  bool applied_ = false;
};

}  // namespace taper::optim
