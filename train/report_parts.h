// The parts of a report's page.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <taper/train/plot/plot.h>
#include <taper/train/report_data.h>

namespace taper::training {

/// The style sheet of the page, and its script, which shows values under the mouse.
std::string report_style();
std::string report_script();

/// Text of a number: four significant digits; of a count: "12,345"; of a time: "1 min 24 s".
std::string short_number(double value);
std::string grouped(std::int64_t count);
std::string duration(double seconds);

/// A table: its head, its rows, and the number of columns, from the left, that hold text. Cells are escaped.
std::string html_table(const std::vector<std::string>& head,
                       const std::vector<std::vector<std::string>>& rows, std::size_t texts = 1);
/// A section with a heading, unless its content is empty.
std::string html_section(const std::string& id, const std::string& title, const std::string& content);

struct Curve {
  std::string label;
  plot::Values x, y;
  plot::Style style = {};
  bool points = false;  // dots, too
};
/// A figure with a heading, what the axes are, curves, and the same as a table.
struct Chart {
  std::string title, x, y;
  std::vector<Curve> curves;
  bool log = false;
  std::string note = {};
  double end = 0;  // of the x axis, which begins at 0; 0: it fits the data
};
std::string html_chart(const Chart& chart);

std::string curves_section(const ReportData& data);
std::string norms_section(const ReportData& data);
std::string predictions_section(const ReportData& data);
std::string mistakes_section(const ReportData& data);
std::string model_section(const ReportData& data);
std::string times_section(const ReportData& data);
std::string settings_section(const ReportData& data);

/// What a class is called.
std::string class_name(const ReportData& data, std::int64_t number);

}  // namespace taper::training
