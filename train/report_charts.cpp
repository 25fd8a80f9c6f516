// The curves of a report.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <taper/train/plot/svg.h>
#include <taper/train/report_parts.h>

namespace taper::training {
namespace {

using plot::escape;
using plot::Values;

/// Five digits are more than one can see.
double rounded(double value) { return std::strtod(fmt::format("{:.5g}", value).c_str(), nullptr); }

std::string curves_json(const std::vector<Curve>& curves) {
  nlohmann::json json = nlohmann::json::array();
  for (const Curve& curve : curves) {
    nlohmann::json x = nlohmann::json::array(), y = nlohmann::json::array();
    for (std::size_t i = 0; i < curve.x.size(); ++i) {
      x.push_back(rounded(curve.x[i]));
      y.push_back(rounded(curve.y[i]));  // null if it is no number
    }
    json.push_back({{"label", curve.label},
                    {"color", fmt::format("c{}", curve.style.series % plot::colors)},
                    {"x", std::move(x)},
                    {"y", std::move(y)}});
    if (curve.style.series < 0) json.back()["color"] = "m";
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// About 20 rows of the values at the places of the longest curve.
std::string values_table(const Chart& chart) {
  const auto longest =
      std::max_element(chart.curves.begin(), chart.curves.end(),
                       [](const Curve& a, const Curve& b) { return a.x.size() < b.x.size(); });
  std::vector<std::string> head{chart.x};
  for (const Curve& curve : chart.curves) head.push_back(curve.label);
  std::vector<std::vector<std::string>> rows;
  const std::size_t count = longest->x.size(), stride = (count + 19) / 20;
  for (std::size_t i = (count - 1) % stride; i < count; i += stride) {
    std::vector<std::string> row{fmt::format("{:.5g}", longest->x[i])};
    for (const Curve& curve : chart.curves) {
      const auto at = std::min_element(curve.x.begin(), curve.x.end(), [&](double a, double b) {
        return std::abs(a - longest->x[i]) < std::abs(b - longest->x[i]);
      });
      row.push_back(short_number(curve.y[static_cast<std::size_t>(at - curve.x.begin())]));
    }
    rows.push_back(std::move(row));
  }
  return html_table(head, rows, 0);
}

/// Where each measured step lies among the epochs: 1.5 is in the midst of the second one.
Values places(const ReportData& data) {
  Values result;
  const std::vector<double>* const steps = data.steps.find("step");
  if (steps == nullptr) return result;
  std::size_t epoch = 0;
  double begin = 0, length = data.ends.empty() ? 0 : data.ends[0];
  for (const double step : *steps) {
    while (epoch < data.ends.size() && step > data.ends[epoch]) {
      begin = data.ends[epoch];
      ++epoch;
      if (epoch < data.ends.size()) length = data.ends[epoch] - begin;
    }
    result.push_back(length > 0 ? static_cast<double>(epoch) + (step - begin) / length : step);
  }
  return result;
}

Values epoch_numbers(const ReportData& data) {
  Values result;
  for (std::size_t i = 0; i < data.epochs.rows(); ++i) result.push_back(static_cast<double>(i + 1));
  return result;
}

/// The value that all points have, or NaN.
double constant(const std::vector<Curve>& curves) {
  const double value = curves[0].y.empty() ? NAN : curves[0].y[0];
  for (const Curve& curve : curves)
    for (const double y : curve.y)
      if (y != value) return NAN;
  return value;
}

bool is_large_range(const std::vector<Curve>& curves) {
  double low = INFINITY, high = 0;
  for (const Curve& curve : curves)
    for (const double y : curve.y) {
      if (!std::isfinite(y)) continue;
      if (y <= 0) return false;
      low = std::min(low, y);
      high = std::max(high, y);
    }
  return high > 20 * low;
}

/// "val_top_5_accuracy" and "top_5_accuracy" as "Top 5 accuracy".
std::string title_of(std::string name) {
  for (char& each : name)
    if (each == '_') each = ' ';
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

/// The validation's curve, a line also where not every epoch has one.
Curve validation_curve(const Values& epochs, const Values& values, bool dots) {
  Curve curve{"validation", {}, {}, {.series = 1, .width = 2}, dots};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    curve.x.push_back(epochs[i]);
    curve.y.push_back(values[i]);
  }
  if (curve.x.empty()) curve.x = epochs, curve.y = values;
  return curve;
}

}  // namespace

std::string html_chart(const Chart& chart) {
  plot::Figure figure({.width = 520, .height = 210, .title = chart.title, .embedded = true});
  plot::Axes& axes = figure.at(0, 0).label(chart.x, chart.y);
  if (chart.log && !(constant(chart.curves) > 0)) axes.log_y();
  if (chart.end > 0) axes.limit_x(0, chart.end);
  if (chart.curves.size() == 1) axes.no_legend();
  if (const double value = constant(chart.curves); value > 0) axes.limit_y(0, 2 * value);
  for (const Curve& curve : chart.curves) {
    plot::Style style = curve.style;
    style.label = curve.label;
    axes.line(curve.x, curve.y, style);
    if (!curve.points) continue;
    style.label.clear();
    style.width = 5;
    axes.points(curve.x, curve.y, style);
  }
  return fmt::format(
      "<figure class=\"chart\" data-x=\"{}\" data-curves=\"{}\">\n<h3>{}</h3>\n{}{}"
      "<details><summary>Values</summary>\n{}</details>\n</figure>\n",
      escape(chart.x), escape(curves_json(chart.curves)), escape(chart.title), figure.svg(),
      chart.note.empty() ? "" : "<figcaption>" + escape(chart.note) + "</figcaption>\n", values_table(chart));
}

std::string curves_section(const ReportData& data) {
  const Values epochs = epoch_numbers(data), at = places(data);
  const bool dots = epochs.size() <= 30;
  std::string html;
  for (const auto& [name, values] : data.epochs.all()) {
    if (name == "learning_rate") continue;  // the section of norms has it
    const bool validation = name.starts_with("val_");
    if (validation && data.epochs.find(name.substr(4)) != nullptr) continue;
    Chart chart{.title = title_of(validation ? name.substr(4) : name),
                .x = "epoch",
                .y = validation ? name.substr(4) : name,
                .curves = {},
                .end = 1.015 * static_cast<double>(epochs.size())};
    if (name == "loss" && !at.empty())
      chart.curves.push_back({"steps",
                              at,
                              *data.steps.find("loss"),
                              {.series = plot::Style::muted, .width = 1, .opacity = 0.55}});
    if (validation)
      chart.curves.push_back(validation_curve(epochs, values, dots));
    else
      chart.curves.push_back({"training", epochs, values, {.series = 0, .width = 2}, dots});
    if (const std::vector<double>* const other = data.epochs.find("val_" + name); other != nullptr)
      chart.curves.push_back(validation_curve(epochs, *other, dots));
    chart.log = is_large_range(chart.curves);
    if (name == "loss" && !at.empty())
      chart.note =
          "Steps: the mean loss of the batches since the point before. Training: the mean of each epoch.";
    html += html_chart(chart);
  }
  return html.empty() ? html : "<div class=\"grid\">\n" + html + "</div>\n";
}

std::string norms_section(const ReportData& data) {
  const Values at = places(data);
  if (at.empty()) return {};
  const std::string x = data.ends.empty() ? "step" : "epoch";
  const double end = 1.015 * static_cast<double>(data.ends.size());
  std::string html;
  const auto add = [&](const char* title, const char* y, const char* note, std::vector<Curve> curves,
                       bool log) {
    if (!curves.empty()) html += html_chart({title, x, y, std::move(curves), log, note, end});
  };
  const Values& rates = *data.steps.find("learning rate");
  add("Learning rate", "learning rate", "", {{"learning rate", at, rates, {.series = 0}}}, false);
  add("Norm of the gradient", "L2 norm", "Of all parameters, before any clipping.",
      {{"all parameters", at, *data.steps.find("gradient"), {.series = 0}}}, true);
  // Of deep models as many layers as one can tell apart, from the first to the last.
  const std::size_t most = 12, count = data.layers.size(), shown = std::min(count, most);
  std::vector<Curve> gradients, updates;
  for (std::size_t i = 0; i < shown; ++i) {
    const std::string& layer = data.layers[shown == 1 ? 0 : i * (count - 1) / (shown - 1)];
    const plot::Style style{.series = static_cast<int>(i), .width = 1.3};
    std::string type;
    for (const nn::LayerRow& row : data.model)
      if (row.name == layer) type = " " + row.type;
    if (const auto* const values = data.steps.find("gradient of " + layer); values != nullptr)
      gradients.push_back({layer + type, at, *values, style});
    if (const auto* const values = data.steps.find("update of " + layer); values != nullptr)
      updates.push_back({layer + type, at, *values, style});
  }
  const std::string which = count > shown ? fmt::format(" {} of {} layers are shown.", shown, count) : "";
  add("Norms of gradients by layer", "L2 norm", which.c_str(), std::move(gradients), true);
  add("Updates by layer", "|update| / |parameters|",
      ("How far one step moves the parameters of a layer, in parts of their norm; about 10⁻³ is usual." +
       which)
          .c_str(),
      std::move(updates), true);
  return "<div class=\"grid\">\n" + html + "</div>\n";
}

}  // namespace taper::training
