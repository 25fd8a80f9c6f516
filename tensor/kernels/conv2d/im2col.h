// Convolution as a product with the unfolded image, and its gradients: see Note [Convolution]. For conv2d.cpp
// only.
#pragma once

#include <cstring>

#include <taper/tensor/kernels/conv2d/choose.h>
#include <taper/tensor/kernels/conv2d/tasks.h>
#include <taper/tensor/kernels/conv2d/window.h>
#include <taper/tensor/kernels/gemm.h>

namespace taper::kernels {
namespace {

constexpr std::int64_t unfolded_block = 64 * 1024;  // elements of the unfolded image in one product
constexpr std::int64_t folded_block = 64 * 1024;    // the same for the gradient of the input ...
constexpr std::int64_t folded_rows = 150;           // ... and the rows of the product
constexpr std::int64_t channels_together = 16;      // of a block of them, or a multiple

/// One group of channels as a product of matrices, and how it is divided; all from the shape alone.
struct GroupProduct {
  explicit GroupProduct(const Conv2dShape& s)
      : in_channels(s.in_channels / s.groups),
        out_channels(s.out_channels / s.groups),
        taps(s.kernel_height * s.kernel_width),
        depth(in_channels * taps),
        positions(s.out_height * s.out_width),
        pixels(s.height * s.width),
        channel_blocks(ceil_div(in_channels, max(channel_depth / taps, 1))),
        weight_blocks(min(channel_blocks, ceil_div(in_channels, channels_together))),
        bands(min(s.out_height,
                  ceil_div(ceil_div(in_channels, channel_blocks) * taps * positions, unfolded_block))),
        work(out_channels * depth * positions),
        plain(is_pointwise(s)) {}
  std::int64_t in_channels, out_channels, taps, depth, positions, pixels;
  std::int64_t channel_blocks;
  std::int64_t weight_blocks;  // of channels for the gradient of the weight: none is empty
  std::int64_t bands;
  std::int64_t work;  // multiplications for one image and group
  bool plain;         // the unfolded image is the image itself
};

/// By unfolding the image. Small images share a product, so that its panels are full and its weight is read
/// less often; then parts of its rows are tasks of their own.
template <class T>
void convolve_unfolded(const Conv2dShape& s, const Images<T>& images, const T* weight, const T* bias, T* y,
                       std::int32_t* maxima) {
  const GroupProduct plan(s);
  const GemmKernels<T>& products = table_for<GemmKernels<T>, TAPER_ISA>();
  const std::int64_t together = images_together(s), count = max(ceil_div(s.images, together), 1);
  const bool shared = together > 1, in_place = plan.plain && !shared;
  const std::int64_t bands = in_place || shared ? 1 : plan.bands, blocks = in_place ? 1 : plan.channel_blocks;
  const std::int64_t parts = shared ? min(4, ceil_div(plan.out_channels, 64)) : bands;
  const auto convolve = [&](std::int64_t task, std::int64_t group, std::int64_t part, auto&& image_of,
                            auto&& result_of) {
    const std::int64_t first = chunk_begin(task, count, s.images);
    const std::int64_t images_here = chunk_begin(task + 1, count, s.images) - first;
    const std::int64_t band = shared ? 0 : part;
    const std::int64_t row = shared ? chunk_begin(part, parts, plan.out_channels) : 0;
    Window<T> window(s, ceil_div(plan.in_channels, blocks), chunk_begin(band, bands, s.out_height),
                     chunk_begin(band + 1, bands, s.out_height));
    Window<T> all = window;  // that of the images side by side
    all.positions *= images_here;

    Gemm<T> p;
    p.rows = shared ? chunk_begin(part + 1, parts, plan.out_channels) - row : plan.out_channels;
    p.columns = all.positions;
    if (shared) all.positions += width<T>;  // what is copied over the end of a row is not put right
    p.a_row_stride = plan.depth;
    p.a_column_stride = 1;
    p.b_row_stride = in_place ? plan.pixels : all.step(products.panel_columns);
    p.b_column_stride = 1;
    Workspace<T> padded(in_place ? 0 : window.size());
    Workspace<T> unfolded(in_place ? 0 : all.unfolded_size(products.panel_columns));
    Workspace<T> found(shared ? p.rows * p.b_row_stride : 0);
    p.c = shared ? found.data() : result_of(first) + window.first_row * s.out_width;
    p.c_row_stride = shared ? p.b_row_stride : plan.positions;
    for (std::int64_t block = 0; block < blocks; ++block) {
      const std::int64_t channel = chunk_begin(block, blocks, plan.in_channels);
      window.channels = chunk_begin(block + 1, blocks, plan.in_channels) - channel;
      p.depth = window.channels * plan.taps;
      p.a = weight + (group * plan.out_channels + row) * plan.depth + channel * plan.taps;
      if (in_place)
        p.b = image_of(first);
      else
        for (std::int64_t i = 0; i < images_here; ++i) {
          window.fill(image_of(first + i) + channel * plan.pixels, padded.data());
          window.unfold(padded.data(), unfolded.data() + i * window.positions, p.b_row_stride);
          p.b = unfolded.data();
        }
      p.accumulate = block > 0;
      p.row_bias = bias != nullptr && block == 0 ? bias + group * plan.out_channels + row : nullptr;
      p.relu = s.relu && block == blocks - 1;
      products.multiply_here(p, !in_place);
    }
    for (std::int64_t i = 0; shared && i < images_here; ++i)
      for (std::int64_t y = 0; y < p.rows; ++y)
        copy_row(found.data() + y * p.c_row_stride + i * plan.positions,
                 result_of(first + i) + (row + y) * plan.positions, plan.positions);
  };
  for_each_image(s, together, parts, plan.work / parts, images, y, maxima, plan.out_channels * plan.positions,
                 convolve);
}

/// The weight of the convolution whose result is the gradient of the image, of which `s` is the shape.
template <class T>
void turn_weight(const Conv2dShape& s, const T* weight, T* turned) {
  const std::int64_t in = s.in_channels / s.groups, out = s.out_channels / s.groups;
  const std::int64_t taps = s.kernel_height * s.kernel_width;
  const std::int64_t blocks = ceil_div(out, 16);  // whose rows are written side by side
  for_each_task(s.groups * blocks, 16 * in * taps, [&](std::int64_t task) {
    const std::int64_t group = task / blocks, first = 16 * (task % blocks), last = min(first + 16, out);
    for (std::int64_t i = 0; i < in; ++i)
      for (std::int64_t row = first; row < last; ++row) {
        const T* const from = weight + ((group * in + i) * out + row) * taps;
        T* const to = turned + ((group * out + row) * in + i) * taps;
        for (std::int64_t tap = 0; tap < taps; ++tap) to[tap] = from[taps - 1 - tap];
      }
  });
}

/// The gradient of the image as such a convolution of the gradient of y, whose shape is `a`.
template <class T>
void convolve_unfolded_adjoint(const Conv2dShape& a, const Images<T>& gradients, const T* weight,
                               T* x_gradient) {
  Workspace<T> turned(a.in_channels * (a.out_channels / a.groups) * a.kernel_height * a.kernel_width);
  turn_weight(a, weight, turned.data());
  convolve_unfolded<T>(a, gradients, turned.data(), nullptr, x_gradient, nullptr);
}

/// The gradient of the image: the product is what positions and taps meet, and is added up where they meet.
template <class T>
void fold_input_gradient(const Conv2dShape& s, const Images<T>& gradients, const T* weight, T* x_gradient) {
  const GroupProduct plan(s);
  const GemmKernels<T>& products = table_for<GemmKernels<T>, TAPER_ISA>();
  // Few channels at a time: what is found for their taps is folded while it is in L1. But not too few, as
  // each block packs the gradient of y.
  const std::int64_t blocks = plan.plain ? 1
                                         : min(min(plan.in_channels, ceil_div(plan.depth, folded_rows)),
                                               ceil_div(plan.depth * plan.positions, folded_block));
  const auto convolve = [&](std::int64_t n, std::int64_t group, std::int64_t block, auto&& image_of,
                            auto&& result_of) {
    const T* const gradient = image_of(n);
    const std::int64_t channel = chunk_begin(block, blocks, plan.in_channels);
    const std::int64_t channels = chunk_begin(block + 1, blocks, plan.in_channels) - channel;
    T* const image = result_of(n) + channel * plan.pixels;
    const Window<T> all(s, channels, 0, s.out_height);

    Gemm<T> p;
    p.rows = channels * plan.taps;
    p.columns = plan.positions;
    p.depth = plan.out_channels;
    p.a = weight + group * plan.out_channels * plan.depth + channel * plan.taps;
    p.a_row_stride = 1;
    p.a_column_stride = plan.depth;
    p.b = gradient;
    p.b_row_stride = plan.positions;
    p.b_column_stride = 1;
    if (plan.plain) {
      p.c = image;
      p.c_row_stride = plan.positions;
      return products.multiply_here(p, false);
    }
    const std::int64_t band_rows = ceil_div(s.out_height, plan.bands);
    const Window<T> largest(s, channels, 0, band_rows);
    Workspace<T> padded(all.size());
    Workspace<T> unfolded(largest.unfolded_size(products.panel_columns));
    std::memset(padded.data(), 0, static_cast<std::size_t>(all.size()) * sizeof(T));
    for (std::int64_t row = 0; row < s.out_height; row += band_rows) {
      const Window<T> band(s, channels, row, min(row + band_rows, s.out_height));
      p.b = gradient + row * s.out_width;
      p.columns = band.positions;
      p.c = unfolded.data();
      p.c_row_stride = band.step(products.panel_columns);
      products.multiply_here(p, false);
      all.fold(unfolded.data(), p.c_row_stride, band.first_row, band.last_row, padded.data());
    }
    all.crop(padded.data(), image);
  };
  for_each_image<T>(adjoint(s), 1, blocks, plan.work / blocks, gradients, x_gradient, nullptr,
                    plan.in_channels * plan.pixels, convolve);
}

/// A part of the gradient of the weight.
template <class T, class ImageOf, class GradientOf>
void add_unfolded_products(const Conv2dShape& s, const GroupProduct& plan, const WeightPart<T>& part,
                           ImageOf&& image_of, GradientOf&& gradient_of) {
  const GemmKernels<T>& products = table_for<GemmKernels<T>, TAPER_ISA>();
  const std::int64_t bands = plan.plain ? 1 : plan.bands;
  const Window<T> largest(s, part.channels, 0, ceil_div(s.out_height, bands));
  Workspace<T> padded(plan.plain ? 0 : largest.size());
  Workspace<T> unfolded(plan.plain ? 0 : largest.unfolded_size(products.panel_columns));

  Gemm<T> p;
  p.rows = part.channels * plan.taps;
  p.columns = plan.out_channels;
  p.a_column_stride = 1;
  p.b_row_stride = 1;
  p.b_column_stride = plan.positions;
  p.c = part.partial;
  p.c_row_stride = part.row_size;
  for (std::int64_t n = part.first; n < part.end; ++n) {
    const T* const gradient = gradient_of(n);
    for (std::int64_t i = 0; i < bands; ++i) {
      const Window<T> band(s, part.channels, chunk_begin(i, bands, s.out_height),
                           chunk_begin(i + 1, bands, s.out_height));
      p.depth = band.positions;
      p.a = plan.plain ? image_of(n) : unfolded.data();
      p.a_row_stride = plan.plain ? plan.pixels : band.step(products.panel_columns);
      if (!plan.plain) {
        band.fill(image_of(n), padded.data());
        band.unfold(padded.data(), unfolded.data(), p.a_row_stride);
      }
      p.b = gradient + band.first_row * s.out_width;
      products.multiply_here(p, false);
      p.accumulate = true;
    }
  }
}

}  // namespace
}  // namespace taper::kernels
