// Tensor: values and views; the autograd methods are defined in autograd/.
#include <algorithm>

#include <fmt/format.h>

#include <taper/tensor/convert.h>
#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>
#include <taper/tensor/tensor.h>
#include <taper/tensor/walk.h>

namespace taper {
namespace {

TensorValue* make_value() { return new (memory::allocate(sizeof(TensorValue))) TensorValue; }

void check_type(DType wanted, DType dtype) {
  if (wanted != dtype)
    throw DTypeError(fmt::format("data: the elements are {}, not {}; convert with to(x, {})", name(dtype),
                                 name(wanted), name(wanted)));
}

}  // namespace

void TensorValue::destroy(TensorValue* value) noexcept {
  value->~TensorValue();
  memory::release(value, sizeof(TensorValue));
}

Tensor Tensor::empty(const Shape& shape, DType dtype) {
  const Layout layout(shape);
  Tensor tensor(make_value());
  tensor.value_->layout = layout;
  tensor.value_->dtype = dtype;
  tensor.value_->storage = Storage::allocate(layout.numel() * size_of(dtype));
  return tensor;
}

TensorValue& Tensor::value() const {
  if (!value_)
    throw ValueError("an undefined Tensor was used: it was default-constructed and never assigned");
  return *value_;
}

Tensor Tensor::alias(const Layout& layout) const {
  const TensorValue& from = value();
  Tensor tensor(make_value());
  tensor.value_->storage = from.storage;
  tensor.value_->layout = layout;
  tensor.value_->dtype = from.dtype;
  return tensor;
}

Tensor Tensor::detach() const { return alias(layout()); }

const void* Tensor::raw() const noexcept {
  return value_->storage->data() + value_->layout.offset * size_of(value_->dtype);
}

void* Tensor::mutable_raw() noexcept {
  value_->storage->version.fetch_add(1, std::memory_order_relaxed);
  return const_cast<void*>(raw());
}

bool Tensor::is_sole_owner() const noexcept { return value_.unique() && value_->storage.unique(); }

const void* Tensor::checked_data(DType wanted) const {
  check_type(wanted, dtype());
  return raw();
}

void* Tensor::checked_mutable_data(DType wanted) {
  check_type(wanted, dtype());
  return mutable_raw();
}

template <class T>
T Tensor::item() const {
  if (numel() != 1)
    throw ShapeError(
        fmt::format("item: a tensor with one element is wanted, got shape {}", to_string(shape())));
  return visit(dtype(), [&]<class U>() { return convert<T>(*static_cast<const U*>(raw())); });
}

template <class T>
std::vector<T> Tensor::to_vector() const {
  const T* const from = data<T>();
  std::vector<T> result(static_cast<std::size_t>(numel()));
  walk(layout(), [&](std::int64_t i, std::int64_t at) {
    result[static_cast<std::size_t>(i)] = from[at - layout().offset];
  });
  return result;
}

template bool Tensor::item() const;
template std::uint8_t Tensor::item() const;
template std::int32_t Tensor::item() const;
template std::int64_t Tensor::item() const;
template float Tensor::item() const;
template double Tensor::item() const;
template std::vector<bool> Tensor::to_vector() const;
template std::vector<std::uint8_t> Tensor::to_vector() const;
template std::vector<std::int32_t> Tensor::to_vector() const;
template std::vector<std::int64_t> Tensor::to_vector() const;
template std::vector<float> Tensor::to_vector() const;
template std::vector<double> Tensor::to_vector() const;

}  // namespace taper
