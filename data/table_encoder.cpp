// TableEncoder: statistics of columns, and the numbers that follow from them.
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include <fmt/format.h>

#include <taper/data/table_encoder.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

std::span<const double> numbers_of(const Column& column) {
  const Tensor& numbers = column.numbers;
  return {numbers.data<double>(), static_cast<std::size_t>(numbers.numel())};
}

void check_finite(const Column& column) {
  const std::span<const double> numbers = numbers_of(column);
  for (std::size_t row = 0; row < numbers.size(); ++row)
    if (std::isinf(numbers[row]))
      throw ValueError(fmt::format("TableEncoder: column '{}' is infinite in row {}", column.name, row));
}

// Numbers that are not missing, sorted.
std::vector<double> present(const Column& column) {
  check_finite(column);
  std::vector<double> result;
  for (const double number : numbers_of(column))
    if (!std::isnan(number)) result.push_back(number);
  if (result.empty())
    throw ValueError(fmt::format("TableEncoder: column '{}' has no values; leave it out", column.name));
  std::sort(result.begin(), result.end());
  return result;
}

double mean_of(const std::vector<double>& numbers) {
  double sum = 0;
  for (const double number : numbers) sum += number / static_cast<double>(numbers.size());
  return sum;
}

double median_of(const std::vector<double>& sorted) {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : sorted[half - 1] / 2 + sorted[half] / 2;
}

// Some rows of a column, with the categories that these have.
Column select(const Column& column, const std::vector<std::int64_t>& rows) {
  Column result{.name = column.name};
  if (column.is_numeric()) {
    const std::span<const double> numbers = numbers_of(column);
    std::vector<double> selected;
    selected.reserve(rows.size());
    for (const std::int64_t row : rows) selected.push_back(numbers[static_cast<std::size_t>(row)]);
    result.numbers = from_data<double>(selected, {std::ssize(selected)});
    return result;
  }
  std::vector<bool> occurs(column.categories.size());
  for (const std::int64_t row : rows)
    if (const std::int64_t code = column.codes.data<std::int64_t>()[row]; code >= 0)
      occurs[static_cast<std::size_t>(code)] = true;
  for (std::size_t i = 0; i < occurs.size(); ++i)
    if (occurs[i]) result.categories.push_back(column.categories[i]);
  return result;
}

const char* kind_of(const Column& column) { return column.is_numeric() ? "numbers" : "text"; }

void check_kind(const Column& column, bool numeric) {
  if (column.is_numeric() != numeric)
    throw ValueError(
        fmt::format("TableEncoder: column '{}' has {}, but {} in the table that was learned from{}",
                    column.name, kind_of(column), numeric ? "numbers" : "text",
                    numeric ? "" : "; read this one with CsvOptions{.text = encoder.text_columns()}"));
}

// For each of the column's categories, its index in `known`, or -1.
std::vector<std::int64_t> places_in(const std::vector<std::string>& known, const Column& column) {
  std::vector<std::int64_t> places;
  places.reserve(column.categories.size());
  for (const std::string& text : column.categories) {
    const auto found = std::lower_bound(known.begin(), known.end(), text);
    places.push_back(found != known.end() && *found == text ? found - known.begin() : -1);
  }
  return places;
}

[[noreturn]] void throw_no_target(const Column& column, std::int64_t row) {
  throw ValueError(
      fmt::format("TableEncoder: the target, column '{}', is missing in row {}", column.name, row));
}

[[noreturn]] void throw_unknown(const Column& column, std::int64_t row, const std::string& value) {
  throw ValueError(
      fmt::format("TableEncoder: the target, column '{}', is '{}' in row {}, which the table that was "
                  "learned from does not have",
                  column.name, value, row));
}

}  // namespace

std::int64_t TableEncoder::Source::features() const noexcept {
  return categories.empty() ? 1 : std::ssize(categories);
}

TableEncoder::TableEncoder(const Table& table, TableEncoderOptions options) : options_(std::move(options)) {
  if (table.rows == 0) throw ValueError("TableEncoder: expected a table with rows, got none");
  for (const std::int64_t row : options_.rows)
    if (row < 0 || row >= table.rows)
      throw IndexError(fmt::format("TableEncoder: expected rows from 0 to {}, got {}", table.rows - 1, row));
  const auto check_categories = [&](const Column& column) {
    if (column.categories.empty())
      throw ValueError(fmt::format("TableEncoder: column '{}' has no values; leave it out", column.name));
    if (std::ssize(column.categories) > options_.most_categories)
      throw ValueError(
          fmt::format("TableEncoder: column '{}' has {} different texts; leave it out by naming the others "
                      "in columns, or raise "
                      "most_categories, which is {}",
                      column.name, column.categories.size(), options_.most_categories));
  };
  std::vector<std::string> columns = options_.columns;
  if (columns.empty())
    for (const Column& column : table.columns)
      if (column.name != options_.target) columns.push_back(column.name);
  if (columns.empty()) throw ValueError("TableEncoder: expected at least one column besides the target");
  for (const std::string& name : columns) {
    if (has_target() && name == options_.target)
      throw ValueError(
          fmt::format("TableEncoder: column '{}' is the target and also among the columns", name));
    const Column column = options_.rows.empty() ? table.at(name) : select(table.at(name), options_.rows);
    Source source{.column = name, .categories = column.categories};
    if (column.is_numeric()) {
      const std::vector<double> numbers = present(column);
      const double missing = std::numeric_limits<double>::quiet_NaN(), mean = mean_of(numbers);
      const Fill fill = options_.fill;
      source.fill = fill == Fill::nan    ? missing
                    : fill == Fill::zero ? 0
                    : fill == Fill::mean ? mean
                                         : median_of(numbers);
      if (options_.standardize) {
        double squares = 0;
        for (const double number : numbers)
          squares += (number - mean) * (number - mean) / static_cast<double>(numbers.size());
        source.mean = mean;
        source.deviation = squares > 0 ? std::sqrt(squares) : 1;
      }
      names_.push_back(name);
    } else {
      check_categories(column);
      for (const std::string& category : column.categories)
        names_.push_back(fmt::format("{}={}", name, category));
    }
    sources_.push_back(std::move(source));
  }

  if (!has_target()) return;
  const Column& target = table.at(options_.target);
  numeric_target_ = target.is_numeric();
  if (options_.target_kind == TargetKind::automatic)
    options_.target_kind = numeric_target_ ? TargetKind::number : TargetKind::classes;
  if (options_.target_kind == TargetKind::number) {
    if (!numeric_target_)
      throw ValueError(
          fmt::format("TableEncoder: the target, column '{}', shall be a number, but has text, such as '{}'",
                      target.name, target.categories.empty() ? "" : target.categories[0]));
  } else if (numeric_target_) {
    numbers_ = present(target);
    numbers_.erase(std::unique(numbers_.begin(), numbers_.end()), numbers_.end());
    classes_.reserve(numbers_.size());
    for (const double number : numbers_) classes_.push_back(fmt::format("{}", number));
  } else {
    check_categories(target);
    classes_ = target.categories;
  }
  if (std::ssize(classes_) > options_.most_categories)
    throw ValueError(
        fmt::format("TableEncoder: the target, column '{}', has {} classes; most_categories is {}",
                    target.name, classes_.size(), options_.most_categories));
}

std::vector<std::string> TableEncoder::text_columns() const {
  std::vector<std::string> result;
  for (const Source& source : sources_)
    if (!source.categories.empty()) result.push_back(source.column);
  if (has_target() && !numeric_target_) result.push_back(options_.target);
  return result;
}

Tensor TableEncoder::features(const Table& table) const {
  const std::int64_t width = std::ssize(names_);
  Tensor result = Tensor::empty({table.rows, width}, DType::float32, "TableEncoder");
  float* out = result.mutable_data<float>();
  for (const Source& source : sources_) {
    const Column& column = table.at(source.column);
    check_kind(column, source.categories.empty());
    if (column.is_numeric()) {
      check_finite(column);
      const std::span<const double> numbers = numbers_of(column);
      for (std::size_t row = 0; row < numbers.size(); ++row) {
        const double number = std::isnan(numbers[row]) ? source.fill : numbers[row];
        out[static_cast<std::int64_t>(row) * width] =
            static_cast<float>((number - source.mean) / source.deviation);
      }
    } else {
      const std::vector<std::int64_t> places = places_in(source.categories, column);
      const std::int64_t* const codes = column.codes.data<std::int64_t>();
      for (std::int64_t row = 0; row < table.rows; ++row) {
        std::fill_n(out + row * width, source.features(), 0.f);
        const std::int64_t place = codes[row] < 0 ? -1 : places[static_cast<std::size_t>(codes[row])];
        if (place >= 0) out[row * width + place] = 1;
      }
    }
    out += source.features();
  }
  return result;
}

Tensor TableEncoder::target(const Table& table) const {
  if (!has_target()) throw ValueError("TableEncoder: there is no target; the options did not name one");
  const Column& column = table.at(options_.target);
  check_kind(column, numeric_target_);
  const bool number = options_.target_kind == TargetKind::number;
  Tensor result = number ? Tensor::empty({table.rows, 1}, DType::float32, "TableEncoder")
                         : Tensor::empty({table.rows}, DType::int64, "TableEncoder");
  if (numeric_target_) {
    check_finite(column);
    const std::span<const double> numbers = numbers_of(column);
    for (std::int64_t row = 0; row < table.rows; ++row) {
      const double value = numbers[static_cast<std::size_t>(row)];
      if (std::isnan(value)) throw_no_target(column, row);
      if (number) {
        result.mutable_data<float>()[row] = static_cast<float>(value);
        continue;
      }
      const auto found = std::lower_bound(numbers_.begin(), numbers_.end(), value);
      if (found == numbers_.end() || *found != value) throw_unknown(column, row, fmt::format("{}", value));
      result.mutable_data<std::int64_t>()[row] = found - numbers_.begin();
    }
  } else {
    const std::vector<std::int64_t> places = places_in(classes_, column);
    const std::int64_t* const codes = column.codes.data<std::int64_t>();
    for (std::int64_t row = 0; row < table.rows; ++row) {
      if (codes[row] < 0) throw_no_target(column, row);
      const std::size_t code = static_cast<std::size_t>(codes[row]);
      if (places[code] < 0) throw_unknown(column, row, column.categories[code]);
      result.mutable_data<std::int64_t>()[row] = places[code];
    }
  }
  return result;
}

}  // namespace taper::data
