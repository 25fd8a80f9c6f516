// train/plot: ticks, contour lines, and what stands in the SVG.
#include <cmath>
#include <fstream>
#include <limits>
#include <regex>
#include <stdexcept>

#include <catch.h>
#include <temporary_directory.h>

#include <taper/tensor/error.h>
#include <taper/train/plot/contours.h>
#include <taper/train/plot/plot.h>
#include <taper/train/plot/svg.h>
#include <taper/train/plot/ticks.h>

namespace plot = taper::training::plot;
using plot::Values;

namespace {

std::string texts(plot::Range range, bool log, int count) {
  std::string result;
  for (const plot::Tick& tick : plot::ticks(range, log, count))
    result += (result.empty() ? "" : " ") + tick.text;
  return result;
}

std::ptrdiff_t count(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  return std::distance(std::sregex_iterator(text.begin(), text.end(), regex), std::sregex_iterator());
}

/// The numbers in the d attribute of the first line of a series.
Values path_numbers(const std::string& svg, int series) {
  std::smatch match;
  REQUIRE(std::regex_search(svg, match, std::regex("d=\"M([^\"]*)\" class=\"l c" + std::to_string(series))));
  Values numbers;
  const std::string d = match[1];
  const std::regex number("-?[0-9.]+");
  for (std::sregex_iterator i(d.begin(), d.end(), number), end; i != end; ++i)
    numbers.push_back(std::stod(i->str()));
  return numbers;
}

}  // namespace

TEST_CASE("plot: ticks are round numbers") {
  CHECK(texts({0, 1}, false, 5) == "0 0.2 0.4 0.6 0.8 1");
  CHECK(texts({-3, 17}, false, 5) == "0 5 10 15");
  CHECK(texts({0, 6e-5}, false, 3) == "0 2·10⁻⁵ 4·10⁻⁵ 6·10⁻⁵");
  CHECK(texts({0, 1e6}, false, 5) == "0 200000 400000 600000 800000 10⁶");
  CHECK(texts({0.5, 2000}, true, 6) == "1 10 100 1000");
  CHECK(texts({1e-16, 1}, true, 6) == "10⁻¹⁶ 10⁻¹³ 10⁻¹⁰ 10⁻⁷ 10⁻⁴ 0.1");
  CHECK(texts({0.9, 60}, true, 6) == "1 2 5 10 20 50");
  CHECK(plot::number(-0.25) == "-0.25");
}

TEST_CASE("plot: contour lines of a circle and of a plane") {
  const auto circle =
      plot::contour([](double x, double y) { return x * x + y * y; }, {-2, 2}, {-2, 2}, 1, 80);
  REQUIRE(circle.size() == 1);
  CHECK(circle[0].front() == circle[0].back());
  CHECK(circle[0].size() > 100);
  for (const auto& [x, y] : circle[0]) CHECK(std::hypot(x, y) == Approx(1).margin(1e-3));

  const auto plane = plot::contour([](double x, double y) { return x + 2 * y; }, {0, 1}, {0, 1}, 0.7, 10);
  REQUIRE(plane.size() == 1);
  CHECK(plane[0].front() != plane[0].back());
  for (const auto& [x, y] : plane[0]) CHECK(x + 2 * y == Approx(0.7));

  const double nan = std::nan("");
  const auto hole = [&](double x, double y) { return std::hypot(x, y) < 0.5 ? nan : x; };
  CHECK(plot::contour(hole, {-1, 1}, {-1, 1}, 0.01, 50).size() == 2);
  CHECK(plot::contour([](double, double) { return 0.; }, {0, 1}, {0, 1}, 1, 4).empty());
}

TEST_CASE("plot: lines go where the values are") {
  plot::Figure figure({.width = 400, .height = 200});
  figure.at(0, 0).limit_y(0, 10).line({0, 1, 2}, {0, 10, 5});
  const Values linear = path_numbers(figure.svg(), 0);
  REQUIRE(linear.size() == 6);
  CHECK(linear[0] == 0);
  CHECK(linear[1] == 200);
  CHECK(linear[2] == Approx(linear[4] / 2).margin(0.06));
  CHECK(linear[3] == 0);
  CHECK(linear[5] == 100);

  plot::Figure log({.height = 200});
  log.at(0, 0).log_y().limit_y(0.01, 100).line({0, 1, 2}, {0.01, 10, 1});
  const Values numbers = path_numbers(log.svg(), 0);
  REQUIRE(numbers.size() == 6);
  CHECK(numbers[1] == 200);
  CHECK(numbers[3] == 50);
  CHECK(numbers[5] == 100);
}

TEST_CASE("plot: straight runs need few points, gaps stay gaps") {
  Values x, y, gap;
  for (int i = 0; i <= 1000; ++i) {
    x.push_back(i);
    y.push_back(std::abs(i - 500));
    gap.push_back(i == 300 ? std::numeric_limits<double>::quiet_NaN() : i);
  }
  plot::Figure figure;
  figure.at(0, 0).line(x, y);
  CHECK(path_numbers(figure.svg(), 0).size() == 6);
  plot::Figure gaps;
  gaps.at(0, 0).line(x, gap);
  CHECK(path_numbers(gaps.svg(), 0).size() == 8);
  plot::Figure log;  // zero has no logarithm
  log.at(0, 0).log_y().line({1, 2, 3, 4, 5}, {1, 2, 0, 3, 9});
  CHECK(path_numbers(log.svg(), 0).size() == 8);
}

TEST_CASE("plot: steps hold their value") {
  plot::Figure figure({.height = 100});
  figure.at(0, 0).limit_y(0, 1).steps({0, 1, 2}, {1, 0, 0});
  const Values d = path_numbers(figure.svg(), 0);
  REQUIRE(d.size() == 8);
  CHECK((d[1] == 0 && d[3] == 0 && d[5] == 100 && d[7] == 100));
  CHECK(d[2] == d[4]);
}

TEST_CASE("plot: labels, legends, colors of both schemes") {
  plot::Figure figure({.columns = 2, .title = "a < b & c", .shared_legend = true});
  for (int column : {0, 1})
    figure.at(0, column)
        .title("part")
        .label("steps", "loss")
        .line({0, 1}, {0, 1}, {.label = "one"})
        .line({0, 1}, {1, 0}, {.label = "two", .series = 9});
  const std::string svg = figure.svg();
  CHECK(count(svg, ">a &lt; b &amp; c<") == 2);  // the heading and the title of the document
  CHECK(count(svg, ">steps<") == 2);
  CHECK(count(svg, ">loss<") == 2);
  CHECK(count(svg, ">one<") == 1);  // shared
  CHECK(count(svg, ">two<") == 1);
  CHECK(count(svg, "class=\"l c1\"[^>]* stroke-dasharray") == 3);
  CHECK(count(svg, "prefers-color-scheme:dark") == 2);  // paper, and series
  CHECK(count(svg, "<g[ >]") == count(svg, "</g>"));
  CHECK(count(svg, "<svg[ >]") == count(svg, "</svg>"));

  plot::Figure own({.columns = 2});
  for (int column : {0, 1}) own.at(0, column).line({0, 1}, {0, 1}, {.label = "one"});
  CHECK(count(own.svg(), ">one<") == 2);
  own.at(0, 1).no_legend();
  CHECK(count(own.svg(), ">one<") == 1);
}

TEST_CASE("plot: points, marks and moving dots") {
  plot::Figure figure({.height = 100});
  figure.at(0, 0)
      .limit_y(0, 1)
      .points({0, 1, 2}, {0, 1, NAN}, {.width = 4})
      .mark_x(1, "here")
      .moving({0, 1, 2}, {0, 0.5, 1}, {.width = 6}, 4);
  const std::string svg = figure.svg();
  CHECK(count(svg, "r=\"2\"") == 2);
  CHECK(count(svg, ">here<") == 1);
  CHECK(count(svg, "attributeName=\"cy\" dur=\"4s\" repeatCount=\"indefinite\" values=\"100;50;0\"") == 1);
  CHECK(count(svg, "r=\"3\" cx=\"[0-9.]+\" cy=\"0\"") == 1);  // at rest: the end
}

TEST_CASE("plot: nothing to draw, and one value, are no error") {
  plot::Figure figure;
  CHECK(count(figure.svg(), "nan|inf") == 0);
  figure.at(0, 0).line({1}, {5}).points({}, {});
  CHECK(count(figure.svg(), "nan|inf") == 0);
  plot::Figure log;
  log.at(0, 0).log_x().log_y().line({0, -1}, {0, -1}).moving({NAN}, {NAN});
  CHECK(count(log.svg(), "nan|inf") == 0);
}

TEST_CASE("plot: errors") {
  CHECK_THROWS_AS(plot::Figure({.rows = 0}), taper::ValueError);
  plot::Figure figure;
  CHECK_THROWS_AS(figure.at(0, 1), taper::IndexError);
  CHECK_THROWS_AS(figure.at(-1, 0), taper::IndexError);
  CHECK_THROWS_AS(figure.at(0, 0).line({1, 2}, {1}), taper::ValueError);
  CHECK_THROWS_AS(figure.at(0, 0).steps({1}, {1, 2}), taper::ValueError);
  const TemporaryDirectory directory;
  CHECK_THROWS_AS(figure.save(directory.path() / "none" / "a.svg"), taper::IoError);
  CHECK_THROWS_WITH(figure.save(directory.path() / "none" / "a.svg"), ContainsSubstring("Figure::save: "));
  figure.save(directory.path() / "a.svg");
  std::ifstream stream(directory.path() / "a.svg");
  CHECK(std::string(std::istreambuf_iterator<char>(stream), {}) == figure.svg());
}

TEST_CASE("plot: an embedded figure leaves style and title to its page") {
  plot::Figure figure({.title = "a title", .embedded = true});
  figure.at(0, 0).line({0, 250000}, {1, 2});
  const std::string svg = figure.svg();
  CHECK(count(svg, "<style") == 0);
  CHECK(count(svg, "http") == 0);
  CHECK(count(svg, ">a title<") == 1);  // what a screen reader says
  CHECK(count(svg, "class=\"f\"[^>]* data-low=\"0\" data-high=\"250000\"") == 1);
}

TEST_CASE("plot: text cannot break out of the markup") {
  CHECK(plot::escape("<script>'\"&") == "&lt;script&gt;&#39;&quot;&amp;");
  CHECK(plot::escape("grüße 猫 😀") == "grüße 猫 😀");
  CHECK(plot::escape("a\x01"
                     "b\xff"
                     "c\xc3") ==
        "a\uFFFD"
        "b\uFFFD"
        "c\uFFFD");
}
