// Subset: some examples of a dataset, in a given order; and how a dataset is split.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <taper/data/dataset.h>
#include <taper/data/held.h>

namespace taper::data {

/// Example i is example indices[i] of the dataset, with the random numbers of i.
class Subset final : public Dataset {
 public:
  /// Throws IndexError if an index is out of range.
  Subset(Held<Dataset> dataset, std::vector<std::int64_t> indices);

  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  /// Throws IndexError out of range.
  Example get(std::int64_t index, Generator& generator) const override;
  Batch get_batch(std::span<const std::int64_t> indices, const Randomness& randomness) const override;
  bool is_random() const override { return dataset_->is_random(); }

  const std::vector<std::int64_t>& indices() const noexcept { return indices_; }

 private:
  std::int64_t index_of(const char* function, std::int64_t index) const;
  Held<Dataset> dataset_;
  std::vector<std::int64_t> indices_;
};

/// The first `count` examples, or all if there are fewer. Throws ValueError if `count` is negative.
Subset take(Held<Dataset> dataset, std::int64_t count);

/// The size of a part: an integer is a number of examples, a floating number a fraction of all.
class Part {
 public:
  template <std::integral Number>
  Part(Number count) : size_(static_cast<double>(count)), fraction_(false) {}  // NOLINT: implicit on purpose
  template <std::floating_point Number>
  Part(Number fraction) : size_(static_cast<double>(fraction)), fraction_(true) {}  // NOLINT: as well
  /// The number of examples of `all`, not rounded.
  double of(std::int64_t all) const noexcept { return fraction_ ? size_ * static_cast<double>(all) : size_; }

 private:
  double size_;
  bool fraction_;
};

namespace detail {
std::vector<Subset> random_split(const Held<Dataset>& dataset, std::span<const Part> parts,
                                 std::uint64_t seed);
}

/// Random parts that have no example in common:
///
///     const auto [train, validation] = data::random_split(digits, {0.9, 0.1}, seed);
///
/// The parts depend on the seed, their sizes and the size of the dataset. Fractions that add up to 1 use all
/// examples. Throws ValueError if a part is negative or not finite, or if they need more examples than there
/// are.
template <std::size_t count>
std::array<Subset, count> random_split(Held<Dataset> dataset, const Part (&parts)[count],
                                       std::uint64_t seed) {
  std::vector<Subset> subsets = detail::random_split(dataset, parts, seed);
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    return std::array<Subset, count>{std::move(subsets[i])...};
  }
  (std::make_index_sequence<count>());
}

}  // namespace taper::data
