// Kernels: convolution and its gradients as products of matrices, block by block. See Note [Convolution].
#include <taper/tensor/kernels/conv2d.h>
#include <taper/tensor/kernels/conv2d_channels.h>
#include <taper/tensor/kernels/conv2d_choose.h>
#include <taper/tensor/kernels/conv2d_depthwise.h>
#include <taper/tensor/kernels/conv2d_direct.h>
#include <taper/tensor/kernels/conv2d_epilogue.h>
#include <taper/tensor/kernels/conv2d_lane_pooling.h>
#include <taper/tensor/kernels/conv2d_lanes.h>
#include <taper/tensor/kernels/conv2d_tasks.h>
#include <taper/tensor/kernels/conv2d_window.h>
#include <taper/tensor/kernels/conv2d_winograd.h>
#include <taper/tensor/kernels/conv2d_winograd_weight.h>
#include <taper/tensor/kernels/gemm.h>
#include <taper/tensor/kernels/workspace.h>

namespace taper::kernels {
namespace {

constexpr std::int64_t unfolded_block = 64 * 1024;  // elements of the unfolded image in one product
constexpr std::int64_t folded_block = 64 * 1024;    // the same for the gradient of the input ...
constexpr std::int64_t folded_rows = 150;           // ... and the rows of the product
constexpr std::int64_t weight_partials = 4 << 20;   // elements of all partial gradients of the weight
constexpr std::int64_t channels_together = 16;      // of a block of them, or a multiple

/// One group of channels as a product of matrices, and how it is divided; all from the shape alone.
struct Plan {
  explicit Plan(const Conv2dShape& s)
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

/// A kernel of one element is a convolution of stride 1 of the pixels that it meets.
Conv2dShape of_pixels_met(const Conv2dShape& s) {
  Conv2dShape result = s;
  result.height = s.out_height;
  result.width = s.out_width;
  result.stride_height = result.stride_width = 1;
  return result;
}
/// Calls row(pixels of the image, pixels met) for each row with pixels that are met.
template <class X, class T, class Row>
void for_each_row_met(const Conv2dShape& s, X* x, T* met, Row&& row) {
  for_each_task(s.images * s.in_channels, s.height * s.width, [&](std::int64_t plane) {
    for (std::int64_t y = 0; y < s.out_height; ++y)
      row(x + (plane * s.height + y * s.stride_height) * s.width,
          met + (plane * s.out_height + y) * s.out_width);
  });
}
template <class T>
void collect_pixels(const Conv2dShape& s, const T* x, T* met) {
  for_each_row_met(s, x, met,
                   [&](const T* from, T* to) { copy_strided(from, s.stride_width, to, s.out_width); });
}
std::int64_t pixels_met(const Conv2dShape& s) {
  return s.images * s.in_channels * s.out_height * s.out_width;
}

/// The weight as a convolution without unfolding packs it.
template <class T, class Convolution>
void pack_weight(const Convolution& convolution, const T* weight, T* packed) {
  for_each_task(convolution.weight_tasks(), convolution.weight_size() / convolution.weight_tasks(),
                [&](std::int64_t task) { convolution.pack_weight(weight, task, packed); });
}

template <class T>
void convolve_directly(const Conv2dShape& s, bool adjoint, const Images<T>& images, const T* weight,
                       const T* bias, T* y, std::int32_t* positions) {
  const DirectConvolution<T> convolution(s, adjoint, bias);
  Workspace<T> packed(convolution.weight_size());
  pack_weight(convolution, weight, packed.data());
  for_each_image(
      s, 1, convolution.band_count(), convolution.work(), images, y, positions,
      s.out_channels / s.groups * s.out_height * s.out_width,
      [&](std::int64_t n, std::int64_t group, std::int64_t band, auto&& image_of, auto&& result_of) {
        convolution.run(image_of(n), packed.data(), group, band, result_of(n));
      });
}

template <class T>
void convolve_by_tiles(const Conv2dShape& s, bool adjoint, const Images<T>& images, const T* weight,
                       const T* bias, T* y, std::int32_t* positions) {
  const WinogradConvolution<T> convolution(s, adjoint, bias);
  Workspace<T> packed(convolution.weight_size());
  pack_weight(convolution, weight, packed.data());
  const TileBlocks& blocks = convolution.blocks;
  const std::int64_t size = convolution.out_channels * s.out_height * s.out_width;
  for_each_image(
      s, blocks.images, blocks.bands, size * convolution.in_channels * 9 / blocks.bands, images, y, positions,
      size,
      [&](std::int64_t block, std::int64_t group, std::int64_t band, auto&& image_of, auto&& result_of) {
        convolution.run(blocks.block(s, block, band), group, packed.data(), image_of, result_of);
      });
}

template <class T>
void convolve_depthwise(const Conv2dShape& s, bool adjoint, const Images<T>& images, const T* weight,
                        const T* bias, T* y, std::int32_t* positions) {
  DepthwiseConvolution<T> convolution(s, adjoint, weight, bias);
  for_each_image(s, 1, convolution.band_count(), convolution.work(), images, y, positions,
                 s.out_channels / s.groups * s.out_height * s.out_width,
                 [&](std::int64_t n, std::int64_t group, std::int64_t band, auto&& image_of,
                     auto&& result_of) { convolution.run(image_of(n), group, band, result_of(n)); });
}

template <class T>
void convolve_in_lanes(const Conv2dShape& s, bool adjoint, const Images<T>& images, const T* weight,
                       const T* bias, T* y, std::int32_t* maxima) {
  constexpr std::int64_t lanes = lanes_of_images<T>;
  LaneConvolution<T> convolution(s, adjoint, weight, bias);
  const std::int64_t blocks = ceil_div(s.images, lanes);
  Conv2dShape unpooled = s;
  unpooled.pool_height = unpooled.pool_width = 1;
  const bool pools = is_pooled(s);
  const std::int64_t size =
      s.out_channels / s.groups *
      (pools ? pool_of(s).out_height * pool_of(s).out_width : s.out_height * s.out_width);
  for_each_image(pools ? unpooled : s, lanes, 1, convolution.work(), images, y, maxima, size,
                 [&](std::int64_t block, std::int64_t group, std::int64_t, auto&&, auto&& result_of) {
                   const std::int64_t first = chunk_begin(block, blocks, s.images);
                   const std::int64_t count = chunk_begin(block + 1, blocks, s.images) - first;
                   LaneImages<T> from(images);
                   from.take(first * s.groups + group, s.groups, count);
                   LaneResults<T> to(s);
                   for (std::int64_t i = first; i < first + count; ++i)
                     to.add(result_of(i), pools ? maxima + (i * s.groups + group) * size : nullptr);
                   convolution.run(group, from, to);
                 });
}

/// By unfolding the image. Small images share a product, so that its panels are full and its weight is read
/// less often; then parts of its rows are tasks of their own.
template <class T>
void convolve_unfolded(const Conv2dShape& s, const Images<T>& images, const T* weight, const T* bias, T* y,
                       std::int32_t* maxima) {
  const Plan plan(s);
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

template <class T>
void forward(const Conv2dShape& s, const T* x, const T* weight, const T* bias, T* y, std::int32_t* maxima) {
  using enum Conv2dAlgorithm;
  const Conv2dAlgorithm algorithm = choose<T>(s, Conv2dPass::forward);
  if (algorithm == collected) {
    Workspace<T> met(pixels_met(s));
    collect_pixels(s, x, met.data());
    return forward<T>(of_pixels_met(s), met.data(), weight, bias, y, maxima);
  }
  const Plan plan(s);
  const Images<T> images(x, plan.in_channels * plan.pixels);
  if constexpr (has_special_convolutions<T>) {
    if (algorithm == image_lanes) return convolve_in_lanes(s, false, images, weight, bias, y, maxima);
    if (algorithm == channel_lanes)
      return convolve_channels(s, false, {x, lanes_of_images<T> * plan.pixels}, weight, bias, y, maxima);
    if (algorithm == winograd) return convolve_by_tiles(s, false, images, weight, bias, y, maxima);
  }
  if (algorithm == depthwise) return convolve_depthwise(s, false, images, weight, bias, y, maxima);
  if (algorithm == direct) return convolve_directly(s, false, images, weight, bias, y, maxima);
  convolve_unfolded(s, images, weight, bias, y, maxima);
}

template <class T>
void input_gradient(const Conv2dShape& s, const Conv2dGradient<T>& y_gradient, const T* weight,
                    T* x_gradient) {
  using enum Conv2dAlgorithm;
  const Conv2dAlgorithm algorithm = choose<T>(s, Conv2dPass::input_gradient);
  if (algorithm == collected) {
    Workspace<T> met(pixels_met(s));
    input_gradient(of_pixels_met(s), y_gradient, weight, met.data());
    std::memset(x_gradient, 0,
                static_cast<std::size_t>(s.images * s.in_channels * s.height * s.width) * sizeof(T));
    return for_each_row_met(s, x_gradient, met.data(), [&](T* to, const T* from) {
      for (std::int64_t i = 0; i < s.out_width; ++i) to[i * s.stride_width] = from[i];
    });
  }
  const Images<T> gradients(s, y_gradient);
  const Conv2dShape a = adjoint(s);
  const Plan plan(s);
  if constexpr (has_special_convolutions<T>) {
    if (algorithm == image_lanes)
      return convolve_in_lanes<T>(a, true, gradients, weight, nullptr, x_gradient, nullptr);
    if (algorithm == channel_lanes || algorithm == channel_lanes_scattered)
      return channels_input_gradient(s, y_gradient, weight, x_gradient);
    if (algorithm == winograd)
      return convolve_by_tiles<T>(a, true, gradients, weight, nullptr, x_gradient, nullptr);
  }
  if (algorithm == depthwise)
    return convolve_depthwise<T>(a, true, gradients, weight, nullptr, x_gradient, nullptr);
  if (algorithm == depthwise_scattered)
    return for_each_image<T>(
        a, 1, 1, plan.work, gradients, x_gradient, nullptr, plan.in_channels * plan.pixels,
        [&](std::int64_t n, std::int64_t group, std::int64_t, auto&& image_of, auto&& result_of) {
          spread_depthwise(s, image_of(n), weight + group * plan.out_channels * plan.depth, result_of(n));
        });
  if (algorithm == unfolded || algorithm == unfolded_together) {
    Workspace<T> turned(s.out_channels * plan.depth);
    turn_weight(a, weight, turned.data());
    return convolve_unfolded<T>(a, gradients, turned.data(), nullptr, x_gradient, nullptr);
  }
  if (algorithm == direct)
    return convolve_directly<T>(a, true, gradients, weight, nullptr, x_gradient, nullptr);
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
  for_each_image<T>(a, 1, blocks, plan.work / blocks, gradients, x_gradient, nullptr,
                    plan.in_channels * plan.pixels, convolve);
}

template <class T>
void weight_gradient(const Conv2dShape& s, const T* x, const Conv2dGradient<T>& y_gradient, T* w_gradient,
                     T* bias_gradient) {
  const Conv2dAlgorithm algorithm = choose<T>(s, Conv2dPass::weight_gradient);
  if (algorithm == Conv2dAlgorithm::collected) {
    Workspace<T> met(pixels_met(s));
    collect_pixels(s, x, met.data());
    return weight_gradient<T>(of_pixels_met(s), met.data(), y_gradient, w_gradient, bias_gradient);
  }
  if constexpr (has_special_convolutions<T>)
    if (algorithm == Conv2dAlgorithm::channel_lanes)
      return channels_weight_gradient(s, x, y_gradient, w_gradient, bias_gradient);
  const Plan plan(s);
  const Images<T> gradients(s, y_gradient);
  const GemmKernels<T>& products = table_for<GemmKernels<T>, TAPER_ISA>();
  const bool in_lanes = algorithm == Conv2dAlgorithm::image_lanes;
  const std::int64_t row_size = ceil_div(plan.out_channels, width<T>) * width<T>;
  const std::int64_t size = s.groups * plan.depth * row_size;
  const std::int64_t blocks = in_lanes ? 1 : plan.weight_blocks, bands = plan.plain ? 1 : plan.bands;
  const std::int64_t chunks =
      max(1, min(min(weight_chunks, ceil_div(s.images, in_lanes ? lanes_of_images<T> : chunk_images)),
                 max(weight_partials / max(size, 1), 1)));
  // For each chunk of images and each group: [in_channels, taps, row_size].
  Workspace<T> partials(chunks * size), bias_partials(chunks * s.out_channels);
  if (s.images == 0) std::memset(partials.data(), 0, static_cast<std::size_t>(size) * sizeof(T));
  if (s.images == 0)
    std::memset(bias_partials.data(), 0, static_cast<std::size_t>(s.out_channels) * sizeof(T));
  const std::int64_t tasks = s.images == 0 ? 0 : chunks * s.groups * blocks;
  for_each_task(tasks, plan.work / blocks * ceil_div(s.images, chunks), [&](std::int64_t task) {
    const std::int64_t block = task % blocks, group = task / blocks % s.groups,
                       chunk = task / blocks / s.groups;
    const std::int64_t channel = chunk_begin(block, blocks, plan.in_channels, channels_together);
    const std::int64_t channels =
        chunk_begin(block + 1, blocks, plan.in_channels, channels_together) - channel;
    const std::int64_t first = chunk_begin(chunk, chunks, s.images);
    const std::int64_t end = chunk_begin(chunk + 1, chunks, s.images);
    T* const partial = partials.data() + chunk * size + (group * plan.depth + channel * plan.taps) * row_size;
    const auto image_of = [&](std::int64_t n) {
      return x + ((n * s.groups + group) * plan.in_channels + channel) * plan.pixels;
    };
    T* const bias_partial = bias_gradient == nullptr || block > 0
                                ? nullptr
                                : bias_partials.data() + chunk * s.out_channels + group * plan.out_channels;
    if constexpr (has_special_convolutions<T>)
      if (in_lanes) {
        const Images<T> images(x, plan.in_channels * plan.pixels);
        LaneImages<T> of_x(images), of_y(gradients);
        const auto fill = [&](std::int64_t n, std::int64_t count, const LaneWindow<T>& window, T* to) {
          of_x.take(n * s.groups + group, s.groups, count);
          of_y.take(n * s.groups + group, s.groups, count);
          of_x.fill(window, to);
        };
        const auto get = [&](std::int64_t i, T* to) { of_y.get_channel(i, plan.positions, to); };
        return add_lane_products(s, first, end, fill, get, partial, row_size, bias_partial);
      }
    Workspace<T> made(gradients.room());
    const auto gradient_of = [&](std::int64_t n) {
      const T* const gradient = gradients.at(n * s.groups + group, made.data());
      if (bias_partial != nullptr)
        add_row_sums(gradient, plan.out_channels, plan.positions, n > first, bias_partial);
      return gradient;
    };
    if (algorithm == Conv2dAlgorithm::depthwise)
      return add_tap_products(s, first, end, image_of, gradient_of, partial, row_size);
    if constexpr (has_special_convolutions<T>)
      if (algorithm == Conv2dAlgorithm::winograd)
        return add_tiles(s, channels, first, end, image_of, gradient_of, partial, row_size);
    if constexpr (has_special_convolutions<T>)
      if (algorithm == Conv2dAlgorithm::direct) {
        for (std::int64_t n = first; n < end; ++n)
          add_weight_gradient(s, channels, image_of(n), gradient_of(n), plan.out_channels, n > first, partial,
                              row_size);
        return;
      }
    const Window<T> largest(s, channels, 0, ceil_div(s.out_height, bands));
    Workspace<T> padded(plan.plain ? 0 : largest.size());
    Workspace<T> unfolded(plan.plain ? 0 : largest.unfolded_size(products.panel_columns));

    Gemm<T> p;
    p.rows = channels * plan.taps;
    p.columns = plan.out_channels;
    p.a_column_stride = 1;
    p.b_row_stride = 1;
    p.b_column_stride = plan.positions;
    p.c = partial;
    p.c_row_stride = row_size;
    for (std::int64_t n = first; n < end; ++n) {
      const T* const gradient = gradient_of(n);
      for (std::int64_t i = 0; i < bands; ++i) {
        const Window<T> band(s, channels, chunk_begin(i, bands, s.out_height),
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

template <class T>
constexpr Conv2dKernels<T> kernels_of{choose<T>, forward<T>, input_gradient<T>, weight_gradient<T>};

}  // namespace

template <>
const Conv2dKernels<float>& table_for<Conv2dKernels<float>, TAPER_ISA>() {
  return kernels_of<float>;
}
template <>
const Conv2dKernels<double>& table_for<Conv2dKernels<double>, TAPER_ISA>() {
  return kernels_of<double>;
}

}  // namespace taper::kernels
