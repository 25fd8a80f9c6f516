// Reports, and the page of all.
#include "report.h"

#include <iostream>

namespace course {
namespace {

std::string escape(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
  return result;
}

}  // namespace

Report::Report(std::string name, std::string title, const Options& options)
    : options(options), name_(std::move(name)), title_(std::move(title)) {
  std::cout << "\n" << title_ << "\n" << std::string(title_.size(), '-') << std::endl;
}

void Report::print(const std::string& line) {
  std::cout << line << std::endl;
  text_ += line + '\n';
}

void Report::draw(const std::string& name, const plot::Figure& figure) {
  figure.save(options.output / (name + ".svg"));
  figures_.push_back(figure.svg());
}

std::string Report::html() const {
  std::string html = "<section id=\"" + name_ + "\">\n<h2>" + escape(title_) + "</h2>\n";
  for (const std::string& figure : figures_) html += figure;
  return html + "<pre>" + escape(text_) + "</pre>\n</section>\n";
}

std::string page(const std::vector<Report>& reports) {
  std::string html = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>How optimizers behave</title>
<style>
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:900px;margin:2em auto;padding:0 1em}
@media (prefers-color-scheme:dark){body{background:#14181d;color:#e6e9ec}}
svg.plot{max-width:100%;height:auto}
pre{font-size:13px;overflow-x:auto}
</style>
</head>
<body>
<h1>How optimizers behave</h1>
)";
  for (const Report& report : reports) html += report.html();
  return html + "</body>\n</html>\n";
}

}  // namespace course
