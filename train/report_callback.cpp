// A report as a callback, and its state in a checkpoint.
#include <exception>

#include <fmt/format.h>

#include <taper/autograd/ops/shape.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/report_recorder.h>
#include <taper/train/trainer.h>

namespace taper::training {
namespace {

Tensor column(const std::vector<double>& values) {
  return from_data(values, {static_cast<std::int64_t>(values.size())});
}

constexpr const char* numbers[] = {"step",    "every", "loss_sum",  "loss_count",
                                   "seconds", "seen",  "loss_seen", "first_bad"};

}  // namespace

void Report::on_train_begin(Trainer& trainer) {
  begin(trainer.model(), trainer.optimizer(), {}, trainer.epochs());
}

void Report::on_epoch_begin(Trainer&, std::int64_t) { recorder_->seen = recorder_->loss_seen = 0; }

void Report::on_batch_end(Trainer& trainer, std::int64_t, const Logs& logs) {
  Recorder& at = *recorder_;
  const data::Batch& batch = trainer.batch();
  if (!at.described && !batch.empty() && batch[0].rank() > 0 && batch[0].size(0) > 0) {
    at.describe(slice(batch[0], 0, 0, 1));
    at.described = true;  // if it does not fit, the next one does not either
  }
  // The loss of this batch, from the means before and after it.
  const double count = batch.empty() || batch[0].rank() == 0 ? 1 : static_cast<double>(batch[0].size(0));
  for (const auto& [name, mean] : logs)
    if (name == "loss") {
      at.seen += count;
      step((mean * at.seen - at.loss_seen) / count);
      at.loss_seen = mean * at.seen;
      return;
    }
}

void Report::on_epoch_end(Trainer& trainer, std::int64_t, const Logs& logs) {
  if (recorder_->options.examples != nullptr) evaluate(trainer.model(), *recorder_->options.examples);
  epoch(logs);
}

void Report::on_train_end(Trainer&) {
  if (std::current_exception() == nullptr && std::uncaught_exceptions() == 0) return end();
  try {
    end(false);
  } catch (const Error&) {  // the exception that ends the training says more than this one
  }
}

NamedTensors Report::state_dict() const {
  const Recorder& at = *recorder_;
  recorder_->read_clock();
  NamedTensors state;
  const double values[] = {static_cast<double>(at.step),
                           static_cast<double>(at.every),
                           at.loss_sum,
                           at.loss_count,
                           at.seconds,
                           at.seen,
                           at.loss_seen,
                           static_cast<double>(at.first_bad)};
  for (std::size_t i = 0; i < std::size(numbers); ++i)
    state.emplace_back(numbers[i], scalar(values[i], DType::float64));
  state.emplace_back("ends", column(at.ends));
  for (const auto& [name, column_values] : at.epochs.all())
    state.emplace_back("epochs." + name, column(column_values));
  for (const auto& [name, column_values] : at.steps.all())
    state.emplace_back("steps." + name, column(column_values));
  return state;
}

void Report::load_state_dict(const NamedTensors& state) {
  Columns epochs, steps;
  std::vector<double> ends, values;
  for (const auto& [key, tensor] : state) {
    if (tensor.dtype() != DType::float64 || tensor.rank() > 1)
      throw ValueError(
          fmt::format("Report: expected '{}' of its state to be float64 of rank 0 or 1, got {} {}", key,
                      name(tensor.dtype()), to_string(tensor.shape())));
    const std::vector<double> content = tensor.to_vector<double>();
    if (key.starts_with("epochs."))
      epochs.insert(key.substr(7), content);
    else if (key.starts_with("steps."))
      steps.insert(key.substr(6), content);
    else if (key == "ends")
      ends = content;
    else if (values.size() < std::size(numbers) && key == numbers[values.size()] && content.size() == 1)
      values.push_back(content[0]);
    else
      throw ValueError(fmt::format("Report: unexpected '{}' in its state", key));
  }
  constexpr double most = 1LL << 53;  // whole numbers
  const auto count = [&](std::size_t i, double least) { return values[i] >= least && values[i] <= most; };
  if (values.size() != std::size(numbers) || ends.size() != epochs.rows() || !count(0, 0) || !count(1, 1) ||
      !count(7, -1))
    throw ValueError("Report: expected the state that state_dict() gives, got one with parts missing");
  Recorder& at = *recorder_;
  at.step = static_cast<std::int64_t>(values[0]);
  at.every = static_cast<std::int64_t>(values[1]);
  at.loss_sum = values[2];
  at.loss_count = values[3];
  at.seconds = at.earlier = values[4];
  at.seen = values[5];
  at.loss_seen = values[6];
  at.first_bad = static_cast<std::int64_t>(values[7]);
  at.ends = std::move(ends);
  at.epochs = std::move(epochs);
  at.steps = std::move(steps);
}

}  // namespace taper::training
