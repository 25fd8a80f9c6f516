// What a report records, and how.
#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <taper/autograd/autograd.h>
#include <taper/nn/summary.h>
#include <taper/tensor/error.h>
#include <taper/train/profile.h>
#include <taper/train/report_recorder.h>

namespace taper::training {
namespace {

constexpr std::size_t most_samples = 400;
constexpr std::int64_t largest_image = 1 << 18;  // elements of an input that is kept

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
  const auto members = nlohmann::ordered_json::parse(json);
  for (const auto& [name, value] : members.items()) {
    if (value.is_null()) continue;
    rows.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return rows;
}

/// Rows of scores as probabilities: rows that are already stay.
std::vector<double> probabilities(const Tensor& scores) {
  const Tensor all = to(scores.detach(), DType::float64);
  std::vector<double> values = all.to_vector<double>();
  const auto width = static_cast<std::size_t>(scores.size(1));
  for (std::size_t begin = 0; begin < values.size(); begin += width) {
    double total = 0;
    bool within = true;
    for (std::size_t k = begin; k < begin + width; ++k) {
      within = within && values[k] >= 0 && values[k] <= 1;
      total += values[k];
    }
    if (!within || std::abs(total - 1) > 1e-3) return softmax(all, 1).to_vector<double>();
  }
  return values;
}

}  // namespace

/// The layer that a parameter belongs to: "encoder.0" of "encoder.0.weight".
std::string layer_of(const std::string& parameter) {
  const std::size_t dot = parameter.rfind('.');
  return dot == std::string::npos ? "model" : parameter.substr(0, dot);
}

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

void Report::Recorder::describe(const Tensor& input) {
  model_type = module->type();
  const auto call = [&] {
    if (input.defined()) (*module)(input);
  };
  try {
    model = nn::layer_rows(*module, call);
    described = input.defined();
  } catch (const Error&) {  // it wants another input: without shapes
    model = nn::layer_rows(*module, [] {});
  }
  trainable = frozen = 0;
  for (const Tensor& each : module->parameters()) (each.requires_grad() ? trainable : frozen) += each.numel();
}

void Report::Recorder::describe_optimizer() {
  optimizer_options = {{"class", optimizer->name()}};
  try {
    for (auto& row : rows_of(optimizer->get_config())) optimizer_options.push_back(std::move(row));
  } catch (const Error&) {  // a schedule of one's own has no configuration
    optimizer_options.emplace_back("learning_rate", "a function");
  }
}

void Report::Recorder::read_clock() {
  if (status == Status::running)
    seconds = earlier + std::chrono::duration<double>(Clock::now() - begun).count();
  written = now();
}

void Report::Recorder::read_profile() {
  if (options.profile == nullptr) return;
  times.clear();
  for (const LayerProfileRow& row : options.profile->layers())
    times.emplace_back(row.name, 1e-9 * static_cast<double>(row.nanoseconds));
}

void Report::Recorder::keep() {
  rate = optimizer->learning_rate();
  before.clear();
  for (const auto& [name, parameter] : parameters) before.push_back(clone(parameter.detach()));
}

void Report::Recorder::sample() {
  const NoGrad no_grad;
  struct Norms {
    double gradient = 0, update = 0, parameter = 0;
  };
  std::vector<Norms> norms(layers.size());
  double all = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto& [name, parameter] = parameters[i];
    Norms& norm = norms[static_cast<std::size_t>(std::find(layers.begin(), layers.end(), layer_of(name)) -
                                                 layers.begin())];
    if (const Tensor gradient = parameter.requires_grad() ? parameter.grad() : Tensor(); gradient.defined()) {
      const double size = squared(gradient);
      norm.gradient += size;
      all += size;
    }
    if (before.empty()) continue;
    norm.parameter += squared(before[i]);
    norm.update += squared(parameter.detach() - before[i]);
  }
  Logs row{{"step", static_cast<double>(step)},
           {"loss", loss_sum / loss_count},
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

void Report::Recorder::classify(const Tensor& inputs, const Tensor& labels, const Tensor& scores) {
  const std::int64_t count = scores.size(0), width = scores.size(1);
  if (classes != width) {
    classes = width;
    confusions.assign(static_cast<std::size_t>(width * width), 0);
    mistakes.clear();
  }
  const std::vector<double> values = probabilities(scores);
  const auto targets_of = to(labels, DType::int64).to_vector<std::int64_t>();
  for (std::int64_t i = 0; i < count; ++i) {
    const double* const row = values.data() + i * width;
    const std::int64_t target = targets_of[static_cast<std::size_t>(i)],
                       predicted = std::max_element(row, row + width) - row;
    if (target < 0 || target >= width) continue;  // as labels that losses ignore
    ++confusions[static_cast<std::size_t>(target * width + predicted)];
    if (predicted == target || options.mistakes == 0) continue;
    const Mistake mistake{target,       predicted, row[predicted], -std::log(std::max(row[target], 1e-300)),
                          examples + i, {}};
    const auto place = std::upper_bound(mistakes.begin(), mistakes.end(), mistake,
                                        [](const Mistake& a, const Mistake& b) { return a.loss > b.loss; });
    if (place - mistakes.begin() >= options.mistakes) continue;
    const auto inserted = mistakes.insert(place, mistake);
    if (const Tensor input = select(inputs.detach(), 0, i); input.numel() <= largest_image)
      inserted->input = clone(input);
    if (static_cast<std::int64_t>(mistakes.size()) > options.mistakes) mistakes.pop_back();
  }
}

}  // namespace taper::training
