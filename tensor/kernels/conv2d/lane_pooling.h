// Pooling behind a convolution whose images are lanes, and its way back. For conv2d.cpp only.
#pragma once

#include <cstring>
#include <limits>

#include <taper/tensor/kernels/conv2d/epilogue.h>
#include <taper/tensor/kernels/conv2d/lane_window.h>

namespace taper::kernels {
namespace {

// Note [Pooling in lanes]
// Where images are lanes, so are the windows of a pooling: their maxima are taken between registers, and only
// those need turning back into images, with their positions. The way back spreads each maximum's gradient
// over its window: the gradient itself where the position says so, 0 elsewhere. A position is as wide as an
// element, so that both have as many lanes.

/// A register of positions.
template <class T>
using Positions = Raw<std::int32_t, static_cast<int>(width<T>)>;

/// The maxima of rows first..end-1 of one channel's windows and where they are; as Max of pool2d.cpp.
/// [position, lane]
template <class T>
void pool_lanes(const Pool2dShape& pool, std::int64_t first_row, std::int64_t end, const T* from, T* to,
                std::int32_t* positions) {
  constexpr std::int64_t w = width<T>, lanes = lanes_of_images<T>;
  const std::int64_t begin = first_row * pool.kernel_height * pool.width;  // what `from` holds first
  for (std::int64_t y = first_row; y < end; ++y)
    for (std::int64_t x = 0; x < pool.out_width; ++x, to += lanes, positions += lanes) {
      const std::int64_t first = y * pool.kernel_height * pool.width + x * pool.kernel_width;
      for (std::int64_t part = 0; part < lanes; part += w) {
        Raw<T> value = Raw<T>{} - std::numeric_limits<T>::infinity();
        Positions<T> at = Positions<T>{} + static_cast<std::int32_t>(first);
        for (std::int64_t row = 0; row < pool.kernel_height; ++row)
          for (std::int64_t column = 0; column < pool.kernel_width; ++column) {
            const std::int64_t here = first + row * pool.width + column;
            const auto element = load_raw<Raw<T>>(from + (here - begin) * lanes + part);
            const auto better = (element > value) | (element != element);
            value = better ? element : value;
            at = better ? Positions<T>{} + static_cast<std::int32_t>(here) : at;
          }
        store_raw(to + part, value);
        store_raw(positions + part, at);
      }
    }
}

/// Where the results of some images go, out of lanes and pooled on the way if asked.
template <class T>
class LaneResults {
 public:
  static constexpr std::int64_t lanes = lanes_of_images<T>;
  explicit LaneResults(const Conv2dShape& s)
      : pool_(pool_of(s)),
        pooled_(is_pooled(s)),
        size_(pooled_ ? pool_.out_height * pool_.out_width : s.out_height * s.out_width),
        values_(pooled_ ? (lanes + pool_.out_width) * lanes : 0),
        found_(pooled_ ? (lanes + pool_.out_width) * lanes : 0) {}

  /// One image's group of channels.
  void add(T* y, std::int32_t* positions) {
    y_[count_] = y;
    positions_[count_++] = positions;
  }
  /// How many rows of the result to put at once, so that few lanes of what is turned are empty.
  std::int64_t band() const {
    return pooled_ ? pool_.kernel_height * max(lanes / pool_.out_width, 1) : max(4 * lanes / pool_.width, 1);
  }
  /// Of one channel, rows first..first+rows-1: [position, lane].
  void put(std::int64_t channel, std::int64_t first, std::int64_t rows, const T* result) {
    std::int64_t row_size = pool_.width;
    if (pooled_) {
      first /= pool_.kernel_height;
      rows = min(rows / pool_.kernel_height, pool_.out_height - first);
      row_size = pool_.out_width;
      pool_lanes(pool_, first, first + rows, result, values_.data(), found_.data());
      lanes_to_images(found_.data(), rows * row_size, positions_, count_, channel * size_ + first * row_size);
      result = values_.data();
    }
    lanes_to_images(result, rows * row_size, y_, count_, channel * size_ + first * row_size);
  }

 private:
  const Pool2dShape pool_;
  const bool pooled_;
  const std::int64_t size_;  // of a channel
  Workspace<T> values_;
  Workspace<std::int32_t> found_;
  std::int64_t count_ = 0;
  T* y_[lanes];
  std::int32_t* positions_[lanes];
};

/// Some images on their way into lanes: as they lie in memory, or gradients on their way back through pooling
/// and relu.
template <class T>
class LaneImages {
 public:
  static constexpr std::int64_t lanes = lanes_of_images<T>;
  explicit LaneImages(const Images<T>& images)
      : images_(images), spreads_(images.pooled()), made_(spreads_ ? 0 : lanes * images.room()) {}

  /// Images (or one group of theirs) first, first + step, ..., `count` of them.
  void take(std::int64_t first, std::int64_t step, std::int64_t count) {
    count_ = count;
    for (std::int64_t i = 0; i < count; ++i)
      if (spreads_) {
        const Conv2dGradient<T> given = images_.given(first + i * step);
        planes_[i] = given.gradient;
        y_[i] = given.y;
        positions_[i] = given.positions;
      } else {
        planes_[i] = images_.at(first + i * step, made_.data() + i * images_.room());
      }
  }
  void fill(const LaneWindow<T>& window, T* to) const {
    if (!spreads_) return window.fill(planes_, count_, to);
    std::memset(to, 0, static_cast<std::size_t>(window.size()) * sizeof(T));
    for (std::int64_t i = 0; i < window.channels; ++i)
      spread(i, to + window.image_at(i), window.width * lanes);
  }
  /// One channel of `size` pixels: [pixel, lane].
  void get_channel(std::int64_t channel, std::int64_t size, T* to) const {
    if (spreads_) return spread(channel, to, images_.pool().width * lanes);
    images_to_lanes(planes_, count_, channel * size, size, to);
  }

 private:
  // A channel's gradient before relu and pooling: to[y * row_step + x * lanes + lane].
  void spread(std::int64_t channel, T* to, std::int64_t row_step) const {
    constexpr std::int64_t w = width<T>;
    const Pool2dShape& pool = images_.pool();
    const bool relu = y_[0] != nullptr;
    const std::int64_t size = pool.out_height * pool.out_width, begin = channel * size;
    Workspace<T> gradient(size * lanes), value(relu ? size * lanes : 0);
    Workspace<std::int32_t> position(size * lanes);
    images_to_lanes(planes_, count_, begin, size, gradient.data());
    if (relu) images_to_lanes(y_, count_, begin, size, value.data());
    images_to_lanes(positions_, count_, begin, size, position.data());
    const std::int64_t height = pool.out_height * pool.kernel_height;
    const std::int64_t across = pool.out_width * pool.kernel_width;
    for (std::int64_t i = 0; i < pool.height; ++i) {  // what no window meets
      const std::int64_t met = i < height ? across : 0;
      std::memset(to + i * row_step + met * lanes, 0,
                  static_cast<std::size_t>((pool.width - met) * lanes) * sizeof(T));
    }
    const Raw<T> zero{};
    const T *g = gradient.data(), *y = value.data();
    const std::int32_t* at = position.data();
    for (std::int64_t row = 0; row < height; row += pool.kernel_height)
      for (std::int64_t column = 0; column < across; column += pool.kernel_width)
        for (std::int64_t part = 0; part < lanes; part += w, g += w, y += w, at += w) {
          auto given = load_raw<Raw<T>>(g);
          if (relu) given = load_raw<Raw<T>>(y) <= zero ? zero : given;
          const auto maximum = load_raw<Positions<T>>(at);
          for (std::int64_t a = row; a < row + pool.kernel_height; ++a)
            for (std::int64_t b = column; b < column + pool.kernel_width; ++b)
              store_raw(to + a * row_step + b * lanes + part,
                        maximum == static_cast<std::int32_t>(a * pool.width + b) ? given : zero);
        }
  }

  const Images<T>& images_;
  const bool spreads_;
  Workspace<T> made_;
  std::int64_t count_ = 0;
  const T *planes_[lanes], *y_[lanes];
  const std::int32_t* positions_[lanes];
};

}  // namespace
}  // namespace taper::kernels
