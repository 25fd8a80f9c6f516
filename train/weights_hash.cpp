// Hashes of weights.
#include <cstddef>

#include <taper/tensor/elementwise.h>
#include <taper/train/weights_hash.h>

namespace taper::training {
namespace {

class Fnv1a {
 public:
  void add(const void* data, std::size_t bytes) {
    const auto* const from = static_cast<const unsigned char*>(data);
    std::uint64_t hash = hash_;
    for (std::size_t i = 0; i < bytes; ++i) hash = (hash ^ from[i]) * 0x100000001b3;
    hash_ = hash;
  }
  void add(std::int64_t number) { add(&number, sizeof number); }
  void add(const Tensor& tensor) {
    const Tensor dense = compute::contiguous(tensor.detach());
    add(dense.raw(), static_cast<std::size_t>(dense.numel() * size_of(dense.dtype())));
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325;
};

}  // namespace

std::uint64_t weights_hash(const nn::Module& model) {
  Fnv1a hash;
  for (const Tensor& parameter : model.parameters()) hash.add(parameter);
  return hash.value();
}

std::uint64_t hash_of(const NamedTensors& tensors) {
  Fnv1a hash;
  for (const auto& [name, tensor] : tensors) {
    hash.add(static_cast<std::int64_t>(name.size()));
    hash.add(name.data(), name.size());
    hash.add(static_cast<std::int64_t>(tensor.dtype()));
    hash.add(tensor.rank());
    for (const std::int64_t extent : tensor.shape()) hash.add(extent);
    hash.add(tensor);
  }
  return hash.value();
}

}  // namespace taper::training
