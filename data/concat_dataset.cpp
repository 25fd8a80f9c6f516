// ConcatDataset: finds the dataset of an index.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <taper/data/concat_dataset.h>
#include <taper/data/rows.h>
#include <taper/tensor/error.h>

namespace taper::data {

ConcatDataset::ConcatDataset(std::vector<Held<Dataset>> datasets) : datasets_(std::move(datasets)) {
  if (datasets_.empty()) throw ValueError("ConcatDataset: expected at least one dataset, got none");
  std::int64_t end = 0;
  ends_.reserve(datasets_.size());
  for (const Held<Dataset>& dataset : datasets_) ends_.push_back(end += dataset->size());
}

ConcatDataset::Place ConcatDataset::place_of(const char* function, std::int64_t index) const {
  if (index < 0 || index >= size())
    throw IndexError(fmt::format("{}: index {} is out of range for {} examples", function, index, size()));
  const auto part =
      static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), index) - ends_.begin());
  return {part, part == 0 ? index : index - ends_[part - 1]};
}

Example ConcatDataset::get(std::int64_t index, Generator& generator) const {
  const Place place = place_of("get", index);
  return datasets_[place.part]->get(place.index, generator);
}

Batch ConcatDataset::get_batch(std::span<const std::int64_t> indices, const Randomness& randomness) const {
  if (is_random() || indices.empty()) return Dataset::get_batch(indices, randomness);
  std::vector<std::size_t> parts;  // of each index
  parts.reserve(indices.size());
  std::vector<std::vector<std::int64_t>> wanted(datasets_.size());
  for (const std::int64_t index : indices) {
    const Place place = place_of("get_batch", index);
    parts.push_back(place.part);
    wanted[place.part].push_back(place.index);
  }
  if (wanted[parts[0]].size() == indices.size())
    return datasets_[parts[0]]->get_batch(wanted[parts[0]], randomness);
  std::vector<Batch> batches(datasets_.size());
  for (std::size_t part = 0; part < datasets_.size(); ++part)
    if (!wanted[part].empty()) batches[part] = datasets_[part]->get_batch(wanted[part], randomness);
  Rows rows("get_batch", indices.size());
  std::vector<std::int64_t> taken(datasets_.size());  // of each dataset's batch
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const std::int64_t row = taken[parts[i]]++;
    Example example;
    example.reserve(batches[parts[i]].size());
    for (const Tensor& tensor : batches[parts[i]])
      example.push_back(tensor.alias(tensor.layout().select("get_batch", 0, row)));
    rows.add(example, indices[i]);
  }
  return std::move(rows.batch());
}

bool ConcatDataset::is_random() const {
  return std::any_of(datasets_.begin(), datasets_.end(),
                     [](const Held<Dataset>& dataset) { return dataset->is_random(); });
}

}  // namespace taper::data
