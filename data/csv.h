// CSV: tables of numbers and text, in files of comma-separated values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <taper/tensor/tensor.h>

namespace taper::data {

/// Options of read_csv() and parse_csv().
struct CsvOptions {
  /// What separates fields: ',' or, for instance, ';' or '\t'.
  char delimiter = ',';
  /// The first line has the names of the columns. Without one they are column_1, column_2, ...
  bool header = true;
  /// Fields that stand for a missing value, without the spaces around them.
  std::vector<std::string> missing = {"", "?", "NA", "N/A", "NaN", "nan", "NULL", "null"};
  /// The names of columns that are text even if all their fields are numbers: postal codes, kinds.
  std::vector<std::string> text = {};
};

/// A column of a table. It has numbers if all its fields that are not missing are numbers, or else text.
struct Column {
  std::string name;
  /// The numbers: float64 [rows], NaN where one is missing. Undefined if the column has text.
  Tensor numbers = {};
  /// The different texts, in the order of their bytes. Empty if the column has numbers.
  std::vector<std::string> categories = {};
  /// The index of each row's text in `categories`: int64 [rows], -1 where one is missing. Undefined if the
  /// column has numbers.
  Tensor codes = {};

  bool is_numeric() const noexcept { return numbers.defined(); }
};

/// The content of a CSV file.
struct Table {
  std::int64_t rows = 0;
  std::vector<Column> columns;

  /// The column of that name. Throws IndexError, with the names that there are, if there is none.
  const Column& at(std::string_view name) const;
};

/// Reads a CSV file as RFC 4180 describes it: fields may be in double quotes, and then contain the delimiter,
/// line ends, and quotes, each written twice. Lines end with LF, CRLF or CR; empty ones are skipped. A byte
/// order mark of UTF-8 is skipped. Spaces around fields are dropped. Throws IoError, with the path, the
/// line, the column (in bytes, from 1) and the reason, if the file cannot be read, has no header, two columns
/// of the same name, a line with more or fewer fields than the first, a misplaced or unclosed quote, or a
/// zero byte; ValueError for a delimiter that is a quote, a line end or a zero byte.
Table read_csv(const std::string& path, const CsvOptions& options = {});

/// The same for the content of a file.
Table parse_csv(std::string_view text, const CsvOptions& options = {});

}  // namespace taper::data
