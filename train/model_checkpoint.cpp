// ModelCheckpoint: names of files, and which epoch is the best.
#include <cmath>
#include <limits>

#include <fmt/args.h>
#include <fmt/format.h>

#include <taper/io/safetensors.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/model_checkpoint.h>
#include <taper/train/trainer.h>

namespace taper::training {

ModelCheckpoint::ModelCheckpoint(ModelCheckpointOptions options) : options_(std::move(options)) {
  if (options_.path.empty()) throw ValueError("ModelCheckpoint: expected a path, got an empty one");
  if (options_.save_best_only) monitor_.emplace("ModelCheckpoint", options_.monitor, options_.mode);
}

void ModelCheckpoint::on_epoch_end(Trainer& trainer, std::int64_t epoch, const Logs& logs) {
  std::optional<double> best;
  if (monitor_) {
    if (monitor_->skips(trainer)) return;
    best = monitor_->value(logs);
    if (!monitor_->improves(*best, best_)) return;
  }
  fmt::dynamic_format_arg_store<fmt::format_context> values;
  values.push_back(fmt::arg("epoch", epoch + 1));
  for (const auto& [name, value] : logs) values.push_back(fmt::arg(name.c_str(), value));
  std::string path;
  try {
    path = fmt::vformat(options_.path, values);
  } catch (const fmt::format_error& error) {
    throw ValueError(fmt::format("ModelCheckpoint: the path '{}': {}", options_.path, error.what()));
  }
  io::save_safetensors(path, trainer.model().state_dict({.share = true}));
  best_ = best;
}

NamedTensors ModelCheckpoint::state_dict() const {
  return {{"best", scalar(best_.value_or(std::numeric_limits<double>::quiet_NaN()), float64)}};
}

void ModelCheckpoint::load_state_dict(const NamedTensors& state) {
  const double best =
      matched("ModelCheckpoint::load_state_dict", ModelCheckpoint::state_dict(), state)[0].item<double>();
  best_ = std::isnan(best) ? std::nullopt : std::optional(best);
}

}  // namespace taper::training
