// Convolution layers.
#include <fmt/format.h>

#include <taper/nn/check.h>
#include <taper/nn/convolution.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

Tensor apply(const Tensor& x, const Tensor& w, const Tensor& b, const Conv1dOptions& options) {
  return conv1d(x, w, b, options);
}
Tensor apply(const Tensor& x, const Tensor& w, const Tensor& b, const Conv2dOptions& options) {
  return conv2d(x, w, b, options);
}
Tensor apply(const Tensor& x, const Tensor& w, const Tensor& b, const Conv3dOptions& options) {
  return conv3d(x, w, b, options);
}
Tensor apply(const Tensor& x, const Tensor& w, const Tensor& b, const ConvTranspose1dOptions& options) {
  return conv_transpose1d(x, w, b, options);
}
Tensor apply(const Tensor& x, const Tensor& w, const Tensor& b, const ConvTranspose2dOptions& options) {
  return conv_transpose2d(x, w, b, options);
}
Tensor apply(const Tensor& x, const Tensor& w, const Tensor& b, const ConvTranspose3dOptions& options) {
  return conv_transpose3d(x, w, b, options);
}

// What all convolutions need.
template <class Options>
const Options& checked(const std::type_info& type, const Options& options) {
  const std::string name = name_of(type);
  const char* const layer = name.c_str();
  at_least(1, layer, "in_channels", options.in_channels);
  at_least(1, layer, "out_channels", options.out_channels);
  at_least(1, layer, "kernel_size", options.kernel_size.list());
  at_least(1, layer, "stride", options.stride.list());
  at_least(0, layer, "padding", options.padding.list());
  at_least(1, layer, "dilation", options.dilation.list());
  at_least(1, layer, "groups", options.groups);
  if constexpr (requires { options.output_padding; })
    at_least(0, layer, "output_padding", options.output_padding.list());
  else
    at_least(1, layer, "max_pool", options.max_pool.list());
  if (options.in_channels % options.groups != 0 || options.out_channels % options.groups != 0)
    throw ValueError(fmt::format("{}: groups must divide in_channels {} and out_channels {}, got {}", layer,
                                 options.in_channels, options.out_channels, options.groups));
  return options;
}

// An uninitialized weight [to, from, kernel extents].
template <class Options>
Tensor weight_for(std::int64_t to, std::int64_t from, const Options& options) {
  Shape shape{to, from};
  for (const std::int64_t extent : options.kernel_size.list()) shape.push_back(extent);
  return Tensor::empty(shape, options.dtype);
}

}  // namespace

template <class Derived, class Extents>
Conv<Derived, Extents>::Conv(const Options& given)
    : options{.stride = checked(typeid(Derived), given).stride,
              .padding = given.padding,
              .dilation = given.dilation,
              .groups = given.groups,
              .padding_mode = given.padding_mode,
              .activation = given.activation,
              .max_pool = given.max_pool},
      weight(
          this->parameter("weight", weight_for(given.out_channels, given.in_channels / given.groups, given))),
      bias(given.bias ? this->parameter("bias", Tensor::empty({given.out_channels}, given.dtype))
                      : Tensor()) {
  initialize(weight, given.weight_initializer, bias, given.bias_initializer);
}

template <class Derived, class Extents>
Conv<Derived, Extents>::Conv(std::int64_t in_channels, std::int64_t out_channels, Extents kernel_size)
    : Conv(in_channels, out_channels, kernel_size, {}) {}
template <class Derived, class Extents>
Conv<Derived, Extents>::Conv(std::int64_t in_channels, std::int64_t out_channels, Extents kernel_size,
                             Options others)
    : Conv(with(others, &Options::in_channels, in_channels, &Options::out_channels, out_channels,
                &Options::kernel_size, kernel_size)) {}

template <class Derived, class Extents>
Tensor Conv<Derived, Extents>::forward(const Tensor& x) const {
  return apply(x, weight, bias, options);
}

template <class Derived, class Extents>
ConvTranspose<Derived, Extents>::ConvTranspose(const Options& given)
    : options{.stride = checked(typeid(Derived), given).stride,
              .padding = given.padding,
              .output_padding = given.output_padding,
              .dilation = given.dilation,
              .groups = given.groups},
      weight(
          this->parameter("weight", weight_for(given.in_channels, given.out_channels / given.groups, given))),
      bias(given.bias ? this->parameter("bias", Tensor::empty({given.out_channels}, given.dtype))
                      : Tensor()) {
  initialize(weight, given.weight_initializer, bias, given.bias_initializer);
}

template <class Derived, class Extents>
ConvTranspose<Derived, Extents>::ConvTranspose(std::int64_t in_channels, std::int64_t out_channels,
                                               Extents kernel_size)
    : ConvTranspose(in_channels, out_channels, kernel_size, {}) {}
template <class Derived, class Extents>
ConvTranspose<Derived, Extents>::ConvTranspose(std::int64_t in_channels, std::int64_t out_channels,
                                               Extents kernel_size, Options others)
    : ConvTranspose(with(others, &Options::in_channels, in_channels, &Options::out_channels, out_channels,
                         &Options::kernel_size, kernel_size)) {}

template <class Derived, class Extents>
Tensor ConvTranspose<Derived, Extents>::forward(const Tensor& x) const {
  return apply(x, weight, bias, options);
}

template class Conv<Conv1d, Extent1d>;
template class Conv<Conv2d, Extent2d>;
template class Conv<Conv3d, Extent3d>;
template class ConvTranspose<ConvTranspose1d, Extent1d>;
template class ConvTranspose<ConvTranspose2d, Extent2d>;
template class ConvTranspose<ConvTranspose3d, Extent3d>;

}  // namespace taper::nn
