// What follows a convolution, image by image while its result is in the cache: relu and pooling, and their
// way back. For conv2d.cpp only.
#pragma once

#include <taper/tensor/dtype.h>
#include <taper/tensor/kernels/conv2d/conv2d.h>
#include <taper/tensor/kernels/elementwise.h>
#include <taper/tensor/kernels/pool2d.h>
#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

inline bool is_pooled(const Conv2dShape& s) { return s.pool_height * s.pool_width > 1; }

/// The pooling of one image's group of channels.
inline Pool2dShape pool_of(const Conv2dShape& s) {
  Pool2dShape pool;
  pool.planes = s.out_channels / s.groups;
  pool.height = s.out_height;
  pool.width = s.out_width;
  pool.out_height = s.out_height / s.pool_height;
  pool.out_width = s.out_width / s.pool_width;
  pool.kernel_height = pool.stride_height = s.pool_height;
  pool.kernel_width = pool.stride_width = s.pool_width;
  return pool;
}

/// Groups of channels of images, `size` elements each, which lie in memory or are made when they are wanted.
template <class T>
class Images {
 public:
  Images(const T* data, std::int64_t size) : size_(size), given_{data}, given_size_(size) {}
  /// The gradients of what a convolution gives before relu and pooling.
  Images(const Conv2dShape& s, const Conv2dGradient<T>& of_y)
      : size_(s.out_channels / s.groups * s.out_height * s.out_width),
        given_(of_y),
        pooled_(is_pooled(s)),
        pool_(pool_of(s)),
        given_size_(pool_.planes * pool_.out_height * pool_.out_width) {
    if (!s.relu) given_.y = nullptr;
  }

  bool pooled() const { return pooled_; }
  const Pool2dShape& pool() const { return pool_; }
  /// What is given for the group: gradient, y if there is relu, and positions.
  Conv2dGradient<T> given(std::int64_t i) const {
    const std::int64_t begin = i * given_size_;
    return {given_.gradient + begin, given_.y != nullptr ? given_.y + begin : nullptr,
            given_.positions != nullptr ? given_.positions + begin : nullptr};
  }

  /// The elements that at() needs room for; 0 if it makes nothing.
  std::int64_t room() const { return (pooled_ ? size_ : 0) + (given_.y != nullptr ? given_size_ : 0); }
  const T* at(std::int64_t i, T* room) const {
    const Conv2dGradient<T> of_y = given(i);
    const T* result = of_y.gradient;
    if (of_y.y != nullptr) {
      T* const masked = room + (pooled_ ? size_ : 0);
      table_for<ElementwiseKernels, TAPER_ISA>()
          .binary[static_cast<int>(Binary::relu_gradient)][static_cast<int>(dtype_of<T>)](
              {.rows = 1,
               .count = given_size_,
               .row_strides = {},
               .strides = {1, 1, 1},
               .data = {masked, const_cast<T*>(result), const_cast<T*>(of_y.y)}});
      result = masked;
    }
    if (!pooled_) return result;
    table_for<Pool2dKernels<T>, TAPER_ISA>().max_backward_here(pool_, result, of_y.positions, room);
    return room;
  }

 private:
  std::int64_t size_;
  Conv2dGradient<T> given_;
  bool pooled_ = false;
  Pool2dShape pool_;
  std::int64_t given_size_;
};

}  // namespace
}  // namespace taper::kernels
