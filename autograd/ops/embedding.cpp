// Embeddings: selections of rows, with their gradients.
#include <array>
#include <limits>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/embedding.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/ops/sort.h>
#include <taper/autograd/selection.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/index.h>

namespace taper {
namespace {

void check_operands(const char* function, const Tensor& indices, const Tensor& weight) {
  compute::check_defined(function, indices, "the indices");
  compute::check_floating(function, weight);
  if (weight.rank() != 2)
    throw ShapeError(fmt::format("{}: expected a weight [rows, features], got shape {}", function,
                                 to_string(weight.shape())));
  if (!is_integer(indices.dtype()))
    throw DTypeError(fmt::format("{}: expected integer indices, got {}", function, name(indices.dtype())));
  if (indices.numel() == 0) return;
  const auto least = min(to(indices.detach(), int64)).item<std::int64_t>();
  if (least < 0) throw IndexError(fmt::format("{}: expected indices of at least 0, got {}", function, least));
}

// The padding index, or -1 for none.
std::int64_t padding_of(const char* function, const Tensor& weight, std::optional<std::int64_t> index) {
  if (!index) return -1;
  const std::int64_t rows = weight.size(0);
  if (*index < -rows || *index >= rows)
    throw IndexError(fmt::format("{}: padding_index {} is out of range for {} rows", function, *index, rows));
  return *index < 0 ? *index + rows : *index;
}

// Scales the rows that are read to the greatest norm, in place.
void limit_norms(const char* function, const Tensor& weight, const Tensor& indices, double max_norm,
                 double norm_type) {
  if (!weight.is_contiguous())
    throw ValueError(
        fmt::format("{}: with max_norm the weight is changed in place, so it must be contiguous", function));
  const NoGrad guard;
  Tensor table = weight.detach();
  const Tensor read = unique(indices).values;
  const Tensor rows = compute::index_select(function, table, 0, read);
  const Tensor norms = norm(rows, norm_type, 1, true);
  const Tensor scaled = rows * where(norms > max_norm, max_norm / (norms + 1e-7), 1);
  compute::index_put(function, table, 0, read, scaled, Scatter::replace);
}

// x, but where the mask is true without a gradient.
Tensor without_gradient(const Tensor& x, const Tensor& mask) {
  return record("embedding", x.alias(x.layout()), {x, save(mask)}, [](const Backward& at, const Tensor& g) {
    return std::array{where(at.input(1), 0, g), Tensor()};
  });
}

// x, whose gradient is multiplied.
Tensor with_scaled_gradient(const Tensor& x, const Tensor& factors) {
  return record("embedding", x.alias(x.layout()), {x, save(factors)},
                [](const Backward& at, const Tensor& g) {
                  return std::array{g * at.input(1), Tensor()};
                });
}

// The rows [count, features] at indices [count].
Tensor rows_of(const char* function, const Tensor& indices, const Tensor& weight, std::int64_t padding,
               const EmbeddingOptions& options) {
  if (options.max_norm) limit_norms(function, weight, indices, *options.max_norm, options.norm_type);
  Tensor rows = detail::selected(function, weight, detail::Slices{0}, {indices});
  if (!grad_enabled() || !weight.requires_grad()) return rows;
  if (padding >= 0) rows = without_gradient(rows, unsqueeze(to(indices, int64) == padding, 1));
  if (!options.scale_grad_by_freq) return rows;
  const Unique found = unique(indices);
  const Tensor counts = index_select(to(found.counts, weight.dtype()), 0, found.inverse);
  return with_scaled_gradient(rows, unsqueeze(1 / counts, 1));
}

// The bag of each index.
Tensor bags_of(const Tensor& indices, const Tensor& offsets, bool include_last, std::int64_t& bags) {
  compute::check_defined("embedding_bag", offsets, "the offsets, for indices of rank 1,");
  if (!is_integer(offsets.dtype()))
    throw DTypeError(fmt::format("embedding_bag: expected integer offsets, got {}", name(offsets.dtype())));
  const std::int64_t count = indices.numel();
  std::vector<std::int64_t> starts;
  if (offsets.rank() == 1) starts = to(offsets, int64).to_vector<std::int64_t>();
  bags = static_cast<std::int64_t>(starts.size()) - (include_last ? 1 : 0);
  bool fits = offsets.rank() == 1 && bags >= 0 && (starts.empty() || starts[0] == 0) &&
              (!starts.empty() || count == 0) && (!include_last || starts.back() == count);
  for (std::size_t i = 0; fits && i < starts.size(); ++i)
    fits = starts[i] <= (i + 1 < starts.size() ? starts[i + 1] : count);
  if (!fits)
    throw ValueError(
        fmt::format("embedding_bag: expected offsets that ascend from 0 up to {} the {} indices, got {}",
                    include_last ? "exactly" : "at most", count, to_string(offsets)));
  Tensor result = zeros({count}, int64);
  std::int64_t* const bag = result.mutable_data<std::int64_t>();
  for (std::int64_t b = 0; b < bags; ++b) {
    const std::size_t next = static_cast<std::size_t>(b) + 1;
    const std::int64_t end = next < starts.size() ? starts[next] : count;
    for (std::int64_t i = starts[next - 1]; i < end; ++i) bag[i] = b;
  }
  return result;
}

}  // namespace

Tensor embedding(const Tensor& indices, const Tensor& weight, const EmbeddingOptions& options) {
  check_operands("embedding", indices, weight);
  const std::int64_t padding = padding_of("embedding", weight, options.padding_index);
  Shape shape = indices.shape();
  shape.push_back(weight.size(1));
  return reshape(rows_of("embedding", reshape(indices.detach(), {indices.numel()}), weight, padding, options),
                 shape);
}

Tensor embedding_bag(const Tensor& indices, const Tensor& weight, const Tensor& offsets,
                     const EmbeddingBagOptions& options, const Tensor& per_sample_weights) {
  check_operands("embedding_bag", indices, weight);
  std::int64_t padding = padding_of("embedding_bag", weight, options.padding_index);
  if (indices.rank() != 1 && (indices.rank() != 2 || offsets.defined()))
    throw ShapeError(
        fmt::format("embedding_bag: expected indices [bags, count], or [count] with offsets, got "
                    "shape {}",
                    to_string(indices.shape())));
  const bool weighted = per_sample_weights.defined();
  if (weighted) {
    if (options.mode != BagMode::sum)
      throw ValueError("embedding_bag: per_sample_weights are for sums, got another mode");
    compute::check_shape("embedding_bag", per_sample_weights, indices.shape(), "per_sample_weights");
    compute::check_same_dtype("embedding_bag", weight, per_sample_weights, "per_sample_weights");
  }
  const std::int64_t count = indices.numel();
  std::int64_t bags = indices.rank() == 2 ? indices.size(0) : 0;
  Tensor bag = indices.rank() == 1 ? bags_of(indices, offsets, options.include_last_offset, bags)
                                   : reshape(expand(unsqueeze(arange(bags), 1), indices.shape()), {count});
  Tensor flat = reshape(indices.detach(), {count});
  Tensor factors = weighted ? reshape(per_sample_weights, {count, 1}) : Tensor();
  if (padding >= 0) {
    const Tensor kept = flatten(nonzero(to(flat, int64) != padding));
    flat = index_select(flat, 0, kept);
    bag = index_select(bag, 0, kept);
    if (weighted) factors = index_select(factors, 0, kept);
  }
  Tensor rows = rows_of("embedding_bag", flat, weight, -1,
                        {.max_norm = options.max_norm,
                         .norm_type = options.norm_type,
                         .scale_grad_by_freq = options.scale_grad_by_freq});
  if (weighted) rows = rows * factors;
  const Tensor none = zeros({bags, weight.size(1)}, weight.dtype());
  if (options.mode == BagMode::sum) return index_add(none, 0, bag, rows);
  const Tensor counts = unsqueeze(bincount(bag, {}, bags), 1);
  if (options.mode == BagMode::mean)
    return index_add(none, 0, bag, rows) / to(maximum(counts, 1), weight.dtype());
  const Tensor lowest = full(none.shape(), -std::numeric_limits<double>::infinity(), weight.dtype());
  const Tensor places = expand(unsqueeze(bag, 1), rows.shape());
  return where(counts == 0, none, scatter(lowest, 0, places, rows, Scatter::maximum));
}

}  // namespace taper
