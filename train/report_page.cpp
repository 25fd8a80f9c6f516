// The page of a report: its frame, its head, and how numbers and tables are written.
#include <cmath>

#include <fmt/format.h>

#include <taper/train/plot/svg.h>
#include <taper/train/report_parts.h>

namespace taper::training {
namespace {

using plot::escape;

struct Tile {
  std::string name, value, first, second = {};  // two notes
};

bool is_validation(const std::string& name) { return name.starts_with("val_"); }

/// Whether more is better.
bool rises(const std::string& name) {
  return name.find("loss") == std::string::npos && name.find("error") == std::string::npos;
}

/// "val_top_5_accuracy" as "Top 5 accuracy, validation".
std::string spelled(const std::string& name) {
  std::string text = is_validation(name) ? name.substr(4) : name;
  for (char& each : text)
    if (each == '_') each = ' ';
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::vector<Tile> tiles(const ReportData& data) {
  std::vector<Tile> result;
  const auto& columns = data.epochs.all();
  for (const auto& [name, values] : columns) {
    // Of a value that the validation has as well, that one counts.
    if (!is_validation(name) && data.epochs.find("val_" + name) != nullptr) continue;
    if (name == "learning_rate" || result.size() >= 4 || values.empty()) continue;
    std::size_t best = 0, last = values.size() - 1;
    // Not every epoch need have a validation.
    while (is_validation(name) && last > 0 && std::isnan(values[last])) --last;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (std::isnan(values[best]) || (rises(name) ? values[i] > values[best] : values[i] < values[best]))
        best = i;
    std::string training, note;
    if (const auto* const other = is_validation(name) ? data.epochs.find(name.substr(4)) : nullptr;
        other != nullptr)
      training = "training " + short_number(other->back());
    if (values.size() > 1) note = fmt::format("best {} in epoch {}", short_number(values[best]), best + 1);
    result.push_back({spelled(name) + (is_validation(name) ? ", validation" : ""), short_number(values[last]),
                      training, note});
  }
  const std::size_t done = data.epochs.rows();
  result.push_back(
      {"Epochs", data.planned > 0 ? fmt::format("{} of {}", done, data.planned) : std::to_string(done),
       done > 0 ? fmt::format("{} each", duration(data.seconds / static_cast<double>(done))) : ""});
  result.push_back({"Time", duration(data.seconds),
                    data.ends.empty()
                        ? ""
                        : fmt::format("{} steps", grouped(static_cast<std::int64_t>(data.ends.back())))});
  result.push_back(
      {"Parameters", grouped(data.trainable + data.frozen),
       data.frozen > 0 ? fmt::format("{} of them frozen", grouped(data.frozen)) : "all trainable"});
  return result;
}

std::string head(const ReportData& data) {
  using Status = ReportData::Status;
  const char* const status[] = {"not begun", "running", "finished", "ended by an error"};
  std::string line;
  for (const std::string& part :
       {data.model_type, data.optimizer_options.empty() ? std::string() : data.optimizer_options[0].second,
        "written " + data.written})
    if (!part.empty()) line += (line.empty() ? "" : " · ") + part;
  const int state = static_cast<int>(data.status);
  std::string html =
      fmt::format("<header>\n<p class=\"status s{}\">{}</p>\n<h1>{}</h1>\n<p class=\"soft\">{}</p>\n", state,
                  status[state], escape(data.options.title), escape(line));
  if (data.first_bad >= 0)
    html += fmt::format("<p class=\"alarm\" role=\"alert\">The loss was no finite number in step {}.</p>\n",
                        grouped(data.first_bad));
  if (data.status == Status::running && data.planned > 0)
    html += fmt::format("<progress max=\"{}\" value=\"{}\" aria-label=\"epochs\"></progress>\n", data.planned,
                        data.epochs.rows());
  html += "<dl class=\"tiles\">\n";
  for (const auto& [name, value, first, second] : tiles(data))
    html += fmt::format("<div><dt>{}</dt><dd>{}</dd><dd class=\"note\">{}{}{}</dd></div>\n", escape(name),
                        escape(value), escape(first), first.empty() || second.empty() ? "" : "<br />",
                        escape(second));
  return html + "</dl>\n</header>\n";
}

}  // namespace

std::string short_number(double value) {
  if (std::isnan(value)) return "–";
  const double size = std::abs(value);
  std::string text = size != 0 && (size < 1e-3 || size >= 1e6) ? fmt::format("{:.2e}", value)
                     : size >= 1000                            ? fmt::format("{:.0f}", value)
                                                               : fmt::format("{:.4f}", value);
  if (text.find('.') != std::string::npos && text.find('e') == std::string::npos && size >= 10)
    text = fmt::format("{:.4g}", value);
  return text;
}

std::string grouped(std::int64_t count) {
  std::string text = std::to_string(count);
  const std::size_t first = count < 0 ? 1 : 0;
  for (std::size_t i = text.size(); i > first + 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string duration(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.3g} µs", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.3g} ms", seconds * 1e3);
  if (seconds < 100) return fmt::format("{:.3g} s", seconds);
  const auto whole = std::llround(seconds);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string html_table(const std::vector<std::string>& head,
                       const std::vector<std::vector<std::string>>& rows, std::size_t texts) {
  const auto cells = [&](const std::vector<std::string>& row, const char* tag) {
    std::string html = "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      html += fmt::format("<{0}{1}>{2}</{3}>", tag, i < texts ? "" : " class=\"n\"", escape(row[i]),
                          std::string(tag).substr(0, 2));
    return html + "</tr>\n";
  };
  std::string html = "<div class=\"wide\"><table>\n";
  if (!head.empty()) html += "<thead>" + cells(head, "th scope=\"col\"") + "</thead>\n";
  html += "<tbody>\n";
  for (const auto& row : rows) html += cells(row, "td");
  return html + "</tbody>\n</table></div>\n";
}

std::string html_section(const std::string& id, const std::string& title, const std::string& content) {
  if (content.empty()) return {};
  return fmt::format(
      "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}</h2>\n{2}</section>\n",
      id, escape(title), content);
}

std::string class_name(const ReportData& data, std::int64_t number) {
  const auto i = static_cast<std::size_t>(number);
  return i < data.options.classes.size() ? data.options.classes[i] : std::to_string(number);
}

std::string report_page(const ReportData& data) {
  const struct {
    const char *id, *title;
    std::string content;
  } sections[] = {
      {"curves", "Loss and metrics", curves_section(data)},
      {"norms", "Learning rate and norms", norms_section(data)},
      {"predictions", "Predictions", predictions_section(data)},
      {"mistakes", "Worst mistakes", mistakes_section(data)},
      {"model", "Model", model_section(data)},
      {"times", "Time", times_section(data)},
      {"settings", "Settings", settings_section(data)},
  };
  std::string body, links;
  for (const auto& [id, title, content] : sections) {
    if (content.empty()) continue;
    body += html_section(id, title, content);
    links += fmt::format("<a href=\"#{}\">{}</a>\n", id, title);
  }
  const bool running = data.status == ReportData::Status::running && data.options.refresh > 0;
  // The policy forbids what the page does not do anyway: to load anything from anywhere.
  return fmt::format(
      R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
{}<title>{}</title>
<style>
{}</style>
</head>
<body>
<main>
{}<nav aria-label="Sections">
{}</nav>
{}</main>
<script>
{}</script>
</body>
</html>
)",
      running ? fmt::format("<meta http-equiv=\"refresh\" content=\"{}\" />\n", data.options.refresh) : "",
      escape(data.options.title), report_style(), head(data), links, body, report_script());
}

}  // namespace taper::training
