// Selecting and adding elements by index: loops over contiguous runs of elements.
#include <algorithm>
#include <cstring>
#include <type_traits>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/index.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/walk.h>

namespace taper::compute {
namespace {

Tensor checked_indices(const char* function, const Tensor& indices, std::int64_t extent) {
  check_defined(function, indices, "the list of indices");
  if (is_floating(indices.dtype()) || indices.dtype() == DType::boolean)
    throw DTypeError(fmt::format("{}: expected integer indices, got {}", function, name(indices.dtype())));
  Tensor dense =
      indices.dtype() == DType::int64 ? contiguous(indices) : cast(indices, DType::int64, function);
  const std::int64_t* const values = dense.data<std::int64_t>();
  bool from_end = false;
  for (std::int64_t i = 0; i < dense.numel(); ++i) {
    if (values[i] < -extent || values[i] >= extent)
      throw IndexError(fmt::format("{}: expected indices from {} to {}, got {} at position {}", function,
                                   -extent, extent - 1, values[i], i));
    from_end = from_end || values[i] < 0;
  }
  return from_end ? where(function, compare(function, Comparison::less, dense, 0),
                          binary(function, Binary::add, dense, extent), dense)
                  : dense;
}

Tensor checked_vector(const char* function, const Tensor& indices, std::int64_t extent) {
  check_defined(function, indices, "the list of indices");
  if (indices.rank() != 1)
    throw ShapeError(fmt::format("{}: expected a list of indices (rank 1), got shape {}", function,
                                 to_string(indices.shape())));
  return checked_indices(function, indices, extent);
}

// The products of the extents before and after an axis.
struct Split {
  Split(const Shape& shape, int axis) {
    for (int i = 0; i < axis; ++i) outer *= shape[i];
    for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  }
  std::int64_t outer = 1, inner = 1;
};

void check_index_shape(const char* function, const Shape& shape, int axis, const Shape& index) {
  bool fits = index.rank() == shape.rank();
  for (int i = 0; fits && i < shape.rank(); ++i) fits = i == axis || index[i] <= shape[i];
  if (!fits)
    throw ShapeError(
        fmt::format("{}: expected an index with the rank of shape {} and no larger extent except along axis "
                    "{}, got shape {}",
                    function, to_string(shape), axis, to_string(index)));
}

// Calls visit(i, place) for each element of `index` and its place in a row-major tensor of `shape`.
template <class Visit>
void each_place(const Shape& shape, int axis, const Tensor& index, Visit&& visit) {
  Layout places(shape);
  const std::int64_t stride = places.strides[axis];
  places.shape = index.shape();
  places.strides[axis] = 0;
  const std::int64_t* const indices = index.data<std::int64_t>();
  walk(places, [&](std::int64_t i, std::int64_t place) { visit(i, place + indices[i] * stride); });
}

// Integer sums wrap around, as in the kernels.
template <class T>
T add(T a, T b) {
  if constexpr (std::is_integral_v<T> && std::is_signed_v<T>)
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) + static_cast<std::make_unsigned_t<T>>(b));
  else
    return static_cast<T>(a + b);
}

}  // namespace

Tensor index_select(const char* function, const Tensor& x, int axis, const Tensor& indices) {
  const Tensor list = checked_vector(function, indices, x.shape()[axis]), from = contiguous(x);
  Shape shape = x.shape();
  shape[axis] = list.numel();
  Tensor result = Tensor::empty(shape, x.dtype(), function);
  const Split split(shape, axis);
  const std::int64_t run = split.inner * size_of(x.dtype()), count = shape[axis], extent = x.shape()[axis];
  if (result.numel() == 0) return result;
  char* const out = static_cast<char*>(result.mutable_raw());
  const char* const in = static_cast<const char*>(from.raw());
  const std::int64_t* const at = list.data<std::int64_t>();
  const std::int64_t chunks = std::min(split.outer * count, chunk_count(result.numel(), grain::elements));
  parallel_for(chunks, [&](std::int64_t chunk) {
    const std::int64_t end = chunk_begin(chunk + 1, chunks, split.outer * count);
    for (std::int64_t i = chunk_begin(chunk, chunks, split.outer * count); i < end; ++i)
      std::memcpy(out + i * run, in + (i / count * extent + at[i % count]) * run,
                  static_cast<std::size_t>(run));
  });
  return result;
}

Tensor index_add(const char* function, const Shape& shape, int axis, const Tensor& indices, const Tensor& x) {
  Tensor result = zeros(shape, x.dtype());
  const Tensor list = checked_vector(function, indices, shape[axis]), from = contiguous(x);
  const Split split(shape, axis);
  const std::int64_t count = list.numel(), extent = shape[axis], inner = split.inner;
  if (x.numel() == 0) return result;
  const std::int64_t* const at = list.data<std::int64_t>();
  visit(x.dtype(), [&]<class T>() {
    T* const out = static_cast<T*>(result.mutable_raw());
    const T* const in = static_cast<const T*>(from.raw());
    for (std::int64_t i = 0; i < split.outer * count; ++i) {
      T* const to = out + (i / count * extent + at[i % count]) * inner;
      for (std::int64_t j = 0; j < inner; ++j) to[j] = add(to[j], in[i * inner + j]);
    }
  });
  return result;
}

Tensor gather(const char* function, const Tensor& x, int axis, const Tensor& index) {
  check_defined(function, index, "the index");
  check_index_shape(function, x.shape(), axis, index.shape());
  const Tensor places = checked_indices(function, index, x.shape()[axis]), from = contiguous(x);
  Tensor result = Tensor::empty(index.shape(), x.dtype(), function);
  visit(x.dtype(), [&]<class T>() {
    T* const out = static_cast<T*>(result.mutable_raw());
    const T* const in = static_cast<const T*>(from.raw());
    each_place(x.shape(), axis, places, [&](std::int64_t i, std::int64_t place) { out[i] = in[place]; });
  });
  return result;
}

Tensor scatter_add(const char* function, const Shape& shape, int axis, const Tensor& index, const Tensor& x) {
  check_defined(function, index, "the index");
  check_defined(function, x);
  const Layout checked(shape, function);
  check_index_shape(function, shape, axis, index.shape());
  if (x.shape() != index.shape())
    throw ShapeError(
        fmt::format("{}: expected one index for each element, got an index of shape {} for shape {}",
                    function, to_string(index.shape()), to_string(x.shape())));
  const Tensor places = checked_indices(function, index, shape[axis]), from = contiguous(x);
  Tensor result = zeros(shape, x.dtype());
  visit(x.dtype(), [&]<class T>() {
    T* const out = static_cast<T*>(result.mutable_raw());
    const T* const in = static_cast<const T*>(from.raw());
    each_place(shape, axis, places,
               [&](std::int64_t i, std::int64_t place) { out[place] = add(out[place], in[i]); });
  });
  return result;
}

}  // namespace taper::compute
