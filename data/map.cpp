// map: calls the function behind get(), or behind the preparation of a stream's examples.
#include <utility>

#include <taper/data/map.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

Transform checked(Transform function) {
  if (!function) throw ValueError("map: expected a function, got an empty one");
  return function;
}

}  // namespace

MappedDataset::MappedDataset(Held<Dataset> dataset, Transform function)
    : dataset_(std::move(dataset)), function_(checked(std::move(function))) {}

Example MappedDataset::get(std::int64_t index, Generator& generator) const {
  return function_(dataset_->get(index, generator), generator);
}

MappedStream::MappedStream(Held<Stream> stream, Transform function)
    : stream_(std::move(stream)), function_(checked(std::move(function))) {}

std::unique_ptr<Stream::Reader> MappedStream::read(const Randomness& randomness) const {
  return stream_->read(randomness);
}

Example MappedStream::prepare(Example example, Generator& generator) const {
  return function_(stream_->prepare(std::move(example), generator), generator);
}

MappedDataset map(Held<Dataset> dataset, Transform function) {
  return {std::move(dataset), std::move(function)};
}
MappedStream map(Held<Stream> stream, Transform function) { return {std::move(stream), std::move(function)}; }

}  // namespace taper::data
