// EarlyStopping: the order of its steps is that of Keras's callback.
#include <cmath>
#include <limits>
#include <string_view>

#include <fmt/format.h>

#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/early_stopping.h>
#include <taper/train/trainer.h>

namespace taper::training {
namespace {

constexpr std::string_view weights_prefix = "best_weights.";
constexpr double none = std::numeric_limits<double>::quiet_NaN();

}  // namespace

EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : options_(std::move(options)),
      monitor_("EarlyStopping", options_.monitor, options_.mode, options_.min_delta) {
  if (options_.patience < 0 || options_.start_from_epoch < 0)
    throw ValueError(
        fmt::format("EarlyStopping: expected a patience and a start_from_epoch of at least 0, got {} and {}",
                    options_.patience, options_.start_from_epoch));
}

void EarlyStopping::on_train_begin(Trainer& trainer) {
  model_ = &trainer.model();
  best_.reset();
  wait_ = best_epoch_ = 0;
  stopped_epoch_.reset();
  best_weights_.clear();
}

void EarlyStopping::on_epoch_end(Trainer& trainer, std::int64_t epoch, const Logs& logs) {
  if (monitor_.skips(trainer)) return;
  const double value = monitor_.value(logs);
  if (epoch < options_.start_from_epoch) return;
  const auto remember = [&] {
    best_epoch_ = epoch;
    if (options_.restore_best_weights) best_weights_ = trainer.model().state_dict();
  };
  if (options_.restore_best_weights && best_weights_.empty()) remember();
  ++wait_;
  if (monitor_.improves(value, best_)) {
    best_ = value;
    remember();
    if (!options_.baseline || monitor_.improves(value, options_.baseline)) wait_ = 0;
    return;
  }
  if (wait_ >= options_.patience && epoch > 0) {
    stopped_epoch_ = epoch;
    trainer.stop();
  }
}

void EarlyStopping::on_train_end(Trainer& trainer) {
  if (!best_weights_.empty()) trainer.model().load_state_dict(best_weights_);
}

NamedTensors EarlyStopping::state_dict() const {
  NamedTensors state{{"best", scalar(best_.value_or(none), float64)},
                     {"wait", full({}, static_cast<double>(wait_), int64)},
                     {"best_epoch", full({}, static_cast<double>(best_epoch_), int64)},
                     {"stopped_epoch", full({}, static_cast<double>(stopped_epoch_.value_or(-1)), int64)}};
  for (const auto& [name, tensor] : best_weights_)
    state.emplace_back(std::string(weights_prefix) + name, tensor);
  return state;
}

void EarlyStopping::load_state_dict(const NamedTensors& state) {
  NamedTensors numbers, weights;
  for (const auto& [name, tensor] : state)
    if (name.starts_with(weights_prefix) && tensor.defined())
      weights.emplace_back(name.substr(weights_prefix.size()), tensor);
    else
      numbers.emplace_back(name, tensor);
  NamedTensors own = EarlyStopping::state_dict();
  own.resize(4);
  const std::vector<Tensor> values = matched("EarlyStopping::load_state_dict", own, numbers);
  const double best = values[0].item<double>();
  const auto wait = values[1].item<std::int64_t>(), best_epoch = values[2].item<std::int64_t>();
  if (wait < 0 || wait > std::int64_t{1} << 53 || best_epoch < 0)
    throw ValueError(fmt::format(
        "EarlyStopping::load_state_dict: expected a wait from 0 to 2^53 and a best_epoch of at least "
        "0, got {} and {}",
        wait, best_epoch));
  if (model_ != nullptr && !weights.empty())
    matched("EarlyStopping::load_state_dict", model_->state_dict({.share = true}), weights);
  best_ = std::isnan(best) ? std::nullopt : std::optional(best);
  wait_ = wait;
  best_epoch_ = best_epoch;
  const auto stopped = values[3].item<std::int64_t>();
  stopped_epoch_ = stopped >= 0 ? std::optional(stopped) : std::nullopt;
  best_weights_ = std::move(weights);
}

}  // namespace taper::training
