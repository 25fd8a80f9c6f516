// Kernels: pooling and its gradients, a plane at a time.
#include <cstring>
#include <limits>
#include <utility>

#include <taper/tensor/kernels/pool2d.h>
#include <taper/tensor/kernels/shuffle.h>
#include <taper/tensor/kernels/simd.h>
#include <taper/tensor/kernels/workspace.h>
#include <taper/tensor/parallel.h>

namespace taper::kernels {
namespace {

/// An integer as wide as T, and registers of those and of positions.
template <class T>
using Number = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
template <class T, int n = static_cast<int>(width<T>)>
using Index = Raw<Number<T>, n>;
template <class T, int n = static_cast<int>(width<T>)>
using Positions = Raw<std::int32_t, n>;

/// Elements at from[0], from[stride], ...; for a stride of 2 the element after the last is read too.
template <class T>
Raw<T> load_strided_lanes(const T* from, std::int64_t stride) {
  if (stride == 1) return load_raw<Raw<T>>(from);
  if (stride == 2) return even(load_raw<Raw<T>>(from), load_raw<Raw<T>>(from + width<T>));
  Raw<T> result;
  for (std::int64_t i = 0; i < width<T>; ++i) result[i] = from[i * stride];
  return result;
}

/// Where windows lie along one axis.
struct Axis {
  std::int64_t size, out_size, kernel, stride, padding;

  std::int64_t first(std::int64_t at) const {  // of the elements inside the image
    const std::int64_t begin = at * stride - padding;
    return begin < 0 ? 0 : begin;
  }
  std::int64_t last(std::int64_t at) const {
    const std::int64_t end = at * stride - padding + kernel;
    return end > size ? size : end;
  }
  std::int64_t padded_count(std::int64_t at) const {  // of the elements inside the image or its padding
    const std::int64_t begin = at * stride - padding, end = begin + kernel;
    return (end > size + padding ? size + padding : end) - begin;
  }
  // Windows first_whole()..last_whole()-1 lie inside the image.
  std::int64_t first_whole() const {
    const std::int64_t at = (padding + stride - 1) / stride;
    return at < out_size ? at : out_size;
  }
  std::int64_t last_whole() const {
    const std::int64_t room = size + padding - kernel;
    const std::int64_t at = room < 0 ? 0 : room / stride + 1;
    return at < out_size ? at : out_size;
  }
};
Axis rows_of(const Pool2dShape& s) {
  return {s.height, s.out_height, s.kernel_height, s.stride_height, s.padding_height};
}
Axis columns_of(const Pool2dShape& s) {
  return {s.width, s.out_width, s.kernel_width, s.stride_width, s.padding_width};
}

/// Calls body(first, last) with ranges of planes.
template <class Body>
void for_planes(const Pool2dShape& s, Body&& body) {
  const std::int64_t chunks = chunk_count(s.planes * s.height * s.width, grain::elements, 256);
  parallel_for(chunks, [&](std::int64_t chunk) {
    body(chunk_begin(chunk, chunks, s.planes), chunk_begin(chunk + 1, chunks, s.planes));
  });
}

// A pooling reduces the elements of a window, in the order of rows and columns: V is T, or a register of
// neighbouring windows.
template <class T>
struct Max {
  T* y;
  std::int32_t* indices;

  template <class V, class I>
  struct Running {
    V value;
    I index;
    Running(V, I first) : value(V{} - std::numeric_limits<T>::infinity()), index(first) {}
    void take(V x, I at) {
      const auto better = (x > value) | (x != x);
      value = better ? x : value;
      index = better ? at : index;
    }
  };
  template <class V, class I>
  void put(std::int64_t at, const Running<V, I>& result, T) const {
    store_raw(y + at, result.value);
    if constexpr (std::is_same_v<V, T>)
      indices[at] = static_cast<std::int32_t>(result.index);
    else
      store_raw(indices + at, __builtin_convertvector(result.index, Positions<T>));
  }
};
template <class T>
struct Average {
  T* y;

  template <class V, class I>
  struct Running {
    V sum{};
    Running(V, I) {}
    void take(V x, I) { sum += x; }
  };
  template <class V, class I>
  void put(std::int64_t at, const Running<V, I>& result, T divisor) const {
    store_raw(y + at, V(result.sum / divisor));
  }
};

// A register of windows may go beyond the end of its row: what it puts there is overwritten when the next row
// is done. Not so at the end of the planes first..last-1, where windows are done one by one.
// `pairs` tells the compiler that windows are 2 wide and 2 apart.
template <bool pairs, class T, class Pooling>
void pool(const Pool2dShape& s, bool count_padding, const T* x, const Pooling& pooling, std::int64_t first,
          std::int64_t last) {
  using V = Raw<T>;
  using I = Index<T>;
  constexpr std::int64_t w = width<T>;
  const Axis rows = rows_of(s), columns = columns_of(s);
  const std::int64_t kernel_width = pairs ? 2 : s.kernel_width, stride_width = pairs ? 2 : s.stride_width;
  const std::int64_t whole_begin = columns.first_whole(), whole_end = columns.last_whole();
  const std::int64_t in_end = last * s.height * s.width, out_end = last * s.out_height * s.out_width;
  const std::int64_t reach = (w - 1) * stride_width + kernel_width + 1;  // of a register of windows
  I steps;
  for (std::int64_t i = 0; i < w; ++i) steps[i] = static_cast<std::int32_t>(i * stride_width);
  const auto divisor = [&](std::int64_t size) { return static_cast<T>(s.divisor > 0 ? s.divisor : size); };

  for (std::int64_t plane = first; plane < last; ++plane)
    for (std::int64_t oy = 0; oy < s.out_height; ++oy) {
      const T* const in = x + plane * s.height * s.width;
      const std::int64_t out = (plane * s.out_height + oy) * s.out_width;
      const std::int64_t y_begin = rows.first(oy), y_end = rows.last(oy);
      const std::int64_t height = count_padding ? rows.padded_count(oy) : y_end - y_begin;
      const std::int64_t last_row = plane * s.height * s.width + (y_end - 1) * s.width - s.padding_width;
      for (std::int64_t ox = 0; ox < s.out_width;) {
        if (ox >= whole_begin && ox < whole_end && out + ox + w <= out_end &&
            last_row + ox * stride_width + reach <= in_end) {
          const std::int64_t left = ox * stride_width - s.padding_width;
          const auto index = [&](std::int64_t at) { return steps + static_cast<Number<T>>(at); };
          typename Pooling::template Running<V, I> running(V{}, index(y_begin * s.width + left));
          for (std::int64_t iy = y_begin; iy < y_end; ++iy)
            for (std::int64_t kx = 0; kx < kernel_width; ++kx)
              running.take(load_strided_lanes(in + iy * s.width + left + kx, stride_width),
                           index(iy * s.width + left + kx));
          pooling.put(out + ox, running, divisor(height * kernel_width));
          ox = ox + w < whole_end ? ox + w : whole_end;
        } else {
          const std::int64_t x_begin = columns.first(ox), x_end = columns.last(ox);
          typename Pooling::template Running<T, std::int64_t> running(T{}, y_begin * s.width + x_begin);
          for (std::int64_t iy = y_begin; iy < y_end; ++iy)
            for (std::int64_t ix = x_begin; ix < x_end; ++ix)
              running.take(in[iy * s.width + ix], iy * s.width + ix);
          const std::int64_t count = height * (count_padding ? columns.padded_count(ox) : x_end - x_begin);
          pooling.put(out + ox, running, divisor(count));
          ++ox;
        }
      }
    }
}

/// Pools a range of planes.
template <class T, class Pooling>
void pool_planes(const Pool2dShape& s, bool count_padding, const T* x, const Pooling& pooling,
                 std::int64_t first, std::int64_t last) {
  if (s.kernel_width == 2 && s.stride_width == 2)
    pool<true>(s, count_padding, x, pooling, first, last);
  else
    pool<false>(s, count_padding, x, pooling, first, last);
}

template <class T>
void max_forward_here(const Pool2dShape& s, const T* x, T* y, std::int32_t* indices) {
  pool_planes(s, false, x, Max<T>{y, indices}, 0, s.planes);
}

template <class T>
void max_forward(const Pool2dShape& s, const T* x, T* y, std::int32_t* indices) {
  for_planes(s, [&](std::int64_t first, std::int64_t last) {
    pool_planes(s, false, x, Max<T>{y, indices}, first, last);
  });
}

template <class T>
void average_forward(const Pool2dShape& s, bool count_padding, const T* x, T* y) {
  for_planes(s, [&](std::int64_t first, std::int64_t last) {
    pool_planes(s, count_padding, x, Average<T>{y}, first, last);
  });
}

/// Puts the gradient of windows that tile the plane 2 x 2, n at a time, writing each element once. False if
/// the windows turn out to be others: what is written is then of no use. out_width >= n.
template <class T, int n>
bool scatter_tiled(const Pool2dShape& s, const T* gradient, const std::int32_t* indices, T* plane) {
  using V = Raw<T, n>;
  using I = Index<T, n>;
  I steps, outside{};
  for (int i = 0; i < n; ++i) steps[i] = 2 * i;
  for (std::int64_t y = 0; y < s.out_height; ++y, gradient += s.out_width, indices += s.out_width) {
    T* const to = plane + 2 * y * s.width;
    for (std::int64_t x = 0; x < s.out_width; x += n) {
      if (x > s.out_width - n) x = s.out_width - n;  // some again: the end of the row is that of a register
      const V g = load_raw<V>(gradient + x);
      const I at = __builtin_convertvector(load_raw<Positions<T, n>>(indices + x), I) - steps -
                   static_cast<Number<T>>(2 * y * s.width + 2 * x);
      I inside{};
      for (int row = 0; row < 2; ++row) {
        const I left = at == static_cast<Number<T>>(row * s.width),
                right = at == static_cast<Number<T>>(row * s.width + 1);
        inside |= left | right;
        const V even = left ? g : V{}, odd = right ? g : V{};
        store_raw(to + row * s.width + 2 * x, interleave_low(even, odd));
        store_raw(to + row * s.width + 2 * x + n, interleave_high(even, odd));
      }
      outside |= ~inside;
    }
    for (int row = 0; row < 2; ++row)
      if (s.width % 2 != 0) to[row * s.width + s.width - 1] = T(0);
  }
  if (s.height % 2 != 0)
    std::memset(plane + (s.height - 1) * s.width, 0, static_cast<std::size_t>(s.width) * sizeof(T));
  for (int i = 0; i < n; ++i)
    if (outside[i] != 0) return false;
  return true;
}

template <class T>
void scatter(const Pool2dShape& s, const T* y_gradient, const std::int32_t* indices, T* x_gradient,
             std::int64_t first, std::int64_t last) {
  const std::int64_t pixels = s.height * s.width, positions = s.out_height * s.out_width;
  const auto tiled = s.height / 2 != s.out_height || s.width / 2 != s.out_width || s.out_width < 4 ? nullptr
                     : s.out_width < 8 ? scatter_tiled<T, 4>
                                       : scatter_tiled<T, 8>;
  for (std::int64_t plane = first; plane < last; ++plane) {
    T* const to = x_gradient + plane * pixels;
    if (tiled != nullptr && tiled(s, y_gradient + plane * positions, indices + plane * positions, to))
      continue;
    std::memset(to, 0, static_cast<std::size_t>(pixels) * sizeof(T));
    for (std::int64_t i = plane * positions; i < (plane + 1) * positions; ++i)
      to[indices[i]] += y_gradient[i];
  }
}

template <class T>
void max_backward_here(const Pool2dShape& s, const T* y_gradient, const std::int32_t* indices,
                       T* x_gradient) {
  scatter(s, y_gradient, indices, x_gradient, 0, s.planes);
}

template <class T>
void max_backward(const Pool2dShape& s, const T* y_gradient, const std::int32_t* indices, T* x_gradient) {
  for_planes(s, [&](std::int64_t first, std::int64_t last) {
    scatter(s, y_gradient, indices, x_gradient, first, last);
  });
}

template <class T>
void gather(const Pool2dShape& s, const T* x, const std::int32_t* indices, T* y) {
  const std::int64_t pixels = s.height * s.width, positions = s.out_height * s.out_width;
  for_planes(s, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t plane = first; plane < last; ++plane)
      for (std::int64_t i = plane * positions; i < (plane + 1) * positions; ++i)
        y[i] = x[plane * pixels + indices[i]];
  });
}

template <class T>
void average_backward(const Pool2dShape& s, bool count_padding, const T* y_gradient, T* x_gradient) {
  const Axis rows = rows_of(s), columns = columns_of(s);
  const std::int64_t whole_begin = columns.first_whole(), whole_end = columns.last_whole();
  for_planes(s, [&](std::int64_t first, std::int64_t last) {
    // What each window of a row gives to each of its elements: its gradient over its size.
    Workspace<T> shares(s.out_width), widths(s.out_width);
    T* __restrict const share = shares.data();
    for (std::int64_t ox = 0; ox < s.out_width; ++ox)
      widths.data()[ox] = static_cast<T>(s.divisor > 0   ? 1
                                         : count_padding ? columns.padded_count(ox)
                                                         : columns.last(ox) - columns.first(ox));
    for (std::int64_t plane = first; plane < last; ++plane) {
      T* const to = x_gradient + plane * s.height * s.width;
      std::memset(to, 0, static_cast<std::size_t>(s.height * s.width) * sizeof(T));
      const T* gradient = y_gradient + plane * s.out_height * s.out_width;
      for (std::int64_t oy = 0; oy < s.out_height; ++oy, gradient += s.out_width) {
        const std::int64_t y_begin = rows.first(oy), y_end = rows.last(oy);
        const T height = static_cast<T>(s.divisor > 0   ? s.divisor
                                        : count_padding ? rows.padded_count(oy)
                                                        : y_end - y_begin);
        for (std::int64_t ox = 0; ox < s.out_width; ++ox)
          share[ox] = gradient[ox] / (height * widths.data()[ox]);
        for (std::int64_t iy = y_begin; iy < y_end; ++iy) {
          T* const row = to + iy * s.width;
          const auto add_cut = [&](std::int64_t ox) {
            const std::int64_t end = columns.last(ox);
            for (std::int64_t ix = columns.first(ox); ix < end; ++ix) row[ix] += share[ox];
          };
          for (std::int64_t ox = 0; ox < whole_begin; ++ox) add_cut(ox);
          T* __restrict at = row + whole_begin * s.stride_width - s.padding_width;
          if (s.kernel_width == 2 && s.stride_width == 2)
            for (std::int64_t ox = whole_begin; ox < whole_end; ++ox, at += 2) {
              at[0] += share[ox];
              at[1] += share[ox];
            }
          else
            for (std::int64_t kx = 0; kx < s.kernel_width; ++kx, ++at)
              for (std::int64_t ox = whole_begin; ox < whole_end; ++ox)
                at[(ox - whole_begin) * s.stride_width] += share[ox];
          for (std::int64_t ox = whole_end > whole_begin ? whole_end : whole_begin; ox < s.out_width; ++ox)
            add_cut(ox);
        }
      }
    }
  });
}

template <class T>
constexpr Pool2dKernels<T> kernels_of{max_forward<T>,       max_backward<T>, max_forward_here<T>,
                                      max_backward_here<T>, gather<T>,       average_forward<T>,
                                      average_backward<T>};

}  // namespace

template <>
const Pool2dKernels<float>& table_for<Pool2dKernels<float>, TAPER_ISA>() {
  return kernels_of<float>;
}
template <>
const Pool2dKernels<double>& table_for<Pool2dKernels<double>, TAPER_ISA>() {
  return kernels_of<double>;
}

}  // namespace taper::kernels
