// ConcatDataset: datasets one behind the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <taper/data/dataset.h>
#include <taper/data/held.h>

namespace taper::data {

/// The examples of the first dataset, then those of the second, and so on:
///
///     const data::ConcatDataset both({photos, drawings});
class ConcatDataset final : public Dataset {
 public:
  /// Throws ValueError for an empty list.
  explicit ConcatDataset(std::vector<Held<Dataset>> datasets);

  std::int64_t size() const override { return ends_.back(); }
  /// Throws IndexError out of range.
  Example get(std::int64_t index, Generator& generator) const override;
  /// Without random numbers, one call for each dataset that has any of the examples.
  Batch get_batch(std::span<const std::int64_t> indices, const Randomness& randomness) const override;
  bool is_random() const override;

 private:
  struct Place {
    std::size_t part;
    std::int64_t index;  // there
  };
  Place place_of(const char* function, std::int64_t index) const;

  std::vector<Held<Dataset>> datasets_;
  std::vector<std::int64_t> ends_;  // of each dataset
};

}  // namespace taper::data
