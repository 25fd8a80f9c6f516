// PredictionRows: a batch of predictions and targets as rows of numbers, which the metrics count.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <taper/tensor/tensor.h>

namespace taper::training {

/// What the targets of a metric are, beside predictions [examples, ..., width].
enum class Targets {
  alike,    ///< the shape of the predictions; a last axis of 1 may be missing on either side
  classes,  ///< numbers of classes, from 0 to width - 1: the shape without the last axis, or 1 there
  either,   ///< one row of width numbers for each, or the number of its class, which is made such a row
  none      ///< not read
};

/// Rows along the last axis, in float64; predictions of rank 1 are rows of one number. An example has one
/// row, or, as in sequences and images, several, over which its value is the mean.
class PredictionRows {
 public:
  /// `axis` of the predictions, and of targets with as many axes, is made the last one. Weights have the
  /// shape of the leading axes of the predictions: [examples], [examples, steps], also with 1 at the end.
  /// Throws ShapeError, IndexError, or ValueError, whose messages begin with `metric`.
  PredictionRows(const std::string& metric, const Tensor& predictions, const Tensor& targets,
                 const Tensor& weights, Targets kind, std::int64_t axis = -1);

  std::int64_t rows() const noexcept { return rows_; }
  std::int64_t width() const noexcept { return width_; }
  std::int64_t target_width() const noexcept { return target_width_; }
  std::int64_t rows_each() const noexcept { return rows_each_; }
  std::span<const double> prediction(std::int64_t row) const { return part(predictions_, width_, row); }
  std::span<const double> target(std::int64_t row) const { return part(targets_, target_width_, row); }
  /// The weight of the row: 1 if none were given.
  double weight(std::int64_t row) const {
    return weights_.empty() ? 1 : weights_[static_cast<std::size_t>(row / rows_each_weight_)];
  }

 private:
  static std::span<const double> part(const std::vector<double>& numbers, std::int64_t width,
                                      std::int64_t row) {
    return {numbers.data() + row * width, static_cast<std::size_t>(width)};
  }
  void read_targets(const std::string& metric, const Tensor& predictions, const Tensor& targets, Targets kind,
                    std::int64_t axis);
  void read_weights(const std::string& metric, const Shape& leading, const Tensor& weights);

  std::int64_t rows_ = 0, width_ = 1, target_width_ = 0, rows_each_ = 1, rows_each_weight_ = 1;
  std::vector<double> predictions_, targets_, weights_;
};

/// The number of the class that `number` is, or -1 if it is none of `classes`.
std::int64_t class_number(double number, std::int64_t classes) noexcept;
/// The place of the largest number, the first one of equal ones.
std::int64_t argmax_of(std::span<const double> numbers) noexcept;
/// Like class_number(); throws IndexError that begins with `metric` if there is no such class.
std::int64_t checked_class(const std::string& metric, double number, std::int64_t classes);
/// Of 0 or 1, from numbers of any size.
double sigmoid_of(double logit) noexcept;

}  // namespace taper::training
