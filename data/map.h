// map: a dataset or a stream whose examples go through a function when they are needed.
#pragma once

#include <taper/data/dataset.h>
#include <taper/data/held.h>
#include <taper/data/stream.h>
#include <taper/tensor/function.h>

namespace taper::data {

/// What is done to an example. Random numbers must come from the generator, which belongs to the example; the
/// workers of a DataLoader call it at the same time.
using Transform = Function<Example(Example example, Generator& generator)>;

/// Example i is function(example i of the dataset): see map().
class MappedDataset final : public Dataset {
 public:
  /// Throws ValueError if the function is empty.
  MappedDataset(Held<Dataset> dataset, Transform function);

  std::int64_t size() const override { return dataset_->size(); }
  Example get(std::int64_t index, Generator& generator) const override;

 private:
  Held<Dataset> dataset_;
  Transform function_;
};

/// The same of a stream. What the workers do at the same time is the function.
class MappedStream final : public Stream {
 public:
  /// Throws ValueError if the function is empty.
  MappedStream(Held<Stream> stream, Transform function);

  std::unique_ptr<Reader> read(const Randomness& randomness) const override;
  Example prepare(Example example, Generator& generator) const override;

 private:
  Held<Stream> stream_;
  Transform function_;
};

/// Nothing is computed until an example is asked for:
///
///     const auto noisy = data::map(digits, [](data::Example example, Generator& generator) {
///       example[0] = example[0] + normal(example[0].shape(), 0, 0.1, float32, generator);
///       return example;
///     });
MappedDataset map(Held<Dataset> dataset, Transform function);
MappedStream map(Held<Stream> stream, Transform function);

}  // namespace taper::data
