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

/// What autograd attaches to a tensor. Its only implementation is Node in autograd/node.h.
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
  /// Takes over the elements of another value; every Tensor that refers to this value sees the change.
  void become(const TensorValue& other) noexcept;

  DType dtype;
  Reference<Storage> storage;
  Layout layout;
  Reference<AutogradSlot> slot;  // set when a gradient is required

 private:
  // The storage whose block this value is part of, if that is not `storage`: see Note [One block].
  Reference<Storage> home_;
};

/// Options of Tensor::backward.
struct BackwardOptions {
  /// Keep the saved values, so that the same graph can be run backward again.
  bool retain_graph = false;
};

/// An n-dimensional array of up to 8 dimensions, one pointer wide. Copying shares the elements; operations
/// (free functions and operators: `a + b`, `sum(x, {1})`, `reshape(x, {-1, 784})`) make new tensors or views,
/// and record how, when an operand requires a gradient. A default-constructed Tensor is undefined: every
/// method except defined(), and every operation, throws a ValueError for it.
class Tensor {
 public:
  Tensor() noexcept = default;
  Tensor(const Tensor&) = default;
  Tensor(Tensor&&) noexcept = default;
  // To variables only: what `x[0] = y` would assign to is a new tensor, which dies at once. See assign().
  Tensor& operator=(const Tensor&) & = default;
  Tensor& operator=(Tensor&&) & noexcept = default;
  ~Tensor() = default;
  /// A tensor of uninitialized elements in row-major order. Throws ShapeError for a negative extent or too
  /// many elements, MemoryError if out of memory; the message begins with `function`.
  static Tensor empty(const Shape& shape, DType dtype = default_dtype(), const char* function = "empty");

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
  /// x[i] is select(x, 0, i): a view, with a gradient. Throws IndexError.
  Tensor operator[](std::int64_t i) const;
  /// NumPy's x[...]: see index() in autograd/ops/indexing.h.
  template <class... Items>
  Tensor operator()(const Items&... items) const;
  std::int64_t numel() const { return value("numel").layout.numel(); }
  DType dtype() const { return value("dtype").dtype; }
  bool is_contiguous() const { return value("is_contiguous").layout.is_contiguous(); }

  /// The value of a tensor with one element, converted to T. Throws ShapeError unless there is exactly one
  /// element.
  template <class T>
  T item() const;
  /// A copy of all elements in row-major order. Throws DTypeError unless dtype() is dtype_of<T>.
  template <class T>
  std::vector<T> to_vector() const;
  /// A pointer to the first element; strides() says where the others are. Throws DTypeError unless dtype() is
  /// dtype_of<T>.
  template <class T>
  const T* data() const {
    return static_cast<const T*>(checked_data(dtype_of<T>));
  }
  /// The same for writing. The call counts as an in-place change: if an operation has saved this tensor for
  /// its gradient, backward() throws ValueError.
  template <class T>
  T* mutable_data() {
    return static_cast<T*>(checked_mutable_data(dtype_of<T>));
  }

  /// True if gradients flow into or through this tensor.
  bool requires_grad() const { return static_cast<bool>(value("requires_grad").slot); }
  /// Makes a leaf require a gradient, or stop requiring one. Returns the tensor, for `Tensor w =
  /// zeros({3}).set_requires_grad();`. Throws DTypeError unless the dtype is floating, ValueError for the
  /// result of an operation.
  Tensor& set_requires_grad(bool required = true);
  /// True unless this is the recorded result of an operation.
  bool is_leaf() const;
  /// The gradient that backward() has accumulated; undefined if there is none.
  Tensor grad() const;
  /// Replaces the accumulated gradient; an undefined one clears it. Throws ShapeError or DTypeError unless it
  /// has the shape and dtype of this tensor, and ValueError if this tensor does not require a gradient, or if
  /// the gradient itself requires one: see Note [Gradients have no history] in autograd/node.h.
  void set_grad(const Tensor& gradient);
  /// Makes backward() store the gradient of this result of an operation in grad(), as it does for leaves.
  /// Throws ValueError if this tensor does not require a gradient.
  void retain_grad();
  /// Adds d(this)/d(leaf) to grad() of each leaf that this depends on. `gradient` is the gradient of the
  /// final result with respect to this tensor, of the same shape and dtype; for a tensor with one element it
  /// may be omitted and is 1 then. The computation of the gradients is not recorded: use grad() of
  /// autograd/backward.h for higher derivatives. If a hook or a gradient function throws, leaves keep the
  /// gradients that they have received so far, and the graph cannot be used again.
  void backward(const Tensor& gradient = {}, BackwardOptions options = {}) const;
  /// A tensor that shares the elements but not the graph: it does not require a gradient.
  Tensor detach() const;
  /// The name of the operation that computed this tensor ("" for a leaf).
  const char* operation() const;

  // For authors of operations.

  /// A view: the same storage with another layout, not recorded by autograd.
  Tensor alias(const Layout& layout) const;
  /// An untyped pointer to the first element; mutable_raw() counts as an in-place change.
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
  /// True if no other Tensor refers to this value or its storage, so that overwriting it has no visible
  /// effect.
  bool is_sole_owner() const;

 private:
  explicit Tensor(TensorValue* value) noexcept : value_(Reference<TensorValue>::first(value)) {}
  [[noreturn]] static void throw_undefined(const char* function);
  const void* checked_data(DType wanted) const;
  void* checked_mutable_data(DType wanted);
  Reference<TensorValue> value_;
};

/// Text as NumPy prints it: nested brackets, a common precision, long axes abbreviated with "...".
std::string to_string(const Tensor& tensor);
std::ostream& operator<<(std::ostream& stream, const Tensor& tensor);

extern template bool Tensor::item() const;
extern template std::uint8_t Tensor::item() const;
extern template std::int32_t Tensor::item() const;
extern template std::int64_t Tensor::item() const;
extern template float Tensor::item() const;
extern template double Tensor::item() const;
extern template Float16 Tensor::item() const;
extern template BFloat16 Tensor::item() const;
extern template std::vector<bool> Tensor::to_vector() const;
extern template std::vector<std::uint8_t> Tensor::to_vector() const;
extern template std::vector<std::int32_t> Tensor::to_vector() const;
extern template std::vector<std::int64_t> Tensor::to_vector() const;
extern template std::vector<float> Tensor::to_vector() const;
extern template std::vector<double> Tensor::to_vector() const;
extern template std::vector<Float16> Tensor::to_vector() const;
extern template std::vector<BFloat16> Tensor::to_vector() const;

}  // namespace taper
