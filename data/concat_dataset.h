// ConcatDataset: datasets one behind the other.
#pragma once

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
  bool is_random() const override;

 private:
  std::vector<Held<Dataset>> datasets_;
  std::vector<std::int64_t> ends_;  // of each dataset
};

}  // namespace taper::data
