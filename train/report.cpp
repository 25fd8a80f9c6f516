// What a report records, step by step.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <taper/autograd/autograd.h>
#include <taper/data/data_loader.h>
#include <taper/io/file.h>
#include <taper/nn/undisturbed.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/report.h>
#include <taper/train/report_recorder.h>

namespace taper::training {
namespace {

constexpr std::int64_t most_classes = 1000;  // of a table of confusions
constexpr std::size_t most_points = 1000;    // of a regression

}  // namespace

Report::Report(std::string path, ReportOptions options)
    : path_(std::move(path)), recorder_(std::make_unique<Recorder>()) {
  if (options.every < 1 || options.mistakes < 0 || options.refresh < 0)
    throw ValueError(
        fmt::format("Report: expected every >= 1, mistakes >= 0 and refresh >= 0, got {}, {} and {}",
                    options.every, options.mistakes, options.refresh));
  recorder_->every = options.every;
  recorder_->options = std::move(options);
}

Report::Report(Report&&) noexcept = default;
Report::~Report() = default;

void Report::begin(nn::Module& model, const optim::Optimizer& optimizer, const Tensor& input,
                   std::int64_t epochs) {
  Recorder& at = *recorder_;
  at.module = &model;
  at.optimizer = &optimizer;
  at.status = ReportData::Status::running;
  at.planned = epochs;
  at.begun = Recorder::Clock::now();
  at.parameters = model.named_parameters();
  at.layers.clear();
  for (const auto& [name, parameter] : at.parameters)
    if (std::find(at.layers.begin(), at.layers.end(), layer_of(name)) == at.layers.end())
      at.layers.push_back(layer_of(name));
  at.describe(input);
  at.describe_optimizer();
  at.environment = environment();
  at.before.clear();
  if ((at.step + 1) % at.every == 0) at.keep();
}

void Report::step(double loss) {
  Recorder& at = *recorder_;
  if (at.module == nullptr) throw ValueError("Report::step: expected begin() before the first step");
  ++at.step;
  at.loss_sum += loss;
  at.loss_count += 1;
  if (at.first_bad < 0 && !std::isfinite(loss)) at.first_bad = at.step;
  if (at.step % at.every == 0) {
    at.sample();
    at.before.clear();
  }
  if ((at.step + 1) % at.every == 0) at.keep();
}

void Report::epoch(const Logs& values) {
  recorder_->epochs.append(values);
  recorder_->ends.push_back(static_cast<double>(recorder_->step));
  write();
}

void Report::end(bool finished) {
  Recorder& at = *recorder_;
  at.read_clock();
  at.earlier = at.seconds;
  at.status = finished ? ReportData::Status::finished : ReportData::Status::interrupted;
  at.before.clear();
  at.parameters.clear();
  at.module = nullptr;
  at.optimizer = nullptr;
  write();
}

void Report::clear_predictions() {
  recorder_->examples = recorder_->classes = 0;
  recorder_->confusions.clear();
  recorder_->mistakes.clear();
  recorder_->targets.clear();
  recorder_->outputs.clear();
}

void Report::predictions(const Tensor& inputs, const Tensor& targets, const Tensor& outputs) {
  const NoGrad no_grad;
  Recorder& at = *recorder_;
  if (is_floating(targets.dtype())) {
    if (targets.numel() != outputs.numel() || !is_floating(outputs.dtype())) return;
    const auto wanted = to(targets.detach(), DType::float64).to_vector<double>(),
               given = to(outputs.detach(), DType::float64).to_vector<double>();
    for (std::size_t i = 0; i < wanted.size() && at.targets.size() < most_points; ++i) {
      at.targets.push_back(wanted[i]);
      at.outputs.push_back(given[i]);
    }
  } else if (targets.rank() == 1 && outputs.rank() == 2 && is_floating(outputs.dtype()) &&
             outputs.size(0) == targets.size(0) && inputs.rank() > 0 && inputs.size(0) == targets.size(0) &&
             outputs.size(1) >= 2 && outputs.size(1) <= most_classes) {
    at.classify(inputs, targets, outputs);
  }
  at.examples += targets.rank() > 0 ? targets.size(0) : 1;
}

void Report::evaluate(nn::Module& model, const data::Dataset& examples) {
  const NoGrad no_grad;
  clear_predictions();
  const nn::detail::Undisturbed undisturbed(model);
  data::DataLoader loader(examples, {.batch_size = 256, .seed = 0});
  for (const data::Batch& batch : loader)
    if (batch.size() >= 2) predictions(batch[0], batch[1], model(batch[0]));
}

void Report::setting(const std::string& name, const std::string& value) {
  for (auto& [each, old] : recorder_->settings)
    if (each == name) {
      old = value;
      return;
    }
  recorder_->settings.emplace_back(name, value);
}

void Report::times(std::vector<std::pair<std::string, double>> seconds) {
  recorder_->times = std::move(seconds);
}

std::string Report::html() const {
  recorder_->read_clock();
  recorder_->read_profile();
  return report_page(*recorder_);
}

void Report::write() const {
  const std::string page = html();
  io::AtomicFile file("Report", path_);
  file.write(page.data(), page.size());
  file.commit();
}

}  // namespace taper::training
