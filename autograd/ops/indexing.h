// NumPy's indexing: x(Slice(1, -1), Ellipsis, NewAxis, 3, mask, indices) reads, index_put and assign write.
#pragma once

#include <initializer_list>
#include <optional>
#include <vector>

#include <taper/tensor/elementwise.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// What a bound of a Slice is that is left out.
inline constexpr std::nullopt_t None = std::nullopt;

/// Indices start, start + step, ... before stop, as start:stop:step in Python: negative bounds count from the
/// end, bounds beyond the ends are moved there, and with a negative step the order is reversed.
struct Slice {
  Slice(std::optional<std::int64_t> first = {}, std::optional<std::int64_t> end = {}, std::int64_t by = 1)
      : start(first), stop(end), step(by) {}
  std::optional<std::int64_t> start, stop;
  std::int64_t step;
};

/// As many whole axes as are needed: "..." in Python. Once at most.
inline constexpr struct EllipsisType {
} Ellipsis;
/// A new axis of extent 1: None or numpy.newaxis in Python.
inline constexpr struct NewAxisType {
} NewAxis;

/// One item between the brackets of x(...): an integer, a Slice, Ellipsis, NewAxis, a tensor of integers, or
/// a bool mask for as many axes as it has itself.
class Index {
 public:
  enum class Kind { integer, slice, ellipsis, new_axis, tensor };
  Index(Integer auto i) : kind(Kind::integer), integer(static_cast<std::int64_t>(i)) {}  // NOLINT: implicit
  Index(const Slice& part) : kind(Kind::slice), slice(part) {}                           // NOLINT
  Index(EllipsisType) : kind(Kind::ellipsis) {}                                          // NOLINT
  Index(NewAxisType) : kind(Kind::new_axis) {}                                           // NOLINT
  Index(const Tensor& indices) : kind(Kind::tensor), tensor(indices) {}                  // NOLINT

  Kind kind;
  std::int64_t integer = 0;
  Slice slice;
  Tensor tensor;
};

/// What x(items...) is. Integers remove their axis, slices shorten it; missing items are whole axes. Tensors
/// of indices broadcast together (integers beside them, too), and their axes replace those indexed: in the
/// place of the first, if they are neighbours, else in front; a mask is as the tensors of its true elements'
/// positions. All as in NumPy. A view where there are only integers, slices with a positive step, Ellipsis
/// and NewAxis; else a copy. Throws IndexError for an integer or an index out of range and for too many
/// items; ShapeError for a mask that does not fit, and for indices that do not broadcast; DTypeError for
/// floating indices; ValueError for a step of 0.
Tensor index(const Tensor& x, const std::vector<Index>& items);
/// x with `value`, which broadcasts to the shape of x(items...), in the place of these elements, or, with
/// `accumulate`, added to them. Of several values for one element the last one stays. Throws like index(),
/// and ShapeError if the value does not broadcast.
Tensor index_put(const Tensor& x, const std::vector<Index>& items, const Operand& value,
                 bool accumulate = false);
/// Writes `value` to x(items...) in place, for all who share the elements. Throws like index_put() and the
/// assign() of arithmetic.h.
void assign(Tensor x, const std::vector<Index>& items, const Operand& value);

template <class... Items>
Tensor Tensor::operator()(const Items&... items) const {
  return index(*this, {Index(items)...});
}

}  // namespace taper
