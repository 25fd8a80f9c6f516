// Layers that put a border around sequences, images and volumes.
#pragma once

#include <typeinfo>

#include <taper/autograd/ops/arrange.h>
#include <taper/nn/layer.h>

namespace taper::nn {
namespace detail {

void check_widths(const std::type_info& layer, int axes, const std::vector<PadWidth>& widths);

// Of the last `axes` axes.
template <class Derived, int axes, PadMode mode>
class Pad : public Layer<Derived> {
 public:
  /// As much on all sides.
  explicit Pad(std::int64_t width) : Pad(std::vector<PadWidth>(axes, {width, width})) {}
  /// Widths of each axis in the order of axes, such as rows and columns: `nn::ZeroPad2d({{1, 1}, {0, 2}})`.
  /// Throws ValueError for another number of them, or a negative one.
  explicit Pad(const std::vector<PadWidth>& each) : Pad(each, 0) {}
  Tensor forward(const Tensor& x) const { return taper::pad(x, widths, mode, value); }

  const std::vector<PadWidth> widths;
  const double value;  ///< of PadMode::constant

 protected:
  Pad(const std::vector<PadWidth>& each, double number) : widths(each), value(number) {
    check_widths(typeid(Derived), axes, widths);
  }
};

}  // namespace detail

/// Zeros.
class ZeroPad1d : public detail::Pad<ZeroPad1d, 1, PadMode::constant> {
 public:
  using Pad::Pad;
};
class ZeroPad2d : public detail::Pad<ZeroPad2d, 2, PadMode::constant> {
 public:
  using Pad::Pad;
};
class ZeroPad3d : public detail::Pad<ZeroPad3d, 3, PadMode::constant> {
 public:
  using Pad::Pad;
};

/// A number: `nn::ConstantPad2d(1, 0.5)`.
class ConstantPad1d : public detail::Pad<ConstantPad1d, 1, PadMode::constant> {
 public:
  using Pad::Pad;
  ConstantPad1d(std::int64_t width, double number)
      : ConstantPad1d(std::vector<PadWidth>(1, {width, width}), number) {}
  ConstantPad1d(const std::vector<PadWidth>& each, double number) : Pad(each, number) {}
};
class ConstantPad2d : public detail::Pad<ConstantPad2d, 2, PadMode::constant> {
 public:
  using Pad::Pad;
  ConstantPad2d(std::int64_t width, double number)
      : ConstantPad2d(std::vector<PadWidth>(2, {width, width}), number) {}
  ConstantPad2d(const std::vector<PadWidth>& each, double number) : Pad(each, number) {}
};
class ConstantPad3d : public detail::Pad<ConstantPad3d, 3, PadMode::constant> {
 public:
  using Pad::Pad;
  ConstantPad3d(std::int64_t width, double number)
      : ConstantPad3d(std::vector<PadWidth>(3, {width, width}), number) {}
  ConstantPad3d(const std::vector<PadWidth>& each, double number) : Pad(each, number) {}
};

/// The elements mirrored at the border, without it.
class ReflectionPad1d : public detail::Pad<ReflectionPad1d, 1, PadMode::reflect> {
 public:
  using Pad::Pad;
};
class ReflectionPad2d : public detail::Pad<ReflectionPad2d, 2, PadMode::reflect> {
 public:
  using Pad::Pad;
};
class ReflectionPad3d : public detail::Pad<ReflectionPad3d, 3, PadMode::reflect> {
 public:
  using Pad::Pad;
};

/// The border.
class ReplicationPad1d : public detail::Pad<ReplicationPad1d, 1, PadMode::replicate> {
 public:
  using Pad::Pad;
};
class ReplicationPad2d : public detail::Pad<ReplicationPad2d, 2, PadMode::replicate> {
 public:
  using Pad::Pad;
};
class ReplicationPad3d : public detail::Pad<ReplicationPad3d, 3, PadMode::replicate> {
 public:
  using Pad::Pad;
};

/// The elements of the other side.
class CircularPad1d : public detail::Pad<CircularPad1d, 1, PadMode::circular> {
 public:
  using Pad::Pad;
};
class CircularPad2d : public detail::Pad<CircularPad2d, 2, PadMode::circular> {
 public:
  using Pad::Pad;
};
class CircularPad3d : public detail::Pad<CircularPad3d, 3, PadMode::circular> {
 public:
  using Pad::Pad;
};

}  // namespace taper::nn
