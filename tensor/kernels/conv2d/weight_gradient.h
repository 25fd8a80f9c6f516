// The gradients of weight and bias, summed over chunks of images. For conv2d.cpp only.
#pragma once

#include <cstring>

#include <taper/tensor/kernels/conv2d/im2col.h>
#include <taper/tensor/kernels/conv2d/tasks.h>
#include <taper/tensor/kernels/gemm_pack.h>

namespace taper::kernels {
namespace {

constexpr std::int64_t weight_partials = 4 << 20;  // elements of all partial gradients of the weight

/// Calls add(part) for `blocks` parts of the channels of each group and chunks of at least `images_of_chunk`
/// images, and adds up what they find.
template <class T, class Add>
void sum_weight_gradient(const Conv2dShape& s, const GroupProduct& plan, std::int64_t blocks,
                         std::int64_t images_of_chunk, T* w_gradient, T* bias_gradient, Add&& add) {
  const std::int64_t row_size = ceil_div(plan.out_channels, width<T>) * width<T>;
  const std::int64_t size = s.groups * plan.depth * row_size;
  const std::int64_t chunks = max(1, min(min(weight_chunks, ceil_div(s.images, images_of_chunk)),
                                         max(weight_partials / max(size, 1), 1)));
  // For each chunk of images and each group: [in_channels, taps, row_size].
  Workspace<T> partials(chunks * size), bias_partials(chunks * s.out_channels);
  if (s.images == 0) {
    std::memset(partials.data(), 0, static_cast<std::size_t>(size) * sizeof(T));
    std::memset(bias_partials.data(), 0, static_cast<std::size_t>(s.out_channels) * sizeof(T));
  }
  const std::int64_t tasks = s.images == 0 ? 0 : chunks * s.groups * blocks;
  for_each_task(tasks, plan.work / blocks * ceil_div(s.images, chunks), [&](std::int64_t task) {
    const std::int64_t block = task % blocks, chunk = task / blocks / s.groups;
    WeightPart<T> part;
    part.group = task / blocks % s.groups;
    part.channel = chunk_begin(block, blocks, plan.in_channels, channels_together);
    part.channels = chunk_begin(block + 1, blocks, plan.in_channels, channels_together) - part.channel;
    part.first = chunk_begin(chunk, chunks, s.images);
    part.end = chunk_begin(chunk + 1, chunks, s.images);
    part.partial =
        partials.data() + chunk * size + (part.group * plan.depth + part.channel * plan.taps) * row_size;
    part.row_size = row_size;
    part.bias_partial = bias_gradient == nullptr || block > 0
                            ? nullptr
                            : bias_partials.data() + chunk * s.out_channels + part.group * plan.out_channels;
    add(part);
  });

  const std::int64_t stripes = ceil_div(plan.depth, width<T>);
  for_each_task(s.groups * stripes, width<T> * row_size * (chunks + 1), [&](std::int64_t stripe) {
    const std::int64_t group = stripe / stripes, first = stripe % stripes * width<T>;
    const std::int64_t rows = min(width<T>, plan.depth - first);
    T* const sums = partials.data() + (group * plan.depth + first) * row_size;
    for (std::int64_t chunk = 1; chunk < chunks; ++chunk)
      for (std::int64_t i = 0; i < rows * row_size; i += width<T>)
        store(sums + i, load(sums + i) + load(sums + chunk * size + i));
    T* const to = w_gradient + group * plan.out_channels * plan.depth + first;
    if (rows == width<T>) return pack(sums, rows, row_size, plan.out_channels, 1, to, plan.depth);
    for (std::int64_t i = 0; i < plan.out_channels; ++i)
      for (std::int64_t row = 0; row < rows; ++row) to[i * plan.depth + row] = sums[row * row_size + i];
  });
  for (std::int64_t i = 0; bias_gradient != nullptr && i < s.out_channels; ++i)
    bias_gradient[i] = total(bias_partials.data() + i, chunks, s.out_channels);
}

}  // namespace
}  // namespace taper::kernels
