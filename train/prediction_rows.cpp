// PredictionRows: brings predictions, targets and weights into one form.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/train/prediction_rows.h>

namespace taper::training {
namespace {

void check_defined(const std::string& metric, const char* role, const Tensor& tensor) {
  if (!tensor.defined()) throw ValueError(fmt::format("{}: the {} are undefined", metric, role));
}

// All numbers in row-major order, `axis` last.
std::vector<double> numbers_of(const std::string& metric, const Tensor& x, std::int64_t axis) {
  const int rank = x.rank();
  if (rank < 2 || axis == -1 || axis == rank - 1)
    return compute::contiguous(compute::cast(x.detach(), DType::float64)).to_vector<double>();
  const std::int64_t moved = normalize_axis(metric.c_str(), axis, rank);
  Shape order;
  for (int i = 0; i < rank; ++i)
    if (i != moved) order.push_back(i);
  order.push_back(moved);
  const Tensor last = x.detach().alias(x.layout().permute(metric.c_str(), Axes(order)));
  return compute::contiguous(compute::cast(last, DType::float64)).to_vector<double>();
}

// The shape without `axis`.
Shape without(const std::string& metric, const Shape& shape, std::int64_t axis) {
  Shape result = shape;
  result.erase(normalize_axis(metric.c_str(), axis, shape.rank()));
  return result;
}

// Of one batch: [examples] is [examples, 1].
Shape with_axis(const Shape& shape) {
  Shape result = shape;
  if (result.rank() < 2) result.push_back(1);
  return result;
}

}  // namespace

PredictionRows::PredictionRows(const std::string& metric, const Tensor& predictions, const Tensor& targets,
                               const Tensor& weights, Targets kind, std::int64_t axis) {
  check_defined(metric, "predictions", predictions);
  if (predictions.rank() == 0)
    throw ShapeError(fmt::format("{}: expected predictions of shape [examples, ...], got a scalar", metric));
  const Shape shape = with_axis(predictions.shape());
  const Shape leading = without(metric, shape, axis);
  width_ = shape[axis];
  if (width_ == 0)
    throw ShapeError(fmt::format("{}: expected predictions of at least one number, got shape {}", metric,
                                 to_string(shape)));
  rows_ = leading.numel();
  rows_each_ = leading[0] == 0 ? 1 : rows_ / leading[0];
  predictions_ = numbers_of(metric, predictions, axis);
  if (kind != Targets::none) read_targets(metric, predictions, targets, kind, axis);
  if (weights.defined()) read_weights(metric, leading, weights);
}

void PredictionRows::read_targets(const std::string& metric, const Tensor& predictions, const Tensor& targets,
                                  Targets kind, std::int64_t axis) {
  check_defined(metric, "targets", targets);
  const Shape shape = with_axis(predictions.shape()), leading = without(metric, shape, axis);
  Shape column = shape;  // one number a row
  column[axis] = 1;
  const bool same = with_axis(targets.shape()) == shape ||
                    (predictions.rank() > 2 && shape[axis] == 1 && targets.shape() == leading);
  // One column of 0 and 1 is numbers of classes.
  const bool numbers = (targets.shape() == leading || targets.shape() == column) && kind != Targets::alike;
  const bool rows = same && (kind == Targets::alike || (kind == Targets::either && width_ > 1));
  if (!rows && !numbers) {
    const std::string wanted =
        kind == Targets::alike ? to_string(predictions.shape())
        : kind == Targets::classes
            ? fmt::format("{}, numbers of classes", to_string(leading))
            : fmt::format("{} (rows) or {} (numbers of classes)", to_string(shape), to_string(leading));
    throw ShapeError(fmt::format("{}: expected targets of shape {} for predictions of shape {}, got {}",
                                 metric, wanted, to_string(predictions.shape()), to_string(targets.shape())));
  }
  target_width_ = rows ? width_ : 1;
  targets_ = numbers_of(metric, targets, targets.rank() == shape.rank() ? axis : -1);
  if (kind != Targets::either || !numbers) return;
  std::vector<double> hot(static_cast<std::size_t>(rows_ * width_));
  for (std::int64_t row = 0; row < rows_; ++row) {
    const std::int64_t place =
        checked_class(metric, targets_[static_cast<std::size_t>(row)], std::max<std::int64_t>(width_, 2));
    if (width_ == 1)
      hot[static_cast<std::size_t>(row)] = static_cast<double>(place);
    else
      hot[static_cast<std::size_t>(row * width_ + place)] = 1;
  }
  targets_ = std::move(hot);
  target_width_ = width_;
}

void PredictionRows::read_weights(const std::string& metric, const Shape& leading, const Tensor& weights) {
  Shape shape = weights.shape();
  while (shape.rank() > 1 && shape.back() == 1 &&
         (shape.rank() > leading.rank() || leading[shape.rank() - 1] != 1))
    shape.erase(-1);
  bool fits = shape.rank() >= 1 && shape.rank() <= leading.rank();
  for (int i = 0; fits && i < shape.rank(); ++i) fits = shape[i] == leading[i];
  if (!fits)
    throw ShapeError(fmt::format(
        "{}: expected weights of shape [{}], one for each example{}, got {}", metric, leading[0],
        leading.rank() > 1 ? fmt::format(", or {}", to_string(leading)) : "", to_string(weights.shape())));
  weights_ = numbers_of(metric, weights, -1);
  rows_each_weight_ = weights_.empty() ? 1 : rows_ / std::ssize(weights_);
}

std::int64_t class_number(double number, std::int64_t classes) noexcept {
  if (!(number >= 0 && number < static_cast<double>(classes))) return -1;
  return number == std::floor(number) ? static_cast<std::int64_t>(number) : -1;
}

std::int64_t checked_class(const std::string& metric, double number, std::int64_t classes) {
  const std::int64_t result = class_number(number, classes);
  if (result < 0)
    throw IndexError(
        fmt::format("{}: expected the number of a class from 0 to {}, got {}", metric, classes - 1, number));
  return result;
}

std::int64_t argmax_of(std::span<const double> numbers) noexcept {
  return std::max_element(numbers.begin(), numbers.end()) - numbers.begin();
}

double sigmoid_of(double logit) noexcept { return 1 / (1 + std::exp(-logit)); }

}  // namespace taper::training
