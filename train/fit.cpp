// Trainer::fit(): the loop over epochs and steps, and how it goes on from a checkpoint.
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include <taper/autograd/autograd.h>
#include <taper/data/subset.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/train/progress_bar.h>
#include <taper/train/trainer.h>

namespace taper::training {
namespace {

// The batches of one epoch after the other: all of the loader, or so many, wherever the loader then is.
class Batches {
 public:
  Batches(data::DataLoader& loader, std::int64_t count) : loader_(loader), goes_on_(count > 0) {}
  // The next batch; null at the end of the loader, unless it goes on from the start.
  const data::Batch* next() {
    if (at_)
      ++*at_;
    else
      at_.emplace(loader_.begin());
    if (*at_ == loader_.end() && goes_on_) at_.emplace(loader_.begin());
    if (*at_ != loader_.end()) return &**at_;
    at_.reset();
    return nullptr;
  }
  void end_epoch() {
    if (!goes_on_) at_.reset();
  }

 private:
  data::DataLoader& loader_;
  bool goes_on_;
  std::optional<data::DataLoader::Iterator> at_;
};

// The weights of examples [N], given the targets [N], [N, 1] or, one-hot, [N, C].
Tensor weights_of_classes(const Tensor& target, const std::map<std::int64_t, double>& of_classes) {
  const Tensor labels = target.rank() > 1 && target.size(-1) > 1 ? argmax(target, -1) : target;
  if (labels.numel() != target.size(0))
    throw ShapeError(
        fmt::format("fit: class_weight expects one class for each example, got targets of shape {}",
                    to_string(target.shape())));
  std::vector<double> weights;
  weights.reserve(static_cast<std::size_t>(labels.numel()));
  for (const std::int64_t label : compute::cast(labels, int64).to_vector<std::int64_t>()) {
    const auto found = of_classes.find(label);
    weights.push_back(found != of_classes.end() ? found->second : 1);
  }
  return from_data<double>(weights, {labels.numel()});
}

void check(const FitOptions& options) {
  const auto at_least = [](const char* name, std::int64_t least, std::int64_t given) {
    if (given < least)
      throw ValueError(fmt::format("fit: expected {} of at least {}, got {}", name, least, given));
  };
  at_least("epochs", 0, options.epochs);
  at_least("an initial_epoch", 0, options.initial_epoch);
  at_least("steps_per_epoch", 0, options.steps_per_epoch);
  at_least("validation_steps", 0, options.validation_steps);
  if (options.verbose < 0 || options.verbose > 2)
    throw ValueError(fmt::format("fit: expected a verbose of 0, 1 or 2, got {}", options.verbose));
  if (options.resume && options.checkpoints.directory.empty())
    throw ValueError("fit: expected a directory of checkpoints to resume from, got none");
  for (const Handle<Callback>& callback : options.callbacks)
    if (callback.get() == nullptr) throw ValueError("fit: expected callbacks, got a null pointer");
}

}  // namespace

// One call of fit().
class Trainer::Fit {
 public:
  Fit(Trainer& trainer, data::DataLoader& loader, const FitOptions& options)
      : trainer_(trainer), loader_(loader), options_(options), batches_(loader, options.steps_per_epoch) {
    if (options.verbose > 0) callbacks_.push_back(&bar_);
    for (const Handle<Callback>& callback : options.callbacks) callbacks_.push_back(callback.get());
    if (!options.checkpoints.directory.empty()) {
      checkpoints_.emplace(options.checkpoints);
      gather_state();
    }
  }

  void run() {
    begin();
    tell([&](Callback& callback) { callback.on_train_begin(trainer_); });
    try {
      bool within = trainer_.done_ > 0;  // an epoch that was interrupted
      if (within) begin_epoch();
      if (found_) checkpoints_->load(*found_, state_);
      found_.reset();
      while (within || (trainer_.epoch_ < trainer_.epochs_ && !trainer_.stopping_)) {
        if (!within) begin_epoch();
        within = false;
        run_steps();
        end_epoch();
      }
    } catch (...) {
      trainer_.stepping_ = false;
      for (Callback* const callback : callbacks_) try {
          callback->on_train_end(trainer_);
        } catch (...) {  // the first error is the one to know
        }
      throw;
    }
    if (trainer_.epochs_ > 0 && trainer_.optimizer_.has_averages()) trainer_.optimizer_.assign_averages();
    tell([&](Callback& callback) { callback.on_train_end(trainer_); });
    trainer_.batch_.clear();
    trainer_.output_ = {};
  }

 private:
  template <class Call>
  void tell(Call&& call) {
    for (Callback* const callback : callbacks_) call(*callback);
  }

  // Numbers of the trainer, in a checkpoint.
  NamedTensors numbers() const {
    const auto number = [](std::int64_t value) { return from_data<std::int64_t>(std::vector{value}, {}); };
    return {{"epoch", number(trainer_.epoch_)},
            {"batch", number(trainer_.done_)},
            {"step", number(trainer_.step_)},
            {"stopping", number(trainer_.stopping_ ? 1 : 0)},
            {"loss_sum", scalar(trainer_.loss_sum_, float64)},
            {"examples", scalar(trainer_.examples_, float64)}};
  }

  void set_numbers(const NamedTensors& given) {
    const std::vector<Tensor> values = matched("fit: the checkpoint", numbers(), given);
    std::int64_t whole[4];
    for (std::size_t i = 0; i < 4; ++i) {
      whole[i] = values[i].item<std::int64_t>();
      if (whole[i] < 0 || whole[i] > std::int64_t{1} << 53)
        throw ValueError(fmt::format("fit: the checkpoint: expected {} to be from 0 to 2^53, got {}",
                                     numbers()[i].first, whole[i]));
    }
    trainer_.epoch_ = whole[0];
    trainer_.done_ = whole[1];
    trainer_.step_ = whole[2];
    trainer_.stopping_ = whole[3] != 0;
    trainer_.loss_sum_ = values[4].item<double>();
    trainer_.examples_ = values[5].item<double>();
  }

  void gather_state() {
    state_.add("model", trainer_.model_).add("optimizer", trainer_.optimizer_).add("loader", loader_);
    if (options_.validation_data != nullptr) state_.add("validation", *options_.validation_data);
    std::size_t i = 0;
    for (Metric* const metric : trainer_.metrics()) state_.add(fmt::format("metric_{}", i++), *metric);
    i = 0;
    for (const Handle<Callback>& callback : options_.callbacks)
      state_.add(fmt::format("callback_{}", i++), *callback);
    state_.add("history", trainer_.history_)
        .add("random", trainer_.random_)
        .add("generator", default_generator())
        .add(
            "trainer", [this] { return numbers(); },
            [this](const NamedTensors& given) { set_numbers(given); });
  }

  // Callbacks are to see where the training goes on. Everything else is loaded after on_train_begin() and,
  // within an epoch, on_epoch_begin(), so that it is not changed by them.
  void begin() {
    if (checkpoints_ && options_.resume) found_ = checkpoints_->newest();
    if (checkpoints_ && !options_.resume && checkpoints_->any())
      throw ValueError(fmt::format(
          "fit: the directory '{}' has checkpoints already; expected .resume = true, to go on from "
          "the newest one, or another directory",
          options_.checkpoints.directory));
    trainer_.history_ = {};
    trainer_.epoch_ = options_.initial_epoch;
    trainer_.epochs_ = options_.epochs;
    trainer_.steps_per_epoch_ = options_.steps_per_epoch > 0 ? options_.steps_per_epoch
                                : loader_.has_size()         ? loader_.size()
                                                             : 0;
    trainer_.done_ = 0;
    trainer_.stopping_ = false;
    trainer_.resumed_ = found_.has_value();
    trainer_.validates_ = options_.validation_data != nullptr;
    trainer_.validation_freq_ = options_.validation_freq;
    if (!std::exchange(trainer_.seeded_, true))
      trainer_.random_.manual_seed(trainer_.options_.seed ? *trainer_.options_.seed : data::draw_seed());
    if (!trainer_.model_.is_training()) trainer_.model_.train();
    if (!found_) return;
    NamedTensors own;
    for (const auto& [name, tensor] : found_->tensors)
      if (name.starts_with("trainer.")) own.emplace_back(name.substr(8), tensor);
    set_numbers(own);
  }

  void begin_epoch() {
    trainer_.reset_sums();
    trainer_.stepping_ = true;
    tell([&](Callback& callback) { callback.on_epoch_begin(trainer_, trainer_.epoch_); });
  }

  void run_steps() {
    while (!trainer_.stopping_ &&
           (trainer_.steps_per_epoch_ == 0 || trainer_.done_ < trainer_.steps_per_epoch_)) {
      const data::Batch* const batch = batches_.next();
      if (batch == nullptr) break;
      step(*batch);
    }
    batches_.end_epoch();
    trainer_.stepping_ = false;
    if (trainer_.done_ == 0) throw ValueError("fit: expected at least one batch in an epoch, got none");
  }

  void step(const data::Batch& batch) {
    trainer_.check(batch);
    trainer_.batch_ = batch;
    trainer_.output_ = {};
    tell([&](Callback& callback) { callback.on_batch_begin(trainer_, trainer_.done_); });
    const Tensor weights = weights_of(batch);
    const std::vector<Tensor> targets = trainer_.targets(batch);
    Tensor output;
    const auto loss = [&] {
      const RandomScope scope(trainer_.random_.split(static_cast<std::uint64_t>(trainer_.step_)));
      return trainer_.optimizer_.minimize([&] {
        const Tensor y = trainer_.forward(batch);
        if (!output.defined()) output = y.detach();
        return trainer_.loss_(y, targets, weights);
      });
    }();
    trainer_.output_ = output;
    ++trainer_.step_;
    ++trainer_.done_;
    trainer_.add_up(batch, output, weights, loss.item<double>());
    if (!callbacks_.empty()) {
      const Logs logs = trainer_.logs();
      tell([&](Callback& callback) { callback.on_batch_end(trainer_, trainer_.done_ - 1, logs); });
    }
    if (checkpoints_ && options_.checkpoints.every_steps > 0 &&
        trainer_.step_ % options_.checkpoints.every_steps == 0)
      checkpoints_->save(trainer_.step_, state_);
  }

  // Those of the batch, times those of the classes.
  Tensor weights_of(const data::Batch& batch) const {
    Tensor weights = trainer_.weights(batch);
    if (options_.class_weight.empty()) return weights;
    const Tensor of_classes = weights_of_classes(trainer_.targets(batch)[0], options_.class_weight);
    return weights.defined() ? compute::cast(reshape(weights, {-1}), float64) * of_classes : of_classes;
  }

  void end_epoch() {
    Logs logs = trainer_.logs();
    const bool skipped = trainer_.skips_validation(trainer_.epoch_);
    if (options_.validation_data != nullptr && !skipped)
      for (const auto& [name, value] :
           trainer_.evaluate_batches(*options_.validation_data, options_.validation_steps))
        logs.emplace_back("val_" + name, value);
    trainer_.history_.append(logs);
    tell([&](Callback& callback) { callback.on_epoch_end(trainer_, trainer_.epoch_, logs); });
    ++trainer_.epoch_;
    trainer_.done_ = 0;
    // Without logs, a checkpoint is not compared with the best one.
    if (skipped && options_.checkpoints.monitor.starts_with("val_")) logs.clear();
    if (checkpoints_) checkpoints_->save(trainer_.step_, state_, logs);
  }

  Trainer& trainer_;
  data::DataLoader& loader_;
  const FitOptions& options_;
  Batches batches_;
  ProgressBar bar_{options_.verbose};
  std::vector<Callback*> callbacks_;
  State state_;
  std::optional<Checkpoints> checkpoints_;
  std::optional<Checkpoints::Found> found_;
};

const History& Trainer::fit(data::DataLoader& loader, const FitOptions& options) {
  training::check(options);
  if (options.validation_split != 0)
    throw ValueError(
        "fit: validation_split needs a dataset, got a loader: call fit(dataset, loader_options, options)");
  Fit(*this, loader, options).run();
  return history_;
}

const History& Trainer::fit(const data::Dataset& dataset, const data::DataLoaderOptions& loading,
                            const FitOptions& options) {
  if (!(options.validation_split >= 0 && options.validation_split < 1))
    throw ValueError(
        fmt::format("fit: expected a validation_split in [0, 1), got {}", options.validation_split));
  if (options.validation_split == 0) {
    data::DataLoader loader(dataset, loading);
    return fit(loader, options);
  }
  if (options.validation_data != nullptr)
    throw ValueError("fit: expected validation_data or a validation_split, got both");
  const std::int64_t size = dataset.size();
  const auto split =
      static_cast<std::int64_t>(std::floor(static_cast<double>(size) * (1 - options.validation_split)));
  if (split == 0 || split == size)
    throw ValueError(fmt::format("fit: a validation_split of {} leaves {} of {} examples for training",
                                 options.validation_split, split, size));
  std::vector<std::int64_t> indices(static_cast<std::size_t>(size - split));
  std::iota(indices.begin(), indices.end(), split);
  const data::Subset first = data::take(dataset, split), rest(dataset, std::move(indices));
  data::DataLoaderOptions unshuffled = loading;
  unshuffled.shuffle = unshuffled.drop_last = false;
  data::DataLoader loader(first, loading), validation(rest, unshuffled);
  FitOptions with_validation = options;
  with_validation.validation_split = 0;
  with_validation.validation_data = &validation;
  return fit(loader, with_validation);
}

}  // namespace taper::training
