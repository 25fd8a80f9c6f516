// Stream: the interface of examples that come one after another. Derive from it to define your own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <taper/data/dataset.h>
#include <taper/data/held.h>

namespace taper::data {

/// Examples of which one does not know how many there are, or cannot reach one without the others: the lines
/// of a large file, what comes from another computer.
///
///     struct Countdown : data::Stream {
///       struct From : Reader {
///         int next_one = 10;
///         std::optional<data::Example> next() override {
///           if (next_one == 0) return {};
///           return data::Example{scalar(next_one--)};
///         }
///       };
///       std::unique_ptr<Reader> read(const data::Randomness&) const override {
///         return std::make_unique<From>();
///       }
///     };
class Stream {
 public:
  /// One pass over the stream.
  class Reader {
   public:
    virtual ~Reader() = default;
    /// The next example, or none at the end, after which it is not called again. A DataLoader calls it from
    /// different threads, but never from two at a time.
    virtual std::optional<Example> next() = 0;
  };

  virtual ~Stream() = default;
  /// Begins a pass for an epoch. If it has random numbers, they must come from `randomness`. The stream
  /// outlives its readers.
  virtual std::unique_ptr<Reader> read(const Randomness& randomness) const = 0;
  /// What is done to each example that was read before it goes into a batch: decoding, augmentation. A
  /// DataLoader's workers call it at the same time, and not at all for examples that it skips. `generator`
  /// belongs to the place of the example in the stream.
  virtual Example prepare(Example example, [[maybe_unused]] Generator& generator) const { return example; }
};

/// A stream in random order, as far as a buffer allows: it holds `size` examples, and each next one is drawn
/// from them and replaced by the stream's next.
class ShuffleBuffer final : public Stream {
 public:
  /// Throws ValueError unless `size` is at least 1.
  ShuffleBuffer(Held<Stream> stream, std::int64_t size);

  std::unique_ptr<Reader> read(const Randomness& randomness) const override;
  Example prepare(Example example, Generator& generator) const override;

 private:
  class Shuffled;
  Held<Stream> stream_;
  std::int64_t size_;
};

}  // namespace taper::data
