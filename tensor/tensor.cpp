// Tensor: values and views; the autograd methods are defined in autograd/.
#include <algorithm>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/convert.h>
#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>
#include <taper/tensor/tensor.h>
#include <taper/tensor/walk.h>

namespace taper {
namespace {

void check_type(const char* function, DType wanted, DType dtype) {
  if (wanted != dtype)
    throw DTypeError(fmt::format("{}: the elements are {}, not {}; convert with to(x, {})", function,
                                 name(dtype), name(wanted), name(wanted)));
}

[[noreturn, gnu::cold, gnu::noinline]] void out_of_memory(const char* function, const Layout& layout,
                                                          DType dtype) {
  throw MemoryError(fmt::format("{}: out of memory: shape {} of {} takes {} bytes", function,
                                to_string(layout.shape), name(dtype), layout.numel() * size_of(dtype)));
}

}  // namespace

// See Note [One block] in storage.h.
static_assert(sizeof(TensorValue) <= sizeof(Storage::first_value));

void TensorValue::destroy(TensorValue* value) noexcept {
  // Keeps the storage alive: the value may be part of its block.
  const Reference<Storage> storage = std::move(value->home_ ? value->home_ : value->storage);
  value->~TensorValue();
  if (static_cast<void*>(value) != storage->first_value) memory::release(value, sizeof(TensorValue));
}

void TensorValue::become(const TensorValue& other) noexcept {
  if (static_cast<void*>(this) == storage->first_value) home_ = std::move(storage);
  storage = other.storage;
  layout = other.layout;
  dtype = other.dtype;
}

Tensor Tensor::empty(const Shape& shape, DType dtype, const char* function) {
  const Layout layout(shape, function);
  Reference<Storage> storage = Storage::allocate(layout.numel() * size_of(dtype));
  if (!storage) [[unlikely]]
    out_of_memory(function, layout, dtype);
  void* const room = storage->first_value;
  return Tensor(new (room) TensorValue(std::move(storage), layout, dtype));
}

void Tensor::throw_undefined(const char* function) { compute::throw_undefined(function, "the tensor"); }

Tensor Tensor::alias(const Layout& layout) const {
  const TensorValue& from = value("alias");
  void* const room = memory::allocate(sizeof(TensorValue));
  return Tensor(new (room) TensorValue(from.storage, layout, from.dtype));
}

Tensor Tensor::detach() const { return alias(value("detach").layout); }

void* Tensor::mutable_raw() {
  value("mutable_raw").storage->version.fetch_add(1, std::memory_order_relaxed);
  return const_cast<void*>(raw());
}

bool Tensor::is_sole_owner() const {
  const Reference<Storage>& storage = value("is_sole_owner").storage;
  return storage.unique() && value_.unique() && !storage->is_borrowed();
}

const void* Tensor::checked_data(DType wanted) const {
  check_type("data", wanted, value("data").dtype);
  return raw();
}

void* Tensor::checked_mutable_data(DType wanted) {
  check_type("mutable_data", wanted, value("mutable_data").dtype);
  return mutable_raw();
}

template <class T>
T Tensor::item() const {
  if (value("item").layout.numel() != 1)
    throw ShapeError(
        fmt::format("item: expected a tensor with one element, got shape {}", to_string(shape())));
  return visit_all(dtype(), [&]<class U>() { return convert<T>(*static_cast<const U*>(raw())); });
}

template <class T>
std::vector<T> Tensor::to_vector() const {
  const Layout& own = value("to_vector").layout;
  check_type("to_vector", dtype_of<T>, dtype());
  const T* const from = data<T>();
  std::vector<T> result(static_cast<std::size_t>(numel()));
  walk(own,
       [&](std::int64_t i, std::int64_t at) { result[static_cast<std::size_t>(i)] = from[at - own.offset]; });
  return result;
}

template bool Tensor::item() const;
template std::uint8_t Tensor::item() const;
template std::int32_t Tensor::item() const;
template std::int64_t Tensor::item() const;
template float Tensor::item() const;
template double Tensor::item() const;
template Float16 Tensor::item() const;
template BFloat16 Tensor::item() const;
template std::vector<bool> Tensor::to_vector() const;
template std::vector<std::uint8_t> Tensor::to_vector() const;
template std::vector<std::int32_t> Tensor::to_vector() const;
template std::vector<std::int64_t> Tensor::to_vector() const;
template std::vector<float> Tensor::to_vector() const;
template std::vector<double> Tensor::to_vector() const;
template std::vector<Float16> Tensor::to_vector() const;
template std::vector<BFloat16> Tensor::to_vector() const;

}  // namespace taper
