// What a report records, step by step.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <taper/autograd/autograd.h>
#include <taper/data/data_loader.h>
#include <taper/io/file.h>
#include <taper/nn/summary.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/report.h>
#include <taper/train/report_data.h>

namespace taper::train {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_samples = 400;
constexpr std::int64_t most_classes = 1000;     // of a table of confusions
constexpr std::size_t most_points = 1000;       // of a regression
constexpr std::int64_t largest_image = 1 << 18;  // elements of an input that is kept

/// The layer that a parameter belongs to: "encoder.0" of "encoder.0.weight".
std::string layer_of(const std::string& parameter) {
  const std::size_t dot = parameter.rfind('.');
  return dot == std::string::npos ? "model" : parameter.substr(0, dot);
}

double squared(const Tensor& tensor) { return sum(square(to(tensor, DType::float64))).item<double>(); }

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm parts{};
  localtime_r(&time, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts)};
}

/// The members of a JSON object as text.
Pairs rows_of(const std::string& json) {
  Pairs rows;
  for (const auto& [name, value] : nlohmann::ordered_json::parse(json).items()) {
    if (value.is_null()) continue;
    rows.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return rows;
}

}  // namespace

const std::vector<double>* Columns::find(const std::string& name) const {
  for (const auto& [each, values] : columns_)
    if (each == name) return &values;
  return nullptr;
}

void Columns::append(const Logs& row) {
  constexpr double missing = std::numeric_limits<double>::quiet_NaN();
  for (const auto& [name, value] : row)
    if (find(name) == nullptr) columns_.emplace_back(name, std::vector<double>(rows_, missing));
  ++rows_;
  for (auto& [name, values] : columns_) {
    double found = missing;
    for (const auto& [each, value] : row)
      if (each == name) found = value;
    values.push_back(found);
  }
}

void Columns::halve() {
  for (auto& [name, values] : columns_) {
    for (std::size_t i = 1; i < rows_; i += 2) values[i / 2] = values[i];
    values.resize(rows_ / 2);
  }
  rows_ /= 2;
}

void Columns::insert(const std::string& name, std::vector<double> values) {
  if (!columns_.empty() && values.size() != rows_)
    throw ValueError(fmt::format("Report: expected {} values of '{}', got {}", rows_, name, values.size()));
  rows_ = values.size();
  columns_.emplace_back(name, std::move(values));
}

struct Report::Recorder : ReportData {
  nn::Module* module = nullptr;
  const optim::Optimizer* optimizer = nullptr;
  NamedTensors parameters, before;  // before the step that will be measured
  double rate = 0;                  // of that step
  bool shaped = false;              // the shapes of the layers are known
  std::int64_t step = 0, every = 0;
  double loss_sum = 0;  // since the last sample
  std::int64_t loss_count = 0;
  double earlier = 0;  // seconds of the training before it was resumed
  Clock::time_point begun = Clock::now();
  double seen = 0, loss_seen = 0;  // of the epoch: examples, and the sum of their losses

  void describe(const Tensor& input) {
    const auto call = [&] {
      if (!input.defined()) throw ValueError("no input");
      (*module)(input);
    };
    model_type = module->type();
    try {
      model = nn::layer_rows(*module, call);
      shaped = true;
    } catch (const Error&) {  // without an input that fits, without shapes
      model = nn::layer_rows(*module, [] {});
    }
    trainable = frozen = 0;
    for (const Tensor& each : module->parameters()) (each.requires_grad() ? trainable : frozen) += each.numel();
  }

  void read_clock() {
    if (status == Status::running)
      seconds = earlier + std::chrono::duration<double>(Clock::now() - begun).count();
    written = now();
  }

  void keep() {
    rate = optimizer->learning_rate();
    before.clear();
    for (const auto& [name, parameter] : parameters)
      before.emplace_back(name, contiguous(parameter.detach()).is_sole_owner() ? parameter.detach()
                                                                                : clone(parameter.detach()));
  }

  void sample() {
    const NoGrad no_grad;
    struct Norms {
      double gradient = 0, update = 0, parameter = 0;
    };
    std::vector<Norms> norms(layers.size());
    double all = 0;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const auto& [name, parameter] = parameters[i];
      Norms& norm = norms[static_cast<std::size_t>(
          std::find(layers.begin(), layers.end(), layer_of(name)) - layers.begin())];
      if (const Tensor gradient = parameter.requires_grad() ? parameter.grad() : Tensor(); gradient.defined()) {
        const double size = squared(gradient);
        norm.gradient += size;
        all += size;
      }
      if (before.empty()) continue;
      norm.parameter += squared(before[i].second);
      norm.update += squared(parameter.detach() - before[i].second);
    }
    Logs row{{"step", static_cast<double>(step)},
             {"loss", loss_sum / static_cast<double>(loss_count)},
             {"learning rate", before.empty() ? optimizer->learning_rate() : rate},
             {"gradient", std::sqrt(all)}};
    for (std::size_t i = 0; i < layers.size(); ++i) {
      row.emplace_back("gradient of " + layers[i], std::sqrt(norms[i].gradient));
      if (!before.empty())
        row.emplace_back("update of " + layers[i], std::sqrt(norms[i].update / norms[i].parameter));
    }
    steps.append(row);
    loss_sum = 0;
    loss_count = 0;
    if (steps.rows() < most_samples) return;
    steps.halve();
    every *= 2;
  }

  void classify(const Tensor& inputs, const Tensor& labels, const Tensor& scores) {
    const std::int64_t count = scores.size(0), width = scores.size(1);
    if (classes != width) {
      classes = width;
      confusions.assign(static_cast<std::size_t>(width * width), 0);
      mistakes.clear();
    }
    const Tensor all = to(scores.detach(), DType::float64);
    std::vector<double> values = all.to_vector<double>();
    // Probabilities are taken as they are.
    bool probabilities = true;
    for (std::int64_t i = 0; probabilities && i < count; ++i) {
      double total = 0;
      for (std::int64_t k = 0; k < width; ++k) {
        const double value = values[static_cast<std::size_t>(i * width + k)];
        probabilities = probabilities && value >= 0 && value <= 1;
        total += value;
      }
      probabilities = probabilities && std::abs(total - 1) < 1e-3;
    }
    if (!probabilities) values = softmax(all, 1).to_vector<double>();
    const auto targets_of = to(labels, DType::int64).to_vector<std::int64_t>();
    for (std::int64_t i = 0; i < count; ++i) {
      const double* const row = values.data() + i * width;
      const std::int64_t target = targets_of[static_cast<std::size_t>(i)],
                         predicted = std::max_element(row, row + width) - row;
      if (target < 0 || target >= width) continue;  // as labels that losses ignore
      ++confusions[static_cast<std::size_t>(target * width + predicted)];
      if (predicted == target || options.mistakes == 0) continue;
      const Mistake mistake{target, predicted, row[predicted], -std::log(std::max(row[target], 1e-300)), {}};
      const auto place = std::upper_bound(
          mistakes.begin(), mistakes.end(), mistake,
          [](const Mistake& a, const Mistake& b) { return a.loss > b.loss; });
      if (place - mistakes.begin() >= options.mistakes) continue;
      const auto inserted = mistakes.insert(place, mistake);
      if (const Tensor input = select(inputs.detach(), 0, i); input.numel() <= largest_image)
        inserted->input = clone(input);
      if (static_cast<std::int64_t>(mistakes.size()) > options.mistakes) mistakes.pop_back();
    }
  }
};

Report::Report(std::string path, ReportOptions options)
    : path_(std::move(path)), recorder_(std::make_unique<Recorder>()) {
  if (options.every < 1 || options.mistakes < 0 || options.refresh < 0)
    throw ValueError(fmt::format("Report: expected every >= 1, mistakes >= 0 and refresh >= 0, got {}, {} and {}",
                                 options.every, options.mistakes, options.refresh));
  recorder_->every = options.every;
  recorder_->options = std::move(options);
}

Report::~Report() = default;

void Report::begin(nn::Module& model, const optim::Optimizer& optimizer, const Tensor& input,
                   std::int64_t epochs) {
  Recorder& at = *recorder_;
  at.module = &model;
  at.optimizer = &optimizer;
  at.status = ReportData::Status::running;
  at.planned = epochs;
  at.begun = Clock::now();
  at.parameters = model.named_parameters();
  at.layers.clear();
  for (const auto& [name, parameter] : at.parameters)
    if (at.layers.empty() || at.layers.back() != layer_of(name)) at.layers.push_back(layer_of(name));
  at.describe(input);
  at.optimizer_rows();
  at.environment = environment();
  at.before.clear();
  if ((at.step + 1) % at.every == 0) at.keep();
}

void Report::step(double loss) {
  Recorder& at = *recorder_;
  if (at.module == nullptr) throw ValueError("Report::step: expected begin() before the first step");
  ++at.step;
  at.loss_sum += loss;
  ++at.loss_count;
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

void Report::end() {
  Recorder& at = *recorder_;
  at.read_clock();
  at.earlier = at.seconds;
  at.status = ReportData::Status::finished;
  at.before.clear();
  at.parameters.clear();
  at.module = nullptr;
  at.optimizer = nullptr;
  write();
}

void Report::clear_predictions() {
  recorder_->classes = 0;
  recorder_->confusions.clear();
  recorder_->mistakes.clear();
  recorder_->targets.clear();
  recorder_->outputs.clear();
}

void Report::predictions(const Tensor& inputs, const Tensor& targets, const Tensor& outputs) {
  const NoGrad no_grad;
  Recorder& at = *recorder_;
  if (is_floating(targets.dtype())) {
    if (targets.numel() != outputs.numel()) return;
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
}

void Report::evaluate(nn::Module& model, const data::Dataset& examples) {
  const NoGrad no_grad;
  std::vector<std::pair<nn::Module*, bool>> modes;
  for (const auto& [name, module] : model.named_modules()) modes.emplace_back(module, module->is_training());
  const auto restore = [&] {
    for (const auto& [module, training] : modes) module->train(training);
  };
  clear_predictions();
  model.eval();
  try {
    data::DataLoader loader(examples, {.batch_size = 256, .seed = 0});
    for (const data::Batch& batch : loader)
      if (batch.size() >= 2) predictions(batch[0], batch[1], model(batch[0]));
  } catch (...) {
    restore();
    throw;
  }
  restore();
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
  return report_page(*recorder_);
}

void Report::write() const {
  const std::string page = html();
  io::AtomicFile file("Report", path_);
  file.write(page.data(), page.size());
  file.commit();
}

}  // namespace taper::train
