// The tasks of a convolution: images, groups and parts of their results. For conv2d.cpp only.
#pragma once

#include <taper/tensor/kernels/conv2d/epilogue.h>
#include <taper/tensor/kernels/gemm_tile.h>
#include <taper/tensor/kernels/reduce.h>
#include <taper/tensor/kernels/workspace.h>
#include <taper/tensor/parallel.h>

namespace taper::kernels {
namespace {

constexpr std::int64_t weight_chunks = 16;  // partial gradients of the weight at most ...
constexpr std::int64_t chunk_images = 4;    // ... each of so many images

/// Calls body(begin, end) for parts of 0..count-1, about `work` multiplications each i.
template <class Body>
void for_each_range(std::int64_t count, std::int64_t work, Body&& body) {
  const std::int64_t chunks = chunk_count(count * max(work, 1), grain::multiplications, min(count, 1024));
  if (count > 0)
    parallel_for(chunks, [&](std::int64_t chunk) {
      body(chunk_begin(chunk, chunks, count), chunk_begin(chunk + 1, chunks, count));
    });
}
/// Calls body(i) for i < count, about `work` multiplications each.
template <class Body>
void for_each_task(std::int64_t count, std::int64_t work, Body&& body) {
  for_each_range(count, work, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) body(i);
  });
}

/// Calls convolve(block, group, part, image_of, result_of) for blocks of `together` images, for each group of
/// channels and for part < parts, and pools the results. image_of(n) and result_of(n) point to the group's
/// channels of image n and of its result; where images are computed rather than given (Images::room() > 0),
/// the pointer is valid until the next call with another n. Each part, of about `work` multiplications, is a
/// task of its own, unless images are computed or results pooled: then all parts of an image are one task.
template <class T, class Convolve>
void for_each_image(const Conv2dShape& s, std::int64_t together, std::int64_t parts, std::int64_t work,
                    const Images<T>& images, T* y, std::int32_t* positions, std::int64_t result_size,
                    Convolve&& convolve) {
  const bool pooled = is_pooled(s), whole = pooled || images.room() > 0;
  const std::int64_t tasks = whole ? 1 : parts, blocks = ceil_div(s.images, together);
  const Pool2dShape pool = pool_of(s);
  const std::int64_t pooled_size = pool.planes * pool.out_height * pool.out_width;
  const auto ranges = [&](std::int64_t begin, std::int64_t end) {
    Workspace<T> made(images.room()), unpooled(pooled ? together * result_size : 0);
    std::int64_t part = begin % tasks, group = begin / tasks % s.groups, block = begin / tasks / s.groups;
    for (std::int64_t task = begin; task < end; ++block, group = 0) {
      const std::int64_t first = chunk_begin(block, blocks, s.images);
      const std::int64_t last = chunk_begin(block + 1, blocks, s.images);
      for (; group < s.groups && task < end; ++group, part = 0) {
        std::int64_t last_made = -1;
        const T* image = nullptr;
        const auto image_of = [&](std::int64_t n) {
          if (n != last_made) image = images.at(n * s.groups + group, made.data());
          last_made = n;
          return image;
        };
        const auto result_of = [&](std::int64_t n) {
          return pooled ? unpooled.data() + (n - first) * result_size
                        : y + (n * s.groups + group) * result_size;
        };
        if (whole)
          for (std::int64_t i = 0; i < parts; ++i) convolve(block, group, i, image_of, result_of);
        for (; part < tasks && task < end; ++part, ++task)
          if (!whole) convolve(block, group, part, image_of, result_of);
        for (std::int64_t n = first; pooled && n < last; ++n) {
          const std::int64_t at = (n * s.groups + group) * pooled_size;
          table_for<Pool2dKernels<T>, TAPER_ISA>().max_forward_here(pool, result_of(n), y + at,
                                                                    positions + at);
        }
      }
    }
  };
  for_each_range(blocks * s.groups * tasks, work * together * (parts / tasks), ranges);
}

/// What a task of the gradient of the weight computes: the gradients of some input channels of a group, over
/// some images.
template <class T>
struct WeightPart {
  std::int64_t group, channel, channels;  // `channels` of the group from `channel` on
  std::int64_t first, end;                // images first..end-1
  T* partial;                             // [channels, taps, row_size], a row for the channels of y
  std::int64_t row_size;
  T* bias_partial;  // [channels of y], or null if another task has it
};

/// sums[row] (+)= the sum of a row.
template <class T>
void add_row_sums(const T* from, std::int64_t rows, std::int64_t length, bool accumulate, T* sums) {
  const auto sum_rows = table_for<ReduceKernels, TAPER_ISA>()
                            .rows[static_cast<int>(ReduceOp::sum)][static_cast<int>(dtype_of<T>)];
  Workspace<T> found(rows);
  sum_rows(from, found.data(), rows, length);
  for (std::int64_t i = 0; i < rows; ++i) sums[i] = accumulate ? sums[i] + found.data()[i] : found.data()[i];
}

/// The sum of the chunks' partial results.
template <class T>
T total(const T* from, std::int64_t chunks, std::int64_t step) {
  T sum = *from;
  for (std::int64_t chunk = 1; chunk < chunks; ++chunk) sum += from[chunk * step];
  return sum;
}

/// The weight as a convolution without unfolding packs it.
template <class T, class Convolution>
void pack_weight(const Convolution& convolution, const T* weight, T* packed) {
  for_each_task(convolution.weight_tasks(), convolution.weight_size() / convolution.weight_tasks(),
                [&](std::int64_t task) { convolution.pack_weight(weight, task, packed); });
}

}  // namespace
}  // namespace taper::kernels
