// KeyValueCache: the keys and values of the steps that attention has seen, for generation step by step.
#include <algorithm>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/index.h>
#include <taper/nn/key_value_cache.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

// `x` behind the first `length` steps of `all`, which grows as needed.
void append_to(Tensor& all, std::int64_t length, const Tensor& x) {
  const std::int64_t wanted = length + x.size(-2);
  if (!all.defined() || all.size(-2) < wanted) {
    Shape shape = x.shape();
    shape[-2] = std::max({wanted, 2 * length, std::int64_t{16}});
    const Tensor larger = zeros(shape, x.dtype());
    if (length > 0) assign(narrow(larger, -2, 0, length), narrow(all, -2, 0, length));
    all = larger;
  }
  assign(narrow(all, -2, length, x.size(-2)), x);
}

void check(const Tensor& x, const Tensor& all, const char* what) {
  constexpr const char* function = "KeyValueCache::append";
  compute::check_defined(function, x, what);
  if (x.rank() < 2)
    throw ShapeError(
        fmt::format("{}: expected {} [..., steps, features], got {}", function, what, to_string(x.shape())));
  if (x.requires_grad() && grad_enabled())
    throw ValueError(fmt::format(
        "{}: {} requires a gradient, which would be lost; generate inside of a NoGrad", function, what));
  if (!all.defined()) return;
  compute::check_same_dtype(function, all, x, what);
  Shape shape = all.shape();
  if (x.rank() == shape.rank()) shape[-2] = x.size(-2);
  compute::check_shape(function, x, shape, what);
}

}  // namespace

Tensor KeyValueCache::key() const { return keys_.defined() ? narrow(keys_, -2, 0, length_) : Tensor(); }
Tensor KeyValueCache::value() const { return values_.defined() ? narrow(values_, -2, 0, length_) : Tensor(); }

void KeyValueCache::append(const Tensor& key, const Tensor& value) {
  check(key, keys_, "the key");
  check(value, values_, "the value");
  if (key.size(-2) != value.size(-2))
    throw ShapeError(
        fmt::format("KeyValueCache::append: expected as many steps of values as of keys, {}, got {}",
                    key.size(-2), value.size(-2)));
  const NoGrad no_grad;
  append_to(keys_, length_, key);
  append_to(values_, length_, value);
  length_ += key.size(-2);
}

void KeyValueCache::truncate(std::int64_t length) {
  if (length < 0 || length > length_)
    throw ValueError(
        fmt::format("KeyValueCache::truncate: expected a length from 0 to {}, got {}", length_, length));
  length_ = length;
}

void KeyValueCache::reorder(const Tensor& indices) {
  if (!keys_.defined()) return;
  const NoGrad no_grad;
  const Tensor keys = index_select(keys_, 0, indices);
  values_ = index_select(values_, 0, indices);
  keys_ = keys;
}

}  // namespace taper::nn
