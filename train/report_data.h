// What a report knows of its training: the page is a function of it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <taper/nn/summary.h>
#include <taper/train/report.h>

namespace taper::training {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Named columns of equal lengths; what is missing in a row is NaN.
class Columns {
 public:
  const std::vector<std::pair<std::string, std::vector<double>>>& all() const noexcept { return columns_; }
  std::size_t rows() const noexcept { return rows_; }
  /// Null if there is none.
  const std::vector<double>* find(const std::string& name) const;
  void append(const Logs& row);
  /// Keeps every second row, beginning with the second.
  void halve();
  /// Throws ValueError for another length than that of the columns before it.
  void insert(const std::string& name, std::vector<double> values);

 private:
  std::vector<std::pair<std::string, std::vector<double>>> columns_;
  std::size_t rows_ = 0;
};

/// A prediction that went wrong, and how much the model believed in it.
struct Mistake {
  std::int64_t target = 0, predicted = 0;
  double confidence = 0;   // the probability of `predicted`
  double loss = 0;         // -log of the probability of `target`
  std::int64_t index = 0;  // in the order of the examples, from 0
  Tensor input;
};

struct ReportData {
  enum class Status { waiting, running, finished, interrupted };

  ReportOptions options;
  Status status = Status::waiting;
  std::string written;          // when, as text
  std::int64_t planned = 0;     // epochs; 0 if not known
  double seconds = 0;           // of the training, so far
  Columns epochs;               // a row each
  std::vector<double> ends;     // the number of steps at the end of each epoch
  Columns steps;                // "step", "loss", "learning rate", "gradient", "gradient of X", "update of X"
  std::int64_t first_bad = -1;  // the step whose loss was no finite number, if there was one
  std::vector<std::string> layers;  // those with parameters
  std::vector<nn::LayerRow> model;
  std::string model_type;
  std::int64_t trainable = 0, frozen = 0;
  std::vector<std::pair<std::string, double>> times;
  Pairs settings, optimizer_options, environment;

  std::int64_t examples = 0;             // of which there are predictions
  std::int64_t classes = 0;              // 0: no classifier
  std::vector<std::int64_t> confusions;  // [classes, classes]: row target, column prediction
  std::vector<Mistake> mistakes;         // the worst first
  std::vector<double> targets, outputs;  // of a regression
};

/// The page.
std::string report_page(const ReportData& data);

/// The environment: machine, system, compiler, threads, seed.
Pairs environment();

}  // namespace taper::training
