// ConcatDataset: finds the dataset of an index.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <taper/data/concat_dataset.h>
#include <taper/tensor/error.h>

namespace taper::data {

ConcatDataset::ConcatDataset(std::vector<Held<Dataset>> datasets) : datasets_(std::move(datasets)) {
  if (datasets_.empty()) throw ValueError("ConcatDataset: expected at least one dataset, got none");
  std::int64_t end = 0;
  ends_.reserve(datasets_.size());
  for (const Held<Dataset>& dataset : datasets_) ends_.push_back(end += dataset->size());
}

Example ConcatDataset::get(std::int64_t index, Generator& generator) const {
  if (index < 0 || index >= size())
    throw IndexError(fmt::format("get: index {} is out of range for {} examples", index, size()));
  const auto part =
      static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), index) - ends_.begin());
  return datasets_[part]->get(part == 0 ? index : index - ends_[part - 1], generator);
}

bool ConcatDataset::is_random() const {
  return std::any_of(datasets_.begin(), datasets_.end(),
                     [](const Held<Dataset>& dataset) { return dataset->is_random(); });
}

}  // namespace taper::data
