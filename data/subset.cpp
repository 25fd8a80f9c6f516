// Subset: looks its indices up; random_split cuts a permutation.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include <taper/data/subset.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

namespace taper::data {

Subset::Subset(Held<Dataset> dataset, std::vector<std::int64_t> indices)
    : dataset_(std::move(dataset)), indices_(std::move(indices)) {
  const std::int64_t count = dataset_->size();
  for (const std::int64_t index : indices_)
    if (index < 0 || index >= count)
      throw IndexError(fmt::format("Subset: index {} is out of range for {} examples", index, count));
}

std::int64_t Subset::index_of(const char* function, std::int64_t index) const {
  if (index < 0 || index >= size())
    throw IndexError(fmt::format("{}: index {} is out of range for {} examples", function, index, size()));
  return indices_[static_cast<std::size_t>(index)];
}

Example Subset::get(std::int64_t index, Generator& generator) const {
  return dataset_->get(index_of("get", index), generator);
}

// Without random numbers, all examples can be asked for at once; they would have those of other indices.
Batch Subset::get_batch(std::span<const std::int64_t> indices, const Randomness& randomness) const {
  if (is_random()) return Dataset::get_batch(indices, randomness);
  std::vector<std::int64_t> places;
  places.reserve(indices.size());
  for (const std::int64_t index : indices) places.push_back(index_of("get_batch", index));
  return dataset_->get_batch(places, randomness);
}

Subset take(Held<Dataset> dataset, std::int64_t count) {
  if (count < 0) throw ValueError(fmt::format("take: expected a count of at least 0, got {}", count));
  std::vector<std::int64_t> indices(static_cast<std::size_t>(std::min(count, dataset->size())));
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  return {std::move(dataset), std::move(indices)};
}

std::vector<Subset> detail::random_split(const Held<Dataset>& dataset, std::span<const Part> parts,
                                         std::uint64_t seed) {
  const std::int64_t all = dataset->size();
  Generator generator(seed);
  const Tensor order = permutation(all, generator);
  std::vector<Subset> result;
  result.reserve(parts.size());
  double sum = 0;
  const std::int64_t* from = order.data<std::int64_t>();
  const std::int64_t* const end = from + all;
  for (const Part& part : parts) {
    const double size = part.of(all);
    if (!(size >= 0) || !std::isfinite(size))
      throw ValueError(fmt::format("random_split: expected sizes of at least 0, got {} examples", size));
    sum += size;
    if (std::round(sum) > static_cast<double>(all))
      throw ValueError(
          fmt::format("random_split: expected at most {} examples in all parts, got {}", all, sum));
    const std::int64_t* const to = end - all + static_cast<std::int64_t>(std::round(sum));
    result.emplace_back(dataset, std::vector(from, to));
    from = to;
  }
  return result;
}

}  // namespace taper::data
