// Kernels: convolution and its gradients. choose() names the algorithm; each is a file of this folder.
#include <taper/tensor/kernels/conv2d/channels_as_lanes.h>
#include <taper/tensor/kernels/conv2d/choose.h>
#include <taper/tensor/kernels/conv2d/conv2d.h>
#include <taper/tensor/kernels/conv2d/depthwise.h>
#include <taper/tensor/kernels/conv2d/direct.h>
#include <taper/tensor/kernels/conv2d/im2col.h>
#include <taper/tensor/kernels/conv2d/images_as_lanes.h>
#include <taper/tensor/kernels/conv2d/strided_pointwise.h>
#include <taper/tensor/kernels/conv2d/weight_gradient.h>
#include <taper/tensor/kernels/conv2d/winograd.h>
#include <taper/tensor/kernels/conv2d/winograd_weight.h>

namespace taper::kernels {
namespace {

// Each switch lists the algorithms that choose() can give for its pass; those for float32 alone are compiled
// for float32 alone.

template <class T>
void forward(const Conv2dShape& s, const T* x, const T* weight, const T* bias, T* y, std::int32_t* maxima) {
  using enum Conv2dAlgorithm;
  const Images<T> images(x, s.in_channels / s.groups * s.height * s.width);
  switch (choose<T>(s, Conv2dPass::forward)) {
    case strided_pointwise: {
      Workspace<T> samples(sample_count(s));
      sample_pixels(s, x, samples.data());
      return forward<T>(without_stride(s), samples.data(), weight, bias, y, maxima);
    }
    case images_as_lanes:
      if constexpr (has_special_convolutions<T>) convolve_in_lanes(s, false, images, weight, bias, y, maxima);
      return;
    case channels_as_lanes:
      if constexpr (has_special_convolutions<T>)
        convolve_channels(s, false, {x, lanes_of_images<T> * s.height * s.width}, weight, bias, y, maxima);
      return;
    case winograd:
      if constexpr (has_special_convolutions<T>) convolve_by_tiles(s, false, images, weight, bias, y, maxima);
      return;
    case depthwise:
      return convolve_depthwise(s, false, images, weight, bias, y, maxima);
    case direct:
      return convolve_directly(s, false, images, weight, bias, y, maxima);
    default:
      return convolve_unfolded(s, images, weight, bias, y, maxima);  // pointwise, im2col, im2col_batched
  }
}

template <class T>
void input_gradient(const Conv2dShape& s, const Conv2dGradient<T>& y_gradient, const T* weight,
                    T* x_gradient) {
  using enum Conv2dAlgorithm;
  const Images<T> gradients(s, y_gradient);
  const Conv2dShape a = adjoint(s);
  switch (choose<T>(s, Conv2dPass::input_gradient)) {
    case strided_pointwise: {
      Workspace<T> samples(sample_count(s));
      input_gradient(without_stride(s), y_gradient, weight, samples.data());
      return unsample_pixels(s, samples.data(), x_gradient);
    }
    case images_as_lanes:
      if constexpr (has_special_convolutions<T>)
        convolve_in_lanes<T>(a, true, gradients, weight, nullptr, x_gradient, nullptr);
      return;
    case channels_as_lanes:
    case channels_as_lanes_scattered:
      if constexpr (has_special_convolutions<T>) channels_input_gradient(s, y_gradient, weight, x_gradient);
      return;
    case winograd:
      if constexpr (has_special_convolutions<T>)
        convolve_by_tiles<T>(a, true, gradients, weight, nullptr, x_gradient, nullptr);
      return;
    case depthwise:
      return convolve_depthwise<T>(a, true, gradients, weight, nullptr, x_gradient, nullptr);
    case depthwise_scattered:
      return spread_depthwise(s, gradients, weight, x_gradient);
    case direct:
      return convolve_directly<T>(a, true, gradients, weight, nullptr, x_gradient, nullptr);
    case im2col:
    case im2col_batched:
      return convolve_unfolded_adjoint(a, gradients, weight, x_gradient);
    default:
      return fold_input_gradient(s, gradients, weight, x_gradient);  // pointwise, col2im
  }
}

template <class T>
void weight_gradient(const Conv2dShape& s, const T* x, const Conv2dGradient<T>& y_gradient, T* w_gradient,
                     T* bias_gradient) {
  using enum Conv2dAlgorithm;
  const Conv2dAlgorithm algorithm = choose<T>(s, Conv2dPass::weight_gradient);
  if (algorithm == strided_pointwise) {
    Workspace<T> samples(sample_count(s));
    sample_pixels(s, x, samples.data());
    return weight_gradient<T>(without_stride(s), samples.data(), y_gradient, w_gradient, bias_gradient);
  }
  if constexpr (has_special_convolutions<T>)
    if (algorithm == channels_as_lanes)
      return channels_weight_gradient(s, x, y_gradient, w_gradient, bias_gradient);
  const GroupProduct plan(s);
  const Images<T> images(x, plan.in_channels * plan.pixels), gradients(s, y_gradient);
  const auto add = [&](const WeightPart<T>& part) {
    if constexpr (has_special_convolutions<T>)
      if (algorithm == images_as_lanes) return add_lane_products(s, images, gradients, part);
    const auto image_of = [&](std::int64_t n) {
      return x + ((n * s.groups + part.group) * plan.in_channels + part.channel) * plan.pixels;
    };
    Workspace<T> made(gradients.room());
    const auto gradient_of = [&](std::int64_t n) {
      const T* const gradient = gradients.at(n * s.groups + part.group, made.data());
      if (part.bias_partial != nullptr)
        add_row_sums(gradient, plan.out_channels, plan.positions, n > part.first, part.bias_partial);
      return gradient;
    };
    switch (algorithm) {
      case winograd:
        if constexpr (has_special_convolutions<T>) add_tiles(s, part, image_of, gradient_of);
        return;
      case depthwise:
        return add_tap_products(s, part, image_of, gradient_of);
      case direct:
        if constexpr (has_special_convolutions<T>) add_direct_products(s, part, image_of, gradient_of);
        return;
      default:
        return add_unfolded_products(s, plan, part, image_of, gradient_of);  // pointwise, im2col
    }
  };
  const bool in_lanes = algorithm == images_as_lanes;
  sum_weight_gradient(s, plan, in_lanes ? 1 : plan.weight_blocks,
                      in_lanes ? lanes_of_images<T> : chunk_images, w_gradient, bias_gradient, add);
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
