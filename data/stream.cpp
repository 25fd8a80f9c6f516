// Stream: the shuffle buffer.
#include <cstddef>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <taper/data/stream.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

namespace taper::data {

class ShuffleBuffer::Shuffled final : public Reader {
 public:
  Shuffled(std::unique_ptr<Reader> reader, const Generator& generator, std::int64_t size)
      : reader_(std::move(reader)), generator_(generator), size_(static_cast<std::size_t>(size)) {}

  std::optional<Example> next() override {
    while (buffer_.size() < size_ && !at_end_) read_one();
    if (buffer_.empty()) return {};
    const auto count = static_cast<std::int64_t>(buffer_.size());
    const auto drawn = static_cast<std::size_t>(
        random_integers({}, 0, count, DType::int64, generator_).item<std::int64_t>());
    std::swap(buffer_[drawn], buffer_.back());
    Example example = std::move(buffer_.back());
    buffer_.pop_back();
    return example;
  }

 private:
  void read_one() {
    if (std::optional<Example> example = reader_->next())
      buffer_.push_back(std::move(*example));
    else
      at_end_ = true;
  }

  std::unique_ptr<Reader> reader_;
  Generator generator_;
  std::size_t size_;
  std::vector<Example> buffer_;
  bool at_end_ = false;
};

ShuffleBuffer::ShuffleBuffer(Held<Stream> stream, std::int64_t size)
    : stream_(std::move(stream)), size_(size) {
  if (size < 1) throw ValueError(fmt::format("ShuffleBuffer: expected a size of at least 1, got {}", size));
}

std::unique_ptr<Stream::Reader> ShuffleBuffer::read(const Randomness& randomness) const {
  return std::make_unique<Shuffled>(stream_->read(randomness), randomness.order(), size_);
}

Example ShuffleBuffer::prepare(Example example, Generator& generator) const {
  return stream_->prepare(std::move(example), generator);
}

}  // namespace taper::data
