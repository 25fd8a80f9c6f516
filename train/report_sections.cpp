// The tables and images of a report.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <taper/io/image.h>
#include <taper/tensor/error.h>
#include <taper/train/picture.h>
#include <taper/train/plot/svg.h>
#include <taper/train/report_parts.h>

namespace taper::training {
namespace {

using plot::escape;

constexpr std::int64_t most_columns = 25;  // of a matrix that one can read

struct Counts {
  std::int64_t right = 0, targets = 0, predictions = 0;
};

std::vector<Counts> counts(const ReportData& data) {
  std::vector<Counts> result(static_cast<std::size_t>(data.classes));
  for (std::size_t i = 0; i < result.size(); ++i)
    for (std::size_t k = 0; k < result.size(); ++k) {
      const std::int64_t count = data.confusions[i * result.size() + k];
      result[i].targets += count;
      result[k].predictions += count;
      if (i == k) result[i].right = count;
    }
  return result;
}

std::string percent(std::int64_t part, std::int64_t all) {
  return all == 0 ? "–" : fmt::format("{:.1f} %", 100 * static_cast<double>(part) / static_cast<double>(all));
}

std::string matrix(const ReportData& data, const std::vector<Counts>& classes) {
  const auto width = static_cast<std::size_t>(data.classes);
  double worst = 0;  // the largest part of a class that is read as another one
  for (std::size_t i = 0; i < width; ++i)
    for (std::size_t k = 0; k < width; ++k)
      if (i != k && classes[i].targets > 0)
        worst = std::max(worst, static_cast<double>(data.confusions[i * width + k]) /
                                    static_cast<double>(classes[i].targets));
  std::string html = fmt::format(
      "<div class=\"wide all\"><table class=\"matrix\">\n<caption hidden=\"hidden\">Rows: target. "
      "Columns: prediction.</caption>\n"
      "<thead><tr><td class=\"z\"></td><th class=\"side\" "
      "colspan=\"{}\">prediction</th></tr>\n<tr><th>target</th>",
      width);
  for (std::size_t k = 0; k < width; ++k)
    html += fmt::format("<th scope=\"col\" title=\"{0}\">{0}</th>",
                        escape(class_name(data, static_cast<std::int64_t>(k))));
  html += "</tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < width; ++i) {
    html += fmt::format("<tr><th scope=\"row\" title=\"{0}\">{0}</th>",
                        escape(class_name(data, static_cast<std::int64_t>(i))));
    for (std::size_t k = 0; k < width; ++k) {
      const std::int64_t count = data.confusions[i * width + k];
      const double part =
          classes[i].targets > 0 ? static_cast<double>(count) / static_cast<double>(classes[i].targets) : 0;
      if (count == 0) {
        html += "<td class=\"z\">·</td>";
        continue;
      }
      const double shade = i == k ? 0.15 + 0.8 * part : 0.12 + 0.7 * (worst > 0 ? part / worst : 0);
      html += fmt::format("<td class=\"{}{}\" style=\"--a:{:.2f}\">{}</td>", i == k ? "r" : "w",
                          shade > 0.8   ? " on"
                          : shade > 0.5 ? " mid"
                                        : "",
                          shade, count);
    }
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table></div>\n";
}

std::string frequent_confusions(const ReportData& data, const std::vector<Counts>& classes) {
  struct Confusion {
    std::size_t target, prediction;
    std::int64_t count;
  };
  std::vector<Confusion> all;
  const auto width = static_cast<std::size_t>(data.classes);
  for (std::size_t i = 0; i < width; ++i)
    for (std::size_t k = 0; k < width; ++k)
      if (i != k && data.confusions[i * width + k] > 0) all.push_back({i, k, data.confusions[i * width + k]});
  std::stable_sort(all.begin(), all.end(),
                   [](const Confusion& a, const Confusion& b) { return a.count > b.count; });
  if (all.size() > 20) all.resize(20);
  std::vector<std::vector<std::string>> rows;
  rows.reserve(all.size());
  for (const auto& [target, prediction, count] : all)
    rows.push_back({class_name(data, static_cast<std::int64_t>(target)),
                    class_name(data, static_cast<std::int64_t>(prediction)), grouped(count),
                    percent(count, classes[target].targets)});
  return html_table({"target", "read as", "examples", "of the class"}, rows, 2);
}

std::string confusion_card(const ReportData& data) {
  const std::vector<Counts> classes = counts(data);
  std::int64_t right = 0, all = 0;
  for (const Counts& each : classes) {
    right += each.right;
    all += each.targets;
  }
  const bool small = data.classes <= most_columns;
  std::string html = fmt::format(
      "<div class=\"grid\">\n<div class=\"card\">\n<h3>{}</h3>\n{}<p class=\"note\">{} of {} examples are "
      "right, {}.{}</p>\n</div>\n",
      small ? "Confusion matrix" : "Most frequent confusions",
      small ? matrix(data, classes) : frequent_confusions(data, classes), grouped(right), grouped(all),
      percent(right, all), small ? " Blue is right, orange wrong; darker is a larger part of the row." : "");
  std::vector<std::vector<std::string>> rows;
  rows.reserve(classes.size());
  for (std::size_t i = 0; i < classes.size(); ++i)
    rows.push_back(
        {class_name(data, static_cast<std::int64_t>(i)), grouped(classes[i].targets),
         percent(classes[i].right, classes[i].predictions), percent(classes[i].right, classes[i].targets),
         classes[i].targets + classes[i].predictions == 0
             ? "–"
             : fmt::format("{:.4f}", 2 * static_cast<double>(classes[i].right) /
                                         static_cast<double>(classes[i].targets + classes[i].predictions))});
  html += "<div class=\"card\">\n<h3>Classes</h3>\n" +
          html_table({"class", "examples", "precision", "recall", "F1"}, rows) + "</div>\n</div>\n";
  return html;
}

std::string regression_card(const ReportData& data) {
  double square = 0, absolute = 0, low = INFINITY, high = -INFINITY;
  for (std::size_t i = 0; i < data.targets.size(); ++i) {
    const double difference = data.outputs[i] - data.targets[i];
    square += difference * difference;
    absolute += std::abs(difference);
    for (const double each : {data.targets[i], data.outputs[i]}) {
      if (!std::isfinite(each)) continue;
      low = std::min(low, each);
      high = std::max(high, each);
    }
  }
  if (!(low <= high)) low = 0, high = 1;
  const auto count = static_cast<double>(data.targets.size());
  plot::Figure figure({.width = 520, .height = 360, .title = "Predictions and targets", .embedded = true});
  figure.at(0, 0)
      .label("target", "prediction")
      .line({low, high}, {low, high},
            {.label = "prediction = target", .series = plot::Style::muted, .width = 1})
      .points(data.targets, data.outputs, {.series = 0, .width = 4, .opacity = 0.6});
  return fmt::format(
      "<div class=\"grid\">\n<figure class=\"chart\">\n<h3>Predictions and targets</h3>\n{}<figcaption>{} "
      "values. Mean absolute error {}, root mean square error {}.</figcaption>\n</figure>\n</div>\n",
      figure.svg(), grouped(static_cast<std::int64_t>(data.targets.size())), short_number(absolute / count),
      short_number(std::sqrt(square / count)));
}

std::string base64(const std::string& bytes) {
  static const char* const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k)
      word = word << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k <= bytes.size() ? letters[word >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

/// An element with the image, or nothing if it is none, or cannot be written.
std::string picture_of(const Tensor& input, const std::string& description) {
  if (!input.defined() || input.rank() < 2 || input.rank() > 3 || (input.rank() == 3 && input.size(0) > 4))
    return {};
  try {
    return fmt::format("<img src=\"data:image/png;base64,{}\" width=\"{}\" height=\"{}\" alt=\"{}\" />",
                       base64(io::encode_png(picture(input))), input.size(-1), input.size(-2),
                       escape(description));
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

std::string predictions_section(const ReportData& data) {
  if (data.classes > 0) return confusion_card(data);
  return data.targets.empty() ? "" : regression_card(data);
}

std::string mistakes_section(const ReportData& data) {
  if (data.mistakes.empty()) return {};
  std::string html = "<div class=\"card\">\n<ol class=\"mistakes\">\n";
  for (const Mistake& each : data.mistakes) {
    const std::string target = class_name(data, each.target), predicted = class_name(data, each.predicted);
    html += fmt::format(
        "<li>{}<div><b>{}</b>, read as <b>{}</b><br /><span class=\"soft\">{:.1f} % sure<br />example "
        "{}</span></div></li>\n",
        picture_of(each.input, fmt::format("{}, read as {}", target, predicted)), escape(target),
        escape(predicted), 100 * each.confidence, grouped(each.index));
  }
  return html + "</ol>\n</div>\n";
}

std::string model_section(const ReportData& data) {
  if (data.model.empty()) return {};
  std::int64_t most = 1;
  for (const nn::LayerRow& row : data.model) most = std::max(most, row.parameters);
  std::string html =
      "<div class=\"card\">\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">layer</th><th "
      "scope=\"col\">type</th><th scope=\"col\">output shape</th>"
      "<th scope=\"col\" class=\"n\">parameters</th><th scope=\"col\"></th></tr></thead>\n<tbody>\n";
  for (const auto& [name, type, shape, parameters] : data.model)
    html += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"b\">{}</td></tr>\n",
        escape(name), escape(type), escape(shape), grouped(parameters),
        parameters == 0 ? ""
                        : fmt::format("<span class=\"bar\" style=\"width:{:.1f}%\"></span>",
                                      100 * static_cast<double>(parameters) / static_cast<double>(most)));
  return html + fmt::format(
                    "</tbody>\n</table></div>\n<p class=\"note\">{} parameters can be trained, {} "
                    "cannot.</p>\n</div>\n",
                    grouped(data.trainable), grouped(data.frozen));
}

std::string times_section(const ReportData& data) {
  if (data.times.empty()) return {};
  double longest = 0, all = 0;
  for (const auto& [name, seconds] : data.times) {
    longest = std::max(longest, seconds);
    all += seconds;
  }
  std::string html =
      "<div class=\"card\">\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">name</th><th "
      "scope=\"col\" class=\"n\">time</th>"
      "<th scope=\"col\" class=\"n\">of all</th><th scope=\"col\"></th></tr></thead>\n<tbody>\n";
  for (const auto& [name, seconds] : data.times)
    html += fmt::format(
        "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{:.1f} %</td><td class=\"b\"><span "
        "class=\"bar\" style=\"width:{:.1f}%\"></span></td></tr>\n",
        escape(name), duration(seconds), all > 0 ? 100 * seconds / all : 0,
        longest > 0 ? 100 * seconds / longest : 0);
  return html + "</tbody>\n</table></div>\n</div>\n";
}

std::string settings_section(const ReportData& data) {
  std::string html;
  const auto add = [&](const char* title, const Pairs& pairs) {
    if (pairs.empty()) return;
    std::vector<std::vector<std::string>> rows;
    rows.reserve(pairs.size());
    for (const auto& [name, value] : pairs) rows.push_back({name, value});
    html +=
        fmt::format("<div class=\"card pairs\">\n<h3>{}</h3>\n{}</div>\n", title, html_table({}, rows, 2));
  };
  add("Training", data.settings);
  add("Optimizer", data.optimizer_options);
  add("Environment", data.environment);
  return html.empty() ? html : "<div class=\"grid\">\n" + html + "</div>\n";
}

}  // namespace taper::training
