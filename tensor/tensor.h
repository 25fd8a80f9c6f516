// Tensor: an n-dimensional array that knows how it was computed.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <vector>

#include <taper/tensor/dtype.h>
#include <taper/tensor/layout.h>
#include <taper/tensor/reference.h>
#include <taper/tensor/shape.h>
#include <taper/tensor/storage.h>

namespace taper {

class Tensor;

/// What autograd hangs on a tensor; autograd/node.h holds the one implementation.
struct AutogradSlot : Counted {
  static void destroy(AutogradSlot* slot) noexcept { slot->dispose(); }

 protected:
  ~AutogradSlot() = default;
  virtual void dispose() noexcept = 0;
};

/// The value that a Tensor refers to. Internal; reached through Tensor.
struct TensorValue : Counted {
  TensorValue(Reference<Storage> elements, const Layout& places, DType type) noexcept
      : dtype(type), storage(std::move(elements)), layout(places) {}
  static void destroy(TensorValue* value) noexcept;
  /// Takes over the elements of another value, for all who refer to this one.
  void become(const TensorValue& other) noexcept;

  DType dtype;
  Reference<Storage> storage;
  Layout layout;
  Reference<AutogradSlot> slot;  // set when a gradient is required

 private:
  Reference<Storage> home_;  // where this lies, if that is no longer `storage`: see Note [One block]
};

/// Options of Tensor::backward.
struct BackwardOptions {
  /// Keep the saved values, so that the same graph can be run backward again.
  bool retain_graph = false;
};

/// An n-dimensional array of up to 8 dimensions, one pointer wide. Copying shares the elements; operations
/// (free functions and operators: `a + b`, `sum(x, {1})`, `reshape(x, {-1, 784})`) make new tensors or views,
/// and record how, when an operand requires a gradient. A default-constructed Tensor is undefined: what else
/// than defined() is asked of it, and every operation on it, throws a ValueError that names itself.
class Tensor {
 public:
  Tensor() noexcept = default;
  /// Uninitialized elements in row-major order. Throws ShapeError for a shape that cannot be, and
  /// MemoryError, which begin with `function`.
  static Tensor empty(const Shape& shape, DType dtype = DType::float32, const char* function = "empty");

  bool defined() const noexcept { return static_cast<bool>(value_); }
  const Shape& shape() const { return value("shape").layout.shape; }
  /// The extent of one axis; negative axes count from the end. Throws IndexError.
  std::int64_t size(std::int64_t axis) const {
    const Shape& extents = value("size").layout.shape;
    return extents[normalize_axis("size", axis, extents.rank())];
  }
  const Strides& strides() const { return value("strides").layout.strides; }
  const Layout& layout() const { return value("layout").layout; }
  int rank() const { return value("rank").layout.rank(); }
  std::int64_t numel() const { return value("numel").layout.numel(); }
  DType dtype() const { return value("dtype").dtype; }
  bool is_contiguous() const { return value("is_contiguous").layout.is_contiguous(); }

  /// The value of a tensor with one element, converted to T. Throws ShapeError if there are more or none.
  template <class T>
  T item() const;
  /// All elements in row-major order. Throws DTypeError unless T is the dtype's type.
  template <class T>
  std::vector<T> to_vector() const;
  /// The first element; the others follow as strides() say. Throws DTypeError unless T is the dtype's type.
  template <class T>
  const T* data() const {
    return static_cast<const T*>(checked_data(dtype_of<T>));
  }
  /// The same for writing. It counts as a change in place: a value saved for the gradient is then refused.
  template <class T>
  T* mutable_data() {
    return static_cast<T*>(checked_mutable_data(dtype_of<T>));
  }

  /// True if gradients flow into or through this tensor.
  bool requires_grad() const { return static_cast<bool>(value("requires_grad").slot); }
  /// Makes a leaf require a gradient, or no longer. Returns the tensor, for `Tensor w =
  /// zeros({3}).set_requires_grad();`. Throws DTypeError unless floating, ValueError for the result of an
  /// operation.
  Tensor& set_requires_grad(bool required = true);
  /// True unless it is the recorded result of an operation.
  bool is_leaf() const;
  /// What backward() has accumulated here; undefined if nothing yet.
  Tensor grad() const;
  /// Replaces the accumulated gradient; an undefined one clears it. Throws ShapeError or DTypeError unless
  /// both agree, and ValueError for a gradient that itself requires one: see Note [Gradients have no
  /// history].
  void set_grad(const Tensor& gradient);
  /// Makes backward() keep the gradient of this recorded result in grad(), as it does for leaves.
  void retain_grad();
  /// Adds d(this)/d(leaf) to grad() of each leaf that this depends on. `gradient` is the cotangent, of the
  /// same shape and dtype; it may be left out for a tensor with one element, where it is 1. What arrives has
  /// no history: for gradients of gradients there is grad(). If a hook or a gradient function throws, leaves
  /// keep what they got until then, and the graph is used up.
  void backward(const Tensor& gradient = {}, BackwardOptions options = {}) const;
  /// The same elements, without history.
  Tensor detach() const;
  /// The name of the operation that made it ("" for a leaf).
  const char* operation() const;

  // For those who write operations.

  /// A view: the same storage under another layout, without history.
  Tensor alias(const Layout& layout) const;
  /// The first element as raw memory.
  const void* raw() const {
    const TensorValue& own = value("raw");
    return own.storage->data() + own.layout.offset * size_of(own.dtype);
  }
  void* mutable_raw();
  /// Throws a ValueError that begins with `function` if undefined.
  TensorValue& value(const char* function = "value") const {
    if (!value_) [[unlikely]]
      throw_undefined(function);
    return *value_;
  }
  /// True if nobody else refers to this value or its storage: it may be overwritten unseen.
  bool is_sole_owner() const;

 private:
  explicit Tensor(TensorValue* value) noexcept : value_(Reference<TensorValue>::first(value)) {}
  [[noreturn]] static void throw_undefined(const char* function);
  const void* checked_data(DType wanted) const;
  void* checked_mutable_data(DType wanted);
  Reference<TensorValue> value_;
};

/// NumPy-like text: nested brackets, common precision, long axes abbreviated.
std::string to_string(const Tensor& tensor);
std::ostream& operator<<(std::ostream& stream, const Tensor& tensor);

extern template bool Tensor::item() const;
extern template std::uint8_t Tensor::item() const;
extern template std::int32_t Tensor::item() const;
extern template std::int64_t Tensor::item() const;
extern template float Tensor::item() const;
extern template double Tensor::item() const;
extern template std::vector<bool> Tensor::to_vector() const;
extern template std::vector<std::uint8_t> Tensor::to_vector() const;
extern template std::vector<std::int32_t> Tensor::to_vector() const;
extern template std::vector<std::int64_t> Tensor::to_vector() const;
extern template std::vector<float> Tensor::to_vector() const;
extern template std::vector<double> Tensor::to_vector() const;

}  // namespace taper
