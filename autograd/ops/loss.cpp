// Losses: each with its gradient.
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/loss.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/reduce.h>

namespace taper {
namespace {

Tensor reduced(const Tensor& losses, Reduction reduction) {
  return reduction == Reduction::mean ? mean(losses) : reduction == Reduction::sum ? sum(losses) : losses;
}

// Labels that are all classes: ignored ones are 0, and false in `valid`, which is undefined if there are
// none.
struct Labels {
  Tensor values, valid;
  std::int64_t count = 0;  // of those not ignored
};

Labels checked_labels(const char* function, const Tensor& x, const Tensor& labels, std::int64_t ignored) {
  compute::check_floating(function, x);
  if (x.rank() < 2)
    throw ShapeError(fmt::format("{}: rows of classes [N, C] or [N, C, ...] are wanted, got shape {}",
                                 function, to_string(x.shape())));
  compute::check_defined(function, labels, "the list of labels");
  if (labels.dtype() != int64)
    throw DTypeError(fmt::format("{}: int64 labels are wanted, got {}; convert with to(labels, int64)",
                                 function, name(labels.dtype())));
  Shape wanted = x.shape();
  wanted.erase(1);
  compute::check_shape(function, labels, wanted, "labels");
  const std::int64_t classes = x.shape()[1], size = labels.numel();
  // A copy: what is saved for the gradient stays in range whatever happens to the caller's.
  Labels result{compute::cast(labels, int64), {}, size};
  std::int64_t* const label = result.values.mutable_data<std::int64_t>();
  bool* valid = nullptr;
  for (std::int64_t i = 0; i < size; ++i) {
    if (label[i] == ignored) {
      if (valid == nullptr) {
        result.valid = full(wanted, 1, boolean);
        valid = result.valid.mutable_data<bool>();
      }
      label[i] = valid[i] = 0;
      --result.count;
    } else if (label[i] < 0 || label[i] >= classes) {
      Shape position = wanted;
      std::int64_t rest = i;
      for (int axis = wanted.rank() - 1; axis >= 0; rest /= wanted[axis--])
        position[axis] = rest % wanted[axis];
      throw IndexError(fmt::format("{}: label {} at position {} is not one of the {} classes (0 to {})",
                                   function, label[i], to_string(position), classes, classes - 1));
    }
  }
  return result;
}

// Cross entropy of rows [R, C] with R labels. Keeps the logarithms of the probabilities for the gradient.
class RowCrossEntropy {
 public:
  RowCrossEntropy(const Tensor& x, const Labels& labels, const CrossEntropyOptions& options)
      : logarithms_(compute::softmax(compute::contiguous(x.detach()), true)),
        labels_(labels),
        reduction_(options.reduction),
        smoothing_(options.label_smoothing) {}

  Tensor value() const {
    return visit_floating(logarithms_.dtype(), [this]<class T>() {
      const bool each = reduction_ == Reduction::none;
      Tensor result = Tensor::empty(each ? Shape{rows()} : Shape{}, logarithms_.dtype(), "cross_entropy");
      T* const out = result.mutable_data<T>();
      const T* row = logarithms_.data<T>();
      const std::int64_t* const label = labels_.values.data<std::int64_t>();
      double total = 0;
      for (std::int64_t i = 0; i < rows(); ++i, row += classes()) {
        double loss = 0;
        if (valid(i)) {
          loss = -(1 - smoothing_) * row[label[i]];
          if (smoothing_ > 0) loss -= spread() * std::accumulate(row, row + classes(), 0.0);
        }
        if (each)
          out[i] = static_cast<T>(loss);
        else
          total += loss;
      }
      if (!each) out[0] = static_cast<T>(reduction_ == Reduction::mean ? total / count() : total);
      return result;
    });
  }

  // (softmax(x) - target) * g, one pass behind the exponentials.
  Tensor gradient(const Tensor& g) const {
    Tensor result = compute::unary("cross_entropy", compute::Unary::exp, logarithms_);
    const Tensor weights = compute::contiguous(g);
    visit_floating(result.dtype(), [&]<class T>() {
      T* const out = result.mutable_data<T>();
      const T* const weight = weights.data<T>();
      const std::int64_t* const label = labels_.values.data<std::int64_t>();
      const std::int64_t chunks =
          std::min(std::max<std::int64_t>(rows(), 1), chunk_count(result.numel(), grain::elements));
      parallel_for(chunks, [&](std::int64_t chunk) {
        const std::int64_t end = chunk_begin(chunk + 1, chunks, rows());
        for (std::int64_t i = chunk_begin(chunk, chunks, rows()); i < end; ++i) {
          T* const row = out + i * classes();
          const T scale = static_cast<T>(weight[reduction_ == Reduction::none ? i : 0] / divisor());
          const T even = static_cast<T>(spread());
          if (!valid(i)) {
            std::fill(row, row + classes(), T(0));
            continue;
          }
          row[label[i]] -= static_cast<T>(1 - smoothing_);
          for (std::int64_t j = 0; j < classes(); ++j) row[j] = (row[j] - even) * scale;
        }
      });
    });
    return result;
  }

  // The same from differentiable operations.
  Tensor recorded_gradient(const Tensor& x, const Tensor& g) const {
    const Tensor target = (1 - smoothing_) * one_hot(labels_.values, classes(), x.dtype()) + spread();
    Tensor weight = reduction_ == Reduction::none ? unsqueeze(g, 1) : g / divisor();
    if (labels_.valid.defined()) weight = where(unsqueeze(labels_.valid, 1), weight, 0);
    return weight * (softmax(x, 1) - target);
  }

 private:
  std::int64_t rows() const { return logarithms_.shape()[0]; }
  std::int64_t classes() const { return logarithms_.shape()[1]; }
  double count() const { return static_cast<double>(labels_.count); }
  double divisor() const { return reduction_ == Reduction::mean ? count() : 1; }
  double spread() const { return smoothing_ / static_cast<double>(classes()); }
  bool valid(std::int64_t i) const { return !labels_.valid.defined() || labels_.valid.data<bool>()[i]; }

  Tensor logarithms_;
  Labels labels_;
  Reduction reduction_;
  double smoothing_;
};

Tensor row_cross_entropy(const Tensor& x, const Labels& labels, const CrossEntropyOptions& options) {
  RowCrossEntropy loss(x, labels, options);
  Tensor value = loss.value();
  return record("cross_entropy", std::move(value), {save(x)},
                [loss = std::move(loss)](const Backward& at, const Tensor& g) {
                  return grad_enabled() ? loss.recorded_gradient(at.input(0), g) : loss.gradient(g);
                });
}

void check_pair(const char* function, const Tensor& x, const Tensor& target) {
  compute::check_floating(function, x);
  compute::check_same_dtype(function, x, target, "a target");
  compute::check_shape(function, target, x.shape(), "a target");
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& labels, const CrossEntropyOptions& options) {
  if (!(options.label_smoothing >= 0 && options.label_smoothing <= 1))
    throw ValueError(fmt::format("cross_entropy: label_smoothing must be between 0 and 1, got {}",
                                 options.label_smoothing));
  Labels checked = checked_labels("cross_entropy", logits, labels, options.ignore_index);
  if (logits.rank() == 2) return row_cross_entropy(logits, checked, options);
  // [N, C, ...] -> [N * ..., C]
  Axes axes = {0};
  for (int axis = 2; axis < logits.rank(); ++axis) axes.push_back(axis);
  axes.push_back(1);
  const Tensor rows = reshape(permute(logits, axes), {labels.numel(), logits.shape()[1]});
  checked.values = checked.values.alias(Layout(Shape{labels.numel()}));
  if (checked.valid.defined()) checked.valid = checked.valid.alias(Layout(Shape{labels.numel()}));
  const Tensor loss = row_cross_entropy(rows, checked, options);
  return options.reduction == Reduction::none ? reshape(loss, labels.shape()) : loss;
}

Tensor nll_loss(const Tensor& log_probabilities, const Tensor& labels, const NllOptions& options) {
  const Labels checked = checked_labels("nll_loss", log_probabilities, labels, options.ignore_index);
  Tensor losses = -squeeze(gather(log_probabilities, 1, unsqueeze(checked.values, 1)), 1);
  if (checked.valid.defined()) losses = where(checked.valid, losses, 0);
  if (options.reduction == Reduction::mean) return sum(losses) / static_cast<double>(checked.count);
  return reduced(losses, options.reduction);
}

Tensor mse_loss(const Tensor& x, const Tensor& target, Reduction reduction) {
  check_pair("mse_loss", x, target);
  return reduced(square(x - target), reduction);
}

Tensor l1_loss(const Tensor& x, const Tensor& target, Reduction reduction) {
  check_pair("l1_loss", x, target);
  return reduced(abs(x - target), reduction);
}

Tensor huber_loss(const Tensor& x, const Tensor& target, double delta, Reduction reduction) {
  check_pair("huber_loss", x, target);
  if (!(delta > 0)) throw ValueError(fmt::format("huber_loss: delta must be positive, got {}", delta));
  // distance^2 / 2 up to delta, delta * (distance - delta / 2) above.
  const Tensor distance = abs(x - target), inside = clip(distance, 0, delta);
  return reduced(inside * (distance - 0.5 * inside), reduction);
}

Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, double beta, Reduction reduction) {
  check_pair("smooth_l1_loss", x, target);
  if (!(beta >= 0)) throw ValueError(fmt::format("smooth_l1_loss: beta must be at least 0, got {}", beta));
  return beta == 0 ? l1_loss(x, target, reduction) : huber_loss(x, target, beta, reduction) / beta;
}

Tensor binary_cross_entropy(const Tensor& p, const Tensor& target, Reduction reduction) {
  check_pair("binary_cross_entropy", p, target);
  const Tensor inside = (p.detach() >= 0) & (p.detach() <= 1);
  if (sum(inside).item<std::int64_t>() != p.numel())
    throw ValueError(
        "binary_cross_entropy: probabilities between 0 and 1 are wanted, got others; for "
        "logits there is binary_cross_entropy_with_logits");
  const Tensor no_history = p.detach(), wanted = target.detach();
  Tensor losses =
      -(wanted * maximum(log(no_history), -100) + (1 - wanted) * maximum(log1p(-no_history), -100));
  losses = record("binary_cross_entropy", std::move(losses), {save(p), save(target)},
                  [](const Backward& at, const Tensor& g) {
                    const Tensor p = at.input(0), target = at.input(1);
                    return at.each([&] { return g * (p - target) / maximum(p * (1 - p), 1e-12); },
                                   [&] { return g * (maximum(log1p(-p), -100) - maximum(log(p), -100)); });
                  });
  return reduced(losses, reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target, Reduction reduction) {
  check_pair("binary_cross_entropy_with_logits", logits, target);
  const Tensor x = logits.detach(), wanted = target.detach();
  // -log(sigmoid(x)) = softplus(-x): each term is a sum of numbers of one sign.
  Tensor losses = wanted * softplus(-x) + (1 - wanted) * softplus(x);
  losses = record("binary_cross_entropy_with_logits", std::move(losses), {save(logits), save(target)},
                  [](const Backward& at, const Tensor& g) {
                    const Tensor x = at.input(0);
                    return at.each([&] { return g * (sigmoid(x) - at.input(1)); }, [&] { return -g * x; });
                  });
  return reduced(losses, reduction);
}

}  // namespace taper
