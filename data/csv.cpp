// CSV: a text is parsed twice, so that no field is stored but in the column that it becomes.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include <taper/data/csv.h>
#include <taper/io/bytes.h>
#include <taper/io/file.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

// Note [A parser of our own]
// Debian has two for C and C++. fast-cpp-csv-parser fixes the number of columns when a program is compiled,
// and knows no quoted line ends; libcsv gives fields without their lines and columns, which a message must
// name. Both would be a dependency in place of the function below.

using io::detail::Malformed;

// A place in the text, for messages.
struct Place {
  std::size_t line = 1, column = 1;
};

[[noreturn]] void fail(Place place, const std::string& reason) {
  throw Malformed(fmt::format("line {}, column {}: {}", place.line, place.column, reason));
}

// Calls visit.field(number, text, place) for each field of a line, its number from 0 and its text valid until
// visit returns, and visit.line_end(count, place) for each line that is not empty, with the number of its
// fields.
template <class Visit>
void scan(std::string_view text, char delimiter, Visit& visit) {
  const auto is_end = [](char c) { return c == '\n' || c == '\r'; };
  Place line_begin;        // its column stays 1
  std::size_t begun = 0;   // where the line begins
  std::size_t at = 0;      // where the next field begins
  std::size_t fields = 0;  // of this line so far
  std::string unquoted;
  const auto place = [&](std::size_t offset) { return Place{line_begin.line, offset - begun + 1}; };
  while (at < text.size()) {
    if (fields == 0 && is_end(text[at])) {  // an empty line
      at += text.substr(at, 2) == "\r\n" ? 2 : 1;
      begun = at;
      ++line_begin.line;
      continue;
    }
    const Place start = place(at);
    if (at < text.size() && text[at] == '"') {
      unquoted.clear();
      for (++at;; ++at) {
        const std::size_t quote = text.find('"', at);
        if (quote == std::string_view::npos) fail(start, "this quote is not closed");
        unquoted += text.substr(at, quote - at);
        at = quote + 1;
        if (at == text.size() || text[at] != '"') break;
        unquoted += '"';
      }
      // Lines within the field: the next field's place is counted from the last of them.
      const std::size_t opened = begun + start.column - 1;
      for (std::size_t i = opened; i < at; ++i)
        if (text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n')) {
          ++line_begin.line;
          begun = i + 1;
        }
      if (at < text.size() && text[at] != delimiter && !is_end(text[at]))
        fail(place(at), "expected the end of the field behind its closing quote");
      visit.field(fields, unquoted, start);
    } else {
      std::size_t end = at;
      while (end < text.size() && text[end] != delimiter && !is_end(text[end]) && text[end] != '"') ++end;
      if (end < text.size() && text[end] == '"')
        fail(place(end), "a quote in a field that does not begin with one; such a field must be in quotes");
      visit.field(fields, text.substr(at, end - at), start);
      at = end;
    }
    ++fields;
    if (at < text.size() && text[at] == delimiter) {
      ++at;
      if (at < text.size() && !is_end(text[at])) continue;
      visit.field(fields, {}, place(at));  // an empty field at the end of the line
      ++fields;
    }
    visit.line_end(fields, place(at));
    fields = 0;
  }
}

std::string_view without_spaces(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// `text` is without spaces around it.
bool parse_number(std::string_view text, double& number) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end != text.data() + text.size()) return false;
  if (code == std::errc::result_out_of_range) {
    const bool negative = text.starts_with('-');
    const std::string_view digits = text.substr(negative ? 1 : 0);
    const bool small =
        digits.find('-') != std::string_view::npos || digits.starts_with("0.") || digits.starts_with('.');
    const double magnitude = small ? 0 : std::numeric_limits<double>::infinity();
    number = negative ? -magnitude : magnitude;
    return true;
  }
  return code == std::errc();
}

std::string shortened(std::string_view text) {
  return text.size() <= 80 ? fmt::format("'{}'", text) : fmt::format("'{}...'", text.substr(0, 80));
}

class Reader {
 public:
  Reader(std::string_view text, const CsvOptions& options)
      : text_(text),
        delimiter_(options.delimiter),
        missing_(options.missing),
        names_of_text_(options.text),
        header_(options.header) {}

  Table read() {
    scan(text_, delimiter_, *this);
    if (table_.columns.empty()) throw Malformed(header_ ? "it has no header" : "it has no rows");
    check_names();
    for (const std::string& name : names_of_text_)
      is_text_[static_cast<std::size_t>(&table_.at(name) - table_.columns.data())] = true;
    allocate();
    filling_ = true;
    line_ = 0;
    scan(text_, delimiter_, *this);
    for (std::size_t i = 0; i < table_.columns.size(); ++i) sort_categories(i);
    return std::move(table_);
  }

  // What scan() calls.
  void field(std::size_t number, std::string_view field, Place) {
    if (line_ == 0 && !filling_) {
      const std::string name(without_spaces(field));
      const bool named = header_ && !name.empty();
      table_.columns.push_back({.name = named ? name : fmt::format("column_{}", number + 1)});
      is_text_.push_back(false);
    }
    if ((line_ == 0 && header_) || number >= table_.columns.size()) return;
    field = without_spaces(field);
    if (filling_)
      fill(number, field);
    else if (!is_text_[number] && !is_missing(field)) {
      double ignored = 0;
      is_text_[number] = !parse_number(field, ignored);
    }
  }

  void line_end(std::size_t fields, Place place) {
    if (fields != table_.columns.size())
      fail(place,
           fmt::format("expected {} fields, as in the first line, got {}", table_.columns.size(), fields));
    if (line_ > 0 || !header_) (filling_ ? row_ : table_.rows) += 1;
    ++line_;
  }

 private:
  bool is_missing(std::string_view field) const {
    return std::find(missing_.begin(), missing_.end(), field) != missing_.end();
  }

  void check_names() const {
    std::map<std::string_view, std::size_t> seen;
    for (std::size_t i = 0; i < table_.columns.size(); ++i) {
      const auto [other, added] = seen.emplace(table_.columns[i].name, i);
      if (!added)
        fail({}, fmt::format("fields {} and {} have the same name, {}", other->second + 1, i + 1,
                             shortened(table_.columns[i].name)));
    }
  }

  void allocate() {
    codes_.resize(table_.columns.size());
    for (std::size_t i = 0; i < table_.columns.size(); ++i) {
      Tensor values = Tensor::empty({table_.rows}, is_text_[i] ? DType::int64 : DType::float64, "read_csv");
      out_.push_back(values.mutable_raw());
      (is_text_[i] ? table_.columns[i].codes : table_.columns[i].numbers) = values;
    }
  }

  void fill(std::size_t number, std::string_view field) {
    const bool missing = is_missing(field);
    if (is_text_[number]) {
      std::int64_t& code = static_cast<std::int64_t*>(out_[number])[row_];
      std::unordered_map<std::string, std::int64_t>& known = codes_[number];
      code = missing ? -1 : known.try_emplace(std::string(field), std::ssize(known)).first->second;
    } else {
      double value = std::numeric_limits<double>::quiet_NaN();
      if (!missing) parse_number(field, value);
      static_cast<double*>(out_[number])[row_] = value;
    }
  }

  // Codes were given in the order of appearance.
  void sort_categories(std::size_t number) {
    if (!is_text_[number]) return;
    Column& column = table_.columns[number];
    std::vector<std::pair<std::string, std::int64_t>> sorted(codes_[number].begin(), codes_[number].end());
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::int64_t> place_of(sorted.size());
    column.categories.reserve(sorted.size());
    for (auto& [text, code] : sorted) {
      place_of[static_cast<std::size_t>(code)] = std::ssize(column.categories);
      column.categories.push_back(std::move(text));
    }
    std::int64_t* const codes = static_cast<std::int64_t*>(out_[number]);
    for (std::int64_t row = 0; row < table_.rows; ++row)
      if (codes[row] >= 0) codes[row] = place_of[static_cast<std::size_t>(codes[row])];
  }

  const std::string_view text_;
  const char delimiter_;
  const std::vector<std::string>&missing_, &names_of_text_;
  const bool header_;
  Table table_;
  bool filling_ = false;  // in the second pass
  std::int64_t line_ = 0, row_ = 0;
  std::vector<bool> is_text_;
  std::vector<void*> out_;  // the values of each column
  std::vector<std::unordered_map<std::string, std::int64_t>> codes_;
};

// `file` is empty, or the path in quotation marks, for messages.
Table parse(const char* function, const std::string& file, std::string_view text, const CsvOptions& options) {
  if (options.delimiter == '"' || options.delimiter == '\n' || options.delimiter == '\r' ||
      options.delimiter == 0)
    throw ValueError(
        fmt::format("{}: a quote, a line end or a zero byte cannot be the delimiter of fields", function));
  return io::detail::reading(fmt::format("{}: {}", function, file), [&] {
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
      throw Malformed("it is in UTF-16; save it in UTF-8");
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
      const std::string_view before = text.substr(0, zero);
      const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
      fail({line, zero - (before.rfind('\n') + 1) + 1}, "a zero byte; it is not a text");
    }
    return Reader(text, options).read();
  });
}

}  // namespace

const Column& Table::at(std::string_view name) const {
  for (const Column& column : columns)
    if (column.name == name) return column;
  std::string names;
  for (std::size_t i = 0; i < columns.size() && names.size() < 500; ++i)
    names += (i == 0 ? "" : ", ") + shortened(columns[i].name);
  throw IndexError(fmt::format("Table: there is no column {}; there are {}", shortened(name), names));
}

Table read_csv(const std::string& path, const CsvOptions& options) {
  const std::string text = io::InputFile("read_csv", path).content();
  return parse("read_csv", fmt::format("'{}', ", path), text, options);
}

Table parse_csv(std::string_view text, const CsvOptions& options) {
  return parse("parse_csv", "", text, options);
}

}  // namespace taper::data
