// Parts: views that leave elements out, with their gradients. For operations that are such views.
#pragma once

#include <utility>

#include <taper/autograd/record.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>

namespace taper::detail {

template <class Cut>
Tensor embed(const Tensor& g, const Shape& shape, Cut cut);

/// A view of a part of x: `cut` maps the layout of the whole to that of the part, no two elements of which
/// share memory. See Note [Parts] in autograd/node.h.
template <class Cut>
Tensor part(const char* name, const Tensor& x, Cut cut) {
  return record(
      name, x.alias(cut(x.layout())), {x},
      [cut](const Backward& at, const Tensor& g) { return embed(g, at.shape(0), cut); },
      [cut](const Backward&, const Tensor& g, Tensor& total) {
        Tensor place = total.alias(cut(total.layout()));
        if (place.is_contiguous())
          compute::accumulate(place, g);
        else
          compute::copy(place, compute::binary("add", compute::Binary::add, place, g));
      });
}

/// x with `value` in the place of the part.
template <class Cut>
Tensor replace_part(const char* name, const Tensor& x, const Tensor& value, Cut cut) {
  Tensor result = compute::cast(x, x.dtype(), name);
  Tensor place = result.alias(cut(result.layout()));
  compute::copy(place, value);
  return record(name, std::move(result), {x, value}, [cut](const Backward& at, const Tensor& g) {
    return at.each([&] { return replace_part("replace_part", g, zeros({}, g.dtype()), cut); },
                   [&] { return part("part", g, cut); });
  });
}

/// Zeros of `shape` with g in the place of the part: the gradient of part(). Its own gradient is part().
template <class Cut>
Tensor embed(const Tensor& g, const Shape& shape, Cut cut) {
  Tensor result = zeros(shape, g.dtype());
  Tensor place = result.alias(cut(result.layout()));
  compute::copy(place, g);
  return record("embed", std::move(result), {g}, [cut](const Tensor& h) { return part("part", h, cut); });
}

}  // namespace taper::detail
