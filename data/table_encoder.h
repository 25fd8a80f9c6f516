// TableEncoder: turns the columns of a table into numbers that a network can be trained with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <taper/data/csv.h>

namespace taper::data {

/// What takes the place of a missing number: nothing (NaN stays), or a statistic of the column's other
/// numbers.
enum class Fill { nan, zero, mean, median };

/// What a target is: a number to be predicted, one of several classes, or, if it is text, classes.
enum class TargetKind { automatic, number, classes };

/// Options of TableEncoder.
struct TableEncoderOptions {
  /// The name of the column that is to be predicted; none if it is empty.
  std::string target = {};
  TargetKind target_kind = TargetKind::automatic;
  /// The names of the columns to predict it from, in this order; all others if there are none.
  std::vector<std::string> columns = {};
  Fill fill = Fill::mean;
  /// Subtract from each number the mean of its column, and divide by the standard deviation (if that is not
  /// 0). Texts stay 0 and 1.
  bool standardize = false;
  /// A column with more different texts is refused: it is rather a name or a number than a category.
  std::int64_t most_categories = 100;
  /// The rows to learn from; all if there are none. Means, deviations and categories then say nothing of the
  /// others, which are to be tested with. The classes of the target are always those of the whole table.
  std::vector<std::int64_t> rows = {};
};

/// Learns from one table how columns become numbers, and then does the same to it and to others:
///
///     const data::Table table = data::read_csv("train.csv");
///     const data::TableEncoder encoder(table, {.target = "price", .standardize = true});
///     const Tensor x = encoder.features(table), y = encoder.target(table);
///     const Tensor z = encoder.features(data::read_csv("test.csv", {.text = encoder.text_columns()}));
///
/// A column of numbers is one feature; missing ones are filled, with what this table's column says. A column
/// of text is a feature for each of its categories: 1 for the one that it is, else 0; a missing text, or one
/// that the first table does not have (in the rows to learn from), is 0 for all.
class TableEncoder {
 public:
  /// Throws IndexError for a name or a row that the table does not have; ValueError if the table has no rows
  /// or no features, a column has no values, an infinite number or too many categories, the target is also a
  /// feature, or it is text and shall be a number.
  TableEncoder(const Table& table, TableEncoderOptions options);

  /// float32 [rows, features]. The columns are found by their names. Throws IndexError if one is missing,
  /// ValueError if one has text here and numbers in the first table, or the other way round, or an infinite
  /// number.
  Tensor features(const Table& table) const;
  /// The target: int64 [rows], indices of classes(), or float32 [rows, 1], a number as it is in the table.
  /// Throws ValueError if there is no target, if one is missing, or for a class that the first table does not
  /// have; else as features().
  Tensor target(const Table& table) const;

  bool has_target() const noexcept { return !options_.target.empty(); }
  /// The names of the features: that of the column, or column=category.
  const std::vector<std::string>& names() const noexcept { return names_; }
  /// The names of the columns of text, which CsvOptions::text needs when another table is read.
  std::vector<std::string> text_columns() const;
  /// The classes of the target, in the order of their indices; numbers are sorted as such. None for a number.
  const std::vector<std::string>& classes() const noexcept { return classes_; }

 private:
  struct Source {
    std::string column;
    std::vector<std::string> categories = {};  // of a column of text
    double fill = 0, mean = 0, deviation = 1;
    std::int64_t features() const noexcept;
  };
  TableEncoderOptions options_;
  std::vector<Source> sources_;
  std::vector<std::string> names_, classes_;
  bool numeric_target_ = false;  // in the table
  std::vector<double> numbers_;  // the classes, if they are numbers
};

}  // namespace taper::data
