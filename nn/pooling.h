// Pooling layers for sequences [N, C, L], images [N, C, H, W] and volumes [N, C, D, H, W]: see
// autograd/ops/pooling.h for what they compute. Constructors throw ValueError for an invalid option.
#pragma once

#include <typeinfo>

#include <taper/autograd/ops/pooling.h>
#include <taper/nn/layer.h>

namespace taper::nn {
namespace detail {

void check_pooling(const std::type_info& layer, const compute::Pooling& pooling);
void check_size(const std::type_info& layer, const Shape& size);

// A layer with options of pooling, or with the extents of its result. Derived declares its copy constructor,
// as it would else have a default one, deleted but in the way of MaxPool2d({}).
template <class Derived, class Extents>
class Pool : public Layer<Derived> {
 public:
  explicit Pool(const PoolOptions<Extents>& given) : options(given) {
    check_pooling(typeid(Derived), options);
  }
  explicit Pool(Extents kernel_size) : Pool(kernel_size, 0) {}
  Pool(Extents kernel_size, Extents stride)
      : Pool(PoolOptions<Extents>{.kernel_size = kernel_size, .stride = stride}) {}
  const PoolOptions<Extents> options;
};

template <class Derived, class Extents>
class AdaptivePool : public Layer<Derived> {
 public:
  explicit AdaptivePool(Extents output_size) : size(output_size) { check_size(typeid(Derived), size.list()); }
  const Extents size;
};

template <class Derived, class Extents>
class PowerPool : public Pool<Derived, Extents> {
 public:
  PowerPool(double norm_type, const PoolOptions<Extents>& given)
      : Pool<Derived, Extents>(given), p(norm_type) {}
  PowerPool(double norm_type, Extents kernel_size) : Pool<Derived, Extents>(kernel_size), p(norm_type) {}
  const double p;
};

}  // namespace detail

/// The largest element of each window.
class MaxPool1d : public detail::Pool<MaxPool1d, Extent1d> {
 public:
  using Pool::Pool;
  MaxPool1d(const MaxPool1d&) = default;
  Tensor forward(const Tensor& x) const { return max_pool1d(x, options); }
};
class MaxPool2d : public detail::Pool<MaxPool2d, Extent2d> {
 public:
  using Pool::Pool;
  MaxPool2d(const MaxPool2d&) = default;
  Tensor forward(const Tensor& x) const { return max_pool2d(x, options); }
};
class MaxPool3d : public detail::Pool<MaxPool3d, Extent3d> {
 public:
  using Pool::Pool;
  MaxPool3d(const MaxPool3d&) = default;
  Tensor forward(const Tensor& x) const { return max_pool3d(x, options); }
};

/// The mean of each window.
class AvgPool1d : public detail::Pool<AvgPool1d, Extent1d> {
 public:
  using Pool::Pool;
  AvgPool1d(const AvgPool1d&) = default;
  Tensor forward(const Tensor& x) const { return avg_pool1d(x, options); }
};
class AvgPool2d : public detail::Pool<AvgPool2d, Extent2d> {
 public:
  using Pool::Pool;
  AvgPool2d(const AvgPool2d&) = default;
  Tensor forward(const Tensor& x) const { return avg_pool2d(x, options); }
};
class AvgPool3d : public detail::Pool<AvgPool3d, Extent3d> {
 public:
  using Pool::Pool;
  AvgPool3d(const AvgPool3d&) = default;
  Tensor forward(const Tensor& x) const { return avg_pool3d(x, options); }
};

/// (the sum of x^p over each window)^(1/p): `nn::LPPool2d(2, 3)` for p = 2 and windows of 3 x 3.
class LPPool1d : public detail::PowerPool<LPPool1d, Extent1d> {
 public:
  using PowerPool::PowerPool;
  Tensor forward(const Tensor& x) const { return lp_pool1d(x, p, options); }
};
class LPPool2d : public detail::PowerPool<LPPool2d, Extent2d> {
 public:
  using PowerPool::PowerPool;
  Tensor forward(const Tensor& x) const { return lp_pool2d(x, p, options); }
};
class LPPool3d : public detail::PowerPool<LPPool3d, Extent3d> {
 public:
  using PowerPool::PowerPool;
  Tensor forward(const Tensor& x) const { return lp_pool3d(x, p, options); }
};

/// Puts the elements of x at the indices that max_pool1d_with_indices() gave: `unpool(x, indices)`.
class MaxUnpool1d : public detail::Pool<MaxUnpool1d, Extent1d> {
 public:
  using Pool::Pool;
  MaxUnpool1d(const MaxUnpool1d&) = default;
  Tensor forward(const Tensor& x, const Tensor& indices, const Shape& size = {}) const {
    return max_unpool1d(x, indices, options, size);
  }
};
class MaxUnpool2d : public detail::Pool<MaxUnpool2d, Extent2d> {
 public:
  using Pool::Pool;
  MaxUnpool2d(const MaxUnpool2d&) = default;
  Tensor forward(const Tensor& x, const Tensor& indices, const Shape& size = {}) const {
    return max_unpool2d(x, indices, options, size);
  }
};
class MaxUnpool3d : public detail::Pool<MaxUnpool3d, Extent3d> {
 public:
  using Pool::Pool;
  MaxUnpool3d(const MaxUnpool3d&) = default;
  Tensor forward(const Tensor& x, const Tensor& indices, const Shape& size = {}) const {
    return max_unpool3d(x, indices, options, size);
  }
};

/// The mean of each of the parts into which an axis is divided.
class AdaptiveAvgPool1d : public detail::AdaptivePool<AdaptiveAvgPool1d, Extent1d> {
 public:
  using AdaptivePool::AdaptivePool;
  Tensor forward(const Tensor& x) const { return adaptive_avg_pool1d(x, size); }
};
class AdaptiveAvgPool2d : public detail::AdaptivePool<AdaptiveAvgPool2d, Extent2d> {
 public:
  using AdaptivePool::AdaptivePool;
  Tensor forward(const Tensor& x) const { return adaptive_avg_pool2d(x, size); }
};
class AdaptiveAvgPool3d : public detail::AdaptivePool<AdaptiveAvgPool3d, Extent3d> {
 public:
  using AdaptivePool::AdaptivePool;
  Tensor forward(const Tensor& x) const { return adaptive_avg_pool3d(x, size); }
};

/// The largest element of each of them.
class AdaptiveMaxPool1d : public detail::AdaptivePool<AdaptiveMaxPool1d, Extent1d> {
 public:
  using AdaptivePool::AdaptivePool;
  Tensor forward(const Tensor& x) const { return adaptive_max_pool1d(x, size); }
};
class AdaptiveMaxPool2d : public detail::AdaptivePool<AdaptiveMaxPool2d, Extent2d> {
 public:
  using AdaptivePool::AdaptivePool;
  Tensor forward(const Tensor& x) const { return adaptive_max_pool2d(x, size); }
};
class AdaptiveMaxPool3d : public detail::AdaptivePool<AdaptiveMaxPool3d, Extent3d> {
 public:
  using AdaptivePool::AdaptivePool;
  Tensor forward(const Tensor& x) const { return adaptive_max_pool3d(x, size); }
};

/// The mean, or the largest element, over all axes after the channels (Keras' names); keepdim keeps these
/// with extent 1.
class GlobalAveragePooling : public Layer<GlobalAveragePooling> {
 public:
  explicit GlobalAveragePooling(bool keep = false) : keepdim(keep) {}
  Tensor forward(const Tensor& x) const { return global_avg_pool(x, keepdim); }
  const bool keepdim;
};
class GlobalMaxPooling : public Layer<GlobalMaxPooling> {
 public:
  explicit GlobalMaxPooling(bool keep = false) : keepdim(keep) {}
  Tensor forward(const Tensor& x) const { return global_max_pool(x, keepdim); }
  const bool keepdim;
};

}  // namespace taper::nn
