// Dataset: stacks single examples into a batch.
#include <utility>

#include <taper/data/dataset.h>
#include <taper/data/rows.h>
#include <taper/tensor/error.h>

namespace taper::data {

Batch Dataset::get_batch(std::span<const std::int64_t> indices, const Randomness& randomness) const {
  if (indices.empty()) throw ValueError("get_batch: expected at least one index, got none");
  Rows rows("get_batch", indices.size());
  for (const std::int64_t index : indices) {
    Generator generator = randomness.generator(index);
    rows.add(get(index, generator), index);
  }
  return std::move(rows.batch());
}

}  // namespace taper::data
