// Selecting and replacing elements by index: loops over runs of elements.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <type_traits>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/index.h>
#include <taper/tensor/kernels/elementwise.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/walk.h>

namespace taper::compute {
namespace {

using std::int64_t;

// body(begin, end) for chunks of `count` things, each of which stands for `work` elements.
template <class Body>
void in_chunks(int64_t count, int64_t work, Body&& body, int64_t multiple = 1) {
  if (count == 0) return;
  const int64_t chunks = std::min(count, chunk_count(count * std::max<int64_t>(work, 1), grain::elements));
  parallel_for(chunks, [&](int64_t i) {
    const int64_t begin = chunk_begin(i, chunks, count, multiple),
                  end = chunk_begin(i + 1, chunks, count, multiple);
    if (begin < end) body(begin, end);
  });
}

// Indices into an axis, in row-major order; checked, unless they are checked while they are read.
class Indices {
 public:
  Indices(const char* function, const Tensor& list, int64_t extent, int64_t axis, bool now = true)
      : function_(function), extent_(extent), axis_(axis) {
    check_defined(function, list, "the list of indices");
    if (!is_integer(list.dtype()))
      throw DTypeError(fmt::format("{}: expected integer indices, got {}", function, name(list.dtype())));
    dense_ = list.dtype() == DType::int64 ? contiguous(list) : cast(list, DType::int64, function);
    values_ = dense_.data<int64_t>();
    if (!now && extent_ > 0) return;
    std::atomic<bool> found{false};
    in_chunks(dense_.numel(), 1, [&](int64_t begin, int64_t end) {
      bool any = false;
      for (int64_t i = begin; i < end; ++i) any |= wrong(i);
      if (any) found = true;
    });
    if (found) throw_wrong();
  }
  int64_t operator[](int64_t i) const { return values_[i] + (values_[i] < 0 ? extent_ : 0); }
  /// Within the axis in any case; sets `any_wrong` if index i is not.
  int64_t within(int64_t i, bool& any_wrong) const {
    const int64_t place = (*this)[i];
    const bool outside = static_cast<std::uint64_t>(place) >= static_cast<std::uint64_t>(extent_);
    any_wrong |= outside;
    return outside ? 0 : place;
  }
  int64_t count() const { return dense_.numel(); }

  [[noreturn]] void throw_wrong() const {
    int64_t i = 0;
    while (!wrong(i)) ++i;
    throw IndexError(fmt::format("{}: index {} at position {} is out of range for axis {} with size {}",
                                 function_, values_[i], i, axis_, extent_));
  }

 private:
  bool wrong(int64_t i) const { return values_[i] < -extent_ || values_[i] >= extent_; }

  const char* function_;
  Tensor dense_;
  const int64_t* values_;
  int64_t extent_, axis_;
};

void check_vector(const char* function, const Tensor& indices) {
  check_defined(function, indices, "the list of indices");
  if (indices.rank() != 1)
    throw ShapeError(fmt::format("{}: expected a list of indices (rank 1), got shape {}", function,
                                 to_string(indices.shape())));
}

// Threads share rows that are written to, each so many columns: enough that a row is read in a stretch.
constexpr int64_t columns_together = 256;

// The products of the extents before and after an axis.
struct Split {
  Split(const Shape& shape, int axis) {
    for (int i = 0; i < axis; ++i) outer *= shape[i];
    for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  }
  int64_t outer = 1, inner = 1;
};

// Calls body.operator()<T>() with an unsigned type as large as an element: for copies of any dtype.
template <class Body>
void with_size(DType dtype, Body&& body) {
  switch (size_of(dtype)) {
    case 1:
      return body.template operator()<std::uint8_t>();
    case 2:
      return body.template operator()<std::uint16_t>();
    case 4:
      return body.template operator()<std::uint32_t>();
    default:
      return body.template operator()<std::uint64_t>();
  }
}

template <class T>
void copy_run(T* to, const T* from, int64_t count) {
  if (count < 8)
    for (int64_t j = 0; j < count; ++j) to[j] = from[j];
  else
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(T));
}

// to += from, in whole registers.
void add(DType dtype, void* to, const void* from, int64_t count) {
  kernels::Rows rows{.rows = 1, .count = count, .row_strides = {}, .strides = {1, 1, 1}, .data = {}};
  rows.data[0] = rows.data[1] = to;
  rows.data[2] = const_cast<void*>(from);
  kernels::elementwise().binary[static_cast<int>(Binary::add)][static_cast<int>(dtype)](rows);
}

// Sums and products of integers wrap around, as in the kernels.
template <class T>
using Wrapping = typename std::conditional_t<std::is_integral_v<T> && !std::is_same_v<T, bool>,
                                             std::make_unsigned<T>, std::type_identity<T>>::type;

// Calls body.operator()<T>(combine), where combine(to, value) is the new element; T is the type of the
// elements, or one of their size for copies. `all`: minimum and maximum and products, too.
template <bool all, class Body>
void with(const char* function, Scatter how, DType dtype, Body&& body) {
  if (how == Scatter::replace)
    return with_size(dtype, [&]<class T>() { body.template operator()<T>([](T, T b) { return b; }); });
  check_calculable(function, dtype);
  visit(dtype, [&]<class T>() {
    using W = Wrapping<T>;
    if constexpr (all) {
      if (how == Scatter::multiply)
        return body.template operator()<T>(
            [](T a, T b) { return static_cast<T>(static_cast<W>(a) * static_cast<W>(b)); });
      if (how == Scatter::minimum)
        return body.template operator()<T>([](T a, T b) { return a < b || a != a ? a : b; });
      if (how == Scatter::maximum)
        return body.template operator()<T>([](T a, T b) { return a > b || a != a ? a : b; });
    }
    body.template operator()<T>(
        [](T a, T b) { return static_cast<T>(static_cast<W>(a) + static_cast<W>(b)); });
  });
}

void check_index_shape(const char* function, const Shape& shape, int axis, const Shape& index) {
  bool fits = index.rank() == shape.rank();
  for (int i = 0; fits && i < shape.rank(); ++i) fits = i == axis || index[i] <= shape[i];
  if (!fits)
    throw ShapeError(
        fmt::format("{}: expected an index with the rank of shape {} and no larger extent except along axis "
                    "{}, got shape {}",
                    function, to_string(shape), axis, to_string(index)));
}

// How gather and scatter walk: the elements begin..end-1 of `index` are visited in rows along its last axis.
// Element begin + j of a row is for place base + j * step + index * stride of a row-major tensor.
class IndexedRows {
 public:
  IndexedRows(const Shape& shape, int axis, const Shape& index)
      : places_(shape),
        step_(axis == index.rank() - 1 ? 0 : 1),
        stride_(places_.strides[axis]),
        length_(index.back()) {
    places_.shape = index;
    places_.strides[axis] = 0;
  }
  int64_t length() const { return length_; }
  /// Calls body(i, count, base, step, stride).
  template <class Body>
  void operator()(int64_t begin, int64_t end, Body&& body) const {
    const int last = places_.rank() - 1;
    int64_t at[Shape::max_rank], base = 0, rest = begin / length_;
    for (int axis = last - 1; axis >= 0; --axis) {
      at[axis] = rest % places_.shape[axis];
      rest /= places_.shape[axis];
      base += at[axis] * places_.strides[axis];
    }
    for (int64_t i = begin, j = begin % length_; i < end; j = 0) {
      const int64_t count = std::min(length_ - j, end - i);
      body(i, count, base + j * step_, step_, stride_);
      i += count;
      for (int axis = last - 1; axis >= 0; --axis) {
        base += places_.strides[axis];
        if (++at[axis] < places_.shape[axis]) break;
        base -= places_.strides[axis] * places_.shape[axis];
        at[axis] = 0;
      }
    }
  }

 private:
  Layout places_;
  int64_t step_, stride_, length_;
};

}  // namespace

Tensor index_select(const char* function, const Tensor& x, int axis, const Tensor& indices) {
  check_vector(function, indices);
  const Indices at(function, indices, x.shape()[axis], axis);
  const Tensor from = contiguous(x);
  Shape shape = x.shape();
  shape[axis] = at.count();
  Tensor result = Tensor::empty(shape, x.dtype(), function);
  const Split split(shape, axis);
  const int64_t run = split.inner, count = shape[axis], extent = x.shape()[axis];
  if (result.numel() == 0) return result;
  with_size(x.dtype(), [&]<class T>() {
    T* const out = static_cast<T*>(result.mutable_raw());
    const T* const in = static_cast<const T*>(from.raw());
    in_chunks(split.outer * count, run, [&](int64_t begin, int64_t end) {
      int64_t row = begin / count * extent, k = begin % count;
      for (int64_t i = begin; i < end; k = 0, row += extent) {
        const int64_t stop = std::min(end, i + count - k);
        if (run == 1)
          for (; i < stop; ++i, ++k) out[i] = in[row + at[k]];
        else
          for (; i < stop; ++i, ++k) copy_run(out + i * run, in + (row + at[k]) * run, run);
      }
    });
  });
  return result;
}

void index_put(const char* function, Tensor& to, int axis, const Tensor& indices, const Tensor& x,
               Scatter how) {
  check_vector(function, indices);
  Shape wanted = to.shape();
  wanted[axis] = indices.numel();
  check_shape(function, x, wanted, "the source");
  const Indices at(function, indices, to.shape()[axis], axis);
  const Tensor from = contiguous(x);
  const Split split(wanted, axis);
  const int64_t count = wanted[axis], extent = to.shape()[axis], inner = split.inner;
  if (x.numel() == 0) return;
  with<false>(function, how, x.dtype(), [&]<class T>(auto combine) {
    T* const out = static_cast<T*>(to.mutable_raw());
    const T* const in = static_cast<const T*>(from.raw());
    // Columns first..last-1 of slices of matrix i: several threads never write to the same element.
    const auto part = [&](int64_t i, int64_t first, int64_t last) {
      for (int64_t k = 0; k < count; ++k) {
        T* const row = out + (i * extent + at[k]) * inner;
        const T* const source = in + (i * count + k) * inner;
        if (how == Scatter::add && last - first >= 16) {
          add(x.dtype(), row + first, source + first, last - first);
          continue;
        }
        for (int64_t j = first; j < last; ++j) row[j] = combine(row[j], source[j]);
      }
    };
    if (split.outer > 1)
      return in_chunks(split.outer, count * inner, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) part(i, 0, inner);
      });
    in_chunks(
        inner, count, [&](int64_t begin, int64_t end) { part(0, begin, end); }, columns_together);
  });
}

Tensor gather(const char* function, const Tensor& x, int axis, const Tensor& index) {
  check_defined(function, index, "the index");
  check_index_shape(function, x.shape(), axis, index.shape());
  const Indices at(function, index, x.shape()[axis], axis, false);
  const Tensor from = contiguous(x);
  Tensor result = Tensor::empty(index.shape(), x.dtype(), function);
  if (result.numel() == 0) return result;
  const IndexedRows rows(x.shape(), axis, index.shape());
  std::atomic<bool> found{false};
  with_size(x.dtype(), [&]<class T>() {
    T* const out = static_cast<T*>(result.mutable_raw());
    const T* const in = static_cast<const T*>(from.raw());
    in_chunks(result.numel(), 1, [&](int64_t begin, int64_t end) {
      bool any_wrong = false;
      rows(begin, end, [&](int64_t i, int64_t count, int64_t base, int64_t step, int64_t stride) {
        bool wrong = false;
        if (step == 0 && stride == 1)
          for (int64_t j = 0; j < count; ++j) out[i + j] = in[base + at.within(i + j, wrong)];
        else
          for (int64_t j = 0; j < count; ++j)
            out[i + j] = in[base + j * step + at.within(i + j, wrong) * stride];
        any_wrong |= wrong;
      });
      if (any_wrong) found = true;
    });
  });
  if (found) at.throw_wrong();
  return result;
}

void scatter(const char* function, Tensor& to, int axis, const Tensor& index, const Tensor& x, Scatter how) {
  check_defined(function, index, "the index");
  check_defined(function, x, "the source");
  check_index_shape(function, to.shape(), axis, index.shape());
  if (x.shape() != index.shape())
    throw ShapeError(
        fmt::format("{}: expected one index for each element, got an index of shape {} for shape {}",
                    function, to_string(index.shape()), to_string(x.shape())));
  const Indices at(function, index, to.shape()[axis], axis);
  const Tensor from = contiguous(x);
  if (x.numel() == 0) return;
  const IndexedRows rows(to.shape(), axis, index.shape());
  with<true>(function, how, x.dtype(), [&]<class T>(auto combine) {
    T* const out = static_cast<T*>(to.mutable_raw());
    const T* const in = static_cast<const T*>(from.raw());
    const auto part = [&](int64_t begin, int64_t end) {
      rows(begin, end, [&](int64_t i, int64_t count, int64_t base, int64_t step, int64_t stride) {
        for (int64_t j = 0; j < count; ++j) {
          T& place = out[base + j * step + at[i + j] * stride];
          place = combine(place, in[i + j]);
        }
      });
    };
    // Different rows write to different elements only if the rows are along the axis.
    if (axis == index.rank() - 1)
      in_chunks(x.numel(), 1, part, rows.length());
    else
      part(0, x.numel());
  });
}

namespace {

// The places of advanced indexing: `first` for each index, and from there the elements of `rest`.
struct Places {
  Places(const char* function, const Layout& layout, const Axes& axes, const std::vector<Tensor>& indices,
         const Axes& named)
      : rest(layout) {
    for (const Tensor& index : indices) {
      check_defined(function, index, "an index");
      shape = broadcast(function, shape, index.shape());
    }
    first = zeros(shape, DType::int64);
    int64_t* const place = first.mutable_data<int64_t>();
    for (int k = 0; k < axes.rank(); ++k) {
      const int axis = static_cast<int>(axes[k]);
      const Tensor& index = indices[static_cast<std::size_t>(k)];
      const Indices at(function, index.alias(index.layout().expand(function, shape)), layout.shape[axis],
                       named[k]);
      const int64_t stride = layout.strides[axis];
      in_chunks(at.count(), 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) place[i] += at[i] * stride;
      });
    }
    for (int k = axes.rank() - 1; k >= 0; --k) {
      rest.shape.erase(axes[k]);
      rest.strides.erase(axes[k]);
    }
    rest.offset = 0;
    for (const int64_t extent : rest.shape) shape.push_back(extent);
    dense = rest.is_contiguous();
    if (!dense) {
      offsets = Tensor::empty(rest.shape, DType::int64, function);
      int64_t* const to = offsets.mutable_data<int64_t>();
      walk(rest, [&](int64_t i, int64_t place) { to[i] = place; });
    }
  }

  /// Calls body(first, place) where place(j) is where element j of the rest is.
  template <class Body>
  void operator()(Body&& body) const {
    const int64_t* const at = first.data<int64_t>();
    if (dense) return body(at, [](int64_t j) { return j; });
    const int64_t* const to = offsets.data<int64_t>();
    body(at, [to](int64_t j) { return to[j]; });
  }

  Layout rest;
  Shape shape;  // of the result
  Tensor first, offsets;
  bool dense;
};

}  // namespace

Tensor take(const char* function, const Tensor& x, const Axes& axes, const std::vector<Tensor>& indices,
            const Axes& named) {
  const Places places(function, x.layout(), axes, indices, named);
  Tensor result = Tensor::empty(places.shape, x.dtype(), function);
  const int64_t run = places.rest.numel();
  if (result.numel() == 0) return result;
  with_size(x.dtype(), [&]<class T>() {
    T* const out = static_cast<T*>(result.mutable_raw());
    const T* const in = static_cast<const T*>(x.raw());
    places([&](const int64_t* first, auto place) {
      in_chunks(places.first.numel(), run, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
          for (int64_t j = 0; j < run; ++j) out[i * run + j] = in[first[i] + place(j)];
      });
    });
  });
  return result;
}

void put(const char* function, Tensor& to, const Axes& axes, const std::vector<Tensor>& indices,
         const Tensor& values, Scatter how, const Axes& named) {
  const Places places(function, to.layout(), axes, indices, named);
  check_shape(function, values, places.shape, "the values");
  const Tensor from = contiguous(values);
  const int64_t run = places.rest.numel(), count = places.first.numel();
  if (values.numel() == 0) return;
  with<false>(function, how, to.dtype(), [&]<class T>(auto combine) {
    T* const out = static_cast<T*>(to.mutable_raw());
    const T* const in = static_cast<const T*>(from.raw());
    places([&](const int64_t* first, auto place) {
      in_chunks(
          run, count,
          [&](int64_t begin, int64_t end) {
            for (int64_t i = 0; i < count; ++i)
              for (int64_t j = begin; j < end; ++j) {
                T& element = out[first[i] + place(j)];
                element = combine(element, in[i * run + j]);
              }
          },
          columns_together);
    });
  });
}

}  // namespace taper::compute
