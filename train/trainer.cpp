// Trainer: what training and evaluation share, evaluation and prediction. The loop of fit() is in fit.cpp.
#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include <taper/autograd/autograd.h>
#include <taper/nn/undisturbed.h>
#include <taper/tensor/error.h>
#include <taper/train/trainer.h>

namespace taper::training {
namespace {

// While it lives, the loader begins with the first batch; then it is where it was.
class FromTheFirst {
 public:
  explicit FromTheFirst(data::DataLoader& loader) : loader_(loader), before_(loader.position()) {
    loader.seek({before_.seed, before_.epoch, 0});
  }
  FromTheFirst(const FromTheFirst&) = delete;
  FromTheFirst& operator=(const FromTheFirst&) = delete;
  ~FromTheFirst() {
    try {
      loader_.seek(before_);
    } catch (...) {  // never: it was there
    }
  }

 private:
  data::DataLoader& loader_;
  data::Position before_;
};

}  // namespace

Trainer::Trainer(nn::Module& model, optim::Optimizer& optimizer, Loss loss, TrainerOptions options)
    : model_(model), optimizer_(optimizer), loss_(std::move(loss)), options_(std::move(options)) {
  if (options_.inputs < 1 || options_.targets < 1)
    throw ValueError(fmt::format("Trainer: expected at least one input and one target, got {} and {}",
                                 options_.inputs, options_.targets));
  if (options_.inputs > 1 && !options_.forward)
    throw ValueError(fmt::format("Trainer: expected a function .forward for {} inputs", options_.inputs));
  std::set<std::string_view> names{"loss"};
  for (const auto* const list : {&options_.metrics, &options_.weighted_metrics})
    for (const Handle<Metric>& metric : *list) {
      if (metric.get() == nullptr) throw ValueError("Trainer: expected metrics, got a null pointer");
      if (!names.insert(metric->name()).second)
        throw ValueError(fmt::format(
            "Trainer: expected metrics of different names, got two values called '{}'", metric->name()));
    }
}

std::vector<Metric*> Trainer::metrics() const {
  std::vector<Metric*> all;
  all.reserve(options_.metrics.size() + options_.weighted_metrics.size());
  for (const auto* const list : {&options_.metrics, &options_.weighted_metrics})
    for (const Handle<Metric>& metric : *list) all.push_back(metric.get());
  return all;
}

void Trainer::check(const data::Batch& batch) const {
  const std::int64_t given = std::ssize(batch), expected = options_.inputs + options_.targets;
  if (given != expected && given != expected + 1)
    throw ValueError(fmt::format(
        "Trainer: expected batches of {} input(s), {} target(s) and perhaps weights, got {} tensor(s); see "
        "TrainerOptions",
        options_.inputs, options_.targets, given));
}

Tensor Trainer::forward(const data::Batch& batch) const {
  if (std::ssize(batch) < options_.inputs)
    throw ValueError(fmt::format("Trainer: expected batches of at least {} inputs, got {}", options_.inputs,
                                 batch.size()));
  return options_.forward ? options_.forward(batch) : model_(batch[0]);
}

std::vector<Tensor> Trainer::targets(const data::Batch& batch) const {
  const auto first = batch.begin() + options_.inputs;
  return {first, first + options_.targets};
}

Tensor Trainer::weights(const data::Batch& batch) const {
  const auto at = static_cast<std::size_t>(options_.inputs + options_.targets);
  return at < batch.size() ? batch[at] : Tensor();
}

void Trainer::reset_sums() {
  loss_sum_ = examples_ = 0;
  for (Metric* const metric : metrics()) metric->reset();
}

void Trainer::add_up(const data::Batch& batch, const Tensor& output, const Tensor& weights, double loss) {
  const NoGrad no_grad;
  const auto count = static_cast<double>(batch[0].size(0));
  loss_sum_ += loss * count;
  examples_ += count;
  const Tensor& target = batch[static_cast<std::size_t>(options_.inputs)];
  for (const Handle<Metric>& metric : options_.metrics) metric->update(output, target);
  for (const Handle<Metric>& metric : options_.weighted_metrics) metric->update(output, target, weights);
}

Logs Trainer::logs() const {
  const std::vector<Metric*> all = metrics();
  Logs logs;
  logs.reserve(all.size() + 1);
  logs.emplace_back("loss", examples_ > 0 ? loss_sum_ / examples_ : 0);
  for (const Metric* const metric : all) logs.emplace_back(metric->name(), metric->result());
  return logs;
}

// The first `most` batches, or all if that is 0.
Logs Trainer::evaluate_batches(data::DataLoader& loader, std::int64_t most) {
  const NoGrad no_grad;
  const nn::detail::EvaluationMode mode(model_);
  const FromTheFirst position(loader);
  reset_sums();
  std::int64_t done = 0;
  for (const data::Batch& batch : loader) {
    check(batch);
    const Tensor output = forward(batch), of_examples = weights(batch);
    add_up(batch, output, of_examples, loss_(output, targets(batch), of_examples).item<double>());
    if (++done == most) break;
  }
  if (examples_ == 0) throw ValueError("evaluate: expected at least one batch, got none");
  return logs();
}

Logs Trainer::evaluate(data::DataLoader& loader) {
  if (!stepping_) return evaluate_batches(loader);
  // A callback asks for it within an epoch, whose sums go on afterwards.
  const double loss_sum = loss_sum_, examples = examples_;
  std::vector<NamedTensors> sums;
  for (const Metric* const metric : metrics()) sums.push_back(metric->state_dict());
  Logs logs = evaluate_batches(loader);
  loss_sum_ = loss_sum;
  examples_ = examples;
  for (std::size_t i = 0; i < sums.size(); ++i) metrics()[i]->load_state_dict(sums[i]);
  return logs;
}

Tensor Trainer::predict(data::DataLoader& loader) {
  const NoGrad no_grad;
  const nn::detail::EvaluationMode mode(model_);
  const FromTheFirst position(loader);
  std::vector<Tensor> outputs;
  for (const data::Batch& batch : loader) outputs.push_back(forward(batch));
  if (outputs.empty()) throw ValueError("predict: expected at least one batch, got none");
  return concat(outputs);
}

}  // namespace taper::training
